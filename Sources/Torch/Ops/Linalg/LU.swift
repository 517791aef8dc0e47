import CTorchKernels

// LU decompositions with row interchanges: A = P L U.

/// LU decompositions without history.
enum LUFactors {
    /// Decomposes matrices. The caller has checked them.
    static func decompose(_ A: Tensor) -> (LU: Tensor, pivots: Tensor, info: Tensor) {
        let LU = A.columnMajorCopy()
        if LU.isVoid { return (.void, .void, .void) }
        let rank = A.dim, count = Swift.min(A.sizes[rank - 2], A.sizes[rank - 1])
        let pivots = Tensor.allocate(Layout(A.batchSizes + [count]), .int32, A.device)
        return (LU, pivots, LU.decompose(DecompositionForm(what: .lu), pivots: pivots))
    }

    /// Solves a system with decomposed matrices. `sizes` are those of B and LU with broadcast dimensions.
    static func solve(
        _ LU: Tensor, _ pivots: Tensor, _ B: Tensor, _ sizes: ([Int], [Int]), left: Bool, adjoint: Bool
    ) -> Tensor {
        if anyVoid(LU, pivots, B) { return .void }
        let form: MatrixForm, X: Tensor
        if left {
            form = adjoint ? .adjoint : .plain
            X = B.columnMajorCopy(sizes.0)
        } else {
            // X A = B is Aᵀ Xᵀ = Bᵀ, and X Aᴴ = B is A Xᴴ = Bᴴ.
            form = adjoint ? .plain : .transposed
            var swapped = sizes.0
            swapped.swapAt(swapped.count - 2, swapped.count - 1)
            X = (adjoint ? B.mH : B.mT).columnMajorCopy(swapped)
        }
        let expanded = pivots.sizes == sizes.1.dropLast() ? pivots : pivots.expand(Array(sizes.1.dropLast()))
        let info = LU.inColumnMajor(sizes.1).decompose(
            DecompositionForm(what: .luSolve, form: form), b: X, pivots: expanded.contiguous())
        guard hasPivots(info, "linalg.lu_solve") else { return .void }
        if left || X.isVoid { return X }
        return adjoint && X.dtype.isComplex ? X.mH.contiguous() : X.mT
    }

    /// Returns whether a primitive found the pivots in range. Raises if they are not.
    static func hasPivots(_ info: Tensor, _ name: String) -> Bool {
        if info.isVoid { return false }
        let host = info.ofAllExamples.onHost
        guard host.hasElements else { return !host.isVoid }
        return LinalgInput.check(
            !host.int32Elements.contains(-1), "\(name): the pivots must be between 1 and the number of rows")
    }
}

extension linalg {
    /// Computes the LU decomposition A = P L U of matrices: P, L and U. PyTorch: `torch.linalg.lu`.
    public static func lu(_ A: Tensor, pivot: Bool = true) -> (P: Tensor, L: Tensor, U: Tensor) {
        guard
            A.isVoid
                || LinalgInput.check(
                    A.dim >= 2, "linalg.lu: Expected tensor with 2 or more dimensions. Got size: \(A.sizes) instead"),
            let (packed, pivots, _) = factors(A, pivot)
        else { return (.void, .void, .void) }
        let (P, L, U) = noGrad { luUnpack(packed, pivots) }
        record("LinalgLuBackward0", results: [P, L, U], inputs: [A], saved: [P], savedResults: [1, 2]) { node, grads in
            [gradient(grads[1], grads[2], node.saved(0), node.saved(1), node.saved(2))]
        }
        P.node = nil
        return (P, L, U)
    }

    /// Computes the LU decomposition in compact form: L below the diagonal and U on and above it, and the numbers, from
    /// 1, of the rows with which rows were interchanged. A zero on U's diagonal is an error.
    /// PyTorch: `torch.linalg.lu_factor`.
    public static func luFactor(_ A: Tensor, pivot: Bool = true) -> (LU: Tensor, pivots: Tensor) {
        let (packed, pivots, info) = luFactorEx(A, pivot: pivot)
        return LinalgFailure.zeroPivot.isAbsent(info, "torch.linalg.lu_factor") ? (packed, pivots) : (.void, .void)
    }

