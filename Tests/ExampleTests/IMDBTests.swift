import Foundation
import Testing
import Torch

/// Runs the program `imdb` as a user does. The sentences are from Tests/TorchTextTests/Fixtures/datasets/hub.py. The
/// opinion in a sentence decides its label.
@Suite(.serialized) struct IMDBTests {
    private let example: ExampleProgram
    private let data = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../TorchTextTests/Fixtures/datasets/hub/datasets/owner/sentences/main")
        .standardizedFileURL.path

    init() throws { example = try ExampleProgram("imdb") }

    @Test(arguments: [0, 2]) func learns(workers: Int) throws {
        let outcome = try example.run([
            "--data", data, "--seed", "0", "--epochs", "4", "--batch-size", "16", "--save", "weights.pth", "--workers",
            "\(workers)"
        ])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n")
        #expect(
            lines.prefix(4) == [
                "Using cpu device", "DatasetDict({", "    train: Dataset({", "        features: ['text', 'label'],"
            ])
        let accuracies = lines.compactMap { $0.firstMatch(of: /Accuracy: ([0-9.]+)%/) }.compactMap { Double($0.1) }
        #expect(accuracies.count == 4 && accuracies.last ?? 0 > 90, "\(outcome.output)")
        #expect(
            lines.suffix(3).first == "Done!" && lines.dropLast().last == "Saved PyTorch Model State to weights.pth"
                && lines.last == "Predicted: \"neg\", Actual: \"neg\"")
        #expect(
            try loadStateDict(example.folder.appendingPathComponent("weights.pth").path).keys == [
                "embedding.weight", "fc.weight", "fc.bias"
            ])
        #expect(example.files == ["huggingface", "weights.pth"])
    }

    @Test func dataThatAreNone() throws {
        var outcome = try example.run(["--data", "/nowhere/at/all"])
        #expect(
            outcome.status == 1 && outcome.errors == "Error: Couldn't find any data file at /nowhere/at/all.\n",
            "\(outcome.errors)")
        outcome = try example.run(["--data", data + "/../../shards/main"])
        #expect(outcome.status == 64 && outcome.errors.contains("needs the splits train and test"), "\(outcome.errors)")
        outcome = try example.run(["--epochs=-1"])
        #expect(
            outcome.status == 64 && outcome.errors.contains("--epochs must not be negative")
                && outcome.errors.contains("Usage: imdb"), "\(outcome.errors)")
    }
}
