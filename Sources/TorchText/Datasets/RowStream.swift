/// One pass over rows, several at a time.
class RowStream {
    /// Returns the next rows, which may be empty; nil after the last row.
    func next() async throws -> [Row]? { nil }
}

/// Returns the batches of all shards, one after the other.
final class ShardStream: RowStream {
    private var shards: ArraySlice<StreamPlan.Shard>
    private var batches: (count: Int, read: (Int) throws -> [Row]) = (0, { _ in [] })
    private var batch = 0

    init(_ shards: [StreamPlan.Shard]) { self.shards = shards[...] }

    override func next() async throws -> [Row]? {
        while batch == batches.count {
            guard let shard = shards.popFirst() else { return nil }
            batches = try await shard()
            batch = 0
        }
        batch += 1
        return try batches.read(batch - 1)
    }
}

/// Returns `size` rows at a time; the last time may have fewer.
final class ChunkStream: RowStream {
    private let source: RowStream
    private let size: Int
    private var waiting: ArraySlice<Row> = []

    init(_ source: RowStream, _ size: Int) {
        self.source = source
        self.size = size
    }

    override func next() async throws -> [Row]? {
        while waiting.count < size, let rows = try await source.next() {
            waiting = waiting.isEmpty ? rows[...] : waiting + rows
        }
        if waiting.isEmpty { return nil }
        defer { waiting = waiting.dropFirst(size) }
        return Array(waiting.prefix(size))
    }
}

/// Takes turns between several streams until all have ended.
final class RoundRobinStream: RowStream {
    private var streams: [RowStream]
    private var turn = 0

    init(_ streams: [RowStream]) { self.streams = streams }

    override func next() async throws -> [Row]? {
        while !streams.isEmpty {
            turn %= streams.count
            if let rows = try await streams[turn].next() {
                turn += 1
                return rows
            }
            streams.remove(at: turn)
        }
        return nil
    }
}

/// Passes rows through a buffer. When it is full, shuffles it and returns all rows except half of the buffer's size.
/// Python: `BufferShuffledExamplesIterable`.
final class BufferStream: RowStream {
    private let source: RowStream
    private let size: Int
    private var generator: PCG64
    private var buffer: [Row] = []
    private var isAtEnd = false

    init(_ source: RowStream, _ size: Int, _ generator: PCG64) {
        self.source = source
        self.size = size
        self.generator = generator
    }

    override func next() async throws -> [Row]? {
        if isAtEnd { return nil }
        while let rows = try await source.next() {
            buffer += rows
            if buffer.count >= size { return flush(keeping: size / 2) }
        }
        isAtEnd = true
        return flush(keeping: 0)
    }

    private func flush(keeping kept: Int) -> [Row] {
        let shuffled = generator.permutation(buffer.count).map { buffer[$0] }
        buffer = Array(shuffled.suffix(kept))
        return Array(shuffled.dropLast(kept))
    }
}

final class TakeStream: RowStream {
    private let source: RowStream
    private var left: Int

    init(_ source: RowStream, _ count: Int) {
        self.source = source
        left = count
    }

    override func next() async throws -> [Row]? {
        guard left > 0, let rows = try await source.next() else { return nil }
        defer { left -= rows.count }
        return rows.count <= left ? rows : Array(rows.prefix(left))
    }
}

final class SkipStream: RowStream {
    private let source: RowStream
    private var left: Int

    init(_ source: RowStream, _ count: Int) {
        self.source = source
        left = max(0, count)
    }

    override func next() async throws -> [Row]? {
        guard let rows = try await source.next() else { return nil }
        defer { left = max(0, left - rows.count) }
        return left == 0 ? rows : Array(rows.dropFirst(left))
    }
}

/// Returns one row of each `step`. Python: `StepExamplesIterable`.
final class StepStream: RowStream {
    private let source: RowStream
    private let step: Int
    /// The number of rows before the next one that is returned.
    private var distance: Int

    init(_ source: RowStream, _ step: Int, _ offset: Int) {
        self.source = source
        self.step = step
        distance = offset
    }

    override func next() async throws -> [Row]? {
        guard let rows = try await source.next() else { return nil }
        let positions = stride(from: distance, to: rows.count, by: step)
        distance += positions.reduce(0) { sum, _ in sum + step } - rows.count
        return positions.map { rows[$0] }
    }
}

final class TransformStream: RowStream {
    private let source: RowStream
    private let transform: ([Row]) throws -> [Row]

    init(_ source: RowStream, _ transform: @escaping ([Row]) throws -> [Row]) {
        self.source = source
        self.transform = transform
    }

    override func next() async throws -> [Row]? { try await source.next().map(transform) }
}
