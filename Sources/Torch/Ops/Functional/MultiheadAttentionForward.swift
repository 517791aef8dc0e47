// Attention with several heads: projections of query, key and value, attention of each head, and a projection of the
// heads' results.

/// Projects query, key and value, lets each of `numHeads` heads attend, and projects the results.
/// PyTorch: `torch.nn.functional.multi_head_attention_forward`.
/// - Parameters:
///   - query: [L, N, E], or [L, E] without a batch.
///   - key: [S, N, Ek] or [S, Ek].
///   - value: [S, N, Ev] or [S, Ev].
///   - embedDimToCheck: E; an error if the query has another size.
///   - numHeads: the number of heads, which divides E.
///   - inProjWeight: the projections of query, key and value, [3 · E, E].
///   - inProjBias: their summands, [3 · E].
///   - biasK: a further key, [1, 1, E], which is appended to all sequences.
///   - biasV: a further value of the same form.
///   - addZeroAttn: whether to append a key and a value of zeros.
///   - dropoutP: the probability with which a weight is dropped in training.
///   - outProjWeight: the last projection, [E, E].
///   - outProjBias: its summand, [E].
///   - training: whether to drop weights.
///   - keyPaddingMask: [N, S] or [S]: bool, true for keys that are ignored, or numbers that are added to the scores.
///   - needWeights: whether to return the weights. Their memory is L · S for each head.
///   - attnMask: [L, S], or [N · numHeads, L, S]: bool, true where attention is not allowed, or numbers.
///   - useSeparateProjWeight: whether to use the three following weights.
///   - qProjWeight: the projection of queries, [E, E].
///   - kProjWeight: the projection of keys, [E, Ek].
///   - vProjWeight: the projection of values, [E, Ev].
///   - staticK: keys [N · numHeads, S, E / numHeads] to use instead of the projected ones.
///   - staticV: values of the same form.
///   - averageAttnWeights: whether the returned weights are the mean over the heads.
///   - isCausal: a hint that `attnMask` is the causal mask, which then need not be read.
/// - Returns: [L, N, E] or [L, E], and the weights: [N, L, S] or [L, S]; with a dimension `numHeads` before L if they
///   are not averaged.
public func multiHeadAttentionForward(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, embedDimToCheck: Int, numHeads: Int, inProjWeight: Tensor?,
    inProjBias: Tensor?, biasK: Tensor?, biasV: Tensor?, addZeroAttn: Bool, dropoutP: Double, outProjWeight: Tensor,
    outProjBias: Tensor?, training: Bool = true, keyPaddingMask: Tensor? = nil, needWeights: Bool = true,
    attnMask: Tensor? = nil, useSeparateProjWeight: Bool = false, qProjWeight: Tensor? = nil,
    kProjWeight: Tensor? = nil, vProjWeight: Tensor? = nil, staticK: Tensor? = nil, staticV: Tensor? = nil,
    averageAttnWeights: Bool = true, isCausal: Bool = false
) -> (output: Tensor, weights: Tensor?) {
    let heads = AttentionHeads(
        embedDim: embedDimToCheck, count: numHeads, inProjWeight: inProjWeight, inProjBias: inProjBias,
        usesSeparateWeights: useSeparateProjWeight, qProjWeight: qProjWeight, kProjWeight: kProjWeight,
        vProjWeight: vProjWeight, biasK: biasK, biasV: biasV, staticK: staticK, staticV: staticV,
        addsZeros: addZeroAttn, outProjWeight: outProjWeight, outProjBias: outProjBias,
        dropoutP: training ? dropoutP : 0, batchFirst: false)
    return heads(
        query, key, value, keyPaddingMask: keyPaddingMask, attnMask: attnMask, isCausal: isCausal,
        needWeights: needWeights, averages: averageAttnWeights)
}

