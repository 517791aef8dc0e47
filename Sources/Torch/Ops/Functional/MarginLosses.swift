// Losses of distances, margins and counts.

extension LossReduction {
    /// Creates a reduction from its PyTorch name. Raises if the name is unknown.
    /// - Precondition: the name is none, mean or sum.
    public init(named name: String) {
        if LossReduction(rawValue: name) == nil { raise(.value, "\(name) is not a valid value for reduction") }
        self = LossReduction(rawValue: name) ?? .none
    }
}

// MARK: Similar or not

/// Returns the input if the target is 1, and max(0, margin - input) if it is -1.
/// PyTorch: `torch.nn.functional.hinge_embedding_loss`.
public func hingeEmbeddingLoss(
    _ input: Tensor, _ target: Tensor, margin: Double = 1, reduction: LossReduction = .mean
) -> Tensor {
    if let cast = Autocast.float32 {
        return cast.run { hingeEmbeddingLoss($0(input), $0(target), margin: margin, reduction: reduction) }
    }
    let far = Torch.where(target.ne(1), input.rsub(margin).clampMin(0), 0)
    return far.add(Torch.where(target.ne(-1), input, 0)).reduced(reduction)
}

/// Returns 1 - cos(input1, input2) if the target is 1, and max(0, cos(input1, input2) - margin) if it is -1.
/// PyTorch: `torch.nn.functional.cosine_embedding_loss`.
/// - Parameters:
///   - input1: [N, D] or [D].
///   - input2: [N, D] or [D].
///   - target: [N] or []; 1 if the inputs should be similar, and -1 if they should not.
///   - margin: the cosine, -1…1, up to which inputs that should not be similar have no loss; 0 to 0.5 is usual.
///   - reduction: the mean, the sum, or one loss for each pair, [N] or [].
public func cosineEmbeddingLoss(
    _ input1: Tensor, _ input2: Tensor, _ target: Tensor, margin: Double = 0, reduction: LossReduction = .mean
) -> Tensor {
    if let cast = Autocast.float32 {
        return cast.run {
            cosineEmbeddingLoss($0(input1), $0(input2), $0(target), margin: margin, reduction: reduction)
        }
    }
    if anyVoid(input1, input2, target) { return .void }
    let d = target.dim
    guard d <= 1 else { return fail(.runtime, "0D or 1D target tensor expected, multi-target not supported") }
    guard input1.dim == d + 1, input2.dim == d + 1 else {
        return fail(
            .runtime,
            "\(d)D target tensor expects \(d + 1)D input tensors, but found inputs with sizes \(input1.sizes) and \(input2.sizes)."
        )
    }
    let eps = 1e-12
    let lengths = input1.mul(input1).sum(dim: d).add(eps).mul(input2.mul(input2).sum(dim: d).add(eps)).sqrt()
    let cosine = input1.mul(input2).sum(dim: d).div(lengths)
    let near = Torch.where(target.eq(1), cosine.rsub(1), 0),
        far = Torch.where(target.eq(-1), cosine.sub(margin).clampMin(0), 0)
    return near.add(far).reduced(reduction)
}

/// Returns max(0, -target · (input1 - input2) + margin). The target is 1 if `input1` should be greater, and -1 if
/// `input2` should be greater. PyTorch: `torch.nn.functional.margin_ranking_loss`.
public func marginRankingLoss(
    _ input1: Tensor, _ input2: Tensor, _ target: Tensor, margin: Double = 0, reduction: LossReduction = .mean
) -> Tensor {
    if let cast = Autocast.float32 {
        return cast.run { marginRankingLoss($0(input1), $0(input2), $0(target), margin: margin, reduction: reduction) }
    }
    if anyVoid(input1, input2, target) { return .void }
    guard input1.dim == input2.dim, input1.dim == target.dim else {
        return fail(
            .runtime,
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: \(input1.shape), input2: \(input2.shape), target: \(target.shape) "
        )
    }
    return target.neg().mul(input1.sub(input2)).add(margin).clampMin(0).reduced(reduction)
}

