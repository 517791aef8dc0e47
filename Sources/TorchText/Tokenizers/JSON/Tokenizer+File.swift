import Foundation
import Torch

extension Tokenizer {
    /// Creates the tokenizer that a tokenizer.json describes. `tokenizers`: `Tokenizer.from_file`.
    /// - Throws: `TorchError` with the file and the part of it that is wrong or not supported.
    public init(path: String) throws {
        let file = try MappedFile(path: path)
        try self.init(bytes: file.bytes.withUnsafeBytes { Array($0) }, source: path)
    }

    /// Like `init(path:)`, for the bytes of a file. `tokenizers`: `Tokenizer.from_buffer`.
    /// - Parameters:
    ///   - bytes: JSON in UTF-8.
    ///   - source: the name of the bytes in errors.
    public init(bytes: [UInt8], source: String = "tokenizer.json") throws {
        let root = try JSONFields(try JSONTextReader.read(bytes, source: source), path: "it", source: source)
        try root.allow([
            "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor",
            "decoder", "model"
        ])
        if root.optional("version") != nil {
            let version = try root.string("version")
            guard version == "1.0" else {
                throw root.error("has the version \"\(version.prefix(20))\", where only \"1.0\" is known")
            }
        }
        func part<Part>(_ name: String, _ make: (JSONFields) throws -> Part) throws -> Part? {
            guard let value = root.optional(name) else { return nil }
            return try make(try JSONFields(value, path: name, source: source))
        }
        let model = try Model(try JSONFields(try root.required("model"), path: "model", source: source))
        var added: [(id: Int, token: AddedToken)] = []
        for fields in root.optional("added_tokens") == nil ? [] : try root.objects("added_tokens") {
            try fields.allow(["id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"])
            added.append(
                (
                    try fields.count("id"),
                    AddedToken(
                        try fields.string("content"), singleWord: try fields.bool("single_word"),
                        lstrip: try fields.bool("lstrip"), rstrip: try fields.bool("rstrip"),
                        normalized: try fields.bool("normalized"), special: try fields.bool("special"))
                ))
        }
        let parts = try Parts(
            model: model, normalizer: try part("normalizer") { try Normalizer($0) },
            preTokenizer: try part("pre_tokenizer") { try PreTokenizer($0) },
            postProcessor: try part("post_processor") { try PostProcessor($0) },
            decoder: try part("decoder") { try Decoder($0) }, addedTokens: added.map(\.token), source: source)
        for (id, token) in added where !token.content.isEmpty {
            // The reference implementation assigns ids of added tokens itself and only warns if they differ.
            guard let own = parts.added.id(token.content), own == id else {
                throw TorchError(
                    .file,
                    "\(source): added token \"\(token.content.prefix(40))\" has the number \(id), where the model and the tokens before it leave \(parts.added.id(token.content) ?? -1)"
                )
            }
        }
        self.init(
            parts: parts, truncation: try part("truncation") { try Truncation($0) },
            padding: try part("padding") { try Padding($0) })
    }

    /// The tokenizer.json of this tokenizer, in UTF-8.
    public var json: [UInt8] {
        func optional<Part>(_ part: Part?, _ make: (Part) -> JSONText) -> JSONText { part.map(make) ?? .null }
        let added = parts.added.tokens.sorted { $0.key < $1.key }.map { id, token in
            JSONText.object([
                ("id", .integer(id)), ("content", .string(token.content)), ("single_word", .bool(token.singleWord)),
                ("lstrip", .bool(token.lstrip)),
                ("rstrip", .bool(token.rstrip)), ("normalized", .bool(token.normalized)),
                ("special", .bool(token.special))
            ])
        }
        return JSONTextWriter.write(
            .object([
                ("version", .string("1.0")), ("truncation", optional(truncation) { $0.json }),
                ("padding", optional(padding) { $0.json }), ("added_tokens", .array(added)),
                ("normalizer", optional(normalizer) { $0.json }), ("pre_tokenizer", optional(preTokenizer) { $0.json }),
                ("post_processor", optional(postProcessor) { $0.json }),
                ("decoder", optional(decoder) { $0.json }), ("model", model.json)
            ]))
    }

