/// The border that a convolution adds to its input. PyTorch: `padding_mode`.
public enum ConvolutionPaddingMode: String, Sendable {
    /// Zeros.
    case zeros
    /// The elements mirrored at the border, without the outermost.
    case reflect
    /// The outermost elements.
    case replicate
    /// The elements of the opposite side.
    case circular

    var mode: PaddingMode {
        switch self {
        case .zeros: .constant
        case .reflect: .reflect
        case .replicate: .replicate
        case .circular: .circular
        }
    }
}

/// The arguments of a convolution layer's initializer.
struct ConvolutionOptions {
    var outChannels: Int
    var kernelSize: KernelSize
    var stride: KernelSize
    var padding: ConvolutionPadding
    var outputPadding: KernelSize = 0
    var dilation: KernelSize
    var groups: Int
    var bias: Bool
    var paddingMode: ConvolutionPaddingMode
    var dtype: DType
    var device: Device
}

/// What all convolution layers share: parameters, their checks, draws and printed form. PyTorch: `_ConvNd`.
///
/// The weight is [outChannels, inChannels / groups, …], or [inChannels, outChannels / groups, …] if the convolution is
/// transposed. Weight and bias are drawn in this order from uniform(±1/√fanIn), with fanIn = weight.size(1) · kernel.
public class ConvolutionLayer: Module, Layer {
    /// The channels of the input; 0 if a lazy layer has not seen one.
    public internal(set) final var inChannels: Int
    /// The channels of the result.
    public final let outChannels: Int
    /// The window's size, step and the distance of its elements, one number for each spatial dimension.
    public final let kernelSize, stride, dilation: [Int]
    /// The zeros around the input.
    public final let padding: ConvolutionPadding
    /// What is added to the size of a transposed convolution's result.
    public final let outputPadding: [Int]
    /// The number of groups into which the channels are divided.
    public final let groups: Int
    /// The kind of border.
    public final let paddingMode: ConvolutionPaddingMode
    /// The weight.
    @Parameter public final var weight: Tensor
    /// The bias, [outChannels], or nil.
    @Parameter public final var bias: Tensor?

    /// Whether the layer computes max(x, 0) of its result, because a ReLU was fused into it.
    final var isFollowedByReLU = false
    /// Whether the parameters wait for the first input.
    final var isUninitialized: Bool
    /// Whether the arguments were accepted.
    private let isValid: Bool

    final var rank: Int { kernelSize.count }
    final var isTransposed: Bool { Self.isTransposed }

    /// The number of spatial dimensions. Subclasses have one.
    class var spatialDims: Int { 0 }
    class var isTransposed: Bool { false }

    /// Creates a layer. If `inChannels` is nil, the parameters wait for the first input.
    init(inChannels: Int?, _ options: ConvolutionOptions) {
        let rank = Self.spatialDims, isTransposed = Self.isTransposed
        func expand(_ size: KernelSize, _ name: String) -> [Int]? {
            if size.isNumber || size.values.count == rank { return size.expanded(to: rank) }
            raise(.value, "\(name) must be one number or \(rank), but got \(size)")
            return nil
        }
        let ones = [Int](repeating: 1, count: rank)
        let kernel = expand(options.kernelSize, "kernel_size"), step = expand(options.stride, "stride")
        let spread = expand(options.dilation, "dilation"), extra = expand(options.outputPadding, "output_padding")
        var pads: [Int]? = ones
        if case .numbers(let size) = options.padding.kind { pads = expand(size, "padding") }
        kernelSize = kernel ?? ones
        stride = step ?? ones
        dilation = spread ?? ones
        outputPadding = extra ?? ones
        padding = options.padding
        self.inChannels = inChannels ?? 0
        outChannels = options.outChannels
        groups = options.groups
        paddingMode = options.paddingMode
        var fault: String?
        if rank == 0 {
            fault = "a convolution layer is a Conv1d, Conv2d or Conv3d"
        } else if groups <= 0 {
            fault = "groups must be a positive integer"
        } else if self.inChannels % groups != 0 {
            fault = "in_channels must be divisible by groups"
        } else if outChannels % groups != 0 {
            fault = "out_channels must be divisible by groups"
        } else if case .unknown(let word) = padding.kind {
            fault = "Invalid padding string '\(word)', should be one of {'same', 'valid'}"
        } else if padding == .same, stride.contains(where: { $0 != 1 }) {
            fault = "padding='same' is not supported for strided convolutions"
        } else if isTransposed, paddingMode != .zeros {
            fault = "Only \"zeros\" padding mode is supported for ConvTranspose\(rank)d"
        }
        if let fault { raise(.value, fault) }
        isValid = fault == nil && kernel != nil && step != nil && spread != nil && extra != nil && pads != nil
        isUninitialized = inChannels == nil
        let (dtype, device) = (options.dtype, options.device)
        if !isValid {
            weight = .void
            bias = nil
        } else if let inChannels {
            weight = Tensor.empty(
                Self.weightSizes(inChannels, outChannels, groups, kernelSize, isTransposed), dtype: dtype,
                device: device)
            bias = options.bias ? Tensor.empty([outChannels], dtype: dtype, device: device) : nil
        } else {
            weight = .uninitialized(dtype: dtype, device: device)
            bias = options.bias ? .uninitialized(dtype: dtype, device: device) : nil
        }
        super.init()
        if !isUninitialized { resetParameters() }
    }

