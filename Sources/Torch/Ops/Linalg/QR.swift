import CTorchKernels

// QR decompositions and products of Householder reflections.

extension linalg {
    /// Which parts of a QR decomposition are computed.
    public enum QRMode: String, Sendable {
        /// Q with min(m, n) columns and R with as many rows.
        case reduced
        /// Q with m columns and R with m rows.
        case complete
        /// R alone, as in `reduced`. Q is empty.
        case r
    }

    /// Computes the QR decomposition A = Q R of matrices [..., m, n]: Q with orthonormal columns, and R upper
    /// triangular. PyTorch: `torch.linalg.qr`.
    public static func qr(_ A: Tensor, mode: QRMode = .reduced) -> (Q: Tensor, R: Tensor) {
        if let cast = Autocast.float32 { return cast.run { qr($0(A), mode: mode) } }
        guard LinalgInput.isMatrix(A, "linalg.qr"), LinalgInput.isInexact(A, "linalg.qr"),
            LinalgInput.hasKernel(A, "geqrf_cpu")
        else { return (.void, .void) }
        let m = A.sizes[A.dim - 2], n = A.sizes[A.dim - 1], k = Swift.min(m, n)
        let (Q, R) = noGrad { () -> (Tensor, Tensor) in
            let (packed, tau) = A.detach().householderFactors()
            if anyVoid(packed, tau) { return (.void, .void) }
            // R is in column-major memory, as in PyTorch.
            let R = packed.narrow(-2, 0, mode == .complete ? m : k).mT.tril().mT
            if mode == .r { return (Tensor.allocate(Layout([0]), A.dtype, A.device), R) }
            let columns = mode == .complete ? m : k
            let Q = Tensor.columnMajor(A.batchSizes + [m, columns], A.dtype, A.device)
            if Q.isVoid { return (.void, .void) }
            let shared = Swift.min(columns, n), zero = Tensor.filled(0, [], A.dtype, A.device)
            if anyVoid(R, zero) { return (.void, .void) }
            Q.narrow(-1, 0, shared).copyValues(packed.narrow(-1, 0, shared))
            // Columns after those of A hold no reflection, and are only given numbers.
            Q.narrow(-1, shared, columns - shared).copyValues(zero)
            let info = Q.decompose(DecompositionForm(what: .orthogonal), values: tau)
            return info.isVoid ? (.void, .void) : (Q, R)
        }
        record("LinalgQrBackward0", results: [Q, R], inputs: [A], savedResults: [0, 1]) { node, grads in
            if mode == .r {
                raise(
                    .runtime,
                    "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr."
                )
                return [nil]
            }
            if mode == .complete && m > n {
                raise(
                    .runtime, "The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")
                return [nil]
            }
            return [qrGradient(grads[0], grads[1], node.saved(0), node.saved(1))]
        }
        return (Q, R)
    }

    /// The adjoint of the decomposition. With C = Qᴴ dA R⁻¹, dR = T(C) R and dQ = dA R⁻¹ - Q T(C); T keeps the upper
    /// triangle, adds the conjugates of the lower one to it, and keeps the real part of the diagonal.
    private static func qrGradient(_ gQ: Tensor?, _ gR: Tensor?, _ Q: Tensor, _ R: Tensor) -> Tensor? {
        if gQ == nil && gR == nil { return nil }
        let m = R.sizes[R.dim - 2], n = R.sizes[R.dim - 1]
        if m < n {
            // The columns after the first m of R are Qᴴ times those of A.
            let R1 = R.narrow(-1, 0, m), R2 = R.narrow(-1, m, n - m)
            guard let gR else {
                let first = qrGradient(gQ, nil, Q, R1)
                return first?.constantPadNd([0, n - m])
            }
            let gR2 = gR.narrow(-1, m, n - m)
            let change = Q.matmul(R2).matmul(gR2.mH)
            let first = qrGradient(gQ?.add(change) ?? change, gR.narrow(-1, 0, m), Q, R1)
            return first.map { cat([$0, Q.matmul(gR2)], dim: -1) }
        }
        let ofR = gR.map { $0.matmul(R.mH) }, ofQ = gQ.map { Q.mH.matmul($0) }
        let M = ofR.map { r in ofQ.map { r.sub($0) } ?? r } ?? ofQ!.neg()
        let strict = M.triu(1), diagonal = M.diagonal(offset: 0, dim1: -2, dim2: -1).real
        let S = strict.add(strict.mH).add(diagonal.diagEmbed())
        let sum = gQ.map { $0.add(Q.matmul(S)) } ?? Q.matmul(S)
        return solveTriangular(R.mH, sum, upper: false, left: false)
    }

