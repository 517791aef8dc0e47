/// A distribution that probabilities or logits of a single outcome define.
public protocol BinaryParameters: Distribution {}

extension BinaryParameters {
    /// The probabilities of the outcome 1.
    public var probs: Tensor { field("probs") { field("logits").logitsToProbs(isBinary: true) } }
    /// The logarithms of the odds of the outcome 1.
    public var logits: Tensor { field("logits") { field("probs").probsToLogits(isBinary: true) } }
    /// The parameter that was given.
    var param: Tensor { fields["probs"] ?? field("logits") }
    /// The shape of the parameters.
    public var paramShape: Size { param.shape }
}

/// 1 with a probability, otherwise 0. PyTorch: `torch.distributions.Bernoulli`.
public final class Bernoulli: ExponentialFamily, BinaryParameters {
    /// Creates Bernoulli distributions with the probabilities of 1.
    public convenience init(_ probs: some TensorOperand, validateArgs: Bool? = nil) {
        let value = Self.broadcastAll(probs)[0]
        self.init(batchShape: Size(value.sizes), parameters: ["probs": value], validateArgs: validateArgs)
    }

    /// Same as `init(_:validateArgs:)`.
    public convenience init(probs: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(probs, validateArgs: validateArgs)
    }

    /// Creates Bernoulli distributions with the logarithms of the odds of 1.
    public convenience init(logits: some TensorOperand, validateArgs: Bool? = nil) {
        let value = Self.broadcastAll(logits)[0]
        self.init(batchShape: Size(value.sizes), parameters: ["logits": value], validateArgs: validateArgs)
    }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["probs": .unitInterval, "logits": .real]
    }
    public override var support: Constraint { .boolean }
    public override var hasEnumerateSupport: Bool { true }
    public override var mean: Tensor { probs }
    public override var mode: Tensor { probs.ge(0.5).to(probs).maskedFill(probs.eq(0.5), Double.nan) }
    public override var variance: Tensor { probs * (1 - probs) }
    public override func sample(_ shape: [Int] = []) -> Tensor {
        noGrad { probs.expand(extendedShape(shape)).bernoulli() }
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let values = Self.broadcastAll(logits, value)
        return -binaryCrossEntropyWithLogits(values[0], values[1], reduction: .none)
    }
    public override func entropy() -> Tensor { binaryCrossEntropyWithLogits(logits, probs, reduction: .none) }
    public override func enumerateSupport(expand: Bool = true) -> Tensor {
        integers(below: 2, dtype: param.dtype, device: param.device, expand: expand)
    }

    public override var meanCarrierMeasure: Double? { 0 }
    public override var naturalParams: [Tensor] { [probs.logit()] }
    public override func logNormalizer(_ params: [Tensor]) -> Tensor { params[0].exp().log1p() }
}

extension Distribution {
    /// The numbers from 0 to `count` - 1 along a new first dimension, before those of the batch.
    final func integers(below count: Int, dtype: DType, device: Device, expand: Bool) -> Tensor {
        let values = Tensor.arange(count, dtype: dtype, device: device)
            .view([-1] + [Int](repeating: 1, count: batchShape.count))
        return expand ? values.expand([-1] + batchShape.sizes) : values
    }
}

/// The number of failures before the first success. PyTorch: `torch.distributions.Geometric`.
public final class Geometric: Distribution, BinaryParameters {
    /// Creates geometric distributions with the probabilities of a success.
    public convenience init(_ probs: some TensorOperand, validateArgs: Bool? = nil) {
        let value = Self.broadcastAll(probs)[0]
        self.init(batchShape: Size(value.sizes), parameters: ["probs": value], validateArgs: validateArgs)
        guard self.validateArgs, !value.isVoid else { return }
        let isPositive = noGrad { value.detach().gt(0) }
        if !isPositive.all().isTrue(ifUnknown: true) {
            let invalid = value.detach()[isPositive.logicalNot()]
            raise(
                .value,
                "Expected parameter probs (\(value.pythonKind)) of distribution \(description) to be positive but found invalid values:\n\(invalid)"
            )
        }
    }

    /// Same as `init(_:validateArgs:)`.
    public convenience init(probs: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(probs, validateArgs: validateArgs)
    }

    /// Creates geometric distributions with the logarithms of the odds of a success.
    public convenience init(logits: some TensorOperand, validateArgs: Bool? = nil) {
        let value = Self.broadcastAll(logits)[0]
        self.init(batchShape: Size(value.sizes), parameters: ["logits": value], validateArgs: validateArgs)
    }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["probs": .unitInterval, "logits": .real]
    }
    public override var support: Constraint { .nonnegativeInteger }
    public override var mean: Tensor { 1 / probs - 1 }
    public override var mode: Tensor { Tensor.zerosLike(probs) }
    public override var variance: Tensor { (1 / probs - 1) / probs }
    public override func sample(_ shape: [Int] = []) -> Tensor {
        noGrad {
            let u = probs.unfilled(extendedShape(shape)).uniform_(probs.dtype.smallestNormal, 1)
            return (u.log() / (-probs).log1p()).floor()
        }
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let values = Self.broadcastAll(value, probs), value = values[0]
        let p = values[1].maskedFill(values[1].eq(1).logicalAnd(value.eq(0)), 0)
        return value * (-p).log1p() + probs.log()
    }
    public override func entropy() -> Tensor {
        binaryCrossEntropyWithLogits(logits, probs, reduction: .none) / probs
    }
}
