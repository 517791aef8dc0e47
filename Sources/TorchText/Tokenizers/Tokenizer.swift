import Synchronization
import Torch

/// Text to the numbers of tokens and back. Python: `tokenizers.Tokenizer`, whose tokenizer.json it reads and writes and
/// whose encodings it gives.
///
/// A text is normalized, split into words, made into tokens by the model, and put between special tokens; decoding
/// joins tokens again. All parts but `truncation` and `padding` are
/// fixed when the tokenizer is made, and one tokenizer may be used by any number of threads.
///
/// ```swift
/// let tokenizer = try Tokenizer(path: "tokenizer.json")
/// let encoding = try tokenizer.encode("Hello, y'all!")
/// print(encoding.ids, encoding.tokens)
/// print(try tokenizer.decode(encoding.ids))
/// ```
public struct Tokenizer: Sendable {
    public var truncation: Truncation?
    public var padding: Padding?
    let parts: Parts

    /// What an immutable tokenizer is made of.
    final class Parts: Sendable {
        let model: Model
        let normalizer: Normalizer?
        let preTokenizer: PreTokenizer?
        let postProcessor: PostProcessor?
        let decoder: Decoder?
        let added: AddedVocabulary
        let texts: TokenTexts
        /// The model that reads what `compiledPreTokenizer` gives.
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

    /// A tokenizer of these parts.
    ///
    /// - Parameters:
    ///   - model: makes tokens of words.
    ///   - normalizer: changes the text before it is split.
    ///   - preTokenizer: splits it into words.
    ///   - postProcessor: puts special tokens around.
    ///   - decoder: makes text of tokens.
    ///   - addedTokens: tokens that are found before the model sees the text; those that the model lacks are numbered
    ///   -     behind its own.
    ///   - truncation: cuts what is too long.
    ///   - padding: lengthens what is too short.
    /// - Throws: `TorchError` where a regular expression cannot be read.
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

    public var model: Model { parts.model }
    public var normalizer: Normalizer? { parts.normalizer }
    public var preTokenizer: PreTokenizer? { parts.preTokenizer }
    public var postProcessor: PostProcessor? { parts.postProcessor }
    public var decoder: Decoder? { parts.decoder }
    /// The added tokens by number. `tokenizers`: `get_added_tokens_decoder`.
    public var addedTokens: [Int: AddedToken] { parts.added.tokens }

    /// The number of tokens, with the added ones. `tokenizers`: `get_vocab_size`.
    public var vocabularySize: Int {
        parts.model.names.count + parts.added.tokens.values.count { parts.model.names.id($0.content) == nil }
    }

    /// The number of a token; nil where there is none. `tokenizers`: `token_to_id`.
    public func tokenToID(_ token: String) -> Int? { parts.added.id(token) ?? parts.model.names.id(token) }

    /// The token of a number; nil where there is none. `tokenizers`: `id_to_token`.
    public func idToToken(_ id: Int) -> String? { parts.added.text(id) ?? parts.model.names[id] }

    /// The text of tokens; numbers that are none's are left out. Without a decoder, the tokens with blanks between
    /// them. `tokenizers`: `decode`.
    /// - Throws: `TorchError` where the decoder makes too much of the tokens, or a regular expression of its finds no
    /// -   end.
    public func decode(_ ids: [Int], skipSpecialTokens: Bool = true) throws -> String {
        let tokens = ids.compactMap { idToToken($0) }.filter { !skipSpecialTokens || !parts.added.isSpecial($0) }
        return try parts.compiledDecoder?.decode(tokens) ?? tokens.joined(separator: " ")
    }

    /// The texts of several encodings, in their order. `tokenizers`: `decode_batch`.
    public func decodeBatch(_ ids: [[Int]], skipSpecialTokens: Bool = true) throws -> [String] {
        try ids.map { try decode($0, skipSpecialTokens: skipSpecialTokens) }
    }
}
