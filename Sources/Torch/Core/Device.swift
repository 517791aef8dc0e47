/// Where a tensor's memory lies. PyTorch: `torch.device`.
public struct Device: Sendable, Hashable {
    public enum Kind: UInt8, Sendable { case cpu, cuda }

    public let kind: Kind
    public let index: UInt8

    public static let cpu = Device(kind: .cpu, index: 0)
    public static let cuda = Device(kind: .cuda, index: 0)
    public static func cuda(_ index: Int) -> Device { Device(kind: .cuda, index: UInt8(clamping: index)) }

    init(kind: Kind, index: UInt8) {
        self.kind = kind
        self.index = index
    }

    /// `cpu`, `cuda`, or `cuda:1`.
    /// - Throws: `TorchError` where the text names no device.
    public init(_ text: String) throws {
        switch text {
        case "cpu": self = .cpu
        case "cuda": self = .cuda
        case _ where text.hasPrefix("cuda:"):
            guard let index = UInt8(text.dropFirst(5)) else { throw TorchError(.runtime, "Invalid device string: '\(text)'") }
            self = Device(kind: .cuda, index: index)
        default:
            throw TorchError(.runtime, "Expected one of cpu, cuda device type at start of device string: \(text)")
        }
    }

    /// Whether tensors can be made there. PyTorch: `torch.cuda.is_available`.
    public var isAvailable: Bool { Backends.backend(of: self) != nil }
}

extension Device: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .cpu: "cpu"
        case .cuda: index == 0 ? "cuda" : "cuda:\(index)"
        }
    }
}
