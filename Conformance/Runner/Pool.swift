import Foundation
import Locks

/// Runs case files in child processes of this program, so that a case that crashes or hangs fails alone.
final class Pool: Sendable {
    /// A case without output for this many seconds has failed.
    private static let patience = 120.0

    private struct State {
        var waiting: [String]
        var report = Report()
    }

    private let state: Mutex<State>
    private let arguments: [String]

    /// Creates a pool.
    /// - Parameter property: the property to try on the cases; nil to compare them with PyTorch's numbers.
    init(paths: [String], _ property: String? = nil, thorough: Bool = false) {
        state = Mutex(State(waiting: paths.reversed()))
        arguments = ["--worker"] + (property.map { ["--property", $0] } ?? []) + (thorough ? ["--thorough"] : [])
    }

    func run(workers: Int) -> Report {
        let threads = (0..<workers).map { _ in
            let done = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                self.work()
                done.signal()
            }
            return done
        }
        for done in threads { done.wait() }
        return state.withLock { $0.report }
    }

    private func work() {
        var child: Child?
        while let path = state.withLock({ $0.waiting.popLast() }) {
            var first = 0
            while true {
                let current = child ?? Child(arguments: arguments, patience: Pool.patience)
                guard let current else {
                    state.withLock { $0.report.addUnreadable("\(path): no child process could be started") }
                    break
                }
                let next = runFile(path, from: first, current)
                child = current.hasEnded ? nil : current
                guard let next else { break }
                first = next
            }
        }
        child?.finish()
    }

    /// Runs a file from the case `first` on. Returns nil if the file is done; after a crash, the number of the next
    /// case.
    private func runFile(_ path: String, from first: Int, _ child: Child) -> Int? {
        child.send("\(path)\t\(first)")
        var section = Section.ops
        var name = path
        var count = 0
        var running: (Int, String)?
        var lastWords: [String] = []
        while let line = child.nextLine() {
            switch Worker.parse(line[...]) {
            case nil: lastWords.append(line)
            case .file(let s, let n, let c): (section, name, count) = (s, n, c)
            case .begins(let i, let caseName): running = (i, caseName)
            case .ends(_, let verdict, let calls):
                let caseName = running?.1 ?? "?"
                state.withLock { $0.report.add(section, name, caseName, verdict, calls: calls) }
                running = nil
            case .done(let problem):
                if let problem { state.withLock { $0.report.addUnreadable(problem) } }
                return nil
            }
        }
        let end = child.finish()
        guard let (i, caseName) = running else {
            state.withLock { $0.report.addUnreadable("\(path): the child process ended (\(end)) between cases") }
            return nil
        }
        let words = lastWords.first { $0.contains("Fatal error") } ?? lastWords.last ?? ""
        state.withLock { $0.report.add(section, name, caseName, .failed("crashed (\(end)): \(words)")) }
        return i + 1 < count ? i + 1 : nil
    }
}

/// One child process and the pipes to it.
private final class Child {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let patience: Double
    private var buffer = Data()
    private var hung = false
    private(set) var hasEnded = false

    init?(arguments: [String], patience: Double) {
        self.patience = patience
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        // A crash's backtrace takes seconds, and the child processes share the processor.
        var settings = ["SWIFT_BACKTRACE": "enable=no", "OMP_NUM_THREADS": "1"]
        // If the C library keeps no lists of freed memory, all memory that it returns can be filled with a pattern.
        if arguments.contains("--property") { settings["GLIBC_TUNABLES"] = "glibc.malloc.tcache_count=0" }
        process.environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }
        process.standardInput = input
        process.standardOutput = output
        do { try process.run() } catch { return nil }
        try? output.fileHandleForWriting.close()
        try? input.fileHandleForReading.close()
    }

    func send(_ line: String) { try? input.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8)) }

    /// Returns nil at the end of the output, or if the process is silent for too long.
    func nextLine() -> String? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: buffer[buffer.startIndex..<end], as: UTF8.self)
                buffer.removeSubrange(buffer.startIndex...end)
                return line
            }
            var wait = pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, Int32(patience * 1000)) > 0 else {
                hung = true
                process.terminate()
                return nil
            }
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { return nil }
            buffer.append(more)
        }
    }

    /// Ends the process and returns how it ended.
    @discardableResult
    func finish() -> String {
        hasEnded = true
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        if hung { return "no answer in \(Int(patience)) s" }
        return process.terminationReason == .uncaughtSignal
            ? "signal \(process.terminationStatus)" : "exit code \(process.terminationStatus)"
    }
}
