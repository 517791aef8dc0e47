// Views: other sizes and strides over the same memory.

extension Tensor {
    /// The same elements in other sizes, as a view; one size may be -1. PyTorch: `Tensor.view`.
    /// - Precondition: the strides allow it (`reshape` copies where they do not).
    public func view(_ sizes: [Int]) -> Tensor {
        guard let target = inferSizes(sizes) else { return .void }
        guard let layout = layout.viewed(target) else {
            return fail(.runtime, "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead.")
        }
        return view(as: layout, "ViewBackward0") { [old = self.sizes] _, g in g.reshape(old) }
    }

    public func view(_ sizes: Int...) -> Tensor { view(sizes) }
    /// PyTorch: `Tensor.view_as`.
    public func viewAs(_ other: Tensor) -> Tensor { view(other.sizes) }

    /// The same elements in other sizes, as a view where the strides allow it, else as a copy. PyTorch: `torch.reshape`.
    public func reshape(_ sizes: [Int]) -> Tensor {
        guard let target = inferSizes(sizes) else { return .void }
        if let layout = layout.viewed(target) {
            return view(as: layout, "ViewBackward0") { [old = self.sizes] _, g in g.reshape(old) }
        }
        let result = contiguousCopy()
        return result.alias(Layout(target)).record("UnsafeViewBackward0", self) { [old = self.sizes] _, g in g.reshape(old) }
    }

    public func reshape(_ sizes: Int...) -> Tensor { reshape(sizes) }
    public func reshapeAs(_ other: Tensor) -> Tensor { reshape(other.sizes) }

    /// The sizes with a -1 filled in, or nil with the error raised.
    private func inferSizes(_ sizes: [Int]) -> [Int]? {
        if isVoid { return nil }
        var target = sizes
        var unknown: Int?
        var known = 1
        for (i, size) in sizes.enumerated() {
            if size == -1 {
                guard unknown == nil else {
                    raise(.runtime, "only one dimension can be inferred")
                    return nil
                }
                unknown = i
            } else if size < 0 {
                raise(.runtime, "invalid shape dimension \(size)")
                return nil
            } else {
                known = known.multipliedReportingOverflow(by: size).partialValue
            }
        }
        if let unknown {
            if known == 0 && numel() == 0 {
                raise(.runtime, "cannot reshape tensor of 0 elements into shape \(sizes) because the unspecified dimension size -1 can be any value and is ambiguous")
                return nil
            }
            guard known > 0, numel() % known == 0 else {
                raise(.runtime, "shape '\(sizes)' is invalid for input of size \(numel())")
                return nil
            }
            target[unknown] = numel() / known
        }
        guard Layout.checkedCount(target) == numel() else {
            raise(.runtime, "shape '\(sizes)' is invalid for input of size \(numel())")
            return nil
        }
        return target
    }

    /// Dimensions `startDim` to `endDim` merged into one. PyTorch: `torch.flatten`.
    public func flatten(startDim: Int = 0, endDim: Int = -1) -> Tensor {
        guard let start = wrap(startDim), let end = wrap(endDim) else { return .void }
        guard start <= end else { return fail(.runtime, "flatten() has invalid args: start_dim cannot come after end_dim") }
        if dim == 0 { return reshape([1]) }
        if start == end { return self }
        return reshape(Array(sizes[..<start]) + [sizes[start...end].reduce(1, *)] + Array(sizes[(end + 1)...]))
    }

    /// One dimension split into several; one size may be -1. PyTorch: `torch.unflatten`.
    public func unflatten(_ dim: Int, _ sizes: [Int]) -> Tensor {
        guard let d = wrap(dim), !isVoid else { return .void }
        guard !sizes.isEmpty else { return fail(.runtime, "unflatten: sizes must be non-empty") }
        guard self.dim > 0 else { return view(sizes) }
        var inner = sizes
        if let unknown = sizes.firstIndex(of: -1) {
            inner[unknown] = 1
            if let known = Layout.checkedCount(inner), known > 0, self.sizes[d] % known == 0 { inner[unknown] = self.sizes[d] / known }
        }
        guard Layout.checkedCount(inner) == self.sizes[d] else {
            return fail(.runtime, "unflatten: Provided sizes \(sizes) don't multiply up to the size of dim \(d) (\(self.sizes[d])) in the input tensor")
        }
        return view(Array(self.sizes[..<d]) + inner + Array(self.sizes[(d + 1)...]))
    }

