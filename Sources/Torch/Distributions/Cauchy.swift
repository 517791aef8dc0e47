import Foundation

/// The Cauchy (Lorentz) distribution. PyTorch: `torch.distributions.Cauchy`.
public final class Cauchy: Distribution {
    /// Creates Cauchy distributions with a median and half the width at half the height. The arguments broadcast.
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

    /// The median.
    public var loc: Tensor { field("loc") }
    /// Half the width at half the height.
    public var scale: Tensor { field("scale") }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["loc": .real, "scale": .positive] }
    public override var support: Constraint { .real }
    public override var hasRsample: Bool { true }
    public override var mean: Tensor { loc.filled(extendedShape(), .nan) }
    public override var mode: Tensor { loc }
    public override var variance: Tensor { loc.filled(extendedShape(), .infinity) }
    public override func rsample(_ shape: [Int] = []) -> Tensor {
        loc + loc.unfilled(extendedShape(shape)).cauchy_() * scale
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        return -log(Double.pi) - scale.log() - ((value - loc) / scale).pow(2).log1p()
    }
    public override func cdf(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        return ((value - loc) / scale).atan() / Double.pi + 0.5
    }
    public override func icdf(_ value: Tensor) -> Tensor { (Double.pi * (value - 0.5)).tan() * scale + loc }
    public override func entropy() -> Tensor { scale.log() + log(4 * Double.pi) }
}

/// The distribution of |x| for x of the Cauchy distribution around 0. PyTorch: `torch.distributions.HalfCauchy`.
public final class HalfCauchy: TransformedDistribution {
    /// Creates half-Cauchy distributions with the scale of the Cauchy ones.
    public convenience init(_ scale: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(
            Cauchy(0, scale, validateArgs: false), [AbsTransform()], parameters: [:], validateArgs: validateArgs)
    }

    /// Same as `init(_:validateArgs:)`.
    public convenience init(scale: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(scale, validateArgs: validateArgs)
    }

    private var cauchy: Cauchy { baseDist as? Cauchy ?? Cauchy(0, 1) }

    /// The scale of the Cauchy distribution.
    public var scale: Tensor { cauchy.scale }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["scale": .positive] }
    public override func parameter(_ name: String) -> Tensor? { scale }
    public override var support: Constraint { .nonnegative }
    public override var hasRsample: Bool { true }
    public override var mean: Tensor { scale.filled(extendedShape(), .infinity) }
    public override var mode: Tensor { Tensor.zerosLike(scale) }
    public override var variance: Tensor { cauchy.variance }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let value = value.to(scale.dtype)
        return `where`(value.ge(0), cauchy.logProb(value) + log(2.0), -Double.infinity)
    }
    public override func cdf(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        return 2 * cauchy.cdf(value) - 1
    }
    public override func icdf(_ value: Tensor) -> Tensor { cauchy.icdf((value + 1) / 2) }
    public override func entropy() -> Tensor { cauchy.entropy() - log(2.0) }
}
