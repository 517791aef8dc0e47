import Torch
import TorchFiles

/// Reads JSON lines (one object for each row) or one array of objects. It works like the `json` loader of Python's
/// `datasets` and like `pyarrow.json`: The columns are the names in order of appearance. A name that is missing in an
/// object is null. Integers become floats if the column also has floats or larger numbers. Texts become `timestamp[s]`
/// if all of them are dates or times.
enum JSONLinesReader {
    /// - Parameters:
    ///   - path: a file in UTF-8: plain, or compressed with gzip or zstd.
    ///   - mixed: how to treat values of one name that have different kinds, and objects below a row whose names
    ///     differ. `useJSON` stores them as JSON, like Python's `datasets`. Otherwise different kinds are an error and
    ///     missing names are null, like in `pyarrow.json`.
    /// - Throws: `TorchError` with the file, the line and the cause if the file is not JSON or values of one name have
    ///   different kinds.
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
            // Python's library looks for differing objects only if each line is one object.
            guard mixed == .useJSON, withJSON.hasJSON,
                input.isArray
                    || hasOneRowPerLine(
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

    /// Returns whether there are as many lines as rows and no line is blank.
    private static func hasOneRowPerLine(_ bytes: UnsafeRawBufferPointer, _ rows: Int, from start: Int) -> Bool {
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

/// Reads the bytes of a file into columns.
private struct Input {
    let bytes: UnsafeRawBufferPointer
    let file: DataFile
    /// The number of bytes in a piece.
    let chunk: Int

    var isArray: Bool {
        var parser = JSONParser(bytes, from: file.start)
        return parser.peek() == UInt8(ascii: "[")
    }

    /// Reads all rows, in several pieces.
    /// - Parameter first: creates the column for the rows of a piece.
    func columns(rewritesNumbers: Bool = false, _ first: @Sendable () -> JSONColumn) throws -> [JSONColumn] {
        if !isArray, let columns = inParallel(rewritesNumbers, first),
            !columns.reduce(JSONShape(kind: .object), { $0.joined($1.shape) }).isMixed || first().allowsMixed
        {
            return columns
        }
        return try readSequentially(rewritesNumbers, first())
    }

    /// Reads pieces that begin after line ends, in parallel. Returns nil if a piece is damaged or does not end where
    /// the next piece begins, for example because an object spans several lines.
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

    /// Reads objects while the next one begins before `end`.
    private static func parse(_ parser: inout JSONParser, _ column: JSONColumn, until end: Int) throws {
        while parser.peek() != nil, parser.position < end { try parser.object(column) }
    }

    /// Reads one object after another. This way the line of an error is known.
    private func readSequentially(_ rewritesNumbers: Bool, _ first: JSONColumn) throws -> [JSONColumn] {
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
                // Values that are not objects become rows of a column `text`.
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
    /// Returns the position of the first newline at or after `start`.
    fileprivate static func newline(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        start < bytes.count ? bytes[start...].firstIndex(of: UInt8(ascii: "\n")) : nil
    }
}
