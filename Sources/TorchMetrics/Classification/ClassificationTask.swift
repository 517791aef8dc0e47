import Torch

/// What is classified. torchmetrics: the argument `task` of its classes, and the arguments that go with it.
public enum ClassificationTask: Sendable, Equatable {
    /// Yes or no. Targets are 0 or 1, of any shape; predictions have the same shape. Predictions that are floats are
    /// probabilities, or logits if one of them is outside 0...1. A prediction is yes if it is above the threshold.
    case binary(threshold: Double = 0.5)
    /// One of several classes. Targets are class indices [N, …]. Predictions are indices of the same shape, or
    /// probabilities or logits [N, numClasses, …]. A prediction is right if the target is among the `topK` greatest.
    case multiclass(numClasses: Int, topK: Int = 1)
    /// Several questions with yes or no. Targets are 0 or 1, [N, numLabels, …]; predictions have the same shape. They
    /// are read as in `binary`.
    case multilabel(numLabels: Int, threshold: Double = 0.5)

    /// The beginning of torchmetrics' class names.
    var prefix: String {
        switch self {
        case .binary: "Binary"
        case .multiclass: "Multiclass"
        case .multilabel: "Multilabel"
        }
    }

    /// The number of classes or labels; nil for `binary`.
    var count: Int? {
        switch self {
        case .binary: nil
        case .multiclass(let numClasses, _): numClasses
        case .multilabel(let numLabels, _): numLabels
        }
    }

    /// Raises torchmetrics' error if the numbers make no sense.
    func check() {
        switch self {
        case .binary(let threshold), .multilabel(_, let threshold):
            if !(0...1).contains(threshold) {
                raise(
                    .value,
                    "Expected argument `threshold` to be a float in the [0,1] range, but got \(PythonRepr.of(threshold))."
                )
            }
            if let count, count < 2 {
                raise(.value, "Expected argument `num_labels` to be an integer larger than 1, but got \(count)")
            }
        case .multiclass(let numClasses, let topK):
            if numClasses < 2 {
                raise(.value, "Expected argument `num_classes` to be an integer larger than 1, but got \(numClasses)")
            }
            if topK < 1 {
                raise(
                    .value, "Expected argument `top_k` to be an integer larger than or equal to 1, but got \(topK)")
            }
            if topK > numClasses {
                raise(
                    .value,
                    "Expected argument `top_k` to be smaller or equal to `num_classes` but got \(topK) and \(numClasses)"
                )
            }
        }
    }
}

extension ClassificationTask {
    /// Raises if several guesses count, for a metric that knows only one.
    func checkOneGuess(_ metric: String) {
        if case .multiclass(_, let topK) = self, topK != 1 {
            raise(.value, "\(metric) needs `top_k` 1, but got \(topK)")
        }
    }
}

/// How the values of classes or labels are joined. torchmetrics: `average`.
public enum Average: Sendable {
    /// One value of all examples together.
    case micro
    /// The mean of the values of the classes or labels. Scores such as ``Accuracy`` leave out classes that occur
    /// neither as prediction nor as target, but no labels. Areas under curves leave out what is NaN.
    case macro
    /// Their mean, weighted by how often each class is the target.
    case weighted
    /// A value for each class.
    case none
}

/// Predictions and targets in one form.
enum ClassificationInput {
    /// Returns probabilities: floats as they are if all are in 0...1, otherwise after a sigmoid or a softmax.
    static func probabilities(_ preds: Tensor, softmax: Bool = false) -> Tensor {
        let isOutside = ((preds .< 0) | (preds .> 1)).any()
        guard preds.numel() > 0, isOutside.item(as: Bool.self) else { return preds }
        return softmax ? preds.softmax(1) : preds.sigmoid()
    }

    /// Returns whether all elements are 0 or 1 or ignored; raises torchmetrics' error if not.
    static func areBinary(_ x: Tensor, _ name: String, ignoreIndex: Int?) -> Bool {
        var isWrong = x.ne(0) & x.ne(1)
        if let ignoreIndex { isWrong = isWrong & x.ne(ignoreIndex) }
        guard isWrong.any().item(as: Bool.self) else { return true }
        let expected = name == "preds" || ignoreIndex == nil ? "[0, 1]" : "[\(ignoreIndex!)]"
        raise(
            .runtime,
            "Detected the following values in `\(name)`: \(x.unique()) but expected only the following values \(expected)."
        )
        return false
    }

