// Coordinates of non-zero elements and of flat indices.

extension Tensor {
    /// Returns the coordinates of the non-zero elements in row-major order: int64 [rank, count]. A 0-dimensional tensor
    /// counts as a vector.
    func nonzeroCoordinates() -> Tensor {
        if isVoid || !supportsKernel("nonzero_count_cpu") { return .void }
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

    /// Like `nonzeroCoordinates`, for more dimensions than a kernel takes. At most 64 dimensions may have a size other
    /// than 1; the coordinate of the others is 0.
    private func coordinatesOfManyDimensions() -> Tensor {
        let long = sizes.indices.filter { sizes[$0] != 1 }
        guard long.count <= 64 else { return fail(.runtime, "only tensors with up to 64 dims are supported") }
        let found: Tensor = noGrad { detach().squeeze().nonzeroCoordinates() }
        if found.isVoid { return found }
        let result = Tensor.filled(0, [dim, found.sizes[1]], .int64, device)
        if !result.isVoid { for (k, d) in long.enumerated() { result.select(0, d).copy_(found.select(0, k)) } }
        return result
    }

    /// Returns the coordinates of the non-zero elements in row-major order, one row for each element. The result is
    /// int64 `[count, dim]`. PyTorch: `torch.nonzero`.
    public func nonzero() -> Tensor {
        let coordinates = nonzeroCoordinates()
        if coordinates.isVoid { return .void }
        return coordinates.alias(dim == 0 ? Layout([coordinates.sizes[1], 0]) : coordinates.layout.transposed(0, 1))
    }

    /// Returns the coordinates of the non-zero elements as one vector for each dimension. A subscript takes these
    /// vectors. A 0-dimensional tensor counts as a vector. PyTorch: `torch.nonzero(as_tuple=True)`.
    public func nonzeroAsTuple() -> [Tensor] {
        let coordinates = nonzeroCoordinates()
        return coordinates.isVoid ? Tensor.voids() : coordinates.unbind(dim: 0)
    }

    /// Returns the coordinates of the first `size` non-zero elements. If there are fewer, rows of `fillValue` follow.
    /// PyTorch: `torch.nonzero_static`.
    public func nonzeroStatic(size: Int, fillValue: Int = -1) -> Tensor {
        guard size >= 0 else { return fail(.runtime, "nonzero_static: 'size' must be an non-negative integer") }
        if device.kind == .meta { return Tensor.empty([size, dim], dtype: .int64, device: device) }
        let found = dtype.isForStorage ? noGrad { detach().ne(0).nonzero() } : nonzero()
        if found.isVoid { return .void }
        let result = Tensor.full([size, dim], fillValue, dtype: .int64, device: device)
        let kept = Swift.min(size, found.sizes[0])
        if !result.isVoid, result.numel() > 0, kept > 0 { result.narrow(0, 0, kept).copy_(found.narrow(0, 0, kept)) }
        return result
    }

    /// Same as `nonzero()`. PyTorch: `torch.argwhere`.
    public func argwhere() -> Tensor { nonzero() }
}

/// Returns the coordinates of the true elements, one vector for each dimension. PyTorch: `torch.where` with the
/// condition alone.
public func `where`(_ condition: Tensor) -> [Tensor] { condition.nonzeroAsTuple() }

/// Returns the coordinates of row-major flat indices, one tensor for each dimension of `shape`. Indices outside the
/// shape wrap around. PyTorch: `torch.unravel_index`.
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
    let positions: Tensor = noGrad { indices.detach().to(.int64) }
    return zip(Layout.contiguousStrides(shape), shape).map { step, size in
        noGrad { size == 0 ? positions.clone() : positions.floorDivide(step).remainder(size) }
    }
}
