// Overloads with PyTorch's label for the first argument, which most operators take without a label: `x.argmax(dim: 1)`
// next to `x.argmax(1)`. Also overloads for one dimension of operators that take several.

extension Tensor {
    // MARK: Views

    /// Same as `size(_:)`, with PyTorch's argument label.
    public func size(dim: Int) -> Int { size(dim) }

    /// Same as `stride(_:)`, with PyTorch's argument label.
    public func stride(dim: Int) -> Int { stride(dim) }

    /// Same as `view(_:)`, with PyTorch's argument label.
    public func view(dtype: DType) -> Tensor { view(dtype) }

    /// Same as `view(_:)`, with PyTorch's argument label.
    public func view(size: some Collection<Int>) -> Tensor { view(Array(size)) }

    /// Same as `reshape(_:)`, with PyTorch's argument label.
    public func reshape(shape: some Collection<Int>) -> Tensor { reshape(Array(shape)) }

    /// Same as `expand(_:)`, with PyTorch's argument label.
    public func expand(size: some Collection<Int>) -> Tensor { expand(Array(size)) }

    /// Same as `broadcastTo(_:)`, with PyTorch's argument label.
    public func broadcastTo(size: some Collection<Int>) -> Tensor { broadcastTo(Array(size)) }

    /// Same as `sumToSize(_:)`, with PyTorch's argument label.
    public func sumToSize(size: some Collection<Int>) -> Tensor { sumToSize(Array(size)) }

    /// Same as `unsqueeze(_:)`, with PyTorch's argument label.
    public func unsqueeze(dim: Int) -> Tensor { unsqueeze(dim) }

    /// Same as `unsqueeze_(_:)`, with PyTorch's argument label.
    @discardableResult
    public func unsqueeze_(dim: Int) -> Tensor { unsqueeze_(dim) }

    /// Same as `squeeze(_:)`, with PyTorch's argument label.
    public func squeeze(dim: Int) -> Tensor { squeeze(dim) }

    /// Same as `squeeze(_:)`, with PyTorch's argument label.
    public func squeeze(dim: [Int]) -> Tensor { squeeze(dim) }

    /// Same as `squeeze_(_:)`, with PyTorch's argument label.
    @discardableResult
    public func squeeze_(dim: Int) -> Tensor { squeeze_(dim) }

    /// Same as `squeeze_(_:)`, with PyTorch's argument label.
    @discardableResult
    public func squeeze_(dim: [Int]) -> Tensor { squeeze_(dim) }

    /// Same as `unflatten(_:_:)`, with PyTorch's argument label.
    public func unflatten(dim: Int, sizes: [Int]) -> Tensor { unflatten(dim, sizes) }

    /// Same as `permute(_:)`, with PyTorch's argument label.
    public func permute(dims: [Int]) -> Tensor { permute(dims) }

    /// Same as `transpose(_:_:)`, with PyTorch's argument labels.
    public func transpose(dim0: Int, dim1: Int) -> Tensor { transpose(dim0, dim1) }

    /// Same as `movedim(_:_:)`, with PyTorch's argument labels.
    public func movedim(source: Int, destination: Int) -> Tensor { movedim(source, destination) }

    /// Same as `movedim(_:_:)`, with PyTorch's argument labels.
    public func movedim(source: [Int], destination: [Int]) -> Tensor { movedim(source, destination) }

    /// Same as `select(_:_:)`, with PyTorch's argument labels.
    public func select(dim: Int, index: Int) -> Tensor { select(dim, index) }

    /// Same as `narrow(_:_:_:)`, with PyTorch's argument labels.
    public func narrow(dim: Int, start: Int, length: Int) -> Tensor { narrow(dim, start, length) }

    /// Same as `unfold(_:_:_:)`, with PyTorch's argument labels.
    public func unfold(dimension: Int, size: Int, step: Int) -> Tensor { unfold(dimension, size, step) }

