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
        let silu = { SiLU(inplace: $0) }
        let first = invertedResidualSetting.first?.inputChannels ?? 8
        let last = invertedResidualSetting.last?.outChannels ?? 8
        let lastChannel = lastChannel ?? 4 &* last
        let total = invertedResidualSetting.reduce(0) { $0 &+ $1.numLayers }
        var blocks = 0
        func stage(_ setting: MBConvConfig) -> Sequential {
            var cnf = setting
            return Sequential(
                (0..<max(setting.numLayers, 0)).map { i in
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

    /// A stage of the network. PyTorch: `MBConvConfig` and `FusedMBConvConfig` of `torchvision.models.efficientnet`.
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

        /// Returns a stage of `FusedMBConv` blocks, or of other blocks. PyTorch: `FusedMBConvConfig`.
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
    public class Block: Module, Layer {
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

    /// A block that widens the channels, convolves each by itself, weighs and narrows them.
    public final class MBConv: Block {
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
            let silu = { SiLU(inplace: $0) }
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

    /// A block whose first convolution widens the channels and mixes neighbours at once.
    public final class FusedMBConv: Block {
        /// Creates a block.
        /// - Precondition: the stride is 1 or 2.
        public init(
            _ cnf: MBConvConfig, stochasticDepthProb: Double, normLayer: @escaping (Int) -> any Layer
        ) {
            let silu = { SiLU(inplace: $0) }
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

    /// The stages of the first version, wider and deeper by the given factors.
    fileprivate static func stages(_ widthMult: Double, _ depthMult: Double) -> [MBConvConfig] {
        [
            (1, 3, 1, 32, 16, 1), (6, 3, 2, 16, 24, 2), (6, 5, 2, 24, 40, 2), (6, 3, 2, 40, 80, 3),
            (6, 5, 1, 80, 112, 3), (6, 5, 2, 112, 192, 4), (6, 3, 1, 192, 320, 1)
        ].map { MBConvConfig($0.0, $0.1, $0.2, $0.3, $0.4, $0.5, widthMult: widthMult, depthMult: depthMult) }
    }
}

/// Returns an EfficientNet B0 with random weights. The parameters are those of `EfficientNet`.
/// PyTorch: `torchvision.models.efficientnet_b0`.
public func efficientnetB0(
    numClasses: Int = 1000, dropout: Double = 0.2, stochasticDepthProb: Double = 0.2,
    normLayer: ((Int) -> any Layer)? = nil
) -> EfficientNet {
    EfficientNet(
        EfficientNet.stages(1, 1), dropout: dropout, stochasticDepthProb: stochasticDepthProb,
        numClasses: numClasses, normLayer: normLayer)
}

/// Returns an EfficientNet B1 with random weights. PyTorch: `torchvision.models.efficientnet_b1`.
public func efficientnetB1(
    numClasses: Int = 1000, dropout: Double = 0.2, stochasticDepthProb: Double = 0.2,
    normLayer: ((Int) -> any Layer)? = nil
) -> EfficientNet {
    EfficientNet(
        EfficientNet.stages(1, 1.1), dropout: dropout, stochasticDepthProb: stochasticDepthProb,
        numClasses: numClasses, normLayer: normLayer)
}

/// Returns an EfficientNet B2 with random weights. PyTorch: `torchvision.models.efficientnet_b2`.
public func efficientnetB2(
    numClasses: Int = 1000, dropout: Double = 0.3, stochasticDepthProb: Double = 0.2,
    normLayer: ((Int) -> any Layer)? = nil
) -> EfficientNet {
    EfficientNet(
        EfficientNet.stages(1.1, 1.2), dropout: dropout, stochasticDepthProb: stochasticDepthProb,
        numClasses: numClasses, normLayer: normLayer)
}

/// Returns an EfficientNet B3 with random weights. PyTorch: `torchvision.models.efficientnet_b3`.
public func efficientnetB3(
    numClasses: Int = 1000, dropout: Double = 0.3, stochasticDepthProb: Double = 0.2,
    normLayer: ((Int) -> any Layer)? = nil
) -> EfficientNet {
    EfficientNet(
        EfficientNet.stages(1.2, 1.4), dropout: dropout, stochasticDepthProb: stochasticDepthProb,
        numClasses: numClasses, normLayer: normLayer)
}

/// Returns an EfficientNet B4 with random weights. PyTorch: `torchvision.models.efficientnet_b4`.
public func efficientnetB4(
    numClasses: Int = 1000, dropout: Double = 0.4, stochasticDepthProb: Double = 0.2,
    normLayer: ((Int) -> any Layer)? = nil
) -> EfficientNet {
    EfficientNet(
        EfficientNet.stages(1.4, 1.8), dropout: dropout, stochasticDepthProb: stochasticDepthProb,
        numClasses: numClasses, normLayer: normLayer)
}

/// Returns an EfficientNet B5 with random weights. PyTorch: `torchvision.models.efficientnet_b5`. The default
/// normalization has eps 0.001 and momentum 0.01.
public func efficientnetB5(
    numClasses: Int = 1000, dropout: Double = 0.4, stochasticDepthProb: Double = 0.2,
    normLayer: ((Int) -> any Layer)? = nil
) -> EfficientNet {
    EfficientNet(
        EfficientNet.stages(1.6, 2.2), dropout: dropout, stochasticDepthProb: stochasticDepthProb,
        numClasses: numClasses, normLayer: normLayer ?? { BatchNorm2d($0, eps: 0.001, momentum: 0.01) })
}

/// Returns an EfficientNet B6 with random weights. PyTorch: `torchvision.models.efficientnet_b6`. The default
/// normalization has eps 0.001 and momentum 0.01.
public func efficientnetB6(
    numClasses: Int = 1000, dropout: Double = 0.5, stochasticDepthProb: Double = 0.2,
    normLayer: ((Int) -> any Layer)? = nil
) -> EfficientNet {
    EfficientNet(
        EfficientNet.stages(1.8, 2.6), dropout: dropout, stochasticDepthProb: stochasticDepthProb,
        numClasses: numClasses, normLayer: normLayer ?? { BatchNorm2d($0, eps: 0.001, momentum: 0.01) })
}

/// Returns an EfficientNet B7 with random weights. PyTorch: `torchvision.models.efficientnet_b7`. The default
/// normalization has eps 0.001 and momentum 0.01.
public func efficientnetB7(
    numClasses: Int = 1000, dropout: Double = 0.5, stochasticDepthProb: Double = 0.2,
    normLayer: ((Int) -> any Layer)? = nil
) -> EfficientNet {
    EfficientNet(
        EfficientNet.stages(2, 3.1), dropout: dropout, stochasticDepthProb: stochasticDepthProb,
        numClasses: numClasses, normLayer: normLayer ?? { BatchNorm2d($0, eps: 0.001, momentum: 0.01) })
}

/// Returns a small EfficientNet V2 with random weights. The default normalization has eps 0.001.
/// PyTorch: `torchvision.models.efficientnet_v2_s`.
public func efficientnetV2S(
    numClasses: Int = 1000, dropout: Double = 0.2, stochasticDepthProb: Double = 0.2,
    normLayer: ((Int) -> any Layer)? = nil
) -> EfficientNet {
    let stages: [EfficientNet.MBConvConfig] = [
        .fused(1, 3, 1, 24, 24, 2), .fused(4, 3, 2, 24, 48, 4), .fused(4, 3, 2, 48, 64, 4),
        .init(4, 3, 2, 64, 128, 6), .init(6, 3, 1, 128, 160, 9),
        .init(6, 3, 2, 160, 256, 15)
    ]
    return EfficientNet(
        stages, dropout: dropout, stochasticDepthProb: stochasticDepthProb, numClasses: numClasses,
        normLayer: normLayer ?? { BatchNorm2d($0, eps: 0.001) }, lastChannel: 1280)
}

/// Returns a medium EfficientNet V2 with random weights. The default normalization has eps 0.001.
/// PyTorch: `torchvision.models.efficientnet_v2_m`.
public func efficientnetV2M(
    numClasses: Int = 1000, dropout: Double = 0.3, stochasticDepthProb: Double = 0.2,
    normLayer: ((Int) -> any Layer)? = nil
) -> EfficientNet {
    let stages: [EfficientNet.MBConvConfig] = [
        .fused(1, 3, 1, 24, 24, 3), .fused(4, 3, 2, 24, 48, 5), .fused(4, 3, 2, 48, 80, 5),
        .init(4, 3, 2, 80, 160, 7), .init(6, 3, 1, 160, 176, 14),
        .init(6, 3, 2, 176, 304, 18), .init(6, 3, 1, 304, 512, 5)
    ]
    return EfficientNet(
        stages, dropout: dropout, stochasticDepthProb: stochasticDepthProb, numClasses: numClasses,
        normLayer: normLayer ?? { BatchNorm2d($0, eps: 0.001) }, lastChannel: 1280)
}

/// Returns a large EfficientNet V2 with random weights. The default normalization has eps 0.001.
/// PyTorch: `torchvision.models.efficientnet_v2_l`.
public func efficientnetV2L(
    numClasses: Int = 1000, dropout: Double = 0.4, stochasticDepthProb: Double = 0.2,
    normLayer: ((Int) -> any Layer)? = nil
) -> EfficientNet {
    let stages: [EfficientNet.MBConvConfig] = [
        .fused(1, 3, 1, 32, 32, 4), .fused(4, 3, 2, 32, 64, 7), .fused(4, 3, 2, 64, 96, 7),
        .init(4, 3, 2, 96, 192, 10), .init(6, 3, 1, 192, 224, 19),
        .init(6, 3, 2, 224, 384, 25), .init(6, 3, 1, 384, 640, 7)
    ]
    return EfficientNet(
        stages, dropout: dropout, stochasticDepthProb: stochasticDepthProb, numClasses: numClasses,
        normLayer: normLayer ?? { BatchNorm2d($0, eps: 0.001) }, lastChannel: 1280)
}
