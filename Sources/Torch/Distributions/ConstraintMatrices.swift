// Constraints on matrices, and those made of several.

extension Constraint {
    /// Lower triangular matrices.
    public final class LowerTriangular: Constraint {
        public override var eventDim: Int { 2 }
        public override func check(_ value: Tensor) -> Tensor { value.tril().eq(value).all([-2, -1]) }
    }

    /// Lower triangular matrices with positive diagonals.
    public final class LowerCholesky: Constraint {
        public override var eventDim: Int { 2 }
        public override func check(_ value: Tensor) -> Tensor {
            value.tril().eq(value).all([-2, -1]).logicalAnd(value.diagonal(dim1: -2, dim2: -1).gt(0).all(-1))
        }
    }

    /// Cholesky factors of correlation matrices.
    public final class CorrCholesky: Constraint {
        public override var eventDim: Int { 2 }
        public override func check(_ value: Tensor) -> Tensor {
            if value.isVoid { return value }
            let tolerance = value.dtype.epsilon * Double(value.size(-1)) * 10
            let isUnit = (value.detach().norm(dim: -1) - 1).abs().le(tolerance).all(-1)
            return LowerCholesky().check(value).logicalAnd(isUnit)
        }
    }

    /// Square matrices.
    public class Square: Constraint {
        public override var eventDim: Int { 2 }
        public override func check(_ value: Tensor) -> Tensor {
            if value.isVoid { return value }
            guard value.dim >= 2 else { return fail(.index, "tuple index out of range") }
            return Tensor.full(
                Array(value.sizes.dropLast(2)), value.size(-2) == value.size(-1), dtype: .bool, device: value.device)
        }
    }

    /// Symmetric matrices.
    public class Symmetric: Square {
        public override func check(_ value: Tensor) -> Tensor {
            let isSquare = super.check(value)
            guard isSquare.all().isTrue(ifUnknown: true) else { return isSquare }
            return value.isclose(value.mT, atol: 1e-6).all(-2).all(-1)
        }
    }

    /// Symmetric positive-semidefinite matrices.
    public final class PositiveSemidefinite: Symmetric {
        public override func check(_ value: Tensor) -> Tensor {
            let isSymmetric = super.check(value)
            guard isSymmetric.all().isTrue(ifUnknown: true) else { return isSymmetric }
            return linalg.eigvalsh(value).ge(0).all(-1)
        }
    }

    /// Symmetric positive-definite matrices.
    public final class PositiveDefinite: Symmetric {
        public override func check(_ value: Tensor) -> Tensor {
            let isSymmetric = super.check(value)
            guard isSymmetric.all().isTrue(ifUnknown: true) else { return isSymmetric }
            return linalg.choleskyEx(value).info.eq(0)
        }
    }

    /// Parts along a dimension, each with its own constraint.
    public final class Cat: Constraint {
        /// The constraints of the parts.
        public let parts: [Constraint]
        /// The dimension, and the lengths of the parts along it.
        public let dim: Int, lengths: [Int]

        init(_ parts: [Constraint], _ dim: Int, _ lengths: [Int]) {
            self.parts = parts
            self.dim = dim
            self.lengths = lengths
        }

        public override var isDiscrete: Bool { parts.contains(where: \.isDiscrete) }
        public override var eventDim: Int { parts.map(\.eventDim).max() ?? 0 }
        public override func check(_ value: Tensor) -> Tensor {
            guard value.hasDimension(dim, "value") else { return .void }
            var checks: [Tensor] = [], start = 0
            for (part, length) in zip(parts, lengths) {
                checks.append(part.check(value.narrow(dim, start, length)))
                start += length
            }
            return Torch.cat(checks, dim: dim)
        }
    }

    /// Positions along a dimension, each with its own constraint.
    public final class Stack: Constraint {
        /// The constraints of the positions.
        public let parts: [Constraint]
        /// The dimension.
        public let dim: Int

        init(_ parts: [Constraint], _ dim: Int) {
            self.parts = parts
            self.dim = dim
        }

        public override var isDiscrete: Bool { parts.contains(where: \.isDiscrete) }
        public override var eventDim: Int {
            let most = parts.map(\.eventDim).max() ?? 0
            return dim + most < 0 ? most + 1 : most
        }
        public override func check(_ value: Tensor) -> Tensor {
            guard value.hasDimension(dim, "value") else { return .void }
            return Torch.stack(zip(value.unbind(dim), parts).map { $1.check($0) }, dim: dim)
        }
    }
}

extension Tensor {
    /// Returns whether there is a dimension `dim`; raises PyTorch's assertion on the argument `name` if not.
    func hasDimension(_ wanted: Int, _ name: String) -> Bool {
        if isVoid { return false }
        if wanted >= -dim && wanted < dim { return true }
        raise(.assertion, "dim \(wanted) out of range for \(name) with \(dim) dimensions")
        return false
    }
}
