import CTorchKernels

// Losses of classes, differences and probabilities.

/// How the losses of the elements are combined.
public enum LossReduction: String, Sendable {
    /// Each element's loss, their mean, or their sum.
    case none, mean, sum
}

extension Tensor {
    func reduced(_ reduction: LossReduction) -> Tensor {
        switch reduction {
        case .none: self
        case .mean: mean()
        case .sum: sum()
        }
    }
}

/// Returns the negative log-likelihood of class indices. PyTorch: `torch.nn.functional.nll_loss`.
///
/// - Parameters:
///   - input: log-probabilities, [C], [N, C] or [N, C, d1, …].
///   - target: int64 classes, [], [N] or [N, d1, …].
///   - weight: [C], one factor for each class. The mean divides by the sum of the targets' factors.
///   - ignoreIndex: a class whose targets do not count.
///   - reduction: the mean over the targets that count, their sum, or one loss for each target (0 if it does not
///     count).
public func nllLoss(
    _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: LossReduction = .mean
) -> Tensor {
    let range = OperatorRange("aten::nll_loss_nd", [input, target, weight, nil, nil])
    defer { range.end() }
    if let cast = Autocast.float32 {
        return cast.run {
            nllLoss($0(input), target, weight: $0(weight), ignoreIndex: ignoreIndex, reduction: reduction)
        }
    }
    guard checkClassTargets(input, target, weight) else { return .void }
    let classDim = input.dim == 1 ? 0 : 1
    let classes = input.sizes[classDim]
    let index: Tensor = noGrad { target.detach().to(.int64) }
    let ignored: Tensor = noGrad { index.eq(ignoreIndex) }
    if let bad = index.firstOutside(classes, except: ignoreIndex) {
        return fail(.index, "Target \(bad) is out of bounds.")
    }
    let anyIgnored = noGrad { ignored.any().isTrue(ifUnknown: false) }
    let safe = anyIgnored ? noGrad { index.maskedFill(ignored, 0) } : index
    var losses = input.gather(dim: classDim, index: safe.unsqueeze(classDim)).squeeze(classDim).neg()
    var factors: Tensor?
    if let weight {
        let picked = weight.gather(dim: 0, index: safe.reshape([-1])).view(safe.sizes)
        factors = picked
        losses = losses.mul(picked)
    }
    if anyIgnored {
        losses = losses.maskedFill(ignored, 0)
        factors = factors?.maskedFill(ignored, 0)
    }
    // PyTorch computes input of other shapes as four-dimensional input.
    let name =
        input.dim <= 2
        ? "NllLossBackward0" : reduction != .none || input.dim == 4 ? "NllLoss2DBackward0" : "ViewBackward0"
    switch reduction {
    case .none: return losses.named(name)
    case .sum: return losses.sum().named(name)
    case .mean:
        if let factors { return losses.sum().div(factors.sum()).named(name) }
        if anyIgnored { return losses.sum().div(noGrad { ignored.logicalNot().sum().to(input.dtype) }).named(name) }
        return losses.sum().div(Double(index.numel())).named(name)
    }
}

/// Returns whether class indices and a weight of the classes fit scores [C], [N, C] or [N, C, d1, …]. Raises if they do
/// not.
func checkClassTargets(_ input: Tensor, _ target: Tensor, _ weight: Tensor?) -> Bool {
    func refuse(_ kind: TorchError.Kind, _ message: String) -> Bool {
        raise(kind, message)
        return false
    }
    if anyVoid(input, target, weight) { return false }
    guard input.dim > 0 else { return refuse(.runtime, "input tensor should be 1D or 2D") }
    let classDim = input.dim == 1 ? 0 : 1
    let classes = input.sizes[classDim]
    var expected = input.sizes
    expected.remove(at: classDim)
    guard target.sizes == expected else {
        if target.dim > 0, input.dim > 1, target.sizes[0] != input.sizes[0] {
            return refuse(
                input.dim == 2 ? .value : .runtime,
                "Expected input batch_size (\(input.sizes[0])) to match target batch_size (\(target.sizes[0])).")
        }
        return refuse(.runtime, "Expected target size \(expected), got \(target.sizes)")
    }
    guard target.dtype == .int64 || target.dtype == .uint8 else {
        return refuse(.runtime, "expected target dtype to be Long or Byte, but got \(target.dtype.scalarTypeName)")
    }
    guard input.dtype.isFloatingPoint else {
        return refuse(.notImplemented, "\"nll_loss_out_frame\" not implemented for '\(input.dtype.scalarTypeName)'")
    }
    if let weight {
        guard weight.sizes == [classes] else {
            return refuse(
                .runtime,
                "weight tensor should be defined either for all \(classes) classes or no classes but got weight tensor of shape: \(weight.sizes)"
            )
        }
        guard weight.dtype == input.dtype else {
            return refuse(
                .runtime, "expected scalar type \(input.dtype.scalarTypeName) but found \(weight.dtype.scalarTypeName)")
        }
    }
    return true
}

