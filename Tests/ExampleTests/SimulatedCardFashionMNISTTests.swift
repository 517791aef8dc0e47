import Foundation
import Testing
import Torch

/// Runs the program `fashion-mnist` on the simulated device, on the first images of the data set.
@Suite(
    .serialized,
    .enabled(
        if: ProcessInfo.processInfo.environment["CUDASIM_FOLDER"] != nil
            && FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"),
        "the simulated device (Tests/CUDASimulator/run.sh) or the data set is not here"))
struct SimulatedCardFashionMNISTTests {
    /// Writes the first `count` elements of an IDX file. Its head has the count and, for images, 2 more numbers.
    private func cut(_ name: String, _ count: Int, _ itemBytes: Int, headBytes: Int, to folder: URL) throws {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", "/usr/share/datasets/fashion-mnist/\(name).gz"]
        process.standardOutput = output
        try process.run()
        var bytes = output.fileHandleForReading.readDataToEndOfFile().prefix(headBytes + count * itemBytes)
        process.waitUntilExit()
        for (i, shift) in [24, 16, 8, 0].enumerated() { bytes[4 + i] = UInt8(count >> shift & 255) }
        try bytes.write(to: folder.appendingPathComponent(name))
    }

    /// 101 steps of 4 images, so that the program prints two losses.
    @Test func trainsAsOnTheCPU() throws {
        var outputs: [[String]] = []
        for device in ["cpu", "cuda"] {
            let example = try ExampleProgram("fashion-mnist")
            let raw = example.folder.appendingPathComponent("data/FashionMNIST/raw")
            try FileManager.default.createDirectory(at: raw, withIntermediateDirectories: true)
            for (part, count) in [("train", 404), ("t10k", 64)] {
                try cut("\(part)-images-idx3-ubyte", count, 784, headBytes: 16, to: raw)
                try cut("\(part)-labels-idx1-ubyte", count, 1, headBytes: 8, to: raw)
            }
            let outcome = try example.run([
                "--seed", "0", "--epochs", "1", "--batch-size", "4", "--lr", "0.01", "--device", device
            ])
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
            #expect(outcome.output.hasPrefix("Using \(device) device\n"))
            outputs.append(outcome.output.split(separator: "\n").dropFirst().map(String.init))
        }
        #expect(outputs[0].count == outputs[1].count)
        func numbers(_ line: String) -> [Double] {
            line.split { $0 == " " || $0 == "," || $0 == "%" }.compactMap { $0.contains(".") ? Double($0) : nil }
        }
        var losses = 0
        for (host, card) in zip(outputs[0], outputs[1]) {
            let (a, b) = (numbers(host), numbers(card))
            #expect(a.count == b.count, "\(host): \(card)")
            // An image between two classes may fall on either side.
            let allowed = host.contains("Accuracy") ? 2 : 1e-4
            for (x, y) in zip(a, b) { #expect(abs(x - y) <= allowed * max(1, x), "\(host): \(card)") }
            if host.contains("loss") { losses += 1 }
        }
        #expect(losses == 3)
    }
}
