import CTorchKernels
import Synchronization

/// A block of memory that tensors can share. PyTorch: `torch.UntypedStorage`.
public final class Storage: @unchecked Sendable {
    /// The address of the memory on its device. Only `resize` changes it, and no other access may overlap with that
    /// call. What reads or writes the memory uses `pointer`.
    @exclusivity(unchecked) package private(set) var address: UnsafeMutableRawPointer
    /// The size of the memory in bytes.
    @exclusivity(unchecked) public private(set) var byteCount: Int
    /// The device that holds the memory.
    public let device: Device
    /// The number of in-place writes since the memory was created. Autograd compares it to detect changes.
    var version: UInt32 = 0
    /// The size of the allocator's block.
    @exclusivity(unchecked) private var capacity: Int
    /// Where the memory is.
    @exclusivity(unchecked) private(set) var placement: Placement
    /// Whether the memory is a block of the host's allocator.
    @exclusivity(unchecked) private var isAllocated: Bool
    /// Whether code outside knows the address, so the memory must not move.
    private let isPinned: Atomic<Bool>
    /// Whether the memory is a copy that only one operator reads. Backends in debug builds refuse to write it.
    var isReadOnly = false
    /// Whether a caller has asked for the address.
    private let isHandedOut = Atomic<Bool>(false)
    /// What few storages have. Created with the storage, or later under `StorageAttachments.lock`.
    @exclusivity(unchecked) private(set) var attachments: StorageAttachments?

    /// Creates uninitialized memory from the device's allocator. Returns nil if there is not enough memory.
    init?(byteCount: Int) {
        var capacity = 0
        guard let block = st_allocate(byteCount, &capacity) else { return nil }
        address = block
        self.byteCount = byteCount
        self.capacity = capacity
        device = .cpu
        placement = .host
        isAllocated = true
        isPinned = Atomic(false)
    }

    /// Creates a storage over a device's memory.
    init(_ memory: any DeviceMemory, byteCount: Int) {
        address = Storage.address(of: memory)
        self.byteCount = byteCount
        capacity = 0
        device = memory.device
        placement = .device
        isAllocated = false
        isPinned = Atomic(false)
        attachments = StorageAttachments(deviceMemory: memory)
    }

