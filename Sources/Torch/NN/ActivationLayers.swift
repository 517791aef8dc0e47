// The simple activations as modules. Each module calls the tensor operator of the same name. If `inplace` is true, the
// result overwrites the input.

extension Tensor {
    /// Returns `body(self)`. If `inplace` is true, writes the result into this tensor.
    func computing(inplace: Bool, _ body: (Tensor) -> Tensor) -> Tensor {
        inplace ? inPlace(recorded: body) : body(self)
    }
}

/// An activation that can write over its input.
public class InplaceActivation: StatelessModule {
    /// Whether the result overwrites the input.
    public let inplace: Bool
    /// Whether the activation was fused into the layer before it.
    final var isIdentity = false

    /// Creates an activation that overwrites its input if `inplace` is true.
    public init(inplace: Bool = false) { self.inplace = inplace }

    /// The options that `extraRepr` prints before `inplace`.
    var options: [String] { [] }

    /// The options that PyTorch prints in the module's description.
    public final override var extraRepr: String {
        isIdentity ? "" : (options + (inplace ? ["inplace=True"] : [])).joined(separator: ", ")
    }
}

/// max(x, 0). PyTorch: `torch.nn.ReLU`.
public final class ReLU: InplaceActivation, Layer {
    /// Computes max(x, 0) for each element x.
    public func forward(_ input: Tensor) -> Tensor {
        isIdentity ? input : inplace ? input.relu_() : input.relu()
    }
    /// The class, or `Identity` if the module was fused into another one.
    public override var typeName: String { isIdentity ? "Identity" : super.typeName }
}

/// min(max(x, 0), 6). PyTorch: `torch.nn.ReLU6`.
public final class ReLU6: InplaceActivation, Layer {
    /// Computes min(max(x, 0), 6) for each element x.
    public func forward(_ input: Tensor) -> Tensor { input.computing(inplace: inplace) { $0.relu6() } }
}

/// x if x > 0, else negativeSlope · x. PyTorch: `torch.nn.LeakyReLU`.
public final class LeakyReLU: InplaceActivation, Layer {
    /// The slope for negative inputs.
    public let negativeSlope: Scalar

    /// Creates a LeakyReLU with the given slope.
    public init(_ negativeSlope: some ScalarConvertible = 0.01, inplace: Bool = false) {
        self.negativeSlope = negativeSlope.scalar
        super.init(inplace: inplace)
    }

    /// Computes x for each positive element x, otherwise `negativeSlope` · x.
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace) { $0.leakyRelu(negativeSlope.doubleValue) }
    }
    override var options: [String] { ["negative_slope=\(negativeSlope)"] }
}

/// x if x > 0, else a · x. In training, a is drawn uniformly from [lower, upper) for each element; in evaluation, it is
/// their mean. PyTorch: `torch.nn.RReLU`.
public final class RReLU: InplaceActivation, Layer {
    /// The least slope.
    public let lower: Scalar
    /// The greatest slope.
    public let upper: Scalar

    /// Creates a randomized leaky ReLU.
    public init(
        _ lower: some ScalarConvertible = 1.0 / 8, _ upper: some ScalarConvertible = 1.0 / 3, inplace: Bool = false
    ) {
        self.lower = lower.scalar
        self.upper = upper.scalar
        super.init(inplace: inplace)
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor {
        let (lower, upper) = (lower.doubleValue, upper.doubleValue)
        return inplace
            ? input.rrelu_(lower, upper, training: isTraining) : input.rrelu(lower, upper, training: isTraining)
    }
    override var options: [String] { ["lower=\(lower)", "upper=\(upper)"] }
}

/// x if x > 0, else weight · x. The module learns one weight, or one for each channel (dimension 1).
/// PyTorch: `torch.nn.PReLU`.
public final class PReLU: Module, Layer {
    /// The number of learned weights: 1, or the number of channels.
    public let numParameters: Int
    /// The learned slopes, [numParameters].
    @Parameter public var weight: Tensor

    /// Creates a PReLU with `numParameters` weights, all equal to `value`.
    public init(
        _ numParameters: Int = 1, init value: Double = 0.25, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.numParameters = numParameters
        weight = Tensor.full([numParameters], value, dtype: dtype, device: device)
    }

    /// Computes x for each positive element x, otherwise its channel's weight times x. Channels are dimension 1.
    public func forward(_ input: Tensor) -> Tensor { input.prelu(weight) }
    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String { "num_parameters=\(numParameters)" }
}

/// x if x > 0, else alpha · (exp(x) - 1). PyTorch: `torch.nn.ELU`.
public final class ELU: InplaceActivation, Layer {
    /// The factor for negative inputs.
    public let alpha: Scalar

    /// Creates an ELU with the given alpha.
    public init(alpha: some ScalarConvertible = 1.0, inplace: Bool = false) {
        self.alpha = alpha.scalar
        super.init(inplace: inplace)
    }

