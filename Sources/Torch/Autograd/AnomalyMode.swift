import CTorchKernels

/// Returns whether anomaly detection is on for this thread. PyTorch: `torch.is_anomaly_enabled`.
public func isAnomalyEnabled() -> Bool { AnomalyMode.isEnabled }

/// Returns whether NaN in a gradient is an error while anomaly detection is on.
/// PyTorch: `torch.is_anomaly_check_nan_enabled`.
public func isAnomalyCheckNanEnabled() -> Bool { AnomalyMode.checksNaN }

/// Runs `body` with anomaly detection, to find the forward call that belongs to an error of the backward pass.
/// PyTorch: `torch.autograd.detect_anomaly`.
///
///     try withError {
///         detectAnomaly {
///             let loss = model(x).sum()
///             loss.backward()
///         }
///     }
///
/// Each recorded step keeps the calls that led to it. If the step fails in the backward pass, a warning lists them, and
/// then the error follows. If the step was itself recorded in a backward pass (second derivatives), another warning
/// lists the calls that led to the step which this pass ran. Names come from the program's symbol table. Without one,
/// the lines have places in the program's file, for `addr2line`.
///
/// The mode is that of this thread. It slows down the program and should only be enabled for debugging.
/// - Parameters:
///   - checkNan: whether a step of the backward pass whose results contain NaN is an error.
///   - body: what to run. Both the forward and the backward pass should be in it.
@discardableResult
public func detectAnomaly<Result>(checkNan: Bool = true, _ body: () throws -> Result) rethrows -> Result {
    warn(
        "Anomaly Detection has been enabled. This mode will increase the runtime "
            + "and should only be enabled for debugging."
    )
    return try setDetectAnomaly(true, checkNan: checkNan, body)
}

/// Runs `body` with anomaly detection on or off for this thread.
/// PyTorch: `torch.autograd.set_detect_anomaly` as a context.
@discardableResult
public func setDetectAnomaly<Result>(
    _ mode: Bool, checkNan: Bool = true, _ body: () throws -> Result
) rethrows -> Result {
    let thread = st_this_thread()
    let outer = thread.pointee.anomaly
    thread.pointee.anomaly = AnomalyMode.code(mode, checkNan) | AnomalyMode.isOwn
    defer { thread.pointee.anomaly = outer }
    return try body()
}

/// Switches anomaly detection on or off for all threads, except inside `detectAnomaly` and the form of this function
/// with a closure. PyTorch: `torch.autograd.set_detect_anomaly` as a function.
public func setDetectAnomaly(_ mode: Bool, checkNan: Bool = true) {
    st_set_process_anomaly(AnomalyMode.code(mode, checkNan))
}

/// Anomaly detection, as it is on the calling thread.
enum AnomalyMode {
    fileprivate static let isOwn = UInt8(ST_ANOMALY_SET)

    @inline(__always)
    static var isEnabled: Bool { st_anomaly() & UInt8(ST_ANOMALY_ENABLED) != 0 }
    static var checksNaN: Bool { st_anomaly() & UInt8(ST_ANOMALY_CHECK_NAN) != 0 }

    fileprivate static func code(_ isEnabled: Bool, _ checksNaN: Bool) -> UInt8 {
        UInt8((isEnabled ? ST_ANOMALY_ENABLED : 0) | (checksNaN ? ST_ANOMALY_CHECK_NAN : 0))
    }

    /// Runs a step of the backward pass. If it raises an error, warns of the call that recorded it first: outside of
    /// `withError` the error stops the program.
    static func watch(_ node: Node, _ body: () -> Void) {
        let thread = st_this_thread(), outer = thread.pointee.anomaly_step
        thread.pointee.anomaly_step = Unmanaged.passUnretained(node).toOpaque()
        defer { thread.pointee.anomaly_step = outer }
        do {
            try withError(body)
        } catch {
            for sentence in ForwardCall.warnings(of: node) { warn(sentence, repeats: true) }
            raise(error as? TorchError ?? TorchError(.runtime, "\(error)"))
        }
    }

    /// The last sentences of the error for a saved tensor that was written.
    static var hintAtWrittenVariable: String {
        isEnabled
            ? "Hint: the backtrace further above shows the operation that failed to compute its gradient. "
                + "The variable in question was changed in there or anywhere later. Good luck!"
            : "Hint: enable anomaly detection to find the operation that failed to compute its gradient, "
                + "with torch.autograd.set_detect_anomaly(True, check_nan=False)."
    }
}

/// The call that recorded a step of the tape. PyTorch: `AnomalyMetadata`.
final class ForwardCall: Sendable {
    private let stack = CallStack()
    /// The step of a backward pass in which the call was made: its name and the call that recorded it.
    private let parent: (name: String, call: ForwardCall?)?

    /// Keeps the calls that this thread is in.
    init() {
        parent = st_this_thread().pointee.anomaly_step.map {
            let node = Unmanaged<Node>.fromOpaque($0).takeUnretainedValue()
            return (node.name, node.forwardCall)
        }
    }

    /// Returns PyTorch's warnings for a step that failed, with the calls that recorded it. If these were made in a
    /// backward pass, the next warning is about the step that this pass ran.
    static func warnings(of node: Node) -> [String] {
        guard let call = node.forwardCall else { return [nothingKnown(of: node.name)] }
        var result = [
            "Error detected in \(node.name). Traceback of forward call that caused the error:\n\(call.lines)"
        ]
        var next = call.parent
        while let (name, call) = next {
            result.append(
                call.map {
                    "\n\nPrevious calculation was induced by \(name). "
                        + "Traceback of forward call that induced the previous calculation:\n\($0.lines)"
                } ?? nothingKnown(of: name))
            next = call?.parent
        }
        return result
    }

    private static func nothingKnown(of name: String) -> String {
        "Error detected in \(name). No forward pass information available. "
            + "Enable detect anomaly during forward pass for more information."
    }

    /// The calls, the innermost last, without those that only record.
    private var lines: String {
        let recorders = [
            "Torch.Node.", "Torch.OperatorNode.", "Torch.Tensor.attach(", "Torch.Tensor.record(", "Torch.record("
        ]
        let calls = CallStack.calls(
            stack.frames, outside: ["st_call_stack", "Torch.CallStack.", "Torch.ForwardCall."], recorders)
        return calls.reversed().map { "  in \($0)\n" }.joined()
    }
}
