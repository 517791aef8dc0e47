import Torch

/// The form of a BERT model. `transformers`: `BertConfig`.
public struct BertConfig: Sendable {
    /// The number of tokens, of positions, and of kinds of tokens.
    public var vocabSize = 30522, maxPositionEmbeddings = 512, typeVocabSize = 2
    /// The width, and the width inside a block's MLP.
    public var hiddenSize = 768, intermediateSize = 3072
    /// The number of blocks, and the heads of each.
    public var numHiddenLayers = 12, numAttentionHeads = 12
    /// The drop probabilities of results and of attention weights.
    public var hiddenDropoutProb = 0.1, attentionProbsDropoutProb = 0.1
    /// The epsilon of the layer norms, and the standard deviation of the initial weights.
    public var layerNormEps = 1e-12, initializerRange = 0.02
    /// The token that fills short texts; its embedding gets no gradient.
    public var padTokenID: Int? = 0
    /// The activation of the MLPs.
    public var activation: @Sendable (Tensor) -> Tensor = { $0.gelu() }

    /// Creates the form of BERT base.
    public init() {}
}

/// Base of BERT's modules, whose layer norms are named `LayerNorm`.
class BertPart: Module {
    override class func stateName(of property: String) -> String {
        switch property {
        case "layerNorm": "LayerNorm"
        case "selfAttention": "self"
        default: super.stateName(of: property)
        }
    }
}

final class BertEmbeddings: BertPart, BinaryModule {
    let wordEmbeddings, positionEmbeddings, tokenTypeEmbeddings: Embedding
    let layerNorm: LayerNorm
    let dropout: Dropout

    init(_ config: BertConfig) {
        wordEmbeddings = Embedding(config.vocabSize, config.hiddenSize, paddingIdx: config.padTokenID)
        positionEmbeddings = Embedding(config.maxPositionEmbeddings, config.hiddenSize)
        tokenTypeEmbeddings = Embedding(config.typeVocabSize, config.hiddenSize)
        layerNorm = LayerNorm(config.hiddenSize, eps: config.layerNormEps)
        dropout = Dropout(config.hiddenDropoutProb)
    }

    func forward(_ ids: Tensor, _ types: Tensor?) -> Tensor {
        guard ids.dim == 2, ids.size(1) <= positionEmbeddings.numEmbeddings else {
            return fail(
                .index,
                "token ids must be [N, L] with at most \(positionEmbeddings.numEmbeddings) positions, but got \(ids.shape)"
            )
        }
        let positions = positionEmbeddings.weight.narrow(0, 0, ids.size(1))
        let kinds = types.map { tokenTypeEmbeddings($0) } ?? tokenTypeEmbeddings.weight[0]
        return dropout(layerNorm(wordEmbeddings(ids) + kinds + positions))
    }
}

final class BertSelfAttention: Module, BinaryModule {
    let query, key, value: Linear
    private let heads: Int
    private let dropoutP: Double

    init(_ config: BertConfig) {
        query = Linear(config.hiddenSize, config.hiddenSize)
        key = Linear(config.hiddenSize, config.hiddenSize)
        value = Linear(config.hiddenSize, config.hiddenSize)
        heads = config.numAttentionHeads
        dropoutP = config.attentionProbsDropoutProb
    }

    func forward(_ x: Tensor, _ mask: Tensor?) -> Tensor {
        scaledDotProductAttention(
            query(x).inHeads(heads), key(x).inHeads(heads), value(x).inHeads(heads), attnMask: mask,
            dropoutP: isTraining ? dropoutP : 0
        )
        .transpose(1, 2).flatten(2)
    }
}

/// A linear layer whose result is added to the input of its block and normalized.
final class BertOutput: BertPart, BinaryLayer {
    let dense: Linear
    let layerNorm: LayerNorm
    let dropout: Dropout

    init(_ inFeatures: Int, _ config: BertConfig) {
        dense = Linear(inFeatures, config.hiddenSize)
        layerNorm = LayerNorm(config.hiddenSize, eps: config.layerNormEps)
        dropout = Dropout(config.hiddenDropoutProb)
    }

    func forward(_ x: Tensor, _ residual: Tensor) -> Tensor { layerNorm(dropout(dense(x)) + residual) }
}

final class BertAttention: BertPart, BinaryModule {
    let selfAttention: BertSelfAttention
    let output: BertOutput

    init(_ config: BertConfig) {
        selfAttention = BertSelfAttention(config)
        output = BertOutput(config.hiddenSize, config)
    }

