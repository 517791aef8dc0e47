import CTorchKernels

extension CheckedBackend {
    func decompose(_ form: DecompositionForm, _ arrays: DecompositionArrays) -> Bool {
        let primitive = "decompose", dtype = arrays.a.dtype
        let operands = [arrays.a, arrays.b, arrays.c].compactMap { $0 },
            others = [arrays.values, arrays.pivots].compactMap { $0 }
        check(primitive, out: (operands + others + [arrays.info]).map(\.strided), [])
        require(
            [DType.float32, .float64, .complex64, .complex128].contains(dtype)
                && operands.allSatisfy {
                    $0.dtype == dtype || form.what.hasComplexVectors && $0.dtype == dtype.toComplex
                },
            primitive, "\(form.what) of \(operands.map(\.dtype))")
        require(
            (operands + others).allSatisfy { $0.layout.rank > 0 } && operands.allSatisfy { $0.layout.rank > 1 },
            primitive,
            "operands of \((operands + others).map(\.layout.sizes))")
        let batch = Array(arrays.a.layout.sizes.dropLast(2))
        require(
            operands.allSatisfy { Array($0.layout.sizes.dropLast(2)) == batch }
                && others.allSatisfy { Array($0.layout.sizes.dropLast()) == batch }
                && arrays.info.layout.sizes == batch && arrays.info.dtype == .int32
                && (arrays.pivots.map { $0.dtype == .int32 } ?? true), primitive,
            "operands of \((operands + others + [arrays.info]).map(\.layout.sizes))")
        require(form.fits(arrays), primitive, "\(form) of \((operands + others).map(\.layout.sizes))")
        return base.decompose(form, arrays)
    }
}

extension Decomposition {
    /// Whether real matrices may have complex results.
    fileprivate var hasComplexVectors: Bool { false }
}

extension DecompositionForm {
    /// Whether the operands have the sizes and dtypes that the decomposition reads and writes.
    fileprivate func fits(_ arrays: DecompositionArrays) -> Bool {
        let (m, n, _) = arrays.a.matrices, b = arrays.b?.matrices
        let values = arrays.values?.layout.sizes.last, pivots = arrays.pivots?.layout.sizes.last
        let hasElements = arrays.values?.dtype == arrays.a.dtype,
            hasReals = arrays.values?.dtype == arrays.a.dtype.toReal
        switch what {
        case .lu: return pivots == Swift.min(m, n)
        case .interchanges: return m == n && pivots! <= m
        case .luSolve: return m == n && b?.rows == n && pivots == n && !right
        case .ldlSolve: return m == n && b?.rows == n && pivots == n && !right
        case .cholesky, .choleskyInverse: return m == n
        case .choleskySolve: return m == n && b?.rows == n && !right
        case .triangularSolve: return m == n && (right ? b?.columns : b?.rows) == n
        case .qr: return hasElements && values == Swift.min(m, n)
        case .orthogonal: return hasElements && m >= n && values! <= n
        case .reflect: return hasElements && values! <= Swift.min(m, n) && (right ? b?.columns : b?.rows) == m
        case .ldl: return m == n && pivots == n
        case .leastSquares: return b?.rows == Swift.max(m, n)
        case .leastSquaresPivoted: return b?.rows == Swift.max(m, n) && pivots == 1
        case .leastSquaresDivided, .leastSquaresIterated:
            return b?.rows == Swift.max(m, n) && pivots == 1 && hasReals && values == Swift.min(m, n)
        }
    }
}
