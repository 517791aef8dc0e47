/// An encoder of `Transformer`: a module that is called like `TransformerEncoder`.
public protocol TransformerEncoding: Module {
    /// Encodes sequences.
    func callAsFunction(_ src: Tensor, mask: Tensor?, srcKeyPaddingMask: Tensor?, isCausal: Bool?) -> Tensor
}

extension TransformerEncoding {
    /// Encodes sequences, with masks or without.
    public func callAsFunction(_ src: Tensor, mask: Tensor? = nil, srcKeyPaddingMask: Tensor? = nil) -> Tensor {
        self(src, mask: mask, srcKeyPaddingMask: srcKeyPaddingMask, isCausal: nil)
    }
}

/// A decoder of `Transformer`: a module that is called like `TransformerDecoder`.
public protocol TransformerDecoding: Module {
    /// Decodes sequences with an encoder's results.
    func callAsFunction(
        _ tgt: Tensor, _ memory: Tensor, tgtMask: Tensor?, memoryMask: Tensor?, tgtKeyPaddingMask: Tensor?,
        memoryKeyPaddingMask: Tensor?, tgtIsCausal: Bool?, memoryIsCausal: Bool
    ) -> Tensor
}

extension TransformerDecoding {
    /// Decodes sequences with an encoder's results, with masks or without.
    public func callAsFunction(
        _ tgt: Tensor, _ memory: Tensor, tgtMask: Tensor? = nil, memoryMask: Tensor? = nil,
        tgtKeyPaddingMask: Tensor? = nil, memoryKeyPaddingMask: Tensor? = nil
    ) -> Tensor {
        self(
            tgt, memory, tgtMask: tgtMask, memoryMask: memoryMask, tgtKeyPaddingMask: tgtKeyPaddingMask,
            memoryKeyPaddingMask: memoryKeyPaddingMask, tgtIsCausal: nil, memoryIsCausal: false)
    }
}

/// Copies of an encoder layer, one after the other, and a last normalization. PyTorch: `torch.nn.TransformerEncoder`.
public final class TransformerEncoder: Module, TransformerEncoding {
    /// The layers.
    public let layers: [TransformerEncoderLayer]
    /// The last normalization, or nil.
    public let norm: (any Layer)?
    /// Whether elements that are padding become 0 before the last normalization, in evaluation without gradients.
    public let enableNestedTensor: Bool
    private let hidesPadding: Bool

    /// Creates an encoder of copies of a layer.
    /// - Parameters:
    ///   - encoderLayer: the layer that is copied, with its parameters.
    ///   - numLayers: the number of copies.
    ///   - norm: the last normalization.
    ///   - enableNestedTensor: PyTorch can leave out padding in evaluation; the results at padding are then 0 before
    ///     the last normalization. They are so here too, in the same cases: no gradients, no `mask`, padding only at
    ///     the sequences' ends, and layers with `batchFirst`, biases, relu or gelu, an even number of heads and without
    ///     `normFirst`.
    ///   - maskCheck: has no effect; whether padding is at the ends is always checked.
    public init(
        _ encoderLayer: TransformerEncoderLayer, _ numLayers: Int, norm: (any Layer)? = nil,
        enableNestedTensor: Bool = true, maskCheck: Bool = true
    ) {
        let options = encoderLayer.options
        layers = options.copies(numLayers) { encoderLayer.copy { TransformerEncoderLayer(options) } }
        self.norm = norm
        self.enableNestedTensor = enableNestedTensor
        hidesPadding =
            enableNestedTensor && options.batchFirst && options.bias && !options.normFirst
            && options.activation.isReluOrGelu && options.nhead % 2 == 0
    }

    /// The number of layers.
    public var numLayers: Int { layers.count }

    /// Calls `forward` and the module's hooks.
    /// - Parameters:
    ///   - src: the sequences, as for `TransformerEncoderLayer`.
    ///   - mask: as its `srcMask`.
    ///   - srcKeyPaddingMask: as its `srcKeyPaddingMask`.
    ///   - isCausal: a hint that `mask` is the causal mask. If it is nil, the mask is compared with it.
    public func callAsFunction(
        _ src: Tensor, mask: Tensor? = nil, srcKeyPaddingMask: Tensor? = nil, isCausal: Bool? = nil
    ) -> Tensor {
        withHooks(src, mask, srcKeyPaddingMask, isCausal) {
            forward($0, mask: $1, srcKeyPaddingMask: $2, isCausal: $3)
        }
    }