    func forward(_ x: Tensor, _ mask: Tensor?) -> Tensor { output(selfAttention(x, mask), x) }
}

final class BertIntermediate: Module, Layer {
    let dense: Linear
    private let activation: @Sendable (Tensor) -> Tensor

    init(_ config: BertConfig) {
        dense = Linear(config.hiddenSize, config.intermediateSize)
        activation = config.activation
    }

    func forward(_ x: Tensor) -> Tensor { activation(dense(x)) }
}

final class BertLayer: Module, BinaryModule {
    let attention: BertAttention
    let intermediate: BertIntermediate
    let output: BertOutput

    init(_ config: BertConfig) {
        attention = BertAttention(config)
        intermediate = BertIntermediate(config)
        output = BertOutput(config.intermediateSize, config)
    }

    func forward(_ x: Tensor, _ mask: Tensor?) -> Tensor {
        let x = attention(x, mask)
        return output(intermediate(x), x)
    }
}

final class BertEncoder: Module, BinaryModule {
    let layer: [BertLayer]

    init(_ config: BertConfig) { layer = (0..<config.numHiddenLayers).map { _ in BertLayer(config) } }

    func forward(_ x: Tensor, _ mask: Tensor?) -> Tensor { layer.reduce(x) { $1($0, mask) } }
}

final class BertPooler: Module, Layer {
    let dense: Linear

    init(_ config: BertConfig) { dense = Linear(config.hiddenSize, config.hiddenSize) }

    func forward(_ x: Tensor) -> Tensor { dense(x.select(1, 0)).tanh() }
}

/// BERT without a head (Devlin et al., 2018). `transformers`: `BertModel`.
public final class BertModel: Module {
    let embeddings: BertEmbeddings
    let encoder: BertEncoder
    let pooler: BertPooler?

    /// Creates a model with random weights.
    /// - Parameters:
    ///   - config: the form.
    ///   - addPoolingLayer: whether the model has a layer for the vector of the first token.
    public init(_ config: BertConfig, addPoolingLayer: Bool) {
        embeddings = BertEmbeddings(config)
        encoder = BertEncoder(config)
        pooler = addPoolingLayer ? BertPooler(config) : nil
        super.init()
        drawWeights(std: config.initializerRange)
    }

    /// Reads a model, in evaluation mode. `transformers`: `BertModel.from_pretrained`. For the parameters and
    /// errors, see `loadCausalLanguageModel`. The model has a pooling layer if the file has one.
    public static func fromPretrained(_ folder: String, dtype: DType? = nil) throws -> BertModel {
        try read(PretrainedFolder(folder), dtype: dtype)
    }

    /// Computes vectors of tokens.
    /// - Parameters:
    ///   - ids: token ids, int64 [N, L].
    ///   - attentionMask: [N, L], true or 1 for tokens that are no padding.
    ///   - tokenTypeIDs: the kind of each token, int64 [N, L], by default 0.
    /// - Returns: the vectors [N, L, hiddenSize]; and that of the first token through the pooling layer,
    ///   [N, hiddenSize], if there is one.
    public func callAsFunction(
        _ ids: Tensor, attentionMask: Tensor? = nil, tokenTypeIDs: Tensor? = nil
    ) -> (lastHiddenState: Tensor, poolerOutput: Tensor?) {
        withHooks(ids, attentionMask, tokenTypeIDs) { ids, mask, types in
            let mask = mask.map { $0.to(.bool).unsqueeze(1).unsqueeze(1) }
            let x = encoder(embeddings(ids, types), mask)
            return (x, pooler.map { $0(x) })
        }
    }
}

final class BertTransform: BertPart, Layer {
    let dense: Linear
    let layerNorm: LayerNorm
    private let activation: @Sendable (Tensor) -> Tensor

    init(_ config: BertConfig) {
        dense = Linear(config.hiddenSize, config.hiddenSize)
        layerNorm = LayerNorm(config.hiddenSize, eps: config.layerNormEps)
        activation = config.activation
    }

    func forward(_ x: Tensor) -> Tensor { layerNorm(activation(dense(x))) }
}

final class BertPredictions: Module {
    @Parameter var bias: Tensor
    let transform: BertTransform

    init(_ config: BertConfig) {
        _bias = Parameter(wrappedValue: Tensor.zeros([config.vocabSize]))
        transform = BertTransform(config)
    }
}

