// Batch normalization as modules (Ioffe and Szegedy, 2015).

/// Normalizes each channel, dimension 1, over the batch and all other dimensions, then multiplies by `weight` and adds
/// `bias`. The base class of the modules for each rank. PyTorch: `torch.nn.modules.batchnorm._BatchNorm`.
///
/// In training, the statistics are those of the batch, and the running statistics move towards them: the mean, and the
/// variance with divisor n - 1. In evaluation, the running statistics are used, if there are any. `weight` begins as 1
/// and `bias` as 0.
public class BatchNorm: RunningNorm {
    /// Creates a batch normalization.
    /// - Parameters:
    ///   - numFeatures: the number of channels.
    ///   - eps: a number added to the variance.
    ///   - momentum: how far the running statistics move towards those of a batch; nil for their mean.
    ///   - affine: whether there is a weight.
    ///   - trackRunningStats: whether there are running statistics. Without them, evaluation uses those of the batch.
    ///   - bias: whether there is a bias, if there is a weight.
    ///   - dtype: the type of the parameters and running statistics.
    ///   - device: their device.
    public init(
        _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
        trackRunningStats: Bool = true, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            numFeatures: numFeatures, eps: eps, momentum: momentum, affine: affine,
            trackRunningStats: trackRunningStats, bias: bias, dtype: dtype, device: device)
    }

    /// Like the other initializer, with PyTorch's name for the number of channels.
    public convenience init(
        numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
        trackRunningStats: Bool = true, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            numFeatures, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias,
            dtype: dtype, device: device)
    }

    override init(
        numFeatures: Int?, eps: Double, momentum: Double?, affine: Bool, trackRunningStats: Bool, bias: Bool,
        dtype: DType, device: Device
    ) {
        super.init(
            numFeatures: numFeatures, eps: eps, momentum: momentum, affine: affine,
            trackRunningStats: trackRunningStats, bias: bias, dtype: dtype, device: device)
    }

    /// Computes the result in place of `forward`, if the statistics are those of several processes.
    package final var forwardAcrossProcesses: ((BatchNorm, Tensor) -> Tensor)?

    /// The name of the class in print: `SyncBatchNorm` if the statistics are those of several processes.
    public override var typeName: String { forwardAcrossProcesses == nil ? super.typeName : "SyncBatchNorm" }

    /// Computes the result, without calling the hooks.
    public override func forward(_ input: Tensor) -> Tensor {
        if isIdentity { return input }
        if let forwardAcrossProcesses { return forwardAcrossProcesses(self, input) }
        guard takes(input) else { return .void }
        let isTracked = isTraining && trackRunningStats
        var factor = momentum ?? 0
        if isTracked, momentum == nil, let numBatchesTracked { factor = 1 / (numBatchesTracked.item() + 1) }
        let usesRunning = !isTraining || trackRunningStats
        let result = batchNorm(
            input, runningMean: usesRunning ? runningMean : nil, runningVar: usesRunning ? runningVar : nil,
            weight: weight, bias: bias, training: isTraining || runningMean == nil && runningVar == nil,
            momentum: factor, eps: eps)
        if !result.isVoid, isTracked, let numBatchesTracked { noGrad { _ = numBatchesTracked.add_(1) } }
        return result
    }
}

/// Batch normalization of [N, C] or [N, C, L]. PyTorch: `torch.nn.BatchNorm1d`.
public class BatchNorm1d: BatchNorm {
    override class var ranks: ClosedRange<Int> { 2...3 }
}

/// Batch normalization of [N, C, H, W]. PyTorch: `torch.nn.BatchNorm2d`.
public class BatchNorm2d: BatchNorm {
    override class var ranks: ClosedRange<Int> { 4...4 }
}

/// Batch normalization of [N, C, D, H, W]. PyTorch: `torch.nn.BatchNorm3d`.
public class BatchNorm3d: BatchNorm {
    override class var ranks: ClosedRange<Int> { 5...5 }
}

/// A `BatchNorm1d` whose number of channels is inferred from its first input. After that it prints as a `BatchNorm1d`.
/// PyTorch: `torch.nn.LazyBatchNorm1d`.
public final class LazyBatchNorm1d: BatchNorm1d, LazyModule {
    /// Whether the sizes are still to be inferred.
    public var isLazy = true

    /// Creates a normalization whose parameters and running statistics have no shape yet.
    public init(
        eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true,
        bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            numFeatures: nil, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats,
            bias: bias, dtype: dtype, device: device)
    }

    /// Takes the sizes from the first input and gives the parameters their initial values.
    public func initializeParameters(_ input: Tensor) { materialize(for: input) }
    /// Computes the result, without calling the hooks.
    public override func forward(_ input: Tensor) -> Tensor { inferParameters(input) ? super.forward(input) : .void }
    /// The name of the class in print: the lazy one until the first forward pass.
    public override var typeName: String { isLazy ? "LazyBatchNorm1d" : "BatchNorm1d" }
}

/// A `BatchNorm2d` whose number of channels is inferred from its first input. After that it prints as a `BatchNorm2d`.
/// PyTorch: `torch.nn.LazyBatchNorm2d`.
public final class LazyBatchNorm2d: BatchNorm2d, LazyModule {
    /// Whether the sizes are still to be inferred.
    public var isLazy = true

    /// Creates a normalization whose parameters and running statistics have no shape yet.
    public init(
        eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true,
        bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            numFeatures: nil, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats,
            bias: bias, dtype: dtype, device: device)
    }

    /// Takes the sizes from the first input and gives the parameters their initial values.
    public func initializeParameters(_ input: Tensor) { materialize(for: input) }
    /// Computes the result, without calling the hooks.
    public override func forward(_ input: Tensor) -> Tensor { inferParameters(input) ? super.forward(input) : .void }
    /// The name of the class in print: the lazy one until the first forward pass.
    public override var typeName: String { isLazy ? "LazyBatchNorm2d" : "BatchNorm2d" }
}

/// A `BatchNorm3d` whose number of channels is inferred from its first input. After that it prints as a `BatchNorm3d`.
/// PyTorch: `torch.nn.LazyBatchNorm3d`.
public final class LazyBatchNorm3d: BatchNorm3d, LazyModule {
    /// Whether the sizes are still to be inferred.
    public var isLazy = true

    /// Creates a normalization whose parameters and running statistics have no shape yet.
    public init(
        eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true,
        bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            numFeatures: nil, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats,
            bias: bias, dtype: dtype, device: device)
    }

    /// Takes the sizes from the first input and gives the parameters their initial values.
    public func initializeParameters(_ input: Tensor) { materialize(for: input) }
    /// Computes the result, without calling the hooks.
    public override func forward(_ input: Tensor) -> Tensor { inferParameters(input) ? super.forward(input) : .void }
    /// The name of the class in print: the lazy one until the first forward pass.
    public override var typeName: String { isLazy ? "LazyBatchNorm3d" : "BatchNorm3d" }
}
