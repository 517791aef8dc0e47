// The convolution layers, one class for each number of spatial dimensions.

/// A convolution over an input [N, inChannels, L] or [inChannels, L]. PyTorch: `torch.nn.Conv1d`.
///
/// weight [outChannels, inChannels / groups, k] and bias [outChannels] are drawn in this order from
/// uniform(±1/√(inChannels / groups · kernel)).
public class Conv1d: ConvolutionLayer {
    /// Creates a layer with random parameters.
    /// - Precondition: the groups divide both numbers of channels; the stride is 1 if the padding is `.same`.
    public init(
        _ inChannels: Int, _ outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some ConvolutionPaddingConvertible = 0,
        dilation: some KernelSizeConvertible = 1, groups: Int = 1, bias: Bool = true,
        paddingMode: ConvolutionPaddingMode = .zeros, dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            rank: 1, inChannels, outChannels, kernelSize.toKernelSize(), stride: stride.toKernelSize(),
            padding: padding.toConvolutionPadding(), dilation: dilation.toKernelSize(), groups: groups,
            bias: bias, paddingMode: paddingMode, dtype: dtype, device: device)
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

    /// Creates a layer whose parameters wait for the first input.
    init(
        lazily outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some ConvolutionPaddingConvertible = 0,
        dilation: some KernelSizeConvertible = 1, groups: Int = 1, bias: Bool = true,
        paddingMode: ConvolutionPaddingMode = .zeros, dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            rank: 1, nil, outChannels, kernelSize.toKernelSize(), stride: stride.toKernelSize(),
            padding: padding.toConvolutionPadding(), dilation: dilation.toKernelSize(), groups: groups,
            bias: bias, paddingMode: paddingMode, dtype: dtype, device: device)
    }
}

/// A convolution over an input [N, inChannels, H, W] or [inChannels, H, W]. PyTorch: `torch.nn.Conv2d`.
///
/// weight [outChannels, inChannels / groups, kH, kW] and bias [outChannels] are drawn in this order from
/// uniform(±1/√(inChannels / groups · kernel)).
public class Conv2d: ConvolutionLayer {
    /// Creates a layer with random parameters.
    /// - Precondition: the groups divide both numbers of channels; the stride is 1 if the padding is `.same`.
    public init(
        _ inChannels: Int, _ outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some ConvolutionPaddingConvertible = 0,
        dilation: some KernelSizeConvertible = 1, groups: Int = 1, bias: Bool = true,
        paddingMode: ConvolutionPaddingMode = .zeros, dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            rank: 2, inChannels, outChannels, kernelSize.toKernelSize(), stride: stride.toKernelSize(),
            padding: padding.toConvolutionPadding(), dilation: dilation.toKernelSize(), groups: groups,
            bias: bias, paddingMode: paddingMode, dtype: dtype, device: device)
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

    /// Creates a layer whose parameters wait for the first input.
    init(
        lazily outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some ConvolutionPaddingConvertible = 0,
        dilation: some KernelSizeConvertible = 1, groups: Int = 1, bias: Bool = true,
        paddingMode: ConvolutionPaddingMode = .zeros, dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            rank: 2, nil, outChannels, kernelSize.toKernelSize(), stride: stride.toKernelSize(),
            padding: padding.toConvolutionPadding(), dilation: dilation.toKernelSize(), groups: groups,
            bias: bias, paddingMode: paddingMode, dtype: dtype, device: device)
    }
}

/// A convolution over an input [N, inChannels, D, H, W] or [inChannels, D, H, W]. PyTorch: `torch.nn.Conv3d`.
///
/// weight [outChannels, inChannels / groups, kD, kH, kW] and bias [outChannels] are drawn in this order from
/// uniform(±1/√(inChannels / groups · kernel)).
public class Conv3d: ConvolutionLayer {
    /// Creates a layer with random parameters.
    /// - Precondition: the groups divide both numbers of channels; the stride is 1 if the padding is `.same`.
    public init(
        _ inChannels: Int, _ outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some ConvolutionPaddingConvertible = 0,
        dilation: some KernelSizeConvertible = 1, groups: Int = 1, bias: Bool = true,
        paddingMode: ConvolutionPaddingMode = .zeros, dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            rank: 3, inChannels, outChannels, kernelSize.toKernelSize(), stride: stride.toKernelSize(),
            padding: padding.toConvolutionPadding(), dilation: dilation.toKernelSize(), groups: groups,
            bias: bias, paddingMode: paddingMode, dtype: dtype, device: device)
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

    /// Creates a layer whose parameters wait for the first input.
    init(
        lazily outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some ConvolutionPaddingConvertible = 0,
        dilation: some KernelSizeConvertible = 1, groups: Int = 1, bias: Bool = true,
        paddingMode: ConvolutionPaddingMode = .zeros, dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            rank: 3, nil, outChannels, kernelSize.toKernelSize(), stride: stride.toKernelSize(),
            padding: padding.toConvolutionPadding(), dilation: dilation.toKernelSize(), groups: groups,
            bias: bias, paddingMode: paddingMode, dtype: dtype, device: device)
    }
}

