import Torch

/// ConvNeXt (Liu et al., 2022): convolutions in the form of a transformer. PyTorch: `torchvision.models.ConvNeXt`.
public final class ConvNeXt: Module, Layer {
    /// Makes a block from the channels, the initial scale and the probability that the block is dropped.
    public typealias Block = (Int, Double, Double) -> any Layer

    /// The first layers, the stages, and the convolutions between them.
    public let features: Sequential
    /// Computes the mean of each channel.
    public let avgpool: AdaptiveAvgPool2d
    /// A normalization and the linear layer.
    public let classifier: Sequential

    /// Creates the network with random weights.
    /// - Parameters:
    ///   - blockSetting: the stages.
    ///   - stochasticDepthProb: the probability that the last block is dropped; it grows from 0 to this number.
    ///   - layerScale: the initial factor of each block's result.
    ///   - numClasses: the number of classes.
    ///   - block: makes a block; nil for `CNBlock`.
    ///   - normLayer: makes a normalization from the number of channels; nil for `LayerNorm2d` with eps 1e-6.
    public init(
        _ blockSetting: [CNBlockConfig], stochasticDepthProb: Double = 0, layerScale: Double = 1e-6,
        numClasses: Int = 1000, block: Block? = nil, normLayer: ((Int) -> any Layer)? = nil
    ) {
        if blockSetting.isEmpty { raise(.value, "The block_setting should not be empty") }
        let norm = normLayer ?? { LayerNorm2d($0, eps: 1e-6) }
        let block = block ?? { CNBlock($0, layerScale: $1, stochasticDepthProb: $2) }
        let total = blockSetting.reduce(0) { $0 &+ $1.numLayers }
        var blocks = 0
        func stage(_ setting: CNBlockConfig) -> Sequential {
            Sequential(
                (0..<max(setting.numLayers, 0)).map { _ in
                    defer { blocks += 1 }
                    let p = stochasticDepthProb * Double(blocks) / (Double(total) - 1)
                    return block(setting.inputChannels, layerScale, p)
                })
        }
        let last = blockSetting.last.map { $0.outChannels ?? $0.inputChannels } ?? 1
        features = Sequential {
            Conv2dNormActivation(
                3, blockSetting.first?.inputChannels ?? 1, kernelSize: 4, stride: 4, padding: 0, normLayer: norm,
                activationLayer: nil, bias: true)
            for setting in blockSetting {
                stage(setting)
                if let outChannels = setting.outChannels {
                    Sequential(
                        norm(setting.inputChannels), Conv2d(setting.inputChannels, outChannels, 2, stride: 2))
                }
            }
        }
        avgpool = AdaptiveAvgPool2d(1)
        classifier = Sequential(norm(last), Flatten(1), Linear(last, numClasses))
        super.init()
        for module in modules() {
            let (weight, bias): (Tensor, Tensor?)
            switch module {
            case let conv as Conv2d: (weight, bias) = (conv.weight, conv.bias)
            case let linear as Linear: (weight, bias) = (linear.weight, linear.bias)
            default: continue
            }
            Init.truncNormal_(weight, std: 0.02)
            if let bias { Init.zeros_(bias) }
        }
    }

    /// Computes the classes' scores [N, numClasses] of images [N, 3, H, W], without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor { classifier(avgpool(features(input))) }

    /// A stage of the network. PyTorch: `torchvision.models.convnext.CNBlockConfig`.
    public struct CNBlockConfig: Sendable, CustomStringConvertible {
        /// The channels of the blocks.
        public var inputChannels: Int
        /// The channels after the convolution that follows the stage; nil for no convolution.
        public var outChannels: Int?
        /// The number of blocks.
        public var numLayers: Int

        /// Creates a stage.
        public init(_ inputChannels: Int, _ outChannels: Int?, _ numLayers: Int) {
            self.inputChannels = inputChannels
            self.outChannels = outChannels
            self.numLayers = numLayers
        }

        /// The form that torchvision prints.
        public var description: String {
            "CNBlockConfig(input_channels=\(inputChannels), out_channels=\(outChannels.map(String.init) ?? "None"), "
                + "num_layers=\(numLayers))"
        }
    }

    /// Layer normalization of the channels of [N, C, H, W]. PyTorch: `torchvision.models.convnext.LayerNorm2d`.
    public final class LayerNorm2d: Module, Layer {
        /// The number that is added to the variance.
        public let eps: Double
        /// The factors and summands of the channels.
        @Parameter public var weight, bias: Tensor

        /// Creates a normalization of `channels` channels.
        public init(_ channels: Int, eps: Double = 1e-5) {
            self.eps = eps
            weight = Tensor.ones(channels)
            bias = Tensor.zeros(channels)
        }

