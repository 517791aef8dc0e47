import Foundation
import Torch

/// The state of a module and its optimizer, of which each process has a part.
public struct ShardedState {
    /// The state by name, with this process's parts of the tensors that are divided.
    public let value: StateValue
    /// The parts, by the joined names of `value`.
    public let shards: [String: TensorShard]
}

extension dist.checkpoint {
    /// How states of divided modules are given and taken. PyTorch:
    /// `torch.distributed.checkpoint.state_dict.StateDictOptions`.
    public struct StateDictOptions: Sendable {
        /// Whether tensors are whole, as without `fullyShard`.
        public var fullStateDict: Bool
        /// Whether tensors come to the host's memory. With `fullStateDict`, only rank 0 then gets a state; the others
        /// get an empty one.
        public var cpuOffload: Bool
        /// Whether a full state that is loaded needs to be in rank 0 only.
        public var broadcastFromRank0: Bool
        /// Whether missing and unexpected names are an error.
        public var strict: Bool

        /// Creates options. By default states are parts.
        public init(
            fullStateDict: Bool = false, cpuOffload: Bool = false, broadcastFromRank0: Bool = false,
            strict: Bool = true
        ) {
            self.fullStateDict = fullStateDict
            self.cpuOffload = cpuOffload
            self.broadcastFromRank0 = broadcastFromRank0
            self.strict = strict
        }
    }

    // MARK: Modules

    /// Returns the state dict of a module that `fullyShard` has divided: this process's parts, or whole tensors. For
    /// whole tensors all processes call this. PyTorch:
    /// `torch.distributed.checkpoint.state_dict.get_model_state_dict`.
    public static func getModelStateDict(
        _ model: Module, options: StateDictOptions = StateDictOptions()
    ) -> StateDict {
        var result = StateDict()
        for (name, tensor) in entries(of: model) {
            var value = tensor.detach()
            if options.fullStateDict, let parameter = ShardedParameter.of(tensor) { value = parameter.gathered(value) }
            if isGiven(options) { result[name] = options.cpuOffload ? noGrad { value.to(.cpu) } : value }
        }
        return result
    }

    /// Loads a state dict into a module that `fullyShard` has divided. PyTorch:
    /// `torch.distributed.checkpoint.state_dict.set_model_state_dict`.
    /// - Parameters:
    ///   - model: the module, the same in all processes.
    ///   - state: this process's parts or, with `fullStateDict`, whole tensors.
    ///   - options: with `broadcastFromRank0`, only rank 0's state counts, and all processes call this.
    /// - Returns: the missing and unexpected names, if `strict` is false.
    /// - Throws: `TorchError` that lists all names that are missing, unexpected or have another shape. If divided
    ///   parameters are given whole and some have another shape, it lists these only. The module is then unchanged.
    @discardableResult
    public static func setModelStateDict(
        _ model: Module, _ state: StateDict, options: StateDictOptions = StateDictOptions()
    ) throws -> IncompatibleKeys {
        let own = entries(of: model)
        guard options.fullStateDict || options.broadcastFromRank0 else {
            return try model.loadStateDict(state, strict: options.strict)
        }
        let tensors = Dictionary(own.map { ($0.name, $0.tensor) }, uniquingKeysWith: { a, _ in a })
        let source = WholeTensors(
            state.map { WholeTensors.Item(path: [$0.key], tensor: $0.value) },
            comesFromRank0: options.broadcastFromRank0)
        let forms = try source.forms()
        let errors = forms.compactMap { form -> String? in
            guard let tensor = tensors[form.path[0]], let parameter = ShardedParameter.of(tensor),
                form.sizes != parameter.sizes
            else { return nil }
            return
                "size mismatch for \(form.path[0]): copying a param with shape \(Size(form.sizes)) from checkpoint, the shape in current model is \(Size(parameter.sizes))."
        }
        guard errors.isEmpty else {
            throw TorchError(
                .runtime, "Error(s) in loading state_dict for \(model.typeName):\n\t\(errors.joined(separator: "\n\t"))"
            )
        }
        var parts = StateDict()
        try source.each(forms, device: { tensors[$0[0]]?.device }) { path, whole in
            parts[path[0]] = tensors[path[0]].flatMap(ShardedParameter.of)?.part(of: whole) ?? whole
        }
        return try model.loadStateDict(parts, strict: options.strict)
    }

    /// Whether this process gets a state.
    private static func isGiven(_ options: StateDictOptions) -> Bool {
        !(options.fullStateDict && options.cpuOffload) || !dist.isInitialized() || dist.rank == 0
    }

    /// The parameters and buffers of a module by their names in the state dict. Gathered parameters are freed before.
    private static func entries(of model: Module) -> [(name: String, tensor: Tensor)] {
        for module in model.modules() { FSDPModule.of(module)?.reshard() }
        return model.stateDict(keepVars: true).map { ($0.key, $0.value) }
    }

    // MARK: Optimizers