/// Returns max(0, d(anchor, positive) - d(anchor, negative) + margin) for a distance d.
/// PyTorch: `torch.nn.functional.triplet_margin_loss`.
/// - Parameters:
///   - anchor: [N, D] or [D].
///   - positive: points that should be near the anchor, in its shape.
///   - negative: points that should be farther from the anchor, in its shape.
///   - margin: how much farther they should be; positive.
///   - p: the distance is the p-norm of the difference.
///   - eps: a number added to each element of the difference, to avoid the norm of zeros.
///   - swap: whether to use d(positive, negative) if it is less than d(anchor, negative).
///   - reduction: the mean, the sum, or one loss for each triple, [N] or [].
public func tripletMarginLoss(
    _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, margin: Double = 1, p: Double = 2, eps: Double = 1e-6,
    swap: Bool = false,
    reduction: LossReduction = .mean
) -> Tensor {
    if let cast = Autocast.float32 {
        return cast.run {
            tripletMarginLoss(
                $0(anchor), $0(positive), $0(negative), margin: margin, p: p, eps: eps, swap: swap,
                reduction: reduction)
        }
    }
    return tripletMarginWithDistanceLoss(
        anchor, positive, negative, distance: { pairwiseDistance($0, $1, p: p, eps: eps) }, margin: margin, swap: swap,
        reduction: reduction)
}

/// Like `tripletMarginLoss`, with any distance. PyTorch: `torch.nn.functional.triplet_margin_with_distance_loss`.
public func tripletMarginWithDistanceLoss(
    _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor,
    distance: (Tensor, Tensor) -> Tensor = { pairwiseDistance($0, $1) },
    margin: Double = 1, swap: Bool = false, reduction: LossReduction = .mean
) -> Tensor {
    if anyVoid(anchor, positive, negative) { return .void }
    guard margin > 0 else { return fail(.value, "margin must be greater than 0, got \(margin)") }
    guard anchor.dim == positive.dim, anchor.dim == negative.dim else {
        return fail(
            .runtime,
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
                + "anchor \(anchor.dim)D, positive \(positive.dim)D, and negative \(negative.dim)D inputs")
    }
    let near = distance(anchor, positive)
    var far = distance(anchor, negative)
    if swap { far = far.minimum(distance(positive, negative)) }
    return near.add(margin).sub(far).clampMin(0).reduced(reduction)
}

// MARK: Margins between classes

/// Returns log(1 + exp(-target · input)). PyTorch: `torch.nn.functional.soft_margin_loss`.
public func softMarginLoss(_ input: Tensor, _ target: Tensor, reduction: LossReduction = .mean) -> Tensor {
    if let cast = Autocast.float32 { return cast.run { softMarginLoss($0(input), $0(target), reduction: reduction) } }
    return input.neg().mul(target).exp().log1p().reduced(reduction).named("SoftMarginLossBackward0")
}

/// Returns the mean over classes of the binary cross entropy of logits.
/// PyTorch: `torch.nn.functional.multilabel_soft_margin_loss`.
public func multilabelSoftMarginLoss(
    _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean
) -> Tensor {
    if anyVoid(input, target) { return .void }
    let losses = target.mul(input.logsigmoid()).add(target.rsub(1).mul(input.neg().logsigmoid())).neg()
    return (weight.map { losses.mul($0) } ?? losses).sum(dim: -1).div(Double(input.size(-1))).reduced(reduction)
}

