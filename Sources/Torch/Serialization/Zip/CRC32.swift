/// A cyclic checksum of 32 bits. Processes 16 bytes at a time.
package struct CRC32 {
    /// The polynomial, with the coefficient of the highest power in the lowest bit.
    package enum Polynomial: UInt32 {
        /// That of zip, gzip and PNG.
        case zip = 0xedb8_8320
        /// That of CRC-32C.
        case castagnoli = 0x82f6_3b78
    }

    private var state: UInt32 = 0xffff_ffff
    private let tables: [UInt32]

    package init(_ polynomial: Polynomial = .zip) {
        tables =
            switch polynomial {
            case .zip: CRC32.zipTables
            case .castagnoli: CRC32.castagnoliTables
            }
    }

    package var value: UInt32 { ~state }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var crc = state
        tables.withUnsafeBufferPointer { t in
            var i = 0
            while bytes.count - i >= 16 {
                let a = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)) ^ UInt64(crc)
                let b = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: i + 8, as: UInt64.self))
                // Unrolled by hand: the compiler does not unroll a loop over the tables, which takes six times as long.
                let w =
                    t[15 * 256 + Int(a & 0xff)] ^ t[14 * 256 + Int(a >> 8 & 0xff)] ^ t[13 * 256 + Int(a >> 16 & 0xff)]
                    ^ t[12 * 256 + Int(a >> 24 & 0xff)]
                let x =
                    t[11 * 256 + Int(a >> 32 & 0xff)] ^ t[10 * 256 + Int(a >> 40 & 0xff)]
                    ^ t[9 * 256 + Int(a >> 48 & 0xff)] ^ t[8 * 256 + Int(a >> 56)]
                let y =
                    t[7 * 256 + Int(b & 0xff)] ^ t[6 * 256 + Int(b >> 8 & 0xff)] ^ t[5 * 256 + Int(b >> 16 & 0xff)]
                    ^ t[4 * 256 + Int(b >> 24 & 0xff)]
                let z =
                    t[3 * 256 + Int(b >> 32 & 0xff)] ^ t[2 * 256 + Int(b >> 40 & 0xff)] ^ t[256 + Int(b >> 48 & 0xff)]
                    ^ t[Int(b >> 56)]
                crc = w ^ x ^ y ^ z
                i += 16
            }
            while i < bytes.count {
                crc = t[Int((crc ^ UInt32(bytes[i])) & 0xff)] ^ crc >> 8
                i += 1
            }
        }
        state = crc
    }

    private static let zipTables = makeTables(.zip)
    private static let castagnoliTables = makeTables(.castagnoli)

    /// Table k gives the effect of a byte on the checksum k bytes later.
    private static func makeTables(_ polynomial: Polynomial) -> [UInt32] {
        var tables = [UInt32](repeating: 0, count: 16 * 256)
        for i in 0..<256 {
            var crc = UInt32(i)
            for _ in 0..<8 { crc = crc & 1 == 1 ? polynomial.rawValue ^ crc >> 1 : crc >> 1 }
            tables[i] = crc
        }
        for i in 256..<tables.count { tables[i] = tables[Int(tables[i - 256] & 0xff)] ^ tables[i - 256] >> 8 }
        return tables
    }
}
