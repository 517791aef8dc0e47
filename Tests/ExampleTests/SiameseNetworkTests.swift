import Foundation
import Testing

/// Runs the program `siamese-network` as a user does.
@Suite(
    .enabled(if: FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"))
)
struct SiameseNetworkTests {
    /// PyTorch 2.15 prints these numbers for the same network and pairs, with torch.manual_seed(0). The images become
    /// 1 × 1 in the last layers.
    @Test func aDryRunPrintsWhatPyTorchPrints() throws {
        let example = try ExampleProgram("siamese-network")
        let outcome = try example.run(["--seed", "0", "--epochs", "1", "--dry-run", "--test-batch-size", "100"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(
            outcome.output == """
                Using cpu device
                Train Epoch: 1 [0/60000 (0%)]\tLoss: 0.831831

                Test set: Average loss: 0.5000, Accuracy: 50/10000 (0%)


                """)
        #expect(example.files == ["data", "model.pth"])
    }
}
