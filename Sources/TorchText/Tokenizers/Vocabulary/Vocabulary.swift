import Foundation
import Torch

/// Tokens with consecutive ids from 0. PyTorch: `torchtext.vocab.Vocab`.
///
/// ```swift
/// var vocabulary = try Vocabulary(counting: texts, tokenizer: .basicEnglish, minFreq: 2, specials: ["<unk>"])
/// vocabulary.setDefaultIndex(vocabulary["<unk>"]!)
/// let ids = try vocabulary.ids(of: "you can now install torch!", tokenizer: .basicEnglish)
/// ```
public struct Vocabulary: Sendable {
    /// The tokens in the order of their ids. torchtext: `get_itos`.
    public private(set) var tokens: [String]
    /// The id for all tokens that are not in the vocabulary. torchtext: `get_default_index`.
    public private(set) var defaultIndex: Int?
    private var table: TokenTable

    /// Creates a vocabulary from tokens in the order of their ids.
    /// - Throws: `TorchError` if a token occurs twice, or `defaultIndex` is not the id of a token.
    public init(_ tokens: [String], defaultIndex: Int? = nil) throws {
        try self.init(tokens, defaultIndex: defaultIndex, kind: .value, source: "Vocabulary")
    }

    private init(_ tokens: [String], defaultIndex: Int?, kind: TorchError.Kind, source: String) throws {
        guard tokens.count < Int(Int32.max) else {
            throw TorchError(kind, "\(source): \(tokens.count) tokens are too many")
        }
        table = TokenTable(capacity: tokens.count)
        for (index, token) in tokens.enumerated() {
            guard table.insert(token, Int32(index)) else {
                throw TorchError(kind, "\(source): Duplicate token found in tokens list: \(token)")
            }
        }
        if let defaultIndex, !tokens.indices.contains(defaultIndex) {
            throw TorchError(kind, "\(source): the default index \(defaultIndex) is not in 0..<\(tokens.count)")
        }
        self.tokens = tokens
        self.defaultIndex = defaultIndex
    }

    /// Creates a vocabulary from lists of tokens. The most frequent token comes first; ties are sorted by code points.
    /// torchtext: `torchtext.vocab.build_vocab_from_iterator`.
    ///
    /// - Parameters:
    ///   - lists: the tokens of each text.
    ///   - minFreq: the minimum frequency. Rarer tokens are left out.
    ///   - specials: tokens that are always included, in this order.
    ///   - specialFirst: whether the special tokens come before the others.
    ///   - maxTokens: the maximum number of tokens, special tokens included.
    ///   - defaultIndex: see `setDefaultIndex`.
    /// - Throws: `TorchError` if a special token occurs twice, or `maxTokens` leaves no room for other tokens.
    public init(
        _ lists: some Sequence<some Sequence<String>>, minFreq: Int = 1, specials: [String] = [],
        specialFirst: Bool = true, maxTokens: Int? = nil,
        defaultIndex: Int? = nil
    ) throws {
        var counter = TokenCounter()
        for list in lists {
            for token in list { counter.add(token) }
        }
        try self.init(counter.ordered(), minFreq, specials, specialFirst, maxTokens, defaultIndex)
    }

    /// Like the initializer for lists, for texts. The texts are counted without making lists of strings.
    public init(
        counting texts: some Sequence<String>, tokenizer: TextTokenizer, minFreq: Int = 1, specials: [String] = [],
        specialFirst: Bool = true, maxTokens: Int? = nil,
        defaultIndex: Int? = nil
    ) throws {
        var counter = TokenCounter()
        for text in texts { tokenizer.forEachToken(in: text) { counter.add($0, $1) } }
        try self.init(counter.ordered(), minFreq, specials, specialFirst, maxTokens, defaultIndex)
    }

    private init(
        _ ordered: [(token: String, count: Int)], _ minFreq: Int, _ specials: [String], _ specialFirst: Bool,
        _ maxTokens: Int?, _ defaultIndex: Int?
    ) throws {
        var ordered = ordered[...]
        if let maxTokens {
            guard specials.count < maxTokens else {
                throw TorchError(.value, "len(specials) >= max_tokens, so the vocab will be entirely special tokens.")
            }
            ordered = ordered.prefix(maxTokens - specials.count)
        }
        let special = TokenTable()
        for token in specials { special.insert(token, 0) }
        let counted = ordered.filter { $0.count >= minFreq && special.find($0.token) == nil }.map(\.token)
        try self.init(specialFirst ? specials + counted : counted + specials, defaultIndex: defaultIndex)
    }

    /// The number of tokens.
    public var count: Int { tokens.count }

