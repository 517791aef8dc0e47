import Foundation
import Testing
import Torch

/// The order in which backward visits nodes and leaves, and the form of the gradients there. The expected results are
/// those of PyTorch 2.15 for the same lines in Python.
@Suite struct EngineOrderTests {
    private final class Notes {
        var lines: [String] = []
    }

    @Test func leavesAccumulateAsSoonAsTheirGradientIsComplete() {
        let notes = Notes(), a = Linear(2, 2), b = Linear(2, 2)
        for (name, m) in [("a", a), ("b", b)] {
            m.weight.registerPostAccumulateGradHook { _ in notes.lines.append(name) }
        }
        let h = a(Tensor.ones(1, 2))
        h.registerHook { _ in
            notes.lines.append("h")
            return nil
        }
        b(h).sum().backward()
        #expect(notes.lines == ["b", "h", "a"])
    }

    @Test func leavesThatAreReadyTogetherGoInPyTorchsOrder() {
        // torch.stack([...]).sum().backward() of `count` leaves. A hook on each leaf records its number.
        for (count, order) in [(3, [0, 1, 2]), (5, [0, 2, 4, 1, 3]), (9, [0, 2, 6, 8, 5, 7, 4, 1, 3])] {
            let notes = Notes(), leaves = (0..<count).map { _ in Tensor.ones(2, requiresGrad: true) }
            for (i, leaf) in leaves.enumerated() {
                leaf.registerPostAccumulateGradHook { _ in notes.lines.append("\(i)") }
            }
            withExtendedLifetime(leaves) { stack(leaves).sum().backward() }
            #expect(notes.lines == order.map(String.init))
        }
    }

    @Test func aGradientThatAHookTakesAwayIsFreedOnTheWay() {
        // Eight layers of 1 MiB each. A hook removes each gradient, so they never exist all at the same time.
        let layers = (0..<8).map { _ in Linear(512, 512, bias: false) }
        for layer in layers { layer.weight.registerPostAccumulateGradHook { $0.grad = nil } }
        let x = Tensor.ones(1, 512)
        let loss = layers.reduce(x) { $1($0) }.sum()
        resetPeakMemoryStats()
        let before = memoryAllocated()
        loss.backward()
        #expect(maxMemoryAllocated() - before < 3 << 20)
    }

    @Test func aLeafUsedTwiceWaitsForBothUsers() {
        let notes = Notes(), x = Tensor([3.0], requiresGrad: true)
        x.registerPostAccumulateGradHook { notes.lines.append("\($0.grad!.item())") }
        (x * x + x.exp() * 0).sum().backward()
        #expect(notes.lines == ["6.0"])
    }

    @Test func postHooksRunInTheOrderOfRegistration() {
        let notes = Notes(), x = Tensor.ones(3, requiresGrad: true)
        let handles = (0..<8).map { i in x.registerPostAccumulateGradHook { _ in notes.lines.append("\(i)") } }
        handles[7].remove()
        // A handle's number is never reused, so this handle removes only its own hook.
        let last = x.registerPostAccumulateGradHook { _ in notes.lines.append("new") }
        handles[7].remove()
        x.sum().backward()
        #expect(notes.lines == ["0", "1", "2", "3", "4", "5", "6", "new"])
        last.remove()
    }

    @Test func gradientsLieAsTheirLeaves() {
        func strides(_ x: Tensor) -> [Int] {
            (x.requiresGrad_() * 1).sum().backward()
            return x.grad!.stride()
        }
        #expect(strides(Tensor.ones(2, 3).t()) == [1, 3])
        #expect(strides(Tensor.ones(3, 2).t()[..<1]) == [3, 1])
        #expect(strides(Tensor.ones(1, 3, 4, 5).contiguous(memoryFormat: .channelsLast)) == [60, 1, 15, 3])
        #expect(strides(Tensor.ones(6)[Slice(nil, nil, by: 2)]) == [1])
        let x = Tensor.ones(2, 3).t().requiresGrad_()
        (x * x).sum().backward(createGraph: true)
        #expect(x.grad!.stride() == [1, 3] && x.grad!.requiresGrad)
        x.grad = nil
    }

    @Test func severalThreadsLoseNoGradient() {
        final class Body: Sendable {
            let run: @Sendable () -> Void
            init(_ run: @escaping @Sendable () -> Void) { self.run = run }
        }
        let w = Tensor.zeros(100).requiresGrad_()
        let group = DispatchGroup()
        for _ in 0..<4 {
            group.enter()
            Thread.detachNewThread {
                for _ in 0..<2000 { w.sum().backward() }
                group.leave()
            }
        }
        group.wait()
        #expect(w.grad!.toArray(as: Float.self) == [Float](repeating: 8000, count: 100))
    }
}

/// Gradients from callers and hooks are checked or converted before a kernel gets them.
@Suite struct GradientFormTests {
    @Test func rootsAreConverted() {
        for dtype in [DType.float64, .uint8, .int64, .float16] {
            let x = Tensor.ones(3, 4, requiresGrad: true)
            x.logSoftmax(dim: 1).backward(Tensor.ones([3, 4], dtype: dtype))
            #expect(x.grad!.dtype == .float32 && x.grad!.abs().max().item() < 1e-6)
        }
    }

