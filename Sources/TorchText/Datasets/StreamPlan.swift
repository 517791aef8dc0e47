/// Where the rows of an iterable data set come from, and what becomes of them on their way; a pass over them is a
/// `RowStream`. Python: the `ExamplesIterable`s of `datasets`, whose order these have.
indirect enum StreamPlan: Sendable {
    /// Gives the batches of a part of the rows.
    typealias Shard = @Sendable () async throws -> (Int, (Int) throws -> [Row])

    /// - Parameter areTyped: whether the columns were known before any file was read. Then Python's library passes on
    /// -   batches of columns, not rows, and a buffer fills in larger steps.
    case shards([Shard], areTyped: Bool)
    /// The same rows so many at a time.
    case chunked(StreamPlan, Int)
    /// Up to so many neighbouring parts by turns, a chunk of each.
    case interleaved(StreamPlan, Int)
    case buffered(StreamPlan, size: Int, PCG64)
    case taken(StreamPlan, Int)
    case skipped(StreamPlan, Int)
    case transformed(StreamPlan, batchSize: Int, @Sendable ([Row]) throws -> [Row])

    var numShards: Int {
        switch self {
        case .shards(let shards, _): shards.count
        case .chunked(let plan, _), .interleaved(let plan, _), .buffered(let plan, _, _), .taken(let plan, _),
            .skipped(let plan, _), .transformed(let plan, _, _):
            plan.numShards
        }
    }

    private var givesColumns: Bool {
        switch self {
        case .shards(_, let areTyped): areTyped
        case .chunked(let plan, _), .interleaved(let plan, _), .buffered(let plan, _, _), .taken(let plan, _),
            .skipped(let plan, _):
            plan.givesColumns
        case .transformed: false
        }
    }

    /// The same with its shards changed; nil where rows are taken or skipped, which would be other ones then.
    private func withShards(_ change: ([Shard]) -> [Shard]) -> StreamPlan? {
        switch self {
        case .shards(let shards, let areTyped): .shards(change(shards), areTyped: areTyped)
        case .chunked(let plan, let size): plan.withShards(change).map { .chunked($0, size) }
        case .interleaved(let plan, let most): plan.withShards(change).map { .interleaved($0, most) }
        case .buffered(let plan, let size, let generator):
            plan.withShards(change).map { .buffered($0, size: size, generator) }
        case .transformed(let plan, let batchSize, let body):
            plan.withShards(change).map { .transformed($0, batchSize: batchSize, body) }
        case .taken, .skipped: nil
        }
    }

    private func shufflingShards(_ generator: PCG64) -> StreamPlan? {
        withShards { shards in
            // The buffer draws the same numbers again, as in Python.
            var generator = generator, shards = shards
            generator.shuffle(&shards)
            return shards
        }
    }

    func shuffled(bufferSize: Int, _ maxInputShards: Int, _ generator: PCG64) -> StreamPlan {
        let source = shufflingShards(generator)
        let most = source == nil ? 1 : maxInputShards
        let chunks = StreamPlan.chunked(source ?? self, givesColumns ? max(1, bufferSize / max(1, most)) : 1)
        return .buffered(most > 1 ? .interleaved(chunks, most) : chunks, size: bufferSize, generator)
    }

    /// The plan of a pass over the rows. Python: `_prepare_ex_iterable_for_iteration`.
    func inEpoch(_ epoch: Int) -> StreamPlan {
        epoch == 0 ? self : (shufflingShards(PCG64(seed: UInt64(epoch))) ?? self).reseeded(epoch)
    }

    private func reseeded(_ epoch: Int) -> StreamPlan {
        switch self {
        case .shards: return self
        case .chunked(let plan, let size): return .chunked(plan.reseeded(epoch), size)
        case .interleaved(let plan, let most): return .interleaved(plan.reseeded(epoch), most)
        case .taken(let plan, let count): return .taken(plan.reseeded(epoch), count)
        case .skipped(let plan, let count): return .skipped(plan.reseeded(epoch), count)
        case .transformed(let plan, let batchSize, let body):
            return .transformed(plan.reseeded(epoch), batchSize: batchSize, body)
        case .buffered(let plan, let size, var generator):
            return .buffered(
                plan.reseeded(epoch), size: size, PCG64(seed: generator.bounded(UInt64.max >> 1) &- UInt64(epoch)))
        }
    }

    /// A pass over the rows.
    func stream() -> RowStream {
        switch self {
        case .shards(let shards, _): return ShardStream(shards)
        case .chunked(let plan, let size): return ChunkStream(plan.stream(), size)
        case .interleaved(let plan, let most):
            let shards = plan.numShards, parts = min(shards, most)
            return RoundRobinStream(
                (0..<parts).compactMap { part in
                    let (size, rest) = shards.quotientAndRemainder(dividingBy: parts)
                    let start = size * part + min(part, rest)
                    return plan.withShards { Array($0[start..<start + size + (part < rest ? 1 : 0)]) }?.stream()
                })
        case .buffered(let plan, let size, let generator): return BufferStream(plan.stream(), size, generator)
        case .taken(let plan, let count): return TakeStream(plan.stream(), count)
        case .skipped(let plan, let count): return SkipStream(plan.stream(), count)
        case .transformed(let plan, let batchSize, let body):
            return TransformStream(ChunkStream(plan.stream(), batchSize), body)
        }
    }
}
