/// One of several categories, 0, 1, 2, …. PyTorch: `torch.distributions.Categorical`.
public final class Categorical: Distribution {
    /// Creates categorical distributions. The last dimension of `probs` has the weights of the categories, which are
    /// divided by their sum.
    public convenience init(_ probs: Tensor, validateArgs: Bool? = nil) {
        if probs.dim < 1 { raise(.value, "`probs` parameter must be at least one-dimensional.") }
        let value = probs / probs.sum(-1, keepdim: true)
        self.init(batchShape: Size(value.sizes.dropLast()), parameters: ["probs": value], validateArgs: validateArgs)
    }

    /// Same as `init(_:validateArgs:)`.
    public convenience init(probs: Tensor, validateArgs: Bool? = nil) { self.init(probs, validateArgs: validateArgs) }

    /// Creates categorical distributions with the logarithms of weights.
    public convenience init(logits: Tensor, validateArgs: Bool? = nil) {
        if logits.dim < 1 { raise(.value, "`logits` parameter must be at least one-dimensional.") }
        let value = logits - logits.logsumexp(-1, keepdim: true)
        self.init(batchShape: Size(value.sizes.dropLast()), parameters: ["logits": value], validateArgs: validateArgs)
    }

    /// The probabilities.
    public var probs: Tensor { field("probs") { field("logits").logitsToProbs() } }
    /// The logarithms of the probabilities.
    public var logits: Tensor { field("logits") { field("probs").probsToLogits() } }
    /// The parameter that was given.
    var param: Tensor { fields["probs"] ?? field("logits") }
    /// The shape of the parameters.
    public var paramShape: Size { param.shape }
    /// The number of categories.
    var categories: Int { param.sizes.last ?? 1 }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["probs": .simplex, "logits": .realVector] }
    public override var support: Constraint { .integerInterval(0, categories - 1) }
    public override var hasEnumerateSupport: Bool { true }
    public override var mean: Tensor { probs.filled(extendedShape(), .nan) }
    public override var mode: Tensor { probs.argmax(-1) }
    public override var variance: Tensor { probs.filled(extendedShape(), .nan) }
    public override func sample(_ shape: [Int] = []) -> Tensor {
        let rows = probs.reshape([-1, categories])
        return rows.multinomial(Size(shape).numel, replacement: true).t().reshape(extendedShape(shape))
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let both = broadcastTensors([value.to(.int64).unsqueeze(-1), logits])
        guard both.count == 2 else { return .void }
        return both[1].gather(-1, both[0].narrow(-1, 0, 1)).squeeze(-1)
    }
    public override func entropy() -> Tensor {
        let products = logits.clamp(min: -logits.dtype.greatestFinite) * probs
        return -products.sum(-1)
    }
    public override func enumerateSupport(expand: Bool = true) -> Tensor {
        integers(below: categories, dtype: .int64, device: param.device, expand: expand)
    }
}

/// One of several categories, as a vector with one 1. PyTorch: `torch.distributions.OneHotCategorical`.
public class OneHotCategorical: Distribution {
    /// The distribution of the category's number.
    private(set) final var categorical = Categorical(logits: Tensor.zeros(1), validateArgs: false)

    /// Creates categorical distributions. The last dimension of `probs` has the weights of the categories, which are
    /// divided by their sum.
    public convenience init(_ probs: Tensor, validateArgs: Bool? = nil) {
        self.init(Categorical(probs), validateArgs)
    }

    /// Same as `init(_:validateArgs:)`.
    public convenience init(probs: Tensor, validateArgs: Bool? = nil) { self.init(probs, validateArgs: validateArgs) }

    /// Creates categorical distributions with the logarithms of weights.
    public convenience init(logits: Tensor, validateArgs: Bool? = nil) {
        self.init(Categorical(logits: logits), validateArgs)
    }

    private convenience init(_ categorical: Categorical, _ validateArgs: Bool?) {
        self.init(
            batchShape: categorical.batchShape, eventShape: Size(Array(categorical.param.sizes.suffix(1))),
            validateArgs: false)
        self.categorical = categorical
        validate(validateArgs)
    }

    public final override func expand(_ batchShape: [Int]) -> Self {
        let new = remade(batchShape, fields)
        new.categorical = categorical.expand(batchShape)
        return new
    }

    /// The probabilities.
    public final var probs: Tensor { categorical.probs }
    /// The logarithms of the probabilities.
    public final var logits: Tensor { categorical.logits }
    /// The shape of the parameters.
    public final var paramShape: Size { categorical.paramShape }

