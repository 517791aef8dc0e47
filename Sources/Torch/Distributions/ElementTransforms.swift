import Foundation

/// y = exp(x). PyTorch: `torch.distributions.transforms.ExpTransform`.
public final class ExpTransform: DistributionTransform {
    public override var bijective: Bool { true }
    public override var domain: Constraint { .real }
    public override var codomain: Constraint { .positive }
    public override var sign: any TensorOperand { 1 }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize ? self : ExpTransform(cacheSize: cacheSize)
    }
    public override func isEqual(to other: DistributionTransform) -> Bool { other is ExpTransform }
    public override func forward(_ x: Tensor) -> Tensor { x.exp() }
    public override func inverse(_ y: Tensor) -> Tensor { y.log() }
    public override func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { x }
}

/// y = x ^ exponent, for positive x. PyTorch: `torch.distributions.transforms.PowerTransform`.
public final class PowerTransform: DistributionTransform {
    /// The exponent.
    public let exponent: Tensor

    /// Creates a transform with an exponent.
    public init(_ exponent: some TensorOperand, cacheSize: Int = 0) {
        self.exponent = Distribution.broadcastAll(exponent)[0]
        super.init(cacheSize: cacheSize)
    }

    public override var bijective: Bool { true }
    public override var domain: Constraint { .positive }
    public override var codomain: Constraint { .positive }
    public override var sign: any TensorOperand { exponent.sign() }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize ? self : PowerTransform(exponent, cacheSize: cacheSize)
    }
    public override func isEqual(to other: DistributionTransform) -> Bool {
        guard let other = other as? PowerTransform else { return false }
        return noGrad { exponent.eq(other.exponent).all().isTrue(ifUnknown: true) }
    }
    public override func forward(_ x: Tensor) -> Tensor { x.pow(exponent) }
    public override func inverse(_ y: Tensor) -> Tensor { y.pow(1 / exponent) }
    public override func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { (exponent * y / x).abs().log() }
    public override func forwardShape(_ shape: [Int]) -> [Int] { broadcastShapes(shape, exponent.sizes).sizes }
    public override func inverseShape(_ shape: [Int]) -> [Int] { broadcastShapes(shape, exponent.sizes).sizes }
}

/// y = 1 / (1 + exp(-x)), and x = log(y / (1 - y)). PyTorch: `torch.distributions.transforms.SigmoidTransform`.
public final class SigmoidTransform: DistributionTransform {
    public override var bijective: Bool { true }
    public override var domain: Constraint { .real }
    public override var codomain: Constraint { .unitInterval }
    public override var sign: any TensorOperand { 1 }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize ? self : SigmoidTransform(cacheSize: cacheSize)
    }
    public override func isEqual(to other: DistributionTransform) -> Bool { other is SigmoidTransform }
    public override func forward(_ x: Tensor) -> Tensor { x.clippedSigmoid() }
    public override func inverse(_ y: Tensor) -> Tensor {
        let y = y.clamp(y.dtype.smallestNormal, 1 - y.dtype.epsilon)
        return y.log() - (-y).log1p()
    }
    public override func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { -(-x).softplus() - x.softplus() }
}

extension Tensor {
    /// The sigmoid, clamped to a range without 0 and 1.
    func clippedSigmoid() -> Tensor { sigmoid().clamp(dtype.smallestNormal, 1 - dtype.epsilon) }
}

/// y = log(1 + exp(x)). PyTorch: `torch.distributions.transforms.SoftplusTransform`.
public final class SoftplusTransform: DistributionTransform {
    public override var bijective: Bool { true }
    public override var domain: Constraint { .real }
    public override var codomain: Constraint { .positive }
    public override var sign: any TensorOperand { 1 }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize ? self : SoftplusTransform(cacheSize: cacheSize)
    }
    public override func isEqual(to other: DistributionTransform) -> Bool { other is SoftplusTransform }
    public override func forward(_ x: Tensor) -> Tensor { x.softplus() }
    public override func inverse(_ y: Tensor) -> Tensor { (-y).expm1().neg().log() + y }
    public override func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { -(-x).softplus() }
}

