/// PyTorch's message if `grad` meets such a checkpoint.
let reentrantCheckpointInGrad =
    "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` parameter to .backward(). "
    + "To resolve this error, you can either set use_reentrant=False, or call .backward() without passing the `inputs` argument."

/// `checkpoint` with `useReentrant`: one recorded step, whose backward pass calls `backward` inside.
func reentrantCheckpoint<each Input, Output>(
    _ inputs: repeat each Input, preserveRngState: Bool, _ function: @escaping (repeat each Input) -> Output
) -> Output {
    var tensors: [Tensor] = []
    var values: [Any] = []
    for input in repeat each inputs {
        if let tensor = input as? Tensor { tensors.append(tensor) }
        values.append(input)
    }
    if !tensors.contains(where: \.requiresGrad) {
        warn("None of the inputs have requires_grad=True. Gradients will be None")
    }
    let state = RunState(preserveRngState)
    let output = noGrad { function(repeat each inputs) }
    let parts = ValueParts.split(output)
    guard recording(tensors), !parts.contains(where: { ($0 as? Tensor)?.isVoid == true }) else { return output }

    // A result that has a history, or that is an input, becomes a tensor of its own.
    let results = parts.map { part -> Any in (part as? Tensor).map { $0.alias($0.layout) } ?? part }
    guard let joined = ValueParts.join(results, as: Output.self) else {
        raise(.runtime, "checkpoint: at most eight outputs can have gradients, got \(parts.count)")
        return output
    }
    /// Runs the function again with these tensors, and returns the tensors among the results.
    func runAgain(_ tensors: [Tensor]) -> [Tensor] {
        var rest = tensors[...], position = 0
        func next<T>(_ type: T.Type) -> T {
            defer { position += 1 }
            return (values[position] is Tensor ? rest.removeFirst() : values[position]) as! T
        }
        return ValueParts.split(function(repeat next((each Input).self))).compactMap { $0 as? Tensor }
    }
    // Only the node keeps the inputs.
    for i in values.indices where values[i] is Tensor { values[i] = Tensor.void }
    let count = tensors.count
    func backward(_ node: OperatorNode, _ grads: [Tensor?]) -> [Tensor?] {
        let saved = (0..<count).map { node.saved($0) }
        if anyVoid(saved) { return [] }
        let detached = saved.map { $0.detach().requiresGrad_($0.requiresGrad) }
        let outputs = state.runAgain { enableGrad { runAgain(detached) } }
        if anyVoid(outputs) { return [] }
        guard outputs.count == grads.count else {
            raise(.runtime, "checkpoint: the second run has \(outputs.count) results, the first had \(grads.count)")
            return []
        }
        let roots = zip(outputs, grads).compactMap { output, gradient in
            output.requiresGrad
                ? (output.edge, gradient ?? Tensor.filled(0, output.sizes, output.dtype, output.device)) : nil
        }
        if roots.isEmpty {
            raise(.runtime, "none of output has requires_grad=True, this checkpoint() is not necessary")
            return []
        }
        Engine.accumulate(roots: roots, retainGraph: false, createGraph: false)
        return detached.map(\.accumulatedGrad)
    }
    record(
        "CheckpointFunctionBackward", results: results.compactMap { $0 as? Tensor }, inputs: tensors, saved: tensors,
        isReentrant: true, backward)
    return joined
}
