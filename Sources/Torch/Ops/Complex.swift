// Complex numbers: their parts, as views and as values.

extension Tensor {
    /// The parts of complex elements in a new last dimension of size 2, as a view. PyTorch: `torch.view_as_real`.
    /// - Precondition: the tensor is complex.
    public func viewAsReal() -> Tensor {
        if isVoid { return .void }
        guard dtype.isComplex else { return fail(.runtime, "view_as_real is only supported for complex tensors") }
        return view(as: layout.parts, dtype: dtype.toReal, "ViewAsRealBackward0") { _, g in g.contiguous().viewAsComplex() }
    }

    /// Pairs of real elements along the last dimension as complex numbers, as a view. PyTorch: `torch.view_as_complex`.
    /// - Precondition: the tensor is float32 or float64, its last dimension has size 2 and stride 1, and all other strides and the storage offset are even.
    public func viewAsComplex() -> Tensor {
        if isVoid { return .void }
        guard dtype == .float32 || dtype == .float64 else {
            return fail(.runtime, "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: \(dtype.scalarTypeName)")
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
        return view(as: joined, dtype: dtype.toComplex, "ViewAsComplexBackward0") { _, g in g.to(g.dtype.toComplex).viewAsReal() }
    }

    /// The real parts, as a view; of a real tensor itself. PyTorch: `Tensor.real`.
    public var real: Tensor { dtype.isComplex ? viewAsReal().select(-1, 0) : self }

    /// The imaginary parts, as a view. PyTorch: `Tensor.imag`.
    /// - Precondition: the tensor is complex.
    public var imag: Tensor {
        if isVoid { return .void }
        guard dtype.isComplex else { return fail(.runtime, "imag is not implemented for tensors with non-complex dtypes.") }
        return viewAsReal().select(-1, 1)
    }

    /// The complex conjugates; of a real tensor itself. PyTorch: `torch.conj`.
    public func conj() -> Tensor {
        dtype.isComplex ? unary(.conjugate, .common, node: "Conj") { _, g in g.conj() } : self
    }
}

extension Layout {
    /// The layout of the parts of complex elements that lie so: a last dimension of two.
    var parts: Layout { Layout(sizes + [2], strides: strides.map { $0 * 2 } + [1], offset: offset * 2) }
}
