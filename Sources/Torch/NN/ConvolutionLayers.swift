// The convolution layers: the initializers of all ranks, then one class for each number of spatial dimensions.

/// The base class of Conv1d, Conv2d and Conv3d, and their initializers.
public class DirectConvolutionLayer: ConvolutionLayer {
    /// Creates a layer with random parameters.
    /// - Precondition: the groups divide both numbers of channels; the stride is 1 if the padding is `.same`.
    public convenience init(
        _ inChannels: Int, _ outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some ConvolutionPaddingConvertible = 0,
        dilation: some KernelSizeConvertible = 1, groups: Int = 1, bias: Bool = true,
        paddingMode: ConvolutionPaddingMode = .zeros, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            inChannels,
            ConvolutionOptions(
                outChannels: outChannels, kernelSize: kernelSize.toKernelSize(),
                stride: stride.toKernelSize(), padding: padding.toConvolutionPadding(),
                dilation: dilation.toKernelSize(), groups: groups, bias: bias, paddingMode: paddingMode, dtype: dtype,
                device: device))
    }

    /// Same as the other initializer, with PyTorch's argument label.
    public convenience init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some ConvolutionPaddingConvertible = 0,
        dilation: some KernelSizeConvertible = 1, groups: Int = 1, bias: Bool = true,
        paddingMode: ConvolutionPaddingMode = .zeros, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            inChannels, outChannels, kernelSize, stride: stride, padding: padding, dilation: dilation,
            groups: groups, bias: bias, paddingMode: paddingMode, dtype: dtype, device: device)
    }

    init(_ inChannels: Int, _ options: ConvolutionOptions) { super.init(inChannels: inChannels, options) }

    /// Creates a layer whose parameters wait for the first input.
    required init(lazily options: ConvolutionOptions) { super.init(inChannels: nil, options) }
}

/// What all transposed convolution layers share, and their initializers. PyTorch: `_ConvTransposeNd`.
public class TransposedConvolutionLayer: ConvolutionLayer {
    /// Creates a layer with random parameters.
    /// - Precondition: the groups divide both numbers of channels; the mode is `.zeros`.
    public convenience init(
        _ inChannels: Int, _ outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some KernelSizeConvertible = 0,
        outputPadding: some KernelSizeConvertible = 0, groups: Int = 1, bias: Bool = true,
        dilation: some KernelSizeConvertible = 1, paddingMode: ConvolutionPaddingMode = .zeros,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            inChannels,
            ConvolutionOptions(
                outChannels: outChannels, kernelSize: kernelSize.toKernelSize(),
                stride: stride.toKernelSize(), padding: ConvolutionPadding(padding),
                outputPadding: outputPadding.toKernelSize(), dilation: dilation.toKernelSize(), groups: groups,
                bias: bias, paddingMode: paddingMode, dtype: dtype, device: device))
    }

    /// Same as the other initializer, with PyTorch's argument label.
    public convenience init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some KernelSizeConvertible = 0,
        outputPadding: some KernelSizeConvertible = 0, groups: Int = 1, bias: Bool = true,
        dilation: some KernelSizeConvertible = 1, paddingMode: ConvolutionPaddingMode = .zeros,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            inChannels, outChannels, kernelSize, stride: stride, padding: padding, outputPadding: outputPadding,
            groups: groups, bias: bias, dilation: dilation, paddingMode: paddingMode, dtype: dtype, device: device)
    }

    init(_ inChannels: Int, _ options: ConvolutionOptions) { super.init(inChannels: inChannels, options) }

    /// Creates a layer whose parameters wait for the first input.
    required init(lazily options: ConvolutionOptions) { super.init(inChannels: nil, options) }

    override class var isTransposed: Bool { true }

    /// Computes a result of the given spatial sizes, which a stride leaves open. The sizes of batch and channels may
    /// come before them. PyTorch: `forward(input, output_size)`.
    public final func forward(_ input: Tensor, outputSize: some Collection<Int>) -> Tensor {
        if input.isVoid { return .void }
        guard let extra = outputPadding(for: input, Array(outputSize)) else { return .void }
        return convolve(input, KernelSize(extra))
    }

    /// Calls `forward(_:outputSize:)` and the module's hooks.
    public final func callAsFunction(_ input: Tensor, outputSize: some Collection<Int>) -> Tensor {
        let sizes = Array(outputSize)
        return hooks == nil
            ? forward(input, outputSize: sizes) : withHooks([input]) { forward($0[0], outputSize: sizes) }
    }

    private func outputPadding(for input: Tensor, _ outputSize: [Int]) -> [Int]? {
        let lead = input.dim == rank + 2 ? 2 : 1
        let wanted = outputSize.count == lead + rank ? Array(outputSize.dropFirst(lead)) : outputSize
        guard wanted.count == rank, input.dim == lead + rank else {
            raise(
                .value,
                "ConvTranspose\(rank)D: for \(input.dim)D input, output_size must have \(rank) or \(lead + rank) elements (got \(wanted.count))"
            )
            return nil
        }
        let pads: [Int]
        if case .numbers(let size) = padding.kind { pads = size.expanded(to: rank) ?? [] } else { pads = [] }
        guard pads.count == rank else { return nil }
        let least = (0..<rank).map { d -> Int in
            let steps = (input.sizes[lead + d] &- 1) &* stride[d], window = dilation[d] &* (kernelSize[d] &- 1)
            return steps &- 2 &* pads[d] &+ window &+ 1
        }
        let most = (0..<rank).map { least[$0] &+ stride[$0] &- 1 }
        guard (0..<rank).allSatisfy({ wanted[$0] >= least[$0] && wanted[$0] <= most[$0] }) else {
            raise(
                .value,
                "requested an output size of \(wanted), but valid sizes range from \(least) to \(most) (for an input of \(Size(Array(input.sizes.dropFirst(2)))))"
            )
            return nil
        }
        return (0..<rank).map { wanted[$0] &- least[$0] }
    }
}

