import CTorchKernels

// Activations. If the backward formula is fused, plain operators compute the higher derivatives.

/// How `gelu` is computed: with erf (`none`) or with its tanh approximation (`tanh`).
public struct GELUApproximation: Sendable, Equatable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The word that PyTorch writes.
    public let description: String

    /// No approximation.
    public static let none = GELUApproximation("none")
    /// The approximation with the hyperbolic tangent.
    public static let tanh = GELUApproximation("tanh")

    /// Creates an approximation from PyTorch's word, `none` or `tanh`. `gelu` raises for any other word.
    public init(_ word: String) { description = word }
    /// Creates an approximation from PyTorch's word.
    public init(stringLiteral word: String) { self.init(word) }
}

extension Tensor {
    /// Computes max(x, 0). PyTorch: `torch.relu`.
    public func relu() -> Tensor {
        guard dtype != .bool else { return fail(.notImplemented, "Boolean inputs not supported for relu") }
        if !dtype.isFloatingPoint { return clamp(min: 0) }
        return unary(.relu, .common, node: "Relu", saveResult: true) { n, g in g.thresholdBackward(n.saved(0), 0) }
    }

    /// Returns this gradient where x > threshold, otherwise 0.
    func thresholdBackward(_ x: Tensor, _ threshold: Double) -> Tensor {
        let limit = threshold.operand
        return Pointwise.general(.thresholdBackward, [self, x, limit], .common, name: "threshold_backward").record(
            "ThresholdBackwardBackward0", self, x, saved: [x]
        ) { n, g in
            [g.thresholdBackward(n.saved(0), threshold), n.needs(1) ? g.mul(0) : nil]
        }
    }

    /// Limits x to [0, 6].
    public func relu6() -> Tensor { hardtanh(0, 6) }

    /// Returns x where x > threshold, otherwise value. PyTorch: `torch.nn.functional.threshold`.
    public func threshold(_ threshold: Double, _ value: Double) -> Tensor {
        let (t, v) = (Arithmetic.constant(threshold, dtype), Arithmetic.constant(value, dtype))
        return Pointwise.general(.threshold, [self, t, v], .common, name: "threshold").record(
            "ThresholdBackward0", self, saved: [self]
        ) { n, g in
            g.thresholdBackward(n.saved(0), threshold)
        }
    }

    /// Computes 1 / (1 + exp(-x)).
    public func sigmoid() -> Tensor {
        unary(.sigmoid, node: "Sigmoid", saveResult: true) { n, g in g.sigmoidBackward(n.saved(0)) }
    }

    func sigmoidBackward(_ y: Tensor) -> Tensor {
        Pointwise.general(.sigmoidBackward, [self, y], .common, name: "sigmoid_backward").record(
            "SigmoidBackwardBackward0", self, y, saved: [self, y]
        ) { n, g in
            [
                g.sigmoidBackward(n.saved(1).conj()),
                n.needs(1) ? g.conj().mul(n.saved(0)).mul(n.saved(1).mul(-2).add(1).conj()) : nil
            ]
        }
    }

    func tanhBackward(_ y: Tensor) -> Tensor {
        Pointwise.general(.tanhBackward, [self, y], .common, name: "tanh_backward").record(
            "TanhBackwardBackward0", self, y, saved: [self, y]
        ) { n, g in
            [
                g.tanhBackward(n.saved(1).conj()),
                n.needs(1) ? g.conj().mul(n.saved(0)).mul(n.saved(1).mul(-2).conj()) : nil
            ]
        }
    }

    /// Computes an activation whose first derivative has its own kernel. `slope` computes the same derivative with
    /// operators, for higher orders.
    private func fused(
        _ formula: Formula, _ backward: Formula, _ options: [Double], _ node: StaticString,
        slope: @escaping (Tensor) -> Tensor
    ) -> Tensor {
        let numbers = options.map(\.operand)
        return Pointwise.general(formula, [self] + numbers, .float, name: node).record(
            "\(node)Backward0", self, saved: [self]
        ) { n, g in
            let x = n.saved(0)
            if isGradEnabled() { return g.mul(slope(x)).depending(on: x) }
            return Pointwise.general(backward, [g, x] + numbers, .common, name: node)
        }
    }

