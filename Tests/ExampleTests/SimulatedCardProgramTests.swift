import Foundation
import Testing
import Torch

/// Runs programs on the simulated device, and compares the losses that they print with those on the CPU.
@Suite(
    .serialized,
    .enabled(
        if: ProcessInfo.processInfo.environment["CUDASIM_FOLDER"] != nil,
        "the simulated device (Tests/CUDASimulator/run.sh) is not here"))
struct SimulatedCardProgramTests {
    private static let images = "/usr/share/datasets/fashion-mnist"
    private static let hasImages = FileManager.default.fileExists(atPath: images + "/train-images-idx3-ubyte.gz")

    /// Writes the first `count` elements of an IDX file. Its head has the count and, for images, 2 more numbers.
    private func cut(_ name: String, _ count: Int, _ itemBytes: Int, headBytes: Int, to folder: URL) throws {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", "\(Self.images)/\(name).gz"]
        process.standardOutput = output
        try process.run()
        var bytes = output.fileHandleForReading.readDataToEndOfFile().prefix(headBytes + count * itemBytes)
        process.waitUntilExit()
        for (i, shift) in [24, 16, 8, 0].enumerated() { bytes[4 + i] = UInt8(count >> shift & 255) }
        try bytes.write(to: folder.appendingPathComponent(name))
    }

    private func cutImages(_ example: ExampleProgram, train: Int, test: Int) throws {
        let raw = example.folder.appendingPathComponent("data/FashionMNIST/raw")
        try FileManager.default.createDirectory(at: raw, withIntermediateDirectories: true)
        for (part, count) in [("train", train), ("t10k", test)] {
            try cut("\(part)-images-idx3-ubyte", count, 784, headBytes: 16, to: raw)
            try cut("\(part)-labels-idx1-ubyte", count, 1, headBytes: 8, to: raw)
        }
    }

    /// Runs a program on both devices. Returns the lines that have a loss, without those that `leavesOut` names, after
    /// comparing their numbers.
    @discardableResult
    private func compare(
        _ name: String, _ arguments: [String], leavesOut: (String) -> Bool = { _ in false },
        prepare: (ExampleProgram) throws -> Void = { _ in }
    ) throws -> [String] {
        var outputs: [[String]] = []
        for device in ["cpu", "cuda"] {
            let example = try ExampleProgram(name)
            try prepare(example)
            let outcome = try example.run(arguments + ["--device", device])
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
            #expect(outcome.output.hasPrefix("Using \(device) device\n"))
            outputs.append(outcome.output.split(separator: "\n").dropFirst().map(String.init))
        }
        #expect(outputs[0].count == outputs[1].count)
        func numbers(_ line: String) -> [Double] {
            line.replacing(/time .*/, with: "").split { " ,%\t".contains($0) }
                .compactMap { $0.contains(".") ? Double($0) : nil }
        }
        var losses: [String] = []
        for (host, card) in zip(outputs[0], outputs[1]) where !leavesOut(host) {
            let (a, b) = (numbers(host), numbers(card))
            #expect(a.count == b.count, "\(host): \(card)")
            let isLoss = host.lowercased().contains("loss")
            // An image between two classes may fall on either side. The losses are printed with four digits or more.
            for (x, y) in zip(a, b) where isLoss || host.contains("Accuracy") {
                #expect(abs(x - y) <= (host.contains("Accuracy") ? 2 : 1.5e-4) * max(1, x), "\(host): \(card)")
            }
            if isLoss { losses.append(host) }
        }
        return losses
    }

    /// 101 steps of 4 images, so that the program prints two losses.
    @Test(.enabled(if: hasImages, "the data set is not here")) func fashionMNIST() throws {
        let losses = try compare(
            "fashion-mnist", ["--seed", "0", "--epochs", "1", "--batch-size", "4", "--lr", "0.01"],
            prepare: { try cutImages($0, train: 404, test: 64) })
        #expect(losses.count == 3)
    }

    /// The network drops numbers, of which a device draws its own, so the losses of training are not those of the CPU.
    /// With a learning rate of 0 the loss of testing is.
    @Test(.enabled(if: hasImages, "the data set is not here")) func mnist() throws {
        let losses = try compare(
            "mnist", ["--seed", "0", "--epochs", "1", "--batch-size", "4", "--test-batch-size", "8", "--lr", "0"],
            leavesOut: { $0.contains("Train Epoch") }, prepare: { try cutImages($0, train: 12, test: 16) })
        #expect(losses.count == 1)
    }

    /// Three matrices of 400,000,000 bytes each have a segment of 382 MiB. As in PyTorch's allocator, less than 1 MiB
    /// at its end is not split off, so it counts as allocated.
    @Test func memoryCounters() throws {
        let snippet = try ExampleProgram("06-device-choice")
        // 300,000,000 elements. Kernels without checks must not be found by others.
        snippet.environment = [
            "CUDASIM_PLAIN_KERNELS": "1", "CUDASIM_GUARD": "0",
            "SWIFT_TORCH_CACHE": snippet.folder.appendingPathComponent("kernels").path
        ]
        let outcome = try snippet.run([])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(
            outcome.output == """
                Using device: cuda
                Result shape (moved to CPU for printing): torch.Size([10000, 10000])
                Current GPU memory usage:
                Allocated: 1146.00 MB
                Cached: 1146.00 MB

                """)
    }

    @Test func imdb() throws {
        let data = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../TorchTextTests/Fixtures/datasets/hub/datasets/owner/sentences/main")
            .standardizedFileURL.path
        let losses = try compare("imdb", ["--data", data, "--seed", "0", "--epochs", "1", "--batch-size", "16"])
        #expect(!losses.isEmpty)
    }

    @Test func gpt() throws {
        let text = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("sonnets.txt")
        let losses = try compare(
            "gpt",
            [
                "train", text.path, "--block-size", "8", "--n-layer", "1", "--n-head", "2", "--n-embd", "16",
                "--batch-size", "4", "--eval-interval", "4", "--eval-iters", "1", "--log-interval", "1", "--dropout",
                "0", "--max-iters",
                "4"
            ])
        #expect(losses.count >= 6)
    }
}
