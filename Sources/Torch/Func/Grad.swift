// PyTorch's `torch.func`: functions that return derivatives of functions. They can be applied to each other's results.

/// Returns the loss if it is a scalar. Raises PyTorch's error if not.
private func scalarLoss(_ output: Tensor) -> Tensor? {
    if output.isVoid { return nil }
    guard output.dim == 0 else {
        raise(
            .runtime,
            "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with \(output.dim) dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
        )
        return nil
    }
    return output
}

/// Computes the gradients of a function by several arguments, one list after the other.
private func gradients<each Input: TensorTree>(
    _ f: (repeat each Input) -> Tensor, _ argnums: [Int], _ inputs: repeat each Input
) -> [Tensor] {
    guard let (by, arguments) = differentiated(leafLists(repeat each inputs), by: argnums) else {
        return Tensor.voids()
    }
    let mode = EnabledGrad(), output = apply(f, arguments, like: repeat each inputs)
    mode.leave()
    guard let loss = scalarLoss(output) else { return by.inputs.map { _ in .void } }
    return by.gradients([loss], [nil])
}

/// Returns a function that computes the gradient of `f` by its first argument, which may be any tree of tensors.
/// PyTorch: `torch.func.grad`.
///
///     let cosine = grad { (x: Tensor) in x.sin() }
///     let perSample = vmap(grad(loss), inDims: [nil, 0, 0])
///
/// - Parameter f: a function whose result has no dimensions.
public func grad<A: TensorTree>(
    _ f: @escaping (A) -> Tensor
) -> (A) -> A {
    let call: (A) -> A = gradOf(f)
    return call
}

/// Like the form above, for functions with 2 arguments.
public func grad<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> Tensor
) -> (A, B) -> A {
    let call: (A, B) -> A = gradOf(f)
    return call
}

/// Like the form above, for functions with 3 arguments.
public func grad<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> Tensor
) -> (A, B, C) -> A {
    let call: (A, B, C) -> A = gradOf(f)
    return call
}

/// Like the form above, for functions with 4 arguments.
public func grad<A: TensorTree, B: TensorTree, C: TensorTree, D: TensorTree>(
    _ f: @escaping (A, B, C, D) -> Tensor
) -> (A, B, C, D) -> A {
    let call: (A, B, C, D) -> A = gradOf(f)
    return call
}

func gradOf<First: TensorTree, each Rest: TensorTree>(
    _ f: @escaping (First, repeat each Rest) -> Tensor
) -> (First, repeat each Rest) -> First {
    { (first: First, rest: repeat each Rest) in gradAndValueOf(f)(first, repeat each rest).0 }
}

/// Returns a function that computes the gradient of `f` by one of its arguments, a tensor, counted from 0.
public func grad<A: TensorTree>(
    _ f: @escaping (A) -> Tensor, argnums: Int
) -> (A) -> Tensor {
    { (a: A) in gradients(f, [argnums], a).first ?? .void }
}

/// Like the form above, for functions with 2 arguments.
public func grad<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> Tensor, argnums: Int
) -> (A, B) -> Tensor {
    { (a: A, b: B) in gradients(f, [argnums], a, b).first ?? .void }
}

/// Like the form above, for functions with 3 arguments.
public func grad<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> Tensor, argnums: Int
) -> (A, B, C) -> Tensor {
    { (a: A, b: B, c: C) in gradients(f, [argnums], a, b, c).first ?? .void }
}

/// Like the form above, for functions with 4 arguments.
public func grad<A: TensorTree, B: TensorTree, C: TensorTree, D: TensorTree>(
    _ f: @escaping (A, B, C, D) -> Tensor, argnums: Int
) -> (A, B, C, D) -> Tensor {
    { (a: A, b: B, c: C, d: D) in gradients(f, [argnums], a, b, c, d).first ?? .void }
}

/// Returns a function that computes the gradients of `f` by several of its arguments, counted from 0.
public func grad<A: TensorTree>(
    _ f: @escaping (A) -> Tensor, argnums: [Int]
) -> (A) -> [Tensor] {
    { (a: A) in gradients(f, argnums, a) }
}

/// Like the form above, for functions with 2 arguments.
public func grad<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> Tensor, argnums: [Int]
) -> (A, B) -> [Tensor] {
    { (a: A, b: B) in gradients(f, argnums, a, b) }
}

/// Like the form above, for functions with 3 arguments.
public func grad<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> Tensor, argnums: [Int]
) -> (A, B, C) -> [Tensor] {
    { (a: A, b: B, c: C) in gradients(f, argnums, a, b, c) }
}

/// Like the form above, for functions with 4 arguments.
public func grad<A: TensorTree, B: TensorTree, C: TensorTree, D: TensorTree>(
    _ f: @escaping (A, B, C, D) -> Tensor, argnums: [Int]
) -> (A, B, C, D) -> [Tensor] {
    { (a: A, b: B, c: C, d: D) in gradients(f, argnums, a, b, c, d) }
}

/// Returns a function that computes the gradient of `f` by its first argument, and the value.
/// PyTorch: `torch.func.grad_and_value`.
public func gradAndValue<A: TensorTree>(
    _ f: @escaping (A) -> Tensor
) -> (A) -> (A, Tensor) {
    let call: (A) -> (A, Tensor) = gradAndValueOf(f)
    return call
}

/// Like the form above, for functions with 2 arguments.
public func gradAndValue<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> Tensor
) -> (A, B) -> (A, Tensor) {
    let call: (A, B) -> (A, Tensor) = gradAndValueOf(f)
    return call
}

/// Like the form above, for functions with 3 arguments.
public func gradAndValue<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> Tensor
) -> (A, B, C) -> (A, Tensor) {
    let call: (A, B, C) -> (A, Tensor) = gradAndValueOf(f)
    return call
}

