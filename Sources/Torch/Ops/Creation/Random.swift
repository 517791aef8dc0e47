// Random numbers. The same seed gives the same numbers as in PyTorch.

extension Tensor {
    /// Fills this tensor with random numbers, in the memory order in which PyTorch's iterators walk it.
    private func drawing(_ distribution: RandomDraw, _ generator: Generator) -> Tensor {
        inPlace(
            direct: { out in
                let walked = out.strided.walkedInMemoryOrder
                if walked.layout.isContiguous {
                    _ = out.backend.draw(distribution, out: Dense(walked), from: generator)
                    return
                }
                let dense = Tensor.allocate(Layout(walked.layout.sizes), out.dtype, out.device)
                if dense.isVoid { return }
                _ = out.backend.draw(distribution, out: dense.dense, from: generator)
                out.backend.copy(out: walked, dense.strided)
            },
            recorded: { old in
                let value = old.emptyInSameOrder()
                if value.isVoid { return value }
                _ = value.backend.draw(distribution, out: Dense(value.strided.walkedInMemoryOrder), from: generator)
                return value.record("RandomBackward0", old) { _, g in g.mul(0) }
            })
    }

    /// Like `drawing`, for complex elements: `draw` gets a view of their real and imaginary parts.
    private func drawingParts(_ draw: @escaping (Tensor) -> Tensor) -> Tensor {
        inPlace(
            direct: { _ = draw($0.alias($0.layout.parts, $0.dtype.toReal)) },
            recorded: { old in
                let value = old.emptyInSameOrder()
                if value.isVoid || draw(value.alias(value.layout.parts, value.dtype.toReal)).isVoid { return .void }
                return value.record("RandomBackward0", old) { _, g in g.mul(0) }
            })
    }

    /// Allocates dense, uninitialized memory whose dimensions have the same memory order as this tensor's.
    private func emptyInSameOrder() -> Tensor {
        Tensor.allocate(IterationOrder.resultLayout(sizes, [layout]), dtype, device)
    }

    private func requireFloat(_ name: String) -> Bool {
        if dtype.isFloatingPoint && !dtype.isForStorage || isVoid { return true }
        raise(.notImplemented, "\"\(name)\" not implemented for '\(dtype.scalarTypeName)'")
        return false
    }

    private func requireNotComplex(_ name: String) -> Bool {
        if !dtype.isComplex || isVoid { return true }
        raise(.notImplemented, "\"\(name)\" not implemented for '\(dtype.scalarTypeName)'")
        return false
    }

    /// Fills this tensor with numbers drawn uniformly from [from, to). PyTorch: `Tensor.uniform_`.
    @discardableResult
    public func uniform_(_ from: Double = 0, _ to: Double = 1, generator: Generator = .default) -> Tensor {
        guard dtype.isComplex || requireFloat("check_uniform_bounds"), checkUniformBounds(from, to) else {
            return .void
        }
        if dtype.isComplex { return drawingParts { $0.uniform_(from, to, generator: generator) } }
        return drawing(.uniform(from, to), generator)
    }

    private func checkUniformBounds(_ from: Double, _ to: Double) -> Bool {
        if isVoid { return false }
        let real = dtype.toReal, greatest = real.greatestFinite
        for (bound, name) in [(from, "from"), (to, "to")] where !(bound.magnitude <= greatest) {
            raise(.runtime, "\(name) is out of bounds for \(real.cName)")
            return false
        }
        guard from <= to else {
            raise(
                .runtime, "uniform_ expects to return a [from, to) range, but found from=\(from.plain) > to=\(to.plain)"
            )
            return false
        }
        guard to - from <= greatest else {
            raise(
                .runtime,
                "uniform_ expects to-from <= std::numeric_limits<\(real.scalarTypeName)>::max(), but found to=\(to.plain) and from=\(from.plain) which result in to-from to exceed the limit"
            )
            return false
        }
        return true
    }

    /// Fills this tensor with normal random numbers of the given mean and standard deviation. The two parts of a
    /// complex element have half the variance each. PyTorch: `Tensor.normal_`.
    @discardableResult
    public func normal_(_ mean: Double = 0, _ std: Double = 1, generator: Generator = .default) -> Tensor {
        guard dtype.isComplex || requireFloat("normal_kernel_cpu") else { return .void }
        guard std >= 0 || isVoid else { return fail(.runtime, "normal expects std >= 0.0, but found std \(std.plain)") }
        return drawingNormals(mean, std, generator, oneByOne: !layout.isContiguous)
    }

