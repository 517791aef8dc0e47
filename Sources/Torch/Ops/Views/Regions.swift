// Views of a part of a tensor, and their adjoints, which put such a part into zeros.

extension Tensor {
    /// Removes a dimension and returns a view of one of its indices. PyTorch: `torch.select`.
    public func select(_ dim: Int, _ index: Int) -> Tensor {
        let range = OperatorRange("aten::select", [self, nil, nil])
        defer { range.end() }
        guard !isVoid else { return .void }
        guard self.dim > 0 else { return fail(.index, "select() cannot be applied to a 0-dim tensor.") }
        guard let d = wrap(dim) else { return .void }
        let size = sizes[d]
        guard index >= -size && index < size else {
            return fail(.index, "select(): index \(index) out of range for tensor of size \(sizes) at dimension \(d)")
        }
        let i = index < 0 ? index + size : index
        if hasSparseForm { return sparseSelect(d, i) }
        return view(as: layout.selected(d, i), "SelectBackward0") { [sizes] _, g in
            g.unsqueeze(d).embedded(in: sizes, dim: d, start: i, step: 1)
        }
    }

    /// Returns a view of `length` indices of a dimension, from `start` on. PyTorch: `torch.narrow`.
    public func narrow(_ dim: Int, _ start: Int, _ length: Int) -> Tensor {
        let range = OperatorRange("aten::narrow", [self, nil, nil, nil])
        defer { range.end() }
        guard !isVoid else { return .void }
        guard self.dim > 0 else { return fail(.runtime, "narrow() cannot be applied to a 0-dim tensor.") }
        guard length >= 0 else { return fail(.runtime, "narrow(): length must be non-negative.") }
        guard let d = wrap(dim) else { return .void }
        let size = sizes[d]
        guard start >= -size && start <= size else {
            return fail(.index, "start out of range (expected to be in range of [\(-size), \(size)], but got \(start))")
        }
        let first = start < 0 ? start + size : start
        guard first <= size - length else {
            return fail(.runtime, "start (\(first)) + length (\(length)) exceeds dimension size (\(size)).")
        }
        return slice(d, first, first + length)
    }

    /// Like `narrow(_:_:_:)`, with the start in a tensor.
    /// - Precondition: `start` is a 0-dimensional tensor of integers.
    public func narrow(_ dim: Int, _ start: Tensor, _ length: Int) -> Tensor {
        if start.isVoid { return .void }
        guard start.dim == 0, start.dtype.isInteger else {
            return fail(.runtime, "start must be an 0-dim integral Tensor.")
        }
        return narrow(dim, start.item(as: Int.self), length)
    }

    /// Returns a view of the indices from `start` up to, but without, `end` in a dimension, `step` apart, with Python's
    /// rules for bounds. PyTorch: `torch.ops.aten.slice`.
    public func slice(_ dim: Int, _ start: Int? = nil, _ end: Int? = nil, step: Int = 1) -> Tensor {
        slice(dim, start, end, step: step, kind: .ordinary)
    }

    func slice(_ dim: Int, _ start: Int?, _ end: Int?, step: Int, kind: ViewKind) -> Tensor {
        guard !isVoid else { return .void }
        guard self.dim > 0 else { return fail(.runtime, "slice() cannot be applied to a 0-dim tensor.") }
        guard let d = wrap(dim) else { return .void }
        guard step > 0 else { return fail(.runtime, "slice step must be positive") }
        let size = sizes[d]
        func clamp(_ i: Int) -> Int { Swift.min(Swift.max(i < 0 ? i + size : i, 0), size) }
        let first = clamp(start ?? 0)
        let last = Swift.max(clamp(end ?? size), first)
        if hasSparseForm { return sparseSlice(d, first, last, step, "SliceBackward0") }
        let length = last == first ? 0 : (last - first - 1) / step + 1
        return view(as: layout.sliced(d, start: first, length: length, step: step), "SliceBackward0", kind) {
            [sizes] _, g in
            g.embedded(in: sizes, dim: d, start: first, step: step)
        }
    }

