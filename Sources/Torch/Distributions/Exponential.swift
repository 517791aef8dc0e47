/// The exponential distribution. PyTorch: `torch.distributions.Exponential`.
public final class Exponential: ExponentialFamily {
    /// Creates exponential distributions with a rate, the inverse of the mean.
    public convenience init(_ rate: some TensorOperand, validateArgs: Bool? = nil) {
        let value = Self.broadcastAll(rate)[0]
        self.init(batchShape: Size(value.sizes), parameters: ["rate": value], validateArgs: validateArgs)
    }

    /// Same as `init(_:validateArgs:)`.
    public convenience init(rate: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(rate, validateArgs: validateArgs)
    }

    /// The rate.
    public var rate: Tensor { field("rate") }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["rate": .positive] }
    public override var support: Constraint { .nonnegative }
    public override var hasRsample: Bool { true }
    public override var mean: Tensor { rate.reciprocal() }
    public override var mode: Tensor { Tensor.zerosLike(rate) }
    public override var stddev: Tensor { rate.reciprocal() }
    public override var variance: Tensor { rate.pow(-2) }
    public override func rsample(_ shape: [Int] = []) -> Tensor {
        rate.unfilled(extendedShape(shape)).exponential_() / rate
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        return rate.log() - rate * value
    }
    public override func cdf(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        return 1 - (-rate * value).exp()
    }
    public override func icdf(_ value: Tensor) -> Tensor { -(-value).log1p() / rate }
    public override func entropy() -> Tensor { 1 - rate.log() }

    public override var meanCarrierMeasure: Double? { 0 }
    public override var naturalParams: [Tensor] { [-rate] }
    public override func logNormalizer(_ params: [Tensor]) -> Tensor { -(-params[0]).log() }
}

/// The Pareto distribution of type 1. PyTorch: `torch.distributions.Pareto`.
public final class Pareto: TransformedDistribution {
    /// Creates Pareto distributions with a scale (the least value) and a shape. The arguments broadcast.
    public convenience init(_ scale: some TensorOperand, _ alpha: some TensorOperand, validateArgs: Bool? = nil) {
        let values = Self.broadcastAll(scale, alpha)
        let base = Exponential(values[1], validateArgs: validateArgs)
        self.init(
            base, [ExpTransform(), AffineTransform(loc: 0, scale: values[0])],
            parameters: ["scale": values[0], "alpha": values[1]], validateArgs: validateArgs)
    }

    /// Same as `init(_:_:validateArgs:)`.
    public convenience init(scale: some TensorOperand, alpha: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(scale, alpha, validateArgs: validateArgs)
    }

    /// The least value.
    public var scale: Tensor { field("scale") }
    /// The shape.
    public var alpha: Tensor { field("alpha") }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["alpha": .positive, "scale": .positive] }
    public override var support: Constraint { .greaterThanEq(scale) }
    public override var mean: Tensor {
        let a = alpha.clamp(min: 1)
        return a * scale / (a - 1)
    }
    public override var mode: Tensor { scale }
    public override var variance: Tensor {
        let a = alpha.clamp(min: 2)
        return scale.pow(2) * a / ((a - 1).pow(2) * (a - 2))
    }
    public override func entropy() -> Tensor { (scale / alpha).log() + (1 + alpha.reciprocal()) }
}

/// The Weibull distribution. PyTorch: `torch.distributions.Weibull`.
public final class Weibull: TransformedDistribution {
    /// Creates Weibull distributions with a scale and a concentration (shape). The arguments broadcast.
    public convenience init(_ scale: some TensorOperand, _ concentration: some TensorOperand, validateArgs: Bool? = nil)
    {
        let values = Self.broadcastAll(scale, concentration)
        let base = Exponential(Tensor.onesLike(values[0]), validateArgs: validateArgs)
        let power = values[1].reciprocal()
        self.init(
            base, [PowerTransform(power), AffineTransform(loc: 0, scale: values[0])],
            parameters: ["scale": values[0], "concentration": values[1], "concentration_reciprocal": power],
            validateArgs: validateArgs)
    }

    /// Same as `init(_:_:validateArgs:)`.
    public convenience init(
        scale: some TensorOperand, concentration: some TensorOperand, validateArgs: Bool? = nil
    ) {
        self.init(scale, concentration, validateArgs: validateArgs)
    }

    public override func expand(_ batchShape: [Int]) -> Self {
        let new = super.expand(batchShape)
        new.transforms = [
            PowerTransform(new.concentrationReciprocal), AffineTransform(loc: 0, scale: new.scale)
        ]
        return new
    }

    /// The scale.
    public var scale: Tensor { field("scale") }
    /// The concentration.
    public var concentration: Tensor { field("concentration") }
    /// The inverse of the concentration.
    public var concentrationReciprocal: Tensor { field("concentration_reciprocal") }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["scale": .positive, "concentration": .positive]
    }
    public override var support: Constraint { .positive }
    public override var mean: Tensor { scale * (1 + concentrationReciprocal).lgamma().exp() }
    public override var mode: Tensor {
        scale * ((concentration - 1) / concentration).pow(concentration.reciprocal())
    }
    public override var variance: Tensor {
        let power = concentrationReciprocal
        return scale.pow(2) * ((1 + 2 * power).lgamma().exp() - (2 * (1 + power).lgamma()).exp())
    }
    public override func entropy() -> Tensor {
        let power = concentrationReciprocal
        return eulerConstant * (1 - power) + (scale * power).log() + 1
    }
}

/// The Gumbel distribution. PyTorch: `torch.distributions.Gumbel`.
public final class Gumbel: TransformedDistribution {
    /// Creates Gumbel distributions with a location and a scale. The arguments broadcast.
    public convenience init(_ loc: some TensorOperand, _ scale: some TensorOperand, validateArgs: Bool? = nil) {
        let values = Self.broadcastAll(loc, scale)
        let dtype = values[0].dtype
        let base = Uniform(
            Tensor.fullLike(values[0], dtype.smallestNormal), Tensor.fullLike(values[0], 1 - dtype.epsilon),
            validateArgs: validateArgs)
        let transforms: [DistributionTransform] = [
            ExpTransform().inv, AffineTransform(loc: 0, scale: -Tensor.onesLike(values[1])), ExpTransform().inv,
            AffineTransform(loc: loc.operand, scale: -values[1])
        ]
        self.init(
            base, transforms, parameters: ["loc": values[0], "scale": values[1]], validateArgs: validateArgs)
    }

    /// Same as `init(_:_:validateArgs:)`.
    public convenience init(loc: some TensorOperand, scale: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(loc, scale, validateArgs: validateArgs)
    }

    /// The location.
    public var loc: Tensor { field("loc") }
    /// The scale.
    public var scale: Tensor { field("scale") }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["loc": .real, "scale": .positive] }
    public override var support: Constraint { .real }
    public override var mean: Tensor { loc + scale * eulerConstant }
    public override var mode: Tensor { loc }
    public override var stddev: Tensor { Double.pi / 6.0.squareRoot() * scale }
    public override var variance: Tensor { stddev.pow(2) }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let y = (loc - value) / scale
        return y - y.exp() - scale.log()
    }
    public override func entropy() -> Tensor { scale.log() + (1 + eulerConstant) }
}
