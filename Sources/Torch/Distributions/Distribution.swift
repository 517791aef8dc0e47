import Locks

/// A probability distribution over tensors. PyTorch: `torch.distributions.Distribution`.
///
/// Parameters broadcast to the batch shape: each of its elements is a distribution of its own. One draw from one of
/// them has the event shape.
///
/// ```swift
/// let d = Normal(0, 1)                       // Normal(loc: 0.0, scale: 1.0)
/// let x = d.sample([3])
/// let y = d.logProb(x)
/// ```
///
/// A subclass gives its parameters by PyTorch's names to `init(batchShape:eventShape:parameters:validateArgs:)` and
/// overrides the members that it supports. Several threads must not use one distribution at the same time.
open class Distribution: CustomStringConvertible {
    /// The shape of the distributions.
    public internal(set) final var batchShape: Size
    /// The shape of one draw.
    public internal(set) final var eventShape: Size
    /// Whether values are checked before use.
    public internal(set) final var validateArgs: Bool

    /// The parameters by PyTorch's names, and what was computed of them. Names that begin with `_` do not expand.
    final var fields: [String: Tensor]

    private static let validates = Mutex(true)

    /// Sets whether distributions check their arguments by default.
    /// PyTorch: `Distribution.set_default_validate_args`.
    public static func setDefaultValidateArgs(_ value: Bool) { validates.withLock { $0 = value } }

    static func validates(_ choice: Bool?) -> Bool { choice ?? validates.withLock { $0 } }

    /// Creates a distribution with parameters that have the batch shape, followed by dimensions of their own. Checks
    /// them against `argConstraints`, unless `validateArgs` is false.
    public required init(
        batchShape: Size = [], eventShape: Size = [], parameters: [String: Tensor] = [:], validateArgs: Bool? = nil
    ) {
        self.batchShape = batchShape
        self.eventShape = eventShape
        self.validateArgs = Self.validates(validateArgs)
        fields = parameters
        if self.validateArgs { checkParameters() }
    }

    // MARK: What a distribution is

    /// The constraints that the parameters satisfy, by PyTorch's names. PyTorch: `Distribution.arg_constraints`.
    open var argConstraints: KeyValuePairs<String, Constraint> { [:] }

    /// The values that have a probability.
    open var support: Constraint {
        lacks("support")
        return .dependent
    }

    /// Whether `rsample` exists.
    open var hasRsample: Bool { false }

    /// Whether `enumerateSupport` exists.
    open var hasEnumerateSupport: Bool { false }

    /// The value of a parameter of `argConstraints` that is to be checked, or nil if it is computed from others.
    open func parameter(_ name: String) -> Tensor? { fields[name] }

    // MARK: Moments

    /// The expected value.
    open var mean: Tensor { lacks("mean") }

    /// The most probable value.
    open var mode: Tensor { fail(.notImplemented, "<class '\(name)'> does not implement mode") }

    /// The variance.
    open var variance: Tensor { lacks("variance") }

    /// The standard deviation.
    open var stddev: Tensor { variance.sqrt() }

    // MARK: Draws

    /// Returns draws, without history. The result has the sizes `shape`, those of the batch and those of an event.
    open func sample(_ shape: [Int] = []) -> Tensor { noGrad { rsample(shape) } }

    /// Returns draws with gradients for the parameters.
    open func rsample(_ shape: [Int] = []) -> Tensor { lacks("rsample") }

    /// Like `sample(_:)`, for a `Size`.
    public final func sample(_ shape: Size) -> Tensor { sample(shape.sizes) }

    /// Like `rsample(_:)`, for a `Size`.
    public final func rsample(_ shape: Size) -> Tensor { rsample(shape.sizes) }

    // MARK: Probabilities

    /// Returns the logarithm of the density, or of the probability, at `value`.
    open func logProb(_ value: Tensor) -> Tensor { lacks("log_prob") }

    /// Returns the probability of a value of at most `value`.
    open func cdf(_ value: Tensor) -> Tensor { lacks("cdf") }

    /// Returns the inverse of `cdf`: the quantile of the probability `value`.
    open func icdf(_ value: Tensor) -> Tensor { lacks("icdf") }

    /// Returns all values of a discrete support, along a new first dimension. With `expand: false`, the dimensions of
    /// the batch have size 1.
    open func enumerateSupport(expand: Bool = true) -> Tensor { lacks("enumerate_support") }

