import CTorchKernels

// Selecting and writing along one dimension, or in the flattened tensor.

extension Tensor {
    /// Returns the indices as contiguous int64. Raises `message` and returns a void tensor if the dtype is not int32 or
    /// int64.
    func indexRow(orRaise message: @autoclosure () -> String) -> Tensor {
        if isVoid { return .void }
        guard dtype == .int64 || dtype == .int32 else { return fail(.runtime, message()) }
        return noGrad { detach().to(.int64).contiguous() }
    }

    /// Returns one int64 index for each element of the same sizes. The memory is dense, except that dimensions may
    /// repeat (stride 0). Raises `message` and returns a void tensor if the dtype is not int32 or int64.
    func indexGrid(orRaise message: @autoclosure () -> String) -> Tensor {
        if isVoid { return .void }
        guard dtype == .int64 || dtype == .int32 else { return fail(.runtime, message()) }
        let wide: Tensor = noGrad { detach().to(.int64) }
        let real = wide.layout.strides.indices.filter { wide.layout.strides[$0] != 0 }
        return wide.layout.permuted(real).isContiguous && real.count < dim ? wide : noGrad { wide.contiguous() }
    }

    /// Returns a view of the given sizes, without a copy: this vector of indices (or single index) lies along `dim` and
    /// is repeated along all other dimensions.
    private func spread(_ sizes: [Int], along dim: Int) -> Tensor {
        var strides = [Int](repeating: 0, count: sizes.count)
        if !strides.isEmpty { strides[dim] = 1 }
        return alias(Layout(sizes, strides: strides, offset: layout.offset))
    }

    /// Returns this tensor's memory over the sizes of `index`, with stride 0 along `dim`, and the index for the
    /// backend.
    private func along(_ dim: Int, _ index: Tensor) -> (Strided, IndexOperand) {
        let own = raw.atLeastOneDimension.layout, at = index.strided.atLeastOneDimension
        var strides = own.strides
        strides[dim] = 0
        var elements = at
        elements.layout = Layout(
            [zip(at.layout.sizes, at.layout.strides).reduce(1) { $1.1 == 0 ? $0 : $0 &* $1.0 }],
            offset: at.layout.offset)
        return (
            strided(Layout(at.layout.sizes, strides: strides, offset: own.offset)),
            IndexOperand(
                index: Indices(elements), strides: at.layout.strides, size: own.sizes[dim], step: own.strides[dim])
        )
    }

    /// Returns out[i][j] = self[index[i][j]][j] (for dim 0) in new memory, without recording an operation. `index`
    /// comes from `indexGrid`. Returns nil if an index is out of range.
    func gathered(_ dim: Int, _ index: Tensor, wraps: Bool = false) -> Tensor? {
        let result = Tensor.allocate(Layout(index.sizes), dtype, device)
        if result.isVoid || result.numel() == 0 { return result }
        let (input, operand) = along(dim, index)
        return backend.indexGet(out: result.strided.atLeastOneDimension, input, [operand], wraps: wraps) ? result : nil
    }

    /// Computes self[index[i][j]][j] (mode)= source[i][j] (for dim 0), without recording an operation. `source`
    /// broadcasts to the sizes of `index`. Returns false if an index is out of range.
    func scatterInPlace(_ mode: ScatterMode, _ dim: Int, _ index: Tensor, _ source: Tensor, wraps: Bool = false) -> Bool
    {
        if index.numel() == 0 { return true }
        let from = source.storage === storage ? source.contiguousCopy() : source
        let at = index.storage === storage ? index.contiguousCopy() : index
        guard let layout = from.layout.expanded(at.sizes) else { return true }
        let (out, operand) = along(dim, at)
        let values = from.strided(layout).atLeastOneDimension
        return backend.indexPut(mode, out: out, values, [operand], wraps: wraps)
    }

    /// Returns a copy without history, changed by `write`; void if `write` returns false.
    func changed(_ write: (Tensor) -> Bool) -> Tensor {
        let result: Tensor = noGrad { detach().clone() }
        return result.isVoid || !write(result) ? .void : result
    }

