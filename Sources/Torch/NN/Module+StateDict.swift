/// The keys that `loadStateDict` could not match. PyTorch: `_IncompatibleKeys`.
public struct IncompatibleKeys: Sendable, Equatable {
    /// The keys that the module has and the state dict does not have.
    public var missingKeys: [String]
    /// The keys that the state dict has and the module does not have.
    public var unexpectedKeys: [String]
}

extension Module {
    /// Returns the parameters and persistent buffers by name. The tensors share the module's memory and are detached.
    /// A lazy module's parameters that have no shape yet are returned themselves.
    /// PyTorch: `Module.state_dict`.
    ///
    /// - Parameters:
    ///   - prefix: the path of this module. Every name begins with it.
    ///   - keepVars: if true, returns the parameters themselves instead of detached aliases.
    public final func stateDict(prefix: String = "", keepVars: Bool = false) -> StateDict {
        var state = StateDict()
        for (name, tensor, _) in stateEntries(prefix) {
            state[name] = keepVars || tensor.isUninitialized ? tensor : tensor.detach()
        }
        return state
    }

    /// Copies the tensors of a state dict into the parameters and buffers of the same names. Converts dtypes. A lazy
    /// module's parameters that have no shape yet take the shapes of the tensors.
    /// PyTorch: `Module.load_state_dict`.
    ///
    /// - Parameters:
    ///   - state: the tensors of `stateDict` or a checkpoint. Each has the shape of the tensor that it is copied into.
    ///   - strict: whether missing and unexpected names are an error.
    ///   - assign: if true, takes over the tensors' memory and dtypes instead of copying. The parameters stay the same
    ///     objects, so an optimizer keeps them, but lose their gradients.
    /// - Returns: the missing and unexpected names, if `strict` is false.
    /// - Throws: `TorchError` that lists all names that are missing, unexpected or have another shape. The module is
    ///   then unchanged.
    @discardableResult
    public final func loadStateDict(
        _ state: StateDict, strict: Bool = true, assign: Bool = false
    ) throws -> IncompatibleKeys {
        var state = state
        walk("") { path, module, _ in
            module.willLoad(&state, prefix: path.isEmpty ? "" : path + ".")
            return true
        }
        let entries = stateEntries("")
        let own = Set(entries.map { ExactText($0.name) })
        let missing = entries.filter { state[$0.name] == nil && !$0.isOptional }.map(\.name)
        let unexpected = state.keys.filter { !own.contains(ExactText($0)) }
        var errors: [String] = []
        if strict, !missing.isEmpty { errors.append("Missing key(s) in state_dict: \(Module.quoted(missing)). ") }
        if strict, !unexpected.isEmpty {
            errors.append("Unexpected key(s) in state_dict: \(Module.quoted(unexpected)). ")
        }
        var copies: [(target: Tensor, source: Tensor)] = []
        for (name, tensor, _) in entries {
            guard var source = state[name] else { continue }
            // PyTorch before 0.4 had no 0-dimensional tensors.
            if tensor.dim == 0, source.sizes == [1] { source = source.detach().view([]) }
            if source.isUninitialized {
                if tensor.isUninitialized { continue }
                errors.append(
                    "While copying the parameter named \"\(name)\", an exception occurred : Can't access the shape of an uninitialized parameter or buffer. This error usually happens in `load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` to initialize the parameters before accessing their attributes."
                )
            } else if assign, tensor.requiresGrad, !source.dtype.isInexact {
                errors.append(
                    "While copying the parameter named \"\(name)\", an exception occurred : Only Tensors of floating point and complex dtype can require gradients"
                )
            } else if source.sizes == tensor.sizes || tensor.isUninitialized {
                copies.append((tensor, source))
            } else {
                errors.append(
                    "size mismatch for \(name): copying a param with shape \(source.shape) from checkpoint, the shape in current model is \(tensor.shape)."
                )
            }
        }
        guard errors.isEmpty else {
            throw TorchError(
                .runtime, "Error(s) in loading state_dict for \(typeName):\n\t\(errors.joined(separator: "\n\t"))")
        }
        for (target, source) in copies {
            if target.isUninitialized { target.materialize(source.sizes) }
            if assign {
                target.grad = nil
                target.replaceData { _ in source.detach() }
            } else {
                noGrad { _ = target.copy_(source.detach()) }
            }
        }
        return IncompatibleKeys(missingKeys: missing, unexpectedKeys: unexpected)
    }

    private func stateEntries(_ prefix: String) -> [(name: String, tensor: Tensor, isOptional: Bool)] {
        var result: [(name: String, tensor: Tensor, isOptional: Bool)] = []
        walk(prefix) { path, module, members in
            for (name, tensor) in members.parameters { result.append((Module.join(path, name), tensor, false)) }
            for (name, tensor, isPersistent) in members.buffers where isPersistent {
                result.append((Module.join(path, name), tensor, module.mayBeMissing(name)))
            }
            return true
        }
        return result
    }

    private static func quoted(_ keys: [String]) -> String { keys.map { "\"\($0)\"" }.joined(separator: ", ") }
}

/// Explains at compile time what is saved of a module.
@available(*, unavailable, message: "save the module's parameters and buffers: `save(model.stateDict(), to: path)`")
public func save(_ module: Module, to path: String) throws { fatalError("unavailable") }
