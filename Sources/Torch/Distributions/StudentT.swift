import Foundation

/// Student's t-distribution. PyTorch: `torch.distributions.StudentT`.
public final class StudentT: Distribution {
    private var chi2 = Chi2(1, validateArgs: false)

    /// Creates t-distributions with degrees of freedom, a location and a scale. The arguments broadcast.
    public convenience init(
        _ df: some TensorOperand, loc: some TensorOperand = 0.0, scale: some TensorOperand = 1.0,
        validateArgs: Bool? = nil
    ) {
        let values = Self.broadcastAll(df, loc, scale), chi2 = Chi2(values[0])
        self.init(
            batchShape: Size(values[0].sizes), parameters: ["df": values[0], "loc": values[1], "scale": values[2]],
            validateArgs: validateArgs)
        self.chi2 = chi2
    }

    /// Same as `init(_:loc:scale:validateArgs:)`.
    public convenience init(
        df: some TensorOperand, loc: some TensorOperand = 0.0, scale: some TensorOperand = 1.0,
        validateArgs: Bool? = nil
    ) {
        self.init(df, loc: loc, scale: scale, validateArgs: validateArgs)
    }

    public override func expand(_ batchShape: [Int]) -> Self {
        let new = super.expand(batchShape)
        new.chi2 = chi2.expand(batchShape)
        return new
    }

    /// The degrees of freedom.
    public var df: Tensor { field("df") }
    /// The location.
    public var loc: Tensor { field("loc") }
    /// The scale.
    public var scale: Tensor { field("scale") }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["df": .positive, "loc": .real, "scale": .positive]
    }
    public override var support: Constraint { .real }
    public override var hasRsample: Bool { true }
    public override var mean: Tensor { loc.maskedFill(df.le(1), Double.nan) }
    public override var mode: Tensor { loc }
    public override var variance: Tensor {
        let isFinite = df.gt(2)
        // Where the quotient is not taken, its gradient must not be NaN.
        let safe = `where`(isFinite, df, 3.0)
        let finite = `where`(isFinite, scale.pow(2) * safe / (safe - 2), Double.infinity)
        return finite.maskedFill(df.le(1), Double.nan)
    }
    public override func rsample(_ shape: [Int] = []) -> Tensor {
        let normal = df.normalDraws(extendedShape(shape)), square = chi2.rsample(shape)
        return loc + scale * (normal * (square / df).rsqrt())
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let y = (value - loc) / scale
        let logarithms = scale.log() + 0.5 * df.log() + 0.5 * log(Double.pi)
        let normalizer = logarithms + (0.5 * df).lgamma() - (0.5 * (df + 1)).lgamma()
        return -0.5 * (df + 1) * (y.pow(2.0) / df).log1p() - normalizer
    }
    public override func entropy() -> Tensor {
        let half = 0.5 * df, more = 0.5 * (df + 1)
        let logBeta = half.lgamma() + lgamma(0.5) - more.lgamma()
        return scale.log() + more * (more.digamma() - half.digamma()) + 0.5 * df.log() + logBeta
    }
}

/// Fisher and Snedecor's F-distribution. PyTorch: `torch.distributions.FisherSnedecor`.
public final class FisherSnedecor: Distribution {
    private var gamma1 = Gamma(1, 1, validateArgs: false), gamma2 = Gamma(1, 1, validateArgs: false)

    /// Creates F-distributions with two degrees of freedom. The arguments broadcast.
    public convenience init(_ df1: some TensorOperand, _ df2: some TensorOperand, validateArgs: Bool? = nil) {
        let values = Self.broadcastAll(df1, df2)
        let first = Gamma(values[0] * 0.5, values[0]), second = Gamma(values[1] * 0.5, values[1])
        self.init(
            batchShape: Size(values[0].sizes), parameters: ["df1": values[0], "df2": values[1]],
            validateArgs: validateArgs)
        gamma1 = first
        gamma2 = second
    }

    /// Same as `init(_:_:validateArgs:)`.
    public convenience init(df1: some TensorOperand, df2: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(df1, df2, validateArgs: validateArgs)
    }

    public override func expand(_ batchShape: [Int]) -> Self {
        let new = super.expand(batchShape)
        new.gamma1 = gamma1.expand(batchShape)
        new.gamma2 = gamma2.expand(batchShape)
        return new
    }

    /// The degrees of freedom of the numerator.
    public var df1: Tensor { field("df1") }
    /// The degrees of freedom of the denominator.
    public var df2: Tensor { field("df2") }

    public override var argConstraints: KeyValuePairs<String, Constraint> { ["df1": .positive, "df2": .positive] }
    public override var support: Constraint { .positive }
    public override var hasRsample: Bool { true }
    public override var mean: Tensor {
        let df2 = df2.maskedFill(df2.le(2), Double.nan)
        return df2 / (df2 - 2)
    }
    public override var mode: Tensor {
        ((df1 - 2) / df1 * df2 / (df2 + 2)).maskedFill(df1.le(2), Double.nan)
    }
    public override var variance: Tensor {
        let df2 = df2.maskedFill(df2.le(4), Double.nan)
        return 2 * df2.pow(2) * (df1 + df2 - 2) / (df1 * (df2 - 2).pow(2) * (df2 - 4))
    }
    public override func rsample(_ shape: [Int] = []) -> Tensor {
        let x1 = gamma1.rsample(shape), x2 = gamma2.rsample(shape), tiny = x2.dtype.smallestNormal
        return (x1 / x2.clamp(min: tiny)).clamp(min: tiny)
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let a = df1 * 0.5, b = df2 * 0.5, ratio = df1 / df2
        let first = (a + b).lgamma() - a.lgamma() - b.lgamma()
        let second = a * ratio.log() + (a - 1) * value.log()
        return first + second - (a + b) * (ratio * value).log1p()
    }
}
