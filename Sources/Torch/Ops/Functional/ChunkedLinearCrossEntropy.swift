/// The chunked path of `linearCrossEntropy`: rows [N, features], a linear weight [C, features] and a bias [C].
struct ChunkedLinearCrossEntropy {
    let weight: Tensor?
    let reduction: LossReduction
    let ignoreIndex: Int
    let options: LinearCrossEntropyOptions

    /// The targets of all rows.
    private enum Targets {
        /// Class indices, and the weight of each row.
        case classes(ClassTargets, weights: Tensor?)
        /// Probabilities [N, C], multiplied with the weights of the classes.
        case probabilities(Tensor)
    }

    private struct Wanted {
        var input = false, linearWeight = false, linearBias = false
        var any: Bool { input || linearWeight || linearBias }
    }

    /// Gradients that a backward pass takes.
    private final class Gradients {
        var input: Tensor?, linearWeight: Tensor?, linearBias: Tensor?
        var isTaken = false
    }

    /// Computes and records the loss.
    func callAsFunction(
        _ input: Tensor, _ linearWeight: Tensor, _ target: Tensor, _ linearBias: Tensor?, isBatched: Bool
    ) -> Tensor {
        let (rows, classes) = (input.sizes[0], linearWeight.sizes[0])
        let operands = [input, linearWeight] + (linearBias.map { [$0] } ?? [])
        guard Tensor.commonDevice(operands + [target] + (weight.map { [$0] } ?? [])) != nil,
            let targets = targets(target, Tensor.allocate([rows, classes], input.dtype, .meta)),
            let chunk = options.rows(
                of: rows, features: input.sizes[1], classes: classes, dtype: input.dtype,
                isOfProbabilities: target.dtype.isFloatingPoint)
        else { return .void }
        if reduction == .none {
            let losses = noGrad {
                run(operands.map { $0.detach() }, targets, chunk, scale: nil, Wanted(), Gradients())
            }
            let result = isBatched || losses.isVoid ? losses : losses.alias(.scalar)
            return result.record("LinearCrossEntropyBackward0", inputs: operands, saved: operands) { node, g in
                let operands = (0..<operands.count).map { node.saved($0) }
                if anyVoid(operands) { return operands.map { _ in nil } }
                let gradients = Gradients()
                noGrad {
                    _ = run(
                        operands.map { $0.detach() }, targets, chunk, scale: g.detach().reshape([rows]),
                        wantedGradients(of: node), gradients)
                }
                return once(gradients, operands, g)
            }
        }
        let divisor: Tensor? = noGrad { reduction == .mean ? self.divisor(targets, rows, input.dtype.wide) : nil }
        let gradients = Gradients(), records = recording(operands)
        let wanted = Wanted(
            input: records && input.requiresGrad, linearWeight: records && linearWeight.requiresGrad,
            linearBias: records && linearBias?.requiresGrad == true)
        let result: Tensor = noGrad {
            let one = Tensor.filled(1, [], input.dtype.wide, input.device)
            let losses = run(
                operands.map { $0.detach() }, targets, chunk, scale: divisor.map { one.div($0) } ?? one, wanted,
                gradients)
            let sum = losses.sum()
            return (divisor.map { sum.div($0) } ?? sum).to(input.dtype)
        }
        return result.record("LinearCrossEntropyBackward0", inputs: operands) { node, g in
            if gradients.isTaken {
                raise(
                    .runtime,
                    "linear_cross_entropy chunked backward called twice; retain_graph=True / double backward are not supported."
                )
                return operands.map { _ in nil }
            }
            gradients.isTaken = !options.allowRetainGraph
            let scaled = Gradients()
            noGrad {
                func times(_ gradient: Tensor?) -> Tensor? {
                    gradient.map { options.allowRetainGraph ? $0.mul(g.detach()) : $0.mul_(g.detach()) }
                }
                scaled.input = times(gradients.input)
                scaled.linearWeight = times(gradients.linearWeight)
                scaled.linearBias = times(gradients.linearBias)
            }
            return once(scaled, operands, g)
        }
    }

    private func wantedGradients(of node: OperatorNode) -> Wanted {
        Wanted(
            input: node.needs(0), linearWeight: node.needs(1), linearBias: node.edges.count > 2 && node.needs(2))
    }

    /// Returns the gradients of the operands. They have no gradients themselves.
    private func once(_ gradients: Gradients, _ operands: [Tensor], _ g: Tensor) -> [Tensor?] {
        let list = [gradients.input, gradients.linearWeight] + (operands.count > 2 ? [gradients.linearBias] : [])
        return list.map { gradient in
            gradient?.record("NotImplemented", inputs: operands + [g]) { _, _ in
                raise(.runtime, "linear_cross_entropy with options does not support higher-order gradients")
                return (0...operands.count).map { _ in nil }
            }
        }
    }

