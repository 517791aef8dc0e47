import Torch

/// The vision transformer (Dosovitskiy et al., 2020): an encoder over the patches of an image, with a learned embedding
/// for each position. PyTorch: `torchvision.models.VisionTransformer`.
public final class VisionTransformer: Module, Layer {
    /// Makes a normalization of the last dimension from its size.
    public typealias Norm = (Int) -> any Layer

    /// The height and width of an image.
    public let imageSize: Int
    /// The height and width of a patch.
    public let patchSize: Int
    /// The size of a patch's embedding.
    public let hiddenDim: Int
    /// The size between the linear layers of a block.
    public let mlpDim: Int
    /// The probability that a weight of the attention is dropped.
    public let attentionDropout: Double
    /// The probability of the other dropouts.
    public let dropout: Double
    /// The number of classes.
    public let numClasses: Int
    /// The size of the layer before the last; nil if there is none.
    public let representationSize: Int?
    /// The number of patches, and one for the class.
    public let seqLength: Int
    /// The embedding that stands before those of the patches, [1, 1, hiddenDim].
    @Parameter public var classToken: Tensor
    /// Embeds the patches: a convolution, or convolutions one after the other.
    public let convProj: any Layer
    /// The transformer.
    public let encoder: Encoder
    /// The layers that compute the classes' scores. The last one is named `head`.
    public let heads: Sequential

    /// Creates the network with random weights.
    /// - Parameters:
    ///   - imageSize: the height and width of the images, a multiple of `patchSize`.
    ///   - patchSize: the height and width of a patch.
    ///   - numLayers: the number of blocks.
    ///   - numHeads: the number of heads of the attention, which divides `hiddenDim`.
    ///   - hiddenDim: the size of a patch's embedding.
    ///   - mlpDim: the size between the linear layers of a block.
    ///   - dropout: the probability of all dropouts but the attention's.
    ///   - attentionDropout: the probability that a weight of the attention is dropped.
    ///   - numClasses: the number of classes.
    ///   - representationSize: the size of a linear layer with tanh before the last layer; nil for none.
    ///   - normLayer: makes a normalization; nil for `LayerNorm` with eps 1e-6.
    ///   - convStemConfigs: the convolutions that embed the patches (Xiao et al., 2021). The product of their strides
    ///     is `patchSize`. If it is nil, one convolution embeds them.
    public init(
        imageSize: Int, patchSize: Int, numLayers: Int, numHeads: Int, hiddenDim: Int, mlpDim: Int,
        dropout: Double = 0, attentionDropout: Double = 0, numClasses: Int = 1000, representationSize: Int? = nil,
        normLayer: Norm? = nil, convStemConfigs: [ConvStemConfig]? = nil
    ) {
        if modulo(imageSize, patchSize) != 0 { raise(.assertion, "Input shape indivisible by patch size!") }
        self.imageSize = imageSize
        self.patchSize = patchSize
        self.hiddenDim = hiddenDim
        self.mlpDim = mlpDim
        self.dropout = dropout
        self.attentionDropout = attentionDropout
        self.numClasses = numClasses
        self.representationSize = representationSize
        let side = floorDivide(imageSize, patchSize), patches = side.multipliedReportingOverflow(by: side)
        seqLength = patches.overflow ? .max : patches.partialValue &+ 1
        if let convStemConfigs {
            convProj = VisionTransformer.stem(convStemConfigs, hiddenDim)
        } else {
            convProj = Conv2d(3, hiddenDim, patchSize, stride: patchSize)
        }
        classToken = Tensor.zeros(1, 1, hiddenDim)
        encoder = Encoder(
            seqLength: seqLength, numLayers: numLayers, numHeads: numHeads, hiddenDim: hiddenDim, mlpDim: mlpDim,
            dropout: dropout, attentionDropout: attentionDropout, normLayer: normLayer)
        if let size = representationSize {
            heads = Sequential([
                "pre_logits": Linear(hiddenDim, size), "act": Tanh(), "head": Linear(size, numClasses)
            ])
        } else {
            heads = Sequential(["head": Linear(hiddenDim, numClasses)])
        }
        super.init()
        initialize()
    }

