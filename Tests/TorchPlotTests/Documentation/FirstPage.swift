import Foundation
import Testing
import Torch
import TorchPlot

/// The code of TorchPlot's first page, in the same order.
@Suite struct FirstPage {
    @Test func aFigure() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("plot-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let epochs = 1...3, train = Tensor([0.9, 0.5, 0.3]), test: [Float] = [1, 0.7, 0.6]

        let (figure, ax) = subplots()
        ax.plot(epochs, train, label: "train")
        ax.plot(epochs, test, label: "test", linestyle: .dashed)
        ax.setXLabel("epoch")
        ax.setYLabel("loss")
        ax.legend()
        try figure.save("\(folder)/loss.svg")
        try figure.save("\(folder)/loss.png")

        let bytes = try figure.png()
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/loss.png")) == Data(bytes))
        #expect(try String(contentsOfFile: "\(folder)/loss.svg", encoding: .utf8).hasPrefix("<svg "))
    }
}
