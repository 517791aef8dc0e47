import Torch

/// Batch normalization with the mean and variance of the batches of all processes.
/// PyTorch: `torch.nn.SyncBatchNorm`.
///
/// The input is [N, C, …]; the processes may have different N. In evaluation, or without a process group, it is that of
/// `BatchNorm2d` for any number of dimensions.
public final class SyncBatchNorm: Module, Layer {
    private let options: (eps: Double, momentum: Double?, affine: Bool, tracks: Bool)
    /// The number of channels.
    public let numFeatures: Int
    /// The processes whose batches count; nil for all.
    public let processGroup: ProcessGroup?
    /// The factor of each channel, or nil.
    @Parameter public var weight: Tensor?
    /// The summand of each channel, or nil.
    @Parameter public var bias: Tensor?
    /// The running mean, or nil.
    @Buffer public var runningMean: Tensor?
    /// The running variance, or nil.
    @Buffer public var runningVar: Tensor?
    /// The number of batches that the running statistics have seen, or nil.
    @Buffer public var numBatchesTracked: Tensor?

    /// Creates a batch normalization over processes.
    public init(
        _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
        trackRunningStats: Bool = true, processGroup: ProcessGroup? = nil, dtype: DType = defaultDType,
        device: Device = .default
    ) {
        options = (eps, momentum, affine, trackRunningStats)
        self.numFeatures = numFeatures
        self.processGroup = processGroup
        if affine {
            weight = Tensor.ones([numFeatures], dtype: dtype, device: device)
            bias = Tensor.zeros([numFeatures], dtype: dtype, device: device)
        }
        if trackRunningStats {
            runningMean = Tensor.zeros([numFeatures], dtype: dtype, device: device)
            runningVar = Tensor.ones([numFeatures], dtype: dtype, device: device)
            numBatchesTracked = Tensor.zeros([], dtype: .int64, device: device)
        }
    }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor {
        ProcessStatistics.normalize(
            input, weight: weight, bias: bias, runningMean: runningMean, runningVar: runningVar,
            tracked: numBatchesTracked, isTraining: isTraining, momentum: options.momentum, eps: options.eps,
            group: processGroup)
    }

    /// Makes all batch normalizations of a module take the statistics of all processes. The modules stay the same
    /// objects and print as `SyncBatchNorm`. PyTorch: `SyncBatchNorm.convert_sync_batchnorm`.
    /// - Parameters:
    ///   - module: the module whose batch normalizations are changed.
    ///   - processGroup: the processes whose batches count; nil for all.
    /// - Returns: the module.
    @discardableResult
    public static func convertSyncBatchNorm<Net: Module>(_ module: Net, processGroup: ProcessGroup? = nil) -> Net {
        for case let norm as BatchNorm in module.modules() {
            norm.forwardAcrossProcesses = { norm, input in
                ProcessStatistics.normalize(
                    input, weight: norm.weight, bias: norm.bias, runningMean: norm.runningMean,
                    runningVar: norm.runningVar, tracked: norm.numBatchesTracked, isTraining: norm.isTraining,
                    momentum: norm.momentum, eps: norm.eps, group: processGroup)
            }
        }
        return module
    }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String {
        let momentum = options.momentum.map { "\($0)" } ?? "None"
        return
            "\(numFeatures), eps=\(options.eps == 1e-5 ? "1e-05" : "\(options.eps)"), momentum=\(momentum), affine=\(options.affine ? "True" : "False"), track_running_stats=\(options.tracks ? "True" : "False")"
    }
}

/// Normalization by the mean and variance of all processes' batches.
private enum ProcessStatistics {
    static func normalize(
        _ input: Tensor, weight: Tensor?, bias: Tensor?, runningMean: Tensor?, runningVar: Tensor?, tracked: Tensor?,
        isTraining: Bool, momentum: Double?, eps: Double, group: ProcessGroup?
    ) -> Tensor {
        if input.isVoid { return .void }
        guard input.dim >= 2 else {
            return fail(.value, "expected at least 2D input (got \(input.dim)D input)")
        }
        var factor = momentum ?? 0
        if isTraining, let tracked {
            noGrad { _ = tracked.add_(1) }
            if momentum == nil { factor = 1 / tracked.item() }
        }
        let usesBatch = isTraining || runningMean == nil && runningVar == nil
        let processes = dist.isInitialized() ? group ?? dist.defaultGroup() : nil
        guard usesBatch, isTraining, let processes, processes.isMember, processes.size > 1 else {
            return batchNorm(
                input, runningMean: !isTraining || runningMean != nil ? runningMean : nil,
                runningVar: !isTraining || runningVar != nil ? runningVar : nil, weight: weight, bias: bias,
                training: usesBatch, momentum: factor, eps: eps)
        }
        // Half types are summed in float32.
        let wide: DType = input.dtype == .float16 || input.dtype == .bfloat16 ? .float32 : input.dtype
        let x = input.to(wide)
        let dims = [0] + Array(2..<input.dim)
        let form = [1, input.sizes[1]] + Array(repeating: 1, count: input.dim - 2)
        let own = input.sizes[1] == 0 ? 0 : input.numel() / input.sizes[1]
        let counts = Tensor([Int64(own)], device: .cpu)
        _ = processes.allReduce(counts, .sum, asyncOp: false)
        let count = counts.item(as: Int.self)
        guard count > 1 else {
            return fail(.value, "Expected more than 1 value per channel when training, got input size \(input.shape)")
        }
        // The mean first, then the squares around it: nothing is lost if the mean is large.
        let mean = ProcessSum.apply(x.sum(dim: dims), processes) / Double(count)
        let centered = x - mean.view(form)
        let variance = ProcessSum.apply((centered * centered).sum(dim: dims), processes) / Double(count)
        if let runningMean, let runningVar {
            noGrad {
                _ = runningMean.mul_(1 - factor).add_(mean.detach().to(runningMean.dtype), alpha: factor)
                let unbiased = variance.detach() * (Double(count) / Double(count - 1))
                _ = runningVar.mul_(1 - factor).add_(unbiased.to(runningVar.dtype), alpha: factor)
            }
        }
        var result = centered * (variance + eps).rsqrt().view(form)
        if let weight { result = result * weight.to(wide).view(form) }
        if let bias { result = result + bias.to(wide).view(form) }
        return result.to(input.dtype)
    }
}

/// The sum over processes as a differentiable operator: its gradient is the sum of all processes' gradients.
/// PyTorch: `torch.distributed.nn.functional.all_reduce`.
enum ProcessSum {
    static func apply(_ input: Tensor, _ group: ProcessGroup) -> Tensor {
        if input.isVoid { return .void }
        let sum = noGrad { input.detach().clone(memoryFormat: .contiguous) }
        _ = group.allReduce(sum, .sum, asyncOp: false)
        guard isGradEnabled(), input.requiresGrad else { return sum }
        // `Recorded` gets the group by the thread's hand, because a function's inputs are tensors.
        return Recorded.record(input, sum, group)
    }

    private enum Recorded: Function {
        @TaskLocal static var pending: (sum: Tensor, group: ProcessGroup)?

        static func record(_ input: Tensor, _ sum: Tensor, _ group: ProcessGroup) -> Tensor {
            $pending.withValue((sum, group)) { apply(input)[0] }
        }

        static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
            guard let (sum, group) = pending else { return [.void] }
            context.values["group"] = group
            return [sum]
        }

        static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] {
            guard let grad = grads[0], let group = context.values["group"] as? ProcessGroup else { return [nil] }
            return [ProcessSum.apply(grad, group)]
        }
    }
}
