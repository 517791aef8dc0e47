import Torch

/// RegNet (Radosavovic et al., 2020): residual bottleneck blocks in stages whose widths follow a line.
/// PyTorch: `torchvision.models.RegNet`.
public final class RegNet: Module, Layer {
    /// Makes a normalization from the number of channels.
    public typealias Norm = (Int) -> any Layer
    /// Makes an activation from `inplace`.
    public typealias Activation = (Bool) -> any Layer
    /// Makes the first layers from the channels of input and result, normalization and activation.
    public typealias Stem = (Int, Int, @escaping Norm, @escaping Activation) -> any Layer
    /// Makes a block from the channels of input and result, stride, normalization, activation, width of a group, factor
    /// of the channels inside, and the ratio of squeeze and excitation.
    public typealias Block = (Int, Int, Int, @escaping Norm, @escaping Activation, Int, Double, Double?) -> any Layer

    /// The first layers.
    public let stem: any Layer
    /// The stages.
    public let trunkOutput: Sequential
    /// Computes the mean of each channel.
    public let avgpool: AdaptiveAvgPool2d
    /// The linear layer.
    public var fc: Linear

    /// Creates the network with random weights.
    /// - Parameters:
    ///   - blockParams: the stages.
    ///   - numClasses: the number of classes.
    ///   - stemWidth: the channels of the first layers.
    ///   - stemType: makes the first layers; nil for `SimpleStemIN`.
    ///   - blockType: makes a block; nil for `ResBottleneckBlock`.
    ///   - normLayer: makes a normalization; nil for `BatchNorm2d`.
    ///   - activation: makes an activation; nil for `ReLU`.
    public init(
        _ blockParams: BlockParams, numClasses: Int = 1000, stemWidth: Int = 32, stemType: Stem? = nil,
        blockType: Block? = nil, normLayer: Norm? = nil, activation: Activation? = nil
    ) {
        let norm = normLayer ?? { BatchNorm2d($0) }
        let activation = activation ?? { ReLU(inplace: $0) }
        let block = blockType ?? { ResBottleneckBlock($0, $1, $2, $3, $4, $5, $6, $7) }
        let makeStem = stemType ?? { SimpleStemIN($0, $1, $2, $3) }
        stem = makeStem(3, stemWidth, norm, activation)
        var width = stemWidth
        trunkOutput = Sequential(
            named: blockParams.stages.enumerated().map { i, stage -> (name: String, layer: any Layer) in
                defer { width = stage.width }
                let blocks = AnyStage(
                    width, stage.width, stage.stride, stage.depth, block, norm, activation, stage.groupWidth,
                    stage.bottleneckMultiplier, blockParams.seRatio, stageIndex: i + 1)
                return ("block\(i + 1)", blocks)
            })
        avgpool = AdaptiveAvgPool2d([1, 1])
        fc = Linear(width, numClasses)
        super.init()
        for module in modules() {
            switch module {
            case let conv as Conv2d:
                let fanOut = conv.kernelSize[0] &* conv.kernelSize[1] &* conv.outChannels
                Init.normal_(conv.weight, std: (2 / Double(fanOut)).squareRoot())
            case is BatchNorm2d: Init.resetNorm(module)
            case let layer as Linear:
                Init.normal_(layer.weight, std: 0.01)
                if let bias = layer.bias { Init.zeros_(bias) }
            default: break
            }
        }
    }

    /// Computes the classes' scores [N, numClasses] of images [N, 3, H, W], without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor { fc(avgpool(trunkOutput(stem(input))).flatten(1)) }
}

extension RegNet {
    /// The first layers for ImageNet: a 3×3 convolution of stride 2, a normalization and an activation.
    /// PyTorch: `torchvision.models.regnet.SimpleStemIN`.
    public final class SimpleStemIN: Conv2dNormActivation {
        /// Creates the layers.
        public init(
            _ widthIn: Int, _ widthOut: Int, _ normLayer: @escaping Norm, _ activationLayer: @escaping Activation
        ) {
            super.init(
                widthIn, widthOut, kernelSize: 3, stride: 2, padding: nil, normLayer: normLayer,
                activationLayer: activationLayer, dilation: 1)
        }
    }

