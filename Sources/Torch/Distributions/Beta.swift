/// The Dirichlet distribution on vectors of positive numbers with the sum 1. PyTorch: `torch.distributions.Dirichlet`.
public final class Dirichlet: ExponentialFamily {
    /// Creates Dirichlet distributions. The last dimension has the concentrations of one distribution.
    public convenience init(_ concentration: Tensor, validateArgs: Bool? = nil) {
        if concentration.dim < 1 { raise(.value, "`concentration` parameter must be at least one-dimensional.") }
        let sizes = concentration.sizes
        self.init(
            batchShape: Size(sizes.dropLast()), eventShape: Size(Array(sizes.suffix(1))),
            parameters: ["concentration": concentration], validateArgs: validateArgs)
    }

    /// Same as `init(_:validateArgs:)`.
    public convenience init(concentration: Tensor, validateArgs: Bool? = nil) {
        self.init(concentration, validateArgs: validateArgs)
    }

    /// The concentrations.
    public var concentration: Tensor { field("concentration") }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["concentration": .independent(.positive, 1)]
    }
    public override var support: Constraint { .simplex }
    public override var hasRsample: Bool { true }
    public override func rsample(_ shape: [Int] = []) -> Tensor {
        concentration.expand(extendedShape(shape)).sampleDirichlet()
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let powers = (concentration - 1).xlogy(value).sum(-1)
        return powers + concentration.sum(-1).lgamma() - concentration.lgamma().sum(-1)
    }
    public override var mean: Tensor { concentration / concentration.sum(-1, keepdim: true) }
    public override var mode: Tensor {
        if concentration.isVoid { return .void }
        let less = (concentration - 1).clamp(min: 0.0)
        let mode = less / less.sum(-1, keepdim: true)
        // If all concentrations are below 1, the mode is the first corner of the simplex.
        let isCorner = concentration.lt(1).all(-1).unsqueeze(-1)
        let corner = mode.argmax(-1).oneHot(numClasses: concentration.size(-1)).to(mode)
        return `where`(isCorner, corner, mode)
    }
    public override var variance: Tensor {
        let total = concentration.sum(-1, keepdim: true)
        return concentration * (total - concentration) / (total.pow(2) * (total + 1))
    }
    public override func entropy() -> Tensor {
        if concentration.isVoid { return .void }
        let total = concentration.sum(-1), k = concentration.size(-1)
        let first = concentration.lgamma().sum(-1) - total.lgamma() - (k - total) * total.digamma()
        return first - ((concentration - 1) * concentration.digamma()).sum(-1)
    }

    public override var naturalParams: [Tensor] { [concentration] }
    public override func logNormalizer(_ params: [Tensor]) -> Tensor {
        params[0].lgamma().sum(-1) - params[0].sum(-1).lgamma()
    }
}

/// The beta distribution on [0, 1]. PyTorch: `torch.distributions.Beta`.
public final class Beta: ExponentialFamily {
    private var dirichlet = Dirichlet(Tensor.ones(2), validateArgs: false)

    /// Creates beta distributions with the density x^(α - 1) (1 - x)^(β - 1), up to a constant: `concentration1` is α,
    /// `concentration0` is β. The arguments broadcast.
    public convenience init(
        _ concentration1: some TensorOperand, _ concentration0: some TensorOperand, validateArgs: Bool? = nil
    ) {
        let values = Self.broadcastAll(concentration1, concentration0)
        let dirichlet = Dirichlet(stack(values, dim: -1), validateArgs: validateArgs)
        self.init(batchShape: dirichlet.batchShape, validateArgs: false)
        self.dirichlet = dirichlet
        validate(validateArgs)
    }

    /// Same as `init(_:_:validateArgs:)`.
    public convenience init(
        concentration1: some TensorOperand, concentration0: some TensorOperand, validateArgs: Bool? = nil
    ) {
        self.init(concentration1, concentration0, validateArgs: validateArgs)
    }

    public override func expand(_ batchShape: [Int]) -> Self {
        let new = remade(batchShape, fields)
        new.dirichlet = dirichlet.expand(batchShape)
        return new
    }

