import Foundation
import Testing

/// Runs the program `mnist` as a user does.
@Suite(
    .serialized,
    .enabled(if: FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"))
)
struct MNISTTests {
    private let example: ExampleProgram

    init() throws { example = try ExampleProgram("mnist") }

    /// PyTorch 2.15 prints these lines for the network of pytorch/examples with torch.manual_seed(0).
    @Test func aDryRunPrintsWhatPyTorchPrints() throws {
        let outcome = try example.run(["--seed", "0", "--epochs", "1", "--dry-run", "--plot", "loss.svg"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(
            outcome.output == """
                Using cpu device
                Train Epoch: 1 [0/60000 (0%)]\tLoss: 2.287970

                Test set: Average loss: 2.6104, Accuracy: 1000/10000 (10%)

                Saved PyTorch Model State to model.pth

                """)
        #expect(example.files == ["data", "loss.svg", "model.pth"])
        let plot = try String(contentsOf: example.folder.appendingPathComponent("loss.svg"), encoding: .utf8)
        // All 10 classes have 1000 images, and all are taken for the same one.
        #expect(plot.contains(">epoch</text>") && plot.contains(">Ankle boot</text>"))
        #expect(plot.matches(of: />1000<\/text>/).count == 10)
    }

    @Test func aPlotNeedsANameThatItCanBeWrittenTo() throws {
        for name in ["loss.jpg", "/nowhere/loss.svg"] {
            let outcome = try example.run(["--plot", name])
            #expect(outcome.status == 64 && outcome.errors.contains("--plot \(name): "), "\(outcome.errors)")
        }
    }
}
