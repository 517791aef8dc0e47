#if canImport(Glibc)
@preconcurrency import Glibc
#else
import Darwin
#endif
import Torch

/// The output of the program. Lines appear at once, also in a pipe, and above the progress bar.
package struct Console: Sendable {
    let quiet: Bool

    /// Creates a console. From here on, Ctrl-C ends the program with exit code 130.
    package init(quiet: Bool) {
        self.quiet = quiet
        signal(SIGINT) { _ in
            if isatty(STDERR_FILENO) != 0 { _ = write(STDERR_FILENO, "\n", 1) }
            _exit(130)
        }
    }

    package func print(_ line: String) {
        if !quiet { ProgressBar.write(line) }
    }

    /// Returns a bar for the batches of an epoch. At the end its line is cleared.
    package func bar(total: Int) -> ProgressBar {
        ProgressBar(total: total, leave: false, disable: quiet ? true : nil, unit: "batch")
    }
}

/// Returns the reason why no file can be written at `path`, or nil if it can.
package func obstacle(at path: String) -> String? {
    if path.isEmpty || path.hasSuffix("/") { return "not the name of a file" }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    return access(folder, W_OK) == 0 ? nil : String(cString: strerror(errno))
}
