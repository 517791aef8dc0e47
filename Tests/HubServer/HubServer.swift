import Foundation
import LoopbackServer
import Locks

/// A Hugging Face hub on 127.0.0.1. It serves the repositories of a folder as the hub does. A second server, in place
/// of the CDN, serves large files.
///
/// The folder contains `datasets/OWNER/NAME/REVISION/FILES` and `models/…`. A slash in a revision's name is `%2F`. The
/// default revision is `main`. If there is an `aliases.json`, it has the names that the hub redirects:
/// `{"datasets/imdb": "datasets/stanfordnlp/imdb"}`. The name of a commit depends on the contents of its files. A
/// commit that was served once stays available, so a test may change files and ask for the old ones.
package final class HubServer: Sendable {
    /// Changes an answer before it is sent, to simulate faults of the network.
    package typealias Fault = @Sendable (LoopbackServer.Request, LoopbackServer.Answer) -> LoopbackServer.Answer

    package let root: String
    /// The token that gives access to gated and private repositories: `Bearer TOKEN`.
    package let token: String
    /// The gated repositories, as `datasets/OWNER/NAME`. Their files need the token.
    package let gated: Set<String>
    /// The number of entries on a page of a listing.
    package let pageSize: Int
    private let aliases: [String: String]
    private let servers = Mutex<(hub: LoopbackServer, cdn: LoopbackServer)?>(nil)
    private let fault = Mutex<Fault?>(nil)
    private let commits = Mutex<[String: FixtureCommit]>([:])

    package init(root: String, token: String = "hf_test", gated: Set<String> = [], pageSize: Int = 1000) throws {
        self.root = root
        self.token = token
        self.gated = gated
        self.pageSize = pageSize
        aliases =
            FileManager.default.contents(atPath: "\(root)/aliases.json").flatMap {
                try? JSONDecoder().decode([String: String].self, from: $0)
            } ?? [:]
        let hub = try LoopbackServer(serving: { [self] in broken($0, answer($0)) })
        let cdn = try LoopbackServer(serving: { [self] in broken($0, blob($0)) })
        servers.withLock { $0 = (hub, cdn) }
    }

    /// The value for `HF_ENDPOINT`.
    package var endpoint: String { "http://127.0.0.1:\(hub.port)" }
    package var hub: LoopbackServer { servers.withLock { $0!.hub } }
    package var cdn: LoopbackServer { servers.withLock { $0!.cdn } }

    /// All requests so far, of both servers.
    package var requests: [LoopbackServer.Request] { hub.history + cdn.history }

    package func stop() {
        hub.stop()
        cdn.stop()
    }

    /// Applies `fault` to every answer from now on; nil removes the fault.
    package func inject(_ fault: Fault?) { self.fault.withLock { $0 = fault } }

    private func broken(_ request: LoopbackServer.Request, _ answer: LoopbackServer.Answer) -> LoopbackServer.Answer {
        fault.withLock { $0 }?(request, answer) ?? answer
    }

    // MARK: Commits

    /// Returns the branches and tags of a repository.
    func revisions(_ repository: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(repository)")) ?? []).sorted().map {
            $0.removingPercentEncoding ?? $0
        }
    }

    /// Returns the commit of a revision from the current contents of the folder.
    package func commit(_ repository: String, _ revision: String) -> FixtureCommit? {
        if let known = commits.withLock({ $0["\(repository)@\(revision)"] }) { return known }
        let folder = "\(root)/\(repository)/\(revision.replacingOccurrences(of: "/", with: "%2F"))"
        guard revisions(repository).contains(revision) else { return nil }
        let commit = FixtureCommit(folder: folder)
        commits.withLock { $0["\(repository)@\(commit.sha)"] = commit }
        return commit
    }

    // MARK: The hub

    private func answer(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
        let pieces = request.path.split(separator: "?", maxSplits: 1)
        let parts = pieces[0].split(separator: "/").map { String($0) }
        let query = HubServer.form(pieces.count > 1 ? String(pieces[1]) : "")
        if parts == ["api", "whoami-v2"] {
            guard isKnown(request) else { return .error(401, nil, "Invalid username or password.") }
            return .json(["name": "tester", "type": "user", "auth": ["type": "access_token"]])
        }
        let isAPI = parts.first == "api"
        var rest = parts.dropFirst(isAPI ? 1 : 0)
        var type = "models"
        if let first = rest.first, ["datasets", "models"].contains(first), isAPI || first == "datasets" {
            type = first
            rest = rest.dropFirst()
        }
        // A name has one part or two. The part that follows it tells which.
        let verbs: Set = isAPI ? ["revision", "tree", "paths-info", "refs"] : ["resolve"]
        let count =
            rest.dropFirst(1).first.map { verbs.contains($0) && (rest.count != 2 || $0 == "refs") } ?? true ? 1 : 2
        let name = rest.prefix(count).joined(separator: "/"), repository = "\(type)/\(name)"
        rest = rest.dropFirst(count)
        if let target = aliases[repository] {
            let moved = request.path.replacingOccurrences(
                of: isAPI || type == "datasets" ? repository : name,
                with: isAPI || type == "datasets" ? target : String(target.dropFirst(type.count + 1)))
            return .init(
                status: "307 Temporary Redirect", headers: ["Location: \(moved)"],
                body: Array("Temporary Redirect. Redirecting to \(moved)".utf8))
        }
        guard commit(repository, "main") != nil else {
            return request.headers["authorization"] == nil
                ? .error(401, "RepoNotFound", "Invalid username or password.")
                : .error(404, "RepoNotFound", "Repository not found")
        }
        let verb = rest.popFirst() ?? ""
        if verb == "refs" { return refs(repository) }
        let revision = (verb.isEmpty ? "main" : rest.popFirst() ?? "").removingPercentEncoding ?? ""
        guard let commit = commit(repository, revision) else {
            return .error(404, "RevisionNotFound", "Invalid rev id: \(revision)")
        }
        let path = rest.map { $0.removingPercentEncoding ?? $0 }.joined(separator: "/")
        switch verb {
        case "", "revision":
            return info(repository, name, commit, withBlobs: query["blobs"]?.last?.lowercased() == "true")
        case "tree": return tree(repository, request.path, commit, path, query)
        case "paths-info": return pathsInfo(commit, HubServer.form(String(decoding: request.body, as: UTF8.self)))
        case "resolve": return resolve(request, repository, commit, path)
        default: return .error(404, nil, "Sorry, we can't find the page you are looking for.")
        }
    }

    private func isKnown(_ request: LoopbackServer.Request) -> Bool {
        request.headers["authorization"] == "Bearer \(token)"
    }

    private func info(
        _ repository: String, _ name: String, _ commit: FixtureCommit, withBlobs: Bool
    ) -> LoopbackServer.Answer {
        let siblings = commit.files.values.sorted { $0.path < $1.path }.map { file -> [String: Any] in
            var sibling: [String: Any] = ["rfilename": file.path]
            if withBlobs {
                sibling["size"] = file.bytes.count
                sibling["blobId"] = file.oid
                if let sha256 = file.sha256 {
                    sibling["lfs"] = ["sha256": sha256, "size": file.bytes.count, "pointerSize": file.pointerSize]
                }
            }
            return sibling
        }
        return .json([
            "_id": "000000000000000000000000", "id": name,
            "author": name.split(separator: "/").first.map(String.init) ?? "", "sha": commit.sha,
            "lastModified": HubServer.date, "createdAt": HubServer.date, "private": false,
            "gated": gated.contains(repository) ? "manual" : false as Any, "disabled": false,
            "downloads": 0, "likes": 0, "tags": [String](), "siblings": siblings
        ])
    }

    private func refs(_ repository: String) -> LoopbackServer.Answer {
        func list(_ names: [String], _ prefix: String) -> [[String: Any]] {
            names.map {
                [
                    "name": $0.split(separator: "/").last.map(String.init) ?? $0, "ref": prefix + $0,
                    "targetCommit": commit(repository, $0)?.sha ?? ""
                ]
            }
        }
        let names = revisions(repository)
        return .json([
            "branches": list(names.filter { !$0.hasPrefix("refs/") }, "refs/heads/"),
            "converts": list(names.filter { $0.hasPrefix("refs/convert/") }, ""), "tags": [Any]()
        ])
    }

    private func tree(
        _ repository: String, _ target: String, _ commit: FixtureCommit, _ path: String, _ query: [String: [String]]
    ) -> LoopbackServer.Answer {
        let isDeep = query["recursive"]?.last?.lowercased() == "true",
            isExpanded = query["expand"]?.last?.lowercased() == "true"
        let prefix = path.isEmpty ? "" : path + "/"
        var entries: [String: [String: Any]] = [:]
        for file in commit.files.values where file.path.hasPrefix(prefix) {
            let parts = file.path.dropFirst(prefix.count).split(separator: "/")
            for depth in 1..<max(parts.count, 1) where isDeep || depth == 1 {
                let folder = prefix + parts.prefix(depth).joined(separator: "/")
                entries[folder] = [
                    "type": "directory", "oid": FixtureFile.gitName(Array(folder.utf8), type: "tree"), "size": 0,
                    "path": folder
                ]
            }
            if isDeep || parts.count == 1 { entries[file.path] = HubServer.entry(file) }
        }
        if entries.isEmpty, !path.isEmpty {
            return .error(404, "EntryNotFound", "\(path) does not exist on \"\(commit.sha)\"")
        }
        let names = entries.keys.sorted()
        let start = query["cursor"]?.last.flatMap { Int($0) } ?? 0, end = min(names.count, start + pageSize)
        let page = names[min(start, end)..<end].map { name in
            isExpanded
                ? entries[name]!.merging([
                    "lastCommit": ["id": commit.sha, "title": "Add files", "date": HubServer.date]
                ]) { $1 } : entries[name]!
        }
        var answer = LoopbackServer.Answer.json(page)
        if end < names.count {
            let bare = target.split(separator: "?")[0]
            answer.headers.append(
                "Link: <\(endpoint)\(bare)?recursive=\(isDeep)&expand=\(isExpanded)&cursor=\(end)>; rel=\"next\"")
        }
        return answer
    }

    private func pathsInfo(_ commit: FixtureCommit, _ form: [String: [String]]) -> LoopbackServer.Answer {
        .json(
            (form["paths"] ?? []).compactMap { path -> [String: Any]? in
                if let file = commit.files[path] { return HubServer.entry(file) }
                guard commit.files.keys.contains(where: { $0.hasPrefix(path + "/") }) else { return nil }
                return [
                    "type": "directory", "oid": FixtureFile.gitName(Array(path.utf8), type: "tree"), "size": 0,
                    "path": path
                ]
            })
    }

    private static func entry(_ file: FixtureFile) -> [String: Any] {
        var entry: [String: Any] = ["type": "file", "path": file.path, "size": file.bytes.count, "oid": file.oid]
        if let sha256 = file.sha256 {
            entry["lfs"] = ["oid": sha256, "size": file.bytes.count, "pointerSize": file.pointerSize]
        }
        return entry
    }

    private func resolve(
        _ request: LoopbackServer.Request, _ repository: String, _ commit: FixtureCommit, _ path: String
    ) -> LoopbackServer.Answer {
        if gated.contains(repository), !isKnown(request) {
            return request.headers["authorization"] == nil
                ? .error(
                    401, "GatedRepo",
                    "Access to \(repository) is restricted. You must have access to it and be authenticated to access it. Please log in."
                )
                : .error(
                    403, "GatedRepo", "Access to \(repository) is restricted and you are not in the authorized list.")
        }
        guard let file = commit.files[path] else {
            var answer = LoopbackServer.Answer.error(404, "EntryNotFound", "Entry not found")
            answer.headers.append("X-Repo-Commit: \(commit.sha)")
            return answer
        }
        guard let sha256 = file.sha256 else {
            var answer = LoopbackServer.Answer.bytes(file.bytes, of: request, etag: file.oid)
            answer.headers.append("X-Repo-Commit: \(commit.sha)")
            return answer
        }
        let location = "http://127.0.0.1:\(cdn.port)/lfs/\(repository)@\(commit.sha)/\(path)?X-Signature=loopback"
        return .init(
            status: "302 Found",
            headers: [
                "Location: \(location)", "X-Repo-Commit: \(commit.sha)", "X-Linked-Etag: \"\(sha256)\"",
                "X-Linked-Size: \(file.bytes.count)", "ETag: \"\(file.oid)\""
            ], body: Array("Found. Redirecting to \(location)".utf8))
    }

    // MARK: The CDN

    private func blob(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
        // Object stores answer so if a request has both a signed address and a header.
        if request.headers["authorization"] != nil { return .error(400, nil, "Only one auth mechanism allowed") }
        let parts = request.path.split(separator: "?")[0].split(separator: "/").map {
            $0.removingPercentEncoding ?? String($0)
        }
        guard parts.count > 4, parts[0] == "lfs", let at = parts[3].firstIndex(of: "@"),
            let commit = commit(
                "\(parts[1])/\(parts[2])/\(parts[3][..<at])", String(parts[3][parts[3].index(after: at)...])),
            let file = commit.files[parts[4...].joined(separator: "/")]
        else { return .error(404, nil, "Not Found") }
        return .bytes(file.bytes, of: request, etag: "cdn-\(file.oid.prefix(8))")
    }

    private static let date = "2024-01-04T12:09:45.000Z"

    /// Parses a query or a form (application/x-www-form-urlencoded).
    private static func form(_ text: String) -> [String: [String]] {
        text.split(separator: "&").reduce(into: [:]) { form, pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                $0.replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? ""
            }
            form[parts[0], default: []].append(parts.count > 1 ? parts[1] : "")
        }
    }
}

