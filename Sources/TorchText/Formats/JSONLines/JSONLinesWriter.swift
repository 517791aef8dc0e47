import Torch

/// Writes a JSON object a row as `to_json` of Python's `datasets` does, which is pandas's: nothing but ASCII, `/` as
/// `\/`, numbers rounded to ten digits behind the point, NaNs and infinities as null,
/// dates, times and durations in milliseconds.
///
/// The file appears under its name when `finish` is called, whole or not at all.
final class JSONLinesWriter {
    private let output: TextOutput
    private let names: [String]
    /// The names in quotes with their colon.
    private let keys: [String]

    /// - Throws: `TorchError` where the file cannot be written.
    init(_ path: String, fields: [Field]) throws {
        output = try TextOutput(path)
        names = fields.map(\.name)
        keys = names.map { JSONQuoting.pandas.quoted($0) + ":" }
    }

    /// Appends rows.
    /// - Throws: `TorchError` where the file cannot be written, bytes are no text, or the columns' buffers say
    /// -   something impossible.
    /// - Precondition: the columns are as many as the fields, all of one length.
    func write(_ columns: [Column]) throws {
        var text = ""
        for row in 0..<(columns.first?.count ?? 0) {
            text = "{"
            for (place, column) in columns.enumerated() {
                if place > 0 { text += "," }
                text += keys[place]
                do { try PandasJSON.write(column.value(at: row), to: &text) } catch let error as TorchError {
                    throw TorchError(error.kind, "\(output.name): column \(names[place]): \(error.message)")
                }
            }
            text += "}\n"
            text.withUTF8 { output.buffer.append(UnsafeRawBufferPointer($0)) }
            try output.endRow()
        }
    }

    /// Gives the file its name.
    /// - Returns: its bytes.
    /// - Throws: `TorchError` where the file cannot be written.
    func finish() throws -> Int { try output.finish() }
}
