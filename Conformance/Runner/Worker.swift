import Foundation

/// The child process. Each line of standard input has the path of a file and the number of its first case. The worker
/// runs the cases, and reports on standard output in lines that begin with `mark`. Any other output comes from a crash.
enum Worker {
    static let mark: Character = "\u{1}"

    enum Message {
        /// The section, name and number of cases of the file.
        case file(Section, String, Int)
        case begins(Int, String)
        /// The verdict, and the number of calls that a property made.
        case ends(Int, Verdict, calls: Int)
        /// The file is done. The text is the reason if it could not be read.
        case done(String?)
    }

    static func run(_ property: (any Property.Type)?, thorough: Bool) {
        // The last output of a crash goes to standard output too.
        dup2(STDOUT_FILENO, STDERR_FILENO)
        // A sanitizer reserves terabytes of addresses. Its own option limits what is allocated.
        let environment = ProcessInfo.processInfo.environment
        let isSanitized = environment["ASAN_OPTIONS"] != nil || environment["TSAN_OPTIONS"] != nil
        if let limit = property?.memoryLimit, !isSanitized {
            var bounds = rlimit(rlim_cur: rlim_t(limit), rlim_max: rlim_t(limit))
            setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &bounds)
        }
        let table = Table.all
        while let line = readLine() {
            let parts = line.split(separator: "\t")
            guard parts.count == 2, let first = Int(parts[1]) else { continue }
            do {
                let file = try CaseFile(path: String(parts[0]), table, property, thorough: thorough)
                send(["file", file.section.name, file.name, "\(file.count)"])
                for i in first..<max(first, file.count) {
                    send(["begins", "\(i)", file.caseName(i)])
                    let before = OperatorCase.calls
                    if let property { alarm(property.patience) }
                    let verdict = file.run(i)
                    if property != nil { alarm(0) }
                    let calls = "\(OperatorCase.calls - before)"
                    switch verdict {
                    case .passed: send(["ends", "\(i)", calls, "passed"])
                    case .failed(let why): send(["ends", "\(i)", calls, "failed", why])
                    case .unsupported(let why): send(["ends", "\(i)", calls, "unsupported", why])
                    }
                }
                send(["done"])
            } catch let error as Malformed {
                send(["done", error.why])
            } catch {
                send(["done", "\(error)"])
            }
        }
    }

    private static func send(_ fields: [String]) {
        let clean = fields.map {
            $0.replacing("\n", with: " ").replacing("\t", with: " ").replacing(String(mark), with: " ")
        }
        FileHandle.standardOutput.write(Data("\(mark)\(clean.joined(separator: "\t"))\n".utf8))
    }

    static func parse(_ line: Substring) -> Message? {
        guard line.first == mark else { return nil }
        let fields = line.dropFirst().split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        switch fields.first {
        case "file":
            guard fields.count == 4, let section = Section.named(fields[1]), let count = Int(fields[3]) else {
                return nil
            }
            return .file(section, fields[2], count)
        case "begins":
            guard fields.count == 3, let i = Int(fields[1]) else { return nil }
            return .begins(i, fields[2])
        case "ends":
            guard fields.count >= 4, let i = Int(fields[1]), let calls = Int(fields[2]) else { return nil }
            let why = fields.count > 4 ? fields[4] : ""
            switch fields[3] {
            case "passed": return .ends(i, .passed, calls: calls)
            case "failed": return .ends(i, .failed(why), calls: calls)
            default: return .ends(i, .unsupported(why), calls: calls)
            }
        case "done": return .done(fields.count > 1 ? fields[1] : nil)
        default: return nil
        }
    }
}
