import Foundation
import Testing
import Torch
import TorchVision

/// Runs the program `super-resolution` as a user does.
@Suite struct SuperResolutionTests {
    /// Ten pictures of patterns. PyTorch was given the same ones.
    private func writePictures(_ folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let y = Tensor.arange(60).view(60, 1), x = Tensor.arange(64).view(1, 64)
        for n in 0..<10 {
            let planes = (0..<3).map { k -> Tensor in
                let product = (x * y * (k + 1)).div(5 + n, roundingMode: .floor)
                return (x * (3 + n) + y * (2 + k)).remainder(97) + product.remainder(61)
            }
            try writePNG(stack(planes).to(.uint8), folder.appendingPathComponent("\(n).png").path)
        }
    }

    /// PyTorch 2.15 prints these lines for the network of pytorch/examples.
    @Test func theLinesArePyTorchs() throws {
        let example = try ExampleProgram("super-resolution")
        try writePictures(example.folder.appendingPathComponent("pictures"))
        let outcome = try example.run([
            "train", "--train", "pictures", "--test", "pictures", "--crop-size", "48", "--batch-size", "4", "--lr",
            "0.001", "--workers", "0"
        ])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(
            outcome.output == """
                Using cpu device
                ===> Epoch[1](1/3): Loss: 0.1658
                ===> Epoch[1](2/3): Loss: 0.0788
                ===> Epoch[1](3/3): Loss: 0.0393
                ===> Epoch 1 Complete: Avg. Loss: 0.0946
                ===> Avg. PSNR: 15.0539 dB
                Checkpoint saved to ./model_epoch_1.pth
                ===> Epoch[2](1/3): Loss: 0.0310
                ===> Epoch[2](2/3): Loss: 0.0300
                ===> Epoch[2](3/3): Loss: 0.0258
                ===> Epoch 2 Complete: Avg. Loss: 0.0289
                ===> Avg. PSNR: 16.4023 dB
                Checkpoint saved to ./model_epoch_2.pth

                """)
        let larger = try example.run([
            "enlarge", "--input", "pictures/0.png", "--model", "model_epoch_2.pth", "--output", "larger.png"
        ])
        #expect(larger.status == 0 && larger.errors.isEmpty, "\(larger.errors)")
        let image = try readImage(example.folder.appendingPathComponent("larger.png").path)
        #expect(image.shape == [3, 180, 192])
    }

    @Test func wrongArgumentsAreRefused() throws {
        let example = try ExampleProgram("super-resolution")
        try FileManager.default.createDirectory(
            at: example.folder.appendingPathComponent("empty"), withIntermediateDirectories: true)
        for folder in ["nowhere", "empty"] {
            let outcome = try example.run(["train", "--train", folder, "--test", folder])
            #expect(outcome.status != 0 && outcome.errors.contains(folder))
        }
    }
}
