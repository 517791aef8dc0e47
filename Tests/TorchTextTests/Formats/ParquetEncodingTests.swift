import Testing
import Torch
@testable import TorchText

@Suite struct ParquetEncodingTests {
    private func hybrid(_ bytes: [UInt8], _ bitWidth: Int, _ count: Int) throws -> [UInt32] {
        try [UInt32](unsafeUninitializedCapacity: count) { target, initialized in
            _ = try bytes.withUnsafeBytes {
                try BitPacking.decodeHybrid($0, bitWidth: bitWidth, count: count, into: target.baseAddress!)
            }
            initialized = count
        }
    }

    /// The example of the specification: 0 to 7 in three bits are 10001000 11000110 11111010.
    @Test func bitPackedRunsAreTheSpecifications() throws {
        #expect(try hybrid([0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010], 3, 8) == [0, 1, 2, 3, 4, 5, 6, 7])
        #expect(try hybrid([0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010], 3, 5) == [0, 1, 2, 3, 4])
        #expect(try hybrid([6, 5, 3, 0b1000_1000, 0b1100_0110, 0b1111_1010], 3, 6) == [5, 5, 5, 0, 1, 2])
        #expect(try hybrid([4, 0, 1], 0, 2) == [0, 0])
        #expect(try hybrid([4, 0xff, 0xff, 0xff, 0xff], 32, 2) == [UInt32.max, UInt32.max])
    }

    /// The example of the deprecated encoding: 00000101 00111001 01110111.
    @Test func levelsWithTheHighestBitFirst() throws {
        let levels = try [UInt8](unsafeUninitializedCapacity: 8) { target, initialized in
            let size = try [UInt8(0b0000_0101), 0b0011_1001, 0b0111_0111].withUnsafeBytes {
                try BitPacking.decodeHighestFirst($0, bitWidth: 3, count: 8, into: target.baseAddress!)
            }
            #expect(size == 3)
            initialized = 8
        }
        #expect(levels == [0, 1, 2, 3, 4, 5, 6, 7])
    }

    @Test func numbersOfEveryWidth() throws {
        for bitWidth in 1...32 {
            let mask: UInt64 = (1 << UInt64(bitWidth)) - 1
            let numbers = (0..<64).map { UInt32(UInt64($0 &* 2_654_435_761) & mask) }
            var packed = [UInt8](repeating: 0, count: 8 * bitWidth)
            for (i, number) in numbers.enumerated() {
                for bit in 0..<bitWidth where number >> UInt32(bit) & 1 != 0 {
                    packed[(i * bitWidth + bit) / 8] |= 1 << UInt8((i * bitWidth + bit) % 8)
                }
            }
            #expect(try hybrid([8 << 1 | 1] + packed, bitWidth, 64) == numbers)
        }
    }

    @Test func hybridRunsThatLie() {
        #expect(throws: TorchError.self) { try hybrid([], 3, 1) }
        #expect(throws: TorchError.self) { try hybrid([4], 3, 1) }
        #expect(throws: TorchError.self) { try hybrid([0, 1], 3, 1) }
        #expect(throws: TorchError.self) { try hybrid([1], 3, 1) }
        #expect(throws: TorchError.self) { try hybrid([3, 0], 3, 8) }
        #expect(throws: TorchError.self) {
            try hybrid([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], 3, 8)
        }
    }

    private func deltas(_ bytes: [UInt8], most: Int = 1000) throws -> [Int64] {
        try bytes.withUnsafeBytes { source in
            var decoder = try DeltaDecoder(source, most: most)
            let count = decoder.count
            return try [Int64](unsafeUninitializedCapacity: count) { target, initialized in
                try decoder.decode(into: target.baseAddress!)
                initialized = count
            }
        }
    }

    /// The examples of the specification, with blocks of 128 numbers in four miniblocks: 1, 2, 3, 4, 5 and 7, 5, 3, 1,
    /// 2, 3, 4, 5.
    @Test func deltasAreTheSpecifications() throws {
        let head: [UInt8] = [0x80, 1, 4]
        #expect(try deltas(head + [5, 2, 2, 0, 0, 0, 0]) == [1, 2, 3, 4, 5])
        let second: [UInt8] = [8, 14, 3, 2, 0, 0, 0, 0b1100_0000, 0b0011_1111, 0, 0, 0, 0, 0, 0]
        #expect(try deltas(head + second) == [7, 5, 3, 1, 2, 3, 4, 5])
        #expect(try deltas(head + [0, 0]) == [])
        // 64 bits, and a sum that wraps around.
        #expect(try deltas(head + [2, 1, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80]) == [-1, .max])
    }

    @Test func deltasThatLie() {
        for bytes: [UInt8] in [
            [], [0, 4, 1, 0], [0x80, 1, 0, 1, 0], [0x80, 1, 3, 1, 0], [0x80, 1, 4, 5, 2, 2, 65, 0, 0, 0],
            [0x80, 1, 4, 5, 2, 2, 8, 0, 0, 0, 1]
        ] {
            #expect(throws: TorchError.self) { try deltas(bytes) }
        }
        #expect(throws: TorchError.self) { try deltas([0x80, 1, 4, 5, 2, 2, 0, 0, 0, 0], most: 4) }
    }

    /// Bit ranges that share bytes, written in two parts.
    @Test func bitsBesideEachOther() {
        for start in 0...9 {
            for count in [0, 1, 6, 7, 8, 9, 15, 16, 17, 40] {
                let flags = (0..<count).map { UInt8($0 % 3 == 0 ? 1 : 0) }
                var bits = [UInt8](repeating: 0, count: 8)
                for part in [BitPacking.Part.inside, .edges] {
                    BitPacking.pack(flags, count: count, into: &bits, at: start, part)
                }
                #expect(
                    (0..<64).map { bits[$0 / 8] >> UInt8($0 % 8) & 1 }
                        == (0..<64).map { $0 >= start && $0 < start + count ? flags[$0 - start] : 0 })
            }
        }
    }
}
