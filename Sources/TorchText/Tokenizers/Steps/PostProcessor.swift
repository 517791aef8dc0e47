import Torch

extension Tokenizer {
    /// A step that adds special tokens around a sequence or a pair. `tokenizers`: the classes of
    /// `tokenizers.processors`.
    public indirect enum PostProcessor: Sendable, Equatable {
        /// Inserts special tokens according to a template.
        case template(Template)
        /// Makes [CLS] a [SEP]. For a pair, appends b [SEP] with type 1.
        case bert(sep: SpecialToken, cls: SpecialToken)
        /// Makes `<s>` a `</s>`. For a pair, appends `</s>` b `</s>`. All types are 0. `trimOffsets` works like in
        /// `byteLevel`.
        case roberta(sep: SpecialToken, cls: SpecialToken, trimOffsets: Bool = true, addPrefixSpace: Bool = true)
        /// If `trimOffsets` is true, removes the spaces at the ends of a token from its offsets. With `addPrefixSpace`,
        /// a single space before the first word is not removed, because it is not in the text. `useRegex` has no effect
        /// here and is only kept for the file.
        case byteLevel(addPrefixSpace: Bool = true, trimOffsets: Bool = true, useRegex: Bool = true)
        /// Applies several post-processors in order.
        case sequence([PostProcessor])
    }

    /// A token and its id.
    public struct SpecialToken: Sendable, Equatable {
        /// The text of the token.
        public var token: String
        /// The id of the token.
        public var id: Int

        /// Creates a token with an id.
        public init(_ token: String, _ id: Int) {
            self.token = token
            self.id = id
        }
    }

    /// The layout of a single sequence and of a pair. `tokenizers`: `tokenizers.processors.TemplateProcessing`.
    public struct Template: Sendable, Equatable {
        /// A part of a template.
        public enum Piece: Sendable, Equatable {
            /// The first sequence.
            case a(typeID: Int)
            /// The second sequence.
            case b(typeID: Int)
            /// The tokens that `specialTokens` has for this name.
            case special(String, typeID: Int)
        }

        /// The tokens for a name.
        public struct Special: Sendable, Equatable {
            /// The name.
            public var name: String
            /// The tokens for the name.
            public var tokens: [SpecialToken]

            /// Creates an entry for a name.
            public init(_ name: String, _ tokens: [SpecialToken]) {
                self.name = name
                self.tokens = tokens
            }
        }

        /// The template for a single sequence.
        public var single: [Piece]
        /// The template for a pair.
        public var pair: [Piece]
        /// The special tokens by name.
        public var specialTokens: [Special]

        /// Creates a template.
        /// - Throws: `TorchError` if a name is not in `specialTokens`, `single` has the second sequence, or `pair`
        ///   lacks a sequence.
        public init(single: [Piece], pair: [Piece], specialTokens: [Special]) throws {
            try self.init(single: single, pair: pair, specialTokens: specialTokens, source: "Template")
        }

        /// Creates a template from texts like "[CLS]:0 $A:0 [SEP]:0".
        /// - Throws: `TorchError` as in `init(single:pair:specialTokens:)`, or if a piece cannot be parsed.
        public init(single: String, pair: String = "$A:0 $B:1", specialTokens: [SpecialToken]) throws {
            try self.init(
                single: try Self.pieces(single), pair: try Self.pieces(pair),
                specialTokens: specialTokens.map { Special($0.token, [$0]) })
        }

        init(single: [Piece], pair: [Piece], specialTokens: [Special], source: String) throws {
            self.single = single
            self.pair = pair
            self.specialTokens = specialTokens
            for case .special(let name, _) in single + pair where self.tokens(name) == nil {
                throw TorchError(
                    .file, "\(source): the template has \"\(name.prefix(40))\", which is not among its special tokens")
            }
            func hasSequence(_ pieces: [Piece], second: Bool) -> Bool {
                pieces.contains { piece in
                    switch piece {
                    case .a: !second
                    case .b: second
                    case .special: false
                    }
                }
            }
            guard !hasSequence(single, second: true) else {
                throw TorchError(.file, "\(source): the template for a single sequence has the second one")
            }
            guard hasSequence(pair, second: false), hasSequence(pair, second: true) else {
                throw TorchError(.file, "\(source): the template for a pair must have both sequences")
            }
            guard single.count + pair.count < 1 << 16 else {
                throw TorchError(.file, "\(source): the template has \(single.count + pair.count) pieces")
            }
        }

        private static func pieces(_ text: String) throws -> [Piece] {
            try text.split(separator: " ").map { part in
                let halves = part.split(separator: ":", omittingEmptySubsequences: false)
                let typeID = halves.count == 2 ? Int(halves[1]) : 0
                guard halves.count <= 2, let typeID, typeID >= 0 else {
                    throw TorchError(.value, "Cannot build Piece from string \"\(part)\"")
                }
                let name = String(halves[0])
                guard name.hasPrefix("$") else { return .special(name, typeID: typeID) }
                switch name.dropFirst() {
                case "", "A", "a": return .a(typeID: typeID)
                case "B", "b": return .b(typeID: typeID)
                default:
                    guard let number = Int(name.dropFirst()), number >= 0 else {
                        throw TorchError(.value, "Cannot build Piece from string \"\(part)\"")
                    }
                    return .a(typeID: halves.count == 2 ? typeID : number)
                }
            }
        }

