import CTorchKernels

extension CUDABackend {
    /// A label that is no class is found by the kernel. Its error is raised when something waits for the device.
    func ctcLoss(losses: Dense, alpha: Dense, _ input: Dense, _ sequences: CTCSequences) {
        CUDAContext.attempt {
            try check(losses.strided, alpha.strided, input.strided, sequences.targets.strided)
            let dtype = input.dtype, batch = sequences.targetStarts.count
            if batch == 0 { return }
            try withForm(input, alpha, sequences) { pack in
                let kernel = try kernel(.ctc, 0, [dtype]) { .ctcLoss(dtype) }
                try context.launch(kernel, grid: (batch, 1), block: (256, 1)) {
                    $0.add(addressesOf: input.strided, losses.strided, alpha.strided)
                    pack(&$0)
                    $0.add(context.mistake.address)
                }
            }
        }
    }

    func ctcLossBackward(
        out: Dense, grad: Dense, losses: Dense, alpha: Dense, _ input: Dense, _ sequences: CTCSequences,
        zeroInfinity: Bool
    ) -> Bool {
        CUDAContext.attempt {
            try check(out.strided, grad.strided, losses.strided, alpha.strided, input.strided)
            let dtype = input.dtype, batch = sequences.targetStarts.count, states = alpha.layout.sizes[2]
            if batch == 0 { return }
            let rows = try scratch([batch, 2, states], dtype), links = try scratch([batch, 2, states], .int64)
            try withForm(input, alpha, sequences) { pack in
                let kernel = try kernel(.ctc, 1, [dtype]) { .ctcLossBackward(dtype) }
                try context.launch(kernel, grid: (batch, 1), block: (256, 1)) {
                    $0.add(
                        addressesOf: input.strided, grad.strided, losses.strided, alpha.strided, out.strided, rows,
                        links)
                    pack(&$0)
                    $0.add(Int32(zeroInfinity ? 1 : 0))
                }
            }
        }
    }

    /// Brings the lengths of the sequences to the device. Calls `body` with a function that packs `CTCShape`.
    private func withForm(
        _ input: Dense, _ alpha: Dense, _ sequences: CTCSequences,
        _ body: ((inout KernelArguments) -> Void) throws -> Void
    ) throws {
        guard input.dtype == .float32 || input.dtype == .float64 else {
            throw TorchError(.notImplemented, "\"ctc_loss_cuda\" not implemented for '\(input.dtype.scalarTypeName)'")
        }
        let numbers = (sequences.targetStarts + sequences.targetLengths + sequences.inputLengths).map(Int64.init)
        let batch = sequences.targetStarts.count, sizes = input.layout.sizes
        try withScratch(numbers.count * 8) { address in
            try numbers.withUnsafeBytes { try context.copyIn(address, $0.baseAddress!, $0.count) }
            try body {
                $0.add(counts: sizes[0], batch, sizes[2], alpha.layout.sizes[2], sequences.blank)
                $0.add(addressesOf: sequences.targets.strided)
                for k in 0..<3 { $0.add(address + UInt64(k * batch * 8)) }
            }
        }
    }
}

extension KernelSource {
    static func ctcLoss(_ dtype: DType) -> KernelSource {
        KernelSource(
            "ctc_loss_\(dtype.name)", header: "ctc", types: ["T": dtype.cudaElement],
            "(const T *in, T *losses, T *alpha, CTCShape shape, Mistake *mistake) { ctc_forward(in, losses, alpha, shape, mistake); }"
        )
    }
    static func ctcLossBackward(_ dtype: DType) -> KernelSource {
        KernelSource(
            "ctc_loss_backward_\(dtype.name)", header: "ctc", types: ["T": dtype.cudaElement],
            "(const T *in, const T *grads, const T *losses, const T *alpha, T *out, T *rows, long long *links, CTCShape shape, int zero_infinity) { ctc_backward(in, grads, losses, alpha, out, rows, links, shape, zero_infinity); }"
        )
    }
}
