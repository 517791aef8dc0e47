#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reads pieces of a file, or of bytes in memory. Each piece is checked against the file's size before memory is
/// allocated.
final class InputFile {
    /// The name in error messages.
    let name: String
    let size: Int
    private let descriptor: Int32
    private let memory: [UInt8]

    /// Opens a file.
    /// - Throws: `TorchError` if the file cannot be opened or is not a regular file.
    init(path: String) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TorchError(.file, "\(path): cannot open: \(systemMessage())") }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let message = systemMessage()
            close(descriptor)
            throw TorchError(.file, "\(path): cannot read its size: \(message)")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw TorchError(.file, "\(path): not a regular file")
        }
        name = path
        size = Int(status.st_size)
        memory = []
    }

    init(bytes: [UInt8], name: String) {
        self.name = name
        size = bytes.count
        memory = bytes
        descriptor = -1
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func error(_ what: String) -> TorchError { TorchError(.file, "\(name): \(what)") }

    /// Fills the buffer with the bytes from `offset`.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
        guard offset >= 0, offset <= size, buffer.count <= size - offset else {
            throw error("\(buffer.count) bytes wanted at byte \(offset), the file ends at byte \(size)")
        }
        if buffer.count == 0 { return }
        if descriptor < 0 {
            memory.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + buffer.count]))
            }
            return
        }
        var done = 0
        while done < buffer.count {
            // Linux reads at most 2 GiB in a call.
            let n = pread(
                descriptor, buffer.baseAddress! + done, min(buffer.count - done, 1 << 30), off_t(offset + done))
            if n < 0 && errno == EINTR { continue }
            guard n >= 0 else { throw error("cannot read at byte \(offset + done): \(systemMessage())") }
            guard n > 0 else { throw error("became shorter while it was read: ends at byte \(offset + done)") }
            done += n
        }
    }

    func bytes(at offset: Int, count: Int) throws -> [UInt8] {
        guard count >= 0, offset >= 0, offset <= size, count <= size - offset else {
            throw error("\(count) bytes wanted at byte \(offset), the file ends at byte \(size)")
        }
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
            initialized = count
        }
    }
}

/// Returns the system's message for an error code.
package func systemMessage(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

extension Array where Element == UInt8 {
    /// Returns the little-endian number at an offset.
    /// - Precondition: `offset` + its size is at most `count`.
    func littleEndian<T: FixedWidthInteger>(_ offset: Int, as type: T.Type = T.self) -> T {
        withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
    }
}
