/// Bytes that are read once, from the first to the last.
protocol ByteStream: AnyObject {
    /// What messages call it.
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

    /// Memory of its own for the next bytes, straight from the file.
    func storage(byteCount: Int) throws -> Storage {
        guard byteCount >= 0, byteCount <= remaining else {
            throw error("\(byteCount) bytes wanted where \(remaining) are left")
        }
        guard let storage = Storage(byteCount: byteCount) else { throw error("no memory for \(byteCount) bytes") }
        try read(into: UnsafeMutableRawBufferPointer(start: storage.pointer, count: byteCount))
        return storage
    }
}

/// A part of a file.
final class FileStream: ByteStream {
    let file: InputFile
    private(set) var offset: Int
    private let end: Int

    /// From `offset` to the file's end.
    init(_ file: InputFile, at offset: Int = 0) {
        self.file = file
        self.offset = offset
        end = file.size
    }

    var name: String { file.name }
    var remaining: Int { end - offset }

    /// Goes to a place that has been read before.
    func seek(_ offset: Int) { self.offset = offset }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws {
        try file.read(at: offset, into: buffer)
        offset += buffer.count
    }
}
