/// The columns that a text takes on a terminal.
enum DisplayWidth {
    /// Wide characters of East Asian scripts. Unassigned code points between them count as wide.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0x4DBF, 0x4E00...0xA4C6,
        0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAD9, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60,
        0xFFE0...0xFFE6, 0x16FE0...0x1B2FB, 0x1F200...0x1F265, 0x20000...0x3FFFD
    ]
    /// Letters of flags. They are emoji, but narrow.
    private static let flags: ClosedRange<UInt32> = 0x1F1E6...0x1F1FF

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x1100 { return 1 }
        if wide.contains(where: { $0.contains(scalar.value) }) { return 2 }
        return scalar.properties.isEmojiPresentation && !flags.contains(scalar.value) ? 2 : 1
    }

    /// Returns the number of columns: two for a wide character, none for a colour's escape sequence, one for others.
    static func of(_ text: String) -> Int { parts(of: text).reduce(0) { $0 + $1.width } }

    /// Returns the start of a text that has at most `width` columns. If it has escape sequences, a reset follows.
    static func trim(_ text: String, to width: Int) -> String {
        var kept = String.UnicodeScalarView(), used = 0, hasEscape = false
        for part in parts(of: text) {
            used += part.width
            if used > width { break }
            kept.append(contentsOf: part.scalars)
            if part.scalars.first == "\u{1b}" { hasEscape = true }
        }
        let reset = "\u{1b}[0m"
        return String(kept) + (hasEscape && !String(kept).hasSuffix(reset) ? reset : "")
    }

    /// The characters and escape sequences of a text with their widths.
    private static func parts(of text: String) -> [(scalars: Substring.UnicodeScalarView, width: Int)] {
        var parts: [(scalars: Substring.UnicodeScalarView, width: Int)] = []
        var rest = text.unicodeScalars[...]
        while let first = rest.first {
            var length = 1, width = of(first)
            if first == "\u{1b}", rest.dropFirst().first == "[" {
                let numbers = rest.dropFirst(2).prefix { $0 == ";" || "0"..."9" ~= $0 }.count
                if let last = rest.dropFirst(2 + numbers).first, "a"..."z" ~= last || "A"..."Z" ~= last {
                    (length, width) = (3 + numbers, 0)
                }
            }
            parts.append((rest.prefix(length), width))
            rest = rest.dropFirst(length)
        }
        return parts
    }
}
