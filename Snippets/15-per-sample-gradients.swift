// Derivatives of functions, one gradient for each sample of a batch, and many networks at once.
import Torch

let x = Tensor([1.0, 2, 3] as [Float])

// The derivative of a function is a function.
let slope = grad { (x: Tensor) in x.sin().sum() }
print(slope(x))
print(vmap(grad(grad { (x: Tensor) in x.sin() }))(x))

// A function for one sample works on a batch.
let samples = Tensor.arange(6, dtype: .float32).view(3, 2), weights = Tensor([0.5, -1] as [Float])
func loss(_ w: Tensor, _ sample: Tensor) -> Tensor { (w.dot(sample) - 1).pow(2) }
print(vmap(grad(loss), inDims: [nil, 0])(weights, samples))

// Jacobians and Hessians.
print(jacrev { (x: Tensor) in x.pow(2) * x.sum() }(x))
print(jacfwd { (x: Tensor) in x.pow(2) * x.sum() }(x))
print(hessian { (x: Tensor) in x.prod() }(x))
print(jvp({ (x: Tensor) in x.exp() }, x, Tensor.ones(3)).1)
print(autograd.functional.hessian({ (x: Tensor) in x.prod() }, x, vectorize: true))

// Three networks on one batch.
manualSeed(0)
let models = (0..<3).map { _ in Linear(2, 2) }
let (parameters, _) = stackModuleState(models)
let outputs = vmap({ (p: StateDict, x: Tensor) in functionalCall(models[0], p, x) }, inDims: [0, nil])(
    parameters, samples)
print(outputs.shape, (outputs - stack(models.map { $0(samples) })).abs().max().item() < 1e-6)
