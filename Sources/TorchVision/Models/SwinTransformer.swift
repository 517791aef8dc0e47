import Torch

/// The Swin transformer (Liu et al., 2021) and its second version (2022): attention within windows, which every second
/// block shifts, in stages that halve height and width. Inside, images are [N, H, W, C].
/// PyTorch: `torchvision.models.SwinTransformer`.
public final class SwinTransformer: Module, Layer {
    /// Makes a normalization of the last dimension from its size.
    public typealias Norm = (Int) -> any Layer
    /// Makes attention from the channels, the window's height and width, the shifts of both, the number of heads, and
    /// the probabilities of dropout of the weights and of the result.
    public typealias Attention = (Int, [Int], [Int], Int, Double, Double) -> any Layer
    /// Makes a block from the channels, the number of heads, the window's height and width, the shifts of both, the
    /// factor of the channels inside the linear layers, the probabilities of dropout of the results, of dropout of the
    /// attention's weights and of dropping the block, and a normalization.
    public typealias Block = (Int, Int, [Int], [Int], Double, Double, Double, Double, @escaping Norm) -> any Layer
    /// Makes the layers between two stages from the channels and a normalization.
    public typealias Downsampling = (Int, @escaping Norm) -> any Layer

    /// The number of classes.
    public let numClasses: Int
    /// The embedding of the patches, the stages, and the layers between them.
    public let features: Sequential
    /// The normalization of the last stage's result.
    public let norm: any Layer
    /// Brings the channels to the front.
    public let permute: Permute
    /// Computes the mean of each channel.
    public let avgpool: AdaptiveAvgPool2d
    /// Removes the height and the width, which are 1.
    public let flatten: Flatten
    /// The linear layer.
    public var head: Linear

    /// Creates the network with random weights.
    /// - Parameters:
    ///   - patchSize: the height and width of a patch.
    ///   - embedDim: the channels of the first stage; each stage has twice as many as the one before.
    ///   - depths: the number of blocks of each stage.
    ///   - numHeads: the number of heads of the attention in each stage.
    ///   - windowSize: the height and width of a window, in patches.
    ///   - mlpRatio: the factor of the channels inside the linear layers of a block.
    ///   - dropout: the probability of all dropouts but the attention's.
    ///   - attentionDropout: the probability that a weight of the attention is dropped.
    ///   - stochasticDepthProb: the probability that the last block is dropped; it grows from 0 to this number.
    ///   - numClasses: the number of classes.
    ///   - normLayer: makes a normalization; nil for `LayerNorm`.
    ///   - block: makes a block; nil for `SwinTransformerBlock`.
    ///   - downsampleLayer: makes the layers between two stages; nil for `PatchMerging`.
    public init(
        patchSize: [Int], embedDim: Int, depths: [Int], numHeads: [Int], windowSize: [Int], mlpRatio: Double = 4,
        dropout: Double = 0, attentionDropout: Double = 0, stochasticDepthProb: Double = 0.1, numClasses: Int = 1000,
        normLayer: Norm? = nil, block: Block? = nil, downsampleLayer: Downsampling? = nil
    ) {
        let makeNorm = normLayer ?? { LayerNorm([$0]) }
        let makeBlock =
            block ?? {
                SwinTransformerBlock(
                    $0, $1, windowSize: $2, shiftSize: $3, mlpRatio: $4, dropout: $5, attentionDropout: $6,
                    stochasticDepthProb: $7, normLayer: $8)
            }
        let makeDownsampling = downsampleLayer ?? { PatchMerging($0, normLayer: $1) }
        let total = depths.reduce(0) { $0 &+ max($1, 0) }
        if patchSize.count < 2 || numHeads.count < depths.count { raise(.index, "list index out of range") }
        if depths.isEmpty { raise(.value, "depths should not be empty") }
        if total == 1 { raise(.value, "float division by zero") }

        let patch = patchSize.count < 2 ? [1, 1] : [patchSize[0], patchSize[1]]
        var layers: [any Layer] = [
            Sequential(Conv2d(3, embedDim, patch, stride: patch), Permute([0, 2, 3, 1]), makeNorm(embedDim))
        ]
        var dim = embedDim, blocks = 0
        for (i, depth) in depths.enumerated() {
            let heads = i < numHeads.count ? numHeads[i] : 1
            layers.append(
                Sequential(
                    (0..<max(depth, 0)).map { j -> any Layer in
                        defer { blocks += 1 }
                        return makeBlock(
                            dim, heads, windowSize, windowSize.map { j % 2 == 0 ? 0 : $0 >> 1 }, mlpRatio, dropout,
                            attentionDropout, stochasticDepthProb * Double(blocks) / Double(total &- 1), makeNorm)
                    }))
            if i < depths.count - 1 {
                layers.append(makeDownsampling(dim, makeNorm))
                dim = dim &* 2
            }
        }
        self.numClasses = numClasses
        features = Sequential(layers)
        norm = makeNorm(dim)
        permute = Permute([0, 3, 1, 2])
        avgpool = AdaptiveAvgPool2d(1)
        flatten = Flatten(1)
        head = Linear(dim, numClasses)
        super.init()
        for case let linear as Linear in modules() {
            Init.truncNormal_(linear.weight, std: 0.02)
            if let bias = linear.bias { Init.zeros_(bias) }
        }
    }

