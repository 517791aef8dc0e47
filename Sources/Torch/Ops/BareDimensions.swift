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

    /// Same as `nansum(dim:keepdim:dtype:)`.
    public func nansum(_ dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        nansum(dim: [dim], keepdim: keepdim, dtype: dtype)
    }

    /// Same as `nanmean(dim:keepdim:dtype:)`.
    public func nanmean(_ dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        nanmean(dim: [dim], keepdim: keepdim, dtype: dtype)
    }

    /// Same as `varMean(dim:correction:keepdim:)`.
    public func varMean(_ dim: Int, correction: Double = 1, keepdim: Bool = false) -> (var: Tensor, mean: Tensor) {
        varMean(dim: [dim], correction: correction, keepdim: keepdim)
    }

    /// Same as `stdMean(dim:correction:keepdim:)`.
    public func stdMean(_ dim: Int, correction: Double = 1, keepdim: Bool = false) -> (std: Tensor, mean: Tensor) {
        stdMean(dim: [dim], correction: correction, keepdim: keepdim)
    }

    /// Same as `nansum(dim:keepdim:dtype:)`.
    public func nansum(_ dim: [Int], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        nansum(dim: dim, keepdim: keepdim, dtype: dtype)
    }

    /// Same as `nanmean(dim:keepdim:dtype:)`.
    public func nanmean(_ dim: [Int], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        nanmean(dim: dim, keepdim: keepdim, dtype: dtype)
    }

    /// Same as `varMean(dim:correction:keepdim:)`.
    public func varMean(_ dim: [Int], correction: Double = 1, keepdim: Bool = false) -> (var: Tensor, mean: Tensor) {
        varMean(dim: dim, correction: correction, keepdim: keepdim)
    }

    /// Same as `stdMean(dim:correction:keepdim:)`.
    public func stdMean(_ dim: [Int], correction: Double = 1, keepdim: Bool = false) -> (std: Tensor, mean: Tensor) {
        stdMean(dim: dim, correction: correction, keepdim: keepdim)
    }

    /// Same as `gather(dim:index:)`.
    public func gather(_ dim: Int, index: Tensor) -> Tensor { gather(dim: dim, index: index) }

    /// Same as `indexSelect(dim:index:)`.
    public func indexSelect(_ dim: Int, index: Tensor) -> Tensor { indexSelect(dim: dim, index: index) }

    /// Same as `scatter(dim:index:source:)`.
    public func scatter(_ dim: Int, _ index: Tensor, _ src: some TensorOperand) -> Tensor {
        scatter(dim: dim, index: index, source: src)
    }

    /// Same as `scatter_(dim:index:source:)`.
    @discardableResult
    public func scatter_(_ dim: Int, _ index: Tensor, _ src: some TensorOperand) -> Tensor {
        scatter_(dim: dim, index: index, source: src)
    }

    /// Same as `scatter(dim:index:source:)`.
    public func scatter(_ dim: Int, index: Tensor, src: some TensorOperand) -> Tensor {
        scatter(dim: dim, index: index, source: src)
    }

    /// Same as `scatter_(dim:index:source:)`.
    @discardableResult
    public func scatter_(_ dim: Int, index: Tensor, src: some TensorOperand) -> Tensor {
        scatter_(dim: dim, index: index, source: src)
    }

    /// Same as `scatter(dim:index:source:)`.
    public func scatter(_ dim: Int, index: Tensor, value: some ScalarConvertible) -> Tensor {
        scatter(dim: dim, index: index, source: value)
    }

    /// Same as `scatter_(dim:index:source:)`.
    @discardableResult
    public func scatter_(_ dim: Int, index: Tensor, value: some ScalarConvertible) -> Tensor {
        scatter_(dim: dim, index: index, source: value)
    }

    /// Same as `scatterAdd(dim:index:source:)`.
    public func scatterAdd(_ dim: Int, _ index: Tensor, _ src: Tensor) -> Tensor {
        scatterAdd(dim: dim, index: index, source: src)
    }

    /// Same as `scatterAdd_(dim:index:source:)`.
    @discardableResult
    public func scatterAdd_(_ dim: Int, _ index: Tensor, _ src: Tensor) -> Tensor {
        scatterAdd_(dim: dim, index: index, source: src)
    }

    /// Same as `scatterAdd(dim:index:source:)`.
    public func scatterAdd(_ dim: Int, index: Tensor, src: Tensor) -> Tensor {
        scatterAdd(dim: dim, index: index, source: src)
    }

    /// Same as `scatterAdd_(dim:index:source:)`.
    @discardableResult
    public func scatterAdd_(_ dim: Int, index: Tensor, src: Tensor) -> Tensor {
        scatterAdd_(dim: dim, index: index, source: src)
    }

    /// Same as `scatterReduce(dim:index:source:reduce:includeSelf:)`.
    public func scatterReduce(
        _ dim: Int, _ index: Tensor, _ src: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
    ) -> Tensor {
        scatterReduce(dim: dim, index: index, source: src, reduce: reduce, includeSelf: includeSelf)
    }

    /// Same as `scatterReduce_(dim:index:source:reduce:includeSelf:)`.
    @discardableResult
    public func scatterReduce_(
        _ dim: Int, _ index: Tensor, _ src: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
    ) -> Tensor {
        scatterReduce_(dim: dim, index: index, source: src, reduce: reduce, includeSelf: includeSelf)
    }

    /// Same as `indexAdd(dim:index:source:alpha:)`.
    public func indexAdd(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
        indexAdd(dim: dim, index: index, source: source)
    }

    /// Same as `indexAdd_(dim:index:source:alpha:)`.
    @discardableResult
    public func indexAdd_(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
        indexAdd_(dim: dim, index: index, source: source)
    }

    /// Same as `indexCopy(dim:index:source:)`.
    public func indexCopy(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
        indexCopy(dim: dim, index: index, source: source)
    }

    /// Same as `indexCopy_(dim:index:source:)`.
    @discardableResult
    public func indexCopy_(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
        indexCopy_(dim: dim, index: index, source: source)
    }

    /// Same as `indexFill(dim:index:value:)`.
    public func indexFill(_ dim: Int, _ index: Tensor, _ value: some TensorOperand) -> Tensor {
        indexFill(dim: dim, index: index, value: value)
    }

    /// Same as `indexFill_(dim:index:value:)`.
    @discardableResult
    public func indexFill_(_ dim: Int, _ index: Tensor, _ value: some TensorOperand) -> Tensor {
        indexFill_(dim: dim, index: index, value: value)
    }

    /// Same as `indexAdd(dim:index:source:alpha:)`.
    public func indexAdd(_ dim: Int, index: Tensor, source: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
        indexAdd(dim: dim, index: index, source: source, alpha: alpha)
    }

    /// Same as `indexAdd_(dim:index:source:alpha:)`.
    @discardableResult
    public func indexAdd_(_ dim: Int, index: Tensor, source: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
        indexAdd_(dim: dim, index: index, source: source, alpha: alpha)
    }

    /// Same as `indexCopy(dim:index:source:)`.
    public func indexCopy(_ dim: Int, index: Tensor, source: Tensor) -> Tensor {
        indexCopy(dim: dim, index: index, source: source)
    }

    /// Same as `indexCopy_(dim:index:source:)`.
    @discardableResult
    public func indexCopy_(_ dim: Int, index: Tensor, source: Tensor) -> Tensor {
        indexCopy_(dim: dim, index: index, source: source)
    }

    /// Same as `indexFill(dim:index:value:)`.
    public func indexFill(_ dim: Int, index: Tensor, value: some TensorOperand) -> Tensor {
        indexFill(dim: dim, index: index, value: value)
    }

    /// Same as `indexFill_(dim:index:value:)`.
    @discardableResult
    public func indexFill_(_ dim: Int, index: Tensor, value: some TensorOperand) -> Tensor {
        indexFill_(dim: dim, index: index, value: value)
    }

    /// Same as `diff(n:dim:prepend:append:)`.
    public func diff(_ n: Int, dim: Int = -1) -> Tensor { diff(n: n, dim: dim) }

    /// Same as `diagonal(offset:dim1:dim2:)`.
    public func diagonal(_ offset: Int, dim1: Int = 0, dim2: Int = 1) -> Tensor {
        diagonal(offset: offset, dim1: dim1, dim2: dim2)
    }

    /// Same as `oneHot(numClasses:)`.
    public func oneHot(_ numClasses: Int) -> Tensor { oneHot(numClasses: numClasses) }

    /// Same as `clamp(min:max:)`.
    public func clamp(_ min: some TensorOperand, max: (any TensorOperand)? = nil) -> Tensor {
        clamp(min: min, max: max)
    }

    /// Same as `clamp(min:max:)`.
    public func clamp(_ min: some TensorOperand, _ max: some TensorOperand) -> Tensor { clamp(min: min, max: max) }

    /// Same as `clamp_(min:max:)`.
    @discardableResult
    public func clamp_(_ min: some TensorOperand, max: (any TensorOperand)? = nil) -> Tensor {
        clamp_(min: min, max: max)
    }

    /// Same as `clamp_(min:max:)`.
    @discardableResult
    public func clamp_(_ min: some TensorOperand, _ max: some TensorOperand) -> Tensor { clamp_(min: min, max: max) }
}
