import NIOPosix
import Torch

/// Gathers the images of requests, so that one forward pass serves many of them.
///
/// While the model computes a batch, the requests that come in wait for the next one. So a lone request does not wait,
/// and the busier the server is, the larger the batches are. With `maxDelay` the first request of a batch also waits
/// for others when the model is free.
actor Batcher {
    private struct Waiting {
        let image: Tensor
        let arrival: ContinuousClock.Instant
        let reply: CheckedContinuation<[Float], any Error>
    }

    private let classifier: Classifier
    private let maxBatch: Int
    private let maxDelay: Duration
    private let metrics: Metrics
    /// The model has a thread of its own, as a forward pass must not block those of Swift's tasks or of connections.
    private let thread: NIOThreadPool
    private var waiting: [Waiting] = []
    private var isComputing = false
    private var isTimerSet = false

    init(_ classifier: Classifier, maxBatch: Int, maxDelay: Duration, thread: NIOThreadPool, metrics: Metrics) {
        self.classifier = classifier
        self.maxBatch = maxBatch
        self.maxDelay = maxDelay
        self.thread = thread
        self.metrics = metrics
    }

    /// Returns the probability of each class, for a prepared image [C, H, W].
    func probabilities(_ image: Tensor) async throws -> [Float] {
        try await withCheckedThrowingContinuation { reply in
            waiting.append(Waiting(image: image, arrival: .now, reply: reply))
            computeIfReady()
        }
    }

    private func computeIfReady() {
        guard !isComputing, let first = waiting.first else { return }
        let deadline = first.arrival + maxDelay
        if maxBatch > waiting.count, maxDelay > .zero, deadline > .now {
            if isTimerSet { return }
            isTimerSet = true
            Task {
                try? await Task.sleep(until: deadline, clock: .continuous)
                isTimerSet = false
                computeIfReady()
            }
            return
        }
        let batch = Array(waiting.prefix(maxBatch))
        waiting.removeFirst(batch.count)
        isComputing = true
        Task { await compute(batch) }
    }

    private func compute(_ batch: [Waiting]) async {
        let images = batch.map(\.image)
        do {
            let rows = try await thread.runIfActive { [classifier] in try classifier.probabilities(images) }
            for (request, row) in zip(batch, rows) { request.reply.resume(returning: row) }
        } catch {
            for request in batch { request.reply.resume(throwing: error) }
        }
        metrics.noteBatch(of: batch.count)
        isComputing = false
        computeIfReady()
    }
}
