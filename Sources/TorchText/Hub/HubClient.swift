import Foundation
import Locks
import Torch
import TorchFiles

/// A client of the Hugging Face hub. It lists a repository's files and downloads them into the cache that Python's
/// `huggingface_hub` uses too.
///
/// ```swift
/// let hub = HubClient()
/// let repository = try await hub.info("imdb")
/// let card = try await hub.download("README.md", from: repository)
/// ```
/// Python: `huggingface_hub.HfApi`. Errors are `TorchError`s that name the repository, the file and the cause. Several
/// clients, tasks and processes, including Python's, may use one cache at the same time. Cancelling a task ends its
/// transfer.
public struct HubClient: Sendable {
    /// The client's addresses, token, cache and timeouts.
    public let configuration: HubConfiguration

    /// Creates a client.
    /// - Parameter configuration: by default, the environment's settings.
    public init(_ configuration: HubConfiguration = HubConfiguration()) { self.configuration = configuration }

    /// Returns a repository's commit and the list of its files.
    ///
    /// If the client is offline or the hub cannot be reached, returns what the cache knows.
    /// Python: `dataset_info`, `model_info`.
    /// - Parameters:
    ///   - name: `owner/name`, or an alias such as `imdb`.
    ///   - type: a data set or a model.
    ///   - revision: a branch, a tag, a commit or a reference such as `refs/convert/parquet`; by default the main
    ///     branch.
    /// - Throws: `TorchError` if the repository or revision does not exist or may not be read, or if neither the hub
    ///   nor the cache can answer.
    public func info(
        _ name: String, type: HubRepositoryType = .dataset, revision: String? = nil
    ) async throws -> HubRepository {
        try await work(Hub.title(name, type, revision ?? Hub.mainRevision)) { try $0.info(name, type, revision) }
    }

    /// Downloads a file if the cache does not have it.
    /// Python: `huggingface_hub.hf_hub_download`.
    /// - Returns: the file's path in the cache.
    public func download(_ file: String, from repository: HubRepository) async throws -> String {
        try await work("\(repository.title), \(file)") { operations in
            let progress = TransferProgress(file, configuration, total: repository.file(file)?.size)
            defer { progress.finish() }
            return try operations.download(file, from: repository, progress)
        }
    }

    /// Downloads the files that the cache does not have, eight at a time.
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

    /// Downloads a file without listing the repository, if the cache does not have it. If the hub cannot be reached,
    /// returns the cached file of that revision.
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

    /// Runs a blocking `body` on a concurrent queue. Puts `title` before the messages of its errors and removes the
    /// token from them.
    private func work<Result: Sendable>(
        _ title: String, _ body: @escaping @Sendable (HubOperations) throws -> Result
    ) async throws -> Result {
        let cancellation = Cancellation()
        let operations = HubOperations(configuration, cancellation)
        let token = configuration.knownToken
        // The result is stored under a lock, because ThreadSanitizer does not see how a continuation orders accesses.
        let outcome = Mutex<Swift.Result<Result, any Error>>(.failure(CancellationError()))
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                HubClient.queue.async {
                    let result = Swift.Result {
                        do {
                            return try body(operations)
                        } catch let failure as HubFailure {
                            throw TorchError(
                                .file, "\(title): \(token?.removed(from: failure.reason) ?? failure.reason)")
                        } catch let error as TorchError {
                            throw TorchError(
                                error.kind, "\(title): \(token?.removed(from: error.message) ?? error.message)")
                        }
                    }
                    outcome.withLock { $0 = result }
                    continuation.resume()
                }
            }
            return try outcome.withLock { $0 }.get()
        } onCancel: {
            cancellation.cancel()
        }
    }
}
