import Foundation
import HubServer
import LoopbackServer
import Testing
import Torch
@testable import TorchText

/// Tests the hub's client with the test hub. `HubRecordedTests` compares both with Python's library.
@Suite struct HubTests {
    @Test func aRepositoryAndItsFiles() async throws {
        let position = try HubFixture()
        let repository = try await position.hub.info("imdb")
        #expect(repository.id == "stanfordnlp/imdb")
        #expect(repository.name == "imdb")
        #expect(repository.revision == "main")
        #expect(repository.sha == position.server.commit("datasets/stanfordnlp/imdb", "main")?.sha)
        #expect(
            repository.files.map(\.path) == [
                ".gitattributes", "README.md", "plain_text/test-00000-of-00001.parquet", HubFixture.trainPath
            ])
        #expect(repository.files.map(\.size) == [46, 36, 1000, 300_000])
        #expect(repository.file("README.md")?.lfsOID == nil)
        // Computed with Python's hashlib.
        #expect(
            repository.file(HubFixture.trainPath)?.lfsOID
                == "cd3ed54b4dea7b5e373063758f5c1d38480cdc0c6435f0ce5795513ebe968c09")
        #expect(!repository.isFromCache && !repository.isPartial)
        let paths = try await position.hub.download(repository.files.map(\.path), from: repository)
        #expect(
            paths.last
                == "\(position.configuration.cache)/datasets--imdb/snapshots/\(repository.sha)/\(HubFixture.trainPath)")
        #expect(try paths.map(HubFixture.bytes).dropFirst(1).first == HubFixture.readme)
        #expect(try HubFixture.bytes(paths[3]) == HubFixture.train)
        // Files in the cache are not requested again.
        let before = position.server.requests.count
        #expect(try await position.hub.download(repository.files.map(\.path), from: repository) == paths)
        #expect(position.server.requests.count == before)
    }

    @Test func revisions() async throws {
        let position = try HubFixture()
        let converted = try await position.hub.info("stanfordnlp/imdb", revision: "refs/convert/parquet")
        #expect(converted.files.map(\.path) == ["plain_text/train/0000.parquet"])
        let path = try await position.hub.download(converted.files[0].path, from: converted)
        #expect(try HubFixture.bytes(path) == HubFixture.noise(2000))
        #expect(
            try String(
                contentsOfFile: "\(position.configuration.cache)/datasets--stanfordnlp--imdb/refs/refs/convert/parquet",
                encoding: .utf8) == converted.sha)
        let main = try await position.hub.info("stanfordnlp/imdb")
        #expect(main.sha != converted.sha)
        // A commit by its name, also after the branch has moved.
        try HubFixture.write([1], to: "\(position.folder)/hub/datasets/stanfordnlp/imdb/main/README.md")
        let old = try await position.hub.info("stanfordnlp/imdb", revision: main.sha)
        #expect(old.sha == main.sha)
        #expect(try await HubFixture.bytes(position.hub.download("README.md", from: old)) == HubFixture.readme)
        let new = try await position.hub.info("stanfordnlp/imdb")
        #expect(new.sha != main.sha)
        #expect(try await HubFixture.bytes(position.hub.download("README.md", from: new)) == [1])
        // The large file has not changed: one blob, two links, one download.
        _ = try await position.hub.download(HubFixture.trainPath, from: old)
        let count = position.downloads.count
        _ = try await position.hub.download(HubFixture.trainPath, from: new)
        #expect(position.downloads.count == count)
        #expect(
            position.cached("datasets--stanfordnlp--imdb/snapshots").values.filter {
                $0.hasPrefix("-> ../../../blobs/")
            }
            .count == 2)
        #expect(
            try String(
                contentsOfFile: "\(position.configuration.cache)/datasets--stanfordnlp--imdb/refs/main", encoding: .utf8
            )
                == new.sha)
    }

    @Test func pagesOfAListing() async throws {
        let position = try HubFixture(pageSize: 2)
        let repository = try await position.hub.info("imdb")
        #expect(repository.files.count == 4)
        // Four files and a folder, two per page.
        #expect(position.server.requests.filter { $0.path.contains("/tree/") }.count == 3)
        // The list of a commit is kept.
        _ = try await position.hub.info("imdb")
        #expect(position.server.requests.filter { $0.path.contains("/tree/") }.count == 3)
    }

    @Test func aFileWithoutItsRepository() async throws {
        let position = try HubFixture()
        let path = try await position.hub.download("tokenizer.json", from: "bert-base-uncased", type: .model)
        #expect(try HubFixture.bytes(path) == Array("{}".utf8))
        #expect(path.hasPrefix("\(position.configuration.cache)/models--bert-base-uncased/snapshots/"))
        #expect(position.server.requests.allSatisfy { !$0.path.contains("/tree/") })
        #expect(try await position.offline.download("tokenizer.json", from: "bert-base-uncased", type: .model) == path)
        // A name that must be quoted.
        let strange = try await position.hub.download("a file & another+ü/100%.txt", from: "owner/many", type: .dataset)
        #expect(try HubFixture.bytes(strange) == Array("one".utf8))
        // A file without bytes.
        #expect(
            try await HubFixture.bytes(position.hub.download("README.md", from: "owner/many", type: .dataset)) == [])
        let missing = await failure {
            _ = try await position.hub.download("vocab.txt", from: "bert-base-uncased", type: .model)
        }
        #expect(
            missing.hasPrefix(
                "bert-base-uncased (model, revision main), vocab.txt: the repository has no such file (\(position.server.endpoint)/google-bert/bert-base-uncased/resolve/main/vocab.txt answers 404: Entry not found)"
            ))
        #expect(position.cached("models--bert-base-uncased/.no_exist").count == 1)
    }

    @Test func offline() async throws {
        let position = try HubFixture()
        let none = await failure { _ = try await position.offline.info("imdb") }
        #expect(
            none
                == "imdb (dataset, revision main): not in the cache (\(position.configuration.cache)/datasets--imdb), and offline nobody else is asked: unset HF_HUB_OFFLINE, or download it first"
        )
        let online = try await position.hub.info("imdb")
        let path = try await position.hub.download("README.md", from: online)
        position.server.stop()
        let before = position.server.requests.count
        let repository = try await position.offline.info("imdb")
        #expect(repository.sha == online.sha)
        #expect(repository.files == online.files)
        #expect(repository.isFromCache && !repository.isPartial)
        #expect(try await position.offline.download("README.md", from: repository) == path)
        let absent = await failure { _ = try await position.offline.download(HubFixture.trainPath, from: repository) }
        #expect(absent.hasPrefix("imdb (dataset, revision main), \(HubFixture.trainPath): not in the cache"))
        #expect(
            await failure { _ = try await position.offline.download("nowhere", from: repository) }
                == "imdb (dataset, revision main), nowhere: the repository has no such file")
        #expect(
            await failure { _ = try await position.offline.info("imdb", revision: "v2") }.contains(
                "revision v2): not in the cache"))
        #expect(position.server.requests.count == before)
        // Without the list of the commit's files, which older libraries do not keep, only the files in the cache are
        // known.
        try FileManager.default.removeItem(atPath: "\(position.configuration.cache)/datasets--imdb/trees")
        let partial = try await position.offline.info("imdb")
        #expect(partial.files.map(\.path) == ["README.md"])
        #expect(partial.files.map(\.oid) == [online.file("README.md")!.oid])
        #expect(partial.isPartial)
        // A hub that cannot be reached is the same as offline.
        #expect(try await position.hub.info("imdb").isFromCache)
        #expect(
            await failure { _ = try await position.hub.info("owner/many") }.hasPrefix(
                "owner/many (dataset, revision main): \(position.server.endpoint)/api/datasets/owner/many: "))
    }

    @Test func accessToGatedRepositories() async throws {
        let position = try HubFixture()
        func fetch() async throws -> String {
            try await position.hub.download("data.csv", from: "owner/gated", type: .dataset)
        }
        let anonymous = await failure { _ = try await fetch() }
        #expect(
            anonymous.hasPrefix(
                "owner/gated (dataset, revision main), data.csv: the repository is gated: ask for access"))
        #expect(anonymous.contains("answers 401: Access to datasets/owner/gated is restricted."))
        position.configuration.token = "hf_wrong"
        #expect(
            await failure { _ = try await fetch() }.contains(
                "answers 403: Access to datasets/owner/gated is restricted"))
        position.configuration.token = "hf_test"
        #expect(try await HubFixture.bytes(fetch()) == Array("text,label\n".utf8))
        // The CDN is another server and must not get the token. The test hub answers 400 if it does.
        _ = try await position.hub.download(HubFixture.trainPath, from: "imdb", type: .dataset)
        #expect(
            position.server.hub.history.filter { $0.number > 1 }.allSatisfy {
                $0.headers["authorization"] == "Bearer hf_test"
            })
        #expect(
            !position.server.cdn.history.isEmpty
                && position.server.cdn.history.allSatisfy { $0.headers["authorization"] == nil })
    }

    @Test func whoseAddressIsTheHubs() {
        let transport = HubTransport(
            configuration: HubConfiguration(environment: ["HF_ENDPOINT": "https://hub.example:8080/hf/"]),
            cancellation: Cancellation())
        for url in [
            "https://hub.example:8080/api", "HTTPS://HUB.example:8080?x", "https://hub.example:8080",
            "https://huggingface.co/x", "https://hf.co/x"
        ] { #expect(transport.isHub(url), "\(url)") }
        for url in [
            "http://hub.example:8080/api", "https://hub.example:80801/", "https://hub.example:8080@evil.example/",
            "https://hub.example:8080\\@evil.example/", "https://huggingface.co.evil.example/",
            "https://huggingface.co:pass@evil.example/", "https://evil.example/https://huggingface.co/",
            "https://hub.example", ""
        ] { #expect(!transport.isHub(url), "\(url)") }
    }

    @Test func whatIsNotThere() async throws {
        let position = try HubFixture()
        let repository = await failure { _ = try await position.hub.info("owner/none") }
        #expect(
            repository.hasPrefix(
                "owner/none (dataset, revision main): there is no such repository, or it is private and no token was given: set HF_TOKEN ("
            ))
        position.configuration.token = "hf_test"
        #expect(
            await failure { _ = try await position.hub.info("owner/none") }.contains("the token gives no access to it"))
        let revision = await failure { _ = try await position.hub.info("imdb", revision: "v2") }
        #expect(
            revision
                == "imdb (dataset, revision v2): the repository has no such revision (\(position.server.endpoint)/api/datasets/stanfordnlp/imdb/revision/v2 answers 404: Invalid rev id: v2)"
        )
        let known = try await position.hub.info("imdb")
        #expect(
            await failure { _ = try await position.hub.download("data.csv", from: known) }
                == "imdb (dataset, revision main), data.csv: the repository has no such file")
        #expect(position.cached("datasets--imdb/.no_exist") == ["\(known.sha)/data.csv": "0"])
    }

    @Test func namesThatCannotBe() async throws {
        let position = try HubFixture()
        for name in [
            "", "a/b/c", "../etc", "owner/..", "a--b", "-a", "a.", "a b", "a/b.git", "ä",
            String(repeating: "a", count: 97)
        ] {
            #expect(
                await failure { _ = try await position.hub.info(name) }.contains("is not a repository's name"),
                "\(name)")
        }
        for path in ["../../x", "/etc/passwd", "a//b", "a/./b", "", "a\\..\\b", "a\nb", "../\u{301}a", "a/\u{301}b"] {
            #expect(
                await failure { _ = try await position.hub.download(path, from: "imdb", type: .dataset) }.contains(
                    "is not a file's path"), "\(path)")
        }
        #expect(
            await failure { _ = try await position.hub.info("imdb", revision: "../main") }.contains("is not a revision")
        )
        position.configuration.endpoint = "huggingface.co"
        #expect(
            await failure { _ = try await position.hub.info("imdb") }
                == "imdb (dataset, revision main): HF_ENDPOINT is \"huggingface.co\", which does not begin with https:// or http://"
        )
        #expect(position.server.requests.isEmpty)
    }

    @Test func copiesWhereThereAreNoLinks() async throws {
        let position = try HubFixture()
        position.configuration.usesSymbolicLinks = false
        let old = try await position.hub.info("imdb")
        let path = try await position.hub.download(HubFixture.trainPath, from: old)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType == .typeRegular)
        #expect(try HubFixture.bytes(path) == HubFixture.train)
        // A blob that Python left is copied, because another file may link to it.
        let readme = old.file("README.md")!
        try HubFixture.write(
            HubFixture.readme, to: "\(position.configuration.cache)/datasets--imdb/blobs/\(readme.oid)")
        #expect(try await HubFixture.bytes(position.hub.download("README.md", from: old)) == HubFixture.readme)
        #expect(position.cached("datasets--imdb/blobs") == [readme.oid: "\(HubFixture.readme.count)"])
    }

    @Test func tasksAtOnce() async throws {
        let position = try HubFixture()
        let repository = try await position.hub.info("imdb")
        let hub = position.hub
        let paths = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<12 { group.addTask { try await hub.download(HubFixture.trainPath, from: repository) } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(paths.count == 1)
        #expect(try HubFixture.bytes(paths.first!) == HubFixture.train)
        #expect(position.downloads.count == 1)
    }

    @Test(.timeLimit(.minutes(1))) func aCancelledTask() async throws {
        let position = try HubFixture()
        let repository = try await position.hub.info("imdb")
        position.server.inject { request, answer in
            var answer = answer
            if request.path.hasPrefix("/lfs/") { (answer.cut, answer.stalls) = (1000, true) }
            return answer
        }
        let hub = position.hub
        let task = Task { try await hub.download(HubFixture.trainPath, from: repository) }
        while position.server.cdn.history.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(position.cached("datasets--imdb/snapshots").isEmpty)
    }
}
