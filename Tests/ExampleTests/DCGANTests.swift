import Foundation
import Testing
import Torch

/// Runs the program `dcgan` as a user does.
@Suite(.serialized) struct DCGANTests {
    private let example: ExampleProgram

    init() throws { example = try ExampleProgram("dcgan") }

    /// The lines of the steps, which begin with the epoch.
    private func steps(_ output: String) -> [Substring] { output.split(separator: "\n").filter { $0.first == "[" } }

    /// PyTorch 2.15 prints this line for the program of pytorch/examples on FakeData with torch.manual_seed(0). The
    /// learning rate is a tenth: Adam's first steps are its signs, so rounding soon shows in the digits.
    @Test func aDryRunPrintsWhatPyTorchPrints() throws {
        let outcome = try example.run([
            "--dataset", "fake", "--manualSeed", "0", "--batchSize", "16", "--lr", "0.00001", "--dry-run", "--workers",
            "0"
        ])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(outcome.output.hasPrefix("Random Seed:  0\nGenerator(\n  (main): Sequential(\n"))
        #expect(
            steps(outcome.output) == [
                "[0/25][0/63] Loss_D: 1.7635 Loss_G: 1.4083 D(x): 0.3451 D(G(z)): 0.3352 / 0.3034"
            ])
        #expect(
            example.files == [
                "fake_samples_epoch_000.png", "netD_epoch_0.pth", "netG_epoch_0.pth", "real_samples.png"
            ])

        // It continues from its own files.
        let more = try example.run([
            "--dataset", "fake", "--manualSeed", "0", "--batchSize", "2", "--dry-run", "--netG", "netG_epoch_0.pth",
            "--netD", "netD_epoch_0.pth", "--outf", "more"
        ])
        #expect(more.status == 0 && more.errors.isEmpty, "\(more.errors)")
        #expect(example.files.contains("more"))
    }

    /// PyTorch 2.15 prints these lines for small networks on FakeData; the last step has fewer images.
    @Test func anEpochPrintsWhatPyTorchPrints() throws {
        let outcome = try example.run([
            "--dataset", "fake", "--manualSeed", "0", "--batchSize", "256", "--lr", "0.00001", "--ngf", "8", "--ndf",
            "8", "--niter", "1", "--workers", "2"
        ])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(
            steps(outcome.output).map(String.init) == [
                "[0/1][0/4] Loss_D: 1.3816 Loss_G: 0.8074 D(x): 0.4795 D(G(z)): 0.4580 / 0.4552",
                "[0/1][1/4] Loss_D: 1.3852 Loss_G: 0.8048 D(x): 0.4784 D(G(z)): 0.4587 / 0.4560",
                "[0/1][2/4] Loss_D: 1.3694 Loss_G: 0.8316 D(x): 0.4756 D(G(z)): 0.4471 / 0.4445",
                "[0/1][3/4] Loss_D: 1.3881 Loss_G: 0.8092 D(x): 0.4795 D(G(z)): 0.4579 / 0.4552"
            ])
    }

    /// PyTorch 2.15 prints this line if torchvision resizes tensors; images of Pillow are rounded twice.
    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")))
    func clothesGiveWhatPyTorchPrints() throws {
        let outcome = try example.run(["--manualSeed", "0", "--batchSize", "16", "--dry-run"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(
            steps(outcome.output) == [
                "[0/25][0/3750] Loss_D: 1.7663 Loss_G: 7.2007 D(x): 0.6181 D(G(z)): 0.6159 / 0.0010"
            ])
    }

    @Test func wrongArgumentsAreRefused() throws {
        for arguments in [
            ["--dataset", "lsun"], ["--batchSize", "0"], ["--nz", "-1"], ["--lr", "nan"], ["--beta1", "1"],
            ["--dataset", "folder", "--dataroot", "nowhere"], ["--dataset", "fake", "--netG", "nowhere.pth"]
        ] {
            let outcome = try example.run(arguments)
            #expect(outcome.status != 0 && !outcome.errors.isEmpty, "\(arguments)")
        }
    }
}