    /// Returns a view of all windows of `size` indices of a dimension, `step` apart. The elements inside a window form
    /// the last dimension. PyTorch: `Tensor.unfold`.
    /// - Precondition: 0 ≤ `size` ≤ the dimension's size, and `step` > 0.
    public func unfold(_ dimension: Int, _ size: Int, _ step: Int) -> Tensor {
        guard !isVoid, let d = wrap(dimension) else { return .void }
        let length = dim == 0 ? 1 : sizes[d]
        guard size >= 0 else { return fail(.runtime, "size is \(size) but must be >= 0") }
        guard size <= length else {
            return fail(.runtime, "maximum size for tensor at dimension \(d) is \(length) but size is \(size)")
        }
        guard step > 0 else { return fail(.runtime, "step is \(step) but must be > 0") }
        let windows = layout.unfolded(d, size, step)
        guard !windows.overflows else { return fail(.runtime, "numel: integer multiplication overflow") }
        return view(as: windows, "UnfoldBackward0") { [sizes] _, g in
            // Walk either the windows or the positions inside a window one by one, whichever are fewer. The others do
            // not overlap.
            let overlapping = step >= size || sizes.isEmpty ? [] : [g.sizes[d] < size ? d : g.dim - 1]
            return g.added(into: sizes, overlapping: overlapping, through: { $0.unfolded(d, size, step) }) {
                $0.unfold(d, size, step)
            }
        }
    }
}

// MARK: - Adjoints

extension Tensor {
    /// Returns zeros of the given sizes with this tensor in a slice.
    func embedded(in sizes: [Int], dim: Int, start: Int, step: Int) -> Tensor {
        let length = self.sizes[dim]
        return embedded(in: sizes, at: { $0.sliced(dim, start: start, length: length, step: step) }) { g in
            g.slice(dim, start, start + (length - 1) * step + 1, step: step)
        }
    }

    /// Returns zeros of the given sizes with this tensor in a region that contains each element at most once. `view`
    /// returns this region of a tensor of these sizes.
    func embedded(in sizes: [Int], at region: (Layout) -> Layout, _ view: @escaping (Tensor) -> Tensor) -> Tensor {
        let result = Tensor.filled(0, sizes, dtype, device)
        if anyVoid(result, self) { return .void }
        backend.copy(out: Strided(storage: result.storage, layout: region(result.layout), dtype: dtype), strided)
        return result.record("SliceScatterBackward0", self) { _, g in view(g) }
    }

    /// Adds this tensor to a region of zeros of the given sizes. The region may contain an element several times, but
    /// only along the dimensions `overlapping`.
    func added(
        into sizes: [Int], overlapping: [Int], through region: (Layout) -> Layout, _ view: @escaping (Tensor) -> Tensor
    ) -> Tensor {
        let result = Tensor.filled(0, sizes, dtype, device)
        if result.isVoid || isVoid || !supportsKernel("add_stub") { return .void }
        func add(_ target: Layout, _ source: Layout, _ dims: ArraySlice<Int>) {
            guard let d = dims.last else {
                let out = Strided(storage: result.storage, layout: target, dtype: dtype)
                _ = backend.pointwise(.add, compute: dtype, out: out, [out, strided(source)])
                return
            }
            for i in 0..<source.sizes[d] { add(target.selected(d, i), source.selected(d, i), dims.dropLast()) }
        }
        if numel() > 0 { add(region(result.layout), layout, overlapping.sorted()[...]) }
        return result.record("AddedRegionBackward0", self) { _, g in view(g) }
    }
}

// MARK: - as_strided

extension Tensor {
    /// Returns a view of the storage with any sizes and strides. PyTorch: `torch.as_strided`.
    public func asStrided(_ sizes: [Int], _ strides: [Int], _ storageOffset: Int? = nil) -> Tensor {
        if isVoid { return .void }
        let offset = storageOffset ?? layout.offset
        guard sizes.count == strides.count else { return fail(.runtime, "mismatch in length of strides and shape") }
        guard let target = checkedRegion(sizes, strides, offset) else { return .void }
        return view(as: target, "AsStridedBackward0") { [base = layout, dtype] _, g in
            g.asStridedBackward(base, target, dtype)
        }
    }

