/// The source of an iterable data set's rows and the steps that change them. A pass over the rows is a `RowStream`.
/// Python: the `ExamplesIterable`s of `datasets`, whose order these have.
indirect enum StreamPlan: Sendable {
    /// Returns the batches of a part of the rows: their number and a function that reads one.
    typealias Shard = @Sendable () async throws -> (Int, (Int) throws -> [Row])

    /// - Parameter areTyped: whether the columns are known before any file is read. Then Python's library passes
    ///   batches of columns instead of rows, and a buffer fills in larger steps.
    case shards([Shard], areTyped: Bool)
    /// The same rows, in chunks of this size.
    case chunked(StreamPlan, Int)
    /// Divides the shards into at most this number of contiguous parts, and takes one chunk of each part in turn.
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

    /// Returns the plan with changed shards; nil if rows are taken or skipped, because the change would select other
    /// rows.
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

    /// Returns the plan for one pass over the rows. Python: `_prepare_ex_iterable_for_iteration`.
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

    /// Returns a new pass over the rows.
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
