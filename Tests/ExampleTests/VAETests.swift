import Foundation
import Testing

/// Runs the program `vae` as a user does.
@Suite(
    .enabled(if: FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"))
)
struct VAETests {
    /// PyTorch 2.15 prints these lines, with differences of 0.1 % from one number of threads to another.
    @Test func anEpochPrintsWhatPyTorchPrints() throws {
        let example = try ExampleProgram("vae")
        let outcome = try example.run(["--epochs", "1", "--log-interval", "100"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        let expected = [
            "Train Epoch: 1 [0/60000 (0%)]\tLoss: ": 549.665466,
            "Train Epoch: 1 [12800/60000 (21%)]\tLoss: ": 285.789001,
            "Train Epoch: 1 [25600/60000 (43%)]\tLoss: ": 274.549866,
            "Train Epoch: 1 [38400/60000 (64%)]\tLoss: ": 276.355011,
            "Train Epoch: 1 [51200/60000 (85%)]\tLoss: ": 271.772583,
            "====> Epoch: 1 Average loss: ": 285.5705, "====> Test set loss: ": 262.4168
        ]
        let lines = outcome.output.split(separator: "\n").dropFirst()
        #expect(lines.count == expected.count)
        for line in lines {
            let start = try #require(line.lastIndex(of: " ")), beginning = String(line[...start])
            let value = try #require(Double(line[line.index(after: start)...]))
            let reference = try #require(expected[beginning], "\(line)")
            #expect(abs(value - reference) < 0.001 * reference, "\(line)")
        }
        let pictures = try FileManager.default.contentsOfDirectory(
            atPath: example.folder.appendingPathComponent("results").path)
        #expect(pictures.sorted() == ["reconstruction_1.png", "sample_1.png"])
    }
}
