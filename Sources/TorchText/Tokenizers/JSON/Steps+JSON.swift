import Torch

extension Tokenizer.Normalizer {
    init(_ fields: JSONFields) throws {
        func only(_ names: String...) throws { try fields.allow(["type"] + names) }
        switch try fields.string("type") {
        case "BertNormalizer":
            try only("clean_text", "handle_chinese_chars", "strip_accents", "lowercase")
            self = .bert(
                cleanText: try fields.bool("clean_text"), handleChineseChars: try fields.bool("handle_chinese_chars"),
                stripAccents: try fields.optionalBool("strip_accents"),
                lowercase: try fields.bool("lowercase"))
        case "NFC": (self, _) = (.nfc, try only())
        case "NFD": (self, _) = (.nfd, try only())
        case "NFKC": (self, _) = (.nfkc, try only())
        case "NFKD": (self, _) = (.nfkd, try only())
        case "Lowercase": (self, _) = (.lowercase, try only())
        case "StripAccents": (self, _) = (.stripAccents, try only())
        case "Nmt": (self, _) = (.nmt, try only())
        case "ByteLevel": (self, _) = (.byteLevel, try only())
        case "Strip":
            try only("strip_left", "strip_right")
            self = .strip(left: try fields.bool("strip_left"), right: try fields.bool("strip_right"))
        case "Replace":
            try only("pattern", "content")
            self = .replace(try fields.pattern("pattern"), with: try fields.string("content"))
        case "Prepend":
            try only("prepend")
            self = .prepend(try fields.string("prepend"))
        case "Sequence":
            try only("normalizers")
            self = .sequence(try fields.objects("normalizers").map { try Self($0) })
        case let type: throw fields.unsupportedType(type)
        }
    }

    var json: JSONText {
        func object(_ type: String, _ members: [(key: String, value: JSONText)] = []) -> JSONText {
            .object([("type", .string(type))] + members)
        }
        switch self {
        case .bert(let cleanText, let handleChineseChars, let stripAccents, let lowercase):
            return object(
                "BertNormalizer",
                [
                    ("clean_text", .bool(cleanText)), ("handle_chinese_chars", .bool(handleChineseChars)),
                    ("strip_accents", stripAccents.map { .bool($0) } ?? .null), ("lowercase", .bool(lowercase))
                ])
        case .nfc: return object("NFC")
        case .nfd: return object("NFD")
        case .nfkc: return object("NFKC")
        case .nfkd: return object("NFKD")
        case .lowercase: return object("Lowercase")
        case .stripAccents: return object("StripAccents")
        case .nmt: return object("Nmt")
        case .byteLevel: return object("ByteLevel")
        case .strip(let left, let right):
            return object("Strip", [("strip_left", .bool(left)), ("strip_right", .bool(right))])
        case .replace(let pattern, let content):
            return object("Replace", [("pattern", pattern.json), ("content", .string(content))])
        case .prepend(let text): return object("Prepend", [("prepend", .string(text))])
        case .sequence(let steps): return object("Sequence", [("normalizers", .array(steps.map(\.json)))])
        }
    }
}

extension Tokenizer.PreTokenizer {
    init(_ fields: JSONFields) throws {
        func only(_ names: String...) throws { try fields.allow(["type"] + names) }
        switch try fields.string("type") {
        case "BertPreTokenizer": (self, _) = (.bert, try only())
        case "Whitespace": (self, _) = (.whitespace, try only())
        case "WhitespaceSplit": (self, _) = (.whitespaceSplit, try only())
        case "Punctuation":
            try only("behavior")
            self = .punctuation(try fields.choice("behavior", default: .isolated))
        case "Digits":
            try only("individual_digits")
            self = .digits(individualDigits: try fields.bool("individual_digits"))
        case "ByteLevel":
            let options = try ByteLevelOptions(fields)
            self = .byteLevel(
                addPrefixSpace: options.addPrefixSpace, trimOffsets: options.trimOffsets, useRegex: options.useRegex)
        case "Split":
            try only("pattern", "behavior", "invert")
            self = .split(
                try fields.pattern("pattern"), try fields.choice("behavior"), invert: try fields.bool("invert"))
        case "Metaspace":
            let options = try MetaspaceOptions(fields)
            self = .metaspace(
                replacement: options.replacement, prependScheme: options.prependScheme, split: options.split)
        case "UnicodeScripts": (self, _) = (.unicodeScripts, try only())
        case "CharDelimiterSplit":
            try only("delimiter")
            self = .charDelimiterSplit(try fields.scalar("delimiter"))
        case "Sequence":
            try only("pretokenizers")
            self = .sequence(try fields.objects("pretokenizers").map { try Self($0) })
        case let type: throw fields.unsupportedType(type)
        }
    }

