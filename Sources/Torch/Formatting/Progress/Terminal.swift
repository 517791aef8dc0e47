#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

#if canImport(Glibc)
private let systemWrite = Glibc.write
#elseif canImport(Musl)
private let systemWrite = Musl.write
#else
private let systemWrite = Darwin.write
#endif

/// Where a progress bar is written, and its clock.
struct Terminal: Sendable {
    /// Whether people watch. If not, nothing is rewritten.
    var isTerminal: Bool
    /// The number of columns; nil if unknown.
    var columns: @Sendable () -> Int?
    /// Seconds since some moment.
    var now: @Sendable () -> Double
    var write: @Sendable (String) -> Void

    /// Standard error.
    static let standardError = Terminal(
        isTerminal: isatty(STDERR_FILENO) != 0,
        columns: {
            var size = winsize()
            if ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
            // A line that fills the last column would wrap in some terminals.
            return getenv("COLUMNS").flatMap { Int(String(cString: $0)) }.flatMap { $0 > 1 ? $0 - 1 : nil }
        },
        now: {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
        },
        write: { text in
            let bytes = Array(text.utf8)
            var done = 0
            while done < bytes.count {
                let count = bytes[done...].withUnsafeBytes { systemWrite(STDERR_FILENO, $0.baseAddress, $0.count) }
                if count > 0 {
                    done += count
                } else if errno != EINTR {
                    return
                }
            }
        })

    /// Writes a line to standard output at once.
    static func printLine(_ line: String) {
        print(line)
        fflush(nil)
    }
}
