// What the transforms share: tensors that a transform differentiates by, and what leaves it.

/// The tensors that one transform differentiates by.
struct Differentiated {
    /// What the function gets.
    let inputs: [Tensor]
    /// The accumulators of those that nothing outside differentiates by.
    private let own: Set<ObjectIdentifier>
    private let dependsOnOuter: Bool

    /// Makes the tensors distinct from their originals: each is a leaf, or a view that carries an outer history on.
    init(_ tensors: [Tensor]) {
        inputs = enableGrad {
            tensors.map { t in
                if !t.dtype.isInexact || t.isVoid { return t }
                return t.requiresGrad
                    ? t.view(as: t.layout, "AliasBackward0") { _, grad in grad } : t.detach().requiresGrad_()
            }
        }
        dependsOnOuter = tensors.contains { $0.requiresGrad }
        own = Set(inputs.compactMap(\.node).filter { $0 is AccumulateGrad }.map { ObjectIdentifier($0) })
    }

    /// Returns whether somebody outside of the transform may differentiate by what the results depend on.
    func isOuter(_ results: [Tensor?]) -> Bool {
        guard isGradEnabled() else { return false }
        if dependsOnOuter { return true }
        var seen = Set<ObjectIdentifier>(), waiting = results.compactMap { $0?.currentNode }
        while let node = waiting.popLast() {
            guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
            if node is AccumulateGrad, !own.contains(ObjectIdentifier(node)) { return true }
            waiting += node.nextFunctions.compactMap { $0 }
        }
        return false
    }

    /// Returns a result for the outside: without history if nobody there can differentiate by it.
    func leaving(_ result: Tensor) -> Tensor {
        result.requiresGrad && !result.isVoid && !isOuter([result]) ? result.detach() : result
    }

    /// Returns the gradients of the inputs, zeros where the outputs do not depend on one.
    func gradients(_ outputs: [Tensor], _ cotangents: [Tensor?], retainGraph: Bool = false) -> [Tensor] {
        let recorded = outputs.indices.filter { outputs[$0].requiresGrad && !outputs[$0].isVoid }
        let outputs = recorded.map { outputs[$0] }, cotangents = recorded.map { cotangents[$0] }
        let creates = isOuter(outputs + cotangents)
        let wanted = inputs.indices.filter { inputs[$0].requiresGrad }
        let found =
            outputs.isEmpty || wanted.isEmpty
            ? wanted.map { _ in nil }
            : grad(
                outputs, wanted.map { inputs[$0] }, gradOutputs: cotangents, retainGraph: retainGraph || creates,
                createGraph: creates, allowUnused: true)
        var result = inputs.map { _ in Tensor?.none }
        for (i, g) in zip(wanted, found) { result[i] = g }
        return zip(inputs, result).map { input, g in g.map(leaving) ?? noGrad { Tensor.zerosLike(input.detach()) } }
    }
}

/// Returns the numbers of arguments counted from 0. Raises PyTorch's error and returns nil if they are not valid.
private func checked(_ argnums: [Int], _ count: Int) -> [Int]? {
    if argnums.isEmpty {
        raise(.runtime, "argnums must be non-empty")
        return nil
    }
    for argnum in argnums where argnum < -count || argnum >= count {
        raise(.runtime, "Got argnum=\(argnum), but only \(count) positional inputs")
        return nil
    }
    let chosen = argnums.map { $0 < 0 ? $0 + count : $0 }
    guard Set(chosen).count == chosen.count else {
        raise(.runtime, "argnums elements must be unique, got (\(argnums.map(String.init).joined(separator: ", ")))")
        return nil
    }
    return chosen
}

/// Prepares to differentiate by the tensors of several arguments. `lists` are the tensors of each argument. Returns the
/// prepared ones and all arguments' tensors, with those in their places. Raises and returns nil if the numbers are not
/// valid.
func differentiated(_ lists: [[Tensor]], by argnums: [Int]) -> (by: Differentiated, arguments: [Tensor])? {
    guard let chosen = checked(argnums, lists.count) else { return nil }
    let by = Differentiated(chosen.flatMap { lists[$0] })
    var lists = lists, start = 0
    for i in chosen {
        let count = lists[i].count
        lists[i] = Array(by.inputs[start..<(start + count)])
        start += count
    }
    return (by, lists.flatMap { $0 })
}

/// The derivative of outputs by inputs in the direction of tangents: the derivative of a gradient by its cotangents.
///
/// A gradient is linear in the cotangents of the outputs. So its own gradient by them, at the tangents, is the
/// directional derivative. It is exact where the derivatives of the operators in use are differentiable themselves, as
/// all built-in ones are.
func directionalDerivative(
    _ outputs: [Tensor], by inputs: [Tensor], _ tangents: [Tensor], createGraph: Bool
)
    -> [Tensor?]
{
    let recorded = outputs.indices.filter { outputs[$0].requiresGrad && !outputs[$0].isVoid }
    var result = [Tensor?](repeating: nil, count: outputs.count)
    if recorded.isEmpty { return result }
    return enableGrad {
        let cotangents = recorded.map { Tensor.zerosLike(outputs[$0].detach()).requiresGrad_() }
        let gradients = grad(
            recorded.map { outputs[$0] }, inputs, gradOutputs: cotangents, retainGraph: true, createGraph: true,
            allowUnused: true)
        let linear = gradients.indices.filter { gradients[$0]?.requiresGrad == true }
        if linear.isEmpty { return result }
        let found = grad(
            linear.compactMap { gradients[$0] }, cotangents,
            gradOutputs: linear.map { i in
                let g = gradients[i] ?? .void
                // The adjoint of a complex map takes conjugates.
                return tangents[i].to(g.dtype)
            }, retainGraph: true, createGraph: createGraph, allowUnused: true)
        for (i, g) in zip(recorded, found) { result[i] = g }
        return result
    }
}
