import Foundation
import Torch
import TorchFiles

/// The Hugging Face hub: which files a repository has, and the files themselves, kept in the cache that Python's
/// `huggingface_hub` uses too.
///
/// ```swift
/// let hub = HubClient()
/// let repository = try await hub.info("imdb")
/// let card = try await hub.download("README.md", from: repository)
/// ```
/// Python: `huggingface_hub.HfApi`. Errors are `TorchError`s that name the repository, the file and the cause. Several
/// clients, tasks and processes, Python's among them, may use one cache at once. A task that is
/// cancelled ends its transfer.
public struct HubClient: Sendable {
    public let configuration: HubConfiguration

    /// - Parameter configuration: by default what the environment says.
    public init(_ configuration: HubConfiguration = HubConfiguration()) { self.configuration = configuration }

    /// What a repository is and which files it has.
    ///
    /// Offline, and where the hub cannot be reached, the cache answers with what it knows. Python: `dataset_info`,
    /// `model_info`.
    /// - Parameters:
    ///   - name: `owner/name`, or an alias such as `imdb`.
    ///   - type: a data set's or a model's.
    ///   - revision: a branch, a tag, a commit or a reference such as `refs/convert/parquet`; by default the main
    ///   -     branch.
    /// - Throws: `TorchError` where there is no such repository or revision, where it may not be read, or where neither
    /// -   the hub nor the cache can say.
    public func info(
        _ name: String, type: HubRepositoryType = .dataset, revision: String? = nil
    ) async throws -> HubRepository {
        try await work(Hub.title(name, type, revision ?? Hub.mainRevision)) { try $0.info(name, type, revision) }
    }

    /// Downloads a file, unless the cache has it.
    /// Python: `huggingface_hub.hf_hub_download`.
    /// - Returns: the file's path in the cache.
    public func download(_ file: String, from repository: HubRepository) async throws -> String {
        try await work("\(repository.title), \(file)") { operations in
            let progress = TransferProgress(file, configuration, total: repository.file(file)?.size)
            defer { progress.finish() }
            return try operations.download(file, from: repository, progress)
        }
    }

    /// Downloads several files, eight at a time, unless the cache has them.
    /// Python: `huggingface_hub.snapshot_download`.
    /// - Returns: the files' paths in the cache, in the order of `files`.
    public func download(_ files: [String], from repository: HubRepository) async throws -> [String] {
        let sizes = Dictionary(repository.files.map { ($0.path, $0.size) }) { $1 }
        let title = files.count == 1 ? files[0] : "\(repository.name) (\(files.count) files)"
        let progress = TransferProgress(title, configuration, total: files.reduce(0) { $0 &+ (sizes[$1] ?? 0) })
        defer { progress.finish() }
        return try await withThrowingTaskGroup(of: (Int, String).self) { group in
            var paths = [String](repeating: "", count: files.count)
            for (index, file) in files.enumerated() {
                if index >= 8, let (done, path) = try await group.next() { paths[done] = path }
                group.addTask {
                    (
                        index,
                        try await work("\(repository.title), \(file)") {
                            try $0.download(file, from: repository, progress)
                        }
                    )
                }
            }
            for try await (done, path) in group { paths[done] = path }
            return paths
        }
    }

    /// Downloads a file without asking which others there are, unless the cache has it. Where the hub cannot be
    /// reached, what the cache has of that revision serves.
    /// Python: `huggingface_hub.hf_hub_download`.
    /// - Returns: the file's path in the cache.
    public func download(
        _ file: String, from name: String, type: HubRepositoryType, revision: String? = nil
    ) async throws -> String {
        try await work("\(Hub.title(name, type, revision ?? Hub.mainRevision)), \(file)") { operations in
            let progress = TransferProgress(file, configuration, total: nil)
            defer { progress.finish() }
            return try operations.download(file, from: name, type, revision ?? Hub.mainRevision, progress)
        }
    }

    private static let queue = DispatchQueue(label: "swift-torch.hub", attributes: .concurrent)

    /// Runs what blocks on a thread that may be blocked, and tells in its errors what it was about.
    private func work<Result: Sendable>(
        _ title: String, _ body: @escaping @Sendable (HubOperations) throws -> Result
    ) async throws -> Result {
        let cancellation = Cancellation()
        let operations = HubOperations(configuration, cancellation)
        let token = configuration.knownToken
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                HubClient.queue.async {
                    continuation.resume(
                        with: Swift.Result {
                            do {
                                return try body(operations)
                            } catch let failure as HubFailure {
                                throw TorchError(
                                    .file, "\(title): \(token?.removed(from: failure.reason) ?? failure.reason)")
                            } catch let error as TorchError {
                                throw TorchError(
                                    error.kind, "\(title): \(token?.removed(from: error.message) ?? error.message)")
                            }
                        })
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }
}
