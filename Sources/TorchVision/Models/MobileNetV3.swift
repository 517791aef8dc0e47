import Torch

/// MobileNet V3 (Howard et al., 2019): inverted residual blocks, some of them with squeeze and excitation.
/// PyTorch: `torchvision.models.MobileNetV3`.
public final class MobileNetV3: Module, Layer {
    /// Makes a block from its row of the table and a normalization.
    public typealias Block = (InvertedResidualConfig, @escaping (Int) -> any Layer) -> any Layer

    /// The convolutions.
    public let features: Sequential
    /// Computes the mean of each channel.
    public let avgpool: AdaptiveAvgPool2d
    /// The linear layers.
    public let classifier: Sequential

    /// Creates the network with random weights.
    /// - Parameters:
    ///   - invertedResidualSetting: the blocks.
    ///   - lastChannel: the size of the hidden layer.
    ///   - numClasses: the number of classes.
    ///   - block: makes a block; nil for `InvertedResidual`.
    ///   - normLayer: makes a normalization from the number of channels; nil for `BatchNorm2d` with eps 0.001 and
    ///     momentum 0.01.
    ///   - dropout: the probability of dropout before the last layer.
    public init(
        _ invertedResidualSetting: [InvertedResidualConfig], _ lastChannel: Int, numClasses: Int = 1000,
        block: Block? = nil, normLayer: ((Int) -> any Layer)? = nil, dropout: Double = 0.2
    ) {
        if invertedResidualSetting.isEmpty {
            raise(.value, "The inverted_residual_setting should not be empty")
        }
        let norm = normLayer ?? { BatchNorm2d($0, eps: 0.001, momentum: 0.01) }
        let block = block ?? { InvertedResidual($0, normLayer: $1) }
        let hardswish: (Bool) -> any Layer = { Hardswish(inplace: $0) }
        let first = invertedResidualSetting.first?.inputChannels ?? 8
        let last = invertedResidualSetting.last?.outChannels ?? 8
        features = Sequential {
            Conv2dNormActivation(3, first, stride: 2, normLayer: norm, activationLayer: hardswish)
            for row in invertedResidualSetting { block(row, norm) }
            Conv2dNormActivation(last, 6 &* last, kernelSize: 1, normLayer: norm, activationLayer: hardswish)
        }
        avgpool = AdaptiveAvgPool2d(1)
        classifier = Sequential(
            Linear(6 &* last, lastChannel), Hardswish(inplace: true), Dropout(dropout, inplace: true),
            Linear(lastChannel, numClasses))
        super.init()
        initializeAsMobileNet { Init.normal_($0, std: 0.01) }
    }

    /// Computes the classes' scores [N, numClasses] of images [N, 3, H, W], without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor { classifier(avgpool(features(input)).flatten(1)) }

    /// A row of the network's table. PyTorch: `torchvision.models.mobilenetv3.InvertedResidualConfig`.
    public struct InvertedResidualConfig: Sendable {
        /// The activation of a block: PyTorch's `RE` or `HS`.
        public enum Activation: Sendable {
            /// max(x, 0).
            case relu
            /// x · relu6(x + 3) / 6.
            case hardswish
        }

        /// The channels of the input, inside the block and of the result.
        public var inputChannels, expandedChannels, outChannels: Int
        /// The size of the window.
        public var kernel: Int
        /// Whether the block has squeeze and excitation.
        public var useSE: Bool
        /// The activation.
        public var activation: Activation
        /// The step of the window, and the distance of its elements.
        public var stride, dilation: Int

        /// Creates a row. The channels are multiplied by `widthMult` and rounded to multiples of 8.
        public init(
            _ inputChannels: Int, _ kernel: Int, _ expandedChannels: Int, _ outChannels: Int, _ useSE: Bool,
            _ activation: Activation, _ stride: Int, _ dilation: Int, widthMult: Double = 1
        ) {
            self.inputChannels = Self.adjustChannels(inputChannels, widthMult)
            self.kernel = kernel
            self.expandedChannels = Self.adjustChannels(expandedChannels, widthMult)
            self.outChannels = Self.adjustChannels(outChannels, widthMult)
            self.useSE = useSE
            self.activation = activation
            self.stride = stride
            self.dilation = dilation
        }

