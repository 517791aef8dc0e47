import Foundation
import HubServer
import Torch
@testable import TorchText

/// A hub with the repositories of Fixtures/datasets/hub and empty caches, in a folder that is removed with the value.
final class DatasetsFixture {
    let folder: String
    let server: HubServer

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("datasets-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        server = try HubServer(root: DatasetsFixture.fixture("hub"))
    }

    deinit {
        server.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    static func fixture(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
            "Fixtures/datasets/\(name)"
        ).path
    }

    var home: String { "\(folder)/home" }

    func environment(offline: Bool = false) -> [String: String] {
        [
            "HF_ENDPOINT": server.endpoint, "HF_HOME": home, "HF_HUB_OFFLINE": offline ? "1" : "0",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"
        ]
    }

    func request(
        _ path: String, name: String? = nil, dataDir: String? = nil, dataFiles: Value? = nil, offline: Bool = false
    ) -> DatasetRequest {
        DatasetRequest(
            path, name: name, dataDir: dataDir, dataFiles: dataFiles, environment: environment(offline: offline))
    }

    /// Returns the paths in the folder of prepared data sets.
    func prepared() -> [String] {
        ((try? FileManager.default.subpathsOfDirectory(atPath: "\(home)/datasets")) ?? []).sorted()
    }
}
