// Sparse tensors with their dimensions or slices in another order.

extension Tensor {
    /// Swaps two sparse dimensions. The result is not coalesced.
    func sparseTranspose(_ a: Int, _ b: Int, _ node: String = "TransposeBackward0") -> Tensor {
        guard let parts = sparseParts else { return .void }
        if a == b { return withValues(sparseValues(), node) }
        if isCompressed { return compressedTranspose(parts.pattern, a, b, node) }
        let sparseDim = parts.pattern.sparseDim
        guard a < sparseDim, b < sparseDim else {
            return fail(
                .runtime,
                "sparse transpose: transposed dimensions must be sparse Got sparse_dim: \(sparseDim), d0: \(a), d1: \(b)"
            )
        }
        var order = Array(0..<dim)
        order.swapAt(a, b)
        return sparsePermute(order, node)
    }

    /// Swaps two dimensions of a matrix, or of a batch, in compressed form. Of a matrix whose dimensions are swapped,
    /// the rows become columns, so compressed rows become compressed columns.
    private func compressedTranspose(_ pattern: SparsePattern, _ a: Int, _ b: Int, _ node: String) -> Tensor {
        let batchDim = pattern.batch.count
        func kind(_ d: Int) -> String { d < batchDim ? "Batch" : d < batchDim + 2 ? "Sparse" : "Dense" }
        guard kind(a) == kind(b) else {
            return fail(
                .runtime,
                "transpose(): can only transpose dimensions of the same type (Batch, Sparse, Dense), got \(a)(\(kind(a))) and \(b)(\(kind(b)))"
            )
        }
        guard dim == batchDim + 2 else {
            return fail(
                .runtime, "transpose(): hybrid sparse compressed tensors with dense dimensions are not supported")
        }
        var swapped = sizes
        swapped.swapAt(a, b)
        var pattern = pattern, values = sparseValues()
        if a >= batchDim {
            pattern.isByColumn.toggle()
        } else {
            let whole = values.view(pattern.batch + [pattern.indices.sizes[batchDim]])
            noGrad {
                pattern.indices = pattern.indices.transpose(a, b).contiguous()
                pattern.starts = pattern.starts?.transpose(a, b).contiguous()
            }
            values = whole.transpose(a, b).reshape([pattern.count])
        }
        return Tensor.sparse(pattern, values: values, swapped).named(node)
    }

    /// Reorders the dimensions; sparse ones stay before dense ones. Of a compressed tensor, two can be swapped.
    func sparsePermute(_ order: [Int], _ node: String = "PermuteBackward0") -> Tensor {
        guard let parts = sparseParts else { return .void }
        if isCompressed {
            let moved = order.indices.filter { order[$0] != $0 }
            return moved.count == 2 || moved.isEmpty
                ? sparseTranspose(moved.first ?? 0, moved.last ?? 0, node) : fail(unsupported("as_strided"))
        }
        let sparseDim = parts.pattern.sparseDim
        guard order.prefix(sparseDim).allSatisfy({ $0 < sparseDim }) else {
            return fail(
                .runtime,
                "transpose(sparse): permutation \(order) mixes the \(sparseDim) sparse dimensions with dense ones")
        }
        let rows = noGrad { stack(order.prefix(sparseDim).map { parts.pattern.coordinates.select(0, $0) }) }
        let dense = [0] + order.dropFirst(sparseDim).map { $0 - sparseDim + 1 }
        let pattern = SparsePattern(indices: sparseDim == 0 ? parts.pattern.indices : rows)
        let result = Tensor.sparse(pattern, values: sparseValues().permute(dense), order.map { sizes[$0] })
        return result.named(node)
    }

    /// Inserts a dimension of size 1.
    func sparseUnsqueeze(_ d: Int) -> Tensor {
        guard let parts = sparseParts else { return .void }
        guard isSparse else { return fail(unsupported("unsqueeze")) }
        var (pattern, values, sizes) = (parts.pattern, sparseValues(), sizes)
        sizes.insert(1, at: d)
        if d <= pattern.sparseDim {
            let row = Tensor.zeros([1, pattern.count], dtype: .int64, device: device)
            pattern.indices = noGrad {
                cat([pattern.indices.narrow(0, 0, d), row, pattern.indices.narrow(0, d, pattern.sparseDim - d)])
            }
        } else {
            values = values.unsqueeze(d - pattern.sparseDim + 1)
        }
        return Tensor.sparse(pattern, values: values, sizes).named("UnsqueezeBackward0")
    }

