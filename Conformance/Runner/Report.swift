import Foundation

/// The results of all cases.
struct Report {
    struct Failure {
        let name: String
        let why: String
    }

    struct Counts {
        var passed = 0
        var failures: [Failure] = []
        var unsupported: [Failure] = []
        /// The number of calls of the operator that a property made.
        var calls = 0

        var total: Int { passed + failures.count + unsupported.count }

        var json: JSON {
            [
                "passed": passed, "failed": failures.count, "unsupported": unsupported.count,
                "failures": failures.map { ["case": $0.name, "why": $0.why] }
            ]
        }
    }

    private(set) var sections: [Section: [String: Counts]] = [:]
    /// The files that could not be read.
    private(set) var unreadable: [String] = []

    mutating func add(_ section: Section, _ name: String, _ caseName: String, _ verdict: Verdict, calls: Int = 0) {
        var counts = sections[section, default: [:]][name] ?? Counts()
        counts.calls += calls
        switch verdict {
        case .passed: counts.passed += 1
        case .failed(let why): counts.failures.append(Failure(name: caseName, why: why))
        case .unsupported(let why): counts.unsupported.append(Failure(name: caseName, why: why))
        }
        sections[section, default: [:]][name] = counts
    }

    mutating func add(_ other: Report) {
        for (section, names) in other.sections { sections[section, default: [:]].merge(names) { $1 } }
        unreadable += other.unreadable
    }

    mutating func addUnreadable(_ why: String) { unreadable.append(why) }

    var hasFailures: Bool {
        !unreadable.isEmpty || sections.values.contains { $0.values.contains { !$0.failures.isEmpty } }
    }

    var json: JSON {
        var result: JSON = [:]
        for section in Section.all where Section.replays.contains(section) || sections[section] != nil {
            let names = sections[section] ?? [:]
            result[section.name] = section.hasNames ? names.mapValues(\.json) : (names.values.first ?? Counts()).json
        }
        if !unreadable.isEmpty { result["unreadable"] = unreadable }
        return result
    }

    /// Prints a line for each name, with its failures (and, if `verbose`, the unsupported cases) below it. Then prints
    /// a line for each section, and the total.
    func print(verbose: Bool) {
        for section in Section.all {
            guard let names = sections[section] else { continue }
            for (name, counts) in names.sorted(by: { $0.key < $1.key }) {
                // A property holds for most names. Those are counted below.
                if case .property = section, counts.failures.isEmpty { continue }
                Swift.print(
                    "\(section.name)/\(name): \(counts.passed) passed, \(counts.failures.count) failed, \(counts.unsupported.count) not supported"
                )
                for failure in counts.failures { Swift.print("    \(failure.name): \(failure.why)") }
                if verbose {
                    for (why, group) in Dictionary(grouping: counts.unsupported, by: \.why).sorted(by: {
                        $0.key < $1.key
                    }) {
                        Swift.print("    not supported: \(why) (\(group.count))")
                    }
                }
            }
        }
        for why in unreadable { Swift.print("unreadable: \(why)") }
        for section in Section.all {
            guard let names = sections[section] else { continue }
            let calls = names.values.reduce(0) { $0 + $1.calls }
            Swift.print("\(section.name): \(total(Array(names.values)))\(calls > 0 ? "; \(calls) calls" : "")")
        }
        Swift.print("total: \(total(sections.values.flatMap(\.values)))")
    }

    private func total(_ names: [Counts]) -> String {
        let passed = names.reduce(0) { $0 + $1.passed }, failed = names.reduce(0) { $0 + $1.failures.count },
            unsupported = names.reduce(0) { $0 + $1.unsupported.count }
        let whole = names.count { $0.failures.isEmpty && $0.unsupported.isEmpty }
        return
            "\(passed) passed, \(failed) failed, \(unsupported) not supported; \(whole) of \(names.count) names pass whole"
    }
}
