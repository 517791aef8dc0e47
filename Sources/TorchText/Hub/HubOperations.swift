import Foundation
import Torch
import TorchFiles

/// The blocking operations behind `HubClient`. They run on the calling thread.
struct HubOperations {
    private let configuration: HubConfiguration
    private let transport: HubTransport

    init(_ configuration: HubConfiguration, _ cancellation: Cancellation) {
        self.configuration = configuration
        transport = HubTransport(configuration: configuration, cancellation: cancellation)
    }

    func info(_ name: String, _ type: HubRepositoryType, _ revision: String?) throws -> HubRepository {
        try check(name, revision)
        let cache = HubCache(configuration, name: name, type: type)
        let asked = revision ?? Hub.mainRevision
        let cached = { () -> HubRepository? in
            guard let sha = cache.commit(of: asked) else { return nil }
            let tree = cache.tree(sha)
            guard let files = tree ?? cache.snapshot(sha) else { return nil }
            return HubRepository(
                name: name, id: name, type: type, revision: asked, sha: sha, files: files, isFromCache: true,
                isPartial: tree == nil)
        }
        if configuration.isOffline {
            guard let repository = cached() else { throw absent(cache) }
            return repository
        }
        // If the cache has an answer, do not wait long for a hub that does not respond.
        let reserve = cached()
        do {
            return try transport.retrying(attempts: reserve == nil ? nil : 1) {
                let answer = try self.answer(name, type, revision)
                let files = try cache.tree(answer.sha) ?? list(answer.id, type, answer.sha, notedIn: cache)
                return HubRepository(
                    name: name, id: answer.id, type: type, revision: asked, sha: answer.sha, files: files,
                    isFromCache: false, isPartial: false)
            }
        } catch let failure as HubFailure where failure.kind == .unreachable {
            guard let reserve else { throw failure }
            return reserve
        }
    }

    private struct Answer: Decodable {
        var id: String
        var sha: String
    }

    private func answer(_ name: String, _ type: HubRepositoryType, _ revision: String?) throws -> Answer {
        let path =
            "\(configuration.endpoint)/api/\(type.rawValue)s/\(name)"
            + (revision.map { "/revision/\(Hub.quote($0))" } ?? "")
        let answer = try decode(Answer.self, transport.body(path).bytes, path)
        guard Hub.isName(answer.sha) else {
            throw HubFailure(kind: .other, reason: "\(HubTransport.shown(path)): \"\(answer.sha)\" is not a commit")
        }
        try Hub.check(repository: answer.id)
        return answer
    }

    /// One entry of a file listing.
    private struct Entry: Decodable {
        struct LFS: Decodable {
            var oid: String
            var size: Int
        }

        var type: String
        var path: String
        var oid: String
        var size: Int
        var lfs: LFS?
        var xetHash: String?
    }

    static let maximumPages = 10_000
    /// The maximum size of a listing in bytes, over all its pages.
    static let maximumListing = 1 << 29

    private func list(
        _ id: String, _ type: HubRepositoryType, _ sha: String, notedIn cache: HubCache
    ) throws -> [HubFile] {
        var url =
            "\(configuration.endpoint)/api/\(type.rawValue)s/\(id)/tree/\(Hub.quote(sha))?recursive=true&expand=false"
        var files: [HubFile] = [], room = HubOperations.maximumListing, seen: Set = [url]
        while true {
            let (response, bytes) = try transport.body(url, limit: room)
            room -= bytes.count
            for entry in try decode([Entry].self, bytes, url) where entry.type == "file" {
                let file = HubFile(
                    path: entry.path, size: entry.lfs?.size ?? entry.size, oid: entry.oid, lfsOID: entry.lfs?.oid,
                    xetHash: entry.xetHash)
                guard file.isSound else {
                    throw HubFailure(
                        kind: .other,
                        reason:
                            "the hub lists a file that cannot be: \"\(file.path)\", \(file.size) bytes, \(file.etag)")
                }
                files.append(file)
            }
            guard let next = HubOperations.next(response["Link"], after: url) else { break }
            guard seen.count < HubOperations.maximumPages, seen.insert(next).inserted else {
                throw HubFailure(kind: .other, reason: "the pages of the list of its files have no end")
            }
            url = next
        }
        files = HubFile.sorted(files)
        cache.note(tree: files, of: sha)
        return files
    }

