import Torch

/// The rates of true and false positives. torchmetrics: the result of `ROC`.
public struct ROCPoints {
    /// The part of negative targets that is predicted to be positive, at each threshold.
    public let fpr: Tensor
    /// The part of positive targets that is predicted to be positive.
    public let tpr: Tensor
    /// The thresholds in descending order. If all count, 1 comes before the first, where nothing is positive.
    public let thresholds: Tensor

    init(_ points: CurveMetric.Points, isExact: Bool) {
        func rate(_ counts: Tensor, _ all: Double, _ what: String) -> Tensor {
            if all > 0 { return counts / all }
            let kind = what == "positive" ? "true" : "false"
            if isExact {
                warn(
                    "No \(what) samples in targets, \(kind) positive value should be meaningless. Returning zero tensor in \(kind) positive score"
                )
            }
            return Tensor.zerosLike(counts)
        }
        func begun(_ x: Tensor, _ first: Double) -> Tensor {
            isExact ? cat([Tensor([first]).to(x.dtype), x]) : x
        }
        fpr = begun(rate(points.falsePositives, points.negatives, "negative"), 0)
        tpr = begun(rate(points.truePositives, points.positives, "positive"), 0)
        thresholds = begun(points.thresholds, 1)
    }
}

/// The rates of true and false positives at all thresholds. torchmetrics: `ROC`.
public final class ROC: CurveMetric, TensorMetric {
    /// Creates a metric.
    /// - Parameters:
    ///   - task: what is classified.
    ///   - thresholds: at which probabilities the rates are computed.
    ///   - ignoreIndex: a target that does not count. torchmetrics: `ignore_index`.
    public init(task: ClassificationTask, thresholds: CurveThresholds = .all, ignoreIndex: Int? = nil) {
        super.init(task, thresholds, ignoreIndex)
    }

    /// One curve for a binary task, otherwise one for each class or label.
    public func computeValue() -> [ROCPoints] { curves.map { ROCPoints($0, isExact: isExact) } }
}

/// The area under the curve of true and false positives: the probability that a positive example has a higher score
/// than a negative one. torchmetrics: `AUROC`.
public final class AUROC: CurveMetric, TensorMetric {
    private let average: Average
    private let maxFPR: Double?

    /// Creates a metric.
    /// - Parameters:
    ///   - task: what is classified.
    ///   - average: how the values of the classes or labels are joined; `micro` is for labels only.
    ///   - maxFPR: for a binary task, the rate of false positives up to which the area counts; it is then scaled so
    ///     that guessing gives 0.5. torchmetrics: `max_fpr`.
    ///   - thresholds: at which probabilities the rates are computed.
    ///   - ignoreIndex: a target that does not count. torchmetrics: `ignore_index`.
    public init(
        task: ClassificationTask, average: Average = .macro, maxFPR: Double? = nil,
        thresholds: CurveThresholds = .all, ignoreIndex: Int? = nil
    ) {
        self.average = average
        self.maxFPR = maxFPR
        super.init(task, thresholds, ignoreIndex)
        Self.check(average, for: task)
        if let maxFPR, !(maxFPR > 0 && maxFPR <= 1) || task.count != nil {
            raise(.value, "Arguments `max_fpr` should be a float in range (0, 1] for a binary task, but got: \(maxFPR)")
        }
    }

    public func computeValue() -> Tensor {
        if average == .micro, task.count != nil {
            let points = ROCPoints(microCurve, isExact: isExact)
            return area(points.fpr, points.tpr)
        }
        let curves = curves, points = curves.map { ROCPoints($0, isExact: isExact) }
        guard task.count == nil else {
            return joined(points.map { area($0.fpr, $0.tpr) }, curves.map(\.positives), average)
        }
        guard let maxFPR, maxFPR < 1, points[0].fpr.sum().item() != 0, points[0].tpr.sum().item() != 0 else {
            return area(points[0].fpr, points[0].tpr)
        }
        return partialArea(points[0], maxFPR)
    }

    /// The area up to a rate of false positives, with McClish's correction.
    private func partialArea(_ points: ROCPoints, _ maxFPR: Double) -> Tensor {
        let x = points.fpr.toArray(as: Double.self), y = points.tpr.toArray(as: Double.self)
        let stop = x.firstIndex { $0 > maxFPR } ?? x.count
        var (xs, ys) = (Array(x[..<stop]), Array(y[..<stop]))
        if stop < x.count, stop > 0 {
            let weight = (maxFPR - x[stop - 1]) / (x[stop] - x[stop - 1])
            xs.append(maxFPR)
            ys.append(y[stop - 1] + weight * (y[stop] - y[stop - 1]))
        }
        let part = area(Tensor(xs, dtype: .float32), Tensor(ys, dtype: .float32)), least = 0.5 * maxFPR * maxFPR
        return 0.5 * (1 + (part - least) / (maxFPR - least))
    }
}

/// The area under a curve by the rule of trapezoids.
private func area(_ x: Tensor, _ y: Tensor) -> Tensor { y.trapezoid(x: x) }
