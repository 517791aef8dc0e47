/// The steps of `lobpcg`: locally optimal block preconditioned conjugate gradients. A tracker is given it after each
/// step.
///
/// - SeeAlso: A. V. Knyazev: Toward the Optimal Preconditioned Eigensolver, 2001; J. A. Duersch, M. Shao, C. Yang and
///   M. Gu: A Robust and Efficient Implementation of LOBPCG, 2018.
public final class LOBPCG {
    /// How the search space is kept independent.
    public enum Method: String, Sendable {
        /// By Cholesky decompositions, which may fail.
        case basic
        /// By orthogonal bases.
        case ortho
    }

    /// The matrix, that of a generalized problem, and the preconditioner.
    public let A: Tensor, B: Tensor?, iK: Tensor?
    /// Integers that steer the iteration: `m`, `n`, `k`, `niter`, `ortho_i_max`, `ortho_j_max`, `batch_index`.
    public let iparams: [String: Int]
    /// Tolerances: `tol`, `ortho_tol`, `ortho_tol_drop`, `ortho_tol_replace`.
    public let fparams: [String: Double]
    /// `largest`, `ortho_use_drop`.
    public let bparams: [String: Bool]
    /// How the search space is kept independent.
    public let method: Method
    /// The eigenvalues, eigenvectors, search space and residuals so far.
    public private(set) var E: Tensor, X: Tensor, S: Tensor, R: Tensor
    /// `istep`, `iterations_left`, `converged_count`, `converged_end`, `ortho_i`, `ortho_j`.
    public private(set) var ivars = ["istep": 0]
    /// Norms and errors, such as `A_norm`.
    public private(set) var fvars: [String: Double] = [:]
    /// A tracker ends the iteration by `bvars["force_stop"] = true`.
    public var bvars: [String: Bool] = [:]
    /// `rerr`: the relative residuals.
    public private(set) var tvars: [String: Tensor] = [:]

    private let tracker: ((LOBPCG) -> Void)?
    private let m: Int, n: Int, isLargest: Bool
    private var end = 0, converged = 0

    init(
        _ A: Tensor, _ B: Tensor?, _ X: Tensor, _ iK: Tensor?, _ iparams: [String: Int], _ fparams: [String: Double],
        _ bparams: [String: Bool], _ method: Method, _ tracker: ((LOBPCG) -> Void)?
    ) {
        (self.A, self.B, self.iK, self.method, self.tracker) = (A, B, iK, method, tracker)
        (self.iparams, self.fparams, self.bparams) = (iparams, fparams, bparams)
        (m, n, isLargest) = (iparams["m"]!, iparams["n"]!, bparams["largest"]!)
        self.X = X.clone()
        E = Tensor.zeros([n], dtype: X.dtype, device: X.device)
        R = Tensor.zeros([m, n], dtype: X.dtype, device: X.device)
        S = Tensor.zeros([m, 3 * n], dtype: X.dtype, device: X.device)
    }

    /// Runs steps until the requested number of pairs has converged, or no iterations are left.
    func run() {
        repeat {
            update()
            if ErrorBox.hasFailed { return }
            tracker?(self)
        } while !(bvars["force_stop"] ?? false || ivars["iterations_left"] == 0 || converged >= iparams["k"]!)
    }

    private func update() {
        if ivars["istep"] == 0 {
            let norm = X.norm().item()
            fvars["X_norm"] = norm
            fvars["A_norm"] = A.matmul(X).norm().item() / norm
            fvars["B_norm"] = product(B, X).norm().item() / norm
            ivars["iterations_left"] = iparams["niter"]
        }
        switch method {
        case .ortho: updateOrtho()
        case .basic: updateBasic()
        }
        ivars["converged_count"] = converged
        ivars["converged_end"] = end
        ivars["iterations_left"]! -= 1
        ivars["istep"]! += 1
    }

    private func updateBasic() {
        if ivars["istep"] == 0 {
            let transform = rayleighRitz(X), (values, vectors) = pairs(quadratic(quadratic(A, X), transform))
            X = X.matmul(transform.matmul(vectors))
            E.copy_(values)
            updateResidual()
            extend(by: [], product(iK, R))
            return
        }
        let space = S.narrow(1, converged, end - converged), transform = rayleighRitz(space)
        let (values, vectors) = pairs(quadratic(quadratic(A, space), transform)), open = n - converged
        if vectors.isVoid { return }
        replace(space.matmul(transform.matmul(vectors.narrow(1, 0, open))), values.narrow(0, 0, open))
        let count = vectors.sizes[1], first = Swift.min(n, count)
        let directions = space.matmul(
            transform.matmul(vectors.narrow(1, first, Swift.min(n + open, count) - first)))
        updateResidual()
        extend(by: [directions], product(iK, R.narrow(1, converged, n - converged)))
    }