    /// Returns the state of the optimizer of a module that `fullyShard` has divided. Parameters have their names
    /// instead of numbers. For whole tensors all processes call this. PyTorch:
    /// `torch.distributed.checkpoint.state_dict.get_optimizer_state_dict`.
    /// - Precondition: the optimizer's parameters are the module's.
    public static func getOptimizerStateDict(
        _ model: Module, _ optimizer: Optimizer, options: StateDictOptions = StateDictOptions()
    ) -> StateValue {
        let named = NamedParameters(model, optimizer)
        let value = optimizer.stateDict()
        var states = StateMap()
        for (i, (name, tensor)) in named.list.enumerated() {
            guard let state = value["state"]?.dict?[.int(i)]?.dict else { continue }
            var entries = StateMap()
            for (key, entry) in state {
                guard case .tensor(var part) = entry else {
                    entries[key] = entry
                    continue
                }
                if options.fullStateDict, let parameter = ShardedParameter.of(tensor),
                    part.shape.sizes == parameter.partSizes
                {
                    part = parameter.gathered(part)
                }
                entries[key] = .tensor(options.cpuOffload ? noGrad { part.to(.cpu) } : part)
            }
            states[.string(name)] = .dict(entries)
        }
        guard isGiven(options) else { return .dict(StateMap()) }
        return ["state": .dict(states), "param_groups": .list(named.groups(value) { .string($0) })]
    }

    /// Loads the state of the optimizer of a module that `fullyShard` has divided. PyTorch:
    /// `torch.distributed.checkpoint.state_dict.set_optimizer_state_dict`.
    /// - Parameters:
    ///   - model: the module.
    ///   - optimizer: the optimizer of its parameters.
    ///   - value: the state, by names: this process's parts or, with `fullStateDict`, whole tensors.
    ///   - options: with `broadcastFromRank0`, only rank 0's state counts, and its tensors are whole. All processes
    ///     call this.
    /// - Throws: `TorchError` if the state does not fit. The optimizer is then unchanged.
    public static func setOptimizerStateDict(
        _ model: Module, _ optimizer: Optimizer, _ value: StateValue, options: StateDictOptions = StateDictOptions()
    ) throws {
        let named = NamedParameters(model, optimizer)
        let tensors = Dictionary(named.list.map { ($0.name, $0.tensor) }, uniquingKeysWith: { a, _ in a })
        let isWhole = options.fullStateDict || options.broadcastFromRank0
        var value = value
        let source = WholeTensors(
            isWhole ? WholeTensors.items(ofOptimizer: value) : [], comesFromRank0: options.broadcastFromRank0)
        let forms = try source.forms()
        if options.broadcastFromRank0 { value = try source.withoutTensors(value) }
        var parts: [String: [String: Tensor]] = [:]
        try source.each(forms, device: { tensors[$0[0]]?.device }) { path, whole in
            if let parameter = tensors[path[0]].flatMap(ShardedParameter.of), whole.shape.sizes == parameter.sizes {
                parts[path[0], default: [:]][path[1]] = parameter.part(of: whole)
            } else {
                parts[path[0], default: [:]][path[1]] = whole
            }
        }
        guard let saved = value["state"]?.dict else {
            throw TorchError(.value, "loaded state dict has no dict 'state'")
        }
        var states = StateMap()
        for (i, (name, _)) in named.list.enumerated() {
            guard var entries = saved[.string(name)]?.dict else { continue }
            for (key, part) in parts[name] ?? [:] { entries[.string(key)] = .tensor(part) }
            states[.int(i)] = .dict(entries)
        }
        let groups = try named.numbered(value["param_groups"]?.list ?? [])
        try optimizer.loadStateDict(["state": .dict(states), "param_groups": .list(groups)])
    }

    // MARK: Checkpoints of parts

    /// Returns the state of a divided module and its optimizer for a checkpoint that all processes write, as `model`
    /// and `optim`. PyTorch: `torch.distributed.checkpoint.state_dict.get_state_dict`.
    ///
    ///     try dist.checkpoint.save(dist.checkpoint.getStateDict(model, optimizer), checkpointID: "step-1000")
    public static func getStateDict(_ model: Module, _ optimizer: Optimizer? = nil) -> ShardedState {
        var shards: [String: TensorShard] = [:]
        var map = StateMap()
        var parts = StateMap()
        for (name, tensor) in entries(of: model) {
            parts[.string(name)] = .tensor(tensor.detach())
            if let parameter = ShardedParameter.of(tensor) {
                shards["model.\(name)"] = parameter.shard(tensor.detach())
            }
        }
        map["model"] = .dict(parts)
        if let optimizer {
            let value = getOptimizerStateDict(model, optimizer)
            map["optim"] = value
            for (name, tensor) in NamedParameters(model, optimizer).list {
                guard let parameter = ShardedParameter.of(tensor) else { continue }
                for (key, entry) in value["state"]?[.string(name)]?.dict ?? StateMap() {
                    guard case .string(let key) = key, case .tensor(let part) = entry,
                        part.shape.sizes == parameter.partSizes
                    else { continue }
                    shards["optim.state.\(name).\(key)"] = parameter.shard(part)
                }
            }
        }
        return ShardedState(value: .dict(map), shards: shards)
    }

