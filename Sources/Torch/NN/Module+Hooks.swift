/// Functions called around `forward`, in the order they were registered.
final class ModuleHooks {
    var before: [(id: Int, body: (Module, [Tensor]) -> [Tensor]?)] = []
    var after: [(id: Int, body: (Module, [Tensor], Tensor) -> Tensor?)] = []
    private var nextID = 0

    func newID() -> Int {
        nextID += 1
        return nextID
    }
}

extension Module {
    /// Called with the module and its inputs before every forward pass; inputs that it returns take their place. PyTorch: `Module.register_forward_pre_hook`.
    @discardableResult
    public final func registerForwardPreHook(_ hook: @escaping (Module, [Tensor]) -> [Tensor]?) -> HookHandle {
        let hooks = ensureHooks()
        let id = hooks.newID()
        hooks.before.append((id, hook))
        return HookHandle { [weak hooks] in hooks?.before.removeAll { $0.id == id } }
    }

    /// Called with the module, its inputs and its output after every forward pass; an output that it returns takes its place. PyTorch: `Module.register_forward_hook`.
    @discardableResult
    public final func registerForwardHook(_ hook: @escaping (Module, [Tensor], Tensor) -> Tensor?) -> HookHandle {
        let hooks = ensureHooks()
        let id = hooks.newID()
        hooks.after.append((id, hook))
        return HookHandle { [weak hooks] in hooks?.after.removeAll { $0.id == id } }
    }

    private func ensureHooks() -> ModuleHooks {
        if let hooks { return hooks }
        let new = ModuleHooks()
        hooks = new
        return new
    }

    /// Runs a forward pass with the hooks around it: what `callAsFunction` of a module with inputs of its own kind is written with.
    /// - Precondition: a pre-hook returns as many tensors as it was given.
    public final func withHooks(_ inputs: [Tensor], _ forward: ([Tensor]) -> Tensor) -> Tensor {
        guard let hooks else { return forward(inputs) }
        var inputs = inputs
        for hook in hooks.before {
            guard let changed = hook.body(self, inputs) else { continue }
            guard changed.count == inputs.count else {
                return fail(.runtime, "forward pre-hook must return None or \(inputs.count) tensors, got \(changed.count)")
            }
            inputs = changed
        }
        var output = forward(inputs)
        for hook in hooks.after { output = hook.body(self, inputs, output) ?? output }
        return output
    }
}