    /// Writes the tokenizer.json. `tokenizers`: `save`.
    /// - Throws: `TorchError` if the file cannot be written.
    public func save(path: String) throws {
        do {
            try Data(json).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw TorchError(.file, "\(path): cannot write: \(error.localizedDescription)")
        }
    }
}

extension JSONFields {
    /// Checks that the object has only these members; nothing in a file is ignored.
    /// - Throws: `TorchError` with the name of another member.
    func allow(_ names: [String]) throws {
        guard case .object(let members) = object else { return }
        for member in members where !names.contains(where: { $0.utf8.elementsEqual(member.key.utf8) }) {
            throw error("has '\(member.key.prefix(40))', which is not supported")
        }
    }

    /// Returns a value of an enumeration.
    func choice<Choice: RawRepresentable<String>>(_ name: String, default standard: Choice? = nil) throws -> Choice {
        if let standard, optional(name) == nil { return standard }
        let text = try string(name)
        guard let choice = Choice(rawValue: text) else {
            throw error("has the \(name) \"\(text.prefix(40))\", which is not supported")
        }
        return choice
    }

    func pattern(_ name: String) throws -> Tokenizer.Pattern {
        let fields = try fields(name)
        try fields.allow(["String", "Regex"])
        if let text = try fields.optionalString("String") { return .string(text) }
        return .regex(try fields.string("Regex"))
    }

    func unsupportedType(_ type: String) -> TorchError {
        error("has the type \"\(type.prefix(40))\", which is not supported")
    }
}

extension Tokenizer.Pattern {
    var json: JSONText {
        switch self {
        case .string(let text): .object([("String", .string(text))])
        case .regex(let text): .object([("Regex", .string(text))])
        }
    }
}

extension Tokenizer.Truncation {
    init(_ fields: JSONFields) throws {
        try fields.allow(["direction", "max_length", "strategy", "stride"])
        self.init(
            maxLength: try fields.count("max_length"), stride: try fields.count("stride"),
            strategy: try fields.choice("strategy"),
            direction: try fields.choice("direction", default: .right))
    }

    var json: JSONText {
        .object([
            ("direction", .string(direction.rawValue)), ("max_length", .integer(maxLength)),
            ("strategy", .string(strategy.rawValue)), ("stride", .integer(stride))
        ])
    }
}

extension Tokenizer.Padding {
    /// The maximum padding length that a file may request.
    private static let longest = 1 << 20

    init(_ fields: JSONFields) throws {
        try fields.allow(["strategy", "direction", "pad_to_multiple_of", "pad_id", "pad_type_id", "pad_token"])
        func length(_ fields: JSONFields, _ name: String) throws -> Int? {
            let length = try fields.optionalCount(name)
            if let length, length > Self.longest {
                throw fields.error("has '\(name)' \(length), and \(Self.longest) tokens are the most")
            }
            return length
        }
        let strategy: Strategy
        if case .string("BatchLongest") = try fields.required("strategy") {
            strategy = .batchLongest
        } else {
            let fixed = try fields.fields("strategy")
            try fixed.allow(["Fixed"])
            _ = try fixed.count("Fixed")
            strategy = .fixed(try length(fixed, "Fixed") ?? 0)
        }
        self.init(
            strategy: strategy, direction: try fields.choice("direction"),
            padToMultipleOf: try length(fields, "pad_to_multiple_of"), padID: try fields.count("pad_id"),
            padTypeID: try fields.count("pad_type_id"), padToken: try fields.string("pad_token"))
    }

    var json: JSONText {
        let length: JSONText
        switch strategy {
        case .batchLongest: length = .string("BatchLongest")
        case .fixed(let size): length = .object([("Fixed", .integer(size))])
        }
        return .object([
            ("strategy", length), ("direction", .string(direction.rawValue)),
            ("pad_to_multiple_of", padToMultipleOf.map { .integer($0) } ?? .null),
            ("pad_id", .integer(padID)), ("pad_type_id", .integer(padTypeID)), ("pad_token", .string(padToken))
        ])
    }
}