    /// `oneByOne` selects the algorithm that PyTorch uses for memory that is not contiguous.
    private func drawingNormals(_ mean: Double, _ std: Double, _ generator: Generator, oneByOne: Bool) -> Tensor {
        if dtype.isComplex {
            return drawingParts { $0.drawingNormals(mean, std / 2.0.squareRoot(), generator, oneByOne: oneByOne) }
        }
        return drawing(.normal(mean, std, singly: oneByOne), generator)
    }

    /// Sets each element to 1 with probability `p`, else to 0. PyTorch: `Tensor.bernoulli_`.
    @discardableResult
    public func bernoulli_(_ p: Double = 0.5, generator: Generator = .default) -> Tensor {
        guard p >= 0 && p <= 1 else {
            return fail(.runtime, "bernoulli_ expects p to be in [0, 1], but got p=\(p.plain)")
        }
        guard supportsKernel("bernoulli_scalar_cpu_") else { return .void }
        guard requireNotComplex("bernoulli_scalar_cpu_") else { return .void }
        return drawing(.bernoulli(p), generator)
    }

    /// Returns a tensor of 0 and 1. Each element is 1 with the probability in this tensor's element.
    /// PyTorch: `torch.bernoulli`.
    public func bernoulli(generator: Generator = .default) -> Tensor {
        guard supportsKernel("bernoulli_tensor_cpu_self_"), requireNotComplex("bernoulli_tensor_cpu_self_"),
            requireFloat("bernoulli_tensor_cpu_p_")
        else { return .void }
        let result = Tensor.allocate(Layout(sizes), dtype, device)
        return noGrad { result.bernoulli_(self, generator: generator) }.record("BernoulliBackward0", self) { _, g in
            g.mul(0)
        }
    }