    /// Computes x · Φ(x), with the normal distribution's cumulative function Φ. PyTorch: `torch.nn.functional.gelu`.
    public func gelu(approximate: GELUApproximation = .none) -> Tensor {
        guard dtype.isFloatingPoint else {
            return fail(.notImplemented, "\"GeluKernelImpl\" not implemented for '\(dtype.scalarTypeName)'")
        }
        switch approximate {
        case .none:
            return fused(.gelu, .geluBackward, [], "Gelu") { x in
                x.mul(0.7071067811865476).erf().add(1).mul(0.5).add(
                    x.mul(x.mul(x).mul(-0.5).exp()).mul(0.3989422804014327))
            }
        default:
            guard approximate == .tanh else {
                return fail(.runtime, "approximate argument must be either none or tanh.")
            }
            return fused(.geluTanh, .geluTanhBackward, [], "Gelu") { x in
                let t = x.add(x.pow(3).mul(0.044715)).mul(0.7978845608028654).tanh()
                let inner = x.pow(2).mul(3 * 0.044715).add(1).mul(0.7978845608028654)
                return t.add(1).mul(0.5).add(x.mul(0.5).mul(t.mul(t).rsub(1)).mul(inner))
            }
        }
    }

    /// Computes x · sigmoid(x). PyTorch: `torch.nn.functional.silu`.
    public func silu() -> Tensor {
        if dtype.isComplex { return mul(sigmoid()) }
        guard dtype.isFloatingPoint else {
            return fail(.notImplemented, "\"silu_cpu\" not implemented for '\(dtype.scalarTypeName)'")
        }
        return fused(.silu, .siluBackward, [], "Silu") { x in
            let s = x.sigmoid()
            return s.mul(x.mul(s.rsub(1)).add(1))
        }
    }

    /// Computes x · tanh(softplus(x)). PyTorch: `torch.nn.functional.mish`.
    public func mish() -> Tensor {
        guard dtype.isFloatingPoint else {
            return fail(.notImplemented, "\"mish_cpu\" not implemented for '\(dtype.scalarTypeName)'")
        }
        return fused(.mish, .mishBackward, [], "Mish") { x in
            let t = x.softplus().tanh()
            return t.add(x.mul(x.sigmoid()).mul(t.mul(t).rsub(1)))
        }
    }

    /// Computes log(1 + exp(βx)) / β; returns x where βx > threshold. PyTorch: `torch.nn.functional.softplus`.
    public func softplus(beta: Double = 1, threshold: Double = 20) -> Tensor {
        if let cast = Autocast.float32OnCUDA(self) {
            return cast.run { $0(self).softplus(beta: beta, threshold: threshold) }
        }
        guard dtype.isFloatingPoint else {
            return fail(.notImplemented, "\"softplus_cpu\" not implemented for '\(dtype.scalarTypeName)'")
        }
        return fused(.softplus, .softplusBackward, [beta, threshold], "Softplus") { x in
            Torch.where(x.mul(beta).gt(threshold), 1, x.mul(beta).sigmoid())
        }
    }

    /// Computes log(sigmoid(x)). PyTorch: `torch.nn.functional.logsigmoid`.
    public func logsigmoid() -> Tensor {
        guard dtype.isFloatingPoint else {
            return fail(.notImplemented, "\"log_sigmoid_cpu\" not implemented for '\(dtype.scalarTypeName)'")
        }
        return fused(.logsigmoid, .logsigmoidBackward, [], "LogSigmoid") { x in x.neg().sigmoid() }
    }

    /// Returns x where x > 0, otherwise slope · x. PyTorch: `torch.nn.functional.leaky_relu`.
    public func leakyRelu(_ negativeSlope: Double = 0.01) -> Tensor {
        guard dtype.isFloatingPoint else {
            return fail(.notImplemented, "\"leaky_relu_cpu\" not implemented for '\(dtype.scalarTypeName)'")
        }
        return fused(.leakyRelu, .leakyReluBackward, [negativeSlope], "LeakyRelu") { x in
            Torch.where(x.gt(0), 1, Tensor.fullLike(x, negativeSlope))
        }
    }

