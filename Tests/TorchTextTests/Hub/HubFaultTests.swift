import Foundation
import HubServer
import LoopbackServer
import Testing
import Torch
@testable import TorchText

/// Faults of the network, the server and the disk. Afterwards the file is complete or absent. The error names the
/// fault, the file and the repository.
@Suite struct HubFaultTests {
    private let title = "imdb (dataset, revision main), \(HubFixture.trainPath): "

    /// Downloads the large file. If that fails, the path is nil, and the error's text is returned.
    private func fetch(_ position: HubFixture) async -> (path: String?, error: String) {
        var path: String?
        let error = await failure {
            path = try await position.hub.download(HubFixture.trainPath, from: "imdb", type: .dataset)
        }
        return (path, error)
    }

    private func expectAbsent(_ position: HubFixture, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(position.cached("datasets--imdb/snapshots").isEmpty, sourceLocation: sourceLocation)
        #expect(
            position.cached("datasets--imdb/blobs").keys.allSatisfy { $0.hasSuffix(".incomplete") },
            sourceLocation: sourceLocation)
    }

    @Test(arguments: 0...10) func theConnectionIsCutAtEveryTenth(_ tenth: Int) async throws {
        let position = try HubFixture()
        let attempts = Counter()
        let cut = HubFixture.train.count * tenth / 10
        position.server.inject { request, answer in
            var answer = answer
            if request.path.hasPrefix("/lfs/"), attempts.next() == 0 { answer.cut = cut }
            return answer
        }
        let (path, error) = await fetch(position)
        #expect(error == "no error")
        #expect(try HubFixture.bytes(path ?? "") == HubFixture.train)
        // The second attempt requests only the missing bytes.
        let ranges = position.server.cdn.history.map { $0.headers["range"] }
        #expect(ranges == (tenth == 10 ? [nil] : tenth == 0 ? [nil, nil] : [nil, "bytes=\(cut)-"]))
        #expect(position.cached("datasets--imdb/blobs").count == 1)
    }

    @Test(arguments: 0..<10) func theConnectionIsCutForGoodAndMendedLater(_ tenth: Int) async throws {
        let position = try HubFixture()
        position.configuration.attempts = 2
        let cut = HubFixture.train.count * tenth / 10
        position.server.inject { request, answer in
            var answer = answer
            if request.path.hasPrefix("/lfs/") { answer.cut = request.headers["range"] == nil ? cut : 0 }
            return answer
        }
        let (path, error) = await fetch(position)
        #expect(path == nil)
        #expect(error.hasPrefix(title))
        #expect(error.hasSuffix("(after 2 attempts)"))
        expectAbsent(position)
        // Another program continues from the place where this one stopped.
        position.server.inject(nil)
        let (whole, none) = await fetch(position)
        #expect(none == "no error")
        #expect(try HubFixture.bytes(whole ?? "") == HubFixture.train)
        #expect(position.server.cdn.history.last?.headers["range"] == (cut > 0 ? "bytes=\(cut)-" : nil))
    }

    @Test func whatAnEarlierDownloadLeftIsChecked() async throws {
        for (left, requests) in [
            ([UInt8](repeating: 9, count: 1000), 2), (Array(HubFixture.train.prefix(1000)), 1), (HubFixture.train, 0),
            (HubFixture.train + [0], 1)
        ] {
            let position = try HubFixture()
            let etag = try #require(try await position.hub.info("imdb").file(HubFixture.trainPath)?.lfsOID)
            try HubFixture.write(left, to: "\(position.configuration.cache)/datasets--imdb/blobs/\(etag).incomplete")
            let (path, error) = await fetch(position)
            #expect(error == "no error")
            #expect(try HubFixture.bytes(path ?? "") == HubFixture.train)
            #expect(position.server.cdn.history.count == requests)
        }
    }

    @Test func aServerWithoutRanges() async throws {
        let position = try HubFixture()
        let attempts = Counter()
        position.server.inject { request, answer in
            guard request.path.hasPrefix("/lfs/") else { return answer }
            var whole = LoopbackServer.Answer(body: HubFixture.train)
            if attempts.next() == 0 { whole.cut = 100_000 }
            return whole
        }
        let (path, error) = await fetch(position)
        #expect(error == "no error")
        #expect(try HubFixture.bytes(path ?? "") == HubFixture.train)
        // The server refuses the range.
        let other = try HubFixture()
        let etag = try #require(try await other.hub.info("imdb").file(HubFixture.trainPath)?.lfsOID)
        try HubFixture.write(
            Array(HubFixture.train.prefix(1000)),
            to: "\(other.configuration.cache)/datasets--imdb/blobs/\(etag).incomplete")
        other.server.inject { request, answer in
            request.headers["range"] == nil ? answer : .error(416, nil, "Range Not Satisfiable")
        }
        #expect(try await HubFixture.bytes(fetch(other).path ?? "") == HubFixture.train)
        // The part is not the requested one.
        let third = try HubFixture()
        try HubFixture.write(
            Array(HubFixture.train.prefix(1000)),
            to: "\(third.configuration.cache)/datasets--imdb/blobs/\(etag).incomplete")
        third.server.inject { request, answer in
            guard request.headers["range"] != nil else { return answer }
            return .init(
                status: "206 Partial Content", headers: ["Content-Range: bytes 500-999/300000"],
                body: [UInt8](repeating: 0, count: 500))
        }
        #expect(try await HubFixture.bytes(fetch(third).path ?? "") == HubFixture.train)
    }

    @Test func wrongLengths() async throws {
        func outcome(_ change: @escaping @Sendable (inout LoopbackServer.Answer) -> Void) async throws -> String {
            let position = try HubFixture()
            position.configuration.attempts = 2
            position.server.inject { request, answer in
                var answer = answer
                if request.path.hasPrefix("/lfs/") { change(&answer) }
                return answer
            }
            let (path, error) = await fetch(position)
            #expect(path == nil)
            #expect(error.hasPrefix(title))
            expectAbsent(position)
            return error
        }
        #expect(
            try await outcome { $0.body.removeLast() }.hasSuffix(
                "the server sends 299999 bytes of a file that has 300000"))
        #expect(
            try await outcome { $0.body.append(0) }.hasSuffix("the server sends 300001 bytes of a file that has 300000")
        )
        #expect(
            try await outcome {
                $0.body = Array($0.body.prefix(5)); $0.promised = 300_000
            }.contains("transfer closed with"))
        // The length is not known.
        let chunked = try await outcome {
            $0.headers += ["Transfer-Encoding: chunked"]; $0.body = Array("5\r\nabcde\r\n0\r\n\r\n".utf8)
        }
        #expect(chunked == title + "the connection ended after 10 of 300000 bytes (after 2 attempts)")
    }

    @Test func wrongETags() async throws {
        let position = try HubFixture()
        let wrong = String(repeating: "0", count: 64)
        position.server.inject { request, answer in
            var answer = answer
            answer.headers = answer.headers.map {
                $0.hasPrefix("X-Linked-Etag")
                    ? "X-Linked-Etag: \"\(wrong)\""
                    : $0.hasPrefix("ETag") ? "ETag: \"\(String(repeating: "0", count: 40))\"" : $0
            }
            return answer
        }
        let (path, error) = await fetch(position)
        #expect(path == nil)
        // Computed with Python's hashlib.
        #expect(
            error == title
                + "what was downloaded has the hash cd3ed54b4dea7b5e373063758f5c1d38480cdc0c6435f0ce5795513ebe968c09, but the hub says \(wrong)"
        )
        #expect(position.cached("datasets--imdb").isEmpty)
        // The git names of small files are checked too.
        let small = await failure { _ = try await position.hub.download("README.md", from: "imdb", type: .dataset) }
        #expect(small.hasSuffix("but the hub says \(String(repeating: "0", count: 40))"))
        for bad in ["", "\"\"", "\"../../../x\"", "\"a/b\"", "\"\(String(repeating: "a", count: 300))\""] {
            position.server.inject { request, answer in
                var answer = answer
                answer.headers =
                    answer.headers.filter { !$0.hasPrefix("X-Linked") && !$0.hasPrefix("ETag") } + ["ETag: \(bad)"]
                return answer
            }
            #expect(
                await fetch(position).error.hasSuffix("no ETag in the answer that a file could be named by"), "\(bad)")
        }
        expectAbsent(position)
    }

    /// If an ETag is not a hash, only the length and If-Range can be checked.
    @Test func opaqueETags() async throws {
        let position = try HubFixture()
        let attempts = Counter()
        position.server.inject { request, answer in
            guard request.path.contains("/resolve/") else { return answer }
            var answer = LoopbackServer.Answer(
                headers: ["ETag: \"v1.2-x\"", "X-Repo-Commit: abc"], body: HubFixture.train)
            if request.method == "GET" {
                if attempts.next() == 0 { answer.cut = 1000 }
                if request.headers["range"] == "bytes=1000-", request.headers["if-range"] == "\"v1.2-x\"" {
                    answer = .init(
                        status: "206 Partial Content", headers: ["Content-Range: bytes 1000-299999/300000"],
                        body: Array(HubFixture.train[1000...]))
                }
            }
            return answer
        }
        let (path, error) = await fetch(position)
        #expect(error == "no error")
        #expect(try HubFixture.bytes(path ?? "") == HubFixture.train)
        #expect(
            position.cached("datasets--imdb/snapshots") == ["abc/\(HubFixture.trainPath)": "-> ../../../blobs/v1.2-x"])
    }

    @Test func statuses() async throws {
        func outcome(_ answer: LoopbackServer.Answer, requests: Int) async throws -> String {
            let position = try HubFixture()
            position.configuration.attempts = 3
            position.server.inject { request, good in request.path.hasPrefix("/lfs/") ? answer : good }
            let (path, error) = await fetch(position)
            #expect(path == nil)
            #expect(error.hasPrefix(title))
            expectAbsent(position)
            #expect(position.server.cdn.history.count == requests)
            return error
        }
        #expect(try await outcome(.error(404, nil, "Not Found"), requests: 1).contains("answers 404: Not Found"))
        #expect(try await outcome(.error(401, nil, "Expired"), requests: 1).contains("answers 401: Expired"))
        #expect(try await outcome(.error(403, nil, "AccessDenied"), requests: 1).contains("the hub refuses access"))
        #expect(
            try await outcome(.error(500, nil, "Oops"), requests: 3).hasSuffix("answers 500: Oops (after 3 attempts)"))
        #expect(
            try await outcome(.error(503, nil, "Busy"), requests: 3).hasSuffix("answers 503: Busy (after 3 attempts)"))
        #expect(try await outcome(.init(status: "304 Not Modified", body: []), requests: 1).contains("answers 304"))
    }

    @Test func serversThatRecover() async throws {
        let position = try HubFixture()
        let attempts = Counter()
        position.server.inject { request, answer in
            attempts.next() % 3 > 0 ? answer : .error(attempts.value % 2 == 0 ? 500 : 503, nil, "Busy")
        }
        let (path, error) = await fetch(position)
        #expect(error == "no error")
        #expect(try HubFixture.bytes(path ?? "") == HubFixture.train)
    }

    @Test func theServerWantsToBeLeftAlone() async throws {
        let position = try HubFixture()
        let attempts = Counter()
        position.server.inject { request, answer in
            guard attempts.next() == 0 else { return answer }
            var busy = LoopbackServer.Answer.error(429, nil, "We had to rate limit you")
            busy.headers.append("Retry-After: 1")
            return busy
        }
        let start = ContinuousClock.now
        #expect(await fetch(position).error == "no error")
        #expect(ContinuousClock.now - start >= .seconds(1))
        // The client does not wait for hours.
        position.server.inject { _, _ in
            var busy = LoopbackServer.Answer.error(429, nil, "We had to rate limit you")
            busy.headers.append("Retry-After: 86400")
            return busy
        }
        #expect(
            await failure { _ = try await position.hub.info("owner/many") }.hasSuffix(
                "answers 429: We had to rate limit you; asks to be left alone for 86400 seconds"))
    }

    @Test func redirects() async throws {
        let position = try HubFixture()
        position.server.inject { request, answer in
            request.method == "HEAD"
                ? .init(status: "307 Temporary Redirect", headers: ["Location: \(request.path)"], body: []) : answer
        }
        #expect(
            await fetch(position).error.contains(
                "redirected more than 10 times, at last to \(position.server.endpoint)/datasets/imdb/resolve/main/"))
        position.server.inject { request, answer in
            request.path.hasPrefix("/lfs/")
                ? .init(status: "302 Found", headers: ["Location: \(request.path)"], body: []) : answer
        }
        #expect(
            await fetch(position).error.contains(
                "redirected more than 10 times, at last to http://127.0.0.1:\(position.server.cdn.port)/lfs/"))
        position.server.inject { request, answer in
            request.path.hasPrefix("/lfs/")
                ? .init(status: "302 Found", headers: ["Location: file:///etc/passwd"], body: []) : answer
        }
        #expect(await fetch(position).error.contains("file:///etc/passwd: Protocol \"file\" not supported"))
        position.server.inject { request, answer in
            request.method == "HEAD"
                ? .init(status: "302 Found", headers: ["Location: http://127.0.0.1:1/elsewhere"], body: []) : answer
        }
        #expect(await fetch(position).error.contains("no X-Repo-Commit in the answer, so this is no hub"))
        expectAbsent(position)
    }

    @Test(.timeLimit(.minutes(1))) func aConnectionThatStandsStill() async throws {
        let position = try HubFixture()
        position.configuration.attempts = 1
        position.configuration.downloadTimeout = 1
        position.configuration.metadataTimeout = 1
        position.server.inject { request, answer in
            var answer = answer
            if request.path.hasPrefix("/lfs/") { (answer.cut, answer.stalls) = (1000, true) }
            return answer
        }
        #expect(
            await fetch(position).error.contains(
                "Operation too slow. Less than 1 bytes/sec transferred the last 1 seconds"))
        expectAbsent(position)
    }

    @Test func nobodyIsThere() async throws {
        let position = try HubFixture()
        position.server.stop()
        position.configuration.attempts = 2
        let error = await fetch(position).error
        #expect(error.hasPrefix(title + position.server.endpoint))
        #expect(error.contains("(after 2 attempts)"))
    }

    @Test func listingsThatLie() async throws {
        func outcome(_ listing: String, link: String? = nil) async throws -> String {
            let position = try HubFixture()
            position.server.inject { request, answer in
                guard request.path.contains("/tree/") else { return answer }
                return .init(headers: link.map { ["Link: \($0)"] } ?? [], body: Array(listing.utf8))
            }
            return await failure { _ = try await position.hub.info("imdb") }
        }
        let oid = String(repeating: "a", count: 40)
        func entry(_ path: String, _ size: String = "1", _ oid: String = String(repeating: "a", count: 40)) -> String {
            #"[{"type":"file","path":"\#(path)","size":\#(size),"oid":"\#(oid)"}]"#
        }
        #expect(try await outcome(entry("good")) == "no error")
        for bad in [
            entry("../../etc/passwd"), entry("/etc/passwd"), entry("a/../b"), entry("../\u{301}a"), entry("a", "-1"),
            entry("a", "1", "../\(oid)"), entry("a", "1", "")
        ] {
            #expect(try await outcome(bad).contains("the hub lists a file that cannot be"), "\(bad)")
        }
        for bad in [
            "", "{}", "[1]", "<html>", entry("a", "1e99"), #"[{"type":"file"}]"#,
            "[" + String(repeating: "[", count: 100_000)
        ] {
            #expect(try await outcome(bad).contains("not what a hub answers"), "\(bad.prefix(40))")
        }
        // Pages without an end.
        #expect(
            try await outcome("[]", link: "<?cursor=1>; rel=\"next\"").hasSuffix(
                "the pages of the list of its files have no end"))
        #expect(try await outcome("[]", link: "<file:///etc/passwd>; rel=\"next\"").contains("not supported"))
    }

    @Test func answersThatAreNoHubs() async throws {
        let position = try HubFixture()
        position.configuration.attempts = 1
        for (body, words) in [
            ("<html>", "not what a hub answers"), (#"{"id": "stanfordnlp/imdb"}"#, "no \"sha\""),
            (#"{"id": "stanfordnlp/imdb", "sha": "../../x"}"#, "is not a commit"),
            (#"{"id": "../x", "sha": "abc"}"#, "is not a repository's name")
        ] {
            position.server.inject { _, _ in .init(body: Array(body.utf8)) }
            #expect(await failure { _ = try await position.hub.info("imdb") }.contains(words), "\(body)")
        }
        position.server.inject { _, _ in .init(body: [UInt8](repeating: 0x20, count: 1000), promised: 1 << 40) }
        #expect(await failure { _ = try await position.hub.info("imdb") } != "no error")
        position.server.inject { _, answer in
            var answer = answer
            answer.headers = answer.headers.map { $0.hasPrefix("X-Repo-Commit") ? "X-Repo-Commit: ../../../x" : $0 }
            return answer
        }
        #expect(await fetch(position).error.contains("no X-Repo-Commit"))
    }

    @Test func whatTheCacheHoldsIsNotTrusted() async throws {
        let position = try HubFixture()
        let repository = try await position.hub.info("imdb")
        let folder = "\(position.configuration.cache)/datasets--imdb"
        for tree in [
            "{", #"{"format_version":1,"files":{"../x":{"size":1,"blob_id":"a"}}}"#,
            #"{"format_version":1,"files":{"a":{"size":-1,"blob_id":"a"}}}"#, #"{"format_version":2,"files":{}}"#
        ] {
            try HubFixture.write(Array(tree.utf8), to: "\(folder)/trees/\(repository.sha).json")
            #expect(try await position.hub.info("imdb").files == repository.files)
        }
        try HubFixture.write(Array("../../../etc".utf8), to: "\(folder)/refs/main")
        #expect(await failure { _ = try await position.offline.info("imdb") }.contains("not in the cache"))
        // A link to a missing file is replaced.
        let path = try await position.hub.download("README.md", from: repository)
        try FileManager.default.removeItem(atPath: "\(folder)/blobs")
        #expect(try await HubFixture.bytes(position.hub.download("README.md", from: repository)) == HubFixture.readme)
        #expect(try HubFixture.bytes(path) == HubFixture.readme)
    }
}
