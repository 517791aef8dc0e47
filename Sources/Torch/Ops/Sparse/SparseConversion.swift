// Between sparse and dense tensors, and copies of sparse tensors.

extension Tensor {
    /// Returns the dense tensor with the same elements; a strided tensor itself. PyTorch: `Tensor.to_dense`.
    ///
    /// The gradient of a sparse tensor is sparse, with values at its own places. If `maskedGrad` is false, it is dense.
    public func toDense(dtype: DType? = nil, maskedGrad: Bool = true) -> Tensor {
        if isVoid { return .void }
        guard let parts = sparseParts else { return dtype.map { to($0) } ?? self }
        guard dtype == nil || dtype == self.dtype else {
            return fail(.runtime, "dtype argument is not supported by sparse_to_dense")
        }
        let sparseSizes = sizes.prefix(parts.pattern.sparseDim)
        let values = maskedGrad ? sparseValues() : parts.values.detach()
        let dense = values.rowSums(at: parts.pattern.positions(sizes), sparseSizes.reduce(1, *)).reshape(sizes)
        return maskedGrad ? dense.named("ToDenseBackward0") : dense.record("ToDenseBackward0", self) { _, g in g }
    }

    /// Returns the nonzero elements as a sparse tensor in coordinate form. PyTorch: `Tensor.to_sparse`.
    public func toSparse() -> Tensor { toSparse(dim, "ToSparseBackward1") }

    /// Returns a sparse tensor whose first `sparseDim` dimensions are sparse: it has a value for each place there that
    /// has a nonzero element.
    /// - Precondition: `sparseDim` lies between 1 and the number of dimensions.
    public func toSparse(_ sparseDim: Int) -> Tensor {
        if let parts = sparseParts, sparseDim != parts.pattern.sparseDim {
            let name = layoutKind.errorName
            return fail(
                .runtime,
                "to_sparse: conversion from \(name) to Sparse with sparse_dim argument !=self.sparse_dim() is not supported"
            )
        }
        return toSparse(sparseDim, "ToSparseBackward0")
    }

    /// Returns the tensor in another form.
    public func toSparse(layout: TensorLayout) -> Tensor {
        switch layout {
        case .strided: toDense()
        case .sparseCoo: toSparse()
        case .sparseCsr: toSparseCsr()
        }
    }

    /// Same as `toSparse()`. PyTorch: `Tensor.to_sparse_coo`.
    public func toSparseCoo() -> Tensor { toSparse() }

    private func toSparse(_ sparseDim: Int, _ node: String) -> Tensor {
        if isVoid { return .void }
        if let parts = sparseParts {
            if parts.pattern.rowStarts == nil { return self }
            var pattern = SparsePattern(indices: parts.pattern.coordinates)
            pattern.isCoalesced = pattern.ascends(sizes)
            return Tensor.sparse(pattern, values: sparseValues(), sizes).named(node)
        }
        guard 0...dim ~= sparseDim else {
            return fail(
                .runtime,
                "dense_to_sparse: sparse_dim argument must be in [0,\(dim)] range, but \(sparseDim) is given")
        }
        guard sparseDim > 0 || dim == 0 else {
            return fail(.runtime, "dense_to_sparse: sparse_dim argument must be in >0 when self.dim()>0")
        }
        let sparseSizes = Array(sizes.prefix(sparseDim)), places = sparseSizes.reduce(1, &*)
        let rows: Tensor = noGrad {
            let isNonzero = detach().ne(0)
            let mask = sparseDim == dim ? isNonzero.reshape([-1]) : isNonzero.reshape([places, -1]).any(dim: 1)
            return mask.nonzeroAsTuple()[0]
        }
        if rows.isVoid { return .void }
        let coordinates = SparsePattern.coordinates(rows, sparseSizes)
        let values = reshape([places] + sizes.dropFirst(sparseDim)).indexSelect(dim: 0, index: rows)
        return Tensor.sparse(SparsePattern(indices: coordinates, isCoalesced: true), values: values, sizes).named(node)
    }

    /// Returns the nonzero elements of a matrix as compressed rows. PyTorch: `Tensor.to_sparse_csr`.
    /// - Precondition: the tensor has two dimensions.
    public func toSparseCsr() -> Tensor {
        if isVoid || isSparseCsr { return self }
        guard dim == 2 else {
            return fail(.runtime, "Only tensors with two sparse dimensions can be converted to CSR, but got \(dim)")
        }
        let sorted = toSparse().coalesce()
        guard let pattern = sorted.sparseParts?.pattern, pattern.sparseDim == 2 else {
            return sorted.isVoid
                ? .void
                : fail(
                    .runtime,
                    "Only tensors with two sparse dimensions can be converted to the SparseCsr layout, got self with \(sparseDim()) sparse dimensions"
                )
        }
        let rows = SparsePattern(
            indices: noGrad { pattern.columns.contiguous() }, rowStarts: pattern.startsOfRows(sizes[0]),
            isCoalesced: true)
        return Tensor.sparse(rows, values: sorted.sparseValues(), sizes).named("ToSparseCsrBackward0")
    }

