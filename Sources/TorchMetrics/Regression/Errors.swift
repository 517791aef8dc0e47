import Torch

/// Returns whether predictions and targets have the same shape; raises if they do not.
func haveSameShape(_ preds: Tensor, _ target: Tensor) -> Bool {
    if preds.shape == target.shape { return true }
    raise(
        .runtime,
        "Predictions and targets are expected to have the same shape, but got \(preds.shape) and \(target.shape).")
    return false
}

/// A mean of an error over all elements, or over the rows of each output.
public class MeanErrorMetric: Metric {
    private let numOutputs: Int
    private let sum: MetricState, total = MetricState("total", Tensor(0))

    /// - Precondition: `numOutputs` is positive.
    fileprivate init(_ numOutputs: Int, _ name: String) {
        if numOutputs < 1 { raise(.value, "Expected num_outputs to be a positive integer but got \(numOutputs)") }
        self.numOutputs = numOutputs
        sum = MetricState(name, numOutputs > 1 ? Tensor.zeros(numOutputs) : Tensor.zeros([]))
        super.init([sum, total])
    }

    fileprivate final func add(_ preds: Tensor, _ target: Tensor, _ error: (Tensor) -> Tensor) {
        guard haveSameShape(preds, target) else { return }
        let isOne = numOutputs == 1
        guard isOne || preds.dim == 2 && preds.size(1) == numOutputs else {
            return raise(.value, "Expected predictions of shape [N, \(numOutputs)], but got \(preds.shape)")
        }
        let difference = isOne ? preds.reshape(-1).sub(target.reshape(-1)) : preds.sub(target)
        sum.value = sum.value + error(difference).sum(dim: 0)
        total.value = total.value + difference.size(0)
    }

    fileprivate final var mean: Tensor { sum.value / total.value }
}

/// The mean squared error. torchmetrics: `MeanSquaredError`.
public final class MeanSquaredError: MeanErrorMetric, TensorMetric {
    private let squared: Bool

    /// Creates a metric.
    /// - Parameters:
    ///   - squared: if false, its square root, the RMSE.
    ///   - numOutputs: the number of columns; if it is not 1, each has a value of its own. torchmetrics: `num_outputs`.
    public init(squared: Bool = true, numOutputs: Int = 1) {
        self.squared = squared
        super.init(numOutputs, "sum_squared_error")
    }

    public func updateStates(_ preds: Tensor, _ target: Tensor) { add(preds, target) { $0 * $0 } }
    public func computeValue() -> Tensor { squared ? mean : mean.sqrt() }
}

/// The mean absolute error. torchmetrics: `MeanAbsoluteError`.
public final class MeanAbsoluteError: MeanErrorMetric, TensorMetric {
    /// Creates a metric.
    /// - Parameter numOutputs: the number of columns; if it is not 1, each has a value of its own.
    public init(numOutputs: Int = 1) { super.init(numOutputs, "sum_abs_error") }

    public func updateStates(_ preds: Tensor, _ target: Tensor) { add(preds, target) { $0.abs() } }
    public func computeValue() -> Tensor { mean }
}
