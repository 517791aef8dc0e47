import Foundation
import Torch

/// Tokens and their numbers, from 0 without a gap. PyTorch: `torchtext.vocab.Vocab`.
///
/// ```swift
/// var vocabulary = try Vocabulary(counting: texts, tokenizer: .basicEnglish, minFreq: 2, specials: ["<unk>"])
/// vocabulary.setDefaultIndex(vocabulary["<unk>"]!)
/// let ids = try vocabulary.ids(of: "you can now install torch!", tokenizer: .basicEnglish)
/// ```
public struct Vocabulary: Sendable {
    /// In the order of their numbers. torchtext: `get_itos`.
    public private(set) var tokens: [String]
    /// The number of every token that is not here. torchtext: `get_default_index`.
    public private(set) var defaultIndex: Int?
    private var table: TokenTable

    /// Tokens in the order of their numbers.
    /// - Throws: `TorchError` where a token is there twice, or `defaultIndex` is no token's number.
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

    /// The tokens of lists, the most frequent first and of equally frequent ones the lesser first (by code points).
    /// torchtext: `torchtext.vocab.build_vocab_from_iterator`.
    ///
    /// - Parameters:
    ///   - lists: the tokens of each text.
    ///   - minFreq: leaves out what is rarer.
    ///   - specials: tokens that are there whatever their frequency, in this order.
    ///   - specialFirst: whether they come before the others.
    ///   - maxTokens: as many as there may be, with the special ones.
    ///   - defaultIndex: as `setDefaultIndex`.
    /// - Throws: `TorchError` where a special token is given twice, or `maxTokens` leaves no room beside them.
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

    /// The same of texts, which are never made into lists of strings.
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

    public var count: Int { tokens.count }

    /// The number of a token, or the default index; nil where neither is. torchtext: `__getitem__`, `lookup_indices`.
    public subscript(_ token: String) -> Int? { table.find(token).map { Int($0) } ?? defaultIndex }

    /// Whether the token itself is here. torchtext: `__contains__`.
    public func contains(_ token: String) -> Bool { table.find(token) != nil }

    /// The number that stands for every token that is not here; nil makes that an error again. torchtext:
    /// `set_default_index`.
    /// - Precondition: the number is a token's.
    public mutating func setDefaultIndex(_ index: Int?) {
        precondition(
            index.map { tokens.indices.contains($0) } ?? true,
            "the default index \(index ?? 0) is not in 0..<\(tokens.count)")
        defaultIndex = index
    }

    /// The numbers of tokens. torchtext: `lookup_indices`, `forward`.
    /// - Throws: `TorchError` where a token is not here and there is no default index.
    public func ids(of tokens: some Sequence<String>) throws -> [Int] {
        try tokens.map { token in
            guard let id = self[token] else { throw Self.missing(token) }
            return id
        }
    }

    /// The numbers of a text's tokens, without a string for each.
    /// - Throws: `TorchError` where a token is not here and there is no default index.
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

    /// Puts a token behind the others. torchtext: `append_token`.
    /// - Throws: `TorchError` where it is here.
    public mutating func append(_ token: String) throws {
        guard !contains(token) else {
            throw TorchError(.runtime, "Token \(token) already exists in the Vocab with index: \(self[token]!)")
        }
        if !isKnownUniquelyReferenced(&table) { self = try Vocabulary(tokens, defaultIndex: defaultIndex) }
        table.insert(token, Int32(tokens.count))
        tokens.append(token)
    }

    /// Writes the vocabulary as JSON: {"tokens": […], "default_index": 0}.
    /// - Throws: `TorchError` where the file cannot be written.
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

    /// Reads what `save` wrote.
    /// - Throws: `TorchError` that names the file where it is no vocabulary.
    public init(path: String) throws {
        let file = try MappedFile(path: path)
        let fields = try JSONFields(
            try JSONTextReader.read(file.bytes.withUnsafeBytes { Array($0) }, source: path), path: "it", source: path)
        try fields.allow(["tokens", "default_index"])
        let tokens = try fields.array("tokens").enumerated().map { place, token in
            guard case .string(let text) = token else {
                throw fields.error("has a token \(place) that is \(token.kind)")
            }
            return text
        }
        try self.init(tokens, defaultIndex: try fields.optionalCount("default_index"), kind: .file, source: path)
    }
}

/// How often each token has been seen.
private struct TokenCounter {
    private let table = TokenTable()
    private var counts: [Int] = []
    private var tokens: [String] = []

    mutating func add(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        if let place = table.find(bytes, count) { return counts[Int(place)] += 1 }
        table.insert(bytes, count, Int32(counts.count))
        counts.append(1)
        tokens.append(String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self))
    }

    mutating func add(_ token: String) {
        if let place = table.find(token) { return counts[Int(place)] += 1 }
        table.insert(token, Int32(counts.count))
        counts.append(1)
        tokens.append(token)
    }

    /// UTF-8's order is that of code points.
    func ordered() -> [(token: String, count: Int)] {
        zip(tokens, counts).map { (token: $0, count: $1) }.sorted { one, other in
            one.count == other.count
                ? one.token.utf8.lexicographicallyPrecedes(other.token.utf8) : one.count > other.count
        }
    }
}
