import Foundation
import Testing
import Torch

/// Counts what was read, and knows the last worker as long as its thread runs.
private final class Log: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0
    private weak var worker: WorkerInfo?

    func add(_ info: WorkerInfo?) {
        lock.withLock {
            count += 1
            worker = info
        }
    }

    var reads: Int { lock.withLock { count } }
    var isWorkerAlive: Bool { lock.withLock { worker != nil } }
}

/// A million numbers.
private struct Endless: Dataset {
    let log: Log
    let count = 1_000_000
    subscript(index: Int) -> Int {
        log.add(getWorkerInfo())
        return index
    }
}

private struct Broken: Error {}

private struct Failing: Dataset {
    let count = 10
    subscript(index: Int) -> Int {
        get throws {
            if index == 5 { throw Broken() }
            return index
        }
    }
}

@Suite struct AsyncDataLoaderTests {
    @Test(arguments: [0, 1, 3]) func batchesComeInOrder(workers: Int) async throws {
        let loader = DataLoader(TensorDataset(Tensor.arange(10)), batchSize: 4, numWorkers: workers)
        for _ in 0..<2 {
            var seen: [[Int]] = []
            for try await batch in loader { seen.append(batch.toArray()) }
            #expect(seen == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
        }
    }

    @MainActor @Test func anActorIteratesToo() async throws {
        var sum = 0
        for try await batch in DataLoader(TensorDataset(Tensor.arange(10)), batchSize: 4, numWorkers: 2) {
            sum += batch.sum().item(as: Int.self)
        }
        #expect(sum == 45)
    }

    @Test func errorsAreThrown() async {
        var seen = 0
        await #expect(throws: Broken.self) {
            for try await _ in DataLoader(Failing(), batchSize: 2) { seen += 1 }
        }
        #expect(seen == 2)
        seen = 0
        await #expect(throws: TorchError(.runtime, "Caught Broken in DataLoader worker 0: Broken()")) {
            for try await _ in DataLoader(Failing(), batchSize: 2, numWorkers: 2) { seen += 1 }
        }
        #expect(seen == 2)
    }

    private func first(_ loader: DataLoader<Endless>) async throws -> [Int]? {
        for try await batch in loader { return batch.toArray() }
        return nil
    }

    @Test func breakStopsTheWorkers() async throws {
        let log = Log()
        let loader = DataLoader(Endless(log: log), numWorkers: 2, prefetchFactor: 2)
        #expect(try await first(loader) == [0])
        // Four batches are ordered at the start, and one more when the first is taken.
        #expect(!log.isWorkerAlive && (1...5).contains(log.reads))
        let before = log.reads
        for batch in loader {
            #expect(batch.item(as: Int.self) == 0)
            break
        }
        #expect((before + 1...before + 5).contains(log.reads))
    }

    @Test(arguments: [0, 2]) func cancellationStopsTheWorkers(workers: Int) async {
        let log = Log()
        let task = Task {
            var seen = 0
            let loader = DataLoader(Endless(log: log), numWorkers: workers)
            do {
                for try await _ in loader {
                    seen += 1
                    withUnsafeCurrentTask { $0?.cancel() }
                }
            } catch is CancellationError {
                return seen
            }
            return -1
        }
        let seen = (try? await task.value) ?? -2
        #expect(seen == 1 && log.reads <= 5 && !log.isWorkerAlive)
    }

    /// The cancellation comes from outside, while the loop waits or runs.
    @Test(arguments: [0, 2]) func aLoopIsCancelledFromOutside(workers: Int) async {
        let task = Task {
            for try await _ in DataLoader(Endless(log: Log()), numWorkers: workers) {}
        }
        task.cancel()
        let result = await task.result
        #expect(throws: CancellationError.self) { try result.get() }
    }
}
