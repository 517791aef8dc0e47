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
        let sparseSizes = Array(sizes.prefix(parts.pattern.sparseDim))
        let values = maskedGrad ? sparseValues() : parts.values.detach()
        let dense = values.rowSums(at: parts.pattern.positions(sizes), Layout.saturatedCount(sparseSizes))
            .reshape(sizes)
        return maskedGrad ? dense.named("ToDenseBackward0") : dense.record("ToDenseBackward0", self) { _, g in g }
    }

    /// Returns the nonzero elements as a sparse tensor in coordinate form. PyTorch: `Tensor.to_sparse`.
    public func toSparse() -> Tensor { toSparse(dim, "ToSparseBackward1") }

    /// Returns a sparse tensor whose first `sparseDim` dimensions are sparse: it has a value for each place there that
    /// has a nonzero element.
    /// - Precondition: `sparseDim` lies between 1 and the number of dimensions.
    public func toSparse(_ sparseDim: Int) -> Tensor {
        if let parts = sparseParts, sparseDim != parts.pattern.sparseDim, sparseDim != self.sparseDim() {
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
        case .sparseCsc: toSparseCsc()
        }
    }

    /// Same as `toSparse()`. PyTorch: `Tensor.to_sparse_coo`.
    public func toSparseCoo() -> Tensor { toSparse() }

    private func toSparse(_ sparseDim: Int, _ node: String) -> Tensor {
        if isVoid { return .void }
        if let parts = sparseParts {
            if parts.pattern.starts == nil { return self }
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

    /// Returns the nonzero elements of a matrix, or of a batch of matrices, as compressed rows.
    /// PyTorch: `Tensor.to_sparse_csr`.
    /// - Precondition: the tensor has at least two dimensions. The matrices of a batch have equally many elements.
    public func toSparseCsr() -> Tensor { isSparseCsr ? self : toCompressed(isByColumn: false) }

    /// Returns the nonzero elements of a matrix, or of a batch of matrices, as compressed columns.
    /// PyTorch: `Tensor.to_sparse_csc`.
    /// - Precondition: the tensor has at least two dimensions. The matrices of a batch have equally many elements.
    public func toSparseCsc() -> Tensor { layoutKind == .sparseCsc ? self : toCompressed(isByColumn: true) }

    private func toCompressed(isByColumn: Bool) -> Tensor {
        if isVoid { return .void }
        if isSparse, sparseDim() != 2 {
            let (name, form) = isByColumn ? ("csc", "SparseCsc") : ("csr", "SparseCsr")
            return fail(
                .runtime,
                "coo_to_sparse_\(name): conversion from Sparse to \(form) for input tensors with sparse_dim()!=2 is not supported"
            )
        }
        guard dim >= 2 else {
            return fail(.index, "Dimension out of range (expected to be in range of [-1, 0], but got 1)")
        }
        return compressed(isByColumn: isByColumn)
    }

    /// Returns the tensor in compressed form. All sparse dimensions before the last two number matrices; of a dense
    /// tensor, all dimensions before the last two. Raises if the matrices have different numbers of values.
    func compressed(isByColumn: Bool) -> Tensor {
        if isVoid { return .void }
        let batchDim = sparseParts.map { $0.pattern.sparseDim - 2 } ?? dim - 2
        let batch = Array(sizes.prefix(batchDim)), lines = sizes[batchDim + (isByColumn ? 1 : 0)]
        guard !batch.contains(0) else {
            let name = "to_sparse_\(isByColumn ? "csc" : "csr")"
            return fail(.runtime, "\(name): Expected product of batch dimensions to be non-zero.")
        }
        guard lines < .max, Layout.checkedCount(batch + [lines + 1]) != nil else {
            return fail(.runtime, "numel: integer multiplication overflow")
        }
        let sorted = toSparse().coalesce()
        guard let pattern = sorted.sparseParts?.pattern else { return .void }
        let node = "ToSparse\(isByColumn ? "Csc" : "Csr")Backward0"
        guard let result = sorted.compressedValues(pattern, batchDim, isByColumn: isByColumn) else {
            return fail(.runtime, "Expect the same number of specified elements per batch.")
        }
        return result.named(node)
    }

    /// Returns this coalesced tensor in compressed form, or nil if the matrices of its batch have different numbers of
    /// values.
    private func compressedValues(_ pattern: SparsePattern, _ batchDim: Int, isByColumn: Bool) -> Tensor? {
        let batch = Array(sizes.prefix(batchDim)), matrices = Layout.saturatedCount(batch)
        let (line, other) = (batchDim + (isByColumn ? 1 : 0), batchDim + (isByColumn ? 0 : 1)), lines = sizes[line]
        var order: Tensor?
        let parts: SparsePattern? = noGrad {
            let numbers = pattern.positions(Array(0..<batchDim), sizes)
            var places = numbers.mul(lines).add(pattern.indices.select(0, line)).contiguous()
            var indices = pattern.indices.select(0, other).contiguous()
            if isByColumn {
                // The rows of a column ascend, because the sort is stable.
                let sorted = places.sort(dim: 0, stable: true)
                (places, order) = (sorted.values, sorted.indices)
                indices = indices.indexSelect(dim: 0, index: sorted.indices)
            }
            guard pattern.count % matrices == 0 else { return nil }
            let each = pattern.count / matrices
            let bounds = searchsorted(places, Tensor.arange(matrices * lines + 1, device: device))
            let firsts = bounds.narrow(0, 0, matrices * lines).view([matrices, lines])
            let before = Tensor.arange(matrices, device: device).mul(each).unsqueeze(1)
            if lines > 0, matrices > 1, !firsts.select(1, 0).eq(before.select(1, 0)).all().isTrue(ifUnknown: true) {
                return nil
            }
            let ends = Tensor.full([matrices, 1], each, dtype: .int64, device: device)
            let starts = cat([firsts.sub(before), ends], dim: 1).view(batch + [lines + 1])
            return SparsePattern(
                indices: indices.view(batch + [each]), starts: starts, isByColumn: isByColumn)
        }
        guard let parts else { return nil }
        let values = order.map { sparseValues().indexSelect(dim: 0, index: $0) } ?? sparseValues()
        return Tensor.sparse(parts, values: values, sizes)
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
            pattern.starts = pattern.starts.map { $0.to(device, $0.dtype, copy: true) }
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
        let places = pattern.starts == nil ? [pattern.sparseDim, 0] : pattern.batch + [0]
        pattern.indices = Tensor.empty(places, dtype: pattern.indices.dtype, device: device)
        pattern.starts = pattern.starts.map { Tensor.zeros($0.sizes, dtype: $0.dtype, device: device) }
        pattern.isCoalesced = true
        if anyVoid(values, pattern.indices) { return .void }
        return Tensor(sparse: SparseParts(pattern: pattern, values: values), sizes: sizes)
    }

    /// Gives this sparse tensor the places and values of another one, converted to its dtype. Raises if that is dense.
    func takeElements(of source: Tensor) {
        if source.isVoid { return }
        guard var parts = source.sparseParts, layoutKind == source.layoutKind, sizes == source.sizes else {
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
        if let starts, !isByColumn, batch.isEmpty { return noGrad { starts.to(.int64).contiguous() } }
        return startsOfRows(rows, count)
    }

    /// Like `startsOfRows(_:)`, for ascending rows in any memory.
    func startsOfRows(_ rows: Tensor, _ count: Int) -> Tensor {
        noGrad { searchsorted(rows.contiguous(), Tensor.arange(count + 1, device: rows.device)) }
    }
}
