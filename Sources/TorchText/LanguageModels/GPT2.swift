import Torch

/// The form of a GPT-2 model. `transformers`: `GPT2Config`.
public struct GPT2Config: Sendable {
    /// The number of tokens, and the largest number of positions.
    public var vocabSize = 50257, nPositions = 1024
    /// The width, the number of blocks, and the heads of each.
    public var nEmbd = 768, nLayer = 12, nHead = 12
    /// The width inside a block's MLP, by default 4 · `nEmbd`.
    public var nInner: Int?
    /// The drop probabilities of the blocks' results, of the embeddings, and of the attention weights.
    public var residPdrop = 0.1, embdPdrop = 0.1, attnPdrop = 0.1
    /// The epsilon of the layer norms.
    public var layerNormEpsilon = 1e-5
    /// The standard deviation of the initial weights.
    public var initializerRange = 0.02
    /// The activation of the MLPs, by default gelu's approximation with tanh.
    public var activation: @Sendable (Tensor) -> Tensor = { $0.gelu(approximate: .tanh) }

    /// Creates the form of the smallest GPT-2.
    public init() {}
}

/// A layer like `Linear`, with the weight transposed: [N, …, nx] → [N, …, nf]. `transformers`: `Conv1D`.
final class Conv1D: Module, Layer {
    @Parameter var weight: Tensor
    @Parameter var bias: Tensor

    init(_ nf: Int, _ nx: Int, std: Double) {
        _weight = Parameter(wrappedValue: Tensor.empty([nx, nf]))
        _bias = Parameter(wrappedValue: Tensor.zeros([nf]))
        super.init()
        Init.normal_(weight, mean: 0, std: std)
    }

    func forward(_ x: Tensor) -> Tensor { F.linear(x, weight.t(), bias: bias) }
}

final class GPT2Attention: Module {
    let cAttn, cProj: Conv1D
    let residDropout: Dropout
    private let heads: Int
    private let attnPdrop: Double

    init(_ config: GPT2Config) {
        let n = config.nEmbd, std = config.initializerRange
        cAttn = Conv1D(3 * n, n, std: std)
        cProj = Conv1D(n, n, std: std / Double(2 * config.nLayer).squareRoot())
        residDropout = Dropout(config.residPdrop)
        heads = config.nHead
        attnPdrop = config.attnPdrop
    }

    func callAsFunction(_ x: Tensor, _ mask: Tensor?, _ cache: inout KeyValueCache?, _ layer: Int) -> Tensor {
        withHooks(x, mask) { x, mask in
            let parts = cAttn(x).chunk(3, dim: 2).map { $0.inHeads(heads) }
            let y = causalAttention(
                parts[0], parts[1], parts[2], cache: &cache, layer: layer, mask: mask,
                dropoutP: isTraining ? attnPdrop : 0)
            return residDropout(cProj(y))
        }
    }
}

final class GPT2MLP: Module, Layer {
    let cFc, cProj: Conv1D
    let dropout: Dropout
    private let activation: @Sendable (Tensor) -> Tensor

    init(_ config: GPT2Config) {
        let n = config.nEmbd, inner = config.nInner ?? 4 * n, std = config.initializerRange
        cFc = Conv1D(inner, n, std: std)
        cProj = Conv1D(n, inner, std: std / Double(2 * config.nLayer).squareRoot())
        dropout = Dropout(config.residPdrop)
        activation = config.activation
    }

    func forward(_ x: Tensor) -> Tensor { dropout(cProj(activation(cFc(x)))) }
}

final class GPT2Block: Module {
    let ln1: LayerNorm
    let attn: GPT2Attention
    let ln2: LayerNorm
    let mlp: GPT2MLP

    override class func stateName(of property: String) -> String {
        ["ln1": "ln_1", "ln2": "ln_2"][property] ?? super.stateName(of: property)
    }

    init(_ config: GPT2Config) {
        ln1 = LayerNorm(config.nEmbd, eps: config.layerNormEpsilon)
        attn = GPT2Attention(config)
        ln2 = LayerNorm(config.nEmbd, eps: config.layerNormEpsilon)
        mlp = GPT2MLP(config)
    }

    func callAsFunction(_ x: Tensor, _ mask: Tensor?, _ cache: inout KeyValueCache?, _ layer: Int) -> Tensor {
        withHooks(x, mask) { x, mask in
            let x = x + attn(ln1(x), mask, &cache, layer)
            return x + mlp(ln2(x))
        }
    }
}

/// GPT-2 without its head (Radford et al., 2019): token ids [N, L] → [N, L, nEmbd]. The library transformers:
/// `GPT2Model`.
public final class GPT2Model: Module {
    /// The embeddings of tokens and of positions.
    public let wte, wpe: Embedding
    let drop: Dropout
    let h: [GPT2Block]
    let lnF: LayerNorm

