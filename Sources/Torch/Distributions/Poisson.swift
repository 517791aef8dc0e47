/// The Poisson distribution. PyTorch: `torch.distributions.Poisson`.
public final class Poisson: ExponentialFamily {
    /// Creates Poisson distributions with a rate, which is the mean.
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

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["rate": .nonnegative] }
    public override var support: Constraint { .nonnegativeInteger }
    public override var mean: Tensor { rate }
    public override var mode: Tensor { rate.floor() }
    public override var variance: Tensor { rate }
    public override func sample(_ shape: [Int] = []) -> Tensor {
        noGrad { rate.expand(extendedShape(shape)).poisson() }
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let values = Self.broadcastAll(rate, value)
        return values[1].xlogy(values[0]) - values[0] - (values[1] + 1).lgamma()
    }

    public override var naturalParams: [Tensor] { [rate.log()] }
    public override func logNormalizer(_ params: [Tensor]) -> Tensor { params[0].exp() }
}
