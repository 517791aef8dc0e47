/// The part in which MD5, SHA-1 and SHA-256 differ: a state, and a function that mixes blocks of 64 bytes into it.
package protocol BlockHash {
    init()
    /// The byte order of the words of the state, and of the number of bits at the end of a message.
    static var isBigEndian: Bool { get }
    /// Mixes blocks into the state.
    /// - Precondition: the number of bytes is a multiple of 64.
    mutating func mix(_ blocks: UnsafeRawBufferPointer)
    var words: [UInt32] { get }
}

/// A digest of bytes that arrive in pieces. Blocks, padding and length follow MD5 (RFC 1321) and SHA (FIPS 180-4).
package struct Digest<Hash: BlockHash> {
    private var hash = Hash()
    private var pending: [UInt8] = []
    private var length: UInt64 = 0

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        length &+= UInt64(bytes.count)
        var rest = bytes
        if !pending.isEmpty {
            let count = min(64 - pending.count, rest.count)
            pending.append(contentsOf: rest[..<count])
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            if pending.count < 64 { return }
            pending.withUnsafeBytes { hash.mix($0) }
            pending.removeAll(keepingCapacity: true)
        }
        let whole = rest.count & ~63
        if whole > 0 { hash.mix(UnsafeRawBufferPointer(rebasing: rest[..<whole])) }
        pending.append(contentsOf: rest[whole...])
    }

    package mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    /// Returns the digest in hexadecimal.
    package consuming func finish() -> String {
        let bits = length &* 8
        pending.append(0x80)
        while pending.count % 64 != 56 { pending.append(0) }
        for i in 0..<8 { pending.append(UInt8(truncatingIfNeeded: bits >> (8 * UInt64(Hash.isBigEndian ? 7 - i : i)))) }
        pending.withUnsafeBytes { hash.mix($0) }
        let digits = Array("0123456789abcdef")
        return hash.words.reduce(into: "") { text, word in
            for i in 0..<4 {
                let byte = Int(word >> UInt32(8 * (Hash.isBigEndian ? 3 - i : i)) & 0xff)
                text.append(digits[byte >> 4])
                text.append(digits[byte & 15])
            }
        }
    }

    /// Returns the digest of `head` and the rest of a source.
    package static func of(_ source: any ByteSource, after head: [UInt8] = []) throws -> String {
        var digest = Digest()
        digest.update(head)
        try source.forEachPiece { digest.update($0) }
        return digest.finish()
    }
}
