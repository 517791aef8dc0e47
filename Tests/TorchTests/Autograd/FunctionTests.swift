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
    static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] { [grads[0].map { $0 * 2 * context.savedTensors[0] }] }
}

private enum Exponential: Function {
    static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
        let y = inputs[0].exp()
        context.saveForBackward(y)
        return [y]
    }

    static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] { [grads[0].map { $0 * context.savedTensors[0] }] }
}

@Suite struct FunctionTests {
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
            { [cat([$0[0], $0[1].t()[.all, ..<4]], dim: 0).prod(dim: 0)] },
        ]
        for f in functions {
            try gradcheck(f, [a, b])
            try gradgradcheck(f, [a, b])
        }
    }
}
