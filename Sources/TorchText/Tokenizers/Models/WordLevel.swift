import Torch

/// A model with one token for each word. `tokenizers`: `tokenizers.models.WordLevel`.
public final class WordLevel: Sendable {
    /// The token for words that are not in the vocabulary.
    public let unkToken: String
    let names: TokenNames
    private let unk: Int32?

    /// Creates a word-level model.
    /// - Parameters:
    ///   - vocabulary: tokens and their ids.
    ///   - unkToken: the token for words that are not in the vocabulary.
    /// - Throws: `TorchError` if an id is not in 0..<2³¹ - 1, or a token or id occurs twice.
    public convenience init(vocabulary: [(token: String, id: Int)], unkToken: String = "<unk>") throws {
        try self.init(vocabulary: vocabulary, unkToken: unkToken, source: "WordLevel")
    }

    init(vocabulary: [(token: String, id: Int)], unkToken: String, source: String) throws {
        names = try TokenNames(vocabulary, source: source)
        self.unkToken = unkToken
        unk = names.table.find(unkToken)
    }

    func tokenize(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ scratch: ModelScratch) throws {
        guard let id = names.table.find(bytes, count) ?? unk else {
            throw TorchError(
                .value, "WordLevel: a word is not in the vocabulary, and neither is unk_token \"\(unkToken)\"")
        }
        scratch.tokens.append(ModelToken(id: id, start: 0, end: Int32(count)))
    }
}
