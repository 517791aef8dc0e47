import Torch

/// A text file that is written row by row. Rows are buffered and written about 1 MiB at a time. The file appears under
/// its name only when `finish` is called, so it is complete or absent.
final class TextOutput {
    private let file: OutputFile
    /// The bytes to write next.
    let buffer = ByteBuffer()

    /// - Throws: `TorchError` if the file cannot be written.
    init(_ path: String) throws { file = try OutputFile(path: path) }

    var name: String { file.name }

    /// Ends a row: writes the buffer to the file if it has more than 1 MiB.
    func endRow() throws {
        if buffer.count > 1 << 20 { try flush() }
    }

    /// Moves the file to its final name.
    /// - Returns: the size in bytes.
    /// - Throws: `TorchError` if the file cannot be written.
    func finish() throws -> Int {
        try flush()
        try file.commit()
        return file.size
    }

    private func flush() throws {
        try file.write(UnsafeRawBufferPointer(start: buffer.memory, count: buffer.count))
        buffer.truncate(to: 0)
    }
}
