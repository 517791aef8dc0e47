import Torch

/// MaxViT (Tu et al., 2022): blocks of convolutions, attention within windows, and attention between the patches that
/// have the same place in a grid. PyTorch: `torchvision.models.MaxVit`.
public final class MaxVit: Module, Layer {
    /// Makes a normalization of the channels from their number.
    public typealias Norm = (Int) -> any Layer
    /// Makes an activation.
    public typealias Activation = () -> any Layer

    /// The first convolutions.
    public let stem: Sequential
    /// The height and width of a window, and of the grid.
    public let partitionSize: Int
    /// The blocks; each halves height and width.
    public let blocks: [MaxVitBlock]
    /// Computes the mean of each channel, then the classes' scores.
    public let classifier: Sequential

    /// Creates the network with random weights.
    /// - Parameters:
    ///   - inputSize: the height and width of the images. The sizes inside all blocks are multiples of
    ///     `partitionSize`.
    ///   - stemChannels: the channels of the first convolutions.
    ///   - partitionSize: the height and width of a window, and of the grid.
    ///   - blockChannels: the channels of each block.
    ///   - blockLayers: the number of layers of each block.
    ///   - headDim: the channels of a head of the attention, which divide those of all blocks.
    ///   - stochasticDepthProb: the probability that the last layer is dropped; it grows from 0 to this number.
    ///   - normLayer: makes a normalization of channels; nil for `BatchNorm2d` with eps 1e-3 and momentum 0.01.
    ///   - activationLayer: makes an activation.
    ///   - squeezeRatio: the share of the channels inside squeeze and excitation.
    ///   - expansionRatio: the factor of the channels inside the convolutions.
    ///   - mlpRatio: the factor of the channels inside the linear layers.
    ///   - mlpDropout: the probability of dropout behind the linear layers.
    ///   - attentionDropout: the probability of dropout behind the attention.
    ///   - numClasses: the number of classes.
    public init(
        inputSize: (Int, Int), stemChannels: Int, partitionSize: Int, blockChannels: [Int], blockLayers: [Int],
        headDim: Int, stochasticDepthProb: Double, normLayer: Norm? = nil,
        activationLayer: @escaping Activation = { GELU() }, squeezeRatio: Double = 0.25, expansionRatio: Double = 4,
        mlpRatio: Int = 4, mlpDropout: Double = 0, attentionDropout: Double = 0, numClasses: Int = 1000
    ) {
        let norm = normLayer ?? { BatchNorm2d($0, eps: 1e-3, momentum: 0.01) }
        MaxVit.check(inputSize, partitionSize, blocks: blockChannels.count)
        if blockChannels.isEmpty { raise(.index, "list index out of range") }
        let last = blockChannels.last ?? 1
        self.partitionSize = partitionSize
        stem = Sequential(
            Conv2dNormActivation(
                3, stemChannels, kernelSize: 3, stride: 2, normLayer: norm, activationLayer: { _ in activationLayer() },
                inplace: nil, bias: false),
            Conv2dNormActivation(
                stemChannels, stemChannels, kernelSize: 3, stride: 1, normLayer: nil, activationLayer: nil, bias: true))
        var gridSize = halved(inputSize), channels = stemChannels
        var probabilities = MaxVit.probabilities(stochasticDepthProb, blockLayers.reduce(0) { $0 &+ $1 })[...]
        blocks = zip(blockChannels, blockLayers).map { outChannels, count in
            let block = MaxVitBlock(
                channels, outChannels, squeezeRatio: squeezeRatio, expansionRatio: expansionRatio, normLayer: norm,
                activationLayer: activationLayer, headDim: headDim, mlpRatio: mlpRatio, mlpDropout: mlpDropout,
                attentionDropout: attentionDropout, partitionSize: partitionSize, inputGridSize: gridSize,
                nLayers: count, pStochastic: Array(probabilities.prefix(max(count, 0))))
            probabilities = probabilities.dropFirst(max(count, 0))
            (gridSize, channels) = (block.gridSize, outChannels)
            return block
        }
        classifier = Sequential(
            AdaptiveAvgPool2d(1), Flatten(), LayerNorm([last]), Linear(last, last), Tanh(),
            Linear(last, numClasses, bias: false))
        super.init()
        for module in modules() {
            switch module {
            case let conv as Conv2d:
                Init.normal_(conv.weight, std: 0.02)
                if let bias = conv.bias { Init.zeros_(bias) }
            case is BatchNorm2d: Init.resetNorm(module)
            case let linear as Linear:
                Init.normal_(linear.weight, std: 0.02)
                if let bias = linear.bias { Init.zeros_(bias) }
            default: break
            }
        }
    }

