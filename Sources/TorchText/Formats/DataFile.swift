#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch
import TorchFiles

/// The bytes of a text data file. A plain file is memory-mapped; a gzip or zstd file is decompressed. The content
/// decides, not the file's name.
struct DataFile {
    let name: String
    let bytes: Bytes

    /// - Throws: `TorchError` if the file cannot be read or is damaged.
    init(_ path: String) throws {
        let file = try MappedFile(path: path).bytes
        if file.starts([0x1f, 0x8b]) {
            self = try DataFile(GzipSource(BytesSource(file, name: path)))
        } else if file.starts([0x28, 0xb5, 0x2f, 0xfd]) {
            self = try DataFile(ZstdSource(BytesSource(file, name: path)))
        } else {
            self.init(file, name: path)
        }
    }

    init(_ bytes: Bytes, name: String) {
        self.bytes = bytes
        self.name = name
    }

    /// Reads all bytes of a source.
    /// - Throws: `TorchError` if reading fails or the source has more than `limit` bytes.
    init(_ source: any ByteSource, atMost limit: Int = .max) throws {
        let buffer = ByteBuffer(capacity: min(source.available ?? 1 << 20, limit))
        while true {
            buffer.reserve(1 << 16)
            let count = try source.read(
                into: UnsafeMutableRawBufferPointer(
                    start: buffer.memory + buffer.count, count: buffer.capacity - buffer.count))
            if count == 0 { break }
            buffer.advance(count)
            if buffer.count > limit { throw source.error("more than \(limit) bytes") }
        }
        self.init(buffer.finish(), name: source.name)
    }

    /// Returns an error with the file, the number of the line at byte `position`, and the message `what`.
    func error(_ what: String, at position: Int) -> TorchError {
        let line = bytes.withUnsafeBytes {
            $0[..<min(max(position, 0), bytes.count)].reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
        }
        return TorchError(.file, "\(name): line \(line): \(what)")
    }

    /// - Throws: `TorchError` with the line if the bytes are not UTF-8.
    func checkUTF8() throws {
        if let position = bytes.withUnsafeBytes({ UTF8Check.firstInvalid($0) }) {
            throw error("not UTF-8", at: position)
        }
    }

    /// The position where the text begins: after a byte order mark, if there is one.
    var start: Int { bytes.starts([0xef, 0xbb, 0xbf]) ? 3 : 0 }
}

extension Bytes {
    func starts(_ magic: [UInt8]) -> Bool { withUnsafeBytes { $0.starts(with: magic) } }
}

/// Checks that bytes are UTF-8 (Unicode 15, table 3-7).
enum UTF8Check {
    /// Returns the position of the first byte that does not begin a valid character, or nil if all bytes are valid.
    static func firstInvalid(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        let count = bytes.count
        var position = 0
        while position < count {
            while position + 32 <= count {
                let low = base.loadUnaligned(fromByteOffset: position, as: SIMD4<UInt64>.self)
                if (low.x | low.y | low.z | low.w) & 0x8080_8080_8080_8080 != 0 { break }
                position += 32
            }
            let end = min(position + 32, count)
            while position < end {
                let first = base.load(fromByteOffset: position, as: UInt8.self)
                if first < 0x80 {
                    position += 1
                    continue
                }
                let length: Int, low: UInt8, high: UInt8
                switch first {
                case 0xc2...0xdf: (length, low, high) = (2, 0x80, 0xbf)
                case 0xe0: (length, low, high) = (3, 0xa0, 0xbf)
                case 0xed: (length, low, high) = (3, 0x80, 0x9f)
                case 0xe1...0xef: (length, low, high) = (3, 0x80, 0xbf)
                case 0xf0: (length, low, high) = (4, 0x90, 0xbf)
                case 0xf1...0xf3: (length, low, high) = (4, 0x80, 0xbf)
                case 0xf4: (length, low, high) = (4, 0x80, 0x8f)
                default: return position
                }
                guard length <= count - position else { return position }
                let second = base.load(fromByteOffset: position + 1, as: UInt8.self)
                guard second >= low, second <= high else { return position }
                for index in 2..<max(length, 2)
                where base.load(fromByteOffset: position + index, as: UInt8.self) & 0xc0 != 0x80 { return position }
                position += length
            }
        }
        return nil
    }
}

extension Bytes {
    /// Returns the position of the first occurrence of `byte` at or after `start`.
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        guard start < count else { return nil }
        return withUnsafeBytes { bytes in
            memchr(bytes.baseAddress! + start, Int32(byte), count - start).map {
                UnsafeRawPointer($0) - bytes.baseAddress!
            }
        }
    }
}

extension ByteBuffer {
    /// Appends `count` bytes of `source`, beginning at `start`.
    /// - Precondition: `source` has these bytes.
    func append(_ source: Bytes, _ start: Int, _ count: Int) {
        source.withUnsafeBytes { append(UnsafeRawBufferPointer(rebasing: $0[start..<start + count])) }
    }
}
