#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// A file that is read from front to end.
final class FileSource: ByteSource {
    let name: String
    private let descriptor: Int32
    private var left: Int?

    /// - Throws: `TorchError` where there is no such file or it may not be read.
    init(_ path: String) throws {
        name = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TorchError(.file, "\(path): \(Files.lastError())") }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let reason = Files.lastError()
            close(descriptor)
            throw TorchError(.file, "\(path): \(reason)")
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw TorchError(.file, "\(path): is a directory")
        }
        left = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    }

    deinit { close(descriptor) }

    var available: Int? { left }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if buffer.isEmpty { return 0 }
        while true {
            #if canImport(Glibc)
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            #else
            let count = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
            #endif
            if count >= 0 {
                left = left.map { max(0, $0 - count) }
                return count
            }
            if errno != EINTR { throw error(Files.lastError()) }
        }
    }

    /// Whether the file starts as a gzip file does, whatever its name says.
    var isGzip: Bool {
        var magic: (UInt8, UInt8) = (0, 0)
        return pread(descriptor, &magic, 2, 0) == 2 && magic == (0x1f, 0x8b)
    }
}

enum Files {
    /// A file's bytes, decompressed where they are gzip's.
    static func source(_ path: String) throws -> any ByteSource {
        let file = try FileSource(path)
        return file.isGzip ? try GzipSource(file) : file
    }

    static func lastError() -> String { String(cString: strerror(errno)) }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// `a/b`, whether or not `a` ends in a slash.
    static func join(_ folder: String, _ name: String) -> String {
        folder.isEmpty || folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    /// The folder that a path's last part lies in.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes a folder and those above it.
    static func makeFolder(_ path: String) throws {
        if path.isEmpty || mkdir(path, 0o777) == 0 || errno == EEXIST { return }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try makeFolder(String(path[..<slash]))
            if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
        }
        throw TorchError(.file, "\(path): cannot make the folder: \(lastError())")
    }
}

/// A file that appears under its name whole or not at all: written without a name, or under another one beside its place, and renamed at the end.
final class FileSink {
    let path: String
    /// The other name; nil while the file has none at all, and so vanishes with the process.
    private var temporary: String?
    private var descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        descriptor = FileSink.nameless(in: Files.folder(of: path))
        if descriptor >= 0 { return }
        var template = Array("\(path).XXXXXX.part".utf8CString)
        descriptor = mkstemps(&template, 5)
        guard descriptor >= 0 else { throw TorchError(.file, "\(path): cannot be written: \(Files.lastError())") }
        temporary = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        // mkstemps gives a file that only its owner reads.
        let mask = umask(0)
        umask(mask)
        fchmod(descriptor, 0o666 & ~mask)
    }

    deinit { discard() }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            #if canImport(Glibc)
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            #else
            let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
            #endif
            if count < 0 {
                if errno == EINTR { continue }
                throw TorchError(.file, "\(path): cannot be written: \(Files.lastError())")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Gives the file its name once its bytes are on the disk.
    func commit() throws {
        guard fsync(descriptor) == 0, name(), let temporary, rename(temporary, path) == 0 else {
            let reason = Files.lastError()
            discard()
            throw TorchError(.file, "\(path): cannot be written: \(reason)")
        }
        close(descriptor)
        descriptor = -1
        // The new name must survive a crash too; a folder that cannot be synced still holds it.
        let parent = open(Files.folder(of: path), O_RDONLY | O_CLOEXEC)
        if parent >= 0 {
            fsync(parent)
            close(parent)
        }
    }

    private func discard() {
        if descriptor < 0 { return }
        close(descriptor)
        descriptor = -1
        if let temporary { unlink(temporary) }
    }

    private static func nameless(in folder: String) -> Int32 {
        #if os(Linux)
        // O_TMPFILE, whose definition in C Swift does not read.
        open(folder, 0o20000000 | O_DIRECTORY | O_WRONLY | O_CLOEXEC, 0o666)
        #else
        -1
        #endif
    }

    /// Links a file without a name to one beside its place: a link, unlike a renaming, takes nobody's place.
    private func name() -> Bool {
        if temporary != nil { return true }
        #if os(Linux)
        for _ in 0..<100 {
            let candidate = "\(path).\(String(UInt32.random(in: 0...UInt32.max), radix: 36)).part"
            if linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, candidate, AT_SYMLINK_FOLLOW) == 0 {
                temporary = candidate
                return true
            }
            if errno != EEXIST { return false }
        }
        #endif
        return false
    }
}
