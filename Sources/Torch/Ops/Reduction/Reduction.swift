import CTorchKernels

// Sums, means, products, logic, moments and norms. `dim` may be one dimension, several, or empty for all of them.

/// Runs a reduction: allocates the result and calls the backend. `dims` are wrapped and sorted.
enum Reduce {
    static func run(_ op: Reduction, _ input: Tensor, _ dims: [Int], keepdim: Bool, _ dtype: DType) -> Tensor {
        if input.dtype.isComplex || dtype.isComplex { return complex(op, input, dims, keepdim: keepdim, dtype) }
        if input.dtype.isForStorage || dtype.isForStorage { return stored(op, input, dims, keepdim: keepdim, dtype) }
        let result = allocate(input, dims, dtype)
        if result.isVoid || result.numel() == 0 { return keepdim ? result : result.dropping(dims) }
        guard input.backend.reduce(op, out: result.strided, input.strided, dims: dims) else { return .void }
        return keepdim ? result : result.dropping(dims)
    }

    /// Like `run`, for dtypes for storage: sums and products run in another dtype, `all` and `any` compare with zero.
    /// Raises for all other reductions.
    private static func stored(_ op: Reduction, _ input: Tensor, _ dims: [Int], keepdim: Bool, _ dtype: DType) -> Tensor
    {
        switch op {
        case .all, .any: return run(op, noGrad { input.detach().ne(0) }, dims, keepdim: keepdim, dtype)
        case .sum, .prod, .nansum:
            guard dtype.supportsKernel(op == .sum ? "sum_cpu" : op == .prod ? "prod_out_cpu" : "nansum_cpu") else {
                return .void
            }
            return run(op, noGrad { input.detach().to(dtype) }, dims, keepdim: keepdim, dtype)
        default:
            let kernels: [Reduction: String] = [
                .max: "max_values_cpu", .min: "min_values_cpu", .countNonzero: "nonzero_count_cpu"
            ]
            _ = input.supportsKernel(kernels[op] ?? "norm_cpu")
            return .void
        }
    }

    /// Allocates a result with size 1 along the reduced dimensions.
    static func allocate(_ input: Tensor, _ dims: [Int], _ dtype: DType) -> Tensor {
        if input.isVoid { return .void }
        var kept = input.sizes
        for d in dims { kept[d] = 1 }
        return Tensor.allocate(Layout(kept), dtype, input.device)
    }

    /// Returns the dtype of a sum or product of elements of `dtype`.
    static func accumulate(_ dtype: DType) -> DType { dtype.isInexact ? dtype : .int64 }
}

extension Tensor {
    /// Returns a fresh result without its reduced dimensions.
    func dropping(_ dims: [Int]) -> Tensor {
        if dims.isEmpty || isVoid { return self }
        let gone = Set(dims)
        return alias(Layout(sizes.indices.filter { !gone.contains($0) }.map { sizes[$0] }))
    }

    /// Inserts dimensions of size 1 at `dims` (sorted), unless `keepdim` is true, because they are already there.
    func restoring(_ dims: [Int], keepdim: Bool) -> Tensor {
        keepdim ? self : dims.reduce(self) { $0.unsqueeze($1) }
    }

    // MARK: Sums

    /// Sums all elements; integers and bools give int64. PyTorch: `torch.sum`.
    public func sum(dtype: DType? = nil) -> Tensor { sum(dim: [], dtype: dtype) }
    /// Sums the elements along one dimension.
    public func sum(dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        sum(dim: [dim], keepdim: keepdim, dtype: dtype)
    }

    /// Sums the elements along the given dimensions, or all elements if `dim` is empty.
    public func sum(dim: [Int], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        if dtype == nil, let cast = Autocast.float32OnCUDA(self) {
            return cast.run { $0(self).sum(dim: dim, keepdim: keepdim) }
        }
        guard !isVoid, let dims = wrapDims(dim, self.dim) else { return .void }
        let type = dtype ?? Reduce.accumulate(self.dtype)
        if hasSparseForm {
            let total = noGrad { detach().sparseSum(dims, keepdim: keepdim, type) }
            return dims.count < self.dim
                ? sparseSum(dims, keepdim: keepdim, type).named("SumBackward1")
                : total.record("SumBackward0", self) { [sizes] _, g in
                    g.restoring(dims, keepdim: keepdim).expand(sizes)
                }
        }
        return Reduce.run(.sum, self, dims, keepdim: keepdim, type).record("SumBackward\(dim.isEmpty ? 0 : 1)", self) {
            [sizes] _, g in
            g.restoring(dims, keepdim: keepdim).expand(sizes)
        }
    }

