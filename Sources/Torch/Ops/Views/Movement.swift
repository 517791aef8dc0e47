// Views: new sizes and strides over the same memory.

extension Tensor {
    /// Returns a view with other sizes; one size may be -1 and is then inferred. PyTorch: `Tensor.view`.
    /// - Precondition: the strides allow the view (`reshape` copies if they do not).
    public func view(_ sizes: [Int]) -> Tensor {
        let range = OperatorRange("aten::view", [self, nil])
        defer { range.end() }
        guard let target = inferSizes(sizes) else { return .void }
        guard let layout = layout.viewed(target) else {
            return fail(
                .runtime,
                "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead."
            )
        }
        return view(as: layout, "ViewBackward0") { [old = self.sizes] _, g in g.reshape(old) }
    }

    /// Like `view(_:)`, for a list of sizes.
    public func view(_ sizes: Int...) -> Tensor { view(sizes) }
    /// Returns a view that reads the same memory as another dtype. If the element width changes, the size of the last
    /// dimension changes too. PyTorch: `Tensor.view(dtype)`.
    ///
    /// Autograd does not record the result.
    /// - Precondition: if the width changes, the last dimension has stride 1. If the new elements are wider, the ratio
    ///   of the widths divides the size of the last dimension, all other strides and the storage offset.
    public func view(_ dtype: DType) -> Tensor {
        if isVoid { return .void }
        if isUnresolved, dtype != self.dtype {
            let what = isConj() ? "conjugate view tensors" : "tensors with negative bit set"
            return fail(
                .runtime, "torch.Tensor.view is not supported for \(what) when converting to a different dtype.")
        }
        let (old, new) = (self.dtype.itemSize, dtype.itemSize)
        if old == new { return alias(layout, dtype) }
        let what = "to view \(self.dtype.scalarTypeName) as \(dtype.scalarTypeName) (different element sizes)"
        guard dim > 0 else { return fail(.runtime, "self.dim() cannot be 0 \(what)") }
        guard let last = layout.strides.last, last == 1 else {
            return fail(.runtime, "self.stride(-1) must be 1 \(what), but got \(layout.strides[dim - 1])")
        }
        var sizes = sizes, strides = layout.strides
        if old > new {
            let ratio = old / new
            for i in strides.indices.dropLast() { strides[i] = strides[i] &* ratio }
            sizes[dim - 1] = sizes[dim - 1] &* ratio
            let narrow = Layout(sizes, strides: strides, offset: layout.offset * ratio)
            guard !narrow.overflows, sizes[dim - 1] >= 0 else {
                return fail(.runtime, "numel: integer multiplication overflow")
            }
            return alias(narrow, dtype)
        }
        let ratio = new / old
        guard sizes[dim - 1] % ratio == 0 else {
            return fail(.runtime, "self.size(-1) must be divisible by \(ratio) \(what), but got \(sizes[dim - 1])")
        }
        guard layout.offset % ratio == 0 else {
            return fail(
                .runtime, "self.storage_offset() must be divisible by \(ratio) \(what), but got \(layout.offset)")
        }
        for i in strides.indices.dropLast() {
            guard strides[i] % ratio == 0 else {
                return fail(.runtime, "self.stride(\(i)) must be divisible by \(ratio) \(what), but got \(strides[i])")
            }
            strides[i] /= ratio
        }
        sizes[dim - 1] /= ratio
        return alias(Layout(sizes, strides: strides, offset: layout.offset / ratio), dtype)
    }

    /// Returns a view with the sizes of `other`. PyTorch: `Tensor.view_as`.
    public func viewAs(_ other: Tensor) -> Tensor { view(other.sizes) }

    /// Returns a tensor with other sizes: a view if the strides allow it, otherwise a copy. PyTorch: `torch.reshape`.
    public func reshape(_ sizes: [Int]) -> Tensor {
        let range = OperatorRange("aten::reshape", [self, nil])
        defer { range.end() }
        guard let target = inferSizes(sizes) else { return .void }
        if let layout = layout.viewed(target) {
            return view(as: layout, "ViewBackward0") { [old = self.sizes] _, g in g.reshape(old) }
        }
        let result = contiguousCopy()
        return result.alias(Layout(target)).record("UnsafeViewBackward0", self) { [old = self.sizes] _, g in
            g.reshape(old)
        }
    }

