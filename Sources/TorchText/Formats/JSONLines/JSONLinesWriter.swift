import Torch

/// Writes one JSON object for each row like `to_json` of Python's `datasets`, which uses pandas. The output is ASCII
/// only, and `/` is written as `\/`. Numbers are rounded to ten digits after the point. NaNs and infinities become
/// null. Dates, times and durations are in milliseconds.
///
/// The file appears under its name only when `finish` is called, so it is complete or absent.
final class JSONLinesWriter {
    private let output: TextOutput
    private let names: [String]
    /// The names in quotes, each with a colon.
    private let keys: [String]

    /// - Throws: `TorchError` if the file cannot be written.
    init(_ path: String, fields: [Field]) throws {
        output = try TextOutput(path)
        names = fields.map(\.name)
        keys = names.map { JSONQuoting.pandas.quoted($0) + ":" }
    }

    /// Appends rows.
    /// - Throws: `TorchError` if the file cannot be written, bytes are not UTF-8, or the buffers of the columns are
    ///   inconsistent.
    /// - Precondition: there is one column for each field, and all columns have the same length.
    func write(_ columns: [Column]) throws {
        var text = ""
        for row in 0..<(columns.first?.count ?? 0) {
            text = "{"
            for (position, column) in columns.enumerated() {
                if position > 0 { text += "," }
                text += keys[position]
                do { try PandasJSON.write(column.value(at: row), to: &text) } catch let error as TorchError {
                    throw TorchError(error.kind, "\(output.name): column \(names[position]): \(error.message)")
                }
            }
            text += "}\n"
            text.withUTF8 { output.buffer.append(UnsafeRawBufferPointer($0)) }
            try output.endRow()
        }
    }

    /// Moves the file to its final name.
    /// - Returns: the size in bytes.
    /// - Throws: `TorchError` if the file cannot be written.
    func finish() throws -> Int { try output.finish() }
}