    var json: JSONText {
        func object(_ type: String, _ members: [(key: String, value: JSONText)] = []) -> JSONText {
            .object([("type", .string(type))] + members)
        }
        switch self {
        case .bert: return object("BertPreTokenizer")
        case .whitespace: return object("Whitespace")
        case .whitespaceSplit: return object("WhitespaceSplit")
        case .punctuation(let behavior): return object("Punctuation", [("behavior", .string(behavior.rawValue))])
        case .digits(let individualDigits): return object("Digits", [("individual_digits", .bool(individualDigits))])
        case .byteLevel(let addPrefixSpace, let trimOffsets, let useRegex):
            return ByteLevelOptions(addPrefixSpace: addPrefixSpace, trimOffsets: trimOffsets, useRegex: useRegex).json
        case .split(let pattern, let behavior, let invert):
            return object(
                "Split",
                [("pattern", pattern.json), ("behavior", .string(behavior.rawValue)), ("invert", .bool(invert))])
        case .metaspace(let replacement, let prependScheme, let split):
            return MetaspaceOptions(replacement: replacement, prependScheme: prependScheme, split: split).json
        case .unicodeScripts: return object("UnicodeScripts")
        case .charDelimiterSplit(let delimiter):
            return object("CharDelimiterSplit", [("delimiter", .string(String(delimiter)))])
        case .sequence(let steps): return object("Sequence", [("pretokenizers", .array(steps.map(\.json)))])
        }
    }
}

extension Tokenizer.PostProcessor {
    init(_ fields: JSONFields) throws {
        func only(_ names: String...) throws { try fields.allow(["type"] + names) }
        switch try fields.string("type") {
        case "TemplateProcessing":
            try only("single", "pair", "special_tokens")
            self = .template(try Tokenizer.Template(fields))
        case "BertProcessing":
            try only("sep", "cls")
            self = .bert(sep: try fields.specialToken("sep"), cls: try fields.specialToken("cls"))
        case "RobertaProcessing":
            try only("sep", "cls", "trim_offsets", "add_prefix_space")
            self = .roberta(
                sep: try fields.specialToken("sep"), cls: try fields.specialToken("cls"),
                trimOffsets: try fields.bool("trim_offsets"),
                addPrefixSpace: try fields.bool("add_prefix_space"))
        case "ByteLevel":
            let options = try ByteLevelOptions(fields)
            self = .byteLevel(
                addPrefixSpace: options.addPrefixSpace, trimOffsets: options.trimOffsets, useRegex: options.useRegex)
        case "Sequence":
            try only("processors")
            self = .sequence(try fields.objects("processors").map { try Self($0) })
        case let type: throw fields.unsupportedType(type)
        }
    }

    var json: JSONText {
        switch self {
        case .template(let template): return template.json
        case .bert(let sep, let cls):
            return .object([("type", .string("BertProcessing")), ("sep", sep.json), ("cls", cls.json)])
        case .roberta(let sep, let cls, let trimOffsets, let addPrefixSpace):
            return .object([
                ("type", .string("RobertaProcessing")), ("sep", sep.json), ("cls", cls.json),
                ("trim_offsets", .bool(trimOffsets)), ("add_prefix_space", .bool(addPrefixSpace))
            ])
        case .byteLevel(let addPrefixSpace, let trimOffsets, let useRegex):
            return ByteLevelOptions(addPrefixSpace: addPrefixSpace, trimOffsets: trimOffsets, useRegex: useRegex).json
        case .sequence(let steps):
            return .object([("type", .string("Sequence")), ("processors", .array(steps.map(\.json)))])
        }
    }
}

