#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A progress bar on the terminal (stderr). It shows nothing if stderr is not a terminal.
package struct ProgressBar {
    private let name: String
    private let isTerminal = isatty(STDERR_FILENO) != 0
    private var shown = -1

    package init(_ name: String) { self.name = name }

    package mutating func show(_ done: Int, of total: Int?) {
        guard isTerminal, done > 0 else { return }
        let step = total.map { done * 100 / $0 } ?? done >> 18
        if step == shown { return }
        shown = step
        func megabytes(_ bytes: Int) -> String { "\(bytes / 1_000_000).\(bytes / 100_000 % 10)" }
        var line = "\r\(name)  "
        if let total {
            let filled = min(30, max(0, step * 30 / 100))
            line +=
                String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
                + " \(step)%  \(megabytes(done))/\(megabytes(total)) MB"
        } else {
            line += "\(megabytes(done)) MB"
        }
        print(line)
    }

    package mutating func finish() {
        if shown >= 0 { print("\n") }
        shown = -1
    }

    private func print(_ line: String) {
        var line = line
        line.withUTF8 { bytes in
            #if canImport(Glibc)
            _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
            #else
            _ = Darwin.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
            #endif
        }
    }
}
