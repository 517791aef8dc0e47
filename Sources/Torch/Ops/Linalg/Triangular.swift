import CTorchKernels

// Systems with a triangular matrix.

extension linalg {
    /// Solves A X = B, or X A = B if not `left`, with triangular matrices A. The other triangle of A is not read, nor
    /// the diagonal if `unitriangular`: it counts as ones. Dimensions before the last two are broadcast.
    /// PyTorch: `torch.linalg.solve_triangular`.
    public static func solveTriangular(
        _ A: Tensor, _ B: Tensor, upper: Bool, left: Bool = true, unitriangular: Bool = false
    ) -> Tensor {
        guard !anyVoid(A, B), LinalgInput.isSystem(A, B, left: left, "linalg.solve_triangular"),
            LinalgInput.check(
                A.dtype == B.dtype,
                "linalg.solve_triangular: Expected A and B to have the same dtype, but found A of type \(A.dtype.scalarTypeName) and B of type \(B.dtype.scalarTypeName) instead"
            ), Tensor.shareDevice(A, B), let sizes = LinalgInput.broadcast(B, A),
            LinalgInput.hasKernel(A, "triangular_solve_cpu")
        else { return .void }
        let X = B.columnMajorCopy(sizes.0)
        guard solve(A, sizes.1, X, .plain, upper: upper, left: left, unit: unitriangular) else { return .void }
        return X.record("LinalgSolveTriangularBackward0", A, B, saved: [A], saveResult: true) { node, g in
            let (A, X) = (node.saved(0), node.saved(1))
            let gB = solveTriangular(A.mH, g, upper: !upper, left: left, unitriangular: unitriangular)
            if !node.needs(0) { return [nil, gB] }
            let gA = (left ? gB.matmul(X.mH) : X.mH.matmul(gB)).neg()
            return [triangle(of: gA, upper: upper, unit: unitriangular), node.needs(1) ? gB : nil]
        }
    }

    /// Replaces B, in column-major memory, by the solution of a triangular system. Returns false after an error.
    fileprivate static func solve(
        _ A: Tensor, _ sizes: [Int], _ B: Tensor, _ form: MatrixForm, upper: Bool, left: Bool = true, unit: Bool
    ) -> Bool {
        if B.isVoid { return false }
        // A row-major matrix is read as its transpose.
        if form == .plain, A.sizes == sizes, A.layout.isContiguous,
            !A.layout.transposed(A.dim - 2, A.dim - 1).isContiguous
        {
            return solve(
                A.alias(A.layout.transposed(A.dim - 2, A.dim - 1)), sizes, B, .transposed, upper: !upper, left: left,
                unit: unit)
        }
        let info = A.inColumnMajor(sizes).decompose(
            DecompositionForm(what: .triangularSolve, form: form, upper: upper, right: !left, unit: unit), b: B)
        return !info.isVoid
    }

    /// Returns the triangle of a gradient that counts.
    fileprivate static func triangle(of gradient: Tensor, upper: Bool, unit: Bool) -> Tensor {
        upper ? gradient.triu(unit ? 1 : 0) : gradient.tril(unit ? -1 : 0)
    }
}

extension Tensor {
    /// Solves A X = B, or Aᵀ X = B if `transpose`, with triangular matrices A. This tensor is B. Returns X and a copy
    /// of A. Dimensions before the last two are broadcast. PyTorch: `torch.triangular_solve`.
    public func triangularSolve(
        _ A: Tensor, upper: Bool = true, transpose: Bool = false, unitriangular: Bool = false
    ) -> (solution: Tensor, clonedCoefficient: Tensor) {
        if let cast = Autocast.float32 {
            return cast.run {
                $0(self).triangularSolve($0(A), upper: upper, transpose: transpose, unitriangular: unitriangular)
            }
        }
        guard !anyVoid(self, A),
            LinalgInput.check(
                dim >= 2,
                "torch.triangular_solve: Expected b to have at least 2 dimensions, but it has \(dim) dimensions instead"
            ),
            LinalgInput.check(
                A.dim >= 2,
                "torch.triangular_solve: Expected A to have at least 2 dimensions, but it has \(A.dim) dimensions instead"
            ), LinalgInput.fit(self, A, "triangular_solve"), let sizes = LinalgInput.broadcast(self, A),
            LinalgInput.hasKernel(self, "triangular_solve_cpu")
        else { return (.void, .void) }
        let X = columnMajorCopy(sizes.0), copy = A.columnMajorCopy(sizes.1)
        guard
            linalg.solve(
                copy, sizes.1, X, transpose ? .transposed : .plain, upper: upper, unit: unitriangular)
        else { return (.void, .void) }
        Torch.record(
            "TriangularSolveBackward0", results: [X, copy], inputs: [self, A], saved: [A], savedResults: [0]
        ) { node, grads in
            let (A, X) = (node.saved(0), node.saved(1))
            var gB: Tensor?, gA = grads[1]
            if let g = grads[0] {
                let solution = g.triangularSolve(
                    A.conj(), upper: upper, transpose: !transpose, unitriangular: unitriangular
                ).solution
                gB = solution
                if node.needs(1) {
                    let product = transpose ? X.conj().matmul(solution.mT) : solution.matmul(X.mH)
                    let change = linalg.triangle(of: product.neg(), upper: upper, unit: unitriangular)
                    gA = gA?.add(change) ?? change
                }
            }
            return [gB, gA]
        }
        return (X, copy)
    }
}