        /// Returns the channels times `widthMult`, rounded to a multiple of 8.
        public static func adjustChannels(_ channels: Int, _ widthMult: Double) -> Int {
            makeDivisible(Double(channels) * widthMult, 8)
        }
    }

    /// An inverted residual block: expansion, depthwise convolution, optional squeeze and excitation, and projection.
    /// PyTorch: `torchvision.models.mobilenetv3.InvertedResidual`.
    public final class InvertedResidual: Module, Layer {
        /// The layers.
        public let block: Sequential
        /// The channels of the result.
        public let outChannels: Int
        /// Whether the input is added to the result.
        public let useResConnect: Bool

        /// Creates a block.
        /// - Parameters:
        ///   - cnf: the block's row of the table.
        ///   - normLayer: makes a normalization from the number of channels.
        ///   - seLayer: makes the squeeze and excitation from the channels of the block and the fewer inside.
        /// - Precondition: the stride is 1 or 2.
        public init(
            _ cnf: InvertedResidualConfig, normLayer: @escaping (Int) -> any Layer,
            seLayer: (Int, Int) -> any Layer = { SqueezeExcitation($0, $1, scaleActivation: { Hardsigmoid() }) }
        ) {
            if cnf.stride < 1 || cnf.stride > 2 { raise(.value, "illegal stride value") }
            let expanded = cnf.expandedChannels
            let activation: (Bool) -> any Layer =
                cnf.activation == .hardswish ? { Hardswish(inplace: $0) } : { ReLU(inplace: $0) }
            outChannels = cnf.outChannels
            useResConnect = cnf.stride == 1 && cnf.inputChannels == cnf.outChannels
            block = Sequential {
                if expanded != cnf.inputChannels {
                    Conv2dNormActivation(
                        cnf.inputChannels, expanded, kernelSize: 1, normLayer: normLayer, activationLayer: activation)
                }
                Conv2dNormActivation(
                    expanded, expanded, kernelSize: cnf.kernel, stride: cnf.dilation > 1 ? 1 : cnf.stride,
                    groups: expanded, normLayer: normLayer, activationLayer: activation, dilation: cnf.dilation)
                if cnf.useSE { seLayer(expanded, makeDivisible(Double(expanded / 4), 8)) }
                Conv2dNormActivation(
                    expanded, cnf.outChannels, kernelSize: 1, normLayer: normLayer, activationLayer: nil)
            }
        }

        /// Computes the result, without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor {
            let result = block(input)
            return useResConnect ? result.add_(input) : result
        }
    }
}

/// Makes a `MobileNetV3` of one kind: `mobilenetV3Small(numClasses: 10)`, `try mobilenetV3Small(weights: .default)`.
public struct MobileNetV3Builder<Pretrained: ModelWeights>: ModelBuilder {
    public let name: String
    let isLarge: Bool

    /// Creates a network with random weights.
    /// - Parameters:
    ///   - numClasses: the number of classes.
    ///   - widthMult: a factor of the channels in each layer.
    ///   - reducedTail: whether the last blocks have half the channels.
    ///   - dilated: whether the last blocks have a dilation of 2.
    ///   - block: makes a block; nil for `MobileNetV3.InvertedResidual`.
    ///   - normLayer: makes a normalization from the number of channels.
    ///   - dropout: the probability of dropout before the last layer.
    public func callAsFunction(
        numClasses: Int = 1000, widthMult: Double = 1, reducedTail: Bool = false, dilated: Bool = false,
        block: MobileNetV3.Block? = nil, normLayer: ((Int) -> any Layer)? = nil, dropout: Double = 0.2
    ) -> MobileNetV3 {
        let divider = reducedTail ? 2 : 1, dilation = dilated ? 2 : 1
        let setting = (isLarge ? largeRows : smallRows)(divider, dilation).map { row in
            MobileNetV3.InvertedResidualConfig(
                row.0, row.1, row.2, row.3, row.4, row.5, row.6, row.7, widthMult: widthMult)
        }
        let lastChannel = (isLarge ? 1280 : 1024) / divider
        return MobileNetV3(
            setting, MobileNetV3.InvertedResidualConfig.adjustChannels(lastChannel, widthMult),
            numClasses: numClasses, block: block, normLayer: normLayer, dropout: dropout)
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: Pretrained?, progress: Bool = true, numClasses: Int? = nil, widthMult: Double = 1,
        reducedTail: Bool = false, dilated: Bool = false, block: MobileNetV3.Block? = nil,
        normLayer: ((Int) -> any Layer)? = nil, dropout: Double = 0.2
    ) throws -> MobileNetV3 {
        try makeModel(weights, progress, numClasses) {
            self(
                numClasses: $0, widthMult: widthMult, reducedTail: reducedTail, dilated: dilated, block: block,
                normLayer: normLayer, dropout: dropout)
        }
    }

