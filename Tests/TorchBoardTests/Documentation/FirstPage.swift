import Foundation
import Testing
import Torch
import TorchBoard

extension SummaryWriterTests {
    /// The code of TorchBoard's first page, in the same order.
    @Suite struct FirstPage {
        @Test func aTrainingRun() throws {
            let temporary = TemporaryFolder(), folder = temporary.path
            let model = Linear(3, 1), lossFn = MSELoss(), optimizer = SGD(model.parameters(), lr: 0.1)
            let x = Tensor.ones(8, 3), y = Tensor.ones(8, 1)
            let writer = try SummaryWriter("\(folder)/runs/first")
            writer.addGraph(model, Tensor.zeros(1, 3))
            for step in 0..<100 {
                let loss = lossFn(model(x), y)
                loss.backward()
                optimizer.step()
                optimizer.zeroGrad()
                writer.addScalar("loss/train", loss, globalStep: step)
                if step % 10 == 0 {
                    writer.addHistogram("weight", model.weight, globalStep: step)
                }
            }
            writer.addText("note", "A *linear* model", globalStep: 99)
            try writer.addHParams(
                ["lr": 0.1, "optimizer": "SGD"], ["hparam/loss": 0.01])
            try writer.close()
            // The version, the graph's two, 100 scalars, 10 histograms, a text.
            let files = EventFile.paths("\(folder)/runs/first")
            #expect(try files.count == 1 && EventFile.read(files[0]).events.count == 114)
        }

        @Test func aTable() throws {
            let temporary = TemporaryFolder(), folder = temporary.path
            let logger = try CSVLogger(folder, name: "linear")
            try logger.logMetrics(["loss": 0.5, "epoch": 0], step: 0)
            try logger.logMetrics(["loss": 0.25, "epoch": 0], step: 1)
            try logger.save()
            print(logger.path) // …/linear/version_0/metrics.csv
            #expect(logger.path.hasSuffix("/linear/version_0/metrics.csv"))
            #expect(
                String(decoding: try bytes(logger.path), as: UTF8.self)
                    == "epoch,loss,step\r\n0,0.5,0\r\n0,0.25,1\r\n")
        }
    }
}
