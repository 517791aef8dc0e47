import Foundation

/// Numbers to the Cholesky factor of a correlation matrix: a lower triangular matrix with positive diagonal and rows of
/// length 1. PyTorch: `torch.distributions.transforms.CorrCholeskyTransform`.
public final class CorrCholeskyTransform: DistributionTransform {
    public override var bijective: Bool { true }
    public override var domain: Constraint { .realVector }
    public override var codomain: Constraint { .corrCholesky }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize ? self : CorrCholeskyTransform(cacheSize: cacheSize)
    }
    public override func forward(_ x: Tensor) -> Tensor {
        if x.isVoid { return x }
        let eps = x.dtype.epsilon
        let r = x.tanh().clamp(-1 + eps, 1 - eps).lowerTriangleMatrix(diagonal: -1)
        if r.isVoid { return r }
        let rest = (1 - r.pow(2)).sqrt().cumprod(-1)
        let unit = r + Tensor.eye(r.size(-1), dtype: r.dtype, device: r.device)
        return unit * rest[.ellipsis, ..<(-1)].pad([1, 0], value: 1)
    }
    public override func inverse(_ y: Tensor) -> Tensor {
        let rest = (1 - (y * y).cumsum(-1))[.ellipsis, ..<(-1)].pad([1, 0], value: 1)
        let t = y.lowerTriangleElements(diagonal: -1) / rest.lowerTriangleElements(diagonal: -1).sqrt()
        return (t.log1p() - t.neg().log1p()) / 2
    }
    public override func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor {
        let rest = (1 - (y * y).cumsum(-1)).lowerTriangleElements(diagonal: -2)
        return 0.5 * rest.log().sum(-1) + -2 * (x + (-2 * x).softplus() - log(2.0)).sum(-1)
    }
    public override func forwardShape(_ shape: [Int]) -> [Int] {
        guard let count = shape.last else {
            raise(.value, "Too few dimensions on input")
            return shape
        }
        let n = Int(((0.25 + 2 * Double(count)).squareRoot() + 0.5).rounded(.toNearestOrEven))
        if n * (n - 1) / 2 != count { raise(.value, "Input is not a flattened lower-diagonal number") }
        return shape.dropLast() + [n, n]
    }
    public override func inverseShape(_ shape: [Int]) -> [Int] {
        guard shape.count >= 2 else {
            raise(.value, "Too few dimensions on input")
            return shape
        }
        let n = shape[shape.count - 1]
        if shape[shape.count - 2] != n { raise(.value, "Input is not square") }
        return shape.dropLast(2) + [n * (n - 1) / 2]
    }
}

/// y = softmax(x); the inverse is log(y). PyTorch: `torch.distributions.transforms.SoftmaxTransform`.
public final class SoftmaxTransform: DistributionTransform {
    public override var domain: Constraint { .realVector }
    public override var codomain: Constraint { .simplex }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize ? self : SoftmaxTransform(cacheSize: cacheSize)
    }
    public override func isEqual(to other: DistributionTransform) -> Bool { other is SoftmaxTransform }
    public override func forward(_ x: Tensor) -> Tensor {
        let probs = (x - x.max(-1, keepdim: true).values).exp()
        return probs / probs.sum(-1, keepdim: true)
    }
    public override func inverse(_ y: Tensor) -> Tensor { y.log() }
    public override func forwardShape(_ shape: [Int]) -> [Int] {
        if shape.isEmpty { raise(.value, "Too few dimensions on input") }
        return shape
    }
    public override func inverseShape(_ shape: [Int]) -> [Int] { forwardShape(shape) }
}

/// Vectors to vectors with one more element, positive and with the sum 1, by breaking a stick.
/// PyTorch: `torch.distributions.transforms.StickBreakingTransform`.
public final class StickBreakingTransform: DistributionTransform {
    public override var bijective: Bool { true }
    public override var domain: Constraint { .realVector }
    public override var codomain: Constraint { .simplex }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize ? self : StickBreakingTransform(cacheSize: cacheSize)
    }
    public override func isEqual(to other: DistributionTransform) -> Bool { other is StickBreakingTransform }

    /// Returns `length` numbers: `count` - 1, `count` - 2, ….
    private func offsets(_ x: Tensor, _ count: Int, _ length: Int) -> Tensor {
        count - x.newOnes([length]).cumsum(-1)
    }

    public override func forward(_ x: Tensor) -> Tensor {
        if x.isVoid { return x }
        guard x.dim > 0 else { return fail(.index, "tuple index out of range") }
        let z = (x - offsets(x, x.size(-1) + 1, x.size(-1)).log()).clippedSigmoid()
        return z.pad([0, 1], value: 1) * (1 - z).cumprod(-1).pad([1, 0], value: 1)
    }
    public override func inverse(_ y: Tensor) -> Tensor {
        if y.isVoid { return y }
        guard y.dim > 0 else { return fail(.index, "tuple index out of range") }
        let cropped = y[.ellipsis, ..<(-1)]
        let offset = offsets(y, y.size(-1), cropped.size(-1))
        let rest = (1 - cropped.cumsum(-1)).clamp(min: y.dtype.smallestNormal)
        return cropped.log() - rest.log() + offset.log()
    }
    public override func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor {
        if anyVoid(x, y) { return .void }
        let x = x - offsets(x, x.size(-1) + 1, x.size(-1)).log()
        return (-x + x.logsigmoid() + y[.ellipsis, ..<(-1)].log()).sum(-1)
    }
    public override func forwardShape(_ shape: [Int]) -> [Int] { changed(shape, by: 1) }
    public override func inverseShape(_ shape: [Int]) -> [Int] { changed(shape, by: -1) }

    private func changed(_ shape: [Int], by difference: Int) -> [Int] {
        guard let last = shape.last else {
            raise(.value, "Too few dimensions on input")
            return shape
        }
        return shape.dropLast() + [last + difference]
    }
}

/// Matrices to lower triangular matrices with positive diagonals. PyTorch:
/// `torch.distributions.transforms.LowerCholeskyTransform`.
public final class LowerCholeskyTransform: DistributionTransform {
    public override var domain: Constraint { .independent(.real, 2) }
    public override var codomain: Constraint { .lowerCholesky }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize ? self : LowerCholeskyTransform(cacheSize: cacheSize)
    }
    public override func isEqual(to other: DistributionTransform) -> Bool { other is LowerCholeskyTransform }
    public override func forward(_ x: Tensor) -> Tensor {
        x.tril(-1) + x.diagonal(dim1: -2, dim2: -1).exp().diagEmbed()
    }
    public override func inverse(_ y: Tensor) -> Tensor {
        y.tril(-1) + y.diagonal(dim1: -2, dim2: -1).log().diagEmbed()
    }
}

/// Matrices to positive-definite matrices. PyTorch: `torch.distributions.transforms.PositiveDefiniteTransform`.
public final class PositiveDefiniteTransform: DistributionTransform {
    public override var domain: Constraint { .independent(.real, 2) }
    public override var codomain: Constraint { .positiveDefinite }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize ? self : PositiveDefiniteTransform(cacheSize: cacheSize)
    }
    public override func isEqual(to other: DistributionTransform) -> Bool { other is PositiveDefiniteTransform }
    public override func forward(_ x: Tensor) -> Tensor {
        let factor = LowerCholeskyTransform()(x)
        return factor.matmul(factor.mT)
    }
    public override func inverse(_ y: Tensor) -> Tensor { LowerCholeskyTransform().inv(linalg.cholesky(y)) }
}
