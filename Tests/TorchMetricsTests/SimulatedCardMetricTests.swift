import Testing
import Torch
import TorchMetrics

/// Metrics of tensors on a GPU, against the same metrics on the CPU.
@Suite(.serialized, .enabled(if: cuda.isAvailable(), "there is no CUDA device, not even a simulated one"))
struct SimulatedCardMetricTests {
    /// Updates a metric on the device twice and once more on the CPU.
    private func compare(_ name: String, _ make: () -> any TensorMetric<Tensor>, _ preds: Tensor, _ target: Tensor) {
        let here = make(), there = make(), p = preds.cuda(), t = target.cuda()
        here.update(preds, target)
        there.update(p, t)
        let (a, b) = (here(preds, target), there(p, t))
        #expect(b.device == p.device && b.cpu().allclose(a, equalNan: true), "\(name)")
        let whole = there.compute()
        #expect(whole.device == p.device && whole.cpu().allclose(here.compute(), equalNan: true), "\(name)")
        here.update(preds, target)
        there.update(preds, target)
        #expect(there.compute().device == .cpu && there.compute().allclose(here.compute(), equalNan: true), "\(name)")
    }

    @Test func classification() {
        manualSeed(0)
        // Probabilities, no logits: a softmax of the device may differ from the CPU's in the last bit, and equal scores
        // of several batches would no longer be one threshold.
        let inputs: [(ClassificationTask, Tensor, Tensor)] = [
            (.binary(), Tensor.rand(20), Tensor.randint(0, 2, [20])),
            (.multiclass(numClasses: 5), Tensor.randn(20, 5).softmax(1), Tensor.randint(0, 5, [20])),
            (.multilabel(numLabels: 4), Tensor.rand(20, 4), Tensor.randint(0, 2, [20, 4]))
        ]
        for (task, preds, target) in inputs {
            for average in [Average.macro, .weighted, .none] {
                compare("accuracy", { Accuracy(task: task, average: average) }, preds, target)
                compare("F1", { F1Score(task: task, average: average) }, preds, target)
                for thresholds in [CurveThresholds.all, 10] {
                    compare("ROC", { AUROC(task: task, average: average, thresholds: thresholds) }, preds, target)
                    compare(
                        "precision", { AveragePrecision(task: task, average: average, thresholds: thresholds) }, preds,
                        target)
                }
            }
            compare("confusion", { ConfusionMatrix(task: task, normalize: .true) }, preds, target)
            compare("counts", { StatScores(task: task) }, preds, target)
        }
        compare("part", { AUROC(task: .binary(), maxFPR: 0.4) }, inputs[0].1, inputs[0].2)
        for thresholds in [CurveThresholds.all, 10] {
            compare(
                "micro", { AUROC(task: inputs[2].0, average: .micro, thresholds: thresholds) }, inputs[2].1,
                inputs[2].2)
        }
    }

    @Test func numbers() {
        manualSeed(0)
        let preds = Tensor.rand(6, 5), target = Tensor.rand(6, 5)
        compare("squared", { MeanSquaredError(numOutputs: 5) }, preds, target)
        compare("absolute", { MeanAbsoluteError() }, preds, target)
        compare("R2", { R2Score() }, preds, target)
        compare("perplexity", { Perplexity() }, Tensor.randn(2, 6, 5), Tensor.randint(0, 5, [2, 6]))
        // (2 · (1 + 2) + 4 · 3 + 1 + 2) / (2 · 2 + 4 + 2)
        let mean = MeanMetric(), values = Tensor([1, 2] as [Float]).cuda()
        mean.update(values, weight: 2)
        mean.update(3, weight: 4)
        #expect(mean(values).item() == 1.5)
        #expect(mean.compute().device == values.device && mean.compute().cpu().allclose(Tensor(2.1)))
    }
}
