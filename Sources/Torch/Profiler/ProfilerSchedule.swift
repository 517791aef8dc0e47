/// What a profiler records. PyTorch: `torch.profiler.ProfilerActivity`.
public enum ProfilerActivity: String, Sendable, CaseIterable {
    /// Operators, the backward pass, and blocks that the program names.
    case cpu = "CPU"
    /// Work on CUDA devices.
    case cuda = "CUDA"

    /// The activities that this process can record. PyTorch: `torch.profiler.supported_activities`.
    public static var supported: Set<ProfilerActivity> { Device.cuda.isAvailable ? [.cpu, .cuda] : [.cpu] }
}

/// What a profiler does in a step. PyTorch: `torch.profiler.ProfilerAction`.
public enum ProfilerAction: String, Sendable {
    /// Nothing.
    case none = "NONE"
    /// It gets ready. What happens in the step is not kept.
    case warmup = "WARMUP"
    /// It records.
    case record = "RECORD"
    /// It records, and at the end of the step the trace is complete.
    case recordAndSave = "RECORD_AND_SAVE"
}

/// Returns a schedule for `profile`: after `skipFirst` steps, cycles of `wait` steps without recording, `warmup` steps
/// in which the profiler gets ready, and `active` recorded steps. PyTorch: `torch.profiler.schedule`.
///
///     let cycle = schedule(wait: 1, warmup: 1, active: 2)
///     try profile(schedule: cycle, onTraceReady: { print($0.keyAverages().table()) }) { prof in
///         for batch in loader {
///             train(batch)
///             prof.step()
///         }
///     }
///
/// - Parameters:
///   - wait: the steps at the start of a cycle in which nothing is recorded.
///   - warmup: the steps after them in which the profiler gets ready.
///   - active: the steps that are recorded.
///   - cycles: how many cycles there are; 0 for cycles until the end.
///   - skipFirst: the steps before the first cycle.
///   - skipFirstWait: whether the first cycle does not wait.
/// - Precondition: no number is negative, and `active` is not 0.
public func schedule(
    wait: Int, warmup: Int, active: Int, repeat cycles: Int = 0, skipFirst: Int = 0, skipFirstWait: Bool = false
) -> @Sendable (Int) -> ProfilerAction {
    guard wait >= 0, warmup >= 0, active > 0, cycles >= 0, skipFirst >= 0 else {
        raise(
            .assertion,
            "Invalid profiler schedule arguments. Got wait=\(wait) (need >= 0), warmup=\(warmup) (need >= 0), active=\(active) (need > 0), repeat=\(cycles) (need >= 0), skip_first=\(skipFirst) (need >= 0)."
        )
        return { _ in .none }
    }
    if warmup == 0 { warn("Profiler won't be using warmup, this can skew profiler results") }
    let length = wait.addingUpToMost(warmup).addingUpToMost(active)
    return { step in
        if step < 0 {
            raise(.assertion, "Step must be non-negative. Got \(step).")
            return .none
        }
        if step < skipFirst { return .none }
        let step = (step - skipFirst).addingUpToMost(skipFirstWait ? wait : 0)
        if cycles > 0, step / length >= cycles { return .none }
        let place = step % length
        if place < wait { return .none }
        if place < wait + warmup { return .warmup }
        return place < length - 1 ? .record : .recordAndSave
    }
}
