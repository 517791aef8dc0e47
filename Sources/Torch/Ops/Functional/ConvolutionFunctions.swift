// The public functions of convolution.

/// Convolves images of one dimension with a weight: cross-correlation, summed over the input channels of each group.
/// PyTorch: `torch.nn.functional.conv1d`.
///
/// - Parameters:
///   - input: [N, C, L] or [C, L], of any dtype but bool.
///   - weight: [output channels, C / groups, k], of the input's dtype.
///   - bias: one number for each output channel, or nil.
///   - stride: the step of the window.
///   - padding: the zeros on both sides of each spatial dimension, or `.same` or `.valid`.
///   - dilation: the distance between the window's elements.
///   - groups: the number of groups into which the channels are divided.
/// - Returns: the results, channels innermost in memory if the input's or the weight's are.
/// - Precondition: the shapes fit, and the window is not larger than the padded input.
public func conv1d(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some KernelSizeConvertible = 1,
    padding: some ConvolutionPaddingConvertible = 0, dilation: some KernelSizeConvertible = 1, groups: Int = 1
) -> Tensor {
    ConvolutionCall(
        stride: stride.toKernelSize(), padding: padding.toConvolutionPadding(), dilation: dilation.toKernelSize(),
        groups: groups)(input, weight, bias, rank: 1, name: "conv1d")
}

