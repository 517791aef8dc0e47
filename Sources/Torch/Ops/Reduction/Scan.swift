import CTorchKernels

// Running sums, products and extremes along a dimension.

extension Tensor {
    /// Computes running sums; integers and bools give int64. PyTorch: `torch.cumsum`.
    public func cumsum(_ dim: Int, dtype: DType? = nil) -> Tensor {
        if dtype == nil, let cast = Autocast.float32OnCUDA(self) { return cast.run { $0(self).cumsum(dim) } }
        guard !isVoid, let d = wrap(dim) else { return .void }
        let x = to(dtype ?? Reduce.accumulate(self.dtype))
        return x.scan(.sum, d).record("CumsumBackward0", x) { _, g in g.reversed(d) { $0.cumsum(d) } }
    }

    /// In-place version of `cumsum(_:dtype:)`.
    @discardableResult
    public func cumsum_(_ dim: Int, dtype: DType? = nil) -> Tensor {
        inPlace { $0.cumsum(dim, dtype: dtype ?? $0.dtype) }
    }

    /// Computes running products; integers and bools give int64. PyTorch: `torch.cumprod`.
    public func cumprod(_ dim: Int, dtype: DType? = nil) -> Tensor {
        if dtype == nil, let cast = Autocast.float32OnCUDA(self) { return cast.run { $0(self).cumprod(dim) } }
        guard !isVoid, let d = wrap(dim) else { return .void }
        let x = to(dtype ?? Reduce.accumulate(self.dtype))
        return x.scan(.prod, d).record("CumprodBackward0", x, saved: [x], saveResult: true) { node, g in
            let x = node.saved(0)
            if x.numel() <= 1 || x.sizes[d] == 1 { return g }
            // Without zeros, each product that lacks one factor is a quotient.
            if noGrad({ x.detach().ne(0).ofAllExamples.all().isTrue(ifUnknown: false) }) {
                return g.mul(node.saved(1).conj()).reversed(d) { $0.cumsum(d) }.div(x.conj())
            }
            return x.conj().cumprodBackward(g, d)
        }
    }

    /// In-place version of `cumprod(_:dtype:)`.
    @discardableResult
    public func cumprod_(_ dim: Int, dtype: DType? = nil) -> Tensor {
        inPlace { $0.cumprod(dim, dtype: dtype ?? $0.dtype) }
    }

    /// The gradient of running products whose factors may be zero. The gradient of factor i is the product of the
    /// factors before it times S(i) = g(i) + x(i+1) · S(i+1).
    /// Doubling solves the recurrence: after each step, S(i) = sums(i) + factors(i) · S(i + step).
    private func cumprodBackward(_ g: Tensor, _ d: Int) -> Tensor {
        let n = sizes[d]
        func edge(_ value: Scalar, _ length: Int) -> Tensor {
            Tensor.filled(value, sizes.enumerated().map { $0.offset == d ? length : $0.element }, dtype, device)
        }
        var sums = g, factors = cat([narrow(d, 1, n - 1), edge(0, 1)], dim: d)
        var step = 1
        while step < n {
            let near = factors.narrow(d, 0, n - step)
            sums = cat(
                [
                    sums.narrow(d, 0, n - step).add(near.mul(sums.narrow(d, step, n - step))),
                    sums.narrow(d, n - step, step)
                ], dim: d)
            factors = cat([near.mul(factors.narrow(d, step, n - step)), edge(0, step)], dim: d)
            step *= 2
        }
        return cat([edge(1, 1), narrow(d, 0, n - 1).cumprod(d)], dim: d).mul(sums)
    }

    /// Returns the running maxima, which stay NaN after a NaN, and the last index of each. PyTorch: `torch.cummax`.
    public func cummax(dim: Int) -> (values: Tensor, indices: Tensor) {
        runningExtreme(.max, dim, "CummaxBackward0", "cummax")
    }
    /// Returns the running minima, which stay NaN after a NaN, and the last index of each. PyTorch: `torch.cummin`.
    public func cummin(dim: Int) -> (values: Tensor, indices: Tensor) {
        runningExtreme(.min, dim, "CumminBackward0", "cummin")
    }

    private func runningExtreme(
        _ op: Scan, _ dim: Int, _ node: String, _ name: String
    ) -> (values: Tensor, indices: Tensor) {
        guard !isVoid, let d = wrap(dim), requireReal("\"\(name)_cpu\" not implemented for '\(dtype.scalarTypeName)'"),
            supportsKernel("\(name)_cpu")
        else { return (.void, .void) }
        let indices = Tensor.allocate(Layout(sizes), .int64, device)
        if indices.isVoid { return (.void, .void) }
        return (
            scan(op, d, indices: indices).record(node, self, saved: [indices]) { [sizes] node, g in
                Tensor.filled(0, sizes, g.dtype, g.device).scatterAdd(dim: d, index: node.saved(0), source: g)
            }, indices
        )
    }

    /// Computes the logarithm of running sums of exp(x) without overflow. PyTorch: `torch.logcumsumexp`.
    public func logcumsumexp(dim: Int) -> Tensor {
        guard !isVoid, let d = wrap(dim) else { return .void }
        guard dtype.isInexact else {
            return fail(.notImplemented, "\"logcumsumexp_out_cpu\" not implemented for '\(dtype.scalarTypeName)'")
        }
        return scan(.logsumexp, d).record("LogcumsumexpBackward0", self, saved: [self], saveResult: true) { node, g in
            if g.dim == 0 || g.numel() == 0 { return g }
            let (x, result) = (node.saved(0), node.saved(1))
            func back(_ logarithm: Tensor) -> Tensor {
                logarithm.sub(result).reversed(d) { $0.logcumsumexp(dim: d) }.add(x).exp()
            }
            if g.dtype.isComplex { return back(g.conj().log()).conj() }
            // Positive and negative gradients are handled separately, each by its logarithm.
            func part(_ sign: Tensor) -> Tensor { back(Torch.where(sign, g.abs().log(), g.dtype.lowest)) }
            return part(g.gt(0)).sub(part(g.lt(0)))
        }
    }

    /// Applies a function to the lines along `d` in reverse order, and reverses its result.
    private func reversed(_ d: Int, _ body: (Tensor) -> Tensor) -> Tensor {
        dim == 0 ? body(self) : body(flip([d])).flip([d])
    }

    /// Runs a scan without recording it.
    private func scan(_ op: Scan, _ dim: Int, indices: Tensor? = nil) -> Tensor {
        guard dtype != .complex32 else {
            return fail(
                .notImplemented, "\"\(op == .prod ? "cumprod" : "cumsum")_out_cpu\" not implemented for 'ComplexHalf'")
        }
        guard
            supportsKernel(
                op == .logsumexp ? "logcumsumexp_out_cpu" : op == .prod ? "cumprod_out_cpu" : "cumsum_out_cpu")
        else { return .void }
        let input = noGrad { detach().contiguous() }
        let result = Tensor.allocate(Layout(sizes), dtype, device)
        if anyVoid(result, input) { return .void }
        if numel() == 0 { return result }
        return backend.scan(op, out: result.dense, indices: indices?.indexMemory, input.dense, dim: dim)
            ? result : .void
    }
}

extension DType {
    /// The lowest finite number of a floating-point dtype.
    var lowest: Double {
        switch self {
        case .float16: -65504
        case .bfloat16: -3.3895313892515355e38
        case .float8_e4m3fn: -448
        case .float8_e5m2: -57344
        case .float64, .complex128: -Double.greatestFiniteMagnitude
        default: -Double(Float.greatestFiniteMagnitude)
        }
    }
}
