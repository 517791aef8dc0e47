// Parameters, buffers and modules, of this module and of all below it. A tensor or module that has several names is
// named once, by the first.

extension Module {
    /// Every module with its path: this one (`""`), then its children, depth first. PyTorch: `Module.named_modules`.
    public final func namedModules(prefix: String = "") -> [(name: String, module: Module)] {
        var seen = Set<ObjectIdentifier>()
        var result: [(name: String, module: Module)] = []
        walk(prefix) { path, module, _ in
            guard seen.insert(ObjectIdentifier(module)).inserted else { return false }
            result.append((path, module))
            return true
        }
        return result
    }

    /// PyTorch: `Module.modules`.
    public final func modules() -> [Module] { namedModules().map(\.module) }

    /// The direct children. PyTorch: `Module.children`.
    public final func children() -> [Module] { namedChildren().map(\.module) }

    /// Every parameter with its path, `linear_relu_stack.0.weight`. PyTorch: `Module.named_parameters`.
    ///
    /// - Parameters:
    ///   - prefix: the path of this module, which every name then begins with.
    ///   - recurse: false gives this module's own only.
    ///   - removeDuplicate: false gives a shared parameter under each of its names.
    public final func namedParameters(
        prefix: String = "", recurse: Bool = true, removeDuplicate: Bool = true
    ) -> [(name: String, parameter: Tensor)] {
        named(prefix, recurse, removeDuplicate) { $0.parameters.map { ($0.name, $0.tensor) } }.map { ($0.0, $0.1) }
    }

    /// Every parameter once, in the order of the state dict: what an optimizer is given. PyTorch: `Module.parameters`.
    public final func parameters(recurse: Bool = true) -> [Tensor] {
        var seen = Set<ObjectIdentifier>()
        var result: [Tensor] = []
        gather(recurse, &seen) { members in
            for (_, tensor) in members.parameters { result.append(tensor) }
        }
        var seenTensors = Set<ObjectIdentifier>(minimumCapacity: result.count)
        return result.filter { seenTensors.insert(ObjectIdentifier($0)).inserted }
    }

    /// Every buffer with its path, persistent or not. PyTorch: `Module.named_buffers`.
    public final func namedBuffers(
        prefix: String = "", recurse: Bool = true, removeDuplicate: Bool = true
    ) -> [(name: String, buffer: Tensor)] {
        named(prefix, recurse, removeDuplicate) { $0.buffers.map { ($0.name, $0.tensor) } }.map { ($0.0, $0.1) }
    }

    /// PyTorch: `Module.buffers`.
    public final func buffers(recurse: Bool = true) -> [Tensor] { namedBuffers(recurse: recurse).map(\.buffer) }

    /// The module at a path, `linear_relu_stack.0`; nil where there is none. PyTorch: `Module.get_submodule`.
    public final func getSubmodule(_ path: String) -> Module? {
        if path.isEmpty { return self }
        return path.parts(between: ".").reduce(self) { module, name in
            module?.childEntries().first { $0.name.isExactly(name) }?.module
        }
    }

    /// The parameter at a path, `linear_relu_stack.0.weight`; nil where there is none. PyTorch: `Module.get_parameter`.
    public final func getParameter(_ path: String) -> Tensor? {
        let (owner, name) = split(path)
        return owner?.members().parameters.first { $0.name.isExactly(name) }?.tensor
    }

    /// The buffer at a path; nil where there is none. PyTorch: `Module.get_buffer`.
    public final func getBuffer(_ path: String) -> Tensor? {
        let (owner, name) = split(path)
        return owner?.members().buffers.first { $0.name.isExactly(name) }?.tensor
    }

    /// The module that has what a path names, and the name it has there.
    private func split(_ path: String) -> (owner: Module?, name: String) {
        guard let (before, behind) = path.parts(aroundLast: ".") else { return (self, path) }
        return (getSubmodule(before), behind)
    }

    /// Calls `body` with what every module declares, each module once, without its path.
    private final func gather(_ recurse: Bool, _ seen: inout Set<ObjectIdentifier>, _ body: (ModuleMembers) -> Void) {
        guard seen.insert(ObjectIdentifier(self)).inserted else { return }
        let members = members()
        body(members)
        if !recurse { return }
        for (_, child) in members.children { child.gather(recurse, &seen, body) }
    }

    private func named(
        _ prefix: String, _ recurse: Bool, _ removeDuplicate: Bool, _ pick: (ModuleMembers) -> [(String, Tensor)]
    ) -> [(String, Tensor)] {
        var seen = Set<ObjectIdentifier>()
        var seenModules = Set<ObjectIdentifier>()
        var result: [(String, Tensor)] = []
        walk(prefix) { path, module, members in
            if removeDuplicate, !seenModules.insert(ObjectIdentifier(module)).inserted { return false }
            for (name, tensor) in pick(members) where !removeDuplicate || seen.insert(ObjectIdentifier(tensor)).inserted
            {
                result.append((Module.join(path, name), tensor))
            }
            return recurse
        }
        return result
    }

    /// Calls `body` with every module under every name it has, and with what it declares; where it answers false, what
    /// lies below is left out.
    final func walk(_ path: String, _ body: (String, Module, ModuleMembers) -> Bool) {
        let members = members()
        guard body(path, self, members) else { return }
        for (name, child) in members.children { child.walk(Module.join(path, name), body) }
    }

    final func forEachModule(_ body: (Module) -> Void) {
        body(self)
        for (_, child) in childEntries() { child.forEachModule(body) }
    }

    static func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
