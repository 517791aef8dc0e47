#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What a loader's worker knows of itself. PyTorch: `torch.utils.data.WorkerInfo`.
public final class WorkerInfo: Sendable {
    /// The worker's number, from 0.
    public let id: Int
    public let numWorkers: Int
    /// The pass's seed plus `id`, which `generator` starts from.
    public let seed: Int64
    /// The worker's own generator: the default one on its thread.
    public let generator: Generator

    init(id: Int, numWorkers: Int, seed: Int64) {
        self.id = id
        self.numWorkers = numWorkers
        self.seed = seed
        generator = Draws.seeded(by: seed)
    }

    /// Runs `body` as this worker.
    func run(_ body: () -> Void) {
        pthread_setspecific(WorkerInfo.key, Unmanaged.passUnretained(self).toOpaque())
        defer { pthread_setspecific(WorkerInfo.key, nil) }
        generator.asDefault(body)
    }

    fileprivate static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()
}

/// The loader's worker whose thread this is, nil elsewhere. PyTorch: `torch.utils.data.get_worker_info`.
public func getWorkerInfo() -> WorkerInfo? {
    pthread_getspecific(WorkerInfo.key).map { Unmanaged<WorkerInfo>.fromOpaque($0).takeUnretainedValue() }
}