    /// Like `reshape(_:)`, for a list of sizes.
    public func reshape(_ sizes: Int...) -> Tensor { reshape(sizes) }
    /// Returns a tensor with the sizes of `other`: a view if the strides allow it, otherwise a copy.
    public func reshapeAs(_ other: Tensor) -> Tensor { reshape(other.sizes) }

    /// Replaces a -1 in the sizes by the inferred size. Raises and returns nil if the sizes are invalid.
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
                raise(
                    .runtime,
                    "cannot reshape tensor of 0 elements into shape \(sizes) because the unspecified dimension size -1 can be any value and is ambiguous"
                )
                return nil
            }
            guard known > 0, numel() % known == 0 else {
                raise(.runtime, "shape '\(sizes)' is invalid for input of size \(numel())")
                return nil
            }
            target[unknown] = numel() / known
        }
        guard Layout.saturatedCount(target) == numel() else {
            raise(.runtime, "shape '\(sizes)' is invalid for input of size \(numel())")
            return nil
        }
        return target
    }

    /// Merges dimensions `startDim` to `endDim` into one. PyTorch: `torch.flatten`.
    public func flatten(startDim: Int = 0, endDim: Int = -1) -> Tensor {
        let range = OperatorRange("aten::flatten", [self, nil, nil])
        defer { range.end() }
        guard let start = wrap(startDim), let end = wrap(endDim) else { return .void }
        guard start <= end else {
            return fail(.runtime, "flatten() has invalid args: start_dim cannot come after end_dim")
        }
        if dim == 0 { return reshape([1]) }
        if start == end { return self }
        return reshape(Array(sizes[..<start]) + [sizes[start...end].reduce(1, &*)] + Array(sizes[(end + 1)...]))
    }

    /// Like `flatten(startDim:endDim:)`, without labels.
    public func flatten(_ startDim: Int, _ endDim: Int = -1) -> Tensor { flatten(startDim: startDim, endDim: endDim) }

    /// Splits one dimension into several; one size may be -1. PyTorch: `torch.unflatten`.
    public func unflatten(_ dim: Int, _ sizes: [Int]) -> Tensor {
        guard let d = wrap(dim), !isVoid else { return .void }
        guard !sizes.isEmpty else { return fail(.runtime, "unflatten: sizes must be non-empty") }
        guard self.dim > 0 else { return view(sizes) }
        var inner = sizes
        if let unknown = sizes.firstIndex(of: -1) {
            inner[unknown] = 1
            if let known = Layout.checkedCount(inner), known > 0, self.sizes[d] % known == 0 {
                inner[unknown] = self.sizes[d] / known
            }
        }
        guard Layout.checkedCount(inner) == self.sizes[d] else {
            return fail(
                .runtime,
                "unflatten: Provided sizes \(sizes) don't multiply up to the size of dim \(d) (\(self.sizes[d])) in the input tensor"
            )
        }
        return view(Array(self.sizes[..<d]) + inner + Array(self.sizes[(d + 1)...]))
    }

    /// Returns the elements in row-major order in one dimension. PyTorch: `torch.ravel`.
    public func ravel() -> Tensor { contiguous().view([-1]) }

    /// Returns a view with the dimensions in another order. PyTorch: `torch.permute`.
    public func permute(_ dims: [Int]) -> Tensor {
        let range = OperatorRange("aten::permute", [self, nil])
        defer { range.end() }
        if isVoid { return .void }
        guard dims.count == dim else {
            return fail(
                .runtime,
                "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = \(dim) is not equal to len(dims) = \(dims.count)"
            )
        }
        let order = dims.compactMap { wrap($0) }
        guard order.count == dims.count else { return .void }
        guard Set(order).count == order.count else {
            return fail(.runtime, "permute(): duplicate dims are not allowed.")
        }
        if hasSparseForm { return sparsePermute(order) }
        var inverse = order
        for (i, d) in order.enumerated() { inverse[d] = i }
        return view(as: layout.permuted(order), "PermuteBackward0") { [inverse] _, g in g.permute(inverse) }
    }

    /// Like `permute(_:)`, for a list of dimensions.
    public func permute(_ dims: Int...) -> Tensor { permute(dims) }

    /// Swaps two dimensions. PyTorch: `torch.transpose`.
    public func transpose(_ dim0: Int, _ dim1: Int) -> Tensor {
        let range = OperatorRange("aten::transpose", [self, nil, nil])
        defer { range.end() }
        guard !isVoid, let a = wrap(dim0), let b = wrap(dim1) else { return .void }
        if hasSparseForm { return sparseTranspose(a, b) }
        if dim == 0 { return view(as: layout, "TransposeBackward0") { _, g in g } }
        return view(as: layout.transposed(a, b), "TransposeBackward0") { _, g in g.transpose(a, b) }
    }

    /// Transposes a matrix; a vector or a number stays as it is. PyTorch: `torch.t`.
    public func t() -> Tensor {
        let range = OperatorRange("aten::t", [self])
        defer { range.end() }
        if isCompressed, dim > 2 {
            return fail(.runtime, "t() expects a tensor with <= 2 dimensions, but self is \(dim)D")
        }
        if let pattern = sparseParts?.pattern {
            guard pattern.sparseDim <= 2, denseDim() == 0 else {
                return fail(
                    .runtime,
                    "t() expects a tensor with <= 2 sparse and 0 dense dimensions, but got \(pattern.sparseDim) sparse and \(denseDim()) dense dimensions"
                )
            }
            return sparseTranspose(0, dim < 2 ? 0 : 1, "TBackward0")
        }
        guard dim <= 2 else { return fail(.runtime, "t() expects a tensor with <= 2 dimensions, but self is \(dim)D") }
        return dim < 2
            ? view(as: layout, "TBackward0") { _, g in g }
            : view(as: layout.transposed(0, 1), "TBackward0") { _, g in g.t() }
    }

    /// Returns a view with all dimensions reversed. PyTorch: `Tensor.T`.
    public var T: Tensor {
        if dim != 2, !isVoid {
            warn(
                "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an error in a future release. "
                    + "Consider `x.mT` to transpose batches of matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor."
            )
        }
        return permute(Array((0..<dim).reversed()))
    }
    /// Swaps the last two dimensions. PyTorch: `Tensor.mT`.
    public var mT: Tensor {
        guard dim >= 2 else {
            return fail(
                .runtime, "tensor.mT is only supported on matrices or batches of matrices. Got \(dim)-D tensor.")
        }
        return transpose(-2, -1)
    }

    /// Moves dimensions to other positions; the rest keep their order. PyTorch: `torch.movedim`.
    public func movedim(_ source: [Int], _ destination: [Int]) -> Tensor {
        guard source.count == destination.count else {
            return fail(
                .runtime,
                "movedim: Invalid source or destination dims: source (\(source) dims) should contain the same number of dims as destination (\(destination) dims)"
            )
        }
        let from = source.compactMap { wrap($0) }, to = destination.compactMap { wrap($0) }
        guard from.count == source.count, to.count == destination.count, !isVoid else { return .void }
        guard Set(from).count == from.count else {
            return fail(.runtime, "movedim: repeated dim in `source` (\(source))")
        }
        guard Set(to).count == to.count else {
            return fail(.runtime, "movedim: repeated dim in `destination` (\(destination))")
        }
        if dim == 0 { return permute([]) }
        var order = [Int](repeating: -1, count: dim)
        for (f, t) in zip(from, to) { order[t] = f }
        var rest = (0..<dim).filter { !from.contains($0) }.makeIterator()
        for i in order.indices where order[i] < 0 { order[i] = rest.next()! }
        return permute(order)
    }

    /// Like `movedim(_:_:)`, for one dimension.
    public func movedim(_ source: Int, _ destination: Int) -> Tensor { movedim([source], [destination]) }
    /// Like `movedim(_:_:)`. PyTorch: `torch.moveaxis`.
    public func moveaxis(_ source: [Int], _ destination: [Int]) -> Tensor { movedim(source, destination) }
    /// Like `movedim(_:_:)`, for one dimension.
    public func moveaxis(_ source: Int, _ destination: Int) -> Tensor { movedim(source, destination) }
    /// Like `transpose(_:_:)`. PyTorch: `torch.swapaxes`, `torch.swapdims`.
    public func swapaxes(_ axis0: Int, _ axis1: Int) -> Tensor { transpose(axis0, axis1) }
    /// Like `transpose(_:_:)`.
    public func swapdims(_ dim0: Int, _ dim1: Int) -> Tensor { transpose(dim0, dim1) }

    /// Broadcasts the tensor to `sizes` without copying; -1 keeps a size. PyTorch: `Tensor.expand`.
    public func expand(_ sizes: [Int]) -> Tensor {
        let range = OperatorRange("aten::expand", [self, nil, nil])
        defer { range.end() }
        if isVoid { return .void }
        guard sizes.count >= dim else {
            return fail(
                .runtime,
                "expand(\(typeName){\(self.sizes)}, size=\(sizes)): the number of sizes provided (\(sizes.count)) must be greater or equal to the number of dimensions in the tensor (\(dim))"
            )
        }
        var target = sizes
        let lead = sizes.count - dim
        for i in target.indices {
            if target[i] == -1 {
                guard i >= lead else {
                    return fail(
                        .runtime,
                        "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension \(i)")
                }
                target[i] = self.sizes[i - lead]
            }
            if i >= lead, self.sizes[i - lead] != target[i], self.sizes[i - lead] != 1 || target[i] < 0 {
                return fail(
                    .runtime,
                    "The expanded size of the tensor (\(target[i])) must match the existing size (\(self.sizes[i - lead])) at non-singleton dimension \(i).  Target sizes: \(sizes).  Tensor sizes: \(self.sizes)"
                )
            }
        }
        if let bad = target.first(where: { $0 < 0 }) {
            return fail(
                .runtime,
                "The expanded size of the tensor (\(bad)) isn't allowed in a leading, non-existing dimension \(target.firstIndex(of: bad) ?? 0)"
            )
        }
        guard let layout = layout.expanded(target) else {
            return fail(.runtime, Pointwise.broadcastMismatch(self.sizes, sizes))
        }
        guard !layout.overflows else { return fail(.runtime, "numel: integer multiplication overflow") }
        return view(as: layout, "ExpandBackward0") { _, g in g }
    }

    /// Like `expand(_:)`, for a list of sizes.
    public func expand(_ sizes: Int...) -> Tensor { expand(sizes) }
    /// Broadcasts the tensor to the sizes of `other`.
    public func expandAs(_ other: Tensor) -> Tensor { expand(other.sizes) }
    /// Like `expand(_:)`.
    public func broadcastTo(_ sizes: [Int]) -> Tensor { expand(sizes) }

    /// Removes all dimensions of size 1. PyTorch: `torch.squeeze`.
    public func squeeze() -> Tensor { squeeze(wrapped: Array(0..<dim)) }

    /// Removes dimension `dim` if its size is 1.
    public func squeeze(_ dim: Int) -> Tensor {
        guard let d = wrap(dim) else { return .void }
        return squeeze(wrapped: self.dim == 0 ? [] : [d], "SqueezeBackward1")
    }

    /// Removes those of the given dimensions whose size is 1.
    /// - Precondition: `dims` has no duplicates.
    public func squeeze(_ dims: [Int]) -> Tensor {
        if dims.isEmpty { return view(as: layout, "SqueezeBackward2") { _, g in g } }
        guard let wrapped = wrapDims(dims, dim) else { return .void }
        return squeeze(wrapped: wrapped, "SqueezeBackward2")
    }

    private func squeeze(wrapped dims: [Int], _ node: String = "SqueezeBackward0") -> Tensor {
        if isVoid { return .void }
        return view(as: layout.squeezed(dims), node) { [sizes] _, g in g.view(sizes) }
    }

    /// Inserts a dimension of size 1. PyTorch: `torch.unsqueeze`.
    public func unsqueeze(_ dim: Int) -> Tensor {
        let range = OperatorRange("aten::unsqueeze", [self, nil])
        defer { range.end() }
        guard !isVoid, let d = wrapDim(dim, self.dim + 1) else { return .void }
        if hasSparseForm { return sparseUnsqueeze(d) }
        return view(as: layout.unsqueezed(d), "UnsqueezeBackward0") { _, g in g.squeeze(d) }
    }
}

