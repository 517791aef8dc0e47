/// The activation between the linear layers of a transformer layer.
public enum TransformerActivation {
    /// max(x, 0).
    case relu
    /// x · Φ(x), with the normal distribution's cumulative distribution function.
    case gelu
    /// Any function.
    case function((Tensor) -> Tensor)
    /// A module, which is a child of the layer.
    case module(any Layer)

    func callAsFunction(_ input: Tensor) -> Tensor {
        switch self {
        case .relu: input.relu()
        case .gelu: input.gelu()
        case .function(let body): body(input)
        case .module(let module): module(input)
        }
    }

    /// The child of the layer, if there is one.
    var child: [(name: String, module: Module)] {
        if case .module(let module) = self { [("activation", module)] } else { [] }
    }

    var isReluOrGelu: Bool {
        switch self {
        case .relu, .gelu: true
        case .function: false
        case .module(let module): module is ReLU || module is GELU
        }
    }
}

/// The options of a transformer layer, from which equal layers are made.
struct TransformerOptions {
    let dModel, nhead, dimFeedforward: Int
    let dropout: Double
    let activation: TransformerActivation
    let layerNormEps: Double
    let batchFirst, normFirst, bias: Bool
    let dtype: DType
    let device: Device

    func attention() -> MultiheadAttention {
        let attention = MultiheadAttention(
            dModel, nhead, dropout: dropout, bias: bias, batchFirst: batchFirst, dtype: dtype, device: device)
        attention.keepsOrder = dropout > 0
        return attention
    }

    func linear(_ inFeatures: Int, _ outFeatures: Int) -> Linear {
        Linear(inFeatures, outFeatures, bias: bias, dtype: dtype, device: device)
    }

    func norm() -> LayerNorm {
        LayerNorm([dModel], eps: layerNormEps, bias: bias, dtype: dtype, device: device)
    }

    /// Returns `count` copies of a layer. Raises and returns none if there are too many, or if the activation is a
    /// module with parameters, which Swift cannot copy.
    func copies<Copy: Module>(_ count: Int, _ copy: () -> Copy) -> [Copy] {
        if case .module(let module) = activation, !module.parameters().isEmpty || !module.buffers().isEmpty {
            raise(.value, "the activation \(module.typeName) has parameters, so the layer cannot be copied")
            return []
        }
        guard Tensor.checkViews(count) else { return [] }
        return (0..<Swift.max(0, count)).map { _ in copy() }
    }
}

/// Self-attention, then two linear layers with an activation between them; each of both with dropout, a sum with its
/// input and a layer normalization (Vaswani et al., 2017). PyTorch: `torch.nn.TransformerEncoderLayer`.
public final class TransformerEncoderLayer: Module {
    let options: TransformerOptions
    /// The attention of the sequence to itself.
    public let selfAttn: MultiheadAttention
    /// The first linear layer.
    public let linear1: Linear
    /// The dropout after the activation.
    public let dropout: Dropout
    /// The second linear layer.
    public let linear2: Linear
    /// The normalization of the attention.
    public let norm1: LayerNorm
    /// The normalization of the linear layers.
    public let norm2: LayerNorm
    /// The dropout after the attention.
    public let dropout1: Dropout
    /// The dropout after the linear layers.
    public let dropout2: Dropout

