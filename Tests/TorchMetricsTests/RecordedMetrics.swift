import Foundation
import Torch
import TorchMetrics

/// What Fixtures/record.py recorded of torchmetrics, and the same metrics here.
struct RecordedMetrics {
    private var arrays: [String: Tensor] = [:]
    /// What differs.
    private(set) var faults: [String] = []
    private(set) var compared = 0

    init(_ path: String) throws {
        let file = try loadNpz(path)
        guard let index = file["index"], let values = file["values"] else { return }
        var position = 0
        for line in String(decoding: index.toArray(as: UInt8.self), as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            let shape = parts[2].split(separator: ",").map { Int($0)! }, count = shape.reduce(1, *)
            let dtype: DType = parts[1] == "int64" ? .int64 : parts[1] == "bool" ? .bool : .float32
            arrays[String(parts[0])] = values.narrow(0, position, count).to(dtype).view(shape)
            position += count
        }
    }

    private func input(_ name: String, _ k: Int) -> (preds: Tensor, target: Tensor) {
        (arrays["input/\(name)/\(k)/preds"] ?? .zeros(0), arrays["input/\(name)/\(k)/target"] ?? .zeros(0))
    }

    private mutating func compare(_ name: String, _ found: Tensor) {
        compared += 1
        guard let expected = arrays[name] else { return faults.append("\(name): not recorded") }
        let same =
            found.shape == expected.shape && found.dtype == expected.dtype
            && found.to(.float64).allclose(expected.to(.float64), rtol: 2e-6, atol: 1e-6, equalNan: true)
        if !same { faults.append("\(name): \(found), expected \(expected)") }
    }

    private mutating func run(_ name: String, _ input: String, _ metric: some TensorMetric<Tensor>) {
        let (first, second) = (self.input(input, 0), self.input(input, 1))
        compare("\(name)/forward0", metric(first.preds, first.target))
        metric.update(second.preds, second.target)
        compare("\(name)/compute", metric.compute())
    }

    private mutating func compare(_ name: String, _ curves: [(x: Tensor, y: Tensor, t: Tensor)]) {
        for (k, curve) in curves.enumerated() {
            compare("\(name)/\(k)/x", curve.x)
            compare("\(name)/\(k)/y", curve.y)
            compare("\(name)/\(k)/t", curve.t)
        }
        if arrays["\(name)/\(curves.count)/x"] != nil { faults.append("\(name): too few curves") }
    }

    private mutating func run<Value>(
        _ name: String, _ input: String, _ metric: some TensorMetric<[Value]>,
        _ parts: (Value) -> (x: Tensor, y: Tensor, t: Tensor)
    ) {
        let (first, second) = (self.input(input, 0), self.input(input, 1))
        compare("\(name)/forward0", metric(first.preds, first.target).map(parts))
        metric.update(second.preds, second.target)
        compare("\(name)/compute", metric.compute().map(parts))
    }

    private static let averages: [(String, Average)] = [
        ("micro", .micro), ("macro", .macro), ("weighted", .weighted), ("none", .none)
    ]

    mutating func classification() {
        typealias Case = (name: String, input: String, task: ClassificationTask, ignoreIndex: Int?)
        let five = ClassificationTask.multiclass(numClasses: 5)
        let top2 = ClassificationTask.multiclass(numClasses: 5, topK: 2)
        let four = ClassificationTask.multilabel(numLabels: 4)
        let cases: [Case] = [
            ("binary", "binary", .binary(), nil), ("logits", "logits", .binary(), nil),
            ("threshold", "binary", .binary(threshold: 0.3), nil), ("binary_ignored", "binary_ignored", .binary(), -1),
            ("classes", "classes", five, nil), ("classes_without_2", "classes", five, 2),
            ("classes_ignored", "classes_ignored", five, -100), ("indices", "indices", five, nil),
            ("deep", "deep", five, nil), ("top2", "classes", top2, nil),
            ("top2_ignored", "classes_ignored", top2, -100), ("labels", "labels", four, nil),
            ("labels_ignored", "labels_ignored", four, -1),
            ("labels_threshold", "labels", .multilabel(numLabels: 4, threshold: 0.7), nil),
            ("labels_deep", "labels_deep", four, nil)
        ]
        for (name, input, task, ignoreIndex) in cases {
            for (word, average) in Self.averages {
                let scores: [(String, any TensorMetric<Tensor>)] = [
                    ("StatScores", StatScores(task: task, average: average, ignoreIndex: ignoreIndex)),
                    ("Accuracy", Accuracy(task: task, average: average, ignoreIndex: ignoreIndex)),
                    ("Precision", Precision(task: task, average: average, ignoreIndex: ignoreIndex)),
                    ("Recall", Recall(task: task, average: average, ignoreIndex: ignoreIndex)),
                    ("F1Score", F1Score(task: task, average: average, ignoreIndex: ignoreIndex)),
                    ("Specificity", Specificity(task: task, average: average, ignoreIndex: ignoreIndex)),
                    ("FBetaScore", FBetaScore(task: task, beta: 2, average: average, ignoreIndex: ignoreIndex))
                ]
                for (score, metric) in scores { run("\(score)/\(name)/\(word)", input, metric) }
            }
            if name.hasPrefix("top") { continue }
            let forms: [(String, ConfusionMatrix.Normalization?)] = [
                ("none", nil), ("true", .true), ("pred", .pred), ("all", .all)
            ]
            for (word, normalize) in forms {
                run(
                    "ConfusionMatrix/\(name)/\(word)", input,
                    ConfusionMatrix(task: task, normalize: normalize, ignoreIndex: ignoreIndex))
            }
            if !["indices", "threshold", "labels_threshold"].contains(name) { curves(name, input, task, ignoreIndex) }
        }
        run("AUROC/partial", "binary", AUROC(task: .binary(), maxFPR: 0.4))
    }