    /// A 1×1 convolution, a 3×3 convolution in groups, squeeze and excitation if asked for, and a 1×1 convolution.
    /// PyTorch: `torchvision.models.regnet.BottleneckTransform`.
    public final class BottleneckTransform: Sequential {
        /// Creates the layers.
        public init(
            _ widthIn: Int, _ widthOut: Int, _ stride: Int, _ normLayer: @escaping Norm,
            _ activationLayer: @escaping Activation, _ groupWidth: Int, _ bottleneckMultiplier: Double,
            _ seRatio: Double?
        ) {
            let width = truncate((Double(widthOut) * bottleneckMultiplier).rounded(.toNearestOrEven))
            var layers: [(name: String, layer: any Layer)] = [
                (
                    "a",
                    Conv2dNormActivation(
                        widthIn, width, kernelSize: 1, normLayer: normLayer, activationLayer: activationLayer)
                ),
                (
                    "b",
                    Conv2dNormActivation(
                        width, width, kernelSize: 3, stride: stride, groups: floorDivide(width, groupWidth),
                        normLayer: normLayer, activationLayer: activationLayer)
                )
            ]
            if let seRatio, seRatio != 0 {
                let squeezed = truncate((seRatio * Double(widthIn)).rounded(.toNearestOrEven))
                layers.append(("se", SqueezeExcitation(width, squeezed, activation: { activationLayer(false) })))
            }
            layers.append(
                ("c", Conv2dNormActivation(width, widthOut, kernelSize: 1, normLayer: normLayer, activationLayer: nil)))
            super.init(named: layers)
        }
    }

    /// The sum of the input, projected if its form changes, and of a bottleneck.
    /// PyTorch: `torchvision.models.regnet.ResBottleneckBlock`.
    public final class ResBottleneckBlock: Module, Layer {
        /// The projection of the input, or nil.
        public let proj: Conv2dNormActivation?
        /// The bottleneck.
        public let f: BottleneckTransform
        /// The activation of the sum.
        public let activation: any Layer

        /// Creates the layers.
        public init(
            _ widthIn: Int, _ widthOut: Int, _ stride: Int, _ normLayer: @escaping Norm,
            _ activationLayer: @escaping Activation, _ groupWidth: Int = 1, _ bottleneckMultiplier: Double = 1,
            _ seRatio: Double? = nil
        ) {
            proj =
                widthIn != widthOut || stride != 1
                ? Conv2dNormActivation(
                    widthIn, widthOut, kernelSize: 1, stride: stride, normLayer: normLayer, activationLayer: nil)
                : nil
            f = BottleneckTransform(
                widthIn, widthOut, stride, normLayer, activationLayer, groupWidth, bottleneckMultiplier, seRatio)
            activation = activationLayer(true)
        }

