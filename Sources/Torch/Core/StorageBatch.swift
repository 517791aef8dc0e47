/// What a vmap knows of a storage: where it was created, and if its examples differ, where they all are.
///
/// A storage inside a vmap is what one example sees. The memory of all examples is another storage, `physical`, in
/// which the same element of the next example is `stride` bytes further. So a layout is right for every example, and
/// views need nothing. With one vmap inside another, `physical` can be batched itself, by the outer one.
struct StorageBatch {
    /// The innermost vmap in which the storage was created; nil for a storage that came into it as an argument.
    var scope: (any MemorySource)?
    /// The vmap whose examples differ; nil if all are the same.
    var level: AnyObject?
    /// The memory of all examples.
    var physical: Storage?
    /// The bytes from an example to the next.
    var stride = 0
}

/// Who gives a deferred storage its memory.
protocol MemorySource: AnyObject {
    /// Returns new memory of a device itself. Raises and returns nil if there is not enough.
    func memory(byteCount: Int, on device: Device) -> Storage?
}
