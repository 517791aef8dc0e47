import CTorchKernels

// Complex numbers: their parts, as views and as values.

extension Tensor {
    /// Returns a view of the real and imaginary parts in a new last dimension of size 2. PyTorch: `torch.view_as_real`.
    /// - Precondition: the tensor is complex.
    public func viewAsReal() -> Tensor {
        if isVoid { return .void }
        guard dtype.isComplex else { return fail(.runtime, "view_as_real is only supported for complex tensors") }
        guard !isConj() else {
            return fail(
                .runtime,
                "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you can view it as real, use self.resolve_conj(); however, be warned that the resulting tensor will NOT alias the original."
            )
        }
        return view(as: layout.parts, dtype: dtype.toReal, "ViewAsRealBackward0") { _, g in
            g.contiguous().viewAsComplex()
        }
    }

    /// Returns a view of pairs of real elements along the last dimension as complex numbers.
    /// PyTorch: `torch.view_as_complex`.
    /// - Precondition: the tensor is float16, float32 or float64; its last dimension has size 2 and stride 1; all other
    ///   strides and the storage offset are even.
    public func viewAsComplex() -> Tensor {
        if let cast = Autocast.float32OnCPU { return cast.run { $0(self).viewAsComplex() } }
        if isVoid { return .void }
        guard requireReal("view_as_complex is not supported for complex tensors", kind: .runtime) else { return .void }
        guard dtype.isFloatingPoint, dtype != .bfloat16 else {
            return fail(
                .runtime,
                "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: \(dtype.scalarTypeName)"
            )
        }
        guard dim > 0 else { return fail(.runtime, "Input tensor must have one or more dimensions") }
        guard sizes[dim - 1] == 2 else { return fail(.runtime, "Tensor must have a last dimension of size 2") }
        let strides = layout.strides
        guard strides[dim - 1] == 1 else { return fail(.runtime, "Tensor must have a last dimension with stride 1") }
        guard zip(sizes, strides).dropLast().allSatisfy({ $1 % 2 == 0 || $0 <= 1 }) else {
            return fail(.runtime, "Tensor must have a stride divisible by 2 for all but last dimension")
        }
        guard layout.offset % 2 == 0 else { return fail(.runtime, "Tensor must have a storage_offset divisible by 2") }
        let joined = Layout(sizes.dropLast(), strides: strides.dropLast().map { $0 / 2 }, offset: layout.offset / 2)
        return view(as: joined, dtype: dtype.toComplex, "ViewAsComplexBackward0") { _, g in
            g.to(g.dtype.toComplex).resolveConj().viewAsReal()
        }
    }

    /// A view of the real parts, or the tensor itself if it is real. PyTorch: `Tensor.real`.
    public var real: Tensor {
        if !dtype.isComplex { return self }
        return hasSparseForm
            ? withValues(sparseValues().real, "RealBackward0") : (isConj() ? conj() : self).viewAsReal().select(-1, 0)
    }

    /// A view of the imaginary parts; of their negatives if this is an unresolved conjugate. PyTorch: `Tensor.imag`.
    /// - Precondition: the tensor is complex.
    public var imag: Tensor {
        if isVoid { return .void }
        guard dtype.isComplex else {
            return fail(.runtime, "imag is not implemented for tensors with non-complex dtypes.")
        }
        return isConj() ? conj().viewAsReal().negView().select(-1, 1) : viewAsReal().select(-1, 1)
    }

    /// Returns a view of the complex conjugates, or the tensor itself if it is real. Nothing is computed before an
    /// operator reads the view, and what is written to it changes this tensor. PyTorch: `torch.conj`.
    public func conj() -> Tensor {
        if !dtype.isComplex { return self }
        if hasSparseForm { return conjPhysical() }
        return view(as: layout, flipping: .conjugated, "ConjBackward0") { _, g in g.conj() }
    }

    /// Returns whether the tensor is a view of conjugates that are not computed yet. PyTorch: `torch.is_conj`.
    public func isConj() -> Bool { flags.contains(.conjugated) }

    /// Returns a view of the negatives. Nothing is computed before an operator reads the view, and what is written to
    /// it changes this tensor. PyTorch: `torch._neg_view`.
    public func negView() -> Tensor {
        view(as: layout, flipping: .negated, "NegViewBackward0") { _, g in g.neg() }
    }

    /// Returns whether the tensor is a view of negatives that are not computed yet. PyTorch: `torch.is_neg`.
    public func isNeg() -> Bool { flags.contains(.negated) }

    /// Returns the complex conjugates in their own memory, or the tensor itself if it is real.
    /// PyTorch: `torch.conj_physical`.
    public func conjPhysical() -> Tensor {
        dtype.isComplex ? unary(.conjugate, .common, node: "ConjPhysical") { _, g in g.conj() } : self
    }

    /// In-place version of `conjPhysical()`. PyTorch: `torch.conj_physical_`.
    @discardableResult
    public func conjPhysical_() -> Tensor {
        dtype.isComplex ? inPlace(.conjugate, name: "conj_physical_") { $0.conjPhysical() } : self
    }