/// The parameters of attention with several heads.
struct AttentionHeads {
    let embedDim: Int
    let count: Int
    let inProjWeight, inProjBias: Tensor?
    let usesSeparateWeights: Bool
    let qProjWeight, kProjWeight, vProjWeight: Tensor?
    let biasK, biasV: Tensor?
    var staticK: Tensor?, staticV: Tensor?
    let addsZeros: Bool
    let outProjWeight: Tensor
    let outProjBias: Tensor?
    let dropoutP: Double
    /// Whether sequences are [N, L, E].
    let batchFirst: Bool
    /// Whether the result's memory is always [L, N, E], as in PyTorch. The draws of a dropout after it follow memory.
    var keepsOrder = false

    typealias Result = (output: Tensor, weights: Tensor?)

    private static let void: Result = (.void, nil)

    func callAsFunction(
        _ query: Tensor, _ key: Tensor, _ value: Tensor, keyPaddingMask: Tensor?, attnMask: Tensor?, isCausal: Bool,
        needWeights: Bool, averages: Bool
    ) -> Result {
        if anyVoid(query, key, value, keyPaddingMask, attnMask) { return AttentionHeads.void }
        guard checkRanks(query, key, value, keyPaddingMask, attnMask) else { return AttentionHeads.void }
        if query.dim == 2 {
            let isSame = key === query, batch = batchFirst ? 0 : 1
            let q = query.unsqueeze(batch), k = isSame ? q : key.unsqueeze(batch)
            let result = self(
                q, k, value === key ? k : value.unsqueeze(batch), keyPaddingMask: keyPaddingMask?.unsqueeze(0),
                attnMask: attnMask, isCausal: isCausal, needWeights: needWeights, averages: averages)
            return (result.output.squeeze(batch), result.weights?.squeeze(0))
        }
        guard var masks = masks(query, keyPaddingMask, attnMask, isCausal, needWeights), checkSizes(query, key, value)
        else { return AttentionHeads.void }
        let (batch, length) = (query.sizes[batchDim], query.sizes[1 - batchDim])
        guard var (q, k, v) = project(query, key, value) else { return AttentionHeads.void }
        guard masks.checkAttention(batch * count, count, length, key.sizes[1 - batchDim]) else {
            return AttentionHeads.void
        }
        guard extend(&k, &v, batch, &masks) else { return AttentionHeads.void }
        guard let split = split(q, k, v, batch, length) else { return AttentionHeads.void }
        q = split.q
        (k, v) = extendByZeros(split.k, split.v, &masks)
        guard masks.checkPadding(batch, k.size(2)) else { return AttentionHeads.void }
        let mask = needWeights ? masks.sum(batch, count, q.dtype) : nil
        guard checkBeforeDraws(q, v, mask) else { return AttentionHeads.void }
        var weights: Tensor?
        let attended: Tensor
        if needWeights {
            (attended, weights) = attend(q, k, v, mask)
        } else {
            attended = scaledDotProductAttention(
                q, k, v, attnMask: masks.isCausal ? nil : masks.allowed(batch, count, query.dtype), dropoutP: dropoutP,
                isCausal: masks.isCausal)
        }
        if attended.isVoid { return AttentionHeads.void }
        let isBatchOutside = batchFirst && !keepsOrder
        let rows = attended.permute(isBatchOutside ? [0, 2, 1, 3] : [2, 0, 1, 3]).reshape([batch &* length, embedDim])
        var output = rows.linear(outProjWeight, outProjBias)
        if output.isVoid { return AttentionHeads.void }
        output = output.view((isBatchOutside ? [batch, length] : [length, batch]) + [output.size(1)])
        if batchFirst && keepsOrder { output = output.transpose(0, 1) }
        return (output, averages ? weights?.mean(dim: 1) : weights)
    }

    private var batchDim: Int { batchFirst ? 0 : 1 }

    // MARK: Checks