    /// Returns x where x > 0, otherwise slope · x. In training, each element's slope is drawn from [lower, upper);
    /// otherwise the slope is the mean of both. PyTorch: `torch.nn.functional.rrelu`.
    public func rrelu(
        _ lower: Double = 1.0 / 8, _ upper: Double = 1.0 / 3, training: Bool = false, generator: Generator = .default
    ) -> Tensor {
        if isVoid { return .void }
        guard lower.isFinite && upper.isFinite else {
            return fail(.runtime, "rrelu: lower bound and upper bound must be finite, got \(lower) and \(upper)")
        }
        guard lower <= upper else {
            return fail(.runtime, "Lower bound should be less than or equal to the upper bound")
        }
        guard dtype.isFloatingPoint, !dtype.isForStorage else {
            return fail(.notImplemented, "\"rrelu_with_noise_out_cpu\" not implemented for '\(dtype.scalarTypeName)'")
        }
        guard dtype != .float16 || !training else {
            return fail(.notImplemented, "\"rrelu_with_noise_out_cpu\" not implemented for 'Half'")
        }
        let result =
            training
            ? mul(noGrad { detach().contiguous().rreluSlopes(lower, upper, generator) })
            : leakyRelu((lower + upper) / 2)
        return result.named("RreluWithNoiseBackward0")
    }

    /// Returns x where x > 0, otherwise α(exp(x) - 1). PyTorch: `torch.nn.functional.elu`.
    public func elu(alpha: Double = 1) -> Tensor { elu(alpha: alpha, scale: 1, inputScale: 1, "Elu", "elu_cpu") }
    /// Computes scale · elu(x) with SELU's constants for α and scale.
    public func selu() -> Tensor {
        elu(alpha: 1.6732632423543772, scale: 1.0507009873554805, inputScale: 1, "Elu", "elu_cpu")
    }

    /// Returns x where x > 0, otherwise α(exp(x / α) - 1).
    public func celu(alpha: Double = 1) -> Tensor {
        guard alpha != 0 else { return fail(.runtime, "ZeroDivisionError: alpha cannot be 0 for CELU") }
        return elu(alpha: alpha, scale: 1, inputScale: 1 / alpha, "Celu", "elu_cpu")
    }

    private func elu(alpha: Double, scale: Double, inputScale: Double, _ node: StaticString, _ name: String) -> Tensor {
        guard dtype.isFloatingPoint else {
            return fail(.notImplemented, "\"\(name)\" not implemented for '\(dtype.scalarTypeName)'")
        }
        let slope: (Tensor) -> Tensor = { x in
            Torch.where(x.gt(0), Tensor.fullLike(x, scale), x.mul(inputScale).exp().mul(alpha * scale * inputScale))
        }
        if inputScale == 1 {
            let numbers = [alpha, scale].map(\.operand)
            return Pointwise.general(.elu, [self] + numbers + [1.operand], .float, name: node).record(
                "\(node)Backward0", self, saved: [self]
            ) { n, g in
                let x = n.saved(0)
                return isGradEnabled()
                    ? g.mul(slope(x)) : Pointwise.general(.eluBackward, [g, x] + numbers, .common, name: node)
            }
        }
        return Pointwise.general(.elu, [self] + [alpha, scale, inputScale].map(\.operand), .float, name: node)
            .record("\(node)Backward0", self, saved: [self]) { n, g in g.mul(slope(n.saved(0))) }
    }

    /// Limits x to [min, max]. PyTorch: `torch.nn.functional.hardtanh`.
    public func hardtanh(_ min: Double = -1, _ max: Double = 1) -> Tensor {
        guard dtype != .bool else { return fail(.notImplemented, "Bool inputs not supported for hardtanh") }
        guard requireReal("clamp is not supported for complex types") else { return .void }
        guard min <= max else { return fail(.value, "min_val cannot be greater than max_val") }
        let (low, high) = (
            Arithmetic.constant(min, dtype).bound(of: dtype, "min"),
            Arithmetic.constant(max, dtype).bound(of: dtype, "max")
        )
        return Pointwise.general(.clamp, [self, low, high], .common, name: "hardtanh").record(
            "HardtanhBackward0", self, saved: [self]
        ) { n, g in
            let x = n.saved(0)
            return isGradEnabled()
                ? Torch.where(x.gt(min).logicalAnd(x.lt(max)), g, 0).depending(on: x)
                : Pointwise.general(.hardtanhBackward, [g, x, low, high], .common, name: "hardtanh_backward")
        }
    }

