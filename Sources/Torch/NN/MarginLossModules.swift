// Losses of margins and distances, and likelihoods, as modules. Each calls the function of its name. The modules of
// three tensors are called as `loss(input1, input2, target)`.

/// Losses with a reduction and a margin.
public class MarginLoss: ReducedLoss {
    /// The margin.
    public final let margin: Double

    init(margin: Double, reduction: LossReduction) {
        self.margin = margin
        super.init(reduction: reduction)
    }
}

/// The input if the target is 1, and max(0, margin - input) if it is -1. PyTorch: `torch.nn.HingeEmbeddingLoss`.
public final class HingeEmbeddingLoss: MarginLoss, BinaryLayer {
    /// Creates a hinge embedding loss.
    public override init(margin: Double = 1, reduction: LossReduction = .mean) {
        super.init(margin: margin, reduction: reduction)
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        hingeEmbeddingLoss(input, target, margin: margin, reduction: reduction)
    }
}

/// 1 - cos(x1, x2) if the target is 1, and max(0, cos(x1, x2) - margin) if it is -1.
/// PyTorch: `torch.nn.CosineEmbeddingLoss`.
public final class CosineEmbeddingLoss: MarginLoss, TernaryModule {
    /// Creates a cosine embedding loss.
    public override init(margin: Double = 0, reduction: LossReduction = .mean) {
        super.init(margin: margin, reduction: reduction)
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input1: Tensor, _ input2: Tensor, _ target: Tensor) -> Tensor {
        cosineEmbeddingLoss(input1, input2, target, margin: margin, reduction: reduction)
    }
}

/// max(0, -target · (x1 - x2) + margin). PyTorch: `torch.nn.MarginRankingLoss`.
public final class MarginRankingLoss: MarginLoss, TernaryModule {
    /// Creates a margin ranking loss.
    public override init(margin: Double = 0, reduction: LossReduction = .mean) {
        super.init(margin: margin, reduction: reduction)
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input1: Tensor, _ input2: Tensor, _ target: Tensor) -> Tensor {
        marginRankingLoss(input1, input2, target, margin: margin, reduction: reduction)
    }
}

/// max(0, |anchor - positive| - |anchor - negative| + margin), with the p-norm. PyTorch: `torch.nn.TripletMarginLoss`.
public final class TripletMarginLoss: MarginLoss, TernaryModule {
    /// The exponent of the norm, and the number that is added to each difference.
    public let p, eps: Double
    /// Whether the distance of positive and negative is used, if it is less than that of anchor and negative.
    public let swap: Bool

    /// Creates a triplet margin loss.
    /// - Precondition: `margin` is positive.
    public init(
        margin: Double = 1, p: Double = 2, eps: Double = 1e-6, swap: Bool = false, reduction: LossReduction = .mean
    ) {
        if !(margin > 0) {
            raise(.value, "TripletMarginLoss: expected margin to be greater than 0, got \(margin) instead")
        }
        self.p = p
        self.eps = eps
        self.swap = swap
        super.init(margin: margin, reduction: reduction)
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor) -> Tensor {
        tripletMarginLoss(
            anchor, positive, negative, margin: margin, p: p, eps: eps, swap: swap, reduction: reduction)
    }
}

/// Like `TripletMarginLoss`, with any distance. PyTorch: `torch.nn.TripletMarginWithDistanceLoss`.
public final class TripletMarginWithDistanceLoss: MarginLoss, TernaryModule {
    /// The distance of two tensors, one number for each pair.
    public let distanceFunction: (Tensor, Tensor) -> Tensor
    /// Whether the distance of positive and negative is used, if it is less than that of anchor and negative.
    public let swap: Bool

    /// Creates a triplet margin loss with a distance.
    /// - Precondition: `margin` is positive.
    public init(
        distanceFunction: @escaping (Tensor, Tensor) -> Tensor = { pairwiseDistance($0, $1) }, margin: Double = 1,
        swap: Bool = false, reduction: LossReduction = .mean
    ) {
        if !(margin > 0) {
            raise(.value, "TripletMarginWithDistanceLoss: expected margin to be greater than 0, got \(margin) instead")
        }
        self.distanceFunction = distanceFunction
        self.swap = swap
        super.init(margin: margin, reduction: reduction)
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor) -> Tensor {
        tripletMarginWithDistanceLoss(
            anchor, positive, negative, distance: distanceFunction, margin: margin, swap: swap, reduction: reduction)
    }
}

