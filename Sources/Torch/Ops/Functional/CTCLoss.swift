/// Returns the connectionist temporal classification loss: the negative log-likelihood of label sequences, summed over
/// all alignments with the steps. PyTorch: `torch.nn.functional.ctc_loss`.
///
/// Like PyTorch's, the gradient is that of the input of the log-softmax that gave `logProbs`; it has no gradient
/// itself.
///
/// - Parameters:
///   - logProbs: log-probabilities of float32 or float64, [steps, N, C] or [steps, C].
///   - targets: labels, [N, longest] (padded), or [sum of the lengths] (one after the other).
///   - inputLengths: the number of steps of each sequence, at most `steps`.
///   - targetLengths: the number of labels of each sequence.
///   - blank: the class between labels.
///   - reduction: the mean of the losses divided by the lengths of the targets, the sum, or one loss for each sequence.
///   - zeroInfinity: whether infinite losses, of targets that are too long for their steps, and their gradients become
///     0.
public func ctcLoss(
    _ logProbs: Tensor, _ targets: Tensor, inputLengths: [Int], targetLengths: [Int], blank: Int = 0,
    reduction: LossReduction = .mean, zeroInfinity: Bool = false
) -> Tensor {
    if let cast = Autocast.float32OnCPU {
        return cast.run {
            ctcLoss(
                $0(logProbs), targets, inputLengths: inputLengths, targetLengths: targetLengths, blank: blank,
                reduction: reduction, zeroInfinity: zeroInfinity)
        }
    }
    if anyVoid(logProbs, targets) { return .void }
    let isBatched = logProbs.dim == 3
    let input = isBatched ? logProbs : logProbs.unsqueeze(logProbs.dim == 0 ? 0 : 1)
    guard
        let sequences = CTCSequences(
            input, isBatched ? targets : targets.unsqueeze(0), inputLengths, targetLengths, blank)
    else { return .void }
    var result = ctcLosses(input, sequences, zeroInfinity)
    if zeroInfinity { result = Torch.where(result.eq(Double.infinity), 0, result) }
    switch reduction {
    case .none: return isBatched ? result : result.squeeze(0)
    case .sum: return result.sum()
    case .mean:
        let lengths = Tensor(targetLengths.map { Double(Swift.max($0, 1)) }).to(result.dtype).to(result.device)
        return result.div(lengths).mean()
    }
}

/// Like `ctcLoss(_:_:inputLengths:targetLengths:blank:reduction:zeroInfinity:)`, with the lengths as integer tensors,
/// [N] or []. PyTorch: `torch.nn.functional.ctc_loss`.
public func ctcLoss(
    _ logProbs: Tensor, _ targets: Tensor, inputLengths: Tensor, targetLengths: Tensor, blank: Int = 0,
    reduction: LossReduction = .mean, zeroInfinity: Bool = false
) -> Tensor {
    if anyVoid(logProbs, targets, inputLengths, targetLengths) { return .void }
    for (lengths, name) in [(inputLengths, "input_lengths"), (targetLengths, "target_lengths")] {
        guard !lengths.dtype.isInexact, lengths.dtype != .bool else {
            return fail(.runtime, "\(name) must be integral")
        }
        guard lengths.hasData() else { return .void }
    }
    return ctcLoss(
        logProbs, targets, inputLengths: inputLengths.toArray(as: Int64.self).map(Int.init),
        targetLengths: targetLengths.toArray(as: Int64.self).map(Int.init), blank: blank, reduction: reduction,
        zeroInfinity: zeroInfinity)
}

/// Returns the loss of each sequence of log-probabilities [steps, N, C].
private func ctcLosses(_ input: Tensor, _ sequences: CTCSequences, _ zeroInfinity: Bool) -> Tensor {
    let steps = input.sizes[0], batch = input.sizes[1]
    let states = 2 * (sequences.targetLengths.max() ?? 0) + 1
    var (losses, alpha) = (Tensor.void, Tensor.void)
    noGrad {
        let x = input.detach().contiguous()
        losses = Tensor.allocate([batch], input.dtype, input.device)
        alpha = Tensor.allocate([batch, steps, states], input.dtype, input.device)
        if anyVoid(x, losses, alpha) { return losses = .void }
        x.backend.ctcLoss(losses: losses.dense, alpha: alpha.dense, x.dense, sequences)
    }
    return losses.record("CtcLossBackward0", input, saved: [input, alpha], saveResult: true) { node, g in
        let (input, alpha, losses) = (node.saved(0), node.saved(1), node.saved(2))
        if anyVoid(input, alpha, losses) { return nil }
        let gradient: Tensor = noGrad {
            let x = input.detach().contiguous(), g = g.detach().contiguous()
            let out = Tensor.allocate(x.sizes, x.dtype, x.device)
            guard !anyVoid(x, g, out),
                x.backend.ctcLossBackward(
                    out: out.dense, grad: g.dense, losses: losses.detach().dense, alpha: alpha.dense, x.dense,
                    sequences,
                    zeroInfinity: zeroInfinity)
            else { return .void }
            return out
        }
        return gradient.record("NotImplemented", inputs: [g, input]) { _, _ in
            raise(.runtime, "derivative for aten::_ctc_loss_backward is not implemented")
            return [nil, nil]
        }
    }
}