    /// Returns the first index outside the range, or 0 if there is none.
    func outside(_ range: Range<Int>) -> Int64 { contiguous().firstOutside(range) ?? 0 }

    // MARK: index_select

    /// Returns the slices at the given indices of a dimension, in order. PyTorch: `torch.index_select`.
    public func indexSelect(dim: Int, index: Tensor, out: Tensor? = nil) -> Tensor {
        if anyVoid(self, index) { return .void }
        guard let d = wrap(dim) else { return .void }
        guard index.dim <= 1 else { return fail(.index, "index_select(): Index is supposed to be a vector") }
        let positions = index.indexRow(orRaise: "index_select(): Expected dtype int32 or int64 for index")
        if positions.isVoid { return .void }
        if hasSparseForm { return sparseIndexSelect(d, positions) }
        var target = sizes
        if self.dim == 0 {
            guard index.numel() == 1 else {
                return fail(
                    .runtime, "index_select(): Index to scalar can have only 1 value, got \(index.numel()) value(s)")
            }
        } else {
            target[d] = index.numel()
        }
        guard let result = gathered(d, positions.spread(target, along: d)) else {
            return fail(.index, "index out of range in self")
        }
        return result.record("IndexSelectBackward0", self, saved: [positions]) { [sizes] node, g in
            Tensor.filled(0, sizes, g.dtype, g.device).indexAdd(dim: d, index: node.saved(0), source: g)
        }.written(to: out, name: "index_select", read: [self, index])
    }

    // MARK: index_add, index_reduce

    /// Returns a copy with alpha · source added at the given indices of a dimension, in order.
    /// PyTorch: `torch.index_add`.
    public func indexAdd(dim: Int, index: Tensor, source: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
        guard let (d, positions) = checkedRows(dim, index, source, "index_add_"), alpha.scalar.checkFits(dtype),
            let alpha = factor(alpha)
        else { return .void }
        return changed { $0.addRows(d, positions, source, alpha) }.record(
            "IndexAddBackward0", self, source, saved: [positions]
        ) { [form = source.sizes] node, g in
            guard node.needs(1) else { return [g, nil] }
            let gathered = g.indexSelect(dim: d, index: node.saved(0)).reshape(form)
            return [g, alpha == .int(1) ? gathered : gathered.mul(alpha)]
        }
    }

    /// Like `indexAdd(dim:index:source:alpha:)`, in place. PyTorch: `Tensor.index_add_`.
    @discardableResult
    public func indexAdd_(dim: Int, index: Tensor, source: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
        guard let (d, positions) = checkedRows(dim, index, source, "index_add_"), alpha.scalar.checkFits(dtype),
            let alpha = factor(alpha)
        else { return .void }
        return inPlace(
            [source], direct: { _ = $0.addRows(d, positions, source, alpha) },
            recorded: { $0.indexAdd(dim: d, index: positions, source: source, alpha: alpha) })
    }

    func addRows(_ d: Int, _ index: Tensor, _ source: Tensor, _ alpha: Scalar) -> Bool {
        let scaled: Tensor = noGrad { (alpha == .int(1) ? source.detach() : source.detach().mul(alpha)).to(dtype) }
        if scaled.isVoid { return false }
        if scatterInPlace(.add, d, index.spread(source.sizes, along: d), scaled) { return true }
        let size = raw.atLeastOneDimension.layout.sizes[d]
        raise(.index, "index \(index.outside(0..<size)) is out of bounds for dimension \(d) with size \(size)")
        return false
    }