    public func make(weights: Pretrained?, progress: Bool, numClasses: Int?) throws -> MobileNetV3 {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

/// The arguments of an `InvertedResidualConfig`.
private typealias Row = (Int, Int, Int, Int, Bool, MobileNetV3.InvertedResidualConfig.Activation, Int, Int)

private func largeRows(_ divider: Int, _ dilation: Int) -> [Row] {
    let last = 160 / divider
    return [
        (16, 3, 16, 16, false, .relu, 1, 1),
        (16, 3, 64, 24, false, .relu, 2, 1),
        (24, 3, 72, 24, false, .relu, 1, 1),
        (24, 5, 72, 40, true, .relu, 2, 1),
        (40, 5, 120, 40, true, .relu, 1, 1),
        (40, 5, 120, 40, true, .relu, 1, 1),
        (40, 3, 240, 80, false, .hardswish, 2, 1),
        (80, 3, 200, 80, false, .hardswish, 1, 1),
        (80, 3, 184, 80, false, .hardswish, 1, 1),
        (80, 3, 184, 80, false, .hardswish, 1, 1),
        (80, 3, 480, 112, true, .hardswish, 1, 1),
        (112, 3, 672, 112, true, .hardswish, 1, 1),
        (112, 5, 672, last, true, .hardswish, 2, dilation),
        (last, 5, 6 * last, last, true, .hardswish, 1, dilation),
        (last, 5, 6 * last, last, true, .hardswish, 1, dilation)
    ]
}

private func smallRows(_ divider: Int, _ dilation: Int) -> [Row] {
    let last = 96 / divider
    return [
        (16, 3, 16, 16, true, .relu, 2, 1),
        (16, 3, 72, 24, false, .relu, 2, 1),
        (24, 3, 88, 24, false, .relu, 1, 1),
        (24, 5, 96, 40, true, .hardswish, 2, 1),
        (40, 5, 240, 40, true, .hardswish, 1, 1),
        (40, 5, 240, 40, true, .hardswish, 1, 1),
        (40, 5, 120, 48, true, .hardswish, 1, 1),
        (48, 5, 144, 48, true, .hardswish, 1, 1),
        (48, 5, 288, last, true, .hardswish, 2, dilation),
        (last, 5, 6 * last, last, true, .hardswish, 1, dilation),
        (last, 5, 6 * last, last, true, .hardswish, 1, dilation)
    ]
}

/// MobileNet V3 large (Howard et al., 2019). PyTorch: `torchvision.models.mobilenet_v3_large`.
public let mobilenetV3Large = MobileNetV3Builder<MobileNetV3LargeWeights>(name: "mobilenet_v3_large", isLarge: true)
/// MobileNet V3 small (Howard et al., 2019). PyTorch: `torchvision.models.mobilenet_v3_small`.
public let mobilenetV3Small = MobileNetV3Builder<MobileNetV3SmallWeights>(name: "mobilenet_v3_small", isLarge: false)

extension ModelRegistry {
    static let mobileNetV3s: [any ModelBuilder] = [
        mobilenetV3Large, mobilenetV3Small
    ]
}

/// The pretrained weights of `mobilenetV3Large`. PyTorch: `torchvision.models.MobileNet_V3_Large_Weights`.
public enum MobileNetV3LargeWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "MobileNet_V3_Large_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("mobilenet_v3_large-8738ca79", numParams: 5_483_032, acc: (74.042, 91.34))
        case .imagenet1kV2:
            Weights(
                "mobilenet_v3_large-5c1a4163", numParams: 5_483_032, acc: (75.274, 92.566),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `mobilenetV3Small`. PyTorch: `torchvision.models.MobileNet_V3_Small_Weights`.
public enum MobileNetV3SmallWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "MobileNet_V3_Small_Weights"
    public var weights: Weights { Weights("mobilenet_v3_small-047dcff4", numParams: 2_542_856, acc: (67.668, 87.402)) }
}
