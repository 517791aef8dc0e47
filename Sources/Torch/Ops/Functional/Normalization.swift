// Normalization. The norms differ in the dimensions that they reduce and share the rest. Half types are computed in
// float32 and rounded once.

extension Tensor {
    /// Returns (x - mean) · rstd over some dimensions, where rstd is 1 / sqrt(variance + eps). Also returns mean and
    /// rstd, which keep these dimensions with size 1. This is for tensors without elements.
    fileprivate func standardized(_ dims: [Int], _ eps: Double) -> (output: Tensor, mean: Tensor, rstd: Tensor) {
        let mean = mean(dim: dims, keepdim: true)
        let rstd = sub(mean).square().mean(dim: dims, keepdim: true).add(eps).rsqrt()
        return (sub(mean).mul(rstd), mean, rstd)
    }

    /// Returns this tensor times weight plus bias. Both already have a shape that broadcasts.
    fileprivate func affine(_ weight: Tensor?, _ bias: Tensor?) -> Tensor {
        let scaled = weight.map { mul($0.to(dtype)) } ?? self
        return bias.map { scaled.add($0.to(dtype)) } ?? scaled
    }

    /// Returns the rows over the last dimensions. Each element of a row has its own weight.
    fileprivate func rows(over dims: [Int]) -> NormalizedRows {
        let length = dims.reduce(1) { $0 &* sizes[$1] }
        return NormalizedRows(rows: numel() / length, length: length, groups: 1, inner: 1)
    }

    fileprivate func requireReal(_ name: String) -> Bool {
        if dtype.isFloatingPoint && !dtype.isForStorage || isVoid { return true }
        raise(.notImplemented, "\"\(name)\" not implemented for '\(dtype.scalarTypeName)'")
        return false
    }

    fileprivate func requireInexact(_ name: String) -> Bool {
        if dtype.isInexact || isVoid { return true }
        raise(.notImplemented, "\"\(name)\" not implemented for '\(dtype.scalarTypeName)'")
        return false
    }

    /// Returns the last dimensions, whose sizes are `shape`. Raises and returns nil if the shape, weight or bias does
    /// not fit.
    fileprivate func normalizedDims(_ shape: [Int], _ weight: Tensor?, _ bias: Tensor?) -> [Int]? {
        if anyVoid(self, weight, bias) { return nil }
        guard !shape.isEmpty else {
            raise(
                .runtime,
                "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = \(shape)"
            )
            return nil
        }
        for (parameter, name) in [(weight, "weight"), (bias, "bias")] {
            guard let parameter, parameter.sizes != shape else { continue }
            raise(
                .runtime,
                "Expected \(name) to be of same shape as normalized_shape, but got \(name) of shape \(parameter.sizes) and normalized_shape = \(shape)"
            )
            return nil
        }
        guard dim >= shape.count, Array(sizes.suffix(shape.count)) == shape else {
            raise(
                .runtime,
                "Given normalized_shape=\(shape), expected input with shape [*, \(shape.map(String.init).joined(separator: ", "))], but got input of size\(sizes)"
            )
            return nil
        }
        return Array((dim - shape.count)..<dim)
    }
}

// MARK: - Over the last dimensions

/// Normalizes each sample over its last dimensions, of shape `normalizedShape`, to mean 0 and variance 1. Then
/// multiplies by `weight` and adds `bias`, both of that shape. PyTorch: `torch.nn.functional.layer_norm`.
public func layerNorm(
    _ input: Tensor, _ normalizedShape: [Int], weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
) -> Tensor {
    let range = OperatorRange("aten::layer_norm", [input, nil, weight, bias, nil, nil])
    defer { range.end() }
    return nativeLayerNorm(input, normalizedShape, weight: weight, bias: bias, eps: eps).output
}

