// Sums, norms and softmax of sparse tensors.

extension Tensor {
    /// Sums a sparse tensor along dimensions, which are wrapped and sorted; all if there are none. The sum of all
    /// sparse dimensions is dense.
    func sparseSum(_ dims: [Int], keepdim: Bool, _ dtype: DType?) -> Tensor {
        let coordinates = toSparse()
        guard let parts = coordinates.sparseParts else { return .void }
        let sparseDim = parts.pattern.sparseDim, type = dtype ?? Reduce.accumulate(self.dtype)
        let dims = dims.isEmpty ? Array(0..<dim) : dims
        let gone = dims.filter { $0 < sparseDim }, goneDense = dims.filter { $0 >= sparseDim }
        var values = coordinates.sparseValues().to(type)
        if !goneDense.isEmpty {
            values = values.sum(dim: goneDense.map { $0 - sparseDim + 1 }, keepdim: keepdim, dtype: type)
        }
        if gone.count == sparseDim, !keepdim || dims.count == dim {
            let total = sparseDim == 0 && goneDense.isEmpty ? values.select(0, 0) : values.sum(dim: 0, dtype: type)
            return keepdim ? total.reshape([Int](repeating: 1, count: dim)) : total
        }
        let sums = Set(dims)
        let left = sizes.indices.filter { keepdim || !sums.contains($0) }.map { sums.contains($0) ? 1 : sizes[$0] }
        let rows: [Tensor] = noGrad {
            (0..<sparseDim).filter { keepdim || !sums.contains($0) }.map {
                let row = parts.pattern.indices.select(0, $0)
                return sums.contains($0) ? row.mul(0) : row
            }
        }
        if gone.isEmpty { return Tensor.sparse(parts.pattern, values: values, left) }
        let result = Tensor.sparse(SparsePattern(indices: noGrad { stack(rows) }), values: values, left).coalesce()
        return isSparseCsr && result.dim == 2 ? result.toSparseCsr() : result
    }

    /// Computes the p-norm of all elements of a sparse tensor.
    func sparseNorm(_ p: Double, dim dims: [Int], keepdim: Bool) -> Tensor {
        guard isSparse else { return fail(unsupported("norm.out")) }
        guard dims.isEmpty || dims.count == dim else {
            return fail(
                .runtime,
                "norm_sparse currently only supports full reductions, so 'dim' must either be empty or contain all dimensions of the input"
            )
        }
        let sorted = coalesce()
        if sorted.isVoid { return .void }
        let result = sorted.sparseValues().norm(p)
        return keepdim ? result.reshape([Int](repeating: 1, count: dim)) : result
    }

    /// Computes softmax or, if `log`, its logarithm, among the values along a dimension. Elements without a value count
    /// as minus infinity.
    func sparseSoftmax(log: Bool, _ dim: Int, _ dtype: DType?) -> Tensor {
        if isVoid { return .void }
        guard isSparse else { return fail(unsupported(log ? "_sparse_log_softmax" : "_sparse_softmax")) }
        guard let d = wrap(dim) else { return .void }
        let input = (dtype.map { to($0) } ?? self).coalesce()
        guard let parts = input.sparseParts else { return .void }
        guard input.dtype.isFloatingPoint, !input.dtype.isForStorage else {
            let name = log ? "log_softmax" : "softmax"
            return fail(.notImplemented, "\"\(name)\" not implemented for '\(input.dtype.scalarTypeName)'")
        }
        let node = log ? "SparseLogSoftmaxBackward0" : "SparseSoftmaxBackward0", values = input.sparseValues()
        let sparseDim = parts.pattern.sparseDim
        if d >= sparseDim {
            let along = d - sparseDim + 1
            return input.withValues(log ? values.logSoftmax(dim: along) : values.softmax(dim: along), node)
        }
        // Values that differ only in their coordinate `d` form a pool.
        let others = (0..<sparseDim).filter { $0 != d }
        let pools = parts.pattern.positions(others, sizes).unique(returnInverse: true)
        guard let numbers = pools.inverseIndices, !pools.output.isVoid else { return .void }
        let count = pools.output.layout.sizes[0]
        let largest: Tensor = noGrad {
            let lowest = Tensor.full(
                [count] + parts.values.sizes.dropFirst(), -Double.infinity, dtype: input.dtype, device: device)
            let found = lowest.indexReduce(dim: 0, index: numbers, source: parts.values, reduce: .amax)
            // A pool of minus infinities alone has NaN as its softmax, as that of a dense tensor.
            return found.indexSelect(dim: 0, index: numbers)
        }
        let shifted = values.sub(largest)
        let sums = shifted.exp().rowSums(at: numbers, count).indexSelect(dim: 0, index: numbers)
        return input.withValues(log ? shifted.sub(sums.log()) : shifted.exp().div(sums), node)
    }
}
