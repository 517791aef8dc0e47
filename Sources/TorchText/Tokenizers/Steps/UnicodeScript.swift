/// The script of a character, like in the library `tokenizers` (Unicode 9). Hiragana and Katakana count as Han, because
/// Japanese mixes them.
enum UnicodeScript {
    /// Matches every script: the blank, and characters without a script.
    static let any: UInt8 = 0

    /// Returns the number of the script.
    @inline(__always)
    static func of(_ code: UInt32) -> UInt8 { code < 65536 ? plane[Int(code)] : lookup(code) }

    private static let plane: [UInt8] = (0..<65536).map { lookup($0) }

    private static func lookup(_ code: UInt32) -> UInt8 {
        // Binary search for the last run that begins at or before the character.
        var low = 0, high = table.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if table[middle] >> 8 <= code { low = middle } else { high = middle }
        }
        return UInt8(truncatingIfNeeded: table[low])
    }
}