    private func checkRanks(
        _ query: Tensor, _ key: Tensor, _ value: Tensor, _ keyPaddingMask: Tensor?, _ attnMask: Tensor?
    ) -> Bool {
        guard query.dim == 2 || query.dim == 3 else {
            return refuse(
                "query should be unbatched 2D or batched 3D tensor but received \(query.dim)-D query tensor")
        }
        let form = query.dim == 3 ? "batched (3-D)" : "unbatched (2-D)"
        guard key.dim == query.dim, value.dim == query.dim else {
            return refuse(
                "For \(form) `query`, expected `key` and `value` to be \(query.dim)-D but found \(key.dim)-D and \(value.dim)-D tensors respectively"
            )
        }
        if let mask = keyPaddingMask, mask.dim != query.dim - 1 {
            return refuse(
                "For \(form) `query`, expected `key_padding_mask` to be `None` or \(query.dim - 1)-D but found \(mask.dim)-D tensor instead"
            )
        }
        guard let mask = attnMask else { return true }
        guard mask.dim == 2 || mask.dim == 3 else {
            return refuse(
                "For \(form) `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found \(mask.dim)-D tensor instead"
            )
        }
        if query.dim == 2, mask.dim == 3, mask.sizes != [count, query.sizes[0], key.sizes[0]] {
            return refuse(
                "Expected `attn_mask` shape to be \(PythonText.tuple([count, query.sizes[0], key.sizes[0]])) but got \(mask.shape)"
            )
        }
        return true
    }

    private func checkSizes(_ query: Tensor, _ key: Tensor, _ value: Tensor) -> Bool {
        let size = query.sizes[2]
        guard size == embedDim else {
            return refuse("was expecting embedding dimension of \(embedDim), but got \(size)")
        }
        guard count > 0, embedDim % count == 0 else {
            return refuse("embed_dim \(embedDim) not divisible by num_heads \(count)")
        }
        if usesSeparateWeights {
            guard key.sizes.prefix(2) == value.sizes.prefix(2) else {
                return refuse(
                    "key's sequence and batch dims \(Size(Array(key.sizes.prefix(2)))) do not match value's \(Size(Array(value.sizes.prefix(2))))"
                )
            }
        } else if key.sizes != value.sizes {
            return refuse("key shape \(key.shape) does not match value shape \(value.shape)")
        }
        guard key.sizes[batchDim] == query.sizes[batchDim] else {
            raise(
                .runtime,
                "shape '[\(key.sizes[1 - batchDim]), \(query.sizes[batchDim] &* count), \(embedDim / count)]' is invalid for input of size \(key.sizes[0] &* key.sizes[1] &* embedDim)"
            )
            return false
        }
        return true
    }

    fileprivate static func refuse(_ sentence: String) -> Bool {
        raise(.assertion, sentence)
        return false
    }

    private func refuse(_ sentence: String) -> Bool { AttentionHeads.refuse(sentence) }

    // MARK: Projections

    /// Returns the projected query, key and value, [.., .., E]. They are views of one product if they have one input.
    private func project(_ query: Tensor, _ key: Tensor, _ value: Tensor) -> (Tensor, Tensor, Tensor)? {
        if usesSeparateWeights { return projectSeparately(query, key, value) }
        guard let weight = inProjWeight else {
            _ = refuse("use_separate_proj_weight is False but in_proj_weight is None")
            return nil
        }
        if anyVoid(weight, inProjBias) { return nil }
        if key === value, query === key {
            return columns(query.linear(weight, inProjBias), 3).map { ($0[0], $0[1], $0[2]) }
        }
        if key === value {
            let lengths = [embedDim, 2 &* embedDim]
            let weights = weight.split(lengths), biases = inProjBias?.split(lengths)
            let q = query.linear(weights[0], biases?[0])
            return columns(key.linear(weights[1], biases?[1]), 2).map { (q, $0[0], $0[1]) }
        }
        guard let weights = parts(weight, 3) else { return nil }
        let biases = inProjBias.flatMap { parts($0, 3) }
        guard (biases == nil) == (inProjBias == nil) else { return nil }
        return (
            query.linear(weights[0], biases?[0]), key.linear(weights[1], biases?[1]),
            value.linear(weights[2], biases?[2])
        )
    }