    /// Computes x for each positive element x, otherwise `alpha` · (exp(x) - 1).
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace) { $0.elu(alpha: alpha.doubleValue) }
    }
    override var options: [String] { ["alpha=\(alpha)"] }
}

/// max(0, x) + min(0, alpha · (exp(x / alpha) - 1)). PyTorch: `torch.nn.CELU`.
public final class CELU: InplaceActivation, Layer {
    /// The scale of the negative part.
    public let alpha: Scalar

    /// Creates a CELU with the given alpha.
    public init(alpha: some ScalarConvertible = 1.0, inplace: Bool = false) {
        self.alpha = alpha.scalar
        super.init(inplace: inplace)
    }

    /// Computes x for each positive element x, otherwise `alpha` · (exp(x / `alpha`) - 1).
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace) { $0.celu(alpha: alpha.doubleValue) }
    }
    override var options: [String] { ["alpha=\(alpha)"] }
}

/// The self-normalizing ELU (Klambauer et al., 2017). PyTorch: `torch.nn.SELU`.
public final class SELU: InplaceActivation, Layer {
    /// Computes the scaled exponential linear unit of each element.
    public func forward(_ input: Tensor) -> Tensor { input.computing(inplace: inplace) { $0.selu() } }
}

/// x · Φ(x), computed with erf or approximated with tanh. PyTorch: `torch.nn.GELU`.
public final class GELU: StatelessModule, Layer {
    /// The formula: exact or the tanh approximation.
    public let approximate: GELUApproximation

    /// Creates a GELU with the given formula.
    public init(approximate: GELUApproximation = .none) { self.approximate = approximate }

    /// Computes x · Φ(x) for each element x, where Φ is the normal distribution function.
    public func forward(_ input: Tensor) -> Tensor { input.gelu(approximate: approximate) }
    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String { "approximate='\(approximate)'" }
}

/// x · sigmoid(x). PyTorch: `torch.nn.SiLU`.
public final class SiLU: InplaceActivation, Layer {
    /// Computes x · sigmoid(x) for each element x.
    public func forward(_ input: Tensor) -> Tensor { input.computing(inplace: inplace) { $0.silu() } }
}

/// x · tanh(softplus(x)). PyTorch: `torch.nn.Mish`.
public final class Mish: InplaceActivation, Layer {
    /// Computes x · tanh(softplus(x)) for each element x.
    public func forward(_ input: Tensor) -> Tensor { input.computing(inplace: inplace) { $0.mish() } }
}

/// 1 / (1 + exp(-x)). PyTorch: `torch.nn.Sigmoid`.
public final class Sigmoid: StatelessModule, Layer {
    /// Computes 1 / (1 + exp(-x)) for each element x.
    public func forward(_ input: Tensor) -> Tensor { input.sigmoid() }
}

/// log(sigmoid(x)). PyTorch: `torch.nn.LogSigmoid`.
public final class LogSigmoid: StatelessModule, Layer {
    /// Computes log(sigmoid(x)) for each element x.
    public func forward(_ input: Tensor) -> Tensor { input.logsigmoid() }
}

/// The hyperbolic tangent. PyTorch: `torch.nn.Tanh`.
public final class Tanh: StatelessModule, Layer {
    /// Computes the hyperbolic tangent of each element.
    public func forward(_ input: Tensor) -> Tensor { input.tanh() }
}

/// x - tanh(x). PyTorch: `torch.nn.Tanhshrink`.
public final class Tanhshrink: StatelessModule, Layer {
    /// Computes x - tanh(x) for each element x.
    public func forward(_ input: Tensor) -> Tensor { input.tanhshrink() }
}

/// x clamped to [minVal, maxVal]. PyTorch: `torch.nn.Hardtanh`.
public final class Hardtanh: InplaceActivation, Layer {
    /// The lower bound.
    public let minVal: Scalar
    /// The upper bound.
    public let maxVal: Scalar

    /// Creates a Hardtanh with the given bounds.
    /// - Precondition: minVal < maxVal.
    public init(_ minVal: some ScalarConvertible = -1.0, _ maxVal: some ScalarConvertible = 1.0, inplace: Bool = false)
    {
        self.minVal = minVal.scalar
        self.maxVal = maxVal.scalar
        if minVal.scalar.doubleValue >= maxVal.scalar.doubleValue {
            raise(.value, "max_val must be larger than min_val")
        }
        super.init(inplace: inplace)
    }

    /// Limits each element to `minVal` ... `maxVal`.
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace) { $0.hardtanh(minVal.doubleValue, maxVal.doubleValue) }
    }
    override var options: [String] { ["min_val=\(minVal)", "max_val=\(maxVal)"] }
}

