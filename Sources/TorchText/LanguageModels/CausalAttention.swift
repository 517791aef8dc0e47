import Torch

/// Computes attention of new tokens to themselves and to earlier ones. With a cache, the new keys and values are
/// appended to it.
/// - Parameters:
///   - query: [N, heads, L, size].
///   - key: [N, heads of keys, L, size]; a head may serve several heads of the query.
///   - value: as `key`.
///   - mask: bool [N, S], true for tokens that are no padding, or nil.
///   - window: the number of last tokens that a token attends to, itself included, or nil for all.
/// - Returns: [N, L, heads · size].
func causalAttention(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, cache: inout KeyValueCache?, layer: Int, mask: Tensor?,
    window: Int? = nil, dropoutP: Double = 0
) -> Tensor {
    var (key, value) = (key, value)
    if cache != nil { (key, value) = cache!.append(keys: key, values: value, layer: layer) }
    if query.isVoid || key.isVoid { return .void }
    let (l, s) = (query.size(2), key.size(2))
    let seesAll = l == 1 && (window ?? s) >= s, isPlain = l == s && (window ?? s) >= s && mask == nil
    var allowed: Tensor?
    if !isPlain {
        if !seesAll {
            // Token i of the new ones is token s - l + i of all.
            var causal = Tensor.ones([l, s], dtype: .bool, device: query.device).tril(s - l)
            if let window { causal = causal.logicalAnd(causal.triu(s - l - window + 1)) }
            allowed = causal
        }
        if let mask {
            let real = mask.to(.bool).unsqueeze(1).unsqueeze(1)
            allowed = allowed.map { $0.logicalAnd(real) } ?? real
        }
    }
    return scaledDotProductAttention(
        query, key, value, attnMask: allowed, dropoutP: dropoutP, isCausal: isPlain && l > 1, enableGQA: true
    )
    .transpose(1, 2).flatten(2)
}

extension Tensor {
    /// Returns [N, L, heads · size] as [N, heads, L, size].
    func inHeads(_ heads: Int) -> Tensor { unflatten(2, [heads, -1]).transpose(1, 2) }
}
