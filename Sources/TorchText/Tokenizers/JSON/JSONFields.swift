import Torch

/// Typed access to the members of an object in a tokenizer.json. Errors name the file, the object and the member.
struct JSONFields {
    let source: String
    /// The position of the object for error messages, for example "model" or "normalizer[0]".
    let path: String
    let object: JSONText

    init(_ object: JSONText, path: String, source: String) throws {
        self.source = source
        self.path = path
        self.object = object
        guard case .object = object else { throw error("should be an object, and is \(object.kind)") }
    }

    func error(_ cause: String) -> TorchError { TorchError(.file, "\(source): \(path) \(cause)") }

    private func mistyped(_ name: String, _ expected: String, _ value: JSONText) -> TorchError {
        error("has '\(name)' that should be \(expected), and is \(value.kind)")
    }

    /// Returns the member if it exists and is not null.
    func optional(_ name: String) -> JSONText? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    func required(_ name: String) throws -> JSONText {
        guard let value = object[name] else { throw error("has no '\(name)'") }
        return value
    }

    func optionalString(_ name: String) throws -> String? {
        guard let value = optional(name) else { return nil }
        guard case .string(let text) = value else { throw mistyped(name, "a string", value) }
        return text
    }

    func string(_ name: String) throws -> String {
        _ = try required(name)
        guard let text = try optionalString(name) else { throw mistyped(name, "a string", .null) }
        return text
    }

    /// Returns a string of a single character.
    func scalar(_ name: String) throws -> Unicode.Scalar {
        let text = try string(name)
        guard let first = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
            throw error("has '\(name)' that should be one character, and is \"\(text.prefix(20))\"")
        }
        return first
    }

    func optionalBool(_ name: String) throws -> Bool? {
        guard let value = optional(name) else { return nil }
        guard case .bool(let flag) = value else { throw mistyped(name, "a boolean", value) }
        return flag
    }

    func bool(_ name: String, default standard: Bool? = nil) throws -> Bool {
        if let flag = try optionalBool(name) { return flag }
        guard let standard, object[name] == nil else { throw mistyped(name, "a boolean", try required(name)) }
        return standard
    }

    /// Returns a number from 0 to 2³¹ - 1: a count, or the id of a token.
    func optionalCount(_ name: String) throws -> Int? {
        guard let value = optional(name) else { return nil }
        guard case .integer(let number) = value else { throw mistyped(name, "an integer", value) }
        guard (0...Int(Int32.max)).contains(number) else {
            throw error("has '\(name)' \(number), which is not in 0...\(Int32.max)")
        }
        return number
    }

    func count(_ name: String) throws -> Int {
        _ = try required(name)
        guard let number = try optionalCount(name) else { throw mistyped(name, "an integer", .null) }
        return number
    }

    func array(_ name: String) throws -> [JSONText] {
        let value = try required(name)
        guard case .array(let elements) = value else { throw mistyped(name, "a list", value) }
        return elements
    }

    func fields(_ name: String) throws -> JSONFields {
        try JSONFields(try required(name), path: "\(path).\(name)", source: source)
    }

    /// Returns the objects in a list.
    func objects(_ name: String) throws -> [JSONFields] {
        try array(name).enumerated().map { try JSONFields($1, path: "\(path).\(name)[\($0)]", source: source) }
    }

    /// Returns the token ids of an object {"token": 0, …}.
    func vocabulary(_ name: String) throws -> [(token: String, id: Int)] {
        let value = try required(name)
        guard case .object(let members) = value else { throw mistyped(name, "an object", value) }
        return try members.map { member in
            guard case .integer(let id) = member.value else {
                throw error(
                    "has a '\(name)' in which \"\(member.key.prefix(40))\" should be an integer, and is \(member.value.kind)"
                )
            }
            return (member.key, id)
        }
    }
}