    /// Raises torchvision's sentence if the windows do not fit into a block.
    private static func check(_ inputSize: (Int, Int), _ partitionSize: Int, blocks: Int) {
        var sizes: [(Int, Int)] = []
        for _ in 0..<blocks { sizes.append(halved(sizes.last ?? halved(inputSize))) }
        for (i, size) in sizes.enumerated()
        where modulo(size.0, partitionSize) != 0 || modulo(size.1, partitionSize) != 0 {
            raise(
                .value,
                """
                Input size \(size) of block \(i) is not divisible by partition size \(partitionSize). \
                Consider changing the partition size or the input size.
                Current configuration yields the following block input sizes: \(sizes).
                """)
        }
    }

    /// Returns `count` numbers from 0 to `last`, with equal steps. NumPy: `numpy.linspace`.
    private static func probabilities(_ last: Double, _ count: Int) -> [Double] {
        if count < 0 { raise(.value, "Number of samples, \(count), must be non-negative.") }
        let step = last / Double(count - 1)
        return (0..<max(count, 0)).map { $0 == 0 ? 0 : $0 == count - 1 ? last : Double($0) * step }
    }

    /// Computes the classes' scores [N, numClasses] of images [N, 3, H, W], without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor { classifier(blocks.reduce(stem(input)) { $1($0) }) }
}

/// Returns the height and width after a 3×3 convolution of stride 2 and padding 1.
private func halved(_ size: (Int, Int)) -> (Int, Int) { ((size.0 &- 1) >> 1 &+ 1, (size.1 &- 1) >> 1 &+ 1) }

extension MaxVit {
    /// Convolutions: a 1×1, a depthwise 3×3, squeeze and excitation, and a 1×1, added to the input,
    /// which is projected if its form changes. PyTorch: `torchvision.models.maxvit.MBConv`.
    public final class MBConv: Module, Layer {
        /// Projects the input to the shape of the result.
        public let proj: any Layer
        /// Drops the layers at random in training.
        public let stochasticDepth: any Layer
        /// The layers.
        public let layers: Sequential

        /// Creates the layers.
        /// - Parameters:
        ///   - inChannels: the channels of the input.
        ///   - outChannels: the channels of the result.
        ///   - expansionRatio: the factor of the channels inside.
        ///   - squeezeRatio: the share of the channels inside squeeze and excitation.
        ///   - stride: the step of the 3×3 convolution.
        ///   - activationLayer: makes an activation.
        ///   - normLayer: makes a normalization of channels.
        ///   - pStochasticDropout: the probability that the layers are dropped.
        public init(
            _ inChannels: Int, _ outChannels: Int, expansionRatio: Double, squeezeRatio: Double, stride: Int,
            activationLayer: @escaping Activation, normLayer: @escaping Norm, pStochasticDropout: Double = 0
        ) {
            if stride != 1 || inChannels != outChannels {
                let conv = Conv2d(inChannels, outChannels, 1)
                proj =
                    stride == 2 ? Sequential(AvgPool2d(3, stride: 2, padding: 1), conv) : Sequential(conv)
            } else {
                proj = Identity()
            }
            stochasticDepth = pStochasticDropout == 0 ? Identity() : StochasticDepth(pStochasticDropout, .row)
            let middle = truncate(Double(outChannels) * expansionRatio)
            let squeezed = truncate(Double(outChannels) * squeezeRatio)
            let activation: (Bool) -> any Layer = { _ in activationLayer() }
            layers = Sequential([
                "pre_norm": normLayer(inChannels),
                "conv_a": Conv2dNormActivation(
                    inChannels, middle, kernelSize: 1, padding: 0, normLayer: normLayer, activationLayer: activation),
                "conv_b": Conv2dNormActivation(
                    middle, middle, kernelSize: 3, stride: stride, padding: 1, groups: middle, normLayer: normLayer,
                    activationLayer: activation),
                "squeeze_excitation": SqueezeExcitation(middle, squeezed, activation: { SiLU() }),
                "conv_c": Conv2d(middle, outChannels, 1)
            ])
        }

