#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import CTorchKernels

/// Compiled kernels on disk, by all that went into them: the sources' texts, the architecture, the compiler's version.
/// A program compiles a kernel once a machine, not once a run.
struct KernelCache: Sendable {
    let folder: String

    /// - Parameter folder: by default `kernels` in `$SWIFT_TORCH_CACHE`, `$XDG_CACHE_HOME/swift-torch` or
    /// -   `~/.cache/swift-torch`; nil where there is no such place: nothing is kept then.
    init?(folder: String? = KernelCache.usualFolder) {
        guard let folder else { return nil }
        self.folder = folder
    }

    static var usualFolder: String? {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        let base =
            variable("SWIFT_TORCH_CACHE") ?? variable("XDG_CACHE_HOME").map { $0 + "/swift-torch" }
            ?? variable("HOME").map { $0 + "/.cache/swift-torch" }
        return base.map { $0 + "/kernels" }
    }

    /// The compiled kernel, from the cache where it is there. A cache that cannot be read or written costs time and
    /// nothing else.
    func code(_ source: KernelSource, architecture: String, compiler: NVRTC) throws -> [UInt8] {
        let key = Self.key(source, architecture, compiler)
        let path = "\(folder)/\(source.name)-\(architecture)-\(Self.digest(key)).bin"
        let head = Self.head(key)
        if let file = try? InputFile(path: path), let bytes = try? file.bytes(at: 0, count: file.size),
            bytes.starts(with: head), bytes.count > head.count
        {
            return Array(bytes[head.count...])
        }
        let code = try compiler.compile(source, architecture: architecture)
        if Self.makeFolder(folder), let file = try? OutputFile(path: path) {
            try? file.write(head + code)
            try? file.commit()
        }
        return code
    }

    /// All that the code depends on.
    private static func key(_ source: KernelSource, _ architecture: String, _ compiler: NVRTC) -> [UInt8] {
        var count: Int32 = 0
        let files = UnsafeBufferPointer(start: st_cuda_sources(&count), count: Int(count))
        let texts =
            ["\(compiler.library.path) \(compiler.library.version) \(compiler.version) \(architecture)", source.text]
            + files.map { String(cString: $0.text) }
        return Array(texts.joined(separator: "\0").utf8)
    }

    /// A second digest and the key's length stand before the code: a file whose name only happens to agree is not
    /// taken.
    private static func head(_ key: [UInt8]) -> [UInt8] {
        Array("swift-torch kernel \(key.count) \(digest(key.reversed()))\n".utf8)
    }

    /// FNV-1a.
    private static func digest(_ bytes: [UInt8]) -> String {
        let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func makeFolder(_ path: String) -> Bool {
        if mkdir(path, 0o777) == 0 || errno == EEXIST { return true }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return false }
        return makeFolder(String(path[..<slash])) && (mkdir(path, 0o777) == 0 || errno == EEXIST)
    }
}
