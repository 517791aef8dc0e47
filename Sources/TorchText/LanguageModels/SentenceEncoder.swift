import Torch
import TorchFiles

/// Computes one vector for each sentence, such that sentences of similar meaning have similar vectors. The library
/// sentence-transformers: `SentenceTransformer`, for models of BERT's kind.
///
///     let encoder = try SentenceEncoder("all-MiniLM-L6-v2")
///     let vectors = try encoder.encode(["A cat sleeps.", "A kitten naps."])
///     print(vectors[0].dot(vectors[1]))
public final class SentenceEncoder {
    /// How the vectors of a sentence's tokens become one.
    public enum Pooling: Sendable {
        /// The mean of the vectors of all tokens that are no padding.
        case mean
        /// The vector of the first token.
        case firstToken
        /// The largest of each number over all tokens that are no padding.
        case max
    }

    /// The model of the tokens.
    public let model: BertModel
    /// Cuts sentences into tokens; longer sentences than the model takes are cut off.
    public let tokenizer: Tokenizer
    /// How the vectors of the tokens become one.
    public let pooling: Pooling
    /// Whether the vectors get length 1.
    public let normalizes: Bool

    /// Reads a folder with `config.json`, weights, and `tokenizer.json`. What `modules.json` and the pooling's
    /// `config.json` say is obeyed, if they exist; otherwise vectors are means, and are not normalized.
    /// - Parameters:
    ///   - folder: the folder.
    ///   - dtype: the dtype of the weights, by default that of the file.
    /// - Throws: `TorchError` if a file is missing or damaged, or asks for what is not known here.
    public init(_ folder: String, dtype: DType? = nil) throws {
        let files = try PretrainedFolder(folder)
        model = try BertModel.read(files, dtype: dtype)
        var tokenizer = try Tokenizer(path: Files.join(folder, "tokenizer.json"))
        var length = try files.config.count("max_position_embeddings")
        if files.has("sentence_bert_config.json") {
            let fields = try PretrainedFolder.fields(of: Files.join(folder, "sentence_bert_config.json"))
            length = min(length, try fields.optionalCount("max_seq_length") ?? length)
        }
        tokenizer.truncation = Tokenizer.Truncation(maxLength: length)
        let padding = try files.config.optionalCount("pad_token_id") ?? 0
        tokenizer.padding = Tokenizer.Padding(padID: padding, padToken: tokenizer.idToToken(padding) ?? "[PAD]")
        self.tokenizer = tokenizer
        (pooling, normalizes) = try SentenceEncoder.modules(of: files)
    }

    private static func modules(of files: PretrainedFolder) throws -> (Pooling, normalizes: Bool) {
        var pooling = Pooling.mean
        if files.has("1_Pooling/config.json") {
            let fields = try PretrainedFolder.fields(of: Files.join(files.path, "1_Pooling/config.json"))
            let known: [(String, Pooling)] = [
                ("pooling_mode_mean_tokens", .mean), ("pooling_mode_cls_token", .firstToken),
                ("pooling_mode_max_tokens", .max)
            ]
            let chosen = try known.filter { try fields.bool($0.0, default: false) }
            guard chosen.count == 1 else {
                throw fields.error("must choose one of \(known.map(\.0).joined(separator: ", "))")
            }
            pooling = chosen[0].1
        }
        guard files.has("modules.json") else { return (pooling, false) }
        let list = try PretrainedFolder.json(Files.join(files.path, "modules.json"))
        guard case .array(let modules) = list else {
            throw TorchError(.file, "\(files.path)/modules.json: should be a list, and is \(list.kind)")
        }
        let normalizes = modules.contains { module in
            if case .string(let type)? = module["type"] { type.hasSuffix("Normalize") } else { false }
        }
        return (pooling, normalizes)
    }

    /// Computes the vectors of sentences.
    /// - Parameters:
    ///   - sentences: the sentences.
    ///   - batchSize: the sentences of one call of the model. Sentences of similar length are taken together.
    /// - Returns: [sentences, hiddenSize], in the order of the sentences.
    /// - Throws: `TorchError` if a sentence cannot be encoded.
    public func encode(_ sentences: [String], batchSize: Int = 32) throws -> Tensor {
        guard batchSize > 0 else { throw TorchError(.value, "batch_size must be positive, but is \(batchSize)") }
        let order = sentences.indices.sorted { sentences[$0].utf8.count > sentences[$1].utf8.count }
        return try withError {
            try noGrad {
                var parts: [Tensor] = []
                for start in stride(from: 0, to: order.count, by: batchSize) {
                    let batch = order[start..<min(start + batchSize, order.count)].map { sentences[$0] }
                    parts.append(vectors(Tokenizer.Encoding.collate(try tokenizer.encodeBatch(batch))))
                }
                if parts.isEmpty { return Tensor.empty([0, model.embeddings.wordEmbeddings.embeddingDim]) }
                return cat(parts, dim: 0).indexSelect(dim: 0, index: Tensor(order).argsort())
            }
        }
    }

    /// Computes the vector of one sentence, [hiddenSize].
    public func encode(_ sentence: String) throws -> Tensor { try encode([sentence])[0] }

    private func vectors(_ batch: EncodingBatch) -> Tensor {
        let states = model(batch.ids, attentionMask: batch.attentionMask, tokenTypeIDs: batch.typeIDs).lastHiddenState
        let mask = batch.attentionMask.unsqueeze(-1)
        let pooled: Tensor
        switch pooling {
        case .mean: pooled = (states * mask.to(states.dtype)).sum(dim: 1) / mask.sum(dim: 1).clamp(min: 1)
        case .firstToken: pooled = states.select(1, 0)
        case .max: pooled = states.maskedFill(mask.eq(0), -Double.infinity).amax(dim: 1)
        }
        return normalizes ? F.normalize(pooled) : pooled
    }
}