        /// Computes the result, [N, outChannels, H / stride, W / stride], without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor { proj(input) + stochasticDepth(layers(input)) }
    }

    /// Attention in groups of patches, [N, groups, patches, features]. A learned bias, which depends on the distance of
    /// two patches in a square, is added to their score.
    /// PyTorch: `torchvision.models.maxvit.RelativePositionalMultiHeadAttention`.
    public final class RelativePositionalMultiHeadAttention: Module, Layer {
        /// The number of heads.
        public let nHeads: Int
        /// The features of a head.
        public let headDim: Int
        /// The height and width of the square.
        public let size: Int
        /// The number of patches.
        public let maxSeqLen: Int
        /// The factor of the keys.
        public let scaleFactor: Double
        /// The biases of all distances, [distances, nHeads].
        @Parameter public var relativePositionBiasTable: Tensor
        /// The row of each pair of patches in the table, [patches, patches].
        @Buffer public var relativePositionIndex: Tensor
        /// The linear layer that computes queries, keys and values.
        public let toQkv: Linear
        /// The linear layer behind the attention.
        public let merge: Linear

        /// Creates attention with random weights.
        /// - Parameters:
        ///   - featDim: the number of features.
        ///   - headDim: the features of a head, a divisor of `featDim`.
        ///   - maxSeqLen: the number of patches, a square.
        public init(_ featDim: Int, _ headDim: Int, _ maxSeqLen: Int) {
            if modulo(featDim, headDim) != 0 {
                raise(.value, "feat_dim: \(featDim) must be divisible by head_dim: \(headDim)")
            }
            if maxSeqLen < 0 { raise(.value, "math domain error") }
            nHeads = floorDivide(featDim, headDim)
            self.headDim = headDim
            self.maxSeqLen = maxSeqLen
            let size = Int(Double(max(maxSeqLen, 0)).squareRoot())
            self.size = size
            scaleFactor = 1 / Double(featDim).squareRoot()
            toQkv = Linear(featDim, nHeads &* headDim &* 3)
            merge = Linear(headDim &* nHeads, featDim)
            let distances = (2 &* size &- 1) &* (2 &* size &- 1)
            relativePositionIndex = TorchVision.relativePositionIndex(size, size)
            relativePositionBiasTable = Init.truncNormal_(Tensor.empty(distances, nHeads), std: 0.02)
        }

