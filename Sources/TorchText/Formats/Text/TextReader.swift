import Torch
import TorchFiles

/// Reads plain text into a column `text`, like the `text` loader of Python's `datasets`. The line ends `\n`, `\r\n` and
/// `\r` all become `\n`.
enum TextReader {
    /// The unit of a row. Python: `sample_by`.
    enum Sampling: Sendable {
        /// A line, without its end unless `keepLinebreaks` is set.
        case line
        /// The text between empty lines.
        case paragraph
        /// The whole file.
        case document
    }

    /// - Parameter path: a file in UTF-8: plain, or compressed with gzip or zstd.
    /// - Throws: `TorchError` with the file and the line if the file cannot be read or is not UTF-8.
    static func read(_ path: String, sampleBy sampling: Sampling = .line, keepLinebreaks: Bool = false) throws -> Table
    {
        try read(DataFile(path), sampleBy: sampling, keepLinebreaks: keepLinebreaks)
    }

    static func read(
        _ file: DataFile, sampleBy sampling: Sampling = .line, keepLinebreaks: Bool = false
    ) throws -> Table {
        try file.checkUTF8()
        let text = withNewlines(file.bytes)
        let schema = Schema(fields: [Field("text", .string)])
        var batches: [[Column]] = [], builder = ColumnBuilder(.string), size = 0
        func append(_ range: Range<Int>) throws {
            // A batch stays below 1 GiB, because offsets have 32 bits.
            if size + range.count > 1 << 30, size > 0 {
                batches.append([try builder.finish()])
                builder = ColumnBuilder(.string)
                size = 0
            }
            size += range.count
            try text.withUnsafeBytes { try builder.append(bytes: UnsafeRawBufferPointer(rebasing: $0[range])) }
        }
        switch sampling {
        case .line:
            var start = 0
            while start < text.count {
                let end = text.firstIndex(of: UInt8(ascii: "\n"), from: start)
                try append(start..<(end.map { keepLinebreaks ? $0 + 1 : $0 } ?? text.count))
                start = (end ?? text.count) + 1
            }
        case .paragraph:
            var start = 0, search = 0
            while let end = text.firstIndex(of: UInt8(ascii: "\n"), from: search) {
                guard end + 1 < text.count, text.load(end + 1, as: UInt8.self) == UInt8(ascii: "\n") else {
                    search = end + 1
                    continue
                }
                if end > start { try append(start..<end) }
                start = end + 2
                search = start
            }
            if start < text.count { try append(start..<text.count) }
        case .document: try append(0..<text.count)
        }
        batches.append([try builder.finish()])
        return try Table(schema: schema, batches: batches)
    }

    /// Returns the bytes with `\n` for every line end.
    private static func withNewlines(_ bytes: Bytes) -> Bytes {
        guard var next = bytes.firstIndex(of: UInt8(ascii: "\r"), from: 0) else { return bytes }
        let result = ByteBuffer(capacity: bytes.count)
        var start = 0
        while true {
            result.append(bytes, start, next - start)
            result.append(UInt8(ascii: "\n"))
            start = next + 1
            if start < bytes.count, bytes.load(start, as: UInt8.self) == UInt8(ascii: "\n") { start += 1 }
            guard let following = bytes.firstIndex(of: UInt8(ascii: "\r"), from: start) else { break }
            next = following
        }
        result.append(bytes, start, bytes.count - start)
        return result.finish()
    }
}
