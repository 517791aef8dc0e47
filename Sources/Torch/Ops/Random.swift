import CTorchKernels

// Random numbers: PyTorch's own draws from the same seed.

extension Tensor {
    /// Fills this tensor in row-major order with what `draw` makes of contiguous memory.
    private func drawing(_ draw: @escaping (UnsafeMutableRawPointer, Int64) -> Void) -> Tensor {
        inPlace(direct: { out in
            if out.layout.isContiguous { return draw(out.strided.pointer, Int64(out.numel())) }
            let dense = Tensor.allocate(Layout(out.sizes), out.dtype)
            if dense.isVoid { return }
            draw(dense.strided.pointer, Int64(dense.numel()))
            out.backend.copy(out: out.strided, dense.strided)
        }, recorded: { old in
            let value = Tensor.allocate(Layout(old.sizes), old.dtype)
            if value.isVoid { return value }
            draw(value.strided.pointer, Int64(value.numel()))
            return value.record("RandomBackward0", old) { _, g in g.mul(0) }
        })
    }

    /// The same for complex elements, by a draw into their parts.
    private func drawingParts(_ draw: @escaping (Tensor) -> Tensor) -> Tensor {
        inPlace(direct: { _ = draw($0.alias($0.layout.parts, $0.dtype.toReal)) }, recorded: { old in
            let value = Tensor.allocate(Layout(old.sizes), old.dtype)
            if value.isVoid { return value }
            _ = draw(value.alias(value.layout.parts, value.dtype.toReal))
            return value.record("RandomBackward0", old) { _, g in g.mul(0) }
        })
    }

    private func requireFloat(_ name: String) -> Bool {
        if dtype.isFloatingPoint || isVoid { return true }
        raise(.notImplemented, "\"\(name)\" not implemented for '\(dtype.scalarTypeName)'")
        return false
    }

    /// Uniform in [from, to). PyTorch: `Tensor.uniform_`.
    @discardableResult
    public func uniform_(_ from: Double = 0, _ to: Double = 1, generator: Generator = .default) -> Tensor {
        if dtype.isComplex { return drawingParts { $0.uniform_(from, to, generator: generator) } }
        guard requireFloat("check_uniform_bounds") else { return .void }
        guard from <= to else { return fail(.runtime, "uniform_ expects to return a [from, to) range, but found from=\(from.plain) > to=\(to.plain)") }
        return drawing { p, n in generator.withState { st_fill_uniform(&$0, from, to, n, p, self.dtype.kernel) } }
    }

    /// Normal with the given mean and standard deviation; the parts of complex elements have half the variance each. PyTorch: `Tensor.normal_`.
    @discardableResult
    public func normal_(_ mean: Double = 0, _ std: Double = 1, generator: Generator = .default) -> Tensor {
        if dtype.isComplex { return drawingParts { $0.normal_(mean, std / 2.0.squareRoot(), generator: generator) } }
        guard requireFloat("normal_kernel_cpu") else { return .void }
        guard std >= 0 else { return fail(.runtime, "normal expects std >= 0.0, but found std \(std.plain)") }
        let scalar = !layout.isContiguous
        return drawing { p, n in
            generator.withState {
                if scalar { st_fill_normal_scalar(&$0, mean, std, n, p, self.dtype.kernel) } else { st_fill_normal(&$0, mean, std, n, p, self.dtype.kernel) }
            }
        }
    }

    /// 1 with probability p, else 0. PyTorch: `Tensor.bernoulli_`.
    @discardableResult
    public func bernoulli_(_ p: Double = 0.5, generator: Generator = .default) -> Tensor {
        guard p >= 0 && p <= 1 else { return fail(.runtime, "bernoulli_ expects p to be in [0, 1], but got p=\(p.plain)") }
        return drawing { out, n in generator.withState { st_fill_bernoulli(&$0, p, n, out, self.dtype.kernel) } }
    }

    /// 1 where a uniform draw is below this tensor's element, else 0. PyTorch: `torch.bernoulli`.
    public func bernoulli(generator: Generator = .default) -> Tensor {
        guard requireFloat("bernoulli_tensor_cpu_self_") else { return .void }
        let p = noGrad { detach().contiguous() }
        let result = Tensor.allocate(Layout(sizes), dtype)
        if result.isVoid || p.isVoid { return .void }
        guard noGrad({ p.ge(0).logicalAnd(p.le(1)).all().itemScalar().boolValue }) else { return fail(.runtime, "Expected p_in >= 0 && p_in <= 1 to be true, but got false.") }
        generator.withState { st_fill_bernoulli_tensor(&$0, Int64(p.numel()), p.strided.pointer, self.dtype.kernel, result.strided.pointer, self.dtype.kernel) }
        return result.record("BernoulliBackward0", self) { _, g in g.mul(0) }
    }

