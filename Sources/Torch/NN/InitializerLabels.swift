// PyTorch's names for the leading arguments of the modules: `Linear(inFeatures: 3, outFeatures: 4)` for `Linear(3, 4)`.

extension Linear {
    /// Like `init(_:_:bias:dtype:device:)`, with PyTorch's names.
    public convenience init(
        inFeatures: Int, outFeatures: Int, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(inFeatures, outFeatures, bias: bias, dtype: dtype, device: device)
    }

    /// Like `init(_:_:bias:dtype:device:)`, with PyTorch's name for the second size.
    public convenience init(
        _ inFeatures: Int, outFeatures: Int, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(inFeatures, outFeatures, bias: bias, dtype: dtype, device: device)
    }
}

extension Bilinear {
    /// Like `init(_:_:_:bias:dtype:device:)`, with PyTorch's names.
    public convenience init(
        in1Features: Int, in2Features: Int, outFeatures: Int, bias: Bool = true, dtype: DType = defaultDType,
        device: Device = .default
    ) {
        self.init(in1Features, in2Features, outFeatures, bias: bias, dtype: dtype, device: device)
    }
}

extension Embedding {
    /// Like the initializer without the first two names.
    public convenience init(
        numEmbeddings: Int, embeddingDim: Int, paddingIdx: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
        scaleGradByFreq: Bool = false, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            numEmbeddings, embeddingDim, paddingIdx: paddingIdx, maxNorm: maxNorm, normType: normType,
            scaleGradByFreq: scaleGradByFreq, dtype: dtype, device: device)
    }

    /// Like the initializer without the first two names, with PyTorch's name for the second size.
    public convenience init(
        _ numEmbeddings: Int, embeddingDim: Int, paddingIdx: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
        scaleGradByFreq: Bool = false, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            numEmbeddings, embeddingDim, paddingIdx: paddingIdx, maxNorm: maxNorm, normType: normType,
            scaleGradByFreq: scaleGradByFreq, dtype: dtype, device: device)
    }
}

extension EmbeddingBag {
    /// Like the initializer without the first two names.
    public convenience init(
        numEmbeddings: Int, embeddingDim: Int, maxNorm: Double? = nil, normType: Double = 2,
        scaleGradByFreq: Bool = false, mode: EmbeddingBagMode = .mean, includeLastOffset: Bool = false,
        paddingIdx: Int? = nil, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            numEmbeddings, embeddingDim, maxNorm: maxNorm, normType: normType, scaleGradByFreq: scaleGradByFreq,
            mode: mode, includeLastOffset: includeLastOffset, paddingIdx: paddingIdx, dtype: dtype, device: device
        )
    }
}

extension DropoutModule {
    /// Like `init(_:inplace:)`, with PyTorch's name.
    public convenience init(p: Double, inplace: Bool = false) { self.init(p, inplace: inplace) }
}

extension LeakyReLU {
    /// Like `init(_:inplace:)`, with PyTorch's name.
    public convenience init(negativeSlope: some ScalarConvertible, inplace: Bool = false) {
        self.init(negativeSlope, inplace: inplace)
    }
}

extension PReLU {
    /// Like `init(_:init:dtype:device:)`, with PyTorch's name.
    public convenience init(
        numParameters: Int, init value: Double = 0.25, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(numParameters, init: value, dtype: dtype, device: device)
    }
}

extension ELU {
    /// Like `init(alpha:inplace:)`, without the name.
    public convenience init(_ alpha: some ScalarConvertible, inplace: Bool = false) {
        self.init(alpha: alpha, inplace: inplace)
    }
}

extension CELU {
    /// Like `init(alpha:inplace:)`, without the name.
    public convenience init(_ alpha: some ScalarConvertible, inplace: Bool = false) {
        self.init(alpha: alpha, inplace: inplace)
    }
}

extension Hardtanh {
    /// Like `init(_:_:inplace:)`, with PyTorch's names.
    public convenience init(minVal: some ScalarConvertible, maxVal: some ScalarConvertible, inplace: Bool = false) {
        self.init(minVal, maxVal, inplace: inplace)
    }
}

extension Hardshrink {
    /// Like `init(_:)`, with PyTorch's name.
    public convenience init(lambd: some ScalarConvertible) { self.init(lambd) }
}

extension Softshrink {
    /// Like `init(_:)`, with PyTorch's name.
    public convenience init(lambd: some ScalarConvertible) { self.init(lambd) }
}

extension Threshold {
    /// Like `init(_:_:inplace:)`, with PyTorch's names.
    public convenience init(threshold: some ScalarConvertible, value: some ScalarConvertible, inplace: Bool = false) {
        self.init(threshold, value, inplace: inplace)
    }
}

extension Flatten {
    /// Like `init(startDim:endDim:)`, without the names.
    public convenience init(_ startDim: Int, _ endDim: Int = -1) { self.init(startDim: startDim, endDim: endDim) }
}

extension Unflatten {
    /// Like `init(_:_:)`, with PyTorch's names.
    public convenience init(dim: Int, unflattenedSize: [Int]) { self.init(dim, unflattenedSize) }

    /// Like `init(_:_:)`, for a `Size`.
    public convenience init(_ dim: Int, _ unflattenedSize: Size) { self.init(dim, unflattenedSize.sizes) }
}

extension SoftmaxModule {
    /// Like `init(dim:)`, without the name.
    public convenience init(_ dim: Int) { self.init(dim: dim) }
}

extension GLU {
    /// Like `init(dim:)`, without the name.
    public convenience init(_ dim: Int) { self.init(dim: dim) }
}

extension Module {
    /// Like `to(_:)`, with PyTorch's name.
    @discardableResult
    public final func to(dtype: DType) -> Self { to(dtype) }

