import Torch

/// The form of a Llama model, or of one of its kin. `transformers`: `LlamaConfig`.
public struct LlamaConfig: Sendable {
    /// The number of tokens, and the largest number of positions.
    public var vocabSize = 32000, maxPositionEmbeddings = 2048
    /// The width, and the width inside a block's MLP.
    public var hiddenSize = 4096, intermediateSize = 11008
    /// The number of blocks, the heads of each, and the heads of its keys and values.
    public var numHiddenLayers = 32, numAttentionHeads = 32, numKeyValueHeads = 32
    /// The numbers of a head, by default `hiddenSize` / `numAttentionHeads`.
    public var headDim: Int?
    /// The epsilon of the norms.
    public var rmsNormEps = 1e-6
    /// The base of the rotations, and their change for long texts.
    public var ropeTheta = 10000.0, ropeScaling = RotaryEmbedding.Scaling.none
    /// Whether queries, keys and values have biases; the result of attention; and the MLP.
    public var attentionBias = false, attentionOutputBias = false, mlpBias = false
    /// The number of last tokens that a token attends to, itself included, or nil for all.
    public var slidingWindow: Int?
    /// Whether the head shares the weight of the token embedding.
    public var tieWordEmbeddings = false
    /// The standard deviation of the initial weights.
    public var initializerRange = 0.02
    /// The activation of the MLPs.
    public var activation: @Sendable (Tensor) -> Tensor = { F.silu($0) }

    /// Creates the form of the first Llama with 7 billion parameters.
    public init() {}

    var sizeOfHead: Int { headDim ?? hiddenSize / max(1, numAttentionHeads) }
}

final class LlamaAttention: Module {
    let qProj, kProj, vProj, oProj: Linear
    private let heads, keyHeads: Int
    private let window: Int?

    init(_ config: LlamaConfig) {
        let width = config.hiddenSize, size = config.sizeOfHead
        (heads, keyHeads, window) = (config.numAttentionHeads, config.numKeyValueHeads, config.slidingWindow)
        qProj = Linear(width, heads * size, bias: config.attentionBias)
        kProj = Linear(width, keyHeads * size, bias: config.attentionBias)
        vProj = Linear(width, keyHeads * size, bias: config.attentionBias)
        oProj = Linear(heads * size, width, bias: config.attentionOutputBias)
    }

    func callAsFunction(
        _ x: Tensor, _ mask: Tensor?, _ rotation: (cos: Tensor, sin: Tensor), _ cache: inout KeyValueCache?,
        _ layer: Int
    ) -> Tensor {
        withHooks(x, mask) { x, mask in
            let query = RotaryEmbedding.rotate(qProj(x).inHeads(heads), rotation.cos, rotation.sin)
            let key = RotaryEmbedding.rotate(kProj(x).inHeads(keyHeads), rotation.cos, rotation.sin)
            let value = vProj(x).inHeads(keyHeads)
            return oProj(causalAttention(query, key, value, cache: &cache, layer: layer, mask: mask, window: window))
        }
    }
}

final class LlamaMLP: Module, Layer {
    let gateProj, upProj, downProj: Linear
    private let activation: @Sendable (Tensor) -> Tensor

    init(_ config: LlamaConfig) {
        let (width, inner) = (config.hiddenSize, config.intermediateSize)
        gateProj = Linear(width, inner, bias: config.mlpBias)
        upProj = Linear(width, inner, bias: config.mlpBias)
        downProj = Linear(inner, width, bias: config.mlpBias)
        activation = config.activation
    }

    func forward(_ x: Tensor) -> Tensor { downProj(activation(gateProj(x)) * upProj(x)) }
}

final class LlamaDecoderLayer: Module {
    let selfAttn: LlamaAttention
    let mlp: LlamaMLP
    let inputLayernorm, postAttentionLayernorm: RMSNorm

    init(_ config: LlamaConfig) {
        selfAttn = LlamaAttention(config)
        mlp = LlamaMLP(config)
        inputLayernorm = RMSNorm([config.hiddenSize], eps: config.rmsNormEps)
        postAttentionLayernorm = RMSNorm([config.hiddenSize], eps: config.rmsNormEps)
    }

