extension Tensor {
    /// Returns the rows at the given indices of the first dimension in new memory, like `self[indices]`. A negative
    /// index counts from the end.
    /// - Precondition: the tensor has a dimension, and each index is in -count..<count.
    public func rows(_ indices: [Int]) -> Tensor {
        guard let indices = checkedRows(indices) else { return .void }
        return indexSelect(dim: 0, index: Tensor(indices, device: .cpu))
    }

    /// Returns rows of a uint8 tensor as float32 divided by `divisor`. Rows are gathered, converted and divided in one
    /// pass, and each number equals that of `self[indices].float() / divisor` exactly. Data loaders use it for batches
    /// of images.
    /// - Precondition: like `rows(_:)`; in addition, the tensor is contiguous and of dtype uint8.
    public func rows(_ indices: [Int], dividedBy divisor: Float) -> Tensor {
        guard let indices = checkedRows(indices) else { return .void }
        guard dtype == .uint8, isContiguous() else {
            return fail(
                .runtime,
                "rows(_:dividedBy:): expected a contiguous tensor of \(DType.uint8), got \(dtype) with strides \(stride())"
            )
        }
        let result = Tensor.allocate(Layout([indices.count] + sizes.dropFirst()), .float32, device)
        if result.isVoid || result.numel() == 0 { return result }
        if !isOnHost { return hasData() ? onHost.rows(indices, dividedBy: divisor).to(device) : .void }
        let inner = numel() / sizes[0], plain = resolved
        if plain.isVoid { return .void }
        indices.withUnsafeBufferPointer { indices in
            let job = DivideRows(
                source: UnsafePointer(plain.raw.pointer.assumingMemoryBound(to: UInt8.self)),
                target: result.raw.pointer.assumingMemoryBound(to: Float.self),
                index: indices.baseAddress!, inner: inner, divisor: divisor)
            // A worker of a data loader uses only its own core.
            if getWorkerInfo() != nil { return job.run(0..<indices.count) }
            parallelFor(indices.count, grain: Swift.max(1, 65536 / inner)) { job.run($0) }
        }
        return result
    }

    private func checkedRows(_ indices: [Int]) -> [Int]? {
        if isVoid { return nil }
        guard dim > 0 else {
            raise(
                .index,
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number"
            )
            return nil
        }
        let n = sizes[0]
        if let bad = indices.first(where: { $0 < -n || $0 >= n }) {
            raise(.index, "index \(bad) is out of bounds for dimension 0 with size \(n)")
            return nil
        }
        return indices.contains { $0 < 0 } ? indices.map { $0 < 0 ? $0 + n : $0 } : indices
    }
}

private struct DivideRows {
    let source: UnsafePointer<UInt8>
    let target: UnsafeMutablePointer<Float>
    let index: UnsafePointer<Int>
    let inner: Int
    let divisor: Float

    func run(_ rows: Range<Int>) {
        for row in rows {
            let from = source + index[row] * inner, to = target + row * inner
            for i in 0..<inner { to[i] = Float(from[i]) / divisor }
        }
    }
}
