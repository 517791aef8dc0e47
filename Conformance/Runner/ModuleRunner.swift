import Torch

/// Runs the cases of one module's file: its initial state, its text, its result, buffers and gradients.
struct ModuleRunner {
    let name: String
    let cases: [JSON]
    let entry: ModuleTable.Entry?

    init(name: String, cases: [JSON], _ table: ModuleTable) {
        self.name = name
        self.cases = cases
        entry = table.entries[name]
    }

    func caseName(_ index: Int) -> String { cases[index]["name"] as? String ?? "\(index)" }

    func run(_ index: Int) throws -> Verdict {
        guard let entry else { return .unsupported("no adapter") }
        let found = try withError { try problem(cases[index], entry) }
        return found.map { .failed($0) } ?? .passed
    }

    private func problem(_ json: JSON, _ entry: ModuleTable.Entry) throws -> String? {
        func values(_ key: String) throws -> [Value] { try (json[key] as? [JSON] ?? []).map { try Value($0) } }
        func dictionary(_ key: String) throws -> [String: Value] {
            try (json[key] as? [String: JSON] ?? [:]).mapValues { try Value($0) }
        }
        guard let expected = json["expect"] as? JSON, let state = json["state_dict"] as? [String: JSON] else {
            throw Malformed("a module's case without expect and state_dict")
        }
        if let seed = json["seed"] as? Int { manualSeed(seed) }
        let module = try entry.make(Call(entry.signature, values("init_args"), dictionary("init_kwargs")))
        if let found = try difference(of: module, from: state, .exact, "the initial state") { return found }
        if let text = json["repr"] as? String, "\(module)" != text {
            return "prints \(module) where \(text) is expected"
        }
        module.train(json["training"] as? Bool ?? true)
        if let seed = json["forward_seed"] as? Int { manualSeed(seed) }
        let arguments = try values("args"), keywords = try dictionary("kwargs")
        let grad = json["grad"] as? JSON
        let parameters = module.stateDict(keepVars: true)
        let inputs: [Tensor] = try (grad?["inputs"] as? [String] ?? []).map { path in
            let steps = path.split(separator: "/")
            let found: Value? =
                switch steps.first {
                case "args": Value.list(arguments).at(steps.dropFirst())
                case "kwargs": Value.dict(keywords).at(steps.dropFirst())
                case "param": parameters[String(path.dropFirst("param/".count))].map { .tensor($0) }
                default: nil
                }
            guard case .tensor(let tensor) = found else { throw Malformed("no tensor at \(path)") }
            return tensor.requiresGrad_()
        }
        let result = try entry.forward(module, arguments, keywords)
        if let found = try difference(result, expected) { return "result: \(found)" }
        if let after = json["state_dict_after"] as? [String: JSON] {
            let now = module.stateDict()
            for (key, value) in after.sorted(by: { $0.key < $1.key }) {
                if let found = try difference(now[key].map { .tensor($0) }, value) {
                    return "the state afterwards, \(key): \(found)"
                }
            }
        }
        guard let grad, let numbers = grad["outputs"] as? [Int], let cotangents = grad["cotangents"] as? [JSON],
            let gradients = grad["expect"] as? [JSON],
            let paths = grad["inputs"] as? [String]
        else { return nil }
        let tensors = result.tensors
        guard numbers.allSatisfy(tensors.indices.contains) else { return "\(tensors.count) results" }
        let grads = Torch.grad(
            numbers.map { tensors[$0] }, inputs, gradOutputs: try cotangents.map { try Value($0).tensors.first },
            allowUnused: true)
        for (i, (actual, json)) in zip(grads, gradients).enumerated() {
            if let found = try difference(actual.map { .tensor($0) }, json, .gradient) {
                return "gradient of \(paths[i]): \(found)"
            }
        }
        return nil
    }

    private func difference(
        of module: Module, from state: [String: JSON], _ tolerance: Tolerance, _ what: String
    ) throws -> String? {
        let own = module.stateDict()
        if own.keys.sorted() != state.keys.sorted() {
            return "\(what) has the names \(own.keys.sorted()) where \(state.keys.sorted()) are expected"
        }
        for (key, value) in state.sorted(by: { $0.key < $1.key }) {
            if let found = try conformance.difference(own[key].map { .tensor($0) }, value, tolerance) {
                return "\(what), \(key): \(found)"
            }
        }
        return nil
    }