extension Tensor {
    /// Returns the first element of this int64 tensor that is outside 0..<n and is not `except`.
    func firstOutside(_ n: Int, except: Int) -> Int64? {
        guard isOnHost else { return nil }
        let flat = contiguous()
        return flat.withUnsafeElements(as: Int64.self) { elements in
            elements.first { ($0 < 0 || $0 >= Int64(n)) && $0 != Int64(except) }
        }
    }
}

/// Warns if the sizes differ, because broadcasting is seldom intended in a loss: [n, 1] and [n] give n² differences.
private func warnOfBroadcast(_ input: Tensor, _ target: Tensor) {
    if input.layout.sizes == target.layout.sizes || input.isVoid || target.isVoid { return }
    warn(
        "Using a target size (\(target.shape)) that is different to the input size (\(input.shape)). "
            + "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.")
}

/// Returns the squared error (input - target)². PyTorch: `torch.nn.functional.mse_loss`.
public func mseLoss(
    _ input: Tensor, _ target: Tensor, reduction: LossReduction = .mean, weight: Tensor? = nil
) -> Tensor {
    let range = OperatorRange("aten::mse_loss", [input, target, nil])
    defer { range.end() }
    if let cast = Autocast.float32 {
        return cast.run { mseLoss($0(input), $0(target), reduction: reduction, weight: $0(weight)) }
    }
    guard input.requireReal("\"mse_cpu\" not implemented for '\(input.dtype.scalarTypeName)'") else { return .void }
    warnOfBroadcast(input, target)
    let squared = input.sub(target).pow(2)
    guard let weight else { return squared.reduced(reduction).named("MseLossBackward0") }
    guard weight.sizes == input.sizes else { return fail(.value, "Weights and input must have the same size.") }
    let weighted = squared.mul(weight)
    return reduction == .mean ? weighted.sum().div(weight.sum()) : weighted.reduced(reduction)
}

/// Returns the absolute error |input - target|. PyTorch: `torch.nn.functional.l1_loss`.
public func l1Loss(_ input: Tensor, _ target: Tensor, reduction: LossReduction = .mean, weight: Tensor? = nil) -> Tensor
{
    let range = OperatorRange("aten::l1_loss", [input, target, nil])
    defer { range.end() }
    if let cast = Autocast.float32 {
        return cast.run { l1Loss($0(input), $0(target), reduction: reduction, weight: $0(weight)) }
    }
    warnOfBroadcast(input, target)
    let difference = input.sub(target).abs()
    guard let weight else { return difference.reduced(reduction) }
    guard weight.sizes == input.sizes else { return fail(.value, "Weights and input must have the same size.") }
    let weighted = difference.mul(weight)
    return reduction == .mean ? weighted.sum().div(weight.sum()) : weighted.reduced(reduction)
}

