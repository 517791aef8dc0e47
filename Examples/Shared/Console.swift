#if canImport(Glibc)
@preconcurrency import Glibc
#else
import Darwin
#endif

/// The output of the program. Lines appear at once, also in a pipe. On a terminal, the last line shows the progress of
/// an epoch.
package struct Console: Sendable {
    let quiet: Bool
    private let isTerminal = isatty(STDOUT_FILENO) != 0

    /// Creates a console. From here on, Ctrl-C ends the program with exit code 130.
    package init(quiet: Bool) {
        self.quiet = quiet
        signal(SIGINT) { _ in
            if isatty(STDOUT_FILENO) != 0 { _ = write(STDOUT_FILENO, "\n", 1) }
            _exit(130)
        }
    }

    package func print(_ line: String) {
        if quiet { return }
        Swift.print((isTerminal ? "\r\u{1b}[K" : "") + line)
        fflush(stdout)
    }

    package func progress(_ done: Int, of total: Int) {
        // People read a terminal, so an update from time to time is enough.
        if quiet || !isTerminal || done % 20 != 0 && done != total { return }
        let filled = done * 30 / total
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
        Swift.print("\r\u{1b}[K" + (done == total ? "" : "\(bar) \(done)/\(total)"), terminator: "")
        fflush(stdout)
    }
}

/// Returns the reason why no file can be written at `path`, or nil if it can.
func obstacle(at path: String) -> String? {
    if path.isEmpty || path.hasSuffix("/") { return "not the name of a file" }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    return access(folder, W_OK) == 0 ? nil : String(cString: strerror(errno))
}

/// Formats a number with `digits` digits after the point and at least `width` characters. The same as Python's
/// `f"{value:>{width}.{digits}f}"`.
package func fixed(_ value: Double, _ digits: Int, width: Int = 0) -> String {
    let length = Int(withVaList([value]) { vsnprintf(nil, 0, "%\(width).\(digits)f", $0) })
    var text = [CChar](repeating: 0, count: length + 1)
    _ = withVaList([value]) { vsnprintf(&text, text.count, "%\(width).\(digits)f", $0) }
    return String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Formats an integer. The same as Python's `f"{value:>{width}d}"`.
package func padded(_ value: Int, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: " ", count: max(0, width - text.count)) + text
}