    /// Like `luFactor`, but also returns an int32 number for each matrix: 0, or the number of an element of U's
    /// diagonal that is 0. Only if `checkErrors` is this an error. PyTorch: `torch.linalg.lu_factor_ex`.
    public static func luFactorEx(
        _ A: Tensor, pivot: Bool = true, checkErrors: Bool = false
    ) -> (LU: Tensor, pivots: Tensor, info: Tensor) {
        guard
            A.isVoid
                || LinalgInput.check(
                    A.dim >= 2,
                    "torch.lu_factor: Expected tensor with 2 or more dimensions. Got size: \(A.sizes) instead"),
            let (packed, pivots, info) = factors(A, pivot),
            !checkErrors || LinalgFailure.zeroPivot.isAbsent(info, "torch.linalg.lu_factor_ex")
        else { return (.void, .void, .void) }
        record(
            "LinalgLuFactorExBackward0", results: [packed, pivots, info], inputs: [A], saved: [pivots],
            savedResults: [0]
        ) { node, grads in
            guard let g = grads[0] else { return [nil] }
            let (P, L, U) = luUnpack(node.saved(1), node.saved(0))
            let k = L.sizes[L.dim - 1]
            return [gradient(g.narrow(-1, 0, k).tril(-1), g.narrow(-2, 0, k).triu(), P, L, U)]
        }
        return (packed, pivots, info)
    }

    private static func factors(_ A: Tensor, _ pivot: Bool) -> (Tensor, Tensor, Tensor)? {
        guard !A.isVoid, LinalgInput.hasKernel(A, "lu_cpu"),
            LinalgInput.check(pivot, "linalg.lu_factor: LU without pivoting is not implemented on the CPU")
        else { return nil }
        let result = LUFactors.decompose(A)
        return result.info.isVoid ? nil : result
    }

    /// The adjoint of the decomposition. For square matrices, dL = L tril(F, -1) and dU = triu(F) U with
    /// F = L⁻¹ Pᵀ dA U⁻¹. Further columns of U are L⁻¹ times those of Pᵀ A; further rows of L are those of Pᵀ A times
    /// U⁻¹.
    fileprivate static func gradient(
        _ gL: Tensor?, _ gU: Tensor?, _ P: Tensor, _ L: Tensor, _ U: Tensor
    ) -> Tensor? {
        if gL == nil && gU == nil { return nil }
        let m = L.sizes[L.dim - 2], n = U.sizes[U.dim - 1], k = Swift.min(m, n)
        let L1 = L.narrow(-2, 0, k), U1 = U.narrow(-1, 0, k)
        var gL1 = gL?.narrow(-2, 0, k), gU1 = gU?.narrow(-1, 0, k)
        var further: Tensor?
        if n > k, let gU {
            let columns = solveTriangular(L1.mH, gU.narrow(-1, k, n - k), upper: true, unitriangular: true)
            let change = columns.matmul(U.narrow(-1, k, n - k).mH)
            gL1 = gL1?.sub(change) ?? change.neg()
            further = columns
        }
        if m > k, let gL {
            let rows = solveTriangular(U1.mH, gL.narrow(-2, k, m - k), upper: false, left: false)
            let change = L.narrow(-2, k, m - k).mH.matmul(rows)
            gU1 = gU1?.sub(change) ?? change.neg()
            further = rows
        }
        let lower = gL1.map { L1.mH.matmul($0).tril(-1) }, upper = gU1.map { $0.matmul(U1.mH).triu() }
        guard let inner = lower.map({ low in upper.map { low.add($0) } ?? low }) ?? upper else { return nil }
        let left = solveTriangular(L1.mH, inner, upper: true, unitriangular: true)
        var result = solveTriangular(U1.mH, left, upper: false, left: false)
        if m != n {
            let side = m > n ? [m - k, n] : [m, n - k]
            let rest =
                further ?? Tensor.filled(0, L.batchSizes + side, L.dtype, L.device)
            result = cat([result, rest], dim: m > n ? -2 : -1)
        }
        return P.matmul(result)
    }

