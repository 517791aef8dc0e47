extension Tokenizer {
    /// The tokens of a text. `tokenizers`: `Encoding`.
    public struct Encoding: Sendable {
        /// The id of each token. `tokenizers`: `ids`.
        public internal(set) var ids: [Int] = []
        /// The type id of each token, set by the post-processor: usually 0 for the first sequence and 1 for the second
        /// sequence of a pair. `tokenizers`: `type_ids`.
        public internal(set) var typeIDs: [Int] = []
        /// 0 for padding, 1 for all other tokens. `tokenizers`: `attention_mask`.
        public internal(set) var attentionMask: [Int] = []
        /// 1 for tokens that the post-processor or padding inserted, otherwise 0. `tokenizers`: `special_tokens_mask`.
        public internal(set) var specialTokensMask: [Int] = []
        /// The characters of its sequence that each token stands for, counted in Unicode scalars like in Python. 0..<0
        /// for inserted tokens. `tokenizers`: `offsets`.
        public internal(set) var offsets: [Range<Int>] = []
        /// The parts that truncation cut off. `tokenizers`: `overflowing`.
        public internal(set) var overflowing: [Encoding] = []
        /// The word of each token; -1 for inserted tokens.
        var words: [Int32] = []
        /// The texts of tokens that differ from the vocabulary, by index.
        var surfaces: [Int: String] = [:]
        let names: TokenTexts

        init(names: TokenTexts) { self.names = names }

        /// The number of tokens.
        public var count: Int { ids.count }

        /// The text of each token. `tokenizers`: `tokens`.
        public var tokens: [String] { ids.indices.map(token) }

        /// The index of each token's word in its sequence, as split by the pre-tokenizer. Nil for inserted tokens.
        /// `tokenizers`: `word_ids`.
        public var wordIDs: [Int?] { words.map { $0 < 0 ? nil : Int($0) } }

        func token(_ position: Int) -> String { surfaces[position] ?? names[ids[position]] ?? "" }
    }
}

/// The text of each id: the content of an added token, or the model's token.
struct TokenTexts: Sendable {
    let added: [Int: Tokenizer.AddedToken]
    let names: TokenNames
    /// The number of spaces at both ends of each token, in the order of `names`. The byte-level character for a blank
    /// counts as a space.
    let spaces: [EndSpaces]

    init(added: [Int: Tokenizer.AddedToken], names: TokenNames) {
        self.added = added
        self.names = names
        spaces = zip(names.ids, names.tokens).map { id, token in EndSpaces(added[Int(id)]?.content ?? token) }
    }

    subscript(_ id: Int) -> String? { added[id]?.content ?? names[id] }

    @inline(__always)
    func spaces(_ id: Int) -> EndSpaces {
        if let position = names.position(id) { return spaces[position] }
        return EndSpaces(added[id]?.content ?? "")
    }
}

/// The number of spaces at both ends of a token.
struct EndSpaces {
    var leading = 0, trailing = 0

    init(_ token: String) {
        let bytes = token.utf8
        guard let first = bytes.first, let last = bytes.last else { return }
        // Most tokens begin and end with a printable ASCII character.
        if (0x21..<0x7F).contains(first), (0x21..<0x7F).contains(last) { return }
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.value == 0x120 || scalar.properties.isWhitespace }
        leading = token.unicodeScalars.prefix(while: isSpace).count
        trailing = token.unicodeScalars.reversed().prefix(while: isSpace).count
    }
}

extension Tokenizer.Encoding {
    /// Appends a token that stands for no text.
    mutating func append(id: Int, text: String, typeID: Int) {
        if let known = names[id], known.utf8.elementsEqual(text.utf8) {} else { surfaces[ids.count] = text }
        ids.append(id)
        typeIDs.append(typeID)
        attentionMask.append(1)
        specialTokensMask.append(1)
        offsets.append(0..<0)
        words.append(-1)
    }

    func slice(_ range: Range<Int>) -> Tokenizer.Encoding {
        var part = Tokenizer.Encoding(names: names)
        part.ids = Array(ids[range])
        part.typeIDs = Array(typeIDs[range])
        part.attentionMask = Array(attentionMask[range])
        part.specialTokensMask = Array(specialTokensMask[range])
        part.offsets = Array(offsets[range])
        part.words = Array(words[range])
        for (position, text) in surfaces where range.contains(position) {
            part.surfaces[position - range.lowerBound] = text
        }
        return part
    }

    /// Appends another encoding. Also combines each part that truncation cut off with the other encoding.
    mutating func merge(_ other: Tokenizer.Encoding) {
        var combined: [Tokenizer.Encoding] = []
        for part in overflowing {
            var whole = part
            whole.merge(other)
            combined.append(whole)
            for otherPart in other.overflowing {
                var both = part
                both.merge(otherPart)
                combined.append(both)
            }
        }
        for otherPart in other.overflowing {
            var both = self
            both.merge(otherPart)
            combined.append(both)
        }
        for (position, text) in other.surfaces { surfaces[position + ids.count] = text }
        ids += other.ids
        typeIDs += other.typeIDs
        attentionMask += other.attentionMask
        specialTokensMask += other.specialTokensMask
        offsets += other.offsets
        words += other.words
        overflowing = combined
    }
}