    private func updateOrtho() {
        if ivars["istep"] == 0 {
            let transform = rayleighRitz(X), (_, vectors) = pairs(quadratic(quadratic(A, X), transform))
            X = X.matmul(transform.matmul(vectors))
            updateResidual()
            extend(by: [], orthogonal(R, to: X))
            return
        }
        let space = S.narrow(1, converged, end - converged), (values, vectors) = pairs(quadratic(A, space))
        if vectors.isVoid { return }
        let open = n - converged, rest = vectors.sizes[1] - open
        replace(space.matmul(vectors.narrow(1, 0, open)), values.narrow(0, 0, open))
        let others = vectors.narrow(1, open, rest)
        let basis = linalg.qr(others.narrow(0, 0, open).mT).Q
        let directions = space.matmul(others.matmul(basis))
        updateResidual()
        if ErrorBox.hasFailed { return }
        let outside = cat([X, directions], dim: 1)
        extend(by: [directions], orthogonal(R.narrow(1, converged, n - converged), to: outside))
    }

    /// Replaces the eigenpairs that have not converged.
    private func replace(_ vectors: Tensor, _ values: Tensor) {
        X.narrow(1, converged, n - converged).copy_(vectors)
        E.narrow(0, converged, n - converged).copy_(values)
    }

    /// Sets the search space: the eigenvectors, directions, and preconditioned residuals.
    private func extend(by directions: [Tensor], _ residuals: Tensor) {
        if ErrorBox.hasFailed { return }
        let space = cat([X] + directions + [residuals], dim: 1)
        end = space.isVoid ? 0 : space.sizes[1]
        if end > 3 * n { end = 3 * n }
        S.narrow(1, 0, end).copy_(space.narrow(1, 0, end))
    }

    private func product(_ matrix: Tensor?, _ x: Tensor) -> Tensor { matrix?.matmul(x) ?? x }

    /// Returns SᵀAS.
    private func quadratic(_ matrix: Tensor?, _ s: Tensor) -> Tensor { s.mT.matmul(product(matrix, s)) }

    /// Returns the eigenpairs of a symmetric matrix; the requested ones come first.
    private func pairs(_ matrix: Tensor) -> (values: Tensor, vectors: Tensor) {
        let (values, vectors) = linalg.eigh(matrix, UPLO: .upper)
        return isLargest ? (values.flip(-1), vectors.flip(-1)) : (values, vectors)
    }

    /// Updates the residuals, and counts the leading pairs that have converged.
    private func updateResidual() {
        R = A.matmul(X).sub(product(B, X).mul(E))
        if R.isVoid { return }
        let scale = E.abs().mul(fvars["B_norm"]!).add(fvars["A_norm"]!)
        let errors = R.norm(dim: [0]).div(X.norm(dim: [0]).mul(scale)), tolerance = fparams["tol"]!
        tvars["rerr"] = errors
        let count = errors.toArray(as: Double.self).prefix { $0 < tolerance }.count
        guard count >= converged else {
            raise(
                .assertion,
                "the number of converged eigenpairs (was \(converged), got \(count)) cannot decrease")
            return
        }
        converged = count
    }

    /// Returns an upper triangular matrix Rᵢ for which (S Rᵢ)ᵀ B S Rᵢ is the identity.
    private func rayleighRitz(_ s: Tensor) -> Tensor {
        let product = quadratic(B, s), row = product.diagonal(dim1: -2, dim2: -1).pow(-0.5)
        let R = linalg.cholesky(product.mul(row).mul(row.unsqueeze(-1)), upper: true)
        return linalg.solveTriangular(R, row.diagEmbed(), upper: true, left: false)
    }