    /// Sums the elements that are not NaN. PyTorch: `torch.nansum`.
    public func nansum(dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        guard requireReal("nansum on CPU does not support complex inputs") else { return .void }
        guard dtype != nil || supportsKernel("nansum_cpu", unsigned: true) else { return .void }
        if !self.dtype.isFloatingPoint { return sum(dim: dim, keepdim: keepdim, dtype: dtype) }
        let type = dtype ?? self.dtype
        guard type.isFloatingPoint else {
            return maskedFill(isnan(), 0).sum(dim: dim, keepdim: keepdim, dtype: type).named("NansumBackward0")
        }
        guard !isVoid, let dims = wrapDims(dim, self.dim) else { return .void }
        return Reduce.run(.nansum, self, dims, keepdim: keepdim, type).record(
            "NansumBackward0", self, saved: [self]
        ) { [sizes] n, g in
            g.restoring(dims, keepdim: keepdim).expand(sizes).mul(n.saved(0).isnan().logicalNot())
        }
    }

    /// Sums over the broadcast dimensions, down to `sizes`; returns a view if there is nothing to sum.
    /// PyTorch: `Tensor.sum_to_size`.
    public func sumToSize(_ sizes: [Int]) -> Tensor {
        sizes == self.sizes ? (sizes.isEmpty ? to(Reduce.accumulate(dtype)) : self).view(sizes) : summed(to: sizes)
    }

    /// Like `sumToSize(_:)`, for gradients: returns this tensor itself if there is nothing to sum.
    func summed(to sizes: [Int]) -> Tensor {
        if isVoid || sizes == self.sizes { return self }
        guard Layout.broadcast(sizes, self.sizes) == self.sizes else {
            return fail(.runtime, "size {\(sizes)} is not expandable to size {\(self.sizes)}.")
        }
        let lead = dim - sizes.count
        let dims = (0..<dim).filter { $0 < lead || sizes[$0 - lead] == 1 && self.sizes[$0] != 1 }
        return (dims.isEmpty ? self : sum(dim: dims, keepdim: true)).view(sizes)
    }

    /// Computes the mean of all elements. PyTorch: `torch.mean`.
    public func mean(dtype: DType? = nil) -> Tensor { mean(dim: [], dtype: dtype) }
    /// Computes the mean along one dimension.
    public func mean(dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        mean(dim: [dim], keepdim: keepdim, dtype: dtype)
    }

    /// Computes the mean along the given dimensions, or of all elements if `dim` is empty.
    public func mean(dim: [Int], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        guard !isVoid, let dims = wrapDims(dim, self.dim) else { return .void }
        let type = dtype ?? self.dtype
        guard type.isInexact else {
            let what = dtype == nil ? "Input" : "Optional"
            return fail(
                .notImplemented,
                "mean(): could not infer output dtype. \(what) dtype must be either a floating point or complex dtype. Got: \(type.scalarTypeName)"
            )
        }
        let n = dims.reduce(1) { $0 &* sizes[$1] }
        let sum = Reduce.run(
            .sum, self, dims, keepdim: keepdim, type == .float16 || type == .bfloat16 ? .float32 : type)
        if sum.isVoid { return sum }
        let result = noGrad { sum.div(Double(n)).to(type) }
        return result.record("MeanBackward\(dim.isEmpty ? 0 : 1)", self) { [sizes] _, g in
            g.restoring(dims, keepdim: keepdim).div(Double(n)).expand(sizes)
        }
    }

