/// The generalized Pareto distribution. PyTorch: `torch.distributions.GeneralizedPareto`.
public final class GeneralizedPareto: Distribution {
    /// Creates generalized Pareto distributions with a location, a scale and a concentration (shape). The arguments
    /// broadcast.
    public convenience init(
        loc: some TensorOperand, scale: some TensorOperand, concentration: some TensorOperand, validateArgs: Bool? = nil
    ) {
        let values = Self.broadcastAll(loc, scale, concentration)
        self.init(
            batchShape: Size(values[0].sizes),
            parameters: ["loc": values[0], "scale": values[1], "concentration": values[2]], validateArgs: validateArgs)
    }

    /// Same as `init(loc:scale:concentration:validateArgs:)`.
    public convenience init(
        _ loc: some TensorOperand, _ scale: some TensorOperand, _ concentration: some TensorOperand,
        validateArgs: Bool? = nil
    ) {
        self.init(loc: loc, scale: scale, concentration: concentration, validateArgs: validateArgs)
    }

    /// The location, the least value.
    public var loc: Tensor { field("loc") }
    /// The scale.
    public var scale: Tensor { field("scale") }
    /// The concentration.
    public var concentration: Tensor { field("concentration") }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["loc": .real, "scale": .positive, "concentration": .real]
    }
    public override var support: Constraint {
        .interval(loc, `where`(concentration.lt(0), loc - scale / concentration, Double.infinity))
    }
    public override var hasRsample: Bool { true }

    private var isExponential: Tensor { noGrad { concentration.isclose(Tensor.zerosLike(concentration)) } }
    private var safeConcentration: Tensor { `where`(isExponential, Tensor.onesLike(concentration), concentration) }

    public override func rsample(_ shape: [Int] = []) -> Tensor { icdf(loc.uniformDraws(extendedShape(shape))) }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let z = (value - loc) / scale, c = safeConcentration
        let y = 1 / c + Tensor.onesLike(z)
        let power = `where`(y.eq(0), y, y * (c * z).log1p())
        return -scale.log() - `where`(isExponential, z, power)
    }
    /// Returns the logarithm of the probability of a value above `value`.
    public func logSurvivalFunction(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let z = (value - loc) / scale, c = safeConcentration
        return `where`(isExponential, -z, -(c * z).log1p() / c)
    }
    /// Returns the logarithm of the probability of a value of at most `value`.
    public func logCdf(_ value: Tensor) -> Tensor { (-logSurvivalFunction(value).exp()).log1p() }
    public override func cdf(_ value: Tensor) -> Tensor { logCdf(value).exp() }
    public override func icdf(_ value: Tensor) -> Tensor {
        let logarithm = (-value).log1p(), c = safeConcentration
        return `where`(
            isExponential, loc - scale * logarithm, loc + scale / c * (-c * logarithm).expm1())
    }
    public override var mean: Tensor {
        let isFinite = concentration.lt(1)
        return `where`(isFinite, loc + scale / (1 - `where`(isFinite, concentration, 0.5)), Double.nan)
    }
    public override var variance: Tensor {
        let isFinite = concentration.lt(0.5), c = `where`(isFinite, concentration, 0.25)
        return `where`(isFinite, scale.pow(2) / ((1 - c).pow(2) * (1 - 2 * c)), Double.nan)
    }
    public override func entropy() -> Tensor { (scale.log() + concentration + 1).expand(batchShape.sizes) }
    public override var mode: Tensor { loc }
}