        /// Computes the result, of the input's shape, without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor {
            if let failure = unpackingFailure(input, 4) { return failure }
            let parts = toQkv(input).chunk(3, dim: -1).map { part in
                part.reshape(input.size(0), input.size(1), input.size(2), nHeads, headDim).transpose(2, 3)
            }
            guard parts.count >= 3 else { return .failed(.value, "not enough values to unpack (expected 3, got 1)") }
            let bias = relativePositionBias(
                relativePositionBiasTable, relativePositionIndex, length: maxSeqLen)
            let attended = biasedAttention(parts[0], parts[1] * scaleFactor, parts[2], bias: bias)
            return merge(attended.transpose(2, 3).reshape(input.shape))
        }
    }

    /// Exchanges two dimensions. PyTorch: `torchvision.models.maxvit.SwapAxes`.
    public final class SwapAxes: Module, Layer {
        /// The dimensions.
        public let a, b: Int

        /// Creates a module that exchanges two dimensions.
        public init(_ a: Int, _ b: Int) {
            self.a = a
            self.b = b
        }

        /// Returns the view.
        public func forward(_ input: Tensor) -> Tensor { input.transpose(a, b) }
    }

    /// Divides images [N, C, H, W] into windows of p×p patches, [N, H / p · W / p, p · p, C].
    /// PyTorch: `torchvision.models.maxvit.WindowPartition`.
    public final class WindowPartition: Module, BinaryModule {
        /// Returns the windows, without calling the hooks.
        public func forward(_ x: Tensor, _ p: Int) -> Tensor {
            if let failure = unpackingFailure(x, 4) { return failure }
            let (rows, columns) = (floorDivide(x.size(2), p), floorDivide(x.size(3), p))
            return x.reshape(x.size(0), x.size(1), rows, p, columns, p).permute(0, 2, 4, 3, 5, 1)
                .reshape(x.size(0), rows &* columns, p &* p, x.size(1))
        }
    }

    /// The inverse of `WindowPartition`. PyTorch: `torchvision.models.maxvit.WindowDepartition`.
    public final class WindowDepartition: Module, QuaternaryModule {
        /// Returns images [N, C, rows · p, columns · p] from windows [N, rows · columns, p · p, C], without calling
        /// the hooks.
        public func forward(_ x: Tensor, _ p: Int, _ rows: Int, _ columns: Int) -> Tensor {
            if let failure = unpackingFailure(x, 4) { return failure }
            return x.reshape(x.size(0), rows, columns, p, p, x.size(3)).permute(0, 5, 1, 3, 2, 4)
                .reshape(x.size(0), x.size(3), rows &* p, columns &* p)
        }
    }

    /// How the patches of an image are put together for attention.
    public enum PartitionType: String, Sendable {
        /// Patches that have the same place in a grid, far from each other.
        case grid
        /// Neighbours: the patches of a window.
        case window
    }

    /// Attention and linear layers over groups of patches, each added to its input.
    /// PyTorch: `torchvision.models.maxvit.PartitionAttentionLayer`.
    public final class PartitionAttentionLayer: Module, Layer {
        /// The number of heads, and the features of one.
        public let nHeads, headDim: Int
        /// The number of windows, or of patches in the grid's cells, in the height.
        public let nPartitions: Int
        /// How patches are put together.
        public let partitionType: PartitionType
        /// The height and width of the image.
        public let gridSize: (Int, Int)
        /// The size of the windows that the image is divided into, and their number in the height.
        public let p, g: Int
        /// Divides the image into windows.
        public let partitionOp: WindowPartition
        /// Puts the windows together.
        public let departitionOp: WindowDepartition
        /// Makes groups from windows: exchanges both for a grid.
        public let partitionSwap: any Layer
        /// Makes windows from groups.
        public let departitionSwap: any Layer
        /// Normalization, attention and dropout.
        public let attnLayer: Sequential
        /// Normalization, linear layers and dropout.
        public let mlpLayer: Sequential
        /// Drops the attention and the linear layers at random in training.
        public let stochasticDropout: StochasticDepth

        /// Creates the layers.
        /// - Parameters:
        ///   - inChannels: the channels.
        ///   - headDim: the channels of a head.
        ///   - partitionSize: the height and width of a window, or of the grid.
        ///   - partitionType: how patches are put together.
        ///   - gridSize: the height and width of the image, multiples of `partitionSize`.
        ///   - mlpRatio: the factor of the channels inside the linear layers.
        ///   - activationLayer: makes the activation between the linear layers.
        ///   - normLayer: makes the normalization before the attention.
        ///   - attentionDropout: the probability of dropout behind the attention.
        ///   - mlpDropout: the probability of dropout behind the linear layers.
        ///   - pStochasticDropout: the probability that attention or linear layers are dropped.
        public init(
            _ inChannels: Int, headDim: Int, partitionSize: Int, partitionType: PartitionType, gridSize: (Int, Int),
            mlpRatio: Int, activationLayer: Activation, normLayer: Norm, attentionDropout: Double, mlpDropout: Double,
            pStochasticDropout: Double
        ) {
            let count = floorDivide(gridSize.0, partitionSize), isGrid = partitionType == .grid
            nHeads = floorDivide(inChannels, headDim)
            self.headDim = headDim
            nPartitions = count
            self.partitionType = partitionType
            self.gridSize = gridSize
            p = isGrid ? count : partitionSize
            g = isGrid ? partitionSize : count
            partitionOp = WindowPartition()
            departitionOp = WindowDepartition()
            partitionSwap = isGrid ? SwapAxes(-2, -3) : Identity()
            departitionSwap = isGrid ? SwapAxes(-2, -3) : Identity()
            attnLayer = Sequential(
                normLayer(inChannels),
                RelativePositionalMultiHeadAttention(inChannels, headDim, partitionSize &* partitionSize),
                Dropout(attentionDropout))
            mlpLayer = Sequential(
                LayerNorm([inChannels]), Linear(inChannels, inChannels &* mlpRatio), activationLayer(),
                Linear(inChannels &* mlpRatio, inChannels), Dropout(mlpDropout))
            stochasticDropout = StochasticDepth(pStochasticDropout, .row)
        }

        /// Computes the result, of the input's shape [N, inChannels, H, W], without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor {
            guard modulo(gridSize.0, p) == 0, modulo(gridSize.1, p) == 0 else {
                return .failed(
                    .assertion,
                    "Grid size must be divisible by partition size. Got grid size of \(gridSize) and partition size of \(p)"
                )
            }
            var x = partitionSwap(partitionOp(input, p))
            x = x + stochasticDropout(attnLayer(x))
            x = x + stochasticDropout(mlpLayer(x))
            return departitionOp(departitionSwap(x), p, floorDivide(gridSize.0, p), floorDivide(gridSize.1, p))
        }
    }

    /// Convolutions, attention within windows, and attention in a grid.
    /// PyTorch: `torchvision.models.maxvit.MaxVitLayer`.
    public final class MaxVitLayer: Module, Layer {
        /// The three parts.
        public let layers: Sequential

        /// Creates the parts. The parameters are those of `MBConv` and `PartitionAttentionLayer`.
        public init(
            _ inChannels: Int, _ outChannels: Int, squeezeRatio: Double, expansionRatio: Double, stride: Int,
            normLayer: @escaping Norm, activationLayer: @escaping Activation, headDim: Int, mlpRatio: Int,
            mlpDropout: Double, attentionDropout: Double, pStochasticDropout: Double, partitionSize: Int,
            gridSize: (Int, Int)
        ) {
            func attention(_ type: PartitionType) -> PartitionAttentionLayer {
                PartitionAttentionLayer(
                    outChannels, headDim: headDim, partitionSize: partitionSize, partitionType: type,
                    gridSize: gridSize, mlpRatio: mlpRatio, activationLayer: activationLayer,
                    normLayer: { LayerNorm([$0]) }, attentionDropout: attentionDropout, mlpDropout: mlpDropout,
                    pStochasticDropout: pStochasticDropout)
            }
            layers = Sequential([
                "MBconv": MBConv(
                    inChannels, outChannels, expansionRatio: expansionRatio, squeezeRatio: squeezeRatio,
                    stride: stride, activationLayer: activationLayer, normLayer: normLayer,
                    pStochasticDropout: pStochasticDropout),
                "window_attention": attention(.window),
                "grid_attention": attention(.grid)
            ])
        }

        /// Computes the result, [N, outChannels, H / stride, W / stride], without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor { layers(input) }
    }

    /// Layers of which the first halves height and width. PyTorch: `torchvision.models.maxvit.MaxVitBlock`.
    public final class MaxVitBlock: Module, Layer {
        /// The layers.
        public let layers: [MaxVitLayer]
        /// The height and width of the result.
        public let gridSize: (Int, Int)

        /// Creates the layers. The parameters are those of `MaxVitLayer`; `inputGridSize` is the height and width of
        /// the input, and `pStochastic` has a probability for each of the `nLayers` layers.
        public init(
            _ inChannels: Int, _ outChannels: Int, squeezeRatio: Double, expansionRatio: Double,
            normLayer: @escaping Norm, activationLayer: @escaping Activation, headDim: Int, mlpRatio: Int,
            mlpDropout: Double, attentionDropout: Double, partitionSize: Int, inputGridSize: (Int, Int), nLayers: Int,
            pStochastic: [Double]
        ) {
            if pStochastic.count != nLayers {
                raise(
                    .value,
                    "p_stochastic must have length n_layers=\(nLayers), got p_stochastic=\(pStochastic).")
            }
            let gridSize = halved(inputGridSize)
            self.gridSize = gridSize
            layers = pStochastic.enumerated().map { i, p in
                MaxVitLayer(
                    i == 0 ? inChannels : outChannels, outChannels, squeezeRatio: squeezeRatio,
                    expansionRatio: expansionRatio, stride: i == 0 ? 2 : 1, normLayer: normLayer,
                    activationLayer: activationLayer, headDim: headDim, mlpRatio: mlpRatio, mlpDropout: mlpDropout,
                    attentionDropout: attentionDropout, pStochasticDropout: p, partitionSize: partitionSize,
                    gridSize: gridSize)
            }
        }

        /// Computes the result, [N, outChannels, ⌈H/2⌉, ⌈W/2⌉], without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor { layers.reduce(input) { $1($0) } }
    }
}