    /// Computes the classes' scores [N, numClasses] of images [N, 3, H, W], without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor { head(flatten(avgpool(permute(norm(features(input)))))) }
}

extension SwinTransformer {
    /// Joins 2×2 patches to one with twice the channels: normalizes them, then applies a linear layer.
    /// PyTorch: `torchvision.models.swin_transformer.PatchMerging`.
    public final class PatchMerging: Module, Layer {
        /// The channels of the input.
        public let dim: Int
        /// The linear layer, from 4 · dim to 2 · dim features.
        public let reduction: Linear
        /// The normalization of 4 · dim features.
        public let norm: any Layer

        /// Creates the layers. The default of `normLayer` is `LayerNorm`.
        public init(_ dim: Int, normLayer: Norm? = nil) {
            self.dim = dim
            reduction = Linear(4 &* dim, 2 &* dim, bias: false)
            norm = normLayer?(4 &* dim) ?? LayerNorm([4 &* dim])
        }

        /// Computes [..., ⌈H/2⌉, ⌈W/2⌉, 2 · dim] from [..., H, W, dim], without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor { reduction(norm(mergePatches(input))) }
    }

    /// Like `PatchMerging`, but normalizes the result. PyTorch: `torchvision.models.swin_transformer.PatchMergingV2`.
    public final class PatchMergingV2: Module, Layer {
        /// The channels of the input.
        public let dim: Int
        /// The linear layer, from 4 · dim to 2 · dim features.
        public let reduction: Linear
        /// The normalization of 2 · dim features.
        public let norm: any Layer

        /// Creates the layers. The default of `normLayer` is `LayerNorm`.
        public init(_ dim: Int, normLayer: Norm? = nil) {
            self.dim = dim
            reduction = Linear(4 &* dim, 2 &* dim, bias: false)
            norm = normLayer?(2 &* dim) ?? LayerNorm([2 &* dim])
        }

        /// Computes [..., ⌈H/2⌉, ⌈W/2⌉, 2 · dim] from [..., H, W, dim], without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor { norm(reduction(mergePatches(input))) }
    }

    /// A block: attention and linear layers, each over normalized inputs and added to its input.
    /// PyTorch: `torchvision.models.swin_transformer.SwinTransformerBlock`.
    public class SwinTransformerBlock: Module, Layer {
        /// The normalization of the attention.
        public final let norm1: any Layer
        /// The attention.
        public final let attn: any Layer
        /// Drops the attention and the linear layers at random in training.
        public final let stochasticDepth: StochasticDepth
        /// The normalization of the linear layers.
        public final let norm2: any Layer
        /// The linear layers.
        public final let mlp: MLP

