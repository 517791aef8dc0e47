import CTorchKernels

// Least squares.

extension linalg {
    /// How least squares are computed, by LAPACK's names.
    public enum LstsqDriver: String, Sendable {
        /// QR decomposition, for matrices of full rank.
        case gels
        /// QR decomposition with pivoting.
        case gelsy
        /// Singular values, by divide and conquer.
        case gelsd
        /// Singular values.
        case gelss

        fileprivate var decomposition: Decomposition {
            switch self {
            case .gels: .leastSquares
            case .gelsy: .leastSquaresPivoted
            case .gelsd: .leastSquaresDivided
            case .gelss: .leastSquaresIterated
            }
        }
    }

    /// Computes X [..., n, k] with the least ‖A X - B‖ for matrices A [..., m, n] and B [..., m, k] or vectors B
    /// [..., m]. If there are several, that of the least norm. Singular values up to `rcond` times the largest count as
    /// 0; by default `rcond` is the dtype's epsilon times max(m, n). The results are
    /// - X;
    /// - the sums of the squares of A X - B for each column, if m > n, A has full rank and the driver is not gelsy,
    ///   otherwise empty;
    /// - the ranks of A, if the driver is not gels, otherwise empty;
    /// - the singular values of A, if the driver is gelsd or gelss, otherwise empty.
    /// PyTorch: `torch.linalg.lstsq`.
    public static func lstsq(
        _ A: Tensor, _ B: Tensor, rcond: Double? = nil, driver: LstsqDriver = .gelsy
    ) -> (solution: Tensor, residuals: Tensor, rank: Tensor, singularValues: Tensor) {
        if let cast = Autocast.float32 { return cast.run { lstsq($0(A), $0(B), rcond: rcond, driver: driver) } }
        guard let system = LeastSquares(A, B), let found = system.solved(rcond: rcond, driver) else {
            return (.void, .void, .void, .void)
        }
        let isVector = system.isVector, hasResiduals = found.residuals.numel() > 0
        record(
            "LinalgLstsqBackward0", results: [found.solution, found.residuals, found.rank, found.singularValues],
            inputs: [A, B], saved: [A, B], savedResults: [0]
        ) { node, grads in
            let (A, B, X) = (node.saved(0), node.saved(1), node.saved(2))
            func matrix(_ x: Tensor) -> Tensor { isVector ? x.unsqueeze(-1) : x }
            let (gA, gB) = gradients(
                grads[0].map(matrix), hasResiduals ? grads[1] : nil, A, matrix(B), matrix(X), rcond,
                driver)
            return [gA, isVector ? gB?.squeeze(-1) : gB]
        }
        for result in [found.rank, found.singularValues] { result.node = nil }
        return found
    }

    /// The adjoint: of X = A⁺ B by the derivative of the pseudoinverse (Golub and Pereyra), and of the residuals.
    private static func gradients(
        _ gX: Tensor?, _ gResiduals: Tensor?, _ A: Tensor, _ B: Tensor, _ X: Tensor, _ rcond: Double?,
        _ driver: LstsqDriver
    ) -> (Tensor?, Tensor?) {
        var gA: Tensor?, gB: Tensor?
        let R = B.sub(A.matmul(X))
        if let gX {
            let m = A.sizes[A.dim - 2]
            let one = Tensor.eye(m, dtype: A.dtype, device: A.device).expand(A.batchSizes + [m, m])
            let P = lstsq(A, one, rcond: rcond, driver: driver).solution
            let W = P.mH.matmul(gX)
            gA = R.matmul(P.matmul(W).mH).sub(W.matmul(X.mH)).add(
                P.mH.matmul(X).matmul(gX.sub(A.mH.matmul(W)).mH))
            gB = W
        }
        if let gResiduals {
            let scaled = R.mul(gResiduals.unsqueeze(-2)).mul(2)
            let change = scaled.matmul(X.mH).neg()
            gA = gA?.add(change) ?? change
            gB = gB?.add(scaled) ?? scaled
        }
        return (gA, gB)
    }
}

/// A system of least squares whose operands fit.
private struct LeastSquares {
    let A: Tensor, B: Tensor
    let isVector: Bool
    private let sizes: ([Int], [Int])

