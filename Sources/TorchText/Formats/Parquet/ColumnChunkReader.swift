import Torch

/// A decoded leaf column of one row group.
struct DecodedLeaf {
    /// The values, one row for each place.
    let column: Column
    /// The levels of the entries, if lists or structures above need them. Levels that are always 0 are not stored.
    let definitions: Bytes?
    let repetitions: Bytes?
    let entries: Int
}

/// Decodes the pages of a column chunk into one column, several pages at a time.
///
/// Pages are processed in windows. The window size affects only how much memory is in use at a time. Buffers grow only
/// as windows are decoded, so a file that claims more data than it has does not use much memory.
struct ColumnChunkReader {
    let leaf: ParquetLeaf
    let description: ParquetMetadata.ColumnChunk
    let file: Bytes
    /// The maximum number of decoded bytes of the chunk, with its levels.
    let limit: Int

    private static let windowPages = 64
    /// The data that a thread decompresses should still be in its cache when it is copied to the target.
    private static var windowBytes: Int { max(4, 2 * getNumThreads()) << 20 }

    /// - Parameter expansion: the number of bytes that a chunk may have beyond the limit that follows from its size in
    ///   the file.
    init(_ leaf: ParquetLeaf, _ description: ParquetMetadata.ColumnChunk, file: Bytes, expansion: Int) {
        self.leaf = leaf
        self.description = description
        self.file = file
        let (size, overflow) = min(description.compressedSize, file.count).multipliedReportingOverflow(by: 1 << 12)
        limit = overflow ? Int.max / 2 : min(Int.max / 2, size) + expansion
    }

    func read() throws -> DecodedLeaf {
        guard description.type == leaf.physical else {
            throw TorchError(.file, "its data are \(description.type.name), the schema says \(leaf.physical.name)")
        }
        let codec = try PageCodec.named(description.codec)
        var scanner = try PageScanner(file, description)
        var dictionary: ParquetDictionary?
        var decoders: [PageDecoder] = []
        let target = try LeafTarget(
            leaf, limit: limit,
            estimate: codec.most(from: description.compressedSize, saying: description.uncompressedSize))
        var waiting: PageScanner.Page?
        let windowBytes = Self.windowBytes
        var isOver = false
        while !isOver {
            var window: [PageScanner.Page] = []
            var size = 0
            while window.count < Self.windowPages, size < windowBytes {
                guard let page = try waiting ?? scanner.next() else {
                    isOver = true
                    break
                }
                waiting = nil
                if case .dictionary = page.header.kind {
                    guard dictionary == nil, window.isEmpty, target.entries == 0 else {
                        throw TorchError(.file, "a dictionary behind other pages")
                    }
                    dictionary = try ParquetDictionary(page, leaf, codec: codec, limit: limit)
                    continue
                }
                window.append(page)
                size += page.header.uncompressedSize
            }
            while decoders.count < window.count { decoders.append(PageDecoder(leaf)) }
            try decode(window, codec, decoders, dictionary, target)
        }
        return try target.finish()
    }

    private func decode(
        _ window: [PageScanner.Page], _ codec: PageCodec, _ decoders: [PageDecoder], _ dictionary: ParquetDictionary?,
        _ target: LeafTarget
    ) throws {
        try each(window.count, decoders) { i in
            try decoders[i].prepare(window[i], codec: codec, dictionary: dictionary, limit: limit)
        }
        let pages = decoders[..<window.count]
        let starts = try target.grow(for: pages)
        try each(window.count, decoders) { i in try target.write(decoders[i], at: starts[i], dictionary) }
        for (page, start) in zip(pages, starts) { target.writeEdges(page, at: start) }
    }

    /// Runs `work` for each page, then throws the error of the first page that failed.
    private func each(_ count: Int, _ decoders: [PageDecoder], _ work: (Int) throws -> Void) throws {
        parallelFor(count) { pages in
            for i in pages {
                do { try work(i) } catch { decoders[i].error = error }
            }
        }
        for decoder in decoders[..<count] {
            if let error = decoder.error { throw error }
        }
    }
}

/// The buffers that the pages of a column chunk are decoded into.
private final class LeafTarget {
    /// The position in each buffer where a page's part begins.
    struct Start {
        var entry = 0, position = 0, byte = 0
    }

    private let leaf: ParquetLeaf
    private let limit: Int
    private let values = ByteBuffer(), offsets = ByteBuffer(), validity = ByteBuffer(), definitions = ByteBuffer(),
        repetitions = ByteBuffer()
    private var end = Start()
    private var hasNulls = false

    var entries: Int { end.entry }

    /// - Parameter estimate: the expected size of the values in bytes. This memory is reserved at once, up to `limit`,
    ///   and touched only when it is filled.
    init(_ leaf: ParquetLeaf, limit: Int, estimate: Int) throws {
        self.leaf = leaf
        self.limit = limit
        if leaf.type != .null { try values.require(min(estimate, limit), of: UInt8.self) }
    }

    private var isLarge: Bool {
        switch leaf.type {
        case .string(let isLarge), .binary(let isLarge): isLarge
        case .json: false
        // Decimal numbers are converted later, so their byte offsets always have 64 bits.
        default: true
        }
    }

