import Foundation
import HubServer
import Testing
import Torch
import TorchFiles
@testable import TorchText

/// The answers of Python's library to the requests of these tests (Fixtures/hub/hub.py), recorded by `make test-hub`.
struct HubRecord: Codable, Equatable {
    struct File: Codable, Equatable {
        var path: String
        var size: Int
        var oid: String
        var lfsOID: String?
    }

    struct Repository: Codable, Equatable {
        var name: String
        var type: String
        var revision: String
        var id: String
        var sha: String
        var listing: [File]
        var files: [String]
        /// The SHA-256 of each file.
        var contents: [String]
    }

    struct TreeEntry: Codable, Equatable {
        var size: Int
        var blob_id: String
        var lfs_sha256: String?
        var lfs_size: Int?
    }

    struct Tree: Codable, Equatable {
        var format_version: Int
        var files: [String: TreeEntry]
    }

    /// A file of the cache: the target of a link, the text of a small file or a SHA-256. Or the contents of a list of
    /// files.
    enum Entry: Codable, Equatable {
        case text(String)
        case tree(Tree)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            self =
                if let text = try? container.decode(String.self) { .text(text) } else {
                    .tree(try container.decode(Tree.self))
                }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .tree(let tree): try container.encode(tree)
            }
        }
    }

    var repositories: [Repository]
    var refusals: [String: String]
    var cache: [String: Entry]
    var locks: [String]

    static func read() throws -> HubRecord {
        try JSONDecoder().decode(HubRecord.self, from: Data(contentsOf: fixture("download.json")))
    }

    static func fixture(_ name: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
            "Fixtures/hub/\(name)")
    }

    static func digest(_ path: String) throws -> String { try Digest<SHA256>.of(FileSource(path)) }

    /// Returns the cache of a place, in the form in which `hub.py` writes Python's.
    static func layout(_ root: String) throws -> [String: Entry] {
        var result: [String: Entry] = [:]
        for case let key as String in FileManager.default.enumerator(atPath: root) ?? .init() {
            let path = "\(root)/\(key)"
            let type = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            if type == .typeSymbolicLink {
                result[key] = .text("-> " + (try FileManager.default.destinationOfSymbolicLink(atPath: path)))
            } else if type == .typeRegular {
                result[key] =
                    if "/\(key)".contains("/refs/") {
                        .text(try String(contentsOfFile: path, encoding: .utf8))
                    } else if key.contains("/trees/") {
                        .tree(try JSONDecoder().decode(Tree.self, from: Data(contentsOf: URL(fileURLWithPath: path))))
                    } else if key == "CACHEDIR.TAG" {
                        .text(
                            try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").first.map(
                                String.init) ?? "")
                    } else { .text(try digest(path)) }
            }
        }
        return result
    }

    /// Creates Python's cache again, with every file at its place.
    func restore(at root: String, from position: HubFixture) throws {
        let bytes = try HubFixture.files.reduce(into: [String: [UInt8]]()) {
            try $0[HubRecord.digest("\(position.folder)/hub/\($1.path)")] = $1.bytes
        }
        for (key, entry) in cache {
            let path = "\(root)/\(key)"
            try FileManager.default.createDirectory(atPath: Files.folder(of: path), withIntermediateDirectories: true)
            switch entry {
            case .tree(let tree): try JSONEncoder().encode(tree).write(to: URL(fileURLWithPath: path))
            case .text(let text) where text.hasPrefix("-> "):
                try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: String(text.dropFirst(3)))
            case .text(let text):
                try HubFixture.write(bytes[text] ?? (key.contains(".no_exist") ? [] : Array(text.utf8)), to: path)
            }
        }
    }
}

/// Compares the client and the test hub with the recorded results of Python's library at the same test hub.
@Suite struct HubRecordedTests {
    @Test func environments() throws {
        struct Rules: Decodable {
            struct Case: Decodable { var environment: [String: String], answer: Answer }
            struct Answer: Decodable {
                var endpoint, home, cache: String, isOffline: Bool, token: String?, metadataTimeout,
                    downloadTimeout: Int
            }
            struct Name: Decodable { var name: String, isGood: Bool }
            var environments: [Case]
            var names: [Name]
        }
        let rules = try JSONDecoder().decode(Rules.self, from: Data(contentsOf: HubRecord.fixture("rules.json")))
        #expect(rules.environments.count > 10 && rules.names.count > 20)
        for test in rules.environments {
            let found = HubConfiguration(environment: test.environment)
            #expect(found.endpoint == test.answer.endpoint, "\(test.environment)")
            #expect(found.home == test.answer.home, "\(test.environment)")
            #expect(found.cache == test.answer.cache, "\(test.environment)")
            #expect(found.isOffline == test.answer.isOffline, "\(test.environment)")
            #expect(found.token == test.answer.token, "\(test.environment)")
            #expect(found.metadataTimeout == test.answer.metadataTimeout, "\(test.environment)")
            #expect(found.downloadTimeout == test.answer.downloadTimeout, "\(test.environment)")
        }
        for test in rules.names {
            #expect(((try? Hub.check(repository: test.name)) != nil) == test.isGood, "\(test.name)")
        }
    }