    public final override var argConstraints: KeyValuePairs<String, Constraint> {
        ["probs": .simplex, "logits": .realVector]
    }
    public final override func parameter(_ name: String) -> Tensor? { name == "probs" ? probs : logits }
    public final override var support: Constraint { .oneHot }
    public final override var hasEnumerateSupport: Bool { true }
    public final override var mean: Tensor { probs }
    public final override var mode: Tensor { probs.argmax(-1).oneHot(numClasses: categorical.categories).to(probs) }
    public final override var variance: Tensor { probs * (1 - probs) }
    public final override func sample(_ shape: [Int] = []) -> Tensor {
        categorical.sample(shape).oneHot(numClasses: categorical.categories).to(probs)
    }
    public final override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        return categorical.logProb(value.max(-1).indices)
    }
    public final override func entropy() -> Tensor { categorical.entropy() }
    public final override func enumerateSupport(expand: Bool = true) -> Tensor {
        let n = categorical.categories, param = categorical.param
        let ones = [Int](repeating: 1, count: batchShape.count)
        let values = Tensor.eye(n, dtype: param.dtype, device: param.device).view([n] + ones + [n])
        return expand ? values.expand([n] + batchShape.sizes + [n]) : values
    }
}

/// Like `OneHotCategorical`, with draws that have the gradient of the probabilities.
/// PyTorch: `torch.distributions.OneHotCategoricalStraightThrough`.
public final class OneHotCategoricalStraightThrough: OneHotCategorical {
    public override var hasRsample: Bool { true }
    public override func rsample(_ shape: [Int] = []) -> Tensor { sample(shape) + (probs - probs.detach()) }
}

/// How often each category comes up in a number of trials. PyTorch: `torch.distributions.Multinomial`.
public final class Multinomial: Distribution {
    /// The number of trials.
    public private(set) var totalCount = 1
    private var categorical = Categorical(logits: Tensor.zeros(1), validateArgs: false)
    private var binomial = Binomial(probs: 0.5, validateArgs: false)

    /// Creates multinomial distributions with the weights of the categories, which are divided by their sum.
    public convenience init(_ totalCount: Int = 1, probs: Tensor, validateArgs: Bool? = nil) {
        self.init(totalCount, Categorical(probs), validateArgs)
    }

    /// Creates multinomial distributions with the logarithms of weights.
    public convenience init(_ totalCount: Int = 1, logits: Tensor, validateArgs: Bool? = nil) {
        self.init(totalCount, Categorical(logits: logits), validateArgs)
    }

    /// Same as `init(_:probs:validateArgs:)`.
    public convenience init(totalCount: Int, probs: Tensor, validateArgs: Bool? = nil) {
        self.init(totalCount, probs: probs, validateArgs: validateArgs)
    }

    /// Same as `init(_:logits:validateArgs:)`.
    public convenience init(totalCount: Int, logits: Tensor, validateArgs: Bool? = nil) {
        self.init(totalCount, logits: logits, validateArgs: validateArgs)
    }

    private convenience init(_ totalCount: Int, _ categorical: Categorical, _ validateArgs: Bool?) {
        self.init(
            batchShape: categorical.batchShape, eventShape: Size(Array(categorical.param.sizes.suffix(1))),
            validateArgs: false)
        self.totalCount = totalCount
        self.categorical = categorical
        binomial = Binomial(totalCount, probs: categorical.probs)
        validate(validateArgs)
    }

    public override func expand(_ batchShape: [Int]) -> Self {
        let new = remade(batchShape, fields)
        new.totalCount = totalCount
        new.categorical = categorical.expand(batchShape)
        new.binomial = binomial.expand(batchShape + eventShape.sizes)
        return new
    }

    /// The probabilities.
    public var probs: Tensor { categorical.probs }
    /// The logarithms of the probabilities.
    public var logits: Tensor { categorical.logits }
    /// The shape of the parameters.
    public var paramShape: Size { categorical.paramShape }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["probs": .simplex, "logits": .realVector] }
    public override func parameter(_ name: String) -> Tensor? { name == "probs" ? probs : logits }
    public override var support: Constraint { .multinomial(totalCount) }
    public override var mean: Tensor { probs * totalCount }
    public override var variance: Tensor { totalCount * probs * (1 - probs) }
    public override func sample(_ shape: [Int] = []) -> Tensor {
        let draws = categorical.sample([totalCount] + shape)
        if draws.isVoid { return draws }
        let samples = draws.permute(Array(1..<draws.dim) + [0])
        let counts = Tensor.zeros(extendedShape(shape), dtype: samples.dtype, device: samples.device)
        return counts.scatterAdd_(-1, samples, Tensor.onesLike(samples)).typeAs(probs)
    }
    public override func entropy() -> Tensor {
        let n = probs.filled([], Double(totalCount))
        let first = n * categorical.entropy() - (n + 1).lgamma()
        let support = binomial.enumerateSupport(expand: false)[1...]
        let second = (binomial.logProb(support).exp() * (support + 1).lgamma()).sum([0, -1])
        return first + second
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let values = Self.broadcastAll(logits, value), value = values[1]
        let logits = values[0].maskedFill(value.eq(0).logicalAnd(values[0].eq(-Double.infinity)), 0)
        let ways = (value.sum(-1) + 1).lgamma() - (value + 1).lgamma().sum(-1)
        return ways + (logits * value).sum(-1)
    }
}