    /// Returns the elements at the places of a sparse tensor, as a sparse tensor. PyTorch: `Tensor.sparse_mask`.
    /// - Precondition: the sizes are equal.
    public func sparseMask(_ mask: Tensor) -> Tensor {
        if anyVoid(self, mask) { return .void }
        guard let parts = mask.sparseParts else { return fail(mask.unsupported("sparse_mask")) }
        guard sizes == mask.sizes else {
            return fail(
                .runtime,
                "sparse_mask(): operands have incompatible sizes; self has size \(sizes) but mask has size \(mask.sizes)"
            )
        }
        guard Tensor.shareDevice(self, mask) else { return .void }
        return Tensor.sparse(parts.pattern, values: values(at: parts.pattern, sizes), sizes).named(
            "SparseMaskBackward0")
    }

    // MARK: What operators on all tensors do with sparse ones

    /// Returns a copy of a sparse tensor in another dtype and on another device.
    func sparseCopy(_ dtype: DType, _ device: Device, _ node: String) -> Tensor {
        guard let parts = sparseParts else { return .void }
        guard device.isAvailable else { return fail(.runtime, Tensor.unavailable(device)) }
        var pattern = parts.pattern
        noGrad {
            pattern.indices = pattern.indices.to(device, pattern.indices.dtype, copy: true)
            pattern.rowStarts = pattern.rowStarts.map { $0.to(device, $0.dtype, copy: true) }
        }
        let values = noGrad { parts.values.to(device, dtype, copy: true) }
        if anyVoid(values, pattern.indices) { return .void }
        let (origin, sizes) = (self.device, sizes)
        return Tensor(sparse: SparseParts(pattern: pattern, values: values), sizes: sizes).record(node, self) { _, g in
            g.to(origin)
        }
    }

    /// Returns a sparse tensor in the form of this one, without values.
    func sparseZeros(_ dtype: DType, _ device: Device) -> Tensor {
        guard let parts = sparseParts else { return .void }
        let columns = parts.values.sizes.dropFirst()
        let values = Tensor.empty([0] + columns, dtype: dtype, device: device)
        var pattern = parts.pattern
        let places = parts.pattern.rowStarts == nil ? [parts.pattern.sparseDim, 0] : [0]
        pattern.indices = Tensor.empty(places, dtype: pattern.indices.dtype, device: device)
        pattern.rowStarts = pattern.rowStarts.map { Tensor.zeros($0.sizes, dtype: $0.dtype, device: device) }
        pattern.isCoalesced = true
        if anyVoid(values, pattern.indices) { return .void }
        return Tensor(sparse: SparseParts(pattern: pattern, values: values), sizes: sizes)
    }

    /// Gives this sparse tensor the places and values of another one, converted to its dtype. Raises if that is dense.
    func takeElements(of source: Tensor) {
        if source.isVoid { return }
        guard let own = sparseParts, var parts = source.sparseParts,
            (own.pattern.rowStarts == nil) == (parts.pattern.rowStarts == nil), sizes == source.sizes
        else {
            return raise(
                .runtime,
                "copy_() between dense and sparse Tensors is not implemented! Found self type = \(typeName) and src type = \(source.typeName)"
            )
        }
        noGrad { parts.values = parts.values.to(dtype) }
        if !parts.values.isVoid { takeParts(parts) }
    }

    /// Returns the value after a recorded copy of `source` into this sparse tensor.
    func sparseCopied(_ source: Tensor) -> Tensor {
        let result: Tensor = noGrad { detach().contiguousCopy() }
        if result.isVoid { return result }
        result.takeElements(of: source.detach())
        return result.record("CopyBackwards", self, source) { node, g in
            [node.needs(0) ? Tensor.zerosLike(g) : nil, g]
        }
    }

    /// Removes all values.
    func sparseZero_() -> Tensor {
        inPlace(
            direct: { $0.takeElements(of: $0.sparseZeros($0.dtype, $0.device)) },
            recorded: { old in
                old.sparseZeros(old.dtype, old.device).record("ZeroBackward0", old) { _, g in Tensor.zerosLike(g) }
            })
    }
}

extension SparsePattern {
    /// Returns the number of values before each of `count` rows and of all, int64, if the rows ascend.
    func startsOfRows(_ count: Int) -> Tensor {
        if let rowStarts { return noGrad { rowStarts.to(.int64).contiguous() } }
        return startsOfRows(rows, count)
    }

    /// Like `startsOfRows(_:)`, for ascending rows in any memory.
    func startsOfRows(_ rows: Tensor, _ count: Int) -> Tensor {
        noGrad { searchsorted(rows.contiguous(), Tensor.arange(count + 1, device: rows.device)) }
    }
}
