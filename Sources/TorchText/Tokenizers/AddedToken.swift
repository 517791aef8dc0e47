import Torch

extension Tokenizer {
    /// A token that is matched in the text before the model runs. `tokenizers`: `AddedToken`.
    public struct AddedToken: Sendable, Equatable {
        /// The text of the token.
        public var content: String
        /// Whether the token matches only if no word character is next to it.
        public var singleWord: Bool
        /// Whether the match includes the spaces to the left.
        public var lstrip: Bool
        /// Whether the match includes the spaces to the right.
        public var rstrip: Bool
        /// Whether the token is matched in the normalized text.
        public var normalized: Bool
        /// Whether decoding can skip the token as a special token.
        public var special: Bool

        /// Creates a token. If `normalized` is nil, the token is matched in the normalized text unless it is special.
        public init(
            _ content: String, singleWord: Bool = false, lstrip: Bool = false, rstrip: Bool = false,
            normalized: Bool? = nil, special: Bool = false
        ) {
            self.content = content
            self.singleWord = singleWord
            self.lstrip = lstrip
            self.rstrip = rstrip
            self.normalized = normalized ?? !special
            self.special = special
        }
    }
}

/// The added tokens with their ids, prepared for matching.
struct AddedVocabulary: Sendable {
    /// The tokens by id.
    private(set) var tokens: [Int: Tokenizer.AddedToken] = [:]
    private let ids = TokenTable()
    private let specials = TokenTable()
    /// The normalized text of each token whose text the normalizer changes.
    private var normalized: [Int: String] = [:]
    private var raw = ByteTrie([])
    private var normalizedTrie = ByteTrie([])

    init() {}

    /// Assigns ids to tokens that neither the model nor an earlier token has. The new ids are consecutive and begin at
    /// the model's number of tokens.
    init(_ added: [Tokenizer.AddedToken], names: TokenNames, normalizer: CompiledNormalizer?) throws {
        var next = names.count
        let budget = StepBudget(for: added.reduce(0) { $0 + $1.content.utf8.count })
        for token in added where !token.content.isEmpty {
            if let known = ids.find(token.content), tokens[Int(known)] == token { continue }
            let id: Int
            if let known = ids.find(token.content).map(Int.init) ?? names.id(token.content) {
                id = known
            } else {
                id = next
                next += 1
            }
            if token.normalized, let normalizer {
                var text = AlignedText()
                text.bytes = Array(token.content.utf8)
                try normalizer.apply(&text, budget)
                let content = String(decoding: text.bytes, as: UTF8.self)
                if !content.utf8.elementsEqual(token.content.utf8) { normalized[id] = content }
            }
            ids.insert(token.content, Int32(id))
            if token.special { specials.insert(token.content, Int32(id)) }
            tokens[id] = token
        }
        func trie(_ isNormalized: Bool) -> ByteTrie {
            ByteTrie(
                tokens.sorted { $0.key < $1.key }.filter { $0.value.normalized == isNormalized }.compactMap {
                    id, token in
                    let bytes = Array((normalized[id] ?? token.content).utf8)
                    return bytes.isEmpty ? nil : (bytes, Int32(id))
                })
        }
        raw = trie(false)
        normalizedTrie = trie(true)
    }

    func id(_ token: String) -> Int? { ids.find(token).map { Int($0) } }

    /// Returns the text for decoding: the normalized text of the token.
    func text(_ id: Int) -> String? { tokens[id].map { normalized[id] ?? $0.content } }

    func isSpecial(_ token: String) -> Bool { specials.find(token) != nil }

    /// Splits a piece of text at the tokens found in it and appends the parts that are not empty.
    func split(_ text: AlignedText, _ piece: Piece, normalized: Bool, into pieces: inout [Piece]) {
        let trie = normalized ? normalizedTrie : raw
        guard !trie.isEmpty else {
            if piece.count > 0 { pieces.append(piece) }
            return
        }
        text.bytes.withUnsafeBufferPointer { buffer in
            guard let bytes = buffer.baseAddress else { return }
            var at = piece.start, last = piece.start
            while at < piece.end {
                var longest = 0, id: Int32 = -1
                if trie.mayStart(bytes[at]) {
                    trie.walk(bytes, at, piece.end) { (longest, id) = ($0, $1) }
                }
                guard longest > 0, let token = tokens[Int(id)] else {
                    at += 1
                    continue
                }
                var start = at, end = at + longest
                at = end
                if token.singleWord,
                    Self.endsWithWord(bytes, piece.start, start) || Self.beginsWithWord(bytes, end, piece.end)
                {
                    continue
                }
                if token.lstrip {
                    while start > last {
                        let before = UTF8Text.before(bytes, start)
                        guard CharacterClass.of(UTF8Text.scalar(bytes, before).code).contains(.space) else { break }
                        start = before
                    }
                    start = max(start, last)
                }
                if token.rstrip {
                    while end < piece.end {
                        let (code, count) = UTF8Text.scalar(bytes, end)
                        guard CharacterClass.of(code).contains(.space) else { break }
                        end += count
                    }
                }
                if last < start { pieces.append(Piece(start: last, end: start)) }
                pieces.append(Piece(start: start, end: end, token: id))
                last = end
            }
            if last < piece.end { pieces.append(Piece(start: last, end: piece.end)) }
        }
    }

    private static func endsWithWord(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
        start < end && CharacterClass.of(UTF8Text.scalar(bytes, UTF8Text.before(bytes, end)).code).contains(.word)
    }

    private static func beginsWithWord(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
        start < end && CharacterClass.of(UTF8Text.scalar(bytes, start).code).contains(.word)
    }
}
