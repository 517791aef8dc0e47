import Torch

/// Batch normalization of [N, C, H, W] whose statistics, factors and summands never change.
/// PyTorch: `torchvision.ops.FrozenBatchNorm2d`.
public final class FrozenBatchNorm2d: Module, Layer {
    /// The number that is added to the variance.
    public let eps: Double
    /// The factor of each channel, [C].
    @Buffer public var weight: Tensor
    /// The summand of each channel, [C].
    @Buffer public var bias: Tensor
    /// The mean of each channel, [C].
    @Buffer public var runningMean: Tensor
    /// The variance of each channel, [C].
    @Buffer public var runningVar: Tensor

    /// Creates a normalization with mean 0, variance 1, factor 1 and summand 0.
    /// - Parameters:
    ///   - numFeatures: the number of channels.
    ///   - eps: a number added to the variance.
    public init(_ numFeatures: Int, eps: Double = 1e-5) {
        self.eps = eps
        weight = Tensor.ones([numFeatures])
        bias = Tensor.zeros([numFeatures])
        runningMean = Tensor.zeros([numFeatures])
        runningVar = Tensor.ones([numFeatures])
    }

    /// Like `init(_:eps:)`, with PyTorch's name.
    public convenience init(numFeatures: Int, eps: Double = 1e-5) { self.init(numFeatures, eps: eps) }

    /// Computes the result, without calling the hooks.
    public func forward(_ input: Tensor) -> Tensor {
        func perChannel(_ x: Tensor) -> Tensor { x.reshape([1, -1, 1, 1]) }
        let scale = perChannel(weight) * (perChannel(runningVar) + eps).rsqrt()
        return input * scale + (perChannel(bias) - perChannel(runningMean) * scale)
    }

    /// Removes the number of batches that `BatchNorm2d` counts.
    public override func willLoad(_ state: inout StateDict, prefix: String) {
        state[prefix + "num_batches_tracked"] = nil
    }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String { "\(weight.size(0)), eps=\(eps)" }
}
