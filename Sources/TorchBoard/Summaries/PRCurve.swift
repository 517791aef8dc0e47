import Torch

extension SummaryWriter {
    /// Adds a precision-recall curve. PyTorch: `add_pr_curve`.
    /// - Parameters:
    ///   - tag: the name.
    ///   - labels: the truth: 1 or true for each positive example, any shape.
    ///   - predictions: the probabilities in 0...1 that the examples are positive, of the same shape.
    ///   - globalStep: the step of the training run.
    ///   - numThresholds: the number of points, at most 127. PyTorch: `num_thresholds`.
    ///   - weights: a number for each example; the default is 1.
    ///   - walltime: the seconds since 1970; the default is now.
    /// - Precondition: the shapes agree, and `numThresholds` is at least 2.
    public func addPRCurve(
        _ tag: String, _ labels: Tensor, _ predictions: Tensor, globalStep: Int? = nil, numThresholds: Int = 127,
        weights: Tensor? = nil, walltime: Double? = nil
    ) {
        guard labels.shape == predictions.shape, weights == nil || weights!.shape == labels.shape else {
            return raise(
                .value,
                "addPRCurve: labels \(labels.shape), predictions \(predictions.shape)\(weights.map { " and weights \($0.shape)" } ?? "") must have the same shape"
            )
        }
        guard numThresholds >= 2 else {
            return raise(.value, "addPRCurve: numThresholds must be at least 2, got \(numThresholds)")
        }
        let count = min(numThresholds, 127)
        // In the predictions' own dtype, as NumPy does.
        let buckets = noGrad { predictions.detach().mul(count - 1).floor() }.toArray(as: Double.self)
        let truths = labels.toArray(as: Double.self), factors = weights?.toArray(as: Double.self)
        var truePositives = [Double](repeating: 0, count: count), falsePositives = truePositives
        for i in buckets.indices where buckets[i] >= 0 && buckets[i] <= Double(count - 1) {
            let factor = factors?[i] ?? 1
            truePositives[Int(buckets[i])] += truths[i] * factor
            falsePositives[Int(buckets[i])] += (1 - truths[i]) * factor
        }
        for k in (0..<count - 1).reversed() {
            truePositives[k] += truePositives[k + 1]
            falsePositives[k] += falsePositives[k + 1]
        }
        let trueNegatives = falsePositives.map { falsePositives[0] - $0 }
        let falseNegatives = truePositives.map { truePositives[0] - $0 }
        let least = 1e-7
        add(
            prCurve(
                tag, [truePositives, falsePositives, trueNegatives, falseNegatives],
                precision: zip(truePositives, falsePositives).map { $0 / max(least, $0 + $1) },
                recall: zip(truePositives, falseNegatives).map { $0 / max(least, $0 + $1) }, count),
            globalStep, walltime)
    }

    /// Adds a precision-recall curve whose points are known. PyTorch: `add_pr_curve_raw`.
    /// - Parameters:
    ///   - tag: the name.
    ///   - truePositiveCounts: a number for each threshold, [count].
    ///   - falsePositiveCounts: likewise.
    ///   - trueNegativeCounts: likewise.
    ///   - falseNegativeCounts: likewise.
    ///   - precision: the precision at each threshold.
    ///   - recall: the recall at each threshold.
    ///   - globalStep: the step of the training run.
    ///   - numThresholds: the number of thresholds, at most 127.
    ///   - walltime: the seconds since 1970; the default is now.
    /// - Precondition: all tensors have one dimension of the same size.
    public func addPRCurveRaw(
        _ tag: String, truePositiveCounts: Tensor, falsePositiveCounts: Tensor, trueNegativeCounts: Tensor,
        falseNegativeCounts: Tensor, precision: Tensor, recall: Tensor, globalStep: Int? = nil,
        numThresholds: Int = 127, walltime: Double? = nil
    ) {
        let rows = [
            truePositiveCounts, falsePositiveCounts, trueNegativeCounts, falseNegativeCounts, precision, recall
        ]
        guard rows.allSatisfy({ $0.dim == 1 && $0.shape == rows[0].shape }) else {
            return raise(.value, "all input arrays must have the same shape")
        }
        let numbers = rows.map { $0.toArray(as: Double.self) }
        add(
            prCurve(
                tag, Array(numbers[..<4]), precision: numbers[4], recall: numbers[5], min(max(0, numThresholds), 127)),
            globalStep, walltime)
    }

    private func prCurve(
        _ tag: String, _ counts: [[Double]], precision: [Double], recall: [Double], _ numThresholds: Int
    ) -> Summary {
        let content = ProtoMessage { $0.add(2, numThresholds) }
        return Summary(tag, plugin: Summary.Plugin(name: "pr_curves", content: content)) {
            $0.add(tensor: 8, .float, shape: [6, precision.count]) {
                $0.add(packed: 5, (counts + [precision, recall]).flatMap { $0.map { Float($0) } })
            }
        }
    }
}