/// Returns the sum of max(0, margin - x[target] + x[class])^p over all classes but the target, divided by the number of
/// classes. PyTorch: `torch.nn.functional.multi_margin_loss`.
/// - Parameters:
///   - input: [N, C] or [C].
///   - target: int64 classes, [N] or [].
///   - p: 1 or 2.
///   - margin: how far the target class should be ahead of the others.
///   - weight: [C], one factor for each target class.
///   - reduction: the mean over the batch, the sum, or one loss for each row, [N] or [].
public func multiMarginLoss(
    _ input: Tensor, _ target: Tensor, p: Int = 1, margin: Double = 1, weight: Tensor? = nil,
    reduction: LossReduction = .mean
) -> Tensor {
    if let cast = Autocast.float32 {
        return cast.run {
            multiMarginLoss($0(input), target, p: p, margin: margin, weight: $0(weight), reduction: reduction)
        }
    }
    if anyVoid(input, target) { return .void }
    guard p == 1 || p == 2 else { return fail(.value, "only p == 1 and p == 2 supported") }
    guard weight == nil || weight?.dim == 1 else { return fail(.value, "weight must be one-dimensional") }
    guard let (x, rows, classes) = input.classRows() else { return .void }
    guard target.dim <= 1, target.numel() == rows else {
        return fail(
            .runtime,
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). Expected target size [\(rows)], "
                + "but got \(target.sizes). Input has shape \(input.sizes).")
    }
    guard weight == nil || weight?.numel() == classes else {
        return fail(.runtime, "inconsistent weight size, expected \(classes) but got \(weight?.sizes ?? [])")
    }
    guard target.dtype == .int64 else {
        return fail(.runtime, "expected scalar type Long but found \(target.dtype.scalarTypeName)")
    }
    let index = noGrad { target.detach().contiguous() }
    guard index.firstOutside(classes, except: -1) == nil, noGrad({ index.ge(0).all().isTrue(ifUnknown: true) }) else {
        return fail(.runtime, "target out of range")
    }
    let column = index.view([rows, 1])
    var excess = x.sub(x.gather(dim: 1, index: column)).add(margin).clampMin(0)
    if p == 2 { excess = excess.mul(excess) }
    if let weight { excess = excess.mul(weight.gather(dim: 0, index: index.view([rows])).view([rows, 1])) }
    // The target class itself does not count.
    let losses = excess.scatter(dim: 1, index: column, source: 0).sum(dim: 1).div(Double(classes))
    return (target.dim == 0 ? losses.view([]) : losses).reduced(reduction).named("MultiMarginLossBackward0")
}

/// Returns the sum of max(0, 1 - x[target] + x[class]) over all pairs of a target class and another class that is not a
/// target, divided by the number of classes. PyTorch: `torch.nn.functional.multilabel_margin_loss`.
/// - Parameters:
///   - input: [N, C] or [C].
///   - target: int64 of the same shape; each row lists the target classes up to the first -1.
///   - reduction: the mean over the batch, the sum, or one loss for each row, [N] or [].
public func multilabelMarginLoss(_ input: Tensor, _ target: Tensor, reduction: LossReduction = .mean) -> Tensor {
    if let cast = Autocast.float32 { return cast.run { multilabelMarginLoss($0(input), target, reduction: reduction) } }
    if anyVoid(input, target) { return .void }
    guard let (x, rows, classes) = input.classRows() else { return .void }
    guard target.sizes == input.sizes || input.numel() == 1 && target.numel() == 1 else {
        return fail(.runtime, "inconsistent target size: \(target.sizes) for input of size: \(input.sizes)")
    }
    guard target.dtype == .int64 else {
        return fail(.runtime, "expected scalar type Long but found \(target.dtype.scalarTypeName)")
    }
    let index = noGrad { target.detach().contiguous().view([rows, classes]) }
    guard index.firstOutside(classes, except: -1) == nil else {
        return fail(.runtime, "argument #2 'target' is out of range")
    }
    let (safe, counts, others): (Tensor, Tensor, Tensor) = noGrad {
        let counts = index.eq(-1).cumsum(1).eq(0)
        // An extra column takes the targets that do not count.
        let isTarget = Tensor.filled(0, [rows, classes + 1], .bool, target.device).scatter(
            dim: 1, index: Torch.where(counts, index, classes), source: true
        ).narrow(1, 0, classes)
        return (index.clampMin(0), counts, isTarget.logicalNot())
    }
    let excess = x.unsqueeze(1).sub(x.gather(dim: 1, index: safe).unsqueeze(2)).add(1).clampMin(0)
    let pairs = counts.unsqueeze(2).logicalAnd(others.unsqueeze(1))
    let losses = Torch.where(pairs, excess, 0).sum(dim: [1, 2]).div(Double(classes))
    return (input.dim < 2 ? losses.view([]) : losses).reduced(reduction).named("MultilabelMarginLossBackward0")
}

