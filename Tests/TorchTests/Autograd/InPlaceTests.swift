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

    /// PyTorch saves log-probabilities here, and so allows writing the logits.
    @Test(arguments: [LossReduction.mean, .sum, .none])
    func logitsMayBeWrittenAfterTheLoss(reduction: LossReduction) {
        let w = Tensor.randn(4, 7, generator: Generator(seed: 0)).requiresGrad_(), y = Tensor([1, 2, 3, 0])
        func gradient(writing write: (Tensor) -> Void) -> Tensor {
            w.grad = nil
            let logits = w * 2
            let loss = F.crossEntropy(logits, y, reduction: reduction).sum()
            write(logits)
            loss.backward()
            return w.grad!
        }
        let expected = gradient { _ in }
        #expect(gradient { $0.mul_(3) }.equal(expected))
        #expect(gradient { $0[1].zero_() }.equal(expected))
        #expect(gradient { logits in noGrad { _ = logits.fill_(Double.nan) } }.equal(expected))
        // Twice, and with a recorded backward pass.
        let logits = w * 2
        let loss = F.crossEntropy(logits, y)
        logits.exp_().mul_(2)
        let first = grad(loss, w, createGraph: true)
        let plain = grad(F.crossEntropy(w * 2, y), w, createGraph: true)
        #expect(first.allclose(plain))
        #expect(grad(first.square().sum(), w).allclose(grad(plain.square().sum(), w)))
    }

    @Test func aLeafMayBeWrittenAfterTheLoss() {
        let w = Tensor.randn(4, 7, generator: Generator(seed: 0)).requiresGrad_(), y = Tensor([1, 2, 3, 0])
        F.crossEntropy(w, y).backward()
        let expected = w.grad!
        w.grad = nil
        // Losses that were given up leave nothing behind.
        for _ in 0..<100 { _ = F.crossEntropy(w, y) }
        let loss = F.crossEntropy(w, y)
        noGrad { _ = w.zero_() }
        loss.backward()
        #expect(w.grad!.equal(expected))
    }

    @Test(arguments: [DType.float32, .float64, .bfloat16])
    func resultsOfRecurrentLayersMayBeWritten(dtype: DType) {
        let x = Tensor.randn(5, 3, 4, generator: Generator(seed: 0)).to(dtype)
        let layers: [(Module, (Tensor) -> Tensor)] = [
            {
                let layer = RNN(4, 6, dtype: dtype); return (layer, { layer($0).0 })
            }(),
            {
                let layer = GRU(4, 6, numLayers: 2, dtype: dtype); return (layer, { layer($0).0 })
            }(),
            {
                let layer = LSTM(4, 6, bidirectional: true, dtype: dtype); return (layer, { layer($0).0 })
            }(),
            {
                let layer = LSTM(4, 6, batchFirst: true, dtype: dtype); return (layer, { layer($0).0 })
            }(),
            {
                let layer = LSTM(4, 6, projSize: 2, dtype: dtype); return (layer, { layer($0).0 })
            }()
        ]
        for (module, call) in layers {
            (call(x) * 2).sum().backward()
            let expected = module.parameters().map { $0.grad! }
            module.zeroGrad()
            call(x).mul_(2).sum().backward()
            #expect(zip(module.parameters(), expected).allSatisfy { $0.grad!.equal($1) }, "\(module)")
        }
    }
}
