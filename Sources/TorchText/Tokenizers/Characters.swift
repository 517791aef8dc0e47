/// Properties of a Unicode scalar that tokenizers need.
///
/// The values match the library `tokenizers`, whose tables come from several versions of Unicode: 8 and 9 for
/// punctuation, controls and marks, and 16 for regular expressions. A character from a later version has none of these
/// properties, even if Swift's own tables say otherwise.
struct CharacterClass: OptionSet {
    let rawValue: UInt16

    /// `\p{L}` of regular expressions.
    static let letter = CharacterClass(rawValue: 1)
    /// `\p{N}` of regular expressions.
    static let number = CharacterClass(rawValue: 2)
    /// White_Space.
    static let space = CharacterClass(rawValue: 4)
    /// Category P, or an ASCII symbol.
    static let punctuation = CharacterClass(rawValue: 8)
    /// `\w` of regular expressions: alphabetic, mark, decimal number, connector punctuation or joiner.
    static let word = CharacterClass(rawValue: 16)
    /// Category C, without unassigned characters, tab, line feed and carriage return.
    static let control = CharacterClass(rawValue: 32)
    static let nonspacingMark = CharacterClass(rawValue: 64)
    static let mark = CharacterClass(rawValue: 128)
    /// Category N in the newest version.
    static let numeric = CharacterClass(rawValue: 256)
    /// The character takes part in normalization.
    static let normalizes = CharacterClass(rawValue: 512)

    private static let latin: [CharacterClass] = (0..<1024).map { lookup($0) }
    private static let plane: [CharacterClass] = (0..<65536).map { lookup($0) }

    @inline(__always)
    static func of(_ scalar: UInt32) -> CharacterClass {
        if scalar < 1024 { return latin[Int(scalar)] }
        return scalar < 65536 ? plane[Int(scalar)] : lookup(scalar)
    }

    private static func lookup(_ code: UInt32) -> CharacterClass {
        guard let scalar = Unicode.Scalar(code) else { return [] }
        let properties = scalar.properties
        var result: CharacterClass = properties.isWhitespace ? .space : []
        let version = properties.age.map { ($0.major, $0.minor) } ?? (.max, 0)
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: result.insert(.letter)
        case .decimalNumber: result.formUnion([.number, .numeric, .word])
        case .letterNumber, .otherNumber: result.formUnion([.number, .numeric])
        case .connectorPunctuation: result.formUnion([.punctuation, .word])
        case .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
            .otherPunctuation:
            result.insert(.punctuation)
        case .nonspacingMark: result.formUnion([.nonspacingMark, .mark, .word])
        case .spacingMark, .enclosingMark: result.formUnion([.mark, .word])
        case .control, .format, .privateUse, .surrogate:
            if code != 9, code != 10, code != 13 { result.insert(.control) }
        case .mathSymbol, .currencySymbol, .modifierSymbol: if code < 0x80 { result.insert(.punctuation) }
        default: break
        }
        if properties.isAlphabetic || properties.isJoinControl { result.insert(.word) }
        result.insert(.normalizes)
        if version > (8, 0) { result.subtract([.punctuation, .control, .nonspacingMark]) }
        if version > (9, 0) { result.subtract([.mark, .normalizes]) }
        if version > (16, 0) { result.subtract([.letter, .number, .word]) }
        // These characters changed their category in later versions.
        switch code {
        case 0x166D: result.insert(.punctuation)
        case 0x111C9:
            result.insert(.punctuation)
            result.subtract([.nonspacingMark, .mark])
        case 0x1734: result.insert(.nonspacingMark)
        case 0xA9BD, 0x1885, 0x1886: result.remove(.nonspacingMark)
        case 0x1CF2, 0x1CF3: result.insert(.mark)
        default: break
        }
        return result
    }

    /// Returns whether a character is in a block of Chinese ideographs, as defined by BERT's original tokenizer.
    static func isChinese(_ code: UInt32) -> Bool {
        switch code {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }
}

/// Reads and writes UTF-8 one scalar at a time. Reading requires valid UTF-8.
enum UTF8Text {
    /// Returns the scalar that begins at `at`, and its number of bytes.
    /// - Precondition: `at` is before the end and on a boundary of valid UTF-8.
    @inline(__always)
    static func scalar(_ bytes: UnsafePointer<UInt8>, _ at: Int) -> (code: UInt32, count: Int) {
        let first = UInt32(bytes[at])
        if first < 0x80 { return (first, 1) }
        if first < 0xE0 { return ((first & 0x1F) << 6 | UInt32(bytes[at + 1] & 0x3F), 2) }
        if first < 0xF0 {
            return ((first & 0xF) << 12 | UInt32(bytes[at + 1] & 0x3F) << 6 | UInt32(bytes[at + 2] & 0x3F), 3)
        }
        return (
            (first & 7) << 18 | UInt32(bytes[at + 1] & 0x3F) << 12 | UInt32(bytes[at + 2] & 0x3F) << 6
                | UInt32(bytes[at + 3] & 0x3F), 4
        )
    }

    /// Returns the start of the scalar before `at`.
    @inline(__always)
    static func before(_ bytes: UnsafePointer<UInt8>, _ at: Int) -> Int {
        var start = at - 1
        while bytes[start] & 0xC0 == 0x80 { start -= 1 }
        return start
    }

    @inline(__always)
    static func append(_ code: UInt32, to bytes: inout [UInt8]) {
        if code < 0x80 { return bytes.append(UInt8(code)) }
        if code < 0x800 {
            bytes.append(UInt8(0xC0 | code >> 6))
        } else {
            if code < 0x10000 {
                bytes.append(UInt8(0xE0 | code >> 12))
            } else {
                bytes.append(UInt8(0xF0 | code >> 18))
                bytes.append(UInt8(0x80 | code >> 12 & 0x3F))
            }
            bytes.append(UInt8(0x80 | code >> 6 & 0x3F))
        }
        bytes.append(UInt8(0x80 | code & 0x3F))
    }
}
