extension StateDict: CustomStringConvertible {
    /// The names and tensors as Python prints an `OrderedDict`.
    public var description: String {
        isEmpty
            ? "OrderedDict()"
            : "OrderedDict([" + map { "(\(PythonRepr.of($0)), \($1.description))" }.joined(separator: ", ") + "])"
    }
}

extension StateMap: CustomStringConvertible {
    /// The entries as Python prints a dictionary or an `OrderedDict`.
    public var description: String {
        if isOrderedDict {
            return isEmpty ? "OrderedDict()" : "OrderedDict([" + map { "(\($0), \($1))" }.joined(separator: ", ") + "])"
        }
        return "{" + map { "\($0): \($1)" }.joined(separator: ", ") + "}"
    }
}

extension StateKey: CustomStringConvertible {
    /// The key as Python's `repr` shows it.
    public var description: String { value.description }
}

extension StateValue: CustomStringConvertible {
    /// The value as Python's `repr` shows it: `None`, `True`, `'text'`, `[1, 0.5]`, `{'step': tensor(3.)}`.
    public var description: String {
        switch self {
        case .null: return "None"
        case .bool(let value): return PythonText.repr(value)
        case .int(let value): return String(value)
        case .bigInt(let bytes): return BigInteger.text(bytes)
        case .double(let value): return PythonRepr.of(value)
        case .string(let text): return PythonRepr.of(text)
        case .bytes(let bytes):
            var text = ""
            PythonRepr.write(bytes, to: &text)
            return text
        case .tensor(let tensor): return tensor.description
        case .list(let values): return "[" + StateValue.joined(values) + "]"
        case .tuple(let values): return "(" + StateValue.joined(values) + (values.count == 1 ? ",)" : ")")
        case .set(let values): return values.isEmpty ? "set()" : "{" + StateValue.joined(values) + "}"
        case .dict(let map): return map.description
        case .size(let size): return size.description
        case .dtype(let dtype): return dtype.description
        case .device(let device): return device.debugDescription
        }
    }

    private static func joined(_ values: [StateValue]) -> String {
        values.map(\.description).joined(separator: ", ")
    }
}

/// Integers of any size.
private enum BigInteger {
    /// The most bytes that are written in decimal, whose digits take time in proportion to the square. Python refuses
    /// decimal numbers of this size too.
    private static let mostBytes = 1780

    /// Returns the number of a little-endian two's complement: in decimal, or in hexadecimal if it is very large.
    static func text(_ bytes: [UInt8]) -> String {
        let isNegative = bytes.last.map { $0 >= 0x80 } ?? false
        var magnitude = bytes
        if isNegative {
            var carry = true
            for i in magnitude.indices {
                magnitude[i] = ~magnitude[i]
                if carry { (magnitude[i], carry) = magnitude[i].addingReportingOverflow(1) }
            }
        }
        while magnitude.last == 0 { magnitude.removeLast() }
        let sign = isNegative ? "-" : ""
        if magnitude.isEmpty { return "0" }
        if magnitude.count > mostBytes {
            return sign + "0x" + magnitude.reversed().map { PythonRepr.hex(UInt32($0), 2) }.joined()
        }
        var groups: [String] = []
        while !magnitude.isEmpty {
            var rest = 0
            for i in magnitude.indices.reversed() {
                let value = rest << 8 | Int(magnitude[i])
                magnitude[i] = UInt8(value / 1_000_000_000)
                rest = value % 1_000_000_000
            }
            while magnitude.last == 0 { magnitude.removeLast() }
            groups.append(magnitude.isEmpty ? String(rest) : PythonRepr.pad(rest, 9))
        }
        return sign + groups.reversed().joined()
    }
}
