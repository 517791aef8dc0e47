/// What the losses that only differ in their formula have in common.
public class ReducedLoss: Module {
    public let reduction: LossReduction

    public init(reduction: LossReduction = .mean) { self.reduction = reduction }
}

/// The cross entropy of logits [N, C, …] and classes [N, …] or probabilities [N, C, …]. PyTorch:
/// `torch.nn.CrossEntropyLoss`.
public final class CrossEntropyLoss: Module, BinaryLayer {
    /// A weight for each class.
    @Buffer public var weight: Tensor?
    public let ignoreIndex: Int
    public let reduction: LossReduction
    public let labelSmoothing: Double

    public init(
        weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: LossReduction = .mean, labelSmoothing: Double = 0
    ) {
        self.weight = weight
        self.ignoreIndex = ignoreIndex
        self.reduction = reduction
        self.labelSmoothing = labelSmoothing
    }

    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        crossEntropy(
            input, target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction,
            labelSmoothing: labelSmoothing)
    }
}

/// The negative log-likelihood of log-probabilities [N, C, …] and classes [N, …]. PyTorch: `torch.nn.NLLLoss`.
public final class NLLLoss: Module, BinaryLayer {
    @Buffer public var weight: Tensor?
    public let ignoreIndex: Int
    public let reduction: LossReduction

    public init(weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: LossReduction = .mean) {
        self.weight = weight
        self.ignoreIndex = ignoreIndex
        self.reduction = reduction
    }

    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        nllLoss(input, target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction)
    }
}

/// (x - y)². PyTorch: `torch.nn.MSELoss`.
public final class MSELoss: ReducedLoss, BinaryLayer {
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor { mseLoss(input, target, reduction: reduction) }
}

/// |x - y|. PyTorch: `torch.nn.L1Loss`.
public final class L1Loss: ReducedLoss, BinaryLayer {
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor { l1Loss(input, target, reduction: reduction) }
}

/// Squared below `beta`, absolute above. PyTorch: `torch.nn.SmoothL1Loss`.
public final class SmoothL1Loss: ReducedLoss, BinaryLayer {
    public let beta: Double

    public init(reduction: LossReduction = .mean, beta: Double = 1) {
        self.beta = beta
        super.init(reduction: reduction)
    }

    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        smoothL1Loss(input, target, reduction: reduction, beta: beta)
    }
}

/// Squared below `delta`, delta times absolute above. PyTorch: `torch.nn.HuberLoss`.
public final class HuberLoss: ReducedLoss, BinaryLayer {
    public let delta: Double

    public init(reduction: LossReduction = .mean, delta: Double = 1) {
        self.delta = delta
        super.init(reduction: reduction)
    }

    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        huberLoss(input, target, reduction: reduction, delta: delta)
    }
}

/// The cross entropy of probabilities between 0 and 1 and targets between 0 and 1. PyTorch: `torch.nn.BCELoss`.
public final class BCELoss: ReducedLoss, BinaryLayer {
    /// A weight for each element of a batch.
    @Buffer public var weight: Tensor?

    public init(weight: Tensor? = nil, reduction: LossReduction = .mean) {
        self.weight = weight
        super.init(reduction: reduction)
    }

    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        binaryCrossEntropy(input, target, weight: weight, reduction: reduction)
    }
}

/// The cross entropy of logits and targets between 0 and 1. PyTorch: `torch.nn.BCEWithLogitsLoss`.
public final class BCEWithLogitsLoss: ReducedLoss, BinaryLayer {
    @Buffer public var weight: Tensor?
    /// A weight for the positive examples of each class.
    @Buffer public var posWeight: Tensor?

    public init(weight: Tensor? = nil, reduction: LossReduction = .mean, posWeight: Tensor? = nil) {
        self.weight = weight
        self.posWeight = posWeight
        super.init(reduction: reduction)
    }

    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        binaryCrossEntropyWithLogits(input, target, weight: weight, posWeight: posWeight, reduction: reduction)
    }
}

/// The Kullback-Leibler divergence of log-probabilities from a target distribution. PyTorch: `torch.nn.KLDivLoss`.
public final class KLDivLoss: Module, BinaryLayer {
    public enum Reduction: Sendable { case none, mean, sum, batchmean }

    public let reduction: Reduction
    /// Whether the target is given as log-probabilities.
    public let logTarget: Bool

    public init(reduction: Reduction = .mean, logTarget: Bool = false) {
        self.reduction = reduction
        self.logTarget = logTarget
    }

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
