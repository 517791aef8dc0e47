import Locks
import Torch

/// Converts text to token ids and back. Python: `tokenizers.Tokenizer`; this type reads and writes the same
/// tokenizer.json and returns the same encodings.
///
/// Encoding normalizes a text, splits it into words, turns the words into tokens with the model, and adds special
/// tokens. Decoding joins tokens to text. All parts except `truncation` and `padding` are immutable. Any number of
/// threads may use the same tokenizer.
///
/// ```swift
/// let tokenizer = try Tokenizer(path: "tokenizer.json")
/// let encoding = try tokenizer.encode("Hello, y'all!")
/// print(encoding.ids, encoding.tokens)
/// print(try tokenizer.decode(encoding.ids))
/// ```
public struct Tokenizer: Sendable {
    /// How encodings that are too long are truncated; nil for no truncation.
    public var truncation: Truncation?
    /// How encodings are padded; nil for no padding.
    public var padding: Padding?
    let parts: Parts

    /// The immutable parts of a tokenizer.
    final class Parts: Sendable {
        let model: Model
        let normalizer: Normalizer?
        let preTokenizer: PreTokenizer?
        let postProcessor: PostProcessor?
        let decoder: Decoder?
        let added: AddedVocabulary
        let texts: TokenTexts
        /// The model for the output of `compiledPreTokenizer`.
        let compiledModel: Model
        let compiledNormalizer: CompiledNormalizer?
        let compiledPreTokenizer: CompiledPreTokenizer?
        let compiledDecoder: CompiledDecoder?
        /// Scratch memory that no thread uses at the moment.
        private let idle = Mutex<[ModelScratch]>([])

        init(
            model: Model, normalizer: Normalizer?, preTokenizer: PreTokenizer?, postProcessor: PostProcessor?,
            decoder: Decoder?, addedTokens: [AddedToken], source: String
        ) throws {
            self.model = model
            self.normalizer = normalizer
            self.preTokenizer = preTokenizer
            self.postProcessor = postProcessor
            self.decoder = decoder
            compiledNormalizer = try normalizer.map { try CompiledNormalizer($0, source: source) }
            compiledDecoder = try decoder.map { try CompiledDecoder($0, source: source) }
            added = try AddedVocabulary(addedTokens, names: model.names, normalizer: compiledNormalizer)
            texts = TokenTexts(added: added.tokens, names: model.names)
            let compiled = try preTokenizer.map { try CompiledPreTokenizer($0, source: source) }
            if case .bpe(let bpe) = model, let leavingBytes = compiled?.leavingBytes,
                let readingBytes = bpe.readingBytes()
            {
                compiledModel = .bpe(readingBytes)
                compiledPreTokenizer = leavingBytes
            } else {
                compiledModel = model
                compiledPreTokenizer = compiled
            }
        }

        func withScratch<Result>(_ body: (ModelScratch) throws -> Result) rethrows -> Result {
            let scratch = idle.withLock { $0.popLast() } ?? ModelScratch()
            defer { idle.withLock { $0.append(scratch) } }
            return try body(scratch)
        }
    }

    /// Creates a tokenizer from its parts.
    ///
    /// - Parameters:
    ///   - model: turns words into tokens.
    ///   - normalizer: changes the text before it is split.
    ///   - preTokenizer: splits the text into words.
    ///   - postProcessor: adds special tokens.
    ///   - decoder: turns tokens back into text.
    ///   - addedTokens: tokens that are matched before the model runs. Tokens that the model lacks get new ids,
    ///     starting at the model's number of tokens.
    ///   - truncation: cuts encodings that are too long.
    ///   - padding: lengthens encodings that are too short.
    /// - Throws: `TorchError` if a regular expression cannot be compiled.
    public init(
        model: Model, normalizer: Normalizer? = nil, preTokenizer: PreTokenizer? = nil,
        postProcessor: PostProcessor? = nil, decoder: Decoder? = nil,
        addedTokens: [AddedToken] = [], truncation: Truncation? = nil, padding: Padding? = nil
    ) throws {
        parts = try Parts(
            model: model, normalizer: normalizer, preTokenizer: preTokenizer, postProcessor: postProcessor,
            decoder: decoder, addedTokens: addedTokens, source: "Tokenizer")
        self.truncation = truncation
        self.padding = padding
    }

    init(parts: Parts, truncation: Truncation?, padding: Padding?) {
        self.parts = parts
        self.truncation = truncation
        self.padding = padding
    }

    /// The model, which turns words into tokens.
    public var model: Model { parts.model }
    /// The normalizer, which changes the text before it is split.
    public var normalizer: Normalizer? { parts.normalizer }
    /// The pre-tokenizer, which splits the text into words.
    public var preTokenizer: PreTokenizer? { parts.preTokenizer }
    /// The post-processor, which adds special tokens.
    public var postProcessor: PostProcessor? { parts.postProcessor }
    /// The decoder, which turns tokens back into text.
    public var decoder: Decoder? { parts.decoder }
    /// The added tokens by id. `tokenizers`: `get_added_tokens_decoder`.
    public var addedTokens: [Int: AddedToken] { parts.added.tokens }

    /// The number of tokens, added tokens included. `tokenizers`: `get_vocab_size`.
    public var vocabularySize: Int {
        parts.model.names.count + parts.added.tokens.values.count { parts.model.names.id($0.content) == nil }
    }

    /// Returns the id of a token, or nil if there is no such token. `tokenizers`: `token_to_id`.
    public func tokenToID(_ token: String) -> Int? { parts.added.id(token) ?? parts.model.names.id(token) }

    /// Returns the token with an id, or nil if there is none. `tokenizers`: `id_to_token`.
    public func idToToken(_ id: Int) -> String? { parts.added.text(id) ?? parts.model.names[id] }

    /// Returns the text of tokens. Unknown ids are left out. Without a decoder, joins the tokens with blanks.
    /// `tokenizers`: `decode`.
    /// - Throws: `TorchError` if the decoder makes the text too large, or one of its regular expressions runs for too
    ///   long.
    public func decode(_ ids: [Int], skipSpecialTokens: Bool = true) throws -> String {
        let tokens = ids.compactMap { idToToken($0) }.filter { !skipSpecialTokens || !parts.added.isSpecial($0) }
        return try parts.compiledDecoder?.decode(tokens) ?? tokens.joined(separator: " ")
    }

    /// Returns the texts of several lists of ids, in order. `tokenizers`: `decode_batch`.
    public func decodeBatch(_ ids: [[Int]], skipSpecialTokens: Bool = true) throws -> [String] {
        try ids.map { try decode($0, skipSpecialTokens: skipSpecialTokens) }
    }
}
