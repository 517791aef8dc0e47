extension cuda {
    /// Captures functions and their derivatives as CUDA graphs, and returns functions that replay them. They are called
    /// in the order of the array. PyTorch: `torch.cuda.make_graphed_callables`.
    ///
    /// ```swift
    /// let step = cuda.makeGraphedCallables({ [model($0[0])] }, sampleArgs: [x], parameters: model.parameters())
    /// let loss = lossFn(step([batch])[0], target)
    /// loss.backward()
    /// ```
    ///
    /// Arguments have the sizes, dtypes and `requiresGrad` of the samples. The next call overwrites a result. The
    /// functions must not wait for the device. The derivative cannot be differentiated again.
    /// - Parameters:
    ///   - callables: functions of tensors.
    ///   - sampleArgs: arguments for each function, whose memory the graphs take.
    ///   - parameters: for each function, what else it reads that gets gradients; for a module, its parameters.
    ///   - numWarmupIters: how often each function runs before it is captured.
    ///   - allowUnusedInput: whether a result may not depend on an argument or a parameter that requires a gradient.
    ///   - pool: the memory of another graph; nil is new memory.
    ///   - captureErrorMode: what is forbidden during a capture.
    public static func makeGraphedCallables(
        _ callables: [([Tensor]) -> [Tensor]], sampleArgs: [[Tensor]], parameters: [[Tensor]] = [],
        numWarmupIters: Int = 3, allowUnusedInput: Bool = false, pool: CUDAGraph.Pool? = nil,
        captureErrorMode: CUDAGraph.CaptureErrorMode = .global
    ) -> [([Tensor]) -> [Tensor]] {
        guard sampleArgs.count == callables.count, parameters.isEmpty || parameters.count == callables.count else {
            raise(
                .value,
                "makeGraphedCallables got \(callables.count) callables, \(sampleArgs.count) lists of sample arguments and \(parameters.count) lists of parameters"
            )
            return callables
        }
        if sampleArgs.joined().contains(where: \.isVoid) { return callables }
        let graphed = callables.indices.map {
            GraphedCallable(callables[$0], sampleArgs[$0], parameters.isEmpty ? [] : parameters[$0])
        }
        let pool = pool ?? graphPoolHandle(), stream = CUDAStream()
        synchronize()
        withStream(stream) {
            for callable in graphed { callable.warmUp(numWarmupIters, allowUnusedInput) }
        }
        synchronize()
        // The graphs share memory, so they are captured in the order in which they will run.
        for callable in graphed {
            if ErrorBox.hasFailed { return callables }
            callable.captureForward(pool, stream, captureErrorMode)
        }
        for callable in graphed.reversed() {
            if ErrorBox.hasFailed { return callables }
            callable.captureBackward(allowUnusedInput, pool, stream, captureErrorMode)
        }
        return graphed.map { callable in { callable.call($0) } }
    }

    /// Captures one function and its derivative. PyTorch: `torch.cuda.make_graphed_callables`.
    public static func makeGraphedCallables(
        _ callable: @escaping ([Tensor]) -> [Tensor], sampleArgs: [Tensor], parameters: [Tensor] = [],
        numWarmupIters: Int = 3, allowUnusedInput: Bool = false, pool: CUDAGraph.Pool? = nil,
        captureErrorMode: CUDAGraph.CaptureErrorMode = .global
    ) -> ([Tensor]) -> [Tensor] {
        makeGraphedCallables(
            [callable], sampleArgs: [sampleArgs], parameters: [parameters], numWarmupIters: numWarmupIters,
            allowUnusedInput: allowUnusedInput, pool: pool, captureErrorMode: captureErrorMode)[0]
    }
}

/// A function and its derivative as graphs over memory of their own.
private final class GraphedCallable {
    private let function: ([Tensor]) -> [Tensor]
    private let arguments, parameters: [Tensor]
    private let forward = CUDAGraph(), backward = CUDAGraph()
    private var results: [Tensor] = []
    /// The gradients of the results that require one, and those of the arguments and parameters.
    private var resultGrads: [Tensor?] = [], inputGrads: [Tensor?] = []

    init(_ function: @escaping ([Tensor]) -> [Tensor], _ arguments: [Tensor], _ parameters: [Tensor]) {
        self.function = function
        self.arguments = arguments
        self.parameters = parameters
    }

    private var inputs: [Tensor] { arguments + parameters }

    func warmUp(_ times: Int, _ allowUnused: Bool) {
        for _ in 0..<times {
            let results = function(arguments).filter(\.requiresGrad)
            if results.isEmpty || ErrorBox.hasFailed { continue }
            // Values do not matter here, but a device may stop at some.
            let grads = results.map { Tensor.zerosLike($0) }
            _ = grad(results, inputs.filter(\.requiresGrad), gradOutputs: grads, allowUnused: allowUnused)
        }
    }

    func captureForward(_ pool: CUDAGraph.Pool, _ stream: CUDAStream, _ mode: CUDAGraph.CaptureErrorMode) {
        results = cuda.graph(forward, pool: pool, stream: stream, captureErrorMode: mode) { function(arguments) }
    }

    func captureBackward(
        _ allowUnused: Bool, _ pool: CUDAGraph.Pool, _ stream: CUDAStream, _ mode: CUDAGraph.CaptureErrorMode
    ) {
        resultGrads = results.map { $0.requiresGrad ? Tensor.emptyLike($0) : nil }
        let wanted = inputs.filter(\.requiresGrad), roots = results.filter(\.requiresGrad)
        var found: [Tensor?] = []
        if !roots.isEmpty {
            found = cuda.graph(backward, pool: pool, stream: stream, captureErrorMode: mode) {
                grad(roots, wanted, gradOutputs: resultGrads.filter { $0 != nil }, allowUnused: allowUnused)
            }
        }
        var next = found.makeIterator()
        inputGrads = inputs.map { $0.requiresGrad ? next.next() ?? nil : nil }
    }

    func call(_ given: [Tensor]) -> [Tensor] {
        if given.contains(where: \.isVoid) { return results.map { _ in .void } }
        guard given.count == arguments.count else {
            raise(.value, "the graphed callable takes \(arguments.count) tensors, but got \(given.count)")
            return results.map { _ in .void }
        }
        noGrad {
            for (argument, tensor) in zip(arguments, given) where argument !== tensor { argument.copy_(tensor) }
        }
        forward.replay()
        if ErrorBox.hasFailed { return results.map { _ in .void } }
        let outputs = results.map { $0.detach() }
        record("GraphedBackward", results: outputs, inputs: given + parameters) { _, grads in
            noGrad {
                for (kept, new) in zip(self.resultGrads, grads) {
                    guard let kept else { continue }
                    if let new { kept.copy_(new) } else { kept.zero_() }
                }
            }
            self.backward.replay()
            // A leaf may keep what it gets as its gradient, and the next replay writes the graph's memory again.
            return self.inputGrads.map { $0.map { found in noGrad { found.clone() } } }
        }
        return outputs
    }
}