extension Tensor {
    /// Returns class scores as a matrix, with its number of rows and its number of classes. Raises and returns nil if
    /// the sizes do not fit.
    fileprivate func classRows() -> (Tensor, Int, Int)? {
        let classes = dim == 0 ? 1 : sizes[dim - 1]
        guard dim <= 2, classes > 0 else {
            raise(.runtime, "Expected non-empty vector or matrix with optional 0-dim batch size, but got: \(sizes)")
            return nil
        }
        let rows = dim == 2 ? sizes[0] : 1
        return (reshape([rows, classes]), rows, classes)
    }
}

// MARK: Likelihoods

/// Returns the negative log-likelihood of counts under a Poisson distribution.
/// PyTorch: `torch.nn.functional.poisson_nll_loss`.
/// - Parameters:
///   - input: the logarithm of the rate, or the rate itself.
///   - target: counts, in the input's shape.
///   - logInput: whether the input is the logarithm of the rate.
///   - full: whether to add the constant term: Stirling's approximation of log(target!), for counts above 1.
///   - eps: a number added to a rate before its logarithm is taken.
///   - reduction: the mean over all elements, their sum, or each element's loss.
public func poissonNllLoss(
    _ input: Tensor, _ target: Tensor, logInput: Bool = true, full: Bool = false, eps: Double = 1e-8,
    reduction: LossReduction = .mean
) -> Tensor {
    if let cast = Autocast.float32 {
        return cast.run {
            poissonNllLoss($0(input), $0(target), logInput: logInput, full: full, eps: eps, reduction: reduction)
        }
    }
    var losses = logInput ? input.exp().sub(target.mul(input)) : input.sub(target.mul(input.add(eps).log()))
    if full {
        let stirling = target.mul(target.log()).sub(target).add(target.mul(2 * Double.pi).log().mul(0.5))
        losses = losses.add(stirling.maskedFill(target.le(1), 0))
    }
    return losses.reduced(reduction)
}

/// Returns the negative log-likelihood under normal distributions with mean `input` and variance `variance` (at least
/// `eps`). PyTorch: `torch.nn.functional.gaussian_nll_loss`.
/// - Parameters:
///   - input: the means.
///   - target: samples, in the input's shape.
///   - variance: not negative; in the input's shape, without its last dimension, or with one dimension of size 1.
///   - full: whether to add the constant term, log(2π) / 2.
///   - eps: the least variance. Smaller variances are raised to it, but their gradient ignores this.
///   - reduction: the mean over all elements, their sum, or each element's loss.
public func gaussianNllLoss(
    _ input: Tensor, _ target: Tensor, variance: Tensor, full: Bool = false, eps: Double = 1e-6,
    reduction: LossReduction = .mean
) -> Tensor {
    if anyVoid(input, target, variance) { return .void }
    guard !noGrad({ variance.detach().lt(0).any().isTrue(ifUnknown: false) }) else {
        return fail(.value, "var has negative entry/entries")
    }
    var spread = variance
    if spread.sizes != input.sizes {
        if Array(input.sizes.dropLast()) == spread.sizes, input.dim > 0 {
            spread = spread.unsqueeze(-1)
        } else {
            let differing = zip(input.sizes, spread.sizes).filter { $0 != $1 }
            guard input.dim == spread.dim, differing.reduce(0, { $0 + $1.1 }) == 1 else {
                return fail(.value, "var is of incorrect size")
            }
        }
    }
    // The gradient ignores the clamp.
    spread = spread.clone()
    noGrad { _ = spread.clampMin_(eps) }
    let losses = spread.log().add(input.sub(target).square().div(spread)).mul(0.5)
    let halfLogOf2Pi = 0.9189385332046727
    return (full ? losses.add(halfLogOf2Pi) : losses).reduced(reduction)
}
