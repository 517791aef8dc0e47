#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Locks
import Torch
import TorchFiles

/// Reads a state dict that is published at an address. If its file is in the folder already, nothing is downloaded.
/// PyTorch: `torch.hub.load_state_dict_from_url`.
///
/// The folder is the one that Python uses, so both share the files. A download appears under its name whole and
/// checked, or not at all.
/// - Parameters:
///   - url: the address of the file, over HTTP or HTTPS.
///   - modelDir: the folder for the file. The default is `checkpoints` in `hubGetDir()`.
///   - progress: whether a download shows a progress bar on a terminal.
///   - checkHash: whether the SHA-256 of a download must begin with the digits in the file's name, as in
///     `resnet18-f37072fd.pth`.
///   - fileName: the name of the file in the folder. The default is the last part of the address.
/// - Throws: `TorchError` with the address and the reason, for a wrong SHA-256 with the found and the expected one; or
///   with the path, if the file holds no state dict.
public func loadStateDictFromURL(
    _ url: String, modelDir: String? = nil, progress: Bool = true, checkHash: Bool = false, fileName: String? = nil
) throws -> StateDict {
    try loadStateDict(
        StateDictFiles.install(
            url, modelDir: modelDir, progress: progress, checkHash: checkHash, fileName: fileName))
}

/// Returns the folder of downloaded files: the one that was set, else `hub` in `$TORCH_HOME`, `$XDG_CACHE_HOME/torch`
/// or `~/.cache/torch`. PyTorch: `torch.hub.get_dir`.
public func hubGetDir() -> String {
    func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    return StateDictFiles.folder.withLock { $0 }
        ?? Files.join(
            StateDictFiles.expandHome(
                value("TORCH_HOME") ?? Files.join(value("XDG_CACHE_HOME") ?? "~/.cache", "torch")), "hub")
}

/// Sets the folder of downloaded files. PyTorch: `torch.hub.set_dir`.
public func hubSetDir(_ path: String) {
    StateDictFiles.folder.withLock { $0 = StateDictFiles.expandHome(path) }
}

enum StateDictFiles {
    /// The folder that `hubSetDir` set.
    static let folder = Mutex<String?>(nil)

    /// Makes sure that the file of an address is in the folder, and returns its path.
    static func install(
        _ url: String, modelDir: String? = nil, progress: Bool = true, checkHash: Bool = false, fileName: String? = nil
    ) throws -> String {
        let name = try fileName ?? self.fileName(of: url)
        let folder = modelDir ?? Files.join(hubGetDir(), "checkpoints")
        let path = Files.join(folder, name)
        if Files.exists(path) { return path }
        try Files.makeFolder(folder)
        let hash = checkHash ? hashPrefix(of: name) : nil
        try Download.fetch([url], to: path, check: hash.map { .sha256(prefix: $0) }, progress: progress)
        return path
    }

    /// Returns the last part of an address, without its query.
    private static func fileName(of url: String) throws -> String {
        let address = url.prefix { $0 != "?" && $0 != "#" }
        let host = address.range(of: "://").map { address[$0.upperBound...] } ?? address
        guard let slash = host.lastIndex(of: "/"), slash < host.index(before: host.endIndex) else {
            throw TorchError(.value, "no file name in the address \(url)")
        }
        return String(host[host.index(after: slash)...])
    }

    /// Returns the digits between the first `-` that only digits follow and their `.`, or nil: `resnet18-f37072fd.pth`.
    static func hashPrefix(of name: String) -> String? {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false).dropFirst()
        return parts.lazy.compactMap { part -> String? in
            let digits = part.prefix { "0123456789abcdef".contains($0) }
            return part.dropFirst(digits.count).first == "." && !digits.isEmpty ? String(digits) : nil
        }.first
    }

    /// Replaces a leading `~` by the home folder.
    static func expandHome(_ path: String) -> String {
        guard path == "~" || path.hasPrefix("~/") else { return path }
        let home =
            getenv("HOME").map { String(cString: $0) } ?? getpwuid(getuid()).map { String(cString: $0.pointee.pw_dir) }
        return (home ?? "~") + path.dropFirst()
    }
}