/// The adjoint of a convolution over an input [N, inChannels, L] or [inChannels, L].
/// PyTorch: `torch.nn.ConvTranspose1d`.
///
/// weight [inChannels, outChannels / groups, k] and bias [outChannels] are drawn in this order from
/// uniform(±1/√(outChannels / groups · kernel)).
public class ConvTranspose1d: TransposedConvolutionLayer {
    /// Creates a layer with random parameters.
    /// - Precondition: the groups divide both numbers of channels; the mode is `.zeros`.
    public init(
        _ inChannels: Int, _ outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some KernelSizeConvertible = 0,
        outputPadding: some KernelSizeConvertible = 0, groups: Int = 1, bias: Bool = true,
        dilation: some KernelSizeConvertible = 1, paddingMode: ConvolutionPaddingMode = .zeros,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            rank: 1, inChannels, outChannels, kernelSize.toKernelSize(), stride: stride.toKernelSize(),
            padding: ConvolutionPadding(padding), outputPadding: outputPadding.toKernelSize(),
            dilation: dilation.toKernelSize(), groups: groups,
            bias: bias, paddingMode: paddingMode, isTransposed: true, dtype: dtype, device: device)
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

    /// Creates a layer whose parameters wait for the first input.
    init(
        lazily outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some KernelSizeConvertible = 0,
        outputPadding: some KernelSizeConvertible = 0, groups: Int = 1, bias: Bool = true,
        dilation: some KernelSizeConvertible = 1, paddingMode: ConvolutionPaddingMode = .zeros,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            rank: 1, nil, outChannels, kernelSize.toKernelSize(), stride: stride.toKernelSize(),
            padding: ConvolutionPadding(padding), outputPadding: outputPadding.toKernelSize(),
            dilation: dilation.toKernelSize(), groups: groups,
            bias: bias, paddingMode: paddingMode, isTransposed: true, dtype: dtype, device: device)
    }
}

/// The adjoint of a convolution over an input [N, inChannels, H, W] or [inChannels, H, W].
/// PyTorch: `torch.nn.ConvTranspose2d`.
///
/// weight [inChannels, outChannels / groups, kH, kW] and bias [outChannels] are drawn in this order from
/// uniform(±1/√(outChannels / groups · kernel)).
public class ConvTranspose2d: TransposedConvolutionLayer {
    /// Creates a layer with random parameters.
    /// - Precondition: the groups divide both numbers of channels; the mode is `.zeros`.
    public init(
        _ inChannels: Int, _ outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some KernelSizeConvertible = 0,
        outputPadding: some KernelSizeConvertible = 0, groups: Int = 1, bias: Bool = true,
        dilation: some KernelSizeConvertible = 1, paddingMode: ConvolutionPaddingMode = .zeros,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            rank: 2, inChannels, outChannels, kernelSize.toKernelSize(), stride: stride.toKernelSize(),
            padding: ConvolutionPadding(padding), outputPadding: outputPadding.toKernelSize(),
            dilation: dilation.toKernelSize(), groups: groups,
            bias: bias, paddingMode: paddingMode, isTransposed: true, dtype: dtype, device: device)
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

    /// Creates a layer whose parameters wait for the first input.
    init(
        lazily outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some KernelSizeConvertible = 0,
        outputPadding: some KernelSizeConvertible = 0, groups: Int = 1, bias: Bool = true,
        dilation: some KernelSizeConvertible = 1, paddingMode: ConvolutionPaddingMode = .zeros,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            rank: 2, nil, outChannels, kernelSize.toKernelSize(), stride: stride.toKernelSize(),
            padding: ConvolutionPadding(padding), outputPadding: outputPadding.toKernelSize(),
            dilation: dilation.toKernelSize(), groups: groups,
            bias: bias, paddingMode: paddingMode, isTransposed: true, dtype: dtype, device: device)
    }
}

/// The adjoint of a convolution over an input [N, inChannels, D, H, W] or [inChannels, D, H, W].
/// PyTorch: `torch.nn.ConvTranspose3d`.
///
/// weight [inChannels, outChannels / groups, kD, kH, kW] and bias [outChannels] are drawn in this order from
/// uniform(±1/√(outChannels / groups · kernel)).
public class ConvTranspose3d: TransposedConvolutionLayer {
    /// Creates a layer with random parameters.
    /// - Precondition: the groups divide both numbers of channels; the mode is `.zeros`.
    public init(
        _ inChannels: Int, _ outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some KernelSizeConvertible = 0,
        outputPadding: some KernelSizeConvertible = 0, groups: Int = 1, bias: Bool = true,
        dilation: some KernelSizeConvertible = 1, paddingMode: ConvolutionPaddingMode = .zeros,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            rank: 3, inChannels, outChannels, kernelSize.toKernelSize(), stride: stride.toKernelSize(),
            padding: ConvolutionPadding(padding), outputPadding: outputPadding.toKernelSize(),
            dilation: dilation.toKernelSize(), groups: groups,
            bias: bias, paddingMode: paddingMode, isTransposed: true, dtype: dtype, device: device)
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

    /// Creates a layer whose parameters wait for the first input.
    init(
        lazily outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some KernelSizeConvertible = 0,
        outputPadding: some KernelSizeConvertible = 0, groups: Int = 1, bias: Bool = true,
        dilation: some KernelSizeConvertible = 1, paddingMode: ConvolutionPaddingMode = .zeros,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            rank: 3, nil, outChannels, kernelSize.toKernelSize(), stride: stride.toKernelSize(),
            padding: ConvolutionPadding(padding), outputPadding: outputPadding.toKernelSize(),
            dilation: dilation.toKernelSize(), groups: groups,
            bias: bias, paddingMode: paddingMode, isTransposed: true, dtype: dtype, device: device)
    }
}
