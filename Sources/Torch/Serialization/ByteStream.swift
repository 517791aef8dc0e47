/// Bytes that are read once, from first to last.
protocol ByteStream: AnyObject {
    /// The name in error messages.
    var name: String { get }
    var remaining: Int { get }
    /// Fills the buffer.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws
}

extension ByteStream {
    func error(_ what: String) -> TorchError { TorchError(.file, "\(name): \(what)") }

    func bytes(_ count: Int) throws -> [UInt8] {
        guard count >= 0, count <= remaining else { throw error("\(count) bytes wanted where \(remaining) are left") }
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            try read(into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
            initialized = count
        }
    }

    /// Returns new memory with the next bytes, read directly from the file.
    func storage(byteCount: Int) throws -> Storage {
        guard byteCount >= 0, byteCount <= remaining else {
            throw error("\(byteCount) bytes wanted where \(remaining) are left")
        }
        guard let storage = Storage(byteCount: byteCount) else { throw error("no memory for \(byteCount) bytes") }
        try read(into: UnsafeMutableRawBufferPointer(start: storage.pointer, count: byteCount))
        return storage
    }
}

/// Reads a part of a file.
final class FileStream: ByteStream {
    let file: InputFile
    private(set) var offset: Int
    private let end: Int

    /// Reads from `offset` to the end of the file.
    init(_ file: InputFile, at offset: Int = 0) {
        self.file = file
        self.offset = offset
        end = file.size
    }

    var name: String { file.name }
    var remaining: Int { end - offset }

    /// Moves to an offset.
    func seek(_ offset: Int) { self.offset = offset }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws {
        try file.read(at: offset, into: buffer)
        offset += buffer.count
    }
}
