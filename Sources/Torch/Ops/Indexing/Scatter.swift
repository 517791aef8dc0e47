import CTorchKernels

// Gather and scatter: an index tensor gives, for every element, the index along one dimension to read or write.

/// How elements that are scattered to the same index are combined.
public enum ScatterReduction: String, Sendable {
    /// The sum, the product, the mean, the maximum or the minimum.
    case sum, prod, mean, amax, amin
}

extension Tensor {
    /// Returns out[i][j] = self[index[i][j]][j] (for dim 0), in the shape of `index`. PyTorch: `torch.gather`.
    public func gather(dim: Int, index: Tensor, out: Tensor? = nil) -> Tensor {
        if anyVoid(self, index) { return .void }
        guard let d = wrap(dim) else { return .void }
        guard index.numel() > 0 else {
            return Tensor.allocate(Layout(index.sizes), dtype, device).record("GatherBackward0", self) { [sizes] _, g in
                Tensor.filled(0, sizes, g.dtype, g.device)
            }
            .written(to: out, name: "gather", read: [self, index])
        }
        let positions = index.indexGrid(orRaise: "gather(): Expected dtype int32/int64 for index")
        if positions.isVoid { return .void }
        guard Swift.max(self.dim, 1) == Swift.max(index.dim, 1) else {
            return fail(.runtime, "Index tensor must have the same number of dimensions as input tensor")
        }
        for k in 0..<index.dim where k != d && index.sizes[k] > (self.dim == 0 ? 1 : sizes[k]) {
            return fail(
                .runtime,
                "Size does not match at dimension \(k) expected index \(index.sizes) to be no larger than self \(sizes) apart from dimension \(d)"
            )
        }
        guard supportsKernel(index.dim <= 1 ? "gather_expanded_index" : "scatter_gather_tensor_cpu", unsigned: true)
        else {
            return .void
        }
        guard let result = gathered(d, positions) else { return outOfRange(positions, d) }
        return result.record("GatherBackward0", self, saved: [positions]) { [sizes] node, g in
            Tensor.filled(0, sizes, g.dtype, g.device).scatterAdd(dim: d, index: node.saved(0), source: g)
        }.written(to: out, name: "gather", read: [self, index])
    }

    private func outOfRange(_ index: Tensor, _ d: Int) -> Tensor {
        let size = raw.atLeastOneDimension.layout.sizes[d]
        return fail(.runtime, "index \(index.outside(0..<size)) is out of bounds for dimension \(d) with size \(size)")
    }

    /// Like `gather(dim:index:out:)`, but tensor and indices are broadcast except along `dim`, and indices out of range
    /// wrap around. Without a dimension, both are flattened. PyTorch: `torch.take_along_dim`.
    public func takeAlongDim(_ indices: Tensor, _ dim: Int? = nil) -> Tensor {
        if anyVoid(self, indices) { return .void }
        guard indices.dtype == .int64 else {
            return fail(
                .runtime,
                "torch.take_along_dim(): dtype of indices should be Long but got \(indices.dtype.scalarTypeName)")
        }
        guard let dim else { return reshape([-1]).takeAlongDim(indices.reshape([-1]), 0) }
        guard self.dim == indices.dim else {
            return fail(
                .runtime,
                "torch.take_along_dim(): input and indices should have the same number of dimensions, but got \(self.dim) dimensions for input, and \(indices.dim) dimensions for indices"
            )
        }
        guard let d = wrap(dim) else { return .void }
        var mine = sizes, theirs = indices.sizes
        if self.dim > 0 {
            (mine[d], theirs[d]) = (indices.sizes[d], sizes[d])
        }
        guard let own = Layout.broadcast(sizes, theirs), let positions = Layout.broadcast(indices.sizes, mine) else {
            return fail(.runtime, Pointwise.broadcastMismatch(sizes, theirs))
        }
        return expand(own).gather(
            dim: d,
            index: noGrad { indices.detach().remainder(Swift.max(self.dim == 0 ? 1 : sizes[d], 1)).expand(positions) })
    }

    // MARK: scatter

    /// Returns a copy with `source`, a tensor or a number, written at the indices that `index` gives along `dim`. If an
    /// index occurs several times, the last element in row-major order wins. PyTorch: `torch.scatter`.
    public func scatter(dim: Int, index: Tensor, source: some TensorOperand) -> Tensor {
        let values = source.operand
        guard let (d, positions) = checkedScatter(dim, index, values) else { return .void }
        return scattered(.set, d, positions, values).record(
            "ScatterBackward\(values.isNumber ? 1 : 0)", self, values, saved: [positions]
        ) { [form = values.sizes] node, g in
            [
                node.needs(0) ? g.scatter(dim: d, index: node.saved(0), source: 0) : nil,
                node.needs(1) ? g.gather(dim: d, index: node.saved(0)).embeddedCorner(form) : nil
            ]
        }
    }

