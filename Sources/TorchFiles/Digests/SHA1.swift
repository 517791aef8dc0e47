/// SHA-1 (FIPS 180-4), by which git, and so the hub, names small files. It does not protect against forgery.
package struct SHA1: BlockHash {
    private var state: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
        0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0
    )

    package init() {}
    package static var isBigEndian: Bool { true }
    package var words: [UInt32] { [state.0, state.1, state.2, state.3, state.4] }

    package mutating func mix(_ blocks: UnsafeRawBufferPointer) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { schedule in
            let words = schedule.baseAddress!
            for start in stride(from: 0, to: blocks.count, by: 64) {
                for i in 0..<16 {
                    words[i] = UInt32(bigEndian: blocks.loadUnaligned(fromByteOffset: start + 4 * i, as: UInt32.self))
                }
                for i in 16..<80 {
                    words[i] = SHA1.turn(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1)
                }
                var (a, b, c, d, e) = state
                func rounds(_ range: Range<Int>, _ constant: UInt32, _ choose: (UInt32, UInt32, UInt32) -> UInt32) {
                    for i in range {
                        (a, b, c, d, e) = (
                            SHA1.turn(a, 5) &+ choose(b, c, d) &+ e &+ constant &+ words[i], a, SHA1.turn(b, 30), c, d
                        )
                    }
                }
                rounds(0..<20, 0x5a827999) { $2 ^ ($0 & ($1 ^ $2)) }
                rounds(20..<40, 0x6ed9eba1) { $0 ^ $1 ^ $2 }
                rounds(40..<60, 0x8f1bbcdc) { ($0 & $1) | ($2 & ($0 | $1)) }
                rounds(60..<80, 0xca62c1d6) { $0 ^ $1 ^ $2 }
                state = (state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e)
            }
        }
    }

    @inline(__always) private static func turn(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word << count | word >> (32 - count)
    }
}
