import Torch

/// The kind of a repository on the hub. Python: the `repo_type` of each call.
public enum HubRepositoryType: String, Sendable, CaseIterable {
    /// A repository that holds a data set or a model.
    case dataset, model

    /// The prefix of a repository's name in the addresses of its files.
    var prefix: String { self == .dataset ? "datasets/" : "" }
}

/// One commit of a repository on the hub, and its files.
/// Python: `huggingface_hub.DatasetInfo`, `huggingface_hub.ModelInfo`.
public struct HubRepository: Sendable {
    /// The name that the program passed, such as `imdb`. The cache's folder is named after it.
    public let name: String
    /// The hub's own name, such as `stanfordnlp/imdb`. If the answer comes from the cache, this is equal to `name`.
    public let id: String
    /// Whether the repository holds a data set or a model.
    public let type: HubRepositoryType
    /// The branch, tag or commit that the program passed.
    public let revision: String
    /// The commit of the revision.
    public let sha: String
    /// The commit's files, sorted by path. If ``isPartial`` is true, only the files in the cache.
    public let files: [HubFile]
    /// Whether the answer comes from the cache alone: the client is offline, or the hub cannot be reached.
    public let isFromCache: Bool
    /// Whether the hub may have files that the cache does not know.
    public let isPartial: Bool

    /// Returns the file with this path, or nil if there is none.
    public func file(_ path: String) -> HubFile? {
        var range = files.indices
        while !range.isEmpty {
            let middle = (range.lowerBound + range.upperBound) / 2
            if files[middle].path.utf8.elementsEqual(path.utf8) { return files[middle] }
            range =
                files[middle].path.utf8.lexicographicallyPrecedes(path.utf8)
                ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }

    /// The repository's name in error messages.
    var title: String { Hub.title(name, type, revision) }
}

/// A file of a repository.
/// Python: `huggingface_hub.hf_api.RepoFile`.
public struct HubFile: Sendable, Hashable {
    /// The path relative to the repository's root, with slashes.
    public let path: String
    /// The file's size in bytes.
    public let size: Int
    /// The name of the git object: the SHA-1 of the file, or of the pointer to a large file. May be empty if the answer
    /// comes from the cache alone.
    public let oid: String
    /// The SHA-256 of a large file (git LFS); nil for other files.
    public let lfsOID: String?
    /// Kept for Python, whose library uses this hash to find the file in another storage.
    let xetHash: String?

    /// The name of the file's blob in the cache, which is also its ETag.
    var etag: String { lfsOID ?? oid }

    /// Whether the path and the blob's name are safe to use as file names.
    var isSound: Bool { (try? Hub.check(path: path, "")) != nil && size >= 0 && Hub.isName(etag) }

    static func sorted(_ files: [HubFile]) -> [HubFile] {
        files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
}
