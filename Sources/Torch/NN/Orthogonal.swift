/// How `orthogonal` computes an orthogonal matrix from any matrix.
public enum OrthogonalMap: String, Sendable {
    /// exp(A) of a skew-symmetric matrix A.
    case matrixExp = "matrix_exp"
    /// (I - A / 2)⁻¹ (I + A / 2) of a skew-symmetric matrix A.
    case cayley
    /// A product of Householder reflections.
    case householder
}

/// Computes a matrix with orthonormal columns, or rows if it is wide.
final class Orthogonal: Module, InvertibleParametrization {
    /// The matrix from which the parametrization starts.
    @Buffer private var base: Tensor?
    private let map: OrthogonalMap
    private let usesTrivialization: Bool
    private let shape: Size
    /// Whether there is an original.
    private var hasBegun = false

    init(_ weight: Tensor, _ map: OrthogonalMap, usesTrivialization: Bool) {
        self.map = map
        self.usesTrivialization = usesTrivialization
        shape = weight.shape
    }

    override var typeName: String { "_Orthogonal" }

    func forward(_ originals: [Tensor]) -> Tensor {
        var x = originals[0]
        if x.isVoid { return .void }
        let isWide = x.size(-2) < x.size(-1)
        if isWide { x = x.mT }
        var q = map == .householder ? reflections(x) : skew(x)
        if let base { q = base.matmul(q) }
        return isWide ? q.mT : q
    }

    private func reflections(_ x: Tensor) -> Tensor {
        let a = x.tril(-1)
        let tau = a.mul(a).sum(dim: -2).add(1).reciprocal().mul(2)
        // PyTorch takes whole numbers here, which are 1 and -1 unless training has changed them.
        let signs = noGrad { x.detach().diagonal(dim1: -2, dim2: -1).to(.int32) }
        return householderProduct(a, tau).mul(signs.unsqueeze(-2))
    }

    private func skew(_ x: Tensor) -> Tensor {
        let (n, k) = (x.size(-2), x.size(-1))
        var lower = x.tril()
        if n != k {
            let rest = Tensor.zeros(Array(x.sizes.dropLast(2)) + [n, n - k], dtype: x.dtype, device: x.device)
            lower = cat([lower, rest], dim: -1)
        }
        let a = lower.sub(lower.mH)
        let q: Tensor
        if map == .matrixExp {
            q = matrixExponential(a)
        } else {
            let half = a.mul(0.5), identity = Tensor.eye(n, dtype: a.dtype, device: a.device)
            q = solveWithoutPivots(identity.sub(half), identity.add(half))
        }
        return n == k ? q : q.narrow(-1, 0, k)
    }

    func rightInverse(_ value: Tensor) -> [Tensor] {
        noGrad {
            guard value.shape == shape else {
                raise(
                    .value,
                    "Expected a matrix or batch of matrices of shape \(shape). Got a tensor of shape \(value.shape).")
                return [.void]
            }
            let isWide = value.size(-2) < value.size(-1)
            var q = isWide ? value.mT : value
            let (n, k) = (q.size(-2), q.size(-1))
            guard usesTrivialization else {
                guard map == .householder else {
                    // There is no inverse. At first the value itself is the original.
                    if hasBegun {
                        raise(
                            .notImplemented,
                            "It is not possible to assign to the matrix exponential or the Cayley parametrizations when use_trivialization=False."
                        )
                        return [.void]
                    }
                    hasBegun = true
                    return [value]
                }
                let (a, tau) = householderFactors(q)
                let diagonal = a.diagonal(dim1: -2, dim2: -1)
                diagonal.copy_(diagonal.sign().mul(Torch.where(tau.eq(0), -1, 1)))
                return [isWide ? a.mT : a]
            }
            if n != k {
                let rest = Tensor.randn(Array(q.sizes.dropLast(2)) + [n, n - k], dtype: q.dtype, device: q.device)
                q = orthogonalized(cat([q, rest], dim: -1))
            } else {
                q = isOrthogonal(q) ? q.clone() : orthogonalized(q)
            }
            base = q
            let start = Tensor.zerosLike(value)
            start.diagonal(dim1: -2, dim2: -1).fill_(-1)
            return [start]
        }
    }

    private func isOrthogonal(_ q: Tensor) -> Bool {
        let identity = Tensor.eye(q.size(-1), dtype: q.dtype, device: q.device)
        let isDouble = q.dtype == .float64 || q.dtype == .complex128
        let eps = 10 * Double(q.size(-2)) * (isDouble ? Double.ulpOfOne : Double(Float.ulpOfOne))
        let product = q.mH.matmul(q)
        return product.allclose(identity.expand(product.sizes), rtol: 1e-5, atol: eps)
    }

    /// Returns the factor Q of A = QR with a diagonal of R that is not negative.
    private func orthogonalized(_ a: Tensor) -> Tensor {
        let (factors, tau) = householderFactors(a)
        return householderProduct(factors.tril(-1), tau).mul(
            factors.diagonal(dim1: -2, dim2: -1).sgn().unsqueeze(-2))
    }
}

/// Makes a weight, a matrix or a batch of matrices, orthogonal: it has orthonormal columns, or rows if it is wide. A
/// complex weight becomes unitary. The
/// weight begins as it is if it is orthogonal, otherwise as the factor Q of its QR decomposition.
/// PyTorch: `torch.nn.utils.parametrizations.orthogonal`.
///
///     let layer = orthogonal(Linear(20, 40))
/// - Parameters:
///   - module: the module with the weight.
///   - name: the name of the weight.
///   - orthogonalMap: how the orthogonal matrix is computed; nil is `matrixExp` for square and complex matrices and
///     `householder` for others. Complex matrices have no `householder`.
///   - useTrivialization: whether the parametrization starts from a fixed matrix, the buffer `base`.
/// - Returns: the module.
@discardableResult
public func orthogonal<Parametrized: Module>(
    _ module: Parametrized, name: String = "weight", orthogonalMap: OrthogonalMap? = nil,
    useTrivialization: Bool = true
) -> Parametrized {
    guard let weight = module.parameterSlot(name).flatMap({ $0.parametrization?.forward() ?? $0.tensor }) else {
        raise(.value, "Module '\(module)' has no parameter or buffer with name '\(name)'")
        return module
    }
    if weight.isVoid { return module }
    guard weight.dim >= 2 else {
        raise(.value, "Expected a matrix or batch of matrices. Got a tensor of \(weight.dim) dimensions.")
        return module
    }
    guard [.float32, .float64, .complex64, .complex128].contains(weight.dtype) else {
        raise(.notImplemented, "orthogonal: weights of \(weight.dtype) are not implemented")
        return module
    }
    let isComplex = weight.dtype.isComplex
    let map = orthogonalMap ?? (weight.size(-2) == weight.size(-1) || isComplex ? .matrixExp : .householder)
    if isComplex, map == .householder {
        raise(.value, "The householder parametrization does not support complex tensors.")
        return module
    }
    return registerParametrization(
        module, name, Orthogonal(weight, map, usesTrivialization: useTrivialization), unsafe: true)
}
