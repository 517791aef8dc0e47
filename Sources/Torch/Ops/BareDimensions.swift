// Overloads that take the dimension without a label, as PyTorch does: `x.max(1)` next to `x.max(dim: 1)`.

extension Tensor {
    /// Same as `sum(dim:keepdim:dtype:)`.
    public func sum(_ dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        sum(dim: [dim], keepdim: keepdim, dtype: dtype)
    }

    /// Same as `sum(dim:keepdim:dtype:)`.
    public func sum(_ dim: [Int], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        sum(dim: dim, keepdim: keepdim, dtype: dtype)
    }

    /// Same as `mean(dim:keepdim:dtype:)`.
    public func mean(_ dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        mean(dim: [dim], keepdim: keepdim, dtype: dtype)
    }

    /// Same as `mean(dim:keepdim:dtype:)`.
    public func mean(_ dim: [Int], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        mean(dim: dim, keepdim: keepdim, dtype: dtype)
    }

    /// Same as `prod(dim:keepdim:dtype:)`.
    public func prod(_ dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        prod(dim: dim, keepdim: keepdim, dtype: dtype)
    }

    /// Same as `all(dim:keepdim:)`.
    public func all(_ dim: Int, keepdim: Bool = false) -> Tensor { all(dim: [dim], keepdim: keepdim) }

    /// Same as `all(dim:keepdim:)`.
    public func all(_ dim: [Int], keepdim: Bool = false) -> Tensor { all(dim: dim, keepdim: keepdim) }

    /// Same as `any(dim:keepdim:)`.
    public func any(_ dim: Int, keepdim: Bool = false) -> Tensor { any(dim: [dim], keepdim: keepdim) }

    /// Same as `any(dim:keepdim:)`.
    public func any(_ dim: [Int], keepdim: Bool = false) -> Tensor { any(dim: dim, keepdim: keepdim) }

    /// Same as `amax(dim:keepdim:)`.
    public func amax(_ dim: Int, keepdim: Bool = false) -> Tensor { amax(dim: [dim], keepdim: keepdim) }

    /// Same as `amax(dim:keepdim:)`.
    public func amax(_ dim: [Int], keepdim: Bool = false) -> Tensor { amax(dim: dim, keepdim: keepdim) }

    /// Same as `amin(dim:keepdim:)`.
    public func amin(_ dim: Int, keepdim: Bool = false) -> Tensor { amin(dim: [dim], keepdim: keepdim) }

    /// Same as `amin(dim:keepdim:)`.
    public func amin(_ dim: [Int], keepdim: Bool = false) -> Tensor { amin(dim: dim, keepdim: keepdim) }

    /// Same as `logsumexp(dim:keepdim:)`.
    public func logsumexp(_ dim: Int, keepdim: Bool = false) -> Tensor { logsumexp(dim: [dim], keepdim: keepdim) }

    /// Same as `logsumexp(dim:keepdim:)`.
    public func logsumexp(_ dim: [Int], keepdim: Bool = false) -> Tensor { logsumexp(dim: dim, keepdim: keepdim) }

    /// Same as `var(dim:correction:keepdim:)`.
    public func `var`(_ dim: Int, correction: Double = 1, keepdim: Bool = false) -> Tensor {
        self.var(dim: [dim], correction: correction, keepdim: keepdim)
    }

    /// Same as `var(dim:unbiased:keepdim:)`.
    public func `var`(_ dim: Int, unbiased: Bool, keepdim: Bool = false) -> Tensor {
        self.var(dim: [dim], unbiased: unbiased, keepdim: keepdim)
    }

    /// Same as `var(dim:correction:keepdim:)`.
    public func `var`(_ dim: [Int], correction: Double = 1, keepdim: Bool = false) -> Tensor {
        self.var(dim: dim, correction: correction, keepdim: keepdim)
    }

    /// Same as `var(dim:unbiased:keepdim:)`.
    public func `var`(_ dim: [Int], unbiased: Bool, keepdim: Bool = false) -> Tensor {
        self.var(dim: dim, unbiased: unbiased, keepdim: keepdim)
    }

