import Torch

/// The thresholds of a curve. torchmetrics: the argument `thresholds`.
public enum CurveThresholds: Sendable, Equatable {
    /// All predictions that occur. Exact; keeps every prediction in memory.
    case all
    /// A number of thresholds from 0 to 1 at equal distances, at least 2. Keeps only counts.
    case count(Int)
    /// Numbers in 0...1, in ascending order. Keeps only counts.
    case list([Double])
}

extension CurveThresholds: ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    public init(integerLiteral count: Int) { self = .count(count) }
    public init(arrayLiteral thresholds: Double...) { self = .list(thresholds) }
}

/// The base class of the curves over thresholds: keeps predictions and targets, or counts for each threshold.
public class CurveMetric: Metric {
    /// What is classified. `threshold` has no effect.
    public final let task: ClassificationTask
    private let ignoreIndex: Int?
    /// The thresholds; nil for all.
    let thresholds: Tensor?
    /// Predictions [N] or [N, classes] and targets [N] or [N, labels], if all thresholds count.
    private let preds = MetricState(rows: "preds"), target = MetricState(rows: "target")
    /// True positives, false positives, false negatives and true negatives, each [curves, thresholds].
    private let counts: MetricState

    init(_ task: ClassificationTask, _ thresholds: CurveThresholds, _ ignoreIndex: Int?) {
        task.check()
        task.checkOneGuess("a curve")
        self.task = task
        self.ignoreIndex = ignoreIndex
        switch thresholds {
        case .all: self.thresholds = nil
        case .count(let count):
            if count < 2 {
                raise(
                    .value,
                    "If argument `thresholds` is an integer, expected it to be larger than 1, but got \(count)")
            }
            self.thresholds = Tensor.linspace(0, 1, steps: max(2, count))
        case .list(let list):
            if !list.allSatisfy({ (0...1).contains($0) }) || list != list.sorted() {
                raise(
                    .value,
                    "If argument `thresholds` is a list, expected all elements to be floats in the [0,1] range in ascending order, but got \(list)"
                )
            }
            self.thresholds = Tensor(list, dtype: .float32)
        }
        counts = MetricState(
            "confmat", Tensor.zeros([4, max(1, task.count ?? 1), self.thresholds?.numel() ?? 0], dtype: .int64))
        super.init(self.thresholds == nil ? [preds, target] : [counts])
    }

    /// `BinaryROC` and the like.
    public override var name: String { task.prefix + super.name }

    /// Adds a batch.
    public func updateStates(_ preds: Tensor, _ target: Tensor) {
        guard preds.isFloatingPoint() else {
            return raise(
                .value,
                "Expected argument `preds` to be an floating tensor with probability/logit scores, but got tensor with dtype \(preds.dtype)"
            )
        }
        guard !target.isFloatingPoint() else {
            return raise(
                .value,
                "Expected argument `target` to be an int or long tensor with ground truth labels but got tensor with dtype \(target.dtype)"
            )
        }
        guard let (scores, truth) = input(preds, target) else { return }
        guard let thresholds = thresholds?.to(preds.device) else {
            self.preds.append(scores)
            self.target.append(truth)
            return
        }
        let columns = scores.dim == 1 ? scores.unsqueeze(1) : scores
        var positives = truth.dim == 1 ? truth.unsqueeze(1) : truth
        if case .multiclass(let numClasses, _) = task { positives = truth.unsqueeze(1).eq(Tensor.arange(numClasses)) }
        let isYes = positives.eq(1)
        let isNo = ignoreIndex == nil ? ~isYes : ~isYes & positives.ne(ignored)
        counts.value = counts.value + tally(columns, isYes, isNo, thresholds)
    }

    /// The target that stands for an ignored one of a label, which cannot be left out alone.
    private var ignored: Int { -1 }

    /// Returns probabilities and targets: [N], for several classes or labels [N, count] and [N] or [N, labels]. Raises
    /// and returns nil if they do not fit.
    private func input(_ preds: Tensor, _ target: Tensor) -> (Tensor, Tensor)? {
        switch task {
        case .binary:
            guard haveSameShape(preds, target),
                ClassificationInput.areBinary(target, "target", ignoreIndex: ignoreIndex)
            else { return nil }
            var scores = preds.flatten(), truth = target.flatten()
            if let ignoreIndex {
                let counts = truth.ne(ignoreIndex)
                (scores, truth) = (scores[counts], truth[counts])
            }
            return (ClassificationInput.probabilities(scores), truth.to(.int64))
        case .multiclass(let numClasses, _):
            guard ClassificationInput.hasScores(preds, target, numClasses) else { return nil }
            var scores = preds.transpose(0, 1).reshape(numClasses, -1).T, truth = target.flatten()
            if let ignoreIndex {
                let counts = truth.ne(ignoreIndex)
                (scores, truth) = (scores[counts], truth[counts])
            }
            guard ClassificationInput.areClasses(truth, "target", numClasses) else { return nil }
            return (ClassificationInput.probabilities(scores, softmax: true), truth.to(.int64))
        case .multilabel(let numLabels, _):
            guard haveSameShape(preds, target),
                ClassificationInput.areBinary(target, "target", ignoreIndex: ignoreIndex)
            else { return nil }
            guard preds.dim >= 2, preds.size(1) == numLabels else {
                raise(.value, "Expected both `target.shape[1]` and `preds.shape[1]` to be \(numLabels)")
                return nil
            }
            var truth = target.transpose(0, 1).reshape(numLabels, -1).T.to(.int64)
            if let ignoreIndex { truth = truth.maskedFill(truth.eq(ignoreIndex), ignored) }
            return (
                ClassificationInput.probabilities(preds.transpose(0, 1).reshape(numLabels, -1).T), truth
            )
        }
    }