extension Tokenizer.Decoder {
    init(_ fields: JSONFields) throws {
        func only(_ names: String...) throws { try fields.allow(["type"] + names) }
        switch try fields.string("type") {
        case "WordPiece":
            try only("prefix", "cleanup")
            self = .wordPiece(prefix: try fields.string("prefix"), cleanup: try fields.bool("cleanup"))
        case "ByteLevel":
            let options = try ByteLevelOptions(fields)
            self = .byteLevel(
                addPrefixSpace: options.addPrefixSpace, trimOffsets: options.trimOffsets, useRegex: options.useRegex)
        case "BPEDecoder":
            try only("suffix")
            self = .bpe(suffix: try fields.string("suffix"))
        case "Metaspace":
            let options = try MetaspaceOptions(fields)
            self = .metaspace(
                replacement: options.replacement, prependScheme: options.prependScheme, split: options.split)
        case "ByteFallback": (self, _) = (.byteFallback, try only())
        case "Fuse": (self, _) = (.fuse, try only())
        case "Strip":
            try only("content", "start", "stop")
            self = .strip(
                content: try fields.scalar("content"), start: try fields.count("start"), stop: try fields.count("stop"))
        case "Replace":
            try only("pattern", "content")
            self = .replace(try fields.pattern("pattern"), with: try fields.string("content"))
        case "Sequence":
            try only("decoders")
            self = .sequence(try fields.objects("decoders").map { try Self($0) })
        case let type: throw fields.unsupportedType(type)
        }
    }

    var json: JSONText {
        func object(_ type: String, _ members: [(key: String, value: JSONText)] = []) -> JSONText {
            .object([("type", .string(type))] + members)
        }
        switch self {
        case .wordPiece(let prefix, let cleanup):
            return object("WordPiece", [("prefix", .string(prefix)), ("cleanup", .bool(cleanup))])
        case .byteLevel(let addPrefixSpace, let trimOffsets, let useRegex):
            return ByteLevelOptions(addPrefixSpace: addPrefixSpace, trimOffsets: trimOffsets, useRegex: useRegex).json
        case .bpe(let suffix): return object("BPEDecoder", [("suffix", .string(suffix))])
        case .metaspace(let replacement, let prependScheme, let split):
            return MetaspaceOptions(replacement: replacement, prependScheme: prependScheme, split: split).json
        case .byteFallback: return object("ByteFallback")
        case .fuse: return object("Fuse")
        case .strip(let content, let start, let stop):
            return object(
                "Strip", [("content", .string(String(content))), ("start", .integer(start)), ("stop", .integer(stop))])
        case .replace(let pattern, let content):
            return object("Replace", [("pattern", pattern.json), ("content", .string(content))])
        case .sequence(let steps): return object("Sequence", [("decoders", .array(steps.map(\.json)))])
        }
    }
}

/// The options of "ByteLevel", for every kind of step.
private struct ByteLevelOptions {
    let addPrefixSpace, trimOffsets, useRegex: Bool

    init(addPrefixSpace: Bool, trimOffsets: Bool, useRegex: Bool) {
        self.addPrefixSpace = addPrefixSpace
        self.trimOffsets = trimOffsets
        self.useRegex = useRegex
    }

    init(_ fields: JSONFields) throws {
        try fields.allow(["type", "add_prefix_space", "trim_offsets", "use_regex"])
        self.init(
            addPrefixSpace: try fields.bool("add_prefix_space"), trimOffsets: try fields.bool("trim_offsets"),
            useRegex: try fields.bool("use_regex", default: true))
    }

    var json: JSONText {
        .object([
            ("type", .string("ByteLevel")), ("add_prefix_space", .bool(addPrefixSpace)),
            ("trim_offsets", .bool(trimOffsets)), ("use_regex", .bool(useRegex))
        ])
    }
}

/// The options of "Metaspace", for the pre-tokenizer and the decoder.
private struct MetaspaceOptions {
    let replacement: Unicode.Scalar
    let prependScheme: Tokenizer.PrependScheme
    let split: Bool

    init(replacement: Unicode.Scalar, prependScheme: Tokenizer.PrependScheme, split: Bool) {
        self.replacement = replacement
        self.prependScheme = prependScheme
        self.split = split
    }

