/// The base class of losses with a reduction.
public class ReducedLoss: Module {
    /// How the elements' losses are reduced.
    public let reduction: LossReduction

    /// Creates a loss with the given reduction.
    public init(reduction: LossReduction = .mean) { self.reduction = reduction }
}

/// The cross entropy of logits [N, C, …]. The target is class indices [N, …] or probabilities [N, C, …].
/// PyTorch: `torch.nn.CrossEntropyLoss`.
public final class CrossEntropyLoss: Module, BinaryLayer {
    /// The weight of each class, [C].
    @Buffer public var weight: Tensor?
    /// The class index whose elements are ignored.
    public let ignoreIndex: Int
    /// How the elements' losses are reduced.
    public let reduction: LossReduction
    /// The share of the target that is spread evenly over all classes.
    public let labelSmoothing: Double

    /// Creates a cross-entropy loss with the given options.
    public init(
        weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: LossReduction = .mean, labelSmoothing: Double = 0
    ) {
        self.weight = weight
        self.ignoreIndex = ignoreIndex
        self.reduction = reduction
        self.labelSmoothing = labelSmoothing
    }

    /// Computes the loss of logits [N, C, …] and class indices [N, …] or class probabilities [N, C, …].
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        crossEntropy(
            input, target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction,
            labelSmoothing: labelSmoothing)
    }
}

/// The negative log-likelihood of log-probabilities [N, C, …] and class indices [N, …]. PyTorch: `torch.nn.NLLLoss`.
public final class NLLLoss: Module, BinaryLayer {
    /// The weight of each class, [C].
    @Buffer public var weight: Tensor?
    /// The class index whose elements are ignored.
    public let ignoreIndex: Int
    /// How the elements' losses are reduced.
    public let reduction: LossReduction

    /// Creates a negative log-likelihood loss with the given options.
    public init(weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: LossReduction = .mean) {
        self.weight = weight
        self.ignoreIndex = ignoreIndex
        self.reduction = reduction
    }

    /// Computes the loss of log probabilities [N, C, …] and class indices [N, …].
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        nllLoss(input, target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction)
    }
}

/// The squared error (x - y)². PyTorch: `torch.nn.MSELoss`.
public final class MSELoss: ReducedLoss, BinaryLayer {
    /// Computes the reduced squared differences of input and target.
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor { mseLoss(input, target, reduction: reduction) }
}

/// The absolute error |x - y|. PyTorch: `torch.nn.L1Loss`.
public final class L1Loss: ReducedLoss, BinaryLayer {
    /// Computes the reduced absolute differences of input and target.
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor { l1Loss(input, target, reduction: reduction) }
}

/// The squared error below `beta`, the absolute error above it. PyTorch: `torch.nn.SmoothL1Loss`.
public final class SmoothL1Loss: ReducedLoss, BinaryLayer {
    /// The error where the loss changes from squared to absolute.
    public let beta: Double

    /// Creates a smooth L1 loss with the given reduction and `beta`.
    public init(reduction: LossReduction = .mean, beta: Double = 1) {
        self.beta = beta
        super.init(reduction: reduction)
    }

    /// Computes the reduced loss, which is quadratic where the difference is below `beta`, otherwise linear.
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        smoothL1Loss(input, target, reduction: reduction, beta: beta)
    }
}

/// The squared error below `delta`, delta times the absolute error above it. PyTorch: `torch.nn.HuberLoss`.
public final class HuberLoss: ReducedLoss, BinaryLayer {
    /// The error where the loss changes from squared to absolute.
    public let delta: Double

    /// Creates a Huber loss with the given reduction and `delta`.
    public init(reduction: LossReduction = .mean, delta: Double = 1) {
        self.delta = delta
        super.init(reduction: reduction)
    }

    /// Computes the reduced loss, which is quadratic where the difference is at most `delta`, otherwise linear.
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        huberLoss(input, target, reduction: reduction, delta: delta)
    }
}

/// The binary cross entropy of probabilities and targets, both between 0 and 1. PyTorch: `torch.nn.BCELoss`.
public final class BCELoss: ReducedLoss, BinaryLayer {
    /// The weight of each element of a batch.
    @Buffer public var weight: Tensor?

    /// Creates a binary cross-entropy loss with the given options.
    public init(weight: Tensor? = nil, reduction: LossReduction = .mean) {
        self.weight = weight
        super.init(reduction: reduction)
    }

    /// Computes the loss of probabilities and targets, both from 0 to 1 and of one shape.
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        binaryCrossEntropy(input, target, weight: weight, reduction: reduction)
    }
}

/// The binary cross entropy of logits and targets between 0 and 1. PyTorch: `torch.nn.BCEWithLogitsLoss`.
public final class BCEWithLogitsLoss: ReducedLoss, BinaryLayer {
    /// The weight of each element of a batch.
    @Buffer public var weight: Tensor?
    /// The weight of the positive examples of each class.
    @Buffer public var posWeight: Tensor?

    /// Creates a binary cross-entropy loss for logits with the given options.
    public init(weight: Tensor? = nil, reduction: LossReduction = .mean, posWeight: Tensor? = nil) {
        self.weight = weight
        self.posWeight = posWeight
        super.init(reduction: reduction)
    }

    /// Computes the loss of logits and targets from 0 to 1, both of one shape.
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        binaryCrossEntropyWithLogits(input, target, weight: weight, posWeight: posWeight, reduction: reduction)
    }
}

/// The Kullback-Leibler divergence from a target distribution. The input is log-probabilities.
/// PyTorch: `torch.nn.KLDivLoss`.
public final class KLDivLoss: Module, BinaryLayer {
    /// How the elements' losses are reduced. `batchmean` divides the sum by the size of dimension 0.
    /// No reduction.
    /// The mean over all elements.
    /// The sum divided by the first dimension's size: the mathematical divergence.
    /// The sum over all elements.
    public enum Reduction: Sendable { case none, mean, sum, batchmean }

    /// How the elements' losses are reduced.
    public let reduction: Reduction
    /// Whether the target is log-probabilities.
    public let logTarget: Bool

    /// Creates a Kullback-Leibler divergence loss with the given options.
    public init(reduction: Reduction = .mean, logTarget: Bool = false) {
        self.reduction = reduction
        self.logTarget = logTarget
    }

    /// Computes the divergence of log probabilities from the target distribution, both of one shape.
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        switch reduction {
        case .none: klDiv(input, target, reduction: .none, logTarget: logTarget)
        case .mean: klDiv(input, target, reduction: .mean, logTarget: logTarget)
        case .sum: klDiv(input, target, reduction: .sum, logTarget: logTarget)
        case .batchmean:
            klDiv(input, target, reduction: .sum, logTarget: logTarget).div(input.dim > 0 ? input.size(0) : 1)
        }
    }
}