    /// Solves A X = B, or X A = B if not `left`, with the LU decomposition of A, or of Aᴴ if `adjoint`. Dimensions
    /// before the last two are broadcast. PyTorch: `torch.linalg.lu_solve`.
    public static func luSolve(
        _ LU: Tensor, _ pivots: Tensor, _ B: Tensor, left: Bool = true, adjoint: Bool = false
    ) -> Tensor {
        guard !anyVoid(LU, pivots, B), LinalgInput.isInexact(LU, "torch.linalg.lu_solve"),
            LinalgInput.check(
                LU.dtype == B.dtype,
                "linalg.lu_solve: Expected LU and B to have the same dtype, but found LU of type \(LU.dtype.scalarTypeName) and B of type \(B.dtype.scalarTypeName) instead"
            ),
            LinalgInput.check(
                pivots.dtype == .int32, "linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32"),
            LinalgInput.isSquare(LU, "torch.linalg.lu_solve"),
            LinalgInput.isSystem(LU, B, left: left, "linalg.lu_solve"),
            LinalgInput.check(
                pivots.dim > 0 && LU.sizes[LU.dim - 1] == pivots.sizes[pivots.dim - 1],
                "linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix"),
            LinalgInput.check(
                Array(LU.sizes.dropLast()) == pivots.sizes,
                "linalg.lu_solve: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with shape \(pivots.sizes) instead"
            ), Tensor.shareDevice(LU, B), Tensor.shareDevice(LU, pivots), let sizes = LinalgInput.broadcast(B, LU),
            LinalgInput.hasKernel(LU, "linalg.lu_solve_cpu")
        else { return .void }
        let X = noGrad { LUFactors.solve(LU.detach(), pivots, B.detach(), sizes, left: left, adjoint: adjoint) }
        return X.record(
            "LinalgLuSolveBackward0", LU, B, saved: [LU, pivots], saveResult: true
        ) { node, g in
            let (LU, pivots, X) = (node.saved(0), node.saved(1), node.saved(2))
            let gB = luSolve(LU, pivots, g, left: left, adjoint: !adjoint)
            if !node.needs(0) { return [nil, gB] }
            // The gradient of A, and from it those of the factors.
            let gOp = (left ? gB.matmul(X.mH) : X.mH.matmul(gB)).neg()
            let (P, L, U) = luUnpack(LU, pivots)
            let gA = P.mT.matmul(adjoint ? gOp.mH : gOp)
            let gLU = gA.matmul(U.mH).tril(-1).add(L.mH.matmul(gA).triu())
            return [gLU, node.needs(1) ? gB : nil]
        }
    }
}

extension Tensor {
    /// Computes the LU decomposition in compact form, and its pivots. PyTorch: `torch.lu`.
    public func lu(pivot: Bool = true) -> (LU: Tensor, pivots: Tensor) {
        let (packed, pivots, _) = linalg.luFactorEx(self, pivot: pivot)
        return (packed, pivots)
    }

    /// Like `lu`, but also returns the numbers that `linalg.luFactorEx` gives. PyTorch: `torch.lu` with `get_infos`.
    public func luWithInfos(pivot: Bool = true) -> (LU: Tensor, pivots: Tensor, infos: Tensor) {
        let (packed, pivots, infos) = linalg.luFactorEx(self, pivot: pivot)
        return (packed, pivots, infos)
    }

