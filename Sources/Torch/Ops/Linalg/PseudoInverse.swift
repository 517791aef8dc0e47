// Pseudo-inverses, ranks and condition numbers, from singular values or eigenvalues.

/// The tolerances up to which singular values count as 0.
private struct Tolerances {
    let atol: Tensor, rtol: Tensor

    /// Converts the arguments: `atol` is 0 by default, and `rtol`, if `atol` is not positive, the precision of the
    /// dtype times the larger size. Raises and returns nil if one of them is complex.
    init?(_ x: Tensor, _ name: String, _ atol: (any TensorOperand)?, _ rtol: (any TensorOperand)?) {
        let wide = { (value: Double) in Tensor.full([], value, dtype: .float64, device: x.device) }
        func tensor(_ operand: any TensorOperand) -> Tensor {
            let given = operand.operand
            return given.isNumber && !given.dtype.isComplex ? wide(given.detach().item()) : given
        }
        let given = (atol: atol.map(tensor), rtol: rtol.map(tensor))
        for (tolerance, role) in [(given.atol, "atol"), (given.rtol, "rtol")] {
            guard let tolerance else { continue }
            if tolerance.isVoid { return nil }
            guard !tolerance.dtype.isComplex else {
                raise(
                    .runtime,
                    "\(name): \(role) tensor of complex type is not supported. Got \(tolerance.dtype.scalarTypeName)")
                return nil
            }
            guard tolerance.device == x.device else {
                raise(
                    .runtime,
                    "\(name): Expected \(role) and input tensors to be on the same device, but got \(role) on \(tolerance.device) and input on \(x.device)"
                )
                return nil
            }
        }
        // The default of rtol needs the precision.
        guard given.rtol != nil || SpectraForm.dtypes.contains(x.dtype) else {
            raise(.runtime, "This function doesn't handle types other than float and double")
            return nil
        }
        let epsilon = x.dtype.toReal == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)
        let usual = wide(epsilon * Double(Swift.max(x.sizes[x.dim - 1], x.sizes[x.dim - 2])))
        self.atol = given.atol ?? wide(0)
        self.rtol = given.rtol ?? given.atol.map { Torch.where($0.gt(0), wide(0), usual) } ?? usual
    }

    /// Returns max(atol, rtol · largest), with a last dimension of size 1.
    func threshold(_ largest: Tensor) -> Tensor { atol.unsqueeze(-1).maximum(rtol.unsqueeze(-1).mul(largest)) }
}

extension linalg {
    /// Computes the pseudo-inverse of matrices: V diag(1 / S) Uᴴ, in which reciprocals of singular values up to
    /// max(atol, rtol · σ₁) count as 0. PyTorch: `torch.linalg.pinv`.
    /// - Parameters:
    ///   - A: [..., m, n], of float32, float64, complex64 or complex128.
    ///   - atol: an absolute tolerance, a number or a tensor that broadcasts with the batch; by default 0.
    ///   - rtol: a tolerance relative to the largest singular value; by default 0 if `atol` is positive, otherwise the
    ///     precision of the dtype times max(m, n).
    ///   - hermitian: whether the matrices are Hermitian. Then only their lower triangle is read.
    /// - Returns: [..., n, m]. Its gradient exists if the rank does not change nearby.
    public static func pinv(
        _ A: Tensor, atol: (any TensorOperand)? = nil, rtol: (any TensorOperand)? = nil, hermitian: Bool = false
    ) -> Tensor {
        if A.isVoid { return .void }
        guard SpectraForm.dtypes.contains(A.dtype), A.dim >= 2 else {
            return fail(
                .runtime,
                "linalg.pinv(\(A.dtype.scalarTypeName){\(A.sizes)}): expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble types"
            )
        }
        guard let tolerances = Tolerances(A, "torch.linalg.pinv", atol, rtol) else { return .void }
        return noGrad { pseudoInverse(A.detach(), tolerances, hermitian) }
            .record("LinalgPinvBackward0", A, saved: [A], saveResult: true) { node, g in
                pseudoInverseGradient(node.saved(0), node.saved(1), g)
            }
    }

