import Torch

extension Tokenizer {
    /// A model that turns words into tokens. `tokenizers`: the classes of `tokenizers.models`.
    public enum Model: Sendable {
        /// A byte-pair encoding model.
        case bpe(BPE)
        /// A WordPiece model.
        case wordPiece(WordPiece)
        /// A model with one token for each word.
        case wordLevel(WordLevel)
        /// A Unigram model.
        case unigram(Unigram)
    }
}

extension Tokenizer.Model {
    var names: TokenNames {
        switch self {
        case .bpe(let model): model.names
        case .wordPiece(let model): model.names
        case .wordLevel(let model): model.names
        case .unigram(let model): model.names
        }
    }

    /// Appends the tokens of a piece of text to the scratch's tokens.
    @inline(__always)
    func tokenize(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ scratch: ModelScratch) throws {
        guard count <= WordCache.longest else { return try tokenizeAnew(bytes, count, scratch) }
        let hash = ByteHash.of(bytes, count)
        if scratch.words.find(bytes, count, hash, &scratch.tokens) { return }
        let before = scratch.tokens.count
        try tokenizeAnew(bytes, count, scratch)
        scratch.words.insert(
            bytes, count, hash,
            UnsafeBufferPointer(start: scratch.tokens.start + before, count: scratch.tokens.count - before))
    }

    private func tokenizeAnew(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ scratch: ModelScratch) throws {
        switch self {
        case .bpe(let model): try model.tokenize(bytes, count, scratch)
        case .wordPiece(let model): try model.tokenize(bytes, count, scratch)
        case .wordLevel(let model): try model.tokenize(bytes, count, scratch)
        case .unigram(let model): try model.tokenize(bytes, count, scratch)
        }
    }
}

/// The tokens "<0x00>" to "<0xFF>" for bytes of characters that are not in the vocabulary.
enum ByteTokens {
    static func name(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "<0x" + (digits.count == 1 ? "0" : "") + digits + ">"
    }

    /// Returns the token id of each byte; -1 if there is none.
    static func ids(in names: TokenNames) -> [Int32] { (0...255).map { Int32(names.id(name(UInt8($0))) ?? -1) } }
}