    /// Returns a copy in which `source` is combined with the slices at the given indices of a dimension. The old values
    /// count only if `includeSelf` is true. PyTorch: `torch.index_reduce`.
    /// - Precondition: `reduce` is not `sum` (use `indexAdd`).
    public func indexReduce(
        dim: Int, index: Tensor, source: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
    ) -> Tensor {
        guard reduce != .sum else {
            return fail(
                .runtime, "index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got \(reduce).")
        }
        guard let (d, positions) = checkedRows(dim, index, source, "index_reduce_") else { return .void }
        guard supportsReduction(reduce, includeSelf) else { return .void }
        let size = raw.atLeastOneDimension.layout.sizes[d]
        if index.numel() > 0, positions.firstOutside(0..<size) != nil {
            return fail(.index, "index out of range in self")
        }
        return scatterReduced(
            d, positions.spread(source.sizes, along: d), source, reduce, includeSelf, "IndexReduceBackward0")
    }

    private func supportsReduction(_ reduce: ScatterReduction, _ includeSelf: Bool) -> Bool {
        if !includeSelf { return supportsKernel("index_reduce_func_exclude_input_init") }
        if self.dim <= 1 { return supportsKernel("index_func_") }
        switch reduce {
        case .mean, .sum: return supportsKernel("add_stub")
        case .amax: return supportsKernel("maximum_cpu", unsigned: true)
        case .amin: return supportsKernel("minimum_cpu", unsigned: true)
        case .prod: return supportsKernel("mul_cpu_reduced_float", unsigned: true)
        }
    }

    /// Like `indexReduce(dim:index:source:reduce:includeSelf:)`, in place. PyTorch: `Tensor.index_reduce_`.
    @discardableResult
    public func indexReduce_(
        dim: Int, index: Tensor, source: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
    ) -> Tensor {
        inPlace([index, source]) {
            $0.indexReduce(dim: dim, index: index, source: source, reduce: reduce, includeSelf: includeSelf)
        }
    }

    /// Returns the wrapped dimension and the indices. Raises and returns nil unless `source` has one slice for each
    /// index.
    private func checkedRows(_ dim: Int, _ index: Tensor, _ source: Tensor, _ name: String) -> (Int, Tensor)? {
        if anyVoid(self, index, source) { return nil }
        func mistake(_ kind: TorchError.Kind = .runtime, _ message: String) -> (Int, Tensor)? {
            raise(kind, message)
            return nil
        }
        guard let d = wrap(dim) else { return nil }
        guard index.dim <= 1 else {
            return mistake(
                .index,
                "\(name)(): Index is supposed to be a vector, but got dim: \(index.dim) with type: \(index.dtype.scalarTypeName) and size: \(index.sizes)"
            )
        }
        let positions = index.indexRow(
            orRaise: "\(name)(): Expected dtype int32/int64 for index but got: \(index.dtype.scalarTypeName)")
        if positions.isVoid { return nil }
        guard dtype == source.dtype else {
            return mistake(
                .runtime,
                "\(name)(): self (\(dtype.scalarTypeName)) and source (\(source.dtype.scalarTypeName)) must have the same scalar type"
            )
        }
        guard source.dim == 0 || d < source.dim else {
            return mistake(
                .runtime, "\(name)(): Indexing dim \(d) is out of bounds of the source tensor with dim \(source.dim)")
        }
        let length = source.dim == 0 ? 1 : source.sizes[d]
        // A source of another rank raises the error about shapes, after the check of the number of indices.
        var mine = sizes, theirs = source.sizes
        if !mine.isEmpty { mine.remove(at: d) }
        if !theirs.isEmpty { theirs.remove(at: d) }
        guard index.numel() == length else {
            return mistake(
                .runtime,
                "\(name)(): Number of indices (\(index.numel())) should be equal to source.size(dim): (\(length)), for dim: \(d)"
            )
        }
        guard mine == theirs, Swift.max(self.dim, 1) == Swift.max(source.dim, 1) else {
            return mistake(
                .runtime,
                "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = \(sizes) source.shape = \(source.sizes)"
            )
        }
        guard name != "index_add_" || supportsKernel(self.dim > 1 ? "add_stub" : name) else { return nil }
        return (d, positions)
    }

    // MARK: index_copy, index_fill

