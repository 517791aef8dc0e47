// The cross entropy of logits. For class indices it reads the logits once forward and once backward.

/// Returns the cross entropy: softmax and negative log-likelihood in one. PyTorch: `torch.nn.functional.cross_entropy`.
///
/// - Parameters:
///   - input: logits, [C], [N, C] or [N, C, d1, …].
///   - target: int64 classes as for `nllLoss`, or probabilities of a floating-point dtype in the shape of `input`.
///   - weight: [C], one factor for each class. For classes, the mean divides by the sum of the targets' factors; for
///     probabilities, by the number of targets.
///   - ignoreIndex: a class whose targets do not count. All probabilities count.
///   - reduction: the mean, the sum, or one loss for each target, [], [N] or [N, d1, …].
///   - labelSmoothing: the part of the target, 0…1, that is spread over all classes.
public func crossEntropy(
    _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: LossReduction = .mean,
    labelSmoothing: Double = 0
) -> Tensor {
    let range = OperatorRange("aten::cross_entropy_loss", [input, target, weight, nil, nil, nil])
    defer { range.end() }
    if let cast = Autocast.float32 {
        // The kernel reads half types itself, and gives float32.
        if weight == nil, labelSmoothing == 0, isReadInOnePass(input, target), input.dtype.wide == .float32 {
            return AutocastState.off { fusedCrossEntropy(input, target, nil, ignoreIndex, reduction) }
        }
        return cast.run {
            crossEntropy(
                $0(input), $0(target), weight: $0(weight), ignoreIndex: ignoreIndex, reduction: reduction,
                labelSmoothing: labelSmoothing)
        }
    }
    if anyVoid(input, target) { return .void }
    guard input.dim > 0 else {
        return fail(.runtime, "Dimension out of range (expected to be in range of [-1, 0], but got 1)")
    }
    guard labelSmoothing >= 0 && labelSmoothing <= 1 else {
        return fail(.runtime, "label_smoothing must be between 0.0 and 1.0. Got: \(labelSmoothing)")
    }
    let classDim = input.dim == 1 ? 0 : 1
    let classes = input.sizes[classDim]
    if target.sizes == input.sizes && target.dtype.isFloatingPoint {
        guard ignoreIndex < 0 else { return fail(.runtime, "ignore_index is not supported for floating point target") }
        return crossEntropyOfProbabilities(input, target, weight, reduction, labelSmoothing, classDim)
    }
    guard target.sizes != input.sizes || target.dim != input.dim else {
        return fail(
            .runtime,
            "Expected floating point type for target with class probabilities, got \(target.dtype.scalarTypeName)")
    }
    if labelSmoothing == 0, isReadInOnePass(input, target), input.dtype.wide == input.dtype {
        return fusedCrossEntropy(input, target, weight, ignoreIndex, reduction)
    }
    let logProbabilities = input.logSoftmax(dim: classDim)
    let nll = nllLoss(logProbabilities, target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction)
    if labelSmoothing == 0 { return nll }
    // The loss of the part that is spread over all classes.
    let index: Tensor = noGrad { target.detach().to(.int64) }
    let ignored: Tensor = noGrad { index.eq(ignoreIndex) }
    var shape = [Int](repeating: 1, count: input.dim)
    shape[classDim] = classes
    var smooth = (weight.map { logProbabilities.mul($0.view(shape)) } ?? logProbabilities).sum(dim: classDim).neg()
    smooth = smooth.maskedFill(ignored, 0)
    let spread: Tensor
    switch reduction {
    case .none: spread = smooth
    case .sum: spread = smooth.sum()
    case .mean:
        if let weight {
            let safe: Tensor = noGrad { index.maskedFill(ignored, 0) }
            let factors = weight.gather(dim: 0, index: safe.reshape([-1])).view(safe.sizes).maskedFill(ignored, 0)
            spread = smooth.sum().div(factors.sum())
        } else {
            spread = smooth.sum().div(noGrad { ignored.logicalNot().sum().to(input.dtype) })
        }
    }
    return nll.mul(1 - labelSmoothing).add(spread.mul(labelSmoothing / Double(classes)))
}

/// Returns whether the fused cross entropy takes logits and a target of class indices.
private func isReadInOnePass(_ input: Tensor, _ target: Tensor) -> Bool {
    !input.isVoid && !target.isVoid && (1...2).contains(input.dim) && input.dtype.isFloatingPoint
        && !input.dtype.isForStorage && target.sizes != input.sizes
}