        func tokens(_ name: String) -> [SpecialToken]? {
            specialTokens.last { $0.name.utf8.elementsEqual(name.utf8) }?.tokens
        }
    }
}

extension Tokenizer.PostProcessor {
    /// Returns the number of tokens that are inserted.
    func addedTokens(isPair: Bool) -> Int {
        switch self {
        case .template(let template):
            (isPair ? template.pair : template.single).reduce(0) { sum, piece in
                guard case .special(let name, _) = piece else { return sum }
                return sum + (template.tokens(name)?.count ?? 0)
            }
        case .bert: isPair ? 3 : 2
        case .roberta: isPair ? 4 : 2
        case .byteLevel: 0
        case .sequence(let steps): steps.reduce(0) { $0 + $1.addedTokens(isPair: isPair) }
        }
    }

    /// Sets types and offsets, and inserts the special tokens if `addSpecialTokens` is true.
    func process(_ encodings: [Tokenizer.Encoding], addSpecialTokens: Bool) throws -> [Tokenizer.Encoding] {
        var encodings = encodings
        switch self {
        case .template(let template):
            // An earlier step may have produced more than two sequences.
            guard encodings.count <= 2 else {
                throw TorchError(
                    .value, "TemplateProcessing: \(encodings.count) sequences, where one or two can be put together")
            }
            return (encodings.count == 2 ? template.pair : template.single).compactMap { piece in
                switch piece {
                case .a(let typeID): return encodings[0].typed(typeID)
                case .b(let typeID): return encodings[1].typed(typeID)
                case .special(let name, let typeID):
                    guard addSpecialTokens else { return nil }
                    var special = Tokenizer.Encoding(names: encodings[0].names)
                    for token in template.tokens(name) ?? [] {
                        special.append(id: token.id, text: token.token, typeID: typeID)
                    }
                    return special
                }
            }
        case .bert(let sep, let cls):
            guard addSpecialTokens else { return encodings }
            return encodings.enumerated().map { position, encoding in
                encoding.surrounded(position == 0 ? [cls] : [], [sep], typeID: position) { $0 }
            }
        case .roberta(let sep, let cls, let trimOffsets, let addPrefixSpace):
            if trimOffsets {
                for position in encodings.indices { encodings[position].trimOffsets(addPrefixSpace: addPrefixSpace) }
            }
            for position in encodings.indices { encodings[position] = encodings[position].typed(0) }
            guard addSpecialTokens else { return encodings }
            return encodings.enumerated().map { position, encoding in
                encoding.surrounded([position == 0 ? cls : sep], [sep], typeID: 0) { $0.typed(0) }
            }
        case .byteLevel(let addPrefixSpace, let trimOffsets, _):
            if trimOffsets {
                for position in encodings.indices { encodings[position].trimOffsets(addPrefixSpace: addPrefixSpace) }
            }
            return encodings
        case .sequence(let steps):
            for step in steps { encodings = try step.process(encodings, addSpecialTokens: addSpecialTokens) }
            return encodings
        }
    }
}

extension Tokenizer.Encoding {
    fileprivate func typed(_ typeID: Int) -> Tokenizer.Encoding {
        var result = self
        result.typeIDs = [Int](repeating: typeID, count: count)
        return result
    }

    /// Returns the tokens surrounded by special tokens. Does the same for the parts that truncation cut off.
    fileprivate func surrounded(
        _ before: [Tokenizer.SpecialToken], _ after: [Tokenizer.SpecialToken], typeID: Int,
        _ change: (Tokenizer.Encoding) -> Tokenizer.Encoding
    ) -> Tokenizer.Encoding {
        var result = Tokenizer.Encoding(names: names)
        for token in before { result.append(id: token.id, text: token.token, typeID: typeID) }
        var middle = change(self)
        middle.overflowing = []
        result.merge(middle)
        for token in after { result.append(id: token.id, text: token.token, typeID: typeID) }
        result.overflowing = overflowing.map { $0.surrounded(before, after, typeID: typeID, change) }
        return result
    }

    /// Removes the spaces at the ends of a token from its offsets. If `addPrefixSpace` is true, a single space before
    /// the first word is not removed, because it is not in the text.
    fileprivate mutating func trimOffsets(addPrefixSpace: Bool) {
        for position in overflowing.indices { overflowing[position].trimOffsets(addPrefixSpace: addPrefixSpace) }
        for position in ids.indices {
            let spaces =
                surfaces.isEmpty
                ? names.spaces(ids[position]) : surfaces[position].map(EndSpaces.init) ?? names.spaces(ids[position])
            var (leading, trailing) = (spaces.leading, spaces.trailing)
            if leading == 0, trailing == 0 { continue }
            var start = offsets[position].lowerBound, end = offsets[position].upperBound
            if leading > 0 {
                if position == 0 || start == 0, addPrefixSpace, leading == 1 { leading = 0 }
                start = min(start + leading, end)
            }
            if trailing > 0, end >= trailing {
                trailing = end - trailing
                end = max(trailing, start)
            }
            offsets[position] = start..<end
        }
    }
}
