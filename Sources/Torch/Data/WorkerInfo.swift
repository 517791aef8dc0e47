#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Information about a worker of a data loader. PyTorch: `torch.utils.data.WorkerInfo`.
public final class WorkerInfo: Sendable {
    /// The number of the worker, from 0.
    public let id: Int
    /// The number of workers.
    public let numWorkers: Int
    /// The initial seed of `generator`: the seed of the pass plus `id`.
    public let seed: Int64
    /// The worker's own generator. It is the default generator on the worker's thread.
    public let generator: Generator

    init(id: Int, numWorkers: Int, seed: Int64) {
        self.id = id
        self.numWorkers = numWorkers
        self.seed = seed
        generator = SamplerDraws.seeded(by: seed)
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

/// Returns the data loader worker of the current thread; nil on other threads.
/// PyTorch: `torch.utils.data.get_worker_info`.
public func getWorkerInfo() -> WorkerInfo? {
    pthread_getspecific(WorkerInfo.key).map { Unmanaged<WorkerInfo>.fromOpaque($0).takeUnretainedValue() }
}
