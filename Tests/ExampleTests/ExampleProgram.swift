import Foundation
import Testing

/// The program of an example. It runs in its own folder, which is removed with this value.
final class ExampleProgram {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("example-\(UUID().uuidString)")
    let program: URL
    /// Variables that the program gets besides those of this process.
    var environment: [String: String] = [:]

    init(_ name: String) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        program = try #require(Bundle.main.executableURL).resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent(name)
        try #require(FileManager.default.isExecutableFile(atPath: program.path), "\(program.path): not built")
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    struct Outcome {
        let status: Int32
        let output, errors: String
    }

    func start(_ executable: URL, _ arguments: [String], _ output: Pipe, _ errors: Pipe) throws -> Process {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        // The program keeps its files in this folder.
        process.environment = ProcessInfo.processInfo.environment.merging([
            "HF_HOME": folder.appendingPathComponent("huggingface").path, "HF_HUB_OFFLINE": "1"
        ]) { $1 }.merging(environment) { $1 }
        process.standardOutput = output
        process.standardError = errors
        // The test threads block signals. Child processes would inherit that.
        var none = sigset_t(), before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
        return process
    }

    func run(_ executable: URL, _ arguments: [String]) throws -> Outcome {
        let output = Pipe(), errors = Pipe()
        let process = try start(executable, arguments, output, errors)
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: text, errors: complaints)
    }

    func run(_ arguments: [String]) throws -> Outcome { try run(program, arguments) }

    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.sorted() ?? [] }
}
