import Torch
import TorchBoard

/// The calls of Fixtures/record.py.
enum RecordedCalls {
    /// Numbers whose sums are exact in every order.
    static func values(_ count: Int) -> Tensor { (Tensor.arange(count).mul(37).remainder(101).sub(40).float()).div(8) }

    static func make(_ writer: SummaryWriter) throws {
        var step = 0
        func call(_ body: (_ step: Int, _ walltime: Double) -> Void) {
            step += 1
            body(step, 1_700_000_000.25 + Double(step))
        }
        func scalar(_ tag: String, _ value: any TensorOperand, newStyle: Bool = false, doublePrecision: Bool = false) {
            call {
                writer.addScalar(
                    tag, value.operand, globalStep: $0, walltime: $1, newStyle: newStyle,
                    doublePrecision: doublePrecision)
            }
        }
        scalar("number/int", 3)
        scalar("number/double", 0.1)
        scalar("number/zero", 0)
        scalar("number/tensor", Tensor([[2.5]]))
        scalar("number/infinite", -Double.infinity)
        scalar("new", 0.1, newStyle: true)
        scalar("double", 0.1, newStyle: true, doublePrecision: true)

        let x = values(1000)
        func histogram(
            _ tag: String, _ values: Tensor, bins: HistogramBins = .tensorflow, maxBins: Int? = nil
        ) {
            call { writer.addHistogram(tag, values, globalStep: $0, bins: bins, walltime: $1, maxBins: maxBins) }
        }
        histogram("default", x)
        histogram("positive", x.abs() + 1)
        histogram("one", Tensor([3]))
        histogram("small", Tensor([0.0, -0.0, 1e-13, 1e30, -1e-12] as [Float]))
        histogram("joined", x, maxBins: 100)
        let rules: [(String, HistogramBins)] = [
            ("auto", .auto), ("fd", .fd), ("doane", .doane), ("scott", .scott), ("stone", .stone), ("rice", .rice),
            ("sturges", .sturges), ("sqrt", .sqrt)
        ]
        for (name, rule) in rules {
            histogram(name, x, bins: rule)
            histogram("\(name)/skewed", Tensor.arange(200.0).pow(2), bins: rule)
        }
        histogram("ten", x, bins: 10)
        histogram("equal", Tensor.ones(5), bins: 4)
        histogram("edges", x, bins: [-4, -1, 0, 0.5, 7])
        call {
            writer.addHistogramRaw(
                "raw", min: 0.5, max: 3, num: 4, sum: 6, sumSquares: 12.5, bucketLimits: [1, 2, 4],
                bucketCounts: [1, 0, 3], globalStep: $0, walltime: $1)
        }

        for (tag, text) in [("text", "Plain *Markdown*: größer ≥ 0\n\n| a | b |"), ("empty", "")] {
            call { writer.addText(tag, text, globalStep: $0, walltime: $1) }
        }

        let labels = Tensor.arange(300).mul(7).remainder(3).eq(0).long()
        let predictions = Tensor.arange(300).mul(53).remainder(256).float().div(255)
        call { writer.addPRCurve("curve", labels, predictions, globalStep: $0, walltime: $1) }
        call {
            writer.addPRCurve(
                "curve/few", labels.bool(), predictions, globalStep: $0, numThresholds: 11, walltime: $1)
        }
        call {
            writer.addPRCurve(
                "curve/weights", labels, predictions, globalStep: $0,
                weights: Tensor.arange(300).remainder(4).div(2), walltime: $1)
        }
        let rows = (0..<6).map { values(4) + $0 }
        call {
            writer.addPRCurveRaw(
                "curve/raw", truePositiveCounts: rows[0], falsePositiveCounts: rows[1], trueNegativeCounts: rows[2],
                falseNegativeCounts: rows[3], precision: rows[4], recall: rows[5], globalStep: $0, numThresholds: 4,
                walltime: $1)
        }

        let dtypes: [DType] = [
            .float16, .bfloat16, .float32, .float64, .uint8, .int8, .int16, .int32, .int64, .bool, .complex128
        ]
        for dtype in dtypes {
            let x = Tensor([[0, 1, 2], [100, 50, 3]]).to(dtype)
            call { writer.addTensor("tensor", x, globalStep: $0, walltime: $1) }
        }
        call { writer.addTensor("negative", Tensor([-1, -2]), globalStep: $0, walltime: $1) }
        call {
            writer.addAudio(
                "sound", (Tensor.arange(400).float() / 8).sin().unsqueeze(0), globalStep: $0, sampleRate: 8000,
                walltime: $1)
        }
        let vertices = Tensor([[[1, 1, 1], [-1, -1, 1], [1, -1, -1], [-1, 1, -1]]])
        call { writer.addMesh("mesh", vertices: vertices, globalStep: $0, walltime: $1) }
        call {
            writer.addMesh(
                "mesh/faces", vertices: vertices, colors: vertices * 100, faces: vertices.abs(), globalStep: $0,
                walltime: $1)
        }

        writer.addCustomScalars([
            "Loss": ["both": .multiline(["loss/train", "loss/test"]), "one": .multiline(["loss"])],
            "Speed": ["images": .margin(value: "mean", lower: "least", upper: "most")]
        ])
        writer.addCustomScalarsMultilineChart(["a", "b"])
        writer.addCustomScalarsMarginChart(["a", "b", "c"], category: "c", title: "t")

        let image = Tensor.arange(3 * 4 * 6).view(3, 4, 6).float() / 71
        try writer.addEmbedding(values(12).view(4, 3), metadata: ["a", "b", "ü", "d"], tag: "x/y")
        try writer.addEmbedding(
            Tensor([[0.1, 1e-7], [2, .nan], [1e20, -0.0]] as [[Float]]), metadata: [["1", "2"], ["3", "4"], ["5", "6"]],
            metadataHeader: ["first", "second"], labelImg: stack([image, image.flip(0), image * 2]), globalStep: 7)
        try writer.addEmbedding(Tensor([[1, 2], [3, 4]]), globalStep: 123_456)
    }
}
