/// Normalizes over the last dimensions, of shape `normalizedShape`, to mean 0 and variance 1, then multiplies by
/// `weight` and adds `bias` (Ba, Kiros and Hinton, 2016). PyTorch: `torch.nn.LayerNorm`.
///
/// `weight` begins as 1 and `bias` as 0; both have the shape `normalizedShape`.
public final class LayerNorm: Module, Layer {
    /// The sizes of the dimensions that are normalized.
    public let normalizedShape: [Int]
    /// The number that is added to the variance.
    public let eps: Double
    /// Whether the module learns a weight.
    public let elementwiseAffine: Bool
    /// The factors, of shape `normalizedShape`, or nil.
    @Parameter public var weight: Tensor?
    /// The summands, of shape `normalizedShape`, or nil.
    @Parameter public var bias: Tensor?

    /// Creates a layer normalization. It has a bias only if it has a weight.
    public init(
        _ normalizedShape: [Int], eps: Double = 1e-5, elementwiseAffine: Bool = true, bias: Bool = true,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        self.normalizedShape = normalizedShape
        self.eps = eps
        self.elementwiseAffine = elementwiseAffine
        if elementwiseAffine {
            weight = Tensor.ones(normalizedShape, dtype: dtype, device: device)
            if bias { self.bias = Tensor.zeros(normalizedShape, dtype: dtype, device: device) }
        }
    }

    /// Sets the weight to 1 and the bias to 0. PyTorch: `reset_parameters`.
    public func resetParameters() {
        if let weight { Init.ones_(weight) }
        if let bias { Init.zeros_(bias) }
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor {
        layerNorm(input, normalizedShape, weight: weight, bias: bias, eps: eps)
    }

    override func members() -> ModuleMembers {
        var members = ModuleMembers()
        members.add(_weight, "weight")
        members.add(_bias, "bias")
        return members
    }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String {
        "\(PythonText.tuple(normalizedShape)), eps=\(PythonText.repr(eps)), "
            + "elementwise_affine=\(PythonText.repr(elementwiseAffine)), bias=\(PythonText.repr(bias != nil))"
    }
}

/// Divides by the root of the mean square over the last dimensions, of shape `normalizedShape`, then multiplies by
/// `weight` (Zhang and Sennrich, 2019). PyTorch: `torch.nn.RMSNorm`.
public final class RMSNorm: Module, Layer {
    /// The sizes of the dimensions that are normalized.
    public let normalizedShape: [Int]
    /// The number that is added to the mean square; nil for the dtype's machine epsilon.
    public let eps: Double?
    /// Whether the module learns a weight.
    public let elementwiseAffine: Bool
    /// The factors, of shape `normalizedShape`, or nil. They begin as 1.
    @Parameter public var weight: Tensor?

    /// Creates a root mean square normalization.
    public init(
        _ normalizedShape: [Int], eps: Double? = nil, elementwiseAffine: Bool = true, dtype: DType = defaultDType,
        device: Device = .default
    ) {
        self.normalizedShape = normalizedShape
        self.eps = eps
        self.elementwiseAffine = elementwiseAffine
        if elementwiseAffine { weight = Tensor.ones(normalizedShape, dtype: dtype, device: device) }
    }

    /// Sets the weight to 1. PyTorch: `reset_parameters`.
    public func resetParameters() { if let weight { Init.ones_(weight) } }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor { rmsNorm(input, normalizedShape, weight: weight, eps: eps) }

    override func members() -> ModuleMembers {
        var members = ModuleMembers()
        members.add(_weight, "weight")
        return members
    }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String {
        "\(PythonText.tuple(normalizedShape)), eps=\(eps.map { PythonText.repr($0) } ?? "None"), "
            + "elementwise_affine=\(PythonText.repr(elementwiseAffine))"
    }
}

/// Normalizes each sample's channels, dimension 1, in groups to mean 0 and variance 1, then multiplies by `weight` and
/// adds `bias` (Wu and He, 2018). PyTorch: `torch.nn.GroupNorm`.
public final class GroupNorm: Module, Layer {
    /// The number of groups.
    public let numGroups: Int
    /// The number of channels.
    public let numChannels: Int
    /// The number that is added to the variance.
    public let eps: Double
    /// Whether the module learns a weight.
    public let affine: Bool
    /// The factor of each channel, [numChannels], or nil. It begins as 1.
    @Parameter public var weight: Tensor?
    /// The summand of each channel, [numChannels], or nil. It begins as 0.
    @Parameter public var bias: Tensor?

    /// Creates a group normalization. It has a bias only if it has a weight.
    /// - Precondition: `numChannels` is a multiple of `numGroups`.
    public init(
        _ numGroups: Int, _ numChannels: Int, eps: Double = 1e-5, affine: Bool = true, bias: Bool = true,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        self.numGroups = numGroups
        self.numChannels = numChannels
        self.eps = eps
        self.affine = affine
        if numGroups == 0 {
            raise(.value, "integer modulo by zero")
        } else if numChannels % (numGroups == -1 ? 1 : numGroups) != 0 {
            raise(.value, "num_channels (\(numChannels)) must be divisible by num_groups (\(numGroups))")
        }
        if affine {
            weight = Tensor.ones([numChannels], dtype: dtype, device: device)
            if bias { self.bias = Tensor.zeros([numChannels], dtype: dtype, device: device) }
        }
    }

