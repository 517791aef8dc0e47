import ArgumentParser
import Foundation

/// Compares the library with PyTorch's results.
@main
struct Conformance: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract:
            "Runs PyTorch's own cases (Conformance/Cases, described in its FORMAT.md) and compares values, gradients, strides, aliasing, errors and draws.",
        discussion:
            "The exit code is 1 where a case failed; one that the library does not support is counted and is no failure."
    )

    @Argument(help: "Case files, or folders of them.")
    var paths: [String] = []

    @Option(help: "Write the counts and the failures to this file as JSON.")
    var json: String?

    @Option(help: "Only files of this name, such as add or add* (may be given several times).")
    var only: [String] = []

    @Option(help: "A list of names that passed before: only what was lost since counts as failed.")
    var baseline: String?

    @Option(help: "Write down the names of which no case fails, for --baseline.")
    var writeBaseline: String?

    @Option(help: "Child processes at a time.")
    var workers = max(ProcessInfo.processInfo.activeProcessorCount, 1)

    @Option(
        help:
            "Instead of comparing with PyTorch's numbers, try a property on the operators' cases: \(Properties.names), or all of them (all) (may be given several times)."
    )
    var property: [String] = []

    @Option(
        help:
            "With meta: compare shapes, strides and dtypes on the device without data, as --property meta does. With cuda: compare everything on a CUDA device with the CPU, as --property cuda does."
    )
    var device = "cpu"

    @Flag(help: "Try properties on every case, not only on some of each operator.")
    var thorough = false

    @Flag(help: "Say why cases are not supported.")
    var verbose = false

    @Flag(help: .hidden)
    var worker = false

    func validate() throws {
        if paths.isEmpty && !worker {
            throw ValidationError("Name a case file or a folder, such as Conformance/Cases.")
        }
        if let unknown = property.first(where: { $0 != "all" && Properties.named($0) == nil }) {
            throw ValidationError("There is no property '\(unknown)'.")
        }
        guard ["cpu", "meta", "cuda"].contains(device) else {
            throw ValidationError("--device must be cpu, meta or cuda.")
        }
        guard device != "cuda" || Cuda.isHere else { throw ValidationError("There is no CUDA device.") }
        if workers < 1 { throw ValidationError("--workers must be at least 1.") }
    }

    func run() throws {
        if worker { return Worker.run(property.first.flatMap(Properties.named), thorough: thorough) }
        // Without this, writing to a child process that has ended would end this process.
        signal(SIGPIPE, SIG_IGN)
        let property = device == "cpu" ? self.property : self.property + [device]
        let files = try paths.flatMap { try caseFiles(under: $0) }
        let children = min(workers, max(files.count, 1))
        var report = property.isEmpty ? Pool(paths: files).run(workers: children) : Report()
        for each in Properties.all where property.contains(each.name) || property.contains("all") {
            report.add(Pool(paths: files, each.name, thorough: thorough).run(workers: children))
        }
        if let json {
            let data = try JSONSerialization.data(withJSONObject: report.json, options: [.prettyPrinted, .sortedKeys])
            try data.write(to: URL(fileURLWithPath: json), options: .atomic)
        }
        report.print(verbose: verbose)
        if let writeBaseline { try Baseline(report).write(to: writeBaseline) }
        guard let baseline else {
            if report.hasFailures { throw ExitCode(1) }
            return
        }
        let losses = try Baseline(path: baseline).losses(in: report) + report.unreadable
        if losses.isEmpty { return print("nothing that is in \(baseline) was lost") }
        for loss in losses { print("lost: \(loss)") }
        throw ExitCode(1)
    }

    private func caseFiles(under path: String) throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ValidationError("\(path): no such file or folder")
        }
        if !isFolder.boolValue { return [path] }
        let found = (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []).filter {
            $0.hasSuffix(".json")
        }.sorted()
        return found.filter(isWanted).map { "\(path)/\($0)" }
    }

    private func isWanted(_ file: String) -> Bool {
        if only.isEmpty { return true }
        let name = ((file as NSString).lastPathComponent as NSString).deletingPathExtension
        return only.contains { wanted in
            wanted.hasSuffix("*") ? name.hasPrefix(wanted.dropLast()) : name == wanted || name.hasPrefix("\(wanted)@")
        }
    }
}
