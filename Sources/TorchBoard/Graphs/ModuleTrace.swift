import Torch

/// The graph of one call of a module: operators of the tape in the boxes of the modules that ran them.
///
/// A hook before each module and a hook after it walk back over the tape. What the inputs of a module are made of, and
/// nobody has claimed yet, belongs to the module around it; what its outputs are made of belongs to the module itself.
/// Modules inside it have claimed theirs before.
final class ModuleTrace {
    private(set) var nodes: [GraphNode] = []
    /// Whether the module has returned.
    private(set) var hasRun = false

    private let model: Module
    /// The path of each module in the graph, such as `Net/Sequential[stack]/Linear[0]`.
    private var scopes: [ObjectIdentifier: String] = [:]
    /// The parameters, by the tape's nodes that accumulate their gradients.
    private var parameters: [ObjectIdentifier: (name: String, shape: [Int])] = [:]
    /// The names of the tape's nodes, and of tensors that are not on the tape.
    private var names: [ObjectIdentifier: String] = [:]
    /// What has a name. It must stay in memory, or another object might get its address.
    private var named: [AnyObject] = []
    private var uses: [String: Int] = [:]
    /// The scopes of the modules that run.
    private var running: [String] = []

    init(_ model: Module) {
        self.model = model
        var paths: [String: String] = [:]
        for (path, module) in model.namedModules() {
            let parts = path.split(separator: ".", omittingEmptySubsequences: false)
            let parent = paths[parts.dropLast().joined(separator: ".")] ?? model.typeName
            let scope = path.isEmpty ? model.typeName : "\(parent)/\(module.typeName)[\(parts.last ?? "")]"
            paths[path] = scope
            scopes[ObjectIdentifier(module)] = scope
        }
    }

    /// Calls the module by `call`.
    func run<Output>(_ call: () -> Output) {
        let modules = model.namedModules().map(\.module), modes = modules.map(\.isTraining)
        // Only what needs a gradient is on the tape.
        let frozen = model.parameters().filter { $0.dtype.isInexact && !$0.requiresGrad }
        for parameter in frozen { parameter.requiresGrad_() }
        model.eval()
        enableGrad {
            for (path, module) in model.namedModules() {
                let scope = scopes[ObjectIdentifier(module)] ?? path
                for (name, parameter) in module.namedParameters(recurse: false) {
                    // A view of a parameter leads to the node that accumulates the parameter's gradient.
                    guard let accumulator = parameter.viewAs(parameter).gradFn?.nextFunctions.first ?? nil else {
                        continue
                    }
                    named.append(accumulator)
                    parameters[ObjectIdentifier(accumulator)] = ("\(scope)/\(name)", Array(parameter.shape))
                }
            }
        }
        let handles = modules.flatMap { module in
            [
                module.registerForwardPreHook(inputs: [Any].self) { self.begin($0, $1) },
                module.registerForwardHook(inputs: [Any].self, output: Any.self) { self.end($0, $1, $2) }
            ]
        }
        _ = enableGrad { call() }
        for handle in handles { handle.remove() }
        for (module, mode) in zip(modules, modes) { module.isTraining = mode }
        for parameter in frozen { parameter.requiresGrad_(false) }
    }

    /// Runs before a module. Returns other inputs for the whole model: copies that the tape knows.
    private func begin(_ module: Module, _ inputs: [Any]) -> [Any]? {
        defer { running.append(scopes[ObjectIdentifier(module)] ?? module.typeName) }
        if let scope = running.last {
            for tensor in tensors(in: inputs) { _ = producer(of: tensor, scope) }
            return nil
        }
        return inputs.map { input in
            guard let tensor = input as? Tensor else {
                for tensor in tensors(in: input) where tensor.gradFn == nil { addInput(tensor) }
                return input
            }
            // The copy is no leaf, so the model may write to it in place.
            let copy = tensor.dtype.isInexact ? tensor.detach().requiresGrad_().clone() : tensor
            addInput(copy)
            return copy
        }
    }

