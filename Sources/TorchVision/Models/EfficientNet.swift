import Torch

/// EfficientNet (Tan and Le, 2019) and EfficientNet V2 (2021). PyTorch: `torchvision.models.EfficientNet`.
public final class EfficientNet: Module, Layer {
    /// The convolutions.
    public let features: Sequential
    /// Computes the mean of each channel.
    public let avgpool: AdaptiveAvgPool2d
    /// Dropout and the linear layer.
    public let classifier: Sequential

    /// Creates the network with random weights.
    /// - Parameters:
    ///   - invertedResidualSetting: the stages.
    ///   - dropout: the probability of dropout before the linear layer.
    ///   - stochasticDepthProb: the probability that a block is dropped; it grows from 0 to this number.
    ///   - numClasses: the number of classes.
    ///   - normLayer: makes a normalization from the number of channels; nil for `BatchNorm2d`.
    ///   - lastChannel: the channels of the last convolution; nil for four times those of the last stage.
    public init(
        _ invertedResidualSetting: [MBConvConfig], dropout: Double, stochasticDepthProb: Double = 0.2,
        numClasses: Int = 1000, normLayer: ((Int) -> any Layer)? = nil, lastChannel: Int? = nil
    ) {
        if invertedResidualSetting.isEmpty {
            raise(.value, "The inverted_residual_setting should not be empty")
        }
        let norm = normLayer ?? { BatchNorm2d($0) }
        let silu: (Bool) -> any Layer = { SiLU(inplace: $0) }
        let first = invertedResidualSetting.first?.inputChannels ?? 8
        let last = invertedResidualSetting.last?.outChannels ?? 8
        let lastChannel = lastChannel ?? 4 &* last
        let total = invertedResidualSetting.reduce(0) { $0 &+ $1.numLayers }
        var blocks = 0
        func stage(_ setting: MBConvConfig) -> Sequential {
            var cnf = setting
            return Sequential(
                (0..<max(setting.numLayers, 0)).map { i -> any Layer in
                    if i > 0 { (cnf.inputChannels, cnf.stride) = (cnf.outChannels, 1) }
                    defer { blocks += 1 }
                    return cnf.block(cnf, stochasticDepthProb * Double(blocks) / Double(total), norm)
                })
        }
        features = Sequential {
            Conv2dNormActivation(3, first, stride: 2, normLayer: norm, activationLayer: silu)
            for setting in invertedResidualSetting { stage(setting) }
            Conv2dNormActivation(last, lastChannel, kernelSize: 1, normLayer: norm, activationLayer: silu)
        }
        avgpool = AdaptiveAvgPool2d(1)
        classifier = Sequential(Dropout(dropout, inplace: true), Linear(lastChannel, numClasses))
        super.init()
        initializeAsMobileNet { weight in
            let bound = 1 / Double(weight.size(0)).squareRoot()
            Init.uniform_(weight, -bound, bound)
        }
    }

    /// Computes the classes' scores [N, numClasses] of images [N, 3, H, W], without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor { classifier(avgpool(features(input)).flatten(1)) }

    /// A stage of the network. PyTorch: `torchvision.models.efficientnet.MBConvConfig`.
    public struct MBConvConfig {
        /// Makes a block from its configuration, the probability that it is dropped, and a normalization.
        public typealias Block = (MBConvConfig, Double, @escaping (Int) -> any Layer) -> any Layer

        /// The factor of the channels inside the blocks.
        public var expandRatio: Double
        /// The size and step of the first block's window.
        public var kernel, stride: Int
        /// The channels of input and result.
        public var inputChannels, outChannels: Int
        /// The number of blocks.
        public var numLayers: Int
        /// Makes a block.
        public var block: Block

