extension Module {
    /// Registers a hook that runs in the backward pass, before the module's own gradients are computed. The hook gets
    /// the module and the gradient of its output. If it returns a gradient, that gradient is used instead.
    /// PyTorch: `Module.register_full_backward_pre_hook`.
    @discardableResult
    public final func registerFullBackwardPreHook(
        _ hook: @escaping (Module, _ gradOutput: Tensor) -> Tensor?
    ) -> HookHandle {
        register(hook, \.beforeBackward)
    }

    /// Registers a hook that runs after the gradients of the module's inputs are computed. The hook gets the module,
    /// these gradients (nil for an input that requires none) and the gradient of the output. If it returns gradients,
    /// they are used instead. If no input requires a gradient, the hook runs when the output's gradient is known, and
    /// may return only nil. PyTorch: `Module.register_full_backward_hook`.
    @discardableResult
    public final func registerFullBackwardHook(
        _ hook: @escaping (Module, _ gradInput: [Tensor?], _ gradOutput: Tensor) -> [Tensor?]?
    ) -> HookHandle {
        register(hook, \.afterBackward)
    }
}

/// One call of a module with backward hooks: records identity nodes around `forward`, which pass gradients to the
/// hooks.
final class BackwardHookCall {
    private static let nodeName = "BackwardHookFunctionBackward"
    private let module: Module
    private let before: [(Module, Tensor) -> Tensor?]
    private let after: [(Module, [Tensor?], Tensor) -> [Tensor?]?]
    private var inputCount = 0
    /// The indices of the inputs that require a gradient.
    private var places: [Int] = []
    private var gradOutput: Tensor?

    /// Returns nil if no backward hook is registered or gradients are not recorded.
    init?(_ module: Module, _ hooks: ModuleHooks) {
        if !isGradEnabled() || (hooks.beforeBackward.isEmpty && hooks.afterBackward.isEmpty) { return nil }
        self.module = module
        before = hooks.beforeBackward.bodies
        after = hooks.afterBackward.bodies
    }

    func watch(inputs: [Tensor]) -> [Tensor] {
        inputCount = inputs.count
        places = inputs.indices.filter { inputs[$0].requiresGrad }
        if places.isEmpty { return inputs }
        let sources = places.map { inputs[$0] }, aliases = sources.map { $0.alias($0.layout) }
        record(Self.nodeName, results: aliases, inputs: sources) { _, grads in
            self.passInputs(zip(grads, sources).map { $0 ?? Tensor.zerosLike($1.detach()) })
        }
        var watched = inputs
        for (place, alias) in zip(places, aliases) { watched[place] = alias }
        return watched
    }

    func watch(output: Tensor) -> Tensor {
        guard output.requiresGrad else { return output }
        return output.alias(output.layout).record(Self.nodeName, output) { _, g in self.passOutput(g) }
    }

    private func passOutput(_ gradient: Tensor) -> Tensor {
        var gradient = gradient
        for hook in before { gradient = hook(module, gradient) ?? gradient }
        guard places.isEmpty else {
            gradOutput = gradient
            return gradient
        }
        for hook in after {
            if let result = hook(module, [Tensor?](repeating: nil, count: inputCount), gradient),
                result.contains(where: { $0 != nil })
            {
                return fail(
                    .runtime,
                    "Backward hook for Modules where no input requires gradient should always return None or None for all gradients."
                )
            }
        }
        return gradient
    }

    private func passInputs(_ gradients: [Tensor?]) -> [Tensor?] {
        // There is no output gradient if the backward pass did not go through the module's output.
        guard let output = gradOutput else { return gradients }
        gradOutput = nil
        var all = [Tensor?](repeating: nil, count: inputCount)
        for (place, gradient) in zip(places, gradients) { all[place] = gradient }
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
        return places.map { all[$0] }
    }
}
