import CTorchKernels
import Locks

/// Whether a checkpoint compares the saved tensors of its second run with those of the first.
public enum CheckpointDeterminismCheck: Sendable {
    /// Compare their number, sizes, dtypes and devices. PyTorch: `"default"`.
    case `default`
    /// Compare their number only. PyTorch: `"none"`.
    case none
}

/// Runs `function` without keeping what its backward pass needs, which the backward pass computes by running `function`
/// again. So memory is saved at the cost of time. PyTorch: `torch.utils.checkpoint.checkpoint`.
///
///     let y = checkpoint(x) { x in block(x) }
///
/// Checkpoints may be nested. The second run draws the same random numbers and has the same autocast as the first; the
/// function must do the same in other respects. What it changes outside is changed twice.
/// - Parameters:
///   - inputs: the inputs of `function`. It may also use tensors of its surroundings.
///   - useReentrant: whether to use PyTorch's older form, which records nothing in the first run: the checkpoint is one
///     step, whose backward pass runs `function` again and calls `backward` on the results. So at least one input must
///     require a gradient, `grad` cannot go through the checkpoint, and only results that are a tensor, or parts of a
///     tuple or of an array of tensors, have gradients.
///   - preserveRngState: whether the second run draws the numbers of the first from the default generator.
///   - determinismCheck: what is compared between the two runs, unless `useReentrant`.
///   - function: what to run.
public func checkpoint<each Input, Output>(
    _ inputs: repeat each Input, useReentrant: Bool = false, preserveRngState: Bool = true,
    determinismCheck: CheckpointDeterminismCheck = .default, _ function: @escaping (repeat each Input) -> Output
) -> Output {
    if useReentrant { return reentrantCheckpoint(repeat each inputs, preserveRngState: preserveRngState, function) }
    guard isGradEnabled() else { return function(repeat each inputs) }
    // Tensors are held like those that an operator saves, so an outer checkpoint drops them too.
    var tensors: [SavedTensor] = []
    var others: [Any?] = []
    for input in repeat each inputs {
        if let tensor = input as? Tensor { tensors.append(tensor.savedForBackward()) }
        others.append(input is Tensor ? nil : input)
    }
    let holder = OperatorNode("NoopSaveInputs", edges: [], outputs: [], saved: tensors, .multiple { _, _ in [] })
    CheckpointRecorder.current?.add(holder)
    let frame = CheckpointFrame(determinismCheck, preserveRngState) {
        guard let tensors = holder.heldTensors() else { return }
        var rest = tensors[...], position = 0
        func again<T>(_ type: T.Type) -> T {
            defer { position += 1 }
            if let other = others[position] { return other as! T }
            return rest.removeFirst() as! T
        }
        _ = function(repeat again((each Input).self))
    }
    return frame.recordFirstRun { function(repeat each inputs) }
}

/// What happens to the steps that are recorded on a thread inside a checkpoint: in the first run they drop what they
/// saved, in the second they are collected.
final class CheckpointRecorder {
    private let frame: CheckpointFrame?
    fileprivate var steps: [OperatorNode] = []
    /// The forms of what each step saved, at that time: a parameter that is divided among processes changes later.
    fileprivate var forms: [[OutputForm]] = []

    /// Creates a recorder that drops what steps save, if there is a frame, or that collects them.
    fileprivate init(dropsInto frame: CheckpointFrame?) { self.frame = frame }

    func add(_ step: OperatorNode) {
        // Other steps need not be dropped. Casts that autocast keeps are made in one of the two runs only.
        if step.savedTensors.isEmpty { return }
        if let frame { return frame.add(step) }
        steps.append(step)
        forms.append(step.savedTensors.map { OutputForm($0.tensor) })
    }