    private func checkedRegion(_ sizes: [Int], _ strides: [Int], _ offset: Int) -> Layout? {
        if let bad = strides.first(where: { $0 < 0 }) {
            raise(
                .runtime,
                "as_strided: Negative strides are not supported at the moment, got strides: \(strides) (\(bad))")
            return nil
        }
        guard offset >= 0 else {
            raise(.runtime, "Tensor: invalid storage offset \(offset)")
            return nil
        }
        if let bad = sizes.first(where: { $0 < 0 }) {
            raise(.runtime, "Trying to create tensor with negative dimension \(bad): \(sizes)")
            return nil
        }
        let target = Layout(sizes, strides: strides, offset: offset)
        guard !target.overflows else {
            raise(.runtime, "numel: integer multiplication overflow")
            return nil
        }
        guard let end = Tensor.checkedExtent(target), end <= storage.byteCount / itemSize else {
            raise(
                .runtime,
                "setStorage: sizes \(sizes), strides \(strides), storage offset \(offset), and itemsize \(itemSize) requiring a storage size of \(Tensor.checkedExtent(target).map { "\($0 &* itemSize)" } ?? "more than memory has") are out of bounds for storage of size \(storage.byteCount)"
            )
            return nil
        }
        return target
    }

    /// Returns a copy of this tensor with `source` in the region that `asStrided` would show.
    /// PyTorch: `torch.as_strided_scatter`.
    public func asStridedScatter(
        _ source: Tensor, _ sizes: [Int], _ strides: [Int], _ storageOffset: Int? = nil
    ) -> Tensor {
        if anyVoid(self, source) { return .void }
        let offset = storageOffset ?? layout.offset
        let result = layout.isContiguous && layout.offset == 0 ? contiguousCopy() : denseCopyOfStorage()
        if result.isVoid { return result }
        guard sizes.count == strides.count else { return fail(.runtime, "mismatch in length of strides and shape") }
        guard source.sizes == sizes else {
            return fail(
                .runtime,
                "expected src to have a size equal to the slice of self. src size = \(source.sizes), slice size = \(sizes)"
            )
        }
        guard let region = result.checkedRegion(sizes, strides, offset) else { return .void }
        // If indices share an element (as in an expanded view's gradient), their values add up.
        if region.overlapsItself || !region.isInjective {
            Tensor.scatterOverlapping(source, into: result, region)
        } else {
            backend.copy(out: Strided(storage: result.storage, layout: region, dtype: result.dtype), source.strided)
        }
        return result.record("AsStridedScatterBackward0", self, source) { [base = layout] node, g in
            [
                node.needs(0) ? g.zeroingRegion(region, g.dtype, of: base) : nil,
                node.needs(1) ? g.region(region, g.dtype, of: base) : nil
            ]
        }
    }

    private func denseCopyOfStorage() -> Tensor {
        let all = Layout([storage.byteCount / itemSize])
        let copy = alias(all).contiguousCopy()
        return copy.isVoid ? copy : copy.alias(layout)
    }

    /// Sets the region to zero, then adds each element of `source` at its position in `region`.
    private static func scatterOverlapping(_ source: Tensor, into result: Tensor, _ region: Layout) {
        let elements = result.alias(Layout([result.storage.byteCount / result.itemSize]))
        let index = Tensor(region.elementOffsets(), device: result.device)
        let flat: Tensor = noGrad { source.detach().reshape([-1]) }
        // First set the region to zero, then add.
        _ = elements.scatterInPlace(.set, 0, index, Tensor.filled(0, [], result.dtype, result.device))
        _ = elements.scatterInPlace(.add, 0, index, flat)
    }
}

extension Layout {
    /// Returns the storage position of every element, in row-major order.
    func elementOffsets() -> [Int] {
        var result: [Int] = []
        result.reserveCapacity(count)
        var index = [Int](repeating: 0, count: rank)
        for _ in 0..<count {
            result.append(offset + zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 })
            for d in (0..<rank).reversed() {
                index[d] += 1
                if index[d] < sizes[d] { break }
                index[d] = 0
            }
        }
        return result
    }

    /// Whether different indices always mean different elements. This is sufficient, not necessary: each stride must be
    /// larger than the extent of all smaller strides.
    var isInjective: Bool {
        var reach = 0
        for (size, stride) in zip(sizes, strides).filter({ $0.0 > 1 }).sorted(by: { $0.1 < $1.1 }) {
            if stride <= reach { return false }
            reach += (size - 1) * stride
        }
        return true
    }
}
