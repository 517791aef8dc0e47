// Approximations of low rank, from random projections (Halko, Martinsson and Tropp: Finding Structure with Randomness,
// 2009).

/// Computes an approximate singular value decomposition of low rank, A ≈ U diag(S) Vᴴ, or of A - M.
/// PyTorch: `torch.svd_lowrank`.
///
/// The random numbers are those of PyTorch for the same seed. For matrices that are not large, `linalg.svd` is better.
/// - Parameters:
///   - A: [..., m, n], of float32, float64, complex64 or complex128.
///   - q: the number of singular values, a little more than the rank.
///   - niter: the number of subspace iterations.
///   - M: what is subtracted from A, broadcast with it, without computing A - M.
///   - generator: where the random numbers are from.
/// - Returns: U, S and V with q columns.
public func svdLowrank(
    _ A: Tensor, q: Int = 6, niter: Int = 2, M: Tensor? = nil, generator: Generator = .default
) -> (U: Tensor, S: Tensor, V: Tensor) {
    if A.isVoid || M?.isVoid == true { return (.void, .void, .void) }
    guard LinalgInput.isMatrix(A, "svd_lowrank") else { return (.void, .void, .void) }
    var (matrix, mean) = (A, M?.broadcastTo(A.sizes))
    let isWide = A.sizes[A.dim - 2] < A.sizes[A.dim - 1]
    if isWide { (matrix, mean) = (A.mH, mean?.mH) }
    let Q = approximateBasis(matrix, q, niter, mean, generator)
    if Q.isVoid { return (.void, .void, .void) }
    var B = Q.mH.matmul(matrix)
    if let mean { B = B.sub(Q.mH.matmul(mean)) }
    let (inner, S, Vh) = linalg.svd(B, fullMatrices: false)
    let U = Q.matmul(inner), V = Vh.mH
    return isWide ? (V, S, U) : (U, S, V)
}

/// Returns q orthonormal columns Q for which Q Qᴴ (A - M) approximates A - M.
private func approximateBasis(_ A: Tensor, _ q: Int, _ niter: Int, _ M: Tensor?, _ generator: Generator) -> Tensor {
    let dtype: DType = A.dtype.isInexact ? A.dtype : .float32
    let random = Tensor.randn([A.sizes[A.dim - 1], q], generator: generator, dtype: dtype, device: A.device)
    func product(_ x: Tensor, adjoint: Bool) -> Tensor {
        let product = (adjoint ? A.mH : A).matmul(x)
        return M.map { product.sub((adjoint ? $0.mH : $0).matmul(x)) } ?? product
    }
    var Q = linalg.qr(product(random, adjoint: false)).Q
    for _ in 0..<Swift.max(0, niter) where !Q.isVoid {
        Q = linalg.qr(product(Q, adjoint: true)).Q
        Q = linalg.qr(product(Q, adjoint: false)).Q
    }
    return Q
}

/// Computes principal components of samples, the rows of A: an approximate singular value decomposition of low rank of
/// A without its mean row. PyTorch: `torch.pca_lowrank`.
/// - Parameters:
///   - A: [..., m, n].
///   - q: the number of components, by default min(6, m, n).
///   - center: whether the mean row is subtracted. Otherwise A must be centered.
///   - niter: the number of subspace iterations.
///   - generator: where the random numbers are from.
/// - Returns: U, S and V with q columns. The columns of V are the principal directions, and S² / (m - 1) the variances.
public func pcaLowrank(
    _ A: Tensor, q: Int? = nil, center: Bool = true, niter: Int = 2, generator: Generator = .default
) -> (U: Tensor, S: Tensor, V: Tensor) {
    if A.isVoid { return (.void, .void, .void) }
    guard LinalgInput.isMatrix(A, "pca_lowrank") else { return (.void, .void, .void) }
    let least = Swift.min(A.sizes[A.dim - 2], A.sizes[A.dim - 1])
    if let q, q < 0 || q > least {
        raise(.value, "q(=\(q)) must be non-negative integer and not greater than min(m, n)=\(least)")
        return (.void, .void, .void)
    }
    guard niter >= 0 else {
        raise(.value, "niter(=\(niter)) must be non-negative integer")
        return (.void, .void, .void)
    }
    let samples = center ? A.sub(A.mean(dim: -2, keepdim: true)) : A
    return svdLowrank(samples, q: q ?? Swift.min(6, least), niter: niter, generator: generator)
}
