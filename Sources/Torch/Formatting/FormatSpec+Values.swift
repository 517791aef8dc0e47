extension FormatSpec {
    /// Formats a text. Python: `str.__format__`.
    static func format(_ text: String, _ spec: String) -> String {
        if spec.isEmpty { return text }
        guard let parsed = FormatSpec(spec, for: "str", defaultType: "s", defaultAlign: "<") else { return "" }
        guard parsed.type == "s" else { return parsed.failUnknownType("str") }
        let mistake: String? =
            if let sign = parsed.sign {
                "\(sign == " " ? "Space" : "Sign") not allowed in string format specifier"
            } else if parsed.coercesNegativeZero {
                "Negative zero coercion (z) not allowed in string format specifier"
            } else if parsed.isAlternate {
                "Alternate form (#) not allowed in string format specifier"
            } else if parsed.align == "=" {
                "'=' alignment not allowed in string format specifier"
            } else {
                nil
            }
        if let mistake {
            raise(.value, mistake)
            return ""
        }
        guard let precision = parsed.precision else { return parsed.pad(text) }
        var kept = String.UnicodeScalarView()
        kept.append(contentsOf: text.unicodeScalars.prefix(precision))
        return parsed.pad(String(kept))
    }

    /// Formats an integer. Python: `int.__format__`.
    static func format(_ value: some BinaryInteger, _ spec: String, for typeName: String = "int") -> String {
        if spec.isEmpty { return String(value) }
        guard let parsed = FormatSpec(spec, for: typeName, defaultType: "d", defaultAlign: ">") else { return "" }
        switch parsed.type {
        case "b", "c", "d", "o", "x", "X", "n": return parsed.integer(value)
        case "e", "E", "f", "F", "g", "G", "%": return parsed.float(Double(value), typeName)
        default: return parsed.failUnknownType(typeName)
        }
    }

    /// Formats a number. Python: `float.__format__`.
    static func format(_ value: Double, _ spec: String) -> String {
        if spec.isEmpty { return PythonText.repr(value) }
        guard let parsed = FormatSpec(spec, for: "float", defaultType: nil, defaultAlign: ">") else { return "" }
        return parsed.float(value, "float")
    }

    private func integer(_ value: some BinaryInteger) -> String {
        let isCharacter = type == "c"
        let mistake: String? =
            if precision != nil {
                "Precision not allowed in integer format specifier"
            } else if coercesNegativeZero {
                "Negative zero coercion (z) not allowed in integer format specifier"
            } else if isCharacter, sign != nil {
                "Sign not allowed with integer format specifier 'c'"
            } else if isCharacter, isAlternate {
                "Alternate form (#) not allowed with integer format specifier 'c'"
            } else {
                nil
            }
        if let mistake {
            raise(.value, mistake)
            return ""
        }
        if isCharacter {
            guard let code = UInt32(exactly: value), let scalar = Unicode.Scalar(code) else {
                raise(
                    .value,
                    Int(exactly: value) == nil
                        ? "Python int too large to convert to C long" : "%c arg not in range(0x110000)")
                return ""
            }
            return assemble(isNegative: false, digits: "", rest: String(Character(scalar)))
        }
        let radix =
            switch type {
            case "b": 2
            case "o": 8
            case "x", "X": 16
            default: 10
            }
        let digits = String(value.magnitude, radix: radix, uppercase: type == "X")
        let prefix = isAlternate && radix != 10 ? "0\(type.map { String(Character($0)) } ?? "")" : ""
        return assemble(isNegative: value < 0, prefix: prefix, digits: digits)
    }

    private func float(_ value: Double, _ typeName: String) -> String {
        var text: String
        var isNegative = value.sign == .minus && !value.isNaN
        let percent = type == "%"
        let magnitude = percent ? value.magnitude * 100 : value.magnitude
        switch type {
        case nil where precision == nil: text = FormatSpec.shortest(magnitude, isAlternate)
        case nil: text = general(magnitude, precision ?? 6, atLeastOneDigit: true)
        case "g", "G", "n": text = general(magnitude, precision ?? 6, atLeastOneDigit: false)
        case "e", "E": text = FormatSpec.printed(magnitude, "%.*e", precision ?? 6, isAlternate)
        case "f", "F", "%": text = FormatSpec.printed(magnitude, "%.*f", precision ?? 6, isAlternate)
        default: return failUnknownType(typeName)
        }
        if coercesNegativeZero, value.isFinite, !text.prefix(while: { $0 != "e" }).contains(where: { "1"..."9" ~= $0 })
        {
            isNegative = false
        }
        if type == "E" || type == "F" || type == "G" { text = text.uppercased() }
        if percent { text += "%" }
        let digits = text.prefix { "0"..."9" ~= $0 }
        return assemble(isNegative: isNegative, digits: String(digits), rest: String(text.dropFirst(digits.count)))
    }

    private static func special(_ magnitude: Double) -> String? {
        magnitude.isNaN ? "nan" : magnitude.isInfinite ? "inf" : nil
    }

    /// The most digits that a double has after its first. Zeros follow.
    private static let mostDigits = 1100

    private static func printed(_ magnitude: Double, _ format: String, _ precision: Int, _ alternate: Bool) -> String {
        if let special = special(magnitude) { return special }
        var text = PrintedNumber.of(magnitude, format, min(precision, mostDigits))
        if precision == 0, !alternate { return text }
        let exponent = text.firstIndex(of: "e").map { String(text[$0...]) } ?? ""
        text.removeLast(exponent.utf8.count)
        if precision == 0 { text += "." }
        return text + String(repeating: "0", count: max(0, precision - mostDigits)) + exponent
    }

    /// The digits of a decimal number, without zeros at the end, and the place of the point among them.
    private struct Decimal {
        var digits: [UInt8]
        var point: Int

        init(digits: some Sequence<UInt8>, point: Int) {
            self.digits = digits.filter { 48...57 ~= $0 }
            self.point = point
            while self.digits.last == 48 { self.digits.removeLast() }
            if self.digits.isEmpty {
                self.digits = [48]
                self.point = 1
            }
        }

        /// Writes `count` digits, or those up to the point if that is more.
        func text(count: Int, hasExponent: Bool, atLeastOneDigit: Bool, keepsPoint: Bool) -> String {
            let point = hasExponent ? 1 : point
            let end = max(count, !hasExponent && atLeastOneDigit ? point + 1 : point)
            func digit(_ i: Int) -> UInt8 { digits.indices ~= i ? digits[i] : 48 }
            var text = (min(0, point - 1)..<max(point, min(0, point - 1))).map(digit)
            if point <= 0 { text = [48] }
            if end > point || keepsPoint { text.append(UInt8(ascii: ".")) }
            text += (point..<max(point, end)).map(digit)
            let body = String(decoding: text, as: UTF8.self)
            guard hasExponent else { return body }
            let power = self.point - 1
            return body + (power < 0 ? "e-" : "e+") + (power.magnitude < 10 ? "0" : "") + String(power.magnitude)
        }
    }

    /// The fewest digits that give the number again, in Python's `repr`.
    private static func shortest(_ magnitude: Double, _ alternate: Bool) -> String {
        if let special = special(magnitude) { return special }
        // Swift writes the same digits, as "123.0", "0.001" or "1e-07".
        let parts = "\(magnitude)".split(separator: "e")
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let whole = parts[0].utf8.firstIndex(of: UInt8(ascii: "."))
            .map { parts[0].utf8.distance(from: parts[0].startIndex, to: $0) }
        let all = parts[0].utf8.filter { 48...57 ~= $0 }
        let zeros = all.prefix { $0 == 48 }.count
        let number = Decimal(digits: all.dropFirst(zeros), point: (whole ?? all.count) + exponent - zeros)
        return number.text(
            count: number.digits.count, hasExponent: number.point <= -4 || number.point > 16, atLeastOneDigit: true,
            keepsPoint: alternate)
    }

    /// The format `g`: `precision` significant digits, with an exponent for large and small numbers.
    private func general(_ magnitude: Double, _ precision: Int, atLeastOneDigit: Bool) -> String {
        if let special = FormatSpec.special(magnitude) { return special }
        let precision = max(1, precision)
        let printed = PrintedNumber.of(magnitude, "%.*e", min(precision - 1, FormatSpec.mostDigits)).split(
            separator: "e")
        let number = Decimal(digits: printed[0].utf8, point: magnitude == 0 ? 1 : (Int(printed[1]) ?? 0) + 1)
        let count = isAlternate ? precision : number.digits.count
        return number.text(
            count: count, hasExponent: number.point <= -4 || number.point > precision - (atLeastOneDigit ? 1 : 0),
            atLeastOneDigit: atLeastOneDigit, keepsPoint: isAlternate)
    }
}