/// Like `layerNorm(_:_:weight:bias:eps:)`, but also returns the mean and 1 / sqrt(variance + eps), which carry no
/// gradient. PyTorch: `torch.native_layer_norm`.
public func nativeLayerNorm(
    _ input: Tensor, _ normalizedShape: [Int], weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
)
    -> (output: Tensor, mean: Tensor, rstd: Tensor)
{
    if let cast = Autocast.float32OnCUDA(input) {
        return cast.run { nativeLayerNorm($0(input), normalizedShape, weight: $0(weight), bias: $0(bias), eps: eps) }
    }
    guard input.requireReal("LayerNormKernelImpl"), let dims = input.normalizedDims(normalizedShape, weight, bias),
        input.takesParameters(weight, bias)
    else { return (.void, .void, .void) }
    let kept = weight?.dtype ?? bias?.dtype ?? input.dtype
    if input.isNormalizedInOnePass {
        let norm = Normalization(
            name: "NativeLayerNormBackward0", form: .rows(input.rows(over: dims), centered: true), eps: eps)
        guard let result = norm(input, weight: weight, bias: bias), let mean = result.mean else {
            return (.void, .void, .void)
        }
        let sizes = input.sizes.enumerated().map { dims.contains($0.offset) ? 1 : $0.element }
        return (result.output, mean.view(sizes).to(kept), result.rstd.view(sizes).to(kept))
    }
    let (output, mean, rstd) = input.to(input.dtype.wide).standardized(dims, eps)
    return (output.affine(weight, bias).to(input.dtype), mean.detach().to(kept), rstd.detach().to(kept))
}

/// Returns x / sqrt(mean x² + eps) over the last dimensions, times `weight`. By default, `eps` is the machine epsilon
/// of float64 for float64 and complex128, and that of float32 for all other dtypes.
/// PyTorch: `torch.nn.functional.rms_norm`.
public func rmsNorm(_ input: Tensor, _ normalizedShape: [Int], weight: Tensor? = nil, eps: Double? = nil) -> Tensor {
    let range = OperatorRange("aten::rms_norm", [input, nil, weight, nil])
    defer { range.end() }
    if let cast = Autocast.float32OnCUDA(input) {
        return cast.run { rmsNorm($0(input), normalizedShape, weight: $0(weight), eps: eps) }
    }
    guard input.requireInexact("rms_norm"), let dims = input.normalizedDims(normalizedShape, weight, nil) else {
        return .void
    }
    let x = input.to(input.dtype.wide)
    let eps = eps ?? (x.dtype.toReal == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne))
    if input.isNormalizedInOnePass {
        // Unlike layer norm's, the result keeps the input's memory format.
        let norm = Normalization(
            name: "FusedRmsNormBackward0", form: .rows(input.rows(over: dims), centered: false), eps: eps,
            resultFormat: input.layout.suggestedFormat)
        return norm(input, weight: weight, bias: nil)?.output ?? .void
    }
    return x.mul(x.square().mean(dim: dims, keepdim: true).add(eps).rsqrt()).affine(weight, nil).to(input.dtype)
}

// MARK: - Over groups of channels

/// Normalizes each sample's channels, the second dimension, in groups to mean 0 and variance 1. Then multiplies by
/// `weight` and adds `bias`, one number for each channel. PyTorch: `torch.nn.functional.group_norm`.
public func groupNorm(
    _ input: Tensor, _ numGroups: Int, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
) -> Tensor {
    let range = OperatorRange("aten::group_norm", [input, nil, weight, bias, nil, nil])
    defer { range.end() }
    if let cast = Autocast.float32OnCUDA(input) {
        return cast.run { groupNorm($0(input), numGroups, weight: $0(weight), bias: $0(bias), eps: eps) }
    }
    if input.isVoid { return .void }
    guard input.dim >= 2 else {
        return fail(.runtime, "Expected at least 2 dimensions for input tensor but received \(input.dim)")
    }
    let (n, c, area) = (input.sizes[0], input.sizes[1], input.sizes.dropFirst(2).reduce(1, &*))
    return normalizeGroups(input, weight, bias, n, c, area, numGroups, eps, recordsStatistics: false).output
}

/// Like `groupNorm(_:_:weight:bias:eps:)`, for `n` samples with `c` channels of `area` elements each. Also returns mean
/// and 1 / sqrt(variance + eps), [n, group], which have gradients. PyTorch: `torch.native_group_norm`.
public func nativeGroupNorm(
    _ input: Tensor, weight: Tensor? = nil, bias: Tensor? = nil, _ n: Int, _ c: Int, _ area: Int, _ group: Int,
    eps: Double
) -> (output: Tensor, mean: Tensor, rstd: Tensor) {
    normalizeGroups(input, weight, bias, n, c, area, group, eps, recordsStatistics: true)
}