/// Same as `conv1d(_:_:_:stride:padding:dilation:groups:)`, with PyTorch's argument label.
public func conv1d(
    _ input: Tensor, _ weight: Tensor, bias: Tensor?, stride: some KernelSizeConvertible = 1,
    padding: some ConvolutionPaddingConvertible = 0, dilation: some KernelSizeConvertible = 1, groups: Int = 1
) -> Tensor {
    conv1d(input, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
}

/// Convolves images with a weight: cross-correlation, summed over the input channels of each group.
/// PyTorch: `torch.nn.functional.conv2d`.
///
/// - Parameters:
///   - input: [N, C, H, W] or [C, H, W], of any dtype but bool.
///   - weight: [output channels, C / groups, kH, kW], of the input's dtype.
///   - bias: one number for each output channel, or nil.
///   - stride: the step of the window.
///   - padding: the zeros on both sides of each spatial dimension, or `.same` or `.valid`.
///   - dilation: the distance between the window's elements.
///   - groups: the number of groups into which the channels are divided.
/// - Returns: the results, channels innermost in memory if the input's or the weight's are.
/// - Precondition: the shapes fit, and the window is not larger than the padded input.
public func conv2d(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some KernelSizeConvertible = 1,
    padding: some ConvolutionPaddingConvertible = 0, dilation: some KernelSizeConvertible = 1, groups: Int = 1
) -> Tensor {
    ConvolutionCall(
        stride: stride.toKernelSize(), padding: padding.toConvolutionPadding(), dilation: dilation.toKernelSize(),
        groups: groups)(input, weight, bias, rank: 2, name: "conv2d")
}

/// Same as `conv2d(_:_:_:stride:padding:dilation:groups:)`, with PyTorch's argument label.
public func conv2d(
    _ input: Tensor, _ weight: Tensor, bias: Tensor?, stride: some KernelSizeConvertible = 1,
    padding: some ConvolutionPaddingConvertible = 0, dilation: some KernelSizeConvertible = 1, groups: Int = 1
) -> Tensor {
    conv2d(input, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
}

/// Convolves volumes with a weight: cross-correlation, summed over the input channels of each group.
/// PyTorch: `torch.nn.functional.conv3d`.
///
/// - Parameters:
///   - input: [N, C, D, H, W] or [C, D, H, W], of any dtype but bool.
///   - weight: [output channels, C / groups, kD, kH, kW], of the input's dtype.
///   - bias: one number for each output channel, or nil.
///   - stride: the step of the window.
///   - padding: the zeros on both sides of each spatial dimension, or `.same` or `.valid`.
///   - dilation: the distance between the window's elements.
///   - groups: the number of groups into which the channels are divided.
/// - Returns: the results, channels innermost in memory if the input's or the weight's are.
/// - Precondition: the shapes fit, and the window is not larger than the padded input.
public func conv3d(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some KernelSizeConvertible = 1,
    padding: some ConvolutionPaddingConvertible = 0, dilation: some KernelSizeConvertible = 1, groups: Int = 1
) -> Tensor {
    ConvolutionCall(
        stride: stride.toKernelSize(), padding: padding.toConvolutionPadding(), dilation: dilation.toKernelSize(),
        groups: groups)(input, weight, bias, rank: 3, name: "conv3d")
}

/// Same as `conv3d(_:_:_:stride:padding:dilation:groups:)`, with PyTorch's argument label.
public func conv3d(
    _ input: Tensor, _ weight: Tensor, bias: Tensor?, stride: some KernelSizeConvertible = 1,
    padding: some ConvolutionPaddingConvertible = 0, dilation: some KernelSizeConvertible = 1, groups: Int = 1
) -> Tensor {
    conv3d(input, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
}

/// The adjoint of `conv1d` with respect to its input: each input adds the weight, times itself, to the output.
/// PyTorch: `torch.nn.functional.conv_transpose1d`.
///
/// - Parameters:
///   - input: [N, C, L] or [C, L], of a floating-point or complex dtype or int64.
///   - weight: [C, output channels / groups, k], of the input's dtype.
///   - bias: one number for each output channel, or nil.
///   - stride: the step of the window in the output.
///   - padding: the elements that are removed from both sides of each spatial dimension of the output.
///   - outputPadding: the elements that are added to the end of each spatial dimension of the output.
///   - groups: the number of groups into which the channels are divided.
///   - dilation: the distance between the window's elements.
/// - Returns: the results, of size (input - 1) · stride - 2 · padding + dilation · (kernel - 1) + outputPadding + 1.
/// - Precondition: the shapes fit, and `outputPadding` is less than the stride or the dilation.
public func convTranspose1d(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some KernelSizeConvertible = 1,
    padding: some KernelSizeConvertible = 0, outputPadding: some KernelSizeConvertible = 0, groups: Int = 1,
    dilation: some KernelSizeConvertible = 1
) -> Tensor {
    ConvolutionCall(
        stride: stride.toKernelSize(), padding: ConvolutionPadding(padding), dilation: dilation.toKernelSize(),
        outputPadding: outputPadding.toKernelSize(), groups: groups, isTransposed: true)(
            input, weight, bias, rank: 1, name: "conv_transpose1d")
}

/// Same as `convTranspose1d(_:_:_:stride:padding:outputPadding:groups:dilation:)`, with PyTorch's argument label.
public func convTranspose1d(
    _ input: Tensor, _ weight: Tensor, bias: Tensor?, stride: some KernelSizeConvertible = 1,
    padding: some KernelSizeConvertible = 0, outputPadding: some KernelSizeConvertible = 0, groups: Int = 1,
    dilation: some KernelSizeConvertible = 1
) -> Tensor {
    convTranspose1d(
        input, weight, bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
        dilation: dilation)
}

/// The adjoint of `conv2d` with respect to its input: each input adds the weight, times itself, to the output.
/// PyTorch: `torch.nn.functional.conv_transpose2d`.
///
/// - Parameters:
///   - input: [N, C, H, W] or [C, H, W], of a floating-point or complex dtype or int64.
///   - weight: [C, output channels / groups, kH, kW], of the input's dtype.
///   - bias: one number for each output channel, or nil.
///   - stride: the step of the window in the output.
///   - padding: the elements that are removed from both sides of each spatial dimension of the output.
///   - outputPadding: the elements that are added to the end of each spatial dimension of the output.
///   - groups: the number of groups into which the channels are divided.
///   - dilation: the distance between the window's elements.
/// - Returns: the results, of size (input - 1) · stride - 2 · padding + dilation · (kernel - 1) + outputPadding + 1.
/// - Precondition: the shapes fit, and `outputPadding` is less than the stride or the dilation.
public func convTranspose2d(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some KernelSizeConvertible = 1,
    padding: some KernelSizeConvertible = 0, outputPadding: some KernelSizeConvertible = 0, groups: Int = 1,
    dilation: some KernelSizeConvertible = 1
) -> Tensor {
    ConvolutionCall(
        stride: stride.toKernelSize(), padding: ConvolutionPadding(padding), dilation: dilation.toKernelSize(),
        outputPadding: outputPadding.toKernelSize(), groups: groups, isTransposed: true)(
            input, weight, bias, rank: 2, name: "conv_transpose2d")
}

/// Same as `convTranspose2d(_:_:_:stride:padding:outputPadding:groups:dilation:)`, with PyTorch's argument label.
public func convTranspose2d(
    _ input: Tensor, _ weight: Tensor, bias: Tensor?, stride: some KernelSizeConvertible = 1,
    padding: some KernelSizeConvertible = 0, outputPadding: some KernelSizeConvertible = 0, groups: Int = 1,
    dilation: some KernelSizeConvertible = 1
) -> Tensor {
    convTranspose2d(
        input, weight, bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
        dilation: dilation)
}

/// The adjoint of `conv3d` with respect to its input: each input adds the weight, times itself, to the output.
/// PyTorch: `torch.nn.functional.conv_transpose3d`.
///
/// - Parameters:
///   - input: [N, C, D, H, W] or [C, D, H, W], of a floating-point or complex dtype or int64.
///   - weight: [C, output channels / groups, kD, kH, kW], of the input's dtype.
///   - bias: one number for each output channel, or nil.
///   - stride: the step of the window in the output.
///   - padding: the elements that are removed from both sides of each spatial dimension of the output.
///   - outputPadding: the elements that are added to the end of each spatial dimension of the output.
///   - groups: the number of groups into which the channels are divided.
///   - dilation: the distance between the window's elements.
/// - Returns: the results, of size (input - 1) · stride - 2 · padding + dilation · (kernel - 1) + outputPadding + 1.
/// - Precondition: the shapes fit, and `outputPadding` is less than the stride or the dilation.
public func convTranspose3d(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some KernelSizeConvertible = 1,
    padding: some KernelSizeConvertible = 0, outputPadding: some KernelSizeConvertible = 0, groups: Int = 1,
    dilation: some KernelSizeConvertible = 1
) -> Tensor {
    ConvolutionCall(
        stride: stride.toKernelSize(), padding: ConvolutionPadding(padding), dilation: dilation.toKernelSize(),
        outputPadding: outputPadding.toKernelSize(), groups: groups, isTransposed: true)(
            input, weight, bias, rank: 3, name: "conv_transpose3d")
}

/// Same as `convTranspose3d(_:_:_:stride:padding:outputPadding:groups:dilation:)`, with PyTorch's argument label.
public func convTranspose3d(
    _ input: Tensor, _ weight: Tensor, bias: Tensor?, stride: some KernelSizeConvertible = 1,
    padding: some KernelSizeConvertible = 0, outputPadding: some KernelSizeConvertible = 0, groups: Int = 1,
    dilation: some KernelSizeConvertible = 1
) -> Tensor {
    convTranspose3d(
        input, weight, bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
        dilation: dilation)
}
