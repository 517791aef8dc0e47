/// Computes a function, and returns with its result a function that multiplies cotangents by the Jacobian.
/// PyTorch: `torch.func.vjp`.
///
///     let (y, pullback) = vjp(f, x)
///     let gradient = pullback(Tensor.onesLike(y))
///
/// - Parameters:
///   - f: a function of trees of tensors; its result is a tree too.
///   - primals: the arguments.
/// - Returns: the result of `f`, and a function from a tree like the result to trees like the arguments.
public func vjp<each Input: TensorTree, Output: TensorTree>(
    _ f: (repeat each Input) -> Output, _ primals: repeat each Input
) -> (Output, (Output) -> (repeat each Input)) {
    let tensors = leafLists(repeat each primals).flatMap { $0 }
    let by = Differentiated(tensors)
    let mode = EnabledGrad(), output = apply(f, by.inputs, like: repeat each primals)
    mode.leave()
    let outputs = output.leaves
    for out in outputs where !out.isVoid && !out.dtype.isInexact {
        raise(
            .runtime,
            "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype \(out.dtype)"
        )
    }
    return (
        output.mapTensors(by.leaving),
        { cotangent in
            let cotangents = cotangent.leaves
            guard cotangents.count == outputs.count else {
                raise(
                    .runtime,
                    "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function. cotangents: \(cotangents.count) tensors, primal output: \(outputs.count) tensors"
                )
                return rebuilt(by.inputs.map { _ in .void }, like: repeat each primals)
            }
            return rebuilt(by.gradients(outputs, cotangents, retainGraph: true), like: repeat each primals)
        }
    )
}

/// Computes a function and its derivative in the direction of tangents. PyTorch: `torch.func.jvp`.
///
/// The derivative is computed by differentiating twice backwards. It is exact where the derivatives of the operators in
/// use can be differentiated: for all built-in operators.
/// - Parameters:
///   - f: a function of trees of tensors.
///   - primals: the arguments.
///   - tangents: the direction, with the structure and shapes of the arguments.
///   - strict: whether a result that does not depend on the arguments is an error; otherwise its derivative is 0.
/// - Returns: the result of `f`, and the derivative in the same form.
public func jvp<each Input: TensorTree, Output: TensorTree>(
    _ f: (repeat each Input) -> Output, _ primals: (repeat each Input), _ tangents: (repeat each Input),
    strict: Bool = false
) -> (Output, Output) {
    let inputs = leafLists(repeat each primals).flatMap { $0 }
    let directions = leafLists(repeat each tangents).flatMap { $0 }
    let by = Differentiated(inputs)
    let mode = EnabledGrad(), output = apply(f, by.inputs, like: repeat each primals)
    mode.leave()
    let outputs = output.leaves
    if inputs.isEmpty {
        raise(.runtime, "jvp(f, primals, tangents): Expected primals to contain at least one Tensor.")
    } else if inputs.count != directions.count {
        raise(
            .runtime,
            "jvp(f, primals, tangents): Expected primals and tangents to have the same python structure. For example, if primals is a tuple of 3 tensors, tangents also must be. Got primals with structure \(inputs.count) tensors and tangents with structure \(directions.count) tensors"
        )
    } else {
        let derivatives = by.derivatives(outputs, directions)
        if strict, derivatives.contains(where: { $0 == nil }) {
            raise(
                .runtime,
                "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not allowed with strict=True."
            )
        }
        var found = zip(outputs, derivatives).map { $1 ?? Tensor.zerosLike($0.detach()) }[...]
        return (output.mapTensors(by.leaving), output.replacingLeaves(&found))
    }
    return (output.mapTensors { _ in .void }, output.mapTensors { _ in .void })
}

extension Differentiated {
    /// Returns the derivatives of outputs in the direction of tangents; nil for those that do not depend on the inputs.
    func derivatives(_ outputs: [Tensor], _ tangents: [Tensor]) -> [Tensor?] {
        let creates = isOuter(outputs + tangents), wanted = inputs.indices.filter { inputs[$0].requiresGrad }
        if wanted.isEmpty { return outputs.map { _ in nil } }
        return directionalDerivative(
            outputs, by: wanted.map { inputs[$0] }, wanted.map { tangents[$0] }, createGraph: creates
        ).map { $0.map { creates ? leaving($0) : $0.detach() } }
    }
}

/// Computes a function, and returns with its result the linear function that is its derivative there. The function is
/// not computed again for each direction. PyTorch: `torch.func.linearize`.
public func linearize<each Input: TensorTree, Output: TensorTree>(
    _ f: (repeat each Input) -> Output, _ primals: repeat each Input
) -> (Output, (repeat each Input) -> Output) {
    let inputs = leafLists(repeat each primals).flatMap { $0 }
    let by = Differentiated(inputs)
    let mode = EnabledGrad(), output = apply(f, by.inputs, like: repeat each primals)
    mode.leave()
    let outputs = output.leaves
    return (
        output.mapTensors(by.leaving),
        { (tangents: repeat each Input) in
            let directions = leafLists(repeat each tangents).flatMap { $0 }
            guard directions.count == inputs.count else {
                raise(
                    .runtime,
                    "Expected the tangents \(directions.count) tensors to have the same argspec as the primals \(inputs.count) tensors"
                )
                return output.mapTensors { _ in .void }
            }
            for (i, (tangent, primal)) in zip(directions, inputs).enumerated() where !tangent.isVoid {
                guard tangent.sizes == primal.sizes else {
                    raise(
                        .runtime,
                        "tangent:\(i) with shape \(tangent.shape) in flattened pytree doesn't match the shape \(primal.shape) of the corresponding primal."
                    )
                    return output.mapTensors { _ in .void }
                }
                guard tangent.device == primal.device else {
                    raise(
                        .runtime,
                        "tangent:\(i) with device \(tangent.device) in flattened pytree doesn't match the device \(primal.device) of the corresponding primal."
                    )
                    return output.mapTensors { _ in .void }
                }
                guard tangent.dtype == primal.dtype else {
                    raise(
                        .runtime,
                        "tangent:\(i) with dtype \(tangent.dtype) in flattened pytree doesn't match the dtype \(primal.dtype) of the corresponding primal."
                    )
                    return output.mapTensors { _ in .void }
                }
            }
            var found = zip(outputs, by.derivatives(outputs, directions)).map {
                $1 ?? Tensor.zerosLike($0.detach())
            }[...]
            return output.replacingLeaves(&found)
        }
    )
}