    /// PyTorch: `torch.ravel`.
    public func ravel() -> Tensor { contiguous().view([-1]) }

    /// The dimensions in another order. PyTorch: `torch.permute`.
    public func permute(_ dims: [Int]) -> Tensor {
        if isVoid { return .void }
        guard dims.count == dim else {
            return fail(.runtime, "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = \(dim) is not equal to len(dims) = \(dims.count)")
        }
        let order = dims.compactMap { wrap($0) }
        guard order.count == dims.count else { return .void }
        guard Set(order).count == order.count else { return fail(.runtime, "permute(): duplicate dims are not allowed.") }
        var inverse = order
        for (i, d) in order.enumerated() { inverse[d] = i }
        return view(as: layout.permuted(order), "PermuteBackward0") { [inverse] _, g in g.permute(inverse) }
    }

    public func permute(_ dims: Int...) -> Tensor { permute(dims) }

    /// Two dimensions swapped. PyTorch: `torch.transpose`.
    public func transpose(_ dim0: Int, _ dim1: Int) -> Tensor {
        guard !isVoid, let a = wrap(dim0), let b = wrap(dim1) else { return .void }
        if dim == 0 { return view(as: layout, "TransposeBackward0") { _, g in g } }
        return view(as: layout.transposed(a, b), "TransposeBackward0") { _, g in g.transpose(a, b) }
    }

    /// PyTorch: `torch.t`.
    public func t() -> Tensor {
        guard dim <= 2 else { return fail(.runtime, "t() expects a tensor with <= 2 dimensions, but self is \(dim)D") }
        return dim < 2 ? view(as: layout, "TBackward0") { _, g in g } : view(as: layout.transposed(0, 1), "TBackward0") { _, g in g.t() }
    }

    /// All dimensions reversed. PyTorch: `Tensor.T`.
    public var T: Tensor { permute(Array((0..<dim).reversed())) }
    /// The last two dimensions swapped. PyTorch: `Tensor.mT`.
    public var mT: Tensor {
        guard dim >= 2 else { return fail(.runtime, "tensor.mT is only supported on matrices or batches of matrices. Got \(dim)-D tensor.") }
        return transpose(-2, -1)
    }

    /// Dimensions moved to other places, the rest in order. PyTorch: `torch.movedim`.
    public func movedim(_ source: [Int], _ destination: [Int]) -> Tensor {
        guard source.count == destination.count else {
            return fail(.runtime, "movedim: Invalid source or destination dims: source (\(source) dims) should contain the same number of dims as destination (\(destination) dims)")
        }
        let from = source.compactMap { wrap($0) }, to = destination.compactMap { wrap($0) }
        guard from.count == source.count, to.count == destination.count, !isVoid else { return .void }
        guard Set(from).count == from.count else { return fail(.runtime, "movedim: repeated dim in `source` (\(source))") }
        guard Set(to).count == to.count else { return fail(.runtime, "movedim: repeated dim in `destination` (\(destination))") }
        if dim == 0 { return permute([]) }
        var order = [Int](repeating: -1, count: dim)
        for (f, t) in zip(from, to) { order[t] = f }
        var rest = (0..<dim).filter { !from.contains($0) }.makeIterator()
        for i in order.indices where order[i] < 0 { order[i] = rest.next()! }
        return permute(order)
    }

    public func movedim(_ source: Int, _ destination: Int) -> Tensor { movedim([source], [destination]) }

    /// Broadcast to `sizes` without copying; -1 keeps a size. PyTorch: `Tensor.expand`.
    public func expand(_ sizes: [Int]) -> Tensor {
        if isVoid { return .void }
        guard sizes.count >= dim else {
            return fail(.runtime, "expand(\(typeName){\(self.sizes)}, size=\(sizes)): the number of sizes provided (\(sizes.count)) must be greater or equal to the number of dimensions in the tensor (\(dim))")
        }
        var target = sizes
        let lead = sizes.count - dim
        for i in target.indices {
            if target[i] == -1 {
                guard i >= lead else {
                    return fail(.runtime, "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension \(i)")
                }
                target[i] = self.sizes[i - lead]
            }
            if i >= lead, self.sizes[i - lead] != target[i], self.sizes[i - lead] != 1 || target[i] < 0 {
                return fail(.runtime, "The expanded size of the tensor (\(target[i])) must match the existing size (\(self.sizes[i - lead])) at non-singleton dimension \(i).  Target sizes: \(sizes).  Tensor sizes: \(self.sizes)")
            }
        }
        guard Layout.checkedCount(target) != nil, let layout = layout.expanded(target) else {
            return fail(.runtime, "Trying to create tensor with negative dimension or overflowing size: \(sizes)")
        }
        return view(as: layout, "ExpandBackward0") { _, g in g }
    }

