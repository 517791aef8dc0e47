// The plain activations as modules. Each is the tensor operator of the same name; `inplace` writes the result over the
// input.

extension Tensor {
    /// The result of `body`, written into this tensor where `inplace`.
    func computing(inplace: Bool, _ body: (Tensor) -> Tensor) -> Tensor {
        inplace ? inPlace(recorded: body) : body(self)
    }
}

/// An activation that can write over its input.
public class InplaceActivation: StatelessModule {
    public let inplace: Bool

    public init(inplace: Bool = false) { self.inplace = inplace }

    /// The options before `inplace`.
    var options: [String] { [] }

    public final override var extraRepr: String {
        (options + (inplace ? ["inplace=True"] : [])).joined(separator: ", ")
    }
}

/// max(x, 0). PyTorch: `torch.nn.ReLU`.
public final class ReLU: InplaceActivation, Layer {
    public func forward(_ input: Tensor) -> Tensor { inplace ? input.relu_() : input.relu() }
}

/// min(max(x, 0), 6). PyTorch: `torch.nn.ReLU6`.
public final class ReLU6: InplaceActivation, Layer {
    public func forward(_ input: Tensor) -> Tensor { input.computing(inplace: inplace) { $0.relu6() } }
}

/// x above 0, negativeSlope · x below. PyTorch: `torch.nn.LeakyReLU`.
public final class LeakyReLU: InplaceActivation, Layer {
    public let negativeSlope: Scalar

    public init(_ negativeSlope: some ScalarConvertible = 0.01, inplace: Bool = false) {
        self.negativeSlope = negativeSlope.scalar
        super.init(inplace: inplace)
    }

    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace) { $0.leakyRelu(negativeSlope.doubleValue) }
    }
    override var options: [String] { ["negative_slope=\(negativeSlope)"] }
}

/// x above 0, weight · x below, with one learned weight or one for each channel (dimension 1). PyTorch:
/// `torch.nn.PReLU`.
public final class PReLU: Module, Layer {
    public let numParameters: Int
    @Parameter public var weight: Tensor

    public init(_ numParameters: Int = 1, init value: Double = 0.25, dtype: DType = defaultDType, device: Device = .cpu)
    {
        self.numParameters = numParameters
        weight = Tensor.full([numParameters], value, dtype: dtype, device: device)
    }

    public func forward(_ input: Tensor) -> Tensor { input.prelu(weight) }
    public override var extraRepr: String { "num_parameters=\(numParameters)" }
}

/// x above 0, alpha · (exp(x) - 1) below. PyTorch: `torch.nn.ELU`.
public final class ELU: InplaceActivation, Layer {
    public let alpha: Scalar

    public init(alpha: some ScalarConvertible = 1.0, inplace: Bool = false) {
        self.alpha = alpha.scalar
        super.init(inplace: inplace)
    }

    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace) { $0.elu(alpha: alpha.doubleValue) }
    }
    override var options: [String] { ["alpha=\(alpha)"] }
}

/// max(0, x) + min(0, alpha · (exp(x / alpha) - 1)). PyTorch: `torch.nn.CELU`.
public final class CELU: InplaceActivation, Layer {
    public let alpha: Scalar

    public init(alpha: some ScalarConvertible = 1.0, inplace: Bool = false) {
        self.alpha = alpha.scalar
        super.init(inplace: inplace)
    }

    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace) { $0.celu(alpha: alpha.doubleValue) }
    }
    override var options: [String] { ["alpha=\(alpha)"] }
}

/// The self-normalizing ELU (Klambauer et al., 2017). PyTorch: `torch.nn.SELU`.
public final class SELU: InplaceActivation, Layer {
    public func forward(_ input: Tensor) -> Tensor { input.computing(inplace: inplace) { $0.selu() } }
}

/// x · Φ(x), by erf or by tanh. PyTorch: `torch.nn.GELU`.
public final class GELU: StatelessModule, Layer {
    public let approximate: GELUApproximation

    public init(approximate: GELUApproximation = .none) { self.approximate = approximate }

    public func forward(_ input: Tensor) -> Tensor { input.gelu(approximate: approximate) }
    public override var extraRepr: String { "approximate='\(approximate)'" }
}

/// x · sigmoid(x). PyTorch: `torch.nn.SiLU`.
public final class SiLU: InplaceActivation, Layer {
    public func forward(_ input: Tensor) -> Tensor { input.computing(inplace: inplace) { $0.silu() } }
}

/// x · tanh(softplus(x)). PyTorch: `torch.nn.Mish`.
public final class Mish: InplaceActivation, Layer {
    public func forward(_ input: Tensor) -> Tensor { input.computing(inplace: inplace) { $0.mish() } }
}

