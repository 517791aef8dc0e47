import CTorchKernels

// Determinants, from LU decompositions.

extension linalg {
    /// Computes the determinants of square matrices. PyTorch: `torch.linalg.det`, `torch.det`.
    public static func det(_ A: Tensor) -> Tensor {
        guard LinalgInput.isSquare(A, "linalg.det"), LinalgInput.isInexact(A, "linalg.det"),
            LinalgInput.hasKernel(A, "lu_cpu")
        else { return .void }
        let factors = LUFactors.decompose(A)
        if factors.info.isVoid { return .void }
        let result = noGrad { determinant(factors.LU, factors.pivots) }
        return result.record(
            "LinalgDetBackward0", A, saved: [A, factors.LU, factors.pivots], saveResult: true
        ) { node, g in
            let (A, result) = (node.saved(0), node.saved(3))
            if isGradEnabled() {
                let isSingular = noGrad {
                    result.detach().abs().lt(100 * A.dtype.epsilon).any().isTrue(ifUnknown: false)
                }
                if isSingular { return g.unsqueeze(-1).unsqueeze(-1).mul(adjugateOfSingular(A)) }
                return solveEx(A.mH, scaledIdentity(g.mul(result.conj()), A)).result
            }
            // Zeros on the diagonal become small numbers. The gradient, the adjugate, is continuous.
            let LU = node.saved(1), pivots = node.saved(2)
            let filled = LU.add(LU.mainDiagonal.eq(0).to(LU.dtype).mul(LU.dtype.epsilon).diagEmbed())
            return luSolve(
                filled, pivots, scaledIdentity(g.mul(determinant(filled, pivots).conj()), A), adjoint: true)
        }
    }

    /// Computes the signs of determinants, for complex numbers their parts on the unit circle, and the logarithms of
    /// their magnitudes. PyTorch: `torch.linalg.slogdet`, `torch.slogdet`.
    public static func slogdet(_ A: Tensor) -> (sign: Tensor, logabsdet: Tensor) {
        guard LinalgInput.isSquare(A, "linalg.slogdet"), LinalgInput.isWide(A, "linalg.slogdet") else {
            return (.void, .void)
        }
        let factors = LUFactors.decompose(A)
        if factors.info.isVoid { return (.void, .void) }
        let (sign, logarithm) = noGrad { () -> (Tensor, Tensor) in
            let diagonal = factors.LU.mainDiagonal
            return (
                diagonal.sgn().prod(dim: -1).mul(parity(factors.pivots).to(A.dtype)), diagonal.abs().log().sum(dim: -1)
            )
        }
        record(
            "LinalgSlogdetBackward0", results: [sign, logarithm], inputs: [A],
            saved: [A, factors.LU, factors.pivots], savedResults: [0]
        ) { node, grads in
            let (A, sign) = (node.saved(0), node.saved(3))
            // d log|det| = Re tr(A⁻¹ dA), and d sign = i sign Im tr(A⁻¹ dA).
            var scale = grads[1].map { $0.to(A.dtype) }
            if A.dtype.isComplex, let g = grads[0] {
                let turn = complex(Tensor.zerosLike(g.real), g.mul(sign.conj()).imag)
                scale = scale?.add(turn) ?? turn
            }
            guard let scale else { return [Tensor.zerosLike(A)] }
            let diagonal = scaledIdentity(scale, A)
            if isGradEnabled() { return [solveEx(A.mH, diagonal).result] }
            return [luSolve(node.saved(1), node.saved(2), diagonal, adjoint: true)]
        }
        return (sign, logarithm)
    }

    /// Returns the adjoints of the adjugates, conj(det A) A⁻ᴴ, of matrices that may lack one rank. The minors of A + t
    /// u vᴴ are linear in t, so the adjugate of A is the mean of those for t and -t. These matrices are not singular
    /// for most u and v.
    private static func adjugateOfSingular(_ A: Tensor) -> Tensor {
        let n = A.sizes[A.dim - 1], generator = Generator(seed: 0)
        let shift = noGrad { () -> Tensor in
            let u = Tensor.randn([n, 1], generator: generator, dtype: A.dtype, device: A.device),
                v = Tensor.randn([n, 1], generator: generator, dtype: A.dtype, device: A.device)
            let size = A.detach().abs().amax(dim: [-2, -1], keepdim: true)
            return u.matmul(v.mH).mul(size.maskedFill(size.eq(0), 1))
        }
        let halves = [A.add(shift), A.sub(shift)].map { shifted in
            solveEx(shifted.mH, scaledIdentity(det(shifted).conj(), shifted)).result
        }
        return halves[0].add(halves[1]).mul(0.5)
    }

    /// Returns a number for each matrix times the identity.
    private static func scaledIdentity(_ scale: Tensor, _ A: Tensor) -> Tensor {
        scale.unsqueeze(-1).expand(Array(A.sizes.dropLast())).diagEmbed()
    }

    private static func determinant(_ LU: Tensor, _ pivots: Tensor) -> Tensor {
        LU.mainDiagonal.prod(dim: -1).mul(parity(pivots).to(LU.dtype))
    }

    /// Returns 1 for an even number of row interchanges, otherwise -1.
    private static func parity(_ pivots: Tensor) -> Tensor {
        let count = pivots.sizes[pivots.dim - 1]
        let own = Tensor.arange(1, count + 1, dtype: .int32, device: pivots.device)
        return pivots.ne(own).sum(dim: -1).bitwiseAnd(1).mul(-2).add(1)
    }
}

extension Tensor {
    /// The diagonals of the matrices of the last two dimensions.
    fileprivate var mainDiagonal: Tensor { diagonal(offset: 0, dim1: -2, dim2: -1) }

    /// Computes the determinants of square matrices. PyTorch: `torch.det`.
    public func det() -> Tensor { linalg.det(self) }

    /// Computes the signs of determinants and the logarithms of their magnitudes. PyTorch: `torch.slogdet`.
    public func slogdet() -> (sign: Tensor, logabsdet: Tensor) { linalg.slogdet(self) }

    /// Computes the logarithms of determinants. A negative determinant gives NaN. PyTorch: `torch.logdet`.
    public func logdet() -> Tensor {
        guard LinalgInput.isSquare(self, "logdet"), LinalgInput.isWide(self, "logdet") else { return .void }
        let (sign, logarithm) = linalg.slogdet(self)
        if anyVoid(sign, logarithm) { return .void }
        return dtype.isComplex
            ? sign.log().add(logarithm) : Torch.where(sign.eq(-1), Double.nan, logarithm)
    }
}