        /// Computes the result, without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor {
            let shortcut = proj.map { $0(input) } ?? input
            return activation(shortcut + f(input))
        }
    }

    /// Blocks with results of one form. PyTorch: `torchvision.models.regnet.AnyStage`.
    public final class AnyStage: Sequential {
        /// Creates the blocks; the first one has the stride.
        public init(
            _ widthIn: Int, _ widthOut: Int, _ stride: Int, _ depth: Int, _ block: Block, _ normLayer: @escaping Norm,
            _ activationLayer: @escaping Activation, _ groupWidth: Int, _ bottleneckMultiplier: Double,
            _ seRatio: Double? = nil, stageIndex: Int = 0
        ) {
            super.init(
                named: (0..<Swift.max(depth, 0)).map { i -> (name: String, layer: any Layer) in
                    let layer = block(
                        i == 0 ? widthIn : widthOut, widthOut, i == 0 ? stride : 1, normLayer, activationLayer,
                        groupWidth, bottleneckMultiplier, seRatio)
                    return ("block\(stageIndex)-\(i)", layer)
                })
        }
    }

    /// The stages of a network. PyTorch: `torchvision.models.regnet.BlockParams`.
    public struct BlockParams: Sendable {
        /// The numbers of blocks, their channels, the widths of their groups and the strides, of each stage.
        public var depths, widths, groupWidths, strides: [Int]
        /// The factors of the channels inside the blocks, of each stage.
        public var bottleneckMultipliers: [Double]
        /// The ratio of the channels in squeeze and excitation to those of the block's input; nil for none.
        public var seRatio: Double?

        /// Creates stages from lists with an element for each.
        public init(
            depths: [Int], widths: [Int], groupWidths: [Int], bottleneckMultipliers: [Double], strides: [Int],
            seRatio: Double? = nil
        ) {
            self.depths = depths
            self.widths = widths
            self.groupWidths = groupWidths
            self.bottleneckMultipliers = bottleneckMultipliers
            self.strides = strides
            self.seRatio = seRatio
        }

        /// Returns the stages for the parameters of a design space. The width of block i is about w₀ + wₐ · i, rounded
        /// to a power of wₘ times w₀ and to a multiple of 8. Blocks of one width are a stage.
        /// - Parameters:
        ///   - depth: the number of blocks.
        ///   - w0: the width of the first block, a positive multiple of 8.
        ///   - wA: the slope of the widths, not negative.
        ///   - wM: the step of the widths in logarithms, greater than 1.
        ///   - groupWidth: the channels of a group.
        ///   - bottleneckMultiplier: the factor of the channels inside the blocks.
        ///   - seRatio: the ratio of squeeze and excitation; nil for none.
        public static func fromInitParams(
            depth: Int, w0: Int, wA: Double, wM: Double, groupWidth: Int, bottleneckMultiplier: Double = 1,
            seRatio: Double? = nil
        ) -> BlockParams {
            var widths: [Int] = []
            if wA < 0 || w0 <= 0 || wM <= 1 || w0 % 8 != 0 {
                raise(.value, "Invalid RegNet settings")
            } else {
                let line = Tensor.arange(depth, device: .cpu) * wA + w0
                let step: Double = Tensor(wM, dtype: .float64, device: .cpu).log().item()
                let capacity = ((line / w0).log() / step).round()
                let powers = Tensor(wM, device: .cpu).pow(capacity)
                widths = ((w0 * powers / 8).round() * 8).to(.int32).toArray(as: Int.self)
            }
            var depths: [Int] = [], stageWidths: [Int] = []
            for (i, width) in widths.enumerated() {
                if i > 0, width == widths[i - 1] {
                    depths[depths.count - 1] += 1
                } else {
                    depths.append(1)
                    stageWidths.append(width)
                }
            }
            let inner = stageWidths.map { truncate(Double($0) * bottleneckMultiplier) }
            let groups = inner.map { min(groupWidth, $0) }
            return BlockParams(
                depths: depths,
                widths: zip(inner, groups).map {
                    truncate(Double(makeDivisible(Double($0), $1)) / bottleneckMultiplier)
                },
                groupWidths: groups,
                bottleneckMultipliers: depths.map { _ in bottleneckMultiplier }, strides: depths.map { _ in 2 },
                seRatio: seRatio)
        }

        /// The parameters of each stage, as many as the shortest list has.
        fileprivate var stages: [(width: Int, stride: Int, depth: Int, groupWidth: Int, bottleneckMultiplier: Double)] {
            let count =
                [
                    widths.count, strides.count, depths.count, groupWidths.count, bottleneckMultipliers.count
                ].min() ?? 0
            return (0..<count).map { (widths[$0], strides[$0], depths[$0], groupWidths[$0], bottleneckMultipliers[$0]) }
        }
    }
}