    private func difference(_ actual: Value?, _ expected: JSON, _ tolerance: Tolerance = .value) throws -> String? {
        try conformance.difference(actual, expected, tolerance)
    }
}

/// Creates and calls modules in Swift.
struct ModuleTable {
    struct Entry {
        let signature: String
        let make: (Call) throws -> Module
        let forward: (Module, [Value], [String: Value]) throws -> Value
    }

    var entries: [String: Entry] = [:]

    /// Adds a module that takes one tensor. If `result` returns a value, the module is called for it with the
    /// arguments of its initializer, instead of for one tensor.
    mutating func add(
        _ name: String, _ signature: String, _ make: @escaping (Call) throws -> any Layer,
        result: @escaping (Module, Tensor, Call) throws -> Value?
    ) {
        final class Box: @unchecked Sendable { var arguments: Call? }
        let box = Box()
        entries[name] = Entry(
            signature: signature,
            make: { arguments in
                box.arguments = arguments
                return try make(arguments)
            },
            forward: { module, positional, keywords in
                let input = try Call("input", positional, keywords).tensor("input")
                if let arguments = box.arguments, let value = try result(module, input, arguments) { return value }
                guard let layer = module as? any Layer else { throw Unsupported("a module that is no layer") }
                return .tensor(layer(input))
            })
    }

    /// Adds a module that takes one tensor.
    mutating func layer(_ name: String, _ signature: String = "", _ make: @escaping (Call) throws -> any Layer) {
        entries[name] = Entry(
            signature: signature, make: { try make($0) },
            forward: { module, positional, keywords in
                let call = try Call("input", positional, keywords)
                guard let layer = module as? any Layer else { throw Unsupported("a module that is no layer") }
                return .tensor(layer(try call.tensor("input")))
            })
    }

    /// Adds a module with inputs and results of its own.
    mutating func module<M: Module, R: Outcome>(
        _ name: String, _ signature: String, inputs: String, _ make: @escaping (Call) throws -> M,
        forward: @escaping (M, Call) throws -> R
    ) {
        entries[name] = Entry(
            signature: signature, make: { try make($0) },
            forward: { module, positional, keywords in
                guard let module = module as? M else { throw Unsupported("a module of another class") }
                return try forward(module, Call(inputs, positional, keywords)).value
            })
    }

    /// Adds a module that takes two tensors, usually a loss.
    mutating func pair(
        _ name: String, _ signature: String, names: String = "input target",
        _ make: @escaping (Call) throws -> any BinaryLayer
    ) {
        entries[name] = Entry(
            signature: signature, make: { try make($0) },
            forward: { module, positional, keywords in
                let call = try Call(names, positional, keywords)
                guard let layer = module as? any BinaryLayer else {
                    throw Unsupported("a module that is no layer of two tensors")
                }
                let labels = names.split(separator: " ").map(String.init)
                return .tensor(layer(try call.tensor(labels[0]), try call.tensor(labels[1])))
            })
    }
    /// Adds a module that takes three tensors.
    mutating func triple(
        _ name: String, _ signature: String, names: String = "input1 input2 target",
        _ make: @escaping (Call) throws -> any TernaryModule<Tensor, Tensor, Tensor, Tensor>
    ) {
        entries[name] = Entry(
            signature: signature, make: { try make($0) },
            forward: { module, positional, keywords in
                let call = try Call(names, positional, keywords)
                guard let layer = module as? any TernaryModule<Tensor, Tensor, Tensor, Tensor> else {
                    throw Unsupported("a module that is no layer of three tensors")
                }
                let labels = names.split(separator: " ").map(String.init)
                return .tensor(
                    layer(try call.tensor(labels[0]), try call.tensor(labels[1]), try call.tensor(labels[2])))
            })
    }

    /// Adds a module that is called in another way.
    mutating func module<M: Module>(
        _ name: String, _ signature: String, _ names: String, _ make: @escaping (Call) throws -> M,
        call: @escaping (M, Call) throws -> Tensor
    ) {
        entries[name] = Entry(
            signature: signature, make: { try make($0) },
            forward: { module, positional, keywords in
                guard let module = module as? M else { throw Unsupported("a module of another class") }
                return .tensor(try call(module, Call(names, positional, keywords)))
            })
    }
}