/// Makes a `MaxVit` of one kind: `maxvitT(numClasses: 10)`, `try maxvitT(weights: .default)`.
public struct MaxVitBuilder<Pretrained: ModelWeights>: ModelBuilder {
    public let name: String
    let stemChannels, partitionSize, headDim: Int
    let blockChannels, blockLayers: [Int]
    let stochasticDepthProb: Double

    /// Creates a network with random weights. The options are those of `MaxVit`. The default of `stochasticDepthProb`
    /// depends on the network.
    public func callAsFunction(
        inputSize: (Int, Int) = (224, 224), stochasticDepthProb: Double? = nil, normLayer: MaxVit.Norm? = nil,
        activationLayer: @escaping MaxVit.Activation = { GELU() }, squeezeRatio: Double = 0.25,
        expansionRatio: Double = 4, mlpRatio: Int = 4, mlpDropout: Double = 0, attentionDropout: Double = 0,
        numClasses: Int = 1000
    ) -> MaxVit {
        MaxVit(
            inputSize: inputSize, stemChannels: stemChannels, partitionSize: partitionSize,
            blockChannels: blockChannels, blockLayers: blockLayers, headDim: headDim,
            stochasticDepthProb: stochasticDepthProb ?? self.stochasticDepthProb, normLayer: normLayer,
            activationLayer: activationLayer, squeezeRatio: squeezeRatio, expansionRatio: expansionRatio,
            mlpRatio: mlpRatio, mlpDropout: mlpDropout, attentionDropout: attentionDropout, numClasses: numClasses)
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil. The default of `inputSize`
    /// is that of the weights, or 224×224.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: Pretrained?, progress: Bool = true, inputSize: (Int, Int)? = nil, stochasticDepthProb: Double? = nil,
        normLayer: MaxVit.Norm? = nil, activationLayer: @escaping MaxVit.Activation = { GELU() },
        squeezeRatio: Double = 0.25, expansionRatio: Double = 4, mlpRatio: Int = 4, mlpDropout: Double = 0,
        attentionDropout: Double = 0, numClasses: Int? = nil
    ) throws -> MaxVit {
        let needed = weights.map { ($0.meta.minSize, $0.meta.minSize) }
        if let needed, let inputSize, inputSize != needed {
            throw TorchError(
                .value, "The parameter 'input_size' expected value \(needed) but got \(inputSize) instead.")
        }
        return try makeModel(weights, progress, numClasses) {
            self(
                inputSize: needed ?? inputSize ?? (224, 224), stochasticDepthProb: stochasticDepthProb,
                normLayer: normLayer, activationLayer: activationLayer, squeezeRatio: squeezeRatio,
                expansionRatio: expansionRatio, mlpRatio: mlpRatio, mlpDropout: mlpDropout,
                attentionDropout: attentionDropout, numClasses: $0)
        }
    }

    public func make(weights: Pretrained?, progress: Bool, numClasses: Int?) throws -> MaxVit {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

/// MaxViT, tiny (Tu et al., 2022). PyTorch: `torchvision.models.maxvit_t`.
public let maxvitT = MaxVitBuilder<MaxVitTWeights>(
    name: "maxvit_t", stemChannels: 64, partitionSize: 7, headDim: 32, blockChannels: [64, 128, 256, 512],
    blockLayers: [2, 2, 5, 2], stochasticDepthProb: 0.2)

extension ModelRegistry {
    static let maxVits: [any ModelBuilder] = [maxvitT]
}

/// The pretrained weights of `maxvitT`. PyTorch: `torchvision.models.MaxVit_T_Weights`.
public enum MaxVitTWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "MaxVit_T_Weights"
    public var weights: Weights {
        Weights(
            "maxvit_t-bc5ab103", numParams: 30_919_624, acc: (83.7, 96.722), minSize: 224,
            transforms: ImageClassification(cropSize: 224, resizeSize: 224, interpolation: .bicubic))
    }
}
