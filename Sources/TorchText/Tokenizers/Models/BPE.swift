import Torch

/// Byte-pair encoding: merges pairs of characters or bytes, in the order in which training found the pairs.
/// `tokenizers`: `tokenizers.models.BPE`.
public final class BPE: Sendable {
    /// The token for characters that are not in the vocabulary.
    public let unkToken: String?
    /// The prefix of characters that do not begin a word, in the vocabulary.
    public let continuingSubwordPrefix: String?
    /// The suffix of characters that end a word, in the vocabulary.
    public let endOfWordSuffix: String?
    /// Whether consecutive unknown characters become one token.
    public let fuseUnk: Bool
    /// Whether unknown characters become the tokens of their bytes.
    public let byteFallback: Bool
    /// Whether a word that is a token is not merged.
    public let ignoreMerges: Bool
    let names: TokenNames
    let merges: BPEMerges
    private let unk: Int32?
    private let byteIDs: [Int32]
    private let prefix, suffix: [UInt8]
    /// Used if words are raw bytes that no pre-tokenizer has written as characters: a table of the tokens by their
    /// bytes, and the token id of each byte.
    private let bytes: (table: TokenTable, ids: [Int32])?

    /// Creates a BPE model.
    /// - Parameters:
    ///   - vocabulary: tokens and their ids.
    ///   - merges: pairs of tokens; earlier pairs are merged first. Their results must be in the vocabulary.
    ///   - unkToken: the token for characters that are not in the vocabulary. If it is nil, such characters are left
    ///     out.
    ///   - continuingSubwordPrefix: the prefix in the vocabulary for characters that do not begin a word.
    ///   - endOfWordSuffix: the suffix in the vocabulary for characters that end a word.
    ///   - fuseUnk: whether consecutive unknown characters become one token.
    ///   - byteFallback: whether unknown characters become the tokens "<0x00>" to "<0xFF>" of their bytes, if those
    ///     exist.
    ///   - ignoreMerges: whether a word that is a token is taken as it is, without merging.
    /// - Throws: `TorchError` if a token of a merge is not in the vocabulary, an id is not in 0..<2³¹ - 1, or a token
    ///   or id occurs twice.
    public convenience init(
        vocabulary: [(token: String, id: Int)], merges: [(String, String)], unkToken: String? = nil,
        continuingSubwordPrefix: String? = nil,
        endOfWordSuffix: String? = nil, fuseUnk: Bool = false, byteFallback: Bool = false, ignoreMerges: Bool = false
    ) throws {
        try self.init(
            vocabulary: vocabulary, merges: merges, unkToken: unkToken,
            continuingSubwordPrefix: continuingSubwordPrefix, endOfWordSuffix: endOfWordSuffix,
            fuseUnk: fuseUnk, byteFallback: byteFallback, ignoreMerges: ignoreMerges, source: "BPE")
    }

    init(
        vocabulary: [(token: String, id: Int)], merges: [(String, String)], unkToken: String?,
        continuingSubwordPrefix: String?, endOfWordSuffix: String?, fuseUnk: Bool,
        byteFallback: Bool, ignoreMerges: Bool, source: String
    ) throws {
        names = try TokenNames(vocabulary, source: source)
        self.unkToken = unkToken
        self.continuingSubwordPrefix = continuingSubwordPrefix
        self.endOfWordSuffix = endOfWordSuffix
        self.fuseUnk = fuseUnk
        self.byteFallback = byteFallback
        self.ignoreMerges = ignoreMerges
        unk = unkToken.flatMap { [names] in names.table.find($0) }
        prefix = Array((continuingSubwordPrefix ?? "").utf8)
        suffix = Array((endOfWordSuffix ?? "").utf8)
        byteIDs = byteFallback ? ByteTokens.ids(in: names) : []
        self.merges = try BPEMerges(merges, names, prefix: prefix.count, source: source)
        bytes = nil
    }

    /// Creates the same model for words of raw bytes.
    private init(_ model: BPE, _ table: TokenTable, _ ids: [Int32]) {
        names = model.names
        merges = model.merges
        unkToken = model.unkToken
        continuingSubwordPrefix = model.continuingSubwordPrefix
        endOfWordSuffix = model.endOfWordSuffix
        fuseUnk = model.fuseUnk
        byteFallback = model.byteFallback
        ignoreMerges = model.ignoreMerges
        unk = model.unk
        byteIDs = model.byteIDs
        prefix = model.prefix
        suffix = model.suffix
        bytes = (table, ids)
    }

    /// Returns this model for raw bytes, which a byte-level pre-tokenizer would otherwise write as characters. Returns
    /// nil if a byte has no token of its own.
    func readingBytes() -> BPE? {
        guard prefix.isEmpty, suffix.isEmpty else { return nil }
        let ids = ByteLevelAlphabet.characters.map { names.table.find(String(Unicode.Scalar($0)!)) ?? -1 }
        guard ids.allSatisfy({ $0 >= 0 }) else { return nil }
        let table = TokenTable(capacity: names.count)
        for (id, token) in zip(names.ids, names.tokens) {
            if let bytes = ByteLevelAlphabet.bytes(of: token) { table.insert(bytes, id) }
        }
        return BPE(self, table, ids)
    }

    func tokenize(_ word: UnsafePointer<UInt8>, _ count: Int, _ scratch: ModelScratch) throws {
        if ignoreMerges, let id = (bytes?.table ?? names.table).find(word, count) {
            return scratch.tokens.append(ModelToken(id: id, start: 0, end: Int32(count)))
        }
        scratch.symbols.removeAll()
        if let bytes {
            for position in 0..<count { scratch.symbols.append(bytes.ids[Int(word[position])], 1) }
        } else {
            try addCharacters(word, count, &scratch.symbols)
        }
        scratch.symbols.merge(merges, into: &scratch.tokens)
    }

    private func addCharacters(_ word: UnsafePointer<UInt8>, _ count: Int, _ symbols: inout BPESymbols) throws {
        var at = 0, unknown = 0
        while at < count {
            let width = UTF8Text.scalar(word, at).count
            let hasPrefix = at > 0 && !prefix.isEmpty, hasSuffix = at + width == count && !suffix.isEmpty
            var id: Int32?
            var character: [UInt8] = []
            if hasPrefix || hasSuffix {
                if hasPrefix { character = prefix }
                character.append(contentsOf: UnsafeBufferPointer(start: word + at, count: width))
                if hasSuffix { character.append(contentsOf: suffix) }
                id = character.withUnsafeBufferPointer { names.table.find($0.baseAddress!, $0.count) }
            } else {
                id = names.table.find(word + at, width)
            }
            if let id {
                if unknown > 0 { symbols.append(unk!, unknown) }
                unknown = 0
                symbols.append(id, width)
            } else {
                if byteFallback {
                    if character.isEmpty { character = Array(UnsafeBufferPointer(start: word + at, count: width)) }
                    if character.allSatisfy({ byteIDs[Int($0)] >= 0 }) {
                        for byte in character { symbols.append(byteIDs[Int(byte)], 1) }
                        at += width
                        continue
                    }
                }
                if let unkToken {
                    guard let unk else {
                        throw TorchError(
                            .value,
                            "BPE: a character is not in the vocabulary, and neither is unk_token \"\(unkToken)\"")
                    }
                    if unknown > 0, !fuseUnk {
                        symbols.append(unk, unknown)
                        unknown = 0
                    }
                    unknown += width
                }
            }
            at += width
        }
        if unknown > 0 { symbols.append(unk!, unknown) }
    }
}
