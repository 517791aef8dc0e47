/// The script of a character, as the library `tokenizers` has it from Unicode 9: Hiragana and Katakana count as Han,
/// since Japanese mixes them.
enum UnicodeScript {
    /// What goes with characters of any script: the blank, and characters of no script.
    static let any: UInt8 = 0

    /// The script's number.
    @inline(__always)
    static func of(_ code: UInt32) -> UInt8 { code < 65536 ? plane[Int(code)] : looked(up: code) }

    private static let plane: [UInt8] = (0..<65536).map { looked(up: $0) }

    private static func looked(up code: UInt32) -> UInt8 {
        // The last run that begins at the character or before it.
        var low = 0, high = table.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if table[middle] >> 8 <= code { low = middle } else { high = middle }
        }
        return UInt8(truncatingIfNeeded: table[low])
    }
}
