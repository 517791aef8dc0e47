import Torch

/// Counts true and false positives and negatives. The base class of the scores that follow from them.
/// torchmetrics: `StatScores`.
public class StatScoresMetric: Metric {
    /// What is classified.
    public final let task: ClassificationTask
    /// How the values of the classes are joined. It has no effect on a binary task.
    public final let average: Average
    private let ignoreIndex: Int?
    private let zeroDivision: Double
    private let truePositives, falsePositives, trueNegatives, falseNegatives: MetricState

    /// - Parameter zeroDivision: the score of a class if its denominator is 0.
    fileprivate init(_ task: ClassificationTask, _ average: Average, _ ignoreIndex: Int?, zeroDivision: Double = 0) {
        task.check()
        self.task = task
        self.average = average
        self.ignoreIndex = ignoreIndex
        self.zeroDivision = zeroDivision
        let zeros = Tensor.zeros(task.count.map { [max(0, $0)] } ?? [], dtype: .int64)
        truePositives = MetricState("tp", zeros)
        falsePositives = MetricState("fp", zeros)
        trueNegatives = MetricState("tn", zeros)
        falseNegatives = MetricState("fn", zeros)
        super.init([truePositives, falsePositives, trueNegatives, falseNegatives])
    }

    /// `BinaryAccuracy` and the like.
    public override var name: String { task.prefix + super.name }

    /// Adds the counts of a batch.
    public func updateStates(_ preds: Tensor, _ target: Tensor) {
        switch task {
        case .binary(let threshold), .multilabel(_, let threshold):
            if let count = task.count, preds.dim < 2 || preds.size(1) != count {
                return raise(
                    .value,
                    "Expected both `target.shape[1]` and `preds.shape[1]` to be equal to the number of labels but got \(preds.dim < 2 ? 0 : preds.size(1)) and expected \(count)"
                )
            }
            guard
                let (yes, truth, counts) = ClassificationInput.decisions(
                    preds, target, threshold: threshold, ignoreIndex: ignoreIndex)
            else { return }
            add(yes & truth & counts, yes & ~truth & counts, ~yes & ~truth & counts, ~yes & truth & counts)
        case .multiclass(let numClasses, let topK):
            guard
                let (guesses, truth) = ClassificationInput.classes(
                    preds, target, count: numClasses, topK: topK, ignoreIndex: ignoreIndex)
            else { return }
            let hits = truth[guesses.eq(truth)].bincount(minlength: numClasses)
            let guessed = guesses.bincount(minlength: numClasses), wanted = truth.bincount(minlength: numClasses)
            truePositives.value = truePositives.value + hits
            falsePositives.value = falsePositives.value + guessed - hits
            falseNegatives.value = falseNegatives.value + wanted - hits
            trueNegatives.value = trueNegatives.value + truth.numel() - guessed - wanted + hits
        }
    }

    /// Adds the numbers of true elements: all of them for a binary task, otherwise those of each label.
    private func add(_ tp: Tensor, _ fp: Tensor, _ tn: Tensor, _ fn: Tensor) {
        func count(_ x: Tensor) -> Tensor { task.count == nil ? x.sum() : x.transpose(0, 1).flatten(1).sum(dim: 1) }
        truePositives.value = truePositives.value + count(tp)
        falsePositives.value = falsePositives.value + count(fp)
        trueNegatives.value = trueNegatives.value + count(tn)
        falseNegatives.value = falseNegatives.value + count(fn)
    }

    /// The counts, float32: of each class, or of all together for the micro average.
    fileprivate final var counts: (tp: Tensor, fp: Tensor, tn: Tensor, fn: Tensor) {
        func sum(_ state: MetricState) -> Tensor {
            let isMicro = task.count != nil && average == .micro
            return (isMicro ? state.value.sum() : state.value).to(.float32)
        }
        return (sum(truePositives), sum(falsePositives), sum(trueNegatives), sum(falseNegatives))
    }