    /// Returns a copy with `source` written at the given indices of a dimension. PyTorch: `torch.index_copy`.
    public func indexCopy(dim: Int, index: Tensor, source: Tensor) -> Tensor {
        if let cast = Autocast.widest([self, source]) {
            return cast.run { $0(self).indexCopy(dim: dim, index: index, source: $0(source)) }
        }
        guard let (d, positions) = checkedCopy(dim, index, source) else { return .void }
        return changed { $0.copyRows(d, positions, source) }.record(
            "IndexCopyBackward0", self, source, saved: [positions]
        ) {
            [form = source.sizes] node, g in
            [
                node.needs(0) ? g.indexFill(dim: d, index: node.saved(0), value: 0) : nil,
                node.needs(1) ? g.indexSelect(dim: d, index: node.saved(0)).reshape(form) : nil
            ]
        }
    }

    /// Like `indexCopy(dim:index:source:)`, in place. PyTorch: `Tensor.index_copy_`.
    @discardableResult
    public func indexCopy_(dim: Int, index: Tensor, source: Tensor) -> Tensor {
        guard let (d, positions) = checkedCopy(dim, index, source) else { return .void }
        return inPlace(
            [source], direct: { _ = $0.copyRows(d, positions, source) },
            recorded: { $0.indexCopy(dim: d, index: positions, source: source) })
    }

    private func copyRows(_ d: Int, _ index: Tensor, _ source: Tensor) -> Bool {
        if scatterInPlace(.set, d, index.spread(source.sizes, along: d), source) { return true }
        let size = raw.atLeastOneDimension.layout.sizes[d]
        raise(
            .index,
            "index_copy_(): index \(index.outside(0..<size)) is out of bounds for dimension \(d) with size \(size)")
        return false
    }