final class BertHead: Module {
    let predictions: BertPredictions
    init(_ config: BertConfig) { predictions = BertPredictions(config) }
}

/// BERT with the head that guesses masked tokens. The head shares the weight of the token embedding.
/// `transformers`: `BertForMaskedLM`.
public final class BertForMaskedLM: Module {
    /// The model without its head.
    public let bert: BertModel
    let cls: BertHead

    /// Creates a model with random weights.
    public init(_ config: BertConfig) {
        bert = BertModel(config, addPoolingLayer: false)
        cls = BertHead(config)
        super.init()
        Init.normal_(cls.predictions.transform.dense.weight, mean: 0, std: config.initializerRange)
        Init.zeros_(cls.predictions.transform.dense.bias!)
    }

    /// Reads a model, in evaluation mode. `transformers`: `BertForMaskedLM.from_pretrained`. For the
    /// parameters and errors, see `loadCausalLanguageModel`.
    public static func fromPretrained(_ folder: String, dtype: DType? = nil) throws -> BertForMaskedLM {
        try read(PretrainedFolder(folder), dtype: dtype)
    }

    /// Computes logits [N, L, vocabSize]. The parameters are those of `BertModel`.
    public func callAsFunction(
        _ ids: Tensor, attentionMask: Tensor? = nil, tokenTypeIDs: Tensor? = nil
    ) -> Tensor {
        withHooks(ids, attentionMask, tokenTypeIDs) { ids, mask, types in
            let x = bert(ids, attentionMask: mask, tokenTypeIDs: types).lastHiddenState
            let head = cls.predictions
            return F.linear(head.transform(x), bert.embeddings.wordEmbeddings.weight, bias: head.bias)
        }
    }
}

// MARK: - Files

extension BertConfig {
    init(_ fields: JSONFields) throws {
        vocabSize = try fields.count("vocab_size")
        hiddenSize = try fields.count("hidden_size")
        numHiddenLayers = try fields.count("num_hidden_layers")
        numAttentionHeads = try fields.count("num_attention_heads")
        intermediateSize = try fields.count("intermediate_size")
        maxPositionEmbeddings = try fields.count("max_position_embeddings")
        typeVocabSize = try fields.optionalCount("type_vocab_size") ?? typeVocabSize
        layerNormEps = try fields.optionalNumber("layer_norm_eps") ?? layerNormEps
        padTokenID = try fields.optionalCount("pad_token_id")
        hiddenDropoutProb = try fields.optionalNumber("hidden_dropout_prob") ?? hiddenDropoutProb
        attentionProbsDropoutProb =
            try fields.optionalNumber("attention_probs_dropout_prob") ?? attentionProbsDropoutProb
        activation = try NamedActivation.function(try fields.optionalString("hidden_act") ?? "gelu", fields)
        try fields.requireHeads(numAttentionHeads, "num_attention_heads", width: hiddenSize, "hidden_size")
        let positions = try fields.optionalString("position_embedding_type") ?? "absolute"
        guard positions == "absolute" else {
            throw fields.error("has the 'position_embedding_type' \"\(positions)\"; known is absolute")
        }
        guard try !fields.bool("is_decoder", default: false) else {
            throw fields.error("has 'is_decoder', which is not known here")
        }
    }
}

extension BertModel: PretrainedModel {
    static let modelTypes = ["bert"]
    static let baseName = "bert"
    static func config(_ fields: JSONFields) throws -> BertConfig { try BertConfig(fields) }
    static func layers(of config: BertConfig) -> Int { config.numHiddenLayers }
    static func isIgnored(_ name: String) -> Bool { name.hasSuffix("position_ids") || name.hasPrefix("cls.") }
    convenience init(_ config: BertConfig, weights: StateDict) {
        self.init(config, addPoolingLayer: weights.keys.contains { $0.hasSuffix("pooler.dense.weight") })
    }
}

extension BertForMaskedLM: PretrainedModel {
    static let modelTypes = ["bert"]
    static let baseName = "bert"
    static func config(_ fields: JSONFields) throws -> BertConfig { try BertConfig(fields) }
    static func layers(of config: BertConfig) -> Int { config.numHiddenLayers }
    static func isIgnored(_ name: String) -> Bool {
        name.hasSuffix("position_ids") || name.hasPrefix("cls.predictions.decoder.") || name.hasPrefix("cls.seq_")
            || name.contains("pooler.")
    }
    convenience init(_ config: BertConfig, weights: StateDict) { self.init(config) }
}