extension CTCSequences {
    /// Checks the arguments of a CTC loss in PyTorch's order. Raises and returns nil if they do not fit.
    fileprivate init?(
        _ input: Tensor, _ targets: Tensor, _ inputLengths: [Int], _ targetLengths: [Int], _ blank: Int
    ) {
        let place = "(while checking arguments for ctc_loss_allocate_outputs)"
        func problem() -> String? {
            if input.numel() == 0 { return "log_probs tensor must not be empty" }
            if input.dim != 3 {
                return
                    "Expected 3-dimensional tensor, but got \(input.dim)-dimensional tensor for argument #1 'log_probs' \(place)"
            }
            if targets.dim != 1 && targets.dim != 2 {
                return
                    "Expected 1 to 2 dimensions, but got \(targets.dim)-dimensional tensor for argument #2 'targets' \(place)"
            }
            let (steps, batch, classes) = (input.sizes[0], input.sizes[1], input.sizes[2])
            if blank < 0 || blank >= classes { return "blank must be in label range" }
            if inputLengths.count != batch { return "input_lengths must be of size batch_size" }
            if targetLengths.count != batch { return "target_lengths must be of size batch_size" }
            if let bad = targetLengths.first(where: { $0 < 0 }) {
                return "Expected target_lengths to have value at least 0, but got value \(bad) \(place)"
            }
            let size = targets.sizes[0]
            if targets.dim == 1 {
                // Saturates, so that lengths that no tensor has do not overflow.
                let total = targetLengths.reduce(0) { $0.addingReportingOverflow($1).overflow ? Int.max : $0 + $1 }
                if total != size {
                    return
                        "Expected tensor to have size \(total) at dimension 0, but got size \(size) for argument #2 'targets' \(place)"
                }
            } else {
                if size != batch {
                    return
                        "Expected tensor to have size \(batch) at dimension 0, but got size \(size) for argument #2 'targets' \(place)"
                }
                let longest = targetLengths.max() ?? 0
                if targets.sizes[1] < longest {
                    return
                        "Expected tensor to have size at least \(longest) at dimension 1, but got size \(targets.sizes[1]) for argument #2 'targets' \(place)"
                }
            }
            for length in inputLengths where length < 0 || length > steps {
                return
                    "Expected input_lengths to have value at \(length < 0 ? "least 0" : "most \(steps)"), but got value \(length) \(place)"
            }
            return nil
        }
        if let message = problem() {
            raise(.runtime, message)
            return nil
        }
        guard input.dtype == .float32 || input.dtype == .float64 else {
            raise(.notImplemented, "\"ctc_loss_cpu\" not implemented for '\(input.dtype.scalarTypeName)'")
            return nil
        }
        guard Tensor.commonDevice([input, targets]) != nil else { return nil }
        let labels = noGrad { targets.detach().to(.int64).contiguous() }
        if labels.isVoid { return nil }
        var starts: [Int] = [], next = 0
        for length in targetLengths {
            starts.append(targets.dim == 1 ? next : starts.count * targets.sizes[1])
            next += targets.dim == 1 ? length : 0
        }
        // PyTorch reads foreign memory if a label is no class.
        if labels.isOnHost {
            let bad: Int64? = labels.withUnsafeElements(as: Int64.self) { elements in
                zip(starts, targetLengths).lazy.flatMap { start, length in elements[start..<(start + length)] }
                    .first { $0 < 0 || $0 >= Int64(input.sizes[2]) }
            }
            if let bad {
                raise(.index, "Target \(bad) is out of bounds.")
                return nil
            }
        }
        self.init(
            targets: labels.indexMemory, targetStarts: starts, targetLengths: targetLengths, inputLengths: inputLengths,
            blank: blank)
    }
}