    private func checkedCopy(_ dim: Int, _ index: Tensor, _ source: Tensor) -> (Int, Tensor)? {
        if anyVoid(self, index, source) { return nil }
        func mistake(_ kind: TorchError.Kind = .runtime, _ message: String) -> (Int, Tensor)? {
            raise(kind, "index_copy_(): \(message)")
            return nil
        }
        guard let d = wrap(dim) else { return nil }
        guard index.dim < 2 else { return mistake(.index, "Index should have dimension 1 or 0 (got \(index.dim))") }
        if source.dim == 0 && index.numel() != 1 {
            return mistake(.index, "When source is scalar, index should have one element (got \(index.numel()))")
        }
        if source.dim != self.dim && source.dim != 0 && self.dim != 0 {
            return mistake(
                .index,
                "When source and destination are not scalars, their dimensionality must match. Source dimensionality (\(source.dim)), destination dimensionality (\(self.dim))"
            )
        }
        guard index.dtype == .int64 else {
            return mistake(.runtime, "Expected a long tensor for index, but got \(index.dtype.scalarTypeName)")
        }
        guard dtype == source.dtype else {
            return mistake(
                .runtime,
                "self and source expected to have the same dtype, but got (self) \(dtype.scalarTypeName) and (source) \(source.dtype.scalarTypeName)"
            )
        }
        var mine = sizes, theirs = source.sizes
        if !mine.isEmpty { mine.remove(at: d) }
        if !theirs.isEmpty { theirs.remove(at: d) }
        guard mine == theirs else {
            func text(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: " ") }
            return mistake(
                .runtime,
                "Source/destination tensor must have same slice shapes. Destination slice shape: \(text(mine)) at dimension \(d) and source slice shape: \(text(theirs)) at dimension 0."
            )
        }
        let length = source.dim == 0 ? 1 : source.sizes[d]
        guard index.numel() == length else {
            return mistake(
                .index, "Number of indices (\(index.numel())) should be equal to source.size(dim) (\(length))")
        }
        guard supportsKernel("index_copy_cpu") else { return nil }
        return (d, index.indexRow(orRaise: ""))
    }

    /// Returns a copy with a number, or the number in a 0-dimensional tensor, written at the given indices of a
    /// dimension. Indices may be negative. PyTorch: `torch.index_fill`.
    public func indexFill(dim: Int, index: Tensor, value: some TensorOperand) -> Tensor {
        let value = value.operand
        guard let (d, positions) = checkedFill(dim, index, value) else { return .void }
        return changed { $0.fillRows(d, positions, value) }.record(
            "IndexFillBackward\(value.isNumber ? 0 : 1)", self, value, saved: [positions]
        ) { node, g in
            [
                node.needs(0) ? g.indexFill(dim: d, index: node.saved(0), value: 0) : nil,
                node.needs(1)
                    ? g.mul(
                        noGrad {
                            Tensor.filled(0, g.sizes, g.dtype, g.device).indexFill(
                                dim: d, index: node.saved(0), value: 1)
                        }
                    ).sum() : nil
            ]
        }
    }

    /// Like `indexFill(dim:index:value:)`, in place. PyTorch: `Tensor.index_fill_`.
    @discardableResult
    public func indexFill_(dim: Int, index: Tensor, value: some TensorOperand) -> Tensor {
        let value = value.operand
        guard let (d, positions) = checkedFill(dim, index, value) else { return .void }
        return inPlace(
            [value], overlapping: true, direct: { _ = $0.fillRows(d, positions, value) },
            recorded: { $0.indexFill(dim: d, index: positions, value: value) })
    }

    private func fillRows(_ d: Int, _ index: Tensor, _ value: Tensor) -> Bool {
        var target = sizes
        if !target.isEmpty { target[d] = index.numel() }
        if scatterInPlace(.set, d, index.spread(target, along: d), noGrad { value.detach().to(dtype) }, wraps: true) {
            return true
        }
        let size = raw.atLeastOneDimension.layout.sizes[d]
        raise(.index, "index \(index.outside(-size..<size)) is out of bounds for dimension \(d) with size \(size)")
        return false
    }

    private func checkedFill(_ dim: Int, _ index: Tensor, _ value: Tensor) -> (Int, Tensor)? {
        if anyVoid(self, index, value) { return nil }
        guard value.dim == 0 else {
            raise(
                .runtime,
                "index_fill_ only supports a 0-dimensional value tensor, but got tensor with \(value.dim) dimension(s)."
            )
            return nil
        }
        guard index.dtype == .int64 else {
            raise(.index, "index_fill_(): Expected dtype int64 for index.")
            return nil
        }
        guard index.dim < 2 else {
            raise(.runtime, "Index has to be a vector/scalar")
            return nil
        }
        guard self.dim > 0 || index.numel() == 1 else {
            raise(.runtime, "index_fill_(): Index to scalar can have only 1 value, got \(index.numel()) value(s)")
            return nil
        }
        guard supportsKernel("index_fill_cpu") else { return nil }
        guard let d = wrap(dim) else { return nil }
        if value.dtype.isComplex, !dtype.isComplex {
            raise(.runtime, "index_fill_(): Converting complex Scalar to non-complex type is not supported")
            return nil
        }
        guard !value.hasElements || value.itemScalar().checkFits(dtype) else { return nil }
        return (d, index.indexRow(orRaise: ""))
    }

    // MARK: take, put

    /// Returns the elements at the given indices of the flattened tensor, in the shape of `index`. Indices may be
    /// negative. PyTorch: `torch.take`.
    public func take(_ index: Tensor, out: Tensor? = nil) -> Tensor {
        if anyVoid(self, index) { return .void }
        guard index.dtype == .int64 else {
            return fail(.runtime, "take(): Expected a long tensor for index, but got \(index.dtype.scalarTypeName)")
        }
        guard numel() > 0 || index.numel() == 0 else {
            return fail(.index, "take(): tried to take from an empty tensor")
        }
        guard supportsKernel("take_cpu") else { return .void }
        let positions = index.indexRow(orRaise: "")
        let row: Tensor = noGrad { detach().reshape([-1]) }
        if anyVoid(positions, row) { return .void }
        guard
            let found = row.gathered(
                0, positions.alias(Layout([positions.numel()], offset: positions.layout.offset)), wraps: true)
        else {
            return fail(
                .index,
                "out of range: tried to access index \(positions.outside(-numel()..<numel())) on a tensor of \(numel()) elements."
            )
        }
        let result = found.isVoid ? found : found.alias(Layout(index.sizes))
        return result.record("TakeBackward0", self, saved: [index]) { [sizes] node, g in
            Tensor.filled(0, sizes, g.dtype, g.device).put(node.saved(0), g, accumulate: true)
        }.written(to: out, name: "take", read: [self, index])
    }

    /// Returns a copy with `source` written, or added if `accumulate` is true, at the given indices of the flattened
    /// tensor. PyTorch: `torch.put`.
    public func put(_ index: Tensor, _ source: Tensor, accumulate: Bool = false) -> Tensor {
        guard checkPut(index, source) else { return .void }
        return changed { $0.putRow(index, source, accumulate) }.record("PutBackward0", self, source, saved: [index]) {
            [form = source.sizes] node, g in
            let kept =
                accumulate || !node.needs(0) ? g : g.put(node.saved(0), Tensor.filled(0, form, g.dtype, g.device))
            return [kept, node.needs(1) ? g.take(node.saved(0)).reshape(form) : nil]
        }
    }

    /// Like `put(_:_:accumulate:)`, in place. PyTorch: `Tensor.put_`.
    @discardableResult
    public func put_(_ index: Tensor, _ source: Tensor, accumulate: Bool = false) -> Tensor {
        guard checkPut(index, source) else { return .void }
        return inPlace(
            [source], direct: { _ = $0.putRow(index, source, accumulate) },
            recorded: { $0.put(index, source, accumulate: accumulate) })
    }

    private func putRow(_ index: Tensor, _ source: Tensor, _ accumulate: Bool) -> Bool {
        let dense = isContiguous() ? self : contiguousCopy()
        let (positions, values): (Tensor, Tensor) = noGrad {
            (index.detach().reshape([-1]).indexRow(orRaise: ""), source.detach().reshape([-1]))
        }
        if anyVoid(dense, positions, values) { return false }
        let row = dense.alias(Layout([numel()], offset: dense.layout.offset))
        guard row.scatterInPlace(accumulate ? .add : .set, 0, positions, values, wraps: true) else {
            raise(
                .index,
                "out of range: tried to access index \(positions.outside(-numel()..<numel())) on a tensor of \(numel()) elements."
            )
            return false
        }
        if dense !== self { backend.copy(out: strided, dense.strided) }
        return true
    }

    private func checkPut(_ index: Tensor, _ source: Tensor) -> Bool {
        if anyVoid(self, index, source) { return false }
        func mistake(_ kind: TorchError.Kind, _ message: String) -> Bool {
            raise(kind, "put_(): \(message)")
            return false
        }
        guard index.dtype == .int64 else {
            return mistake(.runtime, "Expected a long tensor for index, but got \(index.dtype.scalarTypeName)")
        }
        guard dtype == source.dtype else {
            return mistake(
                .runtime,
                "self and source expected to have the same dtype, but got self.dtype = \(dtype.scalarTypeName) and source.dtype = \(source.dtype.scalarTypeName)"
            )
        }
        guard index.numel() == source.numel() else {
            return mistake(
                .index,
                "Expected source and index to have the same number of elements, but got source.numel() = \(source.numel()), index.numel() = \(index.numel())"
            )
        }
        guard numel() > 0 || index.numel() == 0 else {
            return mistake(.index, "Tried to put elements into an empty tensor")
        }
        return supportsKernel("take_put_cpu")
    }
}

extension Strided {
    /// The same elements; a scalar becomes a vector of one element.
    var atLeastOneDimension: Strided {
        layout.rank > 0 ? self : Strided(storage: storage, layout: Layout([1], offset: layout.offset), dtype: dtype)
    }
}