    // MARK: Reflections

    /// Computes the first columns of the product of Householder reflections H₁ H₂ …, where Hᵢ = 1 - τᵢ vᵢ vᵢᴴ. Column i
    /// of `input` [..., m, n] has vᵢ below its diagonal; there vᵢ is 1, and above it 0. `tau` has [..., k] factors, and
    /// k ≤ n ≤ m. PyTorch: `torch.linalg.householder_product`, `torch.orgqr`.
    public static func householderProduct(_ input: Tensor, _ tau: Tensor) -> Tensor {
        if let cast = Autocast.float32 { return cast.run { householderProduct($0(input), $0(tau)) } }
        let name = "torch.linalg.householder_product"
        guard !anyVoid(input, tau),
            LinalgInput.check(input.dim >= 2, "\(name): input must have at least 2 dimensions.")
        else { return .void }
        let m = input.sizes[input.dim - 2], n = input.sizes[input.dim - 1]
        guard
            LinalgInput.check(
                m >= n, "\(name): input.shape[-2] must be greater than or equal to input.shape[-1]"),
            LinalgInput.check(
                tau.dim == 0 || n >= tau.sizes[tau.dim - 1],
                "\(name): input.shape[-1] must be greater than or equal to tau.shape[-1]"),
            LinalgInput.check(
                input.dim - tau.dim == 1,
                "\(name): Expected tau to have one dimension less than input, but got tau.ndim equal to \(tau.dim) and input.ndim is equal to \(input.dim)"
            ),
            LinalgInput.check(
                Array(tau.sizes.dropLast()) == input.batchSizes,
                "\(name): Expected batch dimensions of tau to be equal to input.shape[:-2], but got \(Array(tau.sizes.dropLast()))"
            ),
            LinalgInput.check(
                tau.dtype == input.dtype,
                "\(name): tau dtype \(tau.dtype.scalarTypeName) does not match input dtype \(input.dtype.scalarTypeName)"
            ),
            Tensor.shareDevice(input, tau), LinalgInput.hasKernel(input, "orgqr_cpu")
        else { return .void }
        let result = input.columnMajorCopy()
        let info = result.decompose(DecompositionForm(what: .orthogonal), values: noGrad { tau.detach().contiguous() })
        if info.isVoid { return .void }
        return result.record("LinalgHouseholderProductBackward0", input, tau, saved: [input, tau], saveResult: true) {
            node, g in
            let (gV, gTau, _) = Reflections(node.saved(0), node.saved(1)).gradients(of: node.saved(2), g)
            return [gV, gTau]
        }
    }
}

extension Tensor {
    /// Computes the QR decomposition in compact form: R on and above the diagonal and Householder vectors below it, and
    /// their factors. `linalg.householderProduct` and `ormqr` take these. PyTorch: `torch.geqrf`.
    public func geqrf() -> (a: Tensor, tau: Tensor) {
        if let cast = Autocast.float32 { return cast.run { $0(self).geqrf() } }
        guard !isVoid, LinalgInput.check(dim >= 2, "torch.geqrf: input must have at least 2 dimensions."),
            LinalgInput.hasKernel(self, "geqrf_cpu")
        else { return (.void, .void) }
        let (a, tau) = householderFactors()
        Torch.record("GeqrfBackward0", results: [a, tau], inputs: [self]) { _, _ in
            raise(.notImplemented, "the derivative for 'geqrf' is not implemented.")
            return [nil]
        }
        return (a, tau)
    }