    private mutating func curves(_ name: String, _ input: String, _ task: ClassificationTask, _ ignoreIndex: Int?) {
        let forms: [(String, CurveThresholds)] = [("all", .all), ("5", 5), ("list", [0.2, 0.5, 0.7])]
        for (word, thresholds) in forms {
            run(
                "PrecisionRecallCurve/\(name)/\(word)", input,
                PrecisionRecallCurve(task: task, thresholds: thresholds, ignoreIndex: ignoreIndex)
            ) { ($0.precision, $0.recall, $0.thresholds) }
            run(
                "ROC/\(name)/\(word)", input, ROC(task: task, thresholds: thresholds, ignoreIndex: ignoreIndex)
            ) { ($0.fpr, $0.tpr, $0.thresholds) }
            for (kind, average) in Self.averages {
                if average == .micro, task != .multilabel(numLabels: 4) { continue }
                run(
                    "AUROC/\(name)/\(word)/\(kind)", input,
                    AUROC(task: task, average: average, thresholds: thresholds, ignoreIndex: ignoreIndex))
                run(
                    "AveragePrecision/\(name)/\(word)/\(kind)", input,
                    AveragePrecision(task: task, average: average, thresholds: thresholds, ignoreIndex: ignoreIndex))
            }
        }
    }

    mutating func regression() {
        run("MeanSquaredError/one", "one", MeanSquaredError())
        run("MeanSquaredError/root", "three", MeanSquaredError(squared: false))
        run("MeanSquaredError/three", "three", MeanSquaredError(numOutputs: 3))
        run("MeanAbsoluteError/one", "one", MeanAbsoluteError())
        run("MeanAbsoluteError/three", "three", MeanAbsoluteError(numOutputs: 3))
        run("R2Score/one", "one", R2Score())
        run("R2Score/constant", "constant", R2Score())
        run("R2Score/adjusted", "one", R2Score(adjusted: 3))
        run("R2Score/raw_values", "three", R2Score(multioutput: .rawValues))
        run("R2Score/uniform_average", "three", R2Score())
        run("R2Score/variance_weighted", "three", R2Score(multioutput: .varianceWeighted))
        let mean = MeanMetric()
        compare("MeanMetric/forward0", mean(Tensor([1, 2, 4] as [Float]), weight: Tensor([1, 0.5, 2] as [Float])))
        compare("MeanMetric/forward1", mean(Tensor([3, .nan] as [Float]), weight: 2))
        compare("MeanMetric/forward2", mean(5))
        compare("MeanMetric/compute", mean.compute())
    }

    private static let texts = [
        "the cat is on the mat", "My name is  John and I live\nhere.", "Ein größeres Haus, 3 Räume; und ein Garten.",
        "the the the the", "short"
    ]
    private static let references = [
        ["there is a cat on the mat", "a cat is on the mat"], ["Is your name John?\nJohn lives here and I know it."],
        ["ein großes Haus, 3 Räume; und ein kleiner Garten.", "Ein größeres Haus mit Garten."],
        ["the cat is the best"], ["a longer text", "short"]
    ]

    mutating func text() {
        run("Perplexity/all", "tokens", Perplexity())
        run("Perplexity/ignored", "tokens", Perplexity(ignoreIndex: 2))
        let scores: [(String, BLEUScore)] = [
            ("plain", BLEUScore()), ("smooth", BLEUScore(smooth: true)), ("two", BLEUScore(nGram: 2)),
            ("weights", BLEUScore(nGram: 3, weights: [0.5, 0.25, 0.25]))
        ]
        for (name, metric) in scores {
            compare("BLEUScore/\(name)/forward0", metric(Array(Self.texts[..<2]), Array(Self.references[..<2])))
            compare("BLEUScore/\(name)/forward1", metric(Array(Self.texts[2...]), Array(Self.references[2...])))
            compare("BLEUScore/\(name)/compute", metric.compute())
        }
        for (name, accumulate) in [("best", ROUGEScore.Accumulation.best), ("avg", .avg)] {
            let metric = ROUGEScore(rougeKeys: [.n(1), .n(2), .n(3), .l, .lsum], accumulate: accumulate)
            for (k, part) in [0..<2, 2..<5].enumerated() {
                for (key, value) in metric(Array(Self.texts[part]), Array(Self.references[part])) {
                    compare("ROUGEScore/\(name)/forward\(k)/\(key)", value)
                }
            }
            for (key, value) in metric.compute() { compare("ROUGEScore/\(name)/compute/\(key)", value) }
        }
    }
}
