// Quantiles: positions in the sorted order, which may lie between two elements.

/// How to compute a quantile that lies between two elements.
/// Between the two neighbours, in proportion to the position.
/// The greater of the two neighbours.
/// The lesser of the two neighbours.
/// The mean of the two neighbours.
/// The nearer of the two neighbours.
public enum QuantileInterpolation: String, Sendable { case linear, lower, higher, nearest, midpoint }

extension Tensor {
    /// Computes the quantiles `q` of all elements or along a dimension; NaN if an element is NaN. `q` is one number or
    /// a vector in [0, 1], in the input's dtype. The results of a vector lie along a new first dimension.
    /// PyTorch: `torch.quantile`.
    public func quantile(
        _ q: Tensor, dim: Int? = nil, keepdim: Bool = false, interpolation: QuantileInterpolation = .linear
    ) -> Tensor {
        quantile(q, dim, keepdim, interpolation, ignoresNaN: false, "quantile()")
    }

    /// Like `quantile(_:dim:keepdim:interpolation:)`, for one number.
    public func quantile(
        _ q: Double, dim: Int? = nil, keepdim: Bool = false, interpolation: QuantileInterpolation = .linear
    ) -> Tensor {
        guard q >= 0 && q <= 1 else { return fail(.runtime, "quantile() q must be in the range [0, 1] but got \(q)") }
        return quantile(
            Tensor(q, dtype: dtype, device: device), dim: dim, keepdim: keepdim, interpolation: interpolation)
    }

    /// Computes the quantiles of the elements that are not NaN. PyTorch: `torch.nanquantile`.
    public func nanquantile(
        _ q: Tensor, dim: Int? = nil, keepdim: Bool = false, interpolation: QuantileInterpolation = .linear
    ) -> Tensor {
        quantile(q, dim, keepdim, interpolation, ignoresNaN: true, "nanquantile()")
    }

    /// Like `nanquantile(_:dim:keepdim:interpolation:)`, for one number.
    public func nanquantile(
        _ q: Double, dim: Int? = nil, keepdim: Bool = false, interpolation: QuantileInterpolation = .linear
    ) -> Tensor {
        guard q >= 0 && q <= 1 else {
            return fail(.runtime, "nanquantile() q must be in the range [0, 1] but got \(q)")
        }
        return nanquantile(
            Tensor(q, dtype: dtype, device: device), dim: dim, keepdim: keepdim, interpolation: interpolation)
    }

    private func quantile(
        _ q: Tensor, _ dim: Int?, _ keepdim: Bool, _ interpolation: QuantileInterpolation, ignoresNaN: Bool,
        _ name: String
    ) -> Tensor {
        if let cast = Autocast.float32OnCPU {
            return cast.run { $0(self).quantile($0(q), dim, keepdim, interpolation, ignoresNaN: ignoresNaN, name) }
        }
        guard !isVoid, !q.isVoid, let d = dim.map({ wrap($0) }) ?? 0 else { return .void }
        guard numel() > 0 else { return fail(.runtime, "\(name) input tensor must be non-empty") }
        guard q.dim <= 1 else { return fail(.runtime, "\(name) q must be a scalar or 1D tensor") }
        guard dtype == .float32 || dtype == .float64 else {
            return fail(.runtime, "\(name) input tensor must be either float or double dtype")
        }
        guard dtype == q.dtype else { return fail(.runtime, "\(name) q tensor must be same dtype as the input tensor") }
        guard noGrad({ q.detach().ge(0).logicalAnd(q.detach().le(1)).all().isTrue(ifUnknown: true) }) else {
            return fail(.runtime, "\(name) q values must be in the range [0, 1]")
        }
        let sorted = (dim == nil ? reshape([-1]) : self.dim == 0 ? unsqueeze(0) : movedim(d, -1)).sort().values
        let n = sorted.sizes.last ?? 1
        guard n <= 1 << 24 else { return fail(.runtime, "\(name) input tensor is too large") }
        // The ranks along the last dimension, one for each quantile.
        let nan = noGrad { sorted.detach().isnan() }
        var ranks: Tensor
        if ignoresNaN {
            ranks = q.mul(noGrad { nan.logicalNot().sum(dim: -1, keepdim: true).sub(1) })
            ranks = ranks.maskedFill(ranks.lt(0), 0)
        } else {
            // If there is a NaN, the last position has one.
            ranks = q.mul(n - 1).reshape([-1]).expand(sorted.sizes.dropLast() + [q.numel()]).maskedFill(
                nan.any(dim: -1, keepdim: true), n - 1)
        }
        switch interpolation {
        case .lower: ranks = ranks.floor()
        case .higher: ranks = ranks.ceil()
        case .nearest: ranks = ranks.round()
        case .linear, .midpoint: break
        }
        let below = ranks.detach().to(.int64)
        var result = sorted.gather(dim: -1, index: below)
        if interpolation == .linear || interpolation == .midpoint {
            let weights = interpolation == .midpoint ? Tensor.fullLike(ranks, 0.5) : ranks.sub(below)
            result = result.lerp(sorted.gather(dim: -1, index: ranks.detach().ceil().to(.int64)), weights)
        }
        // Move the quantiles to the front; the reduced dimension stays as one of size 1.
        if keepdim {
            let kept =
                dim == nil
                ? [Int](repeating: 1, count: self.dim)
                : self.dim == 0 ? [] : sizes.enumerated().map { $0.offset == d ? 1 : $0.element }
            if dim == nil || self.dim == 0 {
                return q.dim == 0 ? result.reshape(kept) : result.reshape([q.numel()] + kept)
            }
            result = result.unsqueeze(d)
        }
        return q.dim == 0 ? result.squeeze(-1) : result.movedim(-1, 0)
    }
}
