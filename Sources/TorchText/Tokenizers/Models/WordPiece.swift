import Torch

/// A WordPiece model: splits a word from its start into the longest possible tokens. Tokens after the first one have a
/// prefix in the vocabulary. `tokenizers`: `tokenizers.models.WordPiece`.
public final class WordPiece: Sendable {
    /// The token for words that cannot be split or are too long.
    public let unkToken: String
    /// The prefix of tokens that do not begin a word.
    public let continuingSubwordPrefix: String
    /// The maximum number of characters in a word that is split.
    public let maxInputCharsPerWord: Int
    let names: TokenNames
    private let unk: Int32?
    /// The tokens that have the prefix, stored without it.
    private let continuing: TokenTable

    /// Creates a WordPiece model.
    /// - Parameters:
    ///   - vocabulary: tokens and their ids.
    ///   - unkToken: the token for words that cannot be split or are too long.
    ///   - continuingSubwordPrefix: the prefix of tokens that do not begin a word.
    ///   - maxInputCharsPerWord: the maximum number of characters in a word that is split.
    /// - Throws: `TorchError` if an id is not in 0..<2³¹ - 1, or a token or id occurs twice.
    public convenience init(
        vocabulary: [(token: String, id: Int)], unkToken: String = "[UNK]", continuingSubwordPrefix: String = "##",
        maxInputCharsPerWord: Int = 100
    ) throws {
        try self.init(
            vocabulary: vocabulary, unkToken: unkToken, continuingSubwordPrefix: continuingSubwordPrefix,
            maxInputCharsPerWord: maxInputCharsPerWord, source: "WordPiece")
    }

    init(
        vocabulary: [(token: String, id: Int)], unkToken: String, continuingSubwordPrefix: String,
        maxInputCharsPerWord: Int, source: String
    ) throws {
        names = try TokenNames(vocabulary, source: source)
        self.unkToken = unkToken
        self.continuingSubwordPrefix = continuingSubwordPrefix
        self.maxInputCharsPerWord = maxInputCharsPerWord
        unk = names.table.find(unkToken)
        continuing = TokenTable()
        let prefix = Array(continuingSubwordPrefix.utf8)
        for (id, token) in zip(names.ids, names.tokens) where token.utf8.starts(with: prefix) {
            continuing.insert(Array(token.utf8.dropFirst(prefix.count)), id)
        }
    }

    func tokenize(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ scratch: ModelScratch) throws {
        let before = scratch.tokens.count
        var characters = 0
        for position in 0..<count where bytes[position] & 0xC0 != 0x80 { characters += 1 }
        var start = 0
        if characters <= maxInputCharsPerWord {
            while start < count {
                let table = start == 0 ? names.table : continuing
                var end = min(count, start + table.longest)
                while end < count, end > start, bytes[end] & 0xC0 == 0x80 { end -= 1 }
                var found: Int32?
                while end > start {
                    found = table.find(bytes + start, end - start)
                    if found != nil { break }
                    end = UTF8Text.before(bytes, end)
                }
                guard let found else { break }
                scratch.tokens.append(ModelToken(id: found, start: Int32(start), end: Int32(end)))
                start = end
            }
        }
        if start == count { return }
        guard let unk else {
            throw TorchError(
                .value, "WordPiece: a word is not in the vocabulary, and neither is unk_token \"\(unkToken)\"")
        }
        scratch.tokens.removeLast(to: before)
        scratch.tokens.append(ModelToken(id: unk, start: 0, end: Int32(count)))
    }
}
