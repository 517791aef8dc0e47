import Testing
import Torch

/// Summaries of modules. The tables are those of torchinfo 1.8 with PyTorch 2.15, but for the multiplications: there
/// they follow from the numbers of parameters, here from the products that are computed.
@Suite struct ModuleSummaryTests {
    private final class Reader: Module, UnaryModule {
        let embedding = Embedding(100, 12)
        let lstm = LSTM(12, 20, numLayers: 2, batchFirst: true)
        let attention = MultiheadAttention(20, 4, batchFirst: true)
        let shared = Linear(20, 20)

        func forward(_ x: Tensor) -> Tensor {
            let (h, _) = lstm(embedding(x))
            let (a, _) = attention(h, h, h)
            return shared(shared(a))
        }
    }

    private final class Buffered: Module, Layer {
        @Buffer var scale: Tensor = Tensor.ones(4)
        let positions = Tensor.arange(4, dtype: .float32)
        let norm = BatchNorm1d(4)
        let lists = ["a": Linear(4, 2)]

        func forward(_ x: Tensor) -> Tensor {
            let y = lists["a"]!(norm(x * scale + positions))
            scale = scale + 1
            return y + Tensor.rand(2)
        }
    }

    @Test func aResidualNetwork() {
        let net = FlopCounterTests.Net()
        #expect(
            net.summary(inputSize: [2, 8, 32, 32]).description == """
                ==========================================================================================
                Layer (type:depth-idx)                   Output Shape              Param #
                ==========================================================================================
                Net                                      [2, 4]                    --
                ├─Block: 1-1                             [2, 16, 16, 16]           --
                │    └─Conv2d: 2-1                       [2, 16, 16, 16]           1,152
                │    └─BatchNorm2d: 2-2                  [2, 16, 16, 16]           32
                │    └─Conv2d: 2-3                       [2, 16, 16, 16]           2,304
                │    └─BatchNorm2d: 2-4                  [2, 16, 16, 16]           32
                │    └─Conv2d: 2-5                       [2, 16, 16, 16]           128
                ├─AdaptiveAvgPool2d: 1-2                 [2, 16, 1, 1]             --
                ├─ModuleList: 1-3                        --                        --
                │    └─Linear: 2-6                       [2, 10]                   170
                │    └─Linear: 2-7                       [2, 4]                    44
                ==========================================================================================
                Total params: 3,862
                Trainable params: 3,862
                Non-trainable params: 0
                Total mult-adds (M): 1.84
                ==========================================================================================
                Input size (MB): 0.07
                Forward/backward pass size (MB): 0.33
                Params size (MB): 0.02
                Estimated Total Size (MB): 0.41
                ==========================================================================================
                """)
        let wide = net.summary(
            inputSize: [2, 8, 32, 32], depth: 1,
            columns: [.inputSize, .outputSize, .kernelSize, .numParams, .paramsPercent, .multAdds, .trainable])
        let lines = wide.description.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines[3] == "Net [2, 8, 32, 32] [2, 4] -- -- -- -- True")
        #expect(lines[4] == "├─Block: 1-1 [2, 8, 32, 32] [2, 16, 16, 16] -- 3,648 94.46% 1,835,008 True")
        #expect(lines[5] == "├─AdaptiveAvgPool2d: 1-2 [2, 16, 16, 16] [2, 16, 1, 1] -- -- -- -- --")
        #expect(lines[6] == "├─ModuleList: 1-3 -- -- -- 214 5.54% 400 True")
        let parts = wide.rows.first { $0.path == "block.conv1" }
        #expect(parts?.kernelSize == [3, 3] && parts?.multAdds == 1152 * 2 * 256)
    }

    @Test func recurrentLayersAttentionAndSharedModules() {
        let reader = Reader()
        let table = reader.summary(inputSize: [3, 7], dtype: .int64)
        #expect(
            table.rows.map(\.outputSizes.first) == [
                [3, 7, 20], [3, 7, 12], [3, 7, 20], [3, 7, 20], [3, 7, 20], [3, 7, 20]
            ])
        #expect(table.rows[2].outputSizes == [[3, 7, 20], [2, 3, 20], [2, 3, 20]])
        #expect(table.rows.map(\.numParams) == [9380, 1200, 6080, 1680, 420, 420])
        #expect(table.rows.map(\.isRecursive) == [false, false, false, false, false, true])
        #expect(table.totalParams == 9380 && table.trainableParams == 9380)
        // 21 rows: two layers of 4 gates, three projections and the output of the attention, two linear layers.
        let lstm = 21 * 80 * (12 + 20 + 20 + 20), heads = 3 * 4 * 7 * 7 * 5 * 2, projections = 21 * 20 * 20 * 4
        #expect(table.rows.map(\.multAdds) == [table.totalMultAdds, 0, lstm, heads + projections, 8400, 8400])
        #expect(
            table.description.contains("├─Linear: 1-5                            [3, 7, 20]                (recursive)")
        )
    }

    @Test func severalInputsAndDTypes() {
        let cells = LSTMCell(4, 3).double(), x = [[2, 4], [2, 3]]
        let table = cells.summary(inputSize: x[0], x[1], x[1]) { cells($0[0], ($0[1], $0[2])) }
        #expect(table.rows[0].inputSizes == [[2, 4], [2, 3], [2, 3]] && table.rows[0].outputSizes == [[2, 3], [2, 3]])
        #expect(table.totalInput == (8 + 6 + 6) * 8)
        let bilinear = Bilinear(3, 4, 5)
        #expect(bilinear.summary(inputSize: [2, 3], [2, 4]).rows[0].outputSizes == [[2, 5]])
    }

    @Test func modulesStayAsTheyWere() {
        for device in [Device.meta, .cpu] {
            let module = Buffered()
            module.norm.train(false)
            let (scale, weight, version) = (module.scale, module.lists["a"]!.weight, module.norm.runningMean!.version)
            let grad = Tensor.ones(2, 4)
            weight.grad = grad
            manualSeed(0)
            let table = module.summary(inputSize: [3, 4], training: true, device: device)
            #expect(table.rows.map(\.path) == ["", "norm", "lists", "lists.a"] && table.rows[3].outputSizes == [[3, 2]])
            let draw = Tensor.rand(1).item()
            manualSeed(0)
            #expect(draw == Tensor.rand(1).item())
            #expect(module.isTraining && !module.norm.isTraining)
            #expect(module.scale === scale && scale.device == .cpu && scale.toArray(as: Float.self) == [1, 1, 1, 1])
            #expect(weight.device == .cpu && weight.grad === grad && module.positions.device == .cpu)
            let mean = module.norm.runningMean!
            #expect(mean.version == version && mean.toArray(as: Float.self) == [0, 0, 0, 0])
            #expect(module.norm.numBatchesTracked!.item() == 0)
        }
    }

    @Test func modulesStayAsTheyWereAfterAnError() {
        let net = FlopCounterTests.Net().eval()
        #expect(throws: TorchError.self) { try withError { net.summary(inputSize: [2, 3, 32, 32]) } }
        #expect(net.block.conv1.weight.device == .cpu && !net.isTraining && net(Tensor.ones(1, 8, 8, 8)).dim == 2)
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try net.summary(inputSize: [1]) { (_: [Tensor]) throws -> Tensor in throw Stop() }
        }
        #expect(net.block.conv1.weight.device == .cpu)
        let lazy = Sequential { LazyLinear(3) }
        #expect(
            throws: TorchError(
                .value,
                "summary: the parameters of LazyLinear have no shape yet. Call the module once before its summary")
        ) { try withError { lazy.summary(inputSize: [2, 4]) } }
    }

    @Test func withoutACall() {
        let net = FlopCounterTests.Net()
        net.block.requiresGrad_(false)
        let lines = net.summary().description.split(separator: "\n")
        #expect(lines[0] == String(repeating: "=", count: 65)[...])
        #expect(lines[5] == "│    └─Conv2d: 2-1                       (1,152)")
        #expect(
            lines.suffix(4).dropLast() == [
                "Total params: 3,862", "Trainable params: 214", "Non-trainable params: 3,648"
            ])
    }

    @Test func largeModelsTakeNoMemory() {
        let model = withDevice(.meta) { Linear(1 << 20, 1 << 20) }
        let table = model.summary(inputSize: [1 << 10, 1 << 20])
        #expect(table.totalMultAdds == 1 << 50 && table.totalParams == 1 << 40 + 1 << 20)
        #expect(table.description.contains("Total mult-adds (T): 1,125.90"))
    }
}
