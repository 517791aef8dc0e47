extension Tokenizer {
    /// A text as tokens. `tokenizers`: `Encoding`.
    public struct Encoding: Sendable {
        /// The number of each token. `tokenizers`: `ids`.
        public internal(set) var ids: [Int] = []
        /// Which sequence each token is of, as the post-processor numbers them: 0 for the first, 1 for the second of a
        /// pair. `tokenizers`: `type_ids`.
        public internal(set) var typeIDs: [Int] = []
        /// 0 for padding, 1 for all others. `tokenizers`: `attention_mask`.
        public internal(set) var attentionMask: [Int] = []
        /// 1 for tokens that the post-processor or padding put in. `tokenizers`: `special_tokens_mask`.
        public internal(set) var specialTokensMask: [Int] = []
        /// Which characters (Unicode scalars, as Python counts them) of its sequence each token stands for; 0..<0 for
        /// what was put in. `tokenizers`: `offsets`.
        public internal(set) var offsets: [Range<Int>] = []
        /// The parts that truncation cut off. `tokenizers`: `overflowing`.
        public internal(set) var overflowing: [Encoding] = []
        /// -1 for none.
        var words: [Int32] = []
        /// Tokens whose text is not the vocabulary's, by place.
        var surfaces: [Int: String] = [:]
        let names: TokenTexts

        init(names: TokenTexts) { self.names = names }

        public var count: Int { ids.count }

        /// The text of each token. `tokenizers`: `tokens`.
        public var tokens: [String] { ids.indices.map(token) }

        /// Which word of its sequence each token is of, as the pre-tokenizer split them; nil for what was put in.
        /// `tokenizers`: `word_ids`.
        public var wordIDs: [Int?] { words.map { $0 < 0 ? nil : Int($0) } }

        func token(_ place: Int) -> String { surfaces[place] ?? names[ids[place]] ?? "" }
    }
}

/// What each number stands for: an added token's content, or the model's token.
struct TokenTexts: Sendable {
    let added: [Int: Tokenizer.AddedToken]
    let names: TokenNames
    /// How many spaces, as they are or as the byte level writes a blank, are at either end of the tokens, in the order
    /// of `names`.
    let spaces: [EndSpaces]

    init(added: [Int: Tokenizer.AddedToken], names: TokenNames) {
        self.added = added
        self.names = names
        spaces = zip(names.ids, names.tokens).map { id, token in EndSpaces(added[Int(id)]?.content ?? token) }
    }

    subscript(_ id: Int) -> String? { added[id]?.content ?? names[id] }

    @inline(__always)
    func spaces(_ id: Int) -> EndSpaces {
        if let place = names.place(id) { return spaces[place] }
        return EndSpaces(added[id]?.content ?? "")
    }
}

/// How many spaces are at either end of a token.
struct EndSpaces {
    var leading = 0, trailing = 0

    init(_ token: String) {
        let bytes = token.utf8
        guard let first = bytes.first, let last = bytes.last else { return }
        // Both ends of most tokens are plain letters.
        if (0x21..<0x7F).contains(first), (0x21..<0x7F).contains(last) { return }
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.value == 0x120 || scalar.properties.isWhitespace }
        leading = token.unicodeScalars.prefix(while: isSpace).count
        trailing = token.unicodeScalars.reversed().prefix(while: isSpace).count
    }
}

extension Tokenizer.Encoding {
    /// Puts in a token that stands for no text.
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
        for (place, text) in surfaces where range.contains(place) { part.surfaces[place - range.lowerBound] = text }
        return part
    }

    /// Appends another encoding; each part that truncation cut off is combined with the other.
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
        for (place, text) in other.surfaces { surfaces[place + ids.count] = text }
        ids += other.ids
        typeIDs += other.typeIDs
        attentionMask += other.attentionMask
        specialTokensMask += other.specialTokensMask
        offsets += other.offsets
        words += other.words
        overflowing = combined
    }
}
