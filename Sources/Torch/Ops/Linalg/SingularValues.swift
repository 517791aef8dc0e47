import CTorchKernels

// Singular values and singular vectors.

extension linalg {
    /// How singular values are computed on CUDA.
    public enum SVDDriver: String, Sendable {
        /// By QR iteration.
        case gesvd
        /// By Jacobi rotations.
        case gesvdj
        /// For approximations of low rank.
        case gesvda
    }

    /// Decomposes matrices: A = U diag(S) Vh, with orthonormal columns of U and rows of Vh, and S descending.
    /// PyTorch: `torch.linalg.svd`.
    ///
    /// Singular vectors are determined up to a common factor of magnitude 1, so a loss whose gradient depends on that
    /// factor raises an error in the backward pass. Gradients of U and Vh are finite if the singular values are
    /// distinct and, for matrices that are not square, not 0. Gradients of the further vectors of `fullMatrices` do not
    /// count.
    /// - Parameters:
    ///   - A: [..., m, n], of float32, float64, complex64 or complex128.
    ///   - fullMatrices: whether U is m by m and Vh n by n. Otherwise both have k = min(m, n) vectors.
    ///   - driver: an algorithm of CUDA. The CPU has only one, and refuses another.
    /// - Returns: U, S of [..., k], and Vh. A matrix that does not converge raises a `linAlg` error.
    public static func svd(
        _ A: Tensor, fullMatrices: Bool = true, driver: SVDDriver? = nil
    ) -> (U: Tensor, S: Tensor, Vh: Tensor) {
        if let cast = Autocast.float32 { return cast.run { svd($0(A), fullMatrices: fullMatrices, driver: driver) } }
        guard isSingularInput(A, driver) else { return (.void, .void, .void) }
        let result = Spectra.compute(A, .singular, fullMatrices ? .fullBases : .thin, name: "linalg.svd")
        let (U, S, Vh) = (result.left, result.values, result.right)
        record("LinalgSvdBackward0", results: [U, S, Vh], inputs: [A], savedResults: [0, 1, 2]) { node, g in
            let S = node.saved(1), k = S.sizes[S.dim - 1]
            return [
                singularGradient(
                    node.saved(0).narrow(-1, 0, k), S, node.saved(2).narrow(-2, 0, k), g[0]?.narrow(-1, 0, k), g[1],
                    g[2]?.narrow(-2, 0, k))
            ]
        }
        return (U, S, Vh)
    }

    /// Computes the singular values, descending. PyTorch: `torch.linalg.svdvals`.
    public static func svdvals(_ A: Tensor, driver: SVDDriver? = nil) -> Tensor {
        if let cast = Autocast.float32 { return cast.run { svdvals($0(A), driver: driver) } }
        // The gradient needs the singular vectors.
        if recording(A) { return svd(A, fullMatrices: false, driver: driver).S }
        guard isSingularInput(A, driver) else { return .void }
        return Spectra.compute(A, .singular, .none, name: "linalg.svd").values
    }

    private static func isSingularInput(_ A: Tensor, _ driver: SVDDriver?) -> Bool {
        guard LinalgInput.isMatrix(A, "linalg.svd"), LinalgInput.isInexact(A, "linalg.svd"),
            LinalgInput.hasKernel(A, "linalg_svd_cpu")
        else { return false }
        guard driver == nil || A.numel() == 0 || A.device.kind == .meta else {
            raise(
                .runtime,
                "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend.")
            return false
        }
        return true
    }