    /// Creates a layer with random weights.
    /// - Parameters:
    ///   - dModel: the size of an element of the sequences.
    ///   - nhead: the number of heads, which divides `dModel`.
    ///   - dimFeedforward: the size between the linear layers.
    ///   - dropout: the probability of all dropouts.
    ///   - activation: the activation between the linear layers.
    ///   - layerNormEps: the number that the normalizations add to the variance.
    ///   - batchFirst: whether sequences are [N, S, dModel] instead of [S, N, dModel].
    ///   - normFirst: whether to normalize the inputs of attention and linear layers instead of the sums.
    ///   - bias: whether linear layers and normalizations have biases.
    ///   - dtype: the dtype of the parameters.
    ///   - device: the device of the parameters.
    public convenience init(
        _ dModel: Int, _ nhead: Int, dimFeedforward: Int = 2048, dropout: Double = 0.1,
        activation: TransformerActivation = .relu, layerNormEps: Double = 1e-5, batchFirst: Bool = false,
        normFirst: Bool = false, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            TransformerOptions(
                dModel: dModel, nhead: nhead, dimFeedforward: dimFeedforward, dropout: dropout, activation: activation,
                layerNormEps: layerNormEps, batchFirst: batchFirst, normFirst: normFirst, bias: bias, dtype: dtype,
                device: device))
    }

    init(_ options: TransformerOptions) {
        self.options = options
        selfAttn = options.attention()
        linear1 = options.linear(options.dModel, options.dimFeedforward)
        dropout = Dropout(options.dropout)
        linear2 = options.linear(options.dimFeedforward, options.dModel)
        norm1 = options.norm()
        norm2 = options.norm()
        dropout1 = Dropout(options.dropout)
        dropout2 = Dropout(options.dropout)
    }

    /// Whether the inputs of attention and linear layers are normalized instead of the sums.
    public var normFirst: Bool { options.normFirst }
    /// The activation between the linear layers.
    public var activation: TransformerActivation { options.activation }

    /// Calls `forward` and the module's hooks.
    /// - Parameters:
    ///   - src: the sequences, [S, N, dModel]; [N, S, dModel] if `batchFirst`; or one, [S, dModel].
    ///   - srcMask: as `attnMask` of `MultiheadAttention`.
    ///   - srcKeyPaddingMask: as `keyPaddingMask` of `MultiheadAttention`.
    ///   - isCausal: a hint that `srcMask` is the causal mask.
    public func callAsFunction(
        _ src: Tensor, srcMask: Tensor? = nil, srcKeyPaddingMask: Tensor? = nil, isCausal: Bool = false
    ) -> Tensor {
        withHooks(src, srcMask, srcKeyPaddingMask, isCausal) {
            forward($0, srcMask: $1, srcKeyPaddingMask: $2, isCausal: $3)
        }
    }

    /// Computes the result, without calling the hooks.
    public func forward(
        _ src: Tensor, srcMask: Tensor? = nil, srcKeyPaddingMask: Tensor? = nil, isCausal: Bool = false
    ) -> Tensor {
        if anyVoid(src, srcMask, srcKeyPaddingMask) { return .void }
        guard AttentionMasks.checkType(srcKeyPaddingMask, "src_key_padding_mask"),
            AttentionMasks.checkType(srcMask, "src_mask")
        else { return .void }
        AttentionMasks.compareTypes(srcKeyPaddingMask, "src_key_padding_mask", srcMask, "src_mask")
        func attend(_ x: Tensor) -> Tensor {
            dropout1(
                selfAttn(
                    x, x, x, keyPaddingMask: srcKeyPaddingMask, needWeights: false, attnMask: srcMask,
                    isCausal: isCausal
                ).output)
        }
        func feedForward(_ x: Tensor) -> Tensor { dropout2(linear2(dropout(activation(linear1(x))))) }
        if normFirst {
            let x = src + attend(norm1(src))
            return x + feedForward(norm2(x))
        }
        let x = norm1(src + attend(src))
        return norm2(x + feedForward(x))
    }

    override func members() -> ModuleMembers {
        ModuleMembers(
            children: [
                ("self_attn", selfAttn), ("linear1", linear1), ("dropout", dropout), ("linear2", linear2),
                ("norm1", norm1), ("norm2", norm2), ("dropout1", dropout1), ("dropout2", dropout2)
            ] + activation.child)
    }
}

/// Self-attention, attention to an encoder's results, then two linear layers with an activation between them; each of
/// the three with dropout, a sum with its input and a layer normalization (Vaswani et al., 2017).
/// PyTorch: `torch.nn.TransformerDecoderLayer`.
public final class TransformerDecoderLayer: Module {
    let options: TransformerOptions
    /// The attention of the sequence to itself.
    public let selfAttn: MultiheadAttention
    /// The attention to the encoder's results.
    public let multiheadAttn: MultiheadAttention
    /// The first linear layer.
    public let linear1: Linear
    /// The dropout after the activation.
    public let dropout: Dropout
    /// The second linear layer.
    public let linear2: Linear
    /// The normalization of the self-attention.
    public let norm1: LayerNorm
    /// The normalization of the attention to the encoder.
    public let norm2: LayerNorm
    /// The normalization of the linear layers.
    public let norm3: LayerNorm
    /// The dropout after the self-attention.
    public let dropout1: Dropout
    /// The dropout after the attention to the encoder.
    public let dropout2: Dropout
    /// The dropout after the linear layers.
    public let dropout3: Dropout

    /// Creates a layer with random weights. The parameters are those of `TransformerEncoderLayer`.
    public convenience init(
        _ dModel: Int, _ nhead: Int, dimFeedforward: Int = 2048, dropout: Double = 0.1,
        activation: TransformerActivation = .relu, layerNormEps: Double = 1e-5, batchFirst: Bool = false,
        normFirst: Bool = false, bias: Bool = true, dtype: DType = defaultDType, device: Device = .default
    ) {
        self.init(
            TransformerOptions(
                dModel: dModel, nhead: nhead, dimFeedforward: dimFeedforward, dropout: dropout, activation: activation,
                layerNormEps: layerNormEps, batchFirst: batchFirst, normFirst: normFirst, bias: bias, dtype: dtype,
                device: device))
    }