    /// Draws the convolutions and the layer before the last again, and sets the last layer to 0.
    private func initialize() {
        if let conv = convProj as? Conv2d {
            Init.truncNormal_(conv.weight, std: (1 / Double(3 &* patchSize &* patchSize)).squareRoot())
            if let bias = conv.bias { Init.zeros_(bias) }
        } else if let stem = convProj as? Sequential, let conv = stem[-1] as? Conv2d {
            Init.normal_(conv.weight, std: (2 / Double(conv.outChannels)).squareRoot())
            if let bias = conv.bias { Init.zeros_(bias) }
        }
        if heads.count > 1, let linear = heads[0] as? Linear {
            Init.truncNormal_(linear.weight, std: (1 / Double(linear.inFeatures)).squareRoot())
            if let bias = linear.bias { Init.zeros_(bias) }
        }
        if let head = heads[-1] as? Linear {
            Init.zeros_(head.weight)
            if let bias = head.bias { Init.zeros_(bias) }
        }
    }

    private static func stem(_ configs: [ConvStemConfig], _ hiddenDim: Int) -> Sequential {
        var layers: [(name: String, layer: any Layer)] = []
        var channels = 3
        for (i, config) in configs.enumerated() {
            let layer = Conv2dNormActivation(
                channels, config.outChannels, kernelSize: config.kernelSize, stride: config.stride,
                normLayer: config.normLayer, activationLayer: config.activationLayer)
            layers.append(("conv_bn_relu_\(i)", layer))
            channels = config.outChannels
        }
        layers.append(("conv_last", Conv2d(channels, hiddenDim, 1)))
        return Sequential(named: layers)
    }

    /// Computes the classes' scores [N, numClasses] of images [N, 3, imageSize, imageSize], without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor {
        if let failure = unpackingFailure(input, 4) { return failure }
        for (i, name) in [(2, "height"), (3, "width")] where input.size(i) != imageSize {
            return .failed(.assertion, "Wrong image \(name)! Expected \(imageSize) but got \(input.size(i))!")
        }
        let n = input.size(0)
        let patches = convProj(input).reshape(n, hiddenDim, seqLength &- 1).permute(0, 2, 1)
        let encoded = encoder(cat([classToken.expand(n, -1, -1), patches], dim: 1))
        return heads(encoded.select(1, 0))
    }
}

extension VisionTransformer {
    /// A convolution, a normalization and an activation before the transformer.
    /// PyTorch: `torchvision.models.vision_transformer.ConvStemConfig`.
    public struct ConvStemConfig {
        /// The channels of the result.
        public var outChannels: Int
        /// The size and the step of the window.
        public var kernelSize, stride: Int
        /// Makes the normalization from the number of channels.
        public var normLayer: Norm
        /// Makes the activation from `inplace`.
        public var activationLayer: (Bool) -> any Layer

        /// Creates a description of the layers.
        public init(
            outChannels: Int, kernelSize: Int, stride: Int, normLayer: @escaping Norm = { BatchNorm2d($0) },
            activationLayer: @escaping (Bool) -> any Layer = { ReLU(inplace: $0) }
        ) {
            self.outChannels = outChannels
            self.kernelSize = kernelSize
            self.stride = stride
            self.normLayer = normLayer
            self.activationLayer = activationLayer
        }
    }

    /// Two linear layers with a GELU between them and dropout behind each.
    /// PyTorch: `torchvision.models.vision_transformer.MLPBlock`.
    public final class MLPBlock: MLP {
        /// Creates the layers.
        public init(_ inDim: Int, _ mlpDim: Int, dropout: Double) {
            super.init(inDim, [mlpDim, inDim], activationLayer: { _ in GELU() }, dropout: dropout)
            initializeAsTransformer()
        }

