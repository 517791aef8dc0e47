/// Operators that see only the elements where a mask is true (all of them where it is nil). The mask is broadcast to
/// the input. PyTorch: `torch.masked`.
///
/// Every reduction takes `dim` (none: all), `keepdim`, and the `dtype` of the result; where no element is seen it gives
/// its identity: 0, 1, an infinity or an integer's bound.
public enum masked {
    // MARK: What takes the place of the elements that are not seen

    /// The mask as bool in the input's shape.
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

    /// PyTorch: `torch.masked.sum`.
    public static func sum(
        _ x: Tensor, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        filled(x, mask, 0).sum(dim: dim, keepdim: keepdim, dtype: dtype ?? Reduce.accumulate(x.dtype))
    }

    /// PyTorch: `torch.masked.prod`.
    public static func prod(
        _ x: Tensor, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        guard let dims = dims(dim, x) else { return .void }
        return dims.reversed().reduce(filled(x, mask, 1).to(dtype ?? Reduce.accumulate(x.dtype))) {
            $0.prod(dim: $1, keepdim: keepdim)
        }
    }

    /// PyTorch: `torch.masked.amax`.
    public static func amax(
        _ x: Tensor, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        filled(x, mask, x.dtype.bounds.lower).amax(dim: dim, keepdim: keepdim).to(dtype ?? x.dtype)
    }

    /// PyTorch: `torch.masked.amin`.
    public static func amin(
        _ x: Tensor, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        filled(x, mask, x.dtype.bounds.upper).amin(dim: dim, keepdim: keepdim).to(dtype ?? x.dtype)
    }

    /// The first place of the greatest element, in the input's own dtype as PyTorch has it. PyTorch:
    /// `torch.masked.argmax`.
    public static func argmax(
        _ x: Tensor, dim: Int? = nil, keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        filled(x, mask, x.dtype.bounds.lower).argmax(dim, keepdim: keepdim).to(dtype ?? x.dtype)
    }

    /// PyTorch: `torch.masked.argmin`.
    public static func argmin(
        _ x: Tensor, dim: Int? = nil, keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        filled(x, mask, x.dtype.bounds.upper).argmin(dim, keepdim: keepdim).to(dtype ?? x.dtype)
    }

    /// NaN where no element is seen. PyTorch: `torch.masked.mean`.
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

    /// How many elements are seen.
    private static func count(_ x: Tensor, _ mask: Tensor?, _ dim: [Int], _ keepdim: Bool) -> Tensor {
        noGrad {
            (mask.map { shaped($0, like: x) } ?? Tensor.filled(true, [], .bool).expand(x.sizes)).sum(
                dim: dim, keepdim: keepdim)
        }
    }

    /// The lower median along one dimension; NaN where no element is seen. PyTorch: `torch.masked.median`.
    public static func median(
        _ x: Tensor, dim: Int = -1, keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        let isFloat = x.dtype.isFloatingPoint
        let result = filled(isFloat ? x : x.to(.float32), mask, .double(.nan)).nanmedian(dim: dim, keepdim: keepdim)
            .values
        if isFloat || result.isVoid { return result }
        guard !noGrad({ result.isnan().any().itemScalar().boolValue }) else {
            return fail(.value, "masked median expects no fully masked out rows if dtype is not floating point")
        }
        return result.to(dtype ?? x.dtype)
    }

    /// PyTorch: `torch.masked.logsumexp`.
    public static func logsumexp(
        _ x: Tensor, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        filled(x, mask, x.dtype.bounds.lower).logsumexp(dim: dim, keepdim: keepdim).to(dtype ?? x.dtype)
    }

    /// PyTorch: `torch.masked.norm`.
    public static func norm(
        _ x: Tensor, ord: Double = 2, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        linalg.vectorNorm(
            filled(x, mask, ord == -.infinity ? .double(.infinity) : 0), ord: ord, dim: dim, keepdim: keepdim,
            dtype: dtype)
    }

