/// How many rows of a Jacobian are computed at one time.
private func chunk(_ chunkSize: Int?, _ name: String) -> Bool {
    guard let chunkSize, chunkSize <= 0 else { return true }
    raise(.value, "\(name): `chunk_size` should be greater than 0.")
    return false
}

private func areReal(_ tensors: [Tensor], _ name: String, _ kind: String) -> Bool {
    guard let bad = tensors.firstIndex(where: { !$0.isVoid && $0.dtype.isComplex }) else { return true }
    raise(
        .runtime,
        "\(name): Expected all \(kind)s to be real but received complex tensor at flattened input idx: \(bad)")
    return false
}

/// The unit vectors of a tensor's space, as examples: [elements, sizes…].
private func unitVectors(_ like: Tensor) -> Tensor {
    Tensor.eye(like.numel(), dtype: like.dtype, device: like.device).view([like.numel()] + like.sizes)
}

/// Returns a function that computes the Jacobian of `f` by its first argument, row by row by reverse differentiation.
/// PyTorch: `torch.func.jacrev`.
///
/// - Parameters:
///   - f: a function whose first argument is any tree of tensors and whose result is a tensor.
///   - chunkSize: the number of rows computed at one time; nil for all.
/// - Returns: a function that returns a tree like the first argument. Its tensors have the sizes of the result, then
///   those of the argument.
public func jacrev<A: TensorTree>(
    _ f: @escaping (A) -> Tensor, chunkSize: Int? = nil
) -> (A) -> A {
    let call: (A) -> A = jacrevOf(f, chunkSize: chunkSize)
    return call
}

/// Like the form above, for functions with 2 arguments.
public func jacrev<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> Tensor, chunkSize: Int? = nil
) -> (A, B) -> A {
    let call: (A, B) -> A = jacrevOf(f, chunkSize: chunkSize)
    return call
}

/// Like the form above, for functions with 3 arguments.
public func jacrev<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> Tensor, chunkSize: Int? = nil
) -> (A, B, C) -> A {
    let call: (A, B, C) -> A = jacrevOf(f, chunkSize: chunkSize)
    return call
}

func jacrevOf<First: TensorTree, each Rest: TensorTree>(
    _ f: @escaping (First, repeat each Rest) -> Tensor, chunkSize: Int? = nil
) -> (First, repeat each Rest) -> First {
    { (first: First, rest: repeat each Rest) in
        jacobianByRows({ f($0, repeat each rest) }, first, chunkSize)
    }
}

private func jacobianByRows<First: TensorTree>(_ f: (First) -> Tensor, _ first: First, _ chunkSize: Int?) -> First {
    let by = Differentiated(first.leaves)
    var inputs = by.inputs[...]
    guard chunk(chunkSize, "jacrev"), areReal(by.inputs, "jacrev", "input") else {
        return first.mapTensors { _ in .void }
    }
    let argument = first.replacingLeaves(&inputs), output = enableGrad { f(argument) }
    if output.isVoid || !areReal([output], "jacrev", "output") { return first.mapTensors { _ in .void } }
    let rows = Vmap.run([unitVectors(output)], 0, 0, .error, output.numel() == 0 ? nil : chunkSize) { units in
        [by.gradients([output], [units[0]], retainGraph: true)]
    }
    var jacobians = zip(rows, by.inputs).map { $0.view(output.sizes + $1.sizes) }[...]
    return first.replacingLeaves(&jacobians)
}

/// Returns a function that computes the Jacobian of `f` by its first argument, column by column in directions.
/// PyTorch: `torch.func.jacfwd`.
///
/// A direction's derivative is computed as by `jvp`, so it is exact where that is.
/// - Parameters:
///   - f: a function whose first argument is any tree of tensors and whose result is a tensor.
///   - chunkSize: the number of columns computed at one time; nil for all.
public func jacfwd<A: TensorTree>(
    _ f: @escaping (A) -> Tensor, chunkSize: Int? = nil
) -> (A) -> A {
    let call: (A) -> A = jacfwdOf(f, chunkSize: chunkSize)
    return call
}

/// Like the form above, for functions with 2 arguments.
public func jacfwd<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> Tensor, chunkSize: Int? = nil
) -> (A, B) -> A {
    let call: (A, B) -> A = jacfwdOf(f, chunkSize: chunkSize)
    return call
}

/// Like the form above, for functions with 3 arguments.
public func jacfwd<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> Tensor, chunkSize: Int? = nil
) -> (A, B, C) -> A {
    let call: (A, B, C) -> A = jacfwdOf(f, chunkSize: chunkSize)
    return call
}

func jacfwdOf<First: TensorTree, each Rest: TensorTree>(
    _ f: @escaping (First, repeat each Rest) -> Tensor, chunkSize: Int? = nil
) -> (First, repeat each Rest) -> First {
    { (first: First, rest: repeat each Rest) in
        jacobianByColumns({ f($0, repeat each rest) }, first, chunkSize)
    }
}

private func jacobianByColumns<First: TensorTree>(_ f: (First) -> Tensor, _ first: First, _ chunkSize: Int?) -> First {
    let by = Differentiated(first.leaves)
    var inputs = by.inputs[...]
    guard chunk(chunkSize, "jacfwd"), areReal(by.inputs, "jacfwd", "input") else {
        return first.mapTensors { _ in .void }
    }
    let argument = first.replacingLeaves(&inputs), output = enableGrad { f(argument) }
    if output.isVoid || !areReal([output], "jacfwd", "output") { return first.mapTensors { _ in .void } }
    var jacobians = by.inputs.indices.map { i -> Tensor in
        let input = by.inputs[i]
        let columns = Vmap.run([unitVectors(input)], 0, 0, .error, input.numel() == 0 ? nil : chunkSize) { units in
            let tangents = by.inputs.indices.map { $0 == i ? units[0] : Tensor.zerosLike(by.inputs[$0].detach()) }
            return [[by.derivatives([output], tangents)[0] ?? Tensor.zerosLike(output.detach())]]
        }
        return columns[0].movedim(0, -1).reshape(output.sizes + input.sizes)
    }[...]
    return first.replacingLeaves(&jacobians)
}

/// Returns a function that computes the Hessian of `f` by its argument: `jacfwd(jacrev(f))`.
/// PyTorch: `torch.func.hessian`.
/// - Parameter f: a function of a tensor, and of others that it is not differentiated by.
public func hessian(
    _ f: @escaping (Tensor) -> Tensor
) -> (Tensor) -> Tensor {
    let call: (Tensor) -> Tensor = hessianOf(f)
    return call
}

/// Like the form above, for functions with 2 arguments.
public func hessian<B: TensorTree>(
    _ f: @escaping (Tensor, B) -> Tensor
) -> (Tensor, B) -> Tensor {
    let call: (Tensor, B) -> Tensor = hessianOf(f)
    return call
}

/// Like the form above, for functions with 3 arguments.
public func hessian<B: TensorTree, C: TensorTree>(
    _ f: @escaping (Tensor, B, C) -> Tensor
) -> (Tensor, B, C) -> Tensor {
    let call: (Tensor, B, C) -> Tensor = hessianOf(f)
    return call
}

func hessianOf<each Rest: TensorTree>(
    _ f: @escaping (Tensor, repeat each Rest) -> Tensor
) -> (Tensor, repeat each Rest) -> Tensor {
    let rows: (Tensor, repeat each Rest) -> Tensor = jacrevOf(f)
    return jacfwdOf(rows)
}