    private func addInput(_ tensor: Tensor) {
        let name = unique("input/input")
        nodes.append(GraphNode(name: name, operation: "IO Node", inputs: [], shapes: [Array(tensor.shape)]))
        give(name, to: tensor.gradFn ?? tensor)
    }

    /// Runs after a module.
    private func end(_ module: Module, _ inputs: [Any], _ output: Any) -> Any? {
        let scope = running.removeLast(), outputs = tensors(in: output)
        let isLeaf = module.children().isEmpty
        for tensor in outputs {
            if let node = tensor.gradFn {
                claim(node, scope)
                // A module that returns its input has no node of its own.
                guard isLeaf, let name = names[ObjectIdentifier(node)], name.hasPrefix("\(scope)/"),
                    let position = nodes.lastIndex(where: { $0.name == name })
                else { continue }
                nodes[position].attributes = module.extraRepr
                // Indices, for example, which have no derivative.
                for input in tensors(in: inputs) where input.gradFn == nil {
                    if let source = names[ObjectIdentifier(input)], !nodes[position].inputs.contains(source) {
                        nodes[position].inputs.append(source)
                    }
                }
            } else if names[ObjectIdentifier(tensor)] == nil {
                let sources = tensors(in: inputs).compactMap { producer(of: $0, scope) }
                let name = unique("\(scope)/\(module.typeName)")
                nodes.append(
                    GraphNode(
                        name: name, operation: module.typeName, inputs: sources, shapes: [Array(tensor.shape)],
                        attributes: module.extraRepr))
                give(name, to: tensor)
            }
        }
        if running.isEmpty {
            hasRun = true
            for tensor in outputs {
                nodes.append(
                    GraphNode(
                        name: unique("output/output"), operation: "IO Node",
                        inputs: [producer(of: tensor, scope)].compactMap { $0 }, shapes: [Array(tensor.shape)]))
            }
        }
        return nil
    }

    /// Returns the name of the node that made a tensor, or nil if it is a constant.
    private func producer(of tensor: Tensor, _ scope: String) -> String? {
        guard let node = tensor.gradFn else { return names[ObjectIdentifier(tensor)] }
        claim(node, scope)
        return names[ObjectIdentifier(node)]
    }

    /// Adds the nodes of the tape that lead to a node and have no name yet. A loop, because a tape may be long.
    private func claim(_ last: Node, _ scope: String) {
        var waiting = [last]
        while let node = waiting.last {
            let id = ObjectIdentifier(node)
            if names[id] != nil {
                waiting.removeLast()
                continue
            }
            if let parameter = parameters[id] {
                nodes.append(
                    GraphNode(name: parameter.name, operation: "Parameter", inputs: [], shapes: [parameter.shape]))
                give(parameter.name, to: node)
                continue
            }
            let sources = node.nextFunctions.compactMap { $0 }
            let missing = sources.filter { names[ObjectIdentifier($0)] == nil }
            if missing.isEmpty {
                let name = unique("\(scope)/\(node.operatorName)")
                nodes.append(
                    GraphNode(
                        name: name, operation: String(node.operatorName),
                        inputs: sources.compactMap { names[ObjectIdentifier($0)] }, shapes: node.outputSizes))
                give(name, to: node)
            } else {
                waiting += missing
            }
        }
    }

    private func give(_ name: String, to object: AnyObject) {
        names[ObjectIdentifier(object)] = name
        named.append(object)
    }

    /// Returns the name, with a number after it from the second use on.
    private func unique(_ name: String) -> String {
        let count = uses[name, default: 0] + 1
        uses[name] = count
        return count == 1 ? name : "\(name)_\(count - 1)"
    }

    /// The tensors in a value: in arrays, dictionaries, tuples, optionals and structures.
    private func tensors(in value: Any) -> [Tensor] {
        if let tensor = value as? Tensor { return [tensor] }
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .class { return [] }
        return mirror.children.flatMap { tensors(in: $0.value) }
    }
}
