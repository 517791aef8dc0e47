import Foundation
import Torch
import TorchFiles

/// A repository's folder in the cache. It has the layout of `huggingface_hub`, so that both libraries share downloads:
///
///     datasets--owner--name/
///         blobs/ETAG                  the files, named by their content
///         refs/REVISION               the commit of a branch or tag
///         snapshots/COMMIT/PATH       a link to the blob
///         trees/COMMIT.json           the commit's files, whether or not they are in the cache
///         .no_exist/COMMIT/PATH       files that were requested but that the commit does not have
struct HubCache {
    /// The folder that holds all repositories.
    let root: String
    let folder: String
    private let usesSymbolicLinks: Bool
    private let locks: String

    init(_ configuration: HubConfiguration, name: String, type: HubRepositoryType) {
        let folderName = "\(type.rawValue)s--" + name.replacingOccurrences(of: "/", with: "--")
        root = configuration.cache
        folder = Files.join(root, folderName)
        locks = "\(Files.join(root, ".locks"))/\(folderName)"
        usesSymbolicLinks = configuration.usesSymbolicLinks
    }

    func blob(_ etag: String) -> String { "\(folder)/blobs/\(etag)" }
    func lock(_ etag: String) -> String { "\(locks)/\(etag).lock" }
    func pointer(_ commit: String, _ path: String) -> String { "\(folder)/snapshots/\(commit)/\(path)" }

    /// Returns the commit of a revision, or nil if the cache does not know it.
    func commit(of revision: String) -> String? {
        if Hub.isHexadecimal(revision, 40) { return revision }
        guard let text = try? String(contentsOfFile: "\(folder)/refs/\(revision)", encoding: .utf8) else { return nil }
        let commit = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return Hub.isName(commit) ? commit : nil
    }

    /// Records the commit of a revision. Ignores errors if the cache cannot be written.
    func note(_ revision: String, is commit: String) {
        if revision == commit || self.commit(of: revision) == commit { return }
        try? write(Array(commit.utf8), to: "\(folder)/refs/\(revision)")
    }

    /// Records that a commit does not have this file.
    func recordAbsence(of path: String, in commit: String) {
        let mark = "\(folder)/.no_exist/\(commit)/\(path)"
        if !Files.exists(mark) { try? write([], to: mark) }
    }

    /// Creates the folders for a repository's first file, and the tag file that marks a cache for backup programs.
    func prepare(for pointer: String) throws {
        for folder in ["\(folder)/blobs", locks, Files.folder(of: pointer)] { try Files.makeFolder(folder) }
        let tag = Files.join(root, "CACHEDIR.TAG")
        if !Files.exists(tag) { try? write(Array("Signature: 8a477f597d28d172789f06886806bc55\n".utf8), to: tag) }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        try Files.makeFolder(Files.folder(of: path))
        let file = try OutputFile(path: path)
        try file.write(bytes)
        try file.commit()
    }

    /// Adds a blob to a snapshot as a relative symbolic link. Without symbolic links, moves a new blob or copies an
    /// existing one.
    func link(_ etag: String, to pointer: String, isNew: Bool) throws {
        if Files.exists(pointer) { return }
        let blob = blob(etag)
        let depth = pointer.dropFirst(folder.count + 1).split(separator: "/").count - 1
        let target = String(repeating: "../", count: depth) + "blobs/\(etag)"
        let temporary = "\(pointer).\(UInt32.random(in: .min ... .max)).tmp"
        if usesSymbolicLinks, symlink(target, temporary) == 0 {
            // `rename` replaces a broken link at this place; creating the link there directly would fail.
            if rename(temporary, pointer) == 0 { return }
            let reason = systemMessage()
            unlink(temporary)
            throw HubFailure(kind: .other, reason: "cannot link \(pointer): \(reason)")
        }
        if isNew {
            guard rename(blob, pointer) == 0 else {
                throw HubFailure(kind: .other, reason: "cannot move \(blob) to \(pointer): \(systemMessage())")
            }
        } else {
            let copy = try OutputFile(path: pointer), source = try FileSource(blob)
            try source.forEachPiece { try copy.write($0) }
            try copy.commit()
        }
    }
}

extension HubCache {
    /// The content of `trees/COMMIT.json`, format 1.
    private struct Tree: Codable {
        struct Entry: Codable {
            var size: Int
            var blob_id: String
            var lfs_sha256: String?
            var lfs_size: Int?
            var xet_hash: String?
        }

        var format_version: Int
        var files: [String: Entry]
    }

    /// Returns a commit's files from a saved listing; nil if there is no listing or if it is invalid.
    func tree(_ commit: String) -> [HubFile]? {
        guard let data = FileManager.default.contents(atPath: "\(folder)/trees/\(commit).json"),
            let tree = try? JSONDecoder().decode(Tree.self, from: data), tree.format_version == 1
        else { return nil }
        let files = tree.files.map {
            HubFile(
                path: $0, size: $1.lfs_size ?? $1.size, oid: $1.blob_id, lfsOID: $1.lfs_sha256, xetHash: $1.xet_hash)
        }
        return files.allSatisfy(\.isSound) ? HubFile.sorted(files) : nil
    }

    func note(tree files: [HubFile], of commit: String) {
        let entries = files.map {
            (
                $0.path,
                Tree.Entry(
                    size: $0.size, blob_id: $0.oid, lfs_sha256: $0.lfsOID, lfs_size: $0.lfsOID == nil ? nil : $0.size,
                    xet_hash: $0.xetHash)
            )
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(Tree(format_version: 1, files: Dictionary(entries) { $1 })) else { return }
        try? write([UInt8](data), to: "\(folder)/trees/\(commit).json")
    }

    /// Returns a commit's files that are in the cache; nil if there is no snapshot of the commit.
    func snapshot(_ commit: String) -> [HubFile]? {
        let root = "\(folder)/snapshots/\(commit)"
        guard let walk = FileManager.default.enumerator(atPath: root) else { return nil }
        var files: [HubFile] = []
        for case let path as String in walk {
            var status = stat()
            guard stat("\(root)/\(path)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            let blob =
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(root)/\(path)"))?.split(separator: "/")
                .last.map(String.init) ?? ""
            let isLarge = Hub.isHexadecimal(blob, 64)
            files.append(
                HubFile(
                    path: path, size: Int(status.st_size), oid: isLarge ? "" : blob, lfsOID: isLarge ? blob : nil,
                    xetHash: nil))
        }
        return files.isEmpty ? nil : HubFile.sorted(files)
    }
}
