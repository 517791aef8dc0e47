import Foundation

/// The continuous Bernoulli distribution on [0, 1]. PyTorch: `torch.distributions.ContinuousBernoulli`.
public final class ContinuousBernoulli: ExponentialFamily, BinaryParameters {
    /// The probabilities between which Taylor series are used.
    private var lims = (0.499, 0.501)

    /// Creates continuous Bernoulli distributions with probabilities. Between `lims`, Taylor series around 0.5 are
    /// used.
    public convenience init(
        _ probs: some TensorOperand, lims: (Double, Double) = (0.499, 0.501), validateArgs: Bool? = nil
    ) {
        let value = Self.broadcastAll(probs)[0]
        if validateArgs != nil, !value.isVoid,
            !noGrad({ Constraint.unitInterval.check(value).all().isTrue(ifUnknown: true) })
        {
            raise(.value, "The parameter probs has invalid values")
        }
        self.init(
            batchShape: Size(value.sizes), parameters: ["probs": value.clampedProbs()], validateArgs: validateArgs)
        self.lims = lims
    }

    /// Same as `init(_:lims:validateArgs:)`.
    public convenience init(
        probs: some TensorOperand, lims: (Double, Double) = (0.499, 0.501), validateArgs: Bool? = nil
    ) {
        self.init(probs, lims: lims, validateArgs: validateArgs)
    }

    /// Creates continuous Bernoulli distributions with logits.
    public convenience init(
        logits: some TensorOperand, lims: (Double, Double) = (0.499, 0.501), validateArgs: Bool? = nil
    ) {
        let value = Self.broadcastAll(logits)[0]
        self.init(batchShape: Size(value.sizes), parameters: ["logits": value], validateArgs: validateArgs)
        self.lims = lims
    }

    /// The parameters of the distribution, between 0 and 1.
    public var probs: Tensor { field("probs") { field("logits").logitsToProbs(isBinary: true).clampedProbs() } }

    public override func expand(_ batchShape: [Int]) -> Self {
        let new = super.expand(batchShape)
        new.lims = lims
        return new
    }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["probs": .unitInterval, "logits": .real]
    }
    public override var support: Constraint { .unitInterval }
    public override var hasRsample: Bool { true }

    private var isStable: Tensor { probs.le(lims.0).logicalOr(probs.gt(lims.1)) }
    private var cutProbs: Tensor { `where`(isStable, probs, lims.0 * Tensor.onesLike(probs)) }

    /// The logarithm of the normalizing constant.
    var logNorm: Tensor {
        let p = cutProbs
        let below = `where`(p.le(0.5), p, Tensor.zerosLike(p)), above = `where`(p.ge(0.5), p, Tensor.onesLike(p))
        let quotient = ((-p).log1p() - p.log()).abs().log()
        let exact = quotient - `where`(p.le(0.5), (-2 * below).log1p(), (2 * above - 1).log())
        let x = (probs - 0.5).pow(2)
        let taylor = (x * (104.0 / 45) + 4.0 / 3) * x + log(2.0)
        return `where`(isStable, exact, taylor)
    }

    public override var mean: Tensor {
        let p = cutProbs, x = probs - 0.5
        let exact = p / (2 * p - 1) + 1 / ((-p).log1p() - p.log())
        let taylor = (x.pow(2) * (16.0 / 45) + 1.0 / 3) * x + 0.5
        return `where`(isStable, exact, taylor)
    }
    public override var variance: Tensor {
        let p = cutProbs, x = (probs - 0.5).pow(2)
        let first = p * (p - 1) / (1 - 2 * p).pow(2), second = 1 / ((-p).log1p() - p.log()).pow(2)
        let taylor = 1.0 / 12 - (1.0 / 15 - x * (128.0 / 945)) * x
        return `where`(isStable, first + second, taylor)
    }
    public override func rsample(_ shape: [Int] = []) -> Tensor { icdf(probs.uniformDraws(extendedShape(shape))) }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let values = Self.broadcastAll(logits, value)
        return logNorm - binaryCrossEntropyWithLogits(values[0], values[1], reduction: .none)
    }
    public override func cdf(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let p = cutProbs
        let exact = (p.pow(value) * (1 - p).pow(1 - value) + p - 1) / (2 * p - 1)
        let inside = `where`(isStable, exact, value)
        return `where`(
            value.le(0), Tensor.zerosLike(value), `where`(value.ge(1), Tensor.onesLike(value), inside))
    }
    public override func icdf(_ value: Tensor) -> Tensor {
        let p = cutProbs
        let above = (-p + value * (2 * p - 1)).log1p() - (-p).log1p()
        return `where`(isStable, above / (p.log() - (-p).log1p()), value)
    }
    public override func entropy() -> Tensor {
        let first = (-probs).log1p(), second = probs.log()
        return mean * (first - second) - logNorm - first
    }

    public override var meanCarrierMeasure: Double? { 0 }
    public override var naturalParams: [Tensor] { [logits] }
    public override func logNormalizer(_ params: [Tensor]) -> Tensor {
        let x = params[0], isStable = x.le(lims.0 - 0.5).logicalOr(x.gt(lims.1 - 0.5))
        let cut = `where`(isStable, x, (lims.0 - 0.5) * Tensor.onesLike(x))
        let exact = cut.expm1().abs().log() - cut.abs().log()
        let taylor = 0.5 * x + x.pow(2) / 24 - x.pow(4) / 2880
        return `where`(isStable, exact, taylor)
    }
}
