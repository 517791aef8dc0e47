// The border of a vmap: tensors become examples, and results become tensors with a dimension of examples.

extension Tensor {
    /// Returns what one example of a vmap sees of this tensor, whose dimension `dim` has the examples.
    func enteringBatch(_ level: BatchLevel, dim: Int) -> Tensor {
        if isVoid { return self }
        var sizes = layout.sizes, strides = layout.strides
        let count = sizes.remove(at: dim), step = strides.remove(at: dim)
        let batch = StorageBatch(scope: nil, level: level, physical: storage, stride: step * itemSize)
        let bytes = Swift.max(storage.byteCount - Swift.max(count - 1, 0) * batch.stride, 0)
        return BatchLevel.with(level) {
            let example = Tensor(
                Strided(
                    storage: Storage(batch, byteCount: bytes, device: device),
                    layout: Layout(sizes, strides: strides, offset: layout.offset), dtype: dtype))
            example.flags.formUnion(flags.intersection(.unresolved))
            return example.record("BatchBackward0", self) { _, grad in grad.leavingBatch(level, dim: dim) }
        }
    }

    /// Returns a tensor with the examples of a vmap as its dimension `dim`.
    func leavingBatch(_ level: BatchLevel, dim: Int) -> Tensor {
        if isVoid { return self }
        let all = level.full(raw), last = all.layout.rank - 1
        var order = Array(1..<(last + 1))
        order.insert(0, at: dim)
        return BatchLevel.with(level.parent) {
            let whole = Tensor(Strided(storage: all.storage, layout: all.layout.permuted(order), dtype: dtype))
            whole.flags.formUnion(flags.intersection(.unresolved))
            return whole.record("UnbatchBackward0", self) { _, grad in grad.enteringBatch(level, dim: dim) }
        }
    }

    /// Returns the sum over the examples of all vmaps that `level` is not in.
    func summed(outside level: BatchLevel?) -> Tensor {
        guard let own = raw.storage.batchLevel else { return self }
        let whole = leavingBatch(own, dim: 0)
        return BatchLevel.with(own.parent) {
            if level?.isInside(own) == true {
                return whole.summed(outside: level).enteringBatch(own, dim: 0)
            }
            return whole.summed(to: [1] + layout.sizes).asFirstExample().summed(outside: level)
        }
    }

    /// Returns the only index of the first dimension.
    private func asFirstExample() -> Tensor {
        let (sizes, strides) = (layout.sizes, layout.strides)
        return view(
            as: Layout(Array(sizes.dropFirst()), strides: Array(strides.dropFirst()), offset: layout.offset),
            "SqueezeBackward1"
        ) { _, grad in grad.view([1] + grad.sizes) }
    }

    /// The numbers of all examples, for a look at them: the tensor itself outside of a vmap.
    var ofAllExamples: Tensor {
        guard let level = raw.storage.batchLevel else { return self }
        return noGrad { detach().leavingBatch(level, dim: 0).ofAllExamples }
    }
}