    /// Same as `split(_:dim:)`, with PyTorch's argument label.
    public func split(splitSize: Int, dim: Int = 0) -> [Tensor] { split(splitSize, dim: dim) }

    /// Same as `chunk(_:dim:)`, with PyTorch's argument label.
    public func chunk(chunks: Int, dim: Int = 0) -> [Tensor] { chunk(chunks, dim: dim) }

    /// Same as `flip(_:)`, with PyTorch's argument label.
    public func flip(dims: [Int]) -> Tensor { flip(dims) }

    /// Same as `rot90(_:_:)`, with PyTorch's argument labels.
    public func rot90(k: Int = 1, dims: [Int]) -> Tensor { rot90(k, dims) }

    /// Rolls the elements along one dimension. PyTorch: `torch.roll`.
    public func roll(_ shifts: Int, dims: Int) -> Tensor { roll(shifts, dim: dims) }

    /// Same as `roll(_:dim:)`, with PyTorch's argument label.
    public func roll(shifts: Int, dims: Int? = nil) -> Tensor { roll(shifts, dim: dims) }

    /// Same as `roll(_:dims:)`, with PyTorch's argument label.
    public func roll(shifts: [Int], dims: [Int] = []) -> Tensor { roll(shifts, dims: dims) }

    /// Same as `repeat(_:)`, with PyTorch's argument label.
    public func `repeat`(repeats: [Int]) -> Tensor { self.repeat(repeats) }

    /// Same as `tile(_:)`, with PyTorch's argument label.
    public func tile(dims: [Int]) -> Tensor { tile(dims) }

    /// Same as `repeatInterleave(_:dim:outputSize:)`, with PyTorch's argument label.
    public func repeatInterleave(repeats: Int, dim: Int? = nil, outputSize: Int? = nil) -> Tensor {
        repeatInterleave(repeats, dim: dim, outputSize: outputSize)
    }

    /// Same as `diag(_:)`, with PyTorch's argument label.
    public func diag(diagonal: Int) -> Tensor { diag(diagonal) }

    /// Same as `tril(_:)`, with PyTorch's argument label.
    public func tril(diagonal: Int) -> Tensor { tril(diagonal) }

    /// Same as `triu(_:)`, with PyTorch's argument label.
    public func triu(diagonal: Int) -> Tensor { triu(diagonal) }

    /// Same as `tril_(_:)`, with PyTorch's argument label.
    @discardableResult
    public func tril_(diagonal: Int) -> Tensor { tril_(diagonal) }

    /// Same as `triu_(_:)`, with PyTorch's argument label.
    @discardableResult
    public func triu_(diagonal: Int) -> Tensor { triu_(diagonal) }

    /// Same as `diagflat(_:)`, with PyTorch's argument label.
    public func diagflat(offset: Int) -> Tensor { diagflat(offset) }

    /// Same as `pixelShuffle(_:)`, with PyTorch's argument label.
    public func pixelShuffle(upscaleFactor: Int) -> Tensor { pixelShuffle(upscaleFactor) }

    /// Same as `pixelUnshuffle(_:)`, with PyTorch's argument label.
    public func pixelUnshuffle(downscaleFactor: Int) -> Tensor { pixelUnshuffle(downscaleFactor) }

    // MARK: Conversions

    /// Same as `to(_:copy:memoryFormat:)`, with PyTorch's argument label.
    public func to(dtype: DType, copy: Bool = false, memoryFormat: MemoryFormat = .preserve) -> Tensor {
        to(dtype, copy: copy, memoryFormat: memoryFormat)
    }

    /// Same as `to(_:_:copy:memoryFormat:)`, with PyTorch's argument labels.
    public func to(
        device: Device, dtype: DType? = nil, copy: Bool = false, memoryFormat: MemoryFormat = .preserve
    ) -> Tensor {
        to(device, dtype ?? self.dtype, copy: copy, memoryFormat: memoryFormat)
    }