    /// Returns the entropy of each distribution of the batch.
    open func entropy() -> Tensor { lacks("entropy") }

    /// Returns the exponential of the entropy.
    public final func perplexity() -> Tensor { entropy().exp() }

    // MARK: Shapes

    /// Returns a distribution of the same kind whose parameters are expanded to a larger batch shape.
    open func expand(_ batchShape: [Int]) -> Self {
        let rank = self.batchShape.count
        var expanded = fields
        for (name, value) in fields where !name.hasPrefix("_") {
            expanded[name] = value.expand(batchShape + value.sizes.dropFirst(rank))
        }
        return remade(batchShape, expanded)
    }

    /// Like `expand(_:)`, for a `Size`.
    public final func expand(_ batchShape: Size) -> Self { expand(batchShape.sizes) }

    /// Returns a distribution of this type with other parameters, which are not checked.
    final func remade(_ batchShape: [Int], _ fields: [String: Tensor]) -> Self {
        let new = Self(batchShape: Size(batchShape), eventShape: eventShape, parameters: fields, validateArgs: false)
        new.validateArgs = validateArgs
        return new
    }

    /// The shape of `shape` draws.
    final func extendedShape(_ shape: [Int] = []) -> [Int] { shape + batchShape.sizes + eventShape.sizes }

    // MARK: Printing

    final var name: String { String(describing: Self.self) }

    /// The name of the class and its parameters, like PyTorch's `repr`: `Normal(loc: 0.0, scale: 1.0)`.
    open var description: String {
        let parts = argConstraints.compactMap { name, _ in
            fields[name].map { $0.numel() == 1 ? "\(name): \($0)" : "\(name): \($0.shape)" }
        }
        return "\(name)(\(parts.joined(separator: ", ")))"
    }
}

extension Distribution {
    @discardableResult
    final func lacks(_ what: String) -> Tensor { fail(.notImplemented, "\(name) does not implement \(what)") }

    /// Returns a parameter. If it was not given, computes it from the others, once.
    final func field(_ name: String, _ compute: () -> Tensor) -> Tensor {
        if let value = fields[name] { return value }
        let value = enableGrad(compute)
        fields[name] = value
        return value
    }

    /// Returns a parameter that was given.
    final func field(_ name: String) -> Tensor { fields[name] ?? .void }

    /// Sets whether arguments are checked, and checks the parameters.
    final func validate(_ choice: Bool?) {
        validateArgs = Self.validates(choice)
        if validateArgs { checkParameters() }
    }

    final func checkParameters() {
        for (parameterName, constraint) in argConstraints where !constraint.isDependent {
            guard let value = parameter(parameterName), !value.isVoid else { continue }
            if !value.satisfies(constraint) {
                return raise(
                    .value,
                    "Expected parameter \(parameterName) (\(value.pythonKind)) of distribution \(description) to satisfy the constraint \(constraint), but found invalid values:\n\(value)"
                )
            }
        }
    }

    /// Returns whether `value` can be a draw; raises if not. Returns true if nothing is checked.
    final func isValid(_ value: Tensor) -> Bool {
        if value.isVoid { return false }
        guard validateArgs else { return true }
        let sizes = value.sizes, event = eventShape.sizes, expected = batchShape.sizes + event
        guard Array(sizes.suffix(event.count)) == event else {
            raise(.value, "The right-most size of value must match event_shape: \(value.shape) vs \(eventShape).")
            return false
        }
        for (i, j) in zip(sizes.reversed(), expected.reversed()) where i != 1 && j != 1 && i != j {
            raise(
                .value,
                "Value is not broadcastable with batch_shape+event_shape: \(value.shape) vs \(Size(expected)).")
            return false
        }
        let support = support
        if value.satisfies(support) { return true }
        raise(
            .value,
            "Expected value argument (\(value.pythonKind)) to be within the support (\(support)) of the distribution \(description), but found invalid values:\n\(value)"
        )
        return false
    }
}

extension Tensor {
    fileprivate func satisfies(_ constraint: Constraint) -> Bool {
        noGrad { constraint.check(detach()).all().isTrue(ifUnknown: true) }
    }

    /// The type and shape of a value in PyTorch's messages.
    var pythonKind: String {
        let parts = sizes.map { "\($0)" }
        return "Tensor of shape (\(parts.joined(separator: ", "))\(parts.count == 1 ? "," : ""))"
    }
}