    /// Computes the mean of the elements that are not NaN. PyTorch: `torch.nanmean`.
    public func nanmean(dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        guard self.dtype.isInexact else {
            return fail(
                .notImplemented,
                "nanmean(): expected input to have floating point or complex dtype but got \(self.dtype.scalarTypeName)"
            )
        }
        return nansum(dim: dim, keepdim: keepdim, dtype: dtype).div(
            noGrad { detach().isnan().logicalNot().sum(dim: dim, keepdim: keepdim) })
    }

    /// Multiplies all elements; integers and bools give int64. PyTorch: `torch.prod`.
    public func prod(dtype: DType? = nil) -> Tensor { product(Array(0..<dim), keepdim: false, dtype, "ProdBackward0") }

    /// Multiplies the elements along one dimension.
    public func prod(dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        guard let d = wrap(dim) else { return .void }
        return product(self.dim == 0 ? [] : [d], keepdim: keepdim, dtype, "ProdBackward1")
    }

    private func product(_ dims: [Int], keepdim: Bool, _ dtype: DType?, _ node: String) -> Tensor {
        if dtype == nil, let cast = Autocast.float32OnCUDA(self) {
            return cast.run { $0(self).product(dims, keepdim: keepdim, nil, node) }
        }
        if let cast = Autocast.float32OnCPU {
            return cast.run { $0(self).product(dims, keepdim: keepdim, dtype, node) }
        }
        return Reduce.run(.prod, self, dims, keepdim: keepdim, dtype ?? Reduce.accumulate(self.dtype)).record(
            node, self, saved: [self], saveResult: true
        ) { node, g in
            let x = node.saved(0)
            let grad = g.restoring(dims, keepdim: keepdim)
            // Without zeros, the product of the other elements is a quotient. With zeros, the others are multiplied.
            if x.numel() == 0 { return Tensor.zerosLike(x) }
            if !isGradEnabled(), noGrad({ x.detach().ne(0).ofAllExamples.all().isTrue(ifUnknown: false) }) {
                return grad.mul(node.saved(1).restoring(dims, keepdim: keepdim).div(x).conj())
            }
            return grad.mul(x.productOfOthers(dims).conj())
        }
    }

    /// Returns, for each element, the product of all other elements along `dims`.
    private func productOfOthers(_ dims: [Int]) -> Tensor {
        if dims.isEmpty { return Tensor.onesLike(self) }
        // Move the reduced dimensions to the end and merge them.
        let kept = (0..<dim).filter { !dims.contains($0) }
        let order = kept + dims
        let flat = permute(order).reshape(kept.map { sizes[$0] } + [-1])
        let n = flat.sizes[flat.dim - 1]
        if n == 1 { return Tensor.onesLike(self) }
        let last = flat.dim - 1
        let one = Tensor.filled(1, flat.sizes.dropLast() + [1], dtype, device)
        let before = cat([one, flat.narrow(last, 0, n - 1)], dim: last).cumprod(last)
        let reversed = flat.flip([last])
        let after = cat([one, reversed.narrow(last, 0, n - 1)], dim: last).cumprod(last).flip([last])
        var inverse = order
        for (i, d) in order.enumerated() { inverse[d] = i }
        return before.mul(after).reshape(order.map { sizes[$0] }).permute(inverse)
    }

    // MARK: Logic

    /// Whether all elements are nonzero. PyTorch: `torch.all`.
    public func all() -> Tensor { logic(.all, [], keepdim: false) }
    /// Whether all elements along one dimension are nonzero.
    public func all(dim: Int, keepdim: Bool = false) -> Tensor { logic(.all, [dim], keepdim: keepdim) }
    /// Whether all elements along the given dimensions are nonzero.
    public func all(dim: [Int], keepdim: Bool = false) -> Tensor { logic(.all, dim, keepdim: keepdim) }
    /// Whether at least one element is nonzero. PyTorch: `torch.any`.
    public func any() -> Tensor { logic(.any, [], keepdim: false) }
    /// Whether at least one element along one dimension is nonzero.
    public func any(dim: Int, keepdim: Bool = false) -> Tensor { logic(.any, [dim], keepdim: keepdim) }
    /// Whether at least one element along the given dimensions is nonzero.
    public func any(dim: [Int], keepdim: Bool = false) -> Tensor { logic(.any, dim, keepdim: keepdim) }