    /// Exponential with rate `lambda`. PyTorch: `Tensor.exponential_`.
    @discardableResult
    public func exponential_(_ lambda: Double = 1, generator: Generator = .default) -> Tensor {
        guard requireFloat("exponential_cpu") else { return .void }
        guard lambda > 0 else { return fail(.runtime, "exponential_ expects lambda > 0.0, but found lambda=\(lambda.plain)") }
        return drawing { out, n in generator.withState { st_fill_exponential(&$0, lambda, n, out, self.dtype.kernel) } }
    }

    /// Integers in [low, high). PyTorch: `Tensor.random_(from, to)`.
    @discardableResult
    public func random_(_ low: Int, _ high: Int, generator: Generator = .default) -> Tensor {
        guard low < high else { return fail(.runtime, "random_ expects 'from' to be less than 'to', but got from=\(low) >= to=\(high)") }
        return drawing { out, n in generator.withState { st_fill_randint(&$0, Int64(low), Int64(high), n, out, self.dtype.kernel) } }
    }

    /// Integers over the dtype's own range. PyTorch: `Tensor.random_()`.
    @discardableResult
    public func random_(generator: Generator = .default) -> Tensor {
        drawing { out, n in generator.withState { st_fill_random(&$0, n, out, self.dtype.kernel) } }
    }

    // MARK: Factories

    /// Uniform in [0, 1). PyTorch: `torch.rand`.
    public static func rand(_ sizes: [Int], generator: Generator = .default, dtype: DType = defaultDType, device: Device = .cpu, requiresGrad: Bool = false) -> Tensor {
        allocate(sizes, dtype, device).uniform_(generator: generator).requiring(requiresGrad)
    }

    public static func rand(_ sizes: Int..., generator: Generator = .default, dtype: DType = defaultDType, device: Device = .cpu, requiresGrad: Bool = false) -> Tensor {
        rand(sizes, generator: generator, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Standard normal. PyTorch: `torch.randn`.
    public static func randn(_ sizes: [Int], generator: Generator = .default, dtype: DType = defaultDType, device: Device = .cpu, requiresGrad: Bool = false) -> Tensor {
        allocate(sizes, dtype, device).normal_(generator: generator).requiring(requiresGrad)
    }

    public static func randn(_ sizes: Int..., generator: Generator = .default, dtype: DType = defaultDType, device: Device = .cpu, requiresGrad: Bool = false) -> Tensor {
        randn(sizes, generator: generator, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }

    /// Integers in [low, high). PyTorch: `torch.randint`.
    public static func randint(_ low: Int = 0, _ high: Int, _ sizes: [Int], generator: Generator = .default, dtype: DType = .int64, device: Device = .cpu) -> Tensor {
        allocate(sizes, dtype, device).random_(low, high, generator: generator)
    }

    /// A random order of 0..<n. PyTorch: `torch.randperm`.
    public static func randperm(_ n: Int, generator: Generator = .default, dtype: DType = .int64, device: Device = .cpu) -> Tensor {
        guard n >= 0 else { return fail(.runtime, "n must be non-negative, got \(n)") }
        let result = allocate([n], .int64, device)
        if result.isVoid { return result }
        generator.withState { st_fill_randperm(&$0, Int64(n), result.strided.pointer.assumingMemoryBound(to: Int64.self)) }
        return result.to(dtype)
    }

    public static func randLike(_ other: Tensor, generator: Generator = .default, dtype: DType? = nil) -> Tensor {
        emptyLike(other, dtype: dtype).uniform_(generator: generator)
    }

    public static func randnLike(_ other: Tensor, generator: Generator = .default, dtype: DType? = nil) -> Tensor {
        emptyLike(other, dtype: dtype).normal_(generator: generator)
    }
}

/// Zeros elements with probability p and scales the others by 1/(1 - p) while training. PyTorch: `torch.nn.functional.dropout`.
public func dropout(_ input: Tensor, p: Double = 0.5, training: Bool = true) -> Tensor {
    guard p >= 0 && p <= 1 else { return fail(.value, "dropout probability has to be between 0 and 1, but got \(p)") }
    if !training || p == 0 || input.numel() == 0 || input.isVoid { return input }
    if p == 1 { return input.mul(Tensor.zerosLike(input.detach())) }
    let mask = Tensor.emptyLike(input.detach()).bernoulli_(1 - p)
    return input.mul(noGrad { mask.div_(1 - p) })
}
