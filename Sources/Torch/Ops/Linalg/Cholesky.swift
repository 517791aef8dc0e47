import CTorchKernels

// Cholesky decompositions of Hermitian matrices.

extension linalg {
    /// Computes the Cholesky decomposition A = L Lᴴ of positive-definite Hermitian matrices: L, or Lᴴ if `upper`. Only
    /// one triangle of A is read: the lower one, or the upper one if `upper`. A matrix that is not positive-definite is
    /// a LinAlgError. PyTorch: `torch.linalg.cholesky`.
    public static func cholesky(_ A: Tensor, upper: Bool = false) -> Tensor {
        let (L, info) = choleskyEx(A, upper: upper)
        return LinalgFailure.notPositive.isAbsent(info, "linalg.cholesky") ? L : .void
    }

    /// Like `cholesky`, but also returns an int32 number for each matrix: 0, or the order of the first leading minor
    /// that is not positive. Only if `checkErrors` is this an error. PyTorch: `torch.linalg.cholesky_ex`.
    public static func choleskyEx(
        _ A: Tensor, upper: Bool = false, checkErrors: Bool = false
    ) -> (L: Tensor, info: Tensor) {
        if let cast = Autocast.float32 {
            return cast.run { choleskyEx($0(A), upper: upper, checkErrors: checkErrors) }
        }
        guard LinalgInput.isSquare(A, "linalg.cholesky"),
            LinalgInput.isInexact(A, "linalg.cholesky"), LinalgInput.hasKernel(A, "cholesky_cpu")
        else { return (.void, .void) }
        let L = A.columnMajorCopy()
        let info = L.decompose(DecompositionForm(what: .cholesky, upper: upper))
        if info.isVoid || checkErrors && !LinalgFailure.notPositive.isAbsent(info, "linalg.cholesky_ex") {
            return (.void, .void)
        }
        record("LinalgCholeskyExBackward0", results: [L, info], inputs: [A], savedResults: [0]) { node, grads in
            [grads[0].map { choleskyGradient($0, node.saved(0), upper: upper) }]
        }
        return (L, info)
    }

    /// The adjoint of the decomposition. From A = L Lᴴ follows dL = L Φ(L⁻¹ dA L⁻ᴴ); Φ keeps the lower triangle and
    /// half of the diagonal.
    private static func choleskyGradient(_ grad: Tensor, _ factor: Tensor, upper: Bool) -> Tensor {
        let L = upper ? factor.mH : factor
        let product = L.mH.matmul(upper ? grad.mH : grad).tril()
        let symmetric = product.add(product.tril(-1).mH).mul(0.5)
        let left = solveTriangular(L.mH, symmetric, upper: true)
        return solveTriangular(L, left, upper: false, left: false)
    }
}

extension Tensor {
    /// Computes the inverse of the matrices whose Cholesky factor L, or Lᴴ if `upper`, this tensor is.
    /// PyTorch: `torch.cholesky_inverse`.
    public func choleskyInverse(upper: Bool = false) -> Tensor {
        if let cast = Autocast.float32 { return cast.run { $0(self).choleskyInverse(upper: upper) } }
        guard LinalgInput.isSquare(self, "cholesky_inverse"),
            LinalgInput.hasKernel(self, "cholesky_inverse_out_cpu")
        else { return .void }
        let result = columnMajorCopy()
        let info = result.decompose(DecompositionForm(what: .choleskyInverse, upper: upper))
        guard LinalgFailure.singularInverse.isAbsent(info, "cholesky_inverse") else { return .void }
        return result.record("CholeskyInverseBackward0", self, saved: [self], saveResult: true) { node, g in
            let (factor, inverse) = (node.saved(0), node.saved(1))
            let inner = inverse.matmul(g.add(g.mH).matmul(inverse))
            return (upper ? factor.matmul(inner) : inner.matmul(factor)).neg()
        }
    }

    /// Solves A X = B for X. This tensor is B, and `L` is the Cholesky factor L of A, or Lᴴ if `upper`. Dimensions
    /// before the last two are broadcast. PyTorch: `torch.cholesky_solve`.
    public func choleskySolve(_ L: Tensor, upper: Bool = false) -> Tensor {
        if let cast = Autocast.float32 { return cast.run { $0(self).choleskySolve($0(L), upper: upper) } }
        if anyVoid(self, L) { return .void }
        guard LinalgInput.check(dim >= 2, "b should have at least 2 dimensions, but has \(dim) dimensions instead"),
            LinalgInput.check(L.dim >= 2, "u should have at least 2 dimensions, but has \(L.dim) dimensions instead"),
            LinalgInput.fit(self, L, "cholesky_solve"), let sizes = LinalgInput.broadcast(self, L),
            LinalgInput.hasKernel(self, "cholesky_solve_cpu")
        else { return .void }
        let result = columnMajorCopy(sizes.0)
        let info = L.inColumnMajor(sizes.1).decompose(
            DecompositionForm(what: .choleskySolve, upper: upper), b: result)
        if info.isVoid { return .void }
        return result.record("CholeskySolveBackward0", self, L, saved: [L], saveResult: true) { node, g in
            let (factor, X) = (node.saved(0), node.saved(1))
            let gB = g.choleskySolve(factor, upper: upper)
            if !node.needs(1) { return [gB, nil] }
            let product = gB.matmul(X.mH)
            let inner = product.add(product.mH)
            return [gB, (upper ? factor.matmul(inner) : inner.matmul(factor)).neg()]
        }
    }
}
