import Testing
import Torch

/// Sparse tensors in files of torch.save. `sparse.pth` is PyTorch 2.15's; `make.py check` lets PyTorch read
/// `written_sparse.pth`.
@Suite struct SparseFileTests {
    private static var state: StateDict {
        let indices = Tensor([[0, 1, 1], [2, 0, 2]])
        var state = StateDict()
        state["coo"] = Tensor.sparseCooTensor(indices, Tensor([3.0, 4, 5] as [Float]), [2, 3])
        state["coalesced"] = state["coo"]!.coalesce()
        state["twice"] = Tensor.sparseCooTensor([[1, 1]], [1, 2], [4])
        state["hybrid"] = Tensor.sparseCooTensor(indices, Tensor.arange(6, dtype: .float64).view(3, 2), [2, 3, 2])
        state["csr"] = state["coo"]!.toSparseCsr()
        state["empty"] = Tensor.sparseCooTensor([2, 3])
        return state
    }

    private func check(_ found: StateDict) {
        #expect(found.keys == Self.state.keys)
        for (name, want) in Self.state {
            let tensor = found[name]!
            #expect(tensor.layout == want.layout && tensor.dtype == want.dtype && tensor.shape == want.shape, "\(name)")
            #expect(tensor.toDense().equal(want.toDense()) && "\(tensor)" == "\(want)", "\(name)")
            if tensor.isSparse { #expect(tensor.isCoalesced() == want.isCoalesced(), "\(name)") }
        }
    }

    @Test func readsPyTorchsFile() throws { check(try loadStateDict(Fixture.path("sparse.pth"))) }

    /// A product of sizes may overflow if another size is 0. The sizes in the file are no longer PyTorch's.
    @Test func readsABatchOfNoMatrices() throws {
        let batch = try #require(try loadStateDict(Fixture.path("sparse_batches.pth"))["w"])
        #expect(batch.isSparseCsr && batch.shape == [1 << 40, 1 << 40, 0, 0, 0] && batch.nnz() == 0)
        let refusal = message { try withError { _ = batch.toSparse() } }
        #expect(refusal == "Storage size calculation overflowed with sizes=[1099511627776, 1099511627776, 0, 0]")
    }

    @Test func writesWhatPyTorchReads() throws {
        let folder = TemporaryFolder(), path = folder.path + "written_sparse.pth"
        try save(Self.state, to: path)
        check(try loadStateDict(path))
        if Fixture.bytes(Fixture.path("written_sparse.pth")).isEmpty {
            try save(Self.state, to: Fixture.path("written_sparse.pth"))
            Issue.record("written_sparse.pth has been made anew: let `make.py check` read it")
        }
        let isSame = Fixture.bytes(path) == Fixture.bytes(Fixture.path("written_sparse.pth"))
        #expect(isSame)
    }
}
