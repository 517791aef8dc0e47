import CTorchKernels

/// A module's hooks: functions that run around `forward` and the backward pass. They get inputs and outputs of any
/// types, and one gradient for each; nil for a part that is no tensor or has no gradient.
final class ModuleHooks {
    var before = HookList<(Module, [Any]) -> [Any]?>()
    var after = HookList<(Module, [Any], Any) -> Any?>()
    var beforeBackward = HookList<(Module, [Tensor?]) -> [Tensor?]?>()
    var afterBackward = HookList<(Module, [Tensor?], [Tensor?]) -> [Tensor?]?>()

    var isEmpty: Bool { before.isEmpty && after.isEmpty && beforeBackward.isEmpty && afterBackward.isEmpty }

    /// Returns the same hooks in lists of their own.
    func copy() -> ModuleHooks {
        let new = ModuleHooks()
        new.before = before
        new.after = after
        new.beforeBackward = beforeBackward
        new.afterBackward = afterBackward
        return new
    }
}

extension Module {
    /// Registers a hook that runs before every forward pass. The hook gets the module and the tensors among its inputs.
    /// If it returns tensors, they replace these inputs. PyTorch: `Module.register_forward_pre_hook`.
    ///
    /// The module holds its hooks. A hook that captures the module makes a reference cycle that is never freed; use the
    /// module that the hook is given.
    @discardableResult
    public final func registerForwardPreHook(_ hook: @escaping (Module, [Tensor]) -> [Tensor]?) -> HookHandle {
        register(
            { module, inputs in
                let tensorPositions = inputs.indices.filter { inputs[$0] is Tensor }
                guard let changed = hook(module, tensorPositions.compactMap { inputs[$0] as? Tensor }) else {
                    return nil
                }
                guard changed.count == tensorPositions.count else {
                    raise(
                        .runtime,
                        "forward pre-hook must return None or \(tensorPositions.count) tensors, got \(changed.count)")
                    return []
                }
                var result = inputs
                for (i, tensor) in zip(tensorPositions, changed) { result[i] = tensor }
                return result
            }, \.before)
    }

    /// Like `registerForwardPreHook(_:)`, for inputs of any types. The hook gets them as a tuple:
    ///
    ///     model.registerForwardPreHook(inputs: (Tensor, Tensor?).self) { _, inputs in (inputs.0 * 2, inputs.1) }
    ///
    /// `[Any].self` gives the inputs of any module as an array.
    /// - Precondition: the module is called with inputs of these types.
    @discardableResult
    public final func registerForwardPreHook<Inputs>(
        inputs: Inputs.Type, _ hook: @escaping (Module, Inputs) -> Inputs?
    ) -> HookHandle {
        register(
            { module, values in
                guard let inputs = ValueParts.join(values, as: Inputs.self) else {
                    raiseMismatch(module, "inputs", Inputs.self, values)
                    return nil
                }
                guard let changed = hook(module, inputs) else { return nil }
                return values.count == 1 && values[0] is Inputs ? [changed] : ValueParts.split(changed)
            }, \.before)
    }

    /// Registers a hook that runs after every forward pass. The hook gets the module, the tensors among its inputs, and
    /// its output. If it returns a tensor, that tensor replaces the output. PyTorch: `Module.register_forward_hook`.
    /// - Precondition: the output is a tensor. For other outputs there is `registerForwardHook(inputs:output:_:)`.
    @discardableResult
    public final func registerForwardHook(_ hook: @escaping (Module, [Tensor], Tensor) -> Tensor?) -> HookHandle {
        register(
            { module, inputs, output in
                guard let tensor = output as? Tensor else {
                    raiseMismatch(module, "an output", Tensor.self, output)
                    return nil
                }
                return hook(module, inputs.compactMap { $0 as? Tensor }, tensor)
            }, \.after)
    }

    /// Like `registerForwardHook(_:)`, for inputs and outputs of any types. The hook gets tuples:
    ///
    ///     model.registerForwardHook(inputs: (Tensor, Tensor?).self, output: (Tensor, Tensor).self) { _, _, output in
    ///         (output.0 + 1, output.1)
    ///     }
    ///
    /// `[Any].self` gives the inputs of any module as an array, and `Any.self` any output.
    /// - Precondition: the module is called with inputs of these types, and its output has this type.
    @discardableResult
    public final func registerForwardHook<Inputs, Output>(
        inputs: Inputs.Type, output: Output.Type, _ hook: @escaping (Module, Inputs, Output) -> Output?
    ) -> HookHandle {
        register(
            { module, values, result in
                guard let inputs = ValueParts.join(values, as: Inputs.self) else {
                    raiseMismatch(module, "inputs", Inputs.self, values)
                    return nil
                }
                guard let output = result as? Output else {
                    raiseMismatch(module, "an output", Output.self, result)
                    return nil
                }
                return hook(module, inputs, output)
            }, \.after)
    }

