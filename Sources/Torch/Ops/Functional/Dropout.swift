// Dropout of single elements, or of whole channels (the first two dimensions).

/// In training, sets elements to zero with probability `p` and scales the others by 1/(1 - p).
/// PyTorch: `torch.nn.functional.dropout`.
public func dropout(_ input: Tensor, p: Double = 0.5, training: Bool = true) -> Tensor {
    let range = OperatorRange("aten::dropout", [input, nil, nil])
    defer { range.end() }
    return Dropping(of: nil, alpha: false).callAsFunction(input, p, training)
}

/// Like `dropout(_:p:training:)`, for whole channels of [N, C, …]. `dropout1d`, `dropout2d` and `dropout3d` differ in
/// how many dimensions a single sample (an input without N) has: 2 for `dropout1d`, 4 for `dropout3d`. `dropout2d`
/// reads three dimensions as [N, C, L]. PyTorch: `torch.nn.functional.dropout1d`, `dropout2d`, `dropout3d`.
public func dropout1d(_ input: Tensor, p: Double = 0.5, training: Bool = true) -> Tensor {
    Dropping(of: 2, alpha: false).callAsFunction(input, p, training)
}
/// Like `dropout1d(_:p:training:)`, without single samples: three dimensions are [N, C, L].
public func dropout2d(_ input: Tensor, p: Double = 0.5, training: Bool = true) -> Tensor {
    Dropping(of: 0, alpha: false).callAsFunction(input, p, training)
}
/// Like `dropout1d(_:p:training:)`, with single samples of 4 dimensions.
public func dropout3d(_ input: Tensor, p: Double = 0.5, training: Bool = true) -> Tensor {
    Dropping(of: 4, alpha: false).callAsFunction(input, p, training)
}

/// Dropout that keeps the mean and variance of a SELU's output: dropped elements become -1.7581, then a scale and a
/// shift restore both (Klambauer et al., 2017). PyTorch: `torch.nn.functional.alpha_dropout`.
public func alphaDropout(_ input: Tensor, p: Double = 0.5, training: Bool = false) -> Tensor {
    Dropping(of: nil, alpha: true).callAsFunction(input, p, training)
}

/// Like `alphaDropout(_:p:training:)`, for whole channels. PyTorch: `torch.nn.functional.feature_alpha_dropout`.
public func featureAlphaDropout(_ input: Tensor, p: Double = 0.5, training: Bool = false) -> Tensor {
    Dropping(of: 0, alpha: true).callAsFunction(input, p, training)
}

/// Returns the gradient through dropout: grad · mask · scale. PyTorch: `torch.native_dropout_backward`.
public func nativeDropoutBackward(_ grad: Tensor, _ mask: Tensor, scale: Double) -> Tensor { grad.mul(mask).mul(scale) }

private struct Dropping {
    /// The number of dimensions of a single sample if channels are dropped (0: single samples are not supported); nil
    /// if elements are dropped.
    let sampleDims: Int?
    let alpha: Bool

    init(of sampleDims: Int?, alpha: Bool) {
        self.sampleDims = sampleDims
        self.alpha = alpha
    }

    func callAsFunction(_ input: Tensor, _ p: Double, _ training: Bool) -> Tensor {
        if input.isVoid { return .void }
        guard p >= 0 && p <= 1 else {
            return fail(.value, "dropout probability has to be between 0 and 1, but got \(p)")
        }
        if !training || p == 0 || input.numel() == 0 { return input }
        if p == 1 { return input.mul(noGrad { Tensor.zeros([], dtype: input.dtype, device: input.device) }) }
        if sampleDims == input.dim { return callAsFunction(input.unsqueeze(0), p, training).squeeze(0) }
        guard sampleDims == nil || input.dim >= 2 else {
            return fail(.runtime, "Feature dropout requires at least 2 dimensions in the input")
        }
        let (scale, shift) = noGrad { () -> (Tensor, Tensor?) in
            // A complex element is dropped as a whole.
            let dtype = input.dtype.toReal
            let noise =
                sampleDims == nil
                ? Tensor.emptyLike(input.detach(), dtype: dtype)
                : Tensor.empty(
                    Array(input.sizes.prefix(2)) + [Int](repeating: 1, count: input.dim - 2), dtype: dtype,
                    device: input.device)
            noise.bernoulli_(1 - p)
            guard alpha else { return (noise.div_(1 - p), nil) }
            let saturation = 1.7580993408473766
            let a = 1 / ((saturation * saturation * p + 1) * (1 - p)).squareRoot()
            let shift = noise.add(-1).mul_(saturation * a).add_(saturation * a * p)
            return (noise.mul_(a), shift)
        }
        let scaled = input.mul(scale)
        return shift.map { scaled.add($0) } ?? scaled
    }
}