    /// The concentration α: the exponent of x in the density, plus 1.
    public var concentration1: Tensor { dirichlet.concentration[.ellipsis, 0] }
    /// The concentration β: the exponent of 1 - x in the density, plus 1.
    public var concentration0: Tensor { dirichlet.concentration[.ellipsis, 1] }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["concentration1": .positive, "concentration0": .positive]
    }
    public override func parameter(_ name: String) -> Tensor? {
        name == "concentration1" ? concentration1 : concentration0
    }
    public override var support: Constraint { .unitInterval }
    public override var hasRsample: Bool { true }
    public override var mean: Tensor { concentration1 / (concentration1 + concentration0) }
    public override var mode: Tensor { dirichlet.mode[.ellipsis, 0] }
    public override var variance: Tensor {
        let total = concentration1 + concentration0
        return concentration1 * concentration0 / (total.pow(2) * (total + 1))
    }
    public override func rsample(_ shape: [Int] = []) -> Tensor { dirichlet.rsample(shape).select(-1, 0) }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        return dirichlet.logProb(stack([value, 1 - value], dim: -1))
    }
    public override func entropy() -> Tensor { dirichlet.entropy() }

    public override var naturalParams: [Tensor] { [concentration1, concentration0] }
    public override func logNormalizer(_ params: [Tensor]) -> Tensor {
        params[0].lgamma() + params[1].lgamma() - (params[0] + params[1]).lgamma()
    }
}

/// The Kumaraswamy distribution on [0, 1]. PyTorch: `torch.distributions.Kumaraswamy`.
public final class Kumaraswamy: TransformedDistribution {
    /// Creates Kumaraswamy distributions. `concentration1` (a) is the exponent of x, `concentration0` (b) that of
    /// 1 - x ^ a. The arguments broadcast.
    public convenience init(
        _ concentration1: some TensorOperand, _ concentration0: some TensorOperand, validateArgs: Bool? = nil
    ) {
        let values = Self.broadcastAll(concentration1, concentration0), (a, b) = (values[0], values[1])
        let base = Uniform(Tensor.zerosLike(b), Tensor.onesLike(b), validateArgs: validateArgs)
        let transforms = [
            PowerTransform(b.reciprocal()), AffineTransform(loc: 1.0, scale: -1.0), PowerTransform(a.reciprocal())
        ]
        self.init(
            base, transforms, parameters: ["concentration1": a, "concentration0": b], validateArgs: validateArgs)
    }

    /// Same as `init(_:_:validateArgs:)`.
    public convenience init(
        concentration1: some TensorOperand, concentration0: some TensorOperand, validateArgs: Bool? = nil
    ) {
        self.init(concentration1, concentration0, validateArgs: validateArgs)
    }

    /// The exponent of x.
    public var concentration1: Tensor { field("concentration1") }
    /// The exponent of 1 - x ^ concentration1.
    public var concentration0: Tensor { field("concentration0") }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["concentration1": .positive, "concentration0": .positive]
    }
    public override var support: Constraint { .unitInterval }
    public override var hasRsample: Bool { true }

    private func moment(_ n: Double) -> Tensor {
        let a = 1 + n / concentration1, b = concentration0
        return b * (a.lgamma() + b.lgamma() - (a + b).lgamma()).exp()
    }

    public override var mean: Tensor { moment(1) }
    public override var mode: Tensor {
        let (a, b) = (concentration1, concentration0)
        let logarithm = b.reciprocal() * (-b).log1p() - (-b * a).log1p()
        return logarithm.maskedFill(b.lt(1).logicalOr(a.lt(1)), Double.nan).exp()
    }
    public override var variance: Tensor { moment(2) - mean.pow(2) }
    public override func entropy() -> Tensor {
        let (a, b) = (concentration1, concentration0)
        let harmonic = (b + 1).digamma() + eulerConstant
        return (1 - b.reciprocal()) + (1 - a.reciprocal()) * harmonic - a.log() - b.log()
    }
}
