import Torch

/// How often each class was predicted for each class: rows are targets, columns are predictions.
/// torchmetrics: `ConfusionMatrix`.
///
/// The value is [2, 2] for a binary task, [classes, classes] for classes and [labels, 2, 2] for labels: int64, or
/// float32 if it is normalized.
public final class ConfusionMatrix: Metric, TensorMetric {
    /// What the counts are divided by. torchmetrics: `normalize`.
    public enum Normalization: Sendable {
        /// The sum of the row: the targets of a class.
        case `true`
        /// The sum of the column: the predictions of a class.
        case pred
        /// The sum of all.
        case all
    }

    /// What is classified.
    public let task: ClassificationTask
    private let normalize: Normalization?
    private let ignoreIndex: Int?
    private let matrix: MetricState

    /// Creates a metric.
    /// - Parameters:
    ///   - task: what is classified. The matrix knows one guess, so `topK` must be 1.
    ///   - normalize: what the counts are divided by. The default is nothing.
    ///   - ignoreIndex: a target that does not count. torchmetrics: `ignore_index`.
    public init(task: ClassificationTask, normalize: Normalization? = nil, ignoreIndex: Int? = nil) {
        task.check()
        task.checkOneGuess("a confusion matrix")
        self.task = task
        self.normalize = normalize
        self.ignoreIndex = ignoreIndex
        let shape: [Int]
        switch task {
        case .binary: shape = [2, 2]
        case .multiclass(let numClasses, _): shape = [max(0, numClasses), max(0, numClasses)]
        case .multilabel(let numLabels, _): shape = [max(0, numLabels), 2, 2]
        }
        matrix = MetricState("confmat", Tensor.zeros(shape, dtype: .int64))
        super.init([matrix])
    }

    /// `BinaryConfusionMatrix` and the like.
    public override var name: String { task.prefix + super.name }

    public func updateStates(_ preds: Tensor, _ target: Tensor) {
        let cells: Tensor
        switch task {
        case .binary(let threshold), .multilabel(_, let threshold):
            if let count = task.count, preds.dim < 2 || preds.size(1) != count {
                return raise(.value, "Expected both `target.shape[1]` and `preds.shape[1]` to be \(count)")
            }
            guard
                let (yes, truth, counts) = ClassificationInput.decisions(
                    preds, target, threshold: threshold, ignoreIndex: ignoreIndex)
            else { return }
            var cell = truth.to(.int64) * 2 + yes.to(.int64)
            if let count = task.count {
                let form = [1, count] + [Int](repeating: 1, count: preds.dim - 2)
                cell = cell + Tensor.arange(count).view(form) * 4
            }
            cells = cell[counts]
        case .multiclass(let numClasses, _):
            guard
                let (guesses, truth) = ClassificationInput.classes(
                    preds, target, count: numClasses, topK: 1, ignoreIndex: ignoreIndex)
            else { return }
            cells = truth * numClasses + guesses
        }
        matrix.value = matrix.value + cells.bincount(minlength: matrix.value.numel()).view(matrix.value.shape)
    }

    public func computeValue() -> Tensor {
        guard let normalize else { return matrix.value }
        let counts = matrix.value.to(.float32)
        let sums =
            switch normalize {
            case .true: counts.sum(-1, keepdim: true)
            case .pred: counts.sum(-2, keepdim: true)
            case .all: counts.sum([-2, -1], keepdim: true)
            }
        let shares = counts / sums, isNaN = shares.isnan()
        let missing = isNaN.sum().item(as: Int.self)
        if missing > 0 { warn("\(missing) NaN values found in confusion matrix have been replaced with zeros.") }
        return shares.maskedFill(isNaN, 0)
    }
}
