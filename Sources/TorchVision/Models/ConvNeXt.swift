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
                (0..<max(setting.numLayers, 0)).map { _ -> any Layer in
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
        /// The number of channels, in a list.
        public let normalizedShape: [Int]
        /// The number that is added to the variance.
        public let eps: Double
        /// The factors of the channels.
        @Parameter public var weight: Tensor
        /// The summands of the channels.
        @Parameter public var bias: Tensor

        /// Creates a normalization of `channels` channels.
        public init(_ channels: Int, eps: Double = 1e-5) {
            normalizedShape = [channels]
            self.eps = eps
            weight = Tensor.ones(channels)
            bias = Tensor.zeros(channels)
        }

        /// Computes the result, without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor {
            layerNorm(input.permute(0, 2, 3, 1), normalizedShape, weight: weight, bias: bias, eps: eps)
                .permute(0, 3, 1, 2)
        }

        /// The options that PyTorch prints.
        public override var extraRepr: String {
            "(\(normalizedShape[0]),), eps=\(format(eps)), elementwise_affine=True, bias=True"
        }
    }

    /// A block: a depthwise convolution, then two linear layers over the channels.
    /// PyTorch: `torchvision.models.convnext.CNBlock`.
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

/// Makes a `ConvNeXt` of one kind: `convnextTiny(numClasses: 10)`, `try convnextTiny(weights: .default)`.
public struct ConvNeXtBuilder<Pretrained: ModelWeights>: ModelBuilder {
    public let name: String
    let channels, depth: Int
    let stochasticDepthProb: Double

    /// Creates a network with random weights. The options are those of `ConvNeXt`. The
    /// default of `stochasticDepthProb` depends on the network.
    public func callAsFunction(
        numClasses: Int = 1000, stochasticDepthProb: Double? = nil, layerScale: Double = 1e-6,
        block: ConvNeXt.Block? = nil, normLayer: ((Int) -> any Layer)? = nil
    ) -> ConvNeXt {
        let stages: [ConvNeXt.CNBlockConfig] = [
            .init(channels, 2 * channels, 3), .init(2 * channels, 4 * channels, 3),
            .init(4 * channels, 8 * channels, depth), .init(8 * channels, nil, 3)
        ]
        return ConvNeXt(
            stages, stochasticDepthProb: stochasticDepthProb ?? self.stochasticDepthProb, layerScale: layerScale,
            numClasses: numClasses, block: block, normLayer: normLayer)
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: Pretrained?, progress: Bool = true, numClasses: Int? = nil, stochasticDepthProb: Double? = nil,
        layerScale: Double = 1e-6, block: ConvNeXt.Block? = nil, normLayer: ((Int) -> any Layer)? = nil
    ) throws -> ConvNeXt {
        try makeModel(weights, progress, numClasses) {
            self(
                numClasses: $0, stochasticDepthProb: stochasticDepthProb, layerScale: layerScale, block: block,
                normLayer: normLayer)
        }
    }

    public func make(weights: Pretrained?, progress: Bool, numClasses: Int?) throws -> ConvNeXt {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

/// ConvNeXt, tiny (Liu et al., 2022). PyTorch: `torchvision.models.convnext_tiny`.
public let convnextTiny = ConvNeXtBuilder<ConvNeXtTinyWeights>(
    name: "convnext_tiny", channels: 96, depth: 9, stochasticDepthProb: 0.1)
/// ConvNeXt, small (Liu et al., 2022). PyTorch: `torchvision.models.convnext_small`.
public let convnextSmall = ConvNeXtBuilder<ConvNeXtSmallWeights>(
    name: "convnext_small", channels: 96, depth: 27, stochasticDepthProb: 0.4)
/// ConvNeXt, base (Liu et al., 2022). PyTorch: `torchvision.models.convnext_base`.
public let convnextBase = ConvNeXtBuilder<ConvNeXtBaseWeights>(
    name: "convnext_base", channels: 128, depth: 27, stochasticDepthProb: 0.5)
/// ConvNeXt, large (Liu et al., 2022). PyTorch: `torchvision.models.convnext_large`.
public let convnextLarge = ConvNeXtBuilder<ConvNeXtLargeWeights>(
    name: "convnext_large", channels: 192, depth: 27, stochasticDepthProb: 0.5)

extension ModelRegistry {
    static let convNeXts: [any ModelBuilder] = [
        convnextTiny, convnextSmall, convnextBase, convnextLarge
    ]
}

/// The pretrained weights of `convnextTiny`. PyTorch: `torchvision.models.ConvNeXt_Tiny_Weights`.
public enum ConvNeXtTinyWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "ConvNeXt_Tiny_Weights"
    public var weights: Weights {
        Weights(
            "convnext_tiny-983f1562", numParams: 28_589_128, acc: (82.52, 96.146), minSize: 32,
            transforms: ImageClassification(cropSize: 224, resizeSize: 236))
    }
}

/// The pretrained weights of `convnextSmall`. PyTorch: `torchvision.models.ConvNeXt_Small_Weights`.
public enum ConvNeXtSmallWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "ConvNeXt_Small_Weights"
    public var weights: Weights {
        Weights(
            "convnext_small-0c510722", numParams: 50_223_688, acc: (83.616, 96.65), minSize: 32,
            transforms: ImageClassification(cropSize: 224, resizeSize: 230))
    }
}

/// The pretrained weights of `convnextBase`. PyTorch: `torchvision.models.ConvNeXt_Base_Weights`.
public enum ConvNeXtBaseWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "ConvNeXt_Base_Weights"
    public var weights: Weights {
        Weights(
            "convnext_base-6075fbad", numParams: 88_591_464, acc: (84.062, 96.87), minSize: 32,
            transforms: ImageClassification(cropSize: 224, resizeSize: 232))
    }
}

/// The pretrained weights of `convnextLarge`. PyTorch: `torchvision.models.ConvNeXt_Large_Weights`.
public enum ConvNeXtLargeWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "ConvNeXt_Large_Weights"
    public var weights: Weights {
        Weights(
            "convnext_large-ea097f82", numParams: 197_767_336, acc: (84.414, 96.976), minSize: 32,
            transforms: ImageClassification(cropSize: 224, resizeSize: 232))
    }
}
