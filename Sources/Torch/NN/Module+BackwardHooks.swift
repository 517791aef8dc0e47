extension Module {
    /// Registers a hook that runs in the backward pass, before the module's own gradients are computed. The hook gets
    /// the module and the gradient of its output. If it returns a gradient, that gradient is used instead.
    /// PyTorch: `Module.register_full_backward_pre_hook`.
    /// - Precondition: the module has one output. For several there is `registerFullBackwardPreHook(gradOutput:_:)`.
    @discardableResult
    public final func registerFullBackwardPreHook(
        _ hook: @escaping (Module, _ gradOutput: Tensor) -> Tensor?
    ) -> HookHandle {
        register({ module, grads in single(module, grads).flatMap { hook(module, $0) }.map { [$0] } }, \.beforeBackward)
    }

    /// Like `registerFullBackwardPreHook(_:)`, for any number of outputs. The hook gets one gradient for each part of
    /// the output; nil for a part that has none.
    ///
    ///     model.registerFullBackwardPreHook(gradOutput: [Tensor?].self) { _, gradOutput in … }
    @discardableResult
    public final func registerFullBackwardPreHook(
        gradOutput: [Tensor?].Type, _ hook: @escaping (Module, _ gradOutput: [Tensor?]) -> [Tensor?]?
    ) -> HookHandle {
        register(hook, \.beforeBackward)
    }

    /// Registers a hook that runs after the gradients of the module's inputs are computed. The hook gets the module,
    /// these gradients (nil for an input that requires none) and the gradient of the output. If it returns gradients,
    /// they are used instead. If no input requires a gradient, the hook runs when the output's gradient is known, and
    /// may return only nil. PyTorch: `Module.register_full_backward_hook`.
    /// - Precondition: the module has one output. For several there is `registerFullBackwardHook(gradOutput:_:)`.
    @discardableResult
    public final func registerFullBackwardHook(
        _ hook: @escaping (Module, _ gradInput: [Tensor?], _ gradOutput: Tensor) -> [Tensor?]?
    ) -> HookHandle {
        register(
            { module, inputs, outputs in single(module, outputs).flatMap { hook(module, inputs, $0) } },
            \.afterBackward)
    }

    /// Like `registerFullBackwardHook(_:)`, for any number of outputs. The hook gets one gradient for each part of the
    /// output; nil for a part that has none.
    ///
    ///     model.registerFullBackwardHook(gradOutput: [Tensor?].self) { _, gradInput, gradOutput in … }
    @discardableResult
    public final func registerFullBackwardHook(
        gradOutput: [Tensor?].Type,
        _ hook: @escaping (Module, _ gradInput: [Tensor?], _ gradOutput: [Tensor?]) -> [Tensor?]?
    ) -> HookHandle {
        register(hook, \.afterBackward)
    }
}

/// Returns the only gradient. Raises and returns nil if there are several.
private func single(_ module: Module, _ grads: [Tensor?]) -> Tensor? {
    if grads.count == 1 { return grads[0] }
    raise(
        .type,
        "a backward hook of \(module.typeName) takes one gradient, but there are \(grads.count) outputs: register it with gradOutput: [Tensor?].self"
    )
    return nil
}

/// One call of a module with backward hooks: records identity nodes around `forward`, which pass gradients to the
/// hooks.
final class BackwardHookCall {
    private static let nodeName = "BackwardHookFunctionBackward"
    private let module: Module
    private let before: [(Module, [Tensor?]) -> [Tensor?]?]
    private let after: [(Module, [Tensor?], [Tensor?]) -> [Tensor?]?]
    private var inputCount = 0
    /// The indices of the inputs that require a gradient.
    private var inputPositions: [Int] = []
    private var outputCount = 0
    /// The indices of the outputs that require a gradient.
    private var outputPositions: [Int] = []
    private var gradOutput: [Tensor?]?

    /// Returns nil if no backward hook is registered or gradients are not recorded.
    init?(_ module: Module, _ hooks: ModuleHooks) {
        if !isGradEnabled() || (hooks.beforeBackward.isEmpty && hooks.afterBackward.isEmpty) { return nil }
        self.module = module
        before = hooks.beforeBackward.bodies
        after = hooks.afterBackward.bodies
    }