    /// Same as `to(_:_:copy:memoryFormat:)`, with PyTorch's label for the dtype.
    public func to(
        _ device: Device, dtype: DType, copy: Bool = false, memoryFormat: MemoryFormat = .preserve
    ) -> Tensor {
        to(device, dtype, copy: copy, memoryFormat: memoryFormat)
    }

    // MARK: Reductions

    /// Same as `argmax(_:keepdim:)`, with PyTorch's argument label.
    public func argmax(dim: Int?, keepdim: Bool = false) -> Tensor { argmax(dim, keepdim: keepdim) }

    /// Same as `argmin(_:keepdim:)`, with PyTorch's argument label.
    public func argmin(dim: Int?, keepdim: Bool = false) -> Tensor { argmin(dim, keepdim: keepdim) }

    /// Same as `cumsum(_:dtype:)`, with PyTorch's argument label.
    public func cumsum(dim: Int, dtype: DType? = nil) -> Tensor { cumsum(dim, dtype: dtype) }

    /// Same as `cumsum_(_:dtype:)`, with PyTorch's argument label.
    @discardableResult
    public func cumsum_(dim: Int, dtype: DType? = nil) -> Tensor { cumsum_(dim, dtype: dtype) }

    /// Same as `cumprod(_:dtype:)`, with PyTorch's argument label.
    public func cumprod(dim: Int, dtype: DType? = nil) -> Tensor { cumprod(dim, dtype: dtype) }

    /// Same as `cumprod_(_:dtype:)`, with PyTorch's argument label.
    @discardableResult
    public func cumprod_(dim: Int, dtype: DType? = nil) -> Tensor { cumprod_(dim, dtype: dtype) }

    /// Same as `topk(_:dim:largest:sorted:)`, with PyTorch's argument label.
    public func topk(
        k: Int, dim: Int = -1, largest: Bool = true, sorted: Bool = true
    ) -> (values: Tensor, indices: Tensor) {
        topk(k, dim: dim, largest: largest, sorted: sorted)
    }

    /// Same as `kthvalue(_:dim:keepdim:)`, with PyTorch's argument label.
    public func kthvalue(k: Int, dim: Int = -1, keepdim: Bool = false) -> (values: Tensor, indices: Tensor) {
        kthvalue(k, dim: dim, keepdim: keepdim)
    }

    /// Same as `stft(_:hopLength:winLength:window:center:padMode:normalized:onesided:returnComplex:alignToWindow:)`,
    /// with PyTorch's argument label.
    public func stft(
        nFFT: Int, hopLength: Int? = nil, winLength: Int? = nil, window: Tensor? = nil, center: Bool = true,
        padMode: PaddingMode = .reflect, normalized: Bool = false, onesided: Bool? = nil, returnComplex: Bool? = nil,
        alignToWindow: Bool? = nil
    ) -> Tensor {
        stft(
            nFFT, hopLength: hopLength, winLength: winLength, window: window, center: center, padMode: padMode,
            normalized: normalized, onesided: onesided, returnComplex: returnComplex, alignToWindow: alignToWindow)
    }

    /// Same as `istft(_:hopLength:winLength:window:center:normalized:onesided:length:returnComplex:)`, with PyTorch's
    /// argument label.
    public func istft(
        nFFT: Int, hopLength: Int? = nil, winLength: Int? = nil, window: Tensor? = nil, center: Bool = true,
        normalized: Bool = false, onesided: Bool? = nil, length: Int? = nil, returnComplex: Bool = false
    ) -> Tensor {
        istft(
            nFFT, hopLength: hopLength, winLength: winLength, window: window, center: center, normalized: normalized,
            onesided: onesided, length: length, returnComplex: returnComplex)
    }

    /// Same as `quantile(_:dim:keepdim:interpolation:)`, with PyTorch's argument label.
    public func quantile(
        q: Double, dim: Int? = nil, keepdim: Bool = false, interpolation: QuantileInterpolation = .linear
    ) -> Tensor {
        quantile(q, dim: dim, keepdim: keepdim, interpolation: interpolation)
    }

