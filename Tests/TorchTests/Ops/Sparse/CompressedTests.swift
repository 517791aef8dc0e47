import Testing
import Torch

/// Compressed columns, batches of compressed matrices, slices and batch products. The numbers, texts and sentences are
/// PyTorch 2.15's, unless they are marked.
@Suite struct CompressedTests {
    private let indices = Tensor([[0, 1, 1, 2], [2, 0, 2, 1]])
    private let values = Tensor([3.0, 4, 5, 6] as [Float])
    private var coordinates: Tensor { Tensor.sparseCooTensor(indices, values, [3, 4]) }
    private var rows: Tensor { coordinates.toSparseCsr() }
    private var batch: Tensor {
        Tensor.sparseCsrTensor(
            Tensor([[0, 1, 3], [0, 2, 3]]), Tensor([[2, 0, 2], [0, 1, 1]]),
            Tensor.arange(1, 7, dtype: .float32).view(2, 3),
            [2, 2, 3])
    }

    private func floats(_ x: Tensor) -> [Float] { x.toDense().toArray() }
    private func ints(_ x: Tensor) -> [Int] { x.toArray() }
    private func message(_ body: () -> Void) -> String? {
        do {
            try withError(body)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func transposedRowsAreColumns() {
        let columns = rows.t()
        #expect(columns.layout == .sparseCsc && !columns.isSparseCsr && !columns.isSparse)
        #expect("\(columns.layout)" == "torch.sparse_csc")
        #expect(
            "\(columns)" == """
                tensor(ccol_indices=tensor([0, 1, 3, 4]),
                       row_indices=tensor([2, 0, 2, 1]),
                       values=tensor([3., 4., 5., 6.]), size=(4, 3), nnz=4,
                       layout=torch.sparse_csc)
                """)
        #expect(ints(columns.ccolIndices()) == [0, 1, 3, 4] && ints(columns.rowIndices()) == [2, 0, 2, 1])
        #expect(columns.t().layout == .sparseCsr && columns.mT.layout == .sparseCsr)
        #expect(floats(columns) == [0, 4, 0, 0, 0, 6, 3, 5, 0, 0, 0, 0])
        let own = coordinates.toSparseCsc()
        #expect(ints(own.ccolIndices()) == [0, 1, 2, 4, 4] && ints(own.rowIndices()) == [1, 2, 0, 1])
        #expect(own.values().toArray() == [4, 6, 3, 5] as [Float] && floats(own) == floats(coordinates))
        let back = columns.toSparseCsr()
        #expect(ints(back.crowIndices()) == [0, 1, 2, 4, 4] && ints(back.colIndices()) == [1, 2, 0, 1])
        #expect(ints(columns.toSparse()._indices()) == [2, 0, 2, 1, 0, 1, 1, 2] && !columns.toSparse().isCoalesced())
        #expect(floats(columns.matmul(Tensor.ones(3, 2))) == [4, 4, 6, 6, 8, 8, 0, 0])
        #expect(floats(Tensor.ones(2, 4).matmul(columns)) == [3, 9, 6, 3, 9, 6])
        #expect(columns.matmul(Tensor.ones(3)).toArray() == [4, 6, 8, 0] as [Float])
        let square = rows.matmul(columns)
        #expect(square.isSparseCsr && ints(square.crowIndices()) == [0, 2, 4, 5])
        #expect(
            square.values().toArray() == [9, 15, 41, 15, 36] as [Float]
                || floats(square) == [9, 15, 0, 15, 41, 0, 0, 0, 36])
        #expect((columns * 2).layout == .sparseCsc && (-columns).values().toArray() == [-3, -4, -5, -6] as [Float])
        #expect(columns.sum().item() == 18 && floats(Tensor.ones(4, 3) + columns)[1] == 5)
        #expect(columns[0].isSparse && floats(columns[0]) == [0, 4, 0])
        #expect(columns.double().layout == .sparseCsc && Tensor.zerosLike(columns).nnz() == 0)
        #expect(Tensor.ones(4, 3).sparseMask(columns).values().toArray() == [1, 1, 1, 1] as [Float])
        // PyTorch raises an error for this sum.
        #expect((columns + columns).layout == .sparseCsc && floats(columns + columns)[1] == 8)
    }

