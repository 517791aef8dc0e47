import ArgumentParser
import ExampleShared
import Foundation
import Torch
import TorchVision

/// Trains a network that makes images larger and keeps them sharp, by a sub-pixel convolution (Shi et al., 2016). It is
/// the program `super_resolution` of pytorch/examples, for any folder of images.
@main
struct SuperResolution: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "super-resolution", abstract: "Trains a network that enlarges images, or enlarges one.",
        subcommands: [Train.self, Enlarge.self], defaultSubcommand: Train.self)

    /// Computes [N, 1, H·r, W·r] from the brightness [N, 1, H, W] of small images.
    final class Net: Module, Layer {
        let relu = ReLU()
        let conv1 = Conv2d(1, 64, 5, stride: 1, padding: 2)
        let conv2 = Conv2d(64, 64, 3, stride: 1, padding: 1)
        let conv3 = Conv2d(64, 32, 3, stride: 1, padding: 1)
        let conv4: Conv2d
        let pixelShuffle: PixelShuffle

        init(upscaleFactor: Int) {
            conv4 = Conv2d(32, upscaleFactor * upscaleFactor, 3, stride: 1, padding: 1)
            pixelShuffle = PixelShuffle(upscaleFactor)
            super.init()
            let gain = Init.calculateGain(.relu)
            for layer in [conv1, conv2, conv3] { Init.orthogonal_(layer.weight, gain: gain) }
            Init.orthogonal_(conv4.weight)
        }

        func forward(_ x: Tensor) -> Tensor {
            var x = relu(conv1(x))
            x = relu(conv2(x))
            x = relu(conv3(x))
            return pixelShuffle(conv4(x))
        }
    }

    struct Train: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Trains the network on the images of two folders.")

        @Option(help: "The folder with the images to learn from.") var train: String
        @Option(help: "The folder with the images to test with.") var test: String
        @Option(help: "How many times larger images become.") var upscaleFactor = 3
        @Option(help: "The size of the squares that are cut from the images.") var cropSize = 256
        @Option(help: "Images a step.") var batchSize = 64
        @Option(help: "Images a step when testing.") var testBatchSize = 10
        @Option(help: "Passes over the images.") var epochs = 2
        @Option(help: "The learning rate.") var lr = 0.01
        @Option(help: "Threads that prepare batches ahead.") var workers = 4
        @Option(help: "Seeds the random numbers.") var seed = 123
        @Option(help: "The folder for the weights.") var results = "."
        @OptionGroup var device: DeviceOption
        @OptionGroup var threads: ThreadOption

        func validate() throws {
            guard 1...16 ~= upscaleFactor else { throw ValidationError("--upscale-factor must lie between 1 and 16.") }
            guard cropSize >= upscaleFactor else { throw ValidationError("--crop-size must be larger.") }
            guard batchSize > 0, testBatchSize > 0 else { throw ValidationError("Batch sizes must be positive.") }
            guard epochs >= 0 else { throw ValidationError("--epochs must not be negative.") }
            guard lr.isFinite, lr >= 0 else { throw ValidationError("--lr must be a finite number from 0 on.") }
            guard 0...1024 ~= workers else { throw ValidationError("--workers must lie between 0 and 1024.") }
        }

        func run() throws {
            threads.apply()
            let console = Console(quiet: false), device = device.begin(console)
            manualSeed(seed)
            try FileManager.default.createDirectory(atPath: results, withIntermediateDirectories: true)
            let trainingLoader = DataLoader(
                try BrightnessPairs(train, cropSize: cropSize, factor: upscaleFactor), batchSize: batchSize,
                shuffle: true, numWorkers: workers)
            let testingLoader = DataLoader(
                try BrightnessPairs(test, cropSize: cropSize, factor: upscaleFactor), batchSize: testBatchSize,
                numWorkers: workers)
            let model = Net(upscaleFactor: upscaleFactor).to(device)
            let criterion = MSELoss()
            let optimizer = Adam(model.parameters(), lr: lr)

            for epoch in 1..<(epochs + 1) {
                var epochLoss = 0.0
                let batches = trainingLoader.makeIterator()
                var iteration = 0
                while let (input, target) = try batches.nextBatch() {
                    iteration += 1
                    optimizer.zeroGrad()
                    let loss = criterion(model(input.to(device)), target.to(device))
                    epochLoss += loss.item()
                    loss.backward()
                    optimizer.step()
                    console.print("===> Epoch[\(epoch)](\(iteration)/\(trainingLoader.count)): Loss: \(loss, ".4f")")
                }
                let average = epochLoss / Double(trainingLoader.count)
                console.print("===> Epoch \(epoch) Complete: Avg. Loss: \(average, ".4f")")

                var avgPSNR = 0.0
                let tests = testingLoader.makeIterator()
                while let (input, target) = try tests.nextBatch() {
                    let mse = noGrad { criterion(model(input.to(device)), target.to(device)) }
                    avgPSNR += 10 * log10(1 / mse.item())
                }
                console.print("===> Avg. PSNR: \(avgPSNR / Double(testingLoader.count), ".4f") dB")
                let path = "\(results)/model_epoch_\(epoch).pth"
                try Torch.save(model.stateDict(), to: path)
                console.print("Checkpoint saved to \(path)")
            }
        }
    }

    struct Enlarge: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Enlarges an image with trained weights.")

        @Option(help: "The image.") var input: String
        @Option(help: "The file with the weights.") var model: String
        @Option(help: "How many times larger the image becomes; as in the training.") var upscaleFactor = 3
        @Option(help: "The file for the result, .png or .jpg.") var output: String
        @OptionGroup var threads: ThreadOption

        func run() throws {
            threads.apply()
            let net = Net(upscaleFactor: upscaleFactor)
            try net.loadStateDict(Torch.loadStateDict(model))
            let colors = YCbCr(try readImage(input, mode: .rgb).float() / 255)
            let result = noGrad { () -> Tensor in
                let y = net(colors.y.unsqueeze(0))[0]
                // The eye sees less of the colors, so these are interpolated.
                let size = [y.size(1), y.size(2)]
                func larger(_ plane: Tensor) -> Tensor {
                    F.interpolate(plane.unsqueeze(0), size: size, mode: .bicubic, antialias: true)[0]
                }
                return YCbCr(y: y, cb: larger(colors.cb), cr: larger(colors.cr)).rgb
            }
            try saveImage(result, output)
            print("output image saved to ", output)
        }
    }
}
