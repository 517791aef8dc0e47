import Testing
import Torch
import TorchMetrics

extension MetricTests {
    /// The code of TorchMetrics' first page, in the same order. The numbers are arithmetic.
    @Suite struct FirstPage {
        @Test func aMetric() {
            let accuracy = Accuracy(task: .multiclass(numClasses: 3))
            accuracy.update(Tensor([0, 1, 2]), Tensor([0, 2, 2]))
            accuracy.update(Tensor([1]), Tensor([1]))
            print(accuracy.compute()) // tensor(0.7500)
            #expect(accuracy.compute().item() == 0.75)
            accuracy.reset()
            #expect(accuracy.updateCount == 0)
        }

        @Test func aCollection() {
            let task = ClassificationTask.binary()
            let metrics = MetricCollection(
                [
                    "f1": F1Score(task: task), "auroc": AUROC(task: task),
                    "precision": AveragePrecision(task: task)
                ], prefix: "test/")
            metrics.update(Tensor([0.1, 0.8, 0.6, 0.3]), Tensor([0, 1, 0, 1]))
            for (name, value) in metrics.compute() { print(name, value) }
            // One of two is found, beside one that is wrong; three of four pairs are in order.
            let values = metrics.compute().map { ($0.value.item() as Double * 1e4).rounded() / 1e4 }
            #expect(values == [0.5, 0.75, 0.8333])
        }
    }
}