    /// Computes the result, without calling the hooks.
    public func forward(
        _ src: Tensor, mask: Tensor? = nil, srcKeyPaddingMask: Tensor? = nil, isCausal: Bool? = nil
    ) -> Tensor {
        if anyVoid(src, mask, srcKeyPaddingMask) { return .void }
        guard AttentionMasks.checkType(srcKeyPaddingMask, "src_key_padding_mask"),
            AttentionMasks.checkType(mask, "mask")
        else { return .void }
        AttentionMasks.compareTypes(srcKeyPaddingMask, "src_key_padding_mask", mask, "mask")
        guard let first = layers.first else { return fail(.index, "index 0 is out of range") }
        let isCausal = CausalMask.isGiven(by: mask, isCausal, src, batchFirst: first.options.batchFirst)
        let hidden = mask == nil ? srcKeyPaddingMask.flatMap { hiddenPadding(src, $0, first) } : nil
        var output = src
        for layer in layers {
            output = layer(
                output, srcMask: mask, srcKeyPaddingMask: hidden ?? srcKeyPaddingMask, isCausal: isCausal)
        }
        if let hidden { output = output.maskedFill(hidden.unsqueeze(-1), 0) }
        return norm.map { $0(output) } ?? output
    }

    /// Returns where results become 0: a mask that is true for padding; nil if PyTorch would compute them.
    private func hiddenPadding(_ src: Tensor, _ padding: Tensor, _ first: TransformerEncoderLayer) -> Tensor? {
        guard hidesPadding, !first.isTraining, src.dim == 3, padding.sizes == Array(src.sizes.prefix(2)),
            !(isGradEnabled() && ([src] + first.parameters()).contains { $0.requiresGrad }), padding.device != .meta
        else { return nil }
        return noGrad {
            let hidden = padding.dtype == .bool ? padding : padding.ne(0), length = hidden.size(1)
            if length < 2 { return hidden }
            // Padding must be at the end: no element follows one that is hidden.
            let gaps = hidden.slice(1, 0, length - 1).logicalAnd(hidden.slice(1, 1, length).logicalNot())
            return gaps.any().item(as: Bool.self) ? nil : hidden
        }
    }

    override func members() -> ModuleMembers {
        ModuleMembers(children: CausalMask.children(layers, norm))
    }
}

/// Copies of a decoder layer, one after the other, and a last normalization. PyTorch: `torch.nn.TransformerDecoder`.
public final class TransformerDecoder: Module, TransformerDecoding {
    /// The layers.
    public let layers: [TransformerDecoderLayer]
    /// The last normalization, or nil.
    public let norm: (any Layer)?

    /// Creates a decoder of copies of a layer.
    /// - Parameters:
    ///   - decoderLayer: the layer that is copied, with its parameters.
    ///   - numLayers: the number of copies.
    ///   - norm: the last normalization.
    public init(_ decoderLayer: TransformerDecoderLayer, _ numLayers: Int, norm: (any Layer)? = nil) {
        let options = decoderLayer.options
        layers = options.copies(numLayers) { decoderLayer.copy { TransformerDecoderLayer(options) } }
        self.norm = norm
    }

    /// The number of layers.
    public var numLayers: Int { layers.count }

    /// Calls `forward` and the module's hooks. The parameters are those of `TransformerDecoderLayer`; if `tgtIsCausal`
    /// is nil, `tgtMask` is compared with the causal mask.
    public func callAsFunction(
        _ tgt: Tensor, _ memory: Tensor, tgtMask: Tensor? = nil, memoryMask: Tensor? = nil,
        tgtKeyPaddingMask: Tensor? = nil, memoryKeyPaddingMask: Tensor? = nil, tgtIsCausal: Bool? = nil,
        memoryIsCausal: Bool = false
    ) -> Tensor {
        withHooks(
            tgt, memory, tgtMask, memoryMask, tgtKeyPaddingMask, memoryKeyPaddingMask, tgtIsCausal, memoryIsCausal
        ) {
            forward(
                $0, $1, tgtMask: $2, memoryMask: $3, tgtKeyPaddingMask: $4, memoryKeyPaddingMask: $5, tgtIsCausal: $6,
                memoryIsCausal: $7)
        }
    }

