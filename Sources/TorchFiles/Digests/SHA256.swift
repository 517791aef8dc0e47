import CTorchKernels

/// SHA-256 (FIPS 180-4), by which the hub names large files. Uses the instructions of the processor if it has them.
package struct SHA256: BlockHash {
    private var state: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) = (
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
    )

    package init() {}
    package static var isBigEndian: Bool { true }
    package var words: [UInt32] { [state.0, state.1, state.2, state.3, state.4, state.5, state.6, state.7] }

    private static let constants: [UInt32] = [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
    ]

    private static let isNative = st_sha256_is_supported()

    package mutating func mix(_ blocks: UnsafeRawBufferPointer) {
        if SHA256.isNative, let start = blocks.baseAddress {
            withUnsafeMutableBytes(of: &state) {
                st_sha256_blocks($0.baseAddress!.assumingMemoryBound(to: UInt32.self), start, blocks.count / 64)
            }
        } else {
            mixPortably(blocks)
        }
    }

    package mutating func mixPortably(_ blocks: UnsafeRawBufferPointer) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
            SHA256.constants.withUnsafeBufferPointer { constants in
                let words = schedule.baseAddress!, constants = constants.baseAddress!
                for start in stride(from: 0, to: blocks.count, by: 64) {
                    for i in 0..<16 {
                        words[i] = UInt32(
                            bigEndian: blocks.loadUnaligned(fromByteOffset: start + 4 * i, as: UInt32.self))
                    }
                    for i in 16..<64 {
                        let a = words[i - 15], b = words[i - 2]
                        let left = SHA256.turn(a, 7) ^ SHA256.turn(a, 18) ^ (a >> 3),
                            right = SHA256.turn(b, 17) ^ SHA256.turn(b, 19) ^ (b >> 10)
                        words[i] = words[i - 16] &+ left &+ words[i - 7] &+ right
                    }
                    block(words, constants)
                }
            }
        }
    }

    @inline(__always) private static func turn(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word >> count | word << (32 - count)
    }

    /// One round. The callers rotate the eight words by one from round to round.
    @inline(__always)
    private static func round(
        _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32, _ e: UInt32, _ f: UInt32, _ g: UInt32,
        _ h: inout UInt32, _ sum: UInt32
    ) {
        let first = h &+ (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) &+ (g ^ (e & (f ^ g))) &+ sum
        d = d &+ first
        h = first &+ (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) &+ ((a & b) | (c & (a | b)))
    }

    @inline(__always)
    private mutating func block(_ words: UnsafePointer<UInt32>, _ constants: UnsafePointer<UInt32>) {
        var (a, b, c, d, e, f, g, h) = state
        var i = 0
        while i < 64 {
            SHA256.round(a, b, c, &d, e, f, g, &h, words[i] &+ constants[i])
            SHA256.round(h, a, b, &c, d, e, f, &g, words[i + 1] &+ constants[i + 1])
            SHA256.round(g, h, a, &b, c, d, e, &f, words[i + 2] &+ constants[i + 2])
            SHA256.round(f, g, h, &a, b, c, d, &e, words[i + 3] &+ constants[i + 3])
            SHA256.round(e, f, g, &h, a, b, c, &d, words[i + 4] &+ constants[i + 4])
            SHA256.round(d, e, f, &g, h, a, b, &c, words[i + 5] &+ constants[i + 5])
            SHA256.round(c, d, e, &f, g, h, a, &b, words[i + 6] &+ constants[i + 6])
            SHA256.round(b, c, d, &e, f, g, h, &a, words[i + 7] &+ constants[i + 7])
            i += 8
        }
        state = (
            state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e, state.5 &+ f, state.6 &+ g,
            state.7 &+ h
        )
    }
}
