import CZlib
import Torch

/// Walks over the pages of a column chunk, reading their headers alone.
struct PageScanner {
    struct Page {
        let header: PageHeader
        /// What follows the header, as it lies in the file.
        let body: Bytes
    }

    private let chunk: Bytes
    private var position = 0
    private var entriesLeft: Int

    /// - Parameters:
    ///   - file: the whole file.
    ///   - description: what the footer says about the chunk.
    init(_ file: Bytes, _ description: ParquetMetadata.ColumnChunk) throws {
        // Some writers give 0 where there is no dictionary.
        let start =
            description.dictionaryOffset.map { $0 > 0 ? min($0, description.dataOffset) : description.dataOffset }
            ?? description.dataOffset
        guard let chunk = file.slice(start, description.compressedSize) else {
            throw TorchError(
                .file, "its \(description.compressedSize) bytes at \(start) are not all in the file of \(file.count)")
        }
        self.chunk = chunk
        entriesLeft = description.values
    }

    /// The next dictionary or data page; nil when the chunk has given all its entries.
    mutating func next() throws -> Page? {
        while entriesLeft > 0 {
            guard position < chunk.count else {
                throw TorchError(.file, "its pages end \(entriesLeft) values before their number is reached")
            }
            var size = 0
            let header = try chunk.slice(position, chunk.count - position)!.withUnsafeBytes {
                try PageHeader($0, size: &size)
            }
            position += size
            guard let body = chunk.slice(position, header.compressedSize) else {
                throw TorchError(
                    .file, "a page of \(header.compressedSize) bytes, of which \(chunk.count - position) are there")
            }
            position += header.compressedSize
            switch header.kind {
            case .other: continue
            case .dictionary: break
            case .data, .dataV2:
                guard header.values <= entriesLeft else {
                    throw TorchError(.file, "its pages have more values than the footer says")
                }
                entriesLeft -= header.values
            }
            return Page(header: header, body: body)
        }
        return nil
    }
}

extension PageScanner.Page {
    /// The page's bytes behind the checksum and the codec: levels and values.
    /// - Parameters:
    ///   - scratch: memory for what is decompressed; what is not compressed stays in the file.
    ///   - limit: the most bytes that may be decompressed.
    func content(_ codec: PageCodec, scratch: ByteBuffer, limit: Int) throws -> Content {
        if let checksum = header.checksum {
            let found = body.withUnsafeBytes {
                UInt32(
                    truncatingIfNeeded: crc32(0, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32($0.count)))
            }
            guard found == checksum else { throw TorchError(.file, "a page's checksum is not that of its bytes") }
        }
        var levels = (repetition: 0, definition: 0), isCompressed = true
        if case .dataV2(let bytes, let compressed) = header.kind { (levels, isCompressed) = (bytes, compressed) }
        let before = levels.repetition + levels.definition
        let size = header.uncompressedSize - before
        let packed = UnsafeRawBufferPointer(start: body.start, count: body.count)
        let repetition = UnsafeRawBufferPointer(rebasing: packed[0..<levels.repetition])
        let definition = UnsafeRawBufferPointer(rebasing: packed[levels.repetition..<before])
        let source = UnsafeRawBufferPointer(rebasing: packed[before...])
        if codec == .uncompressed || !isCompressed {
            guard source.count == size else {
                throw TorchError(.file, "a page of \(size) bytes, uncompressed, has \(source.count)")
            }
            return Content(repetition: repetition, definition: definition, rest: source)
        }
        try codec.check(size, from: source.count)
        guard size <= limit else {
            throw TorchError(
                .file, "a page of \(size) bytes, where \(limit) are the most that its size in the file makes plausible")
        }
        try scratch.require(size, of: UInt8.self)
        let target = UnsafeMutableRawBufferPointer(start: scratch.memory, count: size)
        try codec.decompress(source, into: target)
        return Content(repetition: repetition, definition: definition, rest: UnsafeRawBufferPointer(target))
    }

    /// - Precondition: used only while page and scratch live.
    struct Content {
        /// Levels of a page of version 2; empty where they stand at the start of `rest`.
        let repetition: UnsafeRawBufferPointer
        let definition: UnsafeRawBufferPointer
        let rest: UnsafeRawBufferPointer
    }
}
