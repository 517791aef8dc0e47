// Constraints with bounds. A bound is a number or a tensor.

extension Constraint {
    /// Numbers above a bound.
    public final class GreaterThan: Constraint {
        /// The bound, which is not allowed.
        public let lowerBound: Tensor

        init(_ lowerBound: Tensor) { self.lowerBound = lowerBound }

        public override func check(_ value: Tensor) -> Tensor { value.gt(lowerBound) }
        public override var description: String { "GreaterThan(lower_bound=\(lowerBound))" }
    }

    /// Numbers from a bound on.
    public final class GreaterThanEq: Constraint {
        /// The bound, which is allowed.
        public let lowerBound: Tensor

        init(_ lowerBound: Tensor) { self.lowerBound = lowerBound }

        public override func check(_ value: Tensor) -> Tensor { value.ge(lowerBound) }
        public override var description: String { "GreaterThanEq(lower_bound=\(lowerBound))" }
    }

    /// Numbers below a bound.
    public final class LessThan: Constraint {
        /// The bound, which is not allowed.
        public let upperBound: Tensor

        init(_ upperBound: Tensor) { self.upperBound = upperBound }

        public override func check(_ value: Tensor) -> Tensor { value.lt(upperBound) }
        public override var description: String { "LessThan(upper_bound=\(upperBound))" }
    }

    /// Numbers from a lower to an upper bound, both included.
    public final class Interval: Constraint {
        /// The bounds.
        public let lowerBound, upperBound: Tensor

        init(_ lowerBound: Tensor, _ upperBound: Tensor) {
            self.lowerBound = lowerBound
            self.upperBound = upperBound
        }

        public override func check(_ value: Tensor) -> Tensor {
            value.ge(lowerBound).logicalAnd(value.le(upperBound))
        }
        public override var description: String { "Interval(lower_bound=\(lowerBound), upper_bound=\(upperBound))" }
    }

    /// Numbers from a lower bound to below an upper one.
    public final class HalfOpenInterval: Constraint {
        /// The bounds, of which the upper one is not allowed.
        public let lowerBound, upperBound: Tensor

        init(_ lowerBound: Tensor, _ upperBound: Tensor) {
            self.lowerBound = lowerBound
            self.upperBound = upperBound
        }

        public override func check(_ value: Tensor) -> Tensor {
            value.ge(lowerBound).logicalAnd(value.lt(upperBound))
        }
        public override var description: String {
            "HalfOpenInterval(lower_bound=\(lowerBound), upper_bound=\(upperBound))"
        }
    }

    /// The integers from a lower to an upper bound, both included.
    public final class IntegerInterval: Constraint {
        /// The bounds.
        public let lowerBound, upperBound: Tensor

        init(_ lowerBound: Tensor, _ upperBound: Tensor) {
            self.lowerBound = lowerBound
            self.upperBound = upperBound
        }

        public override var isDiscrete: Bool { true }
        public override func check(_ value: Tensor) -> Tensor {
            value.remainder(1).eq(0).logicalAnd(value.ge(lowerBound)).logicalAnd(value.le(upperBound))
        }
        public override var description: String {
            "IntegerInterval(lower_bound=\(lowerBound), upper_bound=\(upperBound))"
        }
    }

    /// The integers from a bound on.
    public final class IntegerGreaterThan: Constraint {
        /// The bound, which is allowed.
        public let lowerBound: Tensor

        init(_ lowerBound: Tensor) { self.lowerBound = lowerBound }

        public override var isDiscrete: Bool { true }
        public override func check(_ value: Tensor) -> Tensor {
            value.remainder(1).eq(0).logicalAnd(value.ge(lowerBound))
        }
        public override var description: String { "IntegerGreaterThan(lower_bound=\(lowerBound))" }
    }
}
