// Products of which an operand is a sparse matrix.

extension Tensor {
    /// Multiplies two matrices of which at least one is sparse. The gradient of a sparse factor is dense if it is a
    /// leaf, as in PyTorch. If `isMasked`, or if it is computed from other tensors, it has values at the factor's own
    /// places.
    func sparseProduct(_ other: Tensor, isMasked: Bool = false, _ node: String = "MmBackward0") -> Tensor {
        if anyVoid(self, other) { return .void }
        for (x, role) in [(self, "self"), (other, "mat2")] where x.dim != 2 || x.denseDim() > 0 && x.hasSparseForm {
            return fail(.runtime, "mm: \(role) must be a matrix, got \(x.dim)-D tensor")
        }
        guard dtype == other.dtype else {
            return fail(
                .runtime, "expected scalar type \(dtype.scalarTypeName) but found \(other.dtype.scalarTypeName)")
        }
        guard Tensor.shareDevice(self, other) else { return .void }
        guard sizes[1] == other.sizes[0] else { return fail(.runtime, sizeMismatch(other)) }
        if hasSparseForm, other.hasSparseForm { return sparseSparseProduct(other) }
        guard hasSparseForm else { return other.t().sparseProduct(t(), isMasked: isMasked, node).t() }
        let result: Tensor = noGrad { detach().sparseTimesDense(other.detach()) }
        return result.record(node, self, other, saved: [self, other]) { node, g in
            let (a, b) = (node.saved(0), node.saved(1))
            return [node.needs(0) ? a.factorGradient(g, b, isMasked) : nil, node.needs(1) ? a.mH.mm(g) : nil]
        }
    }

    private func sizeMismatch(_ other: Tensor) -> String {
        if isSparse, other.isSparse {
            return
                "_sparse_sparse_matmul: mat1 and mat2 shapes cannot be multiplied (\(sizes[0])x\(sizes[1]) and \(other.sizes[0])x\(other.sizes[1]))"
        }
        if isSparse { return "addmm: Argument #3 (dense): Expected dim 0 size \(sizes[1]), got \(other.sizes[0])" }
        if other.isSparse {
            return "addmm: Argument #3 (dense): Expected dim 0 size \(other.sizes[0]), got \(sizes[1])"
        }
        return
            "addmm: mat1 and mat2 shapes cannot be multiplied (\(sizes[0])x\(sizes[1]) and \(other.sizes[0])x\(other.sizes[1]))"
    }

    /// Returns the gradient of this sparse factor of a product with `b`, from the product's gradient.
    private func factorGradient(_ g: Tensor, _ b: Tensor, _ isMasked: Bool) -> Tensor {
        guard let pattern = sparseParts?.pattern, isMasked || !isLeaf, !g.hasSparseForm, !b.hasSparseForm else {
            let dense = g.mm(b.mH)
            return isMasked ? dense.sparseMask(detach()) : dense
        }
        let values = g.indexSelect(dim: 0, index: pattern.rows)
            .mul(b.indexSelect(dim: 0, index: pattern.columns).conj()).sum(dim: 1)
        return Tensor.sparse(pattern, values: values, sizes)
    }

    /// Computes the product of this sparse matrix and a dense one, row by row: each is the sum of rows of the dense
    /// one, in the order of the values.
    private func sparseTimesDense(_ other: Tensor) -> Tensor {
        guard let parts = sparseParts else { return .void }
        let (rows, width) = (sizes[0], other.sizes[1])
        var (placed, columns, values) = (
            isSparseCsr ? nil : parts.pattern.rows, parts.pattern.columns, parts.values
        )
        if let unsorted = placed, !parts.pattern.isCoalesced || parts.pattern.isByColumn {
            let order = unsorted.sort(dim: 0, stable: true)
            placed = order.values
            columns = columns.indexSelect(dim: 0, index: order.indices)
            values = values.indexSelect(dim: 0, index: order.indices)
        }
        let starts = placed.map { parts.pattern.startsOfRows($0, rows) } ?? parts.pattern.startsOfRows(rows)
        let (c, v, d) = (columns.contiguous(), values.contiguous(), other.contiguous())
        let result = Tensor.allocate(Layout([rows, width]), dtype, device)
        if anyVoid(result, starts, c) || anyVoid(v, d) { return .void }
        if result.numel() == 0 { return result }
        switch backend.rowProduct(
            out: result.dense, starts: starts.indexMemory, columns: c.indexMemory, values: v.dense, d.dense)
        {
        case true?: return result
        case false?: return fail(.index, "an index of a sparse matrix is out of bounds for its sizes \(sizes)")
        case nil: break
        }
        guard supportsKernel("addmm_sparse_dense") else { return .void }
        let at = placed ?? parts.pattern.rows, wide = dtype.wide
        let terms = v.to(wide).unsqueeze(1).mul(d.to(wide).indexSelect(dim: 0, index: c))
        return terms.rowSums(at: at.contiguous(), rows).to(dtype)
    }