    init?(_ A: Tensor, _ B: Tensor) {
        let name = "torch.linalg.lstsq"
        guard !anyVoid(A, B), LinalgInput.check(A.dim >= 2, "\(name): input must have at least 2 dimensions."),
            LinalgInput.check(B.dim >= 1, "\(name): other must have at least 1 dimension."),
            LinalgInput.check(
                A.dtype == B.dtype,
                "\(name): Expected input and other to have the same dtype, but got input's dtype \(A.dtype.scalarTypeName) and other's dtype \(B.dtype.scalarTypeName)"
            ),
            LinalgInput.check(
                (0...1).contains(A.dim - B.dim),
                "\(name): input.dim() must be greater or equal to other.dim() and (input.dim() - other.dim()) <= 1")
        else { return nil }
        self.A = A
        isVector = LinalgInput.isVectors(A, B)
        self.B = isVector ? B.unsqueeze(-1) : B
        guard
            LinalgInput.check(
                A.sizes[A.dim - 2] == self.B.sizes[self.B.dim - 2],
                "\(name): input.size(-2) should match other.size(\(isVector ? -1 : -2))"),
            Tensor.shareDevice(A, B),
            LinalgInput.check(
                [DType.float32, .float64, .complex64, .complex128].contains(A.dtype),
                "This function doesn't handle types other than float and double"),
            let sizes = LinalgInput.broadcast(A, self.B)
        else { return nil }
        self.sizes = sizes
    }

    func solved(
        rcond: Double?, _ driver: linalg.LstsqDriver
    ) -> (solution: Tensor, residuals: Tensor, rank: Tensor, singularValues: Tensor)? {
        let m = A.sizes[A.dim - 2], n = A.sizes[A.dim - 1], k = sizes.1[sizes.1.count - 1]
        let batch = Array(sizes.0.dropLast(2)), least = Swift.min(m, n)
        func new(_ sizes: [Int], _ dtype: DType) -> Tensor { Tensor.allocate(Layout(sizes), dtype, A.device) }
        let hasRank = driver != .gels, hasValues = driver == .gelsd || driver == .gelss
        let values = hasValues ? new(batch + [least], A.dtype.toReal) : nil
        let ranks = hasRank ? new(batch + [1], .int32) : nil
        return noGrad {
            let X = Tensor.columnMajor(batch + [Swift.max(m, n), k], A.dtype, A.device)
            let zero = Tensor.filled(0, [], A.dtype, A.device)
            if anyVoid(X, zero, values, ranks) { return nil }
            for (start, length, source) in [(0, m, B.detach()), (m, Swift.max(m, n) - m, zero)] {
                let part = X.layout.sliced(X.dim - 2, start: start, length: length)
                if part.count > 0 { X.backend.copy(out: X.alias(part).strided, source.strided) }
            }
            let info = A.columnMajorCopy(sizes.0).decompose(
                DecompositionForm(
                    what: driver.decomposition, rcond: rcond ?? A.dtype.epsilon * Double(Swift.max(m, n))),
                b: X, values: values, pivots: ranks)
            if info.isVoid { return nil }
            guard LinalgFailure.leastSquares.isAbsent(info, "torch.linalg.lstsq") else { return nil }
            let rank = ranks.map { $0.squeeze(-1).to(.int64) } ?? new([0], .int64)
            let isFull = !hasRank || !rank.hasElements || rank.toArray(as: Int.self).allSatisfy { $0 == n }
            let residuals =
                m > n && driver != .gelsy && isFull
                ? X.narrow(-2, n, m - n).abs().square().sum(dim: -2) : new([0], A.dtype.toReal)
            // A copy, so that further columns of the memory do not count as a base of a view.
            var solution = X.alias(X.layout.sliced(X.dim - 2, start: 0, length: n))
            if isVector { solution = solution.alias(solution.layout.squeezed([X.dim - 1])) }
            let singular = values ?? new([0], A.dtype.toReal)
            return anyVoid(solution, residuals, rank, singular) ? nil : (solution, residuals, rank, singular)
        }
    }
}
