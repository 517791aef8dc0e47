import Testing
@testable import Torch

/// The numbers and messages are PyTorch 2.15's.
@Suite struct ActivationCheckpointTests {
    private func numbers(_ tensor: Tensor?) -> [Double] {
        (tensor?.detach().toArray(as: Double.self) ?? []).map { ($0 * 1e6).rounded() / 1e6 }
    }

    private func message(_ body: () -> Void) -> String {
        do {
            try withError(body)
            return "no error"
        } catch {
            return "\((error as? TorchError)?.message ?? "\(error)")"
        }
    }

    @Test func theSecondRunDrawsTheSameNumbers() {
        manualSeed(0)
        let x = Tensor.arange(6, dtype: .float32).reshape(2, 3).requiresGrad_()
        let model = Sequential(Linear(3, 4), Dropout(0.5), ReLU(), Linear(4, 2))
        let y = checkpoint(x, useReentrant: false) { x in model(x) }
        #expect(numbers(y) == [-0.160118, 0.028766, -0.080592, 0.052907] && y.gradFn?.name == "AddmmBackward0")
        y.sum().backward()
        #expect(numbers(x.grad) == [0.010109, -0.404555, 0.04528, 0, 0, 0])
        #expect(
            numbers((model[0] as? Linear)?.weight.grad) == [0, 0, 0, 0, 0, 0, 0, -0.883741, -1.767483, 0, 0, 0])
        // The draws go on where they were.
        #expect(numbers(Tensor.rand(1)) == [0.584592])
    }

    @Test func savedTensorsAreDropped() {
        let x = Tensor.ones(1000).requiresGrad_()
        weak var kept: Storage?, dropped: Storage?
        let plain = { (x: Tensor) -> Tensor in
            let y = x.exp()
            kept = y.storage
            return y.sum()
        }(x)
        let checked = checkpoint(x) { x in
            let y = x.exp()
            dropped = y.storage
            return y.sum()
        }
        #expect(kept != nil && dropped == nil)
        plain.backward()
        checked.backward()
        #expect(x.grad!.allclose(Tensor.full([1000], 2 * 2.718281828)))
    }

    @Test func nestedCheckpointsAndSeveralInputs() {
        let x = Tensor([1.0, 2]).requiresGrad_(), y = Tensor([3.0, 4]).requiresGrad_()
        var runs = 0
        let z = checkpoint(x, 2.0, y) { (x: Tensor, k: Double, y: Tensor) -> Tensor in
            let inner = checkpoint(x * y) { p in
                runs += 1
                return checkpoint(p) { ($0 * $0).sin() } * p
            }
            return inner.exp() * k
        }
        z.sum().backward(retainGraph: true)
        let first = (numbers(x.grad), numbers(y.grad))
        (x.grad, y.grad) = (nil, nil)
        z.sum().backward()
        #expect(first.0 == numbers(x.grad) && first.1 == numbers(y.grad) && runs > 2)
        (x.grad, y.grad) = (nil, nil)
        let p = x * y
        (((p * p).sin() * p).exp() * 2).sum().backward()
        #expect(first.0 == numbers(x.grad) && first.1 == numbers(y.grad))
    }

    @Test func higherGradientsGoThroughACheckpoint() {
        let x = Tensor([0.5, 1.5], dtype: .float64).requiresGrad_()
        let y = checkpoint(x) { ($0 * $0).sin() * $0.exp() }
        let first = grad(y.sum(), x, createGraph: true)
        let second = grad(first.sum(), x)
        let plain = (x * x).sin() * x.exp()
        let expected = grad(plain.sum(), x, createGraph: true)
        #expect(numbers(first) == numbers(expected))
        #expect(numbers(second) == numbers(grad(expected.sum(), x)))
    }

    @Test func inPlaceOperatorsInACheckpoint() {
        let x = Tensor([0.5, 1.5]).requiresGrad_()
        let y = checkpoint(x) { x in
            let a = x.exp()
            let b = a * a
            b.mul_(x)
            return b
        }
        y.sum().backward()
        // The derivative of x exp(2x).
        #expect(numbers(x.grad) == numbers((x * 2 + 1) * (x * 2).exp()))
    }

    @Test func aSecondBackwardWithoutTheGraph() {
        let x = Tensor([0.5, 1.5]).requiresGrad_()
        let y = checkpoint(x) { $0.exp() }.sum()
        y.backward()
        #expect(message { y.backward() }.hasPrefix("Trying to backward through the graph a second time"))
    }

    @Test func aBackwardPassInsideACheckpoint() {
        let x = Tensor([0.5, 1.5]).requiresGrad_()
        let y = checkpoint(x) { x in
            let inner = x.sin()
            return grad(inner.sum(), x, createGraph: true) * x
        }
        y.sum().backward()
        #expect(numbers(x.grad) == numbers(x.cos() - x * x.sin()))
    }

    @Test func theRunsMustNotDiffer() {
        let x = Tensor.arange(6, dtype: .float32).reshape(2, 3).requiresGrad_()
        var runs = 0
        let more = checkpoint(x) { x in
            runs += 1
            return runs > 1 ? x.exp() : x.exp() * x
        }
        #expect(
            message { more.sum().backward() }
                == "torch.utils.checkpoint: A different number of tensors was saved during the original forward and recomputation.\nNumber of tensors saved during forward: 3\nNumber of tensors saved during recomputation: 1."
        )
        runs = 0
        let other = checkpoint(x) { x in
            runs += 1
            return x.repeat(runs, 1).exp().sum()
        }
        #expect(
            message { other.backward() }
                == "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than during the forward pass.\ntensor at position 0:\nsaved metadata: {'shape': torch.Size([2, 3]), 'dtype': torch.float32, 'device': device(type='cpu')}\nrecomputed metadata: {'shape': torch.Size([4, 3]), 'dtype': torch.float32, 'device': device(type='cpu')}\n."
        )
    }

    @Test func nothingIsKeptAlive() {
        weak var node: Node?
        do {
            let x = Tensor([0.5, 1.5]).requiresGrad_()
            let y = checkpoint(x) { checkpoint($0) { $0.exp() }.sin() }
            node = y.gradFn
            y.sum().backward(retainGraph: true)
        }
        #expect(node == nil)
    }

    @Test func deepChainsAreReleased() {
        var x = Tensor([0.5]).requiresGrad_()
        for _ in 0..<20_000 { x = checkpoint(x) { $0.sin() } }
        x = Tensor([0.0])
        #expect(x.item() == 0)
    }

    @Test func sequentialSegments() {
        manualSeed(1)
        let layers = Sequential(Linear(3, 3), Tanh(), Linear(3, 3), Tanh(), Linear(3, 1))
        let x = Tensor.rand(2, 3).requiresGrad_()
        layers(x).sum().backward()
        let expected = numbers(x.grad)
        for segments in 1...5 {
            x.grad = nil
            checkpointSequential(layers, segments: segments, x, useReentrant: false).sum().backward()
            #expect(numbers(x.grad) == expected)
        }
        #expect(message { _ = checkpointSequential(layers, segments: 6, x) } == "range() arg 3 must not be zero")
        #expect(message { _ = checkpointSequential(layers, segments: 0, x) } != "no error")
    }

    // MARK: Reentrant checkpoints

    @Test func aReentrantCheckpointIsOneStep() {
        manualSeed(0)
        let x = Tensor.arange(6, dtype: .float32).reshape(2, 3).requiresGrad_()
        let model = Sequential(Linear(3, 4), Dropout(0.5), ReLU(), Linear(4, 2))
        let y = checkpoint(x, useReentrant: true) { x in model(x) }
        #expect(numbers(y) == [-0.160118, 0.028766, -0.080592, 0.052907])
        #expect(y.gradFn?.name == "CheckpointFunctionBackward")
        y.sum().backward(retainGraph: true)
        #expect(numbers(x.grad) == [0.010109, -0.404555, 0.04528, 0, 0, 0])
        #expect(
            numbers((model[0] as? Linear)?.weight.grad) == [0, 0, 0, 0, 0, 0, 0, -0.883741, -1.767483, 0, 0, 0])
        #expect(numbers(Tensor.rand(1)) == [0.584592])
        y.sum().backward()
        #expect(numbers(x.grad) == [0.020218, -0.809109, 0.090559, 0, 0, 0])
        #expect(message { y.sum().backward() }.hasPrefix("Trying to backward through the graph a second time"))
    }

    @Test func aReentrantCheckpointWithSeveralResultsAndOtherTensors() {
        let a = Tensor([0.5, 1.5]).requiresGrad_(), k = Tensor([2.0, 3]).requiresGrad_()
        let h = k * 3
        let (p, q) = checkpoint(a, 2.0, useReentrant: true) { (a: Tensor, s: Double) in (a * h * s, (a + h).sin()) }
        #expect(p.gradFn === q.gradFn && p.gradFn != nil)
        p.sum().backward()
        #expect(numbers(a.grad) == [12, 18] && numbers(k.grad) == [3, 9])
    }

    @Test(arguments: [(true, true), (true, false), (false, true)])
    func nestedCheckpointsOfBothForms(outer: Bool, inner: Bool) {
        let a = Tensor([0.5, 1.5]).requiresGrad_()
        checkpoint(a, useReentrant: outer) { a in
            checkpoint(a, useReentrant: inner) { b in b.sin() * b }.exp()
        }.sum().backward()
        #expect(a.grad?.allclose(Tensor([1.1669, 4.9274]), atol: 1e-4) == true)
    }

    @Test func mistakesWithAReentrantCheckpoint() {
        let a = Tensor([0.5, 1.5]).requiresGrad_()
        #expect(
            message { _ = grad(checkpoint(a, useReentrant: true) { $0.exp() }.sum(), a) }
                == "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` parameter to .backward(). To resolve this error, you can either set use_reentrant=False, or call .backward() without passing the `inputs` argument."
        )
        #expect(
            message { checkpoint(a, useReentrant: true) { $0.detach() }.sum().backward() }
                == "none of output has requires_grad=True, this checkpoint() is not necessary")
        // The result may be the input itself.
        let same = checkpoint(a, useReentrant: true) { $0 }
        #expect(!same.isLeaf && a.isLeaf)
        same.sum().backward()
        #expect(numbers(a.grad) == [1, 1])
        // No input requires a gradient: PyTorch warns.
        let k = Tensor([2.0, 3]).requiresGrad_()
        #expect(!checkpoint(Tensor.ones(2), useReentrant: true) { $0 * k }.requiresGrad)
    }
}