    /// Same as `nanquantile(_:dim:keepdim:interpolation:)`, with PyTorch's argument label.
    public func nanquantile(
        q: Double, dim: Int? = nil, keepdim: Bool = false, interpolation: QuantileInterpolation = .linear
    ) -> Tensor {
        nanquantile(q, dim: dim, keepdim: keepdim, interpolation: interpolation)
    }

    /// Returns the p-norms along one dimension. PyTorch: `torch.norm`.
    public func norm(_ p: Double = 2, dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        norm(p, dim: [dim], keepdim: keepdim, dtype: dtype)
    }

    /// Same as `norm(_:dim:keepdim:dtype:)`, with PyTorch's argument label.
    public func norm(p: Double, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        norm(p, dim: dim, keepdim: keepdim, dtype: dtype)
    }

    /// Same as `norm(_:dim:keepdim:dtype:)`, with PyTorch's argument label.
    public func norm(
        p: linalg.NamedOrder, dim: [Int]? = nil, keepdim: Bool = false, dtype: DType? = nil
    ) -> Tensor {
        norm(p, dim: dim, keepdim: keepdim, dtype: dtype)
    }

    /// Same as `norm(_:dim:keepdim:dtype:)`, with PyTorch's argument label.
    public func norm(p: Double, dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        norm(p, dim: [dim], keepdim: keepdim, dtype: dtype)
    }

    /// Returns the variances along the given dimensions; `unbiased` divides by N - 1 instead of N.
    /// PyTorch: `torch.var`.
    public func `var`(dim: [Int], unbiased: Bool, keepdim: Bool = false) -> Tensor {
        self.var(dim: dim, correction: unbiased ? 1 : 0, keepdim: keepdim)
    }

    /// Returns the variances along one dimension; `unbiased` divides by N - 1 instead of N. PyTorch: `torch.var`.
    public func `var`(dim: Int, unbiased: Bool, keepdim: Bool = false) -> Tensor {
        self.var(dim: [dim], correction: unbiased ? 1 : 0, keepdim: keepdim)
    }

    /// Returns the standard deviations along the given dimensions; `unbiased` divides by N - 1 instead of N.
    /// PyTorch: `torch.std`.
    public func std(dim: [Int], unbiased: Bool, keepdim: Bool = false) -> Tensor {
        std(dim: dim, correction: unbiased ? 1 : 0, keepdim: keepdim)
    }

    /// Returns the standard deviations along one dimension; `unbiased` divides by N - 1 instead of N.
    /// PyTorch: `torch.std`.
    public func std(dim: Int, unbiased: Bool, keepdim: Bool = false) -> Tensor {
        std(dim: [dim], correction: unbiased ? 1 : 0, keepdim: keepdim)
    }

    /// Same as `varMean(dim:correction:keepdim:)`, for one dimension.
    public func varMean(dim: Int, correction: Double = 1, keepdim: Bool = false) -> (var: Tensor, mean: Tensor) {
        varMean(dim: [dim], correction: correction, keepdim: keepdim)
    }

    /// Same as `varMean(dim:correction:keepdim:)`, for one dimension; `unbiased` divides by N - 1 instead of N.
    public func varMean(dim: Int, unbiased: Bool, keepdim: Bool = false) -> (var: Tensor, mean: Tensor) {
        varMean(dim: [dim], correction: unbiased ? 1 : 0, keepdim: keepdim)
    }

    /// Same as `stdMean(dim:correction:keepdim:)`, for one dimension.
    public func stdMean(dim: Int, correction: Double = 1, keepdim: Bool = false) -> (std: Tensor, mean: Tensor) {
        stdMean(dim: [dim], correction: correction, keepdim: keepdim)
    }

    /// Same as `stdMean(dim:correction:keepdim:)`, for one dimension; `unbiased` divides by N - 1 instead of N.
    public func stdMean(dim: Int, unbiased: Bool, keepdim: Bool = false) -> (std: Tensor, mean: Tensor) {
        stdMean(dim: [dim], correction: unbiased ? 1 : 0, keepdim: keepdim)
    }