/// Returns a loss that is quadratic for differences below `beta` and linear above.
/// PyTorch: `torch.nn.functional.smooth_l1_loss`.
public func smoothL1Loss(
    _ input: Tensor, _ target: Tensor, reduction: LossReduction = .mean, beta: Double = 1
) -> Tensor {
    let range = OperatorRange("aten::smooth_l1_loss", [input, target, nil, nil])
    defer { range.end() }
    if let cast = Autocast.float32 {
        return cast.run { smoothL1Loss($0(input), $0(target), reduction: reduction, beta: beta) }
    }
    guard input.requireReal("\"smooth_l1_cpu\" not implemented for '\(input.dtype.scalarTypeName)'") else {
        return .void
    }
    guard beta >= 0 else { return fail(.runtime, "smooth_l1_loss does not support negative values for beta.") }
    if beta == 0 { return l1Loss(input, target, reduction: reduction) }
    warnOfBroadcast(input, target)
    let difference = input.sub(target)
    let size = difference.abs()
    return Torch.where(size.lt(beta), difference.mul(difference).mul(0.5 / beta), size.sub(0.5 * beta))
        .reduced(reduction).named("SmoothL1LossBackward0")
}

/// Returns a loss that is quadratic for differences up to `delta` and linear, with slope `delta`, above.
/// PyTorch: `torch.nn.functional.huber_loss`.
public func huberLoss(
    _ input: Tensor, _ target: Tensor, reduction: LossReduction = .mean, delta: Double = 1, weight: Tensor? = nil
) -> Tensor {
    let range = OperatorRange("aten::huber_loss", [input, target, nil, nil])
    defer { range.end() }
    if let cast = Autocast.float32 {
        return cast.run { huberLoss($0(input), $0(target), reduction: reduction, delta: delta, weight: $0(weight)) }
    }
    guard input.requireReal("\"huber_cpu\" not implemented for '\(input.dtype.scalarTypeName)'") else { return .void }
    guard delta > 0 else { return fail(.runtime, "huber_loss does not support non-positive values for delta.") }
    warnOfBroadcast(input, target)
    // Compute half types in float32 and round once, like PyTorch's kernel.
    if anyVoid(input, target) { return .void }
    guard let type = commonType([input, target]) else { return .void }
    if type.wide != type {
        return huberLoss(
            input.to(type.wide), target.to(type.wide), reduction: reduction, delta: delta, weight: weight?.to(type.wide)
        ).to(type)
    }
    let difference = input.sub(target)
    let size = difference.abs()
    let losses = Torch.where(size.le(delta), difference.mul(difference).mul(0.5), size.sub(0.5 * delta).mul(delta))
    guard let weight else { return losses.reduced(reduction).named("HuberLossBackward0") }
    guard weight.sizes == input.sizes else { return fail(.value, "Weights and input must have the same size.") }
    let weighted = losses.mul(weight)
    return reduction == .mean ? weighted.sum().div(weight.sum()) : weighted.reduced(reduction)
}

/// Returns the binary cross entropy of probabilities. Logarithms are clamped to at least -100.
/// PyTorch: `torch.nn.functional.binary_cross_entropy`.
public func binaryCrossEntropy(
    _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean
) -> Tensor {
    let range = OperatorRange("aten::binary_cross_entropy", [input, target, weight, nil])
    defer { range.end() }
    if AutocastState.cudaDType != nil, input.isCUDA {
        return fail(
            .runtime,
            "torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast.\nMany models use a sigmoid layer right before the binary cross entropy layer.\nIn this case, combine the two layers using torch.nn.functional.binary_cross_entropy_with_logits\nor torch.nn.BCEWithLogitsLoss.  binary_cross_entropy_with_logits and BCEWithLogits are\nsafe to autocast."
        )
    }
    if let cast = Autocast.float32OnCPU {
        return cast.run { binaryCrossEntropy($0(input), $0(target), weight: $0(weight), reduction: reduction) }
    }
    if anyVoid(input, target) { return .void }
    guard input.sizes == target.sizes else {
        return fail(
            .value,
            "Using a target size (\(target.shape)) that is different to the input size (\(input.shape)) is deprecated. Please ensure they have the same size."
        )
    }
    guard target.dtype == input.dtype else {
        return fail(.runtime, "Found dtype \(target.dtype.scalarTypeName) but expected \(input.dtype.scalarTypeName)")
    }
    for (probabilities, name) in [(input, "input"), (target, "target")] {
        guard
            noGrad({
                probabilities.detach().ge(0).logicalAnd(probabilities.detach().le(1)).all().isTrue(ifUnknown: true)
            })
        else {
            return fail(.runtime, "all elements of \(name) should be between 0 and 1")
        }
    }
    let positive = input.log().clamp(min: -100), negative = input.rsub(1).log().clamp(min: -100)
    let losses = target.sub(1).mul(negative).sub(target.mul(positive))
    // At the clamped ends, the gradient is that of the formula with its denominator clamped away from 0.
    let result = noGrad { losses.detach() }.record(
        "BinaryCrossEntropyBackward0", inputs: [input, target], saved: [input, target]
    ) { node, g in
        let (x, y) = (node.saved(0), node.saved(1))
        return [
            node.needs(0) ? g.mul(x.sub(y)).div(x.rsub(1).mul(x).clamp(min: 1e-12)) : nil,
            node.needs(1) ? g.mul(x.rsub(1).log().clamp(min: -100).sub(x.log().clamp(min: -100))) : nil
        ]
    }
    return (weight.map { result.mul($0) } ?? result).reduced(reduction).named("BinaryCrossEntropyBackward0")
}

