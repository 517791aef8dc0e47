import CZstd
import Torch
import TorchFiles

/// Decompresses a stream of Zstandard frames and verifies its checksums.
final class ZstdSource: ByteSource {
    private let source: any ByteSource
    private let stream: OpaquePointer
    private let memory: UnsafeMutableRawBufferPointer
    private var input: ZSTD_inBuffer
    private var isBetweenFrames = false
    private var produced = 0

    /// - Throws: `TorchError` if zstd cannot start.
    init(_ source: any ByteSource) throws {
        guard let stream = ZSTD_createDStream() else { throw source.error("zstd cannot start") }
        self.source = source
        self.stream = stream
        memory = .allocate(byteCount: 1 << 17, alignment: 16)
        input = ZSTD_inBuffer(src: memory.baseAddress, size: 0, pos: 0)
    }

    deinit {
        ZSTD_freeDStream(stream)
        memory.deallocate()
    }

    var name: String { source.name }
    var available: Int? { nil }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if buffer.isEmpty { return 0 }
        var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        while output.pos == 0 {
            if input.pos == input.size {
                input.size = try source.read(into: memory)
                input.pos = 0
                if input.size == 0 {
                    guard isBetweenFrames else {
                        throw error("zstd data ends early, after \(produced) decompressed bytes")
                    }
                    return 0
                }
            }
            let left = ZSTD_decompressStream(stream, &output, &input)
            guard ZSTD_isError(left) == 0 else {
                throw error(
                    "corrupt zstd data after \(produced) decompressed bytes (\(String(cString: ZSTD_getErrorName(left))))"
                )
            }
            isBetweenFrames = left == 0
        }
        produced += output.pos
        return output.pos
    }
}

/// A source that reads bytes in memory from front to back.
final class BytesSource: ByteSource {
    let name: String
    private let bytes: Bytes
    private var position = 0

    init(_ bytes: Bytes, name: String) {
        self.bytes = bytes
        self.name = name
    }

    var available: Int? { bytes.count - position }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count - position)
        if count > 0 {
            bytes.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<position + count]))
            }
        }
        position += count
        return count
    }
}
