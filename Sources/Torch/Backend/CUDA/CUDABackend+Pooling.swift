import CTorchKernels

extension CUDABackend {
    func maxPool(values: Dense, indices: Indices?, _ input: Dense, _ windows: [PoolWindows]) {
        CUDAContext.attempt {
            try check(values.strided, indices?.strided, input.strided)
            let dtype = input.dtype
            guard !dtype.isComplex, !dtype.isForStorage, dtype != .bool else {
                throw TorchError(.notImplemented, "\"max_pool2d\" not implemented for '\(dtype.scalarTypeName)'")
            }
            if values.count == 0 { return }
            let shape = try PoolShape(self, input.layout.sizes, values.layout.sizes, windows, .inside)
            try launch(kernel(.pool, 0, [dtype]) { .maxPool(dtype) }, over: values.count) {
                $0.add(addressesOf: input.strided, values.strided, indices?.strided)
                shape.pack(&$0)
                $0.add(counts: values.count)
            }
        }
    }

    func avgPool(out: Dense, _ input: Dense, _ windows: [PoolWindows], _ divisor: PoolDivisor) {
        average("avg_pool", "avg_pool2d", 1, from: input, to: out, takesIntegers: true) {
            try PoolShape(self, input.layout.sizes, out.layout.sizes, windows, divisor)
        }
    }

    func avgPoolBackward(out: Dense, grad: Dense, _ windows: [PoolWindows], _ divisor: PoolDivisor) -> Bool {
        average("avg_pool_backward", "avg_pool2d_backward", 2, from: grad, to: out) {
            try PoolShape(self, out.layout.sizes, grad.layout.sizes, windows, divisor)
        }
    }

    @discardableResult
    private func average(
        _ function: String, _ name: String, _ number: Int, from: Dense, to out: Dense, takesIntegers: Bool = false,
        _ shape: () throws -> PoolShape
    ) -> Bool {
        CUDAContext.attempt {
            try check(from.strided, out.strided)
            if !takesIntegers || from.dtype != .int64 { try requireReal(from.dtype, name) }
            if out.count == 0 { return }
            let shape = try shape()
            try launch(kernel(.pool, number, [from.dtype]) { .avgPool(function, from.dtype) }, over: out.count) {
                $0.add(addressesOf: from.strided, out.strided)
                shape.pack(&$0)
                $0.add(counts: out.count)
            }
        }
    }

    /// Elements are sorted by where they go, so that each destination is added in order.
    func planeScatter(out: Dense, grad: Dense, indices: Indices) -> Bool {
        CUDAContext.attempt {
            try check(out.strided, grad.strided, indices.strided)
            try requireReal(grad.dtype, "max_pool2d_backward")
            try context.clear(out.strided.deviceAddress, out.count * out.dtype.itemSize)
            if grad.count == 0 || out.count == 0 { return }
            let (o, g) = (out.layout.sizes, grad.layout.sizes)
            let source = o[1] * o[2] * o[3], count = g[1] * g[2] * g[3], inner = o[4]
            func form(_ operand: Strided, _ strides: [Int]) -> Strided {
                Strided(
                    storage: operand.storage,
                    layout: Layout([o[0], count, inner], strides: strides, offset: operand.layout.offset),
                    dtype: operand.dtype)
            }
            try put(
                .add, form(out.strided, [source * inner, 0, 1]), form(grad.strided, [count * inner, inner, 1]),
                [IndexOperand(index: indices, strides: [count * inner, inner, 1], size: source, step: inner)],
                wraps: false, reports: false)
        }
    }
}

/// The form of a pooling. It keeps tensors of starts, whose addresses it packs.
private struct PoolShape {
    private let source, pooled: [Int]
    private let windows: [PoolWindows]
    private let divisor: PoolDivisor

    init(
        _ backend: CUDABackend, _ source: [Int], _ pooled: [Int], _ windows: [PoolWindows], _ divisor: PoolDivisor
    ) throws {
        for case .starting(let starts, _) in windows { try backend.check(starts.strided) }
        self.source = source
        self.pooled = pooled
        self.windows = windows
        self.divisor = divisor
    }

    /// Packs `PoolShape` of pool.cuh.
    func pack(_ arguments: inout KernelArguments) {
        arguments.add(counts: source[4], source[0])
        for (d, windows) in windows.enumerated() {
            arguments.add(counts: source[d + 1], pooled[d + 1])
            switch windows {
            case .sliding(let kernel, let stride, let padding, let dilation):
                arguments.add(counts: 0, kernel, stride, padding, dilation, 0)
            case .adaptive: arguments.add(counts: 1, 0, 0, 0, 0, 0)
            case .starting(let starts, let length):
                arguments.add(counts: 2, length, 0, 0, 0)
                arguments.add(addressesOf: starts.strided)
            }
        }
        if case .fixed(let number) = divisor {
            arguments.add(counts: number, 0)
        } else {
            arguments.add(counts: 0, divisor == .padded ? 1 : 0)
        }
    }
}

extension KernelSource {
    static func maxPool(_ dtype: DType) -> KernelSource {
        KernelSource(
            "max_pool_\(dtype.name)", header: "pool", types: ["T": dtype.cudaElement],
            "(const T *in, T *out, long long *indices, PoolShape shape, long long n) { max_pool(in, out, indices, shape, n); }"
        )
    }

    static func avgPool(_ function: String, _ dtype: DType) -> KernelSource {
        KernelSource(
            "\(function)_\(dtype.name)", header: "pool",
            types: ["T": dtype.cudaElement, "A": dtype == .int64 ? "int64_t" : dtype.cudaWide],
            "(const T *in, T *out, PoolShape shape, long long n) { \(function)<T, A>(in, out, shape, n); }")
    }
}