    private func logic(_ op: Reduction, _ dim: [Int], keepdim: Bool) -> Tensor {
        guard !isVoid, let dims = wrapDims(dim, self.dim) else { return .void }
        // PyTorch's result for uint8 is uint8.
        let result = Reduce.run(op, self, dims, keepdim: keepdim, .bool)
        return dtype == .uint8 ? result.to(.uint8) : result
    }

    /// Counts the nonzero elements, in int64. PyTorch: `torch.count_nonzero`.
    public func countNonzero(dim: [Int] = []) -> Tensor {
        guard !isVoid, let dims = wrapDims(dim, self.dim) else { return .void }
        if dtype.isForStorage, !dim.isEmpty { return noGrad { detach().ne(0).sum(dim: dims) } }
        return Reduce.run(.countNonzero, self, dims, keepdim: false, .int64)
    }

    // MARK: Moments

    /// Computes the variance. `correction` is subtracted from the count in the denominator. PyTorch: `torch.var`.
    public func `var`(dim: [Int] = [], correction: Double = 1, keepdim: Bool = false) -> Tensor {
        moments(dim, correction, keepdim, "VarBackward0", "var").variance
    }

    /// Computes the variance along one dimension.
    public func `var`(dim: Int, correction: Double = 1, keepdim: Bool = false) -> Tensor {
        self.var(dim: [dim], correction: correction, keepdim: keepdim)
    }

    /// Computes the variance of all elements, with correction 1 if `unbiased` is true, otherwise 0.
    public func `var`(unbiased: Bool) -> Tensor { self.var(correction: unbiased ? 1 : 0) }

    /// Computes the standard deviation. PyTorch: `torch.std`.
    public func std(dim: [Int] = [], correction: Double = 1, keepdim: Bool = false) -> Tensor {
        let range = OperatorRange("aten::std", [self, nil, nil, nil])
        defer { range.end() }
        guard dtype.isInexact else {
            return fail(.notImplemented, "std and var only support floating point and complex dtypes")
        }
        guard takesMoments(dim) else { return .void }
        let variance = noGrad { detach().moments(dim, correction, keepdim, "VarBackward0", "std").variance }
        return noGrad { variance.sqrt() }.record("StdBackward0", self, saved: [self], saveResult: true) { node, g in
            let std = node.saved(1)
            let slope = g.div(std.mul(2)).maskedFill(std.eq(0), 0)
            return node.saved(0).varianceBackward(slope, dim, correction, keepdim)
        }
    }

    /// Computes the standard deviation along one dimension.
    public func std(dim: Int, correction: Double = 1, keepdim: Bool = false) -> Tensor {
        std(dim: [dim], correction: correction, keepdim: keepdim)
    }

    /// Computes the standard deviation of all elements, with correction 1 if `unbiased` is true, otherwise 0.
    public func std(unbiased: Bool) -> Tensor { std(correction: unbiased ? 1 : 0) }

    /// Computes the variance and the mean. PyTorch: `torch.var_mean`.
    public func varMean(dim: [Int] = [], correction: Double = 1, keepdim: Bool = false) -> (var: Tensor, mean: Tensor) {
        guard takesBoth("var_mean") else { return (.void, .void) }
        return (
            self.var(dim: dim, correction: correction, keepdim: keepdim).named("VarMeanBackward0"),
            mean(dim: dim, keepdim: keepdim).named("VarMeanBackward0")
        )
    }

    /// Computes the standard deviation and the mean.
    public func stdMean(dim: [Int] = [], correction: Double = 1, keepdim: Bool = false) -> (std: Tensor, mean: Tensor) {
        guard takesBoth("std_mean") else { return (.void, .void) }
        return (
            std(dim: dim, correction: correction, keepdim: keepdim).named("StdMeanBackward0"),
            mean(dim: dim, keepdim: keepdim).named("StdMeanBackward0")
        )
    }

