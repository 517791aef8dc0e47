/// Attention with several heads: each projects query, key and value to a part of the embedding and attends with it; a
/// last projection joins the heads (Vaswani et al., 2017). PyTorch: `torch.nn.MultiheadAttention`.
///
///     let attention = MultiheadAttention(512, 8, batchFirst: true)
///     let (y, weights) = attention(x, x, x, keyPaddingMask: padding)
///
/// The projections' weights are drawn as by `Init.xavierUniform_`, `biasK` and `biasV` as by `Init.xavierNormal_`;
/// other biases begin as 0.
public final class MultiheadAttention: Module {
    /// The size of queries and results.
    public let embedDim: Int
    /// The size of keys.
    public let kdim: Int
    /// The size of values.
    public let vdim: Int
    /// The number of heads.
    public let numHeads: Int
    /// The probability with which a weight is dropped in training.
    public let dropout: Double
    /// Whether sequences are [N, L, E] instead of [L, N, E].
    public let batchFirst: Bool
    /// The size of a head's query: `embedDim` / `numHeads`.
    public let headDim: Int
    /// Whether a key and a value of zeros are appended to the sequences.
    public let addZeroAttn: Bool
    /// The projections of query, key and value, [3 · embedDim, embedDim]; nil if their sizes differ.
    @Parameter public var inProjWeight: Tensor?
    /// The projection of queries, [embedDim, embedDim], if sizes differ.
    @Parameter public var qProjWeight: Tensor?
    /// The projection of keys, [embedDim, kdim], if sizes differ.
    @Parameter public var kProjWeight: Tensor?
    /// The projection of values, [embedDim, vdim], if sizes differ.
    @Parameter public var vProjWeight: Tensor?
    /// The summands of the projections, [3 · embedDim], or nil.
    @Parameter public var inProjBias: Tensor?
    /// A key that is appended to all sequences, [1, 1, embedDim], or nil.
    @Parameter public var biasK: Tensor?
    /// A value that is appended to all sequences, [1, 1, embedDim], or nil.
    @Parameter public var biasV: Tensor?
    /// Whether the result's memory is in PyTorch's order in training, because a dropout may follow it.
    var keepsOrder = true
    /// The last projection.
    public let outProj: NonDynamicallyQuantizableLinear

    /// Creates attention with random weights.
    /// - Precondition: `numHeads` divides `embedDim`, and both are positive.
    public init(
        _ embedDim: Int, _ numHeads: Int, dropout: Double = 0, bias: Bool = true, addBiasKV: Bool = false,
        addZeroAttn: Bool = false, kdim: Int? = nil, vdim: Int? = nil, batchFirst: Bool = false,
        dtype: DType = defaultDType, device: Device = .default
    ) {
        var isValid = embedDim > 0 && numHeads > 0
        if !isValid {
            raise(
                .value,
                "embed_dim and num_heads must be greater than 0, got embed_dim=\(embedDim) and num_heads=\(numHeads) instead"
            )
        } else if embedDim % numHeads != 0 {
            raise(.assertion, "embed_dim must be divisible by num_heads")
            isValid = false
        }
        let size = isValid ? embedDim : 1
        self.embedDim = size
        self.numHeads = isValid ? numHeads : 1
        self.kdim = kdim ?? size
        self.vdim = vdim ?? size
        self.dropout = dropout
        self.batchFirst = batchFirst
        self.addZeroAttn = addZeroAttn
        headDim = size / self.numHeads
        func empty(_ sizes: Int...) -> Tensor { Tensor.empty(sizes, dtype: dtype, device: device) }
        if self.kdim == size && self.vdim == size {
            inProjWeight = empty(3 &* size, size)
        } else {
            qProjWeight = empty(size, size)
            kProjWeight = empty(size, self.kdim)
            vProjWeight = empty(size, self.vdim)
        }
        if bias { inProjBias = empty(3 &* size) }
        outProj = NonDynamicallyQuantizableLinear(size, size, bias: bias, dtype: dtype, device: device)
        if addBiasKV {
            biasK = empty(1, 1, size)
            biasV = empty(1, 1, size)
        }
        super.init()
        resetParameters()
    }