    /// NaN where no element is seen. `correction` is taken from the count in the denominator. PyTorch:
    /// `torch.masked.var`.
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

    public static func `var`(
        _ x: Tensor, dim: [Int] = [], unbiased: Bool, keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        self.var(x, dim: dim, correction: unbiased ? 1 : 0, keepdim: keepdim, dtype: dtype, mask: mask)
    }

    /// The square root of `masked.var`. PyTorch: `torch.masked.std`.
    public static func std(
        _ x: Tensor, dim: [Int] = [], correction: Double = 1, keepdim: Bool = false, dtype: DType? = nil,
        mask: Tensor? = nil
    ) -> Tensor {
        self.var(x, dim: dim, correction: correction, keepdim: keepdim, dtype: dtype, mask: mask).sqrt()
    }

    public static func std(
        _ x: Tensor, dim: [Int] = [], unbiased: Bool, keepdim: Bool = false, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        std(x, dim: dim, correction: unbiased ? 1 : 0, keepdim: keepdim, dtype: dtype, mask: mask)
    }

    // MARK: Scans and normalizations: of the input's shape

    /// Running sums in the input's own dtype. PyTorch: `torch.masked.cumsum`.
    public static func cumsum(_ x: Tensor, dim: Int, dtype: DType? = nil, mask: Tensor? = nil) -> Tensor {
        filled(x, mask, 0).cumsum(dim, dtype: dtype ?? x.dtype)
    }

    /// PyTorch: `torch.masked.cumprod`.
    public static func cumprod(_ x: Tensor, dim: Int, dtype: DType? = nil, mask: Tensor? = nil) -> Tensor {
        filled(x, mask, 1).cumprod(dim, dtype: dtype ?? x.dtype)
    }

    /// PyTorch: `torch.masked.softmax`.
    public static func softmax(_ x: Tensor, dim: Int, dtype: DType? = nil, mask: Tensor? = nil) -> Tensor {
        filled(x, mask, x.dtype.bounds.lower).softmax(dim: dim, dtype: dtype)
    }
    /// PyTorch: `torch.masked.log_softmax`.
    public static func logSoftmax(_ x: Tensor, dim: Int, dtype: DType? = nil, mask: Tensor? = nil) -> Tensor {
        filled(x, mask, x.dtype.bounds.lower).logSoftmax(dim: dim, dtype: dtype)
    }
    /// PyTorch: `torch.masked.softmin`.
    public static func softmin(_ x: Tensor, dim: Int, dtype: DType? = nil, mask: Tensor? = nil) -> Tensor {
        filled(x, mask, x.dtype.bounds.upper).softmin(dim: dim, dtype: dtype)
    }

    /// Divided by the norms along `dim`, which count as `eps` at least. PyTorch: `torch.masked.normalize`.
    public static func normalize(
        _ x: Tensor, ord: Double, dim: Int, eps: Double = 1e-12, dtype: DType? = nil, mask: Tensor? = nil
    ) -> Tensor {
        let norms = norm(x, ord: ord, dim: [dim], keepdim: true, dtype: dtype ?? x.dtype, mask: mask)
        return filled(x, mask, 0).div(norms.maximum(Tensor.filled(.double(eps), [], norms.dtype)))
    }

    /// log(exp(x) + exp(y)) of the elements that are seen. PyTorch: `torch.masked.logaddexp`.
    public static func logaddexp(
        _ x: Tensor, _ y: Tensor, dtype: DType? = nil, inputMask: Tensor? = nil, otherMask: Tensor? = nil
    ) -> Tensor {
        filled(x, inputMask, x.dtype.bounds.lower).logaddexp(filled(y, otherMask, y.dtype.bounds.lower)).to(
            dtype ?? x.dtype)
    }
}

extension DType {
    /// What no element is less than, and what none is greater than.
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