    /// Returns whether all elements are class indices; raises if not.
    static func areClasses(_ x: Tensor, _ name: String, _ count: Int) -> Bool {
        guard ((x .< 0) | (x .>= count)).any().item(as: Bool.self) else { return true }
        raise(
            .runtime,
            "Detected the following values in `\(name)`: \(x.unique()) but expected only values in 0..<\(count).")
        return false
    }

    /// Checks and converts predictions and targets of yes and no: booleans of the same shape as before, and which of
    /// them count. Raises and returns nil if they do not fit.
    static func decisions(
        _ preds: Tensor, _ target: Tensor, threshold: Double, ignoreIndex: Int?
    ) -> (preds: Tensor, target: Tensor, counts: Tensor)? {
        guard haveSameShape(preds, target), areBinary(target, "target", ignoreIndex: ignoreIndex) else { return nil }
        let counts = ignoreIndex.map { target.ne($0) } ?? Tensor.onesLike(target, dtype: .bool)
        if preds.isFloatingPoint() { return (probabilities(preds) .> threshold, target.eq(1), counts) }
        guard areBinary(preds, "preds", ignoreIndex: nil) else { return nil }
        return (preds.ne(0), target.eq(1), counts)
    }

    /// Checks and converts predictions and targets of classes: indices in one dimension, without what is ignored.
    /// Raises and returns nil if they do not fit.
    static func classes(
        _ preds: Tensor, _ target: Tensor, count: Int, topK: Int, ignoreIndex: Int?
    ) -> (preds: Tensor, target: Tensor)? {
        var preds = preds, target = target
        if preds.dim == target.dim + 1 {
            guard hasScores(preds, target, count) else { return nil }
            if topK == 1 {
                preds = preds.argmax(1)
            } else {
                // The target, if it is among the best; otherwise the best.
                let best = preds.topk(topK, dim: 1).indices
                let isAmong = best.eq(target.unsqueeze(1)).any(dim: 1)
                preds = target.to(.int64).where(isAmong, best.select(1, 0))
            }
        } else if preds.shape != target.shape {
            raise(
                .value,
                "The `preds` and `target` should have the same shape, got `preds` with shape=\(preds.shape) and `target` with shape=\(target.shape)."
            )
            return nil
        } else if topK != 1 {
            raise(.value, "`preds` must be probabilities or logits [N, C, ...] if `top_k` is not 1")
            return nil
        }
        (preds, target) = (preds.flatten(), target.flatten())
        if let ignoreIndex {
            let counts = target.ne(ignoreIndex)
            (preds, target) = (preds[counts], target[counts])
        }
        guard areClasses(target, "target", count), areClasses(preds, "preds", count) else { return nil }
        return (preds.to(.int64), target.to(.int64))
    }

    /// Returns whether predictions are scores [N, count, …] for targets [N, …]; raises torchmetrics' error if not.
    static func hasScores(_ preds: Tensor, _ target: Tensor, _ count: Int) -> Bool {
        let error: String? =
            if preds.dim != target.dim + 1 || preds.dim < 2 {
                "Either `preds` and `target` both should have the (same) shape (N, ...), or `target` should be (N, ...) and `preds` should be (N, C, ...)."
            } else if !preds.isFloatingPoint() {
                "If `preds` have one dimension more than `target`, `preds` should be a float tensor."
            } else if preds.size(1) != count {
                "If `preds` have one dimension more than `target`, `preds.shape[1]` should be equal to number of classes."
            } else if [preds.size(0)] + preds.shape.dropFirst(2) != Array(target.shape) {
                "If `preds` have one dimension more than `target`, the shape of `preds` should be (N, C, ...), and the shape of `target` should be (N, ...)."
            } else {
                nil
            }
        if let error { raise(.value, error) }
        return error == nil
    }
}