    /// Computes the product of two sparse matrices: a value of this one, times each value in the other's row.
    private func sparseSparseProduct(_ other: Tensor) -> Tensor {
        let a = toSparse(), b = other.toSparse().coalesce()
        guard let left = a.sparseParts?.pattern, let right = b.sparseParts?.pattern else { return .void }
        let (starts, lengths): (Tensor, Tensor) = noGrad {
            let all = right.startsOfRows(other.sizes[0]), first = all.narrow(0, 0, other.sizes[0])
            let lengths = all.narrow(0, 1, other.sizes[0]).sub(first)
            return (first.indexSelect(dim: 0, index: left.columns), lengths.indexSelect(dim: 0, index: left.columns))
        }
        // The terms of the product: which value of the left factor, and which of the right.
        let from: Tensor = noGrad {
            Tensor.arange(left.count, device: device).repeatInterleave(lengths)
        }
        let to: Tensor = noGrad {
            let before = lengths.cumsum(0).sub(lengths)
            return Tensor.arange(from.numel(), device: device).add(
                starts.sub(before).indexSelect(dim: 0, index: from))
        }
        if anyVoid(from, to) { return .void }
        let values = a.sparseValues().indexSelect(dim: 0, index: from).mul(
            b.sparseValues().indexSelect(dim: 0, index: to))
        let places: Tensor = noGrad {
            stack([
                left.rows.indexSelect(dim: 0, index: from), right.columns.indexSelect(dim: 0, index: to)
            ])
        }
        let result = Tensor.sparse(SparsePattern(indices: places), values: values, [sizes[0], other.sizes[1]])
            .coalesce()
        return isCompressed && other.isCompressed ? result.toSparseCsr() : result.named("SparseSparseMatmulBackward0")
    }

    /// Multiplies a batch of sparse matrices, in coordinate form with three sparse dimensions or compressed, and a
    /// batch of dense ones. All are one product: the matrices lie along the diagonal of a larger one.
    func sparseBatchProduct(_ other: Tensor) -> Tensor {
        if anyVoid(self, other) { return .void }
        guard hasSparseForm else { return fail(other.unsupported("bmm")) }
        guard !other.hasSparseForm else { return fail(.runtime, "bmm_sparse: Tensor 'mat2' must be dense") }
        guard let pattern = sparseParts?.pattern else { return .void }
        guard denseDim() == 0 else {
            return fail(.runtime, "bmm_sparse: Tensor 'self' must have 0 dense dims, but has \(denseDim())")
        }
        guard pattern.sparseDim == 3 else {
            return fail(.runtime, "bmm_sparse: Tensor 'self' must have 3 sparse dims, but has \(pattern.sparseDim)")
        }
        guard other.dim == 3 else {
            return fail(.runtime, "bmm_sparse: Tensor 'mat2' must have 3 dims, but has \(other.dim)")
        }
        for (own, its) in [(0, 0), (2, 1)] where sizes[own] != other.sizes[its] {
            return fail(.runtime, "bmm_sparse: 'self.size(\(own))' and 'mat2.size(\(its))' must match")
        }
        guard dtype == other.dtype else {
            return fail(
                .runtime, "expected scalar type \(dtype.scalarTypeName) but found \(other.dtype.scalarTypeName)")
        }
        guard Tensor.shareDevice(self, other) else { return .void }
        let (batch, n, k, m) = (sizes[0], sizes[1], sizes[2], other.sizes[2])
        let places: Tensor = noGrad {
            let all = pattern.coordinates, matrices = all.select(0, 0)
            return stack([
                matrices.mul(n).add(all.select(0, 1)), matrices.mul(k).add(all.select(0, 2))
            ])
        }
        let large = SparsePattern(indices: places, isCoalesced: pattern.isCoalesced && !pattern.isByColumn)
        func product(_ values: Tensor, _ dense: Tensor) -> Tensor {
            Tensor.sparse(large, values: values, [batch &* n, batch &* k]).sparseTimesDense(
                dense.reshape([batch &* k, m])
            ).reshape([batch, n, m])
        }
        let result = noGrad { product(sparseValues().detach(), other.detach()) }
        return result.record("BmmBackward0", self, other, saved: [self, other]) { node, g in
            let (a, b) = (node.saved(0), node.saved(1))
            // As for `mm`: the gradient of a leaf is dense, that of a computed tensor has values at its places.
            let ofFirst: () -> Tensor = {
                let dense = g.bmm(b.mH)
                return a.isLeaf ? dense : dense.sparseMask(a.detach())
            }
            return [
                node.needs(0) ? ofFirst() : nil,
                node.needs(1) ? a.toSparse().transpose(1, 2).conjPhysical().bmm(g) : nil
            ]
        }
    }

    /// Computes beta · self + alpha · (mat1 @ mat2), where a factor is sparse.
    func sparseAddmm(
        _ mat1: Tensor, _ mat2: Tensor, _ beta: some ScalarConvertible, _ alpha: some ScalarConvertible,
        isMasked: Bool = false, _ node: String = "AddmmBackward0"
    ) -> Tensor {
        let product = mat1.sparseProduct(mat2, isMasked: isMasked)
        if anyVoid(self, product) { return .void }
        guard dtype == product.dtype else {
            return fail(
                .runtime, "expected scalar type \(product.dtype.scalarTypeName) but found \(dtype.scalarTypeName)")
        }
        guard let beta = factor(beta), let alpha = factor(alpha) else { return .void }
        let scaled = alpha == .int(1) ? product : product.mul(alpha)
        if hasSparseForm {
            return beta == .int(1) ? add(scaled).named(node) : mul(beta).add(scaled).named(node)
        }
        guard layout.expanded(product.sizes) != nil else { return expand(product.sizes) }
        if !beta.boolValue {
            return scaled.add(noGrad { Tensor.zerosLike(detach()) }.record("MulBackward0", self) { _, g in g.mul(0) })
                .named(node)
        }
        return scaled.add(beta == .int(1) ? self : mul(beta)).named(node)
    }

    /// Multiplies a sparse matrix by a vector.
    func sparseTimesVector(_ vector: Tensor) -> Tensor {
        guard dim == 2, vector.dim == 1 else {
            return fail(.runtime, "vector + matrix @ vector expected, got \(1), \(dim), \(vector.dim)")
        }
        guard sizes[1] == vector.sizes[0] else {
            return fail(.runtime, "mv: expected self.size(-1) == vec.size(-1)")
        }
        return sparseProduct(vector.unsqueeze(1)).squeeze(1).named("MvBackward0")
    }
}
