import Foundation

/// The normal (Gaussian) distribution with a mean and a standard deviation. PyTorch: `torch.distributions.Normal`.
public final class Normal: ExponentialFamily {
    /// Creates normal distributions. The arguments broadcast.
    public convenience init(_ loc: some TensorOperand, _ scale: some TensorOperand, validateArgs: Bool? = nil) {
        let values = Self.broadcastAll(loc, scale)
        self.init(
            batchShape: Size(values[0].sizes), parameters: ["loc": values[0], "scale": values[1]],
            validateArgs: validateArgs)
    }

    /// Same as `init(_:_:validateArgs:)`.
    public convenience init(loc: some TensorOperand, scale: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(loc, scale, validateArgs: validateArgs)
    }

    /// The mean.
    public var loc: Tensor { field("loc") }
    /// The standard deviation.
    public var scale: Tensor { field("scale") }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["loc": .real, "scale": .positive] }
    public override var support: Constraint { .real }
    public override var hasRsample: Bool { true }
    public override var mean: Tensor { loc }
    public override var mode: Tensor { loc }
    public override var stddev: Tensor { scale }
    public override var variance: Tensor { scale.pow(2) }

    public override func sample(_ shape: [Int] = []) -> Tensor {
        let shape = extendedShape(shape)
        return noGrad { Tensor.normal(loc.expand(shape), scale.expand(shape)) }
    }
    public override func rsample(_ shape: [Int] = []) -> Tensor {
        loc + loc.normalDraws(extendedShape(shape)) * scale
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let quotient = -(value - loc).pow(2) / (2 * scale.pow(2))
        return quotient - scale.log() - log((2 * Double.pi).squareRoot())
    }
    public override func cdf(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        return 0.5 * (1 + ((value - loc) * scale.reciprocal() / 2.0.squareRoot()).erf())
    }
    public override func icdf(_ value: Tensor) -> Tensor {
        loc + scale * (2 * value - 1).erfinv() * 2.0.squareRoot()
    }
    public override func entropy() -> Tensor { scale.log() + (0.5 + 0.5 * log(2 * Double.pi)) }

    public override var meanCarrierMeasure: Double? { 0 }
    public override var naturalParams: [Tensor] { [loc / scale.pow(2), -0.5 * scale.pow(2).reciprocal()] }
    public override func logNormalizer(_ params: [Tensor]) -> Tensor {
        let (x, y) = (params[0], params[1])
        return -0.25 * x.pow(2) / y + 0.5 * (-Double.pi / y).log()
    }
}

/// The distribution of |x| for normal x with mean 0. PyTorch: `torch.distributions.HalfNormal`.
public final class HalfNormal: TransformedDistribution {
    /// Creates half-normal distributions with the standard deviation of the normal ones.
    public convenience init(_ scale: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(
            Normal(0, scale, validateArgs: false), [AbsTransform()], parameters: [:], validateArgs: validateArgs)
    }

    /// Same as `init(_:validateArgs:)`.
    public convenience init(scale: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(scale, validateArgs: validateArgs)
    }

    var normal: Normal { baseDist as? Normal ?? Normal(0, 1) }

    /// The standard deviation of the normal distribution.
    public var scale: Tensor { normal.scale }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["scale": .positive] }
    public override func parameter(_ name: String) -> Tensor? { scale }
    public override var support: Constraint { .nonnegative }
    public override var hasRsample: Bool { true }
    public override var mean: Tensor { scale * (2 / Double.pi).squareRoot() }
    public override var mode: Tensor { Tensor.zerosLike(scale) }
    public override var variance: Tensor { scale.pow(2) * (1 - 2 / Double.pi) }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        return `where`(value.ge(0), normal.logProb(value) + log(2.0), -Double.infinity)
    }
    public override func cdf(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        return 2 * normal.cdf(value) - 1
    }
    public override func icdf(_ value: Tensor) -> Tensor { normal.icdf((value + 1) / 2) }
    public override func entropy() -> Tensor { normal.entropy() - log(2.0) }
}

/// The distribution of exp(x) for normal x. PyTorch: `torch.distributions.LogNormal`.
public final class LogNormal: TransformedDistribution {
    /// Creates log-normal distributions with the mean and the standard deviation of the logarithm.
    public convenience init(_ loc: some TensorOperand, _ scale: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(
            Normal(loc, scale, validateArgs: validateArgs), [ExpTransform()], parameters: [:],
            validateArgs: validateArgs)
    }

    /// Same as `init(_:_:validateArgs:)`.
    public convenience init(loc: some TensorOperand, scale: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(loc, scale, validateArgs: validateArgs)
    }

    private var normal: Normal { baseDist as? Normal ?? Normal(0, 1) }

    /// The mean of the logarithm.
    public var loc: Tensor { normal.loc }
    /// The standard deviation of the logarithm.
    public var scale: Tensor { normal.scale }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["loc": .real, "scale": .positive] }
    public override func parameter(_ name: String) -> Tensor? { name == "loc" ? loc : scale }
    public override var support: Constraint { .positive }
    public override var hasRsample: Bool { true }
    public override var mean: Tensor { (loc + scale.pow(2) / 2).exp() }
    public override var mode: Tensor { (loc - scale.square()).exp() }
    public override var variance: Tensor {
        let square = scale.pow(2)
        return square.expm1() * (2 * loc + square).exp()
    }
    public override func entropy() -> Tensor { normal.entropy() + loc }
}

/// The distribution on the simplex of `StickBreakingTransform` applied to normal numbers.
/// PyTorch: `torch.distributions.LogisticNormal`.
public final class LogisticNormal: TransformedDistribution {
    /// Creates logistic-normal distributions with the means and standard deviations of the normal ones.
    public convenience init(_ loc: some TensorOperand, _ scale: some TensorOperand, validateArgs: Bool? = nil) {
        var base = Normal(loc, scale, validateArgs: validateArgs)
        if base.batchShape.isEmpty { base = base.expand([1]) }
        self.init(base, [StickBreakingTransform()], parameters: [:], validateArgs: validateArgs)
    }

    /// Same as `init(_:_:validateArgs:)`.
    public convenience init(loc: some TensorOperand, scale: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(loc, scale, validateArgs: validateArgs)
    }

    private var normal: Normal { (baseDist as? Independent)?.baseDist as? Normal ?? Normal(0, 1) }

    /// The means of the normal distributions.
    public var loc: Tensor { normal.loc }
    /// The standard deviations of the normal distributions.
    public var scale: Tensor { normal.scale }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["loc": .real, "scale": .positive] }
    public override func parameter(_ name: String) -> Tensor? { name == "loc" ? loc : scale }
    public override var support: Constraint { .simplex }
    public override var hasRsample: Bool { true }
}
