import CTorchKernels
import Synchronization

/// A block of memory that tensors share. PyTorch: `torch.UntypedStorage`.
public final class Storage: @unchecked Sendable {
    // Only `resize` changes these three, and no other use may overlap that.
    @exclusivity(unchecked) public private(set) var pointer: UnsafeMutableRawPointer
    @exclusivity(unchecked) public private(set) var byteCount: Int
    public let device: Device
    /// How often the memory has been written in place since it was made; what the tape compares.
    var version: UInt32 = 0
    @exclusivity(unchecked) private var capacity: Int
    private let release: (@Sendable () -> Void)?
    /// Others know the address.
    private let isPinned = Atomic<Bool>(false)

    /// Uninitialized memory from the device's allocator; nil where there is none to be had.
    init?(byteCount: Int) {
        var capacity = 0
        guard let block = st_allocate(byteCount, &capacity) else { return nil }
        pointer = block
        self.byteCount = byteCount
        self.capacity = capacity
        device = .cpu
        release = nil
    }

    /// Memory that belongs to somebody else, who is told by `release` when nobody uses it any more.
    public init(
        pointer: UnsafeMutableRawPointer, byteCount: Int, device: Device = .cpu, release: @escaping @Sendable () -> Void
    ) {
        self.pointer = pointer
        self.byteCount = byteCount
        self.device = device
        capacity = 0
        self.release = release
    }

    /// Makes the memory of all tensors that share this storage larger or smaller. PyTorch: `UntypedStorage.resize_`.
    /// - Returns: false where the memory belongs to somebody else or is known to others, or there is no more.
    func resize(byteCount: Int) -> Bool {
        if byteCount == self.byteCount { return true }
        var capacity = 0
        guard release == nil, !isPinned.load(ordering: .relaxed), let block = st_allocate(byteCount, &capacity) else {
            return false
        }
        block.copyMemory(from: pointer, byteCount: min(byteCount, self.byteCount))
        st_deallocate(pointer, self.capacity)
        (pointer, self.byteCount, self.capacity) = (block, byteCount, capacity)
        return true
    }

    /// Keeps the memory where it is from here on, because somebody else has got its address.
    @_spi(Interop) public func pin() { isPinned.store(true, ordering: .relaxed) }

    deinit {
        if let release { release() } else { st_deallocate(pointer, capacity) }
    }
}

/// Bytes that tensors hold on `device`. PyTorch: `torch.cuda.memory_allocated`, and the same for the CPU.
public func memoryAllocated(_ device: Device = .cpu) -> Int { device.kind == .cpu ? Int(st_memory_allocated()) : 0 }
/// Bytes that the allocator has from the system. PyTorch: `torch.cuda.memory_reserved`.
public func memoryReserved(_ device: Device = .cpu) -> Int { device.kind == .cpu ? Int(st_memory_reserved()) : 0 }
/// The most bytes that tensors have held at once. PyTorch: `torch.cuda.max_memory_allocated`.
public func maxMemoryAllocated(_ device: Device = .cpu) -> Int {
    device.kind == .cpu ? Int(st_max_memory_allocated()) : 0
}
/// PyTorch: `torch.cuda.reset_peak_memory_stats`.
public func resetPeakMemoryStats(_ device: Device = .cpu) { if device.kind == .cpu { st_reset_max_memory_allocated() } }
/// Hands unused cached memory back to the system. PyTorch: `torch.cuda.empty_cache`.
public func emptyCache() { st_empty_cache() }

/// The threads that one operator may use. PyTorch: `torch.get_num_threads`, `torch.set_num_threads`.
public func getNumThreads() -> Int { Int(st_num_threads()) }
/// - Precondition: `count` is at least 1.
public func setNumThreads(_ count: Int) {
    guard count > 0 else { return raise(.runtime, "set_num_threads expects a positive integer") }
    st_set_num_threads(Int32(clamping: count))
}
