import Foundation
import Testing
import Torch

/// Runs the program `fashion-mnist` as a user does. `make train` and `make test` install the data.
@Suite(
    .serialized,
    .enabled(if: FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"))
)
struct FashionMNISTTests {
    private let example: ExampleProgram

    init() throws { example = try ExampleProgram("fashion-mnist") }

    /// Splits a line into words and numbers. The numbers are the parts with a point; they may differ a little.
    private func split(_ line: Substring) -> (words: [Substring], numbers: [Double]) {
        let parts = line.split(separator: " ")
        func number(_ part: Substring) -> Double? {
            part.contains(".") ? Double(part.filter { $0 != "%" && $0 != "," }) : nil
        }
        return (parts.filter { number($0) == nil }, parts.compactMap(number))
    }

    /// Compares with the first epoch of the note's own output (expected.out): PyTorch 2.15 with torch.manual_seed(0).
    @Test func printsWhatPyTorchPrints() throws {
        let outcome = try example.run(["--seed", "0", "--epochs", "1", "--save", "weights.pth"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        let expected = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
                "expected.out"), encoding: .utf8)
        let lines = outcome.output.split(separator: "\n"), want = expected.split(separator: "\n")
        #expect(lines.count == want.count + 3)
        for (line, want) in zip(lines, want) {
            let (a, b) = (split(line), split(want))
            #expect(a.words == b.words && a.numbers.count == b.numbers.count, "\(line)")
            for (x, y) in zip(a.numbers, b.numbers) {
                #expect(abs(x - y) <= (want.contains("Accuracy") && y > 10 ? 0.2 : 0.001), "\(line): \(want)")
            }
        }
        #expect(
            lines.suffix(3).first == "Done!" && lines.dropLast().last == "Saved PyTorch Model State to weights.pth"
                && lines.last?.hasPrefix("Predicted: \"") == true)
        #expect(try loadStateDict(example.folder.appendingPathComponent("weights.pth").path).count == 6)
        #expect(example.files == ["data", "weights.pth"])
    }

    @Test func aClosedPipeEndsItQuietly() throws {
        let outcome = try example.run(
            URL(fileURLWithPath: "/bin/sh"), ["-c", "'\(example.program.path)' --epochs 0 | head -n 1"])
        #expect(outcome.output == "Using cpu device\n" && outcome.errors.isEmpty, "\(outcome.errors)")
    }

    @Test func anInterruptLeavesNothingHalfDone() throws {
        let output = Pipe()
        let process = try example.start(example.program, ["--epochs", "100", "--save", "weights.pth"], output, Pipe())
        var text = ""
        while !text.contains("loss:"), case let data = output.fileHandleForReading.availableData, !data.isEmpty {
            text += String(decoding: data, as: UTF8.self)
        }
        process.interrupt()
        process.waitUntilExit()
        #expect(process.terminationStatus == 130 && process.terminationReason == .exit)
        #expect(example.files == ["data"])
    }

    @Test(arguments: [
        (["--epochs", "x"], "'--epochs <epochs>'"), (["--batch-size", "0"], "--batch-size must be positive"),
        (["--lr", "nan"], "--lr must be"), (["--device", "tpu"], "--device must be"),
        (["--threads", "0"], "--threads must"), (["--workers", "2000"], "--workers must"),
        (["--save", ""], "--save : not the name of a file"),
        (["--save", "/nowhere/model.pth"], "--save /nowhere/model.pth: No such file or directory"),
        (["--epoch", "1"], "Unknown option '--epoch'"), (["more"], "Unexpected argument 'more'")
    ])
    func aFlagThatMakesNoSense(_ arguments: [String], _ complaint: String) throws {
        let outcome = try example.run(arguments)
        #expect(
            outcome.status == 64 && outcome.output.isEmpty && outcome.errors.contains(complaint)
                && outcome.errors.contains("Usage: fashion-mnist"), "\(outcome.errors)")
        #expect(example.files.isEmpty)
    }

    @Test func dataThatIsNoneIsNamed() throws {
        let raw = example.folder.appendingPathComponent("data/FashionMNIST/raw")
        try FileManager.default.createDirectory(at: raw, withIntermediateDirectories: true)
        try Data("<html>".utf8).write(to: raw.appendingPathComponent("train-images-idx3-ubyte"))
        let outcome = try example.run(["--quiet"])
        #expect(outcome.status == 1 && outcome.output.isEmpty)
        #expect(
            outcome.errors
                == "Error: data/FashionMNIST/raw/train-images-idx3-ubyte: not an IDX file: starts with bytes 60, 104 where both must be 0\n"
        )
    }
}