        /// Creates a stage of `MBConv` blocks, or of other blocks. The channels are multiplied by `widthMult` and
        /// rounded to multiples of 8; the number of blocks is multiplied by `depthMult` and rounded up.
        public init(
            _ expandRatio: Double, _ kernel: Int, _ stride: Int, _ inputChannels: Int, _ outChannels: Int,
            _ numLayers: Int, widthMult: Double = 1, depthMult: Double = 1, block: Block? = nil
        ) {
            self.expandRatio = expandRatio
            self.kernel = kernel
            self.stride = stride
            self.inputChannels = Self.adjustChannels(inputChannels, widthMult)
            self.outChannels = Self.adjustChannels(outChannels, widthMult)
            self.numLayers = Self.adjustDepth(numLayers, depthMult)
            self.block = block ?? { MBConv($0, stochasticDepthProb: $1, normLayer: $2) }
        }

        /// Returns a stage of `FusedMBConv` blocks, or of other blocks.
        /// PyTorch: `torchvision.models.efficientnet.FusedMBConvConfig`.
        public static func fused(
            _ expandRatio: Double, _ kernel: Int, _ stride: Int, _ inputChannels: Int, _ outChannels: Int,
            _ numLayers: Int, block: Block? = nil
        ) -> MBConvConfig {
            var config = MBConvConfig(
                expandRatio, kernel, stride, 0, 0, numLayers,
                block: block ?? { FusedMBConv($0, stochasticDepthProb: $1, normLayer: $2) })
            (config.inputChannels, config.outChannels) = (inputChannels, outChannels)
            return config
        }

        /// Returns the channels times `widthMult`, rounded to a multiple of 8.
        public static func adjustChannels(_ channels: Int, _ widthMult: Double, minValue: Int? = nil) -> Int {
            makeDivisible(Double(channels) * widthMult, 8, minValue: minValue)
        }

        /// Returns the number of blocks times `depthMult`, rounded up.
        public static func adjustDepth(_ numLayers: Int, _ depthMult: Double) -> Int {
            truncate((Double(numLayers) * depthMult).rounded(.up))
        }
    }

    /// What both blocks share: layers, a dropped branch and the sum with the input.
    public class ResidualBlock: Module, Layer {
        /// The layers.
        public final let block: Sequential
        /// Drops the layers at random in training.
        public final let stochasticDepth: StochasticDepth
        /// The channels of the result.
        public final let outChannels: Int
        /// Whether the input is added to the result.
        public final let useResConnect: Bool

        fileprivate init(_ cnf: MBConvConfig, _ stochasticDepthProb: Double, _ layers: [any Layer]) {
            if cnf.stride < 1 || cnf.stride > 2 { raise(.value, "illegal stride value") }
            block = Sequential(layers)
            stochasticDepth = StochasticDepth(stochasticDepthProb, .row)
            outChannels = cnf.outChannels
            useResConnect = cnf.stride == 1 && cnf.inputChannels == cnf.outChannels
        }

        /// Computes the result, without calling the hooks.
        public final func forward(_ input: Tensor) -> Tensor {
            let result = block(input)
            return useResConnect ? stochasticDepth(result).add_(input) : result
        }
    }

