/// The sizes of a convolution with any number of spatial dimensions, after all checks.
///
/// The output at position o is the sum over k of input[o · stride - padding + k · dilation] · weight[k], over the
/// inputs that exist. The output's sizes are stated, because a transposed convolution may leave inputs unread.
package struct ConvolutionPlan: Hashable, Sendable {
    /// The number of images, and the groups into which the channels are divided.
    package var batch, groups: Int
    /// The channels of the input and of the output, over all groups.
    package var inputChannels, outputChannels: Int
    /// The spatial sizes.
    package var input, output, kernel: [Int]
    /// The steps in the input from one output to the next, the zeros before the input, and the steps in the input from
    /// one element of the kernel to the next.
    package var stride, padding, dilation: [Int]

    /// The sizes of the input, [batch, channels, …].
    package var inputSizes: [Int] { [batch, inputChannels] + input }
    /// The sizes of the output, [batch, channels, …].
    package var outputSizes: [Int] { [batch, outputChannels] + output }
    /// The sizes of the weight, [output channels, input channels of a group, …].
    package var weightSizes: [Int] { [outputChannels, groups == 0 ? 0 : inputChannels / groups] + kernel }
}
