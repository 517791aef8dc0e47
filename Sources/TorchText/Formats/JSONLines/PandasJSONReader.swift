#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// Reads a JSON value like pandas (`ujson_loads`). This parser is fast but less exact than others: 0.3 becomes
/// 0.30000000000000004. It also accepts some invalid JSON: `NaN` is null, strings may hold control characters, and
/// numbers may begin with zeros.
struct PandasJSONReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// The limit of pandas.
    private static let maximumDepth = 1024

    private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Reads a text that is one value.
    /// - Throws: `TorchError` if the text is not one value, with pandas' message if it has a plain one.
    static func read(_ bytes: UnsafeRawBufferPointer) throws -> Value {
        var reader = PandasJSONReader(bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == bytes.count else { throw wrong("Trailing data") }
        return value
    }

    /// Reads the number at the start of a text.
    /// - Throws: `TorchError` if it is an integer of more than 64 bits.
    static func number(_ bytes: UnsafeRawBufferPointer) throws -> Value {
        var reader = PandasJSONReader(bytes)
        return try reader.number()
    }

    private static func wrong(_ what: String) -> TorchError { TorchError(.value, what) }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws -> Value {
        skipSpace()
        switch next {
        case UInt8(ascii: "\""): return .string(try text())
        case let byte? where byte == UInt8(ascii: "-") || byte &- UInt8(ascii: "0") < 10: return try number()
        case UInt8(ascii: "["): return try list(depth: depth + 1)
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "N"): return try word("NaN", .null)
        case UInt8(ascii: "I"): return try word("Infinity", .double(.infinity))
        default: throw Self.wrong("Expected object or value")
        }
    }

    private mutating func word(_ word: StaticString, _ value: Value) throws -> Value {
        let count = word.utf8CodeUnitCount
        guard count <= bytes.count - position,
            (0..<count).allSatisfy({
                bytes[position + $0]
                    == word.utf8Start[$0]
            })
        else {
            throw Self.wrong("Unexpected character found when decoding '\(word)'")
        }
        position += count
        return value
    }

    private func checkDepth(_ depth: Int) throws {
        if depth > Self.maximumDepth { throw Self.wrong("Reached object decoding depth limit") }
    }

    private mutating func list(depth: Int) throws -> Value {
        try checkDepth(depth)
        position += 1
        var values: [Value] = []
        while true {
            skipSpace()
            if take(UInt8(ascii: "]")) {
                guard values.isEmpty else {
                    throw Self.wrong("Unexpected character found when decoding array value (1)")
                }
                return .list([])
            }
            values.append(try value(depth: depth))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .list(values) }
            guard take(UInt8(ascii: ",")) else {
                throw Self.wrong("Unexpected character found when decoding array value (2)")
            }
        }
    }

    private mutating func object(depth: Int) throws -> Value {
        try checkDepth(depth)
        position += 1
        var names: [String] = [], values: [Value] = [], indices: [ExactText: Int] = [:]
        skipSpace()
        if take(UInt8(ascii: "}")) { return .row(Row()) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else {
                throw Self.wrong("Key name of object must be 'string' when decoding 'object'")
            }
            let name = try text()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw Self.wrong("No ':' found when decoding object value") }
            let value = try value(depth: depth)
            // If a name occurs twice, the last value counts.
            if let index = indices[ExactText(name)] {
                values[index] = value
            } else {
                indices[ExactText(name)] = names.count
                names.append(name)
                values.append(value)
            }
            skipSpace()
            if take(UInt8(ascii: "}")) { return .row(Row(names: names, values: values)) }
            guard take(UInt8(ascii: ",")) else {
                throw Self.wrong("Unexpected character in found when decoding object value")
            }
        }
    }

    // MARK: Numbers

    private static let powers: [Double] = [
        1, 0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000001, 0.0000001, 0.00000001, 0.000000001, 0.0000000001, 0.00000000001,
        0.000000000001, 0.0000000000001,
        0.00000000000001, 0.000000000000001
    ]

    private mutating func digit() -> UInt8? {
        guard let digit = next.map({ $0 &- UInt8(ascii: "0") }), digit < 10 else { return nil }
        position += 1
        return digit
    }

    private mutating func number() throws -> Value {
        let isNegative = take(UInt8(ascii: "-"))
        if isNegative, next == UInt8(ascii: "I") { return try word("Infinity", .double(-.infinity)) }
        let limit = isNegative ? 1 << 63 : UInt64.max
        var whole: UInt64 = 0
        while let digit = digit() {
            let (product, overflow) = whole.multipliedReportingOverflow(by: 10),
                (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry, sum <= limit else {
                throw Self.wrong(isNegative ? "Value is too small" : "Value is too big!")
            }
            whole = sum
        }
        var fraction = 0.0, decimalPlaces = 0, isReal = false
        if take(UInt8(ascii: ".")) {
            isReal = true
            while decimalPlaces < 15, let digit = digit() {
                fraction = fraction * 10 + Double(digit)
                decimalPlaces += 1
            }
            while digit() != nil {}
        }
        var exponent: Double?
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            let isDown = take(UInt8(ascii: "-"))
            if !isDown { _ = take(UInt8(ascii: "+")) }
            var power = 0.0
            while let digit = digit() { power = power * 10 + Double(digit) }
            exponent = isDown ? -power : power
        }
        guard isReal || exponent != nil else {
            if isNegative { return .int(Int(truncatingIfNeeded: 0 &- whole)) }
            return Int(exactly: whole).map { .int($0) } ?? .uint(whole)
        }
        let size = Double(whole) + fraction * Self.powers[decimalPlaces]
        return .double((isNegative ? -size : size) * (exponent.map { pow(10, $0) } ?? 1))
    }

    // MARK: Texts

    private mutating func text() throws -> String {
        position += 1
        var result: [UInt8] = [], high: UInt32?
        while true {
            let start = position
            while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { position += 1 }
            result += bytes[start..<position]
            guard let byte = next else { throw Self.wrong("Unmatched ''\"' when when decoding 'string'") }
            position += 1
            if byte == UInt8(ascii: "\"") { break }
            guard let escape = next else { throw Self.wrong("Unterminated escape sequence when decoding 'string'") }
            position += 1
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(escape)
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0c)
            case UInt8(ascii: "n"): result.append(0x0a)
            case UInt8(ascii: "r"): result.append(0x0d)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                let code = try hexadecimal()
                if let first = high {
                    guard code & 0xfc00 == 0xdc00 else {
                        throw Self.wrong("Unpaired high surrogate when decoding 'string'")
                    }
                    UTF8Text.append(0x10000 + (first - 0xd800) << 10 + (code - 0xdc00), to: &result)
                    high = nil
                } else if code & 0xfc00 == 0xd800 {
                    high = code
                } else {
                    guard code & 0xfc00 != 0xdc00 else {
                        throw Self.wrong("Unpaired low surrogate when decoding 'string'")
                    }
                    UTF8Text.append(code, to: &result)
                }
            default: throw Self.wrong("Unrecognized escape sequence when decoding 'string'")
            }
        }
        guard let text = String(validating: result, as: UTF8.self) else {
            throw Self.wrong("Invalid UTF-8 sequence length when decoding 'string'")
        }
        return text
    }

    private mutating func hexadecimal() throws -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw Self.wrong("Unexpected character in unicode escape sequence when decoding 'string'")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }
}
