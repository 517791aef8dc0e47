import Foundation
import HubServer
import LoopbackServer
import Locks
import Torch
@testable import TorchText

/// A hub with a few small repositories, and an empty cache, in a folder that is removed with the value.
final class HubFixture {
    let folder: String
    let server: HubServer
    var configuration: HubConfiguration
    var hub: HubClient { HubClient(configuration) }
    var offline: HubClient {
        var configuration = configuration
        configuration.isOffline = true
        return HubClient(configuration)
    }

    static let readme = Array("---\npretty_name: IMDB\n---\n# Reviews\n".utf8)
    static let trainPath = "plain_text/train-00000-of-00001.parquet"
    static let train = noise(300_000)
    /// The files by path below the server's root. `make test-hub` lets Python read the same files.
    static let files: [(path: String, bytes: [UInt8])] = [
        ("datasets/stanfordnlp/imdb/main/README.md", readme),
        (
            "datasets/stanfordnlp/imdb/main/.gitattributes",
            Array("*.parquet filter=lfs diff=lfs merge=lfs -text\n".utf8)
        ),
        ("datasets/stanfordnlp/imdb/main/\(trainPath)", train),
        ("datasets/stanfordnlp/imdb/main/plain_text/test-00000-of-00001.parquet", noise(1000)),
        ("datasets/stanfordnlp/imdb/refs%2Fconvert%2Fparquet/plain_text/train/0000.parquet", noise(2000)),
        ("datasets/owner/many/main/README.md", []),
        ("datasets/owner/many/main/a file & another+ü/100%.txt", Array("one".utf8)),
        ("datasets/owner/gated/main/data.csv", Array("text,label\n".utf8)),
        ("models/google-bert/bert-base-uncased/main/config.json", Array(#"{"model_type": "bert"}"#.utf8)),
        ("models/google-bert/bert-base-uncased/main/tokenizer.json", Array("{}".utf8)),
        (
            "aliases.json",
            Array(
                #"{"datasets/imdb": "datasets/stanfordnlp/imdb", "models/bert-base-uncased": "models/google-bert/bert-base-uncased"}"#
                    .utf8)
        )
    ]

    static func noise(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ ($0 >> 9)) } }

    init(pageSize: Int = 1000) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("hub-\(UUID().uuidString)").path
        for file in HubFixture.files { try HubFixture.write(file.bytes, to: "\(folder)/hub/\(file.path)") }
        server = try HubServer(root: "\(folder)/hub", gated: ["datasets/owner/gated"], pageSize: pageSize)
        configuration = HubConfiguration(environment: ["HF_ENDPOINT": server.endpoint, "HF_HOME": "\(folder)/home"])
        configuration.backoff = .milliseconds(1)
    }

    deinit {
        server.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

    /// Returns the contents of the cache by path: the target of a link, or the size of a file in bytes. Folders are
    /// left out.
    func cached(_ folder: String = "") -> [String: String] {
        let root = configuration.cache + (folder.isEmpty ? "" : "/\(folder)")
        var result: [String: String] = [:]
        for case let path as String in FileManager.default.enumerator(atPath: root) ?? .init() {
            let attributes = (try? FileManager.default.attributesOfItem(atPath: "\(root)/\(path)")) ?? [:]
            switch attributes[.type] as? FileAttributeType {
            case .typeSymbolicLink?:
                result[path] =
                    "-> " + ((try? FileManager.default.destinationOfSymbolicLink(atPath: "\(root)/\(path)")) ?? "?")
            case .typeRegular?: result[path] = "\(attributes[.size] as? Int ?? -1)"
            default: break
            }
        }
        return result
    }

    /// The requests so far that read the bytes of a file.
    var downloads: [LoopbackServer.Request] {
        server.requests.filter { $0.method == "GET" && ($0.path.contains("/resolve/") || $0.path.hasPrefix("/lfs/")) }
    }
}

/// Returns the text of the error that `body` throws.
func failure(_ body: () async throws -> Void) async -> String {
    do {
        try await body()
        return "no error"
    } catch let error as TorchError {
        return error.message
    } catch {
        return "another error: \(error)"
    }
}

/// A counter that threads share.
final class Counter: Sendable {
    private let count = Mutex(0)
    /// Increments the counter and returns the number before.
    @discardableResult func next() -> Int {
        count.withLock { count in
            defer { count += 1 }
            return count
        }
    }
    var value: Int { count.withLock { $0 } }
}
