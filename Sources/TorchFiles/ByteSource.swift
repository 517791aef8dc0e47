import CZlib
import Torch

/// A stream of bytes: from a file, a gzip stream or memory.
package protocol ByteSource: AnyObject {
    /// The name in error messages.
    var name: String { get }
    /// The number of bytes that are certainly still to come, or nil if it is not known.
    var available: Int? { get }
    /// Fills the start of `buffer` and returns the number of bytes; 0 means the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

extension ByteSource {
    package func error(_ what: String) -> TorchError { TorchError(.file, "\(name): \(what)") }

    /// Reads until `buffer` is full or the source ends. Returns the number of bytes.
    package func fill(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var have = 0
        while have < buffer.count {
            let more = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[have...]))
            if more == 0 { break }
            have += more
        }
        return have
    }

    /// Reads exactly `count` bytes. Throws if there are fewer.
    package func take(_ count: Int, _ what: String) throws -> [UInt8] {
        var have = 0
        let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            have = try fill(UnsafeMutableRawBufferPointer(buffer))
            initialized = have
        }
        guard have == count else { throw error("ends after \(have) of the \(count) bytes of \(what)") }
        return bytes
    }

    /// Calls `body` with the rest of the source, piece by piece.
    package func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try read(into: buffer)
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    package func isAtEnd() throws -> Bool {
        try withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { try read(into: $0) == 0 }
    }
}

/// Bytes in memory.
package final class MemorySource: ByteSource {
    package let name: String
    private let bytes: [UInt8]
    private var position = 0

    package init(_ bytes: [UInt8], name: String) {
        self.bytes = bytes
        self.name = name
    }

    package var available: Int? { bytes.count - position }

    package func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count - position)
        if count > 0 { buffer.copyBytes(from: bytes[position..<position + count]) }
        position += count
        return count
    }
}

/// The decompressed bytes of a gzip or zlib stream, checked against its checksums. Several gzip members one after the
/// other are one stream, as for gzip itself.
package final class GzipSource: ByteSource {
    private let source: any ByteSource
    private var stream = z_stream()
    private let input: UnsafeMutableRawBufferPointer
    private var isBetweenMembers = false
    private var isOver = false
    private var produced = 0
    private let isZlib: Bool

    /// Creates a source that decompresses `source`, from the format of zlib (RFC 1950) if `isZlib` is true.
    /// - Throws: `TorchError` if zlib cannot start.
    package init(_ source: any ByteSource, isZlib: Bool = false) throws {
        self.source = source
        self.isZlib = isZlib
        input = .allocate(byteCount: 1 << 18, alignment: 16)
        // A window of 15 bits, and a gzip header (16).
        guard inflateInit2_(&stream, isZlib ? 15 : 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else {
            throw source.error("zlib cannot start")
        }
    }

    deinit {
        inflateEnd(&stream)
        input.deallocate()
    }

    package var name: String { source.name }
    package var available: Int? { nil }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if isOver || buffer.isEmpty { return 0 }
        let room = min(buffer.count, Int(UInt32.max))
        stream.next_out = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self)
        stream.avail_out = UInt32(room)
        while Int(stream.avail_out) == room {
            if stream.avail_in == 0 {
                let count = try source.read(into: input)
                if count == 0 {
                    guard isBetweenMembers else {
                        throw error("\(isZlib ? "zlib" : "gzip") data ends early, after \(produced) decompressed bytes")
                    }
                    isOver = true
                    break
                }
                stream.next_in = input.baseAddress!.assumingMemoryBound(to: UInt8.self)
                stream.avail_in = UInt32(count)
            }
            if isBetweenMembers {
                // Zeros may fill the last block of a tape or disk.
                if stream.next_in.pointee == 0 {
                    stream.next_in += 1
                    stream.avail_in -= 1
                    continue
                }
                inflateReset(&stream)
                isBetweenMembers = false
            }
            switch inflate(&stream, Z_NO_FLUSH) {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END where isZlib:
                isOver = true
                let count = room - Int(stream.avail_out)
                produced += count
                return count
            case Z_STREAM_END: isBetweenMembers = true
            default:
                let done = produced + room - Int(stream.avail_out)
                let reason = stream.msg.map { String(cString: $0) } ?? "unknown error"
                throw error("corrupt \(isZlib ? "zlib" : "gzip") data after \(done) decompressed bytes (\(reason))")
            }
        }
        let count = room - Int(stream.avail_out)
        produced += count
        return count
    }
}
