#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import CTorchKernels

/// Compiled kernels on disk. The key contains everything that determines the code: the source texts, the architecture
/// and the compiler's version. So a program compiles a kernel once per machine, not once per run.
struct KernelCache: Sendable {
    let folder: String

    /// - Parameter folder: by default `kernels` in `$SWIFT_TORCH_CACHE`, `$XDG_CACHE_HOME/swift-torch` or
    ///   `~/.cache/swift-torch`. If it is nil because none of these exists, the initializer returns nil and nothing is
    ///   cached.
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

    /// Returns the compiled kernel, from the cache if possible. A cache that cannot be read or written only costs time.
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

    /// Returns everything that the code depends on.
    private static func key(_ source: KernelSource, _ architecture: String, _ compiler: NVRTC) -> [UInt8] {
        var count: Int32 = 0
        let files = UnsafeBufferPointer(start: st_cuda_sources(&count), count: Int(count))
        let texts =
            ["\(compiler.library.path) \(compiler.library.version) \(compiler.version) \(architecture)", source.text]
            + files.map { String(cString: $0.text) }
        return Array(texts.joined(separator: "\0").utf8)
    }

    /// Returns the head that is stored before the code: the key's length and a second digest. It rejects a file whose
    /// name agrees only by chance.
    private static func head(_ key: [UInt8]) -> [UInt8] {
        Array("swift-torch kernel \(key.count) \(digest(key.reversed()))\n".utf8)
    }

    /// Returns the FNV-1a hash of the bytes.
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