/// Like the form above, for functions with 4 arguments.
public func gradAndValue<A: TensorTree, B: TensorTree, C: TensorTree, D: TensorTree>(
    _ f: @escaping (A, B, C, D) -> Tensor
) -> (A, B, C, D) -> (A, Tensor) {
    let call: (A, B, C, D) -> (A, Tensor) = gradAndValueOf(f)
    return call
}

func gradAndValueOf<First: TensorTree, each Rest: TensorTree>(
    _ f: @escaping (First, repeat each Rest) -> Tensor
) -> (First, repeat each Rest) -> (First, Tensor) {
    { (first: First, rest: repeat each Rest) in
        let by = Differentiated(first.leaves)
        var inputs = by.inputs[...]
        let argument = first.replacingLeaves(&inputs), mode = EnabledGrad()
        let output = f(argument, repeat each rest)
        mode.leave()
        guard let loss = scalarLoss(output) else { return (first.mapTensors { _ in .void }, .void) }
        var found = by.gradients([loss], [nil])[...]
        return (first.replacingLeaves(&found), by.leaving(loss))
    }
}

/// Returns a function that computes the gradient of `f` by its first argument, the value, and what else `f` returns.
/// PyTorch: `grad_and_value` with `has_aux=True`.
public func gradAndValue<A: TensorTree, Aux: TensorTree>(
    hasAux f: @escaping (A) -> (Tensor, Aux)
) -> (A) -> (A, (Tensor, Aux)) {
    let call: (A) -> (A, (Tensor, Aux)) = gradAndValueOf(hasAux: f)
    return call
}

/// Like the form above, for functions with 2 arguments.
public func gradAndValue<A: TensorTree, B: TensorTree, Aux: TensorTree>(
    hasAux f: @escaping (A, B) -> (Tensor, Aux)
) -> (A, B) -> (A, (Tensor, Aux)) {
    let call: (A, B) -> (A, (Tensor, Aux)) = gradAndValueOf(hasAux: f)
    return call
}

/// Like the form above, for functions with 3 arguments.
public func gradAndValue<A: TensorTree, B: TensorTree, C: TensorTree, Aux: TensorTree>(
    hasAux f: @escaping (A, B, C) -> (Tensor, Aux)
) -> (A, B, C) -> (A, (Tensor, Aux)) {
    let call: (A, B, C) -> (A, (Tensor, Aux)) = gradAndValueOf(hasAux: f)
    return call
}

/// Like the form above, for functions with 4 arguments.
public func gradAndValue<A: TensorTree, B: TensorTree, C: TensorTree, D: TensorTree, Aux: TensorTree>(
    hasAux f: @escaping (A, B, C, D) -> (Tensor, Aux)
) -> (A, B, C, D) -> (A, (Tensor, Aux)) {
    let call: (A, B, C, D) -> (A, (Tensor, Aux)) = gradAndValueOf(hasAux: f)
    return call
}

func gradAndValueOf<First: TensorTree, Aux: TensorTree, each Rest: TensorTree>(
    hasAux f: @escaping (First, repeat each Rest) -> (Tensor, Aux)
) -> (First, repeat each Rest) -> (First, (Tensor, Aux)) {
    { (first: First, rest: repeat each Rest) in
        let by = Differentiated(first.leaves)
        var inputs = by.inputs[...]
        let argument = first.replacingLeaves(&inputs), mode = EnabledGrad()
        let (output, aux) = f(argument, repeat each rest)
        mode.leave()
        guard let loss = scalarLoss(output) else { return (first.mapTensors { _ in .void }, (.void, aux)) }
        var found = by.gradients([loss], [nil])[...]
        return (first.replacingLeaves(&found), (by.leaving(loss), aux.mapTensors(by.leaving)))
    }
}

/// Returns a function that computes the gradient of `f` by its first argument, and what else `f` returns.
/// PyTorch: `grad` with `has_aux=True`.
public func grad<A: TensorTree, Aux: TensorTree>(
    hasAux f: @escaping (A) -> (Tensor, Aux)
) -> (A) -> (A, Aux) {
    let call: (A) -> (A, Aux) = gradOf(hasAux: f)
    return call
}

/// Like the form above, for functions with 2 arguments.
public func grad<A: TensorTree, B: TensorTree, Aux: TensorTree>(
    hasAux f: @escaping (A, B) -> (Tensor, Aux)
) -> (A, B) -> (A, Aux) {
    let call: (A, B) -> (A, Aux) = gradOf(hasAux: f)
    return call
}

/// Like the form above, for functions with 3 arguments.
public func grad<A: TensorTree, B: TensorTree, C: TensorTree, Aux: TensorTree>(
    hasAux f: @escaping (A, B, C) -> (Tensor, Aux)
) -> (A, B, C) -> (A, Aux) {
    let call: (A, B, C) -> (A, Aux) = gradOf(hasAux: f)
    return call
}

/// Like the form above, for functions with 4 arguments.
public func grad<A: TensorTree, B: TensorTree, C: TensorTree, D: TensorTree, Aux: TensorTree>(
    hasAux f: @escaping (A, B, C, D) -> (Tensor, Aux)
) -> (A, B, C, D) -> (A, Aux) {
    let call: (A, B, C, D) -> (A, Aux) = gradOf(hasAux: f)
    return call
}

func gradOf<First: TensorTree, Aux: TensorTree, each Rest: TensorTree>(
    hasAux f: @escaping (First, repeat each Rest) -> (Tensor, Aux)
) -> (First, repeat each Rest) -> (First, Aux) {
    { (first: First, rest: repeat each Rest) in
        let (gradient, (_, aux)) = gradAndValueOf(hasAux: f)(first, repeat each rest)
        return (gradient, aux)
    }
}
