import Testing
import Torch

/// After an error inside `withError`: nothing traps, nothing is written, and the first error is thrown.
@Suite struct WithErrorTests {
    private func bad() -> Tensor { Tensor.ones(8, 16).matmul(Tensor.ones(17, 4)) }
    private let sentence = "mm: mat1 and mat2 shapes cannot be multiplied (8x16 and 17x4)"

    private func thrown(_ body: () throws -> Void) -> String? {
        do {
            try withError(body)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func sizesOfAVoidTensorAreHarmless() {
        #expect(
            thrown {
                let x = bad()
                let (batch, features) = (x.shape[0], x.shape[1])
                _ = (
                    x.size(3), x.stride(2), x.shape[-1], Array(x.shape)[5], x.shape.sizes[7], 100 / x.shape[2],
                    x.stride()[1], x.count
                )
                _ = x.view(batch, features / 2, 4)
                for i in 0..<x.shape[0] { _ = x[i] }
            } == sentence)
    }

    /// A composite operator continues with the result of a failed step. PyTorch has neither kernel for uint16.
    @Test func stepsInTheMiddleMayFail() {
        let x = Tensor.ones([5], dtype: .uint16), a = Tensor.ones([1, 1, 1], dtype: .uint16)
        #expect(thrown { _ = x.diff(n: 2) } == "\"add_stub\" not implemented for 'UInt16'")
        #expect(
            thrown { _ = tensordot(a, Tensor.ones([2, 1, 2], dtype: .uint16), dims: ([0, 1], [2, 0])) }
                == "\"sum_cpu\" not implemented for 'UInt16'")
    }

    @Test func listsOfAVoidTensorAreLongEnough() {
        var counts: [Int] = []
        let message = thrown {
            let x = bad()
            counts = [x.chunk(3).count, x.split([1, 2, 3, 4]).count, x.tensorSplit(5).count]
            _ = [
                x.split(8, dim: 1)[2], x.chunk(2)[1], x.unbind()[17], x.unbind(dim: 1)[3], x.hsplit(4)[3],
                x.nonzeroAsTuple()[2]
            ]
        }
        #expect(message == sentence && counts == [3, 4, 5])
        // The same if the split itself is the error.
        #expect(
            thrown { _ = Tensor.ones(2).split(1, dim: 3)[5] }
                == "Dimension out of range (expected to be in range of [-1, 0], but got 3)")
        #expect(thrown { _ = Tensor.ones(2).chunk(0)[0] } == "chunk expects `chunks` to be greater than 0, got: 0")
    }

    @Test func aMissingGradientIsVoidAndNotNil() {
        let w = Tensor.ones(3, requiresGrad: true)
        #expect(
            thrown {
                let loss = (w * 2).sum() + bad().sum()
                loss.backward()
                _ = w.grad!.norm().item()
                _ = bad().grad!.shape[2]
            } == sentence)
        #expect(w.grad == nil)
    }

    @Test func gradOfAMistakeIsVoid() {
        let x = Tensor.ones(2, requiresGrad: true)
        #expect(thrown { _ = grad([x * 2], [x])[0]!.sum() } == "grad can be implicitly created only for scalar outputs")
    }

    @Test func nothingIsWrittenAfterAMistake() {
        let w = Tensor.ones(3, requiresGrad: true), table = Tensor.zeros(2, 3)
        w.grad = Tensor.ones(3)
        let optimizer = SGD([w], lr: 1, momentum: 0.9), adam = Adam([w], lr: 1)
        manualSeed(1)
        let state = Generator.default.getState()
        #expect(
            thrown {
                _ = bad()
                table.add_(1)
                table[0] = Tensor.ones(3)
                table[1, 1] = 5
                table.normal_()
                _ = Tensor.randn(4)
                (w * 2).sum().backward()
                optimizer.step()
                adam.step()
                optimizer.zeroGrad()
            } == sentence)
        #expect(table.equal(Tensor.zeros(2, 3)) && table.version == 0)
        #expect(w.detach().equal(Tensor.ones(3)) && w.grad!.equal(Tensor.ones(3)))
        #expect(Generator.default.getState().equal(state))
    }

    @Test func aVoidTensorBelongsToItsMistake() {
        var total = Tensor.zeros(1)
        #expect(thrown { total = total + bad() } == sentence)
        // A later computation with the tensor reports the first error.
        #expect(thrown { _ = (total * 2 + 1).sum() } == sentence)
        #expect(thrown { _ = total.item() } == sentence)
        #expect(thrown { _ = "\(total)" } == sentence)
        #expect(thrown { _ = total.shape } == sentence)
    }

    @Test func aFailedHookLeavesNoVoidGradient() throws {
        let w = Tensor.ones(3, requiresGrad: true)
        let handle = w.registerHook { $0.matmul(Tensor.ones(5)) }
        #expect(throws: TorchError.self) { try withError { (w * 2).sum().backward() } }
        handle.remove()
        #expect(w.grad == nil)
        (w * 2).sum().backward()
        #expect(w.grad!.toArray(as: Float.self) == [2, 2, 2])
    }

    @Test func theBodyCanBeLeftAtTheMistake() {
        var reached = false
        #expect(
            thrown {
                _ = bad().argmax()
                try throwIfFailed()
                reached = true
            } == sentence)
        #expect(!reached)
        #expect(throws: Never.self) { try throwIfFailed() }
    }

    @Test func numbersOfAVoidTensorEndLoops() {
        var rounds = 0, integer = 1
        let message = thrown {
            var s = bad().sum()
            while s.item() < 10 { s = s + 1; rounds += 1 }
            integer = bad().item(as: Int.self)
        }
        #expect(message == sentence && rounds == 0 && integer == 0)
    }

    @Test func failedWritesKeepTheVersion() {
        // PyTorch: x._version stays 0, and y.backward() works.
        let x = Tensor.ones(3, 3), w = Tensor.ones(3, 3, requiresGrad: true), y = (x * w).sum()
        let attempts: [() -> Void] = [
            { x.indexAdd_(dim: 0, index: Tensor([7]), source: Tensor.ones(1, 3)) }, { x.add_(Tensor.ones(4)) },
            { x.copy_(Tensor.ones(2)) },
            { x.scatter_(dim: 0, index: Tensor([[9]]), source: Tensor.ones(1, 1)) },
            { x.put_(Tensor([99]), Tensor.ones(1)) },
            { x.indexPut_([Tensor([5])], Tensor.ones(3)) }, { x[Tensor([8])] = Tensor.ones(3) },
            { x.indexFill_(dim: 0, index: Tensor([5]), value: 1) },
            { x.maskedScatter_(Tensor.ones(3, 3).gt(0), Tensor.ones(2)) }
        ]
        for attempt in attempts {
            #expect(throws: TorchError.self) { try withError(attempt) }
            #expect(x.version == 0 && x.equal(Tensor.ones(3, 3)))
        }
        y.backward()
        #expect(w.grad!.equal(Tensor.ones(3, 3)))
    }
}
