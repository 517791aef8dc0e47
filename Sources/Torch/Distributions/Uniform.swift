/// The uniform distribution on [low, high). PyTorch: `torch.distributions.Uniform`.
public final class Uniform: Distribution {
    /// Creates uniform distributions. The arguments broadcast.
    public convenience init(_ low: some TensorOperand, _ high: some TensorOperand, validateArgs: Bool? = nil) {
        let values = Self.broadcastAll(low, high)
        self.init(
            batchShape: Size(values[0].sizes), parameters: ["low": values[0], "high": values[1]],
            validateArgs: validateArgs)
    }

    /// Same as `init(_:_:validateArgs:)`.
    public convenience init(low: some TensorOperand, high: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(low, high, validateArgs: validateArgs)
    }

    /// The lower bound.
    public var low: Tensor { field("low") }
    /// The upper bound.
    public var high: Tensor { field("high") }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["low": .lessThan(high), "high": .greaterThan(low)]
    }
    public override var support: Constraint { .interval(low, high) }
    public override var hasRsample: Bool { true }
    public override var mean: Tensor { (high + low) / 2 }
    public override var mode: Tensor { Double.nan * high }
    public override var stddev: Tensor { (high - low) / 12.0.squareRoot() }
    public override var variance: Tensor { (high - low).pow(2) / 12 }
    public override func rsample(_ shape: [Int] = []) -> Tensor {
        low + low.uniformDraws(extendedShape(shape)) * (high - low)
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let isInside = low.le(value).typeAs(low).mul(high.gt(value).typeAs(low))
        return isInside.log() - (high - low).log()
    }
    public override func cdf(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        return ((value - low) / (high - low)).clamp(0, 1)
    }
    public override func icdf(_ value: Tensor) -> Tensor { value * (high - low) + low }
    public override func entropy() -> Tensor { (high - low).log() }
}
