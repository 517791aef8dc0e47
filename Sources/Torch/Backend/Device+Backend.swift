extension Device {
    /// The number of devices of this kind. PyTorch: `torch.cuda.device_count`.
    public var count: Int {
        if kind == .cuda { return (try? CUDADevices.shared.get())?.count ?? 0 }
        return Backends.backend(of: withoutIndex) == nil ? 0 : 1
    }

    /// Whether tensors can be created on this device. PyTorch: `torch.cuda.is_available`.
    public var isAvailable: Bool {
        if kind == .cuda { return (try? CUDADevices.shared.get())?.number(of: self) != nil }
        return Backends.backend(of: self) != nil
    }
}

/// CUDA devices, their streams and their memory, under PyTorch's names. The memory functions return 0 for the CPU and
/// if there is no CUDA device. PyTorch: `torch.cuda`.
public enum cuda {
    /// Returns whether tensors can be created on a CUDA device.
    public static func isAvailable() -> Bool { Device.cuda.isAvailable }
    /// Returns the number of CUDA devices.
    public static func deviceCount() -> Int { Device.cuda.count }

    /// Returns the number of this thread's current device, which `Device.cuda` stands for.
    public static func currentDevice() -> Int { CUDADevices.current }
    /// Sets this thread's current device. PyTorch: `torch.cuda.set_device`.
    public static func setDevice(_ device: Device) {
        if let context = CUDAContext.of(device) { CUDADevices.current = context.device }
    }
    /// Sets this thread's current device by its number.
    public static func setDevice(_ index: Int) {
        guard index >= 0, index < Int(Int8.max) else { return raise(CUDAContext.noSuchDevice) }
        setDevice(.cuda(index))
    }
    /// Returns the name of a device. PyTorch: `torch.cuda.get_device_name`.
    public static func getDeviceName(_ device: Device = .cuda) -> String { CUDAContext.of(device)?.name ?? "" }

    /// Waits for all work of a device. PyTorch: `torch.cuda.synchronize`.
    public static func synchronize(_ device: Device = .cuda) {
        guard let context = CUDAContext.of(device) else { return }
        CUDAContext.attempt { try context.waitForAll() }
    }

    /// Runs `body` with another current stream, and its device as the current one, on this thread.
    /// PyTorch: `with torch.cuda.stream(stream):`.
    public static func withStream<Result>(_ stream: CUDAStream, _ body: () throws -> Result) rethrows -> Result {
        let device = stream.device.index ?? 0
        let streams = CUDAContext.threadsStreams, outerDevice = CUDADevices.current, outer = streams[device]
        CUDADevices.current = device
        streams[device] = UInt8(stream.number)
        defer {
            streams[device] = outer
            CUDADevices.current = outerDevice
        }
        return try body()
    }

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
    /// Returns the largest number of bytes that the allocator has held at one time on a CUDA device.
    /// PyTorch: `torch.cuda.max_memory_reserved`.
    public static func maxMemoryReserved(_ device: Device = .cuda) -> Int {
        device.kind == .cuda ? Backends.backend(of: device)?.memoryCounts.maxReserved ?? 0 : 0
    }
    /// Resets the values of `maxMemoryAllocated` and `maxMemoryReserved`.
    public static func resetPeakMemoryStats(_ device: Device = .cuda) {
        if device.kind == .cuda { Torch.resetPeakMemoryStats(device) }
    }
    /// Returns unused cached memory to the device.
    public static func emptyCache() {
        for index in 0..<deviceCount() { Torch.emptyCache(.cuda(index)) }
    }
    /// Returns a table of what the allocator counts. PyTorch: `torch.cuda.memory_summary`.
    public static func memorySummary(_ device: Device = .cuda, abbreviated: Bool = false) -> String {
        guard let context = CUDAContext.of(device) else { return "" }
        return context.allocator.statistics.summary(device: context.device, abbreviated: abbreviated)
    }
    /// Returns the free and the total bytes of a device. PyTorch: `torch.cuda.mem_get_info`.
    public static func memGetInfo(_ device: Device = .cuda) -> (free: Int, total: Int) {
        guard let context = CUDAContext.of(device) else { return (0, 0) }
        return (context.freeMemory(), context.totalMemory)
    }
}