        /// Renames the layers of older files: `linear_1` and `linear_2`.
        public override func willLoad(_ state: inout StateDict, prefix: String) {
            for (old, new) in [("linear_1", "0"), ("linear_2", "3")] {
                for tensor in ["weight", "bias"] {
                    guard let value = state["\(prefix)\(old).\(tensor)"] else { continue }
                    state["\(prefix)\(old).\(tensor)"] = nil
                    state["\(prefix)\(new).\(tensor)"] = value
                }
            }
        }
    }

    /// A block: attention and linear layers, each over normalized inputs and added to its input.
    /// PyTorch: `torchvision.models.vision_transformer.EncoderBlock`.
    public final class EncoderBlock: Module, Layer {
        /// The number of heads.
        public let numHeads: Int
        /// The normalization before the attention.
        public let ln1: any Layer
        /// The attention.
        public let selfAttention: MultiheadAttention
        /// The dropout after the attention.
        public let dropout: Dropout
        /// The normalization before the linear layers.
        public let ln2: any Layer
        /// The linear layers.
        public let mlp: MLPBlock

        /// Creates a block. The parameters are those of `VisionTransformer`.
        public init(
            _ numHeads: Int, _ hiddenDim: Int, _ mlpDim: Int, dropout: Double, attentionDropout: Double,
            normLayer: Norm? = nil
        ) {
            let norm = normLayer ?? { LayerNorm([$0], eps: 1e-6) }
            self.numHeads = numHeads
            ln1 = norm(hiddenDim)
            selfAttention = MultiheadAttention(hiddenDim, numHeads, dropout: attentionDropout, batchFirst: true)
            self.dropout = Dropout(dropout)
            ln2 = norm(hiddenDim)
            mlp = MLPBlock(hiddenDim, mlpDim, dropout: dropout)
        }

        /// Computes the result, [N, L, hiddenDim], without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor {
            if let failure = sequenceFailure(input) { return failure }
            let x = ln1(input)
            let attended = dropout(selfAttention(x, x, x, needWeights: false).output) + input
            return attended + mlp(ln2(attended))
        }

        /// torchvision's names have an underscore before the number.
        public override class func stateName(of property: String) -> String {
            property.hasPrefix("ln") ? "ln_\(property.dropFirst(2))" : super.stateName(of: property)
        }
    }

    /// Adds the positions' embeddings, then applies the blocks and a normalization.
    /// PyTorch: `torchvision.models.vision_transformer.Encoder`.
    public final class Encoder: Module, Layer {
        /// The embeddings of the positions, [1, seqLength, hiddenDim].
        @Parameter public var posEmbedding: Tensor
        /// The dropout of the inputs.
        public let dropout: Dropout
        /// The blocks, named `encoder_layer_0`, `encoder_layer_1`, ….
        public let layers: Sequential
        /// The normalization of the result.
        public let ln: any Layer

        /// Creates an encoder. The parameters are those of `VisionTransformer`.
        public init(
            seqLength: Int, numLayers: Int, numHeads: Int, hiddenDim: Int, mlpDim: Int, dropout: Double,
            attentionDropout: Double, normLayer: Norm? = nil
        ) {
            posEmbedding = Init.normal_(Tensor.empty(1, seqLength, hiddenDim), std: 0.02)
            self.dropout = Dropout(dropout)
            layers = Sequential(
                named: (0..<max(numLayers, 0)).map { i -> (name: String, layer: any Layer) in
                    let block = EncoderBlock(
                        numHeads, hiddenDim, mlpDim, dropout: dropout, attentionDropout: attentionDropout,
                        normLayer: normLayer)
                    return ("encoder_layer_\(i)", block)
                })
            ln = normLayer?(hiddenDim) ?? LayerNorm([hiddenDim], eps: 1e-6)
        }

        /// Computes the result, [N, seqLength, hiddenDim], without calling the hooks.
        public func forward(_ input: Tensor) -> Tensor {
            sequenceFailure(input) ?? ln(layers(dropout(input + posEmbedding)))
        }
    }

}