    /// Removes dimension `d` and returns index `i` of it: sparse, or dense if no sparse dimension is left.
    func sparseSelect(_ d: Int, _ i: Int) -> Tensor {
        guard let parts = sparseParts else { return .void }
        let pattern = parts.pattern
        guard isSparse else {
            if d < pattern.batch.count { return batchSelect(pattern, d, i) }
            guard pattern.batch.isEmpty || d >= pattern.sparseDim else {
                return fail(
                    .runtime,
                    "select(): selecting sparse dimensions is not supported for batched sparse compressed tensors.")
            }
            return toSparse().sparseSelect(d, i)
        }
        var rest = sizes
        rest.remove(at: d)
        guard d < pattern.sparseDim else {
            let values = sparseValues().select(d - pattern.sparseDim + 1, i)
            return Tensor.sparse(pattern, values: values, rest).named("SelectBackward0")
        }
        let kept = noGrad { pattern.indices.select(0, d).eq(i).nonzeroAsTuple()[0] }
        if kept.isVoid { return .void }
        let values = sparseValues().indexSelect(dim: 0, index: kept)
        if pattern.sparseDim == 1 {
            let zeros = noGrad { Tensor.zeros([kept.numel()], dtype: .int64, device: device) }
            return values.rowSums(at: zeros, 1).select(0, 0).named("SelectBackward0")
        }
        let rows = noGrad {
            stack((0..<pattern.sparseDim).filter { $0 != d }.map { pattern.indices.select(0, $0) })
                .indexSelect(dim: 1, index: kept)
        }
        let left = SparsePattern(indices: rows, isCoalesced: pattern.isCoalesced)
        return Tensor.sparse(left, values: values, rest).named("SelectBackward0")
    }

    /// Removes dimension `d` of a batch in compressed form and returns index `i` of it.
    private func batchSelect(_ pattern: SparsePattern, _ d: Int, _ i: Int) -> Tensor {
        guard let parts = sparseParts else { return .void }
        var (selected, rest) = (pattern, sizes)
        rest.remove(at: d)
        noGrad {
            selected.indices = pattern.indices.select(d, i).contiguous()
            selected.starts = pattern.starts?.select(d, i).contiguous()
        }
        let values = sparseValues().view(parts.valueSizes).select(d, i)
        return Tensor.sparse(
            selected, values: values.reshape([selected.count] + parts.values.sizes.dropFirst()), rest
        ).named("SelectBackward0")
    }

    /// Returns every `step`-th index of dimension `d`, from `start` up to, but without, `end`.
    func sparseSlice(_ d: Int, _ start: Int, _ end: Int, _ step: Int, _ node: String) -> Tensor {
        guard let parts = sparseParts else { return .void }
        guard isSparse else { return fail(unsupported("slice.Tensor")) }
        let pattern = parts.pattern
        var rest = sizes
        rest[d] = end <= start ? 0 : (end - start - 1) / step + 1
        guard d < pattern.sparseDim else {
            let values = sparseValues().slice(d - pattern.sparseDim + 1, start, end, step: step)
            return Tensor.sparse(pattern, values: values, rest).named(node)
        }
        let (kept, moved): (Tensor, Tensor) = noGrad {
            let places = pattern.indices.select(0, d)
            var isInside = places.ge(start).logicalAnd(places.lt(end))
            if step > 1 { isInside = isInside.logicalAnd(places.sub(start).remainder(step).eq(0)) }
            let kept = isInside.nonzeroAsTuple()[0], rows = pattern.indices.indexSelect(dim: 1, index: kept)
            let row = rows.select(0, d).sub(start)
            rows.select(0, d).copy_(step > 1 ? row.floorDivide(step) : row)
            return (kept, rows)
        }
        if anyVoid(kept, moved) { return .void }
        let left = SparsePattern(indices: moved, isCoalesced: pattern.isCoalesced)
        return Tensor.sparse(left, values: sparseValues().indexSelect(dim: 0, index: kept), rest).named(node)
    }

