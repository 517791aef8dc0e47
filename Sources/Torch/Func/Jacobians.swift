/// Returns whether a number of rows or columns that are computed at one time is positive. Raises if it is not.
private func isValid(_ chunkSize: Int?, _ name: String) -> Bool {
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

/// How a Jacobian is computed.
enum JacobianOrder {
    /// Row by row, by reverse differentiation.
    case rows
    /// Column by column, in directions. A direction's derivative is computed as by `jvp`, so it is exact where that is.
    case columns

    fileprivate var name: String { self == .rows ? "jacrev" : "jacfwd" }
}

extension Differentiated {
    /// Returns the Jacobian of an output by each input, with the sizes of the output, then those of the input.
    fileprivate func jacobians(_ order: JacobianOrder, of output: Tensor, _ chunkSize: Int?) -> [Tensor] {
        switch order {
        case .rows:
            let rows = Vmap.run([unitVectors(output)], 0, 0, .error, output.numel() == 0 ? nil : chunkSize) { units in
                [gradients([output], [units[0]], retainGraph: true)]
            }
            return zip(rows, inputs).map { $0.view(output.sizes + $1.sizes) }
        case .columns:
            return inputs.indices.map { i in
                let input = inputs[i], size = input.numel() == 0 ? nil : chunkSize
                let columns = Vmap.run([unitVectors(input)], 0, 0, .error, size) { units in
                    let tangents = inputs.indices.map { $0 == i ? units[0] : Tensor.zerosLike(inputs[$0].detach()) }
                    return [[derivatives([output], tangents)[0] ?? Tensor.zerosLike(output.detach())]]
                }
                return columns[0].movedim(0, -1).reshape(output.sizes + input.sizes)
            }
        }
    }
}

/// Returns the Jacobians of each result of `f` by the tensors of the arguments `argnums`. After an error, all are void.
func jacobians<each Input: TensorTree>(
    _ order: JacobianOrder, _ f: (repeat each Input) -> [Tensor], _ argnums: [Int], _ chunkSize: Int?,
    _ inputs: repeat each Input
) -> [[Tensor]] {
    guard let (by, arguments) = differentiated(leafLists(repeat each inputs), by: argnums) else {
        return Tensor.voids(8).map { _ in Tensor.voids(8) }
    }
    let failure = Tensor.voids(8).map { _ in by.inputs.map { _ in Tensor.void } }
    guard isValid(chunkSize, order.name), areReal(by.inputs, order.name, "input") else { return failure }
    let mode = EnabledGrad(), outputs = apply(f, arguments, like: repeat each inputs)
    mode.leave()
    if anyVoid(outputs) || !areReal(outputs, order.name, "output") { return failure }
    return outputs.map { by.jacobians(order, of: $0, chunkSize) }
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
    { (first: Tensor, rest: repeat each Rest) in
        let rows = { (x: Tensor) in jacobians(.rows, { (y: Tensor) in [f(y, repeat each rest)] }, [0], nil, x)[0] }
        return jacobians(.columns, { (x: Tensor) in rows(x) }, [0], nil, first)[0][0]
    }
}
