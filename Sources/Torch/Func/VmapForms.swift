// A call such as `vmap(f)(x, y)` needs a form for each number of arguments: the compiler does not find a pack there.

/// Returns a function that applies `f` to all examples of a batch at once. `f` is written for one example: its tensors
/// have no dimension of examples. PyTorch: `torch.vmap`, `torch.func.vmap`.
///
///     let dots = vmap { (a: Tensor, b: Tensor) in a.dot(b) }
///     dots(Tensor.randn(32, 5), Tensor.randn(32, 5)).shape    // [32]
///
/// All operators work inside, and so do `grad`, `vmap` and the others. What depends on the numbers of an example, such
/// as `item()` or `nonzero()`, is an error.
/// - Parameters:
///   - f: a function of trees of tensors.
///   - inDims: the dimension of the examples in each argument; nil for arguments that all examples share.
///   - outDims: the dimension of the examples in each result.
///   - randomness: whether random draws inside are errors, the same for all examples, or different.
///   - chunkSize: the greatest number of examples at one time; nil for all.
public func vmap<A: TensorTree, R0: TensorTree>(
    _ f: @escaping (A) -> R0, inDims: VmapDims = 0, outDims: VmapDims = 0,
    randomness: VmapRandomness = .error, chunkSize: Int? = nil
) -> (A) -> R0 {
    let call: (A) -> R0 = vmapped(
        f, inDims: inDims, outDims: outDims, randomness: randomness, chunkSize: chunkSize)
    return call
}

/// Like `vmap(_:inDims:outDims:randomness:chunkSize:)`, for functions with 1 argument and 2 results.
public func vmap<A: TensorTree, R0: TensorTree, R1: TensorTree>(
    _ f: @escaping (A) -> (R0, R1), inDims: VmapDims = 0, outDims: VmapDims = 0,
    randomness: VmapRandomness = .error, chunkSize: Int? = nil
) -> (A) -> (R0, R1) {
    let call: (A) -> (R0, R1) = vmapped(
        f, inDims: inDims, outDims: outDims, randomness: randomness, chunkSize: chunkSize)
    return call
}

/// Like `vmap(_:inDims:outDims:randomness:chunkSize:)`, for functions with 1 argument and 3 results.
public func vmap<A: TensorTree, R0: TensorTree, R1: TensorTree, R2: TensorTree>(
    _ f: @escaping (A) -> (R0, R1, R2), inDims: VmapDims = 0, outDims: VmapDims = 0,
    randomness: VmapRandomness = .error, chunkSize: Int? = nil
) -> (A) -> (R0, R1, R2) {
    let call: (A) -> (R0, R1, R2) = vmapped(
        f, inDims: inDims, outDims: outDims, randomness: randomness, chunkSize: chunkSize)
    return call
}

/// Like `vmap(_:inDims:outDims:randomness:chunkSize:)`, for functions with 2 arguments and 1 result.
public func vmap<A: TensorTree, B: TensorTree, R0: TensorTree>(
    _ f: @escaping (A, B) -> R0, inDims: VmapDims = 0, outDims: VmapDims = 0,
    randomness: VmapRandomness = .error, chunkSize: Int? = nil
) -> (A, B) -> R0 {
    let call: (A, B) -> R0 = vmapped(
        f, inDims: inDims, outDims: outDims, randomness: randomness, chunkSize: chunkSize)
    return call
}

/// Like `vmap(_:inDims:outDims:randomness:chunkSize:)`, for functions with 2 arguments and 2 results.
public func vmap<A: TensorTree, B: TensorTree, R0: TensorTree, R1: TensorTree>(
    _ f: @escaping (A, B) -> (R0, R1), inDims: VmapDims = 0, outDims: VmapDims = 0,
    randomness: VmapRandomness = .error, chunkSize: Int? = nil
) -> (A, B) -> (R0, R1) {
    let call: (A, B) -> (R0, R1) = vmapped(
        f, inDims: inDims, outDims: outDims, randomness: randomness, chunkSize: chunkSize)
    return call
}

/// Like `vmap(_:inDims:outDims:randomness:chunkSize:)`, for functions with 2 arguments and 3 results.
public func vmap<A: TensorTree, B: TensorTree, R0: TensorTree, R1: TensorTree, R2: TensorTree>(
    _ f: @escaping (A, B) -> (R0, R1, R2), inDims: VmapDims = 0, outDims: VmapDims = 0,
    randomness: VmapRandomness = .error, chunkSize: Int? = nil
) -> (A, B) -> (R0, R1, R2) {
    let call: (A, B) -> (R0, R1, R2) = vmapped(
        f, inDims: inDims, outDims: outDims, randomness: randomness, chunkSize: chunkSize)
    return call
}

/// Like `vmap(_:inDims:outDims:randomness:chunkSize:)`, for functions with 3 arguments and 1 result.
public func vmap<A: TensorTree, B: TensorTree, C: TensorTree, R0: TensorTree>(
    _ f: @escaping (A, B, C) -> R0, inDims: VmapDims = 0, outDims: VmapDims = 0,
    randomness: VmapRandomness = .error, chunkSize: Int? = nil
) -> (A, B, C) -> R0 {
    let call: (A, B, C) -> R0 = vmapped(
        f, inDims: inDims, outDims: outDims, randomness: randomness, chunkSize: chunkSize)
    return call
}

/// Like `vmap(_:inDims:outDims:randomness:chunkSize:)`, for functions with 3 arguments and 2 results.
public func vmap<A: TensorTree, B: TensorTree, C: TensorTree, R0: TensorTree, R1: TensorTree>(
    _ f: @escaping (A, B, C) -> (R0, R1), inDims: VmapDims = 0, outDims: VmapDims = 0,
    randomness: VmapRandomness = .error, chunkSize: Int? = nil
) -> (A, B, C) -> (R0, R1) {
    let call: (A, B, C) -> (R0, R1) = vmapped(
        f, inDims: inDims, outDims: outDims, randomness: randomness, chunkSize: chunkSize)
    return call
}

/// Like `vmap(_:inDims:outDims:randomness:chunkSize:)`, for functions with 3 arguments and 3 results.
public func vmap<A: TensorTree, B: TensorTree, C: TensorTree, R0: TensorTree, R1: TensorTree, R2: TensorTree>(
    _ f: @escaping (A, B, C) -> (R0, R1, R2), inDims: VmapDims = 0, outDims: VmapDims = 0,
    randomness: VmapRandomness = .error, chunkSize: Int? = nil
) -> (A, B, C) -> (R0, R1, R2) {
    let call: (A, B, C) -> (R0, R1, R2) = vmapped(
        f, inDims: inDims, outDims: outDims, randomness: randomness, chunkSize: chunkSize)
    return call
}

/// Like `vmap(_:inDims:outDims:randomness:chunkSize:)`, for functions with 4 arguments and 1 result.
public func vmap<A: TensorTree, B: TensorTree, C: TensorTree, D: TensorTree, R0: TensorTree>(
    _ f: @escaping (A, B, C, D) -> R0, inDims: VmapDims = 0, outDims: VmapDims = 0,
    randomness: VmapRandomness = .error, chunkSize: Int? = nil
) -> (A, B, C, D) -> R0 {
    let call: (A, B, C, D) -> R0 = vmapped(
        f, inDims: inDims, outDims: outDims, randomness: randomness, chunkSize: chunkSize)
    return call
}