    /// Returns equal parts of the last dimension, as views. Their gradients are joined in one step.
    private func columns(_ x: Tensor, _ count: Int) -> [Tensor]? {
        guard let parts = noGrad({ parts(x.detach(), count, dim: -1) }) else { return nil }
        let sizes = parts.map(\.sizes), dtype = x.dtype, device = x.device
        record("SplitBackward0", results: parts, inputs: [x]) { _, grads in
            let all = zip(grads, sizes).map { $0 ?? Tensor.zeros($1, dtype: dtype, device: device) }
            return [cat(all, dim: -1)]
        }
        return parts
    }

    /// Returns `count` equal parts. Raises and returns nil if there are fewer.
    private func parts(_ x: Tensor, _ count: Int, dim: Int = 0) -> [Tensor]? {
        let parts = x.chunk(count, dim: dim)
        if anyVoid(parts) { return nil }
        if parts.count == count { return parts }
        raise(.value, "not enough values to unpack (expected \(count), got \(parts.count))")
        return nil
    }

    private func projectSeparately(_ query: Tensor, _ key: Tensor, _ value: Tensor) -> (Tensor, Tensor, Tensor)? {
        let inputs = [query, key, value], names = ["query", "key", "value"]
        let weights = [qProjWeight, kProjWeight, vProjWeight]
        for (weight, name) in zip(weights, ["q_proj_weight", "k_proj_weight", "v_proj_weight"]) where weight == nil {
            _ = refuse("use_separate_proj_weight is True but \(name) is None")
            return nil
        }
        if anyVoid(weights.compactMap { $0 } + [inProjBias].compactMap { $0 }) { return nil }
        let biases = inProjBias.flatMap { parts($0, 3) }
        guard (biases == nil) == (inProjBias == nil) else { return nil }
        for ((input, weight), name) in zip(zip(inputs, weights.compactMap { $0 }), names) {
            guard weight.sizes == [embedDim, input.sizes[2]] else {
                _ = refuse(
                    "expecting \(name) weights shape of \(PythonText.tuple([embedDim, input.sizes[2]])), but got \(weight.shape)"
                )
                return nil
            }
        }
        if let biases {
            for (bias, name) in zip(biases, names) where bias.sizes != [embedDim] {
                _ = refuse(
                    "expecting \(name) bias shape of \(PythonText.tuple([embedDim])), but got \(bias.shape)")
                return nil
            }
        }
        let projected = zip(inputs, weights).enumerated().map { i, pair in
            pair.1.map { pair.0.linear($0, biases?[i]) } ?? .void
        }
        return anyVoid(projected) ? nil : (projected[0], projected[1], projected[2])
    }

    /// Appends `biasK` and `biasV` to the sequences.
    private func extend(_ k: inout Tensor, _ v: inout Tensor, _ batch: Int, _ masks: inout AttentionMasks) -> Bool {
        guard let biasK, let biasV else {
            if biasK != nil { return refuse("bias_k is set but bias_v is None") }
            if biasV != nil { return refuse("bias_v is set but bias_k is None") }
            return true
        }
        if staticK != nil { return refuse("bias cannot be added to static key.") }
        if staticV != nil { return refuse("bias cannot be added to static value.") }
        if anyVoid(biasK, biasV) { return false }
        let sizes = batchFirst ? [batch, 1, embedDim] : [1, batch, embedDim]
        k = cat([k, biasK.expand(sizes)], dim: 1 - batchDim)
        v = cat([v, biasV.expand(sizes)], dim: 1 - batchDim)
        masks.appendKey()
        return !anyVoid(k, v)
    }

