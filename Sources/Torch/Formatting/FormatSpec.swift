/// The parts of a format: `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`. Python's format
/// specification mini-language.
struct FormatSpec {
    var fill: Unicode.Scalar
    var align: Unicode.Scalar
    /// `+`, `-` or a space; nil if the format has none.
    var sign: Unicode.Scalar?
    var coercesNegativeZero = false
    var isAlternate = false
    var width = 0
    /// `,` or `_`.
    var grouping: Unicode.Scalar?
    var precision: Int?
    /// The presentation; nil if the format has none.
    var type: Unicode.Scalar?

    /// The largest width and precision.
    private static let largest = Int(Int32.max)

    /// Parses a format. Raises Python's ValueError and returns nil if it is none.
    /// - Parameters:
    ///   - text: the format.
    ///   - typeName: Python's name of the value's type, for messages.
    ///   - defaultType: the type if the format has none.
    ///   - defaultAlign: `<` or `>`.
    init?(_ text: String, for typeName: String, defaultType: Unicode.Scalar?, defaultAlign: Unicode.Scalar) {
        let spec = Array(text.unicodeScalars)
        var i = 0
        func next(_ offset: Int = 0) -> Unicode.Scalar? { i + offset < spec.count ? spec[i + offset] : nil }
        func isAlign(_ c: Unicode.Scalar?) -> Bool { c == "<" || c == ">" || c == "=" || c == "^" }
        func fail(_ sentence: String) { raise(.value, sentence) }
        /// Reads digits; nil if there are none. A number that is too large is `Int.max`.
        func number() -> Int? {
            let start = i
            var value = 0
            while let c = next(), "0"..."9" ~= c {
                let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
                let (sum, carry) = tens.addingReportingOverflow(Int(c.value - 48))
                value = overflow || carry ? .max : sum
                i += 1
            }
            return i == start ? nil : value
        }

        fill = " "
        align = defaultAlign
        type = defaultType
        var hasFill = false, hasAlign = true
        if isAlign(next(1)), let first = next() {
            (fill, align, hasFill) = (first, spec[i + 1], true)
            i += 2
        } else if isAlign(next()), let first = next() {
            align = first
            i += 1
        } else {
            hasAlign = false
        }
        if let c = next(), c == "+" || c == "-" || c == " " {
            sign = c
            i += 1
        }
        if next() == "z" {
            coercesNegativeZero = true
            i += 1
        }
        if next() == "#" {
            isAlternate = true
            i += 1
        }
        if !hasFill, next() == "0" {
            fill = "0"
            if !hasAlign, defaultAlign == ">" { align = "=" }
            i += 1
        }
        if let number = number() {
            guard number <= FormatSpec.largest else {
                fail("Too many decimal digits in format string")
                return nil
            }
            width = number
        }
        if next() == "," {
            grouping = ","
            i += 1
        }
        if next() == "_" {
            guard grouping == nil else {
                fail("Cannot specify both ',' and '_'.")
                return nil
            }
            grouping = "_"
            i += 1
        }
        if next() == ",", grouping == "_" {
            fail("Cannot specify both ',' and '_'.")
            return nil
        }
        if next() == "." {
            i += 1
            guard let number = number() else {
                fail("Format specifier missing precision")
                return nil
            }
            guard number <= FormatSpec.largest else {
                fail(number == .max ? "Too many decimal digits in format string" : "precision too big")
                return nil
            }
            precision = number
        }
        guard spec.count - i <= 1 else {
            fail("Invalid format specifier '\(text)' for object of type '\(typeName)'")
            return nil
        }
        if let c = next() { type = c }
        if let grouping, let type, !"defgEG%F".unicodeScalars.contains(type),
            !(grouping == "_" && "boxX".unicodeScalars.contains(type))
        {
            fail("Cannot specify '\(grouping)' with '\(FormatSpec.shown(type))'.")
            return nil
        }
    }

    /// Raises Python's ValueError for a type that `typeName` does not have.
    func failUnknownType(_ typeName: String) -> String {
        raise(.value, "Unknown format code '\(type.map(FormatSpec.shown) ?? "")' for object of type '\(typeName)'")
        return ""
    }

    /// A character in a message of Python's: `\x…` if it is not visible in ASCII.
    private static func shown(_ c: Unicode.Scalar) -> String {
        33..<128 ~= c.value ? String(Character(c)) : "\\x" + String(c.value, radix: 16)
    }

    /// Pads a text to the width. `=` counts as `>`.
    func pad(_ text: String) -> String {
        let missing = width - text.unicodeScalars.count
        guard missing > 0 else { return text }
        let left =
            switch align {
            case "<": 0
            case "^": missing / 2
            default: missing
            }
        return padding(left) + text + padding(missing - left)
    }

    private func padding(_ count: Int) -> String { String(repeating: String(Character(fill)), count: count) }

    /// Puts a number together from its parts: sign, prefix, grouped digits and the rest.
    /// - Parameters:
    ///   - isNegative: whether the number has a minus sign.
    ///   - prefix: `0x` or the like.
    ///   - digits: the digits before the point; empty for infinities and NaN.
    ///   - rest: what follows: the point, the fraction, the exponent, `inf`, a percent sign.
    func assemble(isNegative: Bool, prefix: String = "", digits: String, rest: String = "") -> String {
        let signText = isNegative ? "-" : sign.flatMap { $0 == "-" ? nil : String(Character($0)) } ?? ""
        let others = signText.utf8.count + prefix.utf8.count + rest.unicodeScalars.count
        let grouped = group(digits, atLeast: fill == "0" && align == "=" ? width - others : 0)
        let body = prefix + grouped + rest
        guard align == "=" else { return pad(signText + body) }
        return signText + prefix + padding(max(0, width - others - grouped.utf8.count)) + grouped + rest
    }

    /// Puts separators between groups of digits, and zeros before them until there are `minimum` characters. A
    /// separator never comes first.
    private func group(_ digits: String, atLeast minimum: Int) -> String {
        guard let grouping, !digits.isEmpty else { return digits }
        let size = type.map { "boxX".unicodeScalars.contains($0) } ?? false ? 4 : 3
        var rest = Array(digits.utf8)[...]
        var missing = minimum
        var reversed: [UInt8] = []
        while true {
            let length = min(size, max(rest.count, missing, 1))
            let taken = min(rest.count, length)
            reversed += rest.suffix(taken).reversed()
            reversed += repeatElement(UInt8(ascii: "0"), count: length - taken)
            rest = rest.dropLast(taken)
            missing -= length
            if rest.isEmpty, missing <= 0 { break }
            reversed.append(UInt8(truncatingIfNeeded: grouping.value))
            missing -= 1
        }
        return String(decoding: reversed.reversed(), as: UTF8.self)
    }
}