    /// Checks the targets. `logits` has the sizes of the logits and no memory. Returns nil if an error was raised.
    private func targets(_ target: Tensor, _ logits: Tensor) -> Targets? {
        if target.dtype.isFloatingPoint {
            if let weight, weight.sizes != [logits.sizes[1]] {
                raise(
                    .runtime,
                    "cross_entropy: weight tensor should be defined either for all \(logits.sizes[1]) classes or no classes but got weight tensor of shape: \(weight.sizes)"
                )
                return nil
            }
            return noGrad {
                let plain = target.detach().reshape(logits.sizes)
                return .probabilities(weight.map { plain.mul($0.detach().to(plain.dtype)) } ?? plain)
            }
        }
        guard checkClassTargets(logits, target, weight),
            let classes = ClassTargets(target, classes: logits.sizes[1], ignoreIndex: ignoreIndex)
        else { return nil }
        return noGrad {
            .classes(classes, weights: weight.map { classes.weights($0.detach().to(logits.dtype.wide)) })
        }
    }

    /// The divisor of the mean.
    private func divisor(_ targets: Targets, _ rows: Int, _ dtype: DType) -> Tensor {
        switch targets {
        case .classes(_, let weights?): weights.sum()
        case .classes(let classes, nil): Tensor.number(.double(Double(rows - classes.ignoredCount)))
        case .probabilities: Tensor.number(.double(Double(rows)))
        }
    }

    /// Computes the losses [N] of all rows in the wide dtype and, into `gradients`, the gradients that are wanted.
    /// `scale`, a number or one for each row, is the gradient of the losses.
    private func run(
        _ operands: [Tensor], _ targets: Targets, _ chunk: Int, scale: Tensor?, _ wanted: Wanted,
        _ gradients: Gradients
    ) -> Tensor {
        if Autocast.isOn { return AutocastState.off { run(operands, targets, chunk, scale: scale, wanted, gradients) } }
        let (input, matrix) = (operands[0], operands[1]), wide = input.dtype.wide
        let (rows, features, device) = (input.sizes[0], input.sizes[1], input.device)
        let losses = Tensor.allocate([rows], wide, device)
        let (wideMatrix, wideBias) = (matrix.to(wide), operands.count > 2 ? operands[2].to(wide) : nil)
        let inputGrad = wanted.input ? Tensor.allocate([rows, features], input.dtype, device) : nil
        var matrixGrad = wanted.linearWeight ? Tensor.zeros(matrix.sizes, dtype: wide, device: device) : nil
        var biasGrad = wanted.linearBias ? Tensor.zeros([matrix.sizes[0]], dtype: wide, device: device) : nil
        if anyVoid([losses, wideMatrix] + [wideBias, inputGrad, matrixGrad, biasGrad].compactMap { $0 }) {
            return .void
        }
        for start in Swift.stride(from: 0, to: rows, by: chunk) {
            let count = Swift.min(chunk, rows - start)
            let x = input.narrow(0, start, count).to(wide)
            let logits = x.linear(wideMatrix, wideBias)
            let own = scale.map { $0.dim == 0 ? $0 : $0.narrow(0, start, count).to(wide) }
            guard !logits.isVoid,
                let gradient = entropy(
                    logits, targets, losses.narrow(0, start, count), start, wanted.any ? own : nil)
            else { return .void }
            guard wanted.any else { continue }
            inputGrad?.narrow(0, start, count).copy_(gradient.mm(wideMatrix))
            matrixGrad = matrixGrad?.addmm_(gradient.t(), x)
            biasGrad = biasGrad?.add_(gradient.sum(dim: 0))
        }
        gradients.input = inputGrad
        gradients.linearWeight = matrixGrad?.to(matrix.dtype)
        gradients.linearBias = biasGrad?.to(operands[operands.count - 1].dtype)
        return losses
    }

    /// Writes the losses of a chunk and, if there is a scale, replaces its logits by their gradient. Returns the
    /// logits; nil if it failed.
    private func entropy(
        _ logits: Tensor, _ targets: Targets, _ losses: Tensor, _ start: Int, _ scale: Tensor?
    ) -> Tensor? {
        let rows = logits.sizes[0]
        switch targets {
        case .classes(let classes, let weights):
            let index = classes.index.narrow(0, start, rows), weights = weights?.narrow(0, start, rows)
            let statistics = Tensor.allocate([2, rows], logits.dtype, logits.device)
            guard !statistics.isVoid,
                logits.backend.crossEntropy(
                    losses: losses.dense, statistics: statistics.dense, logits.dense, target: index.indexMemory,
                    ignored: classes.ignored)
            else { return nil }
            if let weights { losses.mul_(weights) }
            guard var scale else { return logits }
            if let weights { scale = scale.mul(weights) }
            if scale.dim == 0 { scale = scale.view([1]) }
            scale = scale.contiguous()
            return logits.backend.crossEntropyBackward(
                out: logits.dense, scale: scale.dense, statistics: statistics.dense, logits.dense,
                target: index.indexMemory) ? logits : nil
        case .probabilities(let all):
            let target = all.narrow(0, start, rows).to(logits.dtype), logProbs = logits.logSoftmax(dim: 1)
            losses.copy_(logProbs.mul(target).sum(dim: 1).neg())
            guard let scale else { return logits }
            let gradient = logProbs.exp().mul(target.sum(dim: 1, keepdim: true)).sub(target)
            return gradient.mul(scale.dim == 0 ? scale : scale.unsqueeze(1))
        }
    }
}
