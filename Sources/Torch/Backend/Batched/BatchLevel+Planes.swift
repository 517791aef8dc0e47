import CTorchKernels

// Planes, normalizations, attention: what has rows or images that can be more.

extension BatchLevel {
    func maxPool(values: Dense, indices: Indices?, _ input: Dense, _ windows: [PoolWindows]) {
        _ = run([values.strided, indices?.strided], [input.strided]) {
            $0.maxPool(values: values, indices: indices, input, windows)
            return true
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (v, n, i) = (operands.output(values), operands.output(indices), operands.input(input))
            return operands.run {
                $0.maxPool(values: v.folded, indices: n?.folded, i.folded, windows)
                return true
            }
        }
    }

    func avgPool(out: Dense, _ input: Dense, _ windows: [PoolWindows], _ divisor: PoolDivisor) {
        _ = run([out.strided], [input.strided]) {
            $0.avgPool(out: out, input, windows, divisor)
            return true
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (o, i) = (operands.output(out), operands.input(input))
            return operands.run {
                $0.avgPool(out: o.folded, i.folded, windows, divisor)
                return true
            }
        }
    }

    func avgPoolBackward(out: Dense, grad: Dense, _ windows: [PoolWindows], _ divisor: PoolDivisor) -> Bool {
        run([out.strided], [grad.strided]) {
            $0.avgPoolBackward(out: out, grad: grad, windows, divisor)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (o, g) = (operands.output(out), operands.input(grad))
            return operands.run { $0.avgPoolBackward(out: o.folded, grad: g.folded, windows, divisor) }
        }
    }

    func planeScatter(out: Dense, grad: Dense, indices: Indices) -> Bool {
        run([out.strided], [grad.strided, indices.strided]) {
            $0.planeScatter(out: out, grad: grad, indices: indices)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (o, g, n) = (operands.output(out), operands.input(grad), operands.input(indices))
            return operands.run { $0.planeScatter(out: o.folded, grad: g.folded, indices: n.folded) }
        }
    }

    func resample(out: Dense, _ input: Dense, _ axes: [Resampling?], adjoint: Bool) -> Bool {
        run([out.strided], [input.strided]) {
            $0.resample(out: out, input, axes, adjoint: adjoint)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (o, i) = (operands.output(out), operands.input(input))
            return operands.run { $0.resample(out: o.folded, i.folded, axes, adjoint: adjoint) }
        }
    }

    func gridSample(out: Dense, _ input: Dense, grid: Dense, _ options: GridSampling) {
        _ = run([out.strided], [input.strided, grid.strided]) {
            $0.gridSample(out: out, input, grid: grid, options)
            return true
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (o, i, g) = (operands.output(out), operands.input(input), operands.input(grid))
            return operands.run {
                $0.gridSample(out: o.folded, i.folded, grid: g.folded, options)
                return true
            }
        }
    }

    func gridSampleBackward(
        inputGrad: Dense?, gridGrad: Dense?, grad: Dense, _ input: Dense, grid: Dense, _ options: GridSampling
    ) -> Bool {
        run([inputGrad?.strided, gridGrad?.strided], [grad.strided, input.strided, grid.strided]) {
            $0.gridSampleBackward(inputGrad: inputGrad, gridGrad: gridGrad, grad: grad, input, grid: grid, options)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let (a, b) = (operands.output(inputGrad), operands.output(gridGrad))
            let (g, i, p) = (operands.input(grad), operands.input(input), operands.input(grid))
            return operands.run {
                $0.gridSampleBackward(
                    inputGrad: a?.folded, gridGrad: b?.folded, grad: g.folded, i.folded, grid: p.folded, options)
            }
        }
    }

    // MARK: Attention

    func attention(_ results: AttentionResults, _ inputs: AttentionInputs) -> Bool {
        run([results.out, results.logsumexp?.strided], inputs.parts) {
            $0.attention(results, inputs)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let all = AttentionResults(out: full(results.out), logsumexp: operands.output(results.logsumexp))
            let lifted = lifted(inputs)
            return operands.run { $0.attention(all, lifted) }
        }
    }

    func attentionBackward(
        _ gradients: AttentionGradients, grad: Strided, _ results: AttentionResults, _ inputs: AttentionInputs
    ) -> Bool {
        run(
            [gradients.query, gradients.key, gradients.value],
            inputs.parts + [grad, results.out, results.logsumexp?.strided]
        ) {
            $0.attentionBackward(gradients, grad: grad, results, inputs)
        } batched: { device in
            var operands = BatchedOperands(self, device)
            let all = AttentionResults(out: full(results.out), logsumexp: operands.input(results.logsumexp))
            let outs = AttentionGradients(
                query: gradients.query.map { full($0) }, key: gradients.key.map { full($0) },
                value: gradients.value.map { full($0) })
            let (lifted, g) = (lifted(inputs), full(grad))
            return operands.run { $0.attentionBackward(outs, grad: g, all, lifted) }
        }
    }

    private func lifted(_ inputs: AttentionInputs) -> AttentionInputs {
        AttentionInputs(
            query: full(inputs.query), key: full(inputs.key), value: full(inputs.value),
            mask: inputs.mask.map { full($0) }, scale: inputs.scale, isCausal: inputs.isCausal)
    }

    // MARK: Normalization