    /// Like `scatter(dim:index:source:)`, but adds `source` or multiplies by it. PyTorch: `torch.scatter(…,
    /// reduce="add")` (here `sum`) or `"multiply"` (`prod`).
    public func scatter(dim: Int, index: Tensor, source: some TensorOperand, reduce: ScatterReduction) -> Tensor {
        guard reduce == .sum || reduce == .prod else {
            return fail(.runtime, "reduce argument must be either add or multiply.")
        }
        let values = source.operand
        if anyVoid(self, index, values) { return .void }
        guard values.numberValue?.checkFits(dtype) ?? true else { return .void }
        let all = values.isNumber ? Tensor.filled(values.itemScalar(), index.sizes, dtype, device) : values
        return reduce == .sum
            ? scatterAdd(dim: dim, index: index, source: all)
            : scatterReduce(dim: dim, index: index, source: all, reduce: .prod)
    }

    /// Like `scatter(dim:index:source:)`, in place. PyTorch: `Tensor.scatter_`.
    @discardableResult
    public func scatter_(dim: Int, index: Tensor, source: some TensorOperand) -> Tensor {
        let values = source.operand
        guard let (d, positions) = checkedScatter(dim, index, values) else { return .void }
        return inPlace(
            [values], direct: { _ = $0.scatterInto(.set, d, positions, values) },
            recorded: { $0.scatter(dim: d, index: positions, source: values) })
    }

    /// Like `scatter(dim:index:source:reduce:)`, in place. PyTorch: `Tensor.scatter_(…, reduce=)`.
    @discardableResult
    public func scatter_(dim: Int, index: Tensor, source: some TensorOperand, reduce: ScatterReduction) -> Tensor {
        let values = source.operand
        return inPlace([index, values]) { $0.scatter(dim: dim, index: index, source: values, reduce: reduce) }
    }

    /// Returns a copy with `source` added at the indices that `index` gives along `dim`, in row-major order.
    /// PyTorch: `torch.scatter_add`.
    public func scatterAdd(dim: Int, index: Tensor, source: Tensor) -> Tensor {
        if let cast = Autocast.widestOnCUDA([self, source]) {
            return cast.run { $0(self).scatterAdd(dim: dim, index: index, source: $0(source)) }
        }
        guard let (d, positions) = checkedScatter(dim, index, source) else { return .void }
        return scattered(.add, d, positions, source).record("ScatterAddBackward0", self, source, saved: [positions]) {
            [form = source.sizes] node, g in
            [g, node.needs(1) ? g.gather(dim: d, index: node.saved(0)).embeddedCorner(form) : nil]
        }
    }

    /// Like `scatterAdd(dim:index:source:)`, in place. PyTorch: `Tensor.scatter_add_`.
    @discardableResult
    public func scatterAdd_(dim: Int, index: Tensor, source: Tensor) -> Tensor {
        guard let (d, positions) = checkedScatter(dim, index, source) else { return .void }
        return inPlace(
            [source], direct: { _ = $0.scatterInto(.add, d, positions, source) },
            recorded: { $0.scatterAdd(dim: d, index: positions, source: source) })
    }

    /// Returns the wrapped dimension and the indices. Raises and returns nil if the arguments do not fit.
    private func checkedScatter(_ dim: Int, _ index: Tensor, _ source: Tensor) -> (Int, Tensor)? {
        if anyVoid(self, index, source) { return nil }
        func mistake(_ message: String) -> (Int, Tensor)? {
            raise(.runtime, message)
            return nil
        }
        guard let d = wrap(dim) else { return nil }
        if index.numel() == 0 { return (d, noGrad { index.detach().to(.int64) }) }
        let positions = index.indexGrid(orRaise: "scatter(): Expected dtype int32/int64 for index")
        if positions.isVoid { return nil }
        guard source.isNumber || dtype == source.dtype else {
            return mistake("scatter(): Expected self.dtype to be equal to src.dtype")
        }
        guard source.numberValue?.checkFits(dtype) ?? true else { return nil }
        guard Swift.max(self.dim, 1) == Swift.max(index.dim, 1) else {
            return mistake("Index tensor must have the same number of dimensions as self tensor")
        }
        guard source.isNumber || Swift.max(source.dim, 1) == Swift.max(index.dim, 1) else {
            return mistake("Index tensor must have the same number of dimensions as src tensor")
        }
        for (k, length) in (index.dim == 0 ? [1] : index.sizes).enumerated() {
            let mine = self.dim == 0 ? 1 : sizes[k],
                theirs = source.isNumber ? Int.max : source.dim == 0 ? 1 : source.sizes[k]
            if k != d && length > mine || length > theirs {
                return mistake(
                    "Expected index \(index.sizes) to be no larger than self \(sizes) apart from dimension \(d)"
                        + (source.isNumber ? "" : " and to be no larger size than src \(source.sizes)"))
            }
        }
        guard
            supportsKernel(source.isNumber ? "scatter_gather_scalar_cpu" : "scatter_gather_tensor_cpu", unsigned: true)
        else {
            return nil
        }
        return (d, positions)
    }