        /// Creates a block.
        /// - Parameters:
        ///   - dim: the channels.
        ///   - numHeads: the number of heads of the attention.
        ///   - windowSize: the height and width of a window.
        ///   - shiftSize: the shifts of the windows in height and width.
        ///   - mlpRatio: the factor of the channels inside the linear layers.
        ///   - dropout: the probability of all dropouts but the attention's.
        ///   - attentionDropout: the probability that a weight of the attention is dropped.
        ///   - stochasticDepthProb: the probability that attention or linear layers are dropped.
        ///   - normLayer: makes a normalization; nil for `LayerNorm`.
        ///   - attnLayer: makes the attention; nil for that of the class.
        public init(
            _ dim: Int, _ numHeads: Int, windowSize: [Int], shiftSize: [Int], mlpRatio: Double = 4,
            dropout: Double = 0, attentionDropout: Double = 0, stochasticDepthProb: Double = 0,
            normLayer: Norm? = nil, attnLayer: Attention? = nil
        ) {
            let makeNorm = normLayer ?? { LayerNorm([$0]) }
            let makeAttention =
                attnLayer ?? {
                    ShiftedWindowAttention($0, $1, $2, $3, attentionDropout: $4, dropout: $5)
                }
            norm1 = makeNorm(dim)
            attn = makeAttention(dim, windowSize, shiftSize, numHeads, attentionDropout, dropout)
            stochasticDepth = StochasticDepth(stochasticDepthProb, .row)
            norm2 = makeNorm(dim)
            mlp = MLP(
                dim, [truncate(Double(dim) * mlpRatio), dim], activationLayer: { _ in GELU() }, dropout: dropout)
            super.init()
            mlp.initializeAsTransformer()
        }

        /// Computes the result, [N, H, W, dim], without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor {
            let x = input + stochasticDepth(attn(norm1(input)))
            return x + stochasticDepth(mlp(norm2(x)))
        }
    }

    /// Like `SwinTransformerBlock`, but normalizes the results of attention and linear layers.
    /// PyTorch: `torchvision.models.swin_transformer.SwinTransformerBlockV2`.
    public final class SwinTransformerBlockV2: SwinTransformerBlock {
        /// Creates a block. The parameters are those of `SwinTransformerBlock`.
        public override init(
            _ dim: Int, _ numHeads: Int, windowSize: [Int], shiftSize: [Int], mlpRatio: Double = 4,
            dropout: Double = 0, attentionDropout: Double = 0, stochasticDepthProb: Double = 0,
            normLayer: Norm? = nil, attnLayer: Attention? = nil
        ) {
            super.init(
                dim, numHeads, windowSize: windowSize, shiftSize: shiftSize, mlpRatio: mlpRatio, dropout: dropout,
                attentionDropout: attentionDropout, stochasticDepthProb: stochasticDepthProb, normLayer: normLayer,
                attnLayer: attnLayer ?? {
                    ShiftedWindowAttentionV2($0, $1, $2, $3, attentionDropout: $4, dropout: $5)
                })
        }

        /// Computes the result, [N, H, W, dim], without calling the hooks.
        public override func forward(_ input: Tensor) -> Tensor {
            let x = input + stochasticDepth(norm1(attn(input)))
            return x + stochasticDepth(norm2(mlp(x)))
        }
    }
}

/// Returns 2×2 patches as one with four times the channels: [..., H, W, C] → [..., ⌈H/2⌉, ⌈W/2⌉, 4C]. Missing patches
/// are 0. PyTorch: `torchvision.models.swin_transformer._patch_merging_pad`.
private func mergePatches(_ input: Tensor) -> Tensor {
    if input.isVoid { return input }
    guard input.dim >= 3 else {
        return .failed(.value, "not enough values to unpack (expected 3, got \(input.dim))")
    }
    let (height, width) = (input.size(-3), input.size(-2))
    let even = height % 2 + width % 2 == 0 ? input : input.pad([0, 0, 0, width % 2, 0, height % 2])
    let pairs = even.unflatten(-3, [(height + 1) / 2, 2]).unflatten(-2, [(width + 1) / 2, 2])
    // The four patches are in column-major order.
    let rank = pairs.dim
    let order = Array(0..<(rank - 5)) + [rank - 5, rank - 3, rank - 2, rank - 4, rank - 1]
    return pairs.permute(order).flatten(-3)
}

