import Foundation
import Locks
import Testing
import Torch

@testable import TorchMetrics

/// Compares metrics with those of torchmetrics, and tries what belongs to all metrics.
@Suite struct MetricTests {
    private static let path = String(#filePath.dropLast("MetricTests.swift".count)) + "Fixtures/metrics.npz"

    @Test func theNumbersAreTorchmetrics() throws {
        var recorded = try RecordedMetrics(Self.path)
        recorded.classification()
        recorded.regression()
        recorded.text()
        #expect(recorded.compared > 2000)
        #expect(recorded.faults.isEmpty, "\(recorded.faults.prefix(20).joined(separator: "\n"))")
    }

    /// The numbers are arithmetic.
    @Test func aCollection() {
        let task = ClassificationTask.multiclass(numClasses: 3)
        let metrics = MetricCollection([Accuracy(task: task), Recall(task: task, average: .macro)], prefix: "test/")
        #expect(metrics.metrics.map(\.name) == ["test/MulticlassAccuracy", "test/MulticlassRecall"])
        let first = metrics(Tensor([0, 1]), Tensor([0, 2]))
        #expect(first[0].value.item() == 0.5)
        metrics.update(Tensor([2, 2]), Tensor([2, 2]))
        #expect(metrics.compute()[0].value.item() == 0.75)
        #expect(metrics["test/MulticlassAccuracy"]?.updateCount == 2)
        metrics.reset()
        metrics.update(Tensor([1]), Tensor([0]))
        #expect(metrics.compute()[0].value.item() == 0)
    }

    @Test func aFailedUpdateChangesNothing() {
        let accuracy = Accuracy(task: .multiclass(numClasses: 3))
        accuracy.update(Tensor([0, 1]), Tensor([0, 2]))
        func refusal(_ body: () -> Void) -> String? {
            do {
                try withError(body)
                return nil
            } catch { return (error as? TorchError)?.message }
        }
        #expect(
            refusal { accuracy.update(Tensor([0, 1]), Tensor([0, 7])) }?.contains("in `target`") == true)
        #expect(
            refusal { accuracy(Tensor([0, 1]), Tensor([0])) }?.contains("should have the same shape") == true)
        #expect(accuracy.compute().item() == 0.5 && accuracy.updateCount == 1)
        #expect(refusal { _ = Accuracy(task: .multiclass(numClasses: 1)) }?.contains("larger than 1") == true)
        #expect(refusal { _ = AUROC(task: .multiclass(numClasses: 3), average: .micro) }?.contains("average") == true)
        #expect(refusal { _ = BLEUScore(nGram: 2, weights: [1]) }?.contains("1 != 2") == true)
        let top2 = ClassificationTask.multiclass(numClasses: 3, topK: 2)
        #expect(refusal { _ = AUROC(task: top2) } == "a curve needs `top_k` 1, but got 2")
        #expect(refusal { _ = ConfusionMatrix(task: top2) } == "a confusion matrix needs `top_k` 1, but got 2")
        #expect(
            refusal { MetricState("sum", Tensor(0)).append(Tensor.ones(1)) } == "the state sum does not collect rows")
        #expect(refusal { R2Score().update(Tensor.ones(2), Tensor.ones(3)) }?.contains("same shape") == true)
    }

    /// torchmetrics 1.9 computes these for `thresholds=[]`.
    @Test func aCurveWithoutThresholdsIsEmpty() {
        let preds = Tensor([0.1, 0.8, 0.6, 0.3]), target = Tensor([0, 1, 0, 1])
        let curve = PrecisionRecallCurve(task: .binary(), thresholds: []), roc = ROC(task: .binary(), thresholds: [])
        curve.update(preds, target)
        roc.update(preds, target)
        let points = curve.compute()[0], rates = roc.compute()[0]
        #expect(points.precision.equal(Tensor([1.0])) && points.recall.equal(Tensor([0.0])))
        #expect([points.thresholds, rates.fpr, rates.tpr, rates.thresholds].allSatisfy { $0.numel() == 0 })
        let area = AUROC(task: .binary(), thresholds: []), precision = AveragePrecision(task: .binary(), thresholds: [])
        #expect(area(preds, target).item() == 0 && precision(preds, target).item() == 0)
    }

    /// A metric that keeps all predictions has few tensors, so an update does not cost more and more.
    @Test func statesOfRowsStayInFewParts() {
        manualSeed(0)
        let preds = Tensor.rand(300), target = Tensor.randint(0, 2, [300])
        let whole = AUROC(task: .binary()), parts = AUROC(task: .binary())
        whole.update(preds, target)
        for k in 0..<100 {
            let (p, t) = (preds.narrow(0, 3 * k, 3), target.narrow(0, 3 * k, 3))
            if k % 2 == 0 { parts.update(p, t) } else { parts(p, t) }
        }
        #expect(parts.updateCount == 100 && parts.states.allSatisfy { $0.snapshot.count <= 7 })
        #expect(parts.states[0].value.equal(preds) && parts.compute().equal(whole.compute()))
    }

    /// torchmetrics 1.9: a repeated key counts once.
    @Test func aKeyMayBeThereTwice() {
        let rouge = ROUGEScore(rougeKeys: [.n(1), .n(1)])
        rouge.update(["the cat"], [["the dog"]])
        let values = rouge.compute()
        #expect(values.keys.sorted() == ["rouge1_fmeasure", "rouge1_precision", "rouge1_recall"])
        #expect(values["rouge1_fmeasure"]?.item() == 0.5)
    }

    @Test func predictionsAreKeptWithoutTheirGraph() {
        let auroc = AUROC(task: .binary()), weight = Tensor([0.1, 0.4, 0.35, 0.8] as [Float], requiresGrad: true)
        let preds = weight * 1
        auroc.update(preds, Tensor([0, 0, 1, 1]))
        #expect(auroc.states.allSatisfy { !$0.value.requiresGrad && $0.value.gradFn == nil })
        // The metric has a copy. The number is that of scikit-learn's first example of roc_auc_score.
        noGrad { preds.detach().zero_() }
        #expect(auroc.compute().item() == 0.75)
    }

    @Test func aMetricOfOnesOwn() {
        final class Hits: Metric, TensorMetric {
            private let hits = MetricState("hits", Tensor(0))
            private let most = MetricState("most", Tensor(-1), reduction: .max)
            private let mean = MetricState("mean", Tensor(0.0), reduction: .mean)
            init() { super.init([hits, most, mean]) }
            func updateStates(_ preds: Tensor, _ target: Tensor) {
                let count = preds.eq(target).sum()
                hits.value = hits.value + count
                most.value = most.value.maximum(count)
                mean.value = count.to(.float32)
            }
            func computeValue() -> Tensor { stack([hits.value.to(.float32), most.value.to(.float32), mean.value]) }
        }
        let hits = Hits()
        #expect(hits(Tensor([1, 2, 3]), Tensor([1, 2, 0])).toArray(as: Float.self) == [2, 2, 2])
        #expect(hits(Tensor([1, 2, 3]), Tensor([1, 0, 0])).toArray(as: Float.self) == [1, 1, 1])
        #expect(hits.compute().toArray(as: Float.self) == [3, 2, 1.5])
    }

    /// Two ranks in two threads, which exchange tensors.
    private final class Pair: Sendable {
        private let sent = Mutex<[Int: [Tensor]]>([:])

        func exchange(_ tensor: Tensor, rank: Int, call: Int) -> [Tensor] {
            sent.withLock { $0[rank, default: []].append(tensor.clone()) }
            while true {
                let parts = sent.withLock { sent in
                    (0..<2).compactMap { rank in sent[rank].flatMap { call < $0.count ? $0[call] : nil } }
                }
                if parts.count == 2 { return parts }
                Thread.sleep(forTimeInterval: 0.001)
            }
        }
    }

    private final class Rank: MetricGroup {
        private let pair: Pair, rank: Int
        private var calls = 0

        init(_ pair: Pair, _ rank: Int) {
            self.pair = pair
            self.rank = rank
        }

        func allGather(_ tensor: Tensor) throws -> [Tensor] {
            calls += 1
            return pair.exchange(tensor, rank: rank, call: calls - 1)
        }
    }

    /// Computes a metric of two ranks: that of the first rank's results.
    private func overTwoRanks(
        _ make: @escaping @Sendable () -> any TensorMetric<Tensor>, _ batches: [[(Tensor, Tensor)]]
    ) throws -> Tensor {
        let pair = Pair()
        @Sendable func run(_ rank: Int) throws -> Tensor {
            let metric = make()
            for (preds, target) in batches[rank] { metric.update(preds, target) }
            let count = metric.updateCount, value = try metric.compute(over: Rank(pair, rank))
            #expect(metric.updateCount == count)
            return value
        }
        let other = Thread { _ = try? run(1) }
        other.start()
        return try run(0)
    }

    @Test(.timeLimit(.minutes(1))) func statesOfAllRanksAreJoined() throws {
        manualSeed(0)
        let preds = Tensor.rand(30), target = Tensor.randint(0, 2, [30])
        func part(_ start: Int, _ count: Int) -> (Tensor, Tensor) {
            (preds.narrow(0, start, count), target.narrow(0, start, count))
        }
        func same(_ make: @escaping @Sendable () -> any TensorMetric<Tensor>, _ batches: [[(Tensor, Tensor)]]) throws {
            let whole = make()
            whole.update(preds, target)
            #expect(try overTwoRanks(make, batches).allclose(whole.compute()))
        }
        let parts = [[part(0, 7), part(7, 5)], [part(12, 18)]]
        try same({ AUROC(task: .binary()) }, parts)
        try same({ F1Score(task: .binary()) }, parts)
        try same({ AveragePrecision(task: .binary(), thresholds: 20) }, parts)
        try same({ MeanSquaredError() }, parts)
        // A rank without batches.
        try same({ AUROC(task: .binary()) }, [[], [part(0, 30)]])
        try same({ MeanSquaredError() }, [[], [part(0, 30)]])
    }

    /// A rank without batches knows neither the shape nor the dtype of the states. The value is that of
    /// the other rank.
    @Test(.timeLimit(.minutes(1))) func aRankWithoutBatchesTakesTheFormOfTheOthers() throws {
        manualSeed(0)
        let preds = Tensor.rand(10, 3, dtype: .float64), target = Tensor.rand(10, 3, dtype: .float64)
        let makes: [@Sendable () -> any TensorMetric<Tensor>] = [
            { R2Score(multioutput: .rawValues) }, { MeanSquaredError() }, { MeanAbsoluteError(numOutputs: 3) }
        ]
        for make in makes {
            let whole = make()
            whole.update(preds, target)
            for batches in [[[], [(preds, target)]], [[(preds, target)], []]] {
                let value = try overTwoRanks(make, batches)
                #expect(value.dtype == .float64 && value.equal(whole.compute()))
            }
        }
        let narrow = (preds.narrow(1, 0, 2), target.narrow(1, 0, 2))
        #expect(throws: TorchError.self) {
            _ = try overTwoRanks({ R2Score() }, [[(preds, target)], [narrow]])
        }
    }
}
