import Testing
import Torch

/// Gradients of and through sparse tensors. The numbers and forms are PyTorch 2.15's.
@Suite struct SparseGradientTests {
    private let indices = Tensor([[0, 1, 1], [2, 0, 2]])
    private let dense = Tensor.arange(6, dtype: .float32).view(3, 2)

    private func leaf() -> Tensor {
        Tensor.sparseCooTensor(indices, Tensor([3.0, 4, 5] as [Float]), [2, 3], requiresGrad: true)
    }

    /// Weights the elements of the result with 1, 2, 3, … and differentiates their sum.
    private func gradients(_ body: (Tensor, Tensor) -> Tensor) -> (sparse: Tensor?, dense: Tensor?) {
        let (x, d) = (leaf(), dense.clone().requiresGrad_()), y = body(x, d).toDense()
        y.mul(Tensor.arange(1, Double(y.numel() + 1), dtype: y.dtype).view(y.shape.sizes)).sum().backward()
        return (x.grad, d.grad)
    }

    private func values(_ x: Tensor?) -> [Float]? { x?.isSparse == true ? x?._values().toArray() : nil }
    private func elements(_ x: Tensor?) -> [Float]? { x?.isSparse == false ? x?.toArray() : nil }

    @Test func aSparseFactor() {
        let product = gradients { $0.mm($1) }
        #expect(elements(product.sparse) == [2, 8, 14, 4, 18, 32])
        #expect(elements(product.dense) == [12, 16, 0, 0, 18, 26])
        let masked = gradients { sparse.mm($0, $1) }
        #expect(values(masked.sparse) == [14, 4, 32] && elements(masked.dense) == [12, 16, 0, 0, 18, 26])
        let added = gradients { sparse.addmm(Tensor.ones(2, 2), $0, $1, alpha: 2) }
        #expect(values(added.sparse) == [28, 8, 64] && elements(added.dense) == [24, 32, 0, 0, 36, 52])
        #expect(elements(gradients { Tensor.ones(2, 2).addmm($0, $1, alpha: 2) }.sparse) == [4, 16, 28, 8, 36, 64])
        #expect("\(leaf().matmul(dense).gradFn!)" == "<MmBackward0>")
        #expect("\(sparse.mm(leaf(), dense).gradFn!)" == "<SparseAddmmBackward0>")
    }

    @Test func arithmetic() {
        #expect(values(gradients { x, _ in x.toDense() }.sparse) == [3, 4, 6])
        #expect(values(gradients { x, _ in x * 2 }.sparse) == [6, 8, 12])
        let product = gradients { $0 * $1.t() }
        #expect(values(product.sparse) == [12, 4, 30])
        #expect(product.dense?.toDense().toArray() == [0, 16, 0, 0, 9, 30] as [Float])
        let sum = gradients { $1.t() + $0 }
        #expect(elements(sum.sparse) == [1, 2, 3, 4, 5, 6] && elements(sum.dense) == [1, 4, 2, 5, 3, 6])
        #expect(values(gradients { x, _ in x + x * 2 }.sparse) == [9, 12, 18])
        #expect(values(gradients { x, _ in x * x }.sparse) == [18, 32, 60])
        #expect(values(gradients { x, _ in -x }.sparse) == [-3, -4, -6])
        #expect(values(gradients { x, _ in x.abs() }.sparse) == [3, 4, 6])
        #expect(values(gradients { x, _ in x.relu() }.sparse) == [3, 4, 6])
        #expect(values(gradients { x, _ in x / 2 }.sparse) == [1.5, 2, 3])
        #expect(values(gradients { x, _ in x.double() }.sparse) == [3, 4, 6])
        #expect(values(gradients { x, _ in x.clone() }.sparse) == [3, 4, 6])
    }

    @Test func partsAndSums() {
        #expect(values(gradients { x, _ in sparse.sum(x) }.sparse) == [1, 1, 1])
        #expect(values(gradients { x, _ in sparse.sum(x, dim: 0) }.sparse) == [3, 1, 3])
        #expect(elements(gradients { x, _ in x.sum() }.sparse) == [1, 1, 1, 1, 1, 1])
        #expect(values(gradients { x, _ in x.coalesce() }.sparse) == [3, 4, 6])
        #expect(values(gradients { x, _ in x.coalesce().values() }.sparse) == [1, 2, 3])
        #expect(gradients { x, _ in x.t() }.sparse?.toDense().toArray() == [0, 0, 5, 2, 0, 6] as [Float])
        for (want, log) in [([0, -0.3932, 0.3932], false), ([0, 1.3106, -1.3106], true)] as [([Float], Bool)] {
            let found = gradients { x, _ in log ? sparse.logSoftmax(x, dim: 1) : sparse.softmax(x, dim: 1) }.sparse
            #expect(zip(values(found) ?? [9, 9, 9], want).allSatisfy { abs($0 - $1) < 1e-4 })
        }
    }

