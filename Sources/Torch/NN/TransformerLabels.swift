// PyTorch's names for the leading arguments of the attention modules: `MultiheadAttention(embedDim: 8, numHeads: 2)`
// for `MultiheadAttention(8, 2)`.

extension MultiheadAttention {
    /// Like the initializer without names.
    public convenience init(
        embedDim: Int, numHeads: Int, dropout: Double = 0, bias: Bool = true, addBiasKV: Bool = false,
        addZeroAttn: Bool = false, kdim: Int? = nil, vdim: Int? = nil, batchFirst: Bool = false,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            embedDim, numHeads, dropout: dropout, bias: bias, addBiasKV: addBiasKV, addZeroAttn: addZeroAttn,
            kdim: kdim, vdim: vdim, batchFirst: batchFirst, dtype: dtype, device: device)
    }

    /// Like the initializer without names, with PyTorch's name for the second number.
    public convenience init(
        _ embedDim: Int, numHeads: Int, dropout: Double = 0, bias: Bool = true, addBiasKV: Bool = false,
        addZeroAttn: Bool = false, kdim: Int? = nil, vdim: Int? = nil, batchFirst: Bool = false,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            embedDim, numHeads, dropout: dropout, bias: bias, addBiasKV: addBiasKV, addZeroAttn: addZeroAttn,
            kdim: kdim, vdim: vdim, batchFirst: batchFirst, dtype: dtype, device: device)
    }
}

extension TransformerEncoderLayer {
    /// Like the initializer without names.
    public convenience init(
        dModel: Int, nhead: Int, dimFeedforward: Int = 2048, dropout: Double = 0.1,
        activation: TransformerActivation = .relu, layerNormEps: Double = 1e-5, batchFirst: Bool = false,
        normFirst: Bool = false, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            dModel, nhead, dimFeedforward: dimFeedforward, dropout: dropout, activation: activation,
            layerNormEps: layerNormEps, batchFirst: batchFirst, normFirst: normFirst, bias: bias, dtype: dtype,
            device: device)
    }

    /// Like the initializer without names, with PyTorch's name for the second number.
    public convenience init(
        _ dModel: Int, nhead: Int, dimFeedforward: Int = 2048, dropout: Double = 0.1,
        activation: TransformerActivation = .relu, layerNormEps: Double = 1e-5, batchFirst: Bool = false,
        normFirst: Bool = false, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            dModel, nhead, dimFeedforward: dimFeedforward, dropout: dropout, activation: activation,
            layerNormEps: layerNormEps, batchFirst: batchFirst, normFirst: normFirst, bias: bias, dtype: dtype,
            device: device)
    }
}

extension TransformerDecoderLayer {
    /// Like the initializer without names.
    public convenience init(
        dModel: Int, nhead: Int, dimFeedforward: Int = 2048, dropout: Double = 0.1,
        activation: TransformerActivation = .relu, layerNormEps: Double = 1e-5, batchFirst: Bool = false,
        normFirst: Bool = false, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            dModel, nhead, dimFeedforward: dimFeedforward, dropout: dropout, activation: activation,
            layerNormEps: layerNormEps, batchFirst: batchFirst, normFirst: normFirst, bias: bias, dtype: dtype,
            device: device)
    }

    /// Like the initializer without names, with PyTorch's name for the second number.
    public convenience init(
        _ dModel: Int, nhead: Int, dimFeedforward: Int = 2048, dropout: Double = 0.1,
        activation: TransformerActivation = .relu, layerNormEps: Double = 1e-5, batchFirst: Bool = false,
        normFirst: Bool = false, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            dModel, nhead, dimFeedforward: dimFeedforward, dropout: dropout, activation: activation,
            layerNormEps: layerNormEps, batchFirst: batchFirst, normFirst: normFirst, bias: bias, dtype: dtype,
            device: device)
    }
}

extension Transformer {
    /// Like the initializer without names.
    public convenience init(
        dModel: Int, nhead: Int = 8, numEncoderLayers: Int = 6, numDecoderLayers: Int = 6,
        dimFeedforward: Int = 2048, dropout: Double = 0.1, activation: TransformerActivation = .relu,
        customEncoder: (any TransformerEncoding)? = nil, customDecoder: (any TransformerDecoding)? = nil,
        layerNormEps: Double = 1e-5, batchFirst: Bool = false, normFirst: Bool = false, bias: Bool = true,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            dModel, nhead, numEncoderLayers: numEncoderLayers, numDecoderLayers: numDecoderLayers,
            dimFeedforward: dimFeedforward, dropout: dropout, activation: activation, customEncoder: customEncoder,
            customDecoder: customDecoder, layerNormEps: layerNormEps, batchFirst: batchFirst, normFirst: normFirst,
            bias: bias, dtype: dtype, device: device)
    }

    /// Like the initializer without names, with PyTorch's name for the second number.
    public convenience init(
        _ dModel: Int = 512, nhead: Int, numEncoderLayers: Int = 6, numDecoderLayers: Int = 6,
        dimFeedforward: Int = 2048, dropout: Double = 0.1, activation: TransformerActivation = .relu,
        customEncoder: (any TransformerEncoding)? = nil, customDecoder: (any TransformerDecoding)? = nil,
        layerNormEps: Double = 1e-5, batchFirst: Bool = false, normFirst: Bool = false, bias: Bool = true,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            dModel, nhead, numEncoderLayers: numEncoderLayers, numDecoderLayers: numDecoderLayers,
            dimFeedforward: dimFeedforward, dropout: dropout, activation: activation, customEncoder: customEncoder,
            customDecoder: customDecoder, layerNormEps: layerNormEps, batchFirst: batchFirst, normFirst: normFirst,
            bias: bias, dtype: dtype, device: device)
    }
}

extension TransformerEncoder {
    /// Like the initializer without names, with PyTorch's name for the number.
    public convenience init(
        _ encoderLayer: TransformerEncoderLayer, numLayers: Int, norm: (any Layer)? = nil,
        enableNestedTensor: Bool = true, maskCheck: Bool = true
    ) {
        self.init(
            encoderLayer, numLayers, norm: norm, enableNestedTensor: enableNestedTensor, maskCheck: maskCheck)
    }
}

extension TransformerDecoder {
    /// Like the initializer without names, with PyTorch's name for the number.
    public convenience init(_ decoderLayer: TransformerDecoderLayer, numLayers: Int, norm: (any Layer)? = nil) {
        self.init(decoderLayer, numLayers, norm: norm)
    }
}
