import CTorchKernels

/// The threads of one pass over a loader. Batches are assigned to them in turn and returned in the order of the
/// requests.
///
/// A batch passes from one worker to the consumer and to no other thread, so this transfer is safe.
final class DataLoaderWorkers<Source: Dataset> {
    private let queue: WorkQueue<Source>
    private var threads: [WorkerThread] = []

    init(_ dataset: Source, count: Int, seed: Int64, pinMemory: Bool) {
        queue = WorkQueue(dataset, workers: count, pinMemory: pinMemory)
        for id in 0..<count {
            let info = WorkerInfo(id: id, numWorkers: count, seed: seed &+ Int64(id))
            let thread = WorkerThread { [queue] in info.run { queue.serve(id) } }
            guard let thread else {
                queue.fail(TorchError(.runtime, "DataLoader: cannot start worker \(id) of \(count)"))
                break
            }
            threads.append(thread)
        }
    }

    deinit {
        queue.close()
        for thread in threads { thread.join() }
    }

    func order(_ indices: [Int]) { queue.order(indices) }
    /// Returns the next batch; nil if no request is open.
    func next() throws -> Source.Batch? { try queue.next() }

    /// Waits, without blocking the thread, until `next()` can return at once. If the task is cancelled, stops the
    /// workers after the batches that they are making.
    /// - Throws: `CancellationError`.
    func waitForNext(isolation actor: isolated (any Actor)?) async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { queue.callWhenReady($0) }
        } onCancel: { [queue] in
            queue.close()
        }
        try Task.checkCancellation()
    }
}

/// The state that the consumer and the workers share.
private final class WorkQueue<Source: Dataset>: @unchecked Sendable {
    private let dataset: Source
    private let pinMemory: Bool
    private let monitor = Monitor()
    // The monitor protects these properties.
    private var orders: [[(number: Int, indices: [Int])]]
    private var done: [Int: Result<Source.Batch, any Error>] = [:]
    private var ordered = 0
    private var delivered = 0
    private var failure: TorchError?
    private var isClosed = false
    /// The consumer that waits without blocking a thread.
    private var waiting: CheckedContinuation<Void, Never>?

    init(_ dataset: Source, workers: Int, pinMemory: Bool) {
        self.dataset = dataset
        self.pinMemory = pinMemory
        orders = Array(repeating: [], count: workers)
    }

    func order(_ indices: [Int]) {
        monitor.change {
            orders[ordered % orders.count].append((ordered, indices))
            ordered += 1
        }
    }

    func next() throws -> Source.Batch? {
        let result: Result<Source.Batch, any Error>? = monitor.wait {
            if let failure { return .some(.failure(failure)) }
            if delivered == ordered { return .some(nil) }
            guard let result = done.removeValue(forKey: delivered) else { return nil }
            delivered += 1
            return .some(result)
        }
        return try result?.get()
    }

    func fail(_ error: TorchError) { change { failure = error } }
    func close() { change { isClosed = true } }

    /// Resumes `continuation` when `next()` would not wait, or when the desk is closed.
    func callWhenReady(_ continuation: CheckedContinuation<Void, Never>) { change { waiting = continuation } }

    /// Runs `body` under the lock. Resumes the waiting consumer if it need not wait any longer.
    private func change(_ body: () -> Void) {
        var ready: CheckedContinuation<Void, Never>?
        monitor.change {
            body()
            if isClosed || failure != nil || delivered == ordered || done[delivered] != nil {
                ready = waiting
                waiting = nil
            }
        }
        ready?.resume()
    }

    /// Runs the loop of a worker.
    func serve(_ id: Int) {
        st_name_thread("loader worker \(id)")
        while true {
            let order: (number: Int, indices: [Int])? = monitor.wait {
                if isClosed { return .some(nil) }
                return orders[id].isEmpty ? nil : .some(orders[id].removeFirst())
            }
            guard let order else { return }
            let result = Result {
                try withError { try PinnedBatch.pin(dataset.batch(order.indices), if: pinMemory) }
            }
            .mapError { named($0, id) }
            change { done[order.number] = result }
        }
    }

    private func named(_ error: any Error, _ id: Int) -> any Error {
        let inner = error as? TorchError
        return TorchError(
            inner?.kind ?? .runtime,
            "Caught \(inner?.kind.rawValue ?? "\(type(of: error))") in DataLoader worker \(id): \(inner?.message ?? "\(error)")"
        )
    }
}