    /// Creates a model with random weights.
    public init(_ config: GPT2Config) {
        wte = Embedding(config.vocabSize, config.nEmbd)
        wpe = Embedding(config.nPositions, config.nEmbd)
        drop = Dropout(config.embdPdrop)
        h = (0..<config.nLayer).map { _ in GPT2Block(config) }
        lnF = LayerNorm(config.nEmbd, eps: config.layerNormEpsilon)
        super.init()
        for embedding in [wte, wpe] { Init.normal_(embedding.weight, mean: 0, std: config.initializerRange) }
    }

    func callAsFunction(_ ids: Tensor, _ mask: Tensor?, _ cache: inout KeyValueCache?) -> Tensor {
        withHooks(ids, mask) { ids, mask in
            let start = cache?.length ?? 0, end = start + ids.size(-1)
            guard ids.dim == 2, end <= wpe.numEmbeddings else {
                return fail(
                    .index,
                    "token ids must be [N, L] with at most \(wpe.numEmbeddings) positions, but got \(ids.shape)")
            }
            var x = drop(wte(ids) + wpe(Tensor.arange(start, end, device: ids.device)))
            for (layer, block) in h.enumerated() { x = block(x, mask, &cache, layer) }
            return lnF(x)
        }
    }
}

/// The language model GPT-2. Its head shares the weight of the token embedding. The library transformers:
/// `GPT2LMHeadModel`.
public final class GPT2LMHeadModel: Module, CausalLanguageModel {
    /// The model without its head.
    public let transformer: GPT2Model
    private let config: GPT2Config

    /// Creates a model with random weights.
    public init(_ config: GPT2Config) {
        transformer = GPT2Model(config)
        self.config = config
    }

    /// Reads a model, in evaluation mode. `transformers`: `GPT2LMHeadModel.from_pretrained`. For the
    /// parameters and errors, see `loadCausalLanguageModel`.
    public static func fromPretrained(_ folder: String, dtype: DType? = nil) throws -> GPT2LMHeadModel {
        try read(PretrainedFolder(folder), dtype: dtype)
    }

    /// Computes logits [N, L, vocabSize] from token ids [N, L].
    /// - Parameters:
    ///   - ids: the tokens, int64.
    ///   - attentionMask: [N, L], true or 1 for tokens that are no padding.
    public func callAsFunction(_ ids: Tensor, attentionMask: Tensor? = nil) -> Tensor {
        withHooks(ids, attentionMask) { ids, mask in
            var cache: KeyValueCache?
            return head(transformer(ids, mask, &cache))
        }
    }

    /// Creates an empty cache for this model.
    public func makeCache() -> KeyValueCache { KeyValueCache(layers: config.nLayer, maxLength: config.nPositions) }

    /// Computes the scores of the token after each position, as `CausalLanguageModel` says.
    public func logits(_ ids: Tensor, cache: inout KeyValueCache?) -> Tensor { head(transformer(ids, nil, &cache)) }

    private func head(_ x: Tensor) -> Tensor { F.linear(x, transformer.wte.weight) }
}

extension GPT2LMHeadModel: PretrainedModel {
    static let modelTypes = ["gpt2"]
    static let baseName = "transformer"

    static func config(_ fields: JSONFields) throws -> GPT2Config {
        var config = GPT2Config()
        config.vocabSize = try fields.count("vocab_size")
        config.nPositions = try fields.optionalCount("n_positions") ?? config.nPositions
        config.nEmbd = try fields.count("n_embd")
        config.nLayer = try fields.count("n_layer")
        config.nHead = try fields.count("n_head")
        config.nInner = try fields.optionalCount("n_inner")
        config.residPdrop = try fields.optionalNumber("resid_pdrop") ?? config.residPdrop
        config.embdPdrop = try fields.optionalNumber("embd_pdrop") ?? config.embdPdrop
        config.attnPdrop = try fields.optionalNumber("attn_pdrop") ?? config.attnPdrop
        config.layerNormEpsilon = try fields.optionalNumber("layer_norm_epsilon") ?? config.layerNormEpsilon
        let activation = try fields.optionalString("activation_function") ?? "gelu_new"
        config.activation = try NamedActivation.function(activation, fields)
        try fields.requireHeads(config.nHead, "n_head", width: config.nEmbd, "n_embd")
        for name in ["scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn", "add_cross_attention"]
        where try fields.bool(name, default: false) {
            throw fields.error("has '\(name)', which is not known here")
        }
        guard try fields.bool("scale_attn_weights", default: true) else {
            throw fields.error("has no 'scale_attn_weights', which is not known here")
        }
        return config
    }

    static func layers(of config: GPT2Config) -> Int { config.nLayer }
    convenience init(_ config: GPT2Config, weights: StateDict) { self.init(config) }

    static func isIgnored(_ name: String) -> Bool {
        name == "lm_head.weight" || name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias")
    }
}

extension JSONFields {
    /// Throws if the heads do not divide the width.
    func requireHeads(_ heads: Int, _ headsName: String, width: Int, _ widthName: String) throws {
        guard heads > 0, width % heads == 0 else {
            throw error("has '\(headsName)' \(heads), which does not divide '\(widthName)' \(width)")
        }
    }
}