/// The cross entropy of rows of logits, [C] or [N, C], and class indices. The result has the input's wide dtype. The
/// row's maximum and the logarithm of its sum are saved; log-probabilities are never in memory.
private func fusedCrossEntropy(
    _ input: Tensor, _ target: Tensor, _ weight: Tensor?, _ ignoreIndex: Int, _ reduction: LossReduction
) -> Tensor {
    guard checkClassTargets(input, target, weight),
        Tensor.commonDevice([input, target] + (weight.map { [$0] } ?? [])) != nil,
        let targets = ClassTargets(target, classes: input.sizes[input.dim - 1], ignoreIndex: ignoreIndex)
    else { return .void }
    let classes = input.sizes[input.dim - 1], rows = input.dim == 1 ? 1 : input.sizes[0]
    let (index, shape, sizes) = (targets.index, target.sizes, input.sizes)
    var result = Tensor.void, statistics = Tensor.void
    // The factor of each row's gradient: one number, or one for each row.
    var factors: Tensor?, divisor: Tensor?
    noGrad {
        let x = input.detach().contiguous().view([rows, classes])
        statistics = Tensor.allocate([2, rows], input.dtype.wide, input.device)
        var losses = Tensor.allocate([rows], input.dtype.wide, input.device)
        guard !anyVoid(x, losses, statistics),
            x.backend.crossEntropy(
                losses: losses.dense, statistics: statistics.dense, x.dense, target: index.indexMemory,
                ignored: targets.ignored)
        else { return }
        if let weight {
            let weights = targets.weights(weight.detach())
            losses = losses.mul(weights)
            factors = weights
        }
        switch reduction {
        case .none: result = losses.alias(Layout(shape))
        case .sum: result = losses.sum()
        case .mean:
            let total = factors?.sum() ?? targets.count(rows, losses.dtype)
            divisor = total
            result = losses.sum().div(total)
        }
    }
    let loss = result.record("NllLossBackward0", input, saved: [input, index, statistics]) { node, g in
        let (input, index, statistics) = (node.saved(0), node.saved(1), node.saved(2))
        if anyVoid(input, index, statistics) { return nil }
        var scale = g.dim == 0 ? g : g.reshape([rows])
        if let factors { scale = scale.mul(factors) }
        if let divisor { scale = scale.div(divisor) }
        if isGradEnabled() {
            // As a function of the logits, which can be differentiated again.
            let targets = noGrad { index.oneHotRows(classes) }
            let counts = noGrad { index.ge(0).to(statistics.dtype).reshape([rows]) }
            let p = input.to(statistics.dtype).reshape([rows, classes]).softmax(dim: 1)
            return p.sub(targets).mul(scale.mul(counts).unsqueeze(1)).reshape(sizes)
        }
        let out = Tensor.allocate([rows, classes], input.dtype, input.device)
        let x = input.detach().contiguous().view([rows, classes])
        if scale.dim == 0 { scale = scale.view([1]) }
        scale = scale.contiguous()
        guard !anyVoid(out, x, scale),
            x.backend.crossEntropyBackward(
                out: out.dense, scale: scale.dense, statistics: statistics.dense, x.dense, target: index.indexMemory)
        else { return nil }
        return out.view(sizes)
    }
    // PyTorch saves the log-probabilities instead of the logits, so these may be written.
    (loss.node as? OperatorNode)?.copiesBeforeWrites(to: input.storage)
    return loss
}

/// The class indices of a loss, checked.
struct ClassTargets {
    /// Contiguous int64 indices; a negative number for targets that do not count.
    let index: Tensor
    /// The number that stands for targets that do not count.
    let ignored: Int
    /// The number of targets that do not count.
    let ignoredCount: Int

    /// Checks the targets. Raises and returns nil if one is neither a class nor `ignoreIndex`.
    init?(_ target: Tensor, classes: Int, ignoreIndex: Int) {
        let plain = noGrad { target.detach().to(.int64).contiguous() }
        if plain.isVoid { return nil }
        var bad: Int64?, ignored = 0
        if plain.isOnHost {
            plain.withUnsafeElements(as: Int64.self) { elements in
                for element in elements {
                    if element == Int64(ignoreIndex) {
                        ignored += 1
                    } else if element < 0 || element >= Int64(classes) {
                        bad = bad ?? element
                    }
                }
            }
        }
        if let bad {
            raise(.index, "Target \(bad) is out of bounds.")
            return nil
        }
        ignoredCount = ignored
        // A CUDA kernel checks the targets itself. A negative `ignoreIndex` needs no mask, because it is no class.
        let masks = ignored > 0 || (plain.isCUDA && ignoreIndex >= 0)
        self.ignored = plain.isCUDA && !masks ? ignoreIndex : -1
        index = masks ? noGrad { plain.maskedFill(plain.eq(ignoreIndex), -1) } : plain
    }

    /// Returns the number of targets that count, of `rows` targets. On a device it is computed there.
    func count(_ rows: Int, _ dtype: DType) -> Tensor {
        index.isCUDA ? index.ge(0).sum().to(dtype) : .number(.double(Double(rows - ignoredCount)))
    }

    /// Returns the weight of each target, 0 for those that do not count.
    func weights(_ weight: Tensor) -> Tensor {
        let flat = index.reshape([-1]), mayBeIgnored = ignoredCount > 0 || index.isCUDA,
            picked = weight.gather(dim: 0, index: mayBeIgnored ? flat.clampMin(0) : flat)
        return mayBeIgnored ? picked.maskedFill(flat.lt(0), 0) : picked
    }
}

extension Tensor {
    /// Returns float32 rows with 1 at this index, or zeros if the index is negative.
    fileprivate func oneHotRows(_ classes: Int) -> Tensor {
        let flat = reshape([-1, 1])
        return Tensor.zeros([flat.sizes[0], classes], device: device).scatter(
            dim: 1, index: flat.clampMin(0), source: flat.ge(0).to(.float32))
    }
}

private func crossEntropyOfProbabilities(
    _ input: Tensor, _ target: Tensor, _ weight: Tensor?, _ reduction: LossReduction, _ labelSmoothing: Double,
    _ classDim: Int
) -> Tensor {
    let classes = input.sizes[classDim]
    if let weight, weight.sizes != [classes] {
        return fail(
            .runtime,
            "cross_entropy: weight tensor should be defined either for all \(classes) classes or no classes but got weight tensor of shape: \(weight.sizes)"
        )
    }
    let smoothed = labelSmoothing > 0 ? target.mul(1 - labelSmoothing).add(labelSmoothing / Double(classes)) : target
    var products = input.logSoftmax(dim: classDim).mul(smoothed)
    if let weight {
        var shape = [Int](repeating: 1, count: input.dim)
        shape[classDim] = classes
        products = products.mul(weight.view(shape))
    }
    switch reduction {
    case .none: return products.sum(dim: classDim).neg()
    case .sum: return products.sum().neg()
    case .mean: return products.sum().neg().div(Double(Swift.max(input.numel() / Swift.max(classes, 1), 0)))
    }
}
