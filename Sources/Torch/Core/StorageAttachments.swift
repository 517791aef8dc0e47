import Locks

/// Properties that few storages have, in one object, so that all other storages hold only a nil reference.
final class StorageAttachments {
    /// Guards `packedWeights`, `laterReaders` and the creation of attachments for an existing storage.
    static let lock = Mutex(())

    /// Called when foreign memory is no longer used.
    let release: (@Sendable () -> Void)?
    /// Memory that the host cannot address. It changes with the storage's address only.
    @exclusivity(unchecked) var deviceMemory: (any DeviceMemory)?
    /// What a sparse tensor consists of: an object of the floor that knows tensors.
    let sparseContents: AnyObject?
    /// What convolutions keep of a weight in this memory.
    var packedWeights: PackedWeights?
    /// Those that copy the values before a write.
    @exclusivity(unchecked) var laterReaders: LaterReaders?
    /// What a vmap knows of the storage.
    @exclusivity(unchecked) var batch: StorageBatch?
    /// Notes the memory in a profile.
    @exclusivity(unchecked) var memoryWatch: MemoryWatch?

    init(
        release: (@Sendable () -> Void)? = nil, deviceMemory: (any DeviceMemory)? = nil,
        sparseContents: AnyObject? = nil, batch: StorageBatch? = nil
    ) {
        self.release = release
        self.deviceMemory = deviceMemory
        self.sparseContents = sparseContents
        self.batch = batch
    }
}
