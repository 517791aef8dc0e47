import Locks

/// Work of a CUDA device that is recorded once and then launched as a whole, without the cost of its single launches.
/// PyTorch: `torch.cuda.CUDAGraph`.
///
/// ```swift
/// let graph = CUDAGraph()
/// cuda.graph(graph) { y = model(x) }
/// x.copy_(next)
/// graph.replay()        // y has the result for the new values of x
/// ```
///
/// A replay does the same work on the same addresses. So inputs are tensors that the program keeps and writes, and
/// results are the tensors of the capture. Memory that was allocated during the capture belongs to the graph. Nothing
/// may wait for the device during the capture: `item()`, printing and copies to the host are errors.
public final class CUDAGraph {
    /// What a capture forbids. PyTorch: `capture_error_mode`.
    public enum CaptureErrorMode: Int32, Sendable {
        /// Calls of all threads that might interfere.
        case global = 0
        /// Such calls of this thread.
        case threadLocal = 1
        /// Nothing.
        case relaxed = 2
    }

    /// Memory of graphs. Graphs that are replayed in the order of their captures, one at a time, may share it.
    public struct Pool: Hashable, Sendable {
        let device: Int, number: Int
    }

    private struct Capture {
        let context: CUDAContext, stream: Int, pool: Int, draws: [GraphDraws]
    }

    private var capture: Capture?
    private var graph: (context: CUDAContext, executable: CUDADriver.Handle, pool: Int, draws: [GraphDraws])?
    private var generators: [Generator] = []

    /// Creates a graph without work.
    public init() {}

    /// Lets the graph's work draw from a generator. Each replay draws new numbers, as the same work would without a
    /// graph. A device's default generator needs no call. PyTorch: `CUDAGraph.register_generator_state`.
    public func registerGeneratorState(_ generator: Generator) {
        if !generators.contains(where: { $0 === generator }) { generators.append(generator) }
    }

    /// Begins the capture of the current stream. PyTorch: `CUDAGraph.capture_begin`.
    /// - Parameters:
    ///   - pool: the memory of another graph; nil is new memory.
    ///   - captureErrorMode: what is forbidden meanwhile.
    /// - Precondition: the stream is not the default stream, and no graph is captured on its device.
    public func captureBegin(pool: Pool? = nil, captureErrorMode: CaptureErrorMode = .global) {
        guard let context = CUDAContext.of(.cuda) else { return }
        if capture != nil || graph != nil {
            return raise(
                .runtime,
                "This CUDAGraph instance already owns a captured graph. To capture a new graph, create a new instance.")
        }
        let stream = context.currentStream
        guard stream != 0 else {
            return raise(
                .runtime,
                "CUDA graphs must be captured on a non-default stream. (However, after capture, it's ok to replay them on the default stream.)"
            )
        }
        if let pool, pool.device != context.device {
            return raise(.runtime, "the pool is of the device cuda:\(pool.device), not of cuda:\(context.device)")
        }
        CUDAContext.attempt { capture = try begin(context, stream, pool, captureErrorMode) }
    }

    private func begin(
        _ context: CUDAContext, _ stream: Int, _ pool: Pool?, _ mode: CaptureErrorMode
    ) throws -> Capture {
        try context.makeCurrent()
        try context.prepareProducts()
        let handle = try context.stream(stream)
        let device = Device.cuda(context.device)
        let draws = try ([Generator.default(of: device)] + generators.filter { $0.device == device })
            .map { try GraphDraws($0, context) }
        let number = pool?.number ?? context.allocator.newPool()
        context.allocator.usePool(number)
        let isFirst = context.captured.withLock { captured in
            if captured != nil { return false }
            captured = (number, draws)
            return true
        }
        do {
            guard isFirst else { throw TorchError(.runtime, "another graph is being captured on this device") }
            try context.driver.check(context.driver.beginCapture(handle, mode.rawValue), "cuStreamBeginCapture")
        } catch {
            if isFirst { context.captured.withLock { $0 = nil } }
            context.allocator.leavePool(number)
            throw error
        }
        context.allocator.beginCapture()
        context.hostMemory.beginCapture()
        return Capture(context: context, stream: stream, pool: number, draws: draws)
    }