    /// Returns the address of the next page from a header `Link: <address>; rel="next"` (RFC 8288).
    static func next(_ link: String?, after url: String) -> String? {
        for part in link?.components(separatedBy: ",") ?? [] {
            let pieces = part.components(separatedBy: ";").map { $0.trimmingCharacters(in: .whitespaces) }
            guard pieces.dropFirst().contains(where: { ["rel=\"next\"", "rel=next"].contains($0) }),
                pieces[0].hasPrefix("<"), pieces[0].hasSuffix(">")
            else { continue }
            return URL(string: String(pieces[0].dropFirst().dropLast()), relativeTo: URL(string: url))?.absoluteString
        }
        return nil
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ bytes: Data, _ url: String) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: bytes)
        } catch {
            throw HubFailure(
                kind: .unreachable,
                reason: "\(HubTransport.shown(url)): not what a hub answers: \(HubOperations.words(error))")
        }
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "no \"\(key.stringValue)\""
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            context.debugDescription
        default: "\(error)"
        }
    }

    func download(_ file: String, from repository: HubRepository, _ progress: TransferProgress) throws -> String {
        try Hub.check(path: file, "a file's path")
        try check(repository.name, repository.revision)
        let cache = HubCache(configuration, name: repository.name, type: repository.type)
        let pointer = cache.pointer(repository.sha, file)
        if Files.exists(pointer) {
            cache.note(repository.revision, is: repository.sha)
            return pointer
        }
        let listed = repository.file(file)
        if listed == nil, !repository.isPartial {
            cache.recordAbsence(of: file, in: repository.sha)
            throw HubFailure(kind: .entryNotFound, reason: "the repository has no such file")
        }
        if configuration.isOffline { throw absent(cache) }
        let head = { try transport.retrying { try metadata(file, repository.id, repository.type, repository.sha) } }
        if let listed, Files.exists(cache.blob(listed.etag)) {
            try position(listed.etag, head, at: pointer, in: cache, progress)
        } else {
            var metadata = try head()
            metadata.size = metadata.size ?? listed?.size
            try position(metadata.etag, { metadata }, at: pointer, in: cache, progress)
        }
        cache.note(repository.revision, is: repository.sha)
        return pointer
    }

    func download(
        _ file: String, from name: String, _ type: HubRepositoryType, _ revision: String, _ progress: TransferProgress
    ) throws -> String {
        try Hub.check(path: file, "a file's path")
        try check(name, revision)
        let cache = HubCache(configuration, name: name, type: type)
        let cached = cache.commit(of: revision).map { cache.pointer($0, file) }.flatMap { Files.exists($0) ? $0 : nil }
        // A commit never changes, so its cached file is current.
        if let cached, configuration.isOffline || Hub.isHexadecimal(revision, 40) { return cached }
        if configuration.isOffline { throw absent(cache) }
        let metadata: HubMetadata
        do {
            metadata = try transport.retrying(attempts: cached == nil ? nil : 1) {
                try self.metadata(file, name, type, revision)
            }
        } catch let failure as HubFailure {
            if let cached, failure.kind == .unreachable { return cached }
            if failure.kind == .entryNotFound, let commit = failure.commit, Hub.isName(commit) {
                cache.recordAbsence(of: file, in: commit)
                cache.note(revision, is: commit)
            }
            throw failure
        }
        let pointer = cache.pointer(metadata.commit, file)
        if !Files.exists(pointer) { try position(metadata.etag, { metadata }, at: pointer, in: cache, progress) }
        cache.note(revision, is: metadata.commit)
        return pointer
    }

    /// Requests a file's metadata with HEAD. Uses the hub's own answer, because the servers that store large files do
    /// not know commits.
    private func metadata(
        _ file: String, _ id: String, _ type: HubRepositoryType, _ revision: String
    ) throws -> HubMetadata {
        let url =
            "\(configuration.endpoint)/\(type.prefix)\(id)/resolve/\(Hub.quote(revision))/\(Hub.quote(file, keeping: "/"))"
        let (response, last) = try transport.exchange(
            .head, url, timeout: configuration.metadataTimeout,
            follow: { response, next in
                response["X-Linked-Etag"] == nil && transport.isHub(next)
            })
        let raw = response["X-Linked-Etag"] ?? response["ETag"] ?? ""
        let etag = String(raw.hasPrefix("W/") ? raw.dropFirst(2) : raw[...]).trimmingCharacters(in: ["\""])
        let shown = HubTransport.shown(last)
        guard let commit = response["X-Repo-Commit"], Hub.isName(commit) else {
            throw HubFailure(
                kind: .unreachable,
                reason:
                    "\(shown): no X-Repo-Commit in the answer, so this is no hub: check HF_ENDPOINT, proxies and firewalls"
            )
        }
        guard Hub.isName(etag) else {
            throw HubFailure(
                kind: .unreachable, reason: "\(shown): no ETag in the answer that a file could be named by")
        }
        let size = response["X-Linked-Size"] ?? (response.redirect == nil ? response["Content-Length"] : nil)
        return HubMetadata(
            commit: commit, etag: etag, size: size.flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil },
            location: response.redirect ?? last,
            condition: response["X-Linked-Etag"] == nil && response.redirect == nil && !raw.hasPrefix("W/") ? raw : nil)
    }

    /// Adds a blob to a snapshot, and downloads it first if it is missing. A lock lets only one process do this at a
    /// time.
    private func position(
        _ etag: String, _ metadata: () throws -> HubMetadata, at pointer: String, in cache: HubCache,
        _ progress: TransferProgress
    ) throws {
        try cache.prepare(for: pointer)
        let lock = try FileLock(cache.lock(etag)) { try transport.cancellation.pause(0.05) }
        defer { withExtendedLifetime(lock) {} }
        if Files.exists(pointer) { return }
        let isNew = !Files.exists(cache.blob(etag))
        if isNew {
            try BlobDownload(
                transport: transport, metadata: metadata(), blob: cache.blob(etag), isLocked: lock != nil,
                progress: progress
            ).run()
        }
        try cache.link(etag, to: pointer, isNew: isNew)
    }

    private func check(_ name: String, _ revision: String?) throws {
        try Hub.check(repository: name)
        if let revision { try Hub.check(path: revision, "a revision") }
        guard configuration.endpoint.hasPrefix("https://") || configuration.endpoint.hasPrefix("http://") else {
            throw TorchError(
                .value,
                "HF_ENDPOINT is \"\(HubTransport.shown(configuration.endpoint))\", which does not begin with https:// or http://"
            )
        }
    }

    private func absent(_ cache: HubCache) -> HubFailure {
        HubFailure(
            kind: .unreachable,
            reason:
                "not in the cache (\(cache.folder)), and offline nobody else is asked: unset HF_HUB_OFFLINE, or download it first"
        )
    }
}
