import CTorchKernels
import Foundation

/// Steps of optimizers: one launch for up to 60 tensors.
extension CUDABackend {
    func sgd(_ list: [SGDTensors], first: Bool, _ o: SGDStep) {
        step("sgd", 4, list.map { [$0.parameter, $0.grad, $0.momentumBuffer] }, { .sgd($0) }) {
            for number in [o.lr, o.momentum, o.dampening, o.weightDecay] { $0.add(number) }
            for flag in [first, o.nesterov, o.maximize] { $0.add(Int32(flag ? 1 : 0)) }
        }
    }

    func adam(_ list: [AdamTensors], _ o: AdamStep) {
        let isCounted = o.step == 0
        let correction1 = isCounted ? 1 : 1 - pow(o.beta1, Double(o.step))
        let correction2 = isCounted ? 1 : 1 - pow(o.beta2, Double(o.step))
        let tensors = list.map { [$0.parameter, $0.grad, $0.expAvg, $0.expAvgSq, $0.maxExpAvgSq, $0.countedStep] }
        step("adam", 5, tensors, { .adam($0) }) {
            for number in [
                o.lr / correction1, o.beta1, o.beta2, 1 - o.beta1, 1 - o.beta2, correction2.squareRoot(), o.eps,
                o.decoupled ? 0 : o.weightDecay, o.decoupled ? 1 - o.lr * o.weightDecay : 1
            ] { $0.add(number) }
            for flag in [isCounted, o.maximize] { $0.add(Int32(flag ? 1 : 0)) }
        }
    }

    /// Launches a kernel for the tensors of each parameter: the parameter itself first. `options` adds what comes after
    /// the list of tensors.
    private func step(
        _ name: String, _ number: Int, _ list: [[Dense?]], _ source: (DType) -> KernelSource,
        _ options: (inout KernelArguments) -> Void
    ) {
        CUDAContext.attempt {
            for dense in list.joined() { try check(dense?.strided) }
            var byDType: [DType: [[Dense?]]] = [:]
            for tensors in list where tensors[0]!.count > 0 { byDType[tensors[0]!.dtype, default: []].append(tensors) }
            for (dtype, list) in byDType.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                try requireReal(dtype.toReal, name)
                let kernel = try kernel(.rows, number, [dtype.toReal]) { source(dtype.toReal) }
                for begin in stride(from: 0, to: list.count, by: KernelSource.mostTensors) {
                    let some = list[begin..<min(begin + KernelSource.mostTensors, list.count)]
                    try launch(kernel, Array(some), options)
                }
            }
        }
    }

    private func launch(
        _ kernel: CUDAKernel, _ list: [[Dense?]], _ options: (inout KernelArguments) -> Void
    ) throws {
        // Each complex number is two real ones, as in PyTorch's optimizers.
        let sizes = list.map { $0[0]!.count * ($0[0]!.dtype.isComplex ? 2 : 1) }
        var blocks = 0
        let ends = sizes.map { size in
            blocks += (size + KernelSource.optimizerChunk - 1) / KernelSource.optimizerChunk
            return blocks
        }
        try context.launch(kernel, grid: (blocks, 1), block: (256, 1)) { arguments in
            // `TensorList` of optimizers.cuh.
            let most = KernelSource.mostTensors
            for kind in list[0].indices {
                for t in 0..<most { arguments.add(t < list.count ? list[t][kind]?.strided.deviceAddress ?? 0 : 0) }
            }
            for t in 0..<most { arguments.add(Int64(t < list.count ? sizes[t] : 0)) }
            for t in 0..<most { arguments.add(Int32(t < list.count ? ends[t] : 0)) }
            arguments.add(Int32(list.count))
            arguments.align(8)
            options(&arguments)
            arguments.align(8)
        }
    }
}

extension KernelSource {
    /// `MOST_TENSORS` and the size of a `Chunk` of optimizers.cuh.
    static let mostTensors = 60, optimizerChunk = 4096

    static func sgd(_ dtype: DType) -> KernelSource {
        KernelSource(
            "sgd", header: "optimizers", dtype,
            "(const __grid_constant__ TensorList<3> list, SGDOptions options) { Optimizer<E, A>::sgd(list, options); }")
    }

    static func adam(_ dtype: DType) -> KernelSource {
        KernelSource(
            "adam", header: "optimizers", dtype,
            "(const __grid_constant__ TensorList<6> list, AdamOptions options) { Optimizer<E, A>::adam(list, options); }"
        )
    }
}
