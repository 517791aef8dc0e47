/// The side of a sequence that gets the padding.
public enum PaddingSide: String, Sendable {
    /// The start (`left`) or the end (`right`) of a sequence.
    case left, right
}

/// Stacks sequences [length, *] of different lengths into one tensor [longest, count, *], or [count, longest, *] if
/// `batchFirst` is true. The result has the dtype of the first sequence. PyTorch: `torch.nn.utils.rnn.pad_sequence`.
///
/// - Precondition: there is at least one sequence. Each has at least one dimension, and its other dimensions have the
///   sizes of the first sequence's or broadcast to them.
public func padSequence(
    _ sequences: [Tensor], batchFirst: Bool = false, paddingValue: some ScalarConvertible = 0,
    paddingSide: PaddingSide = .right
) -> Tensor {
    if anyVoid(sequences) { return .void }
    guard let first = sequences.first else { return fail(.runtime, "received an empty list of sequences") }
    if first.dim == 0 { return fail(.runtime, "ArrayRef: invalid slice, N = 1; size = 0") }
    guard sequences.allSatisfy({ $0.dim > 0 }) else {
        return fail(.index, "Dimension specified as 0 but tensor has no dimensions")
    }
    let trailing = Array(first.sizes.dropFirst())
    let longest = sequences.map { $0.sizes[0] }.max()!
    var rows: [Tensor] = []
    rows.reserveCapacity(sequences.count)
    for sequence in sequences {
        var row = sequence.to(first.dtype)
        let length = sequence.sizes[0], target = [length] + trailing
        if row.sizes != target {
            for (back, size) in row.sizes.dropFirst().reversed().enumerated() {
                let own = back < trailing.count ? trailing[trailing.count - 1 - back] : nil
                guard size == own || size == 1 && own != nil else {
                    return fail(
                        .runtime,
                        "The size of tensor a (\(own ?? length)) must match the size of tensor b (\(size)) at non-singleton dimension \(max(trailing.count - back, 0))"
                    )
                }
            }
            // A sequence with fewer dimensions broadcasts from its last dimension, as in a copy.
            row = row.expand(target)
        }
        let missing = longest - length
        let around = paddingSide == .right ? [0, missing] : [missing, 0]
        rows.append(
            missing == 0
                ? row : row.constantPadNd([Int](repeating: 0, count: 2 * trailing.count) + around, paddingValue))
    }
    return stack(rows, dim: batchFirst ? 0 : 1)
}