    func watch(inputs: [Any]) -> [Any] {
        inputCount = inputs.count
        inputPositions = Self.positions(inputs)
        // As in PyTorch, the hooks see zeros for an input that had no influence, and nil for an output.
        return Self.watch(inputs, inputPositions) { self.passInputs(Self.filled($0, $1)) }
    }

    func watch<Output>(output: Output) -> Output {
        let outputs = ValueParts.split(output)
        outputCount = outputs.count
        outputPositions = Self.positions(outputs)
        if outputPositions.isEmpty {
            if !outputs.isEmpty, !outputs.contains(where: { $0 is Tensor }) {
                warn(
                    "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received \(Output.self)"
                )
            }
            return output
        }
        let watched = Self.watch(outputs, outputPositions) { Self.filled(self.passOutputs($0), $1) }
        if let result = ValueParts.join(watched, as: Output.self) { return result }
        raise(.runtime, "backward hooks take at most eight outputs, got \(outputs.count)")
        return output
    }

    private static func positions(_ values: [Any]) -> [Int] {
        values.indices.filter { (values[$0] as? Tensor)?.requiresGrad == true }
    }

    private typealias Form = (sizes: [Int], dtype: DType, device: Device)

    /// Puts zeros in the place of absent gradients.
    private static func filled(_ gradients: [Tensor?], _ forms: [Form]) -> [Tensor?] {
        zip(gradients, forms).map { $0 ?? Tensor.filled(.double(0), $1.sizes, $1.dtype, $1.device) }
    }

    /// Replaces the values at `positions` by aliases whose gradients `pass` gets, and may change.
    private static func watch(
        _ values: [Any], _ positions: [Int], _ pass: @escaping ([Tensor?], [Form]) -> [Tensor?]
    ) -> [Any] {
        let sources = positions.compactMap { values[$0] as? Tensor }
        if sources.isEmpty { return values }
        let aliases = sources.map { $0.alias($0.layout) }
        let forms = sources.map { Form($0.sizes, $0.dtype, $0.device) }
        record(nodeName, results: aliases, inputs: sources) { _, grads in pass(grads, forms) }
        var watched = values
        for (position, alias) in zip(positions, aliases) { watched[position] = alias }
        return watched
    }

    private static func spread(_ gradients: [Tensor?], _ positions: [Int], _ count: Int) -> [Tensor?] {
        var all = [Tensor?](repeating: nil, count: count)
        for (position, gradient) in zip(positions, gradients) { all[position] = gradient }
        return all
    }

    private func passOutputs(_ gradients: [Tensor?]) -> [Tensor?] {
        var all = Self.spread(gradients, outputPositions, outputCount)
        for hook in before {
            guard let result = hook(module, all) else { continue }
            guard result.count == outputCount else {
                raise(
                    .runtime,
                    "Backward pre hook returned an invalid number of grad_output, got \(result.count), but expected \(outputCount)"
                )
                return gradients
            }
            all = result
        }
        let changed = outputPositions.map { all[$0] }
        guard inputPositions.isEmpty else {
            gradOutput = all
            return changed
        }
        for hook in after {
            if let result = hook(module, [Tensor?](repeating: nil, count: inputCount), all),
                result.contains(where: { $0 != nil })
            {
                raise(
                    .runtime,
                    "Backward hook for Modules where no input requires gradient should always return None or None for all gradients."
                )
                return gradients
            }
        }
        return changed
    }

    private func passInputs(_ gradients: [Tensor?]) -> [Tensor?] {
        // There is no output gradient if the backward pass did not go through the module's output.
        guard let output = gradOutput else { return gradients }
        gradOutput = nil
        var all = Self.spread(gradients, inputPositions, inputCount)
        for hook in after {
            guard let result = hook(module, all, output) else { continue }
            guard result.count == inputCount else {
                raise(
                    .runtime,
                    "Backward hook returned an invalid number of grad_input, got \(result.count), but expected \(inputCount)"
                )
                return gradients
            }
            all = result
        }
        return inputPositions.map { all[$0] }
    }
}
