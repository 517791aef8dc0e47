import Torch

extension MNIST: CustomStringConvertible {
    /// The data set in torchvision's form: its name, size, folder, split and transform.
    public var description: String { VisionDescription.of(self, root, train: train, contents.pipeline.given) }
}

extension CIFAR10: CustomStringConvertible {
    /// The data set in torchvision's form: its name, size, folder, split and transform.
    public var description: String { VisionDescription.of(self, images.root, train: train, images.pipeline.given) }
}

extension CIFAR100: CustomStringConvertible {
    /// The data set in torchvision's form: its name, size, folder, split and transform.
    public var description: String { VisionDescription.of(self, images.root, train: train, images.pipeline.given) }
}

private enum VisionDescription {
    static func of(_ dataset: some Dataset, _ root: String, train: Bool, _ transform: (any Transform)?) -> String {
        let lines = [
            "Dataset \(type(of: dataset))", "    Number of datapoints: \(dataset.count)", "    Root location: \(root)",
            "    Split: \(train ? "Train" : "Test")"
        ]
        guard let transform else { return lines.joined(separator: "\n") }
        let label = "Transform: "
        let shown = "\(transform)".split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: "\n" + String(repeating: " ", count: label.count))
        return (lines + ["    StandardTransform", label + shown]).joined(separator: "\n")
    }
}
