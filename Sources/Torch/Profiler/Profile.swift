import Foundation

/// Records what a block does: operators with their times, the backward pass, memory, and work on devices.
/// PyTorch: `torch.profiler.profile`.
///
///     let prof = profile(recordShapes: true) { _ in
///         recordFunction("inference") { model(x) }
///     }
///     print(prof.keyAverages().table(sortBy: .cpuTimeTotal, rowLimit: 10))
///     try prof.exportChromeTrace("trace.json")
///
/// The profile is of all threads: the workers of loaders and other tasks too. Only one can run at a time.
///
/// - Parameters:
///   - activities: what is recorded; nil for all that this process can.
///   - schedule: what the profiler does in each step, if the block calls `prof.step()`; nil records all.
///   - recordShapes: whether events have the sizes, dtypes and strides of their inputs.
///   - profileMemory: whether events have the bytes that they allocated and freed.
///   - withStack: whether events have the calls that led to them. `withModules` is then on too.
///   - withFlops: whether events have numbers of floating-point operations. `recordShapes` is then on too.
///   - withModules: whether events have the module in whose call they ran, also in the backward pass.
///   - body: what to run. Its result is not kept.
/// - Returns: the profiler with what was recorded.
/// - Precondition: no other profile runs.
@discardableResult
public func profile<Ignored>(
    activities: Set<ProfilerActivity>? = nil, schedule: ((Int) -> ProfilerAction)? = nil, recordShapes: Bool = false,
    profileMemory: Bool = false, withStack: Bool = false, withFlops: Bool = false, withModules: Bool = false,
    _ body: (Profiler) throws -> Ignored
) rethrows -> Profiler {
    let profiler = Profiler(
        activities: activities, schedule: schedule, recordShapes: recordShapes, profileMemory: profileMemory,
        withStack: withStack, withFlops: withFlops, withModules: withModules)
    profiler.start()
    defer { profiler.end() }
    _ = try body(profiler)
    return profiler
}

/// Like `profile` without a handler. `onTraceReady` is called whenever a trace is complete: at the end, and with a
/// schedule after the last step of each cycle. `tensorboardTraceHandler` makes one.
/// - Throws: what `body` throws, otherwise the first error of the handler.
@discardableResult
public func profile<Ignored>(
    activities: Set<ProfilerActivity>? = nil, schedule: ((Int) -> ProfilerAction)? = nil,
    onTraceReady: @escaping (Profiler) throws -> Void, recordShapes: Bool = false, profileMemory: Bool = false,
    withStack: Bool = false, withFlops: Bool = false, withModules: Bool = false, _ body: (Profiler) throws -> Ignored
) throws -> Profiler {
    let profiler = Profiler(
        activities: activities, schedule: schedule, onTraceReady: onTraceReady, recordShapes: recordShapes,
        profileMemory: profileMemory, withStack: withStack, withFlops: withFlops, withModules: withModules)
    profiler.start()
    defer { profiler.end() }
    _ = try body(profiler)
    try profiler.stop()
    return profiler
}

/// Like `profile` for a block that waits.
@_disfavoredOverload
@discardableResult
public func profile<Ignored>(
    activities: Set<ProfilerActivity>? = nil, schedule: ((Int) -> ProfilerAction)? = nil, recordShapes: Bool = false,
    profileMemory: Bool = false, withStack: Bool = false, withFlops: Bool = false, withModules: Bool = false,
    isolation: isolated (any Actor)? = #isolation, _ body: (Profiler) async throws -> Ignored
) async rethrows -> Profiler {
    let profiler = Profiler(
        activities: activities, schedule: schedule, recordShapes: recordShapes, profileMemory: profileMemory,
        withStack: withStack, withFlops: withFlops, withModules: withModules)
    profiler.start()
    defer { profiler.end() }
    _ = try await body(profiler)
    return profiler
}

/// Like `profile` with a handler, for a block that waits.
/// - Throws: what `body` throws, otherwise the first error of the handler.
@_disfavoredOverload
@discardableResult
public func profile<Ignored>(
    activities: Set<ProfilerActivity>? = nil, schedule: ((Int) -> ProfilerAction)? = nil,
    onTraceReady: @escaping (Profiler) throws -> Void, recordShapes: Bool = false, profileMemory: Bool = false,
    withStack: Bool = false, withFlops: Bool = false, withModules: Bool = false,
    isolation: isolated (any Actor)? = #isolation, _ body: (Profiler) async throws -> Ignored
) async throws -> Profiler {
    let profiler = Profiler(
        activities: activities, schedule: schedule, onTraceReady: onTraceReady, recordShapes: recordShapes,
        profileMemory: profileMemory, withStack: withStack, withFlops: withFlops, withModules: withModules)
    profiler.start()
    defer { profiler.end() }
    _ = try await body(profiler)
    try profiler.stop()
    return profiler
}

/// Runs `body` as a range of its own in the profile that runs, if one does. PyTorch: `torch.profiler.record_function`.
@discardableResult
public func recordFunction<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
    let range = OperatorRange(name, kind: .user)
    defer { range.end() }
    return try body()
}

/// Like `recordFunction` for a block that waits. If it ends on another thread, its own time is not known: the table
/// shows 0 for it, as in PyTorch.
@_disfavoredOverload
@discardableResult
public func recordFunction<Result>(
    _ name: String, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
) async rethrows -> Result {
    let range = OperatorRange.open(name)
    defer { range.end() }
    return try await body()
}

/// Returns a handler for `profile` that writes each trace to a folder as `WORKER.TIME.pt.trace.json`, where
/// TensorBoard's profiler plugin finds it. PyTorch: `torch.profiler.tensorboard_trace_handler`.
/// - Parameters:
///   - directory: the folder, which is created if it does not exist.
///   - workerName: the name of this process among those that write there; nil for the host's name and the process's
///     number.
///   - useGzip: whether the files are compressed. Their names then end in `.gz`.
public func tensorboardTraceHandler(
    _ directory: String, workerName: String? = nil, useGzip: Bool = false
) -> (Profiler) throws -> Void {
    { profiler in
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw TorchError(.file, "Can't create directory: \(directory)")
        }
        let worker = workerName ?? "\(ProfileTrace.hostName)_\(getpid())"
        try profiler.exportChromeTrace(
            "\(directory)/\(worker).\(ProfileRecorder.nanosecondsSince1970).pt.trace.json\(useGzip ? ".gz" : "")")
    }
}
