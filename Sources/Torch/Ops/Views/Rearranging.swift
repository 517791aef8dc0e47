// Operators that reorder or repeat elements. They always copy.

extension Tensor {
    /// Reverses the elements along the given dimensions. PyTorch: `torch.flip`.
    /// - Precondition: `dims` has no duplicates.
    public func flip(_ dims: [Int]) -> Tensor {
        let range = OperatorRange("aten::flip", [self, nil])
        defer { range.end() }
        if isVoid { return .void }
        guard let wrapped = dims.isEmpty ? [] : wrapDims(dims, dim), let target = layout.copied(.preserve) else {
            return .void
        }
        guard wrapped.allSatisfy({ sizes[$0] < 2 }) || supportsKernel("flip_cpu", unsigned: true) else { return .void }
        let result = Tensor.allocate(target, dtype, device)
        if result.isVoid { return result }
        backend.copy(out: result.strided, strided(layout.reversed(wrapped)))
        return result.record("FlipBackward0", self) { _, g in g.flip(dims) }
    }

    /// Like `flip(_:)`, for a list of dimensions.
    public func flip(_ dims: Int...) -> Tensor { flip(dims) }

    /// Reverses the elements along dimension 1. PyTorch: `torch.fliplr`.
    public func fliplr() -> Tensor { dim >= 2 || isVoid ? flip([1]) : fail(.runtime, "Input must be >= 2-d.") }
    /// Reverses the elements along dimension 0. PyTorch: `torch.flipud`.
    public func flipud() -> Tensor { dim >= 1 || isVoid ? flip([0]) : fail(.runtime, "Input must be >= 1-d.") }

    /// Rotates the plane of two dimensions by 90 degrees `k` times, from the first dimension towards the second.
    /// PyTorch: `torch.rot90`.
    /// - Precondition: `dims` are two different dimensions.
    public func rot90(_ k: Int = 1, _ dims: [Int] = [0, 1]) -> Tensor {
        if isVoid { return .void }
        guard dims.count == 2 else {
            return fail(.runtime, "expected total rotation dims == 2, but got dims = \(dims.count)")
        }
        guard dim >= 2 else { return fail(.runtime, "expected total dims >= 2, but got total dims = \(dim)") }
        let (a, b) = (dims[0], dims[1])
        guard a != b, (a < 0) == (b < 0) || Swift.min(a, b) + dim != Swift.max(a, b) else {
            return fail(.runtime, "expected rotation dims to be different, but got dim0 = \(a) and dim1 = \(b)")
        }
        for (i, d) in dims.enumerated() where d >= dim || d < -dim {
            return fail(.runtime, "Rotation dim\(i) out of range, dim\(i) = \(d)")
        }
        let turns = k & 3
        let flipped = noGrad {
            turns == 0 ? clone(memoryFormat: .contiguous) : flip(turns == 1 ? [b] : turns == 2 ? dims : [a])
        }
        let layout =
            turns % 2 == 0 || flipped.isVoid
            ? flipped.layout : flipped.layout.transposed(a < 0 ? a + dim : a, b < 0 ? b + dim : b)
        return flipped.alias(layout).record("Rot90Backward0", self) { _, g in g.rot90(-turns, dims) }
    }

    /// Shifts the elements cyclically along the given dimensions; without `dims`, shifts all elements in row-major
    /// order. PyTorch: `torch.roll`.
    /// - Precondition: there is one shift for each dimension, or one shift and no dimensions.
    public func roll(_ shifts: [Int], dims: [Int] = []) -> Tensor {
        let range = OperatorRange("aten::roll", [self, nil, nil])
        defer { range.end() }
        if isVoid { return .void }
        guard !shifts.isEmpty else { return fail(.runtime, "`shifts` required") }
        if dims.isEmpty, shifts.count == 1 {
            let flat = noGrad { detach().contiguous().view(-1) }
            return flat.rolled([shifts[0]]).alias(Layout(sizes)).record("RollBackward0", self) { _, g in
                g.roll([0 &- shifts[0]])
            }
        }
        guard shifts.count == dims.count else {
            return fail(.runtime, "shifts and dimensions must align. shifts: \(shifts.count), dims:\(dims.count)")
        }
        var total = [Int](repeating: 0, count: self.dim)
        for (shift, dim) in zip(shifts, dims) {
            guard self.dim > 0 else {
                return fail(.index, "Dimension specified as \(dim) but tensor has no dimensions")
            }
            guard let d = wrap(dim) else { return .void }
            if sizes[d] > 0 { total[d] = (total[d] + shift % sizes[d]) % sizes[d] }
        }
        let result = rolled(total)
        return result.record("RollBackward0", self) { _, g in g.roll(shifts.map { 0 &- $0 }, dims: dims) }
    }