    /// Ends the capture. PyTorch: `CUDAGraph.capture_end`.
    /// - Precondition: the current stream is the one of `captureBegin`, and has waited for all others that take part.
    public func captureEnd() {
        guard let ending = capture else { return raise(.runtime, "Called capture_end() without a capture") }
        capture = nil
        CUDAContext.attempt {
            do {
                graph = (ending.context, try end(ending), ending.pool, ending.draws.filter(\.areThere))
            } catch {
                ending.context.allocator.leavePool(ending.pool)
                throw error
            }
        }
    }

    private func end(_ ending: Capture) throws -> CUDADriver.Handle {
        let (context, driver) = (ending.context, ending.context.driver)
        try context.makeCurrent()
        var captured: CUDADriver.Handle?, executable: CUDADriver.Handle?
        let status = driver.endCapture(try context.stream(ending.stream), &captured)
        context.captured.withLock { $0 = nil }
        context.allocator.endCapture()
        context.hostMemory.endCapture()
        defer { if let captured { _ = driver.destroyGraph(captured) } }
        try driver.check(status, "cuStreamEndCapture")
        guard ending.context.currentStream == ending.stream else {
            throw TorchError(.runtime, "Capture must end on the same stream it began on.")
        }
        var count = 0
        try driver.check(driver.graphNodes(captured, nil, &count), "cuGraphGetNodes")
        if count == 0 {
            warn(
                "The CUDA Graph is empty. This usually means that the graph was attempted to be captured on wrong device or stream."
            )
        }
        try driver.check(driver.instantiate(&executable, captured, 0), "cuGraphInstantiate")
        return executable!
    }

    /// Launches the captured work on the current stream. PyTorch: `CUDAGraph.replay`.
    public func replay() {
        guard let graph else {
            return raise(.runtime, "Called CUDAGraph::replay without a preceding successful capture.")
        }
        if ErrorBox.hasFailed { return }
        CUDAContext.attempt {
            try graph.context.makeCurrent()
            for draws in graph.draws { try draws.prepareReplay(graph.context) }
            let status = graph.context.driver.launchGraph(graph.executable, try graph.context.stream())
            try graph.context.driver.check(status, "cuGraphLaunch")
            // A kernel of the graph may report an invalid number, so a `withError` must wait for it.
            _ = graph.context.mistake
            try graph.context.waitIfBlocking()
        }
    }

    /// Deletes the captured work, and frees its memory. PyTorch: `CUDAGraph.reset`.
    public func reset() {
        guard let graph else { return }
        self.graph = nil
        _ = try? graph.context.makeCurrent()
        _ = graph.context.driver.destroyExecutable(graph.executable)
        graph.context.allocator.leavePool(graph.pool)
    }

    /// Returns the graph's memory, for another graph. PyTorch: `CUDAGraph.pool`.
    public func pool() -> Pool {
        guard let graph else {
            raise(.runtime, "Called CUDAGraph::pool() without a preceding successful capture.")
            return Pool(device: 0, number: 0)
        }
        return Pool(device: graph.context.device, number: graph.pool)
    }

    deinit { reset() }
}

/// Where the numbers of a launch begin (`Start` of random.cuh).
struct PhiloxStart: BitwiseCopyable {
    let seed, offset: UInt64
    /// The address of a seed and an offset, for a captured launch.
    let replayed: UInt64
}

/// The numbers that a graph's work draws from a generator. Its kernels read the seed and the offset from the device's
/// memory, which a replay writes.
final class GraphDraws: @unchecked Sendable {
    let generator: Generator
    private let memory: CUDAMemory
    private var count: UInt64 = 0