    /// An inverted residual block: expansion, depthwise convolution, squeeze and excitation, and projection.
    /// PyTorch: `torchvision.models.efficientnet.MBConv`.
    public final class MBConv: ResidualBlock {
        /// Creates a block.
        /// - Parameters:
        ///   - cnf: the configuration.
        ///   - stochasticDepthProb: the probability that the block is dropped.
        ///   - normLayer: makes a normalization from the number of channels.
        ///   - seLayer: makes the squeeze and excitation from the channels, the fewer channels inside, and the
        ///     activation.
        /// - Precondition: the stride is 1 or 2.
        public init(
            _ cnf: MBConvConfig, stochasticDepthProb: Double, normLayer: @escaping (Int) -> any Layer,
            seLayer: (Int, Int, () -> any Layer) -> any Layer = { SqueezeExcitation($0, $1, activation: $2) }
        ) {
            let silu: (Bool) -> any Layer = { SiLU(inplace: $0) }
            let expanded = MBConvConfig.adjustChannels(cnf.inputChannels, cnf.expandRatio)
            var layers: [any Layer] = []
            if expanded != cnf.inputChannels {
                layers.append(
                    Conv2dNormActivation(
                        cnf.inputChannels, expanded, kernelSize: 1, normLayer: normLayer, activationLayer: silu))
            }
            layers.append(
                Conv2dNormActivation(
                    expanded, expanded, kernelSize: cnf.kernel, stride: cnf.stride, groups: expanded,
                    normLayer: normLayer, activationLayer: silu))
            layers.append(seLayer(expanded, max(1, cnf.inputChannels >> 2)) { SiLU(inplace: true) })
            layers.append(
                Conv2dNormActivation(
                    expanded, cnf.outChannels, kernelSize: 1, normLayer: normLayer, activationLayer: nil))
            super.init(cnf, stochasticDepthProb, layers)
        }
    }

    /// An inverted residual block in which one full convolution replaces the expansion and the depthwise convolution.
    /// PyTorch: `torchvision.models.efficientnet.FusedMBConv`.
    public final class FusedMBConv: ResidualBlock {
        /// Creates a block.
        /// - Precondition: the stride is 1 or 2.
        public init(
            _ cnf: MBConvConfig, stochasticDepthProb: Double, normLayer: @escaping (Int) -> any Layer
        ) {
            let silu: (Bool) -> any Layer = { SiLU(inplace: $0) }
            let expanded = MBConvConfig.adjustChannels(cnf.inputChannels, cnf.expandRatio)
            let widens = expanded != cnf.inputChannels
            var layers: [any Layer] = [
                Conv2dNormActivation(
                    cnf.inputChannels, widens ? expanded : cnf.outChannels, kernelSize: cnf.kernel,
                    stride: cnf.stride, normLayer: normLayer, activationLayer: silu)
            ]
            if widens {
                layers.append(
                    Conv2dNormActivation(
                        expanded, cnf.outChannels, kernelSize: 1, normLayer: normLayer, activationLayer: nil))
            }
            super.init(cnf, stochasticDepthProb, layers)
        }
    }
}

/// Makes an `EfficientNet` of one kind: `efficientnetB0(numClasses: 10)`, `try efficientnetB0(weights: .default)`.
public struct EfficientNetBuilder<Pretrained: ModelWeights>: ModelBuilder {
    public let name: String
    let rows: [EfficientNetRow]
    var widthMult = 1.0, depthMult = 1.0
    let dropout: Double
    var eps = 1e-5, momentum = 0.1
    var lastChannel: Int?

    /// Creates a network with random weights. The options are those of `EfficientNet`.
    /// The default of `dropout` depends on the network.
    public func callAsFunction(
        numClasses: Int = 1000, dropout: Double? = nil, stochasticDepthProb: Double = 0.2,
        normLayer: ((Int) -> any Layer)? = nil
    ) -> EfficientNet {
        let stages = rows.map { row in
            row.isFused
                ? EfficientNet.MBConvConfig.fused(row.1, row.2, row.3, row.4, row.5, row.6)
                : EfficientNet.MBConvConfig(
                    row.1, row.2, row.3, row.4, row.5, row.6, widthMult: widthMult, depthMult: depthMult)
        }
        return EfficientNet(
            stages, dropout: dropout ?? self.dropout, stochasticDepthProb: stochasticDepthProb, numClasses: numClasses,
            normLayer: normLayer ?? { BatchNorm2d($0, eps: eps, momentum: momentum) }, lastChannel: lastChannel)
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: Pretrained?, progress: Bool = true, numClasses: Int? = nil, dropout: Double? = nil,
        stochasticDepthProb: Double = 0.2, normLayer: ((Int) -> any Layer)? = nil
    ) throws -> EfficientNet {
        try makeModel(weights, progress, numClasses) {
            self(numClasses: $0, dropout: dropout, stochasticDepthProb: stochasticDepthProb, normLayer: normLayer)
        }
    }