/// relu6(x + 3) / 6. PyTorch: `torch.nn.Hardsigmoid`, which does not print `inplace`.
public final class Hardsigmoid: StatelessModule, Layer {
    /// Whether the result overwrites the input.
    public let inplace: Bool
    /// Creates a Hardsigmoid that overwrites its input if `inplace` is true.
    public init(inplace: Bool = false) { self.inplace = inplace }
    /// Computes relu6(x + 3) / 6 for each element x.
    public func forward(_ input: Tensor) -> Tensor { input.computing(inplace: inplace) { $0.hardsigmoid() } }
}

/// x · hardsigmoid(x). PyTorch: `torch.nn.Hardswish`, which does not print `inplace`.
public final class Hardswish: StatelessModule, Layer {
    /// Whether the result overwrites the input.
    public let inplace: Bool
    /// Creates a Hardswish that overwrites its input if `inplace` is true.
    public init(inplace: Bool = false) { self.inplace = inplace }
    /// Computes x · relu6(x + 3) / 6 for each element x.
    public func forward(_ input: Tensor) -> Tensor { input.computing(inplace: inplace) { $0.hardswish() } }
}

/// 0 if |x| ≤ lambda, else x. PyTorch: `torch.nn.Hardshrink`.
public final class Hardshrink: StatelessModule, Layer {
    /// The threshold.
    public let lambda: Scalar
    /// Creates a Hardshrink with the given threshold.
    public init(_ lambda: some ScalarConvertible = 0.5) { self.lambda = lambda.scalar }
    /// Replaces the elements from -`lambda` to `lambda` by 0.
    public func forward(_ input: Tensor) -> Tensor { input.hardshrink(lambda.doubleValue) }
    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String { "\(lambda)" }
}

/// Moves x towards 0 by lambda; the result is 0 if |x| ≤ lambda. PyTorch: `torch.nn.Softshrink`.
public final class Softshrink: StatelessModule, Layer {
    /// The distance that x moves.
    public let lambda: Scalar
    /// Creates a Softshrink with the given lambda.
    public init(_ lambda: some ScalarConvertible = 0.5) { self.lambda = lambda.scalar }
    /// Moves each element toward 0 by `lambda`; elements from -`lambda` to `lambda` become 0.
    public func forward(_ input: Tensor) -> Tensor { input.softshrink(lambda.doubleValue) }
    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String { "\(lambda)" }
}

/// log(1 + exp(beta · x)) / beta, or x itself if beta · x > threshold. PyTorch: `torch.nn.Softplus`.
public final class Softplus: StatelessModule, Layer {
    /// The sharpness of the curve.
    public let beta: Scalar
    /// The value of beta · x above which the result is x.
    public let threshold: Scalar

    /// Creates a Softplus with the given beta and threshold.
    public init(beta: some ScalarConvertible = 1.0, threshold: some ScalarConvertible = 20.0) {
        self.beta = beta.scalar
        self.threshold = threshold.scalar
    }

    /// Computes log(1 + exp(`beta` · x)) / `beta` for each element x; x itself if `beta` · x is above `threshold`.
    public func forward(_ input: Tensor) -> Tensor {
        input.softplus(beta: beta.doubleValue, threshold: threshold.doubleValue)
    }
    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String { "beta=\(beta), threshold=\(threshold)" }
}

/// x / (1 + |x|). PyTorch: `torch.nn.Softsign`.
public final class Softsign: StatelessModule, Layer {
    /// Computes x / (1 + |x|) for each element x.
    public func forward(_ input: Tensor) -> Tensor { input.softsign() }
}

/// x if x > threshold, else `value`. PyTorch: `torch.nn.Threshold`.
public final class Threshold: InplaceActivation, Layer {
    /// The threshold that x is compared with.
    public let threshold: Scalar
    /// The result for x ≤ threshold.
    public let value: Scalar

    /// Creates a Threshold with the given threshold and replacement value.
    public init(_ threshold: some ScalarConvertible, _ value: some ScalarConvertible, inplace: Bool = false) {
        self.threshold = threshold.scalar
        self.value = value.scalar
        super.init(inplace: inplace)
    }

    /// Replaces the elements that are not greater than `threshold` by `value`.
    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace) { $0.threshold(threshold.doubleValue, value.doubleValue) }
    }
    override var options: [String] { ["threshold=\(threshold)", "value=\(value)"] }
}

/// The first half of the input along `dim`, times the sigmoid of the second half. PyTorch: `torch.nn.GLU`.
public final class GLU: StatelessModule, Layer {
    /// The dimension that is split in halves.
    public let dim: Int
    /// Creates a GLU that splits along `dim`.
    public init(dim: Int = -1) { self.dim = dim }
    /// Splits the input in two halves a and b along `dim`, and computes a · sigmoid(b).
    public func forward(_ input: Tensor) -> Tensor { input.glu(dim: dim) }
    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String { "dim=\(dim)" }
}
