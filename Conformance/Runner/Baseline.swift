import Foundation

/// The names that passed when the baseline was last written, with their number of cases: `ops/add 14`. These must still
/// pass.
struct Baseline {
    private var passed: [String: Int] = [:]

    init(_ report: Report) {
        for (section, names) in report.sections where Baseline.counts(section) {
            for (name, counts) in names where counts.failures.isEmpty && counts.passed > 0 {
                passed[Baseline.key(section, name)] = counts.passed
            }
        }
    }

    /// Whether the list has the names of a section: those that compare with PyTorch, or a CUDA device with the CPU.
    private static func counts(_ section: Section) -> Bool {
        Section.replays.contains(section) || section == .property(Cuda.name)
    }

    /// Reads a baseline.
    /// - Throws: an error if the file cannot be read, or a line is not a name and a number.
    init(path: String) throws {
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#")
        {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let count = Int(parts[1]) else {
                throw Malformed("\(path): '\(line)' is not a name and a number")
            }
            passed[String(parts[0])] = count
        }
    }

    func write(to path: String) throws {
        let lines =
            [
                "# Names of which no case fails, and how many cases pass. Written by: conformance Conformance/Cases --write-baseline FILE"
            ]
            + passed.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    /// Returns the names that passed before and fail now, and each failure of a property. Names that the report does
    /// not contain are not compared.
    func losses(in report: Report) -> [String] {
        var losses: [String] = []
        for (section, names) in report.sections {
            for (name, counts) in names {
                let key = Baseline.key(section, name)
                if !Baseline.counts(section) {
                    losses += counts.failures.map { "\(key): \($0.name): \($0.why)" }
                    continue
                }
                guard let before = passed[key] else { continue }
                if let failure = counts.failures.first {
                    losses.append(
                        "\(key): \(counts.failures.count) cases fail, which all passed before; \(failure.name): \(failure.why)"
                    )
                } else if counts.passed < before {
                    losses.append("\(key): \(counts.passed) cases pass, before it were \(before)")
                }
            }
        }
        return losses.sorted()
    }

    private static func key(_ section: Section, _ name: String) -> String {
        section.hasNames ? "\(section.name)/\(name)" : section.name
    }
}
