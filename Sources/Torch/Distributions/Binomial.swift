/// The number of successes in a number of trials. PyTorch: `torch.distributions.Binomial`.
public final class Binomial: Distribution, BinaryParameters {
    /// Creates binomial distributions with the probability of a success. The arguments broadcast.
    public convenience init(
        _ totalCount: some TensorOperand, probs: some TensorOperand, validateArgs: Bool? = nil
    ) {
        let values = Self.broadcastAll(totalCount, probs)
        self.init(
            batchShape: Size(values[1].sizes),
            parameters: ["total_count": values[0].typeAs(values[1]), "probs": values[1]], validateArgs: validateArgs)
    }

    /// Creates binomial distributions with the logarithm of the odds of a success. The arguments broadcast.
    public convenience init(
        _ totalCount: some TensorOperand, logits: some TensorOperand, validateArgs: Bool? = nil
    ) {
        let values = Self.broadcastAll(totalCount, logits)
        self.init(
            batchShape: Size(values[1].sizes),
            parameters: ["total_count": values[0].typeAs(values[1]), "logits": values[1]], validateArgs: validateArgs)
    }

    /// Same as `init(_:probs:validateArgs:)`.
    public convenience init(
        totalCount: some TensorOperand, probs: some TensorOperand, validateArgs: Bool? = nil
    ) {
        self.init(totalCount, probs: probs, validateArgs: validateArgs)
    }

    /// Same as `init(_:logits:validateArgs:)`.
    public convenience init(
        totalCount: some TensorOperand, logits: some TensorOperand, validateArgs: Bool? = nil
    ) {
        self.init(totalCount, logits: logits, validateArgs: validateArgs)
    }

    /// Creates binomial distributions of one trial.
    public convenience init(probs: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(1, probs: probs, validateArgs: validateArgs)
    }

    /// Creates binomial distributions of one trial.
    public convenience init(logits: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(1, logits: logits, validateArgs: validateArgs)
    }

    /// The number of trials.
    public var totalCount: Tensor { field("total_count") }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["total_count": .nonnegativeInteger, "probs": .unitInterval, "logits": .real]
    }
    public override var support: Constraint { .integerInterval(0, totalCount) }
    public override var hasEnumerateSupport: Bool { true }
    public override var mean: Tensor { totalCount * probs }
    public override var mode: Tensor { ((totalCount + 1) * probs).floor().clamp(max: totalCount) }
    public override var variance: Tensor { totalCount * probs * (1 - probs) }
    public override func sample(_ shape: [Int] = []) -> Tensor {
        let shape = extendedShape(shape)
        return noGrad { totalCount.expand(shape).binomial(probs.expand(shape)) }
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let n = totalCount, logits = logits
        // max(logits, 0), with the gradient 1/2 at 0.
        let positive = (logits.clamp(min: 0) + logits - logits.clamp(max: 0)) / 2
        let normalizer = n * positive + n * (-logits.abs()).exp().log1p() - (n + 1).lgamma()
        return value * logits - (value + 1).lgamma() - (n - value + 1).lgamma() - normalizer
    }
    public override func entropy() -> Tensor {
        guard commonCount("entropy") != nil else { return .void }
        let logProb = logProb(enumerateSupport(expand: false))
        return -(logProb.exp() * logProb).sum(0)
    }
    public override func enumerateSupport(expand: Bool = true) -> Tensor {
        guard let count = commonCount("enumerate_support") else { return .void }
        return integers(below: count + 1, dtype: param.dtype, device: param.device, expand: expand)
    }

    /// The number of trials if it is the same everywhere.
    private func commonCount(_ name: String) -> Int? {
        if totalCount.isVoid { return nil }
        let (least, most) = noGrad { (totalCount.min().item(), totalCount.max().item()) }
        guard least == most, most >= 0, most < 0x1p53 else {
            raise(.notImplemented, "Inhomogeneous total count not supported by `\(name)`.")
            return nil
        }
        return Int(most)
    }
}

/// The number of successes before a number of failures. PyTorch: `torch.distributions.NegativeBinomial`.
public final class NegativeBinomial: Distribution, BinaryParameters {
    /// Creates negative binomial distributions with the number of failures and the probability of a success.
    public convenience init(
        _ totalCount: some TensorOperand, probs: some TensorOperand, validateArgs: Bool? = nil
    ) {
        let values = Self.broadcastAll(totalCount, probs)
        self.init(
            batchShape: Size(values[1].sizes),
            parameters: ["total_count": values[0].typeAs(values[1]), "probs": values[1]], validateArgs: validateArgs)
    }

    /// Creates negative binomial distributions with the logarithm of the odds of a success.
    public convenience init(
        _ totalCount: some TensorOperand, logits: some TensorOperand, validateArgs: Bool? = nil
    ) {
        let values = Self.broadcastAll(totalCount, logits)
        self.init(
            batchShape: Size(values[1].sizes),
            parameters: ["total_count": values[0].typeAs(values[1]), "logits": values[1]], validateArgs: validateArgs)
    }

    /// Same as `init(_:probs:validateArgs:)`.
    public convenience init(
        totalCount: some TensorOperand, probs: some TensorOperand, validateArgs: Bool? = nil
    ) {
        self.init(totalCount, probs: probs, validateArgs: validateArgs)
    }

    /// Same as `init(_:logits:validateArgs:)`.
    public convenience init(
        totalCount: some TensorOperand, logits: some TensorOperand, validateArgs: Bool? = nil
    ) {
        self.init(totalCount, logits: logits, validateArgs: validateArgs)
    }

    /// The number of failures.
    public var totalCount: Tensor { field("total_count") }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["total_count": .greaterThanEq(0), "probs": .halfOpenInterval(0.0, 1.0), "logits": .real]
    }
    public override var support: Constraint { .nonnegativeInteger }
    public override var mean: Tensor { totalCount * logits.exp() }
    public override var mode: Tensor { ((totalCount - 1) * logits.exp()).floor().clamp(min: 0.0) }
    public override var variance: Tensor { mean / (-logits).sigmoid() }
    public override func sample(_ shape: [Int] = []) -> Tensor {
        noGrad {
            Gamma(concentration: totalCount, rate: (-logits).exp(), validateArgs: false).sample(shape).poisson()
        }
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let n = totalCount
        let unnormalized = n * (-logits).logsigmoid() + value * logits.logsigmoid()
        let normalizer = -(n + value).lgamma() + (1 + value).lgamma() + n.lgamma()
        return unnormalized - normalizer.maskedFill((n + value).eq(0), 0)
    }
}
