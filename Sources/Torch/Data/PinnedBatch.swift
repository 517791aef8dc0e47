/// A type of batches that a loader can copy to pinned host memory. PyTorch: types with a method `pin_memory`.
public protocol Pinnable {
    /// Returns a copy in pinned host memory.
    func pinMemory() -> Self
}

/// Copies batches to pinned host memory.
enum PinnedBatch {
    /// Returns the batch with its tensors in pinned memory if `wanted`. Other types stay as they are, as in PyTorch.
    static func pin<Batch>(_ batch: Batch, if wanted: Bool) -> Batch {
        if !wanted { return batch }
        return (pinned(batch) as? Batch) ?? batch
    }

    private static func pinned(_ batch: Any) -> Any {
        switch batch {
        case let x as Tensor: x.pinMemory()
        case let (a, b) as (Tensor, Tensor): (a.pinMemory(), b.pinMemory())
        case let (a, b, c) as (Tensor, Tensor, Tensor): (a.pinMemory(), b.pinMemory(), c.pinMemory())
        case let (a, b, c, d) as (Tensor, Tensor, Tensor, Tensor):
            (a.pinMemory(), b.pinMemory(), c.pinMemory(), d.pinMemory())
        case let list as [Tensor]: list.map { $0.pinMemory() }
        case let map as [String: Tensor]: map.mapValues { $0.pinMemory() }
        case let other as any Pinnable: other.pinMemory()
        default: batch
        }
    }
}