    @Test func gradientsOfTransposedRows() {
        let x = rows.requiresGrad_()
        let y = x.t()
        #expect("\(y)".hasSuffix("layout=torch.sparse_csc, grad_fn=<TBackward0>)"))
        (y.toDense() * Tensor.arange(12, dtype: .float32).view(4, 3)).sum().backward()
        #expect(x.grad?.layout == .sparseCsr && x.grad?.values().toArray() == [6, 1, 7, 5] as [Float])
        let dense = Tensor.arange(6, dtype: .float32).view(3, 2).requiresGrad_()
        let columns = dense.toSparseCsc()
        #expect("\(columns.gradFn!)" == "<ToSparseCscBackward0>")
        (columns.toDense() * Tensor.arange(6, dtype: .float32).view(3, 2)).sum().backward()
        #expect(dense.grad?.toArray() == [0, 1, 2, 3, 4, 5] as [Float])
    }

    @Test func columnsFromTheirParts() {
        let columns = Tensor.sparseCscTensor([0, 1, 3], [1, 0, 1], [1.0, 2, 3] as [Float])
        #expect(columns.shape == [2, 2] && floats(columns) == [0, 2, 1, 3])
        func make(_ starts: [Int], _ rows: [Int], _ size: [Int]) -> String? {
            message {
                _ = Tensor.sparseCscTensor(
                    Tensor(starts), Tensor(rows), Tensor([1.0, 2, 3] as [Float]), size, checkInvariants: true)
            }
        }
        #expect(
            make([0, 1], [2, 0, 2], [3, 2])
                == "ccol_indices.shape[-1] must be equal to the number of columns + 1 (=3), but got 2")
        #expect(make([0, 1, 3], [2, 0, 3], [3, 2]) == "`0 <= row_indices < nrows` is not satisfied.")
        #expect(make([1, 1, 3], [2, 0, 1], [3, 2]) == "`ccol_indices[..., 0] == 0` is not satisfied.")
        #expect(make([0, 1, 4], [2, 0, 1], [3, 2]) == "`ccol_indices[..., -1] == nnz` is not satisfied.")
        #expect(
            make([0, 5, 3], [2, 0, 1], [3, 2])
                == "`0 <= ccol_indices[..., 1:] - ccol_indices[..., :-1] <= nrows` is not satisfied.")
        #expect(
            make([0, 1, 3], [2, 2, 0], [3, 2])
                == "`row_indices[..., ccol_indices[..., i - 1]:ccol_indices[..., i]] for all i = 1, ..., ncols are sorted and distinct along the last dimension values` is not satisfied."
        )
        #expect(
            message { _ = rows.ccolIndices() }
                == "ccol_indices expected sparse column compressed tensor layout but got SparseCsr")
        #expect(
            message { _ = rows.t().crowIndices() }
                == "crow_indices expected sparse row compressed tensor layout but got SparseCsc")
    }

    @Test func batches() {
        #expect(
            "\(batch)" == """
                tensor(crow_indices=tensor([[0, 1, 3],
                                            [0, 2, 3]]),
                       col_indices=tensor([[2, 0, 2],
                                           [0, 1, 1]]),
                       values=tensor([[1., 2., 3.],
                                      [4., 5., 6.]]), size=(2, 2, 3), nnz=3,
                       layout=torch.sparse_csr)
                """)
        let elements: [Float] = [0, 0, 1, 2, 0, 3, 4, 5, 0, 0, 6, 0]
        #expect(floats(batch) == elements && batch.values().shape == [2, 3] && batch.crowIndices().shape == [2, 3])
        #expect(batch.sparseDim() == 2 && batch.denseDim() == 0 && batch.nnz() == 3)
        let coordinates = batch.toSparse()
        #expect(ints(coordinates.indices()) == [0, 0, 0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 2, 0, 2, 0, 1, 1])
        let dense = batch.toDense().toSparseCsr()
        #expect(ints(dense.crowIndices()) == [0, 1, 3, 0, 2, 3] && ints(dense.colIndices()) == [2, 0, 2, 0, 1, 1])
        let columns = batch.toSparseCsc()
        #expect(
            ints(columns.ccolIndices()) == [0, 1, 1, 3, 0, 1, 3, 3] && ints(columns.rowIndices()) == [1, 0, 1, 0, 0, 1])
        #expect(columns.values().toArray() == [2, 1, 3, 4, 5, 6] as [Float])
        #expect(
            batch.transpose(-2, -1).layout == .sparseCsc
                && floats(batch.transpose(1, 2)) == floats(batch.toDense().mT.toSparse()))
        #expect(floats(batch * 2) == elements.map { $0 * 2 } && floats(batch + batch) == elements.map { $0 * 2 })
        #expect(batch.sum().item() == 21 && floats(Tensor.ones(2, 2, 3) + batch) == elements.map { $0 + 1 })
        let first = batch[0]
        #expect(
            first.isSparseCsr && ints(first.crowIndices()) == [0, 1, 3]
                && first.values().toArray() == [1, 2, 3] as [Float])
        #expect(Tensor.zerosLike(batch).values().shape == [2, 0] && batch.double().values().shape == [2, 3])
        #expect(Tensor.ones(2, 2, 3).sparseMask(batch).values().shape == [2, 3])
        let hybrid = Tensor.sparseCsrTensor(
            batch.crowIndices(), batch.colIndices(), Tensor.arange(12, dtype: .float32).view(2, 3, 2))
        #expect(hybrid.shape == [2, 2, 3, 2] && hybrid.toDense()[1, 0, 1].toArray() == [8, 9] as [Float])
        let leaf = batch.requiresGrad_()
        (leaf.toDense() * Tensor.arange(12, dtype: .float32).view(2, 2, 3)).sum().backward()
        // PyTorch has no gradient of a batch; here it has the form of the batch.
        #expect(leaf.grad?.values().toArray() == [2, 3, 5, 6, 7, 10] as [Float])
    }

    @Test func mistakesInBatches() {
        let (crow, col, values) = (batch.crowIndices(), batch.colIndices(), batch.values())
        func make(_ crow: Tensor, _ col: Tensor, _ values: Tensor, _ size: [Int]) -> String? {
            message { _ = Tensor.sparseCsrTensor(crow, col, values, size, checkInvariants: true) }
        }
        #expect(
            make(crow[0], col, values, [2, 2, 3])
                == "crow_indices and col_indices dimensionalities must be equal but got 1 and 2, respectively")
        #expect(
            make(crow, col, values, [3, 2, 3])
                == "all batch dimensions of crow_indices (=[2]), col_indices (=[2]), and values (=[2]) must be equal to tensor batch dimensions (=[3])"
        )
        #expect(
            make(crow, col[.all, ..<2], values, [2, 2, 3])
                == "col_indices.shape[-1] must be equal to nnz (=3) as defined by values.shape[1], but got 2")
        #expect(
            make(Tensor([[0, 1, 3], [0, 2, 2]]), col, values, [2, 2, 3])
                == "`crow_indices[..., -1] == nnz` is not satisfied.")
        #expect(make(crow, col + 1, values, [2, 2, 3]) == "`0 <= col_indices < ncols` is not satisfied.")
        #expect(
            make(crow, col, values, [2, 3])
                == "tensor dimensionality must be sum of batch, base, and dense dimensionalities (=1 + 2 + 0) but got 2"
        )
        #expect(
            make(crow[0], col[0], Tensor(1.0), [2, 3])
                == "values must have dimensionality > sum of batch and block dimensionalities (=0 + 0) but got 0")
        #expect(
            message { _ = Tensor([[[1.0, 0], [0, 0]], [[1, 1], [1, 0]]]).toSparseCsr() }
                == "Expect the same number of specified elements per batch.")
        #expect(
            message { _ = batch.transpose(0, 1) }
                == "transpose(): can only transpose dimensions of the same type (Batch, Sparse, Dense), got 0(Batch) and 1(Sparse)"
        )
        #expect(message { _ = batch.t() } == "t() expects a tensor with <= 2 dimensions, but self is 3D")
        #expect(
            message { _ = batch.select(1, 0) }
                == "select(): selecting sparse dimensions is not supported for batched sparse compressed tensors.")
    }

    @Test func batchProducts() {
        let x = Tensor.sparseCooTensor(
            Tensor([[0, 0, 1, 1], [0, 1, 1, 0], [2, 0, 2, 1]]), values, [2, 2, 3]
        ).requiresGrad_()
        let d = Tensor.arange(12, dtype: .float32).view(2, 3, 2).requiresGrad_()
        let y = x.bmm(d)
        #expect(y.toArray() == [12, 15, 0, 4, 48, 54, 50, 55] as [Float] && "\(y.gradFn!)" == "<BmmBackward0>")
        (y * Tensor.arange(8, dtype: .float32).view(2, 2, 2)).sum().backward()
        #expect(x.grad?.toArray() == [1, 3, 5, 3, 13, 23, 59, 77, 95, 85, 111, 137] as [Float])
        #expect(d.grad?.toArray() == [8, 12, 0, 0, 0, 3, 0, 0, 24, 30, 30, 35] as [Float])
        #expect(x.detach().long().bmm(d.detach().long()).toArray() == [12, 15, 0, 4, 48, 54, 50, 55] as [Int])
        // PyTorch has no products of compressed batches.
        #expect(batch.bmm(d.detach()).toArray() == (batch.toDense().bmm(d.detach())).toArray() as [Float])
        for (other, sentence) in [
            (Tensor.ones(2, 2, 2), "bmm_sparse: 'self.size(2)' and 'mat2.size(1)' must match"),
            (Tensor.ones(3, 3, 2), "bmm_sparse: 'self.size(0)' and 'mat2.size(0)' must match"),
            (Tensor.ones(3, 2), "bmm_sparse: Tensor 'mat2' must have 3 dims, but has 2"),
            (x.detach(), "bmm_sparse: Tensor 'mat2' must be dense"),
            (d.detach().double(), "expected scalar type Float but found Double")
        ] {
            #expect(message { _ = x.bmm(other) } == sentence)
        }
        #expect(
            message { _ = x.detach()[0].bmm(d) } == "bmm_sparse: Tensor 'self' must have 3 sparse dims, but has 2")
    }

    @Test func slices() {
        let x = coordinates.coalesce()
        let part = x.narrowCopy(0, 1, 2)
        #expect(ints(part.indices()) == [0, 0, 1, 0, 2, 1] && part.values().toArray() == [4, 5, 6] as [Float])
        #expect(part.isCoalesced() && part.shape == [2, 4] && !coordinates.narrowCopy(0, 1, 2).isCoalesced())
        #expect(floats(x.narrowCopy(1, 0, 2)) == [0, 0, 4, 0, 0, 6])
        // PyTorch has no views of sparse tensors; these are copies.
        #expect(floats(x.narrow(0, 1, 2)) == floats(part) && floats(x[1...]) == floats(part))
        #expect(
            floats(x[.all, 1..<3]) == [0, 3, 0, 5, 6, 0] && floats(x[Slice(0, 3, by: 2)]) == [0, 0, 3, 0, 0, 6, 0, 0])
        let hybrid = Tensor.sparseCooTensor(indices, Tensor.arange(8, dtype: .float32).view(4, 2), [3, 4, 2])
        #expect(hybrid.narrowCopy(2, 0, 1)._values().toArray() == [0, 2, 4, 6] as [Float])
        #expect(hybrid.select(2, 1)._values().toArray() == [1, 3, 5, 7] as [Float])
        let leaf = coordinates.requiresGrad_(), y = leaf.narrowCopy(0, 1, 2)
        #expect("\(y.gradFn!)" == "<NarrowCopyBackward0>")
        (y.toDense() * Tensor.arange(8, dtype: .float32).view(2, 4)).sum().backward()
        #expect(leaf.grad?.isSparse == true && floats(leaf.grad!) == [0, 0, 0, 0, 0, 0, 2, 0, 0, 5, 0, 0])
    }

    @Test func contiguousMemory() {
        #expect(!coordinates.isContiguous())
        #expect(message { _ = coordinates.contiguous() } == "unsupported memory format option Contiguous")
        #expect(message { _ = rows.contiguous() } == "Sparse CSR tensors do not have is_contiguous")
    }

    @Test func files() throws {
        let folder = TemporaryFolder(), path = folder.path + "compressed.pth"
        var state = StateDict()
        (state["columns"], state["batch"], state["both"]) = (rows.t(), batch, batch.transpose(1, 2))
        try save(state, to: path)
        for (name, found) in try loadStateDict(path) { #expect("\(found)" == "\(state[name]!)", "\(name)") }
    }
}
