import Torch

/// One case of a module, which properties call in other ways than PyTorch did: the arguments of its initializer and
/// those of its call.
struct ModuleCase {
    let moduleName: String
    let json: JSON
    private let entry: ModuleTable.Entry
    var initializer: Arguments
    var call: Arguments
    /// Where the module is moved after its creation.
    var device = Device.cpu
    /// Replaces the parameters and buffers of a new module, in the order of their names.
    var replaceState: ((Tensor, Int) throws -> Tensor)?

    init(_ name: String, _ json: JSON, _ entry: ModuleTable.Entry) throws {
        moduleName = name
        self.json = json
        self.entry = entry
        var options: JSON = [:]
        options["args"] = json["init_args"]
        options["kwargs"] = json["init_kwargs"]
        initializer = try Arguments(options)
        call = try Arguments(json)
    }

    /// Whether a call writes to its input.
    var writes: Bool {
        guard entry.signature.contains("inplace") else { return false }
        return (try? Call(entry.signature, initializer.positional, initializer.keywords).bool("inplace", false))
            ?? false
    }

    /// Reads the case again, with new tensors.
    func fresh() throws -> ModuleCase { try ModuleCase(moduleName, json, entry) }

    /// Creates the module, with the case's own initial values.
    func module() throws -> Module {
        if let seed = json["seed"] as? Int { manualSeed(seed) }
        let module = try entry.make(Call(entry.signature, initializer.positional, initializer.keywords))
        module.train(json["training"] as? Bool ?? true)
        if let replaceState {
            var state = module.stateDict()
            for (number, name) in state.keys.sorted().enumerated() {
                state[name] = try state[name].map { try replaceState($0, number) }
            }
            try module.loadStateDict(state, assign: true)
        }
        if device != .cpu { module.to(device) }
        return module
    }

    /// Calls a module.
    func forward(_ module: Module) throws -> Value {
        OperatorCase.calls += 1
        reseed()
        return try entry.forward(module, call.positional, call.keywords)
    }

    /// Sets the generator to the state in which the call starts.
    func reseed() {
        if let seed = json["forward_seed"] as? Int { manualSeed(seed) }
    }

    /// Creates the module and calls it.
    func result() throws -> Value { try forward(module()) }

    /// Returns the tensor of the call, or of the module, at a path.
    /// - Throws: `Malformed` if there is no tensor at this path.
    func tensor(at path: String, of module: Module) throws -> Tensor {
        if !path.hasPrefix("param/") { return try call.tensor(at: path) }
        guard let found = module.stateDict(keepVars: true)[String(path.dropFirst("param/".count))] else {
            throw Malformed("no tensor at \(path)")
        }
        return found
    }
}
