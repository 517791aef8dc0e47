import CBrotli
import CLZ4
import CSnappy
import CZlib
import CZstd
import Torch

/// The compression of a column's pages (parquet.thrift: `CompressionCodec`).
enum PageCodec: Int, Sendable {
    case uncompressed = 0, snappy, gzip
    case brotli = 4
    /// LZ4 blocks with Hadoop's framing. Some writers omit the framing.
    case lz4
    case zstd
    /// One LZ4 block without framing.
    case lz4Raw

    /// Returns the codec with this number in the file.
    /// - Throws: `TorchError` if the codec is not supported.
    static func named(_ number: Int) throws -> PageCodec {
        if let codec = PageCodec(rawValue: number) { return codec }
        let name = number == 3 ? "LZO" : "codec \(number)"
        throw TorchError(
            .file, "is compressed with \(name), which is not supported (snappy, gzip, brotli, lz4 and zstd are)")
    }

    var name: String {
        switch self {
        case .uncompressed: "no codec"
        case .snappy: "snappy"
        case .gzip: "gzip"
        case .brotli: "brotli"
        case .lz4, .lz4Raw: "lz4"
        case .zstd: "zstd"
        }
    }

    /// The maximum number of bytes that one compressed byte can expand to.
    private var maxExpansion: Int {
        switch self {
        case .uncompressed: 1
        // A copy of 64 bytes takes three bytes.
        case .snappy: 22
        // zlib's documentation: 1032 to 1.
        case .gzip: 1040
        // A block of 16 MB takes more than four bytes.
        case .brotli: 1 << 22
        // Each byte of a length adds 255.
        case .lz4, .lz4Raw: 256
        // A block of 128 KB takes four bytes.
        case .zstd: 1 << 15
        }
    }

    /// Decompresses `source` into `target`.
    /// - Throws: `TorchError` if the data are corrupt or do not fill `target` exactly.
    func decompress(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) throws {
        guard let from = source.baseAddress, let to = target.baseAddress, !source.isEmpty else {
            guard target.isEmpty else { throw corrupt("ends early", target.count) }
            return
        }
        switch self {
        case .uncompressed:
            guard source.count == target.count else { throw corrupt("has \(source.count) bytes", target.count) }
            target.copyMemory(from: source)
        case .snappy:
            let bytes = from.assumingMemoryBound(to: CChar.self)
            var size = 0
            guard snappy_uncompressed_length(bytes, source.count, &size) == SNAPPY_OK, size == target.count,
                snappy_uncompress(bytes, source.count, to.assumingMemoryBound(to: CChar.self), &size) == SNAPPY_OK,
                size == target.count
            else {
                throw corrupt("is corrupt", target.count)
            }
        case .gzip: try inflateAll(from, source.count, to, target.count)
        case .brotli:
            var size = target.count
            let bytes = from.assumingMemoryBound(to: UInt8.self)
            let result = BrotliDecoderDecompress(source.count, bytes, &size, to.assumingMemoryBound(to: UInt8.self))
            guard result == BROTLI_DECODER_RESULT_SUCCESS else { throw corrupt("is corrupt", target.count) }
            guard size == target.count else { throw corrupt("has \(size) bytes", target.count) }
        case .lz4:
            let size = decompressFramed(source, into: target) ?? decompressBlock(source, into: target)
            guard size == target.count else { throw corrupt("is corrupt", target.count) }
        case .lz4Raw:
            guard decompressBlock(source, into: target) == target.count else {
                throw corrupt("is corrupt", target.count)
            }
        case .zstd:
            let size = ZSTD_decompress(to, target.count, from, source.count)
            guard ZSTD_isError(size) == 0 else {
                throw corrupt("is corrupt (\(String(cString: ZSTD_getErrorName(size))))", target.count)
            }
            guard size == target.count else { throw corrupt("has \(size) bytes", target.count) }
        }
    }

    /// Returns `uncompressed`, the claimed size, but at most the size that the codec can make of `compressed` bytes.
    func most(from compressed: Int, saying uncompressed: Int) -> Int {
        let (most, overflow) = compressed.multipliedReportingOverflow(by: maxExpansion)
        return overflow ? uncompressed : min(uncompressed, most &+ 64)
    }

    /// Throws `TorchError` if `compressed` bytes cannot expand to `uncompressed` bytes.
    func check(_ uncompressed: Int, from compressed: Int) throws {
        guard most(from: compressed, saying: uncompressed) == uncompressed else {
            throw TorchError(.file, "a page is said to become \(uncompressed) bytes from \(compressed) with \(name)")
        }
    }

    private func corrupt(_ how: String, _ count: Int) -> TorchError {
        TorchError(.file, "a page of \(count) bytes, compressed with \(name), \(how)")
    }

    /// Decompresses one LZ4 block and returns the number of bytes. Returns nil if the block is corrupt or does not fit
    /// into `target`.
    private func decompressBlock(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int? {
        guard let count = Int32(exactly: source.count), let room = Int32(exactly: target.count) else { return nil }
        let from = source.baseAddress?.assumingMemoryBound(to: CChar.self)
        let size = LZ4_decompress_safe(from, target.baseAddress?.assumingMemoryBound(to: CChar.self), count, room)
        return size < 0 ? nil : Int(size)
    }

    /// Decompresses LZ4 blocks with Hadoop's framing. Before each block stand two big-endian 32-bit numbers: the
    /// decompressed size and the compressed size. Returns nil if `source` does not have this form.
    private func decompressFramed(
        _ source: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawBufferPointer
    ) -> Int? {
        var position = 0, filled = 0
        while position < source.count {
            guard source.count - position >= 8 else { return nil }
            func number(_ offset: Int) -> Int {
                Int(UInt32(bigEndian: source.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            }
            let size = number(position), count = number(position + 4)
            position += 8
            guard count <= source.count - position, size <= target.count - filled else { return nil }
            let block = UnsafeRawBufferPointer(rebasing: source[position..<position + count])
            let room = UnsafeMutableRawBufferPointer(rebasing: target[filled..<filled + size])
            guard decompressBlock(block, into: room) == size else { return nil }
            position += count
            filled += size
        }
        return filled
    }

    /// Inflates a sequence of gzip members as one stream. Also accepts a zlib header.
    private func inflateAll(
        _ source: UnsafeRawPointer, _ sourceCount: Int, _ target: UnsafeMutableRawPointer, _ targetCount: Int
    ) throws {
        var stream = z_stream()
        // 15 window bits; 32 accepts both headers. The sizes of a page have 32 bits.
        guard inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw TorchError(.file, "zlib cannot start")
        }
        defer { inflateEnd(&stream) }
        stream.next_in = UnsafeMutablePointer(mutating: source.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(sourceCount)
        stream.next_out = target.assumingMemoryBound(to: UInt8.self)
        stream.avail_out = UInt32(targetCount)
        while true {
            let code = inflate(&stream, Z_FINISH)
            guard code == Z_STREAM_END else {
                throw corrupt(code == Z_BUF_ERROR ? "has more bytes or ends early" : "is corrupt", targetCount)
            }
            if stream.avail_in == 0 || stream.avail_out == 0 { break }
            inflateReset(&stream)
        }
        guard stream.avail_out == 0 else {
            throw corrupt("has \(targetCount - Int(stream.avail_out)) bytes", targetCount)
        }
    }
}
