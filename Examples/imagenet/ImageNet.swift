import ArgumentParser
import ExampleShared
import Foundation
import Torch
import TorchVision

/// Trains a model of torchvision to classify images in folders. This is the program `imagenet` of pytorch/examples, in
/// one process, or with `--distributed` in several.
@main
struct TrainImageNet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "imagenet", abstract: "Trains a classifier on images in folders.")

    @Argument(help: "The folder of the data set: train/CLASS/IMAGE and val/CLASS/IMAGE.") var data = "imagenet"
    @Option(name: [.customShort("a"), .long], help: "The model, by torchvision's name.") var arch = "resnet18"
    @Option(name: [.customShort("j"), .long], help: "Threads that prepare batches ahead.") var workers = 4
    @Option(help: "The number of the epoch behind the last one.") var epochs = 90
    @Option(help: "The number of the first epoch.") var startEpoch = 0
    @Option(name: [.customShort("b"), .long], help: "Examples a step.") var batchSize = 256
    @Option(name: [.long, .customLong("learning-rate")], help: "The first learning rate.") var lr = 0.1
    @Option(help: "SGD's momentum.") var momentum = 0.9
    @Option(name: [.customLong("wd"), .long], help: "SGD's weight decay.") var weightDecay = 1e-4
    @Option(name: [.customShort("p"), .long], help: "Steps between two printed lines.") var printFreq = 10
    @Option(help: "A checkpoint to continue from.") var resume = ""
    @Flag(name: [.customShort("e"), .long], help: "Only evaluate the model.") var evaluate = false
    @Flag(help: "Begin with pretrained weights.") var pretrained = false
    @Option(help: "Seeds the random numbers.") var seed: Int?
    @Flag(help: "Use random images instead of a data set.") var dummy = false
    @OptionGroup var threads: ThreadOption
    @OptionGroup var distributed: DistributedOption

    func validate() throws {
        guard batchSize > 0 else { throw ValidationError("--batch-size must be positive.") }
        guard printFreq > 0 else { throw ValidationError("--print-freq must be positive.") }
        guard 0...1024 ~= workers else { throw ValidationError("--workers must lie between 0 and 1024.") }
        for (name, value) in [("lr", lr), ("momentum", momentum), ("weight-decay", weightDecay)] {
            guard value.isFinite, value >= 0 else {
                throw ValidationError("--\(name) must be a finite number and not negative.")
            }
        }
        do {
            _ = try getModelBuilder(arch)
        } catch {
            throw ValidationError("--arch \(arch): must be one of \(listModels().joined(separator: ", ")).")
        }
    }

    func run() throws {
        threads.apply()
        if let seed { manualSeed(seed) }
        try distributed.connect()
        defer { distributed.disconnect() }
        let console = Console(quiet: !distributed.isFirst)
        let device = Device.cuda.isAvailable ? Device.cuda : .cpu

        let model: any Layer
        if pretrained {
            console.print("=> using pre-trained model '\(arch)'")
            model = try getModel(arch, weights: "DEFAULT")
        } else {
            console.print("=> creating model '\(arch)'")
            model = try getModel(arch)
        }
        if device == .cpu { console.print("using CPU, this will be slow") }
        model.to(device)

        let trained = distributed.wrap(model)
        let criterion = CrossEntropyLoss()
        let optimizer = SGD(model.parameters(), lr: lr, momentum: momentum, weightDecay: weightDecay)
        // Sets the learning rate to the first one, decayed by 10 every 30 epochs.
        let scheduler = StepLR(optimizer, stepSize: 30, gamma: 0.1)
        var first = startEpoch, bestAcc1: Float = 0
        if !resume.isEmpty {
            if FileManager.default.fileExists(atPath: resume) {
                console.print("=> loading checkpoint '\(resume)'")
                let checkpoint = try load(resume)
                guard let epoch = checkpoint["epoch"]?.int, let state = checkpoint["state_dict"]?.stateDict,
                    let optimized = checkpoint["optimizer"], let scheduled = checkpoint["scheduler"]
                else { throw ValidationError("--resume \(resume): this is no checkpoint of this program.") }
                first = epoch
                let best = checkpoint["best_acc1"]
                bestAcc1 = try withError { best?.tensor?.item(as: Float.self) ?? Float(best?.double ?? 0) }
                try model.loadStateDict(state)
                try optimizer.loadStateDict(optimized)
                try scheduler.loadStateDict(scheduled)
                console.print("=> loaded checkpoint '\(resume)' (epoch \(epoch))")
            } else {
                console.print("=> no checkpoint found at '\(resume)'")
            }
        }

        func fit<Images: Dataset>(_ training: Images, _ validation: Images) throws
        where Images.Batch == (Tensor, Tensor) {
            let sampler = distributed.sampler(training, shuffle: true)
            let trainLoader = DataLoader(
                training, batchSize: batchSize, shuffle: sampler == nil, sampler: sampler, numWorkers: workers)
            let valLoader = DataLoader(validation, batchSize: batchSize, numWorkers: workers)
            if evaluate {
                _ = try validate(valLoader, model, criterion, device, console)
                return
            }
            for epoch in first..<max(first, epochs) {
                sampler?.setEpoch(epoch)
                try train(trainLoader, trained, criterion, optimizer, epoch, device, console)
                scheduler.step()
                if !distributed.isFirst { continue }
                let acc1 = try validate(valLoader, model, criterion, device, console)

                // Remember the best accuracy and save a checkpoint.
                let isBest = acc1 > bestAcc1
                bestAcc1 = max(acc1, bestAcc1)
                let state: StateValue = [
                    "epoch": .int(epoch + 1), "arch": .string(arch), "state_dict": model.stateDict().stateValue,
                    "best_acc1": .tensor(Tensor(bestAcc1)), "optimizer": optimizer.stateDict(),
                    "scheduler": scheduler.stateDict()
                ]
                try save(state, to: "checkpoint.pth.tar")
                if isBest { try save(state, to: "model_best.pth.tar") }
            }
        }
        if dummy {
            console.print("=> Dummy data is used!")
            try fit(
                FakeData(size: 1_281_167, imageSize: [3, 224, 224], numClasses: 1000, transform: ToTensor()),
                FakeData(size: 50_000, imageSize: [3, 224, 224], numClasses: 1000, transform: ToTensor()))
        } else {
            let normalize = Normalize(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
            let training = try ImageFolder(
                root: "\(data)/train",
                transform: Compose {
                    RandomResizedCrop(224); RandomHorizontalFlip(); ToTensor(); normalize
                })
            let validation = try ImageFolder(
                root: "\(data)/val",
                transform: Compose {
                    Resize(256); CenterCrop(224); ToTensor(); normalize
                })
            try fit(training, validation)
        }
    }

    func train<Images: Dataset>(
        _ loader: DataLoader<Images>, _ model: any Layer, _ criterion: CrossEntropyLoss, _ optimizer: SGD,
        _ epoch: Int, _ device: Device, _ console: Console
    ) throws where Images.Batch == (Tensor, Tensor) {
        let batchTime = AverageMeter<Double>("Time", "6.3f"), dataTime = AverageMeter<Double>("Data", "6.3f")
        let losses = AverageMeter<Double>("Loss", ".4e")
        let top1 = AverageMeter<Float>("Acc@1", "6.2f"), top5 = AverageMeter<Float>("Acc@5", "6.2f")
        let progress = ProgressMeter(
            count: loader.count, meters: [batchTime, dataTime, losses, top1, top5], prefix: "Epoch: [\(epoch)]",
            console: console)
        model.train()

        var clock = Stopwatch(), step = Stopwatch()
        var i = 0
        try loader.forEachBatch { images, target in
            dataTime.update(clock.lap())
            let (images, target) = (images.to(device), target.to(device))

            let output = model(images)
            let loss = criterion(output, target)

            let (acc1, acc5) = accuracy(output, target)
            losses.update(loss.item(), images.size(0))
            top1.update(acc1, images.size(0))
            top5.update(acc5, images.size(0))

            optimizer.zeroGrad()
            loss.backward()
            optimizer.step()

            batchTime.update(step.lap())
            _ = clock.lap()
            if i % printFreq == 0 { progress.display(i + 1) }
            i += 1
        }
    }

    /// Returns the top-1 accuracy in percent.
    func validate<Images: Dataset>(
        _ loader: DataLoader<Images>, _ model: any Layer, _ criterion: CrossEntropyLoss, _ device: Device,
        _ console: Console
    ) throws -> Float where Images.Batch == (Tensor, Tensor) {
        let batchTime = AverageMeter<Double>("Time", "6.3f"), losses = AverageMeter<Double>("Loss", ".4e")
        let top1 = AverageMeter<Float>("Acc@1", "6.2f", hasSummary: true)
        let top5 = AverageMeter<Float>("Acc@5", "6.2f", hasSummary: true)
        let progress = ProgressMeter(
            count: loader.count, meters: [batchTime, losses, top1, top5], prefix: "Test: ", console: console)
        model.eval()

        var step = Stopwatch()
        var i = 0
        try noGrad {
            try loader.forEachBatch { images, target in
                let (images, target) = (images.to(device), target.to(device))
                let output = model(images)
                let loss = criterion(output, target)

                let (acc1, acc5) = accuracy(output, target)
                losses.update(loss.item(), images.size(0))
                top1.update(acc1, images.size(0))
                top5.update(acc5, images.size(0))

                batchTime.update(step.lap())
                if i % printFreq == 0 { progress.display(i + 1) }
                i += 1
            }
        }
        progress.displaySummary()
        return top1.average
    }

    /// Returns in percent for how many examples the class is the most likely one, and one of the five most likely ones.
    func accuracy(_ output: Tensor, _ target: Tensor) -> (Float, Float) {
        noGrad {
            let pred = output.topk(5, dim: 1).indices.t()
            let correct = pred.eq(target.view(1, -1).expandAs(pred))
            func share(_ k: Int) -> Float {
                correct[..<k].reshape(-1).to(.float32).sum().mul(100 / Double(target.size(0))).item(as: Float.self)
            }
            return (share(1), share(5))
        }
    }
}

/// Measures the seconds between two calls of `lap`.
struct Stopwatch {
    private var last = ContinuousClock.now

    mutating func lap() -> Double {
        let now = ContinuousClock.now
        defer { last = now }
        return (now - last) / .seconds(1)
    }
}
