import Torch

/// A sequence of rows that are read when they are requested and never stored all together. For data sets that are too
/// large for this machine. Python: `datasets.IterableDataset`.
///
/// ```swift
/// for try await row in try await streamDataset("imdb", split: "train").shuffle(seed: 42).take(100) { … }
/// ```
/// Its shards are files; a file of the hub is downloaded when the iteration reaches it.
public struct IterableDataset: AsyncSequence, Sendable {
    /// A row of named values.
    public typealias Element = Row

    /// The columns; nil if they are not known after `map`.
    public let features: Features?
    /// The name of the split; nil if it is not known.
    public let split: String?
    /// The number of the pass over the rows. If it is not 0, it changes the order of the shards and the order that
    /// `shuffle` gives. Python: `epoch`.
    public private(set) var epoch = 0
    private let plan: StreamPlan
    /// The part that this process reads, if the data set is split.
    private var node: Node?

    /// One of several processes that read a data set. Python: `DistributedConfig`.
    private struct Node {
        let rank, worldSize: Int
        let strategy: NodeSplitStrategy

        /// Whether the processes divide the shards of a plan, not its rows.
        func dividesShards(_ plan: StreamPlan) -> Bool {
            strategy == .shards || strategy == .auto && plan.numShards.isMultiple(of: worldSize)
        }
    }

    init(features: Features?, split: String?, _ plan: StreamPlan) {
        self.features = features
        self.split = split
        self.plan = plan
    }

    /// The number of shards; those of this process, if the processes divide the shards.
    /// Python: `n_shards`, `num_shards`.
    public var numShards: Int {
        guard let node, node.dividesShards(plan) else { return plan.numShards }
        return plan.shard(node.worldSize, node.rank).numShards
    }
    /// The names of the columns; nil if they are not known. Python: `column_names`.
    public var columnNames: [String]? { features?.names }

    public func makeAsyncIterator() -> AsyncIterator {
        let plan = plan.inEpoch(epoch)
        guard let node else { return AsyncIterator(stream: plan.stream()) }
        return AsyncIterator(
            stream: (node.dividesShards(plan)
                ? plan.shard(node.worldSize, node.rank)
                : .stepped(plan, step: node.worldSize, offset: node.rank)).stream())
    }

    /// The iterator over the rows.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let stream: RowStream
        private var rows: ArraySlice<Row> = []

        fileprivate init(stream: RowStream) { self.stream = stream }