    public func expand(_ sizes: Int...) -> Tensor { expand(sizes) }
    public func expandAs(_ other: Tensor) -> Tensor { expand(other.sizes) }
    public func broadcastTo(_ sizes: [Int]) -> Tensor { expand(sizes) }

    /// Without the dimensions of size 1. PyTorch: `torch.squeeze`.
    public func squeeze() -> Tensor { squeeze(wrapped: Array(0..<dim)) }

    public func squeeze(_ dim: Int) -> Tensor {
        guard let d = wrap(dim) else { return .void }
        return squeeze(wrapped: self.dim == 0 ? [] : [d])
    }

    /// - Precondition: no dimension stands twice.
    public func squeeze(_ dims: [Int]) -> Tensor {
        if dims.isEmpty { return view(as: layout, "SqueezeBackward2") { _, g in g } }
        guard let wrapped = wrapDims(dims, dim) else { return .void }
        return squeeze(wrapped: wrapped)
    }

    private func squeeze(wrapped dims: [Int]) -> Tensor {
        if isVoid { return .void }
        return view(as: layout.squeezed(dims), "SqueezeBackward0") { [sizes] _, g in g.view(sizes) }
    }

    /// A dimension of size 1 put in. PyTorch: `torch.unsqueeze`.
    public func unsqueeze(_ dim: Int) -> Tensor {
        guard !isVoid, let d = wrapDim(dim, self.dim + 1) else { return .void }
        return view(as: layout.unsqueezed(d), "UnsqueezeBackward0") { _, g in g.squeeze(d) }
    }

    /// One index of a dimension, which goes away. PyTorch: `torch.select`.
    public func select(_ dim: Int, _ index: Int) -> Tensor {
        guard !isVoid else { return .void }
        guard self.dim > 0 else { return fail(.index, "select() cannot be applied to a 0-dim tensor.") }
        guard let d = wrap(dim) else { return .void }
        let size = sizes[d]
        guard index >= -size && index < size else {
            return fail(.index, "select(): index \(index) out of range for tensor of size \(sizes) at dimension \(d)")
        }
        let i = index < 0 ? index + size : index
        return view(as: layout.selected(d, i), "SelectBackward0") { [sizes] _, g in
            g.unsqueeze(d).embedded(in: sizes, dim: d, start: i, step: 1)
        }
    }

    /// `length` indices of a dimension from `start` on. PyTorch: `torch.narrow`.
    public func narrow(_ dim: Int, _ start: Int, _ length: Int) -> Tensor {
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

    /// Indices `start` to `end` of a dimension, `step` apart, with Python's rules for bounds. PyTorch: `torch.ops.aten.slice`.
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
        let length = (last - first + step - 1) / step
        return view(as: layout.sliced(d, start: first, length: length, step: step), "SliceBackward0", kind) { [sizes] _, g in
            g.embedded(in: sizes, dim: d, start: first, step: step)
        }
    }

    /// Zeros of the given sizes with this tensor where the slice was.
    func embedded(in sizes: [Int], dim: Int, start: Int, step: Int) -> Tensor {
        let result = Tensor.filled(0, sizes, dtype)
        if result.isVoid || isVoid { return .void }
        let region = result.strided.layout.sliced(dim, start: start, length: self.sizes[dim], step: step)
        backend.copy(out: Strided(storage: result.storage, layout: region, dtype: dtype), strided)
        return result.record("SliceScatterBackward0", self) { [length = self.sizes[dim]] _, g in
            g.slice(dim, start, start + (length - 1) * step + 1, step: step)
        }
    }

