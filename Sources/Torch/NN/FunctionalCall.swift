// Calls of modules with other parameters, as pure functions. PyTorch: `torch.func.functional_call`.

/// Calls `body` with a module whose parameters and buffers are replaced by tensors of the same names. Afterwards the
/// module has its own again. PyTorch: `torch.func.functional_call`.
///
///     let loss = functionalCall(model, parameters) { model in lossFn(model(x), y) }
///
/// - Parameters:
///   - module: the module. No other thread may use it during the call.
///   - parametersAndBuffers: tensors by name, as in the state dict. Names that are absent keep the module's tensors.
///   - tieWeights: whether a tensor with several names is replaced under all of them if one is given.
///   - strict: whether missing and unexpected names are an error.
///   - body: what is computed with the module.
public func functionalCall<Network: Module, Result>(
    _ module: Network, _ parametersAndBuffers: StateDict, tieWeights: Bool = true, strict: Bool = false,
    _ body: (Network) throws -> Result
) rethrows -> Result {
    let replaced = module.replacingTensors(by: parametersAndBuffers, tieWeights: tieWeights, strict: strict)
    defer { for (slot, tensor) in replaced.reversed() { slot.hold(tensor) } }
    return try body(module)
}

/// Calls a module of one tensor with other parameters and buffers.
public func functionalCall<Network: Layer>(
    _ module: Network, _ parametersAndBuffers: StateDict, _ input: Tensor, tieWeights: Bool = true,
    strict: Bool = false
) -> Tensor {
    functionalCall(module, parametersAndBuffers, tieWeights: tieWeights, strict: strict) { $0(input) }
}

extension Module {
    /// A place of a tensor in a module, with its path.
    private typealias Place = (name: String, slot: ModuleSlot, tensor: Tensor)

    /// Puts tensors in the places of their names. Returns the places with what they held.
    fileprivate func replacingTensors(by given: StateDict, tieWeights: Bool, strict: Bool) -> [(ModuleSlot, Tensor)] {
        var places: [Place] = []
        walk("") { path, _, members in
            for (name, slot) in members.slots {
                if let tensor = slot.tensor { places.append((Module.join(path, name), slot, tensor)) }
            }
            return true
        }
        var tied: [ObjectIdentifier: Tensor] = [:]
        if tieWeights {
            var names: [ObjectIdentifier: [String]] = [:]
            for place in places {
                guard let new = given[place.name] else { continue }
                let id = ObjectIdentifier(place.tensor)
                names[id, default: []].append(place.name)
                if let other = tied[id], other !== new {
                    let list = names[id, default: []].sorted().map { "'\($0)'" }.joined(separator: ", ")
                    raise(
                        .value,
                        "functional_call got multiple values for keys [\(list)], which are tied. Consider using tie_weights=False"
                    )
                    return []
                }
                tied[id] = new
            }
        }
        if strict, !checkNames(given, places, tied) { return [] }
        var replaced: [(ModuleSlot, Tensor)] = []
        for place in places {
            guard let new = given[place.name] ?? tied[ObjectIdentifier(place.tensor)] else { continue }
            replaced.append((place.slot, place.tensor))
            place.slot.hold(new)
        }
        return replaced
    }

    private func checkNames(_ given: StateDict, _ places: [Place], _ tied: [ObjectIdentifier: Tensor]) -> Bool {
        let known = Set(places.map { ExactText($0.name) })
        let unexpected = given.keys.filter { !known.contains(ExactText($0)) }
        let missing = places.filter { given[$0.name] == nil && tied[ObjectIdentifier($0.tensor)] == nil }.map(\.name)
        func quoted(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
        var errors: [String] = []
        if !unexpected.isEmpty { errors.append("Unexpected key(s): \(quoted(unexpected)).") }
        if !missing.isEmpty { errors.append("Missing key(s): \(quoted(missing)).") }
        if errors.isEmpty { return true }
        raise(.runtime, "Error(s) in reparametrizing for \(typeName):\n\t\(errors.joined(separator: "\n\t"))")
        return false
    }
}

/// Stacks the parameters and the buffers of several modules of one class, for `vmap` over them with `functionalCall`.
/// PyTorch: `torch.func.stack_module_state`.
/// - Returns: the parameters, as new leaves, and the buffers; the first dimension of each is the module's number.
public func stackModuleState(_ models: [Module]) -> (parameters: StateDict, buffers: StateDict) {
    func refuse(_ message: String) -> (StateDict, StateDict) {
        raise(.runtime, message)
        return (StateDict(), StateDict())
    }
    guard let first = models.first else { return refuse("stack_module_state: Expected at least one model, got 0.") }
    guard models.allSatisfy({ $0.isTraining == first.isTraining }) else {
        return refuse("stack_module_state: Expected all models to have the same training/eval mode.")
    }
    guard models.allSatisfy({ type(of: $0) == type(of: first) }) else {
        return refuse("stack_module_state: Expected all models to be of the same class.")
    }
    func stacked(_ lists: [[(String, Tensor)]]) -> StateDict? {
        var result = StateDict()
        for (i, (name, tensor)) in lists[0].enumerated() {
            let all = lists.compactMap { i < $0.count ? $0[i].1 : nil }
            guard all.allSatisfy({ $0.requiresGrad == tensor.requiresGrad }) else {
                raise(.runtime, "Expected \(name) from each model to have the same .requires_grad")
                return nil
            }
            let whole = noGrad { stack(all.map { $0.detach() }) }
            result[name] = tensor.requiresGrad ? whole.requiresGrad_() : whole
        }
        return result
    }
    guard let parameters = stacked(models.map { $0.namedParameters().map { ($0.name, $0.parameter) } }),
        let buffers = stacked(models.map { $0.namedBuffers().map { ($0.name, $0.buffer) } })
    else { return (StateDict(), StateDict()) }
    return (parameters, buffers)
}
