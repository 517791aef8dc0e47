import CTorchKernels

// Systems of linear equations with square matrices, and inverses, by LU decompositions.

extension linalg {
    /// Solves A X = B, or X A = B if not `left`, with square matrices A. B is a batch of matrices or of vectors;
    /// dimensions before these are broadcast. A singular matrix is a LinAlgError. PyTorch: `torch.linalg.solve`.
    public static func solve(_ A: Tensor, _ B: Tensor, left: Bool = true) -> Tensor {
        let (result, info) = solveEx(A, B, left: left)
        return LinalgFailure.singularSolve.isAbsent(info, "torch.linalg.solve") ? result : .void
    }

    /// Like `solve`, but also returns an int32 number for each matrix: 0, or the number of a diagonal element of U in
    /// its LU decomposition that is 0. Only if `checkErrors` is this an error. PyTorch: `torch.linalg.solve_ex`.
    public static func solveEx(
        _ A: Tensor, _ B: Tensor, left: Bool = true, checkErrors: Bool = false
    ) -> (result: Tensor, info: Tensor) {
        if let cast = Autocast.float32 {
            return cast.run { solveEx($0(A), $0(B), left: left, checkErrors: checkErrors) }
        }
        guard !anyVoid(A, B), LinalgInput.isInexact(A, "linalg.solve"),
            LinalgInput.check(
                A.dtype == B.dtype,
                "linalg.solve: Expected A and B to have the same dtype, but found A of type \(A.dtype.scalarTypeName) and B of type \(B.dtype.scalarTypeName) instead"
            )
        else { return (.void, .void) }
        let isVector = LinalgInput.isVectors(A, B), matrices = isVector ? B.unsqueeze(-1) : B
        guard LinalgInput.isSystem(A, matrices, left: left, "linalg.solve"), Tensor.shareDevice(A, B),
            let sizes = LinalgInput.broadcast(matrices, A)
        else { return (.void, .void) }
        guard
            LinalgInput.check(
                left || !isVector,
                "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case linalg.solve is equivalent to B / A.squeeze(-1)"
            ), LinalgInput.hasKernel(A, "lu_cpu")
        else { return (.void, .void) }
        let factors = LUFactors.decompose(A)
        if factors.info.isVoid
            || checkErrors && !LinalgFailure.singularSolve.isAbsent(factors.info, "torch.linalg.solve_ex")
        {
            return (.void, .void)
        }
        var X = LUFactors.solve(
            factors.LU, factors.pivots, noGrad { matrices.detach() }, sizes, left: left, adjoint: false)
        if X.isVoid { return (.void, .void) }
        if isVector { X = vectors(X) }
        record(
            "LinalgSolveExBackward0", results: [X, factors.info], inputs: [A, B],
            saved: [A, factors.LU, factors.pivots], savedResults: [0]
        ) { node, grads in
            guard let g = grads[0] else { return [nil, nil] }
            let (A, X) = (node.saved(0), node.saved(3))
            // The factors have no history, so a recorded backward pass decomposes again.
            let (gX, X2) = isVector ? (g.unsqueeze(-1), X.unsqueeze(-1)) : (g, X)
            let gB =
                isGradEnabled()
                ? solve(A.mH, gX, left: left)
                : luSolve(node.saved(1), node.saved(2), gX, left: left, adjoint: true)
            let gA = node.needs(0) ? (left ? gB.matmul(X2.mH) : X2.mH.matmul(gB)).neg() : nil
            return [gA, node.needs(1) ? (isVector ? gB.squeeze(-1) : gB) : nil]
        }
        return (X, factors.info)
    }

    /// Returns column vectors [..., n, 1] as a batch of vectors [..., n]. Its last two dimensions are in column-major
    /// memory, as in PyTorch.
    private static func vectors(_ X: Tensor) -> Tensor {
        let vectors = X.alias(Layout(Array(X.sizes.dropLast())))
        if vectors.dim < 2 { return vectors }
        return vectors.columnMajorCopy()
    }

    /// Computes the inverses of square matrices. A singular matrix is a LinAlgError. PyTorch: `torch.linalg.inv`.
    public static func inv(_ A: Tensor) -> Tensor {
        let (result, info) = invEx(A)
        return LinalgFailure.singularInverse.isAbsent(info, "linalg.inv") ? result : .void
    }

