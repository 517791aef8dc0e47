import Testing
import Torch

/// What is wrong with a sparse tensor or its use, in the sentences of PyTorch 2.15.
@Suite struct SparseErrorTests {
    private let indices = Tensor([[0, 1, 1], [2, 0, 2]])
    private var values: Tensor { Tensor([3.0, 4, 5] as [Float]) }
    private var small: Tensor { Tensor.sparseCooTensor(indices, values, [2, 3]) }

    private func message(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func expect(_ sentence: String, _ body: () -> Void) {
        #expect(message { try withError { body() } } == sentence)
    }

    @Test func indicesAndSizesMustFit() {
        expect("size is inconsistent with indices: for dim 1, size is 2 but found index 2") {
            _ = Tensor.sparseCooTensor(indices, values, [2, 2])
        }
        for size in [nil, [2, 3]] {
            expect("found negative index -1 for dim 0") {
                _ = Tensor.sparseCooTensor(Tensor([[0, -1, 1], [2, 0, 2]]), values, size)
            }
        }
        expect(
            "'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = 3, sparse_dim = 2, dense_dim = 0"
        ) { _ = Tensor.sparseCooTensor(indices, values, [2, 3, 4]) }
        expect("indices and values must have same nnz, but got nnz from indices: 3, nnz from values: 2") {
            _ = Tensor.sparseCooTensor(indices, values[..<2], [2, 3])
        }
        expect("indices and values must have same nnz, but got nnz from indices: 3, nnz from values: 1") {
            _ = Tensor.sparseCooTensor(indices, Tensor(1.0), [2, 3])
        }
        expect("values has incorrect size, expected [3, 4], got [3, 2]") {
            _ = Tensor.sparseCooTensor(indices, Tensor.ones(3, 2), [2, 3, 4])
        }
        expect("cannot set is_coalesced to true if indices correspond to uncoalesced COO tensor") {
            _ = Tensor.sparseCooTensor(indices.flip([1]), values, [2, 3], checkInvariants: true, isCoalesced: true)
        }
        expect("numel: integer multiplication overflow") {
            _ = Tensor.sparseCooTensor(indices, values, [1 << 40, 1 << 40])
        }
    }

    /// Sizes whose sums or products overflow.
    @Test func sizesMayBeHuge() {
        expect(
            "crow_indices.shape[-1] must be equal to the number of rows + 1 (=-9223372036854775808), but got 1"
        ) { _ = Tensor.sparseCsrTensor([0], [], [Float](), [Int.max, 0]) }
        expect("to_sparse_csr: Expected product of batch dimensions to be non-zero.") {
            _ = Tensor.zeros([0, 2, 3]).toSparseCsr()
        }
        expect("to_sparse_csc: Expected product of batch dimensions to be non-zero.") {
            _ = Tensor.zeros([2, 0, 2, 3]).toSparseCsc()
        }
        // The starts of the rows would be [2^40, 2^40, 1].
        expect("numel: integer multiplication overflow") {
            _ = Tensor.zeros([1, 1, 0, 2]).expand([1 << 40, 1 << 40, 0, 2]).toSparseCsr()
        }
        let wide = Tensor.sparseCooTensor(Tensor.zeros([3, 0], dtype: .int64), Tensor.zeros(0), [1 << 40, 1 << 40, 0])
        #expect(wide.toDense().shape == wide.shape)
    }

    @Test func aStepMayBeHuge() {
        let x = Tensor.arange(5).toSparse()
        #expect(x.slice(0, 0, 5, step: .max).toDense().toArray(as: Int.self) == [0])
        #expect(x.slice(0, 1, 5, step: .max).toDense().toArray(as: Int.self) == [1])
        #expect(x.slice(0, 1, 5, step: 3).toDense().toArray(as: Int.self) == [1, 4])
        #expect(x.slice(0, 5, 5, step: 2).shape == [0])
    }

    @Test func compressedRowsMustFit() {
        func rows(_ crow: [Int], _ columns: [Int], _ size: [Int], checks: Bool = false) {
            _ = Tensor.sparseCsrTensor(Tensor(crow), Tensor(columns), values, size, checkInvariants: checks)
        }
        expect("crow_indices.shape[-1] must be equal to the number of rows + 1 (=4), but got 3") {
            rows([0, 1, 3], [2, 0, 2], [3, 3])
        }
        expect("`0 <= col_indices < ncols` is not satisfied.") { rows([0, 1, 3], [2, 0, 3], [2, 3]) }
        expect("`0 <= col_indices < ncols` is not satisfied.") { rows([0, 1, 3], [2, 0, -2], [2, 3]) }
        expect("`crow_indices[..., 0] == 0` is not satisfied.") { rows([1, 1, 3], [2, 0, 1], [2, 3]) }
        expect("`crow_indices[..., -1] == nnz` is not satisfied.") { rows([0, 1, 4], [2, 0, 1], [2, 3]) }
        expect("`0 <= crow_indices[..., 1:] - crow_indices[..., :-1] <= ncols` is not satisfied.") {
            rows([0, 5, 3], [2, 0, 2], [2, 3])
        }
        expect(
            "`col_indices[..., crow_indices[..., i - 1]:crow_indices[..., i]] for all i = 1, ..., nrows are sorted and distinct along the last dimension values` is not satisfied."
        ) { rows([0, 1, 3], [2, 2, 0], [2, 3], checks: true) }
        expect("col_indices.shape[-1] must be equal to nnz (=3) as defined by values.shape[0], but got 2") {
            rows([0, 1, 3], [2, 0], [2, 3])
        }
        expect("tensor dimensionality must be sum of batch, base, and dense dimensionalities (=0 + 2 + 0) but got 1") {
            rows([0, 1, 3], [2, 0, 2], [3])
        }
        expect("crow_indices and col_indices must have the same dtype, bot got Int and Long, respectively") {
            _ = Tensor.sparseCsrTensor(Tensor([0, 1, 3]).int(), Tensor([2, 0, 2]), values, [2, 3])
        }
        expect("crow_indices must have dimensionality >= 1 but got 0") {
            _ = Tensor.sparseCsrTensor(Tensor(0), Tensor([2, 0, 2]), values, [2, 3])
        }
    }

    @Test func partsNeedTheRightForm() {
        expect("Cannot get indices on an uncoalesced tensor, please call .coalesce() first") { _ = small.indices() }
        expect("Cannot get values on an uncoalesced tensor, please call .coalesce() first") { _ = small.values() }
        expect("crow_indices expected sparse row compressed tensor layout but got Sparse") { _ = small.crowIndices() }
        expect("indices expected sparse coordinate tensor layout but got SparseCsr") {
            _ = small.toSparseCsr().indices()
        }
        expect("coalesce expected sparse coordinate tensor layout but got Strided") { _ = Tensor.ones(2).coalesce() }
        expect("values expected sparse tensor layout but got Strided") { _ = Tensor.ones(2).values() }
        expect("dense_to_sparse: sparse_dim argument must be in [0,1] range, but 2 is given") {
            _ = Tensor.ones(2).toSparse(2)
        }
        expect("dense_to_sparse: sparse_dim argument must be in >0 when self.dim()>0") {
            _ = Tensor.ones(2, 2).toSparse(0)
        }
    }

    @Test func operandsMustFit() {
        let x = small, ones = Tensor.ones(2, 3)
        expect("add(sparse, dense) is not supported. Use add(dense, sparse) instead.") { _ = x + ones }
        expect("add(sparse, dense) is not supported. Use add(dense, sparse) instead.") { _ = x + 1 }
        expect("add: expected sizes of 'self' and 'other' to match, but [2, 3] != [3, 3]") {
            _ = x + Tensor.sparseCooTensor(indices, values, [3, 3])
        }
        expect(
            "add: expected 'self' and 'other' to have same size, but self has size [3, 3] while other has size [2, 3] (FYI: dense-sparse addition does not currently support broadcasting)"
        ) { _ = Tensor.ones(3, 3) + x }
        expect("Sparse division requires a scalar or zero-dim dense tensor divisor (got shape [2, 3] for divisor)") {
            _ = x / ones
        }
        expect("addmm: Argument #3 (dense): Expected dim 0 size 3, got 2") { _ = x.mm(Tensor.ones(2, 2)) }
        expect("addmm: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x2)") {
            _ = x.toSparseCsr().matmul(Tensor.ones(2, 2))
        }
        expect("expected scalar type Float but found Double") { _ = x.mm(Tensor.ones(3, 2, dtype: .float64)) }
        expect("sparse_mask(): operands have incompatible sizes; self has size [3, 3] but mask has size [2, 3]") {
            _ = Tensor.ones(3, 3).sparseMask(x)
        }
        expect("index_select(): index contains 3 that is out of range for tensor of size [2, 3] at dimension 1") {
            _ = x.indexSelect(dim: 1, index: Tensor([3]))
        }
        expect("sparse transpose: transposed dimensions must be sparse Got sparse_dim: 2, d0: 0, d1: 2") {
            _ = Tensor.sparseCooTensor(indices, Tensor.ones(3, 2), [2, 3, 2]).transpose(0, 2)
        }
        expect(
            "norm_sparse currently only supports full reductions, so 'dim' must either be empty or contain all dimensions of the input"
        ) { _ = x.norm(dim: [0]) }
        expect("\"softmax\" not implemented for 'Long'") { _ = sparse.softmax(x.long(), dim: 1) }
        expect("Dimension out of range (expected to be in range of [-2, 1], but got 2)") {
            _ = sparse.softmax(x, dim: 2)
        }
        expect("Concatenating sparse tensors, but a dense tensor was found at position 1.") { _ = cat([x, ones]) }
    }

    /// Operators that do not know sparse tensors say so; nothing is read or written.
    @Test func otherOperatorsRefuse() throws {
        let x = small, rows = small.toSparseCsr()
        expect("Could not run 'aten::exp' with arguments from the 'SparseCPU' backend.") { _ = x.exp() }
        expect("Could not run 'aten::exp' with arguments from the 'SparseCsrCPU' backend.") { _ = rows.exp() }
        expect("Could not run 'aten::as_strided' with arguments from the 'SparseCPU' backend.") { _ = x.view(6) }
        let refused: [(Tensor) -> Any] = [
            { $0.mean() }, { $0.argmax() }, { $0.cumsum(0) }, { $0.sort() }, { $0.softmax(dim: 0) }, { $0.maximum($0) },
            { $0.reshape(6) }, { $0.gather(dim: 0, index: Tensor([[0]])) }, { $0.unique() },
            { $0.triu() }, { $0.item() }, { $0.toArray(as: Float.self) }, { $0.inverse() }, { $0.clamp_(min: 0) },
            { $0.fill_(1) }, { Tensor.ones(2, 3).copy_($0) }, { $0.copy_(Tensor.ones(2, 3)) }, { $0.dataPtr() },
            { Tensor.onesLike($0) }, { $0.masked($0) }, { F.pad($0, [1, 1]) }, { $0.expand(4, 2, 3) }, { $0.nonzero() }
        ]
        for (i, body) in refused.enumerated() {
            for tensor in [x, rows] {
                #expect(message { try withError { _ = body(tensor) } } != nil, "\(i)")
            }
        }
        #expect(x.toDense().toArray() == [0, 0, 3, 4, 0, 5] as [Float] && x.version == 0)
        #expect(throws: TorchError.self) { try x.toDLPack() }
    }
}

extension Tensor {
    fileprivate func masked(_ other: Tensor) -> Tensor { Tensor.ones(2, 3).maskedFill(other.bool(), 0) }
}
