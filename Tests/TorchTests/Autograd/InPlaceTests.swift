import Testing
import Torch

@Suite struct InPlaceTests {
    @Test func leafRule() throws {
        let x = Tensor([1.0, 2], requiresGrad: true)
        #expect(
            throws: TorchError(.runtime, "a leaf Variable that requires grad is being used in an in-place operation.")
        ) { try withError { x.add_(1) } }
        #expect(x.toArray(as: Float.self) == [1, 2])
        #expect(
            throws: TorchError(
                .runtime, "a view of a leaf Variable that requires grad is being used in an in-place operation.")
        ) {
            try withError { x[0].mul_(x[1]) }
        }
        noGrad { _ = x.add_(1) }
        #expect(x.toArray(as: Float.self) == [2, 3])
    }

    @Test func historyOfAnInPlaceProduct() {
        // y = 3x; y *= y: dy/dx = 18x
        let x = Tensor([1.0, 2], requiresGrad: true)
        let y = x * 3
        y.mul_(y.detach() * 0 + 3 * x)
        y.sum().backward()
        #expect(x.grad!.toArray(as: Float.self) == [18, 36])
    }

    @Test func savedTensorChangedLater() throws {
        let x = Tensor([1.0, 2], requiresGrad: true)
        let y = x.exp()
        y.add_(1)
        let error = #expect(throws: TorchError.self) { try withError { y.sum().backward() } }
        #expect(
            error?.message.hasPrefix(
                "one of the variables needed for gradient computation has been modified by an inplace operation: [torch.FloatTensor [2]], which is output 0 of Exp, is at version 1; expected version 0 instead."
            ) == true)
    }

    @Test func writeThroughAView() {
        // base = 2x, then base[0] *= w: d/dx = [2w, 2], d/dw = base[0]
        let x = Tensor([1.0, 5], requiresGrad: true), w = Tensor(3.0, requiresGrad: true)
        let base = x * 2
        base[0].mul_(w)
        #expect(base.toArray(as: Float.self) == [6, 10])
        #expect(base.gradFn?.name == "CopySlices")
        base.sum().backward()
        #expect(x.grad!.toArray(as: Float.self) == [6, 2])
        #expect(w.grad!.item() == 2)
    }

    @Test func olderViewsSeeTheNewHistory() {
        let x = Tensor([1.0, 2, 3, 4], requiresGrad: true)
        let base = x * 1
        let early = base.view(2, 2)
        base.mul_(10)
        #expect(early.gradFn?.name == "AsStridedBackward0")
        early[1].sum().backward()
        #expect(x.grad!.toArray(as: Float.self) == [0, 0, 10, 10])
    }

    @Test func writingRecordedValuesIntoAPlainBuffer() {
        let w = Tensor([2.0, 3], requiresGrad: true)
        let buffer = Tensor.zeros(3, 2)
        buffer[1] = w * w
        #expect(buffer.requiresGrad)
        (buffer * 2).sum().backward()
        #expect(w.grad!.toArray(as: Float.self) == [8, 12])
    }

    @Test func assignmentByNumber() {
        let a = Tensor.arange(6).view(2, 3)
        a[1, 0] = 100
        a[0, 1...] += 5
        #expect(a.toArray(as: Int.self) == [0, 6, 7, 100, 4, 5])
        // This is the tensor's own `sum`, not that of an integer.
        let b = Tensor([0.5, 1.5]), n: Float = 2
        b[0] += 1
        b[1] = n
        #expect(b.toArray(as: Float.self) == [1.5, 2])
    }

    @Test func copyMovesTheGradientToTheSource() {
        let a = Tensor([1.0, 2], requiresGrad: true), b = Tensor([3.0, 4], requiresGrad: true)
        let y = a * 2
        y.copy_(b)
        y.sum().backward()
        #expect(a.grad!.toArray(as: Float.self) == [0, 0])
        #expect(b.grad!.toArray(as: Float.self) == [1, 1])
    }

    @Test func multipleOutputViewsMayNotBeWritten() throws {
        let x = Tensor([1.0, 2], requiresGrad: true)
        let parts = (x * 2).split(1)
        let error = #expect(throws: TorchError.self) { try withError { parts[0].mul_(2) } }
        #expect(
            error?.message.contains(
                "is a view and is being modified inplace. This view is the output of a function that returns multiple views."
            ) == true)
    }

    @Test func expandedMemoryMayNotBeWritten() throws {
        let x = Tensor([1.0]).expand(3)
        let error = #expect(throws: TorchError.self) { try withError { x.add_(1) } }
        #expect(
            error?.message.hasPrefix(
                "unsupported operation: more than one element of the written-to tensor refers to a single memory location."
            ) == true)
    }

    @Test func integersCannotHoldFloats() throws {
        let x = Tensor([1, 2])
        #expect(throws: TorchError(.runtime, "result type Float can't be cast to the desired output type Long")) {
            try withError { x.add_(0.5) }
        }
        #expect(x.toArray(as: Int.self) == [1, 2])
    }
}