    init(_ options: TransformerOptions) {
        self.options = options
        selfAttn = options.attention()
        multiheadAttn = options.attention()
        linear1 = options.linear(options.dModel, options.dimFeedforward)
        dropout = Dropout(options.dropout)
        linear2 = options.linear(options.dimFeedforward, options.dModel)
        norm1 = options.norm()
        norm2 = options.norm()
        norm3 = options.norm()
        dropout1 = Dropout(options.dropout)
        dropout2 = Dropout(options.dropout)
        dropout3 = Dropout(options.dropout)
    }

    /// Whether the inputs of attention and linear layers are normalized instead of the sums.
    public var normFirst: Bool { options.normFirst }
    /// The activation between the linear layers.
    public var activation: TransformerActivation { options.activation }

    /// Calls `forward` and the module's hooks.
    /// - Parameters:
    ///   - tgt: the sequences, [T, N, dModel]; [N, T, dModel] if `batchFirst`; or one, [T, dModel].
    ///   - memory: the encoder's results, in the same form.
    ///   - tgtMask: as `attnMask` of `MultiheadAttention`, for the self-attention.
    ///   - memoryMask: the same for the attention to the encoder.
    ///   - tgtKeyPaddingMask: as `keyPaddingMask` of `MultiheadAttention`, for the self-attention.
    ///   - memoryKeyPaddingMask: the same for the attention to the encoder.
    ///   - tgtIsCausal: a hint that `tgtMask` is the causal mask.
    ///   - memoryIsCausal: a hint that `memoryMask` is the causal mask.
    public func callAsFunction(
        _ tgt: Tensor, _ memory: Tensor, tgtMask: Tensor? = nil, memoryMask: Tensor? = nil,
        tgtKeyPaddingMask: Tensor? = nil, memoryKeyPaddingMask: Tensor? = nil, tgtIsCausal: Bool = false,
        memoryIsCausal: Bool = false
    ) -> Tensor {
        withHooks(
            tgt, memory, tgtMask, memoryMask, tgtKeyPaddingMask, memoryKeyPaddingMask, tgtIsCausal, memoryIsCausal
        ) {
            forward(
                $0, $1, tgtMask: $2, memoryMask: $3, tgtKeyPaddingMask: $4, memoryKeyPaddingMask: $5, tgtIsCausal: $6,
                memoryIsCausal: $7)
        }
    }

    /// Computes the result, without calling the hooks.
    public func forward(
        _ tgt: Tensor, _ memory: Tensor, tgtMask: Tensor? = nil, memoryMask: Tensor? = nil,
        tgtKeyPaddingMask: Tensor? = nil, memoryKeyPaddingMask: Tensor? = nil, tgtIsCausal: Bool = false,
        memoryIsCausal: Bool = false
    ) -> Tensor {
        if anyVoid(tgt, memory) { return .void }
        func attend(_ x: Tensor) -> Tensor {
            dropout1(
                selfAttn(
                    x, x, x, keyPaddingMask: tgtKeyPaddingMask, needWeights: false, attnMask: tgtMask,
                    isCausal: tgtIsCausal
                ).output)
        }
        func attendToMemory(_ x: Tensor) -> Tensor {
            dropout2(
                multiheadAttn(
                    x, memory, memory, keyPaddingMask: memoryKeyPaddingMask, needWeights: false, attnMask: memoryMask,
                    isCausal: memoryIsCausal
                ).output)
        }
        func feedForward(_ x: Tensor) -> Tensor { dropout3(linear2(dropout(activation(linear1(x))))) }
        if normFirst {
            var x = tgt + attend(norm1(tgt))
            x = x + attendToMemory(norm2(x))
            return x + feedForward(norm3(x))
        }
        var x = norm1(tgt + attend(tgt))
        x = norm2(x + attendToMemory(x))
        return norm3(x + feedForward(x))
    }

    override func members() -> ModuleMembers {
        ModuleMembers(
            children: [
                ("self_attn", selfAttn), ("multihead_attn", multiheadAttn), ("linear1", linear1), ("dropout", dropout),
                ("linear2", linear2), ("norm1", norm1), ("norm2", norm2), ("norm3", norm3), ("dropout1", dropout1),
                ("dropout2", dropout2), ("dropout3", dropout3)
            ] + activation.child)
    }
}
