import CTorchKernels
import Synchronization

/// The device that holds a tensor's memory. PyTorch: `torch.device`.
public struct Device: Sendable, Hashable {
    /// A kind of device.
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// The processor.
        case cpu
        /// An NVIDIA GPU.
        case cuda
        /// No memory: tensors that have sizes, strides and a dtype, and no data.
        case meta
    }

    /// The kind of the device. PyTorch: `torch.device.type`.
    public let kind: Kind
    /// The index, or -1.
    private let number: Int8

    /// The number of the device among those of its kind; nil if any may be chosen, as in PyTorch.
    public var index: Int? { number < 0 ? nil : Int(number) }

    /// The CPU.
    public static let cpu = Device(kind: .cpu, number: -1)
    /// The CUDA device without an index.
    public static let cuda = Device(kind: .cuda, number: -1)
    /// The device of tensors without data. Operators give the shape, strides and dtype of their results, and compute
    /// nothing. PyTorch: `torch.device("meta")`.
    public static let meta = Device(kind: .meta, number: -1)
    /// Returns the CUDA device with this index. PyTorch: `torch.device("cuda", index)`.
    public static func cuda(_ index: Int) -> Device { Device(kind: .cuda, number: Int8(clamping: index)) }

    private init(kind: Kind, number: Int8) {
        self.kind = kind
        self.number = number
    }

    /// Creates a device from a text: `cpu`, `cuda`, `cuda:1` or `meta`.
    /// - Throws: `TorchError` if the text does not name a device.
    public init(_ text: String) throws {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if text.isEmpty { throw TorchError(.runtime, "Device string must not be empty") }
        guard let kind = Kind.allCases.first(where: { "\($0)" == parts[0] }) else {
            let kinds = Kind.allCases.map { "\($0)" }.joined(separator: ", ")
            throw TorchError(.runtime, "Expected one of \(kinds) device type at start of device string: \(text)")
        }
        if parts.count == 1 {
            self.init(kind: kind, number: -1)
        } else {
            // Accepts no sign and no leading zero.
            guard let index = UInt8(parts[1]), "\(index)" == parts[1], index <= Int8.max else {
                throw TorchError(.runtime, "Invalid device string: '\(text)'")
            }
            self.init(kind: kind, number: kind == .cuda ? Int8(index) : -1)
        }
    }

    /// Creates a device from its kind's name and its index. PyTorch: `torch.device(type, index)`.
    /// - Throws: `TorchError` if there is no such kind, or if the index is not in 0...127.
    public init(type: String, index: Int? = nil) throws {
        guard !type.contains(":") || index == nil else {
            throw TorchError(
                .runtime, "type (string) must not include an index because index was passed explicitly: \(type)")
        }
        guard let index else {
            try self.init(type)
            return
        }
        guard 0...Int(Int8.max) ~= index else {
            throw TorchError(.runtime, "Device index must be between 0 and \(Int8.max), got \(index)")
        }
        try self.init("\(type):\(index)")
    }

    /// The same kind of device, of any index.
    var withoutIndex: Device { Device(kind: kind, number: -1) }
    /// The device with its index: `cuda` is this thread's current CUDA device.
    var withIndex: Device {
        kind == .cuda && index == nil ? .cuda(Int(st_this_thread().pointee.cuda_device)) : self
    }

    /// The device as one number, for memory that C and atomic variables hold.
    var code: Int32 { Int32(kind.rawValue) << 8 | Int32(number + 1) }

    /// Creates the device that `code` stands for.
    init(code: Int32) {
        self.init(kind: Kind(rawValue: UInt8(code >> 8))!, number: Int8(code & 0xFF) - 1)
    }
}

extension Device: CustomStringConvertible {
    public var description: String { index.map { "\(kind):\($0)" } ?? "\(kind)" }
}

extension Device: CustomDebugStringConvertible {
    /// The device in the form of PyTorch's `repr`: `device(type='cuda', index=0)`.
    public var debugDescription: String {
        "device(type='\(kind)'" + (index.map { ", index=\($0)" } ?? "") + ")"
    }
}
