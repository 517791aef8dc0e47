import Testing
import TorchFiles

/// SHA-256 as on a processor without instructions for it.
private struct PortableSHA256: BlockHash {
    private var hash = SHA256()

    static var isBigEndian: Bool { true }
    var words: [UInt32] { hash.words }
    mutating func mix(_ blocks: UnsafeRawBufferPointer) { hash.mixPortably(blocks) }
}

@Suite struct DigestTests {
    private func hex<Hash: BlockHash>(_ bytes: [UInt8], as hash: Hash.Type, piece: Int = .max) -> String {
        var digest = Digest<Hash>()
        for start in stride(from: 0, to: bytes.count, by: min(piece, max(bytes.count, 1))) {
            digest.update(Array(bytes[start..<min(bytes.count, start + min(piece, bytes.count))]))
        }
        return digest.finish()
    }

    /// The examples of FIPS 180-4 and RFC 1321.
    @Test func publishedExamples() {
        let two = Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)
        #expect(hex([], as: SHA256.self) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            hex(Array("abc".utf8), as: SHA256.self)
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(hex(two, as: SHA256.self) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        #expect(hex([], as: SHA1.self) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(hex(Array("abc".utf8), as: SHA1.self) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(hex(two, as: SHA1.self) == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
        #expect(hex([], as: MD5.self) == "d41d8cd98f00b204e9800998ecf8427e")
        #expect(hex(Array("abc".utf8), as: MD5.self) == "900150983cd24fb0d6963f7d28e17f72")
    }

    /// All lengths around the end of a block, in pieces of all sizes. The expected digest is that of all digests,
    /// computed with Python's hashlib:
    /// `h = lambda f: f(''.join(f(bytes(i * 7 & 255 for i in range(n))).hexdigest() for n in
    /// range(200)).encode()).hexdigest()`.
    @Test func lengthsAndPieces() {
        func all<Hash: BlockHash>(_ hash: Hash.Type, piece: (Int) -> Int) -> String {
            hex(
                Array(
                    (0..<200).map { count in
                        hex((0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }, as: hash, piece: piece(count))
                    }.joined().utf8), as: hash)
        }
        for piece in [{ _ in Int.max }, { $0 % 17 + 1 }, { _ in 64 }] as [(Int) -> Int] {
            #expect(
                all(SHA256.self, piece: piece) == "ca07a79e06ea4c825585cbbf34308733cb36356746a5eec888d7f813ec003999")
            #expect(all(PortableSHA256.self, piece: piece) == all(SHA256.self, piece: piece))
            #expect(all(SHA1.self, piece: piece) == "a0ad81624bb7a3533b28be19562ec6785cedd70f")
            #expect(all(MD5.self, piece: piece) == "1736b409b36391b34d692fdce6b0cc0b")
        }
    }
}
