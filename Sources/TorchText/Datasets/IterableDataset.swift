@_spi(Interop) import Torch

/// Rows one after the other, which are read as they are asked for and never all kept: for data sets that are larger
/// than this machine. Python: `datasets.IterableDataset`.
///
/// ```swift
/// for try await row in try await streamDataset("imdb", split: "train").shuffle(seed: 42).take(100) { … }
/// ```
/// Its shards are files; a file of the hub is downloaded when the iteration comes to it.
public struct IterableDataset: AsyncSequence, Sendable {
    public typealias Element = Row

    /// The columns; nil where `map` has made rows of unknown ones.
    public let features: Features?
    /// The split that this is; nil where nobody said.
    public let split: String?
    /// The number of the pass over the rows: other than 0, it changes the order of the shards and of what `shuffle`
    /// shuffles. Python: `epoch`.
    public private(set) var epoch = 0
    private let plan: StreamPlan

    init(features: Features?, split: String?, _ plan: StreamPlan) {
        self.features = features
        self.split = split
        self.plan = plan
    }

    /// Python: `n_shards`, `num_shards`.
    public var numShards: Int { plan.numShards }
    /// Python: `column_names`.
    public var columnNames: [String]? { features?.names }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: plan.inEpoch(epoch).stream()) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let stream: RowStream
        private var rows: ArraySlice<Row> = []

        fileprivate init(stream: RowStream) { self.stream = stream }

        /// The next row; nil behind the last.
        /// - Throws: `TorchError` where a file cannot be had or is damaged; what a `map` or `filter` throws.
        public mutating func next() async throws -> Row? {
            try Task.checkCancellation()
            while true {
                if let row = rows.popFirst() { return row }
                guard let more = try await stream.next() else { return nil }
                rows = more[...]
            }
        }
    }

    private func with(features: Features?, _ plan: StreamPlan) -> IterableDataset {
        var result = IterableDataset(features: features, split: split, plan)
        result.epoch = epoch
        return result
    }

    /// The first rows. Python: `take`.
    public func take(_ n: Int) -> IterableDataset { with(features: features, .taken(plan, n)) }

    /// All but the first rows. Python: `skip`.
    public func skip(_ n: Int) -> IterableDataset { with(features: features, .skipped(plan, n)) }

    /// The rows with what `transform` gives for each: its values take the place of the row's own of the same names,
    /// others become new columns. Python: `map`.
    public func map(
        removeColumns: [String] = [], _ transform: @escaping @Sendable (Row) throws -> Row
    ) -> IterableDataset {
        with(
            features: nil,
            .transformed(plan, batchSize: 1) { rows in
                try rows.map { try $0.merging(transform($0), without: removeColumns) }
            })
    }

    /// The rows with what `transform` gives for each batch of them, as a row of lists; there may be more or fewer rows
    /// than before where all columns are new or removed.
    /// Python: `map(batched=True)`. The iteration throws where columns come out with different numbers of rows.
    /// - Parameters:
    ///   - transform: gives the new values of a batch.
    ///   - batchSize: rows a batch; the last may be smaller.
    ///   - removeColumns: columns that are not kept, unless `transform` gives them.
    public func map(
        batched transform: @escaping @Sendable (Row) throws -> Row, batchSize: Int = 1000, removeColumns: [String] = []
    ) -> IterableDataset {
        with(
            features: nil,
            .transformed(plan, batchSize: Swift.max(1, batchSize)) { rows in
                let batch = Row(batch: rows)
                return try batch.merging(transform(batch), without: removeColumns).unbatched()
            })
    }

    /// The rows for which `isIncluded` holds. Python: `filter`.
    public func filter(_ isIncluded: @escaping @Sendable (Row) throws -> Bool) -> IterableDataset {
        with(features: features, .transformed(plan, batchSize: 1) { try $0.filter(isIncluded) })
    }

    /// The rows in another order: the shards at random, several of them by turns, and what they give through a buffer
    /// that is shuffled and half emptied whenever it is full. Python: `shuffle`.
    ///
    /// A seed gives the order that it gives in Python. Behind `take` or `skip` the shards keep their order, so that the
    /// same rows are taken.
    /// - Parameters:
    ///   - seed: a random one where nil.
    ///   - bufferSize: rows that are kept waiting.
    ///   - maxBufferInputShards: how many shards fill the buffer by turns.
    public func shuffle(seed: UInt64? = nil, bufferSize: Int = 1000, maxBufferInputShards: Int = 10) -> IterableDataset
    {
        let generator = PCG64(seed: seed ?? .random(in: 0...UInt64(UInt32.max)))
        return with(
            features: features, plan.shuffled(bufferSize: Swift.max(0, bufferSize), maxBufferInputShards, generator))
    }

    /// Says which pass over the rows the next iteration is, so that each has an order of its own; 0 is the order of
    /// `shuffle`'s seed. Python: `set_epoch`.
    /// - Precondition: `epoch` is not negative.
    public mutating func setEpoch(_ epoch: Int) {
        if epoch < 0 { raise(.value, "expected a non-negative epoch, but got \(epoch)") }
        self.epoch = Swift.max(0, epoch)
    }
}

extension IterableDataset: CustomStringConvertible {
    public var description: String {
        "IterableDataset({\n    features: \(columnNames.map { PythonRepr.of($0) } ?? "Unknown"),\n    num_shards: \(numShards)\n})"
    }
}

extension ArrowDataset {
    /// The same rows one after the other. Python: `to_iterable_dataset`.
    public func iterable(numShards: Int = 1) -> IterableDataset {
        let numShards = max(1, numShards)
        return IterableDataset(
            features: features, split: split,
            .shards(
                (0..<numShards).map { index in
                    let part = shard(numShards: numShards, index: index)
                    return { (part.count, { [try part.rowUnchecked($0)] }) }
                }, areTyped: true))
    }
}

extension Row {
    /// This row with another's values in the place of its own, or behind them.
    fileprivate func merging(_ new: Row, without removed: [String]) -> Row {
        var result = self
        for name in removed { result[name] = nil }
        for (name, value) in zip(new.names, new.values) { result[name] = value }
        return result
    }

    /// A list of values for each name of the first row; what another row lacks is null.
    fileprivate init(batch rows: [Row]) {
        let names = rows.first?.names ?? []
        self.init(names: names, values: names.map { name in .list(rows.map { $0[name] ?? .null }) })
    }

    /// The rows of a row of lists.
    fileprivate func unbatched() throws -> [Row] {
        let columns = try zip(names, values).map { name, value in
            guard let list = value.list else {
                throw TorchError(
                    .type, "the function of a batched map gives lists of values, but \(value.kind) for column \(name)")
            }
            return list
        }
        let count = columns.first?.count ?? 0
        if let other = columns.firstIndex(where: { $0.count != count }) {
            throw TorchError(
                .value,
                "Column lengths mismatch: column \(PythonRepr.of(names[other])) has length \(columns[other].count) while \(PythonRepr.of(names[0])) has length \(count)."
            )
        }
        return (0..<count).map { row in Row(names: names, values: columns.map { $0[row] }) }
    }
}
