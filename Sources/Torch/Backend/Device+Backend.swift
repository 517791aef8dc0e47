extension Device {
    /// The number of devices of this kind. PyTorch: `torch.cuda.device_count`.
    public var count: Int { Backends.backend(of: withoutIndex) == nil ? 0 : 1 }

    /// Whether tensors can be created on this device. PyTorch: `torch.cuda.is_available`.
    public var isAvailable: Bool { Backends.backend(of: self) != nil }
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