    /// Returns the slices at the given indices of a dimension. `index` is an int64 vector.
    func sparseIndexSelect(_ d: Int, _ index: Tensor) -> Tensor {
        guard let parts = sparseParts else { return .void }
        guard isSparse else { return fail(unsupported("index_select")) }
        let size = sizes[d]
        guard index.numel() == 0 || !index.hasElements || index.firstOutside(-size..<size) == nil else {
            let bad = index.outside(-size..<size)
            return fail(
                .index,
                "index_select(): index contains \(bad) that is out of range for tensor of size \(sizes) at dimension \(d)"
            )
        }
        let wanted: Tensor = noGrad { index.remainder(Swift.max(size, 1)) }
        var target = sizes
        target[d] = index.numel()
        let pattern = parts.pattern
        guard d < pattern.sparseDim else {
            let values = sparseValues().indexSelect(dim: d - pattern.sparseDim + 1, index: wanted)
            return Tensor.sparse(pattern, values: values, target).named("IndexSelectBackward0")
        }
        // A value appears once for each index that equals its coordinate.
        let order = noGrad { wanted.sort(dim: 0, stable: true) }
        let own: Tensor = noGrad { pattern.indices.select(0, d).contiguous() }
        let first: Tensor = noGrad { searchsorted(order.values, own) }
        let counts: Tensor = noGrad { searchsorted(order.values, own, right: true).sub(first) }
        let from: Tensor = noGrad { Tensor.arange(pattern.count, device: device).repeatInterleave(counts) }
        let coordinates: Tensor = noGrad {
            let within = Tensor.arange(from.numel(), device: device).add(
                first.sub(counts.cumsum(0).sub(counts)).indexSelect(dim: 0, index: from))
            let moved = order.indices.indexSelect(dim: 0, index: within)
            return stack(
                (0..<pattern.sparseDim).map {
                    $0 == d ? moved : pattern.indices.select(0, $0).indexSelect(dim: 0, index: from)
                })
        }
        if anyVoid(from, coordinates) { return .void }
        let values = sparseValues().indexSelect(dim: 0, index: from)
        let result = Tensor.sparse(SparsePattern(indices: coordinates), values: values, target)
        return (pattern.isCoalesced ? result.coalesce() : result).named("IndexSelectBackward0")
    }

    /// Joins sparse tensors in coordinate form along dimension `d`, which is wrapped.
    static func sparseCat(_ tensors: [Tensor], _ d: Int) -> Tensor {
        for (i, tensor) in tensors.enumerated() where !tensor.isSparse {
            return fail(
                .runtime, "Concatenating sparse tensors, but a dense tensor was found at position \(i).")
        }
        let first = tensors[0], sparseDim = first.sparseDim()
        for (i, tensor) in tensors.enumerated() {
            let others = first.sizes.indices.filter { $0 != d }
            guard tensor.dim == first.dim, others.allSatisfy({ tensor.sizes[$0] == first.sizes[$0] }) else {
                return fail(
                    .runtime,
                    "All tensors must have the same shape: \(first.sizes) (except in the concatenating dimension), but found shape: \(tensor.sizes) at position \(i)."
                )
            }
            guard tensor.sparseDim() == sparseDim else {
                return fail(
                    .runtime,
                    "All tensors must have the same sparse_dim and dense_dim: \(sparseDim), \(first.denseDim()), but tensor at position \(i) has \(tensor.sparseDim()), \(tensor.denseDim())."
                )
            }
        }
        guard commonDevice(tensors) != nil else { return .void }
        let patterns = tensors.compactMap { $0.sparseParts?.pattern }
        var sizes = first.sizes
        sizes[d] = tensors.reduce(0) { $0 + $1.sizes[d] }
        guard d < sparseDim else {
            // Every part has its own places: the others' elements there are zero.
            var before = 0
            let parts = zip(tensors, patterns).map { tensor, pattern in
                let after = sizes[d] - before - tensor.sizes[d], values = tensor.sparseValues()
                func zeros(_ count: Int) -> Tensor {
                    var shape = values.sizes
                    shape[d - sparseDim + 1] = count
                    return Tensor.zeros(shape, dtype: values.dtype, device: values.device)
                }
                let padded = cat([zeros(before), values, zeros(after)], dim: d - sparseDim + 1)
                before += tensor.sizes[d]
                return padded
            }
            let pattern = SparsePattern(indices: noGrad { cat(patterns.map(\.indices), dim: 1) })
            return sparse(pattern, values: cat(parts, dim: 0), sizes).named("CatBackward0")
        }
        var start = 0
        let indices: Tensor = noGrad {
            cat(
                zip(tensors, patterns).map { tensor, pattern in
                    let shift = Tensor.zeros([sparseDim, 1], dtype: .int64, device: pattern.indices.device)
                    shift.select(0, d).fill_(start)
                    start += tensor.sizes[d]
                    return pattern.indices.add(shift)
                }, dim: 1)
        }
        let pattern = SparsePattern(
            indices: indices, isCoalesced: d == 0 && patterns.allSatisfy(\.isCoalesced))
        return sparse(pattern, values: cat(tensors.map { $0.sparseValues() }, dim: 0), sizes).named("CatBackward0")
    }
}