    /// Same as `nansum(dim:keepdim:dtype:)`, for one dimension.
    public func nansum(dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        nansum(dim: [dim], keepdim: keepdim, dtype: dtype)
    }

    /// Same as `nanmean(dim:keepdim:dtype:)`, for one dimension.
    public func nanmean(dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
        nanmean(dim: [dim], keepdim: keepdim, dtype: dtype)
    }

    /// Same as `countNonzero(dim:)`, for one dimension.
    public func countNonzero(dim: Int) -> Tensor { countNonzero(dim: [dim]) }

    // MARK: Products, activations, draws

    /// Same as `pinverse(_:)`, with PyTorch's argument label.
    public func pinverse(rcond: Double) -> Tensor { pinverse(rcond) }

    /// Same as `matrixPower(_:)`, with PyTorch's argument label.
    public func matrixPower(n: Int) -> Tensor { matrixPower(n) }

    /// Same as `polygamma(_:)`, with PyTorch's argument label.
    public func polygamma(n: Int) -> Tensor { polygamma(n) }

    /// Same as `mvlgamma(_:)`, with PyTorch's argument label.
    public func mvlgamma(p: Int) -> Tensor { mvlgamma(p) }

    /// Same as `leakyRelu(_:)`, with PyTorch's argument label.
    public func leakyRelu(negativeSlope: Double) -> Tensor { leakyRelu(negativeSlope) }

    /// Same as `hardtanh(_:_:)`, with PyTorch's argument labels.
    public func hardtanh(minVal: Double, maxVal: Double) -> Tensor { hardtanh(minVal, maxVal) }

    /// Same as `threshold(_:_:)`, with PyTorch's argument labels.
    public func threshold(threshold: Double, value: Double) -> Tensor { self.threshold(threshold, value) }

    /// Same as `hardshrink(_:)`, with PyTorch's argument label.
    public func hardshrink(lambd: Double) -> Tensor { hardshrink(lambd) }

    /// Same as `softshrink(_:)`, with PyTorch's argument label.
    public func softshrink(lambd: Double) -> Tensor { softshrink(lambd) }

    /// Same as `multinomial(_:replacement:generator:)`, with PyTorch's argument label.
    public func multinomial(numSamples: Int, replacement: Bool = false, generator: Generator = .default) -> Tensor {
        multinomial(numSamples, replacement: replacement, generator: generator)
    }

    /// Same as `bernoulli_(_:generator:)`, with PyTorch's argument label.
    @discardableResult
    public func bernoulli_(p: Double, generator: Generator = .default) -> Tensor {
        bernoulli_(p, generator: generator)
    }

    /// Same as `geometric_(_:generator:)`, with PyTorch's argument label.
    @discardableResult
    public func geometric_(p: Double, generator: Generator = .default) -> Tensor {
        geometric_(p, generator: generator)
    }

    /// Same as `exponential_(_:generator:)`, with PyTorch's argument label.
    @discardableResult
    public func exponential_(lambd: Double, generator: Generator = .default) -> Tensor {
        exponential_(lambd, generator: generator)
    }

    /// Same as `normal_(_:_:generator:)`, with PyTorch's argument labels.
    @discardableResult
    public func normal_(mean: Double, std: Double = 1, generator: Generator = .default) -> Tensor {
        normal_(mean, std, generator: generator)
    }

    /// Same as `uniform_(_:_:generator:)`, with PyTorch's argument labels.
    @discardableResult
    public func uniform_(from: Double, to: Double = 1, generator: Generator = .default) -> Tensor {
        uniform_(from, to, generator: generator)
    }

    // MARK: A bare first argument, and labels for the others

    /// Same as `unflatten(_:_:)`, with PyTorch's argument labels.
    public func unflatten(_ dim: Int, sizes: some Collection<Int>) -> Tensor { unflatten(dim, Array(sizes)) }