    /// Like `to(_:)`, with PyTorch's name.
    @discardableResult
    public final func to(device: Device) -> Self { to(device) }

    /// Like `to(_:_:)`, with PyTorch's names.
    @discardableResult
    public final func to(device: Device, dtype: DType) -> Self { to(device, dtype) }

    /// Like `to(_:)`, for the text of a device: `model.to("cuda:1")`.
    /// - Precondition: the text names a device.
    @discardableResult
    public final func to(_ device: String) -> Self {
        do {
            return to(try Device(device))
        } catch {
            raise(error as? TorchError ?? TorchError(.runtime, "\(error)"))
            return self
        }
    }

    /// Like `train(_:)`, with PyTorch's name.
    @discardableResult
    public final func train(mode: Bool) -> Self { train(mode) }

    /// Like `requiresGrad_(_:)`, with PyTorch's name.
    @discardableResult
    public final func requiresGrad_(requiresGrad: Bool) -> Self { requiresGrad_(requiresGrad) }
}

extension CrossEntropyLoss {
    /// Like `init(weight:ignoreIndex:reduction:labelSmoothing:)`, without the first name.
    public convenience init(
        _ weight: Tensor, ignoreIndex: Int = -100, reduction: LossReduction = .mean, labelSmoothing: Double = 0
    ) {
        self.init(weight: weight, ignoreIndex: ignoreIndex, reduction: reduction, labelSmoothing: labelSmoothing)
    }
}

extension NLLLoss {
    /// Like `init(weight:ignoreIndex:reduction:)`, without the first name.
    public convenience init(_ weight: Tensor, ignoreIndex: Int = -100, reduction: LossReduction = .mean) {
        self.init(weight: weight, ignoreIndex: ignoreIndex, reduction: reduction)
    }
}

extension Init {
    /// Like `uniform_(_:_:_:generator:)`, with PyTorch's names.
    @discardableResult
    public static func uniform_(_ tensor: Tensor, a: Double, b: Double = 1, generator: Generator = .default) -> Tensor {
        uniform_(tensor, a, b, generator: generator)
    }

    /// Like `normal_(_:mean:std:generator:)`, without the names.
    @discardableResult
    public static func normal_(
        _ tensor: Tensor, _ mean: Double, _ std: Double = 1, generator: Generator = .default
    ) -> Tensor {
        normal_(tensor, mean: mean, std: std, generator: generator)
    }

    /// Like `constant_(_:_:)`, with PyTorch's name.
    @discardableResult
    public static func constant_(_ tensor: Tensor, val: some ScalarConvertible) -> Tensor { constant_(tensor, val) }
}

/// Like `clipGradNorm_(_:maxNorm:normType:errorIfNonfinite:)`, without the name.
@discardableResult
public func clipGradNorm_(
    _ parameters: [Tensor], _ maxNorm: Double, normType: Double = 2, errorIfNonfinite: Bool = false
) -> Tensor {
    clipGradNorm_(parameters, maxNorm: maxNorm, normType: normType, errorIfNonfinite: errorIfNonfinite)
}

/// Like `clipGradValue_(_:clipValue:)`, without the name.
public func clipGradValue_(_ parameters: [Tensor], _ clipValue: Double) {
    clipGradValue_(parameters, clipValue: clipValue)
}

extension RNN {
    /// Like the initializer without the first two names.
    public convenience init(
        inputSize: Int, hiddenSize: Int, numLayers: Int = 1, nonlinearity: Nonlinearity = .tanh, bias: Bool = true,
        batchFirst: Bool = false, dropout: Double = 0, bidirectional: Bool = false, dtype: DType = defaultDType,
        device: Device = .default
    ) {
        self.init(
            inputSize, hiddenSize, numLayers: numLayers, nonlinearity: nonlinearity, bias: bias, batchFirst: batchFirst,
            dropout: dropout, bidirectional: bidirectional, dtype: dtype, device: device)
    }
}

extension GRU {
    /// Like the initializer without the first two names.
    public convenience init(
        inputSize: Int, hiddenSize: Int, numLayers: Int = 1, bias: Bool = true, batchFirst: Bool = false,
        dropout: Double = 0, bidirectional: Bool = false, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            inputSize, hiddenSize, numLayers: numLayers, bias: bias, batchFirst: batchFirst, dropout: dropout,
            bidirectional: bidirectional, dtype: dtype, device: device)
    }
}

extension LSTM {
    /// Like the initializer without the first two names.
    public convenience init(
        inputSize: Int, hiddenSize: Int, numLayers: Int = 1, bias: Bool = true, batchFirst: Bool = false,
        dropout: Double = 0, bidirectional: Bool = false, projSize: Int = 0, dtype: DType = defaultDType,
        device: Device = .default
    ) {
        self.init(
            inputSize, hiddenSize, numLayers: numLayers, bias: bias, batchFirst: batchFirst, dropout: dropout,
            bidirectional: bidirectional, projSize: projSize, dtype: dtype, device: device)
    }
}

extension RNNCell {
    /// Like the initializer without the first two names.
    public convenience init(
        inputSize: Int, hiddenSize: Int, bias: Bool = true, nonlinearity: RNN.Nonlinearity = .tanh,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(inputSize, hiddenSize, bias: bias, nonlinearity: nonlinearity, dtype: dtype, device: device)
    }
}

extension GRUCell {
    /// Like the initializer without the first two names.
    public convenience init(
        inputSize: Int, hiddenSize: Int, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(inputSize, hiddenSize, bias: bias, dtype: dtype, device: device)
    }
}

extension LSTMCell {
    /// Like the initializer without the first two names.
    public convenience init(
        inputSize: Int, hiddenSize: Int, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(inputSize, hiddenSize, bias: bias, dtype: dtype, device: device)
    }
}