    /// Returns this tensor, or a copy if it is a view of conjugates that are not computed yet.
    /// PyTorch: `torch.resolve_conj`.
    public func resolveConj() -> Tensor { isConj() ? clone() : self }
    /// Returns this tensor, or a copy if it is a view of negatives that are not computed yet.
    /// PyTorch: `torch.resolve_neg`.
    public func resolveNeg() -> Tensor { isNeg() ? clone() : self }

    /// Computes the angle from the positive real axis: in (-π, π] for complex elements, 0 or π for real ones.
    /// PyTorch: `torch.angle`.
    public func angle() -> Tensor {
        (dtype.isInexact ? self : to(defaultDType)).unary(.angle, .real, node: "Angle", saved: true) { node, g in
            let x = node.saved(0)
            guard x.dtype.isComplex else { return Tensor.zerosLike(g) }
            return Torch.where(x.eq(0), 0, g.mul(x).div(x.abs().pow(2)).mul(Scalar.complex(0, 1)))
        }
    }

    /// Whether each element's imaginary part is 0; always true for real elements. PyTorch: `torch.isreal`.
    public func isreal() -> Tensor { dtype.isComplex ? imag.eq(0) : Tensor.onesLike(self, dtype: .bool) }

    /// A view of the conjugate transpose of a matrix, or of the conjugate of a number.
    /// PyTorch: `Tensor.H`.
    /// - Precondition: the tensor has two dimensions or none.
    public var H: Tensor {
        guard dim == 2 || dim == 0 else {
            return fail(
                .runtime,
                "tensor.H is only supported on matrices (2-D tensors). Got \(dim)-D tensor.\(dim > 2 ? " For batches of matrices, consider using tensor.mH" : "")"
            )
        }
        return dim == 0 ? conj() : transpose(0, 1).conj()
    }

    /// A view with the last two dimensions swapped and the elements conjugated. PyTorch: `Tensor.mH`.
    public var mH: Tensor {
        guard dim >= 2 || dim == 0 else {
            return fail(.runtime, "tensor.mH is only supported on matrices or batches of matrices. Got 1-D tensor.")
        }
        return dim == 0 ? conj() : transpose(-2, -1).conj()
    }

    /// Like `mH`. PyTorch: `torch.adjoint`.
    public func adjoint() -> Tensor { mH }

    /// Converts the tensor to complex64. PyTorch: `Tensor.cfloat`, `Tensor.cdouble`, `Tensor.chalf`.
    public func cfloat(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.complex64, memoryFormat: memoryFormat) }
    /// Converts the tensor to complex128.
    public func cdouble(memoryFormat: MemoryFormat = .preserve) -> Tensor {
        to(.complex128, memoryFormat: memoryFormat)
    }
    /// Converts the tensor to complex32.
    public func chalf(memoryFormat: MemoryFormat = .preserve) -> Tensor { to(.complex32, memoryFormat: memoryFormat) }
}

/// Returns the complex numbers with these real and imaginary parts. PyTorch: `torch.complex`.
/// - Parameters:
///   - real: float16, float32 or float64.
///   - imag: of the same dtype. Both are broadcast.
///   - out: the tensor that takes the result; nil for a new one.
public func complex(_ real: Tensor, _ imag: Tensor, out: Tensor? = nil) -> Tensor {
    let result = combined(real, imag)
    if let out, !out.isVoid, !result.isVoid, out.dtype != result.dtype {
        return fail(
            .runtime,
            "Expected object of scalar type \(result.dtype.scalarTypeName) but got scalar type \(out.dtype.scalarTypeName) for argument 'out'"
        )
    }
    return result.written(to: out, name: "complex", read: [real, imag])
}

private func combined(_ real: Tensor, _ imag: Tensor) -> Tensor {
    if anyVoid(real, imag) { return .void }
    let allowed: [DType] = [.float16, .float32, .float64]
    guard allowed.contains(real.dtype), allowed.contains(imag.dtype) else {
        return fail(
            .runtime,
            "Expected both inputs to be Half, Float or Double tensors but got \(real.dtype.scalarTypeName) and \(imag.dtype.scalarTypeName)"
        )
    }
    guard real.dtype == imag.dtype else {
        return fail(
            .runtime,
            "Expected object of scalar type \(real.dtype.scalarTypeName) but got scalar type \(imag.dtype.scalarTypeName) for second argument"
        )
    }
    guard let sizes = Layout.broadcast(real.sizes, imag.sizes) else {
        return fail(.runtime, Pointwise.broadcastMismatch(real.sizes, imag.sizes))
    }
    let result = Tensor.allocate(
        IterationOrder.resultLayout(sizes, [real.layout, imag.layout]), real.dtype.toComplex, real.device)
    if result.isVoid { return result }
    let parts = result.alias(result.layout.parts, real.dtype)
    for (i, part) in [real, imag].enumerated() {
        parts.backend.copy(
            out: Strided(storage: parts.storage, layout: parts.layout.selected(sizes.count, i), dtype: part.dtype),
            part.strided)
    }
    return result.record("ComplexBackward0", real, imag) { node, g in
        [node.needs(0) ? g.real : nil, node.needs(1) ? g.imag : nil]
    }
}

