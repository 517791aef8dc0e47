import Foundation
import HubServer
import Torch
@testable import TorchText

/// A hub with a few small repositories, and an empty cache, in a folder that goes away with the value.
final class HubPlace {
    let folder: String
    let server: HubServer
    var configuration: HubConfiguration
    var hub: HubClient { HubClient(configuration) }

    static let readme = Array("---\npretty_name: IMDB\n---\n# Reviews\n".utf8)
    static let train = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ ($0 >> 9)) }

    init(gated: Set<String> = [], pageSize: Int = 1000) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("hub-\(UUID().uuidString)").path
        try HubPlace.write(HubPlace.readme, to: "\(folder)/hub/datasets/stanfordnlp/imdb/main/README.md")
        try HubPlace.write(HubPlace.train, to: "\(folder)/hub/datasets/stanfordnlp/imdb/main/plain_text/train.parquet")
        try HubPlace.write(Array(#"{"datasets/imdb": "datasets/stanfordnlp/imdb"}"#.utf8), to: "\(folder)/hub/aliases.json")
        server = try HubServer(root: "\(folder)/hub", gated: gated, pageSize: pageSize)
        configuration = HubConfiguration(environment: ["HF_ENDPOINT": server.endpoint, "HF_HOME": "\(folder)/home"])
        configuration.backoff = .milliseconds(1)
    }

    deinit {
        server.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        try FileManager.default.createDirectory(atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }
}
