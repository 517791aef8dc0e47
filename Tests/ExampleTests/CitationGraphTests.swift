import Foundation
import Testing

/// Runs the programs `gcn` and `gat` as a user does, on a small graph in Cora's format.
@Suite(.serialized) struct CitationGraphTests {
    /// Writes a graph of 60 papers of 3 classes with 24 words. PyTorch was given the same one.
    private func writeGraph(in folder: URL) throws {
        var state = 1
        func draw(_ count: Int) -> Int {
            state = (state * 1_103_515_245 + 12345) % (1 << 31)
            return state / 65536 % count
        }
        let classes = ["Neural_Networks", "Rule_Learning", "Theory"]
        var papers = "", citations = ""
        for i in 0..<60 {
            var words = [Int](repeating: 0, count: 24)
            for _ in 0..<6 { words[draw(3) == 0 ? draw(24) : i % 3 * 8 + draw(8)] = 1 }
            papers += "\(1000 + 7 * i)\t\(words.map(String.init).joined(separator: "\t"))\t\(classes[i % 3])\n"
        }
        for i in 0..<60 {
            for _ in 0..<3 {
                let j = draw(4) == 0 ? draw(60) : (i + 3 * draw(19) + 3) % 60
                citations += "\(1000 + 7 * i)\t\(1000 + 7 * j)\n"
            }
        }
        try papers.write(to: folder.appendingPathComponent("cora.content"), atomically: true, encoding: .utf8)
        try citations.write(to: folder.appendingPathComponent("cora.cites"), atomically: true, encoding: .utf8)
    }

    private func lines(_ name: String, _ arguments: String) throws -> [String] {
        let example = try ExampleProgram(name)
        try writeGraph(in: example.folder)
        let outcome = try example.run(
            ["--data", ".", "--test-papers", "20", "--val-papers", "10"]
                + arguments.split(separator: " ").map(String.init))
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        return outcome.output.split(separator: "\n").map(String.init)
    }

    /// PyTorch 2.15 prints these lines for the networks of pytorch/examples.
    @Test func theLinesArePyTorchs() throws {
        #expect(
            try lines("gcn", "--epochs 41 --val-every 10") == [
                "Using cpu device",
                "Epoch: 0001 loss_train: 1.1039 acc_train: 0.2000 loss_val: 1.1035 acc_val: 0.2000",
                "Epoch: 0011 loss_train: 0.9902 acc_train: 0.8667 loss_val: 0.9877 acc_val: 0.9000",
                "Epoch: 0021 loss_train: 0.8395 acc_train: 0.8667 loss_val: 0.8267 acc_val: 0.9000",
                "Epoch: 0031 loss_train: 0.6647 acc_train: 0.9000 loss_val: 0.6301 acc_val: 1.0000",
                "Epoch: 0041 loss_train: 0.5015 acc_train: 0.9000 loss_val: 0.4521 acc_val: 1.0000",
                "Test set results: loss 0.5425 accuracy 0.9500"
            ])
        #expect(
            try lines("gcn", "--epochs 11 --val-every 5 --seed 1 --include-bias") == [
                "Using cpu device",
                "Epoch: 0001 loss_train: 1.0727 acc_train: 0.7000 loss_val: 1.0631 acc_val: 0.6000",
                "Epoch: 0006 loss_train: 1.0072 acc_train: 0.6667 loss_val: 0.9920 acc_val: 0.7000",
                "Epoch: 0011 loss_train: 0.9373 acc_train: 0.7667 loss_val: 0.9177 acc_val: 0.9000",
                "Test set results: loss 0.9606 accuracy 0.7000"
            ])
        #expect(
            try lines("gat", "--epochs 41 --val-every 10") == [
                "Using cpu device",
                "Epoch: 0001 loss_train: 1.0883 acc_train: 0.6333 loss_val: 1.0929 acc_val: 0.5000",
                "Epoch: 0011 loss_train: 0.9748 acc_train: 0.9000 loss_val: 1.0084 acc_val: 1.0000",
                "Epoch: 0021 loss_train: 0.8508 acc_train: 0.9000 loss_val: 0.9141 acc_val: 0.9000",
                "Epoch: 0031 loss_train: 0.7416 acc_train: 0.9333 loss_val: 0.8139 acc_val: 1.0000",
                "Epoch: 0041 loss_train: 0.6531 acc_train: 0.9667 loss_val: 0.7218 acc_val: 1.0000",
                "Test set results: loss 0.7190 accuracy 0.8500"
            ])
        #expect(
            try lines("gat", "--epochs 11 --val-every 5 --seed 1 --concat-heads") == [
                "Using cpu device",
                "Epoch: 0001 loss_train: 1.0830 acc_train: 0.3667 loss_val: 1.0792 acc_val: 0.4000",
                "Epoch: 0006 loss_train: 1.0315 acc_train: 0.6333 loss_val: 1.0222 acc_val: 0.8000",
                "Epoch: 0011 loss_train: 0.9775 acc_train: 0.8667 loss_val: 0.9639 acc_val: 0.9000",
                "Test set results: loss 0.9731 accuracy 0.9000"
            ])
        #expect(try lines("gcn", "--dry-run").count == 3)
    }

    @Test func wrongArgumentsAndFilesAreRefused() throws {
        for name in ["gcn", "gat"] {
            let example = try ExampleProgram(name)
            for arguments in [
                ["--data", "nowhere"], ["--lr", "nan"], ["--epochs", "-1"], ["--dropout-p", "2"], ["--hidden-dim", "0"],
                ["--val-every", "0"], ["--l2", "-1"], ["--test-papers", "0"]
            ] {
                let outcome = try example.run(arguments)
                #expect(outcome.status != 0 && !outcome.errors.isEmpty, "\(arguments)")
            }
            try writeGraph(in: example.folder)
            // 1000 papers to test are more than there are.
            #expect(try example.run(["--data", "."]).status != 0)
            try "1000\t1049\n5\t6\n".write(
                to: example.folder.appendingPathComponent("cora.cites"), atomically: true, encoding: .utf8)
            let outcome = try example.run(["--data", ".", "--test-papers", "20", "--val-papers", "10"])
            #expect(outcome.status != 0 && outcome.errors.contains("'5 6' are not two papers"))
        }
    }
}
