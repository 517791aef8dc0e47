import Torch

/// ShuffleNet V2 (Ma et al., 2018): blocks that work on half of the channels and then shuffle them.
/// PyTorch: `torchvision.models.ShuffleNetV2`.
public final class ShuffleNetV2: Module, Layer {
    /// Makes a block from the channels of input and result, and the stride.
    public typealias Block = (Int, Int, Int) -> any Layer

    /// The first layers.
    public let conv1: Sequential
    /// Halves the image.
    public let maxpool: MaxPool2d
    /// The blocks.
    public let stage2, stage3, stage4: Sequential
    /// The last convolution.
    public let conv5: Sequential
    /// The linear layer.
    public var fc: Linear

    /// Creates the network with random weights.
    /// - Parameters:
    ///   - stagesRepeats: the numbers of blocks of the three stages.
    ///   - stagesOutChannels: the channels of the first layers, the stages and the last convolution.
    ///   - numClasses: the number of classes.
    ///   - invertedResidual: makes a block; nil for `InvertedResidual`.
    public init(
        _ stagesRepeats: [Int], _ stagesOutChannels: [Int], numClasses: Int = 1000, invertedResidual: Block? = nil
    ) {
        if stagesRepeats.count != 3 {
            raise(.value, "expected stages_repeats as list of 3 positive ints")
        } else if stagesOutChannels.count != 5 {
            raise(.value, "expected stages_out_channels as list of 5 positive ints")
        }
        let repeats = stagesRepeats.count == 3 ? stagesRepeats : [1, 1, 1]
        let channels = stagesOutChannels.count == 5 ? stagesOutChannels : [2, 2, 2, 2, 2]
        let block = invertedResidual ?? { InvertedResidual($0, $1, stride: $2) }
        func stage(_ i: Int) -> Sequential {
            Sequential {
                block(channels[i], channels[i + 1], 2)
                for _ in 0..<max(repeats[i] &- 1, 0) { block(channels[i + 1], channels[i + 1], 1) }
            }
        }
        conv1 = Sequential {
            Conv2d(3, channels[0], 3, stride: 2, padding: 1, bias: false)
            BatchNorm2d(channels[0])
            ReLU(inplace: true)
        }
        maxpool = MaxPool2d(3, stride: 2, padding: 1)
        stage2 = stage(0)
        stage3 = stage(1)
        stage4 = stage(2)
        conv5 = Sequential {
            Conv2d(channels[3], channels[4], 1, bias: false)
            BatchNorm2d(channels[4])
            ReLU(inplace: true)
        }
        fc = Linear(channels[4], numClasses)
    }

    /// Computes the classes' scores [N, numClasses] of images [N, 3, H, W], without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor {
        fc(conv5(stage4(stage3(stage2(maxpool(conv1(input)))))).mean([2, 3]))
    }

    /// A block that convolves half of the channels, or, if its stride is greater than 1, all of them twice.
    /// PyTorch: `torchvision.models.shufflenetv2.InvertedResidual`.
    public final class InvertedResidual: Module, Layer {
        /// The step of the windows.
        public let stride: Int
        /// The layers of the first half of the result. Without a stride there are none.
        public let branch1: Sequential
        /// The layers of the second half of the result.
        public let branch2: Sequential

        /// Creates a block.
        /// - Precondition: the stride is 1, 2 or 3; if it is 1, `inp` is `oup` and even.
        public init(_ inp: Int, _ oup: Int, stride: Int) {
            if stride < 1 || stride > 3 { raise(.value, "illegal stride value") }
            let features = oup >> 1
            if stride == 1, inp != features << 1 {
                raise(
                    .value,
                    "Invalid combination of stride \(stride), inp \(inp) and oup \(oup) values. If stride == 1 then inp should be equal to oup // 2 << 1."
                )
            }
            func depthwise(_ channels: Int) -> Conv2d {
                Conv2d(channels, channels, 3, stride: stride, padding: 1, groups: channels, bias: false)
            }
            self.stride = stride
            branch1 = Sequential {
                if stride > 1 {
                    depthwise(inp)
                    BatchNorm2d(inp)
                    Conv2d(inp, features, 1, bias: false)
                    BatchNorm2d(features)
                    ReLU(inplace: true)
                }
            }
            branch2 = Sequential {
                Conv2d(stride > 1 ? inp : features, features, 1, bias: false)
                BatchNorm2d(features)
                ReLU(inplace: true)
                depthwise(features)
                BatchNorm2d(features)
                Conv2d(features, features, 1, bias: false)
                BatchNorm2d(features)
                ReLU(inplace: true)
            }
        }

        /// Computes the result, without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor {
            if input.isVoid { return input }
            if stride > 1 { return shuffleChannels(cat([branch1(input), branch2(input)], dim: 1), groups: 2) }
            let halves = input.chunk(2, dim: 1)
            return shuffleChannels(cat([halves[0], branch2(halves[1])], dim: 1), groups: 2)
        }
    }
}

