/// Returns its input. PyTorch: `torch.nn.Identity`.
public final class Identity: StatelessModule, Layer {
    /// Returns the input.
    public func forward(_ input: Tensor) -> Tensor { input }
}

/// x · weightᵀ + bias, for x of shape [*, inFeatures]. PyTorch: `torch.nn.Linear`.
///
/// weight [outFeatures, inFeatures] and bias [outFeatures] are drawn in this order from uniform(±1/√inFeatures).
public class Linear: Module, Layer {
    /// The size of the input's last dimension; 0 if it is not inferred yet.
    public internal(set) final var inFeatures: Int
    /// The size of the result's last dimension.
    public final let outFeatures: Int
    /// The weight, [outFeatures, inFeatures].
    @Parameter public var weight: Tensor
    /// The bias, [outFeatures], or nil.
    @Parameter public var bias: Tensor?

    /// Creates a linear layer with random parameters.
    /// - Precondition: the sizes are not negative.
    public init(
        _ inFeatures: Int, _ outFeatures: Int, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.inFeatures = inFeatures
        self.outFeatures = outFeatures
        weight = Tensor.empty([outFeatures, inFeatures], dtype: dtype, device: device)
        self.bias = bias ? Tensor.empty([outFeatures], dtype: dtype, device: device) : nil
        super.init()
        resetParameters()
    }

    /// Creates a layer whose parameters have no shape yet.
    init(uninitialized outFeatures: Int, weight: Tensor, bias: Tensor?) {
        inFeatures = 0
        self.outFeatures = outFeatures
        self.weight = weight
        self.bias = bias
    }

    /// Draws the parameters again. PyTorch: `reset_parameters`.
    public func resetParameters() {
        if weight.isVoid { return }
        Init.kaimingUniform_(weight, a: 5.0.squareRoot())
        if let bias {
            let bound = inFeatures > 0 ? 1 / Double(inFeatures).squareRoot() : 0
            Init.uniform_(bias, -bound, bound)
        }
    }

    /// Computes x · weightᵀ + bias: [*, inFeatures] becomes [*, outFeatures].
    public func forward(_ input: Tensor) -> Tensor { input.linear(weight, bias) }

    final override func members() -> ModuleMembers {
        var members = ModuleMembers()
        members.add(_weight, "weight")
        members.add(_bias, "bias")
        return members
    }

    /// The options that PyTorch prints in the module's description.
    public final override var extraRepr: String {
        "in_features=\(inFeatures), out_features=\(outFeatures), bias=\(PythonText.repr(bias != nil))"
    }
}

/// Computes x1ᵀ · weight[k] · x2 + bias[k] for every output k, for x1 [*, in1Features] and x2 [*, in2Features].
/// PyTorch: `torch.nn.Bilinear`.
///
/// weight [outFeatures, in1Features, in2Features] and bias [outFeatures] are drawn from uniform(±1/√in1Features).
public final class Bilinear: Module, BinaryLayer {
    /// The size of the last dimension of x1.
    public let in1Features: Int
    /// The size of the last dimension of x2.
    public let in2Features: Int
    /// The size of the result's last dimension.
    public let outFeatures: Int
    /// The weight, [outFeatures, in1Features, in2Features].
    @Parameter public var weight: Tensor
    /// The bias, [outFeatures], or nil.
    @Parameter public var bias: Tensor?

    /// Creates a bilinear layer with random parameters.
    /// - Precondition: `in1Features` is positive, and the other sizes are not negative.
    public init(
        _ in1Features: Int, _ in2Features: Int, _ outFeatures: Int, bias: Bool = true, dtype: DType = defaultDType,
        device: Device = .default
    ) {
        self.in1Features = in1Features
        self.in2Features = in2Features
        self.outFeatures = outFeatures
        if in1Features <= 0 { raise(.value, "in1_features must be > 0, but got (in1_features=\(in1Features))") }
        weight = Tensor.empty([outFeatures, in1Features, in2Features], dtype: dtype, device: device)
        self.bias = bias ? Tensor.empty([outFeatures], dtype: dtype, device: device) : nil
        super.init()
        resetParameters()
    }

    /// Draws the parameters again. PyTorch: `reset_parameters`.
    public func resetParameters() {
        guard in1Features > 0, !weight.isVoid else { return }
        let bound = 1 / Double(in1Features).squareRoot()
        Init.uniform_(weight, -bound, bound)
        if let bias { Init.uniform_(bias, -bound, bound) }
    }

    /// Computes x₁ᵀ · weight · x₂ + bias: [*, in1Features] and [*, in2Features] become [*, outFeatures].
    public func forward(_ input: Tensor, _ other: Tensor) -> Tensor {
        if anyVoid(input, other, weight) { return .void }
        guard input.dim == other.dim, input.dim > 0, input.sizes.dropLast() == other.sizes.dropLast() else {
            return fail(
                .runtime, "bilinear(): input batch dimensions do not match: got \(input.sizes) and \(other.sizes)")
        }
        guard input.size(-1) == in1Features else {
            return fail(
                .runtime,
                "bilinear(): input1 size does not match weight size: got \(input.size(-1)) but expected \(in1Features)")
        }
        guard other.size(-1) == in2Features else {
            return fail(
                .runtime,
                "bilinear(): input2 size does not match weight size: got \(other.size(-1)) but expected \(in2Features)")
        }
        let batch = Array(input.sizes.dropLast())
        let count = batch.reduce(1, *)
        let x1 = input.reshape([count, in1Features])
        let x2 = other.reshape([count, in2Features])
        // [count, in1] x [in1, out · in2], then multiply by x2 and sum over in2.
        let left = x1.mm(weight.permute([1, 0, 2]).reshape([in1Features, outFeatures * in2Features])).view([
            count, outFeatures, in2Features
        ])
        let result = left.mul(x2.unsqueeze(1)).sum(dim: 2)
        return (bias.map { result.add($0) } ?? result).view(batch + [outFeatures])
    }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String {
        "in1_features=\(in1Features), in2_features=\(in2Features), out_features=\(outFeatures), bias=\(PythonText.repr(bias != nil))"
    }
}
