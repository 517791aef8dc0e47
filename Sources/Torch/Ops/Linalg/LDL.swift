import CTorchKernels

// Decompositions A = L D Lᵀ of symmetric matrices, or L D Lᴴ of Hermitian ones, which may be indefinite.

extension linalg {
    /// Computes the LDL decomposition of symmetric matrices, or of Hermitian ones if `hermitian`, in compact form.
    /// Reads the lower triangle. `ldlSolve` takes the result. PyTorch: `torch.linalg.ldl_factor`.
    public static func ldlFactor(_ A: Tensor, hermitian: Bool = false) -> (LD: Tensor, pivots: Tensor) {
        let (LD, pivots, info) = ldlFactorEx(A, hermitian: hermitian)
        return LinalgFailure.zeroBlock.isAbsent(info, "torch.linalg.ldl_factor") ? (LD, pivots) : (.void, .void)
    }

    /// Like `ldlFactor`, but also returns an int32 number for each matrix: 0, or the number of a block of D that is 0.
    /// Only if `checkErrors` is this an error. PyTorch: `torch.linalg.ldl_factor_ex`.
    public static func ldlFactorEx(
        _ A: Tensor, hermitian: Bool = false, checkErrors: Bool = false
    ) -> (LD: Tensor, pivots: Tensor, info: Tensor) {
        let name = "torch.linalg.ldl_factor_ex"
        guard LinalgInput.isSquare(A, name), LinalgInput.isInexact(A, name),
            LinalgInput.hasKernel(A, "ldl_factor_kernel_cpu")
        else { return (.void, .void, .void) }
        let LD = noGrad { A.detach().tril() }.columnMajorCopy()
        let pivots = Tensor.allocate(Layout(Array(A.sizes.dropLast())), .int32, A.device)
        let info = LD.decompose(DecompositionForm(what: .ldl, hermitian: hermitian), pivots: pivots)
        if info.isVoid || checkErrors && !LinalgFailure.zeroBlock.isAbsent(info, name) { return (.void, .void, .void) }
        record("NotImplemented", results: [LD, pivots, info], inputs: [A]) { _, _ in
            raise(.runtime, "derivative for aten::linalg_ldl_factor_ex is not implemented")
            return [nil]
        }
        return (LD, pivots, info)
    }

    /// Solves A X = B with the LDL decomposition of A. Dimensions before the last two are broadcast.
    /// PyTorch: `torch.linalg.ldl_solve`.
    public static func ldlSolve(_ LD: Tensor, _ pivots: Tensor, _ B: Tensor, hermitian: Bool = false) -> Tensor {
        let name = "torch.linalg.ldl_solve"
        guard !anyVoid(LD, pivots, B), LinalgInput.isSquare(LD, name), LinalgInput.isInexact(LD, name),
            LinalgInput.check(
                B.dim >= 2, "\(name): Expected B to have at least 2 dimensions, but it has \(B.dim) dimensions instead"),
            LinalgInput.fit(B, LD, name),
            LinalgInput.check(
                pivots.sizes == Array(LD.sizes.dropLast()),
                "\(name): Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape \(pivots.sizes) instead"
            ),
            LinalgInput.check(
                pivots.dtype.isInteger, "\(name): Expected pivots to be integers. Got \(pivots.dtype.scalarTypeName)"),
            Tensor.shareDevice(LD, pivots), let sizes = LinalgInput.broadcast(B, LD),
            LinalgInput.hasKernel(LD, "ldl_solve_kernel_cpu")
        else { return .void }
        let X = B.columnMajorCopy(sizes.0)
        let numbers = noGrad { pivots.to(.int32).expand(Array(sizes.1.dropLast())).contiguous() }
        let info = LD.inColumnMajor(sizes.1).decompose(
            DecompositionForm(what: .ldlSolve, hermitian: hermitian), b: X, pivots: numbers)
        guard LUFactors.hasPivots(info, name) else { return .void }
        return X.record("NotImplemented", LD, B) { _, _ in
            raise(.runtime, "derivative for aten::linalg_ldl_solve is not implemented")
            return [nil, nil]
        }
    }
}