    /// Like `inv`, but also returns an int32 number for each matrix: 0, or the number of a diagonal element of U in its
    /// LU decomposition that is 0. Only if `checkErrors` is this an error. PyTorch: `torch.linalg.inv_ex`.
    public static func invEx(_ A: Tensor, checkErrors: Bool = false) -> (inverse: Tensor, info: Tensor) {
        if let cast = Autocast.float32 { return cast.run { invEx($0(A), checkErrors: checkErrors) } }
        guard LinalgInput.isSquare(A, "linalg.inv"), LinalgInput.isWide(A, "linalg.inv") else {
            return (.void, .void)
        }
        let factors = LUFactors.decompose(A)
        let result = Tensor.columnMajor(A.sizes, A.dtype, A.device)
        if factors.info.isVoid || result.isVoid
            || checkErrors && !LinalgFailure.singularInverse.isAbsent(factors.info, "linalg.inv_ex")
        {
            return (.void, .void)
        }
        result.setToIdentity()
        let done = factors.LU.decompose(DecompositionForm(what: .luSolve), b: result, pivots: factors.pivots)
        if done.isVoid { return (.void, .void) }
        record("LinalgInvExBackward0", results: [result, factors.info], inputs: [A], savedResults: [0]) { node, grads in
            let adjoint = node.saved(0).mH
            return [grads[0].map { adjoint.matmul($0.matmul(adjoint)).neg() }]
        }
        return (result, factors.info)
    }

    // MARK: Tensors as matrices

    /// Computes the inverse of a tensor as a linear map: `tensordot(tensorinv(A, ind: k), A, dims: k)` is the identity.
    /// The product of the first `ind` sizes must be that of the others. PyTorch: `torch.linalg.tensorinv`.
    public static func tensorinv(_ A: Tensor, ind: Int = 2) -> Tensor {
        if let cast = Autocast.float32 { return cast.run { tensorinv($0(A), ind: ind) } }
        guard !A.isVoid,
            LinalgInput.check(ind > 0, "Expected a strictly positive integer for 'ind', but got \(ind)"),
            LinalgInput.check(ind <= A.dim, "ArrayRef: invalid slice, N = \(ind); size = \(A.dim)")
        else { return .void }
        let first = Array(A.sizes.prefix(ind)), last = Array(A.sizes.dropFirst(ind))
        let (m, n) = (first.reduce(1, &*), last.reduce(1, &*))
        guard
            LinalgInput.check(
                m == n,
                "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got \(n) != \(m)"
            )
        else { return .void }
        let (inverse, info) = invEx(A.reshape([m, n]))
        guard LinalgFailure.singularInverse.isAbsent(info, "inv") else { return .void }
        return inverse.reshape(last + first).named("ReshapeAliasBackward0")
    }

    /// Solves `tensordot(A, X, dims: X.dim)` = B for X. The product of A's last dimensions, as many as X has, must be
    /// that of B's sizes. `dims` are moved to A's end before. PyTorch: `torch.linalg.tensorsolve`.
    public static func tensorsolve(_ A: Tensor, _ B: Tensor, dims: [Int]? = nil) -> Tensor {
        if let cast = Autocast.float32 { return cast.run { tensorsolve($0(A), $0(B), dims: dims) } }
        if anyVoid(A, B) { return .void }
        let moved = dims.map { A.movedim($0, Array((A.dim - $0.count)..<Swift.max(A.dim, A.dim - $0.count))) } ?? A
        guard !moved.isVoid,
            LinalgInput.check(
                B.dim <= moved.dim, "linalg.tensorsolve: B has more dimensions (\(B.dim)) than A (\(moved.dim))")
        else { return .void }
        let sizes = Array(moved.sizes.dropFirst(B.dim))
        let (m, n) = (B.sizes.reduce(1, &*), sizes.reduce(1, &*))
        guard
            LinalgInput.check(
                m == n,
                "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got \(n) != \(m)"
            ),
            LinalgInput.check(
                moved.sizes.prefix(B.dim).reduce(1, &*) == m,
                "linalg.tensorsolve: the first \(B.dim) sizes of A, \(Array(moved.sizes.prefix(B.dim))), do not hold as many elements as B, \(B.sizes)"
            )
        else { return .void }
        return solve(moved.reshape([n, n]), B.flatten()).reshape(sizes)
    }
}

extension Tensor {
    /// Computes the inverses of square matrices. PyTorch: `torch.inverse`.
    public func inverse() -> Tensor { linalg.inv(self) }

    /// Writes identity matrices.
    func setToIdentity() {
        backend.fill(out: strided, 0)
        var diagonal = strided
        diagonal.layout = layout.diagonal(offset: 0, dim - 2, dim - 1)
        backend.fill(out: diagonal, 1)
    }
}