    @Test func theTokensFile() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try HubFixture.write(Array("hf_file\n".utf8), to: "\(folder)/token")
        try HubFixture.write(Array("hf_other\r\n".utf8), to: "\(folder)/other")
        #expect(HubConfiguration(environment: ["HF_HOME": folder]).token == "hf_file")
        #expect(HubConfiguration(environment: ["HF_HOME": folder, "HF_TOKEN": "hf_variable"]).token == "hf_variable")
        #expect(
            HubConfiguration(environment: ["HF_HOME": folder, "HF_TOKEN_PATH": "\(folder)/other"]).token == "hf_other")
        #expect(HubConfiguration(environment: ["HF_HOME": folder, "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"]).token == nil)
    }

    @Test func listingsAndCache() async throws {
        let record = try HubRecord.read(), position = try HubFixture()
        try await HubRecordedTests.download(record, position)
        #expect(
            record.refusals == [
                "no repository": "RepositoryNotFoundError", "no revision": "RevisionNotFoundError",
                "no file": "RemoteEntryNotFoundError", "gated": "GatedRepoError"
            ])
    }

    /// Downloads the files that Python has downloaded. Expects the same answers and the same files in the cache.
    static func download(_ record: HubRecord, _ position: HubFixture) async throws {
        for expected in record.repositories {
            let type = try #require(HubRepositoryType(rawValue: expected.type))
            let found = try await position.hub.info(
                expected.name, type: type, revision: expected.revision == "main" ? nil : expected.revision)
            #expect(found.id == expected.id)
            #expect(found.sha == expected.sha)
            #expect(
                found.files.map { HubRecord.File(path: $0.path, size: $0.size, oid: $0.oid, lfsOID: $0.lfsOID) }
                    == expected.listing)
            #expect(
                try await position.hub.download(expected.files, from: found).map(HubRecord.digest) == expected.contents)
        }
        let imdb = try await position.hub.info("imdb")
        _ = try await position.hub.download("plain_text/test-00000-of-00001.parquet", from: imdb)
        _ = await failure { _ = try await position.hub.download("vocab.txt", from: "bert-base-uncased", type: .model) }
        let layout = try HubRecord.layout(position.configuration.cache)
        let (cache, locks) = (
            layout.filter { !$0.key.hasPrefix(".locks/") }, layout.keys.filter { $0.hasPrefix(".locks/") }.sorted()
        )
        // Python lists a commit's files only for whole snapshots, this client always.
        let trees = { (entries: [String: HubRecord.Entry]) in entries.filter { $0.key.contains("/trees/") } }
        #expect(cache.filter { !$0.key.contains("/trees/") } == record.cache.filter { !$0.key.contains("/trees/") })
        for (path, tree) in trees(record.cache) { #expect(cache[path] == tree) }
        #expect(!trees(record.cache).isEmpty)
        #expect(locks == record.locks)
    }

    @Test func aCacheThatPythonFilled() async throws {
        let record = try HubRecord.read(), position = try HubFixture()
        try record.restore(at: position.configuration.cache, from: position)
        try await HubRecordedTests.readOffline(record, position)
        #expect(position.server.requests.isEmpty)
    }

    static func readOffline(_ record: HubRecord, _ position: HubFixture) async throws {
        for expected in record.repositories {
            let type = try #require(HubRepositoryType(rawValue: expected.type))
            let found = try await position.offline.info(expected.name, type: type, revision: expected.revision)
            #expect(found.sha == expected.sha)
            #expect(found.isFromCache)
            #expect(Set(expected.files).isSubset(of: found.files.map(\.path)))
            for file in found.files {
                #expect(
                    expected.listing.contains {
                        $0.path == file.path && $0.size == file.size && $0.lfsOID == file.lfsOID
                            && $0.oid == (file.oid.isEmpty ? $0.oid : file.oid)
                    })
            }
            #expect(
                try await position.offline.download(expected.files, from: found).map(HubRecord.digest)
                    == expected.contents
            )
            #expect(
                try await HubRecord.digest(
                    position.offline.download(
                        expected.files[0], from: expected.name, type: type, revision: expected.revision))
                    == expected.contents[0])
        }
    }
}
