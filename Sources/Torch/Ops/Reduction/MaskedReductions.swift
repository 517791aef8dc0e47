/// Operators that use only the elements where a mask is true, or all elements if the mask is nil. The mask broadcasts
/// to the input. PyTorch: `torch.masked`.
///
/// Every reduction takes `dim` (empty for all dimensions), `keepdim`, and the `dtype` of the result. If no element is
/// selected, the result is the identity of the reduction: 0, 1, an infinity or an integer's bound.
public enum masked {
    // MARK: Values for the elements that are not selected

    /// Returns the mask as bool in the input's shape.
    private static func shaped(_ mask: Tensor, like x: Tensor) -> Tensor {
        if anyVoid(mask, x) { return .void }
        guard mask.dim <= x.dim else {
            return fail(
                .index, "_input_mask expected broadcastable mask (got mask dimensionality higher than of the input)")
        }
        return mask.to(.bool).expand(x.sizes)
    }

    private static func filled(_ x: Tensor, _ mask: Tensor?, _ identity: Scalar) -> Tensor {
        mask.map { Torch.where(shaped($0, like: x), x, identity) } ?? x
    }

    private static func dims(_ dim: [Int], _ x: Tensor) -> [Int]? { x.isVoid ? nil : wrapDims(dim, x.dim) }

    // MARK: Reductions

    /// Sums the selected elements. PyTorch: `torch.masked.sum`.
    public static func sum(
        _ x: Tensor, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        filled(x, mask, 0).sum(dim: dim, keepdim: keepdim, dtype: dtype ?? Reduce.accumulate(x.dtype))
    }

    /// Multiplies the selected elements. PyTorch: `torch.masked.prod`.
    public static func prod(
        _ x: Tensor, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        guard let dims = dims(dim, x) else { return .void }
        return dims.reversed().reduce(filled(x, mask, 1).to(dtype ?? Reduce.accumulate(x.dtype))) {
            $0.prod(dim: $1, keepdim: keepdim)
        }
    }

    /// Returns the largest selected element. PyTorch: `torch.masked.amax`.
    public static func amax(
        _ x: Tensor, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        filled(x, mask, x.dtype.bounds.lower).amax(dim: dim, keepdim: keepdim).to(dtype ?? x.dtype)
    }

    /// Returns the smallest selected element. PyTorch: `torch.masked.amin`.
    public static func amin(
        _ x: Tensor, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        filled(x, mask, x.dtype.bounds.upper).amin(dim: dim, keepdim: keepdim).to(dtype ?? x.dtype)
    }

    /// Returns the first index of the largest selected element, in the input's dtype as in PyTorch.
    /// PyTorch: `torch.masked.argmax`.
    public static func argmax(
        _ x: Tensor, dim: Int? = nil, keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        filled(x, mask, x.dtype.bounds.lower).argmax(dim, keepdim: keepdim).to(dtype ?? x.dtype)
    }

    /// Returns the first index of the smallest selected element, in the input's dtype. PyTorch: `torch.masked.argmin`.
    public static func argmin(
        _ x: Tensor, dim: Int? = nil, keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        filled(x, mask, x.dtype.bounds.upper).argmin(dim, keepdim: keepdim).to(dtype ?? x.dtype)
    }

    /// Computes the mean of the selected elements; NaN if there is no such element. PyTorch: `torch.masked.mean`.
    public static func mean(
        _ x: Tensor, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        let type = dtype ?? x.dtype
        guard type.isInexact || x.isVoid else {
            return fail(
                .value,
                "mean(): Could not infer output dtype. \(dtype == nil ? "Input" : "Optional") dtype must be either a floating point or complex dtype. Got: \(type)"
            )
        }
        return sum(x, dim: dim, keepdim: keepdim, dtype: type, mask: mask).div(count(x, mask, dim, keepdim))
    }

    /// Counts the selected elements.
    private static func count(_ x: Tensor, _ mask: Tensor?, _ dim: [Int], _ keepdim: Bool) -> Tensor {
        noGrad {
            (mask.map { shaped($0, like: x) } ?? Tensor.filled(true, [], .bool, x.device).expand(x.sizes)).sum(
                dim: dim, keepdim: keepdim)
        }
    }

    /// Computes the lower median of the selected elements along a dimension; NaN if there is no such element.
    /// PyTorch: `torch.masked.median`.
    public static func median(
        _ x: Tensor, dim: Int = -1, keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        let isFloat = x.dtype.isFloatingPoint
        let result = filled(isFloat ? x : x.to(.float32), mask, .double(.nan)).nanmedian(dim: dim, keepdim: keepdim)
            .values
        if isFloat || result.isVoid { return result }
        guard !noGrad({ result.isnan().any().isTrue(ifUnknown: false) }) else {
            return fail(.value, "masked median expects no fully masked out rows if dtype is not floating point")
        }
        return result.to(dtype ?? x.dtype)
    }

    /// Computes log Σ exp(x) of the selected elements. PyTorch: `torch.masked.logsumexp`.
    public static func logsumexp(
        _ x: Tensor, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        filled(x, mask, x.dtype.bounds.lower).logsumexp(dim: dim, keepdim: keepdim).to(dtype ?? x.dtype)
    }

    /// Computes the norm of the selected elements. PyTorch: `torch.masked.norm`.
    public static func norm(
        _ x: Tensor, ord: Double = 2, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        linalg.vectorNorm(
            filled(x, mask, ord == -.infinity ? .double(.infinity) : 0), ord: ord, dim: dim, keepdim: keepdim,
            dtype: dtype)
    }

