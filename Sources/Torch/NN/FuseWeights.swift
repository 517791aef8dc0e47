// Folding of a batch normalization in evaluation mode into the layer before it. The layer's outputs are the channels
// that are normalized, so (w · x + b - mean) · rstd · gamma + beta is again a linear function of x.

/// Returns the weight and bias of a convolution that computes `convW` and `convB`, then a batch normalization with the
/// given running statistics. PyTorch: `torch.nn.utils.fusion.fuse_conv_bn_weights`.
/// - Parameters:
///   - convW: the convolution's weight, [C, …], or [in, C, …] if it is transposed.
///   - convB: the convolution's bias, [C]; nil for 0.
///   - bnRM: the running mean, [C].
///   - bnRV: the running variance, [C].
///   - bnEps: the number that is added to the variance.
///   - bnW: the normalization's weight, [C]; nil for 1.
///   - bnB: the normalization's bias, [C]; nil for 0.
///   - transpose: whether the convolution is transposed.
/// - Returns: new leaves with the dtypes of the convolution's tensors. They require gradients if these do.
public func fuseConvBNWeights(
    _ convW: Tensor, _ convB: Tensor?, _ bnRM: Tensor, _ bnRV: Tensor, _ bnEps: Double, _ bnW: Tensor?,
    _ bnB: Tensor?, transpose: Bool = false
) -> (weight: Tensor, bias: Tensor) {
    fuseBatchNorm(convW, convB, bnRM, bnRV, bnEps, bnW, bnB, channelDim: transpose ? 1 : 0)
}

/// Returns the weight and bias of a linear layer that computes `linearW` and `linearB`, then a batch normalization with
/// the given running statistics. PyTorch: `torch.nn.utils.fusion.fuse_linear_bn_weights`.
/// - Parameters:
///   - linearW: the layer's weight, [C, in].
///   - linearB: the layer's bias, [C]; nil for 0.
///   - bnRM: the running mean, [C].
///   - bnRV: the running variance, [C].
///   - bnEps: the number that is added to the variance.
///   - bnW: the normalization's weight, [C].
///   - bnB: the normalization's bias, [C].
/// - Returns: new leaves with the dtypes of the layer's tensors. They require gradients if these do.
public func fuseLinearBNWeights(
    _ linearW: Tensor, _ linearB: Tensor?, _ bnRM: Tensor, _ bnRV: Tensor, _ bnEps: Double, _ bnW: Tensor?,
    _ bnB: Tensor?
) -> (weight: Tensor, bias: Tensor) {
    fuseBatchNorm(linearW, linearB, bnRM, bnRV, bnEps, bnW, bnB, channelDim: 0)
}

private func fuseBatchNorm(
    _ weight: Tensor, _ bias: Tensor?, _ runningMean: Tensor, _ runningVar: Tensor, _ eps: Double, _ gamma: Tensor?,
    _ beta: Tensor?, channelDim: Int
) -> (weight: Tensor, bias: Tensor) {
    guard !anyVoid([weight, runningMean, runningVar] + [bias, gamma, beta].compactMap { $0 }) else {
        return (.void, .void)
    }
    guard weight.dim > channelDim, weight.sizes[channelDim] == runningMean.numel(), runningMean.dim == 1 else {
        return (
            fail(
                .runtime,
                "the normalization has statistics of shape \(runningMean.shape), the weight before it has shape \(weight.shape)"
            ), .void
        )
    }
    return noGrad {
        let rstd = runningVar.detach().add(eps).rsqrt()
        let scale = gamma.map { $0.detach().mul(rstd) } ?? rstd
        var shape = [Int](repeating: 1, count: weight.dim)
        shape[channelDim] = weight.sizes[channelDim]
        let shift = runningMean.detach().neg()
        var summand = (bias.map { $0.detach().add(shift) } ?? shift).mul(scale)
        if let beta { summand = summand.add(beta.detach()) }
        let fused = (
            weight: weight.detach().mul(scale.view(shape)).to(weight.dtype), bias: summand.to((bias ?? weight).dtype)
        )
        if weight.requiresGrad { fused.weight.requiresGrad_() }
        if bias?.requiresGrad == true { fused.bias.requiresGrad_() }
        return fused
    }
}
