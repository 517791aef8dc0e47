// Where something is: coordinates of what is not zero, of a flat place.

extension Tensor {
    /// The coordinates of what is not zero, [rank, count] of int64, in row-major order; a 0-dimensional tensor counts
    /// as a vector.
    func nonzeroCoordinates() -> Tensor {
        if isVoid || !takes("nonzero_count_cpu") { return .void }
        if dim > 64 { return coordinatesOfManyDimensions() }
        let input: Tensor = noGrad { detach().contiguous() }
        if input.isVoid { return .void }
        guard let found = backend.nonzero(Dense(input.strided.atLeastOneDimension)) else {
            return fail(
                .runtime,
                "DefaultCPUAllocator: can't allocate memory for the coordinates of a tensor of \(numel()) elements")
        }
        return Tensor(found)
    }

    /// The same for more dimensions than a kernel counts: all but 63 of them have size 1, and so the coordinate 0.
    private func coordinatesOfManyDimensions() -> Tensor {
        let long = sizes.indices.filter { sizes[$0] != 1 }
        guard long.count <= 64 else { return fail(.runtime, "only tensors with up to 64 dims are supported") }
        let found: Tensor = noGrad { detach().squeeze().nonzeroCoordinates() }
        if found.isVoid { return found }
        let result = Tensor.filled(0, [dim, found.sizes[1]], .int64)
        if !result.isVoid { for (k, d) in long.enumerated() { result.select(0, d).copy_(found.select(0, k)) } }
        return result
    }

    /// The coordinates of what is not zero, a row each, in row-major order: [count, dim] of int64. PyTorch:
    /// `torch.nonzero`.
    public func nonzero() -> Tensor {
        let coordinates = nonzeroCoordinates()
        if coordinates.isVoid { return .void }
        return coordinates.alias(dim == 0 ? Layout([coordinates.sizes[1], 0]) : coordinates.layout.transposed(0, 1))
    }

    /// The same, a vector a dimension: what may stand in a subscript. A 0-dimensional tensor counts as a vector.
    /// PyTorch: `torch.nonzero(as_tuple=True)`.
    public func nonzeroAsTuple() -> [Tensor] {
        let coordinates = nonzeroCoordinates()
        return coordinates.isVoid ? Tensor.voids() : coordinates.unbind(dim: 0)
    }

    /// The first `size` coordinates of what is not zero; rows of `fillValue` follow where there are fewer. PyTorch:
    /// `torch.nonzero_static`.
    public func nonzeroStatic(size: Int, fillValue: Int = -1) -> Tensor {
        guard size >= 0 else { return fail(.runtime, "nonzero_static: 'size' must be an non-negative integer") }
        let found = dtype.isForStorage ? noGrad { detach().ne(0).nonzero() } : nonzero()
        if found.isVoid { return .void }
        let result = Tensor.full([size, dim], fillValue, dtype: .int64)
        let kept = Swift.min(size, found.sizes[0])
        if !result.isVoid, result.numel() > 0, kept > 0 { result.narrow(0, 0, kept).copy_(found.narrow(0, 0, kept)) }
        return result
    }

    /// PyTorch: `torch.argwhere`.
    public func argwhere() -> Tensor { nonzero() }
}

/// The coordinates of what is true, a vector a dimension. PyTorch: `torch.where` with the condition alone.
public func `where`(_ condition: Tensor) -> [Tensor] { condition.nonzeroAsTuple() }

/// The coordinates, a tensor a dimension of `shape`, of row-major places; what leads outside starts again. PyTorch:
/// `torch.unravel_index`.
public func unravelIndex(_ indices: Tensor, _ shape: [Int]) -> [Tensor] {
    if indices.isVoid { return Tensor.voids() }
    guard indices.dtype.isInteger else {
        return [fail(.type, "expected 'indices' to be integer dtype, but got \(indices.dtype)")]
    }
    guard shape.allSatisfy({ $0 >= 0 }) else {
        return [fail(.value, "'shape' cannot have negative values, but got \(shape)")]
    }
    guard indices.numel() == 0 || !shape.contains(0) else {
        return [fail(.value, "'shape' cannot have zero dimensions when 'indices' is non-empty, but got \(shape)")]
    }
    guard Layout.checkedCount(shape) != nil else {
        return [fail(.runtime, "Storage size calculation overflowed with sizes=\(shape)")]
    }
    let places: Tensor = noGrad { indices.detach().to(.int64) }
    return zip(Layout.contiguousStrides(shape), shape).map { step, size in
        noGrad { size == 0 ? places.clone() : places.floorDivide(step).remainder(size) }
    }
}