/// Like `binaryCrossEntropy(_:_:weight:reduction:)`, but from logits. `posWeight` multiplies the loss of positive
/// targets. PyTorch: `torch.nn.functional.binary_cross_entropy_with_logits`.
public func binaryCrossEntropyWithLogits(
    _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, posWeight: Tensor? = nil, reduction: LossReduction = .mean
) -> Tensor {
    let range = OperatorRange("aten::binary_cross_entropy_with_logits", [input, target, weight, posWeight, nil])
    defer { range.end() }
    if let cast = Autocast.float32 {
        return cast.run {
            binaryCrossEntropyWithLogits(
                $0(input), $0(target), weight: $0(weight), posWeight: $0(posWeight), reduction: reduction)
        }
    }
    if anyVoid(input, target) { return .void }
    guard input.sizes == target.sizes else {
        return fail(.value, "Target size (\(target.shape)) must be the same as input size (\(input.shape))")
    }
    let logSigmoid = input.logsigmoid()
    let losses: Tensor
    if let posWeight {
        let factor = posWeight.sub(1).mul(target).add(1)
        losses = target.rsub(1).mul(input).sub(factor.mul(logSigmoid))
    } else {
        losses = target.rsub(1).mul(input).sub(logSigmoid)
    }
    return (weight.map { losses.mul($0) } ?? losses).reduced(reduction)
        .named("BinaryCrossEntropyWithLogitsBackward0")
}

/// Returns the Kullback-Leibler divergence, target · (log target - input). PyTorch: `torch.nn.functional.kl_div`.
/// - Parameters:
///   - input: log-probabilities.
///   - target: probabilities, or their logarithms if `logTarget` is true; broadcast against the input.
///   - reduction: the mean over all elements, their sum, or each element's loss.
///   - logTarget: whether `target` holds logarithms.
///   - batchMean: whether to return the sum divided by the batch size, which is the mathematical definition, instead of
///     using `reduction`.
public func klDiv(
    _ input: Tensor, _ target: Tensor, reduction: LossReduction = .mean, logTarget: Bool = false,
    batchMean: Bool = false
) -> Tensor {
    let range = OperatorRange("aten::kl_div", [input, target, nil, nil])
    defer { range.end() }
    if let cast = Autocast.float32 {
        return cast.run {
            klDiv($0(input), $0(target), reduction: reduction, logTarget: logTarget, batchMean: batchMean)
        }
    }
    guard input.requireReal("kl_div: Complex inputs not supported.", kind: .runtime) else { return .void }
    guard input.isVoid || target.isVoid || input.dtype.isInexact && target.dtype.isInexact else {
        return fail(.runtime, "kl_div: Integral inputs not supported.")
    }
    let losses = logTarget ? target.exp().mul(target.sub(input)) : target.xlogy(target).sub(target.mul(input))
    if reduction == .mean, !batchMean {
        warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides only by the batch size, "
                + "and aligns with the KL div math definition.'mean' will be changed to behave the same as 'batchmean' in the next major release."
        )
    }
    if batchMean { return input.dim == 0 ? losses.sum() : losses.sum().div(input.sizes[0]) }
    return losses.reduced(reduction)
}