    fileprivate init(_ generator: Generator, _ context: CUDAContext) throws {
        guard let memory = CUDAMemory(context, 16) else { throw context.outOfMemory(16) }
        self.generator = generator
        self.memory = memory
    }

    /// Whether the graph draws at all.
    fileprivate var areThere: Bool { count > 0 }

    fileprivate func take(_ numbers: Int) -> PhiloxStart {
        defer { count += UInt64((numbers + 3) / 4 * 4) }
        return PhiloxStart(seed: 0, offset: count, replayed: memory.address)
    }

    /// Gives the next replay the generator's next numbers.
    fileprivate func prepareReplay(_ context: CUDAContext) throws {
        var state = generator.takePhilox(Int(count))
        memory.record(stream: context.currentStream)
        try context.copyIn(memory.address, &state, 16)
    }
}

extension CUDAContext {
    /// Takes `count` numbers of each thread of a launch.
    func start(_ generator: Generator, _ count: Int) throws -> PhiloxStart {
        guard isCapturing else {
            let (seed, offset) = generator.takePhilox(count)
            return PhiloxStart(seed: seed, offset: offset, replayed: 0)
        }
        let start = captured.withLock { captured in
            captured?.draws.first { $0.generator === generator }?.take(count)
        }
        guard let start else {
            throw TorchError(.runtime, "Attempt to increase offset for a CUDA generator not in capture mode.")
        }
        return start
    }

    /// Whether the current stream is being captured.
    var isCapturing: Bool {
        guard captured.withLock({ $0 != nil }), let stream = try? stream() else { return false }
        var status: Int32 = 0
        return driver.captureStatus(stream, &status) == 0 && status != 0
    }

    /// Allocates memory for work on the current stream: a graph's own if the stream is being captured.
    func allocate(_ byteCount: Int) -> CachingAllocator.Block? {
        var pool = 0
        if let captured = captured.withLock({ $0?.pool }), (try? makeCurrent()) != nil, isCapturing { pool = captured }
        return allocator.allocate(byteCount, stream: currentStream, pool: pool)
    }
}

extension cuda {
    /// Captures the work that `body` launches. PyTorch: `with torch.cuda.graph(graph):`.
    /// - Parameters:
    ///   - graph: a new graph.
    ///   - pool: the memory of another graph; nil is new memory.
    ///   - stream: a side stream; nil is one of the library's.
    ///   - captureErrorMode: what is forbidden meanwhile.
    ///   - body: launches the work. What it computes exists after the first replay.
    @discardableResult
    public static func graph<Result>(
        _ graph: CUDAGraph, pool: CUDAGraph.Pool? = nil, stream: CUDAStream? = nil,
        captureErrorMode: CUDAGraph.CaptureErrorMode = .global, _ body: () throws -> Result
    ) rethrows -> Result {
        // The graph can then use the freed memory.
        synchronize()
        emptyCache()
        return try withStream(stream ?? CUDAStream()) {
            graph.captureBegin(pool: pool, captureErrorMode: captureErrorMode)
            defer { if graph.isCapturing { graph.captureEnd() } }
            return try body()
        }
    }

    /// Returns new memory for graphs that share it. PyTorch: `torch.cuda.graph_pool_handle`.
    public static func graphPoolHandle() -> CUDAGraph.Pool {
        guard let context = CUDAContext.of(.cuda) else { return CUDAGraph.Pool(device: 0, number: 0) }
        return CUDAGraph.Pool(device: context.device, number: context.allocator.newPool())
    }

    /// Returns whether the current stream is being captured. PyTorch: `torch.cuda.is_current_stream_capturing`.
    public static func isCurrentStreamCapturing() -> Bool {
        isAvailable() && CUDAContext.of(.cuda)?.isCapturing ?? false
    }
}

extension CUDAGraph {
    fileprivate var isCapturing: Bool { capture != nil }
}
