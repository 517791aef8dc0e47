/// Writes values in the format of Python's `repr`.
package enum PythonRepr {
    /// Returns the shortest digits that give the same number again. The text has an exponent if the magnitude is below
    /// 1e-4 or at least 1e16.
    package static func of(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
        return of(
            digits: value.magnitude.description, isNegative: value < 0,
            hasExponent: value.magnitude < 1e-4 || value.magnitude >= 1e16)
    }

    /// Formats digits that Swift has found, which are also the shortest. Only the position of the point differs from
    /// Swift's.
    package static func of(digits: String, isNegative: Bool, hasExponent: Bool, leastExponentDigits: Int = 2) -> String
    {
        let shown = digits.split(separator: "e")
        let parts = shown[0].split(separator: ".")
        var digits = String(parts[0]) + (parts.count > 1 ? String(parts[1]) : "")
        var point = parts[0].utf8.count + (shown.count > 1 ? Int(shown[1])! : 0)
        let zeros = digits.prefix { $0 == "0" }.count
        digits.removeFirst(zeros)
        point -= zeros
        while digits.utf8.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        let sign = isNegative ? "-" : ""
        let count = digits.utf8.count
        if hasExponent {
            let exponent = point - 1
            let fraction = count > 1 ? "." + digits.dropFirst() : ""
            return
                "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(pad(abs(exponent), leastExponentDigits))"
        }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if count <= point { return sign + digits + String(repeating: "0", count: point - count) + ".0" }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    package static func of(_ string: String) -> String {
        var text = ""
        write(string, to: &text)
        return text
    }

    /// Returns a list such as `['a', 'b']`.
    package static func of(_ strings: [String]) -> String { "[" + strings.map { of($0) }.joined(separator: ", ") + "]" }

    package static func write(_ string: String, to text: inout String) {
        let quote: Unicode.Scalar =
            string.utf8.contains(UInt8(ascii: "'")) && !string.utf8.contains(UInt8(ascii: "\"")) ? "\"" : "'"
        text.unicodeScalars.append(quote)
        for scalar in string.unicodeScalars {
            switch scalar {
            case quote, "\\":
                text.unicodeScalars.append("\\")
                text.unicodeScalars.append(scalar)
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case " "..."~": text.unicodeScalars.append(scalar)
            default:
                if isPrintable(scalar) {
                    text.unicodeScalars.append(scalar)
                } else if scalar.value < 0x100 {
                    text += "\\x" + hex(scalar.value, 2)
                } else if scalar.value < 0x1_0000 {
                    text += "\\u" + hex(scalar.value, 4)
                } else {
                    text += "\\U" + hex(scalar.value, 8)
                }
            }
        }
        text.unicodeScalars.append(quote)
    }

    package static func write(_ bytes: [UInt8], to text: inout String) {
        let quote =
            bytes.contains(UInt8(ascii: "'")) && !bytes.contains(UInt8(ascii: "\""))
            ? UInt8(ascii: "\"") : UInt8(ascii: "'")
        text += "b"
        text.unicodeScalars.append(Unicode.Scalar(quote))
        for byte in bytes {
            switch byte {
            case quote, UInt8(ascii: "\\"):
                text += "\\"
                text.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: "\n"): text += "\\n"
            case UInt8(ascii: "\r"): text += "\\r"
            case UInt8(ascii: "\t"): text += "\\t"
            case 0x20...0x7e: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "\\x" + hex(UInt32(byte), 2)
            }
        }
        text.unicodeScalars.append(Unicode.Scalar(quote))
    }

    /// Returns whether Python prints a character as it is: it is not a control, format, surrogate, private or
    /// unassigned character, and not a separator other than the space. Python: `str.isprintable`.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default: true
        }
    }

    package static func hex(_ value: UInt32, _ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    package static func pad(_ value: Int, _ width: Int) -> String {
        let text = String(value.magnitude)
        return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
