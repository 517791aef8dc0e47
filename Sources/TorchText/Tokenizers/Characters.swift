/// What tokenizers ask of a character, by Unicode scalar. Answers for the first 1024 scalars come from a table.
struct CharacterClass: OptionSet {
    let rawValue: UInt16

    static let letter = CharacterClass(rawValue: 1)
    static let number = CharacterClass(rawValue: 2)
    /// White_Space.
    static let space = CharacterClass(rawValue: 4)
    /// Category P, or one of ASCII's 32 signs.
    static let punctuation = CharacterClass(rawValue: 8)
    /// Alphabetic, mark, decimal number, connecting punctuation or a joiner: `\w` of regular expressions.
    static let word = CharacterClass(rawValue: 16)
    /// Category C, but for tab, line feed and carriage return.
    static let control = CharacterClass(rawValue: 32)
    static let nonspacingMark = CharacterClass(rawValue: 64)
    static let mark = CharacterClass(rawValue: 128)

    private static let first: [CharacterClass] = (0..<1024).map { looked(up: $0) }

    @inline(__always)
    static func of(_ scalar: UInt32) -> CharacterClass { scalar < 1024 ? first[Int(scalar)] : looked(up: scalar) }

    private static func looked(up code: UInt32) -> CharacterClass {
        guard let scalar = Unicode.Scalar(code) else { return [] }
        let properties = scalar.properties
        var result: CharacterClass = properties.isWhitespace ? .space : []
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: result.insert(.letter)
        case .decimalNumber: result.formUnion([.number, .word])
        case .letterNumber, .otherNumber: result.insert(.number)
        case .connectorPunctuation: result.formUnion([.punctuation, .word])
        case .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation, .otherPunctuation: result.insert(.punctuation)
        case .nonspacingMark: result.formUnion([.nonspacingMark, .mark, .word])
        case .spacingMark, .enclosingMark: result.formUnion([.mark, .word])
        case .control, .format, .privateUse, .surrogate: if code != 9, code != 10, code != 13 { result.insert(.control) }
        case .mathSymbol, .currencySymbol, .modifierSymbol: if code < 0x80 { result.insert(.punctuation) }
        default: break
        }
        if properties.isAlphabetic || properties.isJoinControl { result.insert(.word) }
        return result
    }

    /// One of the ideographs that Chinese is written with, by block, as BERT's first tokenizer has it.
    static func isChinese(_ code: UInt32) -> Bool {
        switch code {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F: true
        default: false
        }
    }
}

/// Reading valid UTF-8 a scalar at a time.
enum UTF8Text {
    /// The scalar that begins at `at`, and its bytes.
    /// - Precondition: `at` is before the end and on a boundary of valid UTF-8.
    @inline(__always)
    static func scalar(_ bytes: UnsafePointer<UInt8>, _ at: Int) -> (code: UInt32, count: Int) {
        let first = UInt32(bytes[at])
        if first < 0x80 { return (first, 1) }
        if first < 0xE0 { return ((first & 0x1F) << 6 | UInt32(bytes[at + 1] & 0x3F), 2) }
        if first < 0xF0 { return ((first & 0xF) << 12 | UInt32(bytes[at + 1] & 0x3F) << 6 | UInt32(bytes[at + 2] & 0x3F), 3) }
        return ((first & 7) << 18 | UInt32(bytes[at + 1] & 0x3F) << 12 | UInt32(bytes[at + 2] & 0x3F) << 6 | UInt32(bytes[at + 3] & 0x3F), 4)
    }

    /// Where the scalar begins that ends before `at`.
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