/// Makes a `SwinTransformer` of one kind: `swinT(numClasses: 10)`, `try swinT(weights: .default)`.
public struct SwinTransformerBuilder<Pretrained: ModelWeights>: ModelBuilder {
    public let name: String
    let embedDim, depth, numHeads: Int
    let stochasticDepthProb: Double
    var isSecond = false

    /// Creates a network with random weights. The options are those of `SwinTransformer`. The defaults of
    /// `stochasticDepthProb`, `block` and `downsampleLayer` depend on the network.
    public func callAsFunction(
        mlpRatio: Double = 4, dropout: Double = 0, attentionDropout: Double = 0, stochasticDepthProb: Double? = nil,
        numClasses: Int = 1000, normLayer: SwinTransformer.Norm? = nil, block: SwinTransformer.Block? = nil,
        downsampleLayer: SwinTransformer.Downsampling? = nil
    ) -> SwinTransformer {
        let second: SwinTransformer.Block = {
            SwinTransformer.SwinTransformerBlockV2(
                $0, $1, windowSize: $2, shiftSize: $3, mlpRatio: $4, dropout: $5, attentionDropout: $6,
                stochasticDepthProb: $7, normLayer: $8)
        }
        let secondMerging: SwinTransformer.Downsampling = { SwinTransformer.PatchMergingV2($0, normLayer: $1) }
        let side = isSecond ? 8 : 7
        return SwinTransformer(
            patchSize: [4, 4], embedDim: embedDim, depths: [2, 2, depth, 2],
            numHeads: [numHeads, 2 * numHeads, 4 * numHeads, 8 * numHeads], windowSize: [side, side],
            mlpRatio: mlpRatio, dropout: dropout, attentionDropout: attentionDropout,
            stochasticDepthProb: stochasticDepthProb ?? self.stochasticDepthProb, numClasses: numClasses,
            normLayer: normLayer, block: block ?? (isSecond ? second : nil),
            downsampleLayer: downsampleLayer ?? (isSecond ? secondMerging : nil))
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: Pretrained?, progress: Bool = true, mlpRatio: Double = 4, dropout: Double = 0,
        attentionDropout: Double = 0, stochasticDepthProb: Double? = nil, numClasses: Int? = nil,
        normLayer: SwinTransformer.Norm? = nil, block: SwinTransformer.Block? = nil,
        downsampleLayer: SwinTransformer.Downsampling? = nil
    ) throws -> SwinTransformer {
        try makeModel(weights, progress, numClasses) {
            self(
                mlpRatio: mlpRatio, dropout: dropout, attentionDropout: attentionDropout,
                stochasticDepthProb: stochasticDepthProb, numClasses: $0, normLayer: normLayer, block: block,
                downsampleLayer: downsampleLayer)
        }
    }