    public func make(weights: Pretrained?, progress: Bool, numClasses: Int?) throws -> EfficientNet {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

/// The arguments of an `EfficientNet.MBConvConfig`, fused or not.
typealias EfficientNetRow = (isFused: Bool, Double, Int, Int, Int, Int, Int)

private let stagesOfB: [EfficientNetRow] = [
    (false, 1, 3, 1, 32, 16, 1), (false, 6, 3, 2, 16, 24, 2), (false, 6, 5, 2, 24, 40, 2),
    (false, 6, 3, 2, 40, 80, 3), (false, 6, 5, 1, 80, 112, 3), (false, 6, 5, 2, 112, 192, 4),
    (false, 6, 3, 1, 192, 320, 1)
]

/// EfficientNet B0 (Tan and Le, 2019). PyTorch: `torchvision.models.efficientnet_b0`.
public let efficientnetB0 = EfficientNetBuilder<EfficientNetB0Weights>(
    name: "efficientnet_b0", rows: stagesOfB, dropout: 0.2)
/// EfficientNet B1 (Tan and Le, 2019). PyTorch: `torchvision.models.efficientnet_b1`.
public let efficientnetB1 = EfficientNetBuilder<EfficientNetB1Weights>(
    name: "efficientnet_b1", rows: stagesOfB, depthMult: 1.1, dropout: 0.2)
/// EfficientNet B2 (Tan and Le, 2019). PyTorch: `torchvision.models.efficientnet_b2`.
public let efficientnetB2 = EfficientNetBuilder<EfficientNetB2Weights>(
    name: "efficientnet_b2", rows: stagesOfB, widthMult: 1.1, depthMult: 1.2, dropout: 0.3)
/// EfficientNet B3 (Tan and Le, 2019). PyTorch: `torchvision.models.efficientnet_b3`.
public let efficientnetB3 = EfficientNetBuilder<EfficientNetB3Weights>(
    name: "efficientnet_b3", rows: stagesOfB, widthMult: 1.2, depthMult: 1.4, dropout: 0.3)
/// EfficientNet B4 (Tan and Le, 2019). PyTorch: `torchvision.models.efficientnet_b4`.
public let efficientnetB4 = EfficientNetBuilder<EfficientNetB4Weights>(
    name: "efficientnet_b4", rows: stagesOfB, widthMult: 1.4, depthMult: 1.8, dropout: 0.4)
/// EfficientNet B5 (Tan and Le, 2019). PyTorch: `torchvision.models.efficientnet_b5`.
public let efficientnetB5 = EfficientNetBuilder<EfficientNetB5Weights>(
    name: "efficientnet_b5", rows: stagesOfB, widthMult: 1.6, depthMult: 2.2, dropout: 0.4, eps: 0.001, momentum: 0.01)
/// EfficientNet B6 (Tan and Le, 2019). PyTorch: `torchvision.models.efficientnet_b6`.
public let efficientnetB6 = EfficientNetBuilder<EfficientNetB6Weights>(
    name: "efficientnet_b6", rows: stagesOfB, widthMult: 1.8, depthMult: 2.6, dropout: 0.5, eps: 0.001, momentum: 0.01)
/// EfficientNet B7 (Tan and Le, 2019). PyTorch: `torchvision.models.efficientnet_b7`.
public let efficientnetB7 = EfficientNetBuilder<EfficientNetB7Weights>(
    name: "efficientnet_b7", rows: stagesOfB, widthMult: 2, depthMult: 3.1, dropout: 0.5, eps: 0.001, momentum: 0.01)
/// EfficientNet V2, small (Tan and Le, 2021). PyTorch: `torchvision.models.efficientnet_v2_s`.
public let efficientnetV2S = EfficientNetBuilder<EfficientNetV2SWeights>(
    name: "efficientnet_v2_s",
    rows: [
        (true, 1, 3, 1, 24, 24, 2), (true, 4, 3, 2, 24, 48, 4), (true, 4, 3, 2, 48, 64, 4),
        (false, 4, 3, 2, 64, 128, 6), (false, 6, 3, 1, 128, 160, 9), (false, 6, 3, 2, 160, 256, 15)
    ], dropout: 0.2, eps: 0.001, lastChannel: 1280)
/// EfficientNet V2, medium (Tan and Le, 2021). PyTorch: `torchvision.models.efficientnet_v2_m`.
public let efficientnetV2M = EfficientNetBuilder<EfficientNetV2MWeights>(
    name: "efficientnet_v2_m",
    rows: [
        (true, 1, 3, 1, 24, 24, 3), (true, 4, 3, 2, 24, 48, 5), (true, 4, 3, 2, 48, 80, 5),
        (false, 4, 3, 2, 80, 160, 7), (false, 6, 3, 1, 160, 176, 14), (false, 6, 3, 2, 176, 304, 18),
        (false, 6, 3, 1, 304, 512, 5)
    ], dropout: 0.3, eps: 0.001, lastChannel: 1280)
/// EfficientNet V2, large (Tan and Le, 2021). PyTorch: `torchvision.models.efficientnet_v2_l`.
public let efficientnetV2L = EfficientNetBuilder<EfficientNetV2LWeights>(
    name: "efficientnet_v2_l",
    rows: [
        (true, 1, 3, 1, 32, 32, 4), (true, 4, 3, 2, 32, 64, 7), (true, 4, 3, 2, 64, 96, 7),
        (false, 4, 3, 2, 96, 192, 10), (false, 6, 3, 1, 192, 224, 19), (false, 6, 3, 2, 224, 384, 25),
        (false, 6, 3, 1, 384, 640, 7)
    ], dropout: 0.4, eps: 0.001, lastChannel: 1280)

extension ModelRegistry {
    static let efficientNets: [any ModelBuilder] = [
        efficientnetB0, efficientnetB1, efficientnetB2, efficientnetB3, efficientnetB4, efficientnetB5, efficientnetB6,
        efficientnetB7, efficientnetV2S, efficientnetV2M, efficientnetV2L
    ]
}

/// The pretrained weights of `efficientnetB0`. PyTorch: `torchvision.models.EfficientNet_B0_Weights`.
public enum EfficientNetB0Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "EfficientNet_B0_Weights"
    public var weights: Weights {
        Weights(
            "efficientnet_b0_rwightman-7f5810bc", numParams: 5_288_548, acc: (77.692, 93.532),
            transforms: ImageClassification(cropSize: 224, interpolation: .bicubic))
    }
}

/// The pretrained weights of `efficientnetB1`. PyTorch: `torchvision.models.EfficientNet_B1_Weights`.
public enum EfficientNetB1Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "EfficientNet_B1_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights(
                "efficientnet_b1_rwightman-bac287d4", numParams: 7_794_184, acc: (78.642, 94.186),
                transforms: ImageClassification(cropSize: 240, interpolation: .bicubic))
        case .imagenet1kV2:
            Weights(
                "efficientnet_b1-c27df63c", numParams: 7_794_184, acc: (79.838, 94.934),
                transforms: ImageClassification(cropSize: 240, resizeSize: 255))
        }
    }
}