    /// Same as `rot90(_:_:)`, with PyTorch's argument labels.
    public func rot90(_ k: Int, dims: [Int]) -> Tensor { rot90(k, dims) }

    /// Same as `unfold(_:_:_:)`, with PyTorch's argument labels.
    public func unfold(_ dimension: Int, size: Int, step: Int) -> Tensor { unfold(dimension, size, step) }

    /// Same as `transpose(_:_:)`, with PyTorch's argument labels.
    public func transpose(_ dim0: Int, dim1: Int) -> Tensor { transpose(dim0, dim1) }

    /// Same as `movedim(_:_:)`, with PyTorch's argument labels.
    public func movedim(_ source: Int, destination: Int) -> Tensor { movedim(source, destination) }

    /// Same as `select(_:_:)`, with PyTorch's argument labels.
    public func select(_ dim: Int, index: Int) -> Tensor { select(dim, index) }

    /// Same as `narrow(_:_:_:)`, with PyTorch's argument labels.
    public func narrow(_ dim: Int, start: Int, length: Int) -> Tensor { narrow(dim, start, length) }

    /// Same as `takeAlongDim(_:_:)`, with PyTorch's argument labels.
    public func takeAlongDim(_ indices: Tensor, dim: Int) -> Tensor { takeAlongDim(indices, dim) }

    /// Same as `lerp(_:_:)`, with PyTorch's argument labels.
    public func lerp(_ end: Tensor, weight: some TensorOperand) -> Tensor { lerp(end, weight) }

    /// Same as `lerp_(_:_:)`, with PyTorch's argument labels.
    @discardableResult
    public func lerp_(_ end: Tensor, weight: some TensorOperand) -> Tensor { lerp_(end, weight) }

    /// Same as `linear(_:_:)`, with PyTorch's argument labels.
    public func linear(_ weight: Tensor, bias: Tensor?) -> Tensor { linear(weight, bias) }

    /// Same as `maskedFill(_:_:)`, with PyTorch's argument labels.
    public func maskedFill(_ mask: Tensor, value: some TensorOperand) -> Tensor { maskedFill(mask, value) }

    /// Same as `maskedFill(_:_:)`, with PyTorch's argument labels.
    public func maskedFill(mask: Tensor, value: some TensorOperand) -> Tensor { maskedFill(mask, value) }

    /// Same as `maskedFill_(_:_:)`, with PyTorch's argument labels.
    @discardableResult
    public func maskedFill_(_ mask: Tensor, value: some TensorOperand) -> Tensor { maskedFill_(mask, value) }

    /// Same as `maskedFill_(_:_:)`, with PyTorch's argument labels.
    @discardableResult
    public func maskedFill_(mask: Tensor, value: some TensorOperand) -> Tensor { maskedFill_(mask, value) }

    /// Same as `maskedSelect(_:)`, with PyTorch's argument labels.
    public func maskedSelect(mask: Tensor) -> Tensor { maskedSelect(mask) }

    /// Same as `take(_:)`, with PyTorch's argument labels.
    public func take(index: Tensor) -> Tensor { take(index) }

    /// Same as `pad(_:mode:value:)`, with PyTorch's argument labels.
    public func pad(pad: [Int], mode: PaddingMode = .constant, value: Scalar? = nil) -> Tensor {
        self.pad(pad, mode: mode, value: value)
    }

    /// Same as `scatter(dim:index:source:)`, with PyTorch's argument labels.
    public func scatter(dim: Int, index: Tensor, src: some TensorOperand) -> Tensor {
        scatter(dim: dim, index: index, source: src)
    }

    /// Same as `scatter(dim:index:source:)`, with PyTorch's argument labels.
    public func scatter(dim: Int, index: Tensor, value: some ScalarConvertible) -> Tensor {
        scatter(dim: dim, index: index, source: value)
    }

