import CTorchKernels

extension CPUBackend {
    func crossEntropy(losses: Dense, statistics: Dense, _ input: Dense, target: Indices, ignored: Int) -> Bool {
        guard canCompute(input, by: "log_softmax_lastdim_kernel_impl") else { return false }
        let (rows, classes) = (Int64(input.layout.sizes[0]), Int64(input.layout.sizes[1]))
        return hadMemory(
            st_cross_entropy(
                rows, classes, losses.pointer, statistics.pointer, input.pointer, target.pointer, input.dtype.kernel))
    }

    func crossEntropyBackward(out: Dense, scale: Dense, statistics: Dense, _ input: Dense, target: Indices) -> Bool {
        guard canCompute(out, input, by: "log_softmax_lastdim_kernel_impl") else { return false }
        let (rows, classes) = (Int64(input.layout.sizes[0]), Int64(input.layout.sizes[1]))
        return hadMemory(
            st_cross_entropy_backward(
                rows, classes, out.pointer, scale.pointer, scale.count == 1 ? 0 : 1, statistics.pointer, input.pointer,
                target.pointer, input.dtype.kernel))
    }

    func ctcLoss(losses: Dense, alpha: Dense, _ input: Dense, _ sequences: CTCSequences) {
        guard canCompute(losses, input, by: "ctc_loss_cpu") else { return }
        sequences.withKernelForm(input, alpha) { form in
            st_ctc_loss(form, losses.pointer, alpha.pointer, input.pointer, input.dtype.kernel)
        }
    }

    func ctcLossBackward(
        out: Dense, grad: Dense, losses: Dense, alpha: Dense, _ input: Dense, _ sequences: CTCSequences,
        zeroInfinity: Bool
    ) -> Bool {
        guard canCompute(out, input, by: "ctc_loss_backward_cpu") else { return false }
        return sequences.withKernelForm(input, alpha) { form in
            hadMemory(
                st_ctc_backward(
                    form, zeroInfinity, out.pointer, grad.pointer, losses.pointer, alpha.pointer, input.pointer,
                    input.dtype.kernel))
        }
    }
}

extension CTCSequences {
    /// Calls `body` with the form of log-probabilities and forward variables.
    fileprivate func withKernelForm<Result>(
        _ input: Dense, _ alpha: Dense, _ body: (UnsafePointer<st_ctc>) -> Result
    ) -> Result {
        let sizes = input.layout.sizes
        let numbers = (targetStarts + targetLengths + inputLengths).map(Int64.init)
        return numbers.withUnsafeBufferPointer { numbers in
            let first = numbers.baseAddress!, batch = targetStarts.count
            var form = st_ctc(
                steps: Int64(sizes[0]), batch: Int64(batch), classes: Int64(sizes[2]),
                states: Int64(alpha.layout.sizes[2]), blank: Int64(blank), targets: targets.pointer,
                target_starts: first, target_lengths: first + batch, input_lengths: first + 2 * batch)
            return body(&form)
        }
    }
}
