#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch
import TorchFiles

/// Downloads a file into a folder. Does nothing if the file is already there with the right MD5.
/// PyTorch: `torchvision.datasets.utils.download_url`.
///
/// The file appears under its name whole and checked, or not at all. If a connection breaks, it is tried again, three
/// times in all. On a terminal a progress bar is shown.
/// - Parameters:
///   - url: the address of the file, over HTTP or HTTPS.
///   - root: the folder for the file. It is created if it does not exist.
///   - filename: the name of the file. The default is the last part of the address.
///   - md5: the expected MD5 of the file, in hexadecimal.
/// - Throws: `TorchError` with the address and the reason.
public func downloadURL(_ url: String, root: String, filename: String? = nil, md5: String? = nil) throws {
    let name = filename ?? url.split(separator: "/").last.map(String.init) ?? ""
    guard !name.isEmpty, !name.contains("/") else { throw TorchError(.value, "no file name in the address \(url)") }
    let path = Files.join(root, name)
    if let md5, Files.exists(path), try Download.md5(of: path) == md5 { return }
    try Files.makeFolder(root)
    try Download.fetch([url], to: path, md5: md5)
}

enum Download {
    static let attempts = 3

    /// The digest that a file is expected to have, in hexadecimal.
    enum Check {
        case md5(String)
        /// The first digits of the SHA-256.
        case sha256(prefix: String)
    }

    /// Fetches a file from the first address that serves it.
    static func fetch(_ urls: [String], to path: String, md5: String?) throws {
        try fetch(urls, to: path, check: md5.map { .md5($0) })
    }

    /// Fetches a file from the first address that serves it. Shows a bar on a terminal if `progress` is true.
    static func fetch(_ urls: [String], to path: String, check: Check?, progress: Bool = true) throws {
        let curl = try Curl.load()
        var failures: [String] = []
        for url in urls {
            for attempt in 1...attempts {
                do {
                    try fetch(url, with: curl, to: path, check, progress)
                    return
                } catch let failure as Curl.Failure {
                    failures.append("Tried \(url), got: \(failure.reason)")
                    if !failure.mayRecover { break }
                }
                if attempt < attempts { usleep(UInt32(200_000 * attempt)) }
            }
        }
        throw TorchError(.file, "Error downloading \(path):\n\(failures.joined(separator: "\n"))")
    }

    private static func fetch(
        _ url: String, with curl: Curl, to path: String, _ check: Check?, _ progress: Bool
    ) throws {
        let sink = try OutputFile(path: path)
        var checker = Checker(check: check)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        // The bar appears with the first bytes.
        var bar: ProgressBar?
        defer { bar?.close() }
        try curl.get(
            url,
            write: { bytes in
                try sink.write(bytes)
                checker.update(bytes)
            },
            progress: { done, total in
                guard progress, done > 0 else { return }
                let shown = bar ?? ProgressBar(total: total, desc: name, unit: "B", unitScale: true)
                shown.total = total
                shown.update(done - shown.n)
                bar = shown
            })
        if let fault = checker.finish() { throw Curl.Failure(reason: fault, mayRecover: true) }
        try sink.commit()
    }

    /// Computes the digest that is checked, and no other.
    private struct Checker {
        let check: Check?
        private var md5 = Digest<MD5>()
        private var sha256 = Digest<SHA256>()

        init(check: Check?) { self.check = check }

        mutating func update(_ bytes: UnsafeRawBufferPointer) {
            switch check {
            case .md5: md5.update(bytes)
            case .sha256: sha256.update(bytes)
            case nil: break
            }
        }

        /// Returns what is wrong with the digest, or nil.
        consuming func finish() -> String? {
            switch check {
            case .md5(let expected):
                let found = md5.finish()
                return found == expected.lowercased() ? nil : "a file with MD5 \(found), expected \(expected)"
            case .sha256(let expected):
                let found = sha256.finish()
                return found.hasPrefix(expected.lowercased())
                    ? nil : "invalid hash value (expected \"\(expected)\", got \"\(found)\")"
            case nil: return nil
            }
        }
    }

    static func md5(of path: String) throws -> String {
        try Digest<MD5>.of(FileSource(path))
    }
}
