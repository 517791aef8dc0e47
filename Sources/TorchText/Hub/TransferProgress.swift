import Locks
import Torch

/// Shows the progress of one or several downloads on the terminal.
final class TransferProgress: Sendable {
    /// The bar; nil before the first bytes.
    private let bar = Mutex<ProgressBar?>(nil)
    private let name: String
    private let total: Int?
    private let isShown: Bool

    init(_ name: String, _ configuration: HubConfiguration, total: Int?) {
        self.name = name
        self.total = total.flatMap { $0 > 0 ? $0 : nil }
        isShown = configuration.showsProgress
    }

    func add(_ bytes: Int) {
        guard isShown, bytes > 0 else { return }
        let bar = bar.withLock { bar in
            let shown = bar ?? ProgressBar(total: total, desc: name, unit: "B", unitScale: true)
            bar = shown
            return shown
        }
        bar.update(bytes)
    }

    func finish() { bar.withLock { $0?.close() } }
}
