// The code of Sources/Torch/Torch.docc/AutogradGuide.md. Scripts/guides.py writes this file.
import Torch

func autogradGuide() async throws {
    let x = Tensor([1.0, 2.0, 3.0], requiresGrad: true)
    let y = (x * x).sum()
    print(y) // tensor(14., grad_fn=<SumBackward0>)
    y.backward()
    print(x.grad!) // tensor([2., 4., 6.])

    (x * 10).sum().backward()
    print(x.grad!) // tensor([12., 14., 16.])
    x.grad = nil

    (x * x).backward(Tensor([1.0, 0.0, 0.0]))
    print(x.grad!) // tensor([2., 0., 0.])

    let a = Tensor(2.0, requiresGrad: true)
    let b = Tensor(3.0, requiresGrad: true)
    print(grad([a * a * b], [a, b]).map { $0!.item() }) // [12.0, 4.0]

    let h = x * 2
    h.retainGrad()
    h.pow(2).sum().backward()
    print(h.isLeaf, h.grad!) // false tensor([ 4.,  8., 12.])

    print(noGrad { x * 2 }.requiresGrad, x.detach().requiresGrad)
    // false false
    noGrad { x.sub_(0.1) }
    print(x) // tensor([0.9000, 1.9000, 2.9000], requires_grad=True)

    do {
        try withError {
            let e = x.exp()
            e.mul_(2)
            e.sum().backward()
        }
    } catch {
        print(error)
        // one of the variables needed for gradient computation has been …
    }

    let z = (x * 2).sum()
    print(z.gradFn!, z.gradFn!.nextFunctions[0]!)
    // <SumBackward0> <MulBackward0>

    do {
        try withError {
            detectAnomaly {
                let roots = Tensor([0.0, 4.0], requiresGrad: true).sqrt()
                (roots * Tensor([0.0, 1.0])).sum().backward()
            }
        }
    } catch {
        print(error)
        // Function 'SqrtBackward0' returned nan values in its 0th output.
    }

    enum StraightThroughRound: Function {
        static func forward(
            _ context: FunctionContext, _ inputs: [Tensor]
        ) -> [Tensor] {
            [inputs[0].round()]
        }

        static func backward(
            _ context: FunctionContext, _ grads: [Tensor?]
        ) -> [Tensor?] {
            grads
        }
    }

    enum Cube: Function {
        static func forward(
            _ context: FunctionContext, _ inputs: [Tensor]
        ) -> [Tensor] {
            context.saveForBackward(inputs[0])
            return [inputs[0].pow(3)]
        }

        static func backward(
            _ context: FunctionContext, _ grads: [Tensor?]
        ) -> [Tensor?] {
            let x = context.savedTensors[0]
            return [grads[0].map { $0 * 3 * x * x }]
        }
    }

    let w = Tensor([0.4, 1.6], requiresGrad: true)
    (StraightThroughRound.apply(w)[0] * Tensor([1.0, 10.0])).sum().backward()
    print(w.grad!) // tensor([ 1., 10.])
    print(Cube.apply(w)[0])
    // tensor([0.0640, 4.0960], grad_fn=<CubeBackward>)

    let double = Tensor([0.4, 1.6], dtype: .float64, requiresGrad: true)
    try gradcheck({ [Cube.apply($0[0])[0]] }, [double])

    let p = Tensor([1.0, -2.0], requiresGrad: true)
    let q = p * 3
    let handle = q.registerHook { gradient in
        print("gradient of q:", gradient)
        // gradient of q: tensor([ 2., -4.])
        return gradient.clamp(min: -1, max: 1)
    }
    (q * Tensor([2.0, -4.0])).sum().backward()
    print(p.grad!) // tensor([ 3., -3.])
    handle.remove()

    let t = Tensor([1.0, 2.0], requiresGrad: true)
    let slope = grad(t.pow(3).sum(), t, createGraph: true)
    print(slope) // tensor([ 3., 12.], grad_fn=<MulBackward0>)
    slope.pow(2).sum().backward()
    print(t.grad!) // tensor([ 36., 288.])

    let sine = { (x: Tensor) in x.sin() }
    let point = Tensor(0.0)
    print(grad(sine)(point), grad(grad(grad(sine)))(point))
    // tensor(1.) tensor(-1.)

    let weights = Tensor([0.5, -1.0])
    let examples = Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    let loss = { (w: Tensor, x: Tensor) in (w.dot(x) - 1).pow(2) }
    print(vmap(grad(loss), inDims: [nil, 0])(weights, examples))

    let v = Tensor([1.0, 2.0])
    print(jacrev { (x: Tensor) in x.pow(2) * x.sum() }(v))
    // tensor([[ 7.,  1.],
    //         [ 4., 16.]])
    print(hessian { (x: Tensor) in x.prod() }(v)) // tensor([[0., 1.],
    //         [1., 0.]])
    let (value, product) = jvp(
        { (x: Tensor) in x.exp().sum() }, v, Tensor([1.0, 0.0]))
    print(value, product) // tensor(10.1073) tensor(2.7183)

    manualSeed(0)
    let model = Linear(2, 1)
    let perExample = vmap(
        grad { (parameters: StateDict, x: Tensor) in
            functionalCall(model, parameters, x).pow(2).sum()
        },
        inDims: [nil, 0])
    let gradients = perExample(model.stateDict(), examples)
    print(gradients["weight"]!.shape) // torch.Size([3, 1, 2])

    let block = Sequential {
        Linear(2, 64)
        Tanh()
        Linear(64, 1)
    }
    checkpoint(examples) { block($0) }.sum().backward()
    print(block[0].parameters()[0].grad!.shape) // torch.Size([64, 2])
}
