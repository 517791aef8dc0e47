import Torch
import TorchFiles

/// Reads JSON lines: an object a row, or one array of all objects. The columns are the names in order of appearance, a name that an object lacks is null, integers become floats where a
/// column has floats or larger numbers, and texts that are all dates or times become `timestamp[s]`: as the `json` loader of Python's `datasets` and `pyarrow.json` do.
enum JSONLinesReader {
    /// - Parameter path: a file, plain or compressed by gzip or zstd, in UTF-8.
    /// - Throws: `TorchError`, naming file, line and cause, where the file is no JSON, or values of one name are of different kinds.
    static func read(_ path: String) throws -> Table { try read(DataFile(path)) }

    static func read(_ file: DataFile, chunk: Int = 1 << 22) throws -> Table {
        try file.checkUTF8()
        return try file.bytes.withUnsafeBytes { bytes in
            var parser = JSONParser(bytes, from: file.start)
            if parser.peek() == UInt8(ascii: "[") { return try table(readAll(bytes, file, chunk)) }
            if let columns = readInParallel(bytes, from: file.start, chunk), let table = try? table(columns) { return table }
            return try table(readAll(bytes, file, chunk))
        }
    }

    /// Reads pieces that begin behind the ends of lines; nil where a piece is damaged or does not end where the next begins, as with objects of several lines.
    private static func readInParallel(_ bytes: UnsafeRawBufferPointer, from start: Int, _ chunk: Int) -> [JSONColumn]? {
        var starts = [start]
        while let end = Bytes.newline(bytes, from: min(starts[starts.count - 1] + chunk, bytes.count)) { starts.append(end + 1) }
        starts.append(bytes.count)
        let pieces = starts
        let columns = parallelMap(pieces.count - 1) { piece -> JSONColumn? in
            var parser = JSONParser(bytes, from: pieces[piece])
            let column = JSONColumn(path: ""), end = pieces[piece + 1]
            do { try parse(&parser, column, until: end) } catch { return nil }
            return parser.position == end ? column : nil
        }
        return columns.contains { $0 == nil } ? nil : columns.compactMap { $0 }
    }

    /// Reads objects until the place of the next is not before `end`.
    private static func parse(_ parser: inout JSONParser, _ column: JSONColumn, until end: Int) throws {
        while parser.peek() != nil, parser.position < end { try parser.object(column) }
    }

    /// Reads one object after the other, and so finds the line of an error.
    private static func readAll(_ bytes: UnsafeRawBufferPointer, _ file: DataFile, _ chunk: Int) throws -> [JSONColumn] {
        var parser = JSONParser(bytes, from: file.start)
        var columns = [JSONColumn(path: "")]
        func next() -> JSONColumn {
            let column = JSONColumn(expecting: columns[columns.count - 1])
            columns.append(column)
            return column
        }
        do {
            guard parser.peek() == UInt8(ascii: "[") else {
                while parser.peek() != nil { try parse(&parser, columns[0].count == 0 ? columns[0] : next(), until: parser.position + chunk) }
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
            }
            guard parser.peek() == nil else { throw TorchError(.file, "something behind the end of the array") }
            return columns
        } catch let error as TorchError {
            throw file.error(error.message, at: parser.position)
        }
    }

    private static func table(_ columns: [JSONColumn]) throws -> Table {
        var shape = JSONShape(kind: .object)
        for column in columns {
            guard let both = shape.joined(column.shape) else { throw TorchError(.file, "values of one name are of different kinds") }
            shape = both
        }
        guard case .structure(let fields) = shape.type else { throw TorchError(.file, "rows that are no objects") }
        let batches = try columns.map { column in
            let rows = column.count
            guard case .structure(let columns) = try column.finish(as: shape, rows: rows).storage else { return try fields.map { try ColumnBuilder($0.type).finish() } }
            return columns
        }
        return try Table(schema: Schema(fields: fields), batches: batches.filter { $0.first.map { $0.count > 0 } ?? false })
    }
}

extension Bytes {
    /// The place of the first end of a line at `start` or behind it.
    fileprivate static func newline(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        start < bytes.count ? bytes[start...].firstIndex(of: UInt8(ascii: "\n")) : nil
    }
}