    /// Same as `scatter_(dim:index:source:)`, with PyTorch's argument labels.
    @discardableResult
    public func scatter_(dim: Int, index: Tensor, src: some TensorOperand) -> Tensor {
        scatter_(dim: dim, index: index, source: src)
    }

    /// Same as `scatter_(dim:index:source:)`, with PyTorch's argument labels.
    @discardableResult
    public func scatter_(dim: Int, index: Tensor, value: some ScalarConvertible) -> Tensor {
        scatter_(dim: dim, index: index, source: value)
    }

    /// Same as `scatterAdd(dim:index:source:)`, with PyTorch's argument labels.
    public func scatterAdd(dim: Int, index: Tensor, src: Tensor) -> Tensor {
        scatterAdd(dim: dim, index: index, source: src)
    }

    /// Same as `scatterReduce(dim:index:source:reduce:includeSelf:)`, with PyTorch's argument labels.
    public func scatterReduce(
        dim: Int, index: Tensor, src: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
    ) -> Tensor {
        scatterReduce(dim: dim, index: index, source: src, reduce: reduce, includeSelf: includeSelf)
    }

    /// Same as `scatterAdd_(dim:index:source:)`, with PyTorch's argument labels.
    @discardableResult
    public func scatterAdd_(dim: Int, index: Tensor, src: Tensor) -> Tensor {
        scatterAdd_(dim: dim, index: index, source: src)
    }

    /// Same as `scatterReduce_(dim:index:source:reduce:includeSelf:)`, with PyTorch's argument labels.
    @discardableResult
    public func scatterReduce_(
        dim: Int, index: Tensor, src: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
    ) -> Tensor {
        scatterReduce_(dim: dim, index: index, source: src, reduce: reduce, includeSelf: includeSelf)
    }

    // MARK: Numbers

    /// Same as `pow(_:)`, with PyTorch's argument labels.
    public func pow(exponent: some TensorOperand) -> Tensor { pow(exponent) }

    /// Same as `clampMin(_:)`, with PyTorch's argument labels.
    public func clampMin(min: some TensorOperand) -> Tensor { clampMin(min) }

    /// Same as `clampMax(_:)`, with PyTorch's argument labels.
    public func clampMax(max: some TensorOperand) -> Tensor { clampMax(max) }

    /// Same as `fill_(_:)`, with PyTorch's argument labels.
    @discardableResult
    public func fill_(value: some ScalarConvertible) -> Tensor { fill_(value) }

    /// Same as `leakyRelu_(_:)`, with PyTorch's argument labels.
    @discardableResult
    public func leakyRelu_(negativeSlope: Double) -> Tensor { leakyRelu_(negativeSlope) }

    /// Same as `hardtanh_(_:_:)`, with PyTorch's argument labels.
    @discardableResult
    public func hardtanh_(minVal: Double, maxVal: Double) -> Tensor { hardtanh_(minVal, maxVal) }

    /// Same as `threshold_(_:_:)`, with PyTorch's argument labels.
    @discardableResult
    public func threshold_(threshold: Double, value: Double) -> Tensor { threshold_(threshold, value) }

    /// Same as `normal_(_:_:generator:)`, with PyTorch's argument labels.
    @discardableResult
    public func normal_(_ mean: Double, std: Double, generator: Generator = .default) -> Tensor {
        normal_(mean, std, generator: generator)
    }

    /// Same as `uniform_(_:_:generator:)`, with PyTorch's argument labels.
    @discardableResult
    public func uniform_(_ from: Double, to: Double, generator: Generator = .default) -> Tensor {
        uniform_(from, to, generator: generator)
    }

    /// Returns the larger of each two elements. PyTorch: `torch.max`.
    public func max(_ other: Tensor) -> Tensor { maximum(other) }

    /// Returns the smaller of each two elements. PyTorch: `torch.min`.
    public func min(_ other: Tensor) -> Tensor { minimum(other) }

    /// Returns this tensor's elements where the condition is true, otherwise those of `other`. PyTorch: `Tensor.where`.
    public func `where`(_ condition: Tensor, _ other: some TensorOperand) -> Tensor {
        Torch.where(condition, self, other)
    }