// MARK: - Several tensors

/// Broadcasts the tensors to their common sizes, as views. PyTorch: `torch.broadcast_tensors`.
public func broadcastTensors(_ tensors: [Tensor]) -> [Tensor] {
    var sizes: [Int] = []
    for tensor in tensors {
        guard let both = Layout.broadcast(sizes, tensor.sizes) else {
            raise(.runtime, Pointwise.broadcastMismatch(sizes, tensor.sizes))
            return tensors.map { _ in .void }
        }
        sizes = both
    }
    return tensors.map { $0.expand(sizes) }
}

/// Like `broadcastTensors(_:)`, for a list of tensors.
public func broadcastTensors(_ tensors: Tensor...) -> [Tensor] { broadcastTensors(tensors) }

/// Returns the sizes to which all given sizes broadcast. PyTorch: `torch.broadcast_shapes`.
public func broadcastShapes(_ shapes: [[Int]]) -> Size {
    var sizes: [Int] = []
    for (i, shape) in shapes.enumerated() {
        guard let both = Layout.broadcast(sizes, shape), !shape.contains(where: { $0 < 0 }) else {
            let at = zip(shape.reversed(), Array(sizes.reversed()) + [Int](repeating: 1, count: shape.count))
                .enumerated()
                .first { $0.element.0 < 0 || $0.element.0 != $0.element.1 && $0.element.0 != 1 && $0.element.1 != 1 }
            raise(
                .runtime,
                "Attempting to broadcast a dimension of length \(at?.element.0 ?? 0) at \(-1 - (at?.offset ?? 0))! Mismatching argument at index \(i) had \(shape); but expected shape should be broadcastable to \(sizes)"
            )
            return Size([])
        }
        sizes = both
    }
    return Size(sizes)
}

