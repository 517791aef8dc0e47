import ArgumentParser
import ExampleShared
import Foundation
import Torch
import TorchVision

/// Trains two networks against each other: one draws images, one tells them from real ones (Radford et al., 2015). This
/// is the program `dcgan` of pytorch/examples.
@main
struct TrainDCGAN: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dcgan", abstract: "Trains a deep convolutional generative adversarial network.")

    @Option(help: "fashion-mnist, cifar10, folder (also imagenet, lfw) or fake.") var dataset = "fashion-mnist"
    @Option(help: "The folder of the data set, or that it is put into.") var dataroot = "data"
    @Option(help: "Threads that prepare batches ahead.") var workers = 2
    @Option(name: .customLong("batchSize"), help: "Examples a step.") var batchSize = 64
    @Option(name: .customLong("imageSize"), help: "The height and width of the images; the networks need 64.")
    var imageSize = 64
    @Option(help: "The size of the noise that an image is made of.") var nz = 100
    @Option(help: "The channels of the generator's last hidden layer.") var ngf = 64
    @Option(help: "The channels of the discriminator's first hidden layer.") var ndf = 64
    @Option(help: "Passes over the data.") var niter = 25
    @Option(help: "The learning rate.") var lr = 0.0002
    @Option(help: "Adam's beta1.") var beta1 = 0.5
    @Flag(help: "Make one step only, to see that everything works.") var dryRun = false
    @Option(name: .customLong("netG"), help: "A file with weights of the generator, to continue from.") var netG = ""
    @Option(name: .customLong("netD"), help: "A file with weights of the discriminator, to continue from.")
    var netD = ""
    @Option(help: "The folder for images and weights.") var outf = "."
    @Option(name: .customLong("manualSeed"), help: "Seeds the random numbers; by default a number of 1...10000.")
    var manualSeed: Int?
    @Option(help: "The classes of a folder that are used, separated by commas; by default all.") var classes: String?
    @OptionGroup var threads: ThreadOption

    func validate() throws {
        for (name, value) in [
            ("batchSize", batchSize), ("imageSize", imageSize), ("nz", nz), ("ngf", ngf), ("ndf", ndf)
        ] where !(1...1 << 20).contains(value) {
            throw ValidationError("--\(name) must lie between 1 and \(1 << 20).")
        }
        guard niter >= 0 else { throw ValidationError("--niter must not be negative.") }
        guard 0...1024 ~= workers else { throw ValidationError("--workers must lie between 0 and 1024.") }
        guard lr.isFinite, lr >= 0 else { throw ValidationError("--lr must be a finite number and not negative.") }
        guard (0..<1).contains(beta1) else { throw ValidationError("--beta1 must be at least 0 and less than 1.") }
    }

    /// Draws images [N, nc, 64, 64] from noise [N, nz, 1, 1].
    final class Generator: Module, Layer {
        let main: Sequential

        init(_ nz: Int, _ ngf: Int, _ nc: Int) {
            main = Sequential {
                // The input is Z, going into a convolution.
                ConvTranspose2d(nz, ngf * 8, 4, stride: 1, padding: 0, bias: false)
                BatchNorm2d(ngf * 8)
                ReLU(inplace: true)
                // (ngf*8) x 4 x 4
                ConvTranspose2d(ngf * 8, ngf * 4, 4, stride: 2, padding: 1, bias: false)
                BatchNorm2d(ngf * 4)
                ReLU(inplace: true)
                // (ngf*4) x 8 x 8
                ConvTranspose2d(ngf * 4, ngf * 2, 4, stride: 2, padding: 1, bias: false)
                BatchNorm2d(ngf * 2)
                ReLU(inplace: true)
                // (ngf*2) x 16 x 16
                ConvTranspose2d(ngf * 2, ngf, 4, stride: 2, padding: 1, bias: false)
                BatchNorm2d(ngf)
                ReLU(inplace: true)
                // (ngf) x 32 x 32
                ConvTranspose2d(ngf, nc, 4, stride: 2, padding: 1, bias: false)
                Tanh()
                // (nc) x 64 x 64
            }
        }

        func forward(_ x: Tensor) -> Tensor { main(x) }
    }

    /// Computes the probability [N] that images are real.
    final class Discriminator: Module, Layer {
        let main: Sequential

        init(_ ndf: Int, _ nc: Int) {
            main = Sequential {
                // (nc) x 64 x 64
                Conv2d(nc, ndf, 4, stride: 2, padding: 1, bias: false)
                LeakyReLU(0.2, inplace: true)
                // (ndf) x 32 x 32
                Conv2d(ndf, ndf * 2, 4, stride: 2, padding: 1, bias: false)
                BatchNorm2d(ndf * 2)
                LeakyReLU(0.2, inplace: true)
                // (ndf*2) x 16 x 16
                Conv2d(ndf * 2, ndf * 4, 4, stride: 2, padding: 1, bias: false)
                BatchNorm2d(ndf * 4)
                LeakyReLU(0.2, inplace: true)
                // (ndf*4) x 8 x 8
                Conv2d(ndf * 4, ndf * 8, 4, stride: 2, padding: 1, bias: false)
                BatchNorm2d(ndf * 8)
                LeakyReLU(0.2, inplace: true)
                // (ndf*8) x 4 x 4
                Conv2d(ndf * 8, 1, 4, stride: 1, padding: 0, bias: false)
                Sigmoid()
            }
        }

        func forward(_ x: Tensor) -> Tensor { main(x).view(-1, 1).squeeze(1) }
    }

    /// Draws the first weights of a layer.
    func weightsInit(_ module: Module) {
        switch module {
        case let layer as Conv2d: Init.normal_(layer.weight, mean: 0, std: 0.02)
        case let layer as ConvTranspose2d: Init.normal_(layer.weight, mean: 0, std: 0.02)
        case let layer as BatchNorm2d:
            if let weight = layer.weight { Init.normal_(weight, mean: 1, std: 0.02) }
            if let bias = layer.bias { Init.zeros_(bias) }
        default: break
        }
    }

    func run() throws {
        let console = Console(quiet: false)
        threads.apply()
        try FileManager.default.createDirectory(atPath: outf, withIntermediateDirectories: true)
        let seed = manualSeed ?? Int.random(in: 1...10000)
        console.print("Random Seed:  \(seed)")
        Torch.manualSeed(seed)

        func images(_ channels: Int, crop: Bool = false) -> Compose {
            let half = Array(repeating: 0.5, count: channels)
            return Compose {
                Resize(imageSize)
                if crop { CenterCrop(imageSize) }
                ToTensor()
                Normalize(mean: half, std: half)
            }
        }
        switch dataset {
        case "fashion-mnist":
            try train(FashionMNIST(root: dataroot, download: true, transform: images(1)), 1, console)
        case "cifar10":
            try train(CIFAR10(root: dataroot, download: true, transform: images(3)), 3, console)
        case "folder", "imagenet", "lfw":
            let folder = try ImageFolder(root: dataroot, transform: images(3, crop: true))
            guard let classes else { return try train(folder, 3, console) }
            let wanted = Set(
                try classes.split(separator: ",").map { name in
                    guard let index = folder.classToIdx[String(name)] else {
                        throw ValidationError("--classes: there is no class \(name) in \(dataroot).")
                    }
                    return index
                })
            let targets = folder.targets
            try train(Subset(folder, targets.indices.filter { wanted.contains(targets[$0]) }), 3, console)
        case "fake":
            try train(FakeData(imageSize: [3, imageSize, imageSize], transform: ToTensor()), 3, console)
        default: throw ValidationError("--dataset \(dataset): must be fashion-mnist, cifar10, folder or fake.")
        }
    }

    func train<Images: Dataset>(_ dataset: Images, _ nc: Int, _ console: Console) throws
    where Images.Batch == (Tensor, Tensor) {
        let dataloader = DataLoader(dataset, batchSize: batchSize, shuffle: true, numWorkers: workers)
        let device = Device.cuda.isAvailable ? Device.cuda : .cpu

        let netG = Generator(nz, ngf, nc).to(device)
        netG.apply(weightsInit)
        if !self.netG.isEmpty { try netG.loadStateDict(Torch.loadStateDict(self.netG)) }
        console.print("\(netG)")

        let netD = Discriminator(ndf, nc).to(device)
        netD.apply(weightsInit)
        if !self.netD.isEmpty { try netD.loadStateDict(Torch.loadStateDict(self.netD)) }
        console.print("\(netD)")

        let criterion = BCELoss()
        let fixedNoise = Tensor.randn([batchSize, nz, 1, 1], device: device)
        let realLabel = 1, fakeLabel = 0
        let optimizerD = Adam(netD.parameters(), lr: lr, betas: (beta1, 0.999))
        let optimizerG = Adam(netG.parameters(), lr: lr, betas: (beta1, 0.999))

        for epoch in 0..<(dryRun ? min(niter, 1) : niter) {
            let batches = dataloader.makeIterator()
            var i = 0
            while let (images, _) = try batches.nextBatch() {
                // (1) Update the discriminator: maximize log(D(x)) + log(1 - D(G(z))).
                // Train with real images.
                netD.zeroGrad()
                let real = images.to(device)
                let count = real.size(0)
                let label = Tensor.full([count], realLabel, dtype: real.dtype, device: device)
                var output = netD(real)
                let errDReal = criterion(output, label)
                errDReal.backward()
                let dx = output.mean().item()

                // Train with fake ones.
                let noise = Tensor.randn([count, nz, 1, 1], device: device)
                let fake = netG(noise)
                label.fill_(fakeLabel)
                output = netD(fake.detach())
                let errDFake = criterion(output, label)
                errDFake.backward()
                let dgz1 = output.mean().item()
                let errD = errDReal + errDFake
                optimizerD.step()

                // (2) Update the generator: maximize log(D(G(z))).
                netG.zeroGrad()
                label.fill_(realLabel) // fake labels are real for the generator's cost
                output = netD(fake)
                let errG = criterion(output, label)
                errG.backward()
                let dgz2 = output.mean().item()
                optimizerG.step()

                console.print(
                    "[\(epoch)/\(niter)][\(i)/\(dataloader.count)] Loss_D: \(errD, ".4f") Loss_G: \(errG, ".4f") D(x): \(dx, ".4f") D(G(z)): \(dgz1, ".4f") / \(dgz2, ".4f")"
                )
                if i % 100 == 0 {
                    try saveImage(real, "\(outf)/real_samples.png", normalize: true)
                    let drawn = netG(fixedNoise)
                    try saveImage(
                        drawn.detach(), "\(outf)/fake_samples_epoch_\(epoch, "03d").png", normalize: true)
                }
                if dryRun { break }
                i += 1
            }
            try Torch.save(netG.stateDict(), to: "\(outf)/netG_epoch_\(epoch).pth")
            try Torch.save(netD.stateDict(), to: "\(outf)/netD_epoch_\(epoch).pth")
        }
    }
}