    /// Same as `std(dim:correction:keepdim:)`.
    public func std(_ dim: Int, correction: Double = 1, keepdim: Bool = false) -> Tensor {
        std(dim: [dim], correction: correction, keepdim: keepdim)
    }

    /// Same as `std(dim:unbiased:keepdim:)`.
    public func std(_ dim: Int, unbiased: Bool, keepdim: Bool = false) -> Tensor {
        std(dim: [dim], unbiased: unbiased, keepdim: keepdim)
    }

    /// Same as `std(dim:correction:keepdim:)`.
    public func std(_ dim: [Int], correction: Double = 1, keepdim: Bool = false) -> Tensor {
        std(dim: dim, correction: correction, keepdim: keepdim)
    }

    /// Same as `std(dim:unbiased:keepdim:)`.
    public func std(_ dim: [Int], unbiased: Bool, keepdim: Bool = false) -> Tensor {
        std(dim: dim, unbiased: unbiased, keepdim: keepdim)
    }

    /// Same as `max(dim:keepdim:)`.
    public func max(_ dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
        max(dim: dim, keepdim: keepdim)
    }

    /// Same as `min(dim:keepdim:)`.
    public func min(_ dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
        min(dim: dim, keepdim: keepdim)
    }

    /// Same as `median(dim:keepdim:)`.
    public func median(_ dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
        median(dim: dim, keepdim: keepdim)
    }

    /// Same as `nanmedian(dim:keepdim:)`.
    public func nanmedian(_ dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
        nanmedian(dim: dim, keepdim: keepdim)
    }

    /// Same as `mode(dim:keepdim:)`.
    public func mode(_ dim: Int, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
        mode(dim: dim, keepdim: keepdim)
    }

    /// Same as `cummax(dim:)`.
    public func cummax(_ dim: Int) -> (values: Tensor, indices: Tensor) { cummax(dim: dim) }

    /// Same as `cummin(dim:)`.
    public func cummin(_ dim: Int) -> (values: Tensor, indices: Tensor) { cummin(dim: dim) }

    /// Same as `logcumsumexp(dim:)`.
    public func logcumsumexp(_ dim: Int) -> Tensor { logcumsumexp(dim: dim) }

    /// Same as `countNonzero(dim:)`.
    public func countNonzero(_ dim: Int) -> Tensor { countNonzero(dim: [dim]) }

    /// Same as `sort(dim:descending:stable:)`.
    public func sort(_ dim: Int, descending: Bool = false, stable: Bool = false) -> (values: Tensor, indices: Tensor) {
        sort(dim: dim, descending: descending, stable: stable)
    }

    /// Same as `argsort(dim:descending:stable:)`.
    public func argsort(_ dim: Int, descending: Bool = false, stable: Bool = false) -> Tensor {
        argsort(dim: dim, descending: descending, stable: stable)
    }

    /// Same as `softmax(dim:dtype:)`.
    public func softmax(_ dim: Int, dtype: DType? = nil) -> Tensor { softmax(dim: dim, dtype: dtype) }

    /// Same as `logSoftmax(dim:dtype:)`.
    public func logSoftmax(_ dim: Int, dtype: DType? = nil) -> Tensor { logSoftmax(dim: dim, dtype: dtype) }

    /// Same as `softmin(dim:dtype:)`.
    public func softmin(_ dim: Int, dtype: DType? = nil) -> Tensor { softmin(dim: dim, dtype: dtype) }

    /// Same as `glu(dim:)`.
    public func glu(_ dim: Int) -> Tensor { glu(dim: dim) }

    /// Same as `unbind(dim:)`.
    public func unbind(_ dim: Int) -> [Tensor] { unbind(dim: dim) }

    /// Same as `gather(dim:index:)`.
    public func gather(_ dim: Int, _ index: Tensor) -> Tensor { gather(dim: dim, index: index) }

    /// Same as `indexSelect(dim:index:)`.
    public func indexSelect(_ dim: Int, _ index: Tensor) -> Tensor { indexSelect(dim: dim, index: index) }
}