    /// The gradient of A = U diag(S) Vh, with min(m, n) singular vectors, from those of U, S and Vh (nil: zero).
    private static func singularGradient(
        _ U: Tensor, _ S: Tensor, _ Vh: Tensor, _ gU: Tensor?, _ gS: Tensor?, _ gVh: Tensor?
    ) -> Tensor? {
        let m = U.sizes[U.dim - 2], n = Vh.sizes[Vh.dim - 1], k = S.sizes[S.dim - 1]
        if gU == nil, gVh == nil {
            guard let gS else { return nil }
            return m >= n
                ? U.matmul(gS.unsqueeze(-1).mul(Vh)) : U.mul(gS.unsqueeze(-2)).matmul(Vh)
        }
        func skew(_ x: Tensor) -> Tensor { x.sub(x.mH) }
        let left = gU.map { skew(U.mH.matmul($0)) }, right = gVh.map { skew(Vh.matmul($0.mH)) }
        func diagonal(_ x: Tensor?) -> Tensor? { x?.diagonal(dim1: -2, dim2: -1) }
        // The derivative along a phase that both vectors of a pair are multiplied by.
        if let phase = [diagonal(left), diagonal(right)].compactMap({ $0 }).reduce(
            nil as Tensor?, { $0?.add($1) ?? $1 })
        {
            guard isPhaseFree(phase) else {
                return fail(
                    .runtime,
                    "svd_backward: The singular vectors in the complex case are specified up to multiplication by e^{i phi}. The specified loss function depends on this phase term, making it ill-defined."
                )
            }
        }
        // sⱼ² - sᵢ². The numerators on the diagonal are 0, or not used.
        let isDiagonal = Tensor.eye(k, dtype: .bool, device: S.device), squares = S.mul(S)
        let differences = squares.unsqueeze(-2).sub(squares.unsqueeze(-1)).maskedFill(isDiagonal, 1)
        var inner: Tensor
        switch (left, right) {
        case (let left?, let right?):
            inner = left.mul(S.unsqueeze(-2)).add(S.unsqueeze(-1).mul(right)).div(differences)
        case (let left?, nil): inner = left.div(differences).mul(S.unsqueeze(-2))
        case (nil, let right?): inner = S.unsqueeze(-1).mul(right.div(differences))
        case (nil, nil): return nil
        }
        if let gS { inner = inner.add(gS.diagEmbed()) }
        if S.dtype != U.dtype, let left, right != nil {
            inner = inner.add(left.diagonal(dim1: -2, dim2: -1).div(S.mul(2)).diagEmbed())
        }
        // The parts of gU and gVh that are orthogonal to U and Vh.
        if m > k, let gU {
            let scaled = gU.div(S.unsqueeze(-2))
            return U.matmul(inner).add(scaled).sub(U.matmul(U.mH.matmul(scaled))).matmul(Vh)
        }
        if n > k, let gVh {
            let scaled = gVh.div(S.unsqueeze(-1))
            return U.matmul(inner.matmul(Vh).add(scaled).sub(scaled.matmul(Vh.mH).matmul(Vh)))
        }
        return m >= n ? U.matmul(inner.matmul(Vh)) : U.matmul(inner).matmul(Vh)
    }
}

extension Tensor {
    /// Decomposes matrices: self = U diag(S) Vᴴ. PyTorch: `torch.svd`.
    /// - Parameters:
    ///   - some: whether U and V have min(m, n) columns. Otherwise they are square.
    ///   - computeUV: whether U and V are computed. Otherwise they are square and full of zeros.
    /// - Returns: U, S and V. `linalg.svd` returns the adjoint of V.
    public func svd(some: Bool = true, computeUV: Bool = true) -> (U: Tensor, S: Tensor, V: Tensor) {
        if let cast = Autocast.float32 { return cast.run { $0(self).svd(some: some, computeUV: computeUV) } }
        if isVoid { return (.void, .void, .void) }
        guard dim >= 2 else {
            raise(.runtime, "linalg.svd: input should have at least 2 dimensions, but has \(dim) dimensions instead")
            return (.void, .void, .void)
        }
        if computeUV {
            let (U, S, Vh) = linalg.svd(self, fullMatrices: !some)
            return (U, S, Vh.mH)
        }
        let S = linalg.svdvals(self), batch = Array(sizes.dropLast(2))
        if S.isVoid { return (.void, .void, .void) }
        func zeros(_ n: Int) -> Tensor { Tensor.zeros(batch + [n, n], dtype: dtype, device: device) }
        return (zeros(sizes[dim - 2]), S, zeros(sizes[dim - 1]).mH)
    }
}