    /// Computes relu6(x + 3) / 6.
    public func hardsigmoid() -> Tensor {
        guard dtype.isFloatingPoint else {
            return fail(.notImplemented, "\"hardsigmoid_cpu\" not implemented for '\(dtype.scalarTypeName)'")
        }
        return unary(.hardsigmoid, node: "Hardsigmoid", saved: true) { n, g in
            let x = n.saved(0)
            return Torch.where(x.gt(-3).logicalAnd(x.lt(3)), g.div(6), 0)
        }
    }

    /// Computes x · relu6(x + 3) / 6.
    public func hardswish() -> Tensor {
        guard dtype.isFloatingPoint else {
            return fail(.notImplemented, "\"hardswish_cpu\" not implemented for '\(dtype.scalarTypeName)'")
        }
        return unary(.hardswish, node: "Hardswish", saved: true) { n, g in
            let x = n.saved(0)
            return Torch.where(x.le(-3), 0, Torch.where(x.lt(3), g.mul(x.div(3).add(0.5)), g))
        }
    }

    /// Returns x outside [-λ, λ], otherwise 0. PyTorch: `torch.nn.functional.hardshrink`.
    public func hardshrink(_ lambda: Double = 0.5) -> Tensor {
        Pointwise.general(.hardshrink, [self, lambda.operand], .float, name: "hardshrink").record(
            "HardshrinkBackward0", self, saved: [self]
        ) { n, g in
            let x = n.saved(0)
            return Torch.where(x.ge(-lambda).logicalAnd(x.le(lambda)), 0, g).depending(on: x)
        }
    }

    /// Moves x towards 0 by λ; the result is 0 inside [-λ, λ]. PyTorch: `torch.nn.functional.softshrink`.
    public func softshrink(_ lambda: Double = 0.5) -> Tensor {
        guard lambda >= 0 else {
            return fail(
                .runtime,
                "lambda must be in range [0, inf) for input dtype \(dtype.scalarTypeName), but found \(lambda)")
        }
        return Pointwise.general(.softshrink, [self, lambda.operand], .float, name: "softshrink").record(
            "SoftshrinkBackward0", self, saved: [self]
        ) { n, g in
            let x = n.saved(0)
            return Torch.where(x.ge(-lambda).logicalAnd(x.le(lambda)), 0, g).depending(on: x)
        }
    }

    /// Computes x / (1 + |x|).
    public func softsign() -> Tensor { div(abs().add(1)) }
    /// Computes x - tanh(x).
    public func tanhshrink() -> Tensor { sub(tanh()) }

    /// Returns x where x > 0, otherwise weight · x. There is one weight, or one for each channel (dimension 1).
    /// PyTorch: `torch.nn.functional.prelu`.
    public func prelu(_ weight: Tensor) -> Tensor {
        if let cast = Autocast.lowerPrecision { return cast.run { $0(self).prelu($0(weight)) } }
        if anyVoid(self, weight) { return .void }
        guard dtype == weight.dtype else {
            return fail(
                .runtime,
                "prelu: Type promoting not supported. Got \(dtype.scalarTypeName) and \(weight.dtype.scalarTypeName)")
        }
        guard weight.dim <= 1 else {
            return fail(.runtime, "prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = \(weight.dim)")
        }
        var shaped = weight
        if weight.numel() != 1 {
            guard dim > 0 else { return fail(.runtime, "Not allow zero-dim input tensor.") }
            let channels = dim > 1 ? sizes[1] : 1
            guard channels == weight.numel() else {
                return fail(
                    .runtime,
                    "Mismatch of parameter numbers and input channel size. Found parameter numbers = \(weight.numel()) and channel size = \(channels)."
                )
            }
            shaped = weight.view([weight.numel()] + [Int](repeating: 1, count: Swift.max(dim - 2, 0)))
        } else {
            shaped = weight.view([])
        }
        return Pointwise.general(.prelu, [self, shaped], .common, name: "prelu").record(
            "PreluKernelBackward0", self, shaped, saved: [self, shaped]
        ) { n, g in
            let (x, w) = (n.saved(0), n.saved(1))
            return [
                n.needs(0) ? Torch.where(x.gt(0), g, g.mul(w)).depending(on: x) : nil,
                n.needs(1) ? Torch.where(x.gt(0), 0, g.mul(x)) : nil
            ]
        }
    }

