// The parameters, buffers and modules of this module and of all modules below it. A tensor or module with several names
// is listed once, under its first name.

extension Module {
    /// Returns every module with its path: this module (`""`), then its children, depth first.
    /// PyTorch: `Module.named_modules`.
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

    /// Returns this module and all modules below it. PyTorch: `Module.modules`.
    public final func modules() -> [Module] { namedModules().map(\.module) }

    /// Returns the direct children. PyTorch: `Module.children`.
    public final func children() -> [Module] { namedChildren().map(\.module) }

    /// Returns every parameter with its path, such as `linear_relu_stack.0.weight`. PyTorch: `Module.named_parameters`.
    ///
    /// - Parameters:
    ///   - prefix: the path of this module. Every name begins with it.
    ///   - recurse: if false, returns only this module's own parameters.
    ///   - removeDuplicate: if false, returns a shared parameter under each of its names.
    public final func namedParameters(
        prefix: String = "", recurse: Bool = true, removeDuplicate: Bool = true
    ) -> [(name: String, parameter: Tensor)] {
        named(prefix, recurse, removeDuplicate) { $0.parameters.map { ($0.name, $0.tensor) } }.map { ($0.0, $0.1) }
    }

    /// Returns every parameter once, in the order of the state dict. Optimizers take this list.
    /// PyTorch: `Module.parameters`.
    public final func parameters(recurse: Bool = true) -> [Tensor] {
        var seen = Set<ObjectIdentifier>()
        var result: [Tensor] = []
        gather(recurse, &seen) { members in
            for (_, tensor) in members.parameters { result.append(tensor) }
        }
        var seenTensors = Set<ObjectIdentifier>(minimumCapacity: result.count)
        return result.filter { seenTensors.insert(ObjectIdentifier($0)).inserted }
    }

    /// Returns every buffer with its path, including buffers that are not persistent. PyTorch: `Module.named_buffers`.
    public final func namedBuffers(
        prefix: String = "", recurse: Bool = true, removeDuplicate: Bool = true
    ) -> [(name: String, buffer: Tensor)] {
        named(prefix, recurse, removeDuplicate) { $0.buffers.map { ($0.name, $0.tensor) } }.map { ($0.0, $0.1) }
    }

    /// Returns every buffer once. PyTorch: `Module.buffers`.
    public final func buffers(recurse: Bool = true) -> [Tensor] { namedBuffers(recurse: recurse).map(\.buffer) }

    /// Returns the module at a path, such as `linear_relu_stack.0`, or nil if there is none.
    /// PyTorch: `Module.get_submodule`.
    public final func getSubmodule(_ path: String) -> Module? {
        if path.isEmpty { return self }
        return path.parts(between: ".").reduce(self) { module, name in
            module?.childEntries().first { $0.name.isExactly(name) }?.module
        }
    }

    /// Returns the parameter at a path, such as `linear_relu_stack.0.weight`, or nil if there is none.
    /// PyTorch: `Module.get_parameter`.
    public final func getParameter(_ path: String) -> Tensor? {
        let (owner, name) = split(path)
        return owner?.allMembers().parameters.first { $0.name.isExactly(name) }?.tensor
    }

    /// Returns the buffer at a path, or nil if there is none. PyTorch: `Module.get_buffer`.
    public final func getBuffer(_ path: String) -> Tensor? {
        let (owner, name) = split(path)
        return owner?.allMembers().buffers.first { $0.name.isExactly(name) }?.tensor
    }

    /// Splits the path of a tensor into its module and its name in that module.
    private func split(_ path: String) -> (owner: Module?, name: String) {
        guard let (before, behind) = path.parts(aroundLast: ".") else { return (self, path) }
        return (getSubmodule(before), behind)
    }

    /// Calls `body` once for each module, with the module's own members. Computes no paths.
    private final func gather(_ recurse: Bool, _ seen: inout Set<ObjectIdentifier>, _ body: (ModuleMembers) -> Void) {
        guard isFirst(&seen) else { return }
        let members = allMembers()
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
            if removeDuplicate, !module.isFirst(&seenModules) { return false }
            for (name, tensor) in pick(members) where !removeDuplicate || seen.insert(ObjectIdentifier(tensor)).inserted
            {
                result.append((Module.join(path, name), tensor))
            }
            return recurse
        }
        return result
    }

    /// Adds the module to a set of seen modules, and returns whether it was not in it. A group is made anew by each
    /// reflection and then released, so its address may be that of an earlier group; it is never a duplicate.
    private final func isFirst(_ seen: inout Set<ObjectIdentifier>) -> Bool {
        self is ModuleGroup || seen.insert(ObjectIdentifier(self)).inserted
    }

    /// Calls `body` with every module under each of its paths, and with the module's own members. If `body` returns
    /// false, the modules below are skipped.
    final func walk(_ path: String, _ body: (String, Module, ModuleMembers) -> Bool) {
        let members = allMembers()
        guard body(path, self, members) else { return }
        for (name, child) in members.children { child.walk(Module.join(path, name), body) }
    }

    static func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
