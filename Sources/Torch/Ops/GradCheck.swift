/// Checks the gradients of a function against finite differences. PyTorch: `torch.autograd.gradcheck`.
///
/// - Parameters:
///   - function: the function to check. It is called many times, and the same inputs must give the same outputs.
///   - inputs: float64 or complex128 tensors. Those that require a gradient are checked.
///   - eps: the step of the central differences.
///   - atol: the absolute tolerance.
///   - rtol: the tolerance relative to the difference quotient.
/// - Throws: `TorchError` that names the input, the output and the elements that differ.
public func gradcheck(
    _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], eps: Double = 1e-6, atol: Double = 1e-5, rtol: Double = 1e-3
) throws {
    let checked = inputs.indices.filter { inputs[$0].requiresGrad }
    guard !checked.isEmpty else {
        throw TorchError(
            .value,
            "gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True."
        )
    }
    if let i = checked.first(where: { inputs[$0].dtype != .float64 && inputs[$0].dtype != .complex128 }) {
        throw TorchError(
            .value,
            "gradcheck: input #\(i) requires gradient and is not a double precision floating point or complex: \(inputs[i].dtype)"
        )
    }
    try checkParts(
        { parts in
            function(zip(parts, inputs).map { $1.dtype.isComplex ? $0.viewAsComplex() : $0 }).map {
                $0.dtype.isComplex ? $0.resolveConj().viewAsReal() : $0
            }
        }, inputs.map(parts), checked, eps: eps, atol: atol, rtol: rtol)
}

/// Checks a function from real tensors to real tensors.
private func checkParts(
    _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ checked: [Int], eps: Double, atol: Double, rtol: Double
) throws {
    let outputs = function(inputs).filter { $0.requiresGrad }
    for (o, output) in outputs.enumerated() {
        // Row j of the analytical Jacobian is the gradient of output element j.
        let count = output.numel()
        var analytical = [[Double]](repeating: [], count: checked.count)
        for j in 0..<count {
            let seed = Tensor.zeros(output.sizes, dtype: output.dtype, device: output.device)
            seed.withUnsafeMutableElements(as: Double.self) { $0[j] = 1 }
            let found = grad(
                [output], checked.map { inputs[$0] }, gradOutputs: [seed], retainGraph: true, allowUnused: true)
            for (k, g) in found.enumerated() {
                analytical[k] +=
                    g?.toDense().toArray(as: Double.self)
                    ?? [Double](repeating: 0, count: inputs[checked[k]].numel())
            }
        }
        for (k, i) in checked.enumerated() {
            let numerical = numericalJacobian(function, inputs, i, output: o, count: count, eps: eps)
            let n = inputs[i].numel()
            for j in 0..<count {
                for e in 0..<n {
                    let a = analytical[k][j * n + e], b = numerical[j * n + e]
                    if !(Swift.abs(a - b) <= atol + rtol * Swift.abs(b)) {
                        throw TorchError(
                            .runtime,
                            "Jacobian mismatch for output \(o) with respect to input \(i), output element \(j), input element \(e): numerical \(b), analytical \(a)"
                        )
                    }
                }
            }
        }
    }
}

/// Checks the second derivatives of a function against finite differences of its gradients.
/// PyTorch: `torch.autograd.gradgradcheck`.
public func gradgradcheck(
    _ function: @escaping ([Tensor]) -> [Tensor], _ inputs: [Tensor], eps: Double = 1e-6, atol: Double = 1e-5,
    rtol: Double = 1e-3
) throws {
    let outputs = function(inputs).filter { $0.requiresGrad }
    let generator = Generator(seed: 0)
    let seeds = outputs.map {
        Tensor.randn($0.sizes, generator: generator, dtype: $0.dtype, device: $0.device, requiresGrad: true)
    }
    let n = inputs.count
    try gradcheck(
        { all in
            let inputs = Array(all[..<n]), seeds = Array(all[n...])
            let outputs = function(inputs).filter { $0.requiresGrad }
            let wanted = inputs.filter(\.requiresGrad)
            return zip(grad(outputs, wanted, gradOutputs: seeds, createGraph: true, allowUnused: true), wanted).map {
                $0 ?? Tensor.zerosLike($1)
            }
        }, inputs + seeds, eps: eps, atol: atol, rtol: rtol)
}

/// Returns a complex input as the real tensor of its parts. By convention, a complex gradient consists of the gradients
/// of the parts.
private func parts(_ input: Tensor) -> Tensor {
    input.dtype.isComplex
        ? noGrad { input.detach().contiguousCopy().viewAsReal().contiguousCopy() }.requiresGrad_(input.requiresGrad)
        : input
}

/// Computes d output[j] / d input[i][e] by central differences, in row-major order of (j, e).
private func numericalJacobian(
    _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ i: Int, output: Int, count: Int, eps: Double
) -> [Double] {
    let n = inputs[i].numel()
    var result = [Double](repeating: 0, count: count * n)
    func values(_ e: Int, _ step: Double) -> [Double] {
        let moved = noGrad { inputs[i].detach().contiguousCopy() }
        moved.withUnsafeMutableElements(as: Double.self) { $0[e] += step }
        var changed = inputs
        changed[i] = moved.requiresGrad_()
        return function(changed).filter { $0.requiresGrad }[output].toArray(as: Double.self)
    }
    for e in 0..<n {
        let up = values(e, eps), down = values(e, -eps)
        for j in 0..<count { result[j * n + e] = (up[j] - down[j]) / (2 * eps) }
    }
    return result
}
