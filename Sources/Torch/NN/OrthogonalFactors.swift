// What `orthogonal` needs of linear algebra, made of other operators. Matrices may be batches of matrices.

/// Returns the first columns of the product of the Householder reflections I - tauᵢ vᵢ vᵢᴴ, where vᵢ is 0 above row i,
/// 1 in row i, and column i of `a` below. PyTorch: `torch.linalg.householder_product`.
func householderProduct(_ a: Tensor, _ tau: Tensor) -> Tensor {
    if anyVoid(a, tau) { return .void }
    let (n, k) = (a.size(-2), a.size(-1))
    let identity = Tensor.eye(n, k, dtype: a.dtype, device: a.device)
    let vectors = a.tril(-1).add(identity)
    var q = identity.expand(a.sizes)
    for i in (0..<k).reversed() {
        let v = vectors.narrow(-1, i, 1), factor = tau.narrow(-1, i, 1).unsqueeze(-1)
        q = q.sub(v.mul(factor).matmul(v.mH.matmul(q)))
    }
    return q
}

/// Returns the Householder reflections of a QR decomposition below the diagonal of R, and their factors. PyTorch:
/// `torch.geqrf`, which has LAPACK's form. It is not recorded.
func householderFactors(_ matrix: Tensor) -> (factors: Tensor, tau: Tensor) {
    if matrix.isVoid { return (.void, .void) }
    return noGrad {
        let a = matrix.detach().clone(memoryFormat: .contiguous)
        let (n, k) = (a.size(-2), a.size(-1)), count = Swift.min(n, k)
        let tau = Tensor.zeros(Array(a.sizes.dropLast(2)) + [count], dtype: a.dtype, device: a.device)
        for i in 0..<count {
            let column = a.narrow(-1, i, 1).narrow(-2, i, n - i)
            let head = column.narrow(-2, 0, 1).clone(), tail = column.narrow(-2, 1, n - i - 1)
            // The diagonal is real, also of a complex matrix.
            let rest = tail.norm(dim: [-2], keepdim: true), start = head.dtype.isComplex ? head.real : head
            let isDone = rest.eq(0).logicalAnd(head.eq(start)), size = head.abs()
            let length = size.square().add(rest.square()).sqrt()
            let diagonal = Torch.where(isDone, start, Torch.where(start.lt(0), length, length.neg()))
            let factor = Torch.where(isDone, 0, diagonal.sub(head).div(diagonal))
            let vector = cat(
                [Tensor.onesLike(head), tail.mul(Torch.where(isDone, 0, head.sub(diagonal).reciprocal()))], dim: -2)
            let others = a.narrow(-1, i, k - i).narrow(-2, i, n - i)
            others.copy_(others.sub(vector.mul(factor.conj()).matmul(vector.mH.matmul(others))))
            column.copy_(cat([diagonal.to(a.dtype), vector.narrow(-2, 1, n - i - 1)], dim: -2))
            tau.narrow(-1, i, 1).copy_(factor.squeeze(-1))
        }
        return (a, tau)
    }
}

/// Returns a⁻¹ · b by elimination without exchanging rows.
/// - Precondition: the Hermitian part of `a` is positive definite, so that no pivot is small.
func solveWithoutPivots(_ a: Tensor, _ b: Tensor) -> Tensor {
    if anyVoid(a, b) { return .void }
    let result: Tensor = noGrad {
        let n = a.size(-1)
        let both = cat([a.detach(), b.detach()], dim: -1)
        for i in 0..<n {
            let row = both.narrow(-2, i, 1), pivot = row.narrow(-1, i, 1)
            let scaled = row.div(pivot), column = both.narrow(-1, i, 1).clone()
            both.sub_(column.mul(scaled))
            row.copy_(scaled)
        }
        return both.narrow(-1, n, b.size(-1)).contiguous()
    }
    return result.record("LinalgSolveExBackward0", a, b, saved: [a], saveResult: true) { node, g in
        let gradient = solveWithoutPivots(node.saved(0).mH, g)
        return [node.needs(0) ? gradient.matmul(node.saved(1).mH).neg() : nil, gradient]
    }
}

/// Returns the matrix exponential, by Taylor's series of a small power and repeated squaring.
/// PyTorch: `torch.matrix_exp`.
func matrixExponential(_ a: Tensor) -> Tensor {
    if a.isVoid { return .void }
    let identity = Tensor.eye(a.size(-1), dtype: a.dtype, device: a.device)
    // The greatest sum of a column bounds the powers.
    let bound = noGrad { a.numel() == 0 || !a.hasElements ? 0 : a.detach().abs().sum(dim: -2).max().item() }
    let squarings = bound > 0.5 && bound.isFinite ? Int(bound.exponent) + 2 : 0
    let small = a.mul(Double(sign: .plus, exponent: -squarings, significand: 1))
    let degree = a.dtype == .float64 || a.dtype == .complex128 ? 15 : 9
    var result = small.div(degree).add(identity)
    for i in (1..<degree).reversed() { result = small.matmul(result).div(i).add(identity) }
    for _ in 0..<squarings { result = result.matmul(result) }
    return result
}