    /// Returns query, key and value as [N, heads, length, E / heads].
    private func split(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, _ batch: Int, _ length: Int
    ) -> (q: Tensor, k: Tensor, v: Tensor)? {
        let size = embedDim / count
        func heads(_ x: Tensor) -> Tensor {
            x.unflatten(-1, [count, size]).permute(batchFirst ? [0, 2, 1, 3] : [1, 2, 0, 3])
        }
        /// Returns given keys or values in the same form.
        func given(_ x: Tensor, _ name: String) -> Tensor? {
            if x.isVoid { return nil }
            guard x.dim == 3, x.sizes[0] == batch * count else {
                _ = refuse("expecting \(name).size(0) of \(batch * count), but got \(x.dim == 0 ? 0 : x.sizes[0])")
                return nil
            }
            guard x.sizes[2] == size else {
                _ = refuse("expecting \(name).size(2) of \(size), but got \(x.sizes[2])")
                return nil
            }
            return x.unflatten(0, [batch, count])
        }
        guard let k = staticK.map({ given($0, "static_k") }) ?? heads(k),
            let v = staticV.map({ given($0, "static_v") }) ?? heads(v)
        else { return nil }
        let q = heads(q)
        return anyVoid(q, k, v) ? nil : (q, k, v)
    }

    private func extendByZeros(_ k: Tensor, _ v: Tensor, _ masks: inout AttentionMasks) -> (Tensor, Tensor) {
        guard addsZeros else { return (k, v) }
        masks.appendKey()
        func extended(_ x: Tensor) -> Tensor {
            cat([x, Tensor.zeros([x.sizes[0], x.sizes[1], 1, x.sizes[3]], dtype: x.dtype, device: x.device)], dim: 2)
        }
        return (extended(k), extended(v))
    }

    // MARK: Attention

    /// Raises and returns false if what follows the draws of dropout would fail.
    private func checkBeforeDraws(_ q: Tensor, _ v: Tensor, _ mask: Tensor?) -> Bool {
        if let mask, mask.dtype != q.dtype {
            raise(
                .runtime,
                "Input dtypes must be the same, got: input \(mask.dtype.cName), batch1: \(q.dtype.cName), batch2: \(q.dtype.cName)"
            )
            return false
        }
        guard v.dtype == q.dtype else {
            raise(.runtime, "expected scalar type \(q.dtype.scalarTypeName) but found \(v.dtype.scalarTypeName)")
            return false
        }
        if dropoutP <= 0 { return true }
        // The last projection of no rows fails as that of all rows.
        let projected = noGrad {
            Tensor.empty([0, embedDim], dtype: q.dtype, device: q.device).linear(outProjWeight, outProjBias)
        }
        if projected.isVoid { return false }
        if projected.dim == 2 { return true }
        raise(.runtime, "out_proj_bias has \(projected.dim) dimensions, but should have 1")
        return false
    }

    /// Returns the attended values and the weights, [N, heads, L, S].
    private func attend(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ mask: Tensor?) -> (Tensor, Tensor) {
        let scores = q.mul((1 / Double(q.size(-1))).squareRoot()).matmul(k.mT)
        var weights = (mask.map { scores.add($0) } ?? scores).softmax(dim: -1)
        if dropoutP > 0 { weights = dropout(weights, p: dropoutP) }
        return (weights.matmul(v), weights)
    }

    /// Checks the masks' dtypes and the causal hint.
    private func masks(
        _ query: Tensor, _ padding: Tensor?, _ attention: Tensor?, _ isCausal: Bool, _ needsWeights: Bool
    ) -> AttentionMasks? {
        for (mask, name) in [(padding, "key_padding_mask"), (attention, "attn_mask")] {
            guard AttentionMasks.checkType(mask, name) else { return nil }
        }
        AttentionMasks.compareTypes(padding, "key_padding_mask", attention, "attn_mask")
        guard !isCausal || attention != nil else {
            raise(
                .runtime,
                "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method `generate_square_subsequent_mask` to create this mask."
            )
            return nil
        }
        // The hint is used if the mask is not combined with another and the weights are not wanted.
        if isCausal, padding == nil, !needsWeights { return AttentionMasks(isCausal: true) }
        return AttentionMasks(padding: padding, attention: attention)
    }
}