private func normalizeGroups(
    _ input: Tensor, _ weight: Tensor?, _ bias: Tensor?, _ n: Int, _ c: Int, _ area: Int, _ group: Int, _ eps: Double,
    recordsStatistics: Bool
) -> (output: Tensor, mean: Tensor, rstd: Tensor) {
    let void = (output: Tensor.void, mean: Tensor.void, rstd: Tensor.void)
    if anyVoid(input, weight, bias) { return void }
    guard group > 0 else {
        return (fail(.runtime, "Expected num groups to be greater than 0, got \(group)"), .void, .void)
    }
    guard c % group == 0 else {
        return (
            fail(
                .runtime,
                "Expected number of channels in input to be divisible by num_groups, but got input of shape \(input.sizes) and num_groups=\(group)"
            ), .void, .void
        )
    }
    for (parameter, name) in [(weight, "weight"), (bias, "bias")] {
        guard let parameter, parameter.sizes != [c] else { continue }
        raise(
            .runtime,
            "Expected \(name) to be a vector of size equal to the number of channels in input, but got \(name) of shape \(parameter.sizes) and input of shape \(input.sizes)"
        )
        return void
    }
    guard c > 0 else {
        return (fail(.runtime, "Expected number of channels to be greater than 0, got \(c)"), .void, .void)
    }
    guard area > 0 else { return (fail(.runtime, "Expected HxW to be greater than 0, got \(area)"), .void, .void) }
    guard input.requireReal("GroupNormKernelImpl"), input.takesParameters(weight, bias) else { return void }
    let kept = weight?.dtype ?? bias?.dtype ?? input.dtype
    if input.isNormalizedInOnePass, Layout.checkedCount([n, c, area]) == input.numel() {
        let rows = NormalizedRows(rows: n * group, length: c / group * area, groups: group, inner: area)
        let norm = Normalization(
            name: "NativeGroupNormBackward0", form: .rows(rows, centered: true), eps: eps,
            resultFormat: input.layout.suggestedFormat)
        guard let result = norm(input, weight: weight, bias: bias), let mean = result.mean else { return void }
        if recordsStatistics, recording(input) {
            let x = input.to(input.dtype.wide).reshape([n, group, rows.length]), mean = x.mean(dim: [2], keepdim: true)
            let rstd = x.sub(mean).square().mean(dim: [2]).add(eps).rsqrt()
            return (result.output, mean.view([n, group]).to(kept), rstd.to(kept))
        }
        return (result.output, mean.view([n, group]).to(kept), result.rstd.view([n, group]).to(kept))
    }
    let grouped = input.to(input.dtype.wide).reshape([n, group, (c / group) &* area])
    let (output, mean, rstd) = grouped.standardized([2], eps)
    let scaled = output.view([n, c, area]).affine(weight?.view([1, c, 1]), bias?.view([1, c, 1])).view(input.sizes)
    return (
        scaled.to(input.dtype), mean.view([n, group]).to(kept), rstd.view([n, group]).to(kept)
    )
}

// MARK: - Over samples

/// Normalizes each channel (the second dimension) to mean 0 and variance 1. Then multiplies by `weight` and adds
/// `bias`. In training, this uses the statistics of the batch and moves the running statistics, if given, towards them
/// by `momentum`. Otherwise it uses the running statistics. PyTorch: `torch.nn.functional.batch_norm`.
public func batchNorm(
    _ input: Tensor, runningMean: Tensor? = nil, runningVar: Tensor? = nil, weight: Tensor? = nil, bias: Tensor? = nil,
    training: Bool = false,
    momentum: Double = 0.1, eps: Double = 1e-5
) -> Tensor {
    let range = OperatorRange("aten::batch_norm", [input, weight, bias, runningMean, runningVar, nil, nil, nil, nil])
    defer { range.end() }
    if training, !input.isVoid {
        let count = input.dim < 2 ? input.numel() : input.sizes[0] &* input.sizes.dropFirst(2).reduce(1, &*)
        guard count != 1 else {
            return fail(.value, "Expected more than 1 value per channel when training, got input size \(input.shape)")
        }
    }
    return nativeBatchNorm(
        input, weight: weight, bias: bias, runningMean: runningMean, runningVar: runningVar, training: training,
        momentum: momentum, eps: eps
    ).output
}