    /// Solves A X = B with the LU decomposition of A. This tensor is B. PyTorch: `torch.lu_solve`.
    public func luSolve(_ luData: Tensor, _ luPivots: Tensor) -> Tensor {
        if let cast = Autocast.float32 { return cast.run { $0(self).luSolve($0(luData), luPivots) } }
        return linalg.luSolve(luData, luPivots, self)
    }
}

/// Returns P, L and U of an LU decomposition in compact form. What is not unpacked is empty.
/// PyTorch: `torch.lu_unpack`.
public func luUnpack(
    _ luData: Tensor, _ luPivots: Tensor, unpackData: Bool = true, unpackPivots: Bool = true
) -> (P: Tensor, L: Tensor, U: Tensor) {
    guard !anyVoid(luData, luPivots),
        LinalgInput.check(
            luData.dim >= 2,
            "torch.lu_unpack: Expected tensor with 2 or more dimensions. Got size: \(luData.sizes) instead"),
        LinalgInput.check(
            !unpackPivots || luPivots.dtype == .int32,
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\nNote: this function is intended to be used with the output produced by torch.linalg.lu_factor"
        ), Tensor.shareDevice(luData, luPivots)
    else { return (.void, .void, .void) }
    let m = luData.sizes[luData.dim - 2], n = luData.sizes[luData.dim - 1], k = Swift.min(m, n)
    let expected = luData.batchSizes + [k]
    guard !unpackPivots || luPivots.sizes == expected else {
        raise(.value, "Expected LU_pivots to have shape \(expected) but got \(luPivots.sizes) instead.")
        return (.void, .void, .void)
    }
    func empty() -> Tensor { Tensor.allocate(Layout([0]), luData.dtype, luData.device) }
    let P = unpackPivots ? permutations(luPivots, luData.batchSizes, m, luData.dtype) : empty()
    if P.isVoid { return (.void, .void, .void) }
    guard unpackData else { return (P, empty(), empty()) }
    let (L, U) = noGrad { () -> (Tensor, Tensor) in
        let packed = luData.detach(), lower = packed.narrow(-1, 0, k).tril(-1)
        if !lower.isVoid, lower.numel() > 0 {
            var diagonal = lower.strided
            diagonal.layout = lower.layout.diagonal(offset: 0, lower.dim - 2, lower.dim - 1)
            lower.backend.fill(out: diagonal, 1)
        }
        return (lower, packed.narrow(-2, 0, k).triu())
    }
    if anyVoid(L, U) { return (.void, .void, .void) }
    record("LuUnpackBackward0", results: [P, L, U], inputs: [luData]) { _, grads in
        if grads[1] == nil && grads[2] == nil { return [nil] }
        func filled(_ g: Tensor, _ rows: Int, _ columns: Int) -> Tensor {
            rows == 0 && columns == 0 ? g : g.constantPadNd([0, columns, 0, rows])
        }
        let lower = grads[1].map { filled($0.tril(-1), 0, n - k) }, upper = grads[2].map { filled($0.triu(), m - k, 0) }
        guard let lower else { return [upper] }
        return [upper.map { lower.add($0) } ?? lower]
    }
    P.node = nil
    return (P, L, U)
}

/// Returns the permutation matrices of interchanges of m rows.
private func permutations(_ pivots: Tensor, _ batch: [Int], _ m: Int, _ dtype: DType) -> Tensor {
    let result = Tensor.allocate(Layout(batch + [m, m]), .float32, pivots.device)
    if result.isVoid { return .void }
    if result.numel() > 0 {
        // The primitive writes Pᵀ to column-major memory: P to row-major memory.
        let info = noGrad {
            result.mT.decompose(DecompositionForm(what: .interchanges), pivots: pivots.contiguous())
        }
        guard !info.isVoid else { return .void }
        let host = info.ofAllExamples.onHost
        if host.hasElements, host.int32Elements.contains(-1) {
            return fail(
                .runtime,
                "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive.Did you properly pass the result of lu_factor?"
            )
        }
    }
    return result.to(dtype)
}