extension LoopbackServer.Answer {
    static func json(_ value: Any) -> Self {
        let data = try! JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes])
        return .init(headers: ["Content-Type: application/json; charset=utf-8"], body: [UInt8](data))
    }

    /// Returns an error in the hub's form: in headers and in JSON.
    package static func error(_ status: Int, _ code: String?, _ message: String) -> Self {
        let reasons = [
            400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 416: "Range Not Satisfiable",
            429: "Too Many Requests", 500: "Internal Server Error",
            503: "Service Unavailable"
        ]
        var answer = json(["error": message])
        answer.status = "\(status) \(reasons[status] ?? "Error")"
        answer.headers += (code.map { ["X-Error-Code: \($0)"] } ?? []) + ["X-Error-Message: \(message)"]
        return answer
    }

    /// Returns a file, or the requested part of it.
    static func bytes(_ bytes: [UInt8], of request: LoopbackServer.Request, etag: String) -> Self {
        let common = ["ETag: \"\(etag)\"", "Accept-Ranges: bytes"]
        let range = request.headers["range"].flatMap {
            $0.hasPrefix("bytes=") ? $0.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false) : nil
        }
        guard let range, range.count == 2, let start = Int(range[0]),
            request.headers["if-range"].map({ $0 == "\"\(etag)\"" }) ?? true
        else { return .init(headers: common, body: bytes) }
        let end = min(bytes.count, (Int(range[1]) ?? .max - 1) + 1)
        guard start < end else {
            var answer = error(416, nil, "Range Not Satisfiable")
            answer.headers.append("Content-Range: bytes */\(bytes.count)")
            return answer
        }
        return .init(
            status: "206 Partial Content",
            headers: common + ["Content-Range: bytes \(start)-\(end - 1)/\(bytes.count)"],
            body: Array(bytes[start..<end]))
    }
}
