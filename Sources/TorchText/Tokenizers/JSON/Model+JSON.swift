import Torch

extension Tokenizer.Model {
    init(_ fields: JSONFields) throws {
        switch try Self.type(fields) {
        case "WordPiece":
            try fields.allow(["type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab"])
            self = .wordPiece(
                try WordPiece(
                    vocabulary: try fields.vocabulary("vocab"), unkToken: try fields.string("unk_token"),
                    continuingSubwordPrefix: try fields.string("continuing_subword_prefix"),
                    maxInputCharsPerWord: try fields.count("max_input_chars_per_word"), source: fields.source))
        case "WordLevel":
            try fields.allow(["type", "vocab", "unk_token"])
            self = .wordLevel(
                try WordLevel(
                    vocabulary: try fields.vocabulary("vocab"), unkToken: try fields.string("unk_token"),
                    source: fields.source))
        case "BPE":
            try fields.allow([
                "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
                "byte_fallback", "ignore_merges", "vocab", "merges"
            ])
            switch fields.optional("dropout") {
            case nil, .integer(0), .double(0): break
            default: throw fields.error("has 'dropout', which is not supported")
            }
            self = .bpe(
                try BPE(
                    vocabulary: try fields.vocabulary("vocab"), merges: try Self.merges(fields),
                    unkToken: try fields.optionalString("unk_token"),
                    continuingSubwordPrefix: try fields.optionalString("continuing_subword_prefix"),
                    endOfWordSuffix: try fields.optionalString("end_of_word_suffix"),
                    fuseUnk: try fields.optionalBool("fuse_unk") ?? false,
                    byteFallback: try fields.optionalBool("byte_fallback") ?? false,
                    ignoreMerges: try fields.optionalBool("ignore_merges") ?? false, source: fields.source))
        case "Unigram":
            try fields.allow(["type", "unk_id", "vocab", "byte_fallback", "alpha", "nbest_size"])
            for name in ["alpha", "nbest_size"] where fields.optional(name) != nil {
                throw fields.error("has '\(name)', which is not supported")
            }
            self = .unigram(
                try Unigram(
                    vocabulary: try Self.scores(fields), unkID: try fields.optionalCount("unk_id"),
                    byteFallback: try fields.optionalBool("byte_fallback") ?? false,
                    source: fields.source))
        case let type: throw fields.unsupportedType(type)
        }
    }

    /// Returns the model's type. Old files have no type; then the other members decide.
    private static func type(_ fields: JSONFields) throws -> String {
        if fields.optional("type") != nil { return try fields.string("type") }
        if fields.optional("merges") != nil { return "BPE" }
        if case .array = fields.optional("vocab") { return "Unigram" }
        return fields.optional("max_input_chars_per_word") != nil ? "WordPiece" : "WordLevel"
    }

    /// Reads merges: pairs, or strings of two tokens separated by a blank.
    private static func merges(_ fields: JSONFields) throws -> [(String, String)] {
        var merges: [(String, String)] = []
        for (position, merge) in try fields.array("merges").enumerated() {
            switch merge {
            case .array(let pair):
                guard pair.count == 2, case .string(let first) = pair[0], case .string(let second) = pair[1] else {
                    throw fields.error("has a merge \(position) that is no pair of strings")
                }
                merges.append((first, second))
            case .string(let text):
                if text.utf8.starts(with: "#version".utf8) { continue }
                let halves = text.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
                guard halves.count == 2, let first = String(halves[0]), let second = String(halves[1]) else {
                    throw fields.error("has a merge \(position) that is not two tokens with a blank between them")
                }
                merges.append((first, second))
            default: throw fields.error("has a merge \(position) that is \(merge.kind)")
            }
        }
        return merges
    }

    private static func scores(_ fields: JSONFields) throws -> [(token: String, score: Double)] {
        try fields.array("vocab").enumerated().map { position, entry in
            guard case .array(let pair) = entry, pair.count == 2, case .string(let token) = pair[0] else {
                throw fields.error("has a token \(position) that is no pair of a string and a number")
            }
            switch pair[1] {
            case .double(let score): return (token, score)
            case .integer(let score): return (token, Double(score))
            default: throw fields.error("has a token \(position) that is no pair of a string and a number")
            }
        }
    }

    var json: JSONText {
        func optional(_ text: String?) -> JSONText { text.map { .string($0) } ?? .null }
        let vocabulary = JSONText.object(zip(names.tokens, names.ids).map { ($0, .integer(Int($1))) })
        switch self {
        case .wordPiece(let model):
            return .object([
                ("type", .string("WordPiece")), ("unk_token", .string(model.unkToken)),
                ("continuing_subword_prefix", .string(model.continuingSubwordPrefix)),
                ("max_input_chars_per_word", .integer(model.maxInputCharsPerWord)), ("vocab", vocabulary)
            ])
        case .wordLevel(let model):
            return .object([
                ("type", .string("WordLevel")), ("vocab", vocabulary), ("unk_token", .string(model.unkToken))
            ])
        case .bpe(let model):
            let merges = model.merges.pairs.map { JSONText.array([.string(names[Int($0)]!), .string(names[Int($1)]!)]) }
            return .object([
                ("type", .string("BPE")), ("dropout", .null), ("unk_token", optional(model.unkToken)),
                ("continuing_subword_prefix", optional(model.continuingSubwordPrefix)),
                ("end_of_word_suffix", optional(model.endOfWordSuffix)), ("fuse_unk", .bool(model.fuseUnk)),
                ("byte_fallback", .bool(model.byteFallback)),
                ("ignore_merges", .bool(model.ignoreMerges)), ("vocab", vocabulary), ("merges", .array(merges))
            ])
        case .unigram(let model):
            let scores = zip(model.names.tokens, model.scores).map { JSONText.array([.string($0), .double($1)]) }
            return .object([
                ("type", .string("Unigram")), ("unk_id", model.unkID.map { .integer($0) } ?? .null),
                ("vocab", .array(scores)), ("byte_fallback", .bool(model.byteFallback))
            ])
        }
    }
}
