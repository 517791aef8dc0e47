import CTorchKernels

/// Softmax and losses: one block a row.
extension CUDABackend {
    func softmax(log: Bool, out: Dense, _ input: Dense, dim: Int) -> Bool {
        softmax(.softmax(out.dtype), 0, log, out, [input], dim)
    }

    func softmaxBackward(log: Bool, out: Dense, grad: Dense, result: Dense, dim: Int) -> Bool {
        softmax(.softmaxBackward(out.dtype), 1, log, out, [grad, result], dim)
    }

    private func softmax(
        _ source: @autoclosure () -> KernelSource, _ number: Int, _ log: Bool, _ out: Dense, _ inputs: [Dense],
        _ dim: Int
    ) -> Bool {
        CUDAContext.attempt {
            for operand in inputs + [out] { try check(operand.strided) }
            guard out.count > 0 else { return }
            let (outer, n, inner) = split(out.layout.sizes, at: dim)
            try requireReal(out.dtype, "softmax")
            let kernel = try kernel(.rows, number, [out.dtype], source)
            try context.launch(kernel, grid: (Int(outer * inner), 1), block: (256, 1)) {
                $0.add(Int32(log ? 1 : 0))
                for operand in inputs + [out] { $0.add(addressesOf: operand.strided) }
                $0.add(n)
                $0.add(inner)
            }
        }
    }

    /// A target that is neither a class nor `ignored` is found by the kernel. Its error is raised when something waits
    /// for the device.
    func crossEntropy(losses: Dense, statistics: Dense, _ input: Dense, target: Indices, ignored: Int) -> Bool {
        CUDAContext.attempt {
            try check(losses.strided, statistics.strided, input.strided, target.strided)
            let (rows, classes) = (input.layout.sizes[0], input.layout.sizes[1])
            guard rows > 0 else { return }
            try requireReal(input.dtype, "cross_entropy")
            let kernel = try kernel(.rows, 2, [input.dtype]) { .crossEntropy(input.dtype) }
            try context.launch(kernel, grid: (rows, 1), block: (256, 1)) {
                $0.add(addressesOf: input.strided, target.strided, losses.strided, statistics.strided)
                $0.add(counts: rows, classes, ignored)
                $0.add(context.mistake.address)
            }
        }
    }

    func crossEntropyBackward(out: Dense, scale: Dense, statistics: Dense, _ input: Dense, target: Indices) -> Bool {
        CUDAContext.attempt {
            try check(out.strided, scale.strided, statistics.strided, input.strided, target.strided)
            let (rows, classes) = (input.layout.sizes[0], input.layout.sizes[1])
            guard rows > 0 else { return }
            try requireReal(input.dtype, "cross_entropy_backward")
            let kernel = try kernel(.rows, 3, [input.dtype]) { .crossEntropyBackward(input.dtype) }
            try context.launch(kernel, grid: (rows, 1), block: (256, 1)) {
                $0.add(addressesOf: input.strided, target.strided, statistics.strided, scale.strided)
                $0.add(counts: scale.count == 1 ? 0 : 1)
                $0.add(addressesOf: out.strided)
                $0.add(counts: rows, classes)
            }
        }
    }

    // MARK: Kernels

    /// The number of blocks of 256 threads for a loop over `count` elements.
    func blocks(for count: Int) -> Int {
        max(1, min((count + 255) / 256, context.multiprocessorCount * context.threadsPerMultiprocessor / 256))
    }
}

extension KernelSource {
    static func softmax(_ dtype: DType) -> KernelSource {
        KernelSource(
            "softmax", header: "softmax", dtype,
            "(int log, const E *in, E *out, long long n, long long inner) { Softmax<E, A>::forward(log, in, out, n, inner); }"
        )
    }

    static func softmaxBackward(_ dtype: DType) -> KernelSource {
        KernelSource(
            "softmax_backward", header: "softmax", dtype,
            "(int log, const E *grad, const E *result, E *out, long long n, long long inner) { Softmax<E, A>::backward(log, grad, result, out, n, inner); }"
        )
    }

    static func crossEntropy(_ dtype: DType) -> KernelSource {
        KernelSource(
            "cross_entropy", header: "softmax", dtype,
            "(const E *in, const long long *target, A *losses, A *statistics, long long rows, long long classes, long long ignored, Mistake *mistake) { CrossEntropy<E, A>::forward(in, target, losses, statistics, rows, classes, ignored, mistake); }"
        )
    }

    static func crossEntropyBackward(_ dtype: DType) -> KernelSource {
        KernelSource(
            "cross_entropy_backward", header: "softmax", dtype,
            "(const E *in, const long long *target, const A *statistics, const A *scale, long long scale_step, E *out, long long rows, long long classes) { CrossEntropy<E, A>::backward(in, target, statistics, scale, scale_step, out, rows, classes); }"
        )
    }
}
