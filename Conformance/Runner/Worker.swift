import Foundation

/// The child process: reads a file's path and the number of the first case from each line of standard input, runs it, and says what happens in lines on standard
/// output that begin with a mark. Whatever else comes out is what a crash left behind.
enum Worker {
    static let mark: Character = "\u{1}"

    enum Message {
        /// Section, name and number of cases of the file.
        case file(Section, String, Int)
        case begins(Int, String)
        case ends(Int, Verdict)
        /// The file is done; a reason where it could not be read.
        case done(String?)
    }

    static func run() {
        // A crash's last words belong with the rest.
        dup2(STDOUT_FILENO, STDERR_FILENO)
        let table = Table.all
        while let line = readLine() {
            let parts = line.split(separator: "\t")
            guard parts.count == 2, let first = Int(parts[1]) else { continue }
            do {
                let file = try CaseFile(path: String(parts[0]), table)
                send(["file", file.section.rawValue, file.name, "\(file.count)"])
                for i in first..<max(first, file.count) {
                    send(["begins", "\(i)", file.caseName(i)])
                    switch file.run(i) {
                    case .passed: send(["ends", "\(i)", "passed"])
                    case .failed(let why): send(["ends", "\(i)", "failed", why])
                    case .unsupported(let why): send(["ends", "\(i)", "unsupported", why])
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
        let clean = fields.map { $0.replacing("\n", with: " ").replacing("\t", with: " ").replacing(String(mark), with: " ") }
        FileHandle.standardOutput.write(Data("\(mark)\(clean.joined(separator: "\t"))\n".utf8))
    }

    static func parse(_ line: Substring) -> Message? {
        guard line.first == mark else { return nil }
        let fields = line.dropFirst().split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        switch fields.first {
        case "file":
            guard fields.count == 4, let section = Section(rawValue: fields[1]), let count = Int(fields[3]) else { return nil }
            return .file(section, fields[2], count)
        case "begins":
            guard fields.count == 3, let i = Int(fields[1]) else { return nil }
            return .begins(i, fields[2])
        case "ends":
            guard fields.count >= 3, let i = Int(fields[1]) else { return nil }
            let why = fields.count > 3 ? fields[3] : ""
            switch fields[2] {
            case "passed": return .ends(i, .passed)
            case "failed": return .ends(i, .failed(why))
            default: return .ends(i, .unsupported(why))
            }
        case "done": return .done(fields.count > 1 ? fields[1] : nil)
        default: return nil
        }
    }
}
