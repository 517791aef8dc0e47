/// A region of values over which a variable is valid. PyTorch: `torch.distributions.constraints.Constraint`.
///
/// ```swift
/// Constraint.positive.check(Tensor([-1, 2] as [Float]))      // tensor([False,  True])
/// transformTo(Constraint.interval(0, 2))(x)                  // into the interval
/// ```
open class Constraint: CustomStringConvertible {
    /// Creates a constraint.
    public init() {}

    /// Whether the region is discrete.
    open var isDiscrete: Bool { false }

    /// The number of rightmost dimensions that are checked together.
    open var eventDim: Int { 0 }

    /// Whether the constraint depends on other variables and cannot be checked.
    open var isDependent: Bool { false }

    /// Returns for each event whether it is in the region.
    open func check(_ value: Tensor) -> Tensor {
        fail(.notImplemented, "\(String(describing: Self.self)) does not implement check")
    }

    /// The constraint's name and its bounds, like PyTorch's `repr`.
    open var description: String { "\(String(describing: Self.self))()" }
}

extension Constraint {
    /// A constraint that depends on other variables. Its properties may be unknown.
    public final class Dependent: Constraint {
        private let knownDiscrete: Bool?, knownDim: Int?

        /// Creates a dependent constraint with its properties, as far as they are known.
        public init(isDiscrete: Bool? = nil, eventDim: Int? = nil) {
            knownDiscrete = isDiscrete
            knownDim = eventDim
        }

        public override var isDependent: Bool { true }
        public override var isDiscrete: Bool {
            if knownDiscrete == nil { raise(.notImplemented, ".is_discrete cannot be determined statically") }
            return knownDiscrete ?? false
        }
        public override var eventDim: Int {
            if knownDim == nil { raise(.notImplemented, ".event_dim cannot be determined statically") }
            return knownDim ?? 0
        }
        public override func check(_ value: Tensor) -> Tensor {
            fail(.value, "Cannot determine validity of dependent constraint")
        }
    }

    /// A constraint whose events have further dimensions, each element of which satisfies another constraint.
    public final class IndependentConstraint: Constraint {
        /// The constraint of the elements.
        public let baseConstraint: Constraint
        /// The number of dimensions that join the event.
        public let reinterpretedBatchNdims: Int

        init(_ base: Constraint, _ dims: Int) {
            baseConstraint = base
            reinterpretedBatchNdims = dims
        }

        public override var isDiscrete: Bool { baseConstraint.isDiscrete }
        public override var eventDim: Int { baseConstraint.eventDim + reinterpretedBatchNdims }
        public override func check(_ value: Tensor) -> Tensor {
            let result = baseConstraint.check(value)
            if result.isVoid { return result }
            guard result.dim >= reinterpretedBatchNdims else {
                return fail(.value, "Expected value.dim() >= \(eventDim) but got \(value.dim)")
            }
            return result.reshape(result.sizes.dropLast(reinterpretedBatchNdims) + [-1]).all(-1)
        }
        public override var description: String {
            "IndependentConstraint(\(baseConstraint), \(reinterpretedBatchNdims))"
        }
    }

    /// The support of a mixture: every component's support contains the value.
    public final class MixtureSameFamilyConstraint: Constraint {
        /// The constraint of the components.
        public let baseConstraint: Constraint

        /// Creates the constraint of a mixture from that of its components.
        public init(_ baseConstraint: Constraint) { self.baseConstraint = baseConstraint }

        public override var isDiscrete: Bool { baseConstraint.isDiscrete }
        public override var eventDim: Int { baseConstraint.eventDim }
        public override func check(_ value: Tensor) -> Tensor {
            guard value.dim >= eventDim else {
                return fail(.value, "Expected value.dim() >= \(eventDim) but got \(value.dim)")
            }
            let result = baseConstraint.check(value.unsqueeze(-1 - eventDim))
            if result.isVoid { return result }
            return result.reshape(value.sizes.dropLast(eventDim) + [-1]).all(-1)
        }
        public override var description: String { "MixtureSameFamilyConstraint(\(baseConstraint))" }
    }

    /// 0 and 1.
    public final class Boolean: Constraint {
        public override var isDiscrete: Bool { true }
        public override func check(_ value: Tensor) -> Tensor { value.eq(0).logicalOr(value.eq(1)) }
    }

    /// Vectors with one 1 and otherwise 0.
    public final class OneHot: Constraint {
        public override var isDiscrete: Bool { true }
        public override var eventDim: Int { 1 }
        public override func check(_ value: Tensor) -> Tensor {
            value.eq(0).logicalOr(value.eq(1)).all(-1).logicalAnd(value.sum(-1).eq(1))
        }
    }

    /// All numbers but NaN.
    public final class Real: Constraint {
        public override func check(_ value: Tensor) -> Tensor { value.eq(value) }
    }

    /// Vectors of positive numbers or 0 whose sum is 1.
    public final class Simplex: Constraint {
        public override var eventDim: Int { 1 }
        public override func check(_ value: Tensor) -> Tensor {
            value.ge(0).all(-1).logicalAnd((value.sum(-1) - 1).abs().lt(1e-6))
        }
    }

    /// Vectors of counts whose sum is at most a bound.
    public final class Multinomial: Constraint {
        /// The greatest sum.
        public let upperBound: Tensor

        init(_ upperBound: Tensor) { self.upperBound = upperBound }

        public override var isDiscrete: Bool { true }
        public override var eventDim: Int { 1 }
        public override func check(_ value: Tensor) -> Tensor {
            value.ge(0).all(-1).logicalAnd(value.sum(-1).le(upperBound))
        }
    }
}