/// The pretrained weights of `efficientnetB2`. PyTorch: `torchvision.models.EfficientNet_B2_Weights`.
public enum EfficientNetB2Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "EfficientNet_B2_Weights"
    public var weights: Weights {
        Weights(
            "efficientnet_b2_rwightman-c35c1473", numParams: 9_109_994, acc: (80.608, 95.31),
            transforms: ImageClassification(cropSize: 288, resizeSize: 288, interpolation: .bicubic))
    }
}

/// The pretrained weights of `efficientnetB3`. PyTorch: `torchvision.models.EfficientNet_B3_Weights`.
public enum EfficientNetB3Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "EfficientNet_B3_Weights"
    public var weights: Weights {
        Weights(
            "efficientnet_b3_rwightman-b3899882", numParams: 12_233_232, acc: (82.008, 96.054),
            transforms: ImageClassification(cropSize: 300, resizeSize: 320, interpolation: .bicubic))
    }
}

/// The pretrained weights of `efficientnetB4`. PyTorch: `torchvision.models.EfficientNet_B4_Weights`.
public enum EfficientNetB4Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "EfficientNet_B4_Weights"
    public var weights: Weights {
        Weights(
            "efficientnet_b4_rwightman-23ab8bcd", numParams: 19_341_616, acc: (83.384, 96.594),
            transforms: ImageClassification(cropSize: 380, resizeSize: 384, interpolation: .bicubic))
    }
}