    func normalize(
        _ form: NormalizedRows, centered: Bool, eps: Double, out: Dense, _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        run(
            [out.strided, numbers.mean?.strided, numbers.rstd.strided],
            [input.strided, numbers.weight?.strided, numbers.bias?.strided]
        ) {
            $0.normalize(form, centered: centered, eps: eps, out: out, numbers, input)
        } batched: { device in
            var operands = BatchedOperands(self, device), all = form
            all.rows *= size
            if isBatched(numbers.weight) || isBatched(numbers.bias) {
                // The weights of all examples lie side by side, so the examples are inside the rows that share weights.
                all.groups *= size
                let outer = form.rows / form.groups
                let lifted = NormalizationNumbers(
                    mean: operands.output(numbers.mean, inside: outer),
                    rstd: operands.output(numbers.rstd, inside: outer), weight: operands.input(numbers.weight),
                    bias: operands.input(numbers.bias))
                let (o, i) = (operands.output(out, inside: outer), operands.input(input, inside: outer))
                return operands.run { $0.normalize(all, centered: centered, eps: eps, out: o, lifted, i) }
            }
            let lifted = NormalizationNumbers(
                mean: operands.output(numbers.mean), rstd: operands.output(numbers.rstd), weight: numbers.weight,
                bias: numbers.bias)
            let (o, i) = (operands.output(out), operands.input(input))
            return operands.run { $0.normalize(all, centered: centered, eps: eps, out: o, lifted, i) }
        }
    }

    func normalizeBackward(
        _ form: NormalizedRows, centered: Bool, _ gradients: NormalizationGradients, grad: Dense,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        run(gradients.parts, numbers.parts + [grad.strided, input.strided]) {
            $0.normalizeBackward(form, centered: centered, gradients, grad: grad, numbers, input)
        } batched: { device in
            var operands = BatchedOperands(self, device), all = form
            all.rows *= size
            if gradients.weight != nil || gradients.bias != nil || isBatched(numbers.weight) || isBatched(numbers.bias)
            {
                all.groups *= size
                let outer = form.rows / form.groups
                let lifted = NormalizationNumbers(
                    mean: operands.input(numbers.mean, inside: outer),
                    rstd: operands.input(numbers.rstd, inside: outer),
                    weight: operands.input(numbers.weight), bias: operands.input(numbers.bias))
                let outs = NormalizationGradients(
                    input: operands.output(gradients.input, inside: outer), weight: operands.output(gradients.weight),
                    bias: operands.output(gradients.bias))
                let (g, i) = (operands.input(grad, inside: outer), operands.input(input, inside: outer))
                return operands.run { $0.normalizeBackward(all, centered: centered, outs, grad: g, lifted, i) }
            }
            let lifted = NormalizationNumbers(
                mean: operands.input(numbers.mean), rstd: operands.input(numbers.rstd), weight: numbers.weight,
                bias: numbers.bias)
            let outs = NormalizationGradients(input: operands.output(gradients.input), weight: nil, bias: nil)
            let (g, i) = (operands.input(grad), operands.input(input))
            return operands.run { $0.normalizeBackward(all, centered: centered, outs, grad: g, lifted, i) }
        }
    }

    func normalizeChannels(
        _ form: NormalizedChannels, given: Bool, eps: Double, meanDType: DType, out: Dense, variance: Dense?,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        let statistics = [numbers.mean?.strided, numbers.rstd.strided]
        return run(
            [out.strided, variance?.strided] + (given ? [] : statistics),
            [input.strided, numbers.weight?.strided, numbers.bias?.strided] + statistics
        ) {
            $0.normalizeChannels(
                form, given: given, eps: eps, meanDType: meanDType, out: out, variance: variance, numbers, input)
        } batched: { device in
            // The channels of all examples lie side by side.
            var operands = BatchedOperands(self, device), all = form
            all.channels *= size
            let lifted = NormalizationNumbers(
                mean: given ? operands.input(numbers.mean) : operands.output(numbers.mean),
                rstd: given ? operands.input(numbers.rstd) : operands.output(numbers.rstd),
                weight: operands.input(numbers.weight), bias: operands.input(numbers.bias))
            let v = operands.output(variance), o = operands.output(out, inside: form.outer)
            let i = operands.input(input, inside: form.outer)
            return operands.run {
                $0.normalizeChannels(
                    all, given: given, eps: eps, meanDType: meanDType, out: o, variance: v, lifted, i)
            }
        }
    }

    func normalizeChannelsBackward(
        _ form: NormalizedChannels, given: Bool, _ gradients: NormalizationGradients, grad: Dense,
        _ numbers: NormalizationNumbers, _ input: Dense
    ) -> Bool {
        run(gradients.parts, numbers.parts + [grad.strided, input.strided]) {
            $0.normalizeChannelsBackward(form, given: given, gradients, grad: grad, numbers, input)
        } batched: { device in
            var operands = BatchedOperands(self, device), all = form
            all.channels *= size
            let lifted = NormalizationNumbers(
                mean: operands.input(numbers.mean), rstd: operands.input(numbers.rstd),
                weight: operands.input(numbers.weight), bias: operands.input(numbers.bias))
            let outs = NormalizationGradients(
                input: operands.output(gradients.input, inside: form.outer), weight: operands.output(gradients.weight),
                bias: operands.output(gradients.bias))
            let g = operands.input(grad, inside: form.outer), i = operands.input(input, inside: form.outer)
            return operands.run { $0.normalizeChannelsBackward(all, given: given, outs, grad: g, lifted, i) }
        }
    }

    func isBatched(_ operand: Dense?) -> Bool { operand?.strided.storage.batchLevel == self && operand != nil }
}

extension AttentionInputs {
    fileprivate var parts: [Strided?] { [query, key, value, mask] }
}

extension NormalizationNumbers {
    fileprivate var parts: [Strided?] { [mean?.strided, rstd.strided, weight?.strided, bias?.strided] }
}

extension NormalizationGradients {
    fileprivate var parts: [Strided?] { [input?.strided, weight?.strided, bias?.strided] }
}
