import Torch

/// Rows one after the other, which are read as they are asked for and never all kept: for data sets that are larger than this machine. Python: `datasets.IterableDataset`.
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
    private let shards: [Shard]
    /// What becomes of the rows on their way.
    private let steps: [@Sendable (RowStream) -> RowStream]

    /// Gives the batches of a part of the rows.
    typealias Shard = @Sendable () async throws -> (Int, (Int) throws -> [Row])

    init(features: Features?, split: String?, shards: [Shard], steps: [@Sendable (RowStream) -> RowStream] = []) {
        self.features = features
        self.split = split
        self.shards = shards
        self.steps = steps
    }

    /// Python: `n_shards`, `num_shards`.
    public var numShards: Int { shards.count }
    /// Python: `column_names`.
    public var columnNames: [String]? { features?.names }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: steps.reduce(ShardStream(shards)) { $1($0) }) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let stream: RowStream

        /// The next row; nil behind the last.
        /// - Throws: `TorchError` where a file cannot be had or is damaged; what a `map` or `filter` throws.
        public mutating func next() async throws -> Row? {
            try Task.checkCancellation()
            return try await stream.next()
        }
    }

    private func with(features: Features?, _ step: @escaping @Sendable (RowStream) -> RowStream) -> IterableDataset {
        IterableDataset(features: features, split: split, shards: shards, steps: steps + [step])
    }

    /// The first rows. Python: `take`.
    public func take(_ n: Int) -> IterableDataset { with(features: features) { TakeStream($0, n) } }

    /// All but the first rows. Python: `skip`.
    public func skip(_ n: Int) -> IterableDataset { with(features: features) { SkipStream($0, n) } }

    /// The rows with what `transform` gives for each: its values take the place of the row's own of the same names, others become new columns. Python: `map`.
    public func map(removeColumns: [String] = [], _ transform: @escaping @Sendable (Row) throws -> Row) -> IterableDataset {
        with(features: nil) {
            MapStream($0) { row in
                let new = try transform(row)
                var result = row
                for name in removeColumns { result[name] = nil }
                for (name, value) in zip(new.names, new.values) { result[name] = value }
                return result
            }
        }
    }

    /// The rows for which `isIncluded` holds. Python: `filter`.
    public func filter(_ isIncluded: @escaping @Sendable (Row) throws -> Bool) -> IterableDataset {
        with(features: features) { MapStream($0) { try isIncluded($0) ? $0 : nil } }
    }

    /// The rows in another order: the shards at random, and rows drawn at random from a buffer that is filled as they come. Python: `shuffle`.
    ///
    /// A seed gives one and the same order on every machine; it is not the order of Python's library, which reads several shards at once.
    /// - Parameter bufferSize: rows that are kept waiting.
    public func shuffle(seed: UInt64? = nil, bufferSize: Int = 1000) -> IterableDataset {
        let seed = seed ?? .random(in: 0...UInt64(UInt32.max))
        var generator = PCG64(seed: seed)
        var shuffled = shards
        generator.shuffle(&shuffled)
        let buffered = generator
        return IterableDataset(features: features, split: split, shards: shuffled, steps: steps + [{ ShuffleStream($0, bufferSize, buffered) }])
    }
}

extension IterableDataset: CustomStringConvertible {
    public var description: String { "IterableDataset({\n    features: \(columnNames.map { PythonRepr.of($0) } ?? "Unknown"),\n    num_shards: \(numShards)\n})" }
}

extension ArrowDataset {
    /// The same rows one after the other. Python: `to_iterable_dataset`.
    public func iterable(numShards: Int = 1) -> IterableDataset {
        IterableDataset(features: features, split: split, shards: (0..<Swift.max(1, numShards)).map { index in
            let part = shard(numShards: Swift.max(1, numShards), index: index)
            return { (part.count, { [try part.rowUnchecked($0)] }) }
        })
    }
}

/// One pass over rows.
class RowStream {
    func next() async throws -> Row? { nil }
}

private final class ShardStream: RowStream {
    private var shards: ArraySlice<IterableDataset.Shard>
    private var batches: (count: Int, read: (Int) throws -> [Row]) = (0, { _ in [] })
    private var batch = 0
    private var rows: ArraySlice<Row> = []

    init(_ shards: [IterableDataset.Shard]) { self.shards = shards[...] }

    override func next() async throws -> Row? {
        while true {
            if let row = rows.popFirst() { return row }
            if batch < batches.count {
                rows = try batches.read(batch)[...]
                batch += 1
            } else {
                guard let shard = shards.popFirst() else { return nil }
                batches = try await shard()
                batch = 0
            }
        }
    }
}

private final class TakeStream: RowStream {
    private let source: RowStream
    private var left: Int

    init(_ source: RowStream, _ count: Int) {
        self.source = source
        left = count
    }

    override func next() async throws -> Row? {
        guard left > 0 else { return nil }
        left -= 1
        return try await source.next()
    }
}

private final class SkipStream: RowStream {
    private let source: RowStream
    private var left: Int

    init(_ source: RowStream, _ count: Int) {
        self.source = source
        left = count
    }

    override func next() async throws -> Row? {
        while left > 0 {
            left -= 1
            if try await source.next() == nil { left = 0 }
        }
        return try await source.next()
    }
}

private final class MapStream: RowStream {
    private let source: RowStream
    /// Nil leaves a row out.
    private let transform: (Row) throws -> Row?

    init(_ source: RowStream, _ transform: @escaping (Row) throws -> Row?) {
        self.source = source
        self.transform = transform
    }

    override func next() async throws -> Row? {
        while let row = try await source.next() {
            if let result = try transform(row) { return result }
        }
        return nil
    }
}

private final class ShuffleStream: RowStream {
    private let source: RowStream
    private let size: Int
    private var generator: PCG64
    private var buffer: [Row] = []
    private var isFull = false

    init(_ source: RowStream, _ size: Int, _ generator: PCG64) {
        self.source = source
        self.size = max(1, size)
        self.generator = generator
    }

    override func next() async throws -> Row? {
        while !isFull, buffer.count < size, let row = try await source.next() { buffer.append(row) }
        isFull = true
        guard !buffer.isEmpty else { return nil }
        let place = Int(generator.bounded(UInt64(buffer.count - 1)))
        let row = buffer[place]
        if let new = try await source.next() {
            buffer[place] = new
        } else {
            buffer.swapAt(place, buffer.count - 1)
            buffer.removeLast()
        }
        return row
    }
}
