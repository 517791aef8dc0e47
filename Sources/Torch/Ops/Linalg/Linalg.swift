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
        guard isNormDType(dtype, of: x, "linalg.vector_norm") else { return .void }
        return x.norm(ord, dim: dim, keepdim: keepdim, dtype: dtype)
    }

    /// Computes the norm of matrices: `.fro`; `.nuc`, the sum of the singular values; 2 or -2, the largest or smallest
    /// one; or the largest (1, inf) or smallest (-1, -inf) sum of magnitudes in a column or row.
    /// PyTorch: `torch.linalg.matrix_norm`.
    /// - Precondition: `dim` are two dimensions, the rows and the columns. Norms from singular values need elements of
    ///   32 bits or more.
    public static func matrixNorm(
        _ x: Tensor, ord: Order = .fro, dim: [Int] = [-2, -1], keepdim: Bool = false, dtype: DType? = nil
    ) -> Tensor {
        if dtype == nil, let cast = Autocast.float32OnCUDA(x) {
            return cast.run { matrixNorm($0(x), ord: ord, dim: dim, keepdim: keepdim) }
        }
        if x.isVoid { return .void }
        var usesSingularValues = false
        switch ord {
        case .fro: break
        case .nuc: usesSingularValues = true
        case .number(let p):
            guard [1, 2, .infinity].contains(p.magnitude) else {
                return fail(.runtime, "linalg.matrix_norm: Order \(p.plain) not supported.")
            }
            usesSingularValues = p.magnitude == 2
        }
        guard LinalgInput.isMatrix(x, "linalg.matrix_norm"),
            usesSingularValues
                ? LinalgInput.isWide(x, "linalg.matrix_norm") : LinalgInput.isInexact(x, "linalg.matrix_norm")
        else { return .void }
        guard dim.count == 2 else {
            return fail(
                .runtime, "linalg.matrix_norm: dim must be a 2-tuple. Got \(dim.map { "\($0)" }.joined(separator: " "))"
            )
        }
        guard let rows = x.wrap(dim[0]), let columns = x.wrap(dim[1]) else { return .void }
        guard rows != columns else {
            return fail(.runtime, "linalg.matrix_norm: dims must be different. Got (\(rows), \(columns))")
        }
        guard isNormDType(dtype, of: x, "linalg.matrix_norm") else { return .void }
        switch ord {
        case .fro: return vectorNorm(x, dim: [rows, columns], keepdim: keepdim, dtype: dtype)
        case .number(let p) where p.magnitude != 2:
            let (first, second) = p.magnitude == 1 ? (rows, columns) : (columns, rows)
            let sums = vectorNorm(x, ord: 1, dim: [first], keepdim: keepdim, dtype: dtype)
            let rest = !keepdim && first < second ? second - 1 : second
            return p > 0 ? largest(sums, rest, keepdim) : sums.amin(dim: rest, keepdim: keepdim)
        case .number, .nuc:
            let order = (0..<x.dim).filter { $0 != rows && $0 != columns } + [rows, columns]
            let values = svdvals((dtype.map { x.to($0) } ?? x).permute(order))
            if values.isVoid { return .void }
            let norms: Tensor
            switch ord {
            case .number(let p) where p > 0: norms = largest(values, values.dim - 1, keepdim)
            case .number: norms = values.amin(dim: -1, keepdim: keepdim)
            default: norms = values.sum(dim: -1, keepdim: keepdim)
            }
            if !keepdim { return norms }
            var inverse = order
            for (place, dim) in order.enumerated() { inverse[dim] = place }
            return norms.unsqueeze(-1).permute(inverse)
        }
    }

    /// Returns the largest elements along a dimension; 0 if it is empty.
    private static func largest(_ x: Tensor, _ dim: Int, _ keepdim: Bool) -> Tensor {
        if x.isVoid || x.sizes[dim] > 0 { return x.amax(dim: dim, keepdim: keepdim) }
        return noGrad { x.detach().sum(dim: dim, keepdim: keepdim) }
    }

    /// Returns whether a norm of the tensor can be computed in a dtype.
    private static func isNormDType(_ dtype: DType?, of x: Tensor, _ name: String) -> Bool {
        guard let dtype, !x.isVoid else { return true }
        let shown = dtype.scalarTypeName, kind = x.dtype.isComplex ? "complex" : "real"
        guard
            LinalgInput.check(dtype.isInexact, "\(name): dtype should be floating point or complex, but got \(shown)"),
            LinalgInput.check(
                dtype.isComplex == x.dtype.isComplex,
                "\(name): dtype should be \(kind) for \(kind) inputs, but got \(shown)"
            )
        else { return false }
        return LinalgInput.check(
            promoteTypes(x.dtype, dtype) == dtype,
            "\(name): the dtype of the input (\(x.dtype.scalarTypeName)) should be convertible without narrowing to the specified dtype (\(shown))"
        )
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
        if let cast = Autocast.widestOnCUDA([input, other]) {
            return cast.run { cross($0(input), $0(other), dim: dim) }
        }
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

extension linalg {
    /// The orders of norms that have names.
    public enum NamedOrder: String, Sendable {
        /// The Frobenius norm: the 2-norm of the elements.
        case fro
        /// The nuclear norm: the sum of the singular values.
        case nuc
    }
}

extension Tensor {
    /// Computes the Frobenius norm of all elements or along dimensions, or the nuclear norm of matrices.
    /// PyTorch: `torch.norm`.
    /// - Precondition: the nuclear norm has two dimensions, those of `dim` or of the tensor.
    public func norm(
        _ p: linalg.NamedOrder, dim: [Int]? = nil, keepdim: Bool = false, dtype: DType? = nil
    ) -> Tensor {
        switch p {
        case .fro: linalg.vectorNorm(self, dim: dim ?? [], keepdim: keepdim, dtype: dtype)
        case .nuc:
            linalg.matrixNorm(self, ord: .nuc, dim: dim ?? Array(0..<self.dim), keepdim: keepdim, dtype: dtype)
        }
    }

    /// Sums the diagonal of a matrix; integers give int64. PyTorch: `torch.trace`.
    public func trace() -> Tensor {
        if let cast = Autocast.float32OnCPU { return cast.run { $0(self).trace() } }
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
