import Torch

/// The mean of numbers, such as losses. torchmetrics: `MeanMetric`.
///
/// ```swift
/// let loss = MeanMetric()
/// loss.update(batchLoss, weight: batchSize)
/// loss.compute()
/// ```
public final class MeanMetric: Metric {
    /// What happens with values that are NaN. torchmetrics: `nan_strategy`.
    public enum NaNStrategy: Sendable, Equatable {
        /// They are an error.
        case error
        /// They are left out, with a warning.
        case warn
        /// They are left out.
        case ignore
        /// They count like other values, so the mean is NaN. As in torchmetrics, every weight is then 1.
        case disable
        /// They are replaced by a number.
        case impute(Double)
    }

    private let nanStrategy: NaNStrategy
    private let sum = MetricState("mean_value", Tensor.zeros([])), weight = MetricState("weight", Tensor.zeros([]))

    /// Creates a metric.
    public init(nanStrategy: NaNStrategy = .warn) {
        self.nanStrategy = nanStrategy
        super.init([sum, weight])
    }

    /// Adds numbers.
    /// - Parameters:
    ///   - value: a number or a tensor of any shape.
    ///   - weight: their weights; a number, or a tensor that broadcasts to the shape of `value`. The default is 1.
    public func update(_ value: some TensorOperand, weight: (any TensorOperand)? = nil) {
        update(on: (value as? Tensor)?.device) { add(value.operand, weight?.operand) }
    }

    /// Returns the mean, a 0-dimensional tensor; NaN if nothing has weight.
    public func compute() -> Tensor { compute { sum.value / weight.value } }

    /// Adds numbers, and returns the mean of these alone.
    @discardableResult
    public func callAsFunction(_ value: some TensorOperand, weight: (any TensorOperand)? = nil) -> Tensor {
        forward(on: (value as? Tensor)?.device, { add(value.operand, weight?.operand) }) {
            sum.value / self.weight.value
        }
    }

    /// Computes the mean of the numbers of all ranks. Every rank calls it.
    /// - Throws: what the group throws.
    public func compute(over group: some MetricGroup) throws -> Tensor {
        try sync(group)
        defer { unsync() }
        return compute()
    }

    private func add(_ value: Tensor, _ weight: Tensor?) {
        // The device of a tensor is that of the states already; a number goes there.
        var x = value.detach().to(sum.value.device).to(.float32)
        var w = (weight ?? Tensor(1)).detach()
        if w.dim == 0 { w = w.to(x.device) }
        w = w.to(.float32).broadcastTo(x.shape)
        let isNaN = x.isnan() | w.isnan()
        if nanStrategy == .disable {
            w = Tensor.onesLike(x)
        } else if isNaN.any().item(as: Bool.self) {
            switch nanStrategy {
            case .error: return raise(.runtime, "Encountered `nan` values in tensor")
            case .warn, .ignore, .disable:
                if nanStrategy == .warn { warn("Encountered `nan` values in tensor. Will be removed.") }
                (x, w) = (x[~isNaN], w[~isNaN])
            case .impute(let number): (x, w) = (x.maskedFill(isNaN, number), w.maskedFill(isNaN, 1))
            }
        }
        sum.value = sum.value + (x * w).sum()
        self.weight.value = self.weight.value + w.sum()
    }
}
