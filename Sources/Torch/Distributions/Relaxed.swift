import Foundation

/// The logit of a relaxed Bernoulli draw. PyTorch: `torch.distributions.relaxed_bernoulli.LogitRelaxedBernoulli`.
public final class LogitRelaxedBernoulli: Distribution, BinaryParameters {
    /// Creates distributions with a temperature and the probabilities of 1.
    public convenience init(
        _ temperature: some TensorOperand, probs: some TensorOperand, validateArgs: Bool? = nil
    ) {
        let value = Self.broadcastAll(probs)[0]
        self.init(
            batchShape: Size(value.sizes),
            parameters: ["probs": value, "_temperature": Self.temperature(temperature, value)],
            validateArgs: validateArgs)
    }

    /// Creates distributions with a temperature and the logarithms of the odds of 1.
    public convenience init(
        _ temperature: some TensorOperand, logits: some TensorOperand, validateArgs: Bool? = nil
    ) {
        let value = Self.broadcastAll(logits)[0]
        self.init(
            batchShape: Size(value.sizes),
            parameters: ["logits": value, "_temperature": Self.temperature(temperature, value)],
            validateArgs: validateArgs)
    }

    /// Same as `init(_:probs:validateArgs:)`.
    public convenience init(
        temperature: some TensorOperand, probs: some TensorOperand, validateArgs: Bool? = nil
    ) {
        self.init(temperature, probs: probs, validateArgs: validateArgs)
    }

    /// Same as `init(_:logits:validateArgs:)`.
    public convenience init(
        temperature: some TensorOperand, logits: some TensorOperand, validateArgs: Bool? = nil
    ) {
        self.init(temperature, logits: logits, validateArgs: validateArgs)
    }

    /// The temperature.
    public var temperature: Tensor { field("_temperature") }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["probs": .unitInterval, "logits": .real]
    }
    public override var support: Constraint { .real }
    public override func rsample(_ shape: [Int] = []) -> Tensor {
        let shape = extendedShape(shape), p = probs.expand(shape).clampedProbs()
        let u = p.uniformDraws(shape).clampedProbs()
        return (u.log() - (-u).log1p() + p.log() - (-p).log1p()) / temperature
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let values = Self.broadcastAll(logits, value)
        let difference = values[0] - values[1].mul(temperature)
        return temperature.log() + difference - 2 * difference.exp().log1p()
    }
}

extension Distribution {
    /// A temperature as a tensor: a number gets the dtype and device of the other parameter.
    static func temperature(_ value: some TensorOperand, _ other: Tensor) -> Tensor {
        let value = value.operand
        return value.numberValue.map { other.filled([], $0.doubleValue) } ?? value
    }
}

/// A differentiable relaxation of a Bernoulli draw: between 0 and 1. PyTorch: `torch.distributions.RelaxedBernoulli`.
public final class RelaxedBernoulli: TransformedDistribution {
    /// Creates distributions with a temperature and the probabilities of 1.
    public convenience init(
        _ temperature: some TensorOperand, probs: some TensorOperand, validateArgs: Bool? = nil
    ) {
        self.init(
            LogitRelaxedBernoulli(temperature, probs: probs), [SigmoidTransform()], parameters: [:],
            validateArgs: validateArgs)
    }

    /// Creates distributions with a temperature and the logarithms of the odds of 1.
    public convenience init(
        _ temperature: some TensorOperand, logits: some TensorOperand, validateArgs: Bool? = nil
    ) {
        self.init(
            LogitRelaxedBernoulli(temperature, logits: logits), [SigmoidTransform()], parameters: [:],
            validateArgs: validateArgs)
    }

    /// Same as `init(_:probs:validateArgs:)`.
    public convenience init(
        temperature: some TensorOperand, probs: some TensorOperand, validateArgs: Bool? = nil
    ) {
        self.init(temperature, probs: probs, validateArgs: validateArgs)
    }

    /// Same as `init(_:logits:validateArgs:)`.
    public convenience init(
        temperature: some TensorOperand, logits: some TensorOperand, validateArgs: Bool? = nil
    ) {
        self.init(temperature, logits: logits, validateArgs: validateArgs)
    }

    private var logit: LogitRelaxedBernoulli {
        baseDist as? LogitRelaxedBernoulli ?? LogitRelaxedBernoulli(1.0, probs: 0.5)
    }

    /// The temperature.
    public var temperature: Tensor { logit.temperature }
    /// The probabilities of 1.
    public var probs: Tensor { logit.probs }
    /// The logarithms of the odds of 1.
    public var logits: Tensor { logit.logits }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["probs": .unitInterval, "logits": .real]
    }
    public override func parameter(_ name: String) -> Tensor? { name == "probs" ? probs : logits }
    public override var support: Constraint { .unitInterval }
    public override var hasRsample: Bool { true }
}

/// The logarithm of a relaxed one-hot draw. PyTorch: `torch.distributions.relaxed_categorical.ExpRelaxedCategorical`.
public final class ExpRelaxedCategorical: Distribution {
    private var categorical = Categorical(logits: Tensor.zeros(1), validateArgs: false)

