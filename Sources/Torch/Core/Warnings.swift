import Logging
import Synchronization

/// What becomes of warnings. PyTorch: Python's `warnings.simplefilter`.
public enum WarningAction: Sendable {
    /// Each sentence is written once.
    case once
    /// Each warning is written.
    case always
    /// None is written.
    case ignore
    /// A warning is a mistake: the program stops with the sentence, or `withError` throws it.
    case error
}

/// Chooses what becomes of warnings from here on, in the whole process; at first each sentence is written once.
///
/// Warnings go to swift-log's logger `torch`, which writes to standard error if the program chose nothing else by
/// `LoggingSystem.bootstrap`. They tell of code that runs and most likely does not do what was meant: sizes that
/// broadcast in a loss, a schedule that steps before its optimizer.
public func setWarnings(_ action: WarningAction) {
    Warnings.state.withLock { state in
        state.action = action
        state.written = []
    }
}

enum Warnings {
    struct State {
        var action = WarningAction.once
        /// The sentences that were written, not more than `mostRemembered`.
        var written: Set<String> = []
    }

    static let state = Mutex(State())
    static let mostRemembered = 10_000
    static let logger = Logger(label: "torch")
}

/// Reports what is most likely not meant, in PyTorch's sentence.
@inline(never)
func warn(_ sentence: String) {
    let action = Warnings.state.withLock { state in
        if state.action == .once, state.written.count < Warnings.mostRemembered,
            !state.written.insert(sentence).inserted
        {
            return WarningAction.ignore
        }
        return state.action
    }
    switch action {
    case .ignore: break
    case .error: raise(.warning, sentence)
    case .once, .always: Warnings.logger.warning("\(sentence)")
    }
}