    /// Makes room for a window of pages and returns the start of each page.
    func grow(for pages: ArraySlice<PageDecoder>) throws -> [Start] {
        let before = end
        var starts: [Start] = []
        for page in pages {
            starts.append(end)
            end.entry += page.entries
            end.position += page.slots
            let (bytes, overflow) = end.byte.addingReportingOverflow(page.byteCount)
            guard !overflow else { throw TorchError(.file, "more text than can be counted") }
            end.byte = bytes
        }
        let width = leaf.type == .null ? 0 : leaf.width ?? 8
        // Decimal numbers need more bytes in memory than in the file.
        let (size, overflow) = end.position.multipliedReportingOverflow(by: max(width, leaf.type.width ?? 0))
        guard !overflow, end.entry <= limit / 4, size <= limit, end.byte <= limit - size else {
            throw TorchError(
                .file,
                "its \(end.position) values become more than the \(limit) bytes that their size in the file makes plausible"
            )
        }
        guard isLarge || end.byte <= Int(Int32.max) else {
            throw TorchError(.file, "one row group has more than 2 GB of text that repeats itself")
        }

        if leaf.keepsLevels {
            if leaf.maxDefinition > 0 { try definitions.require(end.entry, of: UInt8.self) }
            if leaf.maxRepetition > 0 { try repetitions.require(end.entry, of: UInt8.self) }
        }
        if leaf.type == .null { return starts }
        if !hasNulls, pages.contains(where: \.hasNulls) {
            hasNulls = true
            try clear(validity, from: 0, to: before.position)
            let bits = validity.memory.assumingMemoryBound(to: UInt8.self)
            for part in [BitPacking.Part.inside, .edges] {
                BitPacking.pack(nil, count: before.position, into: bits, at: 0, part)
            }
        }
        if hasNulls { try clear(validity, from: before.position, to: end.position) }
        switch (leaf.physical, leaf.width) {
        case (.boolean, _): try clear(values, from: before.position, to: end.position)
        case (_, nil):
            try values.require(end.byte, of: UInt8.self)
            let width = isLarge ? 8 : 4
            try offsets.require((end.position + 1) * width, of: UInt8.self)
            if before.position == 0 { offsets.memory.initializeMemory(as: UInt8.self, repeating: 0, count: width) }
        default: try values.require(end.position * width, of: UInt8.self)
        }
        return starts
    }

    /// Makes room for bits up to `end` and sets the bytes that begin at or after bit `start` to 0.
    private func clear(_ buffer: ByteBuffer, from start: Int, to end: Int) throws {
        let first = (start + 7) / 8, last = (end + 7) / 8
        try buffer.require(last, of: UInt8.self)
        if last > first { (buffer.memory + first).initializeMemory(as: UInt8.self, repeating: 0, count: last - first) }
    }

    /// Writes the data of a page, except for bytes of bits that it shares with adjacent pages.
    func write(_ page: PageDecoder, at start: Start, _ dictionary: ParquetDictionary?) throws {
        if leaf.keepsLevels {
            page.writeLevels(
                definitions: definitions.memory.assumingMemoryBound(to: UInt8.self) + start.entry,
                repetitions: repetitions.memory.assumingMemoryBound(to: UInt8.self) + start.entry)
        }
        if leaf.type == .null { return }
        if hasNulls {
            page.writeValidity(validity.memory.assumingMemoryBound(to: UInt8.self), at: start.position, .inside)
        }
        if leaf.physical == .boolean {
            page.writeBits(values.memory.assumingMemoryBound(to: UInt8.self), at: start.position, .inside)
        } else if let width = leaf.width {
            page.writeFixed(values.memory + start.position * width, dictionary: dictionary)
        } else if isLarge {
            try page.writeTexts(
                values.memory, at: start.byte,
                ends: offsets.memory.assumingMemoryBound(to: Int64.self) + start.position + 1, dictionary: dictionary)
        } else {
            try page.writeTexts(
                values.memory, at: start.byte,
                ends: offsets.memory.assumingMemoryBound(to: Int32.self) + start.position + 1, dictionary: dictionary)
        }
    }

    /// Writes the bits that `write` left out.
    func writeEdges(_ page: PageDecoder, at start: Start) {
        if leaf.type == .null { return }
        if hasNulls {
            page.writeValidity(validity.memory.assumingMemoryBound(to: UInt8.self), at: start.position, .edges)
        }
        if leaf.physical == .boolean {
            page.writeBits(values.memory.assumingMemoryBound(to: UInt8.self), at: start.position, .edges)
        }
    }

    /// Returns the bytes that have been written into a buffer.
    private static func bytes(_ buffer: ByteBuffer, _ count: Int) -> Bytes {
        buffer.advance(count)
        return buffer.finish()
    }

    func finish() throws -> DecodedLeaf {
        let rows = end.position
        let validity = hasNulls ? Self.bytes(validity, (rows + 7) / 8) : nil
        let column: Column =
            switch leaf.physical {
            case _ where leaf.type == .null: try Column(.null, count: rows, .null)
            case .boolean: try Column(.bool, count: rows, validity: validity, .bits(Self.bytes(values, (rows + 7) / 8)))
            case .byteArray:
                try PhysicalConversion.texts(
                    leaf, rows, validity,
                    offsets: rows > 0 ? Self.bytes(offsets, (rows + 1) * (isLarge ? 8 : 4)) : Bytes(),
                    data: Self.bytes(values, end.byte))
            default: try PhysicalConversion.fixed(leaf, rows, validity, Self.bytes(values, rows * leaf.width!))
            }
        return DecodedLeaf(
            column: column,
            definitions: leaf.keepsLevels && leaf.maxDefinition > 0 ? Self.bytes(definitions, end.entry) : nil,
            repetitions: leaf.keepsLevels && leaf.maxRepetition > 0 ? Self.bytes(repetitions, end.entry) : nil,
            entries: end.entry)
    }
}
