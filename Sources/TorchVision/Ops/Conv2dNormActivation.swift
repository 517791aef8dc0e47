import Torch

/// A convolution, a normalization and an activation, of which the last two may be absent.
/// PyTorch: `torchvision.ops.misc.ConvNormActivation`.
public class ConvNormActivation: Sequential {
    /// The channels of the result.
    public final let outChannels: Int

    /// - Parameter convolution: creates the convolution from its padding and from whether it has a bias.
    fileprivate init(
        rank: Int, _ outChannels: Int, kernelSize: KernelSize, padding: ConvolutionPadding?, dilation: KernelSize,
        normLayer: ((Int) -> any Layer)?, activationLayer: ((Bool) -> any Layer)?, inplace: Bool?, bias: Bool?,
        _ convolution: (ConvolutionPadding, Bool) -> any Layer
    ) {
        self.outChannels = outChannels
        var layers = [
            convolution(padding ?? ConvNormActivation.padding(rank, kernelSize, dilation), bias ?? (normLayer == nil))
        ]
        if let normLayer { layers.append(normLayer(outChannels)) }
        if let activationLayer { layers.append(activationLayer(inplace ?? false)) }
        super.init(layers)
    }

    /// Returns the padding that keeps the size, if the stride is 1 and the kernel's size is odd.
    private static func padding(_ rank: Int, _ kernelSize: KernelSize, _ dilation: KernelSize) -> ConvolutionPadding {
        // Sizes that do not fit are refused by the convolution.
        let kernel = kernelSize.expanded(to: rank) ?? [], spread = dilation.expanded(to: rank) ?? []
        return ConvolutionPadding(zip(kernel, spread).map { (($0 &- 1) >> 1) &* $1 })
    }
}

/// A convolution over [N, inChannels, H, W], a normalization and an activation.
/// PyTorch: `torchvision.ops.Conv2dNormActivation`.
///
///     Conv2dNormActivation(3, 32, kernelSize: 3, stride: 2, activationLayer: { SiLU(inplace: $0) })
public class Conv2dNormActivation: ConvNormActivation {
    /// Creates the layers in order, so the convolution draws first.
    /// - Parameters:
    ///   - inChannels: the channels of the input.
    ///   - outChannels: the channels of the result.
    ///   - kernelSize: the size of the convolution's window.
    ///   - stride: the step of the window.
    ///   - padding: the zeros around the input; nil for (kernelSize - 1) / 2 · dilation.
    ///   - groups: the number of groups into which the channels are divided.
    ///   - normLayer: makes the normalization from the number of channels; nil for none.
    ///   - activationLayer: makes the activation from `inplace`; nil for none.
    ///   - dilation: the distance of the window's elements.
    ///   - inplace: whether the activation overwrites its input; nil for the activation's default.
    ///   - bias: whether the convolution has a bias; nil if it has one without a normalization.
    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: some KernelSizeConvertible = 3,
        stride: some KernelSizeConvertible = 1, padding: (any ConvolutionPaddingConvertible)? = nil, groups: Int = 1,
        normLayer: ((Int) -> any Layer)? = { BatchNorm2d($0) },
        activationLayer: ((Bool) -> any Layer)? = { ReLU(inplace: $0) }, dilation: some KernelSizeConvertible = 1,
        inplace: Bool? = true, bias: Bool? = nil
    ) {
        super.init(
            rank: 2, outChannels, kernelSize: kernelSize.toKernelSize(), padding: padding?.toConvolutionPadding(),
            dilation: dilation.toKernelSize(), normLayer: normLayer, activationLayer: activationLayer,
            inplace: inplace, bias: bias
        ) {
            Conv2d(
                inChannels, outChannels, kernelSize, stride: stride, padding: $0, dilation: dilation, groups: groups,
                bias: $1)
        }
    }
}

/// A convolution over [N, inChannels, D, H, W], a normalization and an activation.
/// PyTorch: `torchvision.ops.Conv3dNormActivation`.
public class Conv3dNormActivation: ConvNormActivation {
    /// Creates the layers in order. The parameters are those of `Conv2dNormActivation`.
    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: some KernelSizeConvertible = 3,
        stride: some KernelSizeConvertible = 1, padding: (any ConvolutionPaddingConvertible)? = nil, groups: Int = 1,
        normLayer: ((Int) -> any Layer)? = { BatchNorm3d($0) },
        activationLayer: ((Bool) -> any Layer)? = { ReLU(inplace: $0) }, dilation: some KernelSizeConvertible = 1,
        inplace: Bool? = true, bias: Bool? = nil
    ) {
        super.init(
            rank: 3, outChannels, kernelSize: kernelSize.toKernelSize(), padding: padding?.toConvolutionPadding(),
            dilation: dilation.toKernelSize(), normLayer: normLayer, activationLayer: activationLayer,
            inplace: inplace, bias: bias
        ) {
            Conv3d(
                inChannels, outChannels, kernelSize, stride: stride, padding: $0, dilation: dilation, groups: groups,
                bias: $1)
        }
    }
}