    func callAsFunction(
        _ x: Tensor, _ mask: Tensor?, _ rotation: (cos: Tensor, sin: Tensor), _ cache: inout KeyValueCache?,
        _ layer: Int
    ) -> Tensor {
        withHooks(x, mask) { x, mask in
            let x = x + selfAttn(inputLayernorm(x), mask, rotation, &cache, layer)
            return x + mlp(postAttentionLayernorm(x))
        }
    }
}

/// A Llama model without its head (Touvron et al., 2023): token ids [N, L] → [N, L, hiddenSize].
/// `transformers`: `LlamaModel`.
public final class LlamaModel: Module {
    /// The embedding of the tokens.
    public let embedTokens: Embedding
    let layers: [LlamaDecoderLayer]
    let norm: RMSNorm
    private let config: LlamaConfig
    private let rotation: RotaryEmbedding

    /// Creates a model with random weights.
    public init(_ config: LlamaConfig) {
        self.config = config
        embedTokens = Embedding(config.vocabSize, config.hiddenSize)
        layers = (0..<config.numHiddenLayers).map { _ in LlamaDecoderLayer(config) }
        norm = RMSNorm([config.hiddenSize], eps: config.rmsNormEps)
        rotation = RotaryEmbedding(size: config.sizeOfHead, base: config.ropeTheta, scaling: config.ropeScaling)
    }

    func callAsFunction(_ ids: Tensor, _ mask: Tensor?, _ cache: inout KeyValueCache?) -> Tensor {
        withHooks(ids, mask) { ids, mask in
            let start = cache?.length ?? 0, most = config.maxPositionEmbeddings
            guard ids.dim == 2, start + ids.size(1) <= most else {
                return fail(
                    .index, "token ids must be [N, L] with at most \(most) positions, but got \(ids.shape)")
            }
            var x = embedTokens(ids)
            let tables = noGrad { rotation.tables(start: start, count: ids.size(1), dtype: x.dtype, device: x.device) }
            for (layer, block) in layers.enumerated() { x = block(x, mask, tables, &cache, layer) }
            return norm(x)
        }
    }
}

/// A language model of Llama's kind: Llama 1 to 3, Mistral, Qwen 2. `transformers`: `LlamaForCausalLM`.
public final class LlamaForCausalLM: Module, CausalLanguageModel {
    /// The model without its head.
    public let model: LlamaModel
    /// The head, or nil if it shares the weight of the token embedding.
    public let lmHead: Linear?
    private let config: LlamaConfig

    /// Creates a model with random weights.
    public init(_ config: LlamaConfig) {
        self.config = config
        model = LlamaModel(config)
        lmHead = config.tieWordEmbeddings ? nil : Linear(config.hiddenSize, config.vocabSize, bias: false)
        super.init()
        drawWeights(std: config.initializerRange)
    }

    /// Reads a model, in evaluation mode. `transformers`: `LlamaForCausalLM.from_pretrained`. For the
    /// parameters and errors, see `loadCausalLanguageModel`.
    public static func fromPretrained(_ folder: String, dtype: DType? = nil) throws -> LlamaForCausalLM {
        try read(PretrainedFolder(folder), dtype: dtype)
    }

    /// Computes logits [N, L, vocabSize] from token ids [N, L].
    /// - Parameters:
    ///   - ids: the tokens, int64.
    ///   - attentionMask: [N, L], true or 1 for tokens that are no padding.
    public func callAsFunction(_ ids: Tensor, attentionMask: Tensor? = nil) -> Tensor {
        withHooks(ids, attentionMask) { ids, mask in
            var cache: KeyValueCache?
            return head(model(ids, mask, &cache))
        }
    }

    /// Creates an empty cache for this model.
    public func makeCache() -> KeyValueCache {
        KeyValueCache(layers: config.numHiddenLayers, maxLength: config.maxPositionEmbeddings)
    }