    /// Writes the parts of all processes as one checkpoint. All processes call this.
    /// - Throws: `TorchError` in all processes if one cannot write; there is then no checkpoint.
    public static func save(
        _ state: ShardedState, checkpointID: String, processGroup: ProcessGroup? = nil
    ) throws {
        try save(state.value, shards: state.shards, checkpointID: checkpointID, processGroup: processGroup)
    }

    /// Reads a checkpoint of `getStateDict` into a module and its optimizer. They may be divided among another number
    /// of processes than wrote it, or not at all. PyTorch: `torch.distributed.checkpoint.load`, then `set_state_dict`.
    /// - Throws: `TorchError` with file and reason. The module and the optimizer are then unchanged.
    public static func load(
        into model: Module, _ optimizer: Optimizer? = nil, checkpointID: String
    ) throws {
        var whole = StateDict()
        var shards: [String: TensorShard] = [:]
        for (name, tensor) in entries(of: model) {
            if let parameter = ShardedParameter.of(tensor) {
                shards[name] = parameter.shard(tensor.detach())
            } else {
                whole[name] = tensor.detach()
            }
        }
        let before = optimizer?.stateDict()
        if let optimizer {
            let metadata = try Metadata(URL(fileURLWithPath: checkpointID))
            try setOptimizerStateDict(model, optimizer, parts(of: NamedParameters(model, optimizer), metadata))
        }
        do {
            try load(into: whole, shards: shards, prefix: "model.", checkpointID: checkpointID)
        } catch {
            if let before { try? optimizer?.loadStateDict(before) }
            throw error
        }
    }

    /// Reads the state of an optimizer, of divided tensors this process's parts.
    private static func parts(of named: NamedParameters, _ metadata: Metadata) throws -> StateValue {
        let tensors = Dictionary(named.list.map { ($0.name, $0.tensor) }, uniquingKeysWith: { a, _ in a })
        var flat: [(path: [Metadata.Step], value: StateValue)] = []
        for (name, entry) in metadata.entries {
            guard var path = metadata.paths[name], path.first == .key("optim") else { continue }
            path.removeFirst()
            // A parameter's name stays text, also if it is a number.
            if path.count == 3, path[0] == .key("state") { path[1] = .key(path[1].text) }
            switch entry {
            case .bytes: flat.append((path, try metadata.value(of: name)))
            case .tensor(let form):
                var sizes = form.sizes, offsets = form.sizes.map { _ in 0 }
                if path.count == 3, path[0] == .key("state"), let tensor = tensors[path[1].text],
                    let parameter = ShardedParameter.of(tensor), sizes == parameter.sizes
                {
                    sizes = parameter.partSizes
                    offsets[0] = parameter.rows.lowerBound
                }
                flat.append((path, .tensor(try metadata.tensor(name, form, sizes: sizes, at: offsets))))
            }
        }
        guard !flat.isEmpty else { throw TorchError(.runtime, "Missing key in checkpoint state_dict: optim.") }
        return FlatState.join(flat)
    }
}

/// The parameters of an optimizer in the order of its numbers, with their names in a module.
private struct NamedParameters {
    private(set) var list: [(name: String, tensor: Tensor)] = []

    init(_ model: Module, _ optimizer: Optimizer) {
        let names = Dictionary(
            model.namedParameters().map { (ObjectIdentifier($0.parameter), $0.name) }, uniquingKeysWith: { a, _ in a })
        var seen = Set<ObjectIdentifier>()
        for tensor in optimizer.paramGroups.flatMap(\.params)
        where seen.insert(ObjectIdentifier(tensor)).inserted {
            guard let name = names[ObjectIdentifier(tensor)] else {
                raise(.value, "the optimizer has a parameter with shape \(tensor.shape) that is not the module's")
                return
            }
            list.append((name, tensor))
        }
    }

    /// Returns the groups of an optimizer's state, with `name` of each parameter instead of its number.
    func groups(_ value: StateValue, _ name: (String) -> StateValue) -> [StateValue] {
        (value["param_groups"]?.list ?? []).map { group in
            var options = group.dict ?? StateMap()
            options["params"] = .list(
                (group["params"]?.list ?? []).map { number in
                    number.int.flatMap { list.indices.contains($0) ? name(list[$0].name) : nil } ?? number
                })
            return .dict(options)
        }
    }

    /// Returns groups with the parameters' numbers instead of their names.
    func numbered(_ groups: [StateValue]) throws -> [StateValue] {
        let numbers = Dictionary(list.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { a, _ in a })
        return try groups.map { group in
            var options = group.dict ?? StateMap()
            options["params"] = .list(
                try (group["params"]?.list ?? []).map { name in
                    guard let name = name.string, let number = numbers[name] else {
                        throw TorchError(
                            .value, "loaded state dict has a parameter that the optimizer has not: \(name)")
                    }
                    return .int(number)
                })
            return .dict(options)
        }
    }
}