    fileprivate func householderFactors() -> (Tensor, Tensor) {
        let packed = columnMajorCopy()
        if packed.isVoid { return (.void, .void) }
        let tau = Tensor.allocate(
            Layout(batchSizes + [Swift.min(sizes[dim - 2], sizes[dim - 1])]), dtype, device)
        let info = packed.decompose(DecompositionForm(what: .qr), values: tau)
        return info.isVoid ? (.void, .void) : (packed, tau)
    }

    /// Copies values into this new tensor, without history.
    fileprivate func copyValues(_ other: Tensor) {
        if !isVoid, !other.isVoid, numel() > 0 { backend.copy(out: strided, other.strided) }
    }

    /// Same as `linalg.householderProduct(_:_:)`. PyTorch: `torch.orgqr`.
    public func orgqr(_ tau: Tensor) -> Tensor { linalg.householderProduct(self, tau) }

    /// Multiplies by the orthogonal matrix Q [m, m] of Householder reflections, which `geqrf` gives in this tensor
    /// [..., m, k] and `tau`: Q · other, or other · Q if not `left`. If `transpose`, Qᴴ takes the place of Q.
    /// PyTorch: `torch.ormqr`.
    public func ormqr(_ tau: Tensor, _ other: Tensor, left: Bool = true, transpose: Bool = false) -> Tensor {
        if let cast = Autocast.float32 {
            return cast.run { $0(self).ormqr($0(tau), $0(other), left: left, transpose: transpose) }
        }
        guard canMultiply(tau, other, left: left) else { return .void }
        let result = other.columnMajorCopy()
        // LAPACK writes to the reflections and restores them, so it gets its own.
        let info = columnMajorCopy().decompose(
            DecompositionForm(what: .reflect, form: transpose ? .adjoint : .plain, right: !left), b: result,
            values: noGrad { tau.detach().contiguous() })
        if info.isVoid { return .void }
        return result.record("OrmqrBackward0", inputs: [self, tau, other], saved: [self, tau], saveResult: true) {
            node, g in
            let reflections = Reflections(node.saved(0), node.saved(1)), result = node.saved(2)
            if left {
                let (gV, gTau, gOther) = reflections.gradients(of: result, g, adjoint: transpose)
                return [gV, gTau, gOther]
            }
            // (other · Q)ᴴ = Qᴴ · otherᴴ
            let (gV, gTau, gOther) = reflections.gradients(of: result.mH, g.mH, adjoint: !transpose)
            return [gV, gTau, gOther.mH]
        }
    }