    private static func weightSizes(
        _ inChannels: Int, _ outChannels: Int, _ groups: Int, _ kernel: [Int], _ isTransposed: Bool
    ) -> [Int] {
        (isTransposed ? [inChannels, outChannels / groups] : [outChannels, inChannels / groups]) + kernel
    }

    /// Draws the parameters again. PyTorch: `reset_parameters`.
    public final func resetParameters() {
        if weight.isVoid || isUninitialized { return }
        Init.kaimingUniform_(weight, a: 5.0.squareRoot())
        let fanIn = weight.sizes.dropFirst().reduce(1, &*)
        if let bias, fanIn > 0 {
            let bound = 1 / Double(fanIn).squareRoot()
            Init.uniform_(bias, -bound, bound)
        }
    }

    /// Gives the parameters of a lazy layer their sizes and draws them, unless a state dict did. They stay the same
    /// tensors, so an optimizer keeps them. Raises and returns false if the input has no channels.
    /// PyTorch: `initialize_parameters`.
    final func initialize(for input: Tensor) -> Bool {
        if input.isVoid || !isValid { return false }
        guard input.dim == rank + 1 || input.dim == rank + 2 else {
            raise(
                .runtime,
                "Expected \(rank + 1)D (unbatched) or \(rank + 2)D (batched) input to \(typeName), but got input of size: \(Size(input.sizes))"
            )
            return false
        }
        let channels = input.sizes[input.dim - rank - 1]
        guard channels % groups == 0 else {
            raise(.value, "in_channels must be divisible by groups")
            return false
        }
        inChannels = channels
        isUninitialized = false
        // A state dict may have given the parameters their values.
        guard weight.isUninitialized || bias?.isUninitialized == true else { return true }
        if weight.isUninitialized {
            weight.materialize(Self.weightSizes(channels, outChannels, groups, kernelSize, isTransposed))
        }
        if let bias, bias.isUninitialized { bias.materialize([outChannels]) }
        resetParameters()
        return true
    }

    public func forward(_ input: Tensor) -> Tensor { convolve(input, KernelSize(outputPadding)) }

    /// Computes the result, with another padding of a transposed convolution's output.
    final func convolve(_ input: Tensor, _ outputPadding: KernelSize) -> Tensor {
        if !isValid || isUninitialized && !initialize(for: input) { return .void }
        var call = ConvolutionCall(
            stride: KernelSize(stride), padding: padding, dilation: KernelSize(dilation),
            outputPadding: outputPadding, groups: groups, isTransposed: isTransposed)
        let name = isTransposed ? "conv_transpose\(rank)d" : "conv\(rank)d"
        guard paddingMode != .zeros else { return activated(call(input, weight, bias, rank: rank, name: name)) }
        call.padding = ConvolutionPadding(KernelSize(0))
        return activated(call(input.pad(border, mode: paddingMode.mode), weight, bias, rank: rank, name: name))
    }

    private func activated(_ result: Tensor) -> Tensor {
        if !isFollowedByReLU { return result }
        return result.requiresGrad ? result.relu() : result.relu_()
    }

    /// The numbers before and after each dimension, the last dimension first.
    private var border: [Int] {
        switch padding.kind {
        case .numbers(let size): (size.expanded(to: rank) ?? []).reversed().flatMap { [$0, $0] }
        case .same:
            zip(dilation, kernelSize).reversed().flatMap { dilation, kernel in
                let total = dilation &* (kernel &- 1)
                return [total / 2, total &- total / 2]
            }
        case .valid, .unknown: [Int](repeating: 0, count: 2 * rank)
        }
    }

    override func members() -> ModuleMembers {
        var members = ModuleMembers()
        members.add(_weight, "weight")
        members.add(_bias, "bias")
        return members
    }

    public override var typeName: String {
        let name = "\(isTransposed ? "ConvTranspose" : "Conv")\(rank)d"
        return isUninitialized ? "Lazy" + name : name
    }

    public override var extraRepr: String {
        func differs(_ values: [Int], _ usual: Int) -> Bool { values.contains { $0 != usual } }
        var text = "\(inChannels), \(outChannels), kernel_size=\(KernelSize.tuple(kernelSize))"
        text += ", stride=\(KernelSize.tuple(stride))"
        switch padding.kind {
        case .numbers(let size):
            let values = size.expanded(to: rank) ?? []
            if differs(values, 0) { text += ", padding=\(KernelSize.tuple(values))" }
        case .same: text += ", padding=same"
        case .valid: text += ", padding=valid"
        case .unknown(let word): text += ", padding=\(word)"
        }
        if differs(dilation, 1) { text += ", dilation=\(KernelSize.tuple(dilation))" }
        if differs(outputPadding, 0) { text += ", output_padding=\(KernelSize.tuple(outputPadding))" }
        if groups != 1 { text += ", groups=\(groups)" }
        if bias == nil { text += ", bias=False" }
        if isFollowedByReLU { text += ", fused=ReLU()" }
        if paddingMode != .zeros { text += ", padding_mode=\(paddingMode.rawValue)" }
        return text
    }
}
