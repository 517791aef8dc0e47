import CTorchKernels

// Selecting by index tensors along one dimension.

extension Tensor {
    /// An index tensor as contiguous int64, or void with the error raised where its dtype is none.
    private func asIndex(_ name: String) -> Tensor {
        guard dtype == .int64 || dtype == .int32 || isVoid else {
            return fail(.runtime, "\(name): Expected dtype int32/int64 for index but got: \(dtype.scalarTypeName)")
        }
        return noGrad { detach().to(.int64).contiguous() }
    }

    /// The indices of a dimension, in order. PyTorch: `torch.index_select`.
    public func indexSelect(dim: Int, index: Tensor) -> Tensor {
        if isVoid || index.isVoid { return .void }
        guard index.dim <= 1 else { return fail(.index, "index_select(): Index is supposed to be a vector") }
        guard index.dtype == .int64 || index.dtype == .int32 else {
            return fail(.runtime, "index_select(): Expected dtype int32 or int64 for index")
        }
        guard let d = wrap(dim) else { return .void }
        let places = index.asIndex("index_select")
        var target = sizes
        if self.dim == 0 {
            guard index.numel() == 1 else { return fail(.index, "index_select(): Index to scalar can have only 1 value, got \(index.numel()) value(s)") }
        } else {
            target[d] = index.numel()
        }
        let input = noGrad { detach().contiguous() }
        let result = Tensor.allocate(Layout(target), dtype)
        if result.isVoid || places.isVoid { return .void }
        if result.numel() > 0, let bad = backend.indexSelect(out: result.strided, input.strided, dim: d, index: places.strided) {
            _ = bad
            return fail(.index, "index out of range in self")
        }
        return result.record("IndexSelectBackward0", self, saved: [places]) { [sizes] node, g in
            if sizes.isEmpty { return g.view([]) }
            return Tensor.filled(0, sizes, g.dtype).indexAdd(dim: d, index: node.saved(0), source: g)
        }
    }

    /// alpha · source added to the indices of a dimension, in order. PyTorch: `torch.index_add`.
    public func indexAdd(dim: Int, index: Tensor, source: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
        if isVoid || index.isVoid || source.isVoid { return .void }
        guard let d = wrap(dim) else { return .void }
        guard index.dim <= 1 else { return fail(.index, "index_add_(): Index is supposed to be a vector, but got dim: \(index.dim) with type: \(index.dtype.scalarTypeName) and size: \(index.sizes)") }
        guard index.dtype == .int64 || index.dtype == .int32 else {
            return fail(.runtime, "index_add_(): Expected dtype int32/int64 for index but got: \(index.dtype.scalarTypeName)")
        }
        guard dtype == source.dtype else {
            return fail(.runtime, "index_add_(): self (\(dtype.scalarTypeName)) and source (\(source.dtype.scalarTypeName)) must have the same scalar type")
        }
        guard self.dim == 0 || source.dim == 0 || d < source.dim else { return fail(.runtime, "index_add_(): Indexing dim \(d) is out of bounds of the source tensor with dim \(source.dim)") }
        let length = source.dim == 0 ? 1 : source.sizes[d]
        guard index.numel() == length else {
            return fail(.runtime, "index_add_(): Number of indices (\(index.numel())) should be equal to source.size(dim): (\(length)), for dim: \(d)")
        }
        if self.dim > 0 || source.dim > 0 {
            let mine = sizes.enumerated().filter { $0.offset != d }.map(\.element), theirs = source.sizes.enumerated().filter { $0.offset != d }.map(\.element)
            guard self.dim == source.dim || self.dim + source.dim == 1, mine == theirs else {
                return fail(.runtime, "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = \(sizes) source.shape = \(source.sizes)")
            }
        }
        let result = contiguousCopy()
        let scaled = noGrad { (alpha.scalar == .int(1) ? source.detach() : source.detach().mul(alpha)).to(dtype).contiguous() }
        let places = index.asIndex("index_add_()")
        if result.isVoid || scaled.isVoid || places.isVoid { return .void }
        if source.numel() > 0, backend.indexAdd(out: result.strided, dim: d, index: places.strided, source: scaled.strided) != nil {
            return fail(.index, "index out of range in self")
        }
        return result.record("IndexAddBackward0", self, source, saved: [places]) { [shape = source.sizes] node, g in
            [g, node.needs(1) ? g.indexSelect(dim: d, index: node.saved(0)).reshape(shape).mul(alpha) : nil]
        }
    }

    @discardableResult
    public func indexAdd_(dim: Int, index: Tensor, source: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
        inPlace([index, source]) { $0.indexAdd(dim: dim, index: index, source: source, alpha: alpha) }
    }