/// Like `batchNorm`, but also returns the batch's mean and 1 / sqrt(variance + eps), without gradients. Outside
/// training, both are empty. PyTorch: `torch.native_batch_norm`.
public func nativeBatchNorm(
    _ input: Tensor, weight: Tensor? = nil, bias: Tensor? = nil, runningMean: Tensor? = nil, runningVar: Tensor? = nil,
    training: Bool,
    momentum: Double, eps: Double
) -> (output: Tensor, mean: Tensor, rstd: Tensor) {
    let void = (output: Tensor.void, mean: Tensor.void, rstd: Tensor.void)
    let parameters = [(runningMean, "running_mean"), (runningVar, "running_var"), (weight, "weight"), (bias, "bias")]
    if input.isVoid || parameters.contains(where: { $0.0?.isVoid == true }) { return void }
    guard Tensor.commonDevice([input] + parameters.compactMap(\.0)) != nil else { return void }
    let channels = input.dim >= 2 ? input.sizes[1] : 0
    for (parameter, name) in parameters {
        guard let parameter else {
            if training || !name.hasPrefix("running") { continue }
            return (fail(.runtime, "\(name) must be defined in evaluation mode"), .void, .void)
        }
        guard parameter.numel() == channels else {
            return (
                fail(.runtime, "\(name) should contain \(channels) elements not \(parameter.numel())"), .void, .void
            )
        }
    }
    let empty = Tensor.empty([0], dtype: input.dtype, device: input.device)
    if input.numel() == 0, input.dtype.isFloatingPoint { return (input.clone(), empty, empty) }
    guard input.dim >= 2 else {
        return (fail(.index, "Dimension out of range (expected to be in range of [-1, 0], but got 1)"), .void, .void)
    }
    guard input.dtype.isFloatingPoint, !input.dtype.isForStorage else {
        return (
            fail(.notImplemented, "\"batch_norm\" not implemented for '\(input.dtype.scalarTypeName)'"), .void, .void
        )
    }
    guard input.takesParameters(weight, bias, runningMean, runningVar) else { return void }
    if training,
        let bad = [runningMean, runningVar].compactMap({ $0 }).first(where: {
            !$0.dtype.isFloatingPoint || $0.dtype.isForStorage
        })
    {
        return (
            fail(.runtime, "expected scalar type \(input.dtype.scalarTypeName) but found \(bad.dtype.scalarTypeName)"),
            .void, .void
        )
    }
    let momentum = Scalar.double(momentum)
    for statistics in [runningMean, runningVar].compactMap({ $0 }) where training {
        guard momentum.checkFits(statistics.dtype), Scalar.double(1 - momentum.doubleValue).checkFits(statistics.dtype)
        else { return void }
        guard statistics.dim == 1 else {
            return (
                fail(.runtime, "output with shape \(statistics.sizes) doesn't match the broadcast shape \([channels])"),
                .void, .void
            )
        }
    }
    let wide = input.dtype.wide
    let isMixed = parameters.contains { $0.0.map { $0.dtype != input.dtype } ?? false }
    let kept = isMixed ? wide : input.dtype
    let format = input.layout.suggestedFormat
    let form =
        format == .contiguous
        ? NormalizedChannels(
            outer: input.sizes[0], channels: channels, inner: input.numel() / input.sizes[0] / channels)
        : NormalizedChannels(outer: input.numel() / channels, channels: channels, inner: 1)
    // PyTorch rounds the mean to the input's half type before it subtracts it, unless a parameter has the wider dtype.
    let norm = Normalization(
        name: "NativeBatchNormBackward0", form: .channels(form, format), eps: eps, resultFormat: format,
        meanDType: kept, isGiven: !training)
    guard training else {
        guard let runningMean, let runningVar else { return void }
        let given: (mean: Tensor, rstd: Tensor) = noGrad {
            (
                runningMean.detach().to(wide).view([channels]),
                runningVar.detach().to(wide).add(eps).rsqrt().view([channels])
            )
        }
        guard let result = norm(input, weight: weight, bias: bias, given: given) else { return void }
        let none = Tensor.empty([0], dtype: kept, device: input.device)
        return (result.output, none, none)
    }
    guard let result = norm(input, weight: weight, bias: bias), let mean = result.mean, let variance = result.variance
    else { return void }
    noGrad {
        let count = Double(input.numel() / channels)
        runningMean?.mul_(1 - momentum.doubleValue).add_(mean, alpha: momentum)
        runningVar?.mul_(1 - momentum.doubleValue).add_(variance.mul(count / (count - 1)), alpha: momentum)
    }
    return (result.output, mean.to(kept), result.rstd.to(kept))
}

