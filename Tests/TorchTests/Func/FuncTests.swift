import Testing
import Torch

/// `torch.func` and `autograd.functional`. The numbers and messages are PyTorch 2.15's.
@Suite struct FuncTests {
    private let x = Tensor([1, 2, 3] as [Float])

    private func close(_ tensor: Tensor, _ shape: [Int], _ want: [Double]) -> Bool {
        let own = tensor.toArray(as: Double.self)
        return tensor.shape.sizes == shape && own.count == want.count
            && zip(own, want).allSatisfy { abs($0 - $1) <= 1e-4 * Swift.max(1, abs($1)) }
    }

    private func message(_ body: () -> Void) -> String {
        do {
            try withError(body)
            return "no error"
        } catch {
            return "\((error as? TorchError)?.message ?? "\(error)")"
        }
    }

    @Test func derivativesOfFunctions() {
        #expect(close(grad { (x: Tensor) in x.sin().sum() }(x), [3], [0.5403, -0.41615, -0.98999]))
        #expect(close(vmap(grad(grad { (x: Tensor) in x.sin() }))(x), [3], [-0.84147, -0.9093, -0.14112]))
        #expect(close(jvp({ (x: Tensor) in x.exp() }, x, Tensor.ones(3)).1, [3], [2.71828, 7.38906, 20.0855]))
        let (_, pullback) = vjp({ (x: Tensor) in x.pow(2) }, x)
        #expect(close(pullback(Tensor([1, 0, 2] as [Float])), [3], [2, 0, 12]))
        let (y, linear) = linearize({ (x: Tensor) in x.pow(2) }, x)
        #expect(close(y, [3], [1, 4, 9]) && close(linear(Tensor([1, 0, 2] as [Float])), [3], [2, 0, 12]))
        #expect(!grad { (x: Tensor) in x.sin().sum() }(x).requiresGrad)
        #expect(
            message { _ = grad { (x: Tensor) in x }(x) }
                == "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with 1 dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
        )
    }

    @Test func gradientsOfEachSample() {
        let samples = Tensor.arange(6, dtype: .float32).view(3, 2), weights = Tensor([0.5, -1] as [Float])
        let loss = { (w: Tensor, s: Tensor) in (w.dot(s) - 1).pow(2) }
        #expect(close(vmap(grad(loss), inDims: [nil, 0])(weights, samples), [3, 2], [0, -4, -12, -18, -32, -40]))
        #expect(
            close(
                vmap(grad(loss), inDims: [nil, 0], chunkSize: 2)(weights, samples), [3, 2], [0, -4, -12, -18, -32, -40])
        )
        // The gradient of what all samples share is the sum.
        let shared = weights.detach().requiresGrad_()
        vmap { (s: Tensor) in loss(shared, s) }(samples).sum().backward()
        #expect(close(shared.grad ?? .zeros(2), [2], [-44, -62]))
    }

    @Test func jacobiansAndHessians() {
        let f = { (x: Tensor) in x.pow(2) * x.sum() }
        let want = [13.0, 1, 1, 4, 28, 4, 9, 9, 45]
        #expect(close(jacrev(f)(x), [3, 3], want) && close(jacfwd(f)(x), [3, 3], want))
        #expect(close(jacrev(f, chunkSize: 2)(x), [3, 3], want))
        #expect(close(hessian { (x: Tensor) in x.prod() }(x), [3, 3], [0, 3, 2, 3, 0, 1, 2, 1, 0]))
        for vectorize in [false, true] {
            #expect(close(autograd.functional.jacobian(f, x, vectorize: vectorize), [3, 3], want))
            let h = autograd.functional.hessian({ (x: Tensor) in x.prod() }, x, vectorize: vectorize)
            #expect(close(h, [3, 3], [0, 3, 2, 3, 0, 1, 2, 1, 0]))
        }
        let v = Tensor([1, 0, 1] as [Float]), product = { (x: Tensor) in x.prod() }
        #expect(close(autograd.functional.hvp(product, x, v).hvp, [3], [2, 4, 2]))
        #expect(close(autograd.functional.vhp(product, x, v).vhp, [3], [2, 4, 2]))
        #expect(close(autograd.functional.jvp(f, x, v).jvp, [3], [14, 8, 54]))
        #expect(close(autograd.functional.vjp(f, x, v).vjp, [3], [22, 10, 46]))
        #expect(
            message { _ = autograd.functional.jacobian({ (x: Tensor) in Tensor.ones(2) }, x, strict: true) }
                == "Output 0 of the user-provided function does not require gradients. The outputs must be computed in a differentiable manner from the input when running in strict mode."
        )
    }

    @Test func drawsInsideVmap() {
        manualSeed(0)
        let different = vmap({ (x: Tensor) in Tensor.randn(2) }, randomness: .different)(x)
        #expect(close(different, [3, 2], [1.5410, -0.2934, -2.1788, 0.5684, -1.0845, -1.3986]))
        manualSeed(0)
        let same = vmap({ (x: Tensor) in Tensor.randn(2) }, randomness: .same)(x)
        #expect(close(same, [3, 2], [1.5410, -0.2934, 1.5410, -0.2934, 1.5410, -0.2934]))
        #expect(message { _ = vmap { (x: Tensor) in Tensor.randn(2) }(x) }.hasPrefix("vmap: called random operation"))
    }

    @Test func refusals() {
        #expect(
            message { _ = vmap { (x: Tensor) in Tensor.ones(1) * x.item() }(x) }
                == "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a Tensor, please try to rewrite what you're doing with other operations. If error is occurring somewhere inside PyTorch internals, please file a bug report."
        )
        #expect(
            message { _ = vmap { (x: Tensor) in x.nonzero() }(Tensor.ones(2, 2)) }
                == "vmap: We do not support batching operators that can output dynamic shape. Attempted to vmap over aten::nonzero. Please file an issue at https://github.com/pytorch/pytorch/issues if you need this feature."
        )
        let outside = Tensor.zeros([])
        #expect(
            message { _ = vmap { (x: Tensor) in outside.add_(x) }(x) }.hasPrefix("vmap: inplace arithmetic"))
        #expect(
            message { _ = vmap({ (x: Tensor) in x }, inDims: 2)(x) }
                == "vmap(<lambda>, in_dims=2, ...)(<inputs>): Got in_dim=2 for some input, but that input is a Tensor of dimensionality 1 so expected in_dim to satisfy -1 <= in_dim < 1."
        )
        #expect(
            message { _ = vmap({ (x: Tensor) in x }, outDims: nil)(x) }
                == "vmap(<lambda>, ...): `<lambda>` can not return a BatchedTensor when out_dim is None")
        #expect(
            message { _ = vmap({ (x: Tensor) in x }, chunkSize: 0)(x) }
                == "vmap: chunk_size should be None or greater than 0. (got 0)")
    }

    @Test func nestedVmaps() {
        let a = Tensor.arange(6, dtype: .float32).view(2, 3), b = Tensor.arange(12, dtype: .float32).view(4, 3)
        let products = vmap(
            { (row: Tensor, all: Tensor) in vmap({ (other: Tensor) in row.dot(other) })(all) }, inDims: [0, nil])
        #expect(products(a, b).equal(a.matmul(b.t())))
        let transposed = vmap({ (x: Tensor) in x.sin() }, inDims: 1, outDims: 1)(a)
        #expect(transposed.equal(a.sin()))
    }

    @Test func modulesAsFunctions() {
        manualSeed(0)
        let models = (0..<3).map { _ in Sequential(Linear(2, 4), Tanh(), Linear(4, 1)) }
        let x = Tensor.randn(5, 2), (parameters, buffers) = stackModuleState(models)
        #expect(buffers.keys.isEmpty && parameters["0.weight"]?.shape.sizes == [3, 4, 2])
        let call = { (p: StateDict, x: Tensor) in functionalCall(models[0], p, x) }
        let together = vmap(call, inDims: [0, nil])(parameters, x)
        #expect((together - stack(models.map { $0(x) })).abs().max().item() < 1e-6)
        let first = models[0].stateDict()
        let one = grad({ (p: StateDict, x: Tensor) in functionalCall(models[0], p, x).pow(2).sum() })(first, x)
        models[0](x).pow(2).sum().backward()
        for (name, parameter) in models[0].namedParameters() {
            #expect((one[name]! - parameter.grad!).abs().max().item() < 1e-5)
        }
        #expect(
            message { _ = functionalCall(models[0], ["a": x], x, strict: true) }
                == "Error(s) in reparametrizing for Sequential:\n\tUnexpected key(s): 'a'.\n\tMissing key(s): '0.weight', '0.bias', '2.weight', '2.bias'."
        )
    }
}