    private func scattered(_ mode: ScatterMode, _ d: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
        changed { $0.scatterInto(mode, d, index, source) }
    }

    /// Writes `source` into this tensor. If `source` is larger than `index`, only its corner at the origin is used.
    /// Raises and returns false if an index is out of range.
    private func scatterInto(_ mode: ScatterMode, _ d: Int, _ index: Tensor, _ source: Tensor) -> Bool {
        if index.numel() == 0 { return true }
        var values: Tensor = noGrad { source.detach().to(dtype) }
        if values.isVoid { return false }
        // A 0-dimensional index uses only the first element of a vector.
        if index.dim == 0, values.dim == 1 { values = values.alias(Layout([], offset: values.layout.offset)) }
        if values.dim == index.dim, values.sizes != index.sizes {
            values = values.alias(Layout(index.sizes, strides: values.layout.strides, offset: values.layout.offset))
        }
        if scatterInPlace(mode, d, index, values) { return true }
        _ = outOfRange(index, d)
        return false
    }

    /// Returns zeros of larger sizes with this tensor at the origin.
    private func embeddedCorner(_ sizes: [Int]) -> Tensor {
        var result = dim == 0 && sizes.count == 1 ? unsqueeze(0) : dim == 1 && sizes.isEmpty ? view([]) : self
        for (d, size) in sizes.enumerated() {
            if result.isVoid { return result }
            if size == result.sizes[d] { continue }
            var grown = result.sizes
            grown[d] = size
            result = result.embedded(in: grown, dim: d, start: 0, step: 1)
        }
        return result
    }

    // MARK: scatter_reduce

    /// Returns a copy in which `source` is combined with the elements at the indices that `index` gives along `dim`.
    /// The old values count only if `includeSelf` is true. PyTorch: `torch.scatter_reduce`.
    public func scatterReduce(
        dim: Int, index: Tensor, source: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
    ) -> Tensor {
        let isPlain = reduce == .sum || reduce == .prod,
            name = "scatter_gather_tensor_cpu" + (isPlain ? "" : "_reduce_\(reduce)")
        guard
            supportsKernel(includeSelf ? name : "scatter_reduce_exclude_input_init", unsigned: includeSelf && isPlain),
            let (d, positions) = checkedScatter(dim, index, source)
        else { return .void }
        return scatterReduced(d, positions, source, reduce, includeSelf, "ScatterReduceBackward0")
    }

    /// Like `scatterReduce(dim:index:source:reduce:includeSelf:)`, in place. PyTorch: `Tensor.scatter_reduce_`.
    @discardableResult
    public func scatterReduce_(
        dim: Int, index: Tensor, source: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
    ) -> Tensor {
        inPlace([index, source]) {
            $0.scatterReduce(dim: dim, index: index, source: source, reduce: reduce, includeSelf: includeSelf)
        }
    }

