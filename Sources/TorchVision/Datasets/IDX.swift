#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch
import TorchFiles

/// The IDX format of MNIST and similar data sets: a big-endian header (two zero bytes, element type, number of
/// dimensions, sizes), then the elements.
public enum IDX {
    /// Reads a file, gzipped or not, of any element type of the format (uint8, int8, int16, int32, float32, float64).
    /// - Throws: `TorchError` that names the file if it is missing, truncated, longer than its header says, or not an
    ///   IDX file.
    public static func read(_ path: String) throws -> Tensor { try decode(Files.source(path)) }

    /// Like `read(_:)`, for bytes in memory that are not gzipped. Errors call the bytes `name`.
    public static func decode(_ bytes: [UInt8], name: String) throws -> Tensor {
        try decode(MemorySource(bytes, name: name))
    }

    /// Like `read(_:)`, for gzipped bytes in memory. Errors call the bytes `name`.
    public static func decode(gzipped bytes: [UInt8], name: String) throws -> Tensor {
        try decode(GzipSource(MemorySource(bytes, name: name)))
    }

    struct Header {
        var bytes: [UInt8]
        var dtype: DType
        var sizes: [Int]
        var byteCount: Int
    }

    static func header(_ source: any ByteSource) throws -> Header {
        let magic = try source.take(4, "the IDX header")
        guard magic[0] == 0, magic[1] == 0 else {
            throw source.error("not an IDX file: starts with bytes \(magic[0]), \(magic[1]) where both must be 0")
        }
        let dtype: DType
        switch magic[2] {
        case 0x08: dtype = .uint8
        case 0x09: dtype = .int8
        case 0x0B: dtype = .int16
        case 0x0C: dtype = .int32
        case 0x0D: dtype = .float32
        case 0x0E: dtype = .float64
        default: throw source.error("not an IDX file: unknown element type \(magic[2]) in byte 2")
        }
        let rank = Int(magic[3])
        // No data set has more dimensions than a kernel takes.
        guard rank <= 64 else { throw source.error("IDX header promises \(rank) dimensions") }
        let words = try source.take(4 * rank, "the IDX header's sizes")
        var sizes: [Int] = []
        for d in 0..<rank {
            let size = words[4 * d..<4 * d + 4].reduce(0) { $0 << 8 | Int($1) }
            guard size <= Int32.max else {
                throw source.error("IDX header promises a negative size \(size - 1 << 32) in dimension \(d)")
            }
            sizes.append(size)
        }
        guard let count = Layout.checkedCount(sizes) else {
            throw source.error("IDX header promises sizes \(sizes), whose product overflows")
        }
        return Header(bytes: magic + words, dtype: dtype, sizes: sizes, byteCount: count * dtype.itemSize)
    }

    static func decode(_ source: any ByteSource) throws -> Tensor {
        let header = try header(source)
        if let available = source.available, available != header.byteCount {
            throw wrongLength(source, header, available)
        }
        // The header may be false, so memory grows only with the bytes that arrive: the capacity at most doubles each
        // time.
        var capacity = min(header.byteCount, source.available ?? 1 << 20)
        var memory = try allocate(max(1, capacity), nil, source)
        var storage: Storage?
        defer { if storage == nil { free(memory) } }
        var have = 0
        while have < header.byteCount {
            if have == capacity {
                capacity = min(header.byteCount, capacity * 2)
                memory = try allocate(capacity, memory, source)
            }
            let more = try source.read(
                into: UnsafeMutableRawBufferPointer(start: memory + have, count: capacity - have))
            if more == 0 { throw wrongLength(source, header, have) }
            have += more
        }
        guard try source.isAtEnd() else {
            throw source.error(
                "goes on after the \(header.byteCount) bytes that its IDX header promises (\(describe(header)))")
        }
        swapBytes(memory, header)
        let block = Block(memory)
        let made = Storage(pointer: memory, byteCount: header.byteCount) { block.free() }
        storage = made
        return try Tensor(storage: made, layout: Layout(header.sizes), dtype: header.dtype)
    }

    private static func describe(_ header: Header) -> String {
        "\(header.sizes.map(String.init).joined(separator: " x ")) of \(header.dtype.name)"
    }

    private static func wrongLength(_ source: any ByteSource, _ header: Header, _ count: Int) -> TorchError {
        source.error(
            "holds \(count) bytes after its IDX header, which promises \(header.byteCount) (\(describe(header)))")
    }

    private static func allocate(
        _ count: Int, _ old: UnsafeMutableRawPointer?, _ source: any ByteSource
    ) throws -> UnsafeMutableRawPointer {
        guard let memory = realloc(old, count) else { throw source.error("no memory for \(count) bytes") }
        return memory
    }

    private static func swapBytes(_ memory: UnsafeMutableRawPointer, _ header: Header) {
        func swap<T: FixedWidthInteger>(_ type: T.Type) {
            let words = memory.assumingMemoryBound(to: T.self)
            for i in 0..<header.byteCount / MemoryLayout<T>.size { words[i] = T(bigEndian: words[i]) }
        }
        switch header.dtype.itemSize {
        case 2: swap(UInt16.self)
        case 4: swap(UInt32.self)
        case 8: swap(UInt64.self)
        default: break
        }
    }

    /// Decompresses a gzipped IDX file to `target`. Throws if the length is not the one that the header says.
    static func extract(_ path: String, to target: String) throws {
        let source = try Files.source(path)
        let header = try header(source)
        let sink = try OutputFile(path: target)
        try sink.write(header.bytes)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var left = header.byteCount
        while left > 0 {
            let more = try source.read(
                into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)]))
            if more == 0 { throw wrongLength(source, header, header.byteCount - left) }
            try sink.write(UnsafeRawBufferPointer(rebasing: buffer[..<more]))
            left -= more
        }
        guard try source.isAtEnd() else {
            throw source.error(
                "goes on after the \(header.byteCount) bytes that its IDX header promises (\(describe(header)))")
        }
        try sink.commit()
    }
}

/// Memory from malloc that a storage will take over.
private struct Block: @unchecked Sendable {
    private let pointer: UnsafeMutableRawPointer
    init(_ pointer: UnsafeMutableRawPointer) { self.pointer = pointer }
    func free() {
        #if canImport(Glibc)
        Glibc.free(pointer)
        #else
        Darwin.free(pointer)
        #endif
    }
}
