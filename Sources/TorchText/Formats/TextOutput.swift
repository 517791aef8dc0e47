import Torch

/// A file of rows that are gathered and written about a megabyte at a time; it appears under its name when `finish` is
/// called, whole or not at all.
final class TextOutput {
    private let file: OutputFile
    /// What is to be written next.
    let buffer = ByteBuffer()

    /// - Throws: `TorchError` where the file cannot be written.
    init(_ path: String) throws { file = try OutputFile(path: path) }

    var name: String { file.name }

    /// Writes what has been gathered where that is much.
    func endRow() throws {
        if buffer.count > 1 << 20 { try flush() }
    }

    /// Gives the file its name.
    /// - Returns: its bytes.
    /// - Throws: `TorchError` where the file cannot be written.
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