    private func canMultiply(_ tau: Tensor, _ other: Tensor, left: Bool) -> Bool {
        let name = "torch.ormqr"
        guard !anyVoid(self, tau, other),
            LinalgInput.check(dim >= 2, "\(name): input must have at least 2 dimensions."),
            LinalgInput.check(other.dim >= 2, "\(name): other must have at least 2 dimensions.")
        else { return false }
        let side = left ? -2 : -1, size = other.sizes[other.dim + side], count = tau.sizes.last ?? 1
        func batch(_ x: Tensor, _ what: String, _ dropped: Int) -> Bool {
            let sizes = Array(x.sizes.dropLast(dropped))
            return LinalgInput.check(
                sizes == batchSizes,
                "\(name): Expected batch dimensions of \(what) to be equal to input.shape[:-2], but got \(sizes)")
        }
        func sameType(_ x: Tensor, _ what: String) -> Bool {
            LinalgInput.check(
                x.dtype == dtype,
                "\(name): Expected input and \(what) to have the same dtype, but input has dtype \(dtype.scalarTypeName) and \(what) has dtype \(x.dtype.scalarTypeName)"
            )
        }
        return LinalgInput.check(
            Swift.min(size, sizes[dim - 1]) == count,
            "\(name): tau.shape[-1] must be equal to min(other.shape[\(side)], input.shape[-1])")
            && LinalgInput.check(
                size == sizes[dim - 2], "\(name): other.shape[\(side)] must be equal to input.shape[-2]")
            && LinalgInput.check(
                dim - tau.dim == 1,
                "\(name): Expected tau to have one dimension less than input, but got tau.ndim equal to \(tau.dim) and input.ndim is equal to \(dim)"
            )
            && LinalgInput.check(
                dim == other.dim,
                "\(name): Expected other to have the same number of dimensions as input, but got other.ndim equal to \(other.dim) and input.ndim is equal to \(dim)"
            ) && batch(tau, "tau", 1) && batch(other, "other", 2) && sameType(tau, "tau") && sameType(other, "other")
            && Tensor.shareDevice(self, tau) && Tensor.shareDevice(self, other)
            && LinalgInput.hasKernel(self, "ormqr_cpu")
    }
}

/// The reflections Hᵢ = 1 - τᵢ vᵢ vᵢᴴ that the columns of a matrix and factors describe.
private struct Reflections {
    let vectors: Tensor, factors: Tensor

    init(_ vectors: Tensor, _ factors: Tensor) {
        self.vectors = vectors
        self.factors = factors
    }

    /// Returns the gradients of the vectors, of the factors and of C, from the result X = H₁ H₂ … C, or … H₂ᴴ H₁ᴴ C if
    /// `adjoint`, and its gradient. Undoes one reflection after the other, from the last that was applied.
    /// Without reflections, only C has a gradient.
    func gradients(of result: Tensor, _ gradient: Tensor, adjoint: Bool = false) -> (Tensor?, Tensor?, Tensor) {
        if anyVoid(result, gradient) { return (.void, .void, .void) }
        if vectors.numel() == 0 || factors.numel() == 0 { return (nil, nil, gradient) }
        let count = factors.sizes[factors.dim - 1], m = vectors.sizes[vectors.dim - 2]
        var X = result, G = gradient
        var ofVectors = [Tensor?](repeating: nil, count: count), ofFactors = ofVectors
        for i in adjoint ? Array((0..<count).reversed()) : Array(0..<count) {
            let below = vectors.narrow(-1, i, 1).narrow(-2, i + 1, m - i - 1)
            let v = below.constantPadNd([0, 0, 1, 0], 1).constantPadNd([0, 0, i, 0])
            let given = factors.narrow(-1, i, 1).unsqueeze(-1), factor = adjoint ? given.conj() : given
            // The inverse of a reflection has another factor.
            let square = v.mH.matmul(v), inverse = factor.div(factor.mul(square).sub(1))
            X = X.sub(inverse.mul(v.matmul(v.mH.matmul(X))))
            let row = v.mH.matmul(X), column = v.mH.matmul(G).mH
            let gFactor = row.matmul(column).conj().neg()
            ofFactors[i] = (adjoint ? gFactor.conj() : gFactor).squeeze(-1)
            let gV = G.matmul(row.mH).mul(factor.conj()).add(X.matmul(column).mul(factor)).neg()
            ofVectors[i] = gV.narrow(-2, i + 1, m - i - 1).constantPadNd([0, 0, i + 1, 0])
            G = G.sub(factor.conj().mul(v.matmul(v.mH.matmul(G))))
        }
        let n = vectors.sizes[vectors.dim - 1]
        var columns = ofVectors.compactMap { $0 }
        if n > count {
            columns.append(
                Tensor.filled(0, vectors.batchSizes + [m, n - count], vectors.dtype, vectors.device))
        }
        return (cat(columns, dim: -1), cat(ofFactors.compactMap { $0 }, dim: -1), G)
    }
}
