/// Writes a zip file of uncompressed entries whose data is aligned to 64 bytes. PyTorch's files have this alignment so
/// that they can be memory-mapped; libzip cannot guarantee it.
struct StoredZipWriter {
    private let file: OutputFile
    private var entries: [Entry] = []

    private struct Entry {
        let name: [UInt8]
        let offset: Int
        let size: Int
        let checksum: UInt32
    }

    static let alignment = 64
    private static let max32 = 0xffff_ffff

    init(_ file: OutputFile) { self.file = file }

    /// A hash of all names and contents (FNV-1a).
    var identity: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for entry in entries {
            for byte in entry.name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            hash = (hash ^ UInt64(entry.checksum)) &* 0x100_0000_01b3
        }
        return hash
    }

    mutating func add(_ name: String, _ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try add(name, $0) } }

    mutating func add(_ name: String, _ bytes: UnsafeRawBufferPointer) throws {
        let name = Array(name.utf8)
        let offset = file.size
        var checksum = CRC32()
        checksum.update(bytes)
        let isWide = bytes.count >= StoredZipWriter.max32
        let wide = isWide ? field(1, [bytes.count, bytes.count]) : []
        // PyTorch's own extra field is the padding: 'FB', a length, and Zs.
        let plain = offset + 30 + name.count + wide.count + 4
        let padding = (StoredZipWriter.alignment - plain % StoredZipWriter.alignment) % StoredZipWriter.alignment
        var header: [UInt8] = []
        header.put(0x0403_4b50, 4)
        header.putCommon(
            isWide: isWide, checksum.value, size: bytes.count, nameCount: name.count,
            extraCount: wide.count + 4 + padding)
        header += name + wide
        header.put(0x4246, 2)
        header.put(padding, 2)
        header += [UInt8](repeating: UInt8(ascii: "Z"), count: padding)
        try file.write(header)
        try file.write(bytes)
        entries.append(Entry(name: name, offset: offset, size: bytes.count, checksum: checksum.value))
    }

    /// Writes the central directory.
    func finish() throws {
        let most = StoredZipWriter.max32
        let start = file.size
        var directory: [UInt8] = []
        for entry in entries {
            let isWide = entry.size >= most
            let isFar = entry.offset >= most
            let wide =
                isWide || isFar
                ? field(1, (isWide ? [entry.size, entry.size] : []) + (isFar ? [entry.offset] : [])) : []
            directory.put(0x0201_4b50, 4)
            directory.put(isWide || isFar ? 45 : 20, 2)
            directory.putCommon(
                isWide: isWide || isFar, entry.checksum, size: min(entry.size, most), nameCount: entry.name.count,
                extraCount: wide.count)
            // No comment, disk number and attributes.
            directory += [UInt8](repeating: 0, count: 10)
            directory.put(min(entry.offset, most), 4)
            directory += entry.name + wide
        }
        let size = directory.count
        if start >= most || size >= most || entries.count >= 0xffff {
            let record = start + size
            directory.put(0x0606_4b50, 4)
            directory.put(44, 8)
            directory.put(45, 2)
            directory.put(45, 2)
            directory.put(0, 8)
            for number in [entries.count, entries.count, size, start] { directory.put(number, 8) }
            directory.put(0x0706_4b50, 4)
            directory.put(0, 4)
            directory.put(record, 8)
            directory.put(1, 4)
        }
        directory.put(0x0605_4b50, 4)
        directory.put(0, 4)
        directory.put(min(entries.count, 0xffff), 2)
        directory.put(min(entries.count, 0xffff), 2)
        directory.put(min(size, most), 4)
        directory.put(min(start, most), 4)
        directory.put(0, 2)
        try file.write(directory)
    }

    private func field(_ id: Int, _ numbers: [Int]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.put(id, 2)
        bytes.put(8 * numbers.count, 2)
        for number in numbers { bytes.put(number, 8) }
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func put(_ value: Int, _ count: Int) {
        for i in 0..<count { append(UInt8(truncatingIfNeeded: value >> (8 * i))) }
    }

    /// Writes the fields that an entry's header and its directory entry share.
    fileprivate mutating func putCommon(isWide: Bool, _ checksum: UInt32, size: Int, nameCount: Int, extraCount: Int) {
        put(isWide ? 45 : 20, 2)
        // Flags: names are UTF-8. Method: stored. Time: none, which means 1 January 1980.
        put(0x0800, 2)
        put(0, 2)
        put(0, 2)
        put(0x21, 2)
        put(Int(checksum), 4)
        put(Swift.min(size, 0xffff_ffff), 4)
        put(Swift.min(size, 0xffff_ffff), 4)
        put(nameCount, 2)
        put(extraCount, 2)
    }
}
