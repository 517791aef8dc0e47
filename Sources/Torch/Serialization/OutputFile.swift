#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import Synchronization

/// A file that appears whole or not at all: written without a name, or where the file system knows no such files under a temporary one beside its place, and renamed by `commit`.
package final class OutputFile {
    /// The final name, as the caller gave it.
    package let name: String
    private let target: String
    /// The name until then; nil while the file has none, and so vanishes with the process.
    private var temporaryPath: String?
    private var descriptor: Int32
    package private(set) var size = 0

    private static let counter = Atomic<Int>(0)

    /// - Throws: `TorchError` where the folder does not exist or is not writable, or where `path` is something else than a file.
    package init(path: String) throws {
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
        if target.isEmpty || target.hasSuffix("/") { throw TorchError(.file, "\(path): cannot write: no file name") }
        name = path
        self.target = target
        descriptor = OutputFile.nameless(in: OutputFile.folder(of: target))
        if descriptor >= 0 { return }
        repeat {
            let candidate = OutputFile.candidate(target)
            descriptor = open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor >= 0 { temporaryPath = candidate }
        } while descriptor < 0 && errno == EEXIST
        guard descriptor >= 0 else { throw TorchError(.file, "\(path): cannot write: \(systemMessage())") }
    }

    deinit { discard() }

    /// Leaves nothing behind, unless `commit` has been.
    private func discard() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        if let temporaryPath { unlink(temporaryPath) }
        temporaryPath = nil
    }

    package func error(_ what: String) -> TorchError { TorchError(.file, "\(name): \(what)") }

    /// Appends.
    package func write(_ bytes: UnsafeRawBufferPointer) throws { try write(bytes, at: size) }
    package func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0, at: size) } }

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
    package func commit() throws {
        guard fsync(descriptor) == 0, let temporary = giveName() else { throw error("cannot write: \(systemMessage())") }
        // Some file systems report a lack of space only here.
        let closed = close(descriptor)
        descriptor = -1
        guard closed == 0, rename(temporary, target) == 0 else {
            let message = systemMessage()
            discard()
            throw error("cannot write: \(message)")
        }
        temporaryPath = nil
        let directory = open(OutputFile.folder(of: target), O_RDONLY | O_CLOEXEC)
        if directory >= 0 {
            // The file stands; a folder that cannot be synchronized (some network file systems) is no reason to call it missing.
            fsync(directory)
            close(directory)
        }
    }

    /// The temporary name, which a file without one is linked to now: a link, unlike a renaming, takes nobody's place.
    private func giveName() -> String? {
        if let temporaryPath { return temporaryPath }
        repeat {
            let candidate = OutputFile.candidate(target)
            if linkat(AT_FDCWD, OutputFile.link(descriptor), AT_FDCWD, candidate, AT_SYMLINK_FOLLOW) == 0 { temporaryPath = candidate }
        } while temporaryPath == nil && errno == EEXIST
        return temporaryPath
    }

    private static func nameless(in folder: String) -> Int32 {
        #if os(Linux)
        // O_TMPFILE, whose definition in C Swift does not read.
        let descriptor = open(folder, 0o20000000 | O_DIRECTORY | O_WRONLY | O_CLOEXEC, 0o666)
        if descriptor < 0 || access(link(descriptor), F_OK) == 0 { return descriptor }
        close(descriptor)
        #endif
        return -1
    }

    /// Where Linux shows an open file.
    private static func link(_ descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }

    private static func folder(of path: String) -> String { path.lastIndex(of: "/").map { String(path[...$0]) } ?? "." }

    private static func candidate(_ target: String) -> String {
        let start = target.lastIndex(of: "/").map { target.index(after: $0) } ?? target.startIndex
        return "\(target[..<start]).\(String(decoding: target[start...].utf8.prefix(100), as: UTF8.self)).\(getpid()).\(counter.add(1, ordering: .relaxed).newValue).tmp"
    }
}