/// Makes a `RegNet` of one kind: `regnetY400MF(numClasses: 10)`, `try regnetY400MF(weights: .default)`.
public struct RegNetBuilder<Pretrained: ModelWeights>: ModelBuilder {
    public let name: String
    let depth, w0: Int
    let wA, wM: Double
    let groupWidth: Int
    var seRatio: Double?

    /// Creates a network with random weights. The options are those of `RegNet`.
    public func callAsFunction(
        numClasses: Int = 1000, stemWidth: Int = 32, stemType: RegNet.Stem? = nil, blockType: RegNet.Block? = nil,
        normLayer: RegNet.Norm? = nil, activation: RegNet.Activation? = nil
    ) -> RegNet {
        RegNet(
            .fromInitParams(depth: depth, w0: w0, wA: wA, wM: wM, groupWidth: groupWidth, seRatio: seRatio),
            numClasses: numClasses, stemWidth: stemWidth, stemType: stemType, blockType: blockType,
            normLayer: normLayer, activation: activation)
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: Pretrained?, progress: Bool = true, numClasses: Int? = nil, stemWidth: Int = 32,
        stemType: RegNet.Stem? = nil, blockType: RegNet.Block? = nil, normLayer: RegNet.Norm? = nil,
        activation: RegNet.Activation? = nil
    ) throws -> RegNet {
        try makeModel(weights, progress, numClasses) {
            self(
                numClasses: $0, stemWidth: stemWidth, stemType: stemType, blockType: blockType, normLayer: normLayer,
                activation: activation)
        }
    }