        /// Returns the next row; nil after the last row.
        /// - Throws: `TorchError` if a file cannot be read or is damaged; the errors of the functions of `map` and
        ///   `filter`.
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
        result.node = node
        return result
    }

    /// Returns the part that one of several processes reads. Python: `_split_by_node_iterable_dataset`.
    fileprivate func split(rank: Int, worldSize: Int, _ strategy: NodeSplitStrategy) -> IterableDataset {
        guard worldSize > 0, rank >= 0, rank < worldSize else {
            raise(.value, "rank should be in [0, worldSize-1], but got rank=\(rank) and worldSize=\(worldSize)")
            return self
        }
        var result = self
        guard let node else {
            result.node = Node(rank: rank, worldSize: worldSize, strategy: strategy)
            return result.checked
        }
        guard strategy == .auto || strategy == node.strategy else {
            raise(
                .value,
                "Cannot change the strategy when splitting an already distributed iterable dataset. The existing strategy is '\(node.strategy.rawValue)' and the new strategy is '\(strategy.rawValue)'."
            )
            return self
        }
        result.node = Node(
            rank: worldSize * node.rank + rank, worldSize: worldSize * node.worldSize, strategy: node.strategy)
        return result.checked
    }

    /// This data set. Raises if a process would have no shard.
    private var checked: IterableDataset {
        if let node, node.strategy == .shards, plan.numShards < node.worldSize {
            raise(
                .value,
                "Cannot split an iterable dataset with num_shards=\(plan.numShards) across world_size=\(node.worldSize) nodes with strategy='shards' because some nodes would not be assigned any shard."
            )
        }
        return self
    }

    /// Returns the first `n` rows. Python: `take`.
    public func take(_ n: Int) -> IterableDataset { with(features: features, .taken(plan, n, isDivided: node == nil)) }

    /// Returns all rows except the first `n`. Python: `skip`.
    public func skip(_ n: Int) -> IterableDataset {
        with(features: features, .skipped(plan, n, isDivided: node == nil))
    }

    /// Returns the rows with the result of `transform` for each row. A result with the name of an existing column
    /// replaces its value; other results become new columns. Python: `map`.
    public func map(
        removeColumns: [String] = [], _ transform: @escaping @Sendable (Row) throws -> Row
    ) -> IterableDataset {
        with(
            features: nil,
            .transformed(plan, batchSize: 1) { rows in
                try rows.map { try $0.merging(transform($0), without: removeColumns) }
            })
    }

    /// Returns the rows with the result of `transform` for each batch, which is a row of lists. The number of rows may
    /// change if all columns are new or removed.
    /// Python: `map(batched=True)`. The iteration throws if the resulting columns have different numbers of rows.
    /// - Parameters:
    ///   - transform: returns the new values of a batch.
    ///   - batchSize: the number of rows in a batch; the last batch may be smaller.
    ///   - removeColumns: the columns to remove, unless `transform` returns them.
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

    /// Returns what `transform` makes of batches of rows.
    func inBatches(_ size: Int, _ transform: @escaping @Sendable ([Row]) throws -> [Row]) -> IterableDataset {
        with(features: nil, .transformed(plan, batchSize: size, transform))
    }

    /// Returns the rows for which `isIncluded` returns true. Python: `filter`.
    public func filter(_ isIncluded: @escaping @Sendable (Row) throws -> Bool) -> IterableDataset {
        with(features: features, .transformed(plan, batchSize: 1) { try $0.filter(isIncluded) })
    }

    /// Returns the rows in another order. The shards are shuffled, several shards are read in turn, and their rows go
    /// through a buffer. When the buffer is full, it is shuffled and half of it is returned. Python: `shuffle`.
    ///
    /// A seed gives the same order as in Python. After `take` or `skip`, the shards keep their order, so that the same
    /// rows are selected.
    /// - Parameters:
    ///   - seed: the generator's seed; nil for a random seed.
    ///   - bufferSize: the number of rows in the buffer.
    ///   - maxBufferInputShards: the number of shards that fill the buffer in turn.
    public func shuffle(seed: UInt64? = nil, bufferSize: Int = 1000, maxBufferInputShards: Int = 10) -> IterableDataset
    {
        let generator = PCG64(seed: seed ?? .random(in: 0...UInt64(UInt32.max)))
        return with(
            features: features, plan.shuffled(bufferSize: Swift.max(0, bufferSize), maxBufferInputShards, generator))
    }

    /// Sets the number of the next pass over the rows, so that each pass has its own order. Epoch 0 has the order of
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

/// How processes divide the rows of a data set that is streamed. Python: the `strategy` of `split_dataset_by_node`.
public enum NodeSplitStrategy: String, Sendable {
    /// `shards` if the number of processes divides the number of shards, otherwise `examples`.
    case auto
    /// Each process reads some of the shards.
    case shards
    /// Each process reads all shards and returns one row of as many as there are processes.
    case examples
}

/// Returns the part of a data set that one of several processes reads. The processes divide the shards if they can, so
/// that each reads other files. Otherwise each reads all files and returns every N-th row.
/// Python: `datasets.distributed.split_dataset_by_node`.
///
/// A shuffled data set needs the same seed in all processes. A part can be split again, for example among the workers
/// of a process.
/// - Precondition: 0 ≤ `rank` < `worldSize`. With `.shards`, there is a shard for each process.
public func splitDatasetByNode(
    _ dataset: IterableDataset, rank: Int, worldSize: Int, strategy: NodeSplitStrategy = .auto
) -> IterableDataset {
    dataset.split(rank: rank, worldSize: worldSize, strategy)
}

extension ArrowDataset {
    /// Returns the same rows as an iterable data set. Python: `to_iterable_dataset`.
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
    /// Returns this row with the values of another row, which replace values or become new ones.
    fileprivate func merging(_ new: Row, without removed: [String]) -> Row {
        var result = self
        for name in removed { result[name] = nil }
        for (name, value) in zip(new.names, new.values) { result[name] = value }
        return result
    }

    /// Creates a row with a list of values for each name of the first row. A missing value is null.
    init(batch rows: [Row]) {
        let names = rows.first?.names ?? []
        self.init(names: names, values: names.map { name in .list(rows.map { $0[name] ?? .null }) })
    }

    /// Returns the rows of a row of lists.
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