/// Returns nil for sequences of vectors. Otherwise raises torchvision's sentence and returns a void tensor.
private func sequenceFailure(_ input: Tensor) -> Tensor? {
    if input.isVoid { return input }
    if input.dim == 3 { return nil }
    return .failed(.assertion, "Expected (batch_size, seq_length, hidden_dim) got \(input.shape)")
}

/// Returns a state dict of a `VisionTransformer` for images of another size: the embeddings of the positions are
/// interpolated. PyTorch: `torchvision.models.vision_transformer.interpolate_embeddings`.
///
///     let state = try ViTB16Weights.default.getStateDict()
///     let model = vitB16(imageSize: 384)
///     try model.loadStateDict(interpolateEmbeddings(imageSize: 384, patchSize: 16, modelState: state))
///
/// - Parameters:
///   - imageSize: the height and width of the new images.
///   - patchSize: the height and width of a patch.
///   - modelState: the state dict, which stays as it is. If its images have as many patches, it is returned.
///   - interpolationMode: how the embeddings are interpolated, with aligned corners.
///   - resetHeads: whether to leave out the layers that compute the scores, if embeddings are interpolated.
/// - Throws: `TorchError` if the state dict has no embeddings of positions, or they are not those of a square.
public func interpolateEmbeddings(
    imageSize: Int, patchSize: Int, modelState: StateDict, interpolationMode: InterpolationMode = .bicubic,
    resetHeads: Bool = false
) throws -> StateDict {
    let key = "encoder.pos_embedding"
    guard let embedding = modelState[key] else { throw TorchError(.key, "'\(key)'") }
    return try withError {
        if unpackingFailure(embedding, 3) != nil { try throwIfFailed() }
        guard embedding.size(0) == 1 else {
            throw TorchError(.value, "Unexpected position embedding shape: \(embedding.shape)")
        }
        let count = embedding.size(1) - 1, hiddenDim = embedding.size(2), side = floorDivide(imageSize, patchSize)
        try throwIfFailed()
        if count == side &* side { return modelState }
        let oldSide = Int(Double(max(count, 0)).squareRoot())
        guard oldSide * oldSide == count else {
            throw TorchError(
                .value,
                "seq_length is not a perfect square! Instead got seq_length_1d * seq_length_1d = \(oldSide * oldSide) and seq_length = \(count)"
            )
        }
        let image = embedding.narrow(1, 1, count).permute(0, 2, 1).reshape(1, hiddenDim, oldSide, oldSide)
        let resized = F.interpolate(image, size: side, mode: interpolationMode, alignCorners: true)
        let patches = resized.reshape(1, hiddenDim, side &* side).permute(0, 2, 1)
        var state = modelState
        state[key] = cat([embedding.narrow(1, 0, 1), patches], dim: 1)
        return resetHeads ? StateDict(state.filter { !$0.key.hasPrefix("heads") }.map { ($0.key, $0.value) }) : state
    }
}

/// Makes a `VisionTransformer` of one kind: `vitB16(numClasses: 10)`, `try vitB16(weights: .default)`.
public struct VisionTransformerBuilder<Pretrained: ModelWeights>: ModelBuilder {
    public let name: String
    let patchSize, numLayers, numHeads, hiddenDim, mlpDim: Int

