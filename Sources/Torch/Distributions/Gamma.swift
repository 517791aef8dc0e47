/// The gamma distribution with a concentration (shape) and a rate (inverse scale).
/// PyTorch: `torch.distributions.Gamma`.
public class Gamma: ExponentialFamily {
    /// Creates gamma distributions. The arguments broadcast.
    public convenience init(_ concentration: some TensorOperand, _ rate: some TensorOperand, validateArgs: Bool? = nil)
    {
        let values = Self.broadcastAll(concentration, rate)
        self.init(
            batchShape: Size(values[0].sizes), parameters: ["concentration": values[0], "rate": values[1]],
            validateArgs: validateArgs)
    }

    /// Same as `init(_:_:validateArgs:)`.
    public convenience init(concentration: some TensorOperand, rate: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(concentration, rate, validateArgs: validateArgs)
    }

    /// The concentration.
    public final var concentration: Tensor { field("concentration") }
    /// The rate.
    public final var rate: Tensor { field("rate") }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["concentration": .positive, "rate": .positive]
    }
    public final override var support: Constraint { .nonnegative }
    public final override var hasRsample: Bool { true }
    public final override var mean: Tensor { concentration / rate }
    public final override var mode: Tensor { ((concentration - 1) / rate).clamp(min: 0) }
    public final override var variance: Tensor { concentration / rate.pow(2) }
    public final override func rsample(_ shape: [Int] = []) -> Tensor {
        let shape = extendedShape(shape)
        let value = concentration.expand(shape).standardGamma() / rate.expand(shape)
        value.detach().clamp_(min: value.dtype.smallestNormal)
        return value
    }
    public final override func logProb(_ value: Tensor) -> Tensor {
        let value = value.to(rate.dtype)
        guard isValid(value) else { return .void }
        let logarithms = concentration.xlogy(rate) + (concentration - 1).xlogy(value)
        return logarithms - rate * value - concentration.lgamma()
    }
    public final override func entropy() -> Tensor {
        concentration - rate.log() + concentration.lgamma() + (1 - concentration) * concentration.digamma()
    }
    public final override func cdf(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        return concentration.igamma(rate * value)
    }

    public final override var meanCarrierMeasure: Double? { 0 }
    public final override var naturalParams: [Tensor] { [concentration - 1, -rate] }
    public final override func logNormalizer(_ params: [Tensor]) -> Tensor {
        (params[0] + 1).lgamma() + (params[0] + 1) * (-params[1].reciprocal()).log()
    }
}

/// The chi-squared distribution: gamma with half the degrees of freedom and the rate 1/2.
/// PyTorch: `torch.distributions.Chi2`.
public final class Chi2: Gamma {
    /// Creates chi-squared distributions with degrees of freedom.
    public convenience init(_ df: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(
            df.operand.numberValue.map { ($0.doubleValue * 0.5).operand } ?? df.operand * 0.5, 0.5,
            validateArgs: validateArgs)
    }

    /// Same as `init(_:validateArgs:)`.
    public convenience init(df: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(df, validateArgs: validateArgs)
    }

    /// The degrees of freedom.
    public var df: Tensor { concentration * 2 }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["df": .positive] }
    public override func parameter(_ name: String) -> Tensor? { df }
}

/// The distribution of 1 / x for gamma x. PyTorch: `torch.distributions.InverseGamma`.
public final class InverseGamma: TransformedDistribution {
    /// Creates inverse gamma distributions with the concentration and the rate of the gamma distribution.
    public convenience init(_ concentration: some TensorOperand, _ rate: some TensorOperand, validateArgs: Bool? = nil)
    {
        let base = Gamma(concentration, rate, validateArgs: validateArgs)
        self.init(base, [PowerTransform(base.rate.filled([], -1))], parameters: [:], validateArgs: validateArgs)
    }

    /// Same as `init(_:_:validateArgs:)`.
    public convenience init(
        concentration: some TensorOperand, rate: some TensorOperand, validateArgs: Bool? = nil
    ) {
        self.init(concentration, rate, validateArgs: validateArgs)
    }

    private var gamma: Gamma { baseDist as? Gamma ?? Gamma(1, 1) }

    /// The concentration of the gamma distribution.
    public var concentration: Tensor { gamma.concentration }
    /// The rate of the gamma distribution.
    public var rate: Tensor { gamma.rate }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["concentration": .positive, "rate": .positive]
    }
    public override func parameter(_ name: String) -> Tensor? { name == "rate" ? rate : concentration }
    public override var support: Constraint { .positive }
    public override var hasRsample: Bool { true }
    public override var mean: Tensor { `where`(concentration.gt(1), rate / (concentration - 1), Double.infinity) }
    public override var mode: Tensor { rate / (concentration + 1) }
    public override var variance: Tensor {
        let result = rate.square() / ((concentration - 1).square() * (concentration - 2))
        return `where`(concentration.gt(2), result, Double.infinity)
    }
    public override func entropy() -> Tensor {
        let a = concentration
        return a + rate.log() + a.lgamma() - (1 + a) * a.digamma()
    }
}