    /// Same as `where(_:_:)`, with PyTorch's argument labels.
    public func `where`(condition: Tensor, other: some TensorOperand) -> Tensor { Torch.where(condition, self, other) }

    // MARK: Devices and gradients

    /// Same as `to(_:copy:memoryFormat:)`, for the text of a device: `x.to("cuda:1")`.
    /// - Precondition: the text names a device.
    public func to(_ device: String, copy: Bool = false, memoryFormat: MemoryFormat = .preserve) -> Tensor {
        do {
            return try to(Device(device), copy: copy, memoryFormat: memoryFormat)
        } catch {
            return fail(error as? TorchError ?? TorchError(.runtime, "\(error)"))
        }
    }

    /// Same as `requiresGrad_(_:)`, with PyTorch's argument label.
    @discardableResult
    public func requiresGrad_(requiresGrad: Bool) -> Tensor { requiresGrad_(requiresGrad) }

    /// Same as `backward(_:retainGraph:createGraph:)`, with PyTorch's argument label.
    public func backward(gradient: Tensor?, retainGraph: Bool? = nil, createGraph: Bool = false) {
        backward(gradient, retainGraph: retainGraph, createGraph: createGraph)
    }
}

// MARK: - Functions

/// Same as `grad(_:_:gradOutput:retainGraph:createGraph:)`, with PyTorch's argument labels.
public func grad(
    outputs: Tensor, inputs: Tensor, gradOutputs: Tensor? = nil, retainGraph: Bool? = nil, createGraph: Bool = false
) -> Tensor {
    grad(outputs, inputs, gradOutput: gradOutputs, retainGraph: retainGraph, createGraph: createGraph)
}

/// Same as `grad(_:_:gradOutputs:retainGraph:createGraph:allowUnused:)`, with PyTorch's argument labels.
public func grad(
    outputs: [Tensor], inputs: [Tensor], gradOutputs: [Tensor?]? = nil, retainGraph: Bool? = nil,
    createGraph: Bool = false, allowUnused: Bool = false
) -> [Tensor?] {
    grad(
        outputs, inputs, gradOutputs: gradOutputs, retainGraph: retainGraph, createGraph: createGraph,
        allowUnused: allowUnused)
}

/// Same as `groupNorm(_:_:weight:bias:eps:)`, with PyTorch's argument label.
public func groupNorm(
    _ input: Tensor, numGroups: Int, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
) -> Tensor {
    groupNorm(input, numGroups, weight: weight, bias: bias, eps: eps)
}

/// Same as `dropout(_:p:training:)`, without a label for the probability.
public func dropout(_ input: Tensor, _ p: Double, training: Bool = true) -> Tensor {
    dropout(input, p: p, training: training)
}

/// Same as `dropout1d(_:p:training:)`, without a label for the probability.
public func dropout1d(_ input: Tensor, _ p: Double, training: Bool = true) -> Tensor {
    dropout1d(input, p: p, training: training)
}

/// Same as `dropout2d(_:p:training:)`, without a label for the probability.
public func dropout2d(_ input: Tensor, _ p: Double, training: Bool = true) -> Tensor {
    dropout2d(input, p: p, training: training)
}

/// Same as `dropout3d(_:p:training:)`, without a label for the probability.
public func dropout3d(_ input: Tensor, _ p: Double, training: Bool = true) -> Tensor {
    dropout3d(input, p: p, training: training)
}

/// Same as `alphaDropout(_:p:training:)`, without a label for the probability.
public func alphaDropout(_ input: Tensor, _ p: Double, training: Bool = false) -> Tensor {
    alphaDropout(input, p: p, training: training)
}

/// Same as `featureAlphaDropout(_:p:training:)`, without a label for the probability.
public func featureAlphaDropout(_ input: Tensor, _ p: Double, training: Bool = false) -> Tensor {
    featureAlphaDropout(input, p: p, training: training)
}
