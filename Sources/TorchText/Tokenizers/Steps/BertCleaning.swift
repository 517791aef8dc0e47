/// BERT's text cleaning in one pass. ASCII uses a table; runs of other characters are processed step by step.
struct BertCleaning: Sendable {
    let cleanText, handleChineseChars, stripAccents, lowercase: Bool
    /// The replacement of each ASCII byte; 0x80 if the byte is removed.
    private let table: [UInt8]

    private static let gone: UInt8 = 0x80

    init(cleanText: Bool, handleChineseChars: Bool, stripAccents: Bool, lowercase: Bool) {
        self.cleanText = cleanText
        self.handleChineseChars = handleChineseChars
        self.stripAccents = stripAccents
        self.lowercase = lowercase
        table = (0..<128).map { byte in
            let kind = CharacterClass.of(UInt32(byte))
            if cleanText, byte == 0 || kind.contains(.control) { return Self.gone }
            if cleanText, kind.contains(.space) { return 0x20 }
            return lowercase && (0x41...0x5A).contains(byte) ? UInt8(byte) | 0x20 : UInt8(byte)
        }
    }

    func apply(_ text: inout AlignedText) {
        let isPlain = text.bytes.withUnsafeMutableBufferPointer { bytes in
            table.withUnsafeBufferPointer { table in
                var any: UInt8 = 0
                for byte in bytes { any |= byte < 0x80 ? table[Int(byte)] : 0x80 }
                if any >= 0x80 { return false }
                for position in bytes.indices { bytes[position] = table[Int(bytes[position])] }
                return true
            }
        }
        if !isPlain { text = cleaned(text) }
    }

    private func cleaned(_ text: AlignedText) -> AlignedText {
        var result = AlignedText()
        result.bytes.reserveCapacity(text.bytes.count)
        result.spans.reserveCapacity(text.bytes.count)
        var at = 0
        let end = text.bytes.count
        while at < end {
            let byte = text.bytes[at]
            if byte < 0x80 {
                if table[Int(byte)] != Self.gone {
                    result.bytes.append(table[Int(byte)])
                    result.spans.append(text.isInput ? Span(start: Int32(at), end: Int32(at + 1)) : text.spans[at])
                }
                at += 1
            } else {
                let start = at
                while at < end, text.bytes[at] >= 0x80 { at += 1 }
                for letter in cleaned(text.letters(start, at)) { result.append(letter) }
            }
        }
        return result
    }

    private func cleaned(_ run: [Letter]) -> [Letter] {
        var letters = run
        if cleanText {
            letters = letters.compactMap { letter in
                let kind = CharacterClass.of(letter.code)
                if letter.code == 0xFFFD || kind.contains(.control) { return nil }
                return kind.contains(.space) ? Letter(code: 0x20, span: letter.span) : letter
            }
        }
        if handleChineseChars, letters.contains(where: { CharacterClass.isChinese($0.code) }) {
            letters = letters.flatMap { letter in
                let blank = Letter(code: 0x20, span: letter.span)
                return CharacterClass.isChinese(letter.code) ? [blank, letter, blank] : [letter]
            }
        }
        if stripAccents {
            letters = UnicodeForm.nfd.apply(letters).filter { !CharacterClass.of($0.code).contains(.nonspacingMark) }
        }
        return lowercase ? letters.lowercased() : letters
    }
}
