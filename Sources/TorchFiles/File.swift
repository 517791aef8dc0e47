#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// A file that is read from start to end.
package final class FileSource: ByteSource {
    package let name: String
    private let descriptor: Int32
    private var left: Int?

    /// Opens a file.
    /// - Throws: `TorchError` if the file does not exist or cannot be read.
    package init(_ path: String) throws {
        name = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        // All properties are set, so an error below releases this object, and `deinit` closes the file. If it were
        // closed here too, that could close a file of another thread.
        guard descriptor >= 0 else { throw TorchError(.file, "\(path): \(systemMessage())") }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw TorchError(.file, "\(path): \(systemMessage())") }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw TorchError(.file, "\(path): is a directory") }
        left = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    package var available: Int? { left }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
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
            if errno != EINTR { throw error(systemMessage()) }
        }
    }

    /// Whether the file begins with the bytes of a gzip file. Its name does not matter.
    package var isGzip: Bool {
        var magic: (UInt8, UInt8) = (0, 0)
        return pread(descriptor, &magic, 2, 0) == 2 && magic == (0x1f, 0x8b)
    }
}

package enum Files {
    /// Opens a file, and decompresses it if it is gzipped.
    package static func source(_ path: String) throws -> any ByteSource {
        let file = try FileSource(path)
        return file.isGzip ? try GzipSource(file) : file
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Returns `a/b`, whether `a` ends in a slash or not.
    package static func join(_ folder: String, _ name: String) -> String {
        folder.isEmpty || folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    /// Returns the folder of a path.
    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Creates a folder and its parent folders.
    package static func makeFolder(_ path: String) throws {
        if path.isEmpty || mkdir(path, 0o777) == 0 || errno == EEXIST { return }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try makeFolder(String(path[..<slash]))
            if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
        }
        throw TorchError(.file, "\(path): cannot make the folder: \(systemMessage())")
    }
}
