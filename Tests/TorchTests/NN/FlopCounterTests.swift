import Testing
import Torch

/// Counts of floating-point operations. All but those marked so are of PyTorch 2.15's `FlopCounterMode`.
@Suite struct FlopCounterTests {
    final class Block: Module, Layer {
        let conv1 = Conv2d(8, 16, kernelSize: 3, stride: 2, padding: 1, bias: false)
        let bn1 = BatchNorm2d(16)
        let conv2 = Conv2d(16, 16, kernelSize: 3, padding: 1, bias: false)
        let bn2 = BatchNorm2d(16)
        let downsample = Conv2d(8, 16, kernelSize: 1, stride: 2, bias: false)

        func forward(_ x: Tensor) -> Tensor { (bn2(conv2(bn1(conv1(x)).relu())) + downsample(x)).relu() }
    }

    final class Net: Module, Layer {
        let block = Block()
        let pool = AdaptiveAvgPool2d(1)
        let heads = [Linear(16, 10), Linear(10, 4)]

        func forward(_ x: Tensor) -> Tensor {
            heads[1](heads[0](pool(block(x)).flatten(startDim: 1)).relu())
        }
    }

    private let attention = "aten._scaled_dot_product_flash_attention_for_cpu"

    private func counts(_ module: Module? = nil, _ body: () -> Tensor) -> [String: [String: Int]] {
        let counter = module.map { FlopCounter($0, display: false) } ?? FlopCounter(display: false)
        counter.count { body().sum().backward() }
        return counter.getFlopCounts()
    }

    private func products(_ counts: [String: Int]?) -> Int {
        (counts?["aten.addmm"] ?? 0) + (counts?["aten.mm"] ?? 0)
    }

    private func leaf(_ sizes: Int...) -> Tensor { Tensor.randn(sizes, requiresGrad: true) }

