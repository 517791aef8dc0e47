/// Tensors whose memory is replaced for a time. They stay the same objects, so whoever holds them sees the other
/// memory, and afterwards their own again, unchanged.
final class MemoryTwins {
    private var replaced: [ObjectIdentifier: (tensor: Tensor, raw: Strided, flags: TensorFlags)] = [:]
    private var twins: [ObjectIdentifier: Storage] = [:]

    /// Gives a tensor memory of the device `meta`, with the same sizes and strides. Tensors that share memory still
    /// share it.
    func moveToMeta(_ tensor: Tensor) {
        if tensor.device.kind == .meta || tensor.hasSparseForm || tensor.raw.storage.isBatched { return }
        guard keep(tensor) else { return }
        let storage = tensor.raw.storage
        let twin = twins[ObjectIdentifier(storage)] ?? Storage(countingBytes: storage.byteCount)
        twins[ObjectIdentifier(storage)] = twin
        tensor.raw = Strided(storage: twin, layout: tensor.raw.layout, dtype: tensor.raw.dtype)
    }

    /// Gives a tensor a copy of its memory, which may be written.
    func copyMemory(of tensor: Tensor) {
        if tensor.device.kind == .meta || tensor.isVoid { return }
        let copy = noGrad { tensor.detach().clone() }
        if !copy.isVoid, keep(tensor) { tensor.takeMemory(of: copy) }
    }

    /// Notes what a tensor has. Returns false if that was done before, or if the tensor is void.
    private func keep(_ tensor: Tensor) -> Bool {
        if tensor.flags.contains(.void) || replaced[ObjectIdentifier(tensor)] != nil { return false }
        replaced[ObjectIdentifier(tensor)] = (tensor, tensor.raw, tensor.flags)
        return true
    }

    /// Gives all tensors their own memory again.
    func restore() {
        for (tensor, raw, flags) in replaced.values { (tensor.raw, tensor.flags) = (raw, flags) }
        replaced = [:]
    }
}