    /// Returns a basis of the span of U that is orthonormal with respect to B. Columns that add less than the tolerance
    /// are dropped, or replaced.
    private func orthonormal(_ U: Tensor, drop: Bool, _ tolerance: Double) -> Tensor {
        if U.numel() == 0 { return U }
        var U = U, product = quadratic(B, U), squares = product.diagonal(dim1: -2, dim2: -1)
        let isZero = squares.eq(0)
        if isZero.any().item(as: Bool.self) {
            U = U.indexSelect(1, isZero.logicalNot().nonzero().squeeze(-1))
            if U.numel() == 0 { return U }
            product = quadratic(B, U)
            squares = product.diagonal(dim1: -2, dim2: -1)
        }
        var scale = squares.pow(-0.5)
        var (values, vectors) = linalg.eigh(product.mul(scale.unsqueeze(-1)).mul(scale), UPLO: .upper)
        if values.isVoid { return .void }
        let threshold = values.abs().max().mul(tolerance)
        if drop {
            let kept = values.gt(threshold).nonzero().squeeze(-1)
            values = values.indexSelect(0, kept)
            vectors = vectors.indexSelect(1, kept)
            if kept.numel() < scale.numel() { scale = scale.indexSelect(0, kept) }
        } else {
            values = values.maximum(threshold)
        }
        return U.mul(scale).matmul(vectors.mul(values.pow(-0.5)))
    }

    /// Returns a basis of the span of U that is orthonormal, and orthogonal to V, with respect to B. It has fewer
    /// columns, or none, if U depends on V.
    private func orthogonal(_ U: Tensor, to V: Tensor) -> Tensor {
        for key in fvars.keys where key.hasPrefix("ortho_") && key.hasSuffix("_rerr") { fvars[key] = nil }
        let normBV = product(B, V).norm().item(), usesDrop = bparams["ortho_use_drop"] ?? false
        let tolerance = fparams["ortho_tol"]!, tolerances = (fparams["ortho_tol_drop"]!, fparams["ortho_tol_replace"]!)
        var U = U, VBU = V.mT.matmul(product(B, U))
        for i in 0..<iparams["ortho_i_max"]! {
            ivars["ortho_i"] = i
            U = U.sub(V.matmul(VBU))
            for j in 0..<iparams["ortho_j_max"]! {
                ivars["ortho_j"] = j
                U = orthonormal(U, drop: usesDrop && j > 0, usesDrop && j == 0 ? tolerances.0 : tolerances.1)
                if U.isVoid || U.numel() == 0 { return U }
                let BU = product(B, U), UBU = U.mT.matmul(BU)
                let identity = Tensor.eye(U.sizes[1], dtype: U.dtype, device: U.device)
                let error = UBU.sub(identity).norm().item() / BU.norm().mul(U.norm()).item()
                fvars["ortho_UBUmI_rerr[\(i), \(j)]"] = error
                if error < tolerance { break }
            }
            VBU = V.mT.matmul(product(B, U))
            let error = VBU.norm().item() / (U.norm().item() * normBV)
            fvars["ortho_VBU_rerr[\(i)]"] = error
            if error < tolerance { break }
            if m < U.sizes[1] + V.sizes[1] {
                raise(
                    .value,
                    "Overdetermined shape of U: #B-cols(=\(m)) >= #U-cols(=\(U.sizes[1])) + #V-cols(=\(V.sizes[1])) must hold"
                )
                return .void
            }
        }
        return U
    }
}

