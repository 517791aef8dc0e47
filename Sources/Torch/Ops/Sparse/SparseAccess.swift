// The parts of sparse tensors.

extension Tensor {
    /// Returns the number of dimensions that the coordinates of a sparse tensor describe; 0 for a strided tensor.
    /// PyTorch: `Tensor.sparse_dim`.
    public func sparseDim() -> Int { sparseParts.map { $0.pattern.sparseDim - $0.pattern.batch.count } ?? 0 }

    /// Returns the number of dimensions that each value of a sparse tensor has; all of a strided tensor.
    /// PyTorch: `Tensor.dense_dim`.
    public func denseDim() -> Int { isVoid ? 0 : dim - (sparseParts?.pattern.sparseDim ?? 0) }

    /// Returns the number of values of a sparse tensor; of each matrix, if it is a batch of compressed matrices.
    /// PyTorch: `Tensor._nnz`.
    /// - Precondition: the tensor is sparse.
    public func nnz() -> Int {
        if isVoid { return 0 }
        guard let parts = sparseParts else {
            raise(unsupported("_nnz"))
            return 0
        }
        return parts.pattern.indices.sizes.last ?? 0
    }

    /// Returns whether the coordinates of a sparse tensor ascend and no two are equal. PyTorch: `Tensor.is_coalesced`.
    /// - Precondition: the tensor is in coordinate form.
    public func isCoalesced() -> Bool { coordinateParts("is_coalesced")?.pattern.isCoalesced ?? false }

    /// Returns the coordinates of the values, int64 [sparse dimensions, count]. PyTorch: `Tensor.indices`.
    /// - Precondition: the tensor is in coordinate form and coalesced.
    public func indices() -> Tensor {
        guard let parts = coordinateParts("indices") else { return .void }
        guard parts.pattern.isCoalesced else {
            return fail(
                .runtime, "Cannot get indices on an uncoalesced tensor, please call .coalesce() first")
        }
        return parts.pattern.indices.detach()
    }

    /// Returns the values of a sparse tensor, [*batch, count, *dense dimensions]. Gradients reach the tensor.
    /// PyTorch: `Tensor.values`.
    /// - Precondition: the tensor is coalesced or compressed.
    public func values() -> Tensor {
        if isVoid { return .void }
        guard let parts = sparseParts else {
            return fail(.runtime, "values expected sparse tensor layout but got Strided")
        }
        guard parts.pattern.isCoalesced else {
            return fail(
                .runtime, "Cannot get values on an uncoalesced tensor, please call .coalesce() first")
        }
        return parts.pattern.batch.isEmpty ? sparseValues() : sparseValues().view(parts.valueSizes)
    }

    /// Returns the coordinates of the values as they are, also if they are not coalesced. PyTorch: `Tensor._indices`.
    public func _indices() -> Tensor { coordinateParts("_indices")?.pattern.indices.detach() ?? .void }

    /// Returns the values as they are, without autograd history, also if they are not coalesced.
    /// PyTorch: `Tensor._values`.
    public func _values() -> Tensor { coordinateParts("_values")?.values.detach() ?? .void }

    /// Returns the number of values before each row, and of all values, [*batch, rows + 1].
    /// PyTorch: `Tensor.crow_indices`.
    /// - Precondition: the tensor has compressed rows.
    public func crowIndices() -> Tensor { compressedPattern("crow_indices")?.starts?.detach() ?? .void }

    /// Returns the column of each value, [*batch, count]. PyTorch: `Tensor.col_indices`.
    /// - Precondition: the tensor has compressed rows.
    public func colIndices() -> Tensor { compressedPattern("col_indices")?.indices.detach() ?? .void }

    /// Returns the number of values before each column, and of all values, [*batch, columns + 1].
    /// PyTorch: `Tensor.ccol_indices`.
    /// - Precondition: the tensor has compressed columns.
    public func ccolIndices() -> Tensor {
        compressedPattern("ccol_indices", isByColumn: true)?.starts?.detach() ?? .void
    }

    /// Returns the row of each value, [*batch, count]. PyTorch: `Tensor.row_indices`.
    /// - Precondition: the tensor has compressed columns.
    public func rowIndices() -> Tensor {
        compressedPattern("row_indices", isByColumn: true)?.indices.detach() ?? .void
    }

    /// Returns the same tensor with ascending coordinates: values at one place are added up. PyTorch:
    /// `Tensor.coalesce`.
    /// - Precondition: the tensor is in coordinate form.
    public func coalesce() -> Tensor {
        guard let parts = coordinateParts("coalesce") else { return .void }
        if parts.pattern.isCoalesced { return self }
        let sparseDim = parts.pattern.sparseDim, places = parts.pattern.positions(sizes)
        if places.isVoid { return .void }
        guard !parts.pattern.ascends(sizes) else {
            let pattern = SparsePattern(indices: parts.pattern.indices, isCoalesced: true)
            return Tensor.sparse(pattern, values: sparseValues(), sizes).named("CoalesceBackward0")
        }
        let order: (values: Tensor, indices: Tensor) = noGrad { places.sort(dim: 0, stable: true) }
        let groups = noGrad { order.values.uniqueConsecutive(returnInverse: true) }
        guard let numbers = groups.inverseIndices, !groups.output.isVoid else { return .void }
        let coordinates = SparsePattern.coordinates(groups.output, Array(sizes.prefix(sparseDim)))
        let sums = sparseValues().indexSelect(dim: 0, index: order.indices).rowSums(
            at: numbers, groups.output.layout.sizes[0])
        return Tensor.sparse(SparsePattern(indices: coordinates, isCoalesced: true), values: sums, sizes).named(
            "CoalesceBackward0")
    }

    /// The values as they are. Their derivative is a sparse gradient with the same places.
    func sparseValues() -> Tensor {
        guard let parts = sparseParts else { return .void }
        return parts.values.detach().record("ValuesBackward0", self) { [sizes, pattern = parts.pattern] _, g in
            Tensor.sparse(pattern, values: g, sizes)
        }
    }

    /// Returns a sparse tensor with the same places and other values.
    func withValues(_ values: Tensor, _ node: String) -> Tensor {
        guard let parts = sparseParts else { return .void }
        return Tensor.sparse(parts.pattern, values: values, sizes).named(node)
    }

    /// The parts of a tensor in coordinate form. Raises and returns nil for another one.
    private func coordinateParts(_ name: String) -> SparseParts? {
        if isVoid { return nil }
        if let parts = sparseParts, parts.pattern.starts == nil { return parts }
        if name.hasPrefix("_") {
            raise(unsupported(name))
        } else {
            raise(
                .runtime, "\(name) expected sparse coordinate tensor layout but got \(layoutKind.errorName)")
        }
        return nil
    }

    /// The pattern of compressed rows or columns. Raises and returns nil for another tensor.
    private func compressedPattern(_ name: String, isByColumn: Bool = false) -> SparsePattern? {
        if isVoid { return nil }
        if let pattern = sparseParts?.pattern, pattern.starts != nil, pattern.isByColumn == isByColumn {
            return pattern
        }
        raise(
            .runtime,
            "\(name) expected sparse \(isByColumn ? "column" : "row") compressed tensor layout but got \(layoutKind.errorName)"
        )
        return nil
    }
}

extension SparseParts {
    /// The sizes of the values with the dimensions of a batch: [*batch, count, *dense dimensions].
    var valueSizes: [Int] { pattern.batch + [pattern.indices.sizes.last ?? 0] + values.sizes.dropFirst() }
}
