/// Functions called around `forward` and the backward pass.
final class ModuleHooks {
    var before = HookList<(Module, [Tensor]) -> [Tensor]?>()
    var after = HookList<(Module, [Tensor], Tensor) -> Tensor?>()
    var beforeBackward = HookList<(Module, Tensor) -> Tensor?>()
    var afterBackward = HookList<(Module, [Tensor?], Tensor) -> [Tensor?]?>()
}

extension Module {
    /// Called with the module and its inputs before every forward pass; inputs that it returns take their place.
    /// PyTorch: `Module.register_forward_pre_hook`.
    ///
    /// The module holds its hooks: one that captures the module itself makes a cycle that is never freed. It is given
    /// the module.
    @discardableResult
    public final func registerForwardPreHook(_ hook: @escaping (Module, [Tensor]) -> [Tensor]?) -> HookHandle {
        register(hook, \.before)
    }

    /// Called with the module, its inputs and its output after every forward pass; an output that it returns takes its
    /// place. PyTorch: `Module.register_forward_hook`.
    @discardableResult
    public final func registerForwardHook(_ hook: @escaping (Module, [Tensor], Tensor) -> Tensor?) -> HookHandle {
        register(hook, \.after)
    }

    func register<Hook>(_ hook: Hook, _ list: ReferenceWritableKeyPath<ModuleHooks, HookList<Hook>>) -> HookHandle {
        HookList.register(hook, with: ensureHooks(), in: list)
    }

    private func ensureHooks() -> ModuleHooks {
        if let hooks { return hooks }
        let new = ModuleHooks()
        hooks = new
        return new
    }

    /// Runs a forward pass with the hooks around it: what `callAsFunction` of a module with inputs of its own kind is
    /// written with.
    /// - Precondition: a pre-hook returns as many tensors as it was given.
    public final func withHooks(_ inputs: [Tensor], _ forward: ([Tensor]) -> Tensor) -> Tensor {
        guard let hooks else { return forward(inputs) }
        var inputs = inputs
        for hook in hooks.before.bodies {
            guard let changed = hook(self, inputs) else { continue }
            guard changed.count == inputs.count else {
                return fail(
                    .runtime, "forward pre-hook must return None or \(inputs.count) tensors, got \(changed.count)")
            }
            inputs = changed
        }
        let backward = BackwardHookCall(self, hooks)
        if let backward { inputs = backward.watch(inputs: inputs) }
        var output = forward(inputs)
        for hook in hooks.after.bodies { output = hook(self, inputs, output) ?? output }
        return backward?.watch(output: output) ?? output
    }
}
