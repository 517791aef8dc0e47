// Scaled dot product attention. A primitive computes it in blocks, so no memory of size L · S exists. Dropout, masks
// with a gradient and recorded backward passes need the scores, and are composed of other operators.

/// Returns softmax(query · keyᵀ · scale + mask) · value, for query [..., L, E], key [..., S, E] and value [..., S, Ev];
/// the result is [..., L, Ev]. A bool mask is true where attention is allowed; any other mask is added to the scores.
/// The mask broadcasts to [..., L, S]. If `isCausal`, query i attends to the keys up to i. `scale` is 1/sqrt(E) by
/// default. With `enableGQA`, each head of key and value (the third dimension from the end) serves several heads of
/// query. A query that may attend to no key gives zeros. Memory is linear in L and S, unless there is dropout or the
/// mask requires a gradient. PyTorch: `torch.nn.functional.scaled_dot_product_attention`.
public func scaledDotProductAttention(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, attnMask: Tensor? = nil, dropoutP: Double = 0,
    isCausal: Bool = false,
    scale: Double? = nil, enableGQA: Bool = false
) -> Tensor {
    let range = OperatorRange("aten::scaled_dot_product_attention", [query, key, value, attnMask, nil, nil, nil, nil])
    defer { range.end() }
    if let cast = Autocast.lowerPrecision {
        return cast.run {
            scaledDotProductAttention(
                $0(query), $0(key), $0(value), attnMask: $0(attnMask), dropoutP: dropoutP, isCausal: isCausal,
                scale: scale, enableGQA: enableGQA)
        }
    }
    if anyVoid(query, key, value, attnMask) { return .void }
    guard query.dim >= 2, key.dim >= 2, value.dim >= 2 else {
        return fail(
            .runtime,
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: \(query.dim) key.dim: \(key.dim) and value.dim: \(value.dim) instead."
        )
    }
    guard query.dtype == key.dtype, query.dtype == value.dtype else {
        return fail(
            .runtime,
            "Expected query, key, and value to have the same dtype, but got query.dtype: \(query.dtype.cName) key.dtype: \(key.dtype.cName) and value.dtype: \(value.dtype.cName) instead."
        )
    }
    if let mask = attnMask {
        guard mask.dtype == .bool || mask.dtype == .float32 || mask.dtype == query.dtype else {
            return fail(
                .runtime,
                "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: \(mask.dtype.cName) and  query.dtype: \(query.dtype.cName) instead."
            )
        }
        guard !isCausal else {
            return fail(
                .runtime, "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
        }
    }
    guard Tensor.commonDevice([query, key, value] + (attnMask.map { [$0] } ?? [])) != nil else { return .void }
    let attention = Attention(
        mask: attnMask, isCausal: isCausal, scale: scale ?? 1 / Double(query.sizes[query.dim - 1]).squareRoot())
    let fuses = dropoutP == 0 && !(attnMask.map { recording($0) } ?? false)
    if fuses, let shape = AttentionShape(query, key, value, mask: attnMask, sharesHeads: enableGQA) {
        return attention.fused(query, key, value, shape)
    }
    guard let k = key.sharingHeads(with: query, enableGQA), let v = value.sharingHeads(with: query, enableGQA) else {
        return .void
    }
    return attention.composed(query, k, v, dropoutP)
}

/// How the dimensions of attention's operands fit together.
private struct AttentionShape {
    /// The leading dimensions of the result, before L and Ev.
    let batch: [Int]
    /// The number of query heads that share a head of key and value.
    let groups: Int
    /// The sizes L and S of the scores.
    let scores: [Int]

    /// Returns nil if the sizes do not fit, if one is 0, or if the dtype has no fused kernel.
    init?(_ query: Tensor, _ key: Tensor, _ value: Tensor, mask: Tensor?, sharesHeads: Bool) {
        let (q, k, v) = (query.sizes, key.sizes, value.sizes)
        guard query.dtype.isFloatingPoint, !query.dtype.isForStorage, !q.contains(0), !k.contains(0), !v.contains(0),
            q[q.count - 1] == k[k.count - 1], k[k.count - 2] == v[v.count - 2]
        else { return nil }
        var groups = 1, lead = Array(q.dropLast(2))
        if sharesHeads, q.count >= 3, k.count >= 3, v.count >= 3, lead[lead.count - 1] != k[k.count - 3] {
            let heads = k[k.count - 3]
            guard v[v.count - 3] == heads, lead[lead.count - 1] % heads == 0 else { return nil }
            groups = lead[lead.count - 1] / heads
            lead[lead.count - 1] = heads
        } else if sharesHeads, v.count >= 3, q.count >= 3, v[v.count - 3] != lead[lead.count - 1] {
            return nil
        }
        guard let common = Layout.broadcast(Array(k.dropLast(2)), Array(v.dropLast(2))),
            var batch = Layout.broadcast(lead, common)
        else { return nil }
        if groups > 1 { batch[batch.count - 1] = batch[batch.count - 1] &* groups }
        scores = [q[q.count - 2], k[k.count - 2]]
        if let mask, mask.layout.expanded(batch + scores) == nil { return nil }
        self.batch = batch
        self.groups = groups
    }

    /// Returns the layout broadcast to the batch, with its heads split into [heads, groups]. With one group, that is a
    /// dimension of size 1.
    func queries(_ layout: Layout) -> Layout {
        let layout = layout.expanded(batch + layout.sizes.suffix(2)) ?? layout
        let at = batch.count
        var sizes = layout.sizes, strides = layout.strides
        sizes.insert(groups, at: at)
        strides.insert(groups == 1 ? 0 : strides[at - 1], at: at)
        if groups > 1 {
            sizes[at - 1] /= groups
            strides[at - 1] &*= groups
        }
        return Layout(sizes, strides: strides, offset: layout.offset)
    }

    /// Returns the layout of keys or values broadcast to the batch, whose heads are those of the keys.
    func keys(_ layout: Layout) -> Layout { layout.expanded(keyBatch + layout.sizes.suffix(2)) ?? layout }

    /// The leading dimensions of keys and values.
    var keyBatch: [Int] {
        var batch = batch
        if groups > 1 { batch[batch.count - 1] /= groups }
        return batch
    }
}

private struct Attention {
    let mask: Tensor?
    let isCausal: Bool
    let scale: Double

    // MARK: In blocks

    func fused(_ query: Tensor, _ key: Tensor, _ value: Tensor, _ shape: AttentionShape) -> Tensor {
        let sizes = shape.batch + [shape.scores[0], value.sizes[value.dim - 1]]
        let isRecorded = recording([query, key, value])
        FlopTally.current?.addAttention(scores: shape.batch + shape.scores, isBackward: false, query, key, value)
        let (out, logsumexp): (Tensor, Tensor?) = noGrad {
            // Like PyTorch's, the result has the strides of the queries.
            let layout = (query.sizes == sizes ? query.layout.copied(.preserve) : nil) ?? Layout(sizes)
            let out = Tensor.allocate(
                layout.strides.last == 1 || sizes.last == 1 ? layout : Layout(sizes), query.dtype, query.device)
            let logsumexp =
                isRecorded ? Tensor.allocate(Layout(Array(sizes.dropLast())), query.dtype.wide, query.device) : nil
            guard !anyVoid(out, logsumexp), let inputs = inputs(query, key, value, shape) else { return (.void, nil) }
            let results = results(out, logsumexp, shape)
            return query.backend.attention(results, inputs) ? (out, logsumexp) : (.void, nil)
        }
        guard let logsumexp else { return out }
        // The node saves the mask, so the closure must not hold it.
        let (isCausal, scale, hasMask) = (isCausal, scale, mask != nil)
        // PyTorch's fused operator has four dimensions and one head size.
        let name =
            query.sizes.last != value.sizes.last || sizes.count < 3 || sizes.count > 4
            ? "UnsafeViewBackward0"
            : sizes.count == 3 ? "SqueezeBackward1" : "ScaledDotProductFlashAttentionForCpuBackward0"
        return out.record(
            name, inputs: [query, key, value],
            saved: [query, key, value, logsumexp] + (mask.map { [$0] } ?? []), saveResult: true
        ) { node, grad in
            let (query, key, value, logsumexp) = (node.saved(0), node.saved(1), node.saved(2), node.saved(3))
            let mask = hasMask ? node.saved(4) : nil, out = node.saved(hasMask ? 5 : 4)
            if anyVoid([query, key, value, logsumexp, out]) || mask?.isVoid ?? false { return [] }
            let attention = Attention(mask: mask, isCausal: isCausal, scale: scale)
            return isGradEnabled()
                ? attention.recordedGradients(grad, query, key, value, shape)
                : attention.fusedGradients(
                    grad, out, logsumexp, query, key, value, shape, (0..<3).map { node.needs($0) })
        }
    }

    private func fusedGradients(
        _ grad: Tensor, _ out: Tensor, _ logsumexp: Tensor, _ query: Tensor, _ key: Tensor, _ value: Tensor,
        _ shape: AttentionShape, _ wanted: [Bool]
    ) -> [Tensor?] {
        /// Returns memory in the order of the input's, unless this is broadcast.
        func gradient(_ i: Int, _ input: Tensor, _ batch: [Int]) -> Tensor? {
            guard wanted[i] else { return nil }
            let sizes = batch + input.sizes.suffix(2)
            let like = input.sizes == sizes ? input.layout.copied(.preserve) : nil
            let layout = like.flatMap { $0.strides.last == 1 ? $0 : nil } ?? Layout(sizes)
            return Tensor.allocate(layout, input.dtype, input.device)
        }
        let gradients = [
            gradient(0, query, shape.batch), gradient(1, key, shape.keyBatch), gradient(2, value, shape.keyBatch)
        ]
        FlopTally.current?.addAttention(scores: shape.batch + shape.scores, isBackward: true, query, key, value)
        let grad = grad.withRows
        guard !anyVoid(gradients.compactMap { $0 } + [grad]), let inputs = inputs(query, key, value, shape) else {
            return []
        }
        let computed = query.backend.attentionBackward(
            AttentionGradients(
                query: gradients[0].map { $0.strided(shape.queries($0.layout)) }, key: gradients[1]?.strided,
                value: gradients[2]?.strided),
            grad: grad.strided(shape.queries(grad.layout)), results(out, logsumexp, shape), inputs)
        return computed ? gradients : []
    }

    private func inputs(
        _ query: Tensor, _ key: Tensor, _ value: Tensor, _ shape: AttentionShape
    ) -> AttentionInputs? {
        let (q, k, v) = (query.withRows, key.withRows, value.withRows)
        if anyVoid(q, k, v) { return nil }
        return AttentionInputs(
            query: q.strided(shape.queries(q.layout)), key: k.strided(shape.keys(k.layout)),
            value: v.strided(shape.keys(v.layout)),
            mask: mask.flatMap { mask in
                mask.layout.expanded(shape.batch + shape.scores).map { mask.strided(shape.queries($0)) }
            }, scale: scale, isCausal: isCausal)
    }

    private func results(_ out: Tensor, _ logsumexp: Tensor?, _ shape: AttentionShape) -> AttentionResults {
        AttentionResults(
            out: out.strided(shape.queries(out.layout)),
            logsumexp: logsumexp.map { logsumexp in
                let rows = logsumexp.unsqueeze(-1)
                return Dense(rows.strided(shape.queries(rows.layout).squeezed([shape.batch.count + 2])))
            })
    }

    // MARK: Composed

    /// Returns the weights, in float32 for half types. `query` is scaled already. A row without allowed keys is 0.
    private func weights(_ query: Tensor, _ key: Tensor) -> Tensor {
        let scores = query.matmul(key.mT)
        let sizes = Array(scores.sizes.suffix(2))
        let mask = isCausal ? noGrad { Tensor.ones(sizes, dtype: .bool, device: query.device).tril() } : mask
        guard let mask else { return scores.softmax(dim: -1) }
        let allowed =
            mask.dtype == .bool
            ? scores.maskedFill(mask.logicalNot(), -Double.infinity) : scores.add(mask.to(scores.dtype))
        // The scores of such a row are made finite first, because softmax and its derivative would be NaN.
        let isDead = noGrad { allowed.detach().eq(-Double.infinity).all(dim: -1, keepdim: true) }
        return allowed.maskedFill(isDead, 0).softmax(dim: -1).maskedFill(isDead, 0)
    }

    /// Like `fused`, with the whole scores. Key and value have as many heads as query.
    func composed(_ query: Tensor, _ key: Tensor, _ value: Tensor, _ dropoutP: Double) -> Tensor {
        let wide = query.dtype.wide, v = value.to(wide)
        // Scale only the queries, like PyTorch's CPU kernel, so that gradients that should cancel do so exactly.
        var weights = weights(query.to(wide).mul(scale), key.to(wide))
        // If the values do not fit, draw no random numbers.
        let fits =
            !weights.isVoid && v.sizes[v.dim - 2] == key.sizes[key.dim - 2]
            && Layout.broadcast(Array(weights.sizes.dropLast(2)), Array(v.sizes.dropLast(2))) != nil
        if dropoutP > 0, fits { weights = dropout(weights, p: dropoutP) }
        return weights.matmul(v).to(query.dtype)
    }

    /// Returns the gradients as functions of the operands, so they can be differentiated again.
    private func recordedGradients(
        _ grad: Tensor, _ query: Tensor, _ key: Tensor, _ value: Tensor, _ shape: AttentionShape
    ) -> [Tensor?] {
        let wide = query.dtype.wide, g = grad.to(wide), shares = shape.groups > 1
        guard let k = key.to(wide).sharingHeads(with: query, shares),
            let v = value.to(wide).sharingHeads(with: query, shares)
        else { return [] }
        let q = query.to(wide).mul(scale), weights = weights(q, k)
        let ofWeights = g.matmul(v.mT)
        let ofScores = weights.mul(ofWeights.sub(ofWeights.mul(weights).sum(dim: -1, keepdim: true)))
        /// Returns the sum over the heads that share one.
        func shared(_ gradient: Tensor) -> Tensor {
            guard shares, !gradient.isVoid else { return gradient }
            let heads = gradient.sizes[gradient.dim - 3] / shape.groups
            return gradient.unflatten(-3, [heads, shape.groups]).sum(dim: -3)
        }
        return [ofScores.matmul(k).mul(scale), shared(ofScores.mT.matmul(q)), shared(weights.mT.matmul(g))]
            .map { $0.to(query.dtype) }
    }
}

extension Tensor {
    /// This tensor, or a copy if the elements of a row are not contiguous.
    fileprivate var withRows: Tensor {
        isVoid || layout.strides.last == 1 || layout.sizes.last == 1 ? self : contiguousCopy()
    }

    /// Returns this key or value with its heads repeated to match the heads of query. Raises and returns nil if the
    /// number of heads in query is not a multiple of its own.
    fileprivate func sharingHeads(with query: Tensor, _ enabled: Bool) -> Tensor? {
        guard enabled, dim >= 3, query.dim >= 3, sizes[dim - 3] != query.sizes[query.dim - 3] else { return self }
        let (own, wanted) = (sizes[dim - 3], query.sizes[query.dim - 3])
        guard own > 0, wanted % own == 0 else {
            raise(.runtime, "Number of heads in key and value must divide the number of heads in query")
            return nil
        }
        let lead = Array(sizes.prefix(dim - 3)), matrix = Array(sizes.suffix(2))
        return unsqueeze(-3).expand(lead + [own, wanted / own] + matrix).reshape(lead + [wanted] + matrix)
    }
}