/// Returns the complex numbers with these magnitudes and angles. PyTorch: `torch.polar`.
/// - Precondition: as for `complex(_:_:)`.
public func polar(_ abs: Tensor, _ angle: Tensor) -> Tensor {
    if let cast = Autocast.float32OnCPU { return cast.run { polar($0(abs), $0(angle)) } }
    guard abs.dtype == angle.dtype || abs.isVoid || angle.isVoid else {
        return fail(
            .runtime,
            "Expected object of scalar type \(abs.dtype.scalarTypeName) but got scalar type \(angle.dtype.scalarTypeName) for second argument"
        )
    }
    return complex(abs.mul(angle.cos()), abs.mul(angle.sin())).named("PolarBackward0")
}

extension Reduce {
    /// Reduces complex elements with reductions of real ones, or reduces to a complex dtype.
    static func complex(_ op: Reduction, _ input: Tensor, _ dims: [Int], keepdim: Bool, _ dtype: DType) -> Tensor {
        let x = input.detach()
        switch op {
        case .all, .any, .countNonzero: return run(op, x.to(.bool), dims, keepdim: keepdim, dtype)
        case .sum where dtype.isComplex:
            let all = x.to(dtype)
            let parts = run(.sum, all.alias(all.layout.parts, dtype.toReal), dims, keepdim: keepdim, dtype.toReal)
            return parts.alias(Layout(parts.sizes.dropLast()), dtype)
        case .prod where dtype.isComplex:
            // Move the reduced dimensions to the end and merge them. The last running product is the product.
            let kept = x.sizes.indices.filter { !dims.contains($0) }
            let rows = kept.map { x.sizes[$0] } + [dims.reduce(1) { $0 &* x.sizes[$1] }]
            var sizes = x.sizes
            for d in dims { sizes[d] = 1 }
            if rows.last == 0 {
                let ones = Tensor.filled(1, sizes, dtype, x.device)
                return keepdim ? ones : ones.dropping(dims)
            }
            let scanned = x.to(dtype).permute(kept + dims).reshape(rows).cumprod(kept.count)
            let result = scanned.select(-1, rows.last! - 1).contiguousCopy().alias(Layout(sizes))
            return keepdim ? result : result.dropping(dims)
        case .sum, .prod: return run(op, x.to(dtype), dims, keepdim: keepdim, dtype)
        // The other reductions need magnitudes or an order. Their operators treat complex numbers themselves.
        default:
            return fail(.notImplemented, "a reduction by order is not implemented for '\(input.dtype.scalarTypeName)'")
        }
    }
}

extension Tensor {
    /// Multiplies complex matrices whose leading dimensions are already broadcast, as one product of real matrices: a
    /// row's [a b] times [[c d] [-d c]].
    static func complexProduct(_ a: Tensor, _ b: Tensor, _ sizes: [Int], bias: Tensor?) -> Tensor {
        let rank = sizes.count
        let real = a.dtype.toReal
        let (k, n) = (b.sizes[rank - 2], b.sizes[rank - 1])
        let rows = a.layout.strides[rank - 1] == 1 ? a : a.contiguousCopy()
        if rows.isVoid { return .void }
        let left = Layout(
            a.sizes.dropLast() + [2 * k], strides: rows.layout.strides.dropLast().map { $0 * 2 } + [1],
            offset: rows.layout.offset * 2)
        let right = allocate(Layout(b.sizes.dropLast(2) + [2 * k, 2 * n]), real, a.device)
        let result = allocate(Layout(sizes), a.dtype, a.device)
        if anyVoid(rows, right, result) { return .void }
        let parts = b.layout.parts
        for (i, j, part) in [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)] {
            let positions = right.layout.sliced(rank - 2, start: i, length: k, step: 2).sliced(
                rank - 1, start: j, length: n, step: 2)
            let position = Strided(storage: right.storage, layout: positions, dtype: real)
            let source = b.strided(parts.selected(rank, part), real)
            if i > j {
                _ = b.backend.pointwise(.neg, compute: real, out: position, [source])
            } else {
                b.backend.copy(out: position, source)
            }
        }
        let out = result.alias(Layout(sizes.dropLast() + [2 * n]), real)
        let added = bias.map { $0.contiguous() }
        let parted = added.map { $0.alias(Layout([2 * n], offset: $0.layout.offset * 2), real).dense }
        return out.backend.matmul(out: out.dense, rows.alias(left, real).strided, right.strided, bias: parted)
            ? result : .void
    }
}

extension Tensor {
    /// Whether the elements are real, and so have an order. Raises `message` if they are complex.
    func requireReal(_ message: @autoclosure () -> String, kind: TorchError.Kind = .notImplemented) -> Bool {
        if dtype.isComplex { raise(kind, message()) }
        return !dtype.isComplex
    }
}