/// The pretrained weights of `efficientnetB5`. PyTorch: `torchvision.models.EfficientNet_B5_Weights`.
public enum EfficientNetB5Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "EfficientNet_B5_Weights"
    public var weights: Weights {
        Weights(
            "efficientnet_b5_lukemelas-1a07897c", numParams: 30_389_784, acc: (83.444, 96.628),
            transforms: ImageClassification(cropSize: 456, resizeSize: 456, interpolation: .bicubic))
    }
}

/// The pretrained weights of `efficientnetB6`. PyTorch: `torchvision.models.EfficientNet_B6_Weights`.
public enum EfficientNetB6Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "EfficientNet_B6_Weights"
    public var weights: Weights {
        Weights(
            "efficientnet_b6_lukemelas-24a108a5", numParams: 43_040_704, acc: (84.008, 96.916),
            transforms: ImageClassification(cropSize: 528, resizeSize: 528, interpolation: .bicubic))
    }
}

/// The pretrained weights of `efficientnetB7`. PyTorch: `torchvision.models.EfficientNet_B7_Weights`.
public enum EfficientNetB7Weights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "EfficientNet_B7_Weights"
    public var weights: Weights {
        Weights(
            "efficientnet_b7_lukemelas-c5b4e57e", numParams: 66_347_960, acc: (84.122, 96.908),
            transforms: ImageClassification(cropSize: 600, resizeSize: 600, interpolation: .bicubic))
    }
}

/// The pretrained weights of `efficientnetV2S`. PyTorch: `torchvision.models.EfficientNet_V2_S_Weights`.
public enum EfficientNetV2SWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "EfficientNet_V2_S_Weights"
    public var weights: Weights {
        Weights(
            "efficientnet_v2_s-dd5fe13b", numParams: 21_458_488, acc: (84.228, 96.878), minSize: 33,
            transforms: ImageClassification(cropSize: 384, resizeSize: 384))
    }
}

/// The pretrained weights of `efficientnetV2M`. PyTorch: `torchvision.models.EfficientNet_V2_M_Weights`.
public enum EfficientNetV2MWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "EfficientNet_V2_M_Weights"
    public var weights: Weights {
        Weights(
            "efficientnet_v2_m-dc08266a", numParams: 54_139_356, acc: (85.112, 97.156), minSize: 33,
            transforms: ImageClassification(cropSize: 480, resizeSize: 480))
    }
}

/// The pretrained weights of `efficientnetV2L`. PyTorch: `torchvision.models.EfficientNet_V2_L_Weights`.
public enum EfficientNetV2LWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "EfficientNet_V2_L_Weights"
    public var weights: Weights {
        Weights(
            "efficientnet_v2_l-59c71312", numParams: 118_515_272, acc: (85.808, 97.788), minSize: 33,
            transforms: ImageClassification(
                cropSize: 480, resizeSize: 480, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], interpolation: .bicubic))
    }
}
