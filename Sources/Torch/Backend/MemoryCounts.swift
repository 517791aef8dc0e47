/// What the allocator of a device counts, in bytes.
package struct MemoryCounts: Equatable, Sendable {
    /// The bytes that storages hold now, and the largest number that they have held at one time.
    package var allocated = 0, maxAllocated = 0
    /// The bytes that the allocator holds, including its cache, and the largest number so far if it counts that.
    package var reserved = 0, maxReserved = 0
}

extension Device {
    /// The counts of this device's allocator. All are 0 if this process has no such device.
    fileprivate var memoryCounts: MemoryCounts { Backends.backend(of: self)?.memoryCounts ?? MemoryCounts() }
}

/// Returns the bytes that tensors hold on `device`; also available for the CPU. PyTorch: `torch.cuda.memory_allocated`.
public func memoryAllocated(_ device: Device = .cpu) -> Int { device.memoryCounts.allocated }
/// Returns the bytes that the allocator has obtained from the system. PyTorch: `torch.cuda.memory_reserved`.
public func memoryReserved(_ device: Device = .cpu) -> Int { device.memoryCounts.reserved }
/// Returns the largest number of bytes that tensors have held at one time. PyTorch: `torch.cuda.max_memory_allocated`.
public func maxMemoryAllocated(_ device: Device = .cpu) -> Int { device.memoryCounts.maxAllocated }
/// Resets the value of `maxMemoryAllocated`. PyTorch: `torch.cuda.reset_peak_memory_stats`.
public func resetPeakMemoryStats(_ device: Device = .cpu) { Backends.backend(of: device)?.resetPeakMemory() }
/// Returns unused cached memory to the system. PyTorch: `torch.cuda.empty_cache`.
public func emptyCache(_ device: Device = .cpu) { Backends.backend(of: device)?.emptyCache() }
