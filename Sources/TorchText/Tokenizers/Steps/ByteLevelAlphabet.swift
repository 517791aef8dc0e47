/// The characters that byte-level tokenizers use for bytes. Printable Latin-1 characters stand for themselves; the
/// other 68 bytes are U+0100 and up.
enum ByteLevelAlphabet {
    /// The character of each byte.
    static let characters: [UInt32] = {
        var next: UInt32 = 256
        return (0..<256).map { byte in
            if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE { return UInt32(byte) }
            defer { next += 1 }
            return next
        }
    }()

    /// The byte of each character below U+0144; -1 if the character stands for no byte.
    private static let bytes: [Int16] = {
        var table = [Int16](repeating: -1, count: 324)
        for (byte, code) in characters.enumerated() { table[Int(code)] = Int16(byte) }
        return table
    }()

    /// Returns the bytes that a text of these characters stands for, or nil if the text has another character.
    static func bytes(of text: String) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            guard scalar.value < 324, bytes[Int(scalar.value)] >= 0 else { return nil }
            result.append(UInt8(bytes[Int(scalar.value)]))
        }
        return result
    }
}