    /// `add_prefix_space` and `str_rep` occur in older files.
    init(_ fields: JSONFields) throws {
        try fields.allow(["type", "replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep"])
        var scheme: Tokenizer.PrependScheme = try fields.choice("prepend_scheme", default: .always)
        if try fields.optionalBool("add_prefix_space") == false {
            guard fields.optional("prepend_scheme") == nil || scheme == .never else {
                throw fields.error("has an add_prefix_space that does not match its prepend_scheme")
            }
            scheme = .never
        }
        self.init(
            replacement: try fields.scalar("replacement"), prependScheme: scheme,
            split: try fields.optionalBool("split") ?? true)
    }

    var json: JSONText {
        .object([
            ("type", .string("Metaspace")), ("replacement", .string(String(replacement))),
            ("prepend_scheme", .string(prependScheme.rawValue)), ("split", .bool(split))
        ])
    }
}

extension JSONFields {
    /// Reads a token and its id: ["[SEP]", 102].
    fileprivate func specialToken(_ name: String) throws -> Tokenizer.SpecialToken {
        let pair = try array(name)
        guard pair.count == 2, case .string(let token) = pair[0], case .integer(let id) = pair[1],
            (0..<Int(Int32.max)).contains(id)
        else {
            throw error("has '\(name)' that should be a token and its number")
        }
        return Tokenizer.SpecialToken(token, id)
    }
}

extension Tokenizer.SpecialToken {
    fileprivate var json: JSONText { .array([.string(token), .integer(id)]) }
}

extension Tokenizer.Template {
    fileprivate init(_ fields: JSONFields) throws {
        let special = try fields.fields("special_tokens")
        guard case .object(let members) = special.object else { throw fields.error("has no special tokens") }
        let specialTokens = try members.map { member in
            let own = try special.fields(member.key)
            try own.allow(["id", "ids", "tokens"])
            let ids = try own.array("ids"), tokens = try own.array("tokens")
            guard ids.count == tokens.count else { throw own.error("has \(ids.count) ids and \(tokens.count) tokens") }
            return Special(
                member.key,
                try zip(ids, tokens).map { id, token in
                    guard case .integer(let id) = id, case .string(let token) = token, (0..<Int(Int32.max)).contains(id)
                    else { throw own.error("has ids that are no numbers of tokens, or tokens that are no strings") }
                    return Tokenizer.SpecialToken(token, id)
                })
        }
        try self.init(
            single: try Self.pieces(fields, "single"), pair: try Self.pieces(fields, "pair"),
            specialTokens: specialTokens, source: fields.source)
    }

    private static func pieces(_ fields: JSONFields, _ name: String) throws -> [Piece] {
        try fields.objects(name).map { piece in
            try piece.allow(["Sequence", "SpecialToken"])
            if piece.optional("Sequence") != nil {
                let sequence = try piece.fields("Sequence")
                try sequence.allow(["id", "type_id"])
                switch try sequence.string("id") {
                case "A": return .a(typeID: try sequence.count("type_id"))
                case "B": return .b(typeID: try sequence.count("type_id"))
                case let id: throw sequence.error("has the id \"\(id.prefix(20))\", where A and B are known")
                }
            }
            let special = try piece.fields("SpecialToken")
            try special.allow(["id", "type_id"])
            return .special(try special.string("id"), typeID: try special.count("type_id"))
        }
    }

    fileprivate var json: JSONText {
        func pieces(_ pieces: [Piece]) -> JSONText {
            .array(
                pieces.map { piece in
                    func object(_ kind: String, _ id: String, _ typeID: Int) -> JSONText {
                        .object([(kind, .object([("id", .string(id)), ("type_id", .integer(typeID))]))])
                    }
                    switch piece {
                    case .a(let typeID): return object("Sequence", "A", typeID)
                    case .b(let typeID): return object("Sequence", "B", typeID)
                    case .special(let name, let typeID): return object("SpecialToken", name, typeID)
                    }
                })
        }
        let special = specialTokens.map { special in
            (
                key: special.name,
                value: JSONText.object([
                    ("id", .string(special.name)), ("ids", .array(special.tokens.map { .integer($0.id) })),
                    ("tokens", .array(special.tokens.map { .string($0.token) }))
                ])
            )
        }
        return .object([
            ("type", .string("TemplateProcessing")), ("single", pieces(single)), ("pair", pieces(pair)),
            ("special_tokens", .object(special))
        ])
    }
}
