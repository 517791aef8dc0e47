import Locks

/// Links constraints to transforms whose values satisfy them. PyTorch:
/// `torch.distributions.constraint_registry.ConstraintRegistry`.
public final class ConstraintRegistry: Sendable {
    private let factories: Mutex<[ObjectIdentifier: @Sendable (Constraint) -> DistributionTransform]>

    fileprivate init(_ own: [ObjectIdentifier: @Sendable (Constraint) -> DistributionTransform]) {
        factories = Mutex(own)
    }

    /// Registers the function that makes the transform for constraints of a class.
    public func register<C: Constraint>(_ type: C.Type, factory: @escaping @Sendable (C) -> DistributionTransform) {
        factories.withLock { $0[ObjectIdentifier(type)] = ConstraintRegistry.entry(type, factory).value }
    }

    /// Returns a transform from the real numbers into the region of a constraint.
    public func callAsFunction(_ constraint: Constraint) -> DistributionTransform {
        guard let factory = factories.withLock({ $0[ObjectIdentifier(Swift.type(of: constraint))] }) else {
            raise(
                .notImplemented, "Cannot transform _\(String(describing: Swift.type(of: constraint))) constraints")
            return ComposeTransform([])
        }
        return factory(constraint)
    }

    fileprivate static func entry<C: Constraint>(
        _ type: C.Type, _ factory: @escaping @Sendable (C) -> DistributionTransform
    ) -> (key: ObjectIdentifier, value: @Sendable (Constraint) -> DistributionTransform) {
        (ObjectIdentifier(type), { constraint in factory(unsafeDowncast(constraint, to: type)) })
    }

    /// The transforms that both registries have. `recursive` makes the transform of a part.
    fileprivate static func common(
        _ recursive: @escaping @Sendable (Constraint) -> DistributionTransform
    ) -> [ObjectIdentifier: @Sendable (Constraint) -> DistributionTransform] {
        let entries = [
            entry(Constraint.Real.self) { _ in ComposeTransform([]) },
            entry(Constraint.IndependentConstraint.self) {
                IndependentTransform(recursive($0.baseConstraint), $0.reinterpretedBatchNdims)
            },
            // PyTorch registers by class: all constraints of a class get the transform registered last for it.
            entry(Constraint.GreaterThan.self) { above($0.lowerBound) },
            entry(Constraint.GreaterThanEq.self) { above($0.lowerBound) },
            entry(Constraint.LessThan.self) {
                ComposeTransform([ExpTransform(), AffineTransform(loc: $0.upperBound, scale: -1)])
            },
            entry(Constraint.Interval.self) { between($0.lowerBound, $0.upperBound) },
            entry(Constraint.HalfOpenInterval.self) { between($0.lowerBound, $0.upperBound) },
            entry(Constraint.CorrCholesky.self) { _ in CorrCholeskyTransform() },
            entry(Constraint.Cat.self) {
                CatTransform($0.parts.map(recursive), dim: $0.dim, lengths: $0.lengths)
            },
            entry(Constraint.Stack.self) { StackTransform($0.parts.map(recursive), dim: $0.dim) }
        ]
        return Dictionary(uniqueKeysWithValues: entries)
    }

    private static func above(_ bound: Tensor) -> DistributionTransform {
        ComposeTransform([ExpTransform(), AffineTransform(loc: bound, scale: 1)])
    }

    private static func between(_ lower: Tensor, _ upper: Tensor) -> DistributionTransform {
        guard let a = lower.numberValue?.doubleValue, let b = upper.numberValue?.doubleValue else {
            return ComposeTransform([SigmoidTransform(), AffineTransform(loc: lower, scale: upper - lower)])
        }
        if a == 0 && b == 1 { return SigmoidTransform() }
        return ComposeTransform([SigmoidTransform(), AffineTransform(loc: lower, scale: b - a)])
    }

    fileprivate static let bijections: ConstraintRegistry = {
        var own = common { bijectTo($0) }
        let simplex = entry(Constraint.Simplex.self) { _ in StickBreakingTransform() }
        own[simplex.key] = simplex.value
        return ConstraintRegistry(own)
    }()

    fileprivate static let transforms: ConstraintRegistry = {
        var own = common { transformTo($0) }
        let entries = [
            entry(Constraint.Simplex.self) { _ in SoftmaxTransform() },
            entry(Constraint.LowerCholesky.self) { _ in LowerCholeskyTransform() },
            entry(Constraint.PositiveSemidefinite.self) { _ in PositiveDefiniteTransform() },
            entry(Constraint.PositiveDefinite.self) { _ in PositiveDefiniteTransform() }
        ]
        for entry in entries { own[entry.key] = entry.value }
        return ConstraintRegistry(own)
    }()
}

/// Returns a bijective transform from the real numbers into the region of a constraint.
/// PyTorch: `torch.distributions.biject_to`.
public var bijectTo: ConstraintRegistry { ConstraintRegistry.bijections }

/// Returns a transform from the real numbers into the region of a constraint. It need not be bijective, but is suited
/// to optimization. PyTorch: `torch.distributions.transform_to`.
public var transformTo: ConstraintRegistry { ConstraintRegistry.transforms }
