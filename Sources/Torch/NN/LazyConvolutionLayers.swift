// Convolution layers that take the number of input channels from their first input.

/// The initializers of LazyConv1d, LazyConv2d and LazyConv3d.
public protocol LazyDirectConvolution: DirectConvolutionLayer, LazyModule {}

extension LazyDirectConvolution {
    /// Creates a layer without parameters.
    public init(
        _ outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some ConvolutionPaddingConvertible = 0,
        dilation: some KernelSizeConvertible = 1, groups: Int = 1, bias: Bool = true,
        paddingMode: ConvolutionPaddingMode = .zeros, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            lazily: ConvolutionOptions(
                outChannels: outChannels, kernelSize: kernelSize.toKernelSize(),
                stride: stride.toKernelSize(), padding: padding.toConvolutionPadding(),
                dilation: dilation.toKernelSize(), groups: groups, bias: bias, paddingMode: paddingMode, dtype: dtype,
                device: device))
    }

    /// Same as the other initializer, with PyTorch's argument label.
    public init(
        _ outChannels: Int, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some ConvolutionPaddingConvertible = 0,
        dilation: some KernelSizeConvertible = 1, groups: Int = 1, bias: Bool = true,
        paddingMode: ConvolutionPaddingMode = .zeros, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            outChannels, kernelSize, stride: stride, padding: padding, dilation: dilation,
            groups: groups, bias: bias, paddingMode: paddingMode, dtype: dtype, device: device)
    }
}

/// The initializers of LazyConvTranspose1d, LazyConvTranspose2d and LazyConvTranspose3d.
public protocol LazyTransposedConvolution: TransposedConvolutionLayer, LazyModule {}

extension LazyTransposedConvolution {
    /// Creates a layer without parameters.
    public init(
        _ outChannels: Int, _ kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some KernelSizeConvertible = 0,
        outputPadding: some KernelSizeConvertible = 0, groups: Int = 1, bias: Bool = true,
        dilation: some KernelSizeConvertible = 1, paddingMode: ConvolutionPaddingMode = .zeros,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            lazily: ConvolutionOptions(
                outChannels: outChannels, kernelSize: kernelSize.toKernelSize(),
                stride: stride.toKernelSize(), padding: ConvolutionPadding(padding),
                outputPadding: outputPadding.toKernelSize(), dilation: dilation.toKernelSize(), groups: groups,
                bias: bias, paddingMode: paddingMode, dtype: dtype, device: device))
    }

    /// Same as the other initializer, with PyTorch's argument label.
    public init(
        _ outChannels: Int, kernelSize: some KernelSizeConvertible,
        stride: some KernelSizeConvertible = 1, padding: some KernelSizeConvertible = 0,
        outputPadding: some KernelSizeConvertible = 0, groups: Int = 1, bias: Bool = true,
        dilation: some KernelSizeConvertible = 1, paddingMode: ConvolutionPaddingMode = .zeros,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            outChannels, kernelSize, stride: stride, padding: padding, outputPadding: outputPadding,
            groups: groups, bias: bias, dilation: dilation, paddingMode: paddingMode, dtype: dtype, device: device)
    }
}

/// A `Conv1d` that takes the number of input channels from its first input, and draws its parameters then.
/// PyTorch: `torch.nn.LazyConv1d`.
public final class LazyConv1d: Conv1d, LazyDirectConvolution {
    required init(lazily options: ConvolutionOptions) { super.init(lazily: options) }
}

/// A `Conv2d` that takes the number of input channels from its first input, and draws its parameters then.
/// PyTorch: `torch.nn.LazyConv2d`.
public final class LazyConv2d: Conv2d, LazyDirectConvolution {
    required init(lazily options: ConvolutionOptions) { super.init(lazily: options) }
}

/// A `Conv3d` that takes the number of input channels from its first input, and draws its parameters then.
/// PyTorch: `torch.nn.LazyConv3d`.
public final class LazyConv3d: Conv3d, LazyDirectConvolution {
    required init(lazily options: ConvolutionOptions) { super.init(lazily: options) }
}

/// A `ConvTranspose1d` that takes the number of input channels from its first input, and draws its parameters then.
/// PyTorch: `torch.nn.LazyConvTranspose1d`.
public final class LazyConvTranspose1d: ConvTranspose1d, LazyTransposedConvolution {
    required init(lazily options: ConvolutionOptions) { super.init(lazily: options) }
}

/// A `ConvTranspose2d` that takes the number of input channels from its first input, and draws its parameters then.
/// PyTorch: `torch.nn.LazyConvTranspose2d`.
public final class LazyConvTranspose2d: ConvTranspose2d, LazyTransposedConvolution {
    required init(lazily options: ConvolutionOptions) { super.init(lazily: options) }
}

/// A `ConvTranspose3d` that takes the number of input channels from its first input, and draws its parameters then.
/// PyTorch: `torch.nn.LazyConvTranspose3d`.
public final class LazyConvTranspose3d: ConvTranspose3d, LazyTransposedConvolution {
    required init(lazily options: ConvolutionOptions) { super.init(lazily: options) }
}

extension LazyModule where Self: ConvolutionLayer {
    /// Whether the number of input channels is not known yet.
    public var isLazy: Bool {
        get { isUninitialized }
        set { isUninitialized = newValue }
    }

    /// Gives the parameters their sizes and draws them, unless a state dict did.
    public func initializeParameters(_ input: Tensor) { _ = initialize(for: input) }
}
