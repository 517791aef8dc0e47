import Torch

/// Multiplies each channel of [N, C, H, W] by a factor. Two 1×1 convolutions compute the factors from the means of all
/// channels (Hu et al., 2018). PyTorch: `torchvision.ops.SqueezeExcitation`.
public class SqueezeExcitation: Module, Layer {
    /// Computes the mean of each channel.
    public final let avgpool: AdaptiveAvgPool2d
    /// The convolution to fewer channels, and the one back.
    public final let fc1, fc2: Conv2d
    /// The activation between the convolutions.
    public final let activation: any Layer
    /// The activation that gives the factors.
    public final let scaleActivation: any Layer

    /// Creates the block.
    /// - Parameters:
    ///   - inputChannels: the channels of the input.
    ///   - squeezeChannels: the channels between the convolutions.
    ///   - activation: makes the activation between the convolutions.
    ///   - scaleActivation: makes the activation that gives the factors.
    public init(
        _ inputChannels: Int, _ squeezeChannels: Int, activation: () -> any Layer = { ReLU() },
        scaleActivation: () -> any Layer = { Sigmoid() }
    ) {
        avgpool = AdaptiveAvgPool2d(1)
        fc1 = Conv2d(inputChannels, squeezeChannels, 1)
        fc2 = Conv2d(squeezeChannels, inputChannels, 1)
        self.activation = activation()
        self.scaleActivation = scaleActivation()
    }

    /// Computes the result, without calling the hooks.
    public final func forward(_ input: Tensor) -> Tensor {
        scaleActivation(fc2(activation(fc1(avgpool(input))))) * input
    }
}