/// The masks of one call. Bool masks are true where attention is not allowed.
struct AttentionMasks {
    /// [N, S].
    var padding: Tensor?
    /// [L, S] or [N · heads, L, S].
    var attention: Tensor?
    /// Whether query i attends to the keys up to i. There are no masks then.
    var isCausal = false

    /// Returns whether a mask is bool or floating point. Raises if it is not.
    static func checkType(_ mask: Tensor?, _ name: String) -> Bool {
        guard let mask, mask.dtype != .bool, !mask.dtype.isFloatingPoint else { return true }
        return AttentionHeads.refuse("only bool and floating types of \(name) are supported")
    }

    /// Warns if the masks have different types.
    static func compareTypes(_ mask: Tensor?, _ name: String, _ other: Tensor?, _ otherName: String) {
        guard let mask, let other, mask.dtype != other.dtype else { return }
        warn("Support for mismatched \(name) and \(otherName) is deprecated. Use same type for both instead.")
    }

    /// Returns a mask of numbers: -infinity where a bool mask is true.
    static func numbers(_ mask: Tensor, _ dtype: DType) -> Tensor {
        guard mask.dtype == .bool else { return mask }
        return noGrad {
            Tensor.zerosLike(mask, dtype: dtype).maskedFill(mask, -Double.infinity)
        }
    }

    /// Adds a key to which all queries attend.
    mutating func appendKey() {
        attention = attention?.constantPadNd([0, 1])
        padding = padding?.constantPadNd([0, 1])
    }

    func checkAttention(_ all: Int, _ heads: Int, _ length: Int, _ keys: Int) -> Bool {
        guard let mask = attention else { return true }
        let wanted = mask.dim == 2 ? [length, keys] : [all, length, keys]
        if mask.sizes == wanted { return true }
        raise(
            .runtime,
            "The shape of the \(mask.dim)D attn_mask is \(mask.shape), but should be \(PythonText.tuple(wanted)).")
        return false
    }

    func checkPadding(_ batch: Int, _ keys: Int) -> Bool {
        guard let mask = padding else { return true }
        for (d, wanted) in [batch, keys].enumerated() where mask.sizes[d] != wanted {
            return AttentionHeads.refuse(
                "Expected key_padded_mask.shape[\(d)] to be \(wanted), but got \(mask.sizes[d])")
        }
        return true
    }

    /// Returns the masks with four dimensions, which broadcast to [N, heads, L, S].
    private func broadcast(_ batch: Int, _ heads: Int) -> (padding: Tensor?, attention: Tensor?) {
        (
            padding?.unsqueeze(1).unsqueeze(1),
            attention.map { $0.dim == 2 ? $0.unsqueeze(0).unsqueeze(0) : $0.unflatten(0, [batch, heads]) }
        )
    }

    /// Returns the sum of the masks as numbers, which is added to the scores.
    func sum(_ batch: Int, _ heads: Int, _ dtype: DType) -> Tensor? {
        let masks = broadcast(batch, heads)
        let padding = masks.padding.map { AttentionMasks.numbers($0, dtype) }
        guard let attention = masks.attention.map({ AttentionMasks.numbers($0, dtype) }) else { return padding }
        return padding.map { attention.add($0) } ?? attention
    }

    /// Returns the mask of `scaledDotProductAttention`: true where attention is allowed, or numbers.
    func allowed(_ batch: Int, _ heads: Int, _ dtype: DType) -> Tensor? {
        let masks = broadcast(batch, heads), all = [masks.padding, masks.attention].compactMap { $0 }
        guard all.allSatisfy({ $0.dtype == .bool }) else { return sum(batch, heads, dtype) }
        guard let last = all.last else { return nil }
        return (all.count == 2 ? all[0].logicalOr(all[1]) : last).logicalNot()
    }
}
