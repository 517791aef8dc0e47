#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import CTorchKernels
import Synchronization

/// Writes a file that appears whole or not at all. The data goes to a file without a name, or to a temporary file in
/// the same folder if the file system does not support files without names. `commit` gives it its final name. If it
/// replaces a file, it keeps that file's mode and owner.
package final class OutputFile {
    /// The final name, as the caller gave it.
    package let name: String
    private let target: String
    /// The name before `commit`, or nil if the file has no name. A file without a name disappears with the process.
    private var temporaryPath: String?
    private var descriptor: Int32
    package private(set) var size = 0

    private static let counter = Atomic<Int>(0)

    /// Creates the file.
    /// - Throws: `TorchError` if the folder does not exist or is not writable, if `path` is not a regular file, or if
    ///   the file is not writable.
    package init(path: String) throws {
        func refusal(_ reason: String) -> TorchError { TorchError(.file, "\(path): cannot write: \(reason)") }
        guard let target = OutputFile.target(of: path) else { throw refusal(systemMessage(ELOOP)) }
        var old: stat?
        var status = stat()
        if stat(target, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else { throw refusal("not a regular file") }
            guard faccessat(AT_FDCWD, target, W_OK, AT_EACCESS) == 0 else { throw refusal(systemMessage()) }
            old = status
        }
        if target.isEmpty || target.utf8.last == UInt8(ascii: "/") { throw refusal("no file name") }
        name = path
        self.target = target
        // If the new file replaces a private file, no other user may read it, even before it has its name and mode.
        let mode: mode_t = old == nil ? 0o666 : 0o600
        descriptor = OutputFile.openUnnamedFile(in: OutputFile.folder(of: target), mode)
        while descriptor < 0 {
            let candidate = OutputFile.candidate(target)
            descriptor = open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
            if descriptor >= 0 { temporaryPath = candidate } else if errno != EEXIST { throw refusal(systemMessage()) }
        }
        if let old { copyAttributes(of: old) }
    }

    /// Returns the path that is written. Symbolic links are followed, even to a file that does not exist, so a link
    /// stays a link. Returns nil if links form a cycle.
    private static func target(of path: String) -> String? {
        if let real = realpath(path, nil) {
            defer { free(real) }
            return String(cString: real)
        }
        var target = path
        for _ in 0..<40 {
            let link = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
                let count = readlink(target, buffer.baseAddress!, buffer.count)
                return count < 0 ? nil : String(decoding: UnsafeRawBufferPointer(buffer)[..<count], as: UTF8.self)
            }
            guard let link else { return target }
            target = link.utf8.first == UInt8(ascii: "/") ? link : folder(of: target) + link
        }
        return nil
    }

    /// Copies the owner, group, mode, access control list and attributes of the replaced file, as far as the process
    /// may.
    private func copyAttributes(of old: stat) {
        var mode = old.st_mode & 0o7777
        if fchown(descriptor, old.st_uid, old.st_gid) != 0, fchown(descriptor, uid_t.max, old.st_gid) != 0 {
            // If the group differs, it gets no more rights than all users have.
            mode = mode & ~0o6070 | (mode & 0o007) << 3
        }
        let source = open(target, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if source >= 0 {
            st_copy_attributes(source, descriptor)
            close(source)
        }
        fchmod(descriptor, mode)
    }

    deinit { discard() }

    /// Removes the file, unless `commit` has completed.
    private func discard() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        if let temporaryPath { unlink(temporaryPath) }
        temporaryPath = nil
    }

    package func error(_ what: String) -> TorchError { TorchError(.file, "\(name): \(what)") }

    /// Appends bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws { try write(bytes, at: size) }
    package func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0, at: size) } }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
        var done = 0
        while done < bytes.count {
            let n = pwrite(
                descriptor, bytes.baseAddress! + done, min(bytes.count - done, 1 << 30), off_t(offset + done))
            if n < 0 && errno == EINTR { continue }
            guard n > 0 else { throw error("cannot write: \(systemMessage())") }
            done += n
        }
        size = max(size, offset + bytes.count)
    }

    /// Writes the file to disk and gives it its final name.
    package func commit() throws {
        guard fsync(descriptor) == 0, let temporary = linkTemporaryName() else {
            throw error("cannot write: \(systemMessage())")
        }
        // Some file systems report a full disk only here.
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
            // The file is written. An error here is ignored: some network file systems cannot synchronize folders.
            fsync(directory)
            close(directory)
        }
    }

    /// Returns the temporary name. Links a nameless file to one first; unlike a rename, a link never replaces a file.
    private func linkTemporaryName() -> String? {
        if let temporaryPath { return temporaryPath }
        repeat {
            let candidate = OutputFile.candidate(target)
            if linkat(AT_FDCWD, OutputFile.link(descriptor), AT_FDCWD, candidate, AT_SYMLINK_FOLLOW) == 0 {
                temporaryPath = candidate
            }
        } while temporaryPath == nil && errno == EEXIST
        return temporaryPath
    }

    private static func openUnnamedFile(in folder: String, _ mode: mode_t) -> Int32 {
        #if os(Linux)
        // O_TMPFILE: Swift cannot import its C definition.
        let descriptor = open(folder, 0o20000000 | O_DIRECTORY | O_WRONLY | O_CLOEXEC, mode)
        if descriptor < 0 || access(link(descriptor), F_OK) == 0 { return descriptor }
        close(descriptor)
        #endif
        return -1
    }

    /// The path under which Linux shows an open file.
    private static func link(_ descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }

    /// Returns the path of the folder, with a slash at the end.
    private static func folder(of path: String) -> String {
        path.parts(aroundLast: "/").map { "\($0.before)/" } ?? "./"
    }

    private static func candidate(_ target: String) -> String {
        let leaf = String(decoding: (target.parts(aroundLast: "/")?.behind ?? target).utf8.prefix(100), as: UTF8.self)
        let number = counter.add(1, ordering: .relaxed).newValue
        return "\(folder(of: target)).\(leaf).\(getpid()).\(number).tmp"
    }
}
