import Torch

extension Feature {
    /// Returns the value as a column of this type stores it. Python: `encode_example`, which calls `int`, `float`,
    /// `str` and `bool`.
    /// - Throws: `TorchError` if Python would throw: for a text that is not a number, or for an unknown class.
    func encoded(_ value: Value) throws -> Value {
        switch (self, value) {
        case (_, .null): return value
        case (.classLabel(let label), _): return try label.number(meant: value)
        case (.list(let element, _), .list(let values)), (.largeList(let element), .list(let values)):
            return .list(try values.map { try element.encoded($0) })
        case (.list(let element, _), .string(let text)), (.largeList(let element), .string(let text)):
            // In Python, a text is a sequence of its characters.
            return .list(try text.unicodeScalars.map { try element.encoded(.string(String($0))) })
        case (.structure(let fields), .row(let row)):
            return .row(
                Row(
                    names: fields.names,
                    values: try zip(
                        fields.names,
                        fields.types
                    ).map { try $1.encoded(row[$0] ?? .null) }))
        case (.value(let dtype), _):
            guard let type = DataType(dtype: dtype) else { return value }
            return try type.encoded(value)
        default: return value
        }
    }
}

extension DataType {
    fileprivate func encoded(_ value: Value) throws -> Value {
        switch self {
        case .bool: .bool(value.isTrue)
        case .string: .string(value.pythonText)
        case .float16, .float32, .float64: .double(try value.pythonFloat())
        case _ where isInteger: try value.pythonInt(self)
        default: value
        }
    }
}

extension Value {
    /// Python: `bool(value)`.
    fileprivate var isTrue: Bool {
        switch self {
        case .null: false
        case .bool(let flag): flag
        case .int(let number): number != 0
        case .uint(let number): number != 0
        case .double(let number): number != 0
        case .string(let text): !text.isEmpty
        case .bytes(let bytes): !bytes.isEmpty
        case .list(let values): !values.isEmpty
        case .row(let row): row.count > 0
        case .duration(let count, _): count != 0
        case .decimal(let digits): digits.utf8.contains { (UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) }
        case .date, .time, .timestamp: true
        }
    }

    /// Python: `float(value)`.
    fileprivate func pythonFloat() throws -> Double {
        switch self {
        case .bool(let flag): return flag ? 1 : 0
        case .int(let number): return Double(number)
        case .uint(let number): return Double(number)
        case .double(let number): return number
        case .string(let text): if let number = PythonNumber.real(text) { return number }
        case .bytes(let bytes):
            if let number = PythonNumber.real(String(decoding: bytes, as: UTF8.self)) { return number }
        case .decimal(let digits): if let number = PythonNumber.real(digits) { return number }
        default: throw TorchError(.type, "float() argument must be a string or a real number, not '\(kind)'")
        }
        throw TorchError(.value, "could not convert string to float: \(self)")
    }

    /// Python: `int(value)`, which truncates the fraction.
    fileprivate func pythonInt(_ type: DataType) throws -> Value {
        let number: Int
        switch self {
        case .bool(let flag): number = flag ? 1 : 0
        case .int(let value): number = value
        case .uint: return self
        case .double(let value):
            if value.isNaN { throw TorchError(.value, "cannot convert float NaN to integer") }
            if value.isInfinite { throw TorchError(.value, "cannot convert float infinity to integer") }
            guard let whole = Int(exactly: value.rounded(.towardZero)) else {
                throw TorchError(.value, "Python int too large to convert to C long")
            }
            number = whole
        case .string(let text):
            guard let value = PythonNumber.integer(text) else {
                throw TorchError(.value, "invalid literal for int() with base 10: \(self)")
            }
            number = value
        case .bytes(let bytes):
            guard let value = PythonNumber.integer(String(decoding: bytes, as: UTF8.self)) else {
                throw TorchError(.value, "invalid literal for int() with base 10: \(self)")
            }
            number = value
        case .decimal(let digits):
            guard let value = Int(digits.prefix { $0 != "." }) else {
                throw TorchError(.value, "Python int too large to convert to C long")
            }
            number = value
        default:
            throw TorchError(
                .type, "int() argument must be a string, a bytes-like object or a real number, not '\(kind)'")
        }
        guard let range = type.integerRange, range.contains(number) else {
            throw TorchError(
                .value,
                "Integer value \(number) not in range: \(type.integerRange.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "")"
            )
        }
        return .int(number)
    }
}

/// Parses numbers as Python's `int` and `float` do: with surrounding spaces, and single underscores between digits.
enum PythonNumber {
    static func integer(_ text: String) -> Int? { digits(text).flatMap { Int($0) } }

    static func real(_ text: String) -> Double? {
        guard let text = digits(text), !text.isEmpty else { return nil }
        // Swift also accepts hexadecimal floats and NaNs with a payload; Python does not.
        let allowed = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.eE".utf8.contains(byte)
        }
        let word = text.lowercased().drop { $0 == "+" || $0 == "-" }
        return allowed || ["nan", "inf", "infinity"].contains(word) ? Double(text) : nil
    }

    /// Returns the text without surrounding spaces and without underscores; nil if an underscore is not between two
    /// digits.
    private static func digits(_ text: String) -> String? {
        let text = Array(text.trimmingSpaces().utf8)
        func isDigit(_ position: Int) -> Bool {
            text.indices.contains(position) && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position])
        }
        guard text.indices.allSatisfy({ text[$0] != UInt8(ascii: "_") || isDigit($0 - 1) && isDigit($0 + 1) }) else {
            return nil
        }
        return String(decoding: text.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    }
}
