import Foundation
import Torch
import TorchFiles

/// The arguments of a call to `loadDataset`, and the folder of its cache.
struct DatasetRequest: Sendable {
    var path: String
    var name: String?
    var dataDir: String?
    var dataFiles: Value?
    var revision: String?
    /// The folder of prepared data sets.
    var cache: String
    var hub: HubClient

    /// - Parameter environment: by default, the process's environment.
    init(
        _ path: String, name: String? = nil, dataDir: String? = nil, dataFiles: Value? = nil, revision: String? = nil,
        cacheDir: String? = nil, token: String? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.path = path
        self.name = name
        self.dataDir = dataDir
        self.dataFiles = dataFiles
        self.revision = revision
        var configuration = HubConfiguration(environment: environment)
        if let token { configuration.token = token }
        if let flag = environment["HF_DATASETS_OFFLINE"]?.uppercased(), !flag.isEmpty {
            configuration.isOffline = ["1", "ON", "YES", "TRUE"].contains(flag)
        }
        hub = HubClient(configuration)
        let folder =
            environment["HF_DATASETS_CACHE"].flatMap { $0.isEmpty ? nil : $0 }
            ?? Files.join(configuration.home, "datasets")
        cache = HubConfiguration.expand(cacheDir ?? folder, environment)
    }

    /// Returns the snake case form of a name, which names files and folders.
    static func snakeCase(_ name: String) -> String {
        name.replacing(/([A-Z]+)([A-Z][a-z])/) { "\($0.1)_\($0.2)" }.replacing(/([a-z\d])([A-Z])/) { "\($0.1)_\($0.2)" }
            .lowercased()
    }
}
