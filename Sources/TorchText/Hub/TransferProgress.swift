import Locks
import TorchFiles

/// Shows the progress of one or several downloads on the terminal.
final class TransferProgress: Sendable {
    private let state: Mutex<(bar: ProgressBar, done: Int)>
    private let total: Int?
    private let isShown: Bool

    init(_ name: String, _ configuration: HubConfiguration, total: Int?) {
        state = Mutex((ProgressBar(name), 0))
        self.total = total.flatMap { $0 > 0 ? $0 : nil }
        isShown = configuration.showsProgress
    }

    func add(_ bytes: Int) {
        guard isShown else { return }
        state.withLock {
            $0.done += bytes
            $0.bar.show($0.done, of: total)
        }
    }

    func finish() { state.withLock { $0.bar.finish() } }
}