    /// The id of a token, or the default index if the token is not in the vocabulary. Nil if there is no default index
    /// either. torchtext: `__getitem__`, `lookup_indices`.
    public subscript(_ token: String) -> Int? { table.find(token).map { Int($0) } ?? defaultIndex }

    /// Returns whether the token is in the vocabulary. torchtext: `__contains__`.
    public func contains(_ token: String) -> Bool { table.find(token) != nil }

    /// Sets the id for all tokens that are not in the vocabulary. If it is nil, such tokens are an error.
    /// torchtext: `set_default_index`.
    /// - Precondition: the id belongs to a token.
    public mutating func setDefaultIndex(_ index: Int?) {
        precondition(
            index.map { tokens.indices.contains($0) } ?? true,
            "the default index \(index ?? 0) is not in 0..<\(tokens.count)")
        defaultIndex = index
    }

    /// Returns the ids of tokens. torchtext: `lookup_indices`, `forward`.
    /// - Throws: `TorchError` if a token is not in the vocabulary and there is no default index.
    public func ids(of tokens: some Sequence<String>) throws -> [Int] {
        try tokens.map { token in
            guard let id = self[token] else { throw Self.missing(token) }
            return id
        }
    }

    /// Returns the ids of the tokens of a text, without making a string for each token.
    /// - Throws: `TorchError` if a token is not in the vocabulary and there is no default index.
    public func ids(of text: String, tokenizer: TextTokenizer) throws -> [Int] {
        var ids: [Int] = []
        var missing: String?
        ids.reserveCapacity(text.utf8.count / 4)
        let standard = defaultIndex ?? -1
        tokenizer.forEachToken(in: text) { bytes, count in
            let id = table.find(bytes, count).map { Int($0) } ?? standard
            if id < 0, missing == nil {
                missing = String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
            }
            ids.append(id)
        }
        if let missing { throw Self.missing(missing) }
        return ids
    }

    private static func missing(_ token: String) -> TorchError {
        TorchError(.runtime, "Token \(token) not found and default index is not set")
    }

    /// Appends a token. torchtext: `append_token`.
    /// - Throws: `TorchError` if the token is already in the vocabulary.
    public mutating func append(_ token: String) throws {
        guard !contains(token) else {
            throw TorchError(.runtime, "Token \(token) already exists in the Vocab with index: \(self[token]!)")
        }
        if !isKnownUniquelyReferenced(&table) { self = try Vocabulary(tokens, defaultIndex: defaultIndex) }
        table.insert(token, Int32(tokens.count))
        tokens.append(token)
    }

    /// Writes the vocabulary as JSON: {"tokens": […], "default_index": 0}.
    /// - Throws: `TorchError` if the file cannot be written.
    public func save(path: String) throws {
        let json = JSONText.object([
            ("tokens", .array(tokens.map { .string($0) })),
            ("default_index", defaultIndex.map { .integer($0) } ?? .null)
        ])
        do {
            try Data(JSONTextWriter.write(json)).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw TorchError(.file, "\(path): cannot write: \(error.localizedDescription)")
        }
    }

    /// Reads a vocabulary that `save` has written.
    /// - Throws: `TorchError` with the file if it is not a vocabulary.
    public init(path: String) throws {
        let file = try MappedFile(path: path)
        let fields = try JSONFields(
            try JSONTextReader.read(file.bytes.withUnsafeBytes { Array($0) }, source: path), path: "it", source: path)
        try fields.allow(["tokens", "default_index"])
        let tokens = try fields.array("tokens").enumerated().map { position, token in
            guard case .string(let text) = token else {
                throw fields.error("has a token \(position) that is \(token.kind)")
            }
            return text
        }
        try self.init(tokens, defaultIndex: try fields.optionalCount("default_index"), kind: .file, source: path)
    }
}

/// Counts tokens.
private struct TokenCounter {
    private let table = TokenTable()
    private var counts: [Int] = []
    private var tokens: [String] = []

    mutating func add(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        if let position = table.find(bytes, count) { return counts[Int(position)] += 1 }
        table.insert(bytes, count, Int32(counts.count))
        counts.append(1)
        tokens.append(String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self))
    }

    mutating func add(_ token: String) {
        if let position = table.find(token) { return counts[Int(position)] += 1 }
        table.insert(token, Int32(counts.count))
        counts.append(1)
        tokens.append(token)
    }

    /// Sorts by frequency, then by code points, whose order is the order of UTF-8 bytes.
    func ordered() -> [(token: String, count: Int)] {
        zip(tokens, counts).map { (token: $0, count: $1) }.sorted { one, other in
            one.count == other.count
                ? one.token.utf8.lexicographicallyPrecedes(other.token.utf8) : one.count > other.count
        }
    }
}
