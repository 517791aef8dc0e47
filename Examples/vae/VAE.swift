import ArgumentParser
import ExampleShared
import Foundation
import Torch
import TorchVision

/// Trains a variational autoencoder (Kingma and Welling, 2013), which draws clothes from normal numbers. This is the
/// program `vae` of pytorch/examples, with the images of FashionMNIST.
@main
struct TrainVAE: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vae", abstract: "Trains a variational autoencoder on the FashionMNIST images.")

    @OptionGroup var data: DataOption
    @Option(help: "Examples a step.") var batchSize = 128
    @Option(help: "Passes over the training data.") var epochs = 10
    @Option(help: "Seeds the random numbers.") var seed = 1
    @Option(help: "Steps between two printed losses.") var logInterval = 10
    @Option(help: "The folder for the pictures.") var results = "results"
    @OptionGroup var device: DeviceOption
    @OptionGroup var threads: ThreadOption

    func validate() throws {
        guard batchSize > 0 else { throw ValidationError("--batch-size must be positive.") }
        guard epochs >= 0 else { throw ValidationError("--epochs must not be negative.") }
        guard logInterval > 0 else { throw ValidationError("--log-interval must be positive.") }
    }

    final class VAE: Module, UnaryModule {
        let fc1 = Linear(784, 400)
        let fc21 = Linear(400, 20)
        let fc22 = Linear(400, 20)
        let fc3 = Linear(20, 400)
        let fc4 = Linear(400, 784)

        func encode(_ x: Tensor) -> (mu: Tensor, logvar: Tensor) {
            let h1 = F.relu(fc1(x))
            return (fc21(h1), fc22(h1))
        }

        func reparameterize(_ mu: Tensor, _ logvar: Tensor) -> Tensor {
            let std = exp(0.5 * logvar)
            return mu + Tensor.randnLike(std) * std
        }

        func decode(_ z: Tensor) -> Tensor { sigmoid(fc4(F.relu(fc3(z)))) }

        func forward(_ x: Tensor) -> (recon: Tensor, mu: Tensor, logvar: Tensor) {
            let (mu, logvar) = encode(x.view(-1, 784))
            return (decode(reparameterize(mu, logvar)), mu, logvar)
        }
    }

    /// The error of the reconstruction, and the divergence of the codes from normal numbers, each summed.
    func lossFunction(_ recon: Tensor, _ x: Tensor, _ mu: Tensor, _ logvar: Tensor) -> Tensor {
        let bce = F.binaryCrossEntropy(recon, x.view(-1, 784), reduction: .sum)
        let kld = -0.5 * sum(1 + logvar - mu.pow(2) - logvar.exp())
        return bce + kld
    }

    func run() throws {
        threads.apply()
        let console = Console(quiet: false), device = device.begin(console)
        try FileManager.default.createDirectory(atPath: results, withIntermediateDirectories: true)
        manualSeed(seed)
        let trainLoader = DataLoader(
            try FashionMNIST(root: data.data, train: true, download: true, transform: ToTensor()), batchSize: batchSize,
            shuffle: true)
        let testLoader = DataLoader(
            try FashionMNIST(root: data.data, train: false, transform: ToTensor()), batchSize: batchSize)
        let model = VAE().to(device)
        let optimizer = Adam(model.parameters(), lr: 1e-3)

        func train(_ epoch: Int) {
            model.train()
            var trainLoss = 0.0
            for (batch, (images, _)) in trainLoader.enumerated() {
                let images = images.to(device)
                optimizer.zeroGrad()
                let (recon, mu, logvar) = model(images)
                let loss = lossFunction(recon, images, mu, logvar)
                loss.backward()
                trainLoss += loss.item()
                optimizer.step()
                if batch % logInterval == 0 {
                    let (done, count) = (batch * images.count, trainLoader.dataset.count)
                    let share = 100 * Double(batch) / Double(trainLoader.count)
                    console.print(
                        "Train Epoch: \(epoch) [\(done)/\(count) (\(share, ".0f")%)]\tLoss: \(loss.item() / Double(images.count), ".6f")"
                    )
                }
            }
            let average = trainLoss / Double(trainLoader.dataset.count)
            console.print("====> Epoch: \(epoch) Average loss: \(average, ".4f")")
        }

        func test(_ epoch: Int) throws {
            model.eval()
            var testLoss = 0.0
            try noGrad {
                for (i, (images, _)) in testLoader.enumerated() {
                    let images = images.to(device)
                    let (recon, mu, logvar) = model(images)
                    testLoss += lossFunction(recon, images, mu, logvar).item()
                    if i == 0 {
                        let n = min(images.count, 8)
                        let comparison = cat([images[..<n], recon.view(-1, 1, 28, 28)[..<n]])
                        try saveImage(comparison.cpu(), "\(results)/reconstruction_\(epoch).png", nrow: n)
                    }
                }
            }
            console.print("====> Test set loss: \(testLoss / Double(testLoader.dataset.count), ".4f")")
        }

        for epoch in 1..<(epochs + 1) {
            train(epoch)
            try test(epoch)
            try noGrad {
                let sample = model.decode(Tensor.randn(64, 20).to(device)).cpu()
                try saveImage(sample.view(64, 1, 28, 28), "\(results)/sample_\(epoch).png")
            }
        }
    }
}