        /// Computes the result, without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor {
            layerNorm(input.permute(0, 2, 3, 1), weight.sizes, weight: weight, bias: bias, eps: eps)
                .permute(0, 3, 1, 2)
        }

        /// The options that PyTorch prints.
        public override var extraRepr: String {
            "(\(weight.numel()),), eps=\(format(eps, "")), elementwise_affine=True, bias=True"
        }
    }

    /// A block: a convolution of each channel by itself, then two linear layers over the channels.
    public final class CNBlock: Module, Layer {
        /// The layers.
        public let block: Sequential
        /// The factor of each channel, [dim, 1, 1].
        @Parameter public var layerScale: Tensor
        /// Drops the layers at random in training.
        public let stochasticDepth: StochasticDepth

        /// Creates a block.
        /// - Parameters:
        ///   - dim: the number of channels.
        ///   - layerScale: the initial factor of the result.
        ///   - stochasticDepthProb: the probability that the block is dropped.
        ///   - normLayer: makes a normalization of the last dimension; nil for `LayerNorm` with eps 1e-6.
        public init(
            _ dim: Int, layerScale: Double, stochasticDepthProb: Double, normLayer: ((Int) -> any Layer)? = nil
        ) {
            block = Sequential {
                Conv2d(dim, dim, 7, padding: 3, groups: dim)
                Permute([0, 2, 3, 1])
                normLayer?(dim) ?? LayerNorm([dim], eps: 1e-6)
                Linear(dim, 4 &* dim)
                GELU()
                Linear(4 &* dim, dim)
                Permute([0, 3, 1, 2])
            }
            self.layerScale = Tensor.ones(dim, 1, 1) * layerScale
            stochasticDepth = StochasticDepth(stochasticDepthProb, .row)
        }

        /// Computes the result, without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor { stochasticDepth(layerScale * block(input)).add_(input) }
    }
}

/// Returns a tiny ConvNeXt with random weights. The parameters are those of `ConvNeXt`.
/// PyTorch: `torchvision.models.convnext_tiny`.
public func convnextTiny(
    stochasticDepthProb: Double = 0.1, layerScale: Double = 1e-6, numClasses: Int = 1000,
    block: ConvNeXt.Block? = nil, normLayer: ((Int) -> any Layer)? = nil
) -> ConvNeXt {
    convnext(96, 9, stochasticDepthProb, layerScale, numClasses, block, normLayer)
}

/// Returns a small ConvNeXt with random weights. PyTorch: `torchvision.models.convnext_small`.
public func convnextSmall(
    stochasticDepthProb: Double = 0.4, layerScale: Double = 1e-6, numClasses: Int = 1000,
    block: ConvNeXt.Block? = nil, normLayer: ((Int) -> any Layer)? = nil
) -> ConvNeXt {
    convnext(96, 27, stochasticDepthProb, layerScale, numClasses, block, normLayer)
}

/// Returns a base ConvNeXt with random weights. PyTorch: `torchvision.models.convnext_base`.
public func convnextBase(
    stochasticDepthProb: Double = 0.5, layerScale: Double = 1e-6, numClasses: Int = 1000,
    block: ConvNeXt.Block? = nil, normLayer: ((Int) -> any Layer)? = nil
) -> ConvNeXt {
    convnext(128, 27, stochasticDepthProb, layerScale, numClasses, block, normLayer)
}

/// Returns a large ConvNeXt with random weights. PyTorch: `torchvision.models.convnext_large`.
public func convnextLarge(
    stochasticDepthProb: Double = 0.5, layerScale: Double = 1e-6, numClasses: Int = 1000,
    block: ConvNeXt.Block? = nil, normLayer: ((Int) -> any Layer)? = nil
) -> ConvNeXt {
    convnext(192, 27, stochasticDepthProb, layerScale, numClasses, block, normLayer)
}

/// The network whose stages have 3, 3, `depth` and 3 blocks; each has twice the channels of the one before.
private func convnext(
    _ channels: Int, _ depth: Int, _ stochasticDepthProb: Double, _ layerScale: Double, _ numClasses: Int,
    _ block: ConvNeXt.Block?, _ normLayer: ((Int) -> any Layer)?
) -> ConvNeXt {
    let stages: [ConvNeXt.CNBlockConfig] = [
        .init(channels, 2 * channels, 3), .init(2 * channels, 4 * channels, 3),
        .init(4 * channels, 8 * channels, depth), .init(8 * channels, nil, 3)
    ]
    return ConvNeXt(
        stages, stochasticDepthProb: stochasticDepthProb, layerScale: layerScale, numClasses: numClasses,
        block: block, normLayer: normLayer)
}