    /// Any sizes and strides over the storage. PyTorch: `torch.as_strided`.
    public func asStrided(_ sizes: [Int], _ strides: [Int], _ storageOffset: Int? = nil) -> Tensor {
        if isVoid { return .void }
        let offset = storageOffset ?? layout.offset
        guard sizes.count == strides.count else { return fail(.runtime, "mismatch in length of strides and shape") }
        guard let target = checkedRegion(sizes, strides, offset) else { return .void }
        return view(as: target, "AsStridedBackward0") { [base = layout, dtype] _, g in g.asStridedBackward(base, target, dtype) }
    }

    private func checkedRegion(_ sizes: [Int], _ strides: [Int], _ offset: Int) -> Layout? {
        if let bad = strides.first(where: { $0 < 0 }) {
            raise(.runtime, "as_strided: Negative strides are not supported at the moment, got strides: \(strides) (\(bad))")
            return nil
        }
        guard offset >= 0 else {
            raise(.runtime, "Tensor: invalid storage offset \(offset)")
            return nil
        }
        guard Layout.checkedCount(sizes) != nil else {
            raise(.runtime, "Storage size calculation overflowed with sizes=\(sizes) and strides=\(strides)")
            return nil
        }
        let target = Layout(sizes, strides: strides, offset: offset)
        guard let end = Tensor.checkedExtent(target), end <= storage.byteCount / itemSize else {
            raise(.runtime, "setStorage: sizes \(sizes), strides \(strides), storage offset \(offset), and itemsize \(itemSize) requiring a storage size of \(Tensor.checkedExtent(target).map { "\($0 &* itemSize)" } ?? "more than memory has") are out of bounds for storage of size \(storage.byteCount)")
            return nil
        }
        return target
    }

    /// A copy of this tensor with `source` in the region that `asStrided` would show. PyTorch: `torch.as_strided_scatter`.
    public func asStridedScatter(_ source: Tensor, _ sizes: [Int], _ strides: [Int], _ storageOffset: Int? = nil) -> Tensor {
        if isVoid || source.isVoid { return .void }
        let offset = storageOffset ?? layout.offset
        let result = layout.isContiguous && layout.offset == 0 ? contiguousCopy() : denseCopyOfStorage()
        if result.isVoid { return result }
        guard sizes.count == strides.count else { return fail(.runtime, "mismatch in length of strides and shape") }
        guard source.sizes == sizes else { return fail(.runtime, "expected src to have a size equal to the slice of self. src size = \(source.sizes), slice size = \(sizes)") }
        guard let region = result.checkedRegion(sizes, strides, offset) else { return .void }
        // Indices that share an element (an expanded view's gradient) add up.
        if region.overlapsItself || !region.isInjective {
            Tensor.scatterOverlapping(source, into: result, region)
        } else {
            backend.copy(out: Strided(storage: result.storage, layout: region, dtype: result.dtype), source.strided)
        }
        return result.record("AsStridedScatterBackward0", self, source) { [base = layout] node, g in
            [node.needs(0) ? g.zeroingRegion(region, g.dtype, of: base) : nil, node.needs(1) ? g.region(region, g.dtype, of: base) : nil]
        }
    }

    private func denseCopyOfStorage() -> Tensor {
        let all = Layout([storage.byteCount / itemSize])
        let copy = alias(all).contiguousCopy()
        return copy.isVoid ? copy : copy.alias(layout)
    }

    /// Adds every element of `source` to the place its index has in `region`, one after the other.
    private static func scatterOverlapping(_ source: Tensor, into result: Tensor, _ region: Layout) {
        let elements = result.alias(Layout([result.storage.byteCount / result.itemSize]))
        let index = Tensor(region.elementOffsets())
        let flat: Tensor = noGrad { source.detach().reshape([-1]) }
        // The region is overwritten, then summed into.
        _ = elements.place(.set, 0, index, Tensor.filled(0, [], result.dtype))
        _ = elements.place(.add, 0, index, flat)
    }
}

extension Layout {
    /// The storage position of every element in row-major order.
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

    /// Whether different indices always mean different elements (sufficient, not necessary: strides outgrow what lies inside them).
    var isInjective: Bool {
        var reach = 0
        for (size, stride) in zip(sizes, strides).filter({ $0.0 > 1 }).sorted(by: { $0.1 < $1.1 }) {
            if stride <= reach { return false }
            reach += (size - 1) * stride
        }
        return true
    }
}