/// A convolution over an input [N, inChannels, L] or [inChannels, L]. PyTorch: `torch.nn.Conv1d`.
///
/// weight [outChannels, inChannels / groups, k] and bias [outChannels] are drawn in this order from
/// uniform(±1/√(inChannels / groups · kernel)).
public class Conv1d: DirectConvolutionLayer {
    override class var spatialDims: Int { 1 }
}

/// A convolution over an input [N, inChannels, H, W] or [inChannels, H, W]. PyTorch: `torch.nn.Conv2d`.
///
/// weight [outChannels, inChannels / groups, kH, kW] and bias [outChannels] are drawn in this order from
/// uniform(±1/√(inChannels / groups · kernel)).
public class Conv2d: DirectConvolutionLayer {
    override class var spatialDims: Int { 2 }
}

/// A convolution over an input [N, inChannels, D, H, W] or [inChannels, D, H, W]. PyTorch: `torch.nn.Conv3d`.
///
/// weight [outChannels, inChannels / groups, kD, kH, kW] and bias [outChannels] are drawn in this order from
/// uniform(±1/√(inChannels / groups · kernel)).
public class Conv3d: DirectConvolutionLayer {
    override class var spatialDims: Int { 3 }
}

/// The adjoint of a convolution over an input [N, inChannels, L] or [inChannels, L].
/// PyTorch: `torch.nn.ConvTranspose1d`.
///
/// weight [inChannels, outChannels / groups, k] and bias [outChannels] are drawn in this order from
/// uniform(±1/√(outChannels / groups · kernel)).
public class ConvTranspose1d: TransposedConvolutionLayer {
    override class var spatialDims: Int { 1 }
}

/// The adjoint of a convolution over an input [N, inChannels, H, W] or [inChannels, H, W].
/// PyTorch: `torch.nn.ConvTranspose2d`.
///
/// weight [inChannels, outChannels / groups, kH, kW] and bias [outChannels] are drawn in this order from
/// uniform(±1/√(outChannels / groups · kernel)).
public class ConvTranspose2d: TransposedConvolutionLayer {
    override class var spatialDims: Int { 2 }
}

/// The adjoint of a convolution over an input [N, inChannels, D, H, W] or [inChannels, D, H, W].
/// PyTorch: `torch.nn.ConvTranspose3d`.
///
/// weight [inChannels, outChannels / groups, kD, kH, kW] and bias [outChannels] are drawn in this order from
/// uniform(±1/√(outChannels / groups · kernel)).
public class ConvTranspose3d: TransposedConvolutionLayer {
    override class var spatialDims: Int { 3 }
}
