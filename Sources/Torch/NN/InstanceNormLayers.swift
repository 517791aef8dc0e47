// Instance normalization as modules (Ulyanov, Vedaldi and Lempitsky, 2016).

/// Normalizes each channel of each sample over all other dimensions, then multiplies by `weight` and adds `bias`. The
/// base class of the modules for each rank. PyTorch: `torch.nn.modules.instancenorm._InstanceNorm`.
///
/// An input without a batch dimension is one sample. If there are running statistics, evaluation uses them. `weight`
/// begins as 1 and `bias` as 0.
public class InstanceNorm: RunningNorm {
    /// Creates an instance normalization.
    /// - Parameters:
    ///   - numFeatures: the number of channels.
    ///   - eps: a number added to the variance.
    ///   - momentum: how far the running statistics move towards those of a batch; nil for not at all.
    ///   - affine: whether there is a weight.
    ///   - trackRunningStats: whether there are running statistics.
    ///   - bias: whether there is a bias, if there is a weight.
    ///   - dtype: the type of the parameters and running statistics.
    ///   - device: their device.
    public init(
        _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = false,
        trackRunningStats: Bool = false, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        super.init(
            numFeatures: numFeatures, eps: eps, momentum: momentum, affine: affine,
            trackRunningStats: trackRunningStats, bias: bias, dtype: dtype, device: device)
    }

    /// Like the other initializer, with PyTorch's name for the number of channels.
    public convenience init(
        numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = false,
        trackRunningStats: Bool = false, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
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

    /// Computes the result, without calling the hooks.
    public override func forward(_ input: Tensor) -> Tensor {
        guard takes(input) else { return .void }
        let isSample = input.dim == Self.ranks.lowerBound, dim = isSample ? 0 : 1
        if input.sizes[dim] != numFeatures {
            if affine {
                return fail(
                    .value,
                    "expected input's size at dim=\(dim) to match num_features (\(numFeatures)), but got: \(input.sizes[dim])."
                )
            }
            warn(
                "input's size at dim=\(dim) does not match num_features. You can silence this warning by not passing in num_features, which is not used because affine=False"
            )
        }
        let result = instanceNorm(
            isSample ? input.unsqueeze(0) : input, runningMean: runningMean, runningVar: runningVar, weight: weight,
            bias: bias, useInputStats: isTraining || !trackRunningStats, momentum: momentum ?? 0, eps: eps)
        return isSample ? result.squeeze(0) : result
    }
}

/// Instance normalization of [C, L] or [N, C, L]. PyTorch: `torch.nn.InstanceNorm1d`.
public class InstanceNorm1d: InstanceNorm {
    override class var ranks: ClosedRange<Int> { 2...3 }
}

/// Instance normalization of [C, H, W] or [N, C, H, W]. PyTorch: `torch.nn.InstanceNorm2d`.
public class InstanceNorm2d: InstanceNorm {
    override class var ranks: ClosedRange<Int> { 3...4 }
}

/// Instance normalization of [C, D, H, W] or [N, C, D, H, W]. PyTorch: `torch.nn.InstanceNorm3d`.
public class InstanceNorm3d: InstanceNorm {
    override class var ranks: ClosedRange<Int> { 4...5 }
}

/// An `InstanceNorm1d` whose number of channels is inferred from its first input. After that it prints as an
/// `InstanceNorm1d`.
/// PyTorch: `torch.nn.LazyInstanceNorm1d`.
public final class LazyInstanceNorm1d: InstanceNorm1d, LazyModule {
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
    public override var typeName: String { isLazy ? "LazyInstanceNorm1d" : "InstanceNorm1d" }
}

/// An `InstanceNorm2d` whose number of channels is inferred from its first input. After that it prints as an
/// `InstanceNorm2d`.
/// PyTorch: `torch.nn.LazyInstanceNorm2d`.
public final class LazyInstanceNorm2d: InstanceNorm2d, LazyModule {
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
    public override var typeName: String { isLazy ? "LazyInstanceNorm2d" : "InstanceNorm2d" }
}

/// An `InstanceNorm3d` whose number of channels is inferred from its first input. After that it prints as an
/// `InstanceNorm3d`.
/// PyTorch: `torch.nn.LazyInstanceNorm3d`.
public final class LazyInstanceNorm3d: InstanceNorm3d, LazyModule {
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
    public override var typeName: String { isLazy ? "LazyInstanceNorm3d" : "InstanceNorm3d" }
}