    /// Implements `scatterReduce` and `indexReduce` for checked arguments.
    func scatterReduced(
        _ d: Int, _ index: Tensor, _ source: Tensor, _ reduce: ScatterReduction, _ includeSelf: Bool, _ node: String
    ) -> Tensor {
        let combined = changed { result in
            if !includeSelf, !result.scatterInto(.set, d, index, Tensor.number(reduce.identity(dtype))) { return false }
            return result.scatterInto(reduce.mode, d, index, source)
        }
        if combined.isVoid { return .void }
        let result =
            reduce != .mean
            ? combined
            : noGrad {
                let counts = counts(d, index, source, includeSelf)
                return dtype.isInteger || dtype == .bool
                    ? combined.div(counts, roundingMode: .floor) : combined.div(counts)
            }
        return result.record(node, self, source, saved: [self, index, source], saveResult: true) { node, g in
            let (x, index, source) = (node.saved(0), node.saved(1), node.saved(2))
            let corner = source.dim == 0 ? source : source.narrowed(to: index.sizes)
            let (own, gathered) = x.scatterReduceBackward(
                g, node.saved(3), d, index, corner, reduce, includeSelf, needsSource: node.needs(1))
            return [
                node.needs(0) ? (includeSelf ? own : own.scatter(dim: d, index: index, source: 0)) : nil,
                gathered?.embeddedCorner(source.sizes)
            ]
        }
    }

    /// Returns the number of elements that each mean is taken over; at least 1.
    private func counts(_ d: Int, _ index: Tensor, _ source: Tensor, _ includeSelf: Bool) -> Tensor {
        let start = Tensor.filled(includeSelf ? 1 : 0, sizes, dtype == .bool ? .int64 : dtype, device)
        let counts = start.scatterAdd(
            dim: d, index: index, source: Tensor.filled(1, [], start.dtype, start.device).expand(index.sizes))
        return counts.maskedFill(counts.eq(0), 1)
    }

    private func scatterReduceBackward(
        _ g: Tensor, _ result: Tensor, _ d: Int, _ index: Tensor, _ source: Tensor, _ reduce: ScatterReduction,
        _ includeSelf: Bool,
        needsSource: Bool
    ) -> (Tensor, Tensor?) {
        func gathered(_ t: Tensor) -> Tensor { t.gather(dim: d, index: index).reshape(source.sizes) }
        switch reduce {
        case .sum:
            return (g, needsSource ? gathered(g) : nil)
        case .mean:
            let counts: Tensor = noGrad { self.counts(d, index, source, includeSelf) }
            return (g.div(counts), needsSource ? gathered(g).div(gathered(counts)) : nil)
        case .amax, .amin:
            // Equal extremes share the gradient.
            let (own, theirs): (Tensor, Tensor) = noGrad {
                (eq(result).to(g.dtype), source.eq(gathered(result)).to(g.dtype))
            }
            let shared = g.div(noGrad { own.scatterAdd(dim: d, index: index, source: theirs) })
            return (own.mul(shared), needsSource ? theirs.mul(gathered(shared)) : nil)
        case .prod:
            // Replace zeros by 1 before the product, because the product cannot be divided by 0.
            let withoutZeros = maskedFill(eq(0), 1)
            let own = g.mul(
                withoutZeros.scatterReduce(
                    dim: d, index: index, source: source, reduce: .prod, includeSelf: includeSelf)
            ).div(withoutZeros)
            guard needsSource else { return (own, nil) }
            let (isZero, isOnlyZero): (Tensor, Tensor) = noGrad {
                let isZero = source.eq(0)
                let zeros = Tensor.filled(0, sizes, dtype, device).scatterAdd(
                    dim: d, index: index, source: isZero.to(dtype))
                return (isZero, isZero.logicalAnd(gathered(zeros).eq(1)))
            }
            let others = scatterReduce(
                dim: d, index: index, source: source.maskedFill(isOnlyZero, 1), reduce: .prod, includeSelf: includeSelf)
            return (
                own,
                Torch.where(
                    isOnlyZero, gathered(g.mul(others)), gathered(g.mul(result)).div(source.maskedFill(isZero, 1)))
            )
        }
    }

    /// Returns the corner of the given sizes at the origin.
    private func narrowed(to sizes: [Int]) -> Tensor {
        if sizes.isEmpty, dim == 1 { return select(0, 0) }
        return sizes.indices.reduce(self) { $0.sizes[$1] == sizes[$1] ? $0 : $0.narrow($1, 0, sizes[$1]) }
    }
}

extension ScatterReduction {
    fileprivate var mode: ScatterMode {
        switch self {
        case .sum, .mean: .add
        case .prod: .multiply
        case .amax: .max
        case .amin: .min
        }
    }

    /// The neutral element. If the old values do not count, they are replaced by it first.
    fileprivate func identity(_ dtype: DType) -> Scalar {
        switch self {
        case .sum, .mean: 0
        case .prod: 1
        case .amax: dtype.isFloatingPoint ? .double(-.infinity) : .int(dtype.integerRange.lowerBound)
        case .amin: dtype.isFloatingPoint ? .double(.infinity) : .int(dtype.integerRange.upperBound)
        }
    }
}
