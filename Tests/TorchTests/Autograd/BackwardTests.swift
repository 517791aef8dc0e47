import Testing
import Torch

/// The numbers come from the same lines in PyTorch 2.15, or from the formula in the comment.
@Suite struct BackwardTests {
    @Test func accumulatesIntoGrad() {
        let x = Tensor([1.0, 2, 3], requiresGrad: true)
        (x * x).sum().backward()
        #expect(x.grad!.toArray(as: Float.self) == [2, 4, 6])
        (x * x).sum().backward()
        #expect(x.grad!.toArray(as: Float.self) == [4, 8, 12])
    }

    @Test func sumsOverBroadcast() {
        let row = Tensor([1.0, 2, 3], requiresGrad: true)
        let matrix = Tensor.ones(4, 3)
        (matrix * row).sum().backward()
        #expect(row.grad!.toArray(as: Float.self) == [4, 4, 4])
    }

    @Test func oneGradientForTwoLeavesIsNotShared() {
        // d(a + b) is one tensor for both leaves. A change of one gradient must not change the other.
        let a = Tensor([1.0, 2], requiresGrad: true), b = Tensor([3.0, 4], requiresGrad: true)
        (a + b).backward(Tensor([1.0, 1]))
        noGrad { a.grad!.mul_(10) }
        #expect(b.grad!.toArray(as: Float.self) == [1, 1])
        #expect(a.grad!.toArray(as: Float.self) == [10, 10])
    }

    @Test func expandedGradientsAreSummedRightly() {
        // The gradient of mean is an expanded view. A second gradient of the same input must not be added into it.
        let x = Tensor([1.0, 2, 3, 4], requiresGrad: true)
        let (variance, mean) = x.varMean()
        (variance + mean).backward()
        // 2(x - 2.5)/3 + 1/4
        let expected: [Float] = [-0.75, -1.0 / 12, 7.0 / 12, 1.25]
        for (g, e) in zip(x.grad!.toArray(as: Float.self), expected) { #expect(abs(g - e) < 1e-6) }
    }

    @Test func secondDerivative() {
        // d²(x³)/dx² = 6x
        let x = Tensor(2.0, requiresGrad: true)
        let first = grad(x.pow(3), x, createGraph: true)
        #expect(first.item() == 12)
        #expect(grad(first, x).item() == 12)
    }

    @Test func thirdDerivativeOfTanh() {
        // tanh''' = (1 - t²)(6t² - 2), at 0.5: 0.78644773 · (6 · 0.21355227 - 2)
        let x = Tensor(0.5, dtype: .float64, requiresGrad: true)
        var y = x.tanh()
        for _ in 0..<3 { y = grad(y, x, createGraph: true) }
        #expect(abs(y.item() - (-0.5652090)) < 1e-5)
    }

    @Test func graphIsFreedUnlessRetained() throws {
        let x = Tensor([1.0, 2], requiresGrad: true)
        let y = (x * x).sum()
        y.backward()
        let error = #expect(throws: TorchError.self) { try withError { y.backward() } }
        #expect(error?.message.hasPrefix("Trying to backward through the graph a second time") == true)

        let z = (x * x).sum()
        z.backward(retainGraph: true)
        z.backward()
        #expect(x.grad!.toArray(as: Float.self) == [6, 12])
    }

    @Test func onlyScalarsNeedNoGradient() throws {
        let x = Tensor([1.0, 2], requiresGrad: true)
        #expect(throws: TorchError(.runtime, "grad can be implicitly created only for scalar outputs")) {
            try withError { (x * 2).backward() }
        }
        #expect(throws: TorchError(.runtime, "element 0 of tensors does not require grad and does not have a grad_fn"))
        {
            try withError { Tensor([1.0]).sum().backward() }
        }
    }

    @Test func noGradDetachAndEnableGrad() {
        let x = Tensor([1.0], requiresGrad: true)
        noGrad {
            #expect(!(x * 2).requiresGrad)
            enableGrad { #expect((x * 2).requiresGrad) }
        }
        #expect(!x.detach().requiresGrad)
        #expect((x * 2).gradFn?.name == "MulBackward0")
        #expect(x.isLeaf && x.gradFn == nil)
    }

    @Test func gradOfUnusedInput() throws {
        let x = Tensor([1.0], requiresGrad: true), y = Tensor([1.0], requiresGrad: true)
        #expect(grad([(x * 2).sum()], [x, y], allowUnused: true)[1] == nil)
        #expect(throws: TorchError.self) { try withError { _ = grad([(x * 2).sum()], [x, y]) } }
        #expect(x.grad == nil)
    }

    @Test func gradWithRespectToAMiddleTensor() {
        let x = Tensor([3.0], requiresGrad: true)
        let y = x * x
        let z = (y * y).sum()
        #expect(grad(z, y).item() == 18)
    }

    @Test func hooks() {
        let x = Tensor([1.0, 2], requiresGrad: true)
        let y = x * 3
        y.retainGrad()
        let handle = x.registerHook { $0 * 2 }
        var fired = 0
        x.registerPostAccumulateGradHook { _ in fired += 1 }
        y.sum().backward()
        #expect(x.grad!.toArray(as: Float.self) == [6, 6])
        #expect(y.grad!.toArray(as: Float.self) == [1, 1])
        #expect(fired == 1)
        handle.remove()
        x.grad = nil
        (x * 3).sum().backward()
        #expect(x.grad!.toArray(as: Float.self) == [3, 3])
    }

    @Test func mixedDtypesGetTheirOwnGradients() {
        let x = Tensor([1.0, 2], requiresGrad: true), y = Tensor([3.0, 4], dtype: .float64, requiresGrad: true)
        (x * y).sum().backward()
        #expect(x.grad!.dtype == .float32 && y.grad!.dtype == .float64)
        #expect(x.grad!.toArray(as: Float.self) == [3, 4])
    }
}