    private func moments(
        _ dim: [Int], _ correction: Double, _ keepdim: Bool, _ node: String, _ name: String
    ) -> (variance: Tensor, mean: Tensor) {
        guard dtype.isInexact else {
            return (fail(.notImplemented, "std and var only support floating point and complex dtypes"), .void)
        }
        guard !isVoid, takesMoments(dim), let dims = wrapDims(dim, self.dim) else { return (.void, .void) }
        if dtype.isComplex {
            // The variances of the real and imaginary parts add up.
            let parts = noGrad {
                detach().resolveConj().viewAsReal().moments(dims, correction, keepdim, node, name).variance.sum(dim: -1)
            }
            return (
                parts.record(node, self, saved: [self]) { node, g in
                    node.saved(0).varianceBackward(g, dim, correction, keepdim)
                }, .void
            )
        }
        let variance = Reduce.allocate(self, dims, dtype)
        if variance.isVoid { return (variance, variance) }
        if variance.numel() > 0, correction >= Double(numel() / variance.numel()) {
            warn(
                "\(name)(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor (input numel divided by output numel)."
            )
        }
        guard
            variance.numel() == 0
                || backend.moments(correction: correction, variance: variance.strided, mean: nil, strided, dims: dims)
        else { return (.void, .void) }
        let result = keepdim ? variance : variance.dropping(dims)
        return (
            result.record(node, self, saved: [self]) { node, g in
                node.saved(0).varianceBackward(g, dim, correction, keepdim)
            }, .void
        )
    }

    /// Whether `std_mean` or `var_mean` takes the dtype. Raises if it does not.
    private func takesBoth(_ name: String) -> Bool {
        if dtype.isInexact || isVoid { return supportsKernel("std_cpu") }
        raise(.notImplemented, "\(name) only support floating point and complex dtypes")
        return false
    }

    /// Whether an inexact dtype has moments over `dim`. Raises if it does not.
    private func takesMoments(_ dim: [Int]) -> Bool {
        guard dtype.isFloat8, dim.isEmpty || dim.count == self.dim else { return supportsKernel("std_cpu") }
        raise(.runtime, "std_var_all: Unsupported dtype \(dtype.scalarTypeName)")
        return false
    }

    private func varianceBackward(_ g: Tensor, _ dim: [Int], _ correction: Double, _ keepdim: Bool) -> Tensor {
        let dims = dim.isEmpty ? Array(0..<self.dim) : dim.map { $0 < 0 ? $0 + self.dim : $0 }.sorted()
        let n = Double(dims.reduce(1) { $0 &* (self.dim == 0 ? 1 : sizes[$1]) }) - correction
        let grad = g.restoring(self.dim == 0 ? [] : dims, keepdim: keepdim)
        return grad.mul(2 / n).mul(sub(mean(dim: dim, keepdim: true)))
    }

