import Testing
import Torch

private enum Cube: Function {
    static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
        context.saveForBackward(inputs[0])
        return [inputs[0] * inputs[0] * inputs[0]]
    }

    static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] {
        let x = context.savedTensors[0]
        return [grads[0].map { $0 * 3 * x * x }]
    }
}

private enum WrongCube: Function {
    static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] { Cube.forward(context, inputs) }
    static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] {
        [grads[0].map { $0 * 2 * context.savedTensors[0] }]
    }
}

private enum Exponential: Function {
    static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
        let y = inputs[0].exp()
        context.saveForBackward(y)
        return [y]
    }

    static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] {
        [grads[0].map { $0 * context.savedTensors[0] }]
    }
}

private enum Flatten10: Function {
    static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] { [inputs[0].view(-1)] }
    static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] {
        [grads[0].map { $0.view(2, 2) * 10 }]
    }
}

private enum FlattenTwice: Function {
    static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] { [inputs[0].view(-1).view(4, 1)] }
    static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] {
        Flatten10.backward(context, grads)
    }
}

private enum DetachedView: Function {
    static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] { [inputs[0].detach().view(-1)] }
    static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] {
        Flatten10.backward(context, grads)
    }
}

private enum Same: Function {
    static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] { inputs }
    static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] {
        grads.map { g in g.map { $0 * 10 } }
    }
}

private enum ViewAndMore: Function {
    static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
        [inputs[0].view(-1), inputs[0] * 2]
    }
    static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] { [grads[1]] }
}

private enum Double2: Function {
    static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] { [inputs[0] * 2] }
    static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] { [grads[0].map { $0 * 2 }] }
}

@Suite struct FunctionTests {
    /// Returns the error if the base of a function's result is written before the result is used.
    private func sentence(_ apply: (Tensor) -> Tensor) -> String {
        let x = Tensor.ones(2, 2, requiresGrad: true), z = x * 1, y = apply(z)
        z.mul_(2)
        do {
            try withError { y.sum().backward() }
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test func viewsOfTheInputAreNotDifferentiatedAnew() {
        let written = "is a view and its base or another view of its base has been modified inplace. "
        let custom = "This view was created inside a custom Function (or because an input was returned as-is)"
        #expect(sentence { Flatten10.apply($0)[0] }.hasPrefix("Output 0 of Flatten10 " + written + custom))
        #expect(sentence { FlattenTwice.apply($0)[0] }.hasPrefix("Output 0 of FlattenTwice " + written + custom))
        #expect(sentence { DetachedView.apply($0)[0] }.hasPrefix("Output 0 of DetachedView " + written + custom))
        #expect(sentence { Same.apply($0)[0] }.hasPrefix("Output 0 of Same " + written + custom))
        #expect(
            sentence { ViewAndMore.apply($0)[0] }.hasPrefix(
                "Output 0 of ViewAndMore " + written
                    + "This view is the output of a function that returns multiple views."))
        #expect(sentence { $0.unbind()[0] }.hasPrefix("Output 0 of Unbind " + written))
        #expect(
            sentence { x in noGrad { x[0] } }.hasPrefix(
                "A view was created in no_grad mode and its base or another view of its base has been modified inplace")
        )
        // An ordinary view follows its base.
        #expect(sentence { $0.t() } == "no error")
        let x = Tensor.ones(2, 2, requiresGrad: true)
        Flatten10.apply(x * 1)[0].sum().backward()
        #expect(x.grad!.toArray(as: Float.self) == [10, 10, 10, 10])
    }

    @Test func keepsNothingThatWasNotSaved() {
        let w = Tensor.ones(1 << 16, requiresGrad: true), before = memoryAllocated()
        var y = w * 1
        for _ in 0..<20 { y = Double2.apply(y)[0] }
        // Only the newest result remains, of 256 KiB.
        #expect(memoryAllocated() - before < 600 << 10)
    }

    @Test func aDeepChainIsReleasedWithoutRecursion() {
        var z = Tensor.ones(1, requiresGrad: true) * 1
        for _ in 0..<100_000 { z = Double2.apply(z)[0] }
        z = Tensor.ones(1)
        #expect(z.item() == 1)
    }

    @Test func resultsThatAreViewsAreFreed() {
        let w = Tensor.ones(2, 2, requiresGrad: true)
        for _ in 0..<10 { _ = DetachedView.apply(w * 1) }
        let before = memoryAllocated()
        for _ in 0..<100 { _ = DetachedView.apply(w * 1) }
        #expect(memoryAllocated() == before)
    }

    @Test func customDerivativeToSecondOrder() throws {
        let x = Tensor([1.5, -2], dtype: .float64, requiresGrad: true)
        try gradcheck({ Cube.apply($0[0]) }, [x])
        try gradgradcheck({ Cube.apply($0[0]) }, [x])
        try gradcheck({ Exponential.apply($0[0]) }, [x])
        try gradgradcheck({ Exponential.apply($0[0]) }, [x])
    }

    @Test func gradcheckFindsAWrongDerivative() {
        let x = Tensor([1.5, -2], dtype: .float64, requiresGrad: true)
        let error = #expect(throws: TorchError.self) { try gradcheck({ WrongCube.apply($0[0]) }, [x]) }
        #expect(error?.message.hasPrefix("Jacobian mismatch for output 0 with respect to input 0") == true)
    }

    @Test func gradcheckOfBuiltInOperators() throws {
        let generator = Generator(seed: 1)
        let a = Tensor.randn([3, 4], generator: generator, dtype: .float64, requiresGrad: true)
        let b = Tensor.randn([4, 2], generator: generator, dtype: .float64, requiresGrad: true)
        let functions: [([Tensor]) -> [Tensor]] = [
            { [$0[0].mm($0[1])] },
            { [$0[0].mm($0[1]).softmax(dim: 1)] },
            { [$0[0].mm($0[1]).gelu().logSoftmax(dim: 0)] },
            { [($0[0].t().div($0[1].exp().sum(dim: 1, keepdim: true)))] },
            { [$0[0].var(dim: 1), $0[1].norm()] },
            { [cat([$0[0], $0[1].t()[.all, ..<4]], dim: 0).prod(dim: 0)] }
        ]
        for f in functions {
            try gradcheck(f, [a, b])
            try gradgradcheck(f, [a, b])
        }
    }
}
