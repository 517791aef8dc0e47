extension Optimizer {
    /// Returns options and state in PyTorch's form. The tensors share the optimizer's memory:
    /// `{"state": {0: {"momentum_buffer": …}}, "param_groups": [{"lr": …, "params": [0, 1]}]}`.
    /// PyTorch: `Optimizer.state_dict`.
    public final func stateDict() -> StateValue {
        var numbers: [ObjectIdentifier: Int] = [:]
        var states = StateMap()
        var groups: [StateValue] = []
        for group in paramGroups {
            var indices: [StateValue] = []
            for (parameter, state) in zip(group.params, group.states) {
                let number = numbers[ObjectIdentifier(parameter)] ?? numbers.count
                numbers[ObjectIdentifier(parameter)] = number
                indices.append(.int(number))
                if !state.isEmpty { states[.int(number)] = .dict(entries(state)) }
            }
            var options = StateMap()
            for name in group.optionNames { options[.string(name)] = group[name] }
            options["params"] = .list(indices)
            groups.append(.dict(options))
        }
        return ["state": .dict(states), "param_groups": .list(groups)]
    }

    private func entries(_ state: ParameterState) -> StateMap {
        var map = StateMap()
        // PyTorch stores the step count in a float32 tensor, but for SparseAdam.
        if let step = state.countedStep {
            map["step"] = .tensor(step)
        } else if let step = state.step, countsInIntegers {
            map["step"] = .int(step)
        } else if let step = state.step {
            map["step"] = .tensor(Tensor(Float(step), dtype: .float32, device: .cpu))
        }
        for (name, tensor) in zip(stateNames, state.tensors) {
            if let tensor { map[.string(name)] = .tensor(tensor) }
        }
        for (key, value) in state.other { map[key] = value }
        return map
    }

    /// Loads options and state from a `stateDict()` of this library or of PyTorch. State tensors are copied and
    /// converted to the dtype of their parameter. PyTorch: `Optimizer.load_state_dict`.
    /// - Throws: `TorchError` if the groups or shapes differ from this optimizer's, or if an option is invalid. The
    ///   optimizer is then unchanged.
    public final func loadStateDict(_ value: StateValue) throws {
        guard let saved = value["param_groups"]?.list else {
            throw TorchError(.value, "loaded state dict has no list 'param_groups'")
        }
        guard let states = value["state"]?.dict else {
            throw TorchError(.value, "loaded state dict has no dict 'state'")
        }
        guard saved.count == paramGroups.count else {
            throw TorchError(.value, "loaded state dict has a different number of parameter groups")
        }
        var loaded: [ParamGroup] = []
        for (group, saved) in zip(paramGroups, saved) {
            guard let options = saved.dict, let indices = options["params"]?.list, indices.count == group.params.count
            else {
                throw TorchError(
                    .value,
                    "loaded state dict contains a parameter group that doesn't match the size of optimizer's group")
            }
            let new = ParamGroup(group.params)
            for (key, option) in options where key != "params" {
                guard case .string(let name) = key else {
                    throw TorchError(.value, "loaded state dict has an option that is not named by a string: \(key)")
                }
                new[name] = option
            }
            new.complete(with: defaults)
            if let error = check(new) { throw error }
            for (i, index) in indices.enumerated() {
                guard let key = StateKey(index) else {
                    throw TorchError(.value, "loaded state dict has a parameter that is not numbered")
                }
                guard let entry = states[key] else { continue }
                new.states[i] = try state(entry, of: new.params[i], key)
                if countsOnDevice, new.capturable { new.states[i].countOnDevice(of: new.params[i]) }
            }
            loaded.append(new)
        }
        for (group, new) in zip(paramGroups, loaded) {
            group.replaceOptions(with: new)
            group.states = new.states
        }
    }

    private func state(_ entry: StateValue, of parameter: Tensor, _ key: StateKey) throws -> ParameterState {
        guard let map = entry.dict else { throw TorchError(.value, "loaded state of parameter \(key) is not a dict") }
        var state = ParameterState()
        state.tensors = Array(repeating: nil, count: stateNames.count)
        for (i, name) in stateNames.enumerated() {
            switch map[.string(name)] {
            case nil, .null:
                if i < requiredStateNames {
                    throw TorchError(.value, "loaded state of parameter \(key) has no '\(name)'")
                }
            case .tensor(let tensor):
                let form = stateForm(i, of: parameter)
                guard tensor.sizes == form.sizes else {
                    throw TorchError(
                        .value,
                        "loaded state '\(name)' of parameter \(key) has shape \(tensor.shape), the parameter has \(parameter.shape)"
                    )
                }
                state.tensors[i] = noGrad { tensor.detach().to(form.dtype).contiguousCopy() }
            default:
                throw TorchError(.value, "loaded state '\(name)' of parameter \(key) is not a tensor")
            }
        }
        state.other = try otherState(from: map, of: parameter)
        if countsSteps {
            guard let step = map["step"]?.optionNumber, let count = Int(exactly: step), count >= 0 else {
                throw TorchError(.value, "loaded state of parameter \(key) has no valid 'step'")
            }
            state.step = count
        }
        return state
    }
}