/// y = tanh(x). PyTorch: `torch.distributions.transforms.TanhTransform`.
public final class TanhTransform: DistributionTransform {
    public override var bijective: Bool { true }
    public override var domain: Constraint { .real }
    public override var codomain: Constraint { .interval(-1.0, 1.0) }
    public override var sign: any TensorOperand { 1 }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize ? self : TanhTransform(cacheSize: cacheSize)
    }
    public override func isEqual(to other: DistributionTransform) -> Bool { other is TanhTransform }
    public override func forward(_ x: Tensor) -> Tensor { x.tanh() }
    public override func inverse(_ y: Tensor) -> Tensor { y.atanh() }
    public override func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor {
        2.0 * (log(2.0) - x - (-2.0 * x).softplus())
    }
}

/// y = |x|; the inverse is the positive x. PyTorch: `torch.distributions.transforms.AbsTransform`.
public final class AbsTransform: DistributionTransform {
    public override var domain: Constraint { .real }
    public override var codomain: Constraint { .positive }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize ? self : AbsTransform(cacheSize: cacheSize)
    }
    public override func isEqual(to other: DistributionTransform) -> Bool { other is AbsTransform }
    public override func forward(_ x: Tensor) -> Tensor { x.abs() }
    public override func inverse(_ y: Tensor) -> Tensor { y }
}

/// y = loc + scale x. PyTorch: `torch.distributions.transforms.AffineTransform`. With Foundation imported too, it is
/// `Torch.AffineTransform`.
public final class AffineTransform: DistributionTransform {
    /// The summand and the factor.
    public let loc, scale: Tensor
    private let dims: Int

    /// Creates a transform of numbers, or of events with `eventDim` dimensions.
    public init(loc: some TensorOperand, scale: some TensorOperand, eventDim: Int = 0, cacheSize: Int = 0) {
        self.loc = loc.operand
        self.scale = scale.operand
        dims = eventDim
        super.init(cacheSize: cacheSize)
    }

    public override var bijective: Bool { true }
    public override var eventDim: Int { dims }
    public override var domain: Constraint { dims == 0 ? .real : .independent(.real, dims) }
    public override var codomain: Constraint { domain }
    public override var sign: any TensorOperand {
        guard let number = scale.numberValue?.doubleValue else { return scale.sign() }
        return number > 0 ? 1 : number < 0 ? -1 : 0
    }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize
            ? self : AffineTransform(loc: loc, scale: scale, eventDim: dims, cacheSize: cacheSize)
    }
    public override func isEqual(to other: DistributionTransform) -> Bool {
        guard let other = other as? AffineTransform else { return false }
        return noGrad {
            loc.eq(other.loc).all().isTrue(ifUnknown: true) && scale.eq(other.scale).all().isTrue(ifUnknown: true)
        }
    }
    public override func forward(_ x: Tensor) -> Tensor { (x * scale).add(loc) }
    public override func inverse(_ y: Tensor) -> Tensor { (y - loc) / scale }
    public override func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor {
        if anyVoid(x, y) { return .void }
        let logarithm =
            scale.numberValue.map { Tensor.fullLike(x, log(abs($0.doubleValue))) } ?? scale.abs().log()
        if dims == 0 { return logarithm.expand(x.sizes) }
        return logarithm.view(logarithm.sizes.dropLast(dims) + [-1]).sum(-1).expand(Array(x.sizes.dropLast(dims)))
    }
    public override func forwardShape(_ shape: [Int]) -> [Int] {
        broadcastShapes(shape, loc.sizes, scale.sizes).sizes
    }
    public override func inverseShape(_ shape: [Int]) -> [Int] { forwardShape(shape) }
}

/// y = F(x), with the distribution function F of a distribution. PyTorch:
/// `torch.distributions.transforms.CumulativeDistributionTransform`.
public final class CumulativeDistributionTransform: DistributionTransform {
    /// The distribution.
    public let distribution: Distribution

    /// Creates a transform to the unit interval.
    public init(_ distribution: Distribution, cacheSize: Int = 0) {
        self.distribution = distribution
        super.init(cacheSize: cacheSize)
    }

    public override var bijective: Bool { true }
    public override var domain: Constraint { distribution.support }
    public override var codomain: Constraint { .unitInterval }
    public override var sign: any TensorOperand { 1 }
    public override func withCache(_ cacheSize: Int = 1) -> DistributionTransform {
        cacheSize == self.cacheSize ? self : CumulativeDistributionTransform(distribution, cacheSize: cacheSize)
    }
    public override func forward(_ x: Tensor) -> Tensor { distribution.cdf(x) }
    public override func inverse(_ y: Tensor) -> Tensor { distribution.icdf(y) }
    public override func logAbsDetJacobian(_ x: Tensor, _ y: Tensor) -> Tensor { distribution.logProb(x) }
}
