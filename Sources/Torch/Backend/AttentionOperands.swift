// The operands of attention. Queries are [batch…, groups, L, E], keys [batch…, S, E], values [batch…, S, Ev] and
// results [batch…, groups, L, Ev]: the queries of all groups share the keys and values. The elements of a row are
// contiguous, all other strides are free. A mask is [batch…, groups, L, S] of any strides.

/// What attention reads. A bool mask is true where a query attends to a key; numbers are added to the scores.
package struct AttentionInputs {
    /// The queries, keys and values, of one dtype.
    package var query, key, value: Strided
    /// The mask: bool or floating point, or nil.
    package var mask: Strided?
    /// The factor of the scores.
    package var scale: Double
    /// Whether query i attends only to the keys up to i.
    package var isCausal: Bool
}

/// What attention computes. `logsumexp` [batch…, groups, L] is the logarithm of each row's sum of exponentials, in
/// float64 for float64, otherwise float32; -infinity for a row without allowed keys, whose result is 0.
package struct AttentionResults {
    /// The result.
    package var out: Strided
    /// The logarithms; nil if they are not needed.
    package var logsumexp: Dense?
}

/// The gradients that attention's backward pass computes, with the sizes of the inputs. Those that are nil are not
/// computed.
package struct AttentionGradients {
    /// The gradients of the queries, keys and values.
    package var query, key, value: Strided?
}
