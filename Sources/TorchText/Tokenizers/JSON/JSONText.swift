import Torch

/// A JSON value that keeps the order of members and the exact code points of strings. A Swift dictionary would treat
/// "é" in one and in two code points as one key, but they are two tokens.
enum JSONText: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case double(Double)
    case string(String)
    case array([JSONText])
    case object([(key: String, value: JSONText)])
}

extension JSONText {
    /// Returns the value of the last member with this name, or nil if there is none.
    subscript(_ name: String) -> JSONText? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key.utf8.elementsEqual(name.utf8) }?.value
    }

    var isNull: Bool {
        if case .null = self { return true }
        return false
    }

    /// The kind of the value for error messages.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .double: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

/// Reads JSON (RFC 8259) from UTF-8.
struct JSONTextReader {
    /// The maximum nesting depth of lists and objects.
    static let deepest = 128

    private let bytes: UnsafeBufferPointer<UInt8>
    private let source: String
    private var at = 0

    /// - Parameter source: the name of the bytes in error messages.
    static func read(_ bytes: [UInt8], source: String) throws -> JSONText {
        try bytes.withUnsafeBufferPointer { buffer in
            var reader = JSONTextReader(bytes: buffer, source: source)
            let value = try reader.value(depth: 0)
            reader.skipSpace()
            guard reader.at == buffer.count else { throw reader.error("there is more after the value") }
            return value
        }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, source: String) {
        self.bytes = bytes
        self.source = source
    }

    private func error(_ cause: String) -> TorchError {
        TorchError(.file, "\(source): no valid JSON at byte \(at): \(cause)")
    }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    private mutating func value(depth: Int) throws -> JSONText {
        guard depth < Self.deepest else { throw error("more than \(Self.deepest) lists and objects in each other") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some: return try number()
        case nil: throw error("it ends where a value should be")
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONText) throws -> JSONText {
        let count = text.utf8CodeUnitCount
        guard at + count <= bytes.count, (0..<count).allSatisfy({ bytes[at + $0] == text.utf8Start[$0] }) else {
            throw error("expected \(text)")
        }
        at += count
        return value
    }

    private mutating func object(_ depth: Int) throws -> JSONText {
        at += 1
        var members: [(key: String, value: JSONText)] = []
        skipSpace()
        if next == UInt8(ascii: "}") {
            at += 1
            return .object([])
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error("expected a member's name") }
            let key = try string()
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw error("expected ':'") }
            at += 1
            members.append((key, try value(depth: depth + 1)))
            skipSpace()
            let mark = next
            at += 1
            if mark == UInt8(ascii: "}") { return .object(members) }
            guard mark == UInt8(ascii: ",") else { throw error("expected ',' or '}'") }
        }
    }

    private mutating func array(_ depth: Int) throws -> JSONText {
        at += 1
        var elements: [JSONText] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            at += 1
            return .array([])
        }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            let mark = next
            at += 1
            if mark == UInt8(ascii: "]") { return .array(elements) }
            guard mark == UInt8(ascii: ",") else { throw error("expected ',' or ']'") }
        }
    }

    private mutating func number() throws -> JSONText {
        let start = at
        if next == UInt8(ascii: "-") { at += 1 }
        let digits = at
        while let byte = next, isDigit(byte) { at += 1 }
        guard at > digits, bytes[digits] != UInt8(ascii: "0") || at == digits + 1 else {
            throw error("expected a value")
        }
        var isInteger = true
        if next == UInt8(ascii: ".") {
            isInteger = false
            at += 1
            let first = at
            while let byte = next, isDigit(byte) { at += 1 }
            guard at > first else { throw error("expected a digit") }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isInteger = false
            at += 1
            if next == UInt8(ascii: "-") || next == UInt8(ascii: "+") { at += 1 }
            let first = at
            while let byte = next, isDigit(byte) { at += 1 }
            guard at > first else { throw error("expected a digit") }
        }
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<at]), as: UTF8.self)
        if isInteger, let integer = Int(text) { return .integer(integer) }
        guard let double = Double(text), double.isFinite else {
            throw error("the number \(text.prefix(40)) is too large")
        }
        return .double(double)
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private mutating func string() throws -> String {
        at += 1
        let start = at
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { at += 1 }
        guard let byte = next else { throw error("a string does not end") }
        if byte == UInt8(ascii: "\"") {
            let text = try checked(bytes[start..<at])
            at += 1
            return text
        }
        var unescaped = Array(bytes[start..<at])
        while let byte = next {
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return try checked(unescaped[...])
            case UInt8(ascii: "\\"): try escape(&unescaped)
            case ..<0x20: throw error("a control character in a string")
            default: unescaped.append(byte)
            }
        }
        throw error("a string does not end")
    }

    private func checked(_ text: some Collection<UInt8>) throws -> String {
        guard let string = String(validating: text, as: UTF8.self) else { throw error("a string is not UTF-8") }
        return string
    }

    private mutating func escape(_ text: inout [UInt8]) throws {
        guard let byte = next else { throw error("a string does not end") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if code & 0xFC00 == 0xD800 {
                guard next == UInt8(ascii: "\\"), at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "u") else {
                    throw error("half a surrogate pair")
                }
                at += 2
                let low = try hexadecimal()
                guard low & 0xFC00 == 0xDC00 else { throw error("half a surrogate pair") }
                code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
            }
            guard let scalar = Unicode.Scalar(code) else { throw error("half a surrogate pair") }
            text.append(contentsOf: UTF8.encode(scalar)!)
        default: throw error("an unknown escape in a string")
        }
    }

    private mutating func hexadecimal() throws -> UInt32 {
        guard at + 4 <= bytes.count else { throw error("a string does not end") }
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[at])).hexDigitValue, bytes[at] < 0x80 else {
                throw error("expected four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
            at += 1
        }
        return code
    }
}
