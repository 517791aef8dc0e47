import Torch

/// A curve of precision and recall. torchmetrics: the result of `PrecisionRecallCurve`.
public struct PrecisionRecall {
    /// The precision at each threshold, and 1 at the end.
    public let precision: Tensor
    /// The recall at each threshold, and 0 at the end.
    public let recall: Tensor
    /// The thresholds in ascending order.
    public let thresholds: Tensor

    /// - Parameter recall: the recall if no target is positive.
    init(_ points: CurveMetric.Points, recallWithoutPositives recall: Double) {
        let (tp, fp) = (points.truePositives, points.falsePositives)
        if points.positives == 0, recall == 1 {
            warn("No positive samples found in target, recall is undefined. Setting recall to one for all thresholds.")
        }
        let found = points.positives == 0 ? Tensor.fullLike(tp, recall) : tp / points.positives
        precision = cat([(tp / (tp + fp)).flip(0), Tensor.ones(1)])
        self.recall = cat([found.flip(0), Tensor.zeros(1)])
        thresholds = points.thresholds.flip(0)
    }

    /// The sum of the steps of recall, each times its precision.
    /// - Parameter nanIsZero: whether what is undefined counts as 0; otherwise the sum is NaN.
    func average(nanIsZero: Bool) -> Tensor {
        let p = nanIsZero ? precision.nanToNum() : precision, r = nanIsZero ? recall.nanToNum() : recall
        let count = r.numel() - 1
        return -((r.narrow(0, 1, count) - r.narrow(0, 0, count)) * p.narrow(0, 0, count)).sum()
    }
}

extension CurveMetric {
    final func precisionRecall(_ points: Points) -> PrecisionRecall {
        // torchmetrics: 1 if all thresholds count and the task is yes or no, otherwise NaN.
        if case .multiclass = task { return PrecisionRecall(points, recallWithoutPositives: .nan) }
        return PrecisionRecall(points, recallWithoutPositives: isExact ? 1 : .nan)
    }
}

/// Precision and recall at all thresholds. torchmetrics: `PrecisionRecallCurve`.
public final class PrecisionRecallCurve: CurveMetric, TensorMetric {
    /// Creates a metric.
    /// - Parameters:
    ///   - task: what is classified.
    ///   - thresholds: at which probabilities precision and recall are computed.
    ///   - ignoreIndex: a target that does not count. torchmetrics: `ignore_index`.
    public init(task: ClassificationTask, thresholds: CurveThresholds = .all, ignoreIndex: Int? = nil) {
        super.init(task, thresholds, ignoreIndex)
    }

    /// One curve for a binary task, otherwise one for each class or label.
    public func computeValue() -> [PrecisionRecall] { curves.map(precisionRecall) }
}

/// The mean precision over all recalls: the area under the curve of precision and recall.
/// torchmetrics: `AveragePrecision`.
public final class AveragePrecision: CurveMetric, TensorMetric {
    private let average: Average

    /// Creates a metric.
    /// - Parameters:
    ///   - task: what is classified.
    ///   - average: how the values of the classes or labels are joined; `micro` is for labels only.
    ///   - thresholds: at which probabilities precision and recall are computed.
    ///   - ignoreIndex: a target that does not count. torchmetrics: `ignore_index`.
    public init(
        task: ClassificationTask, average: Average = .macro, thresholds: CurveThresholds = .all,
        ignoreIndex: Int? = nil
    ) {
        self.average = average
        super.init(task, thresholds, ignoreIndex)
        Self.check(average, for: task)
    }

    public func computeValue() -> Tensor {
        if average == .micro, task.count != nil {
            return precisionRecall(microCurve).average(nanIsZero: true)
        }
        let curves = curves
        // As in torchmetrics: the average leaves a class out if it does not occur and all thresholds count.
        let areas = curves.map { precisionRecall($0).average(nanIsZero: !isExact || task.count == nil) }
        return task.count == nil ? areas[0] : joined(areas, curves.map(\.positives), average)
    }
}