    @Test func aResidualBlock() {
        let net = Net(), found = counts(net) { net(Tensor.randn(2, 8, 32, 32)) }
        let all = [
            "aten.addmm": 800, "aten.convolution": 3_670_016, "aten.convolution_backward": 6_029_312, "aten.mm": 1600
        ]
        #expect(found["Global"] == all && found["Net"] == all)
        #expect(found["Net.block"] == ["aten.convolution": 3_670_016, "aten.convolution_backward": 6_029_312])
        #expect(
            found["Net.block.conv1"] == ["aten.convolution": 1_179_648, "aten.convolution_backward": 1_179_648])
        #expect(
            found["Net.block.conv2"] == ["aten.convolution": 2_359_296, "aten.convolution_backward": 4_718_592])
        #expect(found["Net.heads.0"] == ["aten.addmm": 640, "aten.mm": 1280])
        #expect(found["Net.heads.1"] == ["aten.addmm": 160, "aten.mm": 320])
        // PyTorch counts the gradients of the whole block here, because this module's input takes no gradient.
        #expect(found["Net.block.downsample"] == ["aten.convolution": 131_072, "aten.convolution_backward": 131_072])
        #expect(net.block.conv1.parameters().allSatisfy { $0.grad != nil })
    }

    @Test func aPerceptron() {
        let mlp = Sequential {
            Linear(20, 30); ReLU(); Linear(30, 5)
        }
        let two = counts(mlp) { mlp(Tensor.randn(7, 20)) }
        #expect(two["Global"] == ["aten.addmm": 10500, "aten.mm": 12600] && two["Sequential"] == two["Global"])
        #expect(two["Sequential.0"] == ["aten.addmm": 8400, "aten.mm": 8400])
        #expect(two["Sequential.2"] == ["aten.addmm": 2100, "aten.mm": 4200])
        #expect(counts { mlp(Tensor.randn(7, 3, 20)) }["Global"] == ["aten.addmm": 31500, "aten.mm": 37800])
    }

    @Test func aTransformerLayer() {
        let layer = TransformerEncoderLayer(dModel: 16, nhead: 4, dimFeedforward: 32, dropout: 0, batchFirst: true)
        let found = counts(layer) { layer(Tensor.randn(2, 5, 16)) }
        // PyTorch projects the transposed rows by mm and adds the bias; here they are one addmm.
        #expect(products(found["Global"]) == 25600 + 81920)
        for name in ["Global", "TransformerEncoderLayer", "TransformerEncoderLayer.self_attn"] {
            #expect(found[name]?[attention] == 3200 && found[name]?[attention + "_backward"] == 8000)
        }
        #expect(found["TransformerEncoderLayer.linear1"] == ["aten.addmm": 10240, "aten.mm": 20480])
        #expect(found["TransformerEncoderLayer.linear2"] == ["aten.addmm": 10240, "aten.mm": 20480])
        #expect(products(found["TransformerEncoderLayer.self_attn"]) == 5120 + 40960)
    }

    @Test func convolutions() {
        let y = leaf(2, 4, 9, 9)
        for (groups, forward, backward, transposed, back) in [
            (2, 25920, 77760, 34992, 104_976), (1, 51840, 103_680, 69984, 139_968)
        ] {
            let c = Conv2d(4, 6, kernelSize: [3, 2], padding: 1, groups: groups)
            #expect(
                counts { c(y) }["Global"] == ["aten.convolution": forward, "aten.convolution_backward": backward])
            let t = ConvTranspose2d(4, 6, kernelSize: 3, stride: 2, groups: groups)
            #expect(counts { t(y) }["Global"] == ["aten.convolution": transposed, "aten.convolution_backward": back])
        }
    }

    @Test func attentions() {
        let (q, k, v) = (leaf(2, 4, 6, 8), leaf(2, 4, 7, 8), leaf(2, 4, 7, 8))
        #expect(
            counts { scaledDotProductAttention(q, k, v) }["Global"] == [
                attention: 10752, attention + "_backward": 26880
            ])
        let narrow = leaf(2, 4, 7, 5)
        #expect(counts { scaledDotProductAttention(q, k, narrow) }["Global"] == ["aten.bmm": 26208])
        #expect(counts { scaledDotProductAttention(q, k, v, dropoutP: 0.1) }["Global"] == ["aten.bmm": 32256])
        let (q3, k3, v3) = (leaf(4, 6, 8), leaf(4, 7, 8), leaf(4, 7, 8))
        #expect(
            counts { scaledDotProductAttention(q3, k3, v3) }["Global"] == [
                attention: 5376, attention + "_backward": 13440
            ])
    }

    @Test func products() {
        let (a, w, b) = (leaf(3, 4), leaf(4), leaf(5, 3, 4))
        // Products with vectors are not counted.
        #expect(counts { a.matmul(w) }.isEmpty && counts { w.dot(w) }.isEmpty && counts { b.matmul(w) }.isEmpty)
        #expect(counts { Tensor.zeros(3).addmv(a, w) }.isEmpty)
        #expect(counts { w.matmul(a.t()) }["Global"] == ["aten.mm": 72])
        #expect(counts { b.bmm(b.transpose(1, 2)) }["Global"] == ["aten.bmm": 1080])
        #expect(
            counts { Tensor.zeros(5, 3, 3).baddbmm(b, b.transpose(1, 2)) }["Global"] == [
                "aten.baddbmm": 360, "aten.bmm": 720
            ])
        #expect(counts { Tensor.zeros(3, 3).addmm(a, a.t()) }["Global"] == ["aten.addmm": 72, "aten.mm": 144])
        #expect(counts { b.matmul(a.t()) }["Global"] == ["aten.mm": 1080])
    }

    @Test func recurrentLayers() {
        let x = leaf(4, 3, 5), wide = Tensor.randn([4, 3, 5], dtype: .float64)
        let gru = GRU(5, 6), rnn = RNN(5, 6), lstm = LSTM(5, 6).double(), narrow = LSTM(5, 6, projSize: 3)
        #expect(counts { gru(x).0 }["Global"] == ["aten.addmm": 4752, "aten.mm": 8856])
        #expect(counts { rnn(x).0 }["Global"] == ["aten.addmm": 1584, "aten.mm": 2952])
        #expect(counts { lstm(wide).0 }["Global"] == ["aten.addmm": 6336, "aten.mm": 8928])
        #expect(counts { narrow(x).0 }["Global"] == ["aten.addmm": 4608, "aten.mm": 10080])
    }

    @Test func theTable() {
        let mlp = Sequential {
            Linear(20, 30); ReLU(); Linear(30, 5)
        }
        let counter = FlopCounter(mlp, display: false)
        counter.count { mlp(Tensor.randn(7, 20)).sum().backward() }
        #expect(counter.getTotalFlops() == 23100)
        #expect(
            counter.getTable(depth: 1) == """
                Module            FLOP    % Total
                -------------  -------  ---------
                Sequential     23.100K    100.00%
                 - aten.addmm  10.500K     45.45%
                 - aten.mm     12.600K     54.55%
                """)
        #expect(FlopCounter(display: false).getTable().hasSuffix("Global         0         0%"))
    }

    @Test func itEndsWithTheBlock() {
        let mlp = Linear(4, 3), counter = withFlopCounter(mlp, display: false) { _ = mlp(Tensor.randn(2, 4)) }
        #expect(counter.getTotalFlops() == 48)
        _ = mlp(Tensor.randn(2, 4))
        #expect(counter.getTotalFlops() == 48)
        // A counter inside another one counts alone.
        let outer = FlopCounter(display: false), inner = FlopCounter(display: false)
        outer.count {
            inner.count { _ = mlp(Tensor.randn(2, 4)) }
            _ = mlp(Tensor.randn(4, 4))
        }
        #expect(inner.getTotalFlops() == 48 && outer.getTotalFlops() == 96)
    }

    @Test func examplesOfVmapAndOtherDevices() {
        let w = Tensor.randn(4, 3)
        let counter = withFlopCounter(display: false) {
            _ = vmap { (x: Tensor) in x.unsqueeze(0).mm(w) }(Tensor.randn(7, 4))
            _ = Tensor.empty([10, 4], device: .meta).mm(Tensor.empty([4, 3], device: .meta))
        }
        #expect(counter.getTotalFlops() == 2 * 4 * 3 * 7 + 2 * 4 * 3 * 10)
    }
}