// MARK: The constraints by name

extension Constraint {
    /// A constraint that cannot be checked. PyTorch: `constraints.dependent`.
    public static var dependent: Constraint { Dependent() }
    /// Like another constraint, with `dims` more dimensions in an event. PyTorch: `constraints.independent`.
    public static func independent(_ base: Constraint, _ dims: Int) -> IndependentConstraint {
        if dims < 0 { raise(.assertion, "reinterpreted_batch_ndims must be >= 0, got \(dims)") }
        return IndependentConstraint(base, max(dims, 0))
    }
    /// 0 and 1. PyTorch: `constraints.boolean`.
    public static var boolean: Constraint { Boolean() }
    /// Vectors with one 1 and otherwise 0. PyTorch: `constraints.one_hot`.
    public static var oneHot: Constraint { OneHot() }
    /// 0, 1, 2, …. PyTorch: `constraints.nonnegative_integer`.
    public static var nonnegativeInteger: Constraint { IntegerGreaterThan(0.operand) }
    /// 1, 2, 3, …. PyTorch: `constraints.positive_integer`.
    public static var positiveInteger: Constraint { IntegerGreaterThan(1.operand) }
    /// The integers from a lower to an upper bound, both included. PyTorch: `constraints.integer_interval`.
    public static func integerInterval(_ lower: some TensorOperand, _ upper: some TensorOperand) -> IntegerInterval {
        IntegerInterval(lower.operand, upper.operand)
    }
    /// All numbers but NaN. PyTorch: `constraints.real`.
    public static var real: Constraint { Real() }
    /// Vectors of numbers. PyTorch: `constraints.real_vector`.
    public static var realVector: Constraint { independent(real, 1) }
    /// Numbers above 0. PyTorch: `constraints.positive`.
    public static var positive: Constraint { GreaterThan(0.0.operand) }
    /// Numbers from 0 on. PyTorch: `constraints.nonnegative`.
    public static var nonnegative: Constraint { GreaterThanEq(0.0.operand) }
    /// Numbers above a bound. PyTorch: `constraints.greater_than`.
    public static func greaterThan(_ bound: some TensorOperand) -> GreaterThan { GreaterThan(bound.operand) }
    /// Numbers from a bound on. PyTorch: `constraints.greater_than_eq`.
    public static func greaterThanEq(_ bound: some TensorOperand) -> GreaterThanEq { GreaterThanEq(bound.operand) }
    /// Numbers below a bound. PyTorch: `constraints.less_than`.
    public static func lessThan(_ bound: some TensorOperand) -> LessThan { LessThan(bound.operand) }
    /// Vectors of counts whose sum is at most a bound. PyTorch: `constraints.multinomial`.
    public static func multinomial(_ bound: some TensorOperand) -> Multinomial { Multinomial(bound.operand) }
    /// Numbers from 0 to 1. PyTorch: `constraints.unit_interval`.
    public static var unitInterval: Constraint { Interval(0.0.operand, 1.0.operand) }
    /// Numbers from a lower to an upper bound, both included. PyTorch: `constraints.interval`.
    public static func interval(_ lower: some TensorOperand, _ upper: some TensorOperand) -> Interval {
        Interval(lower.operand, upper.operand)
    }
    /// Numbers from a lower bound to below an upper one. PyTorch: `constraints.half_open_interval`.
    public static func halfOpenInterval(_ lower: some TensorOperand, _ upper: some TensorOperand) -> HalfOpenInterval {
        HalfOpenInterval(lower.operand, upper.operand)
    }
    /// Vectors of positive numbers or 0 whose sum is 1. PyTorch: `constraints.simplex`.
    public static var simplex: Constraint { Simplex() }
    /// Lower triangular matrices. PyTorch: `constraints.lower_triangular`.
    public static var lowerTriangular: Constraint { LowerTriangular() }
    /// Lower triangular matrices with positive diagonals. PyTorch: `constraints.lower_cholesky`.
    public static var lowerCholesky: Constraint { LowerCholesky() }
    /// Lower triangular matrices with positive diagonals whose rows have length 1: Cholesky factors of correlations.
    /// PyTorch: `constraints.corr_cholesky`.
    public static var corrCholesky: Constraint { CorrCholesky() }
    /// Square matrices. PyTorch: `constraints.square`.
    public static var square: Constraint { Square() }
    /// Symmetric matrices. PyTorch: `constraints.symmetric`.
    public static var symmetric: Constraint { Symmetric() }
    /// Symmetric positive-semidefinite matrices. PyTorch: `constraints.positive_semidefinite`.
    public static var positiveSemidefinite: Constraint { PositiveSemidefinite() }
    /// Symmetric positive-definite matrices. PyTorch: `constraints.positive_definite`.
    public static var positiveDefinite: Constraint { PositiveDefinite() }
    /// Parts of `lengths` along a dimension, each with its own constraint. PyTorch: `constraints.cat`.
    public static func cat(_ parts: [Constraint], dim: Int = 0, lengths: [Int]? = nil) -> Cat {
        let lengths = lengths ?? parts.map { _ in 1 }
        if lengths.count != parts.count {
            raise(.assertion, "lengths (\(lengths.count)) must match cseq (\(parts.count))")
        }
        return Cat(parts, dim, lengths)
    }
    /// Positions along a dimension, each with its own constraint. PyTorch: `constraints.stack`.
    public static func stack(_ parts: [Constraint], dim: Int = 0) -> Stack { Stack(parts, dim) }
}
