extension CheckedBackend {
    func crossEntropy(losses: Dense, statistics: Dense, _ input: Dense, target: Indices, ignored: Int) -> Bool {
        check("crossEntropy", out: [losses.strided, statistics.strided], [input.strided, target.strided])
        let sizes = input.layout.sizes
        require(
            sizes.count == 2 && losses.count == sizes[0] && target.count == sizes[0]
                && statistics.layout.sizes == [2, sizes[0]] && losses.dtype == input.dtype.wide
                && statistics.dtype == input.dtype.wide, "crossEntropy",
            "logits \(sizes) of \(input.dtype), \(target.count) targets, \(losses.count) losses of \(losses.dtype)")
        return base.crossEntropy(losses: losses, statistics: statistics, input, target: target, ignored: ignored)
    }

    func crossEntropyBackward(out: Dense, scale: Dense, statistics: Dense, _ input: Dense, target: Indices) -> Bool {
        check(
            "crossEntropyBackward", out: [out.strided],
            [scale.strided, statistics.strided, input.strided, target.strided])
        let sizes = input.layout.sizes
        require(
            sizes.count == 2 && out.layout.sizes == sizes && out.dtype == input.dtype && target.count == sizes[0]
                && statistics.layout.sizes == [2, sizes[0]] && (scale.count == 1 || scale.count == sizes[0])
                && scale.dtype == input.dtype.wide && statistics.dtype == input.dtype.wide, "crossEntropyBackward",
            "logits \(sizes) of \(input.dtype), \(target.count) targets, \(scale.count) numbers of \(scale.dtype)")
        return base.crossEntropyBackward(out: out, scale: scale, statistics: statistics, input, target: target)
    }

    func ctcLoss(losses: Dense, alpha: Dense, _ input: Dense, _ sequences: CTCSequences) {
        check("ctcLoss", out: [losses.strided, alpha.strided], [input.strided, sequences.targets.strided])
        check("ctcLoss", sequences, losses, alpha, input)
        base.ctcLoss(losses: losses, alpha: alpha, input, sequences)
    }

    func ctcLossBackward(
        out: Dense, grad: Dense, losses: Dense, alpha: Dense, _ input: Dense, _ sequences: CTCSequences,
        zeroInfinity: Bool
    ) -> Bool {
        check(
            "ctcLossBackward", out: [out.strided],
            [grad.strided, losses.strided, alpha.strided, input.strided, sequences.targets.strided])
        check("ctcLossBackward", sequences, losses, alpha, input)
        require(
            out.layout.sizes == input.layout.sizes && out.dtype == input.dtype && grad.dtype == input.dtype
                && grad.count == losses.count, "ctcLossBackward",
            "\(grad.count) of \(grad.dtype) to \(out.layout.sizes) of \(out.dtype)")
        return base.ctcLossBackward(
            out: out, grad: grad, losses: losses, alpha: alpha, input, sequences, zeroInfinity: zeroInfinity)
    }

    private func check(
        _ primitive: String, _ sequences: CTCSequences, _ losses: Dense, _ alpha: Dense, _ input: Dense
    ) {
        let (sizes, batch) = (input.layout.sizes, sequences.targetStarts.count)
        let longest = sequences.targetLengths.max() ?? 0
        require(
            sizes.count == 3 && batch == sizes[1] && sequences.targetLengths.count == batch
                && sequences.inputLengths.count == batch && losses.count == batch && losses.dtype == input.dtype
                && alpha.dtype == input.dtype && alpha.layout.sizes == [batch, sizes[0], 2 * longest + 1]
                && 0..<sizes[2] ~= sequences.blank, primitive,
            "log-probabilities \(sizes), forward variables \(alpha.layout.sizes), \(batch) sequences")
        for b in 0..<batch {
            let (start, length) = (sequences.targetStarts[b], sequences.targetLengths[b])
            require(
                start >= 0 && length >= 0 && start + length <= sequences.targets.count
                    && 0...sizes[0] ~= sequences.inputLengths[b], primitive,
                "a target \(start) + \(length) of \(sequences.targets.count), \(sequences.inputLengths[b]) steps")
            // The kernel of a CUDA device checks its targets.
            for i in start..<(sequences.targets.strided.storage.isOnHost ? start + length : start) {
                require(0..<Int64(sizes[2]) ~= sequences.targets.pointer[i], primitive, "a label out of range")
            }
        }
    }
}