    /// Sets the weight to 1 and the bias to 0. PyTorch: `reset_parameters`.
    public func resetParameters() {
        if let weight { Init.ones_(weight) }
        if let bias { Init.zeros_(bias) }
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor {
        groupNorm(input, numGroups, weight: weight, bias: bias, eps: eps)
    }

    override func members() -> ModuleMembers {
        var members = ModuleMembers()
        members.add(_weight, "weight")
        members.add(_bias, "bias")
        return members
    }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String {
        "\(numGroups), \(numChannels), eps=\(PythonText.repr(eps)), affine=\(PythonText.repr(affine)), "
            + "bias=\(PythonText.repr(bias != nil))"
    }
}

/// Divides by a power of the mean square over `size` neighbouring channels, as `localResponseNorm` does.
/// PyTorch: `torch.nn.LocalResponseNorm`.
public final class LocalResponseNorm: StatelessModule, Layer {
    /// The number of channels.
    public let size: Int
    /// The factor of the mean square, the exponent, and the summand.
    public let alpha, beta, k: Double

    /// Creates a local response normalization.
    public init(_ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) {
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k
    }

    /// Like the other initializer, with PyTorch's name for the number of channels.
    public convenience init(size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) {
        self.init(size, alpha: alpha, beta: beta, k: k)
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor {
        localResponseNorm(input, size, alpha: alpha, beta: beta, k: k)
    }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String {
        "\(size), alpha=\(PythonText.repr(alpha)), beta=\(PythonText.repr(beta)), k=\(PythonText.repr(k))"
    }
}

/// x / (k + alpha / size · sum of x² over neighbouring channels)^beta, for [N, C, H, W]. The neighbours of a channel
/// are itself, the (size - 1) / 2 channels before it and as many after it, and always the first channel.
/// PyTorch: `torch.nn.CrossMapLRN2d`.
public final class CrossMapLRN2d: StatelessModule, Layer {
    /// The number of channels.
    public let size: Int
    /// The factor of the sum of squares, and the exponent.
    public let alpha, beta: Double
    /// The summand.
    public let k: Scalar

    /// Creates a normalization across channels.
    public init(_ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: some ScalarConvertible = 1) {
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k.scalar
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor {
        if input.isVoid { return .void }
        guard input.dim == 4 else {
            return fail(.value, "CrossMapLRN2d: Expected input to be 4D, got \(input.dim)D instead.")
        }
        guard size > 0 else { return fail(.value, "CrossMapLRN2d: Expected size to be positive, got \(size)") }
        if input.numel() == 0 { return input.clone() }
        let channels = input.sizes[1], reach = Swift.min((size - 1) / 2, channels), squares = input.mul(input)
        let windows = squares.constantPadNd([0, 0, 0, 0, reach, reach]).unfold(1, 2 * reach + 1, 1).sum(dim: -1)
        // PyTorch never takes the first channel out of its running sum.
        let isBehind = Tensor.arange(channels, device: input.device).gt(reach).view([1, channels, 1, 1])
        let sums = windows.add(squares.narrow(1, 0, 1).mul(isBehind))
        return input.mul(sums.mul(alpha / Double(size)).add(k.doubleValue).pow(-beta))
    }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String {
        "\(size), alpha=\(PythonText.repr(alpha)), beta=\(PythonText.repr(beta)), k=\(k)"
    }
}

extension LayerNorm {
    /// Like the other initializer, for the last dimension of this size.
    public convenience init(
        _ normalizedShape: Int, eps: Double = 1e-5, elementwiseAffine: Bool = true, bias: Bool = true,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            [normalizedShape], eps: eps, elementwiseAffine: elementwiseAffine, bias: bias, dtype: dtype, device: device)
    }

    /// Like the other initializer, with PyTorch's name for the sizes.
    public convenience init(
        normalizedShape: [Int], eps: Double = 1e-5, elementwiseAffine: Bool = true, bias: Bool = true,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            normalizedShape, eps: eps, elementwiseAffine: elementwiseAffine, bias: bias, dtype: dtype, device: device)
    }
}

extension RMSNorm {
    /// Like the other initializer, for the last dimension of this size.
    public convenience init(
        _ normalizedShape: Int, eps: Double? = nil, elementwiseAffine: Bool = true, dtype: DType = defaultDType,
        device: Device = .default
    ) {
        self.init([normalizedShape], eps: eps, elementwiseAffine: elementwiseAffine, dtype: dtype, device: device)
    }

    /// Like the other initializer, with PyTorch's name for the sizes.
    public convenience init(
        normalizedShape: [Int], eps: Double? = nil, elementwiseAffine: Bool = true, dtype: DType = defaultDType,
        device: Device = .default
    ) {
        self.init(normalizedShape, eps: eps, elementwiseAffine: elementwiseAffine, dtype: dtype, device: device)
    }
}

extension GroupNorm {
    /// Like the other initializer, with PyTorch's names.
    public convenience init(
        numGroups: Int, numChannels: Int, eps: Double = 1e-5, affine: Bool = true, bias: Bool = true,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(numGroups, numChannels, eps: eps, affine: affine, bias: bias, dtype: dtype, device: device)
    }

    /// Like the other initializer, with PyTorch's name for the number of channels.
    public convenience init(
        _ numGroups: Int, numChannels: Int, eps: Double = 1e-5, affine: Bool = true, bias: Bool = true,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(numGroups, numChannels, eps: eps, affine: affine, bias: bias, dtype: dtype, device: device)
    }
}