    /// Computes the pseudo-inverse with the relative tolerance `rcond`, as in NumPy. PyTorch: `torch.linalg.pinv`.
    public static func pinv(_ A: Tensor, _ rcond: some TensorOperand, hermitian: Bool = false) -> Tensor {
        if !A.isVoid, rcond.operand.dtype.isComplex {
            return fail(
                .runtime,
                "torch.linalg.pinv: rcond tensor of complex type is not supported. Got \(rcond.operand.dtype.scalarTypeName)"
            )
        }
        return pinv(A, atol: 0.0, rtol: rcond, hermitian: hermitian)
    }

    private static func pseudoInverse(_ A: Tensor, _ tolerances: Tolerances, _ hermitian: Bool) -> Tensor {
        if A.numel() == 0 {
            let (U, S, V) = A.svd()
            return V.mul(S.reciprocal().unsqueeze(-2)).matmul(U.mH)
        }
        func reciprocal(_ values: Tensor, _ magnitudes: Tensor, _ largest: Tensor) -> Tensor {
            Torch.where(
                magnitudes.gt(tolerances.threshold(largest)), values.reciprocal(),
                Tensor.zeros([], dtype: values.dtype, device: values.device)
            ).to(A.dtype).unsqueeze(-2)
        }
        if hermitian {
            let (values, vectors) = eigh(A)
            if values.isVoid { return .void }
            let magnitudes = values.abs()
            return vectors.mul(reciprocal(values, magnitudes, magnitudes.amax(dim: -1, keepdim: true))).matmul(
                vectors.mH)
        }
        let (U, S, V) = A.svd()
        if S.isVoid { return .void }
        return V.mul(reciprocal(S, S, S.narrow(-1, 0, 1))).matmul(U.mH)
    }

    private static func pseudoInverseGradient(_ A: Tensor, _ P: Tensor, _ g: Tensor) -> Tensor {
        let m = A.sizes[A.dim - 2], n = A.sizes[A.dim - 1], Ph = P.mH, gh = g.mH
        if m <= n {
            let K = gh.matmul(P), KPh = K.matmul(Ph)
            return KPh.sub(P.matmul(K).mH).sub(A.matmul(P).matmul(KPh)).add(
                Ph.matmul(P).matmul(gh.sub(K.matmul(A))))
        }
        let K = P.matmul(gh), PhK = Ph.matmul(K)
        return gh.sub(A.matmul(K)).matmul(P).matmul(Ph).add(PhK).sub(PhK.matmul(P).matmul(A)).sub(K.matmul(P).mH)
    }

    /// Counts the singular values above max(atol, rtol · σ₁). PyTorch: `torch.linalg.matrix_rank`.
    /// - Parameters:
    ///   - A: [..., m, n], of float32, float64, complex64 or complex128.
    ///   - atol: an absolute tolerance, as of `pinv`.
    ///   - rtol: a relative tolerance, as of `pinv`.
    ///   - hermitian: whether the matrices are Hermitian. Then only their lower triangle is read.
    /// - Returns: ranks of int64, one for each matrix.
    public static func matrixRank(
        _ A: Tensor, atol: (any TensorOperand)? = nil, rtol: (any TensorOperand)? = nil, hermitian: Bool = false
    ) -> Tensor {
        if let cast = Autocast.float32 {
            return cast.run { matrixRank($0(A), atol: atol, rtol: rtol, hermitian: hermitian) }
        }
        guard LinalgInput.isMatrix(A, "torch.linalg.matrix_rank", "input"),
            let tolerances = Tolerances(A, "torch.linalg.matrix_rank", atol, rtol)
        else { return .void }
        let batch = Array(A.sizes.dropLast(2))
        if A.numel() == 0 { return Tensor.zeros(batch, dtype: .int64, device: A.device) }
        return noGrad {
            let x = A.detach(), values = hermitian ? eigvalsh(x).abs() : svdvals(x)
            if values.isVoid { return .void }
            let largest = hermitian ? values.amax(dim: -1, keepdim: true) : values.narrow(-1, 0, 1)
            return values.gt(tolerances.threshold(largest)).sum(dim: -1)
        }
    }

