import ArgumentParser
import ExampleShared
import Torch
import TorchVision

/// Trains a convolutional network to classify clothes. This is the program `mnist` of pytorch/examples, with the images
/// of FashionMNIST.
@main
struct TrainMNIST: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mnist", abstract: "Trains a convolutional network on the FashionMNIST images.")

    @Option(help: "The folder that holds the data set, or that it is put into.") var data = "data"
    @Option(help: "Examples a step when testing.") var testBatchSize = 1000
    @Option(help: "The factor of the learning rate after each epoch.") var gamma = 0.7
    @Option(help: "Steps between two printed losses.") var logInterval = 10
    @Flag(help: "Make one step only, to see that everything works.") var dryRun = false
    @OptionGroup var options: TrainingOptions

    func validate() throws {
        guard testBatchSize > 0 else { throw ValidationError("--test-batch-size must be positive.") }
        guard logInterval > 0 else { throw ValidationError("--log-interval must be positive.") }
        guard gamma.isFinite, gamma >= 0 else { throw ValidationError("--gamma must be a finite number from 0 on.") }
    }

    final class Net: Module, Layer {
        let conv1 = Conv2d(1, 32, 3, stride: 1)
        let conv2 = Conv2d(32, 64, 3, stride: 1)
        let dropout1 = Dropout(0.25)
        let dropout2 = Dropout(0.5)
        let fc1 = Linear(9216, 128)
        let fc2 = Linear(128, 10)

        func forward(_ x: Tensor) -> Tensor {
            var x = F.relu(conv1(x))
            x = F.relu(conv2(x))
            x = F.maxPool2d(x, 2)
            x = dropout1(x)
            x = x.flatten(1)
            x = F.relu(fc1(x))
            x = dropout2(x)
            x = fc2(x)
            return F.logSoftmax(x, dim: 1)
        }
    }

    func train(
        _ model: Net, _ device: Device, _ loader: DataLoader<FashionMNIST>, _ optimizer: Adadelta, _ epoch: Int,
        _ console: Console
    ) throws {
        model.train()
        for (batch, (x, y)) in loader.enumerated() {
            let (x, y) = (x.to(device), y.to(device))
            optimizer.zeroGrad()
            let output = model(x)
            let loss = F.nllLoss(output, y)
            loss.backward()
            optimizer.step()
            if batch % logInterval == 0 {
                let share = 100 * Double(batch) / Double(loader.count)
                console.print(
                    "Train Epoch: \(epoch) [\(batch * x.count)/\(loader.dataset.count) (\(share, ".0f")%)]\tLoss: \(loss, ".6f")"
                )
                if dryRun { break }
            }
        }
    }

    func test(_ model: Net, _ device: Device, _ loader: DataLoader<FashionMNIST>, _ console: Console) throws {
        model.eval()
        var testLoss = 0.0, correct = 0
        noGrad {
            for (x, y) in loader {
                let (x, y) = (x.to(device), y.to(device))
                let output = model(x)
                testLoss += F.nllLoss(output, y, reduction: .sum).item()
                let pred = output.argmax(dim: 1, keepdim: true)
                correct += pred.eq(y.viewAs(pred)).sum().item(as: Int.self)
            }
        }
        let count = loader.dataset.count
        testLoss /= Double(count)
        console.print(
            "\nTest set: Average loss: \(testLoss, ".4f"), Accuracy: \(correct)/\(count) (\(100 * Double(correct) / Double(count), ".0f")%)\n"
        )
    }

    func run() throws {
        let (console, device) = options.begin()
        let transform = Compose {
            ToTensor(); Normalize(mean: [0.1307], std: [0.3081])
        }
        let trainingData = try FashionMNIST(root: data, train: true, download: true, transform: transform)
        let testData = try FashionMNIST(root: data, train: false, transform: transform)
        let trainLoader = DataLoader(trainingData, batchSize: options.batchSize, numWorkers: options.workers)
        let testLoader = DataLoader(testData, batchSize: testBatchSize, numWorkers: options.workers)

        let model = Net().to(device)
        let optimizer = Adadelta(model.parameters(), lr: options.lr ?? 1)
        let scheduler = StepLR(optimizer, stepSize: 1, gamma: gamma)
        for epoch in 1..<(options.epochs + 1) {
            try train(model, device, trainLoader, optimizer, epoch, console)
            try test(model, device, testLoader, console)
            scheduler.step()
        }
        try Torch.save(model.stateDict(), to: options.save)
        console.print("Saved PyTorch Model State to \(options.save)")
    }
}