    /// out[i][j] = self[index[i][j]][j] for dim 0. PyTorch: `torch.gather`.
    public func gather(dim: Int, index: Tensor) -> Tensor {
        if isVoid || index.isVoid { return .void }
        guard let d = wrap(dim) else { return .void }
        guard index.dtype == .int64 || index.dtype == .int32 || index.numel() == 0 else { return fail(.runtime, "gather(): Expected dtype int32/int64 for index") }
        if index.numel() == 0 { return Tensor.allocate(Layout(index.sizes), dtype).record("GatherBackward0", self) { [sizes] _, g in Tensor.filled(0, sizes, g.dtype) } }
        guard Swift.max(self.dim, 1) == Swift.max(index.dim, 1) else { return fail(.runtime, "Index tensor must have the same number of dimensions as input tensor") }
        for k in 0..<index.dim where k != d && index.sizes[k] > (self.dim == 0 ? 1 : sizes[k]) {
            return fail(.runtime, "Size does not match at dimension \(k) expected index \(index.sizes) to be no larger than self \(sizes) apart from dimension \(d)")
        }
        let places = index.asIndex("gather()")
        let result = Tensor.allocate(Layout(index.sizes), dtype)
        if result.isVoid || places.isVoid { return .void }
        let (out, from, at) = (result.atLeastOneDimension, strided.atLeastOneDimension, places.strided.atLeastOneDimension)
        if let bad = backend.gather(out: out.strided, from, dim: d, index: at) {
            return fail(.runtime, "index \(places.flatElement(bad)) is out of bounds for dimension \(d) with size \(from.layout.sizes[d])")
        }
        return result.record("GatherBackward0", self, saved: [places]) { [sizes] node, g in
            Tensor.filled(0, sizes, g.dtype).scatterAdd(dim: d, index: node.saved(0), source: g)
        }
    }

    /// Writes `source` where the index says along `dim`; of several the last wins. PyTorch: `torch.scatter`.
    public func scatter(dim: Int, index: Tensor, source: some TensorOperand) -> Tensor {
        var values = source.operand
        if values.isNumber { values = Tensor.full(index.sizes, values.itemScalar(), dtype: dtype) }
        return scattered(.set, dim, index, values, "scatter").record("ScatterBackward0", self, values, saved: [index]) { node, g in
            [node.needs(0) ? g.scatter(dim: dim, index: node.saved(0), source: 0) : nil,
             node.needs(1) ? g.gather(dim: dim, index: node.saved(0)).embeddedCorner(values.sizes) : nil]
        }
    }

    @discardableResult
    public func scatter_(dim: Int, index: Tensor, source: some TensorOperand) -> Tensor {
        let values = source.operand
        return inPlace([index, values]) { old in values.isNumber ? old.scatter(dim: dim, index: index, source: values.itemScalar()) : old.scatter(dim: dim, index: index, source: values) }
    }

    /// Adds `source` where the index says along `dim`, in row-major order. PyTorch: `torch.scatter_add`.
    public func scatterAdd(dim: Int, index: Tensor, source: Tensor) -> Tensor {
        scattered(.add, dim, index, source, "scatter_add").record("ScatterAddBackward0", self, source, saved: [index]) { node, g in
            [g, node.needs(1) ? g.gather(dim: dim, index: node.saved(0)).embeddedCorner(source.sizes) : nil]
        }
    }

    @discardableResult
    public func scatterAdd_(dim: Int, index: Tensor, source: Tensor) -> Tensor {
        inPlace([index, source]) { $0.scatterAdd(dim: dim, index: index, source: source) }
    }

    /// A copy of self with the scatter done; no record.
    private func scattered(_ mode: ScatterMode, _ dim: Int, _ index: Tensor, _ source: Tensor, _ name: String) -> Tensor {
        if isVoid || index.isVoid || source.isVoid { return .void }
        guard let d = wrap(dim) else { return .void }
        guard index.dtype == .int64 || index.dtype == .int32 else { return fail(.runtime, "\(name)(): Expected dtype int32/int64 for index") }
        guard dtype == source.dtype else { return fail(.runtime, "\(name)(): Expected self.dtype to be equal to src.dtype") }
        let result = contiguousCopy()
        if result.isVoid || index.numel() == 0 { return result }
        guard Swift.max(self.dim, 1) == Swift.max(index.dim, 1), Swift.max(source.dim, 1) == Swift.max(index.dim, 1) else {
            return fail(.runtime, "Index tensor must have the same number of dimensions as \(Swift.max(self.dim, 1) == Swift.max(index.dim, 1) ? "src" : "self") tensor")
        }
        for k in 0..<index.dim {
            let mine = self.dim == 0 ? 1 : sizes[k], theirs = source.dim == 0 ? 1 : source.sizes[k]
            if k != d && index.sizes[k] > mine || index.sizes[k] > theirs {
                return fail(.runtime, "Expected index \(index.sizes) to be no larger than self \(sizes) apart from dimension \(d) and to be no larger size than src \(source.sizes)")
            }
        }
        let places = index.asIndex(name)
        if places.isVoid { return .void }
        let (out, from, at) = (result.strided.atLeastOneDimension, source.strided.atLeastOneDimension, places.strided.atLeastOneDimension)
        if let bad = backend.scatter(mode, out: out, dim: d, index: at, source: from) {
            return fail(.runtime, "index \(places.flatElement(bad)) is out of bounds for dimension \(d) with size \(out.layout.sizes[d])")
        }
        return result
    }

    /// Zeros of larger sizes with this tensor at the origin.
    private func embeddedCorner(_ sizes: [Int]) -> Tensor {
        var result = self
        for (d, size) in sizes.enumerated() where size != result.sizes[d] {
            var grown = result.sizes
            grown[d] = size
            result = result.embedded(in: grown, dim: d, start: 0, step: 1)
        }
        return result
    }

    private var atLeastOneDimension: Tensor { dim == 0 ? alias(strided.atLeastOneDimension.layout) : self }

    private func flatElement(_ i: Int) -> Int64 { strided.pointer.assumingMemoryBound(to: Int64.self)[i] }
}

extension Strided {
    /// A scalar as a vector of one element.
    var atLeastOneDimension: Strided {
        layout.rank > 0 ? self : Strided(storage: storage, layout: Layout([1], offset: layout.offset), dtype: dtype)
    }
}
