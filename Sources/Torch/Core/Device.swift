/// Where a tensor's memory lies. PyTorch: `torch.device`.
public struct Device: Sendable, Hashable {
    public enum Kind: UInt8, Sendable { case cpu, cuda }

    public let kind: Kind
    /// Which of several devices of a kind; nil leaves the choice open, as in PyTorch.
    public let index: Int?

    public static let cpu = Device(kind: .cpu, index: nil)
    public static let cuda = Device(kind: .cuda, index: nil)
    /// PyTorch: `torch.device("cuda", index)`.
    public static func cuda(_ index: Int) -> Device { Device(kind: .cuda, index: index) }

    private init(kind: Kind, index: Int?) {
        self.kind = kind
        self.index = index
    }

    /// `cpu`, `cuda`, or `cuda:1`.
    /// - Throws: `TorchError` where the text names no device.
    public init(_ text: String) throws {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let kind: Kind =
            switch parts[0] {
            case "cpu": .cpu
            case "cuda": .cuda
            case "" where text.isEmpty: throw TorchError(.runtime, "Device string must not be empty")
            default:
                throw TorchError(.runtime, "Expected one of cpu, cuda device type at start of device string: \(text)")
            }
        if parts.count == 1 {
            self.init(kind: kind, index: nil)
        } else {
            // No sign, no leading zero.
            guard let index = UInt8(parts[1]), "\(index)" == parts[1] else {
                throw TorchError(.runtime, "Invalid device string: '\(text)'")
            }
            self.init(kind: kind, index: kind == .cpu ? nil : Int(index))
        }
    }

    /// How many devices of this kind there are. PyTorch: `torch.cuda.device_count`.
    public var count: Int { Backends.backend(of: Device(kind: kind, index: nil)) == nil ? 0 : 1 }

    /// Whether tensors can be made there. PyTorch: `torch.cuda.is_available`.
    public var isAvailable: Bool { Backends.backend(of: self) != nil }
}

extension Device: CustomStringConvertible {
    public var description: String { index.map { "\(kind):\($0)" } ?? "\(kind)" }
}

/// Questions about CUDA devices, in PyTorch's names. Where there is no such device, or for the CPU, nothing is held and
/// the answer is 0. PyTorch: `torch.cuda`.
public enum cuda {
    public static func isAvailable() -> Bool { Device.cuda.isAvailable }
    public static func deviceCount() -> Int { Device.cuda.count }

    /// Bytes that tensors hold on a CUDA device.
    public static func memoryAllocated(_ device: Device = .cuda) -> Int {
        device.kind == .cuda ? Torch.memoryAllocated(device) : 0
    }
    /// Bytes that the allocator has from a CUDA device.
    public static func memoryReserved(_ device: Device = .cuda) -> Int {
        device.kind == .cuda ? Torch.memoryReserved(device) : 0
    }
    /// The most bytes that tensors have held at once on a CUDA device.
    public static func maxMemoryAllocated(_ device: Device = .cuda) -> Int {
        device.kind == .cuda ? Torch.maxMemoryAllocated(device) : 0
    }
}