    func register<Hook>(_ hook: Hook, _ list: ReferenceWritableKeyPath<ModuleHooks, HookList<Hook>>) -> HookHandle {
        HookList.register(hook, with: ensureHooks(), in: list)
    }

    /// Makes calls quick again after the last hook was removed.
    final func dropEmptyHooks() {
        if hooks?.isEmpty == true { hooks = nil }
    }

    private func ensureHooks() -> ModuleHooks {
        if let hooks { return hooks }
        let new = ModuleHooks()
        hooks = new
        return new
    }

    /// Runs a forward pass with the module's hooks, for a list of tensors.
    /// - Precondition: a pre-hook returns as many tensors as it was given.
    public final func withHooks(_ inputs: [Tensor], _ forward: ([Tensor]) -> Tensor) -> Tensor {
        st_is_unwatched()
            ? withHooksOnly(inputs, forward) : ModuleRange.run(self) { withHooksOnly(inputs, forward) }
    }

    private func withHooksOnly(_ inputs: [Tensor], _ forward: ([Tensor]) -> Tensor) -> Tensor {
        guard let hooks else { return forward(inputs) }
        let call = HookedCall(self, hooks, inputs)
        let tensors = call.inputs.compactMap { $0 as? Tensor }
        guard !call.hasFailed, tensors.count == inputs.count else {
            return fail(.type, "forward pre-hook must return tensors")
        }
        return call.finish(forward(tensors))
    }

    /// Runs a forward pass with the module's hooks, for inputs and a result of any types. Use it to write
    /// `callAsFunction` for a module whose inputs no protocol has.
    ///
    ///     func callAsFunction(_ x: Tensor, mask: Tensor? = nil) -> (Tensor, Tensor) {
    ///         withHooks(x, mask) { forward($0, mask: $1) }
    ///     }
    ///
    /// The tensors of the inputs have backward hooks, and those of the result if it is a tensor, a tuple of at most
    /// eight parts or an array of tensors.
    /// - Precondition: a pre-hook returns inputs of the same types.
    @_disfavoredOverload
    public final func withHooks<each Input, Output>(
        _ inputs: repeat each Input, forward: (repeat each Input) -> Output
    ) -> Output {
        st_is_unwatched()
            ? withHooksOnly(repeat each inputs, forward: forward)
            : ModuleRange.run(self) { withHooksOnly(repeat each inputs, forward: forward) }
    }

    private func withHooksOnly<each Input, Output>(
        _ inputs: repeat each Input, forward: (repeat each Input) -> Output
    ) -> Output {
        guard let hooks else { return forward(repeat each inputs) }
        var values: [Any] = []
        for input in repeat each inputs { values.append(input) }
        let call = HookedCall(self, hooks, values)
        return call.finish(forward(repeat call.next(or: each inputs)))
    }
}

/// One call of a module with hooks. `init` runs the hooks before `forward`, and `finish` those after it.
final class HookedCall {
    private let module: Module
    private let hooks: ModuleHooks
    private var backward: BackwardHookCall?
    private(set) var inputs: [Any]
    /// Whether a pre-hook returned a wrong number of inputs.
    private(set) var hasFailed = false
    private var position = 0

    init(_ module: Module, _ hooks: ModuleHooks, _ inputs: [Any]) {
        self.module = module
        self.hooks = hooks
        self.inputs = inputs
        for hook in hooks.before.bodies {
            guard let changed = hook(module, self.inputs) else { continue }
            guard changed.count == inputs.count else {
                raise(.runtime, "forward pre-hook must return None or \(inputs.count) inputs, got \(changed.count)")
                hasFailed = true
                return
            }
            self.inputs = changed
        }
        backward = BackwardHookCall(module, hooks)
        if let backward { self.inputs = backward.watch(inputs: self.inputs) }
    }

    /// Returns the next input, as the pre-hooks left it.
    func next<Input>(or original: Input) -> Input {
        let value = inputs[position]
        position += 1
        if let value = value as? Input { return value }
        raiseMismatch(module, "an input", Input.self, value)
        return original
    }

    /// Runs the hooks after `forward` and returns the output, as they left it.
    func finish<Output>(_ output: Output) -> Output {
        var output = output
        for hook in hooks.after.bodies {
            guard let changed = hook(module, inputs, output) else { continue }
            if let changed = changed as? Output {
                output = changed
            } else {
                raiseMismatch(module, "an output", Output.self, changed)
            }
        }
        return backward?.watch(output: output) ?? output
    }
}

private func raiseMismatch(_ module: Module, _ what: String, _ wanted: Any.Type, _ got: Any) {
    raise(.type, "a hook of \(module.typeName) has \(what) of type \(wanted), but got \(Swift.type(of: got))")
}
