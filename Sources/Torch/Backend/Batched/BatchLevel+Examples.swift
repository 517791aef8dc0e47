// The primitives that run for each example, random draws, and those whose results' sizes depend on the numbers.

extension BatchLevel {
    func copyLater(out: Strided, _ source: Strided) { copy(out: out, source) }

    func sortRows(order: Indices, _ input: Dense) -> Bool {
        run([order.strided], [input.strided]) {
            $0.sortRows(order: order, input)
        } batched: { device in
            each(device) { $0.sortRows(order: example(order, $1), example(input, $1)) }
        }
    }

    func maskedScatter(out: Dense, mask: Dense, source: Dense) -> Bool {
        run([out.strided], [mask.strided, source.strided]) {
            $0.maskedScatter(out: out, mask: mask, source: source)
        } batched: { device in
            each(device) {
                $0.maskedScatter(out: example(out, $1), mask: example(mask, $1), source: example(source, $1))
            }
        }
    }

    func ctcLoss(losses: Dense, alpha: Dense, _ input: Dense, _ sequences: CTCSequences) {
        _ = run([losses.strided, alpha.strided], [input.strided, sequences.targets.strided]) {
            $0.ctcLoss(losses: losses, alpha: alpha, input, sequences)
            return true
        } batched: { device in
            each(device) {
                $0.ctcLoss(
                    losses: example(losses, $1), alpha: example(alpha, $1), example(input, $1), example(sequences, $1))
                return true
            }
        }
    }

    func ctcLossBackward(
        out: Dense, grad: Dense, losses: Dense, alpha: Dense, _ input: Dense, _ sequences: CTCSequences,
        zeroInfinity: Bool
    ) -> Bool {
        run([out.strided], [grad, losses, alpha, input].map(\.strided) + [sequences.targets.strided]) {
            $0.ctcLossBackward(
                out: out, grad: grad, losses: losses, alpha: alpha, input, sequences, zeroInfinity: zeroInfinity)
        } batched: { device in
            each(device) {
                $0.ctcLossBackward(
                    out: example(out, $1), grad: example(grad, $1), losses: example(losses, $1),
                    alpha: example(alpha, $1), example(input, $1), example(sequences, $1), zeroInfinity: zeroInfinity)
            }
        }
    }

    private func example(_ sequences: CTCSequences, _ i: Int) -> CTCSequences {
        var result = sequences
        result.targets = example(sequences.targets, i)
        return result
    }

    // MARK: Optimizers

    func sgd(_ list: [SGDTensors], first: Bool, _ options: SGDStep) {
        for t in list {
            _ = run([t.parameter.strided, t.momentumBuffer?.strided], [t.grad.strided]) {
                $0.sgd([t], first: first, options)
                return true
            } batched: { device in
                each(device) {
                    let one = SGDTensors(
                        parameter: example(t.parameter, $1), grad: example(t.grad, $1),
                        momentumBuffer: example(t.momentumBuffer, $1))
                    $0.sgd([one], first: first, options)
                    return true
                }
            }
        }
    }

    func adam(_ list: [AdamTensors], _ options: AdamStep) {
        for t in list {
            let outs = [t.parameter, t.expAvg, t.expAvgSq, t.maxExpAvgSq].map { $0?.strided }
            _ = run(outs, [t.grad.strided]) {
                $0.adam([t], options)
                return true
            } batched: { device in
                each(device) {
                    let one = AdamTensors(
                        parameter: example(t.parameter, $1), grad: example(t.grad, $1), expAvg: example(t.expAvg, $1),
                        expAvgSq: example(t.expAvgSq, $1), maxExpAvgSq: example(t.maxExpAvgSq, $1),
                        countedStep: t.countedStep)
                    $0.adam([one], options)
                    return true
                }
            }
        }
    }

    // MARK: Sizes that depend on the numbers

    /// Returns whether the operand is the same for all examples. Raises PyTorch's error if it is not.
    private func isCommon(_ name: String, _ operands: Dense...) -> Bool {
        if operands.allSatisfy({ $0.strided.storage.batchLevel != self }) { return true }
        raise(
            .runtime,
            "vmap: We do not support batching operators that can output dynamic shape. Attempted to vmap over aten::\(name). Please file an issue at https://github.com/pytorch/pytorch/issues if you need this feature."
        )
        return false
    }

    func runs(numbers: Indices, starts: Indices, _ input: Dense) -> Int {
        guard isCommon("_unique2", input) else { return 0 }
        return below(input.strided.storage.device) { $0.runs(numbers: numbers, starts: starts, input) }
    }

    func nonzero(_ input: Dense) -> Strided? {
        isCommon("nonzero", input) ? below(input.strided.storage.device) { $0.nonzero(input) } : nil
    }

    func maskedSelect(_ input: Dense, mask: Dense) -> Strided? {
        guard isCommon("masked_select", mask, input) else { return nil }
        return below(input.strided.storage.device) { $0.maskedSelect(input, mask: mask) }
    }

    // MARK: Random draws

    func draw(_ distribution: RandomDraw, out: Dense, from generator: Generator) -> Bool {
        let device = out.strided.storage.device, inputs = distribution.inputs
        let isBatched = inputs.contains { $0.strided.storage.batchLevel == self }
        switch randomness {
        case .error:
            raise(
                .runtime,
                "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' randomness flags on vmap or perform the randomness operation out of vmap"
            )
            return true
        case .same:
            if isBatched {
                raise(
                    .runtime,
                    "Vmap does not currently support same randomness with a batched tensor input. Please file an issue with functorch"
                )
                return true
            }
            if out.strided.storage.batchLevel != self {
                return below(device) { $0.draw(distribution, out: out, from: generator) }
            }
            guard let one = allocate(out.layout.sizes, out.dtype, device) else { return false }
            guard below(device, { $0.draw(distribution, out: Dense(one), from: generator) }) else { return false }
            copy(out: out.strided, one)
            return true
        case .different:
            guard out.strided.storage.batch != nil else {
                raise(
                    .runtime,
                    "vmap: Cannot ask for different inplace randomness on an unbatched tensor. This will appear like same randomness. If this is necessary for your usage, please file an issue with functorch."
                )
                return true
            }
            guard makeBatched(out.strided.storage) else { return true }
            if size == 0 { return true }
            if case .permutation = distribution {
                return each(device) { $0.draw(.permutation, out: example(out, $1), from: generator) }
            }
            var operands = BatchedOperands(self, device)
            let lifted = distribution.mapInputs { operands.input($0) }, o = operands.output(out)
            return operands.run { $0.draw(lifted, out: o, from: generator) }
        }
    }
}

extension RandomDraw {
    /// The tensors that the draw reads.
    fileprivate var inputs: [Dense] {
        switch self {
        case .bernoulliOf(let a), .rreluSlopes(let a, _, _), .categories(let a), .gamma(let a), .dirichlet(let a),
            .poisson(let a):
            [a]
        case .binomial(let a, let b): [a, b]
        default: []
        }
    }

    /// Returns the same draw with other tensors.
    fileprivate func mapInputs(_ body: (Dense) -> Dense) -> RandomDraw {
        switch self {
        case .bernoulliOf(let a): .bernoulliOf(body(a))
        case .rreluSlopes(let a, let lower, let upper): .rreluSlopes(body(a), lower, upper)
        case .categories(let a): .categories(body(a))
        case .gamma(let a): .gamma(body(a))
        case .dirichlet(let a): .dirichlet(body(a))
        case .poisson(let a): .poisson(body(a))
        case .binomial(let a, let b): .binomial(body(a), body(b))
        default: self
        }
    }
}