/// Finds the k largest or smallest eigenvalues and their eigenvectors of symmetric matrices, or of the generalized
/// problem A x = λ B x, by products with the matrices alone. PyTorch: `torch.lobpcg`.
///
/// The gradient of A is symmetric. It exists for real matrices, without `B`.
/// - Parameters:
///   - A: symmetric and positive definite, [..., m, m], with m ≥ 3 n.
///   - k: the number of eigenpairs; by default the number of columns of `X`, or 1.
///   - B: the matrix of a generalized problem, of the sizes of A; by default the identity.
///   - X: approximate eigenvectors, [..., m, n]. By default random numbers, PyTorch's for the same seed.
///   - n: the number of random vectors, by default k.
///   - iK: the preconditioner, [..., m, m].
///   - niter: the greatest number of iterations, by default 1000; -1 is infinitely many.
///   - tol: the relative residual of converged pairs; by default the root of the precision of the dtype.
///   - largest: whether the largest eigenvalues are wanted.
///   - method: how the search space is kept independent.
///   - tracker: called after each step.
///   - orthoIparams: `ortho_i_max` and `ortho_j_max`, the repetitions that make a space orthogonal.
///   - orthoFparams: `ortho_tol`, `ortho_tol_drop` and `ortho_tol_replace`, its tolerances.
///   - orthoBparams: `ortho_use_drop`, whether dependent vectors are dropped.
/// - Returns: eigenvalues [..., k] and eigenvectors [..., m, k].
public func lobpcg(
    _ A: Tensor, k: Int? = nil, B: Tensor? = nil, X: Tensor? = nil, n: Int? = nil, iK: Tensor? = nil,
    niter: Int? = nil, tol: Double? = nil, largest: Bool = true, method: LOBPCG.Method = .ortho,
    tracker: ((LOBPCG) -> Void)? = nil, orthoIparams: [String: Int] = [:], orthoFparams: [String: Double] = [:],
    orthoBparams: [String: Bool] = [:]
) -> (E: Tensor, X: Tensor) {
    if A.isVoid || anyVoid(B, X, iK) { return (.void, .void) }
    func solve(_ A: Tensor, _ B: Tensor?) -> (E: Tensor, X: Tensor) {
        noGrad {
            eigenpairs(
                A.detach(), k, B?.detach(), X?.detach(), n, iK?.detach(), niter, tol, largest, method, tracker,
                orthoIparams, orthoFparams, orthoBparams)
        }
    }
    guard recording([A, B].compactMap { $0 }) else { return solve(A, B) }
    // So the gradient of A is symmetric too.
    let symmetric = A.add(A.mT).div(2), symmetricB = B.map { $0.add($0.mT).div(2) }
    let (values, vectors) = solve(symmetric, symmetricB)
    let inputs = [symmetric] + [symmetricB].compactMap { $0 }
    record(
        "LOBPCGAutogradFunctionBackward", results: [values, vectors], inputs: inputs, saved: inputs,
        savedResults: [0, 1]
    ) { node, g in
        let nothing = inputs.map { _ in nil as Tensor? }
        if inputs.contains(where: \.dtype.isComplex) {
            raise(
                .value,
                "lobpcg.backward does not support complex input yet. Note that lobpcg.forward does though.")
            return nothing
        }
        if inputs.count > 1 {
            raise(.value, "lobpcg.backward does not support backward with B != I yet.")
            return nothing
        }
        return [eigenpairGradient(node.saved(0), node.saved(1), node.saved(2), g[0], g[1])]
    }
    return (values, vectors)
}

