import Torch

/// What a repository of the hub holds. Python: the `repo_type` of each call.
public enum HubRepositoryType: String, Sendable, CaseIterable {
    case dataset, model

    /// What precedes a repository's name in addresses of files.
    var prefix: String { self == .dataset ? "datasets/" : "" }
}

/// One commit of a repository on the hub, and its files.
/// Python: `huggingface_hub.DatasetInfo`, `huggingface_hub.ModelInfo`.
public struct HubRepository: Sendable {
    /// What was asked for: `imdb`. The cache's folder is named by it.
    public let name: String
    /// The hub's own name: `stanfordnlp/imdb`. Offline it is what was asked for.
    public let id: String
    public let type: HubRepositoryType
    /// The branch, tag or commit that was asked for.
    public let revision: String
    /// The commit that it stands for.
    public let sha: String
    /// The files of that commit, in the order of their paths; of an ``isPartial`` repository those in the cache.
    public let files: [HubFile]
    /// Whether this is from the cache alone: the client is offline, or the hub cannot be reached.
    public let isFromCache: Bool
    /// Whether the hub may have more files than the cache knows of.
    public let isPartial: Bool

    /// The file with this path, nil where there is none.
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

    /// What error messages call it.
    var title: String { Hub.title(name, type, revision) }
}

/// A file of a repository.
/// Python: `huggingface_hub.hf_api.RepoFile`.
public struct HubFile: Sendable, Hashable {
    /// Relative to the repository's root, with slashes.
    public let path: String
    /// Bytes.
    public let size: Int
    /// The git object's name: the SHA-1 of the file, or of the pointer to a large one. Empty where only the cache was
    /// asked.
    public let oid: String
    /// A large file's (git LFS) SHA-256.
    public let lfsOID: String?
    /// Kept for Python, whose library finds by it the file in another storage.
    let xetHash: String?

    /// The name of the file's blob in the cache, which is also its ETag.
    var etag: String { lfsOID ?? oid }

    /// Whether its path and its blob's name can be names of files as they stand.
    var isSound: Bool { (try? Hub.check(path: path, "")) != nil && size >= 0 && Hub.isName(etag) }

    static func sorted(_ files: [HubFile]) -> [HubFile] {
        files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
}