/// log(1 + exp(-target · input)), for targets 1 and -1. PyTorch: `torch.nn.SoftMarginLoss`.
public final class SoftMarginLoss: ReducedLoss, BinaryLayer {
    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        softMarginLoss(input, target, reduction: reduction)
    }
}

/// The mean over classes of the binary cross entropy of logits [N, C]. PyTorch: `torch.nn.MultiLabelSoftMarginLoss`.
public final class MultiLabelSoftMarginLoss: ReducedLoss, BinaryLayer {
    /// The weight of each class, [C].
    @Buffer public var weight: Tensor?

    /// Creates a multi-label loss with the given options.
    public init(weight: Tensor? = nil, reduction: LossReduction = .mean) {
        self.weight = weight
        super.init(reduction: reduction)
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        multilabelSoftMarginLoss(input, target, weight: weight, reduction: reduction)
    }
}

/// The mean over classes of max(0, margin - x[target] + x[class])^p, for scores [N, C] and class indices [N].
/// PyTorch: `torch.nn.MultiMarginLoss`.
public final class MultiMarginLoss: MarginLoss, BinaryLayer {
    /// The exponent, 1 or 2.
    public let p: Int
    /// The weight of each class, [C].
    @Buffer public var weight: Tensor?

    /// Creates a multi-class margin loss with the given options.
    /// - Precondition: `p` is 1 or 2, and `weight` is one-dimensional.
    public init(p: Int = 1, margin: Double = 1, weight: Tensor? = nil, reduction: LossReduction = .mean) {
        self.p = p
        self.weight = weight
        if p != 1 && p != 2 { raise(.value, "only p == 1 and p == 2 supported") }
        if let weight, weight.dim != 1 {
            raise(.value, "MultiMarginLoss: expected weight to be None or 1D tensor, got \(weight.dim)D instead")
        }
        super.init(margin: margin, reduction: reduction)
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        multiMarginLoss(input, target, p: p, margin: margin, weight: weight, reduction: reduction)
    }
}

/// The mean over classes of max(0, 1 - (x[target] - x[class])), for several targets each, which end at the first -1.
/// PyTorch: `torch.nn.MultiLabelMarginLoss`.
public final class MultiLabelMarginLoss: ReducedLoss, BinaryLayer {
    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        multilabelMarginLoss(input, target, reduction: reduction)
    }
}

/// The negative log-likelihood of counts under a Poisson distribution. PyTorch: `torch.nn.PoissonNLLLoss`.
public final class PoissonNLLLoss: ReducedLoss, BinaryLayer {
    /// Whether the input is the logarithm of the rate.
    public let logInput: Bool
    /// Whether Stirling's approximation of log(target!) is added.
    public let full: Bool
    /// The number that is added to a rate before its logarithm is taken.
    public let eps: Double

    /// Creates a Poisson loss with the given options.
    public init(logInput: Bool = true, full: Bool = false, eps: Double = 1e-8, reduction: LossReduction = .mean) {
        self.logInput = logInput
        self.full = full
        self.eps = eps
        super.init(reduction: reduction)
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
        poissonNllLoss(input, target, logInput: logInput, full: full, eps: eps, reduction: reduction)
    }
}

/// The negative log-likelihood under normal distributions: `loss(mean, target, variance)`.
/// PyTorch: `torch.nn.GaussianNLLLoss`.
public final class GaussianNLLLoss: ReducedLoss, TernaryModule {
    /// Whether the constant term, log(2π) / 2, is added.
    public let full: Bool
    /// The least variance.
    public let eps: Double

    /// Creates a Gaussian loss with the given options.
    public init(full: Bool = false, eps: Double = 1e-6, reduction: LossReduction = .mean) {
        self.full = full
        self.eps = eps
        super.init(reduction: reduction)
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor, _ target: Tensor, _ variance: Tensor) -> Tensor {
        gaussianNllLoss(input, target, variance: variance, full: full, eps: eps, reduction: reduction)
    }
}
