import Foundation
import Testing
import Torch
import TorchVision

/// Runs the program `imagenet` as a user does, on two classes of a few small images.
@Suite(.serialized) struct ImageNetTests {
    private let example: ExampleProgram

    init() throws {
        example = try ExampleProgram("imagenet")
        for (part, count, first) in [("train", 4, 0), ("val", 2, 8)] {
            for (number, name) in ["a", "b"].enumerated() {
                let folder = example.folder.appendingPathComponent("images/\(part)/\(name)")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                for k in 0..<count {
                    let j = 2 * k + number + first
                    var pixels: [UInt8] = []
                    for c in 0..<3 {
                        for y in 0..<40 {
                            for x in 0..<50 {
                                let row = y * (5 + 2 * c)
                                pixels.append(UInt8(truncatingIfNeeded: x * (3 + c + j) + row + 40 * j))
                            }
                        }
                    }
                    try writePNG(
                        Tensor(pixels, dtype: .uint8).view(3, 40, 50), folder.appendingPathComponent("\(k).png").path)
                }
            }
        }
    }

    /// Removes the times from a line.
    private func timeless(_ output: String) -> [String] {
        output.split(separator: "\n").map { line in
            line.split(separator: "\t").filter { !$0.hasPrefix("Time") && !$0.hasPrefix("Data") }
                .joined(separator: "\t")
        }
    }

    private func run(_ arguments: [String]) throws -> [String] {
        let outcome = try example.run(
            [
                "images", "-a", "squeezenet1_1", "-b", "4", "--lr", "0.001", "-p", "1", "-j", "0", "--seed", "0"
            ] + arguments)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        return timeless(outcome.output)
    }

    /// PyTorch 2.15 and torchvision 0.29 print these lines for the program of pytorch/examples with
    /// torch.manual_seed(0), if torchvision transforms tensors.
    @Test func twoEpochsPrintWhatPyTorchPrints() throws {
        let lines = try run(["--epochs", "2"])
        #expect(
            lines == [
                "=> creating model 'squeezenet1_1'",
                "using CPU, this will be slow",
                "Epoch: [0][1/2]\tLoss 6.8440e+00 (6.8440e+00)\tAcc@1   0.00 (  0.00)\tAcc@5   0.00 (  0.00)",
                "Epoch: [0][2/2]\tLoss 6.7146e+00 (6.7793e+00)\tAcc@1   0.00 (  0.00)\tAcc@5   0.00 (  0.00)",
                "Test: [1/1]\tLoss 6.2482e+00 (6.2482e+00)\tAcc@1  50.00 ( 50.00)\tAcc@5 100.00 (100.00)",
                " *   Acc@1 50.000 Acc@5 100.000",
                "Epoch: [1][1/2]\tLoss 6.3214e+00 (6.3214e+00)\tAcc@1  50.00 ( 50.00)\tAcc@5 100.00 (100.00)",
                "Epoch: [1][2/2]\tLoss 5.7487e+00 (6.0350e+00)\tAcc@1  50.00 ( 50.00)\tAcc@5 100.00 (100.00)",
                "Test: [1/1]\tLoss 4.0533e+00 (4.0533e+00)\tAcc@1  50.00 ( 50.00)\tAcc@5 100.00 (100.00)",
                " *   Acc@1 50.000 Acc@5 100.000"
            ])
        #expect(example.files == ["checkpoint.pth.tar", "images", "model_best.pth.tar"])
        let checkpoint = try load(example.folder.appendingPathComponent("checkpoint.pth.tar").path)
        #expect(checkpoint["epoch"]?.int == 2 && checkpoint["arch"]?.string == "squeezenet1_1")
        #expect(checkpoint["best_acc1"]?.tensor?.item() == 50)
        #expect(checkpoint["state_dict"]?.stateDict?.keys.first == "features.0.weight")
    }

    /// PyTorch prints the same lines when it continues from its own checkpoint.
    @Test func aTrainingContinues() throws {
        _ = try run(["--epochs", "1"])
        let lines = try run(["--epochs", "2", "--resume", "checkpoint.pth.tar"])
        #expect(
            lines == [
                "=> creating model 'squeezenet1_1'",
                "using CPU, this will be slow",
                "=> loading checkpoint 'checkpoint.pth.tar'",
                "=> loaded checkpoint 'checkpoint.pth.tar' (epoch 1)",
                "Epoch: [1][1/2]\tLoss 6.3566e+00 (6.3566e+00)\tAcc@1  50.00 ( 50.00)\tAcc@5  75.00 ( 75.00)",
                "Epoch: [1][2/2]\tLoss 5.8155e+00 (6.0860e+00)\tAcc@1  50.00 ( 50.00)\tAcc@5 100.00 ( 87.50)",
                "Test: [1/1]\tLoss 4.1271e+00 (4.1271e+00)\tAcc@1  50.00 ( 50.00)\tAcc@5 100.00 (100.00)",
                " *   Acc@1 50.000 Acc@5 100.000"
            ])
        let evaluated = try run(["--evaluate", "--resume", "checkpoint.pth.tar"])
        #expect(evaluated.suffix(2) == lines.suffix(2))
        #expect(try run(["--evaluate", "--resume", "nowhere"])[2] == "=> no checkpoint found at 'nowhere'")
    }

    @Test func wrongArgumentsAreRefused() throws {
        for arguments in [
            ["images", "-a", "resnet19"], ["images", "-b", "0"], ["images", "-p", "0"], ["images", "--lr", "-1"],
            ["nowhere"], ["images", "-a", "squeezenet1_1", "--resume", "images/val/a/0.png"]
        ] {
            let outcome = try example.run(arguments)
            #expect(outcome.status != 0 && !outcome.errors.isEmpty, "\(arguments)")
        }
    }
}