    /// Computes the result, without calling the hooks.
    public func forward(
        _ tgt: Tensor, _ memory: Tensor, tgtMask: Tensor? = nil, memoryMask: Tensor? = nil,
        tgtKeyPaddingMask: Tensor? = nil, memoryKeyPaddingMask: Tensor? = nil, tgtIsCausal: Bool? = nil,
        memoryIsCausal: Bool = false
    ) -> Tensor {
        if anyVoid(tgt, memory, tgtMask) { return .void }
        guard let first = layers.first else { return fail(.index, "index 0 is out of range") }
        let isCausal = CausalMask.isGiven(by: tgtMask, tgtIsCausal, tgt, batchFirst: first.options.batchFirst)
        var output = tgt
        for layer in layers {
            output = layer(
                output, memory, tgtMask: tgtMask, memoryMask: memoryMask, tgtKeyPaddingMask: tgtKeyPaddingMask,
                memoryKeyPaddingMask: memoryKeyPaddingMask, tgtIsCausal: isCausal, memoryIsCausal: memoryIsCausal)
        }
        return norm.map { $0(output) } ?? output
    }

    override func members() -> ModuleMembers {
        ModuleMembers(children: CausalMask.children(layers, norm))
    }
}

/// An encoder and a decoder of attention layers (Vaswani et al., 2017). PyTorch: `torch.nn.Transformer`.
///
///     let model = Transformer(dModel: 256, nhead: 4, batchFirst: true)
///     let mask = Transformer.generateSquareSubsequentMask(tgt.size(1))
///     let y = model(src, tgt, tgtMask: mask)
///
/// All parameters of more than one dimension are drawn as by `Init.xavierUniform_`.
public final class Transformer: Module {
    /// The encoder.
    public let encoder: any TransformerEncoding
    /// The decoder.
    public let decoder: any TransformerDecoding
    /// The size of an element of the sequences.
    public let dModel: Int
    /// The number of heads.
    public let nhead: Int
    /// Whether sequences are [N, S, dModel] instead of [S, N, dModel].
    public let batchFirst: Bool

    /// Creates an encoder and a decoder with random weights.
    /// - Parameters:
    ///   - dModel: the size of an element of the sequences.
    ///   - nhead: the number of heads, which divides `dModel`.
    ///   - numEncoderLayers: the number of the encoder's layers.
    ///   - numDecoderLayers: the number of the decoder's layers.
    ///   - dimFeedforward: the size between the linear layers.
    ///   - dropout: the probability of all dropouts.
    ///   - activation: the activation between the linear layers.
    ///   - customEncoder: the encoder, instead of a `TransformerEncoder`.
    ///   - customDecoder: the decoder, instead of a `TransformerDecoder`.
    ///   - layerNormEps: the number that the normalizations add to the variance.
    ///   - batchFirst: whether sequences are [N, S, dModel] instead of [S, N, dModel].
    ///   - normFirst: whether to normalize the inputs of attention and linear layers instead of the sums.
    ///   - bias: whether linear layers and normalizations have biases.
    ///   - dtype: the dtype of the parameters.
    ///   - device: the device of the parameters.
    public init(
        _ dModel: Int = 512, _ nhead: Int = 8, numEncoderLayers: Int = 6, numDecoderLayers: Int = 6,
        dimFeedforward: Int = 2048, dropout: Double = 0.1, activation: TransformerActivation = .relu,
        customEncoder: (any TransformerEncoding)? = nil, customDecoder: (any TransformerDecoding)? = nil,
        layerNormEps: Double = 1e-5, batchFirst: Bool = false, normFirst: Bool = false, bias: Bool = true,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        let options = TransformerOptions(
            dModel: dModel, nhead: nhead, dimFeedforward: dimFeedforward, dropout: dropout, activation: activation,
            layerNormEps: layerNormEps, batchFirst: batchFirst, normFirst: normFirst, bias: bias, dtype: dtype,
            device: device)
        encoder =
            customEncoder
            ?? TransformerEncoder(TransformerEncoderLayer(options), numEncoderLayers, norm: options.norm())
        decoder =
            customDecoder
            ?? TransformerDecoder(TransformerDecoderLayer(options), numDecoderLayers, norm: options.norm())
        self.dModel = dModel
        self.nhead = nhead
        self.batchFirst = batchFirst
        super.init()
        for parameter in parameters() where parameter.dim > 1 { Init.xavierUniform_(parameter) }
    }

    /// Returns the causal mask [sz, sz]: 0 up to the diagonal, -infinity above it.
    /// PyTorch: `torch.nn.Transformer.generate_square_subsequent_mask`.
    public static func generateSquareSubsequentMask(
        _ sz: Int, dtype: DType = defaultDType, device: Device = .default
    ) -> Tensor {
        Tensor.full([sz, sz], -Double.infinity, dtype: dtype, device: device).triu(1)
    }

