import Testing
import Torch

/// Results of PyTorch 2.15 for the same lines in Python.
@Suite struct TensorTests {
    @Test func viewsShareMemory() {
        let a = Tensor.arange(6)
        let b = a.view(2, 3)
        b[0, 0].fill_(100)
        #expect(a.toArray(as: Int.self) == [100, 1, 2, 3, 4, 5])
        #expect(a.storage === b.storage)
        #expect(b.t().stride() == [1, 3] && !b.t().isContiguous())
        #expect(b.t().reshape(-1).toArray(as: Int.self) == [100, 3, 1, 4, 2, 5])
    }

    @Test func viewOfTheTransposedFails() throws {
        let b = Tensor.arange(6).reshape(2, 3).t()
        #expect(
            throws: TorchError(
                .runtime,
                "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead."
            )
        ) {
            try withError { b.view(-1) }
        }
    }

    @Test func promotion() {
        #expect((Tensor([1, 2]) + 1.5).dtype == .float32)
        #expect((Tensor([1.0]) + Tensor(2.0, dtype: .float64)).dtype == .float32)
        #expect((Tensor([1.0], dtype: .float16) + Tensor([1.0], dtype: .bfloat16)).dtype == .float32)
        #expect((Tensor([true]) + true).dtype == .bool)
        #expect((Tensor([true]) + 1).dtype == .int64)
        #expect((Tensor([UInt8(200)]) + Tensor([Int8(1)])).dtype == .int16)
        #expect((Tensor([UInt8(200)]) + 100).toArray(as: Int.self) == [44])
        #expect((Tensor([1, 2]) / 2).toArray(as: Float.self) == [0.5, 1])
        #expect(Tensor([7, -7]).floorDivide(2).toArray(as: Int.self) == [3, -4])
        #expect((Tensor([7, -7]) % 3).toArray(as: Int.self) == [1, 2])
    }

    @Test func resultsKeepTheirOperandsStrides() {
        let a = Tensor.ones(2, 3).t()
        #expect((a + a).stride() == [1, 3])
        #expect((a + Tensor.ones(3, 2)).stride() == [1, 3])
        #expect((Tensor.ones(3, 2) + a).stride() == [2, 1])
    }

    @Test func errorsNameTheShapes() throws {
        #expect(
            throws: TorchError(
                .runtime, "The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 1")
        ) {
            try withError { Tensor.ones(4, 2) + Tensor.ones(3) }
        }
        #expect(throws: TorchError(.runtime, "mm: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)")) {
            try withError { Tensor.ones(2, 3).mm(Tensor.ones(2, 3)) }
        }
    }

    @Test func whatFollowsAFailureIsVoid() throws {
        let kept = Tensor.zeros(2)
        #expect(throws: TorchError.self) {
            try withError {
                let bad = Tensor.ones(2) + Tensor.ones(3)
                kept.add_(bad * 2)
                kept.copy_(bad)
                kept[0] = bad.sum()
            }
        }
        #expect(kept.toArray(as: Float.self) == [0, 0])
    }

    @Test func printsSizesAndDtypesAsPyTorch() {
        #expect("\(Tensor.ones(64, 1, 28, 28).shape)" == "torch.Size([64, 1, 28, 28])")
        #expect("\(Tensor.ones(2).dtype)" == "torch.float32")
    }

    @Test func sameBitsOnAnyNumberOfThreads() {
        let threads = getNumThreads()
        defer { setNumThreads(threads) }
        manualSeed(3)
        let x = Tensor.randn(1000, 700), w = Tensor.randn(700, 300)
        func all() -> [Tensor] {
            let sorted = x.flatten().sort(), rows = x.sort(dim: 0, descending: true), top = x.topk(20)
            return [
                x.mm(w), x.sum(), x.sum(dim: 0), x.softmax(dim: 1), x.exp().mean(dim: 1), x.var(), x.cumsum(0),
                sorted.values, sorted.indices, rows.indices, top.indices
            ]
        }
        setNumThreads(1)
        let one = all()
        setNumThreads(2)
        for (a, b) in zip(one, all()) { #expect(a.equal(b)) }
    }
}
