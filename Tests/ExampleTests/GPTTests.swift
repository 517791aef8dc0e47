import Foundation
import Testing
import Torch

/// Runs the program `gpt` as a user does. PyTorch 2.15 prints the same losses and the same text for nanoGPT's model and
/// training, written after its pages, with these sizes and this seed.
@Suite(.serialized) struct GPTTests {
    private let example: ExampleProgram
    private static let text = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("sonnets.txt").path
    private static let arguments = [
        "train", text, "--block-size", "16", "--n-layer", "2", "--n-head", "2", "--n-embd", "32", "--batch-size", "8",
        "--eval-interval", "10", "--eval-iters", "4", "--log-interval", "5"
    ]
    private static let lines = [
        "Using cpu device",
        "vocab size: 45", "number of parameters: 0.03M", "step 0: train loss 3.8168, val loss 3.8176",
        "iter 0: loss 3.8104", "iter 5: loss 3.8311", "step 10: train loss 3.8136, val loss 3.7972",
        "iter 10: loss 3.8072", "iter 15: loss 3.7870", "step 20: train loss 3.7529, val loss 3.7404"
    ]

    init() throws { example = try ExampleProgram("gpt") }

    @Test func itTrainsAndWritesWhatPyTorchDoes() throws {
        let outcome = try example.run(Self.arguments + ["--max-iters", "20"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(withoutTimes(outcome.output) == Self.lines)
        let sample = try example.run(["sample", "Love ", "--max-new-tokens", "60"])
        #expect(sample.errors.isEmpty)
        #expect(
            sample.output == "Love MbhDLTaI,N.TsvStreIIMSaa fleblxsi hocnt::LlrINci,S:gukuBtfg?\n---------------\n")
    }

    @Test func aStoppedRunGoesOn() throws {
        // The learning rate is constant, so it does not depend on the last step.
        let arguments = Self.arguments + ["--warmup-iters", "0", "--min-lr", "0.001"]
        let stopped = try ExampleProgram("gpt"), output = Pipe(), errors = Pipe()
        let process = try stopped.start(stopped.program, arguments + ["--max-iters", "100000"], output, errors)
        while !stopped.files.contains("ckpt.pt") { usleep(1000) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let checkpoint = try load(stopped.folder.appendingPathComponent("ckpt.pt").path)
        let step = try #require(checkpoint["iter_num"]?.int)
        let more = try stopped.run(arguments + ["--max-iters", "\(step + 20)", "--resume"])
        #expect(more.status == 0 && more.errors.isEmpty, "\(more.errors)")
        let whole = try example.run(arguments + ["--max-iters", "\(step + 20)"])
        let expected = withoutTimes(whole.output).filter { line in
            guard let number = line.split(separator: " ").dropFirst().first.flatMap({ Int($0.filter(\.isNumber)) })
            else {
                return false
            }
            return line.hasPrefix("iter") ? number >= step : line.hasPrefix("step") && number > step
        }
        #expect(Array(withoutTimes(more.output).dropFirst(3)) == expected)
    }

    @Test func wrongArgumentsAreRefused() throws {
        try "short".write(to: example.folder.appendingPathComponent("short.txt"), atomically: true, encoding: .utf8)
        for arguments in [
            ["train", "nowhere.txt"], ["train", "short.txt"], ["train", Self.text, "--n-head", "5"],
            ["train", Self.text, "--dropout", "1"], ["train", Self.text, "--resume"], ["sample"],
            ["train", Self.text, "--block-size", "0"]
        ] {
            let outcome = try example.run(arguments)
            #expect(outcome.status != 0 && !outcome.errors.isEmpty, "\(arguments)")
        }
    }

    private func withoutTimes(_ output: String) -> [String] {
        output.split(separator: "\n").map { line in
            line.range(of: ", time ").map { String(line[..<$0.lowerBound]) } ?? String(line)
        }
    }
}
