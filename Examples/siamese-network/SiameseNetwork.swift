import ArgumentParser
import ExampleShared
import Torch
import TorchVision

/// Trains a network that says whether two images show the same kind of clothes (Koch et al., 2015). This is the program
/// `siamese_network` of pytorch/examples, with the images of FashionMNIST.
@main
struct TrainSiameseNetwork: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "siamese-network", abstract: "Trains a network that compares two images.")

    @OptionGroup var classifier: ClassifierOptions
    @OptionGroup var options: TrainingOptions

    /// A ResNet-18 for gray images without its last layer, applied to both, and layers that compare its features.
    final class SiameseNetwork: Module, BinaryModule {
        let resnet: Sequential
        let fc: Sequential
        let sigmoid = Sigmoid()

        override init() {
            let whole = resnet18()
            whole.conv1 = Conv2d(1, 64, 7, stride: 2, padding: 3, bias: false)
            resnet = Sequential(whole.namedChildren().dropLast().compactMap { $0.1 as? any Layer })
            fc = Sequential(Linear(512 * 2, 256), ReLU(inplace: true), Linear(256, 1))
            super.init()
            resnet.apply(initialize)
            fc.apply(initialize)
        }

        private func initialize(_ module: Module) {
            guard let layer = module as? Linear else { return }
            Init.xavierUniform_(layer.weight)
            layer.bias.map { _ = Init.constant_($0, 0.01) }
        }

        func forward(_ first: Tensor, _ second: Tensor) -> Tensor {
            let features = [first, second].map { resnet($0).flatten(1) }
            return sigmoid(fc(cat(features, dim: 1)))
        }
    }

    func run() throws {
        let (console, device) = options.begin()
        let trainLoader = DataLoader(
            try ImagePairs(FashionMNIST(root: classifier.data, train: true, download: true)),
            batchSize: options.batchSize,
            shuffle: true, numWorkers: options.workers)
        let testLoader = DataLoader(
            try ImagePairs(FashionMNIST(root: classifier.data, train: false)), batchSize: classifier.testBatchSize,
            numWorkers: options.workers)
        let model = SiameseNetwork().to(device)
        let optimizer = Adadelta(model.parameters(), lr: options.lr ?? 1)
        let scheduler = StepLR(optimizer, stepSize: 1, gamma: classifier.gamma)
        let criterion = BCELoss()

        for epoch in 1..<(options.epochs + 1) {
            model.train()
            for (batch, (first, second, targets)) in trainLoader.enumerated() {
                let (first, second, targets) = (first.to(device), second.to(device), targets.to(device))
                optimizer.zeroGrad()
                let outputs = model(first, second).squeeze()
                let loss = criterion(outputs, targets)
                loss.backward()
                optimizer.step()
                if batch % classifier.logInterval == 0 {
                    let share = 100 * Double(batch) / Double(trainLoader.count)
                    console.print(
                        "Train Epoch: \(epoch) [\(batch * first.count)/\(trainLoader.dataset.count) (\(share, ".0f")%)]\tLoss: \(loss, ".6f")"
                    )
                    if classifier.dryRun { break }
                }
            }

            model.eval()
            var testLoss = 0.0, correct = 0
            noGrad {
                for (first, second, targets) in testLoader {
                    let (first, second, targets) = (first.to(device), second.to(device), targets.to(device))
                    let outputs = model(first, second).squeeze()
                    testLoss += criterion(outputs, targets).item() * Double(targets.count)
                    let pred = `where`(outputs .> 0.5, 1, 0)
                    correct += pred.eq(targets.viewAs(pred)).sum().item(as: Int.self)
                    if classifier.dryRun { break }
                }
            }
            let count = testLoader.dataset.count
            console.print(
                "\nTest set: Average loss: \(testLoss / Double(count), ".4f"), Accuracy: \(correct)/\(count) (\(100 * Double(correct) / Double(count), ".0f")%)\n"
            )
            scheduler.step()
            if classifier.dryRun { break }
        }
        try Torch.save(model.stateDict(), to: options.save)
    }
}