    /// Draws the parameters again, except the last projection's weight.
    public func resetParameters() {
        for weight in [inProjWeight, qProjWeight, kProjWeight, vProjWeight] {
            if let weight, !weight.isVoid { Init.xavierUniform_(weight) }
        }
        if let inProjBias { Init.zeros_(inProjBias) }
        if inProjBias != nil, let bias = outProj.bias { Init.zeros_(bias) }
        for bias in [biasK, biasV] {
            if let bias, !bias.isVoid { Init.xavierNormal_(bias) }
        }
    }

    /// Calls `forward` and the module's hooks.
    /// - Parameters:
    ///   - query: [L, N, embedDim]; [N, L, embedDim] if `batchFirst`; or [L, embedDim] without a batch.
    ///   - key: [S, N, kdim] in the same form.
    ///   - value: [S, N, vdim] in the same form.
    ///   - keyPaddingMask: [N, S], or [S] without a batch: bool, true for keys that are ignored, or numbers that are
    ///     added to the scores.
    ///   - needWeights: whether to return the weights. Without them memory is linear in the lengths.
    ///   - attnMask: [L, S] or [N · numHeads, L, S]: bool, true where attention is not allowed, or numbers.
    ///   - averageAttnWeights: whether the returned weights are the mean over the heads.
    ///   - isCausal: a hint that `attnMask` is the causal mask.
    /// - Returns: the result, of the query's sizes, and the weights: [N, L, S], or [N, numHeads, L, S] if they are not
    ///   averaged; without N if there is no batch.
    public func callAsFunction(
        _ query: Tensor, _ key: Tensor, _ value: Tensor, keyPaddingMask: Tensor? = nil, needWeights: Bool = true,
        attnMask: Tensor? = nil, averageAttnWeights: Bool = true, isCausal: Bool = false
    ) -> (output: Tensor, weights: Tensor?) {
        withHooks(query, key, value, keyPaddingMask, needWeights, attnMask, averageAttnWeights, isCausal) {
            forward(
                $0, $1, $2, keyPaddingMask: $3, needWeights: $4, attnMask: $5, averageAttnWeights: $6, isCausal: $7)
        }
    }

    /// Computes the result, without calling the hooks.
    public func forward(
        _ query: Tensor, _ key: Tensor, _ value: Tensor, keyPaddingMask: Tensor? = nil, needWeights: Bool = true,
        attnMask: Tensor? = nil, averageAttnWeights: Bool = true, isCausal: Bool = false
    ) -> (output: Tensor, weights: Tensor?) {
        let heads = AttentionHeads(
            embedDim: embedDim, count: numHeads, inProjWeight: inProjWeight, inProjBias: inProjBias,
            usesSeparateWeights: inProjWeight == nil, qProjWeight: qProjWeight, kProjWeight: kProjWeight,
            vProjWeight: vProjWeight, biasK: biasK, biasV: biasV, addsZeros: addZeroAttn, outProjWeight: outProj.weight,
            outProjBias: outProj.bias, dropoutP: isTraining ? dropout : 0, batchFirst: batchFirst,
            keepsOrder: isTraining && keepsOrder)
        return heads(
            query, key, value, keyPaddingMask: keyPaddingMask, attnMask: attnMask, isCausal: isCausal,
            needWeights: needWeights, averages: averageAttnWeights)
    }

    override func members() -> ModuleMembers {
        var members = ModuleMembers()
        members.add(_inProjWeight, "in_proj_weight")
        members.add(_qProjWeight, "q_proj_weight")
        members.add(_kProjWeight, "k_proj_weight")
        members.add(_vProjWeight, "v_proj_weight")
        members.add(_inProjBias, "in_proj_bias")
        members.add(_biasK, "bias_k")
        members.add(_biasV, "bias_v")
        members.children = [("out_proj", outProj)]
        return members
    }
}

/// The last projection of `MultiheadAttention`: a linear layer under a name of its own, which PyTorch prints.
public final class NonDynamicallyQuantizableLinear: Linear {}