    /// Counts for each column and threshold, [4, columns, thresholds]. An example is a positive at all thresholds up to
    /// its score, so it is counted at its place among the thresholds, and the counts are summed from the top.
    private func tally(_ scores: Tensor, _ isYes: Tensor, _ isNo: Tensor, _ thresholds: Tensor) -> Tensor {
        let (columns, count) = (scores.size(1), thresholds.numel())
        // The number of thresholds that are not above the score; 0 for NaN, which is above none.
        let place = searchsorted(thresholds, scores.to(.float32).contiguous(), right: true)
            .maskedFill(scores.isnan(), 0)
        let cell = place + Tensor.arange(columns) * (count + 1)
        func positives(_ mask: Tensor) -> (above: Tensor, all: Tensor) {
            let places = cell[mask].bincount(minlength: columns * (count + 1)).view(columns, count + 1)
            return (places.narrow(1, 1, count).flip(1).cumsum(1).flip(1), places.sum(1, keepdim: true))
        }
        let yes = positives(isYes), no = positives(isNo)
        return stack([yes.above, no.above, yes.all - yes.above, no.all - no.above])
    }

    /// The points of one curve, from the highest threshold to the lowest.
    struct Points {
        /// True and false positives at each threshold, float32.
        let truePositives, falsePositives: Tensor
        let thresholds: Tensor
        /// The numbers of positive and of negative targets.
        let positives, negatives: Double
    }

    /// The points of each curve: one for a binary task, otherwise one for each class or label.
    final var curves: [Points] {
        if let thresholds = thresholds?.to(counts.value.device) {
            return (0..<counts.value.size(1)).map { points(counts: counts.value.select(1, $0), thresholds) }
        }
        let scores = preds.value, truth = target.value
        guard let count = task.count else { return [points(scores, truth.eq(1))] }
        guard scores.dim == 2 else { return (0..<count).map { _ in points(scores, truth.eq(1)) } }
        return (0..<count).map { k in
            if truth.dim == 1 { return points(scores.select(1, k), truth.eq(k)) }
            let label = truth.select(1, k), known = label.ne(ignored)
            return points(scores.select(1, k)[known], label.eq(1)[known])
        }
    }

    /// The points of all labels' examples together.
    final var microCurve: Points {
        if let thresholds = thresholds?.to(counts.value.device) {
            return points(counts: counts.value.sum(1), thresholds)
        }
        let truth = target.value.flatten(), known = truth.ne(ignored)
        return points(preds.value.flatten()[known], truth.eq(1)[known])
    }

    /// - Parameter counts: [4, thresholds].
    private func points(counts: Tensor, _ thresholds: Tensor) -> Points {
        let numbers = counts.flip(1)
        // The counts of any threshold add up to all targets. Without thresholds nothing is known of these.
        let all = counts.narrow(1, 0, min(1, counts.size(1))).sum(1)
        return Points(
            truePositives: numbers[0].to(.float32), falsePositives: numbers[1].to(.float32),
            thresholds: thresholds.flip(0), positives: (all[0] + all[2]).item(), negatives: (all[1] + all[3]).item())
    }

    /// The points at all scores that occur, the highest first.
    private func points(_ scores: Tensor, _ isPositive: Tensor) -> Points {
        let none = Tensor.zeros(0)
        guard scores.numel() > 0 else {
            return Points(truePositives: none, falsePositives: none, thresholds: none, positives: 0, negatives: 0)
        }
        let order = scores.argsort(descending: true), sorted = scores[order]
        let hits = isPositive[order].to(.int64).cumsum(0)
        // The last example of each run of equal scores.
        let last = Tensor.ones(scores.numel(), dtype: .bool)
        if scores.numel() > 1 {
            last.narrow(0, 0, scores.numel() - 1).copy_(
                sorted.narrow(0, 1, scores.numel() - 1).ne(sorted.narrow(0, 0, scores.numel() - 1)))
        }
        let places = last.nonzero().squeeze(1), truePositives = hits[places]
        let positives = hits[-1].item()
        return Points(
            truePositives: truePositives.to(.float32), falsePositives: (places + 1 - truePositives).to(.float32),
            thresholds: sorted[places], positives: positives, negatives: Double(scores.numel()) - positives)
    }

    /// Whether all thresholds count.
    final var isExact: Bool { thresholds == nil }
}

extension CurveMetric {
    /// Raises if an average is not defined for a task.
    static func check(_ average: Average, for task: ClassificationTask) {
        guard case .multiclass = task, average == .micro else { return }
        raise(.value, "Expected argument `average` to be one of ('macro', 'weighted', 'none', None) but got micro")
    }

    /// Joins the areas under several curves. Areas that are NaN are left out.
    final func joined(_ areas: [Tensor], _ weights: [Double], _ average: Average) -> Tensor {
        let all = stack(areas)
        if average == .none { return all }
        let isKnown = ~all.isnan()
        if !isKnown.all().item(as: Bool.self) {
            warn("The score for one or more classes was `nan`. Ignoring these classes in \(average)-average")
        }
        let known = all[isKnown]
        if average != .weighted { return known.mean() }
        let shares = Tensor(weights, dtype: .float32)[isKnown], sum = shares.sum()
        return sum.item() == 0 ? Tensor.zeros([]) : (known * shares / sum).sum()
    }
}
