import Foundation
import Testing

/// Runs the program `word-language-model` as a user does. PyTorch 2.15 prints the same losses and writes the same text
/// for the models and the training of pytorch/examples, written after its pages, with these sizes and this seed.
@Suite(.serialized) struct WordLanguageModelTests {
    private let example: ExampleProgram
    private static let text = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("sonnets.txt").path

    init() throws { example = try ExampleProgram("word-language-model") }

    @Test(arguments: [
        (
            ["LSTM"],
            [
                "| epoch   1 |    10/   19 batches | lr 5.00 | loss  5.47 | ppl   236.40",
                "| end of epoch   1 | valid loss  4.87 | valid ppl   130.17",
                "| epoch   2 |    10/   19 batches | lr 5.00 | loss  5.26 | ppl   192.72",
                "| end of epoch   2 | valid loss  4.88 | valid ppl   132.20",
                "| End of training | test loss  4.95 | test ppl   141.07"
            ], "although every complexion <eos> too weeks, the possession"
        ),
        (
            ["GRU", "--tied"],
            [
                "| epoch   1 |    10/   19 batches | lr 5.00 | loss  5.49 | ppl   242.27",
                "| end of epoch   1 | valid loss  4.88 | valid ppl   131.50",
                "| epoch   2 |    10/   19 batches | lr 5.00 | loss  5.20 | ppl   182.12",
                "| end of epoch   2 | valid loss  4.92 | valid ppl   137.62",
                "| End of training | test loss  4.89 | test ppl   133.13"
            ], "although worth's complexion <eos> too weeks, the possession"
        ),
        (
            ["Transformer"],
            [
                "| epoch   1 |    10/   19 batches | lr 5.00 | loss  5.61 | ppl   274.33",
                "| end of epoch   1 | valid loss  4.88 | valid ppl   131.95",
                "| epoch   2 |    10/   19 batches | lr 5.00 | loss  5.34 | ppl   208.72",
                "| end of epoch   2 | valid loss  4.93 | valid ppl   137.79",
                "| End of training | test loss  5.07 | test ppl   158.44"
            ], "although worth's complexion <eos> too weeks, the possession"
        )
    ])
    func itTrainsAndWritesWhatPyTorchDoes(_ model: [String], _ lines: [String], _ words: String) throws {
        let outcome = try example.run(
            [
                "train", "--data", Self.text, "--emsize", "16", "--nhid", "16", "--lr", "5", "--batch-size", "2",
                "--bptt", "5", "--epochs", "2", "--log-interval", "10", "--model"
            ] + model)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        let printed = outcome.output.split(separator: "\n").filter { $0.hasPrefix("|") }.map { line in
            line.components(separatedBy: " | ").filter { !$0.hasPrefix("ms/batch") && !$0.hasPrefix("time:") }
                .joined(separator: " | ")
        }
        #expect(printed == lines)
        let more = try example.run(["generate", "--words", "40"])
        #expect(more.status == 0 && more.output == "| Generated 0/40 words\n", "\(more.errors)")
        let text = try String(contentsOf: example.folder.appendingPathComponent("generated.txt"), encoding: .utf8)
        #expect(
            text.hasPrefix("of every Death or alters this, finds, <eos> to dimm'd;") && text.contains(words), "\(text)")
    }

    @Test func wrongArgumentsAreRefused() throws {
        try "few words\n".write(
            to: example.folder.appendingPathComponent("short.txt"), atomically: true, encoding: .utf8)
        for arguments in [
            ["--data", "nowhere"], ["--data", "short.txt"], ["--data", Self.text, "--model", "CNN"],
            ["--data", Self.text, "--tied", "--nhid", "3"],
            ["--data", Self.text, "--model", "Transformer", "--nhead", "3"],
            ["generate"]
        ] {
            let outcome = try example.run(arguments)
            #expect(outcome.status != 0 && !outcome.errors.isEmpty, "\(arguments)")
        }
    }
}