    /// Computes the variance of the selected elements; NaN if there is no such element. `correction` is subtracted from
    /// the count in the denominator. PyTorch: `torch.masked.var`.
    public static func `var`(
        _ x: Tensor, dim: [Int] = [], correction: Double = 1, keepdim: Bool = false, dtype: DType? = nil,
        mask: Tensor? = nil
    ) -> Tensor {
        if x.isVoid { return .void }
        let result = dtype ?? (x.dtype.isInexact ? x.dtype : .float32)
        let compute = result.isInexact ? result : .float32
        let mean = sum(x, dim: dim, keepdim: true, dtype: result, mask: mask).div(count(x, mask, dim, true))
        let deviation = x.sub(mean)
        let total = sum(deviation.mul(deviation.conj()), dim: dim, keepdim: keepdim, dtype: compute, mask: mask)
        let seen = count(x, mask, dim, keepdim)
        return total.div(correction == 0 ? seen : seen.to(compute.toReal).sub(correction).clampMin(0)).to(result)
    }

    /// Computes the variance of the selected elements, with correction 1 if `unbiased` is true, otherwise 0.
    public static func `var`(
        _ x: Tensor, dim: [Int] = [], unbiased: Bool, keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        self.var(x, dim: dim, correction: unbiased ? 1 : 0, keepdim: keepdim, dtype: dtype, mask: mask)
    }

    /// Computes the square root of `masked.var`. PyTorch: `torch.masked.std`.
    public static func std(
        _ x: Tensor, dim: [Int] = [], correction: Double = 1, keepdim: Bool = false, dtype: DType? = nil,
        mask: Tensor? = nil
    ) -> Tensor {
        self.var(x, dim: dim, correction: correction, keepdim: keepdim, dtype: dtype, mask: mask).sqrt()
    }

    /// Computes the standard deviation of the selected elements, with correction 1 if `unbiased` is true, otherwise 0.
    public static func std(
        _ x: Tensor, dim: [Int] = [], unbiased: Bool, keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        std(x, dim: dim, correction: unbiased ? 1 : 0, keepdim: keepdim, dtype: dtype, mask: mask)
    }

    // MARK: Scans and normalizations: the result has the input's shape

    /// Computes running sums of the selected elements, in the input's own dtype. PyTorch: `torch.masked.cumsum`.
    public static func cumsum(_ x: Tensor, dim: Int, dtype: DType? = nil, mask: Tensor? = nil) -> Tensor {
        filled(x, mask, 0).cumsum(dim, dtype: dtype ?? x.dtype)
    }

    /// Computes running products of the selected elements, in the input's own dtype. PyTorch: `torch.masked.cumprod`.
    public static func cumprod(_ x: Tensor, dim: Int, dtype: DType? = nil, mask: Tensor? = nil) -> Tensor {
        filled(x, mask, 1).cumprod(dim, dtype: dtype ?? x.dtype)
    }

    /// Computes the softmax of the selected elements. PyTorch: `torch.masked.softmax`.
    public static func softmax(_ x: Tensor, dim: Int, dtype: DType? = nil, mask: Tensor? = nil) -> Tensor {
        filled(x, mask, x.dtype.bounds.lower).softmax(dim: dim, dtype: dtype)
    }
    /// Computes the logarithm of the softmax of the selected elements. PyTorch: `torch.masked.log_softmax`.
    public static func logSoftmax(_ x: Tensor, dim: Int, dtype: DType? = nil, mask: Tensor? = nil) -> Tensor {
        filled(x, mask, x.dtype.bounds.lower).logSoftmax(dim: dim, dtype: dtype)
    }
    /// Computes the softmin of the selected elements. PyTorch: `torch.masked.softmin`.
    public static func softmin(_ x: Tensor, dim: Int, dtype: DType? = nil, mask: Tensor? = nil) -> Tensor {
        filled(x, mask, x.dtype.bounds.upper).softmin(dim: dim, dtype: dtype)
    }

    /// Divides by the norms along `dim`; norms less than `eps` count as `eps`. PyTorch: `torch.masked.normalize`.
    public static func normalize(
        _ x: Tensor, ord: Double, dim: Int, eps: Double = 1e-12, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        let norms = norm(x, ord: ord, dim: [dim], keepdim: true, dtype: dtype ?? x.dtype, mask: mask)
        return filled(x, mask, 0).div(norms.maximum(Tensor.filled(.double(eps), [], norms.dtype, norms.device)))
    }

    /// Computes log(exp(x) + exp(y)) of the selected elements. PyTorch: `torch.masked.logaddexp`.
    public static func logaddexp(
        _ x: Tensor, _ y: Tensor, dtype: DType? = nil, inputMask: Tensor? = nil, otherMask: Tensor? = nil
    ) -> Tensor {
        filled(x, inputMask, x.dtype.bounds.lower).logaddexp(filled(y, otherMask, y.dtype.bounds.lower)).to(
            dtype ?? x.dtype)
    }
}

extension DType {
    /// The lower and the upper bound of all elements of the dtype.
    fileprivate var bounds: (lower: Scalar, upper: Scalar) {
        switch self {
        case .bool: (false, true)
        case .uint8: (0, 255)
        case .int8: (-128, 127)
        case .int16: (-32768, 32767)
        case .int32: (.int(Int64(Int32.min)), .int(Int64(Int32.max)))
        case .int64: (.int(.min), .int(.max))
        default: (.double(-.infinity), .double(.infinity))
        }
    }
}
