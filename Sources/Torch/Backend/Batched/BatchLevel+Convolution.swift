import CTorchKernels

// Convolutions of all examples as one. If the examples have one weight, their images are one batch. Otherwise, their
// channels lie side by side: as the groups of one convolution, or, if they have the same images, as more channels of
// the output.

extension BatchLevel {
    func convolution(
        _ pass: ConvolutionPass, _ plan: ConvolutionPlan, out: Strided, _ a: Strided, _ b: Strided, bias: Dense?
    ) -> Bool {
        run([out], [a, b, bias?.strided]) {
            $0.convolution(pass, plan, out: out, a, b, bias: bias)
        } batched: { device in
            let hasOneWeight = pass != .backwardWeight && b.storage.batchLevel != self
            if hasOneWeight, !isBatched(bias),
                let done = convolutionOfImages(pass, plan, out: out, a, b, bias: bias, device)
            {
                return done
            }
            return convolutionOfChannels(pass, plan, out: out, a, b, bias: bias, device)
        }
    }

    /// Computes a convolution whose weight is the same for all examples. Returns nil if the results would not be dense.
    private func convolutionOfImages(
        _ pass: ConvolutionPass, _ plan: ConvolutionPlan, out: Strided, _ images: Strided, _ weight: Strided,
        bias: Dense?, _ device: Device
    ) -> Bool? {
        var all = plan
        all.batch *= size
        guard let o = full(out).folding(0), o.layout.isDense else { return nil }
        var operands = BatchedOperands(self, device)
        let lifted = full(images)
        guard let i = lifted.folding(0) ?? operands.copied(lifted)?.folding(0) else { return false }
        return operands.run { $0.convolution(pass, all, out: o, i, weight, bias: bias) }
    }

    /// Computes a convolution whose weight differs between the examples.
    private func convolutionOfChannels(
        _ pass: ConvolutionPass, _ plan: ConvolutionPlan, out: Strided, _ a: Strided, _ b: Strided, bias: Dense?,
        _ device: Device
    ) -> Bool {
        var operands = BatchedOperands(self, device), all = plan
        all.outputChannels *= size
        // Common images are read once.
        let sharesImages = pass != .backwardInput && plan.groups == 1 && a.storage.batchLevel != self
        if !sharesImages {
            all.groups *= size
            all.inputChannels *= size
        }
        /// Returns images or weights with the channels of all examples side by side.
        func input(_ s: Strided, isWeight: Bool) -> Strided? {
            let lifted = isWeight ? full(s) : full(s).withExamplesSecond
            return lifted.folding(isWeight ? 0 : 1) ?? operands.copied(lifted)?.folding(isWeight ? 0 : 1)
        }
        func output(_ s: Strided, isWeight: Bool) -> Strided? {
            let lifted = isWeight ? full(s) : full(s).withExamplesSecond
            if let folded = lifted.folding(isWeight ? 0 : 1), folded.layout.isDense { return folded }
            guard let copy = operands.new(lifted) else { return nil }
            operands.copyBack(copy, to: lifted)
            return copy.folding(isWeight ? 0 : 1)
        }
        guard let o = output(out, isWeight: pass == .backwardWeight),
            let first = sharesImages ? a : input(a, isWeight: false),
            let second = input(b, isWeight: pass != .backwardWeight)
        else { return false }
        let added = bias.map { operands.input($0).folded }
        return operands.run { $0.convolution(pass, all, out: o, first, second, bias: added) }
    }
}

extension Strided {
    /// The same elements with dimensions `d` and `d` + 1 as one; nil if they do not lie so in memory.
    fileprivate func folding(_ d: Int) -> Strided? {
        var sizes = layout.sizes
        sizes[d] *= sizes.remove(at: d + 1)
        return layout.viewed(sizes).map { Strided(storage: storage, layout: $0, dtype: dtype) }
    }

    /// The same elements with the dimension of the examples after the first one.
    fileprivate var withExamplesSecond: Strided {
        Strided(storage: storage, layout: layout.transposed(0, 1), dtype: dtype)
    }
}
