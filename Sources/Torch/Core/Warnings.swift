import Logging
import Locks

/// The action that is taken on a warning. PyTorch: Python's `warnings.simplefilter`.
public enum WarningAction: Sendable {
    /// Logs each message once.
    case once
    /// Logs every warning.
    case always
    /// Ignores warnings.
    case ignore
    /// Turns each warning into an error: the program stops with the message, or `withError` throws it.
    case error
}

/// Sets the action on warnings for the whole process. By default each message is logged once.
///
/// Warnings go to the logger `torch` of swift-log, which writes to standard error unless the program calls
/// `LoggingSystem.bootstrap`. A warning reports code that runs but most likely does not do what was intended. Examples
/// are sizes that broadcast in a loss, and a schedule that steps before its optimizer.
public func setWarnings(_ action: WarningAction) {
    Warnings.state.withLock { state in
        state.action = action
        state.written = []
    }
}

enum Warnings {
    struct State {
        var action = WarningAction.once
        /// The messages logged so far, at most `maxRemembered`.
        var written: Set<String> = []
    }

    static let state = Mutex(State())
    static let maxRemembered = 10_000
    static let logger = Logger(label: "torch")
}

/// Logs code that most likely does not do what was intended, with PyTorch's message. `repeats` states that the message
/// belongs to an error that follows, so it is logged each time.
@inline(never)
package func warn(_ sentence: String, repeats: Bool = false) {
    let action = Warnings.state.withLock { state in
        if state.action == .once, !repeats, state.written.count < Warnings.maxRemembered,
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
