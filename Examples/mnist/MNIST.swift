import ArgumentParser
import ExampleShared
import Torch
import TorchMetrics
import TorchVision

/// Trains a convolutional network to classify clothes. This is the program `mnist` of pytorch/examples, with the images
/// of FashionMNIST.
@main
struct TrainMNIST: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mnist", abstract: "Trains a convolutional network on the FashionMNIST images.")

    @OptionGroup var classifier: ClassifierOptions
    @OptionGroup var options: TrainingOptions
    @OptionGroup var plot: PlotOption

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
        _ console: Console, _ curves: TrainingCurves
    ) throws {
        model.train()
        for (batch, (x, y)) in loader.enumerated() {
            let (x, y) = (x.to(device), y.to(device))
            optimizer.zeroGrad()
            let output = model(x)
            let loss = F.nllLoss(output, y)
            loss.backward()
            optimizer.step()
            if batch % classifier.logInterval == 0 {
                curves.addTrainLoss(Double(epoch - 1) + Double(batch) / Double(loader.count), loss.item())
                let share = 100 * Double(batch) / Double(loader.count)
                console.print(
                    "Train Epoch: \(epoch) [\(batch * x.count)/\(loader.dataset.count) (\(share, ".0f")%)]\tLoss: \(loss, ".6f")"
                )
                if classifier.dryRun { break }
            }
        }
    }

    func test(
        _ model: Net, _ device: Device, _ loader: DataLoader<FashionMNIST>, _ epoch: Int, _ console: Console,
        _ curves: TrainingCurves
    ) throws {
        let confusion = ConfusionMatrix(task: .multiclass(numClasses: loader.dataset.classes.count))
        model.eval()
        var testLoss = 0.0, correct = 0
        noGrad {
            for (x, y) in loader {
                let (x, y) = (x.to(device), y.to(device))
                let output = model(x)
                testLoss += F.nllLoss(output, y, reduction: .sum).item()
                let pred = output.argmax(dim: 1, keepdim: true)
                correct += pred.eq(y.viewAs(pred)).sum().item(as: Int.self)
                confusion.update(pred.squeeze(1), y)
            }
        }
        let count = loader.dataset.count
        testLoss /= Double(count)
        curves.addTest(epoch, testLoss, confusion.compute())
        console.print(
            "\nTest set: Average loss: \(testLoss, ".4f"), Accuracy: \(correct)/\(count) (\(100 * Double(correct) / Double(count), ".0f")%)\n"
        )
    }

    func run() throws {
        let (console, device) = options.begin()
        let transform = Compose {
            ToTensor(); Normalize(mean: [0.1307], std: [0.3081])
        }
        let trainingData = try FashionMNIST(root: classifier.data, train: true, download: true, transform: transform)
        let testData = try FashionMNIST(root: classifier.data, train: false, transform: transform)
        let trainLoader = DataLoader(trainingData, batchSize: options.batchSize, numWorkers: options.workers)
        let testLoader = DataLoader(testData, batchSize: classifier.testBatchSize, numWorkers: options.workers)

        let model = Net().to(device)
        let optimizer = Adadelta(model.parameters(), lr: options.lr ?? 1)
        let scheduler = StepLR(optimizer, stepSize: 1, gamma: classifier.gamma)
        let curves = TrainingCurves()
        for epoch in 1..<(options.epochs + 1) {
            try train(model, device, trainLoader, optimizer, epoch, console, curves)
            try test(model, device, testLoader, epoch, console, curves)
            scheduler.step()
        }
        if let path = plot.plot { try curves.figure(testData.classes).save(path) }
        try Torch.save(model.stateDict(), to: options.save)
        console.print("Saved PyTorch Model State to \(options.save)")
    }
}
