/// Records what the process does between `start` and `stop`; `profile` calls both around a block.
/// PyTorch: `torch.profiler.profile`.
///
/// Results are those of the last complete trace: of the last cycle, if there is a schedule. Other tasks may hold the
/// profiler, but no two may call it at the same time.
public final class Profiler: @unchecked Sendable {
    /// What is recorded.
    public let activities: Set<ProfilerActivity>
    /// The number of calls of `step`.
    public private(set) var stepNum = 0
    /// What the profiler does in this step.
    public private(set) var currentAction: ProfilerAction

    private let schedule: ((Int) -> ProfilerAction)?
    private let onTraceReady: ((Profiler) throws -> Void)?
    private let options: ProfileRecorder.Options
    private var isStarted = false
    private var recorder: ProfileRecorder?
    /// The range of this step, if there is a schedule.
    private var stepRange: OperatorRange?
    private var handlerError: (any Error)?
    private var trace: ProfileTrace?
    private var metadata = OrderedEntries<String, String>()

    /// Creates a profiler. The arguments are those of `profile`.
    /// - Precondition: `activities` is not empty.
    public init(
        activities: Set<ProfilerActivity>? = nil, schedule: ((Int) -> ProfilerAction)? = nil,
        onTraceReady: ((Profiler) throws -> Void)? = nil, recordShapes: Bool = false, profileMemory: Bool = false,
        withStack: Bool = false, withFlops: Bool = false, withModules: Bool = false
    ) {
        if activities?.isEmpty == true { raise(.assertion, "No valid profiler activities found") }
        self.activities = activities ?? ProfilerActivity.supported
        self.schedule = schedule
        self.onTraceReady = onTraceReady
        options = ProfileRecorder.Options(
            recordsShapes: recordShapes || withFlops, recordsMemory: profileMemory, recordsStacks: withStack,
            recordsFlops: withFlops, recordsModules: withModules || withStack,
            recordsCPU: self.activities.contains(.cpu), recordsCUDA: self.activities.contains(.cuda))
        currentAction = schedule?(0) ?? .record
    }

    deinit { end() }

    // MARK: Running

    /// Begins the first step.
    /// - Precondition: neither this profiler nor another one runs.
    public func start() {
        if isStarted { return raise(Profiler.isRunning) }
        isStarted = true
        transit(from: .none, to: currentAction)
        beginStep()
    }

    /// Begins the next step. PyTorch: `profile.step`.
    public func step() {
        guard isStarted else { return }
        stepRange?.end()
        stepRange = nil
        let last = currentAction
        stepNum += 1
        currentAction = schedule?(stepNum) ?? .record
        transit(from: last, to: currentAction)
        beginStep()
    }

    /// Ends the last step. Does nothing if the profiler does not run.
    /// - Throws: the first error of the handler.
    public func stop() throws {
        end()
        if let error = handlerError {
            handlerError = nil
            throw error
        }
    }

    /// Like `stop`, but keeps the handler's error.
    func end() {
        guard isStarted else { return }
        isStarted = false
        stepRange?.end()
        stepRange = nil
        transit(from: currentAction, to: nil)
    }

    private static let isRunning = TorchError(.runtime, "Profiler is already enabled.")

    private func beginStep() {
        if schedule != nil { stepRange = .open("ProfilerStep#\(stepNum)") }
    }

    /// Does what lies between two steps; the one after the last is nil.
    private func transit(from last: ProfilerAction, to next: ProfilerAction?) {
        let records = next == .record || next == .recordAndSave
        switch last {
        case .none, .warmup:
            if last == .warmup, next == ProfilerAction.none { warn("Incorrect schedule: WARMUP followed by NONE") }
            if records { startTrace() }
        case .record:
            if records { return }
            if let next { warn("Incorrect schedule: RECORD followed by \(next.rawValue)") }
            stopTrace()
            if next == nil { traceReady() }
        case .recordAndSave:
            stopTrace()
            traceReady()
            if records { startTrace() }
        }
    }

    private func startTrace() {
        recorder = ProfileRecorder.start(options)
        if recorder == nil { raise(Profiler.isRunning) }
    }

    private func stopTrace() {
        guard let recorder else { return }
        self.recorder = nil
        let threads = recorder.stop()
        trace = ProfileTrace(
            options, start: recorder.start, startSince1970: recorder.startSince1970, end: ProfileRecorder.now,
            threads: threads)
    }

    private func traceReady() {
        guard let onTraceReady, trace != nil else { return }
        do {
            try onTraceReady(self)
        } catch {
            if handlerError == nil { handlerError = error }
        }
    }

    // MARK: Results

    /// The events of the trace, in the order of their begin. Empty before there is a trace.
    public var events: EventList { trace?.events ?? EventList([], options) }

    /// Returns the events of the trace, grouped by name. PyTorch: `profile.key_averages`.
    /// - Parameters:
    ///   - groupByInputShape: whether events with other input shapes are another group. Needs `recordShapes`.
    ///   - groupByStackN: how many of the innermost calls must be the same in a group. Needs `withStack`.
    public func keyAverages(groupByInputShape: Bool = false, groupByStackN: Int = 0) -> EventAverages {
        guard let trace else {
            raise(.assertion, "Profiler must be initialized before getting key averages")
            return EventAverages([], options)
        }
        return trace.events.keyAverages(groupByInputShapes: groupByInputShape, groupByStackN: groupByStackN)
    }

    /// Adds an entry to the traces that are exported. PyTorch: `profile.add_metadata`.
    public func addMetadata(_ key: String, _ value: String) { metadata[key] = value }

    /// Writes the trace as JSON in Chrome's format, which Perfetto (ui.perfetto.dev), `chrome://tracing` and
    /// TensorBoard show. A path that ends in `.gz` is compressed. PyTorch: `profile.export_chrome_trace`.
    /// - Throws: `TorchError` if the file cannot be written.
    public func exportChromeTrace(_ path: String) throws {
        guard let trace else {
            throw TorchError(.assertion, "Profiler must be initialized before exporting chrome trace")
        }
        var writer = try ChromeTraceWriter(path)
        try writer.write(trace, metadata: metadata.list)
    }

    /// Writes the calls that led to the events, one line for each, with a time in microseconds, as programs that draw
    /// flame graphs read them. Needs `withStack`. PyTorch: `profile.export_stacks`.
    /// - Throws: `TorchError` if the file cannot be written.
    public func exportStacks(_ path: String, metric: ProfilerStackMetric = .selfCPUTimeTotal) throws {
        guard let trace else { throw TorchError(.assertion, "Profiler must be initialized before exporting stacks") }
        let file = try OutputFile(path: path)
        for event in trace.events where !event.stack.isEmpty {
            let time = Int(metric == .selfCPUTimeTotal ? event.selfCPUTimeTotal : event.selfCUDATimeTotal)
            if time <= 0 { continue }
            let calls = event.stack.reversed().map { String($0.map { " ;\t\n".contains($0) ? "_" : $0 }) }
            try file.write(Array("\(calls.joined(separator: ";")) \(time)\n".utf8))
        }
        try file.commit()
    }
}

/// The time that `exportStacks` writes.
public enum ProfilerStackMetric: String, Sendable {
    /// The time of the event itself on the CPU.
    case selfCPUTimeTotal = "self_cpu_time_total"
    /// The time of its own work on CUDA devices.
    case selfCUDATimeTotal = "self_cuda_time_total"
}