    /// Creates a network with random weights. The options are those of `VisionTransformer`.
    public func callAsFunction(
        imageSize: Int = 224, dropout: Double = 0, attentionDropout: Double = 0, numClasses: Int = 1000,
        representationSize: Int? = nil, normLayer: VisionTransformer.Norm? = nil,
        convStemConfigs: [VisionTransformer.ConvStemConfig]? = nil
    ) -> VisionTransformer {
        VisionTransformer(
            imageSize: imageSize, patchSize: patchSize, numLayers: numLayers, numHeads: numHeads, hiddenDim: hiddenDim,
            mlpDim: mlpDim, dropout: dropout, attentionDropout: attentionDropout, numClasses: numClasses,
            representationSize: representationSize, normLayer: normLayer, convStemConfigs: convStemConfigs)
    }

    /// Creates a network with pretrained weights, or with random ones if `weights` is nil. The default of `imageSize`
    /// is that of the weights, or 224.
    /// - Throws: `TorchError` if the weights cannot be read or do not fit.
    public func callAsFunction(
        weights: Pretrained?, progress: Bool = true, imageSize: Int? = nil, dropout: Double = 0,
        attentionDropout: Double = 0, numClasses: Int? = nil, representationSize: Int? = nil,
        normLayer: VisionTransformer.Norm? = nil, convStemConfigs: [VisionTransformer.ConvStemConfig]? = nil
    ) throws -> VisionTransformer {
        if let size = weights?.meta.minSize, let imageSize, imageSize != size {
            throw TorchError(.value, "The parameter 'image_size' expected value \(size) but got \(imageSize) instead.")
        }
        return try makeModel(weights, progress, numClasses) {
            self(
                imageSize: weights?.meta.minSize ?? imageSize ?? 224, dropout: dropout,
                attentionDropout: attentionDropout, numClasses: $0, representationSize: representationSize,
                normLayer: normLayer, convStemConfigs: convStemConfigs)
        }
    }

    public func make(weights: Pretrained?, progress: Bool, numClasses: Int?) throws -> VisionTransformer {
        try self(weights: weights, progress: progress, numClasses: numClasses)
    }
}

/// Vision transformer, base, with patches of 16×16 (Dosovitskiy et al., 2020).
/// PyTorch: `torchvision.models.vit_b_16`.
public let vitB16 = VisionTransformerBuilder<ViTB16Weights>(
    name: "vit_b_16", patchSize: 16, numLayers: 12, numHeads: 12, hiddenDim: 768, mlpDim: 3072)
/// Vision transformer, base, with patches of 32×32 (Dosovitskiy et al., 2020).
/// PyTorch: `torchvision.models.vit_b_32`.
public let vitB32 = VisionTransformerBuilder<ViTB32Weights>(
    name: "vit_b_32", patchSize: 32, numLayers: 12, numHeads: 12, hiddenDim: 768, mlpDim: 3072)
/// Vision transformer, large, with patches of 16×16 (Dosovitskiy et al., 2020).
/// PyTorch: `torchvision.models.vit_l_16`.
public let vitL16 = VisionTransformerBuilder<ViTL16Weights>(
    name: "vit_l_16", patchSize: 16, numLayers: 24, numHeads: 16, hiddenDim: 1024, mlpDim: 4096)
/// Vision transformer, large, with patches of 32×32 (Dosovitskiy et al., 2020).
/// PyTorch: `torchvision.models.vit_l_32`.
public let vitL32 = VisionTransformerBuilder<ViTL32Weights>(
    name: "vit_l_32", patchSize: 32, numLayers: 24, numHeads: 16, hiddenDim: 1024, mlpDim: 4096)
/// Vision transformer, huge, with patches of 14×14 (Dosovitskiy et al., 2020).
/// PyTorch: `torchvision.models.vit_h_14`.
public let vitH14 = VisionTransformerBuilder<ViTH14Weights>(
    name: "vit_h_14", patchSize: 14, numLayers: 32, numHeads: 16, hiddenDim: 1280, mlpDim: 5120)

extension ModelRegistry {
    static let visionTransformers: [any ModelBuilder] = [vitB16, vitB32, vitL16, vitL32, vitH14]
}