    /// Creates distributions with a temperature and the weights of the categories.
    public convenience init(_ temperature: some TensorOperand, probs: Tensor, validateArgs: Bool? = nil) {
        self.init(Categorical(probs), temperature.operand, validateArgs)
    }

    /// Creates distributions with a temperature and the logarithms of weights.
    public convenience init(_ temperature: some TensorOperand, logits: Tensor, validateArgs: Bool? = nil) {
        self.init(Categorical(logits: logits), temperature.operand, validateArgs)
    }

    /// Same as `init(_:probs:validateArgs:)`.
    public convenience init(temperature: some TensorOperand, probs: Tensor, validateArgs: Bool? = nil) {
        self.init(temperature, probs: probs, validateArgs: validateArgs)
    }

    /// Same as `init(_:logits:validateArgs:)`.
    public convenience init(temperature: some TensorOperand, logits: Tensor, validateArgs: Bool? = nil) {
        self.init(temperature, logits: logits, validateArgs: validateArgs)
    }

    private convenience init(_ categorical: Categorical, _ temperature: Tensor, _ validateArgs: Bool?) {
        self.init(
            batchShape: categorical.batchShape, eventShape: Size(Array(categorical.param.sizes.suffix(1))),
            parameters: ["_temperature": Self.temperature(temperature, categorical.param)], validateArgs: false)
        self.categorical = categorical
        validate(validateArgs)
    }

    public override func expand(_ batchShape: [Int]) -> Self {
        let new = remade(batchShape, fields)
        new.categorical = categorical.expand(batchShape)
        return new
    }

    /// The temperature.
    public var temperature: Tensor { field("_temperature") }
    /// The probabilities.
    public var probs: Tensor { categorical.probs }
    /// The logarithms of the probabilities.
    public var logits: Tensor { categorical.logits }
    /// The shape of the parameters.
    public var paramShape: Size { categorical.paramShape }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["probs": .simplex, "logits": .realVector] }
    public override func parameter(_ name: String) -> Tensor? { name == "probs" ? probs : logits }
    public override var support: Constraint { .realVector }
    public override var hasRsample: Bool { true }
    public override func rsample(_ shape: [Int] = []) -> Tensor {
        let u = logits.uniformDraws(extendedShape(shape)).clampedProbs()
        let scores = (logits - (-u.log()).log()) / temperature
        return scores - scores.logsumexp(-1, keepdim: true)
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let k = categorical.categories
        let values = Self.broadcastAll(logits, value)
        let scale = Tensor.fullLike(temperature, Double(k)).lgamma() - temperature.log().mul(-(k - 1))
        let score = values[0] - values[1].mul(temperature)
        return (score - score.logsumexp(-1, keepdim: true)).sum(-1) + scale
    }
}

/// A differentiable relaxation of a one-hot draw: positive numbers with the sum 1.
/// PyTorch: `torch.distributions.RelaxedOneHotCategorical`.
public final class RelaxedOneHotCategorical: TransformedDistribution {
    /// Creates distributions with a temperature and the weights of the categories.
    public convenience init(_ temperature: some TensorOperand, probs: Tensor, validateArgs: Bool? = nil) {
        self.init(
            ExpRelaxedCategorical(temperature, probs: probs, validateArgs: validateArgs), [ExpTransform()],
            parameters: [:], validateArgs: validateArgs)
    }

    /// Creates distributions with a temperature and the logarithms of weights.
    public convenience init(_ temperature: some TensorOperand, logits: Tensor, validateArgs: Bool? = nil) {
        self.init(
            ExpRelaxedCategorical(temperature, logits: logits, validateArgs: validateArgs), [ExpTransform()],
            parameters: [:], validateArgs: validateArgs)
    }

    /// Same as `init(_:probs:validateArgs:)`.
    public convenience init(temperature: some TensorOperand, probs: Tensor, validateArgs: Bool? = nil) {
        self.init(temperature, probs: probs, validateArgs: validateArgs)
    }

    /// Same as `init(_:logits:validateArgs:)`.
    public convenience init(temperature: some TensorOperand, logits: Tensor, validateArgs: Bool? = nil) {
        self.init(temperature, logits: logits, validateArgs: validateArgs)
    }

    private var logarithm: ExpRelaxedCategorical {
        baseDist as? ExpRelaxedCategorical ?? ExpRelaxedCategorical(1.0, logits: Tensor.zeros(1))
    }

    /// The temperature.
    public var temperature: Tensor { logarithm.temperature }
    /// The probabilities.
    public var probs: Tensor { logarithm.probs }
    /// The logarithms of the probabilities.
    public var logits: Tensor { logarithm.logits }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["probs": .simplex, "logits": .realVector] }
    public override func parameter(_ name: String) -> Tensor? { name == "probs" ? probs : logits }
    public override var support: Constraint { .simplex }
    public override var hasRsample: Bool { true }
}