    /// Calls `forward` and the module's hooks.
    /// - Parameters:
    ///   - src: the encoder's sequences, [S, N, dModel]; [N, S, dModel] if `batchFirst`; or one, [S, dModel].
    ///   - tgt: the decoder's sequences, in the same form.
    ///   - srcMask: as `attnMask` of `MultiheadAttention`, for the encoder.
    ///   - tgtMask: the same for the decoder's self-attention.
    ///   - memoryMask: the same for the attention to the encoder.
    ///   - srcKeyPaddingMask: as `keyPaddingMask` of `MultiheadAttention`, for the encoder.
    ///   - tgtKeyPaddingMask: the same for the decoder's self-attention.
    ///   - memoryKeyPaddingMask: the same for the attention to the encoder.
    ///   - srcIsCausal: a hint that `srcMask` is the causal mask. If it is nil, the mask is compared with it.
    ///   - tgtIsCausal: the same for `tgtMask`.
    ///   - memoryIsCausal: a hint that `memoryMask` is the causal mask.
    public func callAsFunction(
        _ src: Tensor, _ tgt: Tensor, srcMask: Tensor? = nil, tgtMask: Tensor? = nil, memoryMask: Tensor? = nil,
        srcKeyPaddingMask: Tensor? = nil, tgtKeyPaddingMask: Tensor? = nil, memoryKeyPaddingMask: Tensor? = nil,
        srcIsCausal: Bool? = nil, tgtIsCausal: Bool? = nil, memoryIsCausal: Bool = false
    ) -> Tensor {
        withHooks(
            src, tgt, srcMask, tgtMask, memoryMask, srcKeyPaddingMask, tgtKeyPaddingMask, memoryKeyPaddingMask,
            srcIsCausal, tgtIsCausal, memoryIsCausal
        ) {
            forward(
                $0, $1, srcMask: $2, tgtMask: $3, memoryMask: $4, srcKeyPaddingMask: $5, tgtKeyPaddingMask: $6,
                memoryKeyPaddingMask: $7, srcIsCausal: $8, tgtIsCausal: $9, memoryIsCausal: $10)
        }
    }

    /// Computes the result, without calling the hooks.
    public func forward(
        _ src: Tensor, _ tgt: Tensor, srcMask: Tensor? = nil, tgtMask: Tensor? = nil, memoryMask: Tensor? = nil,
        srcKeyPaddingMask: Tensor? = nil, tgtKeyPaddingMask: Tensor? = nil, memoryKeyPaddingMask: Tensor? = nil,
        srcIsCausal: Bool? = nil, tgtIsCausal: Bool? = nil, memoryIsCausal: Bool = false
    ) -> Tensor {
        if anyVoid(src, tgt) { return .void }
        let batch = batchFirst ? 0 : 1
        guard src.dim != 3 || tgt.dim > batch && src.sizes[batch] == tgt.sizes[batch] else {
            return fail(.runtime, "the batch number of src and tgt must be equal")
        }
        guard src.sizes.last == dModel, tgt.sizes.last == dModel else {
            return fail(.runtime, "the feature number of src and tgt must be equal to d_model")
        }
        let memory = encoder(src, mask: srcMask, srcKeyPaddingMask: srcKeyPaddingMask, isCausal: srcIsCausal)
        return decoder(
            tgt, memory, tgtMask: tgtMask, memoryMask: memoryMask, tgtKeyPaddingMask: tgtKeyPaddingMask,
            memoryKeyPaddingMask: memoryKeyPaddingMask, tgtIsCausal: tgtIsCausal, memoryIsCausal: memoryIsCausal)
    }

    override func members() -> ModuleMembers { ModuleMembers(children: [("encoder", encoder), ("decoder", decoder)]) }
}

private enum CausalMask {
    /// Returns the hint or, if it is nil, whether the mask is the causal one of the sequences.
    static func isGiven(by mask: Tensor?, _ hint: Bool?, _ sequences: Tensor, batchFirst: Bool) -> Bool {
        if let hint { return hint }
        guard let mask, mask.device != .meta, sequences.dim >= 2 else { return false }
        let size = sequences.sizes[sequences.dim == 2 ? 0 : batchFirst ? 1 : 0]
        guard mask.sizes == [size, size], mask.dtype == .bool || mask.dtype.isFloatingPoint else { return false }
        return noGrad {
            let causal =
                mask.dtype == .bool
                ? Tensor.ones([size, size], dtype: .bool, device: mask.device).triu(1)
                : Transformer.generateSquareSubsequentMask(size, dtype: mask.dtype, device: mask.device)
            return mask.equal(causal)
        }
    }

    static func children(_ layers: [Module], _ norm: (any Layer)?) -> [(name: String, module: Module)] {
        let list = ModuleGroup(layers.enumerated().map { (String($0.offset), $0.element) }, isList: true)
        return [("layers", list)] + (norm.map { [("norm", $0)] } ?? [])
    }
}
