import CTorchKernels
import Foundation

/// Softmax and losses: one block a row.
extension CUDABackend {
    func softmax(log: Bool, out: Dense, _ input: Dense, dim: Int) -> Bool {
        softmax("softmax", 0, log, out, [input], dim) { element, kept in
            "(int log, const \(element) *in, \(element) *out, long long n, long long inner) { Softmax<\(element), \(kept)>::forward(log, in, out, n, inner); }"
        }
    }

    func softmaxBackward(log: Bool, out: Dense, grad: Dense, result: Dense, dim: Int) -> Bool {
        softmax("softmax_backward", 1, log, out, [grad, result], dim) { element, kept in
            "(int log, const \(element) *grad, const \(element) *result, \(element) *out, long long n, long long inner) { Softmax<\(element), \(kept)>::backward(log, grad, result, out, n, inner); }"
        }
    }

    private func softmax(
        _ name: String, _ number: UInt64, _ log: Bool, _ out: Dense, _ inputs: [Dense], _ dim: Int,
        _ body: (String, String) -> String
    ) -> Bool {
        CUDAContext.attempt {
            for operand in inputs + [out] { try check(operand.strided) }
            guard out.count > 0 else { return }
            let (outer, n, inner) = split(out.layout.sizes, at: dim)
            let kernel = try rowKernel(name, .softmax, number, out.dtype, body)
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
            let kernel = try rowKernel("cross_entropy", .softmax, 2, input.dtype) { element, kept in
                "(const \(element) *in, const long long *target, \(kept) *losses, \(kept) *statistics, long long rows, long long classes, long long ignored, Mistake *mistake) { CrossEntropy<\(element), \(kept)>::forward(in, target, losses, statistics, rows, classes, ignored, mistake); }"
            }
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
            let kernel = try rowKernel("cross_entropy_backward", .softmax, 3, input.dtype) { element, kept in
                "(const \(element) *in, const long long *target, const \(kept) *statistics, const \(kept) *scale, long long scale_step, \(element) *out, long long rows, long long classes) { CrossEntropy<\(element), \(kept)>::backward(in, target, statistics, scale, scale_step, out, rows, classes); }"
            }
            try context.launch(kernel, grid: (rows, 1), block: (256, 1)) {
                $0.add(addressesOf: input.strided, target.strided, statistics.strided, scale.strided)
                $0.add(counts: scale.count == 1 ? 0 : 1)
                $0.add(addressesOf: out.strided)
                $0.add(counts: rows, classes)
            }
        }
    }

    // MARK: Optimizers

    func sgd(parameter: Dense, grad: Dense, momentumBuffer: Dense?, first: Bool, _ o: SGDStep) {
        CUDAContext.attempt {
            try check(parameter.strided, grad.strided, momentumBuffer?.strided)
            let (count, dtype) = Self.realElements(parameter)
            guard count > 0 else { return }
            let kernel = try rowKernel("sgd", .optimizers, 0, dtype) { element, kept in
                "(\(element) *parameter, const \(element) *grad, \(element) *buffer, long long n, SGDOptions options) { Optimizer<\(element), \(kept)>::sgd(parameter, grad, buffer, n, options); }"
            }
            try context.launch(kernel, grid: (blocks(for: count), 1), block: (256, 1)) {
                $0.add(addressesOf: parameter.strided, grad.strided, momentumBuffer?.strided)
                $0.add(counts: count)
                for number in [o.lr, o.momentum, o.dampening, o.weightDecay] { $0.add(number) }
                for flag in [first, o.nesterov, o.maximize] { $0.add(Int32(flag ? 1 : 0)) }
                $0.align(8)
            }
        }
    }

    func adam(parameter: Dense, grad: Dense, expAvg: Dense, expAvgSq: Dense, maxExpAvgSq: Dense?, _ o: AdamStep) {
        CUDAContext.attempt {
            try check(parameter.strided, grad.strided, expAvg.strided, expAvgSq.strided, maxExpAvgSq?.strided)
            let (count, dtype) = Self.realElements(parameter)
            guard count > 0 else { return }
            let kernel = try rowKernel("adam", .optimizers, 1, dtype) { element, kept in
                "(\(element) *parameter, const \(element) *grad, \(element) *mean, \(element) *square, \(element) *most, long long n, AdamOptions options) { Optimizer<\(element), \(kept)>::adam(parameter, grad, mean, square, most, n, options); }"
            }
            let correction1 = 1 - pow(o.beta1, Double(o.step)), correction2 = 1 - pow(o.beta2, Double(o.step))
            try context.launch(kernel, grid: (blocks(for: count), 1), block: (256, 1)) {
                $0.add(
                    addressesOf: parameter.strided, grad.strided, expAvg.strided, expAvgSq.strided,
                    maxExpAvgSq?.strided)
                $0.add(counts: count)
                for number in [
                    o.lr / correction1, o.beta2, 1 - o.beta1, 1 - o.beta2, correction2.squareRoot(), o.eps,
                    o.decoupled ? 0 : o.weightDecay, o.decoupled ? 1 - o.lr * o.weightDecay : 1
                ] { $0.add(number) }
                $0.add(Int32(o.maximize ? 1 : 0))
                $0.align(8)
            }
        }
    }

    /// Returns the count and dtype with each complex number as two real numbers, as in PyTorch's optimizers.
    private static func realElements(_ parameter: Dense) -> (count: Int, dtype: DType) {
        (parameter.count * (parameter.dtype.isComplex ? 2 : 1), parameter.dtype.toReal)
    }

    // MARK: Kernels

    /// The number of blocks of 256 threads for a loop over `count` elements.
    func blocks(for count: Int) -> Int {
        max(1, min((count + 255) / 256, context.multiprocessorCount * context.threadsPerMultiprocessor / 256))
    }

    /// Returns a kernel for elements of one dtype. `body` writes its parameters and body for the type of an element and
    /// the type in which values are kept.
    private func rowKernel(
        _ name: String, _ header: RowHeader, _ number: UInt64, _ dtype: DType,
        _ body: (_ element: String, _ kept: String) -> String
    ) throws -> CUDAKernel {
        try requireReal(dtype, name)
        let key = KernelKey(.rows, header.number << 4 | number, [dtype])
        return try context.kernel(key.value) {
            KernelSource(
                "\(name)_\(dtype.name)", header: "\(header)",
                body(dtype.cudaElement, dtype.cudaWide))
        }!
    }

    private enum RowHeader: String {
        case softmax, optimizers
        var number: UInt64 { self == .softmax ? 0 : 1 }
    }
}
