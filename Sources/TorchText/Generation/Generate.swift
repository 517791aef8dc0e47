import Torch

/// A model that gives scores for the next token of a text.
public protocol CausalLanguageModel: Module {
    /// Creates an empty cache for this model.
    func makeCache() -> KeyValueCache

    /// Computes the scores of the token after each position.
    /// - Parameters:
    ///   - ids: the new tokens, int64 [N, L].
    ///   - cache: the keys and values of earlier tokens, to which those of the new ones are appended; nil if there are
    ///     no earlier tokens, and none are to be kept.
    /// - Returns: logits [N, L, vocabulary].
    func logits(_ ids: Tensor, cache: inout KeyValueCache?) -> Tensor
}

extension CausalLanguageModel {
    /// Continues texts of one length. `transformers`: `generate`.
    /// - Parameters:
    ///   - ids: the beginnings, int64 [N, L] with L ≥ 1.
    ///   - config: how tokens are chosen, and when to stop.
    ///   - generator: draws the tokens.
    /// - Returns: the beginnings and the new tokens, int64 [N, L + new]. Rows that ended before the others are filled
    ///   with the padding token.
    /// - Precondition: with more than one row and tokens that end a text, all rows have one length.
    public func generate(
        _ ids: Tensor, _ config: GenerationConfig = GenerationConfig(), generator: Generator = .default
    ) -> Tensor {
        noGrad {
            guard var state = GenerationState(self, ids, config, generator) else { return .void }
            while state.step() {}
            return state.failed ? .void : state.ids
        }
    }

    /// Continues a text, token by token: `for token in model.stream(prompt) { … }`. Each token is computed when it is
    /// asked for.
    /// - Parameters:
    ///   - prompt: the beginning, at least one token.
    ///   - config: how tokens are chosen, and how many.
    ///   - generator: draws the tokens.
    public func stream(
        _ prompt: [Int], _ config: GenerationConfig = GenerationConfig(), generator: Generator = .default
    ) -> TokenStream {
        TokenStream(GenerationState(self, Tensor(prompt, dtype: .int64).unsqueeze(0), config, generator))
    }

    /// Continues a text, piece by piece: `for piece in model.stream("Once", tokenizer) { print(piece, terminator: "")
    /// }`. A piece is the text of one or more tokens: whole characters only.
    /// - Throws: `TorchError` if the tokenizer cannot encode the text.
    public func stream(
        _ text: String, _ tokenizer: Tokenizer, _ config: GenerationConfig = GenerationConfig(),
        generator: Generator = .default
    ) throws -> TextStream {
        TextStream(stream(try tokenizer.encode(text).ids, config, generator: generator), tokenizer)
    }
}

/// The tokens of a text that is being continued.
public struct TokenStream: Sequence, IteratorProtocol {
    private var state: GenerationState?

    init(_ state: GenerationState?) { self.state = state }

    /// Computes the next token. Returns nil at the end: after `maxNewTokens`, or after a token that ends a text, which
    /// is the last one returned.
    public mutating func next() -> Int? {
        noGrad { state?.step() ?? false } ? state!.ids[0, -1].item(as: Int.self) : nil
    }
}

/// The text of tokens that are being generated.
public struct TextStream: Sequence, IteratorProtocol {
    private var tokens: TokenStream
    private let tokenizer: Tokenizer
    private var pending: [Int] = []
    private var shown = ""

    init(_ tokens: TokenStream, _ tokenizer: Tokenizer) {
        self.tokens = tokens
        self.tokenizer = tokenizer
    }

    /// Computes tokens until they give more text, and returns it. Returns nil at the end.
    public mutating func next() -> String? {
        while let token = tokens.next() {
            pending.append(token)
            guard let text = try? tokenizer.decode(pending) else { continue }
            // An incomplete character is decoded as U+FFFD until its last byte has come.
            guard text.unicodeScalars.count > shown.unicodeScalars.count, text.unicodeScalars.last != "\u{FFFD}" else {
                continue
            }
            return take(text)
        }
        guard let text = try? tokenizer.decode(pending), text.unicodeScalars.count > shown.unicodeScalars.count else {
            return nil
        }
        return take(text)
    }

    private mutating func take(_ text: String) -> String {
        let new = String(text.unicodeScalars.dropFirst(shown.unicodeScalars.count))
        if text.hasSuffix("\n") {
            // After a line's end the text before has no influence on how tokens are decoded.
            (pending, shown) = ([], "")
        } else {
            shown = text
        }
        return new
    }
}

/// A batch of texts, their cache, and what is to be computed next.
struct GenerationState {
    private let model: any CausalLanguageModel
    private let config: GenerationConfig
    private let generator: Generator
    private var cache: KeyValueCache?
    private var ended: Tensor
    private var count = 0
    private var isOver = false
    private(set) var ids: Tensor
    private(set) var failed = false

    init?(_ model: any CausalLanguageModel, _ ids: Tensor, _ config: GenerationConfig, _ generator: Generator) {
        if ids.isVoid { return nil }
        guard ids.dim == 2, ids.dtype == .int64, ids.size(0) > 0, ids.size(1) > 0 else {
            raise(.value, "ids must be int64 [N, L] with at least one token, but got \(ids.dtype) \(ids.shape)")
            return nil
        }
        guard config.maxNewTokens >= 0 else {
            raise(.value, "`max_new_tokens` must not be negative, but is \(config.maxNewTokens)")
            return nil
        }
        self.model = model
        self.config = config
        self.generator = generator
        self.ids = ids
        cache = model.makeCache()
        ended = Tensor.zeros([ids.size(0)], dtype: .bool, device: ids.device)
    }

    /// Computes one more token of each row. Returns false if there is none.
    mutating func step() -> Bool {
        guard !isOver, count < config.maxNewTokens else { return false }
        let known = cache!.length
        let logits = model.logits(ids.narrow(1, known, ids.size(1) - known), cache: &cache)
        var next = config.nextTokens(logits.select(1, -1), after: ids, generator: generator)
        if next.isVoid {
            (isOver, failed) = (true, true)
            return false
        }
        if let pad = config.padTokenID ?? config.eosTokenIDs.min() {
            next = `where`(ended, Tensor.full([], pad, dtype: .int64, device: next.device), next)
        }
        ids = cat([ids, next.unsqueeze(1)], dim: 1)
        for eos in config.eosTokenIDs { ended = ended.logicalOr(next.eq(eos)) }
        count += 1
        isOver = count == config.maxNewTokens || (!config.eosTokenIDs.isEmpty && ended.all().item(as: Bool.self))
        return true
    }
}
