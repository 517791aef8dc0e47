/// The device that holds a tensor's memory. PyTorch: `torch.device`.
public struct Device: Sendable, Hashable {
    /// A kind of device.
    public enum Kind: UInt8, Sendable { case cpu, cuda }

    /// The kind of the device.
    public let kind: Kind
    /// The number of the device among those of its kind; nil if any may be chosen, as in PyTorch.
    public let index: Int?

    /// The CPU.
    public static let cpu = Device(kind: .cpu, index: nil)
    /// The CUDA device without an index.
    public static let cuda = Device(kind: .cuda, index: nil)
    /// Returns the CUDA device with this index. PyTorch: `torch.device("cuda", index)`.
    public static func cuda(_ index: Int) -> Device { Device(kind: .cuda, index: index) }

    private init(kind: Kind, index: Int?) {
        self.kind = kind
        self.index = index
    }

    /// Creates a device from a text: `cpu`, `cuda`, or `cuda:1`.
    /// - Throws: `TorchError` if the text does not name a device.
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
            // Accepts no sign and no leading zero.
            guard let index = UInt8(parts[1]), "\(index)" == parts[1] else {
                throw TorchError(.runtime, "Invalid device string: '\(text)'")
            }
            self.init(kind: kind, index: kind == .cpu ? nil : Int(index))
        }
    }

    /// The number of devices of this kind. PyTorch: `torch.cuda.device_count`.
    public var count: Int { Backends.backend(of: Device(kind: kind, index: nil)) == nil ? 0 : 1 }

    /// Whether tensors can be created on this device. PyTorch: `torch.cuda.is_available`.
    public var isAvailable: Bool { Backends.backend(of: self) != nil }
}

extension Device: CustomStringConvertible {
    public var description: String { index.map { "\(kind):\($0)" } ?? "\(kind)" }
}

/// Queries about CUDA devices, under PyTorch's names. The memory functions return 0 for the CPU and if there is no CUDA
/// device. PyTorch: `torch.cuda`.
public enum cuda {
    /// Returns whether tensors can be created on a CUDA device.
    public static func isAvailable() -> Bool { Device.cuda.isAvailable }
    /// Returns the number of CUDA devices.
    public static func deviceCount() -> Int { Device.cuda.count }

    /// Returns the bytes that tensors hold on a CUDA device.
    public static func memoryAllocated(_ device: Device = .cuda) -> Int {
        device.kind == .cuda ? Torch.memoryAllocated(device) : 0
    }
    /// Returns the bytes that the allocator holds on a CUDA device.
    public static func memoryReserved(_ device: Device = .cuda) -> Int {
        device.kind == .cuda ? Torch.memoryReserved(device) : 0
    }
    /// Returns the largest number of bytes that tensors have held at one time on a CUDA device.
    public static func maxMemoryAllocated(_ device: Device = .cuda) -> Int {
        device.kind == .cuda ? Torch.maxMemoryAllocated(device) : 0
    }
}
