extension ToTensor: CustomStringConvertible {
    /// `ToTensor()`, as in torchvision.
    public var description: String { "ToTensor()" }
}

extension Normalize: CustomStringConvertible {
    /// `Normalize(mean=[0.5], std=[0.5])`, as in torchvision.
    public var description: String { "Normalize(mean=\(mean), std=\(std))" }
}

extension RandomCrop: CustomStringConvertible {
    /// `RandomCrop(size=(32, 32), padding=4)`, as in torchvision.
    public var description: String {
        let border = padding == [0] ? "None" : padding.count == 1 ? "\(padding[0])" : "\(padding)"
        return "RandomCrop(size=(\(height), \(width)), padding=\(border))"
    }
}

extension RandomHorizontalFlip: CustomStringConvertible {
    /// `RandomHorizontalFlip(p=0.5)`, as in torchvision.
    public var description: String { "RandomHorizontalFlip(p=\(p))" }
}

extension Lambda: CustomStringConvertible {
    /// `Lambda()`, as in torchvision.
    public var description: String { "Lambda()" }
}

extension Compose: CustomStringConvertible {
    /// The transforms, one a line, as in torchvision.
    public var description: String { "Compose(\n" + transforms.map { "    \($0)\n" }.joined() + ")" }
}