    /// Returns a quotient, or `zeroDivision` where the denominator is 0.
    private func divide(_ a: Tensor, _ b: Tensor, _ zeroDivision: Double) -> Tensor {
        (a / b).where(b.ne(0), Tensor.fullLike(a, zeroDivision))
    }

    /// Returns the quotients of the classes, joined.
    /// - Parameter isAbsent: which classes the macro average leaves out. Labels are never left out.
    fileprivate final func score(_ part: Tensor, of whole: Tensor, isAbsent: Tensor) -> Tensor {
        let scores = divide(part, whole, zeroDivision)
        if scores.dim == 0 || average == .none { return scores }
        let (tp, _, _, fn) = counts
        var weights = Tensor.onesLike(scores)
        if average == .weighted {
            weights = tp + fn
        } else if case .multiclass = task {
            weights = weights.maskedFill(isAbsent, 0)
        }
        return divide(weights * scores, weights.sum(-1, keepdim: true).expandAs(scores), 0).sum(-1)
    }

    /// Which classes are neither predictions nor targets.
    fileprivate final var isAbsent: Tensor {
        let (tp, fp, _, fn) = counts
        return (tp + fp + fn).eq(0)
    }

    /// Like `isAbsent`. With several guesses, predictions do not count.
    fileprivate final var isAbsentAmongGuesses: Tensor {
        let (tp, _, _, fn) = counts
        if case .multiclass(_, let topK) = task, topK > 1 { return (tp + fn).eq(0) }
        return isAbsent
    }
}

/// The counts themselves: [true positives, false positives, true negatives, false negatives, targets that are
/// positive], int64; for several classes and no average [classes, 5]. torchmetrics: `StatScores`.
public final class StatScores: StatScoresMetric, TensorMetric {
    /// Creates a metric. The averages `macro` and `weighted` give float32.
    /// - Parameters:
    ///   - task: what is classified.
    ///   - average: how the counts of the classes are joined.
    ///   - ignoreIndex: a target that does not count. torchmetrics: `ignore_index`.
    public init(task: ClassificationTask, average: Average = .micro, ignoreIndex: Int? = nil) {
        super.init(task, average, ignoreIndex)
    }

    public func computeValue() -> Tensor {
        let values = states.map(\.value), all = stack(values + [values[0] + values[3]], dim: -1)
        if task.count == nil { return all }
        switch average {
        case .micro: return all.sum(0)
        case .macro: return all.to(.float32).mean(0)
        case .weighted:
            let weight = (values[0] + values[3]).to(.float32)
            return (all * (weight / weight.sum()).unsqueeze(1)).sum(0)
        case .none: return all
        }
    }
}

/// The part of examples whose prediction is right. torchmetrics: `Accuracy`.
public final class Accuracy: StatScoresMetric, TensorMetric {
    /// Creates a metric.
    /// - Parameters:
    ///   - task: what is classified.
    ///   - average: how the values of the classes are joined. The accuracy of a class is its recall; that of a label
    ///     counts also what is rightly predicted to be false.
    ///   - ignoreIndex: a target that does not count. torchmetrics: `ignore_index`.
    public init(task: ClassificationTask, average: Average = .micro, ignoreIndex: Int? = nil) {
        super.init(task, average, ignoreIndex)
    }

    public func computeValue() -> Tensor {
        let (tp, fp, tn, fn) = counts
        if case .multiclass = task { return score(tp, of: tp + fn, isAbsent: isAbsentAmongGuesses) }
        return score(tp + tn, of: tp + tn + fp + fn, isAbsent: isAbsent)
    }
}

/// The part of positive predictions that is right. torchmetrics: `Precision`.
public final class Precision: StatScoresMetric, TensorMetric {
    /// Creates a metric.
    /// - Parameters:
    ///   - task: what is classified.
    ///   - average: how the values of the classes are joined.
    ///   - ignoreIndex: a target that does not count. torchmetrics: `ignore_index`.
    ///   - zeroDivision: the value without positive predictions. torchmetrics: `zero_division`.
    public init(
        task: ClassificationTask, average: Average = .micro, ignoreIndex: Int? = nil, zeroDivision: Double = 0
    ) {
        super.init(task, average, ignoreIndex, zeroDivision: zeroDivision)
    }

