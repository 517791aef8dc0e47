/// Linear algebra. PyTorch: `torch.linalg`. Functions such as `matrixPower(_:)` are methods of `Tensor`.
public enum linalg {
    /// The order of a matrix norm: a number, or one of PyTorch's names.
    public enum Order: Sendable, Hashable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
        /// The order as a number.
        case number(Double)
        /// The Frobenius norm: the 2-norm of the elements.
        case fro
        /// The nuclear norm: the sum of the singular values.
        case nuc

        /// The order infinity.
        public static let inf = Order.number(.infinity)
        /// Creates an order from a floating-point literal.
        public init(floatLiteral value: Double) { self = .number(value) }
        /// Creates an order from an integer literal.
        public init(integerLiteral value: Int) { self = .number(Double(value)) }
    }

    // MARK: Norms

    /// Computes (Σ|x|^ord)^(1/ord) along the given dimensions or of all elements. The orders inf and -inf give the
    /// largest and smallest magnitude; the order 0 counts nonzero elements. PyTorch: `torch.linalg.vector_norm`.
    public static func vectorNorm(
        _ x: Tensor, ord: Double = 2, dim: [Int] = [], keepdim: Bool = false, dtype: DType? = nil
    ) -> Tensor {
        if let dtype, !dtype.isInexact {
            return fail(
                .runtime,
                "linalg.vector_norm: dtype should be floating point or complex, but got \(dtype.scalarTypeName)")
        }
        return x.norm(ord, dim: dim, keepdim: keepdim, dtype: dtype)
    }

    /// Computes the norm of matrices: `.fro`, or the largest (1, inf) or smallest (-1, -inf) sum of magnitudes in a
    /// column or row. Norms from singular values do not exist yet: 2 and -2 raise an error, and so does `.nuc` unless
    /// the matrices have no elements. PyTorch: `torch.linalg.matrix_norm`.
    public static func matrixNorm(
        _ x: Tensor, ord: Order = .fro, dim: [Int] = [-2, -1], keepdim: Bool = false, dtype: DType? = nil
    ) -> Tensor {
        if x.isVoid { return .void }
        guard x.dim >= 2 else {
            return fail(.runtime, "linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
        }
        guard x.dtype.isInexact else {
            return fail(
                .notImplemented,
                "linalg.matrix_norm: Expected a floating point or complex tensor as input. Got \(x.dtype.scalarTypeName)"
            )
        }
        guard dim.count == 2 else {
            return fail(
                .runtime, "linalg.matrix_norm: dim must be a 2-tuple. Got \(dim.map { "\($0)" }.joined(separator: " "))"
            )
        }
        guard let rows = x.wrap(dim[0]), let columns = x.wrap(dim[1]) else { return .void }
        guard rows != columns else {
            return fail(.runtime, "linalg.matrix_norm: dims must be different. Got (\(dim[0]), \(dim[1]))")
        }
        switch ord {
        case .fro: return vectorNorm(x, dim: [rows, columns], keepdim: keepdim, dtype: dtype)
        case .number(let p) where p.magnitude == 1 || p.magnitude == .infinity:
            let sums = vectorNorm(x, ord: 1, dim: [p.magnitude == 1 ? rows : columns], keepdim: true, dtype: dtype)
            return p > 0
                ? sums.amax(dim: [rows, columns], keepdim: keepdim) : sums.amin(dim: [rows, columns], keepdim: keepdim)
        case .nuc where x.sizes[rows] == 0 || x.sizes[columns] == 0:
            return vectorNorm(x, ord: 1, dim: [rows, columns], keepdim: keepdim, dtype: dtype)
        case .nuc:
            return fail(
                .notImplemented, "linalg.matrix_norm: Order nuc needs singular values, which are not computed yet.")
        case .number(let p) where p.magnitude == 2:
            return fail(
                .notImplemented,
                "linalg.matrix_norm: Order \(p.plain) needs singular values, which are not computed yet.")
        case .number(let p): return fail(.runtime, "linalg.matrix_norm: Order \(p.plain) not supported.")
        }
    }

    /// Computes the norm of vectors if `dim` has one dimension, of matrices if it has two. Without `ord`, computes the
    /// 2-norm of the elements. PyTorch: `torch.linalg.norm`.
    public static func norm(
        _ x: Tensor, ord: Order? = nil, dim: [Int]? = nil, keepdim: Bool = false, dtype: DType? = nil
    ) -> Tensor {
        if x.isVoid { return .void }
        if let dim {
            guard dim.count == 1 || dim.count == 2 else {
                return fail(.runtime, "linalg.norm: If dim is specified, it must be of length 1 or 2. Got \(dim)")
            }
        } else if ord != nil {
            guard x.dim == 1 || x.dim == 2 else {
                return fail(
                    .runtime,
                    "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got \(x.dim)D.")
            }
        }
        switch ord {
        case nil: return vectorNorm(x, dim: dim ?? [], keepdim: keepdim, dtype: dtype)
        case .number(let p) where (dim?.count ?? x.dim) != 2:
            return vectorNorm(x, ord: p, dim: dim ?? [], keepdim: keepdim, dtype: dtype)
        case let ord?: return matrixNorm(x, ord: ord, dim: dim ?? [0, 1], keepdim: keepdim, dtype: dtype)
        }
    }

    // MARK: Products of vectors

    /// Computes Σ conj(x) · y along a dimension. PyTorch: `torch.linalg.vecdot`.
    public static func vecdot(_ x: Tensor, _ y: Tensor, dim: Int = -1) -> Tensor {
        if let cast = Autocast.lowerPrecision { return cast.run { vecdot($0(x), $0(y), dim: dim) } }
        guard x.dtype == y.dtype || x.isVoid || y.isVoid else {
            return fail(
                .runtime,
                "linalg.vecdot: Expected x and y to have the same dtype, but found x of type \(x.dtype.scalarTypeName) and y of type \(y.dtype.scalarTypeName) instead"
            )
        }
        let result = x.conj().mul(y).sum(dim: dim)
        return x.dim == 1 && y.dim == 1 ? result.named("VdotBackward0") : result
    }

    /// Computes the cross product along a dimension of size 3. PyTorch: `torch.linalg.cross`.
    public static func cross(_ input: Tensor, _ other: Tensor, dim: Int = -1) -> Tensor {
        if anyVoid(input, other) { return .void }
        guard input.dim == other.dim else {
            return fail(.runtime, "linalg.cross: inputs must have the same number of dimensions.")
        }
        guard let d = input.wrap(dim) else { return .void }
        let lengths = (input.size(d), other.size(d))
        guard lengths == (3, 3), input.dim > 0 else {
            return fail(
                .runtime, "linalg.cross: inputs dimension \(dim) must have length 3. Got \(lengths.0) and \(lengths.1)")
        }
        guard input.supportsKernel("cross"), other.supportsKernel("cross") else { return .void }
        let a = (0..<3).map { input.select(d, $0) }, b = (0..<3).map { other.select(d, $0) }
        return stack(
            (0..<3).map { i in
                let (j, k) = ((i + 1) % 3, (i + 2) % 3)
                return a[j].mul(b[k]).sub(a[k].mul(b[j]))
            }, dim: d
        ).named("LinalgCrossBackward0")
    }
}

extension Tensor {
    /// Sums the diagonal of a matrix; integers give int64. PyTorch: `torch.trace`.
    public func trace() -> Tensor {
        if let cast = Autocast.float32 { return cast.run { $0(self).trace() } }
        guard dim == 2 || isVoid else {
            return fail(.runtime, "trace: expected a matrix, but got tensor with dim \(dim)")
        }
        return supportsKernel("trace") ? diagonal().sum().named("TraceBackward0") : .void
    }

    /// Computes the cross product along a dimension of size 3, by default the first one. PyTorch: `torch.cross`.
    public func cross(_ other: Tensor, dim: Int? = nil) -> Tensor {
        if let dim { return linalg.cross(self, other, dim: dim) }
        guard self.dim == other.dim else {
            return fail(.runtime, "linalg.cross: inputs must have the same number of dimensions.")
        }
        guard let d = sizes.firstIndex(of: 3) else {
            return isVoid ? .void : fail(.runtime, "no dimension of size 3 in input")
        }
        return linalg.cross(self, other, dim: d)
    }
}
