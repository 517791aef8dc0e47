// Distances and normalization.

extension Tensor {
    /// Computes the p-norm of the difference. PyTorch: `torch.dist`.
    public func dist(_ other: Tensor, p: Double = 2) -> Tensor {
        if let cast = Autocast.float32OnCUDA(self) ?? Autocast.float32OnCUDA(other) {
            return cast.run { $0(self).dist($0(other), p: p) }
        }
        let difference = sub(other)
        guard difference.dtype.isInexact || difference.isVoid else {
            return fail(
                .notImplemented,
                "norm(): input dtype should be either floating point or complex. Got \(difference.dtype.scalarTypeName) instead."
            )
        }
        return difference.norm(p).named("DistBackward0")
    }

    /// Scales the slices along `dim` whose p-norm is greater than `maxnorm` down to this norm. PyTorch: `torch.renorm`.
    public func renorm(p: Double, dim: Int, maxnorm: Double) -> Tensor {
        if let cast = Autocast.float32OnCUDA(self) {
            return cast.run { $0(self).renorm(p: p, dim: dim, maxnorm: maxnorm) }
        }
        guard !isVoid else { return .void }
        guard p > 0 else { return fail(.runtime, "renorm: non-positive-norm not supported") }
        guard maxnorm >= 0 else {
            return fail(.runtime, "renorm: expected maxnorm to be >= 0 but got \(maxnorm.plain)")
        }
        guard self.dim > 1 else {
            return fail(.runtime, "renorm: input needs at least 2 dimensions, got \(self.dim) dimensions")
        }
        guard let d = wrap(dim) else { return .void }
        let norms = norm(p, dim: (0..<self.dim).filter { $0 != d }, keepdim: true, dtype: dtype.wide)
        let factors = Torch.where(norms.gt(maxnorm), maxnorm / norms.add(1e-7), 1)
        return mul(factors.to(dtype.toReal)).named("RenormBackward0")
    }

    /// In-place version of `renorm(p:dim:maxnorm:)`.
    @discardableResult
    public func renorm_(p: Double, dim: Int, maxnorm: Double) -> Tensor {
        inPlace { $0.renorm(p: p, dim: dim, maxnorm: maxnorm) }
    }

    /// Divides by the p-norms along `dim`; norms less than `eps` count as `eps`.
    /// PyTorch: `torch.nn.functional.normalize`.
    public func normalize(p: Double = 2, dim: Int = 1, eps: Double = 1e-12) -> Tensor {
        div(norm(p, dim: [dim], keepdim: true).clampMin(eps))
    }
}

/// Computes the cosine of the angle between the vectors along `dim`; lengths less than `eps` count as `eps`.
/// PyTorch: `torch.nn.functional.cosine_similarity`.
public func cosineSimilarity(_ x1: Tensor, _ x2: Tensor, dim: Int = 1, eps: Double = 1e-8) -> Tensor {
    if let cast = Autocast.float32OnCUDA(x1) ?? Autocast.float32OnCUDA(x2) {
        return cast.run { cosineSimilarity($0(x1), $0(x2), dim: dim, eps: eps) }
    }
    if anyVoid(x1, x2) { return .void }
    guard let common = commonType([x1, x2]) else { return .void }
    guard common.isFloatingPoint else {
        return fail(
            .runtime, "expected common dtype to be floating point, yet common dtype is \(common.scalarTypeName)")
    }
    guard let sizes = Layout.broadcast(x1.sizes, x2.sizes) else {
        return fail(.runtime, Pointwise.broadcastMismatch(x1.sizes, x2.sizes))
    }
    func direction(_ x: Tensor) -> Tensor {
        let x = (x.dtype.isFloatingPoint ? x : x.to(common)).expand(sizes)
        // The gradient ignores the limit.
        let length = x.norm(2, dim: [dim], keepdim: true).clone()
        noGrad { _ = length.clampMin_(eps) }
        return x.div(length)
    }
    return direction(x1).mul(direction(x2)).sum(dim: dim)
}

/// Computes the p-norm of x1 - x2 + eps along the last dimension. PyTorch: `torch.nn.functional.pairwise_distance`.
public func pairwiseDistance(
    _ x1: Tensor, _ x2: Tensor, p: Double = 2, eps: Double = 1e-6, keepdim: Bool = false
) -> Tensor {
    if anyVoid(x1, x2) { return .void }
    return x1.sub(x2).add(eps).norm(p, dim: [Swift.max(x1.dim, x2.dim) - 1], keepdim: keepdim).named("NormBackward1")
}