    public func computeValue() -> Tensor {
        let (tp, fp, _, _) = counts
        return score(tp, of: tp + fp, isAbsent: isAbsentAmongGuesses)
    }
}

/// The part of positive targets that is found. torchmetrics: `Recall`.
public final class Recall: StatScoresMetric, TensorMetric {
    /// Creates a metric.
    /// - Parameters:
    ///   - task: what is classified.
    ///   - average: how the values of the classes are joined.
    ///   - ignoreIndex: a target that does not count. torchmetrics: `ignore_index`.
    ///   - zeroDivision: the value without positive targets. torchmetrics: `zero_division`.
    public init(
        task: ClassificationTask, average: Average = .micro, ignoreIndex: Int? = nil, zeroDivision: Double = 0
    ) {
        super.init(task, average, ignoreIndex, zeroDivision: zeroDivision)
    }

    public func computeValue() -> Tensor {
        let (tp, _, _, fn) = counts
        return score(tp, of: tp + fn, isAbsent: isAbsentAmongGuesses)
    }
}

/// The weighted harmonic mean of precision and recall. torchmetrics: `FBetaScore`.
public class FBetaScore: StatScoresMetric, TensorMetric {
    private let beta: Double

    /// Creates a metric.
    /// - Parameters:
    ///   - task: what is classified.
    ///   - beta: how many times as much recall counts as precision does.
    ///   - average: how the values of the classes are joined.
    ///   - ignoreIndex: a target that does not count. torchmetrics: `ignore_index`.
    ///   - zeroDivision: the value without positive predictions and targets. torchmetrics: `zero_division`.
    /// - Precondition: `beta` is positive.
    public init(
        task: ClassificationTask, beta: Double, average: Average = .micro, ignoreIndex: Int? = nil,
        zeroDivision: Double = 0
    ) {
        if !(beta > 0) {
            raise(.value, "Expected argument `beta` to be a float larger than 0, but got \(PythonRepr.of(beta)).")
        }
        self.beta = beta
        super.init(task, average, ignoreIndex, zeroDivision: zeroDivision)
    }

    public func computeValue() -> Tensor {
        let (tp, fp, _, fn) = counts, square = beta * beta
        return score(
            tp * (1 + square), of: tp * (1 + square) + fn * square + fp, isAbsent: isAbsent)
    }
}

/// The harmonic mean of precision and recall. torchmetrics: `F1Score`.
public final class F1Score: FBetaScore {
    /// Creates a metric.
    /// - Parameters:
    ///   - task: what is classified.
    ///   - average: how the values of the classes are joined.
    ///   - ignoreIndex: a target that does not count. torchmetrics: `ignore_index`.
    ///   - zeroDivision: the value without positive predictions and targets. torchmetrics: `zero_division`.
    public init(
        task: ClassificationTask, average: Average = .micro, ignoreIndex: Int? = nil, zeroDivision: Double = 0
    ) {
        super.init(task: task, beta: 1, average: average, ignoreIndex: ignoreIndex, zeroDivision: zeroDivision)
    }
}

/// The part of negative targets that is found. torchmetrics: `Specificity`.
public final class Specificity: StatScoresMetric, TensorMetric {
    /// Creates a metric.
    /// - Parameters:
    ///   - task: what is classified.
    ///   - average: how the values of the classes are joined.
    ///   - ignoreIndex: a target that does not count. torchmetrics: `ignore_index`.
    public init(task: ClassificationTask, average: Average = .micro, ignoreIndex: Int? = nil) {
        super.init(task, average, ignoreIndex)
    }

    public func computeValue() -> Tensor {
        let (_, fp, tn, _) = counts
        return score(tn, of: tn + fp, isAbsent: isAbsent)
    }
}