    /// Multiplies the first half of a dimension by the sigmoid of the second half. PyTorch: `torch.nn.functional.glu`.
    public func glu(dim: Int = -1) -> Tensor {
        guard self.dim > 0 else { return fail(.runtime, "glu does not support 0-dimensional tensors") }
        guard let d = wrap(dim) else { return .void }
        guard sizes[d] % 2 == 0 else {
            return fail(.runtime, "Halving dimension must be even, but dimension \(d) is size \(sizes[d])")
        }
        let half = sizes[d] / 2
        return narrow(d, 0, half).mul(narrow(d, half, half).sigmoid()).named("GluBackward0")
    }
}

// MARK: - In place

extension Tensor {
    /// In-place version of `relu6()`.
    @discardableResult public func relu6_() -> Tensor { hardtanh_(0, 6) }
    /// In-place version of `threshold(_:_:)`.
    @discardableResult public func threshold_(_ threshold: Double, _ value: Double) -> Tensor {
        inPlace(
            .threshold, [Arithmetic.constant(threshold, dtype), Arithmetic.constant(value, dtype)], name: "threshold_"
        ) { $0.threshold(threshold, value) }
    }

    /// In-place version of `silu()`.
    @discardableResult public func silu_() -> Tensor { inPlace(.silu, name: "silu_") { $0.silu() } }
    /// In-place version of `mish()`.
    @discardableResult public func mish_() -> Tensor { inPlace(.mish, name: "mish_") { $0.mish() } }
    /// In-place version of `leakyRelu(_:)`.
    @discardableResult public func leakyRelu_(_ negativeSlope: Double = 0.01) -> Tensor {
        inPlace(.leakyRelu, [negativeSlope.operand], name: "leaky_relu_") { $0.leakyRelu(negativeSlope) }
    }

    /// In-place version of `rrelu(_:_:training:generator:)`.
    @discardableResult public func rrelu_(
        _ lower: Double = 1.0 / 8, _ upper: Double = 1.0 / 3, training: Bool = false, generator: Generator = .default
    ) -> Tensor {
        inPlace { $0.rrelu(lower, upper, training: training, generator: generator) }
    }

    /// In-place version of `elu(alpha:)`.
    @discardableResult public func elu_(alpha: Double = 1) -> Tensor { inPlace { $0.elu(alpha: alpha) } }
    /// In-place version of `selu()`.
    @discardableResult public func selu_() -> Tensor { inPlace { $0.selu() } }
    /// In-place version of `celu(alpha:)`.
    @discardableResult public func celu_(alpha: Double = 1) -> Tensor { inPlace { $0.celu(alpha: alpha) } }
    /// In-place version of `hardtanh(_:_:)`.
    @discardableResult public func hardtanh_(_ min: Double = -1, _ max: Double = 1) -> Tensor {
        guard dtype.isFloatingPoint, min <= max else { return inPlace { $0.hardtanh(min, max) } }
        let bounds = [min.operand.bound(of: dtype, "min"), max.operand.bound(of: dtype, "max")]
        return inPlace(.clamp, bounds, name: "hardtanh_") { $0.hardtanh(min, max) }
    }

    /// In-place version of `hardsigmoid()`.
    @discardableResult public func hardsigmoid_() -> Tensor {
        inPlace(.hardsigmoid, name: "hardsigmoid_") { $0.hardsigmoid() }
    }

    /// In-place version of `hardswish()`.
    @discardableResult public func hardswish_() -> Tensor { inPlace(.hardswish, name: "hardswish_") { $0.hardswish() } }
}

extension Tensor {
    /// Returns this gradient as a function of `inputs` too, with a derivative of zero, because PyTorch's backward
    /// formulas are functions of them.
    func depending(on inputs: Tensor...) -> Tensor {
        guard isGradEnabled(), inputs.contains(where: \.requiresGrad) else { return self }
        return alias(layout).record("ConstantBackward0", inputs: [self] + inputs) { node, g in
            [g] + inputs.indices.map { node.needs($0 + 1) ? Tensor.zerosLike(g) : nil }
        }
    }
}

extension Arithmetic {
    /// Returns a number of the kind that keeps `dtype`: a float for floating-point dtypes, otherwise an integer.
    static func constant(_ value: Double, _ dtype: DType) -> Tensor {
        dtype.isFloatingPoint ? value.operand : Scalar.int(Scalar.double(value).int64Value).operand
    }
}