    @Test func valuesAndDenseTensors() {
        let v = Tensor([3.0, 4, 5] as [Float]).requiresGrad_()
        let product = Tensor.sparseCooTensor(indices, v, [2, 3]).matmul(dense)
        product.mul(Tensor([[1, 2], [3, 4]])).sum().backward()
        #expect(v.grad?.toArray() == [14, 4, 32] as [Float])
        let d = dense.clone().requiresGrad_()
        (d.toSparse().toDense() * Tensor.arange(6, dtype: .float32).view(3, 2)).sum().backward()
        #expect(elements(d.grad) == [0, 1, 2, 3, 4, 5])
        d.grad = nil
        let mask = Tensor.sparseCooTensor(indices, Tensor.ones(3), [2, 3])
        (d.t().sparseMask(mask).toDense() * Tensor.arange(6, dtype: .float32).view(2, 3)).sum().backward()
        #expect(elements(d.grad) == [0, 3, 0, 0, 2, 5])
        d.grad = nil
        let x = leaf()
        x.toSparseCsr().matmul(d).sum().backward()
        #expect(elements(d.grad) == [4, 4, 0, 0, 8, 8] && x.grad?.toDense()[0, 2].item() == 9)
        let rows = leaf().detach().toSparseCsr().requiresGrad_()
        rows.matmul(dense).sum().backward()
        #expect(elements(rows.grad) == [1, 5, 9, 1, 5, 9])
    }

    /// First and second derivatives agree with finite differences, for indices that repeat and do not ascend.
    @Test func theyAreDerivatives() throws {
        manualSeed(0)
        let places = Tensor([[1, 0, 1, 2], [0, 3, 0, 1]])
        let v = Tensor.randn(4, dtype: .float64).requiresGrad_(),
            d = Tensor.randn(4, 2, dtype: .float64).requiresGrad_()
        let full = Tensor.randn(3, 4, dtype: .float64).requiresGrad_()
        func sparseTensor(_ v: Tensor) -> Tensor { .sparseCooTensor(places, v, [3, 4]) }
        let functions: [([Tensor]) -> Tensor] = [
            { sparseTensor($0[0]).matmul($0[1]) }, { sparse.mm(sparseTensor($0[0]), $0[1]) },
            { sparseTensor($0[0]).toSparseCsr().matmul($0[1]) }, { sparseTensor($0[0]).coalesce().values() },
            { (sparseTensor($0[0]) * $0[2]).toDense() }, { $0[2] + sparseTensor($0[0]) },
            { sparse.softmax(sparseTensor($0[0]), dim: 1).toDense() },
            { sparse.logSoftmax(sparseTensor($0[0]), dim: 0).toDense() },
            { sparse.sum(sparseTensor($0[0]), dim: 1).toDense() }, { sparseTensor($0[0]).norm() },
            { sparseTensor($0[0]).matmul(sparseTensor($0[0]).t()).toDense() },
            { $0[2].sparseMask(sparseTensor($0[0])).toDense() }, { $0[2].toSparse().matmul($0[1]) },
            { sparseTensor($0[0]).indexSelect(dim: 0, index: Tensor([1, 1, 0])).toDense() },
            { cat([sparseTensor($0[0]), sparseTensor($0[0])], dim: 1).toDense() },
            { sparseTensor($0[0])[1].toDense() }, { (sparseTensor($0[0]) * sparseTensor($0[0])).toDense() },
            { (sparseTensor($0[0]) + sparseTensor($0[0] * 2).coalesce()).toDense() }
        ]
        for (i, function) in functions.enumerated() {
            try withError { try gradcheck({ [function($0)] }, [v, d, full]) }
            let y = function([v, d, full])
            let first = grad([y], [v, d, full], gradOutputs: [Tensor.onesLike(y)], createGraph: true, allowUnused: true)
            let weighted = first.compactMap { $0 }.filter { $0.requiresGrad }.map {
                ($0.toDense() * $0.toDense()).sum()
            }
            if let total = weighted.dropFirst().reduce(weighted.first, { $0! + $1 }) {
                #expect(grad([total], [v, d, full], allowUnused: true).contains { $0 != nil }, "\(i)")
            }
        }
        let z = Tensor.randn(4, dtype: .complex128).requiresGrad_(),
            e = Tensor.randn(4, 2, dtype: .complex128).requiresGrad_()
        try gradcheck({ [sparseTensor($0[0]).matmul($0[1])] }, [z, e])
    }
}
