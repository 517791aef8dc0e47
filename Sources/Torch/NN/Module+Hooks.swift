/// A module's hooks: functions that run around `forward` and the backward pass.
final class ModuleHooks {
    var before = HookList<(Module, [Tensor]) -> [Tensor]?>()
    var after = HookList<(Module, [Tensor], Tensor) -> Tensor?>()
    var beforeBackward = HookList<(Module, Tensor) -> Tensor?>()
    var afterBackward = HookList<(Module, [Tensor?], Tensor) -> [Tensor?]?>()

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
    /// Registers a hook that runs before every forward pass. The hook gets the module and its inputs. If it returns
    /// tensors, they replace the inputs. PyTorch: `Module.register_forward_pre_hook`.
    ///
    /// The module holds its hooks. A hook that captures the module makes a reference cycle that is never freed; use the
    /// module that the hook is given.
    @discardableResult
    public final func registerForwardPreHook(_ hook: @escaping (Module, [Tensor]) -> [Tensor]?) -> HookHandle {
        register(hook, \.before)
    }

    /// Registers a hook that runs after every forward pass. The hook gets the module, its inputs and its output. If it
    /// returns a tensor, that tensor replaces the output. PyTorch: `Module.register_forward_hook`.
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

    /// Runs a forward pass with the module's hooks. Use it to write `callAsFunction` for a module that has other inputs
    /// than `Layer` or `BinaryLayer`.
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