/// Like `broadcastShapes(_:)`, for a list of shapes.
public func broadcastShapes(_ shapes: [Int]...) -> Size { broadcastShapes(shapes) }

/// Returns the tensor with at least one dimension. PyTorch: `torch.atleast_1d`.
public func atleast1d(_ tensor: Tensor) -> Tensor { tensor.dim == 0 ? tensor.reshape([1]) : tensor }
/// Like `atleast1d(_:)`, for several tensors.
public func atleast1d(_ tensors: [Tensor]) -> [Tensor] { tensors.map { atleast1d($0) } }

/// Returns the tensor with at least two dimensions; new dimensions come first. PyTorch: `torch.atleast_2d`.
public func atleast2d(_ tensor: Tensor) -> Tensor {
    switch tensor.dim {
    case 0: tensor.reshape([1, 1])
    case 1: tensor.unsqueeze(0)
    default: tensor
    }
}

/// Like `atleast2d(_:)`, for several tensors.
public func atleast2d(_ tensors: [Tensor]) -> [Tensor] { tensors.map { atleast2d($0) } }

/// Returns the tensor with at least three dimensions. A matrix gets a new last dimension; a vector gets a new first and
/// a new last dimension. PyTorch: `torch.atleast_3d`.
public func atleast3d(_ tensor: Tensor) -> Tensor {
    switch tensor.dim {
    case 0: tensor.reshape([1, 1, 1])
    case 1: tensor.unsqueeze(0).unsqueeze(-1)
    case 2: tensor.unsqueeze(-1)
    default: tensor
    }
}

/// Like `atleast3d(_:)`, for several tensors.
public func atleast3d(_ tensors: [Tensor]) -> [Tensor] { tensors.map { atleast3d($0) } }