    /// An empty block has no address.
    private static func address(of memory: any DeviceMemory) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(bitPattern: UInt(memory.address)) ?? nowhere
    }

    /// Creates a storage without memory that counts `byteCount` bytes, for the device `meta`.
    init(countingBytes byteCount: Int) {
        address = Storage.nowhere
        self.byteCount = byteCount
        capacity = 0
        device = .meta
        placement = .device
        isAllocated = false
        isPinned = Atomic(true)
    }

    /// Creates a storage without memory for a sparse tensor on `device`. `sparseContents` is what it consists of.
    init(sparseContents: AnyObject, device: Device) {
        address = Storage.nowhere
        byteCount = 0
        capacity = 0
        self.device = device
        placement = .device
        isAllocated = false
        isPinned = Atomic(true)
        attachments = StorageAttachments(sparseContents: sparseContents)
    }

    /// Creates a storage without memory of its own, for vmap.
    private init(placing placement: Placement, byteCount: Int, device: Device, _ batch: StorageBatch) {
        address = Storage.nowhere
        self.byteCount = byteCount
        capacity = 0
        self.device = device
        self.placement = placement
        isAllocated = false
        isPinned = Atomic(false)
        attachments = StorageAttachments(batch: batch)
    }

    /// Gives a deferred storage memory for one example. Raises and returns false if there is not enough.
    @inline(never)
    func settle() -> Bool {
        guard let memory = batch?.scope?.memory(byteCount: byteCount, on: device) else { return false }
        (address, capacity, isAllocated) = (memory.address, memory.capacity, memory.isAllocated)
        placement = memory.placement
        attachments?.deviceMemory = memory.deviceMemory
        memory.isAllocated = false
        return true
    }

    /// Gives the storage the examples of `batch` as its memory. Returns a storage with what it had before.
    func replaceMemory(by batch: StorageBatch) -> Storage {
        let old = Storage(placing: placement, byteCount: byteCount, device: device, self.batch ?? batch)
        (old.address, old.capacity, old.isAllocated) = (address, capacity, isAllocated)
        old.attachments?.deviceMemory = attachments?.deviceMemory
        (address, capacity, isAllocated) = (Storage.nowhere, 0, false)
        attachments?.deviceMemory = nil
        placement = .batched
        makeAttachments().batch = batch
        return old
    }

    /// An address at which nothing may be read or written.
    nonisolated(unsafe) private static let nowhere = UnsafeMutableRawPointer(bitPattern: 64)!

    /// Whether the storage has memory of the host already. Unlike `isOnHost`, this gives none to a deferred storage.
    @inline(__always) var hasHostMemory: Bool { placement == .host }

    /// Whether the memory can be reached by an address of this process.
    @inline(__always) package var isOnHost: Bool {
        placement == .host || placement == .deferred && settle() && device.kind == .cpu
    }

    /// The address of the memory in this process.
    /// - Precondition: the memory is on the host. Without this check a kernel could read foreign memory.
    @inline(__always)
    package var pointer: UnsafeMutableRawPointer {
        if placement != .host, !isOnHost { Storage.stopWithoutPointer(device) }
        return address
    }

    @inline(never)
    private static func stopWithoutPointer(_ device: Device) -> Never {
        preconditionFailure("the data of a tensor on \(device) has no address on the host")
    }

    /// Whether no code outside knows the address, so that every write raises the version.
    var isUnknownOutside: Bool {
        !isPinned.load(ordering: .relaxed) && !isHandedOut.load(ordering: .relaxed)
    }

    /// Notes that code outside learns the address. Its writes do not raise the version.
    func handOut() { isHandedOut.store(true, ordering: .relaxed) }

    /// Creates a storage over foreign memory. `release` is called when no tensor uses the memory any more.
    package init(
        pointer: UnsafeMutableRawPointer, byteCount: Int, device: Device = .cpu, release: @escaping @Sendable () -> Void
    ) {
        address = pointer
        self.byteCount = byteCount
        self.device = device
        placement = device.kind == .cpu ? .host : .device
        capacity = 0
        isAllocated = false
        isPinned = Atomic(true)
        attachments = StorageAttachments(release: release)
    }

    /// Memory that the host cannot address.
    package var deviceMemory: (any DeviceMemory)? { attachments?.deviceMemory }

    /// What a sparse tensor consists of; nil for all other tensors.
    var sparseContents: AnyObject? { attachments?.sparseContents }

    /// The attachments, created if there are none. The caller holds `StorageAttachments.lock`.
    func makeAttachments() -> StorageAttachments {
        if let attachments { return attachments }
        let made = StorageAttachments()
        attachments = made
        return made
    }

    /// Changes the size of the memory for all tensors that share this storage. PyTorch: `UntypedStorage.resize_`.
    /// - Returns: false if the memory is foreign or pinned, or if there is not enough memory.
    package func resize(byteCount: Int) -> Bool {
        if byteCount == self.byteCount { return true }
        if placement == .batched { return false }
        defer { attachments?.memoryWatch?.resize(to: self.byteCount) }
        if device.kind == .meta || placement == .deferred {
            self.byteCount = byteCount
            return true
        }
        if let attachments, let memory = attachments.deviceMemory {
            if isPinned.load(ordering: .relaxed) { return false }
            let kept = min(byteCount, self.byteCount)
            guard let resized = memory.resized(to: byteCount, keeping: kept) else { return false }
            attachments.deviceMemory = resized
            (address, self.byteCount) = (Storage.address(of: resized), byteCount)
            return true
        }
        var capacity = 0
        guard isAllocated, !isPinned.load(ordering: .relaxed), let block = st_allocate(byteCount, &capacity) else {
            return false
        }
        block.copyMemory(from: address, byteCount: min(byteCount, self.byteCount))
        st_deallocate(address, self.capacity)
        (address, self.byteCount, self.capacity) = (block, byteCount, capacity)
        return true
    }

    /// Gives the memory back until `refill`. What autograd saved of it counts as changed in the meantime. Memory that
    /// must not move is kept.
    /// - Returns: the version for `refill`.
    package func drain() -> UInt32 {
        let before = version
        version &+= 1
        StorageAttachments.lock.withLock { _ in attachments?.packedWeights = nil }
        _ = resize(byteCount: 0)
        return before
    }

    /// Gets memory again and lets `write` write it. Then the version is that before `drain`, so what autograd saved of
    /// the memory is valid again: `write` must write the same values, unless nothing saved is used any more.
    /// - Returns: false if there is not enough memory.
    package func refill(byteCount: Int, version: UInt32, _ write: () -> Void) -> Bool {
        guard resize(byteCount: byteCount) else { return false }
        write()
        self.version = version
        return true
    }

    /// Forbids any move of the memory from now on, because code outside knows its address.
    package func pin() { isPinned.store(true, ordering: .relaxed) }

    deinit {
        if isAllocated { st_deallocate(address, capacity) }
        attachments?.release?()
    }
}

// MARK: - Memory inside vmap

extension Storage {
    /// Where memory is.
    enum Placement: UInt8 {
        /// The host can address it.
        case host
        /// A device has it; `meta` has none.
        case device
        /// Nowhere yet: the first primitive that writes it decides whether it holds one example or all.
        case deferred
        /// Another storage has it, with all examples of a vmap.
        case batched
    }

    /// Creates a storage without memory inside a vmap.
    convenience init(deferring byteCount: Int, on device: Device, in scope: any MemorySource) {
        self.init(placing: .deferred, byteCount: byteCount, device: device, StorageBatch(scope: scope))
    }

    /// Creates a storage that is one example of `batch.physical`.
    convenience init(_ batch: StorageBatch, byteCount: Int, device: Device) {
        self.init(placing: .batched, byteCount: byteCount, device: device, batch)
    }

    /// What a vmap knows of the storage.
    var batch: StorageBatch? { attachments?.batch }

    /// Whether the memory is that of all examples of a vmap.
    @inline(__always) var isBatched: Bool { placement == .batched }
}
