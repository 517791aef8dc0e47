/// The checksum of zip entries, eight bytes at a time.
struct CRC32 {
    private var state: UInt32 = 0xffff_ffff

    var value: UInt32 { ~state }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var crc = state
        CRC32.tables.withUnsafeBufferPointer { table in
            var i = 0
            while bytes.count - i >= 8 {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)) ^ UInt64(crc)
                crc = 0
                for k in 0..<8 { crc ^= table[(7 - k) * 256 + Int(truncatingIfNeeded: word >> (8 * UInt64(k))) & 0xff] }
                i += 8
            }
            while i < bytes.count {
                crc = table[Int((crc ^ UInt32(bytes[i])) & 0xff)] ^ crc >> 8
                i += 1
            }
        }
        state = crc
    }

    /// Table k says what a byte does to the checksum k bytes later.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for i in 0..<256 {
            var crc = UInt32(i)
            for _ in 0..<8 { crc = crc & 1 == 1 ? 0xedb8_8320 ^ crc >> 1 : crc >> 1 }
            tables[i] = crc
        }
        for i in 256..<tables.count { tables[i] = tables[Int(tables[i - 256] & 0xff)] ^ tables[i - 256] >> 8 }
        return tables
    }()
}
