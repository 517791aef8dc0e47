import CTorchKernels

// Eigenvalues and eigenvectors.

extension linalg {
    /// The triangle of a Hermitian matrix that is read.
    public enum UPLO: String, Sendable {
        /// The lower triangle.
        case lower = "L"
        /// The upper triangle.
        case upper = "U"

        var kind: SpectrumKind { self == .lower ? .hermitianLower : .hermitianUpper }
    }

    /// Computes the eigenvalues, ascending, and orthonormal eigenvectors of symmetric or Hermitian matrices, of which
    /// only one triangle is read. PyTorch: `torch.linalg.eigh`.
    ///
    /// A = Q diag(λ) Qᴴ. The columns of Q are determined up to a factor of magnitude 1, so a loss whose gradient
    /// depends on that factor raises an error in the backward pass. Gradients of eigenvectors are finite if the
    /// eigenvalues are distinct.
    /// - Precondition: `A` is float32, float64, complex64 or complex128, and square in its last two dimensions. A
    ///   matrix that does not converge raises a `linAlg` error.
    public static func eigh(_ A: Tensor, UPLO: UPLO = .lower) -> (eigenvalues: Tensor, eigenvectors: Tensor) {
        if let cast = Autocast.float32 { return cast.run { eigh($0(A), UPLO: UPLO) } }
        guard LinalgInput.isSquare(A, "linalg.eigh"), LinalgInput.hasKernel(A, "linalg_eigh_cpu") else {
            return (.void, .void)
        }
        let result = Spectra.compute(A, UPLO.kind, .thin, name: "linalg.eigh")
        let (values, vectors) = (result.values, result.left)
        record("LinalgEighBackward0", results: [values, vectors], inputs: [A], savedResults: [0, 1]) { node, g in
            [eigenGradient(node.saved(0), node.saved(1), g[0], g[1], isHermitian: true)]
        }
        return (values, vectors)
    }

    /// Computes the eigenvalues of symmetric or Hermitian matrices, ascending. PyTorch: `torch.linalg.eigvalsh`.
    public static func eigvalsh(_ A: Tensor, UPLO: UPLO = .lower) -> Tensor {
        if let cast = Autocast.float32 { return cast.run { eigvalsh($0(A), UPLO: UPLO) } }
        // The gradient needs the eigenvectors.
        if recording(A) { return eigh(A, UPLO: UPLO).eigenvalues }
        guard LinalgInput.isSquare(A, "linalg.eigh"), LinalgInput.hasKernel(A, "linalg_eigh_cpu") else {
            return .void
        }
        return Spectra.compute(A, UPLO.kind, .none, name: "linalg.eigh").values
    }

    /// Computes the eigenvalues and eigenvectors of square matrices, both complex, in no particular order.
    /// PyTorch: `torch.linalg.eig`.
    ///
    /// A V = V diag(λ). The columns of V have norm 1 and are determined up to a factor of magnitude 1, so a loss whose
    /// gradient depends on that factor raises an error in the backward pass.
    /// - Precondition: `A` is float32, float64, complex64 or complex128, finite, and square in its last two dimensions.
    ///   A matrix that does not converge raises a `linAlg` error.
    public static func eig(_ A: Tensor) -> (eigenvalues: Tensor, eigenvectors: Tensor) {
        if let cast = Autocast.float32 { return cast.run { eig($0(A)) } }
        guard isEigenInput(A, "linalg.eig") else { return (.void, .void) }
        let result = Spectra.compute(A, .general, .thin, name: "torch.linalg.eig")
        let (values, vectors) = (result.values, result.left)
        record("LinalgEigBackward0", results: [values, vectors], inputs: [A], savedResults: [0, 1]) { node, g in
            [eigenGradient(node.saved(0), node.saved(1), g[0], g[1], isHermitian: false)]
        }
        return (values, vectors)
    }

    /// Computes the eigenvalues of square matrices, which are complex. PyTorch: `torch.linalg.eigvals`.
    public static func eigvals(_ A: Tensor) -> Tensor {
        if let cast = Autocast.float32 { return cast.run { eigvals($0(A)) } }
        if recording(A) { return eig(A).eigenvalues }
        guard isEigenInput(A, "linalg.eigvals") else { return .void }
        return Spectra.compute(A, .general, .none, name: "torch.linalg.eigvals").values
    }

    private static func isEigenInput(_ A: Tensor, _ name: String) -> Bool {
        guard A.isVoid || A.dtype.isInexact else {
            raise(.runtime, "Unknown Complex ScalarType for \(A.dtype.scalarTypeName)")
            return false
        }
        guard LinalgInput.isSquare(A, name), LinalgInput.hasKernel(A, "linalg_eig_out_cpu") else { return false }
        if A.device.kind == .meta { return true }
        guard noGrad({ A.ofAllExamples.detach().isfinite().all().item(as: Bool.self) }) else {
            raise(.runtime, "torch.linalg.eig: input tensor should not contain infs or NaNs.")
            return false
        }
        return true
    }

    /// The gradient of A = V diag(L) V⁻¹ from those of L and V (nil: zero).
    private static func eigenGradient(
        _ L: Tensor, _ V: Tensor, _ gL: Tensor?, _ gV: Tensor?, isHermitian: Bool
    )
        -> Tensor?
    {
        guard let gV else {
            guard let gL else { return nil }
            return isHermitian
                ? V.mul(gL.unsqueeze(-2)).matmul(V.mH) : solve(V.mH, gL.unsqueeze(-1).mul(V.mH))
        }
        let VhgV = V.mH.matmul(gV), diagonal = VhgV.diagonal(dim1: -2, dim2: -1)
        guard isPhaseFree(diagonal) else {
            return fail(
                .runtime,
                "linalg_eig\(isHermitian ? "h" : "")_backward: The eigenvectors in the complex case are specified up to multiplication by e^{i phi}. The specified loss function depends on this quantity, so it is ill-defined."
            )
        }
        // The differences of the eigenvalues, λⱼ - λᵢ. The numerators on the diagonal do not count.
        let isDiagonal = Tensor.eye(L.sizes[L.dim - 1], dtype: .bool, device: L.device)
        let differences = L.unsqueeze(-2).sub(L.unsqueeze(-1)).conj().maskedFill(isDiagonal, 1)
        // Only directions count in which the vectors keep their norms, and those of Hermitian matrices their angles.
        let tangent =
            isHermitian
            ? VhgV.sub(VhgV.mH).mul(0.5) : VhgV.sub(V.mH.matmul(V.mul(diagonal.real.unsqueeze(-2))))
        var inner = tangent.div(differences)
        if let gL { inner = inner.add(gL.diagEmbed()) }
        return isHermitian ? V.matmul(inner).matmul(V.mH) : solve(V.mH, inner.matmul(V.mH))
    }

    /// Whether the imaginary parts of vᴴ g, for unit vectors v, are near 0. If not, the loss depends on the phase.
    static func isPhaseFree(_ products: Tensor) -> Bool {
        if !products.dtype.isComplex || products.device.kind == .meta { return true }
        return noGrad {
            let phase = products.ofAllExamples.detach().imag
            return phase.allclose(Tensor.zerosLike(phase), rtol: 1e-2, atol: 1e-2)
        }
    }
}