/// PyTorch: `torch.nn.Sigmoid`.
public final class Sigmoid: StatelessModule, Layer {
    public func forward(_ input: Tensor) -> Tensor { input.sigmoid() }
}

/// log(sigmoid(x)). PyTorch: `torch.nn.LogSigmoid`.
public final class LogSigmoid: StatelessModule, Layer {
    public func forward(_ input: Tensor) -> Tensor { input.logsigmoid() }
}

/// PyTorch: `torch.nn.Tanh`.
public final class Tanh: StatelessModule, Layer {
    public func forward(_ input: Tensor) -> Tensor { input.tanh() }
}

/// x - tanh(x). PyTorch: `torch.nn.Tanhshrink`.
public final class Tanhshrink: StatelessModule, Layer {
    public func forward(_ input: Tensor) -> Tensor { input.tanhshrink() }
}

/// x held between two bounds. PyTorch: `torch.nn.Hardtanh`.
public final class Hardtanh: InplaceActivation, Layer {
    public let minVal: Scalar
    public let maxVal: Scalar

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

    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace) { $0.hardtanh(minVal.doubleValue, maxVal.doubleValue) }
    }
    override var options: [String] { ["min_val=\(minVal)", "max_val=\(maxVal)"] }
}

/// relu6(x + 3) / 6. PyTorch: `torch.nn.Hardsigmoid`, which does not print `inplace`.
public final class Hardsigmoid: StatelessModule, Layer {
    public let inplace: Bool
    public init(inplace: Bool = false) { self.inplace = inplace }
    public func forward(_ input: Tensor) -> Tensor { input.computing(inplace: inplace) { $0.hardsigmoid() } }
}

/// x · hardsigmoid(x). PyTorch: `torch.nn.Hardswish`, which does not print `inplace`.
public final class Hardswish: StatelessModule, Layer {
    public let inplace: Bool
    public init(inplace: Bool = false) { self.inplace = inplace }
    public func forward(_ input: Tensor) -> Tensor { input.computing(inplace: inplace) { $0.hardswish() } }
}

/// 0 where |x| ≤ lambda, else x. PyTorch: `torch.nn.Hardshrink`.
public final class Hardshrink: StatelessModule, Layer {
    public let lambda: Scalar
    public init(_ lambda: some ScalarConvertible = 0.5) { self.lambda = lambda.scalar }
    public func forward(_ input: Tensor) -> Tensor { input.hardshrink(lambda.doubleValue) }
    public override var extraRepr: String { "\(lambda)" }
}

/// x drawn towards 0 by lambda. PyTorch: `torch.nn.Softshrink`.
public final class Softshrink: StatelessModule, Layer {
    public let lambda: Scalar
    public init(_ lambda: some ScalarConvertible = 0.5) { self.lambda = lambda.scalar }
    public func forward(_ input: Tensor) -> Tensor { input.softshrink(lambda.doubleValue) }
    public override var extraRepr: String { "\(lambda)" }
}

/// log(1 + exp(beta · x)) / beta, and x itself where beta · x > threshold. PyTorch: `torch.nn.Softplus`.
public final class Softplus: StatelessModule, Layer {
    public let beta: Scalar
    public let threshold: Scalar

    public init(beta: some ScalarConvertible = 1.0, threshold: some ScalarConvertible = 20.0) {
        self.beta = beta.scalar
        self.threshold = threshold.scalar
    }

    public func forward(_ input: Tensor) -> Tensor {
        input.softplus(beta: beta.doubleValue, threshold: threshold.doubleValue)
    }
    public override var extraRepr: String { "beta=\(beta), threshold=\(threshold)" }
}

/// x / (1 + |x|). PyTorch: `torch.nn.Softsign`.
public final class Softsign: StatelessModule, Layer {
    public func forward(_ input: Tensor) -> Tensor { input.softsign() }
}

/// x above the threshold, else a value. PyTorch: `torch.nn.Threshold`.
public final class Threshold: InplaceActivation, Layer {
    public let threshold: Scalar
    public let value: Scalar

    public init(_ threshold: some ScalarConvertible, _ value: some ScalarConvertible, inplace: Bool = false) {
        self.threshold = threshold.scalar
        self.value = value.scalar
        super.init(inplace: inplace)
    }

    public func forward(_ input: Tensor) -> Tensor {
        input.computing(inplace: inplace) { $0.threshold(threshold.doubleValue, value.doubleValue) }
    }
    override var options: [String] { ["threshold=\(threshold)", "value=\(value)"] }
}

/// The first half along a dimension times the sigmoid of the second. PyTorch: `torch.nn.GLU`.
public final class GLU: StatelessModule, Layer {
    public let dim: Int
    public init(dim: Int = -1) { self.dim = dim }
    public func forward(_ input: Tensor) -> Tensor { input.glu(dim: dim) }
    public override var extraRepr: String { "dim=\(dim)" }
}
