#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// A file that is read from front to end.
package final class FileSource: ByteSource {
    package let name: String
    private let descriptor: Int32
    private var left: Int?

    /// - Throws: `TorchError` where there is no such file or it may not be read.
    package init(_ path: String) throws {
        name = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        // From here on everything has a value, so an error releases the object, and that closes the file; closing it
        // here, too, could meet another thread's.
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

    /// Whether the file starts as a gzip file does, whatever its name says.
    package var isGzip: Bool {
        var magic: (UInt8, UInt8) = (0, 0)
        return pread(descriptor, &magic, 2, 0) == 2 && magic == (0x1f, 0x8b)
    }
}

package enum Files {
    /// A file's bytes, decompressed where they are gzip's.
    package static func source(_ path: String) throws -> any ByteSource {
        let file = try FileSource(path)
        return file.isGzip ? try GzipSource(file) : file
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// `a/b`, whether or not `a` ends in a slash.
    package static func join(_ folder: String, _ name: String) -> String {
        folder.isEmpty || folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    /// The folder that a path's last part lies in.
    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes a folder and those above it.
    package static func makeFolder(_ path: String) throws {
        if path.isEmpty || mkdir(path, 0o777) == 0 || errno == EEXIST { return }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try makeFolder(String(path[..<slash]))
            if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
        }
        throw TorchError(.file, "\(path): cannot make the folder: \(systemMessage())")
    }
}