    public func make(weights: Pretrained?, progress: Bool, numClasses: Int?) throws -> RegNet {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

/// RegNet Y of 400 million multiplications (Radosavovic et al., 2020).
/// PyTorch: `torchvision.models.regnet_y_400mf`.
public let regnetY400MF = RegNetBuilder<RegNetY400MFWeights>(
    name: "regnet_y_400mf", depth: 16, w0: 48, wA: 27.89, wM: 2.09, groupWidth: 8, seRatio: 0.25)
/// RegNet Y of 800 million multiplications (Radosavovic et al., 2020).
/// PyTorch: `torchvision.models.regnet_y_800mf`.
public let regnetY800MF = RegNetBuilder<RegNetY800MFWeights>(
    name: "regnet_y_800mf", depth: 14, w0: 56, wA: 38.84, wM: 2.4, groupWidth: 16, seRatio: 0.25)
/// RegNet Y of 1.6 billion multiplications (Radosavovic et al., 2020).
/// PyTorch: `torchvision.models.regnet_y_1_6gf`.
public let regnetY1_6GF = RegNetBuilder<RegNetY1_6GFWeights>(
    name: "regnet_y_1_6gf", depth: 27, w0: 48, wA: 20.71, wM: 2.65, groupWidth: 24, seRatio: 0.25)
/// RegNet Y of 3.2 billion multiplications (Radosavovic et al., 2020).
/// PyTorch: `torchvision.models.regnet_y_3_2gf`.
public let regnetY3_2GF = RegNetBuilder<RegNetY3_2GFWeights>(
    name: "regnet_y_3_2gf", depth: 21, w0: 80, wA: 42.63, wM: 2.66, groupWidth: 24, seRatio: 0.25)
/// RegNet Y of 8 billion multiplications (Radosavovic et al., 2020).
/// PyTorch: `torchvision.models.regnet_y_8gf`.
public let regnetY8GF = RegNetBuilder<RegNetY8GFWeights>(
    name: "regnet_y_8gf", depth: 17, w0: 192, wA: 76.82, wM: 2.19, groupWidth: 56, seRatio: 0.25)
/// RegNet Y of 16 billion multiplications (Radosavovic et al., 2020).
/// PyTorch: `torchvision.models.regnet_y_16gf`.
public let regnetY16GF = RegNetBuilder<RegNetY16GFWeights>(
    name: "regnet_y_16gf", depth: 18, w0: 200, wA: 106.23, wM: 2.48, groupWidth: 112, seRatio: 0.25)
/// RegNet Y of 32 billion multiplications (Radosavovic et al., 2020).
/// PyTorch: `torchvision.models.regnet_y_32gf`.
public let regnetY32GF = RegNetBuilder<RegNetY32GFWeights>(
    name: "regnet_y_32gf", depth: 20, w0: 232, wA: 115.89, wM: 2.53, groupWidth: 232, seRatio: 0.25)
/// RegNet Y of 128 billion multiplications (Radosavovic et al., 2020).
/// PyTorch: `torchvision.models.regnet_y_128gf`.
public let regnetY128GF = RegNetBuilder<RegNetY128GFWeights>(
    name: "regnet_y_128gf", depth: 27, w0: 456, wA: 160.83, wM: 2.52, groupWidth: 264, seRatio: 0.25)
/// RegNet X of 400 million multiplications (Radosavovic et al., 2020).
/// PyTorch: `torchvision.models.regnet_x_400mf`.
public let regnetX400MF = RegNetBuilder<RegNetX400MFWeights>(
    name: "regnet_x_400mf", depth: 22, w0: 24, wA: 24.48, wM: 2.54, groupWidth: 16)
/// RegNet X of 800 million multiplications (Radosavovic et al., 2020).
/// PyTorch: `torchvision.models.regnet_x_800mf`.
public let regnetX800MF = RegNetBuilder<RegNetX800MFWeights>(
    name: "regnet_x_800mf", depth: 16, w0: 56, wA: 35.73, wM: 2.28, groupWidth: 16)
/// RegNet X of 1.6 billion multiplications (Radosavovic et al., 2020).
/// PyTorch: `torchvision.models.regnet_x_1_6gf`.
public let regnetX1_6GF = RegNetBuilder<RegNetX1_6GFWeights>(
    name: "regnet_x_1_6gf", depth: 18, w0: 80, wA: 34.01, wM: 2.25, groupWidth: 24)
/// RegNet X of 3.2 billion multiplications (Radosavovic et al., 2020).
/// PyTorch: `torchvision.models.regnet_x_3_2gf`.
public let regnetX3_2GF = RegNetBuilder<RegNetX3_2GFWeights>(
    name: "regnet_x_3_2gf", depth: 25, w0: 88, wA: 26.31, wM: 2.25, groupWidth: 48)
/// RegNet X of 8 billion multiplications (Radosavovic et al., 2020).
/// PyTorch: `torchvision.models.regnet_x_8gf`.
public let regnetX8GF = RegNetBuilder<RegNetX8GFWeights>(
    name: "regnet_x_8gf", depth: 23, w0: 80, wA: 49.56, wM: 2.88, groupWidth: 120)
/// RegNet X of 16 billion multiplications (Radosavovic et al., 2020).
/// PyTorch: `torchvision.models.regnet_x_16gf`.
public let regnetX16GF = RegNetBuilder<RegNetX16GFWeights>(
    name: "regnet_x_16gf", depth: 22, w0: 216, wA: 55.59, wM: 2.1, groupWidth: 128)
/// RegNet X of 32 billion multiplications (Radosavovic et al., 2020).
/// PyTorch: `torchvision.models.regnet_x_32gf`.
public let regnetX32GF = RegNetBuilder<RegNetX32GFWeights>(
    name: "regnet_x_32gf", depth: 23, w0: 320, wA: 69.86, wM: 2.0, groupWidth: 168)

extension ModelRegistry {
    static let regNets: [any ModelBuilder] = [
        regnetY400MF, regnetY800MF, regnetY1_6GF, regnetY3_2GF, regnetY8GF, regnetY16GF, regnetY32GF, regnetY128GF,
        regnetX400MF, regnetX800MF, regnetX1_6GF, regnetX3_2GF, regnetX8GF, regnetX16GF, regnetX32GF
    ]
}
