import Torch
import TorchFiles

/// Reads JSON lines: an object a row, or one array of all objects. The columns are the names in order of appearance, a
/// name that an object lacks is null, integers become floats where a
/// column has floats or larger numbers, and texts that are all dates or times become `timestamp[s]`: as the `json`
/// loader of Python's `datasets` and `pyarrow.json` do.
enum JSONLinesReader {
    /// - Parameters:
    ///   - path: a file, plain or compressed by gzip or zstd, in UTF-8.
    ///   - mixed: what becomes of values of one name that are of different kinds, and of objects that have not all the
    ///     same names below a row: JSON, as Python's `datasets` has it, or an error and nulls, as `pyarrow.json` has
    ///     it.
    /// - Throws: `TorchError`, naming file, line and cause, where the file is no JSON, or values of one name are of
    /// -   different kinds.
    static func read(_ path: String, onMixedTypes mixed: MixedTypes? = nil) throws -> Table {
        try read(DataFile(path), onMixedTypes: mixed)
    }

    static func read(_ file: DataFile, chunk: Int = 1 << 22, onMixedTypes mixed: MixedTypes? = nil) throws -> Table {
        try file.checkUTF8()
        return try file.bytes.withUnsafeBytes { bytes in
            let input = Input(bytes: bytes, file: file, chunk: chunk)
            let columns = try input.columns { JSONColumn(path: "", allowsMixed: mixed == .useJSON) }
            let shape = columns.reduce(JSONShape(kind: .object)) { $0.joined($1.shape) }
            let withJSON = shape.withJSON()
            // Python's library looks for what differs where each line is an object.
            guard mixed == .useJSON, withJSON.hasJSON,
                input.isArray
                    || hasARowALine(
                        bytes,
                        columns.reduce(0) { $0 + $1.count }, from: file.start)
            else {
                if shape.isMixed, mixed == .useJSON { return try read(file, chunk: chunk) }
                return try table(columns, shape)
            }
            let rewritten = try input.columns(rewritesNumbers: true) { JSONColumn(path: "", withJSON) }
            return try table(rewritten, rewritten.reduce(JSONShape(kind: .object)) { $0.joined($1.shape) })
        }
    }

    /// Whether there are as many lines as rows, and none is blank.
    private static func hasARowALine(_ bytes: UnsafeRawBufferPointer, _ rows: Int, from start: Int) -> Bool {
        var lines = 0, isBlank = true, before: UInt8 = 0
        for byte in bytes[start...] {
            defer { before = byte }
            if byte == UInt8(ascii: "\n"), before == UInt8(ascii: "\r") { continue }
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
                if byte > 0x20 { isBlank = false }
                continue
            }
            if isBlank { return false }
            lines += 1
            isBlank = true
        }
        return lines + (isBlank ? 0 : 1) == rows
    }

    private static func table(_ columns: [JSONColumn], _ shape: JSONShape) throws -> Table {
        guard !shape.isMixed else { throw TorchError(.file, "values of one name are of different kinds") }
        guard case .structure(let fields) = shape.type else { throw TorchError(.file, "rows that are no objects") }
        let batches = try columns.map { column in
            let rows = column.count
            guard case .structure(let columns) = try column.finish(as: shape, rows: rows).storage else {
                return try fields.map { try ColumnBuilder($0.type).finish() }
            }
            return columns
        }
        return try Table(
            schema: Schema(fields: fields),
            batches: batches.filter {
                $0.first.map { $0.count > 0 }
                    ?? false
            })
    }
}

/// A file's bytes on their way into columns.
private struct Input {
    let bytes: UnsafeRawBufferPointer
    let file: DataFile
    /// Bytes that are read at a time.
    let chunk: Int

    var isArray: Bool {
        var parser = JSONParser(bytes, from: file.start)
        return parser.peek() == UInt8(ascii: "[")
    }

    /// Reads all rows, in several pieces.
    /// - Parameter first: makes a column for rows.
    func columns(rewritesNumbers: Bool = false, _ first: @Sendable () -> JSONColumn) throws -> [JSONColumn] {
        if !isArray, let columns = inParallel(rewritesNumbers, first),
            !columns.reduce(JSONShape(kind: .object), { $0.joined($1.shape) }).isMixed || first().allowsMixed
        {
            return columns
        }
        return try oneAfterTheOther(rewritesNumbers, first())
    }

    /// Reads pieces that begin behind the ends of lines; nil where a piece is damaged or does not end where the next
    /// begins, as with objects of several lines.
    private func inParallel(_ rewritesNumbers: Bool, _ first: @Sendable () -> JSONColumn) -> [JSONColumn]? {
        var starts = [file.start]
        while let end = Bytes.newline(bytes, from: min(starts[starts.count - 1] + chunk, bytes.count)) {
            starts.append(end + 1)
        }
        starts.append(bytes.count)
        let pieces = starts
        let columns = parallelMap(pieces.count - 1) { piece -> JSONColumn? in
            var parser = JSONParser(bytes, from: pieces[piece], rewritesNumbers: rewritesNumbers)
            let column = first(), end = pieces[piece + 1]
            do { try Self.parse(&parser, column, until: end) } catch { return nil }
            return parser.position == end ? column : nil
        }
        return columns.contains { $0 == nil } ? nil : columns.compactMap { $0 }
    }

    /// Reads objects until the place of the next is not before `end`.
    private static func parse(_ parser: inout JSONParser, _ column: JSONColumn, until end: Int) throws {
        while parser.peek() != nil, parser.position < end { try parser.object(column) }
    }

    /// Reads one object after the other, and so finds the line of an error.
    private func oneAfterTheOther(_ rewritesNumbers: Bool, _ first: JSONColumn) throws -> [JSONColumn] {
        var parser = JSONParser(bytes, from: file.start, rewritesNumbers: rewritesNumbers)
        var columns = [first]
        func next() -> JSONColumn {
            let column = JSONColumn(expecting: columns[columns.count - 1])
            columns.append(column)
            return column
        }
        do {
            guard parser.peek() == UInt8(ascii: "[") else {
                while parser.peek() != nil {
                    try Self.parse(&parser, columns[0].count == 0 ? columns[0] : next(), until: parser.position + chunk)
                }
                return columns
            }
            var column = columns[0], end = parser.position + chunk, areObjects = true
            try parser.array { parser in
                if parser.position >= end {
                    column = next()
                    end = parser.position + chunk
                }
                if columns.count == 1, column.count == 0 { areObjects = parser.peek() == UInt8(ascii: "{") }
                if areObjects { return try parser.object(column) }
                // Values that are no objects are rows of a column `text`.
                try column.startObject()
                try parser.value(Array("text".utf8).withUnsafeBytes { try column.child($0, guess: 0).column })
                column.endObject(1)
            }
            guard parser.peek() == nil else { throw TorchError(.file, "something behind the end of the array") }
            return columns
        } catch let error as TorchError {
            throw file.error(error.message, at: parser.position)
        }
    }
}

extension Bytes {
    /// The place of the first end of a line at `start` or behind it.
    fileprivate static func newline(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        start < bytes.count ? bytes[start...].firstIndex(of: UInt8(ascii: "\n")) : nil
    }
}
