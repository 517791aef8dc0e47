// Roots of positive matrices, and polar decompositions.

extension linalg {
    /// Computes the Hermitian root of positive semidefinite matrices: √A √A = A. Only the lower triangle is read, and
    /// negative eigenvalues count as 0. PyTorch: `torch.linalg.matrix_sqrth`.
    /// - Precondition: `A` is float32, float64, complex64 or complex128, and square in its last two dimensions.
    public static func matrixSqrth(_ A: Tensor) -> Tensor {
        if let cast = Autocast.float32 { return cast.run { matrixSqrth($0(A)) } }
        guard LinalgInput.isSquare(A, "linalg.matrix_sqrth"),
            LinalgInput.isWide(A, "linalg.matrix_sqrth")
        else { return .void }
        let result: Tensor = noGrad {
            let (values, vectors) = eigh(A.detach())
            if values.isVoid { return .void }
            let root = vectors.mul(values.clampMin(0).sqrt().unsqueeze(-2)).matmul(vectors.mH)
            return root.add(root.mH).mul(0.5)
        }
        return result.record("LinalgMatrixSqrthBackward0", A, saveResult: true) { node, g in
            sylvester(node.saved(0), g.add(g.mH).mul(0.5))
        }
    }

    /// Decomposes matrices with at least as many rows as columns: A = U H, with orthonormal columns of U and positive
    /// semidefinite H. PyTorch: `torch.linalg.polar`.
    /// - Precondition: `A` is [..., m, n] with m ≥ n, of float32, float64, complex64 or complex128.
    /// - Returns: U of [..., m, n], and H of [..., n, n]. Gradients exist if A has full rank.
    public static func polar(_ A: Tensor) -> (U: Tensor, H: Tensor) {
        guard LinalgInput.isMatrix(A, "linalg.polar"), LinalgInput.isInexact(A, "linalg.polar") else {
            return (.void, .void)
        }
        let (m, n) = (A.sizes[A.dim - 2], A.sizes[A.dim - 1])
        guard m >= n else {
            raise(
                .runtime,
                "linalg.polar: input must have at least as many rows as columns, but got \(m) by \(n) matrices")
            return (.void, .void)
        }
        guard LinalgInput.hasKernel(A, "linalg_svd_cpu") else { return (.void, .void) }
        let (U, H): (Tensor, Tensor) = noGrad {
            let (left, values, right) = svd(A.detach(), fullMatrices: false)
            if values.isVoid { return (.void, .void) }
            let product = right.mH.matmul(values.unsqueeze(-1).mul(right))
            return (left.matmul(right), product.add(product.mH).mul(0.5))
        }
        record("LinalgPolarBackward0", results: [U, H], inputs: [A], saved: [A], savedResults: [0, 1]) { node, g in
            [polarGradient(node.saved(0), node.saved(1), node.saved(2), g[0], g[1])]
        }
        return (U, H)
    }

    private static func polarGradient(_ A: Tensor, _ U: Tensor, _ H: Tensor, _ gU: Tensor?, _ gH: Tensor?) -> Tensor? {
        var gradient: Tensor?
        if let gU {
            let inner = U.mH.matmul(gU)
            gradient = U.matmul(sylvester(H, inner.sub(inner.mH)))
            if A.sizes[A.dim - 2] > A.sizes[A.dim - 1] {
                // The part that is orthogonal to U: (I - U Uᴴ) gU H⁻¹.
                let normal = solve(H, gU.sub(U.matmul(inner)).mH).mH
                gradient = gradient?.add(normal)
            }
        }
        if let gH {
            let part = A.matmul(sylvester(H, gH.add(gH.mH)))
            gradient = gradient?.add(part) ?? part
        }
        return gradient
    }

    /// Solves H X + X H = R for positive H.
    private static func sylvester(_ H: Tensor, _ R: Tensor) -> Tensor {
        let (values, vectors) = eigh(H)
        let inner = vectors.mH.matmul(R).matmul(vectors).div(values.unsqueeze(-1).add(values.unsqueeze(-2)))
        return vectors.matmul(inner).matmul(vectors.mH)
    }
}
