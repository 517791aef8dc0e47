import Torch

extension IterableDataset {
    /// Returns batches of rows: each is a row of lists. Python: `IterableDataset.batch`.
    /// - Parameters:
    ///   - batchSize: the number of rows in a batch.
    ///   - dropLastBatch: whether to drop a last batch that is smaller.
    /// - Precondition: `batchSize` is positive.
    public func batch(_ batchSize: Int, dropLastBatch: Bool = false) -> IterableDataset {
        if batchSize < 1 {
            raise(.value, "batch_size should be a positive integer value, but got batch_size=\(batchSize)")
        }
        let size = Swift.max(1, batchSize)
        return inBatches(size) { rows in
            rows.isEmpty || dropLastBatch && rows.count < size ? [] : [Row(batch: rows)]
        }
    }

    /// Returns the batches that a `DataLoader` makes of such rows, as tensors: integers become int64, other numbers
    /// float64, and texts a list. They are read as the loop asks for them.
    /// PyTorch: `DataLoader(dataset, batch_size=…)`.
    ///
    /// ```swift
    /// for try await batch in stream.shuffle(seed: 1).loader(batchSize: 64) { … }
    /// ```
    /// - Precondition: `batchSize` is positive.
    public func loader(batchSize: Int = 1, dropLast: Bool = false) -> StreamLoader {
        StreamLoader(batches: batch(batchSize, dropLastBatch: dropLast))
    }
}

/// The batches of an `IterableDataset`, as tensors.
public struct StreamLoader: AsyncSequence, Sendable {
    /// A batch of rows.
    public typealias Element = TensorRow

    fileprivate let batches: IterableDataset

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(batches: batches.makeAsyncIterator()) }

    /// The iterator over the batches.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var batches: IterableDataset.AsyncIterator

        /// Returns the next batch; nil after the last.
        /// - Throws: the errors of the rows, and `TorchError` if values cannot be collated.
        public mutating func next() async throws -> TensorRow? {
            guard let batch = try await batches.next() else { return nil }
            return TensorRow(
                names: batch.names, values: try batch.values.map { try ArrowDataset.collate($0.list ?? []) })
        }
    }
}
