/// Runs layers one after the other in segments, each of which but the last is a checkpoint.
/// PyTorch: `torch.utils.checkpoint.checkpoint_sequential`.
///
/// - Parameters:
///   - functions: the layers, for example a `Sequential`.
///   - segments: the number of segments; the last one takes the layers that are left over.
///   - input: the input of the first layer.
///   - useReentrant: which form of `checkpoint` is used.
///   - preserveRngState: whether a segment's second run draws the random numbers of its first.
public func checkpointSequential(
    _ functions: some Sequence<any Layer>, segments: Int, _ input: Tensor, useReentrant: Bool = false,
    preserveRngState: Bool = true
) -> Tensor {
    let layers = Array(functions)
    guard segments > 0 else {
        return fail(
            segments == 0 ? .runtime : .value,
            segments == 0 ? "integer division or modulo by zero" : "segments must be positive, got \(segments)")
    }
    let size = layers.count / segments
    guard size > 0 || segments == 1 else { return fail(.value, "range() arg 3 must not be zero") }
    var x = input, start = 0
    for _ in 1..<Swift.max(segments, 1) {
        let segment = layers[start..<(start + size)]
        x = checkpoint(x, useReentrant: useReentrant, preserveRngState: preserveRngState) { x in
            segment.reduce(x) { $1($0) }
        }
        start += size
    }
    return layers[start...].reduce(x) { $1($0) }
}