    @Test func rootsOfAnotherKindAreRefused() {
        let real = Tensor.ones(2, 2, requiresGrad: true),
            complex = Tensor.ones([2, 2], dtype: .complex64, requiresGrad: true)
        let start =
            "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: "
        #expect(
            throws: TorchError(
                .runtime,
                start + "grad_output[0] has a dtype of torch.complex64 and output[0] has a dtype of torch.float32.")
        ) {
            try withError { (real * 2).backward(Tensor.ones([2, 2], dtype: .complex64)) }
        }
        #expect(
            throws: TorchError(
                .runtime,
                start + "grad_output[0] has a dtype of torch.float32 and output[0] has a dtype of torch.complex64.")
        ) {
            try withError { (complex * 2).backward(Tensor.ones(2, 2)) }
        }
        #expect(
            throws: TorchError(
                .runtime,
                "Mismatch in shape: grad_output[0] has a shape of torch.Size([4]) and output[0] has a shape of torch.Size([2, 2])."
            )
        ) {
            try withError { (real * 2).backward(Tensor.ones(4)) }
        }
    }

    @Test func hooksKeepTheForm() {
        func message(onLeaf: Bool = false, _ hook: @escaping (Tensor) -> Tensor?) -> String? {
            let x = Tensor.randn(10, 10).requiresGrad_(), y = x.softmax(dim: 1)
            (onLeaf ? x : y).registerHook(hook)
            defer { #expect(x.grad == nil) }
            do {
                try withError { (y * 1).sum().backward() }
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(message { _ in Tensor.ones(1) } == "hook '<lambda>' has changed the size of value")
        #expect(message(onLeaf: true) { _ in Tensor.ones(3) } == "hook '<lambda>' has changed the size of value")
        #expect(
            message { $0.double() }
                == "hook '<lambda>' has changed the type of value (was torch.FloatTensor got torch.DoubleTensor)")
        #expect(
            message { $0.bool() }
                == "hook '<lambda>' has changed the type of value (was torch.FloatTensor got CPUBoolType)")
    }

    @Test func assignedGradientsKeepTheForm() {
        let x = Tensor.ones(2, requiresGrad: true)
        #expect(
            throws: TorchError(
                .runtime,
                "attempting to assign a gradient of size '[3]' to a tensor of size '[2]'. Please ensure that the gradient and the tensor are the same size"
            )
        ) {
            try withError { x.grad = Tensor.ones(3) }
        }
        #expect(throws: TorchError.self) { try withError { x.grad = Tensor.ones([2], dtype: .float64) } }
        #expect(x.grad == nil)
    }
}

/// `retainGrad` together with hooks and in-place writes.
@Suite struct RetainGradTests {
    @Test func keepsWhatAllHooksMade() {
        let x = Tensor([1.0], requiresGrad: true), a = x * 1
        a.retainGrad()
        a.registerHook { $0 * 20 }
        a.sum().backward()
        #expect(a.grad!.item() == 20 && x.grad!.item() == 20)
    }

    @Test func movesOnToTheNewValue() {
        let x = Tensor([1.0], requiresGrad: true), a = x * 1
        a.retainGrad()
        a.mul_(2)
        a.sum().backward()
        #expect(a.grad!.item() == 1 && x.grad!.item() == 2)
    }

    @Test func hooksStayWithTheOldValue() {
        let x = Tensor([1.0], requiresGrad: true), y = x * 1
        y.registerHook { $0 * 3 }
        y.mul_(2)
        y.registerHook { $0 * 5 }
        y.retainGrad()
        y.sum().backward()
        #expect(y.grad!.item() == 5 && x.grad!.item() == 30)
    }

    @Test func movesWithBasesAndViews() {
        let x = Tensor.ones(2, 3, requiresGrad: true), base = x * 1
        base.retainGrad()
        base[0].mul_(2)
        base.sum().backward()
        #expect(base.grad!.toArray(as: Float.self) == [1, 1, 1, 1, 1, 1])
        #expect(x.grad!.toArray(as: Float.self) == [2, 2, 2, 1, 1, 1])

        let y = Tensor.ones(2, 3, requiresGrad: true), other = y * 1, view = other[0]
        view.retainGrad()
        other.mul_(2)
        view.sum().backward()
        #expect(view.grad!.toArray(as: Float.self) == [1, 1, 1])
        #expect(y.grad!.toArray(as: Float.self) == [2, 2, 2, 0, 0, 0])
    }

    @Test func addsUpAndSeesGradToo() {
        let x = Tensor([1.0], requiresGrad: true), y = x * 1
        y.retainGrad()
        y.sum().backward(retainGraph: true)
        y.sum().backward()
        #expect(y.grad!.item() == 2)

        // If the pass continues below a tensor, the gradient returned for it is the one before its hooks.
        let z = x * 1
        z.retainGrad()
        z.registerHook { $0 * 20 }
        let found = grad([z.sum()], [z, x])
        #expect(found[0]!.item() == 1 && found[1]!.item() == 20 && z.grad!.item() == 20)
    }
}