private func eigenpairs(
    _ A: Tensor, _ k: Int?, _ B: Tensor?, _ X: Tensor?, _ n: Int?, _ iK: Tensor?, _ niter: Int?, _ tol: Double?,
    _ largest: Bool, _ method: LOBPCG.Method, _ tracker: ((LOBPCG) -> Void)?, _ orthoIparams: [String: Int],
    _ orthoFparams: [String: Double], _ orthoBparams: [String: Bool]
) -> (E: Tensor, X: Tensor) {
    guard LinalgInput.isMatrix(A, "lobpcg") else { return (.void, .void) }
    func refuse(_ kind: TorchError.Kind, _ message: String) -> (E: Tensor, X: Tensor) {
        raise(kind, message)
        return (.void, .void)
    }
    let m = A.sizes[A.dim - 1], batch = A.batchSizes
    guard A.sizes[A.dim - 2] == m else {
        return refuse(.assertion, "A must be square, got shape torch.Size(\(A.sizes))")
    }
    if let B, B.sizes != A.sizes {
        return refuse(
            .assertion, "A and B must have same shape, got torch.Size(\(A.sizes)) vs torch.Size(\(B.sizes))")
    }
    let dtype = A.dtype.isFloatingPoint ? A.dtype : .float32
    guard dtype == .float32 || dtype == .float64 else { return refuse(.key, "\(dtype)") }
    if let X, X.dim < 2 { return refuse(.index, "list index out of range") }
    let columns = X.map { $0.sizes[$0.dim - 1] }, count = k ?? columns ?? 1, width = columns ?? n ?? count
    guard width >= 0, width <= m / 3 else {
        return refuse(
            .value,
            "LOBPCG algorithm is not applicable when the number of A rows (=\(m)) is smaller than 3 x the number of requested eigenpairs (=\(width))"
        )
    }
    guard count >= 0, count <= width else {
        return refuse(.value, "lobpcg: expected k (=\(count)) to be from 0 to n (=\(width))")
    }
    let tolerance = tol ?? (dtype == .float32 ? 1.2e-07 : 2.23e-16).squareRoot()
    var iparams = ["m": m, "n": width, "k": count, "niter": niter ?? 1000], fparams = ["tol": tolerance]
    var bparams = ["largest": largest]
    if method == .ortho {
        iparams.merge(["ortho_i_max": 3, "ortho_j_max": 3].merging(orthoIparams) { $1 }) { $1 }
        fparams.merge(
            ["ortho_tol": tolerance, "ortho_tol_drop": tolerance, "ortho_tol_replace": tolerance]
                .merging(orthoFparams) { $1 }
        ) { $1 }
        bparams.merge(["ortho_use_drop": false].merging(orthoBparams) { $1 }) { $1 }
    }
    let total = batch.reduce(1, *), matrices = A.reshape([total, m, m]), others = B?.reshape([total, m, m])
    // One batch of starting vectors for each matrix.
    let starts = X.map { $0.dim == 2 ? $0.unsqueeze(0) : $0.reshape([-1, $0.sizes[$0.dim - 2], width]) }
    if let starts, starts.sizes[0] != total || (X!.dim == 2) != batch.isEmpty {
        return refuse(.assertion, "X shape mismatch: got torch.Size(\(X!.sizes)), expected (\(m), \(width))")
    }
    var values: [Tensor] = [], vectors: [Tensor] = []
    for i in 0..<total {
        let start =
            starts?.select(0, i)
            ?? Tensor.randn([m, width], dtype: dtype, device: A.device)
        guard !start.isVoid, start.sizes == [m, width] else {
            return refuse(.assertion, "X shape mismatch: got torch.Size(\(start.sizes)), expected (\(m), \(width))")
        }
        if !batch.isEmpty { iparams["batch_index"] = i }
        let worker = LOBPCG(
            matrices.select(0, i), others?.select(0, i), start, iK, iparams, fparams, bparams, method, tracker)
        worker.run()
        if ErrorBox.hasFailed { return (.void, .void) }
        values.append(worker.E.narrow(0, 0, count))
        vectors.append(worker.X.narrow(1, 0, count))
    }
    if batch.isEmpty { return (values[0], vectors[0]) }
    if values.isEmpty {
        return (
            Tensor.zeros(batch + [count], dtype: dtype, device: A.device),
            Tensor.zeros(batch + [m, count], dtype: dtype, device: A.device)
        )
    }
    return (stack(values).view(batch + [count]), stack(vectors).view(batch + [m, count]))
}

/// The gradient of A from those of some eigenvalues D and eigenvectors U (nil: zero).
private func eigenpairGradient(_ A: Tensor, _ D: Tensor, _ U: Tensor, _ gD: Tensor?, _ gU: Tensor?) -> Tensor? {
    guard let gU else { return gD.map { U.mul($0.unsqueeze(-2)).matmul(U.mT) } }
    let k = D.sizes[D.dim - 1], m = A.sizes[A.dim - 1], inner = U.mT.matmul(gU)
    let isDiagonal = Tensor.eye(k, dtype: .bool, device: D.device)
    let differences = D.unsqueeze(-2).sub(D.unsqueeze(-1)).maskedFill(isDiagonal, Double.infinity)
    var core = inner.div(differences)
    if let gD { core = core.add(gD.diagEmbed()) }
    let inside = U.matmul(core).matmul(U.mT)
    if k == m { return inside }
    // Outside of the span of U: (dⱼ - A) xⱼ = (I - U Uᵀ) gⱼ. A multiple of U Uᵀ makes the equations regular.
    let projector = U.matmul(U.mT), shift = D.detach().abs().amax(dim: -1, keepdim: true).mul(2).add(1)
    let identity = Tensor.eye(m, dtype: A.dtype, device: A.device)
    let systems = D.unsqueeze(-1).unsqueeze(-1).mul(identity).sub(A.unsqueeze(-3)).add(
        projector.mul(shift.unsqueeze(-1)).unsqueeze(-3))
    let rest = gU.sub(U.matmul(inner)), solutions = linalg.solve(systems, rest.mT.unsqueeze(-1)).squeeze(-1)
    return inside.add(solutions.mT.matmul(U.mT))
}
