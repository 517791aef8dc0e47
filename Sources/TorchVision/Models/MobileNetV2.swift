import Torch

/// MobileNet V2 (Sandler et al., 2018): inverted residual blocks with linear bottlenecks.
/// PyTorch: `torchvision.models.MobileNetV2`.
public final class MobileNetV2: Module, Layer {
    /// A row of the network's table: factor of the channels inside a block, channels, number of blocks, and stride of
    /// the first one.
    public typealias Row = (t: Int, c: Int, n: Int, s: Int)
    /// Makes a block from the channels of input and result, stride, factor of the channels and normalization.
    public typealias Block = (Int, Int, Int, Int, @escaping (Int) -> any Layer) -> any Layer

    /// The channels of the features.
    public let lastChannel: Int
    /// The convolutions.
    public let features: Sequential
    /// Dropout and the linear layer.
    public let classifier: Sequential

    /// Creates the network with random weights.
    /// - Parameters:
    ///   - numClasses: the number of classes.
    ///   - widthMult: a factor of the channels in each layer.
    ///   - invertedResidualSetting: the rows of the network's table; nil for the paper's.
    ///   - roundNearest: the channels in each layer are a multiple of it.
    ///   - block: makes a block; nil for `InvertedResidual`.
    ///   - normLayer: makes a normalization from the number of channels; nil for `BatchNorm2d`.
    ///   - dropout: the probability of dropout before the linear layer.
    public init(
        numClasses: Int = 1000, widthMult: Double = 1, invertedResidualSetting: [Row]? = nil, roundNearest: Int = 8,
        block: Block? = nil, normLayer: ((Int) -> any Layer)? = nil, dropout: Double = 0.2
    ) {
        let norm = normLayer ?? { BatchNorm2d($0) }
        let block = block ?? { InvertedResidual($0, $1, stride: $2, expandRatio: $3, normLayer: $4) }
        let relu6: (Bool) -> any Layer = { ReLU6(inplace: $0) }
        let setting: [Row] =
            invertedResidualSetting ?? [
                (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
                (6, 320, 1, 1)
            ]
        if setting.isEmpty {
            raise(.value, "inverted_residual_setting should be non-empty or a 4-element list, got []")
        }
        var channels = makeDivisible(32 * widthMult, roundNearest)
        lastChannel = makeDivisible(1280 * max(1, widthMult), roundNearest)
        var layers: [any Layer] = [
            Conv2dNormActivation(3, channels, stride: 2, normLayer: norm, activationLayer: relu6)
        ]
        for (t, c, n, s) in setting {
            let outChannels = makeDivisible(Double(c) * widthMult, roundNearest)
            for i in 0..<max(n, 0) {
                layers.append(block(channels, outChannels, i == 0 ? s : 1, t, norm))
                channels = outChannels
            }
        }
        layers.append(
            Conv2dNormActivation(channels, lastChannel, kernelSize: 1, normLayer: norm, activationLayer: relu6))
        features = Sequential(layers)
        classifier = Sequential(Dropout(dropout), Linear(lastChannel, numClasses))
        super.init()
        initializeAsMobileNet { Init.normal_($0, std: 0.01) }
    }

    /// Computes the classes' scores [N, numClasses] of images [N, 3, H, W], without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor {
        classifier(features(input).adaptiveAvgPool2d(1).flatten(1))
    }

    /// An inverted residual block: expansion, depthwise convolution and projection.
    /// PyTorch: `torchvision.models.mobilenetv2.InvertedResidual`.
    public final class InvertedResidual: Module, Layer {
        /// The layers.
        public let conv: Sequential
        /// The channels of the result.
        public let outChannels: Int
        /// Whether the input is added to the result.
        public let useResConnect: Bool

        /// Creates a block.
        /// - Precondition: the stride is 1 or 2.
        public init(
            _ inp: Int, _ oup: Int, stride: Int, expandRatio: Int, normLayer: ((Int) -> any Layer)? = nil
        ) {
            if stride != 1, stride != 2 { raise(.value, "stride should be 1 or 2 instead of \(stride)") }
            let norm = normLayer ?? { BatchNorm2d($0) }
            let relu6: (Bool) -> any Layer = { ReLU6(inplace: $0) }
            let hidden = inp &* expandRatio
            outChannels = oup
            useResConnect = stride == 1 && inp == oup
            conv = Sequential {
                if expandRatio != 1 {
                    Conv2dNormActivation(inp, hidden, kernelSize: 1, normLayer: norm, activationLayer: relu6)
                }
                Conv2dNormActivation(
                    hidden, hidden, stride: stride, groups: hidden, normLayer: norm, activationLayer: relu6)
                Conv2d(hidden, oup, 1, bias: false)
                norm(oup)
            }
        }

        /// Computes the result, without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor { useResConnect ? input + conv(input) : conv(input) }
    }
}

/// Makes a `MobileNetV2`: `mobilenetV2(numClasses: 10)`, `try mobilenetV2(weights: .default)`.
public struct MobileNetV2Builder<Pretrained: ModelWeights>: ModelBuilder {
    public let name: String

    /// Creates a network with random weights. The options are those of `MobileNetV2`.
    public func callAsFunction(
        numClasses: Int = 1000, widthMult: Double = 1, invertedResidualSetting: [MobileNetV2.Row]? = nil,
        roundNearest: Int = 8, block: MobileNetV2.Block? = nil, normLayer: ((Int) -> any Layer)? = nil,
        dropout: Double = 0.2
    ) -> MobileNetV2 {
        MobileNetV2(
            numClasses: numClasses, widthMult: widthMult, invertedResidualSetting: invertedResidualSetting,
            roundNearest: roundNearest, block: block, normLayer: normLayer, dropout: dropout)
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: Pretrained?, progress: Bool = true, numClasses: Int? = nil, widthMult: Double = 1,
        invertedResidualSetting: [MobileNetV2.Row]? = nil, roundNearest: Int = 8, block: MobileNetV2.Block? = nil,
        normLayer: ((Int) -> any Layer)? = nil, dropout: Double = 0.2
    ) throws -> MobileNetV2 {
        try makeModel(weights, progress, numClasses) {
            self(
                numClasses: $0, widthMult: widthMult, invertedResidualSetting: invertedResidualSetting,
                roundNearest: roundNearest, block: block, normLayer: normLayer, dropout: dropout)
        }
    }

    public func make(weights: Pretrained?, progress: Bool, numClasses: Int?) throws -> MobileNetV2 {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

/// MobileNet V2 (Sandler et al., 2018). PyTorch: `torchvision.models.mobilenet_v2`.
public let mobilenetV2 = MobileNetV2Builder<MobileNetV2Weights>(name: "mobilenet_v2")

extension ModelRegistry {
    static let mobileNetV2s: [any ModelBuilder] = [
        mobilenetV2
    ]
}

/// The pretrained weights of `mobilenetV2`. PyTorch: `torchvision.models.MobileNet_V2_Weights`.
public enum MobileNetV2Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "MobileNet_V2_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("mobilenet_v2-b0353104", numParams: 3_504_872, acc: (71.878, 90.286))
        case .imagenet1kV2:
            Weights(
                "mobilenet_v2-7ebf99e0", numParams: 3_504_872, acc: (72.154, 90.822),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}