    public func make(weights: Pretrained?, progress: Bool, numClasses: Int?) throws -> SwinTransformer {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

/// Swin transformer, tiny (Liu et al., 2021). PyTorch: `torchvision.models.swin_t`.
public let swinT = SwinTransformerBuilder<SwinTWeights>(
    name: "swin_t", embedDim: 96, depth: 6, numHeads: 3, stochasticDepthProb: 0.2)
/// Swin transformer, small (Liu et al., 2021). PyTorch: `torchvision.models.swin_s`.
public let swinS = SwinTransformerBuilder<SwinSWeights>(
    name: "swin_s", embedDim: 96, depth: 18, numHeads: 3, stochasticDepthProb: 0.3)
/// Swin transformer, base (Liu et al., 2021). PyTorch: `torchvision.models.swin_b`.
public let swinB = SwinTransformerBuilder<SwinBWeights>(
    name: "swin_b", embedDim: 128, depth: 18, numHeads: 4, stochasticDepthProb: 0.5)
/// Swin transformer V2, tiny (Liu et al., 2022). PyTorch: `torchvision.models.swin_v2_t`.
public let swinV2T = SwinTransformerBuilder<SwinV2TWeights>(
    name: "swin_v2_t", embedDim: 96, depth: 6, numHeads: 3, stochasticDepthProb: 0.2, isSecond: true)
/// Swin transformer V2, small (Liu et al., 2022). PyTorch: `torchvision.models.swin_v2_s`.
public let swinV2S = SwinTransformerBuilder<SwinV2SWeights>(
    name: "swin_v2_s", embedDim: 96, depth: 18, numHeads: 3, stochasticDepthProb: 0.3, isSecond: true)
/// Swin transformer V2, base (Liu et al., 2022). PyTorch: `torchvision.models.swin_v2_b`.
public let swinV2B = SwinTransformerBuilder<SwinV2BWeights>(
    name: "swin_v2_b", embedDim: 128, depth: 18, numHeads: 4, stochasticDepthProb: 0.5, isSecond: true)

extension ModelRegistry {
    static let swinTransformers: [any ModelBuilder] = [swinT, swinS, swinB, swinV2T, swinV2S, swinV2B]
}

/// The pretrained weights of `swinT`. PyTorch: `torchvision.models.Swin_T_Weights`.
public enum SwinTWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "Swin_T_Weights"
    public var weights: Weights {
        Weights(
            "swin_t-704ceda3", numParams: 28_288_354, acc: (81.474, 95.776), minSize: 224,
            transforms: ImageClassification(cropSize: 224, resizeSize: 232, interpolation: .bicubic))
    }
}

/// The pretrained weights of `swinS`. PyTorch: `torchvision.models.Swin_S_Weights`.
public enum SwinSWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "Swin_S_Weights"
    public var weights: Weights {
        Weights(
            "swin_s-5e29d889", numParams: 49_606_258, acc: (83.196, 96.36), minSize: 224,
            transforms: ImageClassification(cropSize: 224, resizeSize: 246, interpolation: .bicubic))
    }
}

/// The pretrained weights of `swinB`. PyTorch: `torchvision.models.Swin_B_Weights`.
public enum SwinBWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "Swin_B_Weights"
    public var weights: Weights {
        Weights(
            "swin_b-68c6b09e", numParams: 87_768_224, acc: (83.582, 96.64), minSize: 224,
            transforms: ImageClassification(cropSize: 224, resizeSize: 238, interpolation: .bicubic))
    }
}

/// The pretrained weights of `swinV2T`. PyTorch: `torchvision.models.Swin_V2_T_Weights`.
public enum SwinV2TWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "Swin_V2_T_Weights"
    public var weights: Weights {
        Weights(
            "swin_v2_t-b137f0e2", numParams: 28_351_570, acc: (82.072, 96.132), minSize: 256,
            transforms: ImageClassification(cropSize: 256, resizeSize: 260, interpolation: .bicubic))
    }
}

/// The pretrained weights of `swinV2S`. PyTorch: `torchvision.models.Swin_V2_S_Weights`.
public enum SwinV2SWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "Swin_V2_S_Weights"
    public var weights: Weights {
        Weights(
            "swin_v2_s-637d8ceb", numParams: 49_737_442, acc: (83.712, 96.816), minSize: 256,
            transforms: ImageClassification(cropSize: 256, resizeSize: 260, interpolation: .bicubic))
    }
}

/// The pretrained weights of `swinV2B`. PyTorch: `torchvision.models.Swin_V2_B_Weights`.
public enum SwinV2BWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "Swin_V2_B_Weights"
    public var weights: Weights {
        Weights(
            "swin_v2_b-781e5279", numParams: 87_930_848, acc: (84.112, 96.864), minSize: 256,
            transforms: ImageClassification(cropSize: 256, resizeSize: 272, interpolation: .bicubic))
    }
}