    /// Shifts the elements by one shift along `dim`; if `dim` is nil, shifts all elements in row-major order.
    public func roll(_ shift: Int, dim: Int? = nil) -> Tensor { roll([shift], dims: dim.map { [$0] } ?? []) }

    /// Returns a copy with each dimension shifted. Autograd does not record it.
    private func rolled(_ shifts: [Int]) -> Tensor {
        guard let target = layout.copied(.preserve) else { return .void }
        return assembled(
            target,
            zip(sizes, shifts).map { n, shift in
                let start = n == 0 ? 0 : ((shift % n) + n) % n
                return start == 0
                    ? [Stretch(length: n, start: 0)]
                    : [Stretch(length: start, start: n - start), Stretch(length: n - start, start: 0)]
            })
    }

    /// Allocates a tensor with the dense layout `target`, and fills each dimension with stretches of this tensor or
    /// with `filler`. Autograd does not record it.
    func assembled(_ target: Layout, _ dims: [[Stretch]], filler: Scalar = 0) -> Tensor {
        let result = Tensor.allocate(target, dtype, device)
        if result.isVoid || result.numel() == 0 { return result }
        // The backend copies row by row, so the source must have the same memory order as the result.
        let isNeighbourly = target.strides.indices.allSatisfy {
            target.sizes[$0] == 1 || target.strides[$0] != 1 || layout.strides[$0] == 1
        }
        let source = isNeighbourly ? self : noGrad { detach().clone(memoryFormat: target.suggestedFormat) }
        if source.isVoid { return source }
        backend.assemble(out: result.strided, source.strided, dims, filler: filler)
        return result
    }

    /// Repeats the tensor `repeats[i]` times along dimension i; missing leading dimensions are added.
    /// PyTorch: `Tensor.repeat`.
    /// - Precondition: no factor is negative, and there are at least as many factors as dimensions.
    public func `repeat`(_ repeats: [Int]) -> Tensor {
        if isVoid { return .void }
        guard repeats.count >= dim else {
            return fail(
                .runtime, "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
        }
        let lead = repeats.count - dim
        var target = [Int](repeating: 1, count: lead) + sizes
        for (i, times) in repeats.enumerated() {
            let (size, overflow) = target[i].multipliedReportingOverflow(by: times)
            if times < 0 || overflow {
                return fail(.runtime, "Trying to create tensor with negative dimension \(times): \(repeats)")
            }
            target[i] = size
        }
        let result = Tensor.allocate(target, dtype, device)
        if result.isVoid { return result }
        if result.numel() > 0 {
            // Each dimension becomes two: the number of the copy, and the index of the element.
            let pairs = repeats.indices.flatMap { [repeats[$0], target[$0] / repeats[$0]] }
            let steps = repeats.indices.flatMap { [0, $0 < lead ? 0 : layout.strides[$0 - lead]] }
            backend.copy(
                out: Strided(storage: result.storage, layout: Layout(pairs), dtype: dtype),
                strided(Layout(pairs, strides: steps, offset: layout.offset)))
        }
        return result.record("RepeatBackward0", self) { [sizes] _, g in
            if g.numel() == 0 { return Tensor.filled(0, sizes, g.dtype, g.device) }
            let pairs = repeats.indices.flatMap { [repeats[$0], g.sizes[$0] / repeats[$0]] }
            return g.reshape(pairs).sum(dim: repeats.indices.map { 2 * $0 }).reshape(sizes)
        }
    }

    /// Like `repeat(_:)`, for a list of factors.
    public func `repeat`(_ repeats: Int...) -> Tensor { self.repeat(repeats) }

    /// Like `repeat(_:)`, but missing leading factors count as 1. PyTorch: `torch.tile`.
    public func tile(_ repeats: [Int]) -> Tensor {
        self.repeat([Int](repeating: 1, count: Swift.max(0, dim - repeats.count)) + repeats)
    }

    /// Like `tile(_:)`, for a list of factors.
    public func tile(_ repeats: Int...) -> Tensor { tile(repeats) }
}
