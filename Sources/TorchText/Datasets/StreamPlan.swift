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
    /// - Parameter isDivided: whether the processes that divide the shards also divide the number of rows. They do if
    ///   the rows were taken before the data set was split; otherwise each takes so many.
    case taken(StreamPlan, Int, isDivided: Bool)
    case skipped(StreamPlan, Int, isDivided: Bool)
    /// One row of each `step`, counted from `offset`.
    case stepped(StreamPlan, step: Int, offset: Int)
    case transformed(StreamPlan, batchSize: Int, @Sendable ([Row]) throws -> [Row])

    var numShards: Int {
        switch self {
        case .shards(let shards, _): shards.count
        case .chunked(let plan, _), .interleaved(let plan, _), .buffered(let plan, _, _), .taken(let plan, _, _),
            .skipped(let plan, _, _), .stepped(let plan, _, _), .transformed(let plan, _, _):
            plan.numShards
        }
    }

    private var givesColumns: Bool {
        switch self {
        case .shards(_, let areTyped): areTyped
        case .chunked(let plan, _), .interleaved(let plan, _), .buffered(let plan, _, _), .taken(let plan, _, _),
            .skipped(let plan, _, _), .stepped(let plan, _, _):
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
        case .stepped(let plan, let step, let offset):
            plan.withShards(change).map { .stepped($0, step: step, offset: offset) }
        case .taken, .skipped: nil
        }
    }

    /// Returns the plan of one of several processes that divide the shards: each takes one shard in turn.
    /// Python: `shard_data_sources(contiguous=False)`.
    func shard(_ count: Int, _ index: Int) -> StreamPlan {
        func part(_ number: Int, _ isDivided: Bool) -> Int {
            guard isDivided else { return number }
            // Processes without shards take nothing.
            let sources = min(count, numShards)
            return index < sources ? number / sources + (index < number % sources ? 1 : 0) : 0
        }
        switch self {
        case .shards(let shards, let areTyped):
            return .shards(stride(from: index, to: shards.count, by: count).map { shards[$0] }, areTyped: areTyped)
        case .chunked(let plan, let size): return .chunked(plan.shard(count, index), size)
        case .interleaved(let plan, let most): return .interleaved(plan.shard(count, index), most)
        case .buffered(let plan, let size, let generator):
            return .buffered(plan.shard(count, index), size: size, generator)
        case .taken(let plan, let number, let isDivided):
            return .taken(plan.shard(count, index), part(number, isDivided), isDivided: isDivided)
        case .skipped(let plan, let number, let isDivided):
            return .skipped(plan.shard(count, index), part(number, isDivided), isDivided: isDivided)
        case .stepped(let plan, let step, let offset):
            return .stepped(plan.shard(count, index), step: step, offset: offset)
        case .transformed(let plan, let batchSize, let body):
            return .transformed(plan.shard(count, index), batchSize: batchSize, body)
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
        case .taken(let plan, let count, let isDivided):
            return .taken(plan.reseeded(epoch), count, isDivided: isDivided)
        case .skipped(let plan, let count, let isDivided):
            return .skipped(plan.reseeded(epoch), count, isDivided: isDivided)
        case .stepped(let plan, let step, let offset):
            return .stepped(plan.reseeded(epoch), step: step, offset: offset)
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
        case .taken(let plan, let count, _): return TakeStream(plan.stream(), count)
        case .skipped(let plan, let count, _): return SkipStream(plan.stream(), count)
        case .stepped(let plan, let step, let offset): return StepStream(plan.stream(), step, offset)
        case .transformed(let plan, let batchSize, let body):
            return TransformStream(ChunkStream(plan.stream(), batchSize), body)
        }
    }
}