    /// Counts the singular values above the absolute tolerance `tol`, as in NumPy. PyTorch: `torch.linalg.matrix_rank`.
    public static func matrixRank(_ A: Tensor, _ tol: some TensorOperand, hermitian: Bool = false) -> Tensor {
        return matrixRank(A, atol: tol, rtol: 0.0, hermitian: hermitian)
    }

    /// Computes condition numbers: ‖A‖ · ‖A⁻¹‖ in a matrix norm. PyTorch: `torch.linalg.cond`.
    /// - Parameters:
    ///   - A: matrices of float32, float64, complex64 or complex128; square unless `p` is 2 or -2.
    ///   - p: the norm, of `matrixNorm`. By default, and for 2 and -2, the ratio of the extreme singular values.
    /// - Returns: real numbers, one for each matrix; infinity for a singular matrix, and 0 for one without elements.
    public static func cond(_ A: Tensor, _ p: Order? = nil) -> Tensor {
        if let cast = Autocast.float32 { return cast.run { cond($0(A), p) } }
        if A.isVoid { return .void }
        let order = p ?? 2, empty = { Tensor.zeros(Array(A.sizes.dropLast(2)), dtype: $0, device: A.device) }
        switch order {
        case .number(let number):
            guard A.dim >= 2 else {
                return fail(.runtime, "linalg.cond: The input tensor must have at least 2 dimensions.")
            }
            let magnitude = number.magnitude
            guard magnitude == 2 || magnitude == 1 || magnitude == .infinity else {
                return fail(.value, "linalg.cond got an invalid norm type: \(number.plain)")
            }
            if A.numel() == 0 { return empty(A.dtype.toReal) }
            if magnitude == 2 {
                let values = svdvals(A)
                if values.isVoid { return .void }
                let largest = values.narrow(-1, 0, 1), least = values.narrow(-1, values.sizes[values.dim - 1] - 1, 1)
                return (number < 0 ? least.div(largest) : largest.div(least)).squeeze(-1).named("SqueezeBackward1")
            }
            guard LinalgInput.isSquare(A, "linalg.cond(ord=\(number.isFinite ? "\(Int(number))" : "\(number)"))") else {
                return .void
            }
        case .fro, .nuc:
            guard LinalgInput.isSquare(A, "linalg.cond(ord=\(order == .fro ? "fro" : "nuc"))") else { return .void }
            if A.numel() == 0 { return empty(A.dtype.toReal) }
            if order == .nuc {
                let values = svdvals(A)
                return values.sum(dim: -1).mul(values.reciprocal().sum(dim: -1))
            }
        }
        let (inverse, info) = invEx(A)
        if inverse.isVoid { return .void }
        let inverses = inverse.maskedFill(info.gt(0).unsqueeze(-1).unsqueeze(-1), Double.infinity)
        return matrixNorm(A, ord: order).mul(matrixNorm(inverses, ord: order))
            .nanToNum(nan: .infinity, posinf: .infinity, neginf: -.infinity)
    }
}

extension Tensor {
    /// Computes the pseudo-inverse. Singular values up to `rcond` times the largest count as 0.
    /// PyTorch: `torch.pinverse`.
    public func pinverse(_ rcond: Double = 1e-15) -> Tensor {
        if let cast = Autocast.float32 { return cast.run { $0(self).pinverse(rcond) } }
        return linalg.pinv(self, rcond)
    }
}
