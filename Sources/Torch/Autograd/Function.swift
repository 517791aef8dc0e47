/// An operator with a custom derivative. PyTorch: `torch.autograd.Function`.
///
/// ```swift
/// enum Cube: Function {
///     static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
///         context.saveForBackward(inputs[0])
///         return [inputs[0] * inputs[0] * inputs[0]]
///     }
///     static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?] {
///         let x = context.savedTensors[0]
///         return [grads[0].map { $0 * 3 * x * x }]
///     }
/// }
/// let y = Cube.apply(x)[0]
/// ```
public protocol Function {
    /// Computes the results. Autograd does not record the operators in here.
    static func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor]
    /// Computes the gradients of the inputs (nil: no gradient) from those of the results (nil: zero).
    static func backward(_ context: FunctionContext, _ grads: [Tensor?]) -> [Tensor?]
}

/// The data that a custom function passes from `forward` to `backward`.
public final class FunctionContext {
    fileprivate var saved: [Tensor] = []
    fileprivate var nonDifferentiable: [Tensor] = []
    fileprivate weak var node: OperatorNode?
    fileprivate var needs: [Bool] = []
    /// Other values that `backward` needs. Do not store a result of `forward` here: it makes a reference cycle that is
    /// never freed. Use `saveForBackward` for such tensors.
    public var values: [String: Any] = [:]

    /// Saves tensors for `backward`. PyTorch: `ctx.save_for_backward`.
    public func saveForBackward(_ tensors: Tensor...) { saved = tensors }
    /// Marks results that have no gradient. PyTorch: `ctx.mark_non_differentiable`.
    public func markNonDifferentiable(_ tensors: Tensor...) { nonDifferentiable = tensors }
    /// The saved tensors. Reading them raises an error if one was changed in place. PyTorch: `ctx.saved_tensors`.
    public var savedTensors: [Tensor] { node.map { node in (0..<savedCount).map { node.saved($0) } } ?? saved }
    /// Whether the gradient of each input is wanted. PyTorch: `ctx.needs_input_grad`.
    public var needsInputGrad: [Bool] { needs }

    fileprivate var savedCount = 0
}

extension Function {
    /// Runs `forward` and records `backward`. PyTorch: `Function.apply`.
    public static func apply(_ inputs: Tensor...) -> [Tensor] {
        let context = FunctionContext()
        context.needs = inputs.map(\.requiresGrad)
        var results = noGrad { forward(context, inputs) }
        if (inputs + results).contains(where: \.isVoid) { return results.map { _ in .void } }
        // A result that is one of the inputs becomes a tensor of its own.
        results = results.map { r in inputs.contains { $0 === r } ? r.alias(r.layout) : r }
        guard recording(inputs) else { return results }
        let saved = context.saved
        context.savedCount = saved.count
        let items = saved.map { tensor in
            if let i = results.firstIndex(where: { $0 === tensor }) {
                return SavedTensor(
                    tensor: tensor.alias(tensor.layout), version: tensor.storage.version, isOutput: true,
                    outputIndex: Int32(i))
            }
            return tensor.savedForBackward()
        }
        let inputCount = inputs.count
        let node = OperatorNode(
            "\(Self.self)Backward", edges: inputs.map(\.edge), outputs: results.map(OutputForm.init), saved: items,
            .multiple { node, grads in
                context.node = node
                let found = backward(context, grads)
                if found.count != inputCount {
                    raise(
                        .runtime,
                        "function \(Self.self)Backward returned an incorrect number of gradients (expected \(inputCount), got \(found.count))"
                    )
                }
                return found
            })
        context.saved = []
        CheckpointRecorder.current?.add(node)
        for (i, result) in results.enumerated()
        where result.dtype.isInexact && !context.nonDifferentiable.contains(where: { $0 === result }) {
            result.node = node
            result.outputIndex = Int32(i)
            // The history of a view of an input comes from `backward`. It must never be rebuilt from the base's
            // history.
            if let viewed = inputs.first(where: { $0.storage === result.storage }) {
                result.base = viewed.base ?? viewed
                result.historyVersion = result.storage.version
                result.viewKind = results.count == 1 ? .custom : .multipleOutputs
            }
        }
        return results
    }
}