    /// Computes the p-norm (Σ|x|^p)^(1/p) of all elements, or along the given dimensions. p = inf and p = -inf give the
    /// largest and the smallest magnitude; p = 0 counts the nonzero elements.
    /// PyTorch: `torch.norm`, `torch.linalg.vector_norm`.
    public func norm(_ p: Double = 2, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        let range = OperatorRange("aten::norm", [self, nil, nil, nil])
        defer { range.end() }
        if dtype == nil, let cast = Autocast.float32OnCUDA(self) {
            return cast.run { $0(self).norm(p, dim: dim, keepdim: keepdim) }
        }
        if let dtype { return to(dtype).norm(p, dim: dim, keepdim: keepdim) }
        if hasSparseForm { return sparseNorm(p, dim: dim, keepdim: keepdim) }
        if self.dtype.isComplex { return abs().norm(p, dim: dim, keepdim: keepdim) }
        guard self.dtype.isFloatingPoint else {
            return fail(
                .notImplemented,
                "linalg.vector_norm: Expected a floating point or complex tensor as input. Got \(self.dtype.scalarTypeName)"
            )
        }
        guard !isVoid, supportsKernel("norm_cpu"), let dims = wrapDims(dim, self.dim) else { return .void }
        if p == 0 {
            return noGrad { ne(0).sum(dim: dims.isEmpty ? [] : dims, keepdim: keepdim, dtype: self.dtype) }.record(
                "LinalgVectorNormBackward0", self
            ) { _, _ in nil }
        }
        if numel() == 0, p < 0 || p == .infinity, let empty = dims.first(where: { sizes[$0] == 0 }) {
            // PyTorch's sentence lacks a space.
            let place = dim.isEmpty ? "an empty tensor " : "the dimension \(empty)"
            let cause = dim.isEmpty ? "" : "this dimension is empty and "
            return fail(
                .runtime,
                "linalg.vector_norm cannot compute the \(p.plain) norm on \(place)because \(cause)the operation does not have an identity"
            )
        }
        if p == .infinity || p == -.infinity {
            return (p > 0 ? abs().amax(dim: dims, keepdim: keepdim) : abs().amin(dim: dims, keepdim: keepdim)).named(
                "LinalgVectorNormBackward0")
        }
        let sums =
            p == 2
            ? Reduce.run(.sumOfSquares, self, dims, keepdim: keepdim, self.dtype.wide)
            : p == 1
                ? Reduce.run(.sumOfAbs, self, dims, keepdim: keepdim, self.dtype)
                : noGrad {
                    p > 0
                        ? Reduce.power(p, detach().to(self.dtype.wide), dims, keepdim: keepdim)
                        : detach().to(self.dtype.wide).abs().pow(p).sum(dim: dims, keepdim: keepdim)
                }
        if sums.isVoid { return sums }
        let result = noGrad { p == 1 ? sums : (p == 2 ? sums.sqrt() : sums.pow(1 / p)).to(self.dtype) }
        return result.record("LinalgVectorNormBackward0", self, saved: [self], saveResult: true) { node, g in
            let x = node.saved(0)
            let grad = g.restoring(dims, keepdim: keepdim)
            let norm = node.saved(1).restoring(dims, keepdim: keepdim)
            if p == 1 { return x.sign().mul(grad) }
            if p == 2 { return grad.mul(x.div(norm).maskedFill(norm.eq(0), 0)) }
            let scaled = p < 2 ? x.sign().mul(x.abs().pow(p - 1)).maskedFill(x.eq(0), 0) : x.mul(x.abs().pow(p - 2))
            return scaled.mul(grad.div(norm.pow(p - 1)).maskedFill(norm.eq(0), 0))
        }
    }

    // MARK: log-sum-exp

    /// Computes log Σ exp(x) without overflow. PyTorch: `torch.logsumexp`.
    public func logsumexp(dim: [Int], keepdim: Bool = false) -> Tensor {
        let range = OperatorRange("aten::logsumexp", [self, nil, nil])
        defer { range.end() }
        if let cast = Autocast.float32OnCUDA(self) {
            return cast.run { $0(self).logsumexp(dim: dim, keepdim: keepdim) }
        }
        let x = dtype.isInexact ? self : to(defaultDType)
        guard !isVoid, let dims = wrapDims(dim, self.dim) else { return .void }
        let result = noGrad {
            let y = x.detach()
            if y.numel() == 0 { return y.exp().sum(dim: dims, keepdim: true).log() }
            let top = y.real.amax(dim: dims, keepdim: true)
            let shift = top.maskedFill(top.abs().eq(Double.infinity), 0)
            return y.sub(shift).exp().sum(dim: dims, keepdim: true).log().add(shift)
        }
        return (keepdim ? result : result.dropping(dims)).record("LogsumexpBackward0", x, saved: [x], saveResult: true)
        { node, g in
            g.restoring(dims, keepdim: keepdim).mul(
                node.saved(0).sub(node.saved(1).restoring(dims, keepdim: keepdim)).exp().conj())
        }
    }

    /// Like `logsumexp(dim:keepdim:)`, for one dimension.
    public func logsumexp(dim: Int, keepdim: Bool = false) -> Tensor { logsumexp(dim: [dim], keepdim: keepdim) }
}

extension Reduce {
    static func power(_ p: Double, _ input: Tensor, _ dims: [Int], keepdim: Bool) -> Tensor {
        let result = allocate(input, dims, input.dtype)
        if result.isVoid || result.numel() == 0 { return keepdim ? result : result.dropping(dims) }
        guard input.backend.reducePower(p, out: result.strided, input.strided, dims: dims) else { return .void }
        return keepdim ? result : result.dropping(dims)
    }
}