    /// Sets each element to 1 with the probability in the corresponding element of `p`, else to 0. `p` broadcasts to
    /// this tensor's shape. PyTorch: `Tensor.bernoulli_(p)`.
    @discardableResult
    public func bernoulli_(_ p: Tensor, generator: Generator = .default) -> Tensor {
        if anyVoid(self, p) { return .void }
        guard requireNotComplex("bernoulli_tensor_cpu_self_"), p.requireFloat("bernoulli_tensor_cpu_p_") else {
            return .void
        }
        guard p.layout.expanded(sizes) != nil else { return p.expand(sizes) }
        // Puts the probabilities in the order in which this tensor's elements are drawn.
        let p = noGrad { p.detach().expand(sizes).permute(raw.memoryOrder).contiguous() }
        if p.isVoid { return p }
        // While a graph is captured, there is nothing to look at yet.
        let isCaptured = isCUDA && Torch.cuda.isCurrentStreamCapturing()
        guard isCaptured || noGrad({ p.ge(0).logicalAnd(p.le(1)).all().isTrue(ifUnknown: true) }) else {
            return fail(.runtime, "Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
        }
        return drawing(.bernoulliOf(p.dense), generator)
    }

    /// Fills this tensor with exponentially distributed numbers of rate `lambda`. PyTorch: `Tensor.exponential_`.
    @discardableResult
    public func exponential_(_ lambda: Double = 1, generator: Generator = .default) -> Tensor {
        guard requireContinuous("Exponential") else { return .void }
        guard lambda > 0 else {
            return fail(.runtime, "exponential_ expects lambda > 0.0, but found lambda=\(lambda.plain)")
        }
        return drawing(.exponential(lambda), generator)
    }

    /// Fills this tensor with numbers from the Cauchy distribution with the given median and scale.
    /// PyTorch: `Tensor.cauchy_`.
    @discardableResult
    public func cauchy_(_ median: Double = 0, _ sigma: Double = 1, generator: Generator = .default) -> Tensor {
        guard requireContinuous("Cauchy") else { return .void }
        guard sigma > 0 else { return fail(.runtime, "cauchy_ expects sigma > 0.0, but found sigma=\(sigma.plain)") }
        return drawing(.cauchy(median, sigma), generator)
    }

    /// Fills this tensor with log-normal numbers: exp of normal numbers with the given mean and standard deviation.
    /// PyTorch: `Tensor.log_normal_`.
    @discardableResult
    public func logNormal_(_ mean: Double = 1, _ std: Double = 2, generator: Generator = .default) -> Tensor {
        guard requireFloat("log_normal_cpu") else { return .void }
        guard std > 0 else { return fail(.runtime, "log_normal_ expects std > 0.0, but found std=\(std.plain)") }
        return drawing(.logNormal(mean, std), generator)
    }

    /// Fills this tensor with the number of trials up to the first success. Each trial succeeds with probability `p`.
    /// PyTorch: `Tensor.geometric_`.
    @discardableResult
    public func geometric_(_ p: Double, generator: Generator = .default) -> Tensor {
        guard dtype != .bool && !dtype.isComplex && !dtype.isForStorage || isVoid else {
            return fail(.notImplemented, "\"geometric_cpu\" not implemented for '\(dtype.scalarTypeName)'")
        }
        guard p > 0 && p < 1 else {
            return fail(.runtime, "geometric_ expects p to be in (0, 1), but got p=\(p.plain)")
        }
        return drawing(.geometric(p), generator)
    }

    private func requireContinuous(_ name: String) -> Bool {
        if dtype.isFloatingPoint || isVoid { return supportsKernel("\(name.lowercased())_cpu") }
        raise(
            .runtime,
            "\(name) distribution is a continuous probability distribution. dtype must be a floating point but you specified \(name == "Cauchy" ? dtype.cName : dtype.scalarTypeName)"
        )
        return false
    }

    /// Fills this tensor with random integers in [low, high). PyTorch: `Tensor.random_(from, to)`.
    @discardableResult
    public func random_(_ low: Int, _ high: Int, generator: Generator = .default) -> Tensor {
        guard low < high else {
            return fail(.runtime, "random_ expects 'from' to be less than 'to', but got from=\(low) >= to=\(high)")
        }
        guard supportsKernel("random_update_from_to", unsigned: true), checkRange(low, high) else { return .void }
        return drawing(.integers(low, high), generator)
    }

    /// Returns whether the dtype can hold `low` and `high - 1`; raises if not.
    private func checkRange(_ low: Int, _ high: Int) -> Bool {
        if isVoid { return false }
        guard !dtype.isComplex else {
            raise(.runtime, "check_random_bounds handles only integral, floating-point and boolean types")
            return false
        }
        for (number, name) in [(low, "from"), (high - 1, "to - 1")] where !dtype.holds(number) {
            raise(.runtime, "\(name) is out of bounds for \(dtype.cName)")
            return false
        }
        return true
    }

    /// Fills this tensor with random integers from 0 to the greatest integer of the dtype. For a float dtype, this is
    /// the greatest integer up to which all integers are exact. PyTorch: `Tensor.random_()`.
    @discardableResult
    public func random_(generator: Generator = .default) -> Tensor {
        guard supportsKernel("random_kernel_cpu") else { return .void }
        guard requireNotComplex("random_kernel_cpu") else { return .void }
        return drawing(.allIntegers, generator)
    }

    /// Returns indices of categories, drawn in proportion to the weights in this vector, or in each row of this matrix.
    /// The weights need not sum to 1. PyTorch: `torch.multinomial`.
    /// - Precondition: the tensor has one or two dimensions and a floating-point dtype; the weights of a row are
    ///   finite, not negative and not all 0; `numSamples` is positive, and without replacement at most the number of
    ///   categories; `out`, if given, is int64.
    public func multinomial(
        _ numSamples: Int, replacement: Bool = false, generator: Generator = .default, out: Tensor? = nil
    ) -> Tensor {
        if isVoid { return .void }
        guard dim == 1 || dim == 2 else { return fail(.runtime, "prob_dist must be 1 or 2 dim") }
        guard dtype.isFloatingPoint else {
            return fail(
                .runtime, "multinomial only supports floating-point dtypes for input, got: \(dtype.scalarTypeName)")
        }
        guard out.map({ $0.dtype == .int64 }) ?? true else {
            return fail(.runtime, "multinomial expects Long tensor out, got: \(out!.dtype.scalarTypeName)")
        }
        guard numSamples > 0 else { return fail(.runtime, "cannot sample n_sample <= 0 samples") }
        let categories = sizes[dim - 1]
        guard replacement || numSamples <= categories else {
            return fail(.runtime, "cannot sample n_sample > prob_dist.size(-1) samples without replacement")
        }
        guard categories <= 1 << 24 else { return fail(.runtime, "number of categories cannot exceed 2^24") }
        return noGrad {
            detach().contiguous().drawingCategories(numSamples, replacement, generator).written(
                to: out, name: "multinomial", read: [self])
        }
    }

    private func drawingCategories(_ count: Int, _ replacement: Bool, _ generator: Generator) -> Tensor {
        let result = Tensor.allocate(Layout(sizes.dropLast() + [count]), .int64, device)
        if result.isVoid || result.numel() == 0 { return result }
        guard sizes[dim - 1] > 0 else {
            return fail(.runtime, "invalid multinomial distribution (sum of probabilities <= 0)")
        }
        let isValid = ge(0).logicalAnd(lt(Double.infinity)).all().isTrue(ifUnknown: true)
        if !isValid, replacement, count > 1 {
            return fail(
                .runtime,
                "invalid multinomial distribution (encountering probability entry \(lt(0).any().itemScalar().boolValue ? "< 0" : "= infinity or NaN"))"
            )
        }
        guard isValid else { return fail(.runtime, "probability tensor contains either `inf`, `nan` or element < 0") }
        guard sum(dim: -1).ne(0).all().isTrue(ifUnknown: true) else {
            return fail(.runtime, "invalid multinomial distribution (sum of probabilities <= 0)")
        }
        // The indices of the largest weight / exponential random number are a draw without replacement.
        if !replacement || count == 1 {
            let keys = div(Tensor.emptyLike(self).exponential_(generator: generator))
            return count == 1 ? keys.argmax(-1, keepdim: true) : keys.topk(count).indices
        }
        return backend.draw(.categories(dense), out: result.dense, from: generator)
            ? result : fail(.outOfMemory(sizes[dim - 1] * 8))
    }

    // MARK: Factories

    /// Creates a tensor of numbers drawn uniformly from [0, 1). PyTorch: `torch.rand`.
    public static func rand(
        _ sizes: [Int], generator: Generator = .default, dtype: DType = defaultDType, device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        allocate(sizes, dtype, device).uniform_(generator: generator).requiring(requiresGrad)
    }

    /// Like `rand(_:generator:dtype:device:requiresGrad:)`, for sizes given one by one.
    public static func rand(
        _ sizes: Int..., generator: Generator = .default, dtype: DType = defaultDType, device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        rand(sizes, generator: generator, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Creates a tensor of standard normal random numbers. PyTorch: `torch.randn`.
    public static func randn(
        _ sizes: [Int], generator: Generator = .default, dtype: DType = defaultDType, device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        allocate(sizes, dtype, device).normal_(generator: generator).requiring(requiresGrad)
    }

    /// Like `randn(_:generator:dtype:device:requiresGrad:)`, for sizes given one by one.
    public static func randn(
        _ sizes: Int..., generator: Generator = .default, dtype: DType = defaultDType, device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        randn(sizes, generator: generator, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Returns normal random numbers, each element with its own mean and standard deviation. `std` may be one number
    /// for all elements. PyTorch: `torch.normal`.
    public static func normal(_ mean: Tensor, _ std: some TensorOperand, generator: Generator = .default) -> Tensor {
        let std = std.operand
        if anyVoid(mean, std) { return .void }
        guard !std.dtype.isComplex else { return fail(.runtime, "normal expects standard deviation to be non-complex") }
        guard mean.dtype.isComplex || mean.requireFloat("normal_kernel_cpu"),
            let device = commonDevice([mean, std])
        else { return .void }
        guard noGrad({ std.ge(0).all().isTrue(ifUnknown: true) }) else {
            return fail(
                .runtime,
                std.isNumber
                    ? "normal expects std >= 0.0, but found std \(std.item().plain)"
                    : "normal expects all elements of std >= 0.0")
        }
        let drawn = noGrad { () -> Tensor in
            if std.isNumber {
                return allocate(Layout(mean.sizes), mean.dtype, device).normal_(
                    0, std.item(), generator: generator
                ).add_(mean)
            }
            guard let sizes = Layout.broadcast(mean.sizes, std.sizes) else {
                return fail(.runtime, Pointwise.broadcastMismatch(mean.sizes, std.sizes))
            }
            return allocate(sizes, mean.dtype, device).normal_(generator: generator).mul_(std).add_(mean)
        }
        return drawn.record("NormalBackward\(std.isNumber ? 1 : 3)", mean, std) { node, g in
            [node.needs(0) ? g.mul(0) : nil, node.needs(1) ? g.mul(0) : nil]
        }
    }

    /// Like `normal(_:_:generator:)`, with one mean for all elements.
    public static func normal(_ mean: some ScalarConvertible, _ std: Tensor, generator: Generator = .default) -> Tensor
    {
        normal(noGrad { full([], mean.scalar.doubleValue, dtype: std.dtype) }, std, generator: generator)
            .named("NormalBackward2")
    }

    /// Creates a tensor of normal random numbers with one mean and standard deviation.
    public static func normal(
        _ mean: Double, _ std: Double, _ sizes: [Int], generator: Generator = .default, dtype: DType = defaultDType,
        device: Device = .default,
        requiresGrad: Bool = false
    ) -> Tensor {
        allocate(sizes, dtype, device).normal_(mean, std, generator: generator).requiring(requiresGrad)
    }

    /// Creates a tensor of random integers in [low, high). PyTorch: `torch.randint`.
    public static func randint(
        _ low: Int = 0, _ high: Int, _ sizes: [Int], generator: Generator = .default, dtype: DType = .int64,
        device: Device = .default
    ) -> Tensor {
        allocate(sizes, dtype, device).random_(low, high, generator: generator)
    }

    /// Returns a random permutation of 0..<n. PyTorch: `torch.randperm`.
    public static func randperm(
        _ n: Int, generator: Generator = .default, dtype: DType = .int64, device: Device = .default
    ) -> Tensor {
        guard n >= 0 else { return fail(.runtime, "n must be non-negative, got \(n)") }
        guard dtype.supportsKernel("randperm") else { return .void }
        guard dtype != .bool, !dtype.isComplex else {
            return fail(.notImplemented, "\"randperm\" not implemented for '\(dtype.scalarTypeName)'")
        }
        let limits: [DType: (greatest: Int, text: String)] = [
            .float16: (2049, "2049"), .float32: ((1 << 24) + 1, "2^24+1"), .float64: ((1 << 53) + 1, "2^53+1")
        ]
        if let limit = limits[dtype], n > limit.greatest {
            return fail(.runtime, "n cannot be greater than \(limit.text) for \(dtype.scalarTypeName) type.")
        }
        guard n == 0 || Scalar.int(Int64(n - 1)).checkFits(dtype) else { return .void }
        let result = allocate([n], .int64, device)
        if result.isVoid { return result }
        _ = result.backend.draw(.permutation, out: result.dense, from: generator)
        return result.to(dtype)
    }

    /// Returns numbers drawn uniformly from [0, 1), with the shape of another tensor and by default its dtype.
    public static func randLike(_ other: Tensor, generator: Generator = .default, dtype: DType? = nil) -> Tensor {
        emptyLike(other, dtype: dtype).uniform_(generator: generator)
    }

    /// Returns standard normal random numbers, with the shape of another tensor and by default its dtype.
    public static func randnLike(_ other: Tensor, generator: Generator = .default, dtype: DType? = nil) -> Tensor {
        emptyLike(other, dtype: dtype).normal_(generator: generator)
    }

    /// Returns random integers in [low, high), with the shape of another tensor and by default its dtype.
    /// PyTorch: `torch.randint_like`.
    public static func randintLike(
        _ other: Tensor, _ low: Int = 0, _ high: Int, generator: Generator = .default, dtype: DType? = nil
    ) -> Tensor {
        emptyLike(other, dtype: dtype).random_(low, high, generator: generator)
    }
}

extension DType {
    /// Returns whether the dtype's range contains an integer.
    fileprivate func holds(_ number: Int) -> Bool {
        isFloatingPoint ? Double(number).magnitude <= greatestFinite : integerRange.contains(Int64(number))
    }
}

extension Strided {
    /// The dimensions in memory order, the outermost first, as PyTorch's iterators walk them.
    fileprivate var memoryOrder: [Int] { IterationOrder.order(layout.sizes, [layout.strides]) }

    /// The same elements, with the dimensions permuted into memory order.
    fileprivate var walkedInMemoryOrder: Strided {
        Strided(storage: storage, layout: layout.permuted(memoryOrder), dtype: dtype)
    }
}

extension Tensor {
    /// Returns the slopes of RReLU for this contiguous tensor: a number drawn from [lower, upper) for each element that
    /// is not positive, else 1.
    func rreluSlopes(_ lower: Double, _ upper: Double, _ generator: Generator) -> Tensor {
        // Like `dense`, the new memory is in row-major order: an empty tensor is contiguous with any strides.
        Tensor.allocate(Layout(sizes), dtype, device).drawing(.rreluSlopes(dense, lower, upper), generator)
    }
}