    /// The recorder of the innermost checkpoint on this thread.
    @inline(__always)
    static var current: CheckpointRecorder? {
        st_this_thread().pointee.checkpoint.map { Unmanaged<CheckpointRecorder>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Runs `body` with this recorder as the thread's.
    fileprivate func asCurrent<Result>(_ body: () -> Result) -> Result {
        let thread = st_this_thread()
        let outer = thread.pointee.checkpoint
        thread.pointee.checkpoint = Unmanaged.passUnretained(self).toOpaque()
        defer { thread.pointee.checkpoint = outer }
        return withExtendedLifetime(self) { body() }
    }
}

/// One call of `checkpoint`: how to run its function again, and the steps that were recorded in it.
final class CheckpointFrame: @unchecked Sendable {
    private let runAgain: () -> Void
    private let check: CheckpointDeterminismCheck
    private let state: RunState
    /// The forms of the tensors that each step saved in the first run.
    private var forms: [[OutputForm]] = []
    private var isComplete = false
    /// The steps of the second run that no node of the first run has taken yet.
    private let found = Mutex<Steps>(Steps())

    private struct Steps: @unchecked Sendable { var nodes: [Int: OperatorNode] = [:] }

    init(_ check: CheckpointDeterminismCheck, _ preservesDraws: Bool, runAgain: @escaping () -> Void) {
        self.check = check
        self.runAgain = runAgain
        state = RunState(preservesDraws)
    }

    func recordFirstRun<Result>(_ body: () -> Result) -> Result {
        defer { isComplete = true }
        return CheckpointRecorder(dropsInto: self).asCurrent(body)
    }

    fileprivate func add(_ step: OperatorNode) {
        forms.append(step.savedTensors.map { OutputForm($0.tensor) })
        step.drop(into: self, forms.count - 1)
    }

    /// Takes a step of the second run, which is made if the step is not there. Raises and returns nil if the runs
    /// differ.
    func step(_ number: Int) -> OperatorNode? {
        func take() -> OperatorNode? { found.withLock { Taken(node: $0.nodes.removeValue(forKey: number)) }.node }
        if let node = take() { return node }
        let errors = ErrorBox.errorCount
        let again = secondRun()
        let steps = again.steps
        guard ErrorBox.errorCount == errors, matches(again, number) else { return nil }
        found.withLock {
            $0.nodes = Dictionary(uniqueKeysWithValues: steps.enumerated().map { ($0.offset, $0.element) })
        }
        return take()
    }

    private struct Taken: @unchecked Sendable { let node: OperatorNode? }

    private func secondRun() -> CheckpointRecorder {
        let recorder = CheckpointRecorder(dropsInto: nil)
        state.runAgain { recorder.asCurrent { enableGrad { runAgain() } } }
        return recorder
    }

    /// Returns whether the second run saved what the first did; raises if it did not. `number` is the step that is
    /// wanted.
    private func matches(_ run: CheckpointRecorder, _ number: Int) -> Bool {
        let (steps, again) = (run.steps, run.forms)
        // A backward pass inside the function needs only the steps before it.
        guard isComplete else {
            if steps.count > number { return true }
            raise(.runtime, differentNumber(steps))
            return false
        }
        guard steps.count == forms.count, again.joined().count == forms.joined().count else {
            raise(.runtime, differentNumber(steps))
            return false
        }
        if case .none = check { return true }
        let differing = zip(forms.joined(), again.joined()).enumerated().filter { $0.element.0 != $0.element.1 }
        if differing.isEmpty { return true }
        raise(
            .runtime,
            "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than during the forward pass.\n"
                + differing.map { position, pair in
                    "tensor at position \(position):\nsaved metadata: \(pair.0.metadata)\nrecomputed metadata: \(pair.1.metadata)\n"
                }.joined() + ".")
        return false
    }

    private func differentNumber(_ steps: [OperatorNode]) -> String {
        "torch.utils.checkpoint: A different number of tensors was saved during the original forward and recomputation.\n"
            + "Number of tensors saved during forward: \(forms.joined().count)\n"
            + "Number of tensors saved during recomputation: \(steps.reduce(0) { $0 + $1.savedTensors.count })."
    }
}

/// What a second run has in common with the first: autocast and, if wanted, the draws of the default generator.
struct RunState: @unchecked Sendable {
    private let generator: Generator?, draws: st_generator?
    private let autocast = AutocastState.current

    /// Keeps the present state.
    init(_ preservesDraws: Bool) {
        generator = preservesDraws ? .default : nil
        draws = generator?.withState { $0 }
    }

    /// Runs `body` in this state. Afterwards the generator goes on where it was.
    func runAgain<Result>(_ body: () -> Result) -> Result {
        guard let generator, let draws else { return autocast.asCurrent(body) }
        let now = generator.withState { state in
            defer { state = draws }
            return state
        }
        defer { generator.withState { $0 = now } }
        return autocast.asCurrent(body)
    }
}

extension OutputForm: Equatable {
    static func == (a: OutputForm, b: OutputForm) -> Bool {
        a.sizes == b.sizes && a.dtype == b.dtype && a.device == b.device
    }

    /// The form in PyTorch's error messages.
    fileprivate var metadata: String {
        "{'shape': torch.Size(\(sizes)), 'dtype': \(dtype), 'device': device(type='\(device)')}"
    }
}
