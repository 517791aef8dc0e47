import CZlib
import Torch

/// Visits the pages of a column chunk. Reads only their headers.
struct PageScanner {
    struct Page {
        let header: PageHeader
        /// The bytes after the header, as they are in the file.
        let body: Bytes
    }

    private let chunk: Bytes
    private var position = 0
    private var entriesLeft: Int

    /// - Parameters:
    ///   - file: the whole file.
    ///   - description: the chunk's description in the footer.
    init(_ file: Bytes, _ description: ParquetMetadata.ColumnChunk) throws {
        // Some writers store 0 if there is no dictionary.
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

    /// Returns the next dictionary page or data page. Returns nil after all entries of the chunk.
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
    /// Verifies the checksum, decompresses the page and returns its levels and values.
    /// - Parameters:
    ///   - scratch: memory for decompressed bytes. Uncompressed bytes stay in the file.
    ///   - limit: the maximum number of decompressed bytes.
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

    /// The levels and values of a page.
    /// - Precondition: used only while the page and the scratch buffer live.
    struct Content {
        /// The levels of a version 2 page. Empty if the levels stand at the start of `rest`.
        let repetition: UnsafeRawBufferPointer
        let definition: UnsafeRawBufferPointer
        let rest: UnsafeRawBufferPointer
    }
}
