#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import Synchronization

/// A file that appears whole or not at all: written under a temporary name in the same folder, and renamed by `commit`.
final class OutputFile {
    /// The final name, as the caller gave it.
    let name: String
    private let temporaryPath: String
    private let target: String
    private var descriptor: Int32
    private(set) var size = 0

    private static let counter = Atomic<Int>(0)

    /// - Throws: `TorchError` where the folder does not exist or is not writable, or where `path` is something else than a file.
    init(path: String) throws {
        // A link stays a link, and the file it names is replaced.
        var target = path
        if let real = realpath(path, nil) {
            target = String(cString: real)
            free(real)
            var status = stat()
            guard stat(target, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                throw TorchError(.file, "\(path): cannot write: not a regular file")
            }
        }
        let slash = target.lastIndex(of: "/")
        let folder = slash.map { target[...$0] } ?? ""
        let leaf = slash.map { target[target.index(after: $0)...] } ?? target[...]
        guard !leaf.isEmpty else { throw TorchError(.file, "\(path): cannot write: no file name") }
        var temporary = ""
        var descriptor: Int32 = -1
        repeat {
            let number = OutputFile.counter.add(1, ordering: .relaxed).newValue
            temporary = "\(folder).\(leaf.prefix(100)).\(getpid()).\(number).tmp"
            descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        } while descriptor < 0 && errno == EEXIST
        guard descriptor >= 0 else { throw TorchError(.file, "\(path): cannot write: \(systemMessage())") }
        temporaryPath = temporary
        self.descriptor = descriptor
        name = path
        self.target = target
    }

    deinit { discard() }

    /// Leaves nothing behind, unless `commit` has been.
    private func discard() {
        if descriptor < 0 { return }
        close(descriptor)
        descriptor = -1
        unlink(temporaryPath)
    }

    func error(_ what: String) -> TorchError { TorchError(.file, "\(name): \(what)") }

    /// Appends.
    func write(_ bytes: UnsafeRawBufferPointer) throws { try write(bytes, at: size) }
    func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0, at: size) } }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
        var done = 0
        while done < bytes.count {
            let n = pwrite(descriptor, bytes.baseAddress! + done, min(bytes.count - done, 1 << 30), off_t(offset + done))
            if n < 0 && errno == EINTR { continue }
            guard n > 0 else { throw error("cannot write: \(systemMessage())") }
            done += n
        }
        size = max(size, offset + bytes.count)
    }

    /// Puts the file on the disk under its final name.
    func commit() throws {
        guard fsync(descriptor) == 0 else { throw error("cannot write: \(systemMessage())") }
        // Some file systems report a lack of space only here.
        let closed = close(descriptor)
        let code = errno
        descriptor = -1
        guard closed == 0 else {
            unlink(temporaryPath)
            throw error("cannot write: \(systemMessage(code))")
        }
        guard rename(temporaryPath, target) == 0 else {
            let message = systemMessage()
            unlink(temporaryPath)
            throw error("cannot rename the written file: \(message)")
        }
        let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "."
        let directory = open(folder, O_RDONLY | O_CLOEXEC)
        if directory >= 0 {
            // The file stands; a folder that cannot be synchronized (some network file systems) is no reason to call it missing.
            fsync(directory)
            close(directory)
        }
    }
}
