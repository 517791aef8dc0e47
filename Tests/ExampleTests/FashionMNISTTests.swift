import Foundation
import Testing
import Torch

/// The program `fashion-mnist` as its users run it. `make train` and `make test` install the data.
@Suite(.serialized, .enabled(if: FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")))
final class FashionMNISTTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("fashion-mnist-\(UUID().uuidString)")
    private let program: URL

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        program = try #require(Bundle.main.executableURL).resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("fashion-mnist")
        try #require(FileManager.default.isExecutableFile(atPath: program.path), "\(program.path): not built")
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private struct Outcome {
        let status: Int32
        let output, errors: String
    }

    private func start(_ executable: URL, _ arguments: [String], _ output: Pipe, _ errors: Pipe) throws -> Process {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardOutput = output
        process.standardError = errors
        // The threads that tests run on block signals, which their children would inherit.
        var none = sigset_t(), before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
        return process
    }

    private func run(_ executable: URL, _ arguments: [String]) throws -> Outcome {
        let output = Pipe(), errors = Pipe()
        let process = try start(executable, arguments, output, errors)
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: text, errors: complaints)
    }

    private var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.sorted() ?? [] }

    /// The words of a line, and its numbers: what has a point in it, which may be off a little.
    private func split(_ line: Substring) -> (words: [Substring], numbers: [Double]) {
        let parts = line.split(separator: " ")
        func number(_ part: Substring) -> Double? { part.contains(".") ? Double(part.filter { $0 != "%" && $0 != "," }) : nil }
        return (parts.filter { number($0) == nil }, parts.compactMap(number))
    }

    /// The first epoch of the note's own output (expected.out); PyTorch 2.15 with torch.manual_seed(0).
    @Test func printsWhatPyTorchPrints() throws {
        let outcome = try run(program, ["--seed", "0", "--epochs", "1", "--save", "weights.pth"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        let expected = try String(contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("expected.out"), encoding: .utf8)
        let lines = outcome.output.split(separator: "\n"), want = expected.split(separator: "\n")
        #expect(lines.count == want.count + 3)
        for (line, want) in zip(lines, want) {
            let (a, b) = (split(line), split(want))
            #expect(a.words == b.words && a.numbers.count == b.numbers.count, "\(line)")
            for (x, y) in zip(a.numbers, b.numbers) { #expect(abs(x - y) <= (want.contains("Accuracy") && y > 10 ? 0.2 : 0.001), "\(line): \(want)") }
        }
        #expect(lines.suffix(3).first == "Done!" && lines.dropLast().last == "Saved PyTorch Model State to weights.pth" && lines.last?.hasPrefix("Predicted: \"") == true)
        #expect(try loadStateDict(folder.appendingPathComponent("weights.pth").path).count == 6)
        #expect(files == ["data", "weights.pth"])
    }

    @Test func aClosedPipeEndsItQuietly() throws {
        let outcome = try run(URL(fileURLWithPath: "/bin/sh"), ["-c", "'\(program.path)' --epochs 0 | head -n 1"])
        #expect(outcome.output == "Using cpu device\n" && outcome.errors.isEmpty, "\(outcome.errors)")
    }

    @Test func anInterruptLeavesNothingHalfDone() throws {
        let output = Pipe()
        let process = try start(program, ["--epochs", "100", "--save", "weights.pth"], output, Pipe())
        var text = ""
        while !text.contains("loss:"), case let data = output.fileHandleForReading.availableData, !data.isEmpty { text += String(decoding: data, as: UTF8.self) }
        process.interrupt()
        process.waitUntilExit()
        #expect(process.terminationStatus == 130 && process.terminationReason == .exit)
        #expect(files == ["data"])
    }

    @Test(arguments: [
        (["--epochs", "x"], "'--epochs <epochs>'"), (["--batch-size", "0"], "--batch-size must be positive"), (["--lr", "nan"], "--lr must be"), (["--device", "tpu"], "--device must be"),
        (["--threads", "0"], "--threads must"), (["--workers", "2000"], "--workers must"), (["--save", ""], "--save : not the name of a file"),
        (["--save", "/nowhere/model.pth"], "--save /nowhere/model.pth: No such file or directory"), (["--epoch", "1"], "Unknown option '--epoch'"), (["more"], "Unexpected argument 'more'"),
    ])
    func aFlagThatMakesNoSense(_ arguments: [String], _ complaint: String) throws {
        let outcome = try run(program, arguments)
        #expect(outcome.status == 64 && outcome.output.isEmpty && outcome.errors.contains(complaint) && outcome.errors.contains("Usage: fashion-mnist"), "\(outcome.errors)")
        #expect(files.isEmpty)
    }

    @Test func dataThatIsNoneIsNamed() throws {
        let raw = folder.appendingPathComponent("data/FashionMNIST/raw")
        try FileManager.default.createDirectory(at: raw, withIntermediateDirectories: true)
        try Data("<html>".utf8).write(to: raw.appendingPathComponent("train-images-idx3-ubyte"))
        let outcome = try run(program, ["--quiet"])
        #expect(outcome.status == 1 && outcome.output.isEmpty)
        #expect(outcome.errors == "Error: data/FashionMNIST/raw/train-images-idx3-ubyte: not an IDX file: starts with bytes 60, 104 where both must be 0\n")
    }
}