    /// Computes the scores of the token after each position, as `CausalLanguageModel` says.
    public func logits(_ ids: Tensor, cache: inout KeyValueCache?) -> Tensor { head(model(ids, nil, &cache)) }

    private func head(_ x: Tensor) -> Tensor { lmHead.map { $0(x) } ?? F.linear(x, model.embedTokens.weight) }
}

extension LlamaForCausalLM: PretrainedModel {
    static let modelTypes = ["llama", "mistral", "qwen2"]
    static let baseName = "model"

    static func config(_ fields: JSONFields) throws -> LlamaConfig {
        let type = try fields.string("model_type")
        var config = LlamaConfig()
        config.vocabSize = try fields.count("vocab_size")
        config.hiddenSize = try fields.count("hidden_size")
        config.intermediateSize = try fields.count("intermediate_size")
        config.numHiddenLayers = try fields.count("num_hidden_layers")
        config.numAttentionHeads = try fields.count("num_attention_heads")
        config.numKeyValueHeads = try fields.optionalCount("num_key_value_heads") ?? config.numAttentionHeads
        config.headDim = try fields.optionalCount("head_dim")
        config.maxPositionEmbeddings = try fields.count("max_position_embeddings")
        config.rmsNormEps = try fields.optionalNumber("rms_norm_eps") ?? config.rmsNormEps
        config.attentionBias = try fields.bool("attention_bias", default: type == "qwen2")
        config.attentionOutputBias = type == "llama" && config.attentionBias
        config.mlpBias = try fields.bool("mlp_bias", default: false)
        config.tieWordEmbeddings = try fields.bool("tie_word_embeddings", default: false)
        config.activation = try NamedActivation.function(try fields.optionalString("hidden_act") ?? "silu", fields)
        let usesWindow = try fields.bool("use_sliding_window", default: type == "mistral")
        if type != "llama", usesWindow {
            config.slidingWindow = try fields.optionalCount("sliding_window")
        }
        try readRotation(fields, &config)
        if config.headDim == nil {
            try fields.requireHeads(
                config.numAttentionHeads, "num_attention_heads", width: config.hiddenSize, "hidden_size")
        }
        try fields.requireHeads(
            config.numKeyValueHeads, "num_key_value_heads", width: config.numAttentionHeads, "num_attention_heads")
        guard config.sizeOfHead > 0, config.sizeOfHead % 2 == 0, config.sizeOfHead <= 1 << 20 else {
            throw fields.error("has heads of \(config.sizeOfHead) numbers, which cannot be rotated in pairs")
        }
        return config
    }

    /// Reads the base and the scaling of the rotations, in the form of transformers 5 (`rope_parameters`) or before.
    private static func readRotation(_ fields: JSONFields, _ config: inout LlamaConfig) throws {
        let name = ["rope_parameters", "rope_scaling"].first { fields.optional($0) != nil }
        let scaling = try name.map { try fields.fields($0) }
        if let base = try scaling?.optionalNumber("rope_theta") ?? (try fields.optionalNumber("rope_theta")) {
            config.ropeTheta = base
        }
        guard let scaling else { return }
        func number(_ name: String) throws -> Double {
            guard let value = try scaling.optionalNumber(name) else { throw scaling.error("has no '\(name)'") }
            return value
        }
        switch try scaling.optionalString("rope_type") ?? scaling.optionalString("type") ?? "default" {
        case "default": break
        case "linear": config.ropeScaling = .linear(factor: try number("factor"))
        case "llama3":
            config.ropeScaling = .llama3(
                factor: try number("factor"), lowFrequency: try number("low_freq_factor"),
                highFrequency: try number("high_freq_factor"),
                originalLength: try scaling.count("original_max_position_embeddings"))
        case let type: throw scaling.error("has the type \"\(type)\"; known are default, linear, llama3")
        }
    }

    static func layers(of config: LlamaConfig) -> Int { config.numHiddenLayers }
    convenience init(_ config: LlamaConfig, weights: StateDict) { self.init(config) }

    static func isIgnored(_ name: String) -> Bool {
        name == "lm_head.weight" || name.hasSuffix(".rotary_emb.inv_freq")
    }
}
