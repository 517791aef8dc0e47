import Testing
import Torch

/// Sparse tensors: construction, parts, conversions, arithmetic, printing. The numbers, texts and sentences are PyTorch
/// 2.15's.
@Suite struct SparseTests {
    private let indices = Tensor([[0, 1, 1], [2, 0, 2]])
    private var small: Tensor { Tensor.sparseCooTensor(indices, Tensor([3.0, 4, 5] as [Float]), [2, 3]) }
    private var hybrid: Tensor {
        Tensor.sparseCooTensor(indices, Tensor.arange(6, dtype: .float32).view(3, 2), [2, 3, 2])
    }
    private var rows: Tensor { small.toSparseCsr() }

    private func floats(_ x: Tensor) -> [Float] { x.toDense().toArray() }
    private func ints(_ x: Tensor) -> [Int] { x.toArray() }

    @Test func itPrintsAsInPyTorch() {
        #expect(
            "\(small)" == """
                tensor(indices=tensor([[0, 1, 1],
                                       [2, 0, 2]]),
                       values=tensor([3., 4., 5.]),
                       size=(2, 3), nnz=3, layout=torch.sparse_coo)
                """)
        let x = small.requiresGrad_()
        #expect("\(x)".hasSuffix("size=(2, 3), nnz=3, layout=torch.sparse_coo, requires_grad=True)"))
        #expect(
            "\(x.double())".hasSuffix(
                "size=(2, 3), nnz=3, dtype=torch.float64, layout=torch.sparse_coo,\n       grad_fn=<ToCopyBackward0>)"))
        #expect(
            "\(Tensor.sparseCooTensor([2, 3]))" == """
                tensor(indices=tensor([], size=(2, 0)),
                       values=tensor([], size=(0,)),
                       size=(2, 3), nnz=0, layout=torch.sparse_coo)
                """)
        #expect(
            "\(rows)" == """
                tensor(crow_indices=tensor([0, 1, 3]),
                       col_indices=tensor([2, 0, 2]),
                       values=tensor([3., 4., 5.]), size=(2, 3), nnz=3,
                       layout=torch.sparse_csr)
                """)
        #expect(
            "\(hybrid)" == """
                tensor(indices=tensor([[0, 1, 1],
                                       [2, 0, 2]]),
                       values=tensor([[0., 1.],
                                      [2., 3.],
                                      [4., 5.]]),
                       size=(2, 3, 2), nnz=3, layout=torch.sparse_coo)
                """)
    }

    @Test func itHasPyTorchsParts() {
        let x = small
        #expect(x.isSparse && !x.isSparseCsr && x.layout == TensorLayout.sparseCoo && x.nnz() == 3 && x.numel() == 6)
        #expect(x.sparseDim() == 2 && x.denseDim() == 0 && hybrid.denseDim() == 1 && !x.isCoalesced())
        #expect(Tensor.ones(2, 3).denseDim() == 2 && Tensor.ones(2, 3).sparseDim() == 0)
        #expect(
            "\(x.layout) \(rows.layout) \(Tensor.ones(1).layout)" == "torch.sparse_coo torch.sparse_csr torch.strided")
        let sorted = x.coalesce()
        #expect(sorted.isCoalesced() && ints(sorted.indices()) == [0, 1, 1, 2, 0, 2])
        #expect(floats(sorted.values()) == [3, 4, 5])
        #expect(Tensor.sparseCooTensor([[0], [1]], [1.0]).isCoalesced())
        #expect(ints(rows.crowIndices()) == [0, 1, 3] && ints(rows.colIndices()) == [2, 0, 2])
        #expect(rows.isSparseCsr && rows.nnz() == 3)
        // Sizes that just hold the indices, and no values at all.
        #expect(Tensor.sparseCooTensor(indices, Tensor.ones(3)).shape.sizes == [2, 3])
        #expect(Tensor.sparseCooTensor(Tensor.zeros(2, 0), Tensor.zeros(0, 3)).shape.sizes == [0, 0, 3])
        #expect(Tensor.sparseCsrTensor([0, 1, 3], [2, 0, 2], [1.0, 2, 3]).shape.sizes == [2, 3])
        #expect(x.detach().version == x.version && x.device == .cpu)
    }

    @Test func valuesAtOnePlaceAddUp() {
        let x = Tensor.sparseCooTensor([[1, 0, 1, 1], [2, 0, 2, 0]], [1.0, 2, 3, 4], [2, 3])
        let sorted = x.coalesce()
        #expect(ints(sorted.indices()) == [0, 1, 1, 0, 0, 2] && floats(sorted.values()) == [2, 4, 4])
        #expect(floats(x) == [2, 0, 0, 4, 0, 4])
        #expect(floats(x.abs()) == [2, 0, 0, 4, 0, 4] && x.abs().nnz() == 3 && x.neg().nnz() == 4)
        let flags = Tensor.sparseCooTensor([[0, 0, 1]], [true, true, false], [3])
        #expect(flags.toDense().toArray(as: Bool.self) == [true, false, false])
        #expect(Tensor.sparseCooTensor([[0, 0]], [1, 2], [2]).coalesce().dtype == .int64)
    }

    /// The memory of indices and values does not matter.
    @Test func layoutsOfThePartsDoNotMatter() {
        let wide = Tensor([[0, 9, 1, 9, 1, 9], [2, 9, 0, 9, 2, 9]]).asStrided([2, 3], [6, 2])
        let tall = Tensor([[0, 2], [1, 0], [1, 2]]).t()
        let values = stack([Tensor([3.0, 4, 5] as [Float]), Tensor.zeros(3)], dim: 1).select(1, 0)
        let columns = Tensor.arange(6, dtype: .float32).view(3, 2).t().contiguous().t()
        for places in [wide, tall] {
            let x = Tensor.sparseCooTensor(places, values, [2, 3])
            #expect(floats(x) == [0, 0, 3, 4, 0, 5] && floats(x.matmul(Tensor.ones(3, 1))) == [3, 9])
            #expect(floats(x.coalesce().values()) == [3, 4, 5])
            let y = Tensor.sparseCooTensor(places, columns, [2, 3, 2])
            #expect(floats(y) == floats(hybrid) && floats(sparse.sum(y, dim: [0, 1])) == [6, 9])
        }
        let dense = Tensor.arange(6, dtype: .float32).view(2, 3).t()
        #expect(floats(small.matmul(dense)) == [6, 15, 10, 37])
    }

    @Test func conversionsKeepTheElements() {
        let dense = Tensor([[0, 0, 3], [4, 0, 5]] as [[Float]])
        #expect(ints(dense.toSparse().indices()) == [0, 1, 1, 2, 0, 2] && dense.toSparse().isCoalesced())
        #expect(floats(dense.toSparseCsr()) == floats(dense) && floats(dense.toSparseCsr().toSparse()) == floats(dense))
        #expect(dense.toSparse(1).denseDim() == 1 && floats(dense.toSparse(1)) == floats(dense))
        #expect(Tensor(3.0).toSparse().nnz() == 1 && Tensor(0.0).toSparse().nnz() == 0)
        #expect(Tensor(3.0).toSparse().toDense().item() == 3)
        #expect(floats(small.sparseMask(small)) == [0, 0, 3, 4, 0, 5])
        #expect(floats(Tensor.ones(2, 3).sparseMask(rows)) == [0, 0, 1, 1, 0, 1])
        #expect(dense.toSparse(layout: .sparseCsr).isSparseCsr)
        #expect(small.double().toDense().dtype == .float64 && small.float() !== small.clone())
        let empty = Tensor.sparseCooTensor([0, 3])
        #expect(empty.toDense().shape.sizes == [0, 3] && empty.coalesce().nnz() == 0)
        #expect(Tensor.zerosLike(small).nnz() == 0 && Tensor.zeros(2, 2).toSparseCsr().nnz() == 0)
    }

    @Test func arithmetic() {
        let x = small, ones = Tensor.ones(2, 3)
        #expect(floats(x * 2) == [0, 0, 6, 8, 0, 10] && (x * 2).isSparse && floats(x / 2) == [0, 0, 1.5, 2, 0, 2.5])
        #expect(floats(ones + x) == [1, 1, 4, 5, 1, 6] && !(ones + x).isSparse)
        #expect(floats(ones - x) == [1, 1, -2, -3, 1, -4] && floats(-x) == [0, 0, -3, -4, 0, -5])
        #expect(floats(x * ones) == [0, 0, 3, 4, 0, 5] && (x * ones).isSparse && (ones * x).isSparse)
        #expect(floats(x * Tensor([1, 2, 3] as [Float])) == [0, 0, 9, 4, 0, 15])
        #expect(floats(x + x) == [0, 0, 6, 8, 0, 10] && (x - x).nnz() == 3 && floats(x * x) == [0, 0, 9, 16, 0, 25])
        let other = Tensor.sparseCooTensor([[0, 1], [0, 2]], [1.0, 2], [2, 3]).float()
        #expect(floats(x.coalesce() + other.coalesce()) == [1, 0, 3, 4, 0, 7])
        #expect((x.coalesce() + other.coalesce()).isCoalesced() && (x + other).nnz() == 4)
        #expect(floats(x.sub(other, alpha: 2)) == [-2, 0, 3, 4, 0, 1] && floats(x * other) == [0, 0, 0, 0, 0, 10])
        #expect(
            floats(x.sqrt().square()).map { $0.rounded() } == [0, 0, 3, 4, 0, 5] && floats(x.pow(2)) == floats(x * x))
        #expect(floats(rows + rows) == [0, 0, 6, 8, 0, 10] && (rows + rows).isSparseCsr && (rows * ones).isSparseCsr)
        #expect(floats(ones + rows) == [1, 1, 4, 5, 1, 6] && floats(rows + ones) == [1, 1, 4, 5, 1, 6])
        #expect(floats(rows.relu()) == floats(x) && floats(rows * rows) == floats(x * x))
        #expect((x + Tensor.sparseCooTensor([[0], [0]], [1.0], [2, 3]).double()).dtype == .float64)
    }

    @Test func inPlace() {
        let x = small, alias = x.detach(), dense = Tensor.ones(2, 3)
        x.mul_(2)
        #expect(floats(x) == [0, 0, 6, 8, 0, 10] && floats(alias) == floats(x) && x.version == 1)
        x.add_(small)
        #expect(floats(x) == [0, 0, 9, 12, 0, 15])
        dense.add_(small, alpha: 2)
        #expect(floats(dense) == [1, 1, 7, 9, 1, 11] && dense.version == 1)
        let transposed = Tensor.ones(3, 2).t()
        transposed.add_(small)
        #expect(floats(transposed) == [1, 1, 4, 5, 1, 6])
        x.copy_(small)
        #expect(floats(x) == [0, 0, 3, 4, 0, 5])
        x.zero_()
        #expect(x.nnz() == 0 && alias.nnz() == 0)
    }

    @Test func sumsAndNorms() {
        #expect(sparse.sum(small).item() == 12 && small.sum().item() == 12 && rows.sum().item() == 12)
        #expect(floats(sparse.sum(small, dim: 0)) == [4, 0, 8] && sparse.sum(small, dim: 0).isCoalesced())
        #expect(sparse.sum(small, dim: -1, dtype: .float64).dtype == .float64)
        #expect(floats(small.sum(dim: 0, keepdim: true)) == [4, 0, 8] && small.sum(dim: 0, keepdim: true).dim == 2)
        #expect(sparse.sum(hybrid, dim: 2).nnz() == 3 && floats(sparse.sum(hybrid, dim: [0, 1])) == [6, 9])
        #expect(floats(sparse.sum(hybrid, dim: [0, 2])) == [5, 0, 10] && sparse.sum(hybrid).item() == 15)
        #expect(rows.sum(dim: 0, keepdim: true).isSparseCsr)
        #expect(abs(small.norm().item() - 50.0.squareRoot()) < 1e-6 && small.norm(1).item() == 12)
    }

    @Test func softmaxIsAmongTheValues() {
        func near(_ x: Tensor, _ want: [Float]) -> Bool { zip(floats(x), want).allSatisfy { abs($0 - $1) < 1e-4 } }
        #expect(near(sparse.softmax(small, dim: 1), [0, 0, 1, 0.2689, 0, 0.7311]))
        #expect(near(sparse.softmax(small, dim: 0), [0, 0, 0.1192, 1, 0, 0.8808]))
        #expect(near(sparse.logSoftmax(small, dim: 1), [0, 0, 0, -1.3133, 0, -0.3133]))
        #expect(near(sparse.softmax(hybrid, dim: 2)._values(), [0.2689, 0.7311, 0.2689, 0.7311, 0.2689, 0.7311]))
        #expect(near(sparse.softmax(hybrid, dim: 1)._values(), [1, 1, 0.1192, 0.1192, 0.8808, 0.8808]))
    }

    @Test func otherOrders() {
        #expect(ints(small.t()._indices()) == [2, 0, 2, 0, 1, 1] && small.t().shape.sizes == [3, 2])
        #expect(!small.coalesce().t().isCoalesced() && floats(small.t()) == [0, 4, 0, 0, 3, 5])
        #expect(floats(hybrid.transpose(0, 1)) == floats(hybrid.toDense().transpose(0, 1)))
        #expect(floats(rows.t()) == [0, 4, 0, 0, 3, 5] && floats(small.unsqueeze(0)) == floats(small))
        #expect(floats(small.indexSelect(dim: 0, index: Tensor([1, 1, 0]))) == [4, 0, 5, 4, 0, 5, 0, 0, 3])
        #expect(floats(small.indexSelect(dim: 1, index: Tensor([2]))) == [3, 5])
        #expect(floats(hybrid.indexSelect(dim: 2, index: Tensor([1]))) == [0, 0, 1, 3, 0, 5])
        #expect(
            floats(small[0]) == [0, 0, 3] && small[0].isSparse && small[1, 2].item() == 5 && small[0, 1].item() == 0)
        #expect(floats(cat([small, small], dim: 0)) == [0, 0, 3, 4, 0, 5, 0, 0, 3, 4, 0, 5])
        #expect(floats(cat([small, small], dim: 1)) == [0, 0, 3, 0, 0, 3, 4, 0, 5, 4, 0, 5])
        #expect(floats(stack([small, small])) == [0, 0, 3, 4, 0, 5, 0, 0, 3, 4, 0, 5])
        #expect(floats(cat([hybrid, hybrid], dim: 2)) == floats(cat([hybrid.toDense(), hybrid.toDense()], dim: 2)))
    }

    @Test func products() {
        let d = Tensor.arange(6, dtype: .float32).view(3, 2), want: [Float] = [12, 15, 20, 29]
        for x in [small, small.coalesce(), rows] {
            #expect(floats(x.matmul(d)) == want && floats(x.mm(d)) == want && floats(sparse.mm(x, d)) == want)
            #expect(floats(d.t().mm(x.t())) == [12, 20, 15, 29] && floats(x.matmul(Tensor.ones(3))) == [3, 9])
            #expect(floats(x.mv(Tensor.ones(3))) == [3, 9] && floats(Tensor.ones(2).matmul(x)) == [4, 0, 8])
            #expect(floats(Tensor.ones(2, 2).addmm(x, d, beta: 2, alpha: 3)) == [38, 47, 62, 89])
            #expect(floats(sparse.addmm(Tensor.ones(2), x, d)) == [13, 16, 21, 30])
            #expect(floats(x.matmul(x.t())) == [9, 15, 15, 41] && x.matmul(x.t()).nnz() == 4)
            for dtype in [DType.float64, .float16, .bfloat16, .int32, .int64, .complex64] {
                let product = x.to(dtype).matmul(d.to(dtype))
                #expect(
                    product.dtype == dtype && product.to(.complex64).real.toArray(as: Float.self) == want, "\(dtype)")
            }
        }
        #expect(floats(Tensor.sparseCooTensor([3, 0]).matmul(Tensor.ones(0, 2))) == [0, 0, 0, 0, 0, 0])
        // Values at one place add up, in the order of the values.
        let twice = Tensor.sparseCooTensor([[1, 0, 1], [0, 1, 0]], [1.0, 2, 3], [2, 2])
        #expect(twice.matmul(Tensor.eye(2)).toArray(as: Double.self) == [0, 2, 4, 0])
    }

    /// A large product has the numbers of the dense one, and the same bits on any number of threads.
    @Test(arguments: [DType.float32, .float64]) func aLargeProduct(_ dtype: DType) {
        manualSeed(0)
        let mask = Tensor.rand(300, 200).lt(0.05), dense = Tensor.randn(300, 200, dtype: dtype) * mask.to(dtype)
        let b = Tensor.randn(200, 83, dtype: dtype), x = dense.toSparse(), threads = getNumThreads()
        defer { setNumThreads(threads) }
        setNumThreads(1)
        let one = x.matmul(b), sums = x.sum().item(), inRows = x.toSparseCsr().matmul(b)
        setNumThreads(2)
        #expect(x.matmul(b).equal(one) && x.sum().item() == sums && inRows.equal(one))
        #expect(
            x.t().coalesce().matmul(Tensor.ones(300, 1, dtype: dtype)).allclose(
                dense.t().sum(dim: 1, keepdim: true), atol: 1e-4))
        #expect(one.allclose(dense.matmul(b), rtol: 1e-4, atol: 1e-4))
    }
}