/// Returns [N, C, H, W] with the channels of the groups in turn: the first of each group, then the second of each.
/// PyTorch: `torchvision.models.shufflenetv2.channel_shuffle`.
private func shuffleChannels(_ x: Tensor, groups: Int) -> Tensor {
    x.unflatten(1, [groups, -1]).transpose(1, 2).flatten(1, 2)
}

/// Makes a `ShuffleNetV2` of one kind: `shufflenetV2X1_0(numClasses: 10)`, `try shufflenetV2X1_0(weights: .default)`.
public struct ShuffleNetV2Builder<Pretrained: ModelWeights>: ModelBuilder {
    public let name: String
    let channels: [Int]

    /// Creates a network with random weights. `invertedResidual` makes a block.
    public func callAsFunction(numClasses: Int = 1000, invertedResidual: ShuffleNetV2.Block? = nil) -> ShuffleNetV2 {
        ShuffleNetV2([4, 8, 4], channels, numClasses: numClasses, invertedResidual: invertedResidual)
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: Pretrained?, progress: Bool = true, numClasses: Int? = nil, invertedResidual: ShuffleNetV2.Block? = nil
    ) throws -> ShuffleNetV2 {
        try makeModel(weights, progress, numClasses) {
            self(numClasses: $0, invertedResidual: invertedResidual)
        }
    }

    public func make(weights: Pretrained?, progress: Bool, numClasses: Int?) throws -> ShuffleNetV2 {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

/// ShuffleNet V2 of half the width (Ma et al., 2018). PyTorch: `torchvision.models.shufflenet_v2_x0_5`.
public let shufflenetV2X0_5 = ShuffleNetV2Builder<ShuffleNetV2X0_5Weights>(
    name: "shufflenet_v2_x0_5", channels: [24, 48, 96, 192, 1024])
/// ShuffleNet V2 (Ma et al., 2018). PyTorch: `torchvision.models.shufflenet_v2_x1_0`.
public let shufflenetV2X1_0 = ShuffleNetV2Builder<ShuffleNetV2X1_0Weights>(
    name: "shufflenet_v2_x1_0", channels: [24, 116, 232, 464, 1024])
/// ShuffleNet V2 of 1.5 times the width (Ma et al., 2018). PyTorch: `torchvision.models.shufflenet_v2_x1_5`.
public let shufflenetV2X1_5 = ShuffleNetV2Builder<ShuffleNetV2X1_5Weights>(
    name: "shufflenet_v2_x1_5", channels: [24, 176, 352, 704, 1024])
/// ShuffleNet V2 of twice the width (Ma et al., 2018). PyTorch: `torchvision.models.shufflenet_v2_x2_0`.
public let shufflenetV2X2_0 = ShuffleNetV2Builder<ShuffleNetV2X2_0Weights>(
    name: "shufflenet_v2_x2_0", channels: [24, 244, 488, 976, 2048])

extension ModelRegistry {
    static let shuffleNets: [any ModelBuilder] = [
        shufflenetV2X0_5, shufflenetV2X1_0, shufflenetV2X1_5, shufflenetV2X2_0
    ]
}

/// The pretrained weights of `shufflenetV2X0_5`. PyTorch: `torchvision.models.ShuffleNet_V2_X0_5_Weights`.
public enum ShuffleNetV2X0_5Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "ShuffleNet_V2_X0_5_Weights"
    public var weights: Weights { Weights("shufflenetv2_x0.5-f707e7126e", numParams: 1_366_792, acc: (60.552, 81.746)) }
}

/// The pretrained weights of `shufflenetV2X1_0`. PyTorch: `torchvision.models.ShuffleNet_V2_X1_0_Weights`.
public enum ShuffleNetV2X1_0Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "ShuffleNet_V2_X1_0_Weights"
    public var weights: Weights { Weights("shufflenetv2_x1-5666bf0f80", numParams: 2_278_604, acc: (69.362, 88.316)) }
}

/// The pretrained weights of `shufflenetV2X1_5`. PyTorch: `torchvision.models.ShuffleNet_V2_X1_5_Weights`.
public enum ShuffleNetV2X1_5Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "ShuffleNet_V2_X1_5_Weights"
    public var weights: Weights {
        Weights(
            "shufflenetv2_x1_5-3c479a10", numParams: 3_503_624, acc: (72.996, 91.086),
            transforms: ImageClassification(cropSize: 224, resizeSize: 232))
    }
}

/// The pretrained weights of `shufflenetV2X2_0`. PyTorch: `torchvision.models.ShuffleNet_V2_X2_0_Weights`.
public enum ShuffleNetV2X2_0Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "ShuffleNet_V2_X2_0_Weights"
    public var weights: Weights {
        Weights(
            "shufflenetv2_x2_0-8be3c8ee", numParams: 7_393_996, acc: (76.23, 93.006),
            transforms: ImageClassification(cropSize: 224, resizeSize: 232))
    }
}
