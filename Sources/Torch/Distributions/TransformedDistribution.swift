/// The distribution of transformed draws of another distribution.
/// PyTorch: `torch.distributions.TransformedDistribution`.
open class TransformedDistribution: Distribution {
    /// The distribution of the untransformed draws.
    public internal(set) final var baseDist: Distribution = Distribution(validateArgs: false)
    /// The transforms, the first to be computed first.
    public internal(set) final var transforms: [DistributionTransform] = []

    /// Creates the distribution of draws of `baseDistribution` that go through transforms.
    public convenience init(
        _ baseDistribution: Distribution, _ transforms: [DistributionTransform], validateArgs: Bool? = nil
    ) {
        self.init(baseDistribution, transforms, parameters: [:], validateArgs: validateArgs)
    }

    /// Creates the distribution of draws of `baseDistribution` that go through a transform.
    public convenience init(
        _ baseDistribution: Distribution, _ transform: DistributionTransform, validateArgs: Bool? = nil
    ) {
        self.init(baseDistribution, [transform], parameters: [:], validateArgs: validateArgs)
    }

    /// Like the public initializers, for a subclass with parameters of its own.
    public convenience init(
        _ baseDistribution: Distribution, _ transforms: [DistributionTransform], parameters: [String: Tensor],
        validateArgs: Bool?
    ) {
        let transform = ComposeTransform(transforms)
        let baseShape = baseDistribution.batchShape.sizes + baseDistribution.eventShape.sizes
        let domain = transform.domain.eventDim, codomain = transform.codomain.eventDim
        if baseShape.count < domain {
            raise(
                .value,
                "base_distribution needs to have shape with size at least \(domain), but got \(Size(baseShape)).")
        }
        let forward = transform.forwardShape(baseShape), expanded = transform.inverseShape(forward)
        var base = baseDistribution
        let baseDims = base.eventShape.count
        if baseShape != expanded { base = base.expand(expanded.dropLast(baseDims)) }
        if domain > baseDims, base.batchShape.count >= domain - baseDims {
            base = Independent(base, domain - baseDims)
        }
        let dims = min(max(codomain, baseDims + codomain - domain), forward.count)
        self.init(
            batchShape: Size(forward.dropLast(dims)), eventShape: Size(Array(forward.suffix(dims))),
            parameters: parameters, validateArgs: false)
        baseDist = base
        self.transforms = transforms
        validate(validateArgs)
    }

    open override func expand(_ batchShape: [Int]) -> Self {
        var shape = batchShape + eventShape.sizes
        for transform in transforms.reversed() { shape = transform.inverseShape(shape) }
        var expanded = fields
        for (name, value) in fields where !name.hasPrefix("_") { expanded[name] = value.expand(batchShape) }
        let new = remade(batchShape, expanded)
        new.baseDist = baseDist.expand(shape.dropLast(baseDist.eventShape.count))
        new.transforms = transforms
        return new
    }

    open override var support: Constraint {
        guard let last = transforms.last else { return baseDist.support }
        let support = last.codomain, more = eventShape.count - support.eventDim
        return more > 0 ? .independent(support, more) : support
    }

    open override var hasRsample: Bool { baseDist.hasRsample }

    open override func sample(_ shape: [Int] = []) -> Tensor {
        noGrad { transforms.reduce(baseDist.sample(shape)) { $1($0) } }
    }

    open override func rsample(_ shape: [Int] = []) -> Tensor { transforms.reduce(baseDist.rsample(shape)) { $1($0) } }

    open override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        var dims = eventShape.count, y = value, sum: Tensor?
        for transform in transforms.reversed() {
            let x = transform.inv(y), domain = transform.domain.eventDim
            dims += domain - transform.codomain.eventDim
            let term = transform.logAbsDetJacobian(x, y).sumRightmost(dims - domain)
            sum = sum.map { $0 - term } ?? -term
            y = x
        }
        let base = baseDist.logProb(y).sumRightmost(dims - baseDist.eventShape.count)
        return sum.map { $0 + base } ?? base
    }

    /// Turns a probability around if the transforms turn the order around.
    private func oriented(_ value: Tensor) -> Tensor {
        let sign = ComposeTransform.sign(of: transforms).operand
        return sign.numberValue?.int64Value == 1 ? value : sign * (value - 0.5) + 0.5
    }

    open override func cdf(_ value: Tensor) -> Tensor {
        let x = transforms.reversed().reduce(value) { $1.inv($0) }
        if validateArgs {
            let checks = baseDist.validateArgs
            baseDist.validateArgs = true
            defer { baseDist.validateArgs = checks }
            guard baseDist.isValid(x) else { return .void }
        }
        return oriented(baseDist.cdf(x))
    }

    open override func icdf(_ value: Tensor) -> Tensor {
        transforms.reduce(baseDist.icdf(oriented(value))) { $1($0) }
    }
}
