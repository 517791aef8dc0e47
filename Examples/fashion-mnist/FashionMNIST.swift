import ArgumentParser
import ExampleShared
import Torch
import TorchVision

/// Trains a network to classify clothes. This is the program of PyTorch's quickstart tutorial.
@main
struct TrainFashionMNIST: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fashion-mnist", abstract: "Trains a network on the FashionMNIST images.")

    @OptionGroup var data: DataOption
    @OptionGroup var options: TrainingOptions
    @OptionGroup var distributed: DistributedOption

    final class NeuralNetwork: Module, Layer {
        let flatten = Flatten()
        let linearReluStack = Sequential {
            Linear(28 * 28, 512)
            ReLU()
            Linear(512, 512)
            ReLU()
            Linear(512, 10)
        }

        func forward(_ x: Tensor) -> Tensor { linearReluStack(flatten(x)) }
    }

    func train(
        _ loader: DataLoader<FashionMNIST>, _ model: any Layer, _ lossFn: CrossEntropyLoss, _ optimizer: SGD,
        _ device: Device, _ console: Console
    ) throws {
        let size = loader.sampler.count
        model.train()
        let bar = console.bar(total: loader.count)
        var batch = 0
        try loader.forEachBatch { x, y in
            let (x, y) = (x.to(device), y.to(device))

            // Compute prediction error
            let pred = model(x)
            let loss = lossFn(pred, y)

            // Backpropagation
            loss.backward()
            optimizer.step()
            optimizer.zeroGrad()

            if batch % 100 == 0 {
                let current = (batch + 1) * x.count
                console.print("loss: \(loss, ">7f")  [\(current, ">5d")/\(size, ">5d")]")
            }
            batch += 1
            bar.update()
        }
        bar.close()
    }

    func test(
        _ loader: DataLoader<FashionMNIST>, _ model: NeuralNetwork, _ lossFn: CrossEntropyLoss, _ device: Device,
        _ console: Console
    ) throws {
        model.eval()
        var testLoss = 0.0, correct = 0.0
        try noGrad {
            try loader.forEachBatch { x, y in
                let (x, y) = (x.to(device), y.to(device))
                let pred = model(x)
                testLoss += lossFn(pred, y).item()
                correct += (pred.argmax(1) .== y).type(.float32).sum().item()
            }
        }
        testLoss /= Double(loader.count)
        correct /= Double(loader.dataset.count)
        console.print(
            "Test Error: \n Accuracy: \(100 * correct, ".1f")%, Avg loss: \(testLoss, ">8f") \n")
    }

    func run() throws {
        try distributed.connect()
        let (console, device) = options.begin(prints: distributed.isFirst)

        let trainingData = try FashionMNIST(root: data.data, train: true, download: true, transform: ToTensor())
        let testData = try FashionMNIST(root: data.data, train: false, download: true, transform: ToTensor())

        // Create data loaders.
        let trainLoader = DataLoader(
            trainingData, batchSize: options.batchSize,
            sampler: distributed.sampler(trainingData, shuffle: false), numWorkers: options.workers)
        let testLoader = DataLoader(testData, batchSize: options.batchSize, numWorkers: options.workers)

        for (x, y) in testLoader {
            console.print("Shape of X [N, C, H, W]: \(x.shape)")
            console.print("Shape of y: \(y.shape) \(y.dtype)")
            break
        }

        var model = NeuralNetwork().to(device)
        console.print("\(model)")

        let lossFn = CrossEntropyLoss()
        let optimizer = SGD(model.parameters(), lr: options.lr ?? 1e-3)
        let trained = distributed.wrap(model)

        for epoch in 0..<options.epochs {
            console.print("Epoch \(epoch + 1)\n-------------------------------")
            let start = ContinuousClock.now
            try train(trainLoader, trained, lossFn, optimizer, device, console)
            if distributed.distributed {
                let count = trainLoader.sampler.count * distributed.count
                let rate = Double(count) / ((ContinuousClock.now - start) / .seconds(1))
                console.print("processes: \(distributed.count), examples a second: \(rate, ".0f")")
            }
            if distributed.isFirst { try test(testLoader, model, lossFn, device, console) }
        }
        console.print("Done!")
        defer { distributed.disconnect() }
        if !distributed.isFirst { return }

        try Torch.save(model.stateDict(), to: options.save)
        console.print("Saved PyTorch Model State to \(options.save)")

        model = NeuralNetwork().to(device)
        try model.loadStateDict(loadStateDict(options.save))

        model.eval()
        let (x, y) = testData[0]
        noGrad {
            let pred = model(x.to(device))
            let predicted = testData.classes[pred[0].argmax(0).item(as: Int.self)], actual = testData.classes[y]
            console.print("Predicted: \"\(predicted)\", Actual: \"\(actual)\"")
        }
    }
}