/// Normalizes each channel of each sample to mean 0 and variance 1. Then multiplies by `weight` and adds `bias`. The
/// running statistics are as in `batchNorm`; they are used instead if `useInputStats` is false.
/// PyTorch: `torch.nn.functional.instance_norm`.
public func instanceNorm(
    _ input: Tensor, runningMean: Tensor? = nil, runningVar: Tensor? = nil, weight: Tensor? = nil, bias: Tensor? = nil,
    useInputStats: Bool = true,
    momentum: Double = 0.1, eps: Double = 1e-5
) -> Tensor {
    let range = OperatorRange("aten::instance_norm", [input, weight, bias, runningMean, runningVar, nil, nil, nil, nil])
    defer { range.end() }
    if input.isVoid { return .void }
    guard useInputStats else {
        guard runningMean != nil, runningVar != nil else {
            return fail(.runtime, "Expected running_mean and running_var to be defined when use_input_stats is false")
        }
        return batchNorm(input, runningMean: runningMean, runningVar: runningVar, weight: weight, bias: bias, eps: eps)
    }
    guard input.dim >= 2, input.sizes.dropFirst(2).reduce(1, &*) != 1 else {
        return fail(.value, "Expected more than 1 spatial element when training, got input size \(input.shape)")
    }
    let (n, c) = (input.sizes[0], input.sizes[1])
    // Treat the input as one sample with N·C channels. The running statistics of each sample start from the common
    // ones; the common ones become their mean.
    let each = (runningMean?.repeat(n), runningVar?.repeat(n))
    let output = batchNorm(
        input.reshape([1, n &* c] + input.sizes.dropFirst(2)), runningMean: each.0, runningVar: each.1,
        weight: weight?.repeat(n), bias: bias?.repeat(n),
        training: true, momentum: momentum, eps: eps)
    if output.isVoid { return output }
    noGrad {
        if let runningMean, let mean = each.0 { runningMean.copy_(mean.view([n, c]).mean(dim: 0)) }
        if let runningVar, let variance = each.1 { runningVar.copy_(variance.view([n, c]).mean(dim: 0)) }
    }
    return output.view(input.sizes)
}

/// Returns x / (k + alpha · mean of x² over `size` neighbouring channels)^beta (Krizhevsky et al., 2012).
/// PyTorch: `torch.nn.functional.local_response_norm`.
public func localResponseNorm(
    _ input: Tensor, _ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1
) -> Tensor {
    if input.isVoid { return .void }
    guard input.dim >= 3 else {
        return fail(.value, "Expected 3D or higher dimensionality input (got \(input.dim) dimensions)")
    }
    guard size > 0 else { return fail(.value, "Expected a positive number of channels to average over, got \(size)") }
    if input.numel() == 0 { return input }
    let squares = input.mul(input).constantPadNd(
        [Int](repeating: 0, count: 2 * (input.dim - 2)) + [size / 2, (size - 1) / 2])
    let windows = squares.unfold(1, size, 1)
    let mean = input.dtype.isInexact ? windows.mean(dim: -1) : windows.sum(dim: -1).div(size, roundingMode: .trunc)
    return input.div(mean.mul(alpha).add(k).pow(beta))
}
