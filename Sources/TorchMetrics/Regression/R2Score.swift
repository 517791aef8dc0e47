import Torch

/// The coefficient of determination: the part of the targets' variance that the predictions explain.
/// torchmetrics: `R2Score`.
public final class R2Score: Metric, TensorMetric {
    /// How the values of several columns are joined. torchmetrics: `multioutput`.
    public enum MultiOutput: Sendable {
        /// A value for each column.
        case rawValues
        /// Their mean.
        case uniformAverage
        /// Their mean, weighted by the variances of the columns.
        case varianceWeighted
    }

    private let adjusted: Int
    private let multioutput: MultiOutput
    private let sumSquares = MetricState("sum_squared_error", Tensor.zeros([]))
    private let sum = MetricState("sum_error", Tensor.zeros([])), residual = MetricState("residual", Tensor.zeros([]))
    private let total = MetricState("total", Tensor(0))

    /// Creates a metric.
    /// - Parameters:
    ///   - adjusted: the number of independent variables, for the adjusted coefficient; 0 for the plain one.
    ///   - multioutput: how the values of several columns are joined.
    /// - Precondition: `adjusted` is not negative.
    public init(adjusted: Int = 0, multioutput: MultiOutput = .uniformAverage) {
        if adjusted < 0 { raise(.value, "`adjusted` parameter should be an integer larger or equal to 0.") }
        self.adjusted = adjusted
        self.multioutput = multioutput
        super.init([sumSquares, sum, residual, total])
    }

    /// Adds predictions and targets, [N] or [N, columns].
    public func updateStates(_ preds: Tensor, _ target: Tensor) {
        guard haveSameShape(preds, target) else { return }
        guard (1...2).contains(preds.dim) else {
            return raise(
                .value,
                "Expected both prediction and target to be 1D or 2D tensors, but received tensors with dimension \(preds.shape)"
            )
        }
        let rest = target.sub(preds)
        sum.value = sum.value + target.sum(dim: 0)
        sumSquares.value = sumSquares.value + (target * target).sum(dim: 0)
        residual.value = residual.value + (rest * rest).sum(dim: 0)
        total.value = total.value + target.size(0)
    }

    /// - Precondition: there are at least two rows.
    public func computeValue() -> Tensor {
        let count = total.value.item(as: Int.self)
        guard count >= 2 else {
            raise(.value, "Needs at least two samples to calculate r2 score.")
            return Tensor(Double.nan)
        }
        let rss = residual.value, tss = sumSquares.value - sum.value * (sum.value / count)
        let zero = Tensor.zerosLike(rss)
        let hasRest = ~rss.isclose(zero, atol: 1e-4), varies = ~tss.isclose(zero, atol: 1e-4)
        let raw = (1 - rss / tss).where(hasRest & varies, (~hasRest).to(rss.dtype))
        let r2 =
            switch multioutput {
            case .rawValues: raw
            case .uniformAverage: raw.mean()
            case .varianceWeighted: (tss / tss.sum() * raw).sum()
            }
        if adjusted == 0 { return r2 }
        guard adjusted < count - 1 else {
            warn(
                adjusted == count - 1
                    ? "Division by zero in adjusted r2 score. Falls back to standard r2 score."
                    : "More independent regressions than data points in adjusted r2 score. Falls back to standard r2 score."
            )
            return r2
        }
        return 1 - (1 - r2) * Double(count - 1) / Double(count - adjusted - 1)
    }
}
