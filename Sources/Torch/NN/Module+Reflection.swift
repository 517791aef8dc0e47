import Locks

/// The members that a module declares itself, without those of its children.
struct ModuleMembers {
    var parameters: [(name: String, tensor: Tensor)] = []
    var buffers: [(name: String, tensor: Tensor, isPersistent: Bool)] = []
    var children: [(name: String, module: Module)] = []
    /// The parameters that are computed, and what from.
    var parametrizations: [(name: String, module: Module)] = []
    /// Where the parameters and buffers are.
    var slots: [(name: String, slot: ModuleSlot)] = []
}

extension Module {
    /// Returns the module's own parameters, buffers and children; those of its superclasses come first. A property can
    /// change at any time, so only names are cached.
    /// - Parameter base: a superclass whose properties, and those of its superclasses, are left out.
    func reflectedMembers(below base: Module.Type = Module.self) -> ModuleMembers {
        var members = ModuleMembers()
        var mirrors: [Mirror] = []
        var mirror: Mirror? = Mirror(reflecting: self)
        while let m = mirror, m.subjectType != base {
            mirrors.append(m)
            mirror = m.superclassMirror
        }
        for mirror in mirrors.reversed() {
            for (label, value) in mirror.children {
                guard let label else { continue }
                collect(label, value, into: &members)
            }
        }
        return members
    }

    private func collect(_ label: String, _ value: Any, into members: inout ModuleMembers) {
        let kind = PropertyKind.of(value)
        if kind == .other { return }
        let name = StateNames.name(of: label, in: Swift.type(of: self))
        switch value {
        case let slot as ModuleSlot: members.add(slot, name)
        default: if let child = module(in: value, kind) { members.children.append((name, child)) }
        }
    }
}

/// Returns a value that is a module, or a group of the modules in an array, dictionary or tuple. Returns nil if there
/// are none.
private func module(in value: Any, _ kind: PropertyKind) -> Module? {
    switch kind {
    case .other: nil
    case .tuple: tupleGroup(value)
    case .member: value as? Module ?? (value as? any ModuleCollection)?.asContainer()
    }
}

private func module(in value: Any) -> Module? { module(in: value, PropertyKind.of(value)) }

/// Returns the modules of a tuple. They are named by their labels or, without labels, by their positions.
private func tupleGroup(_ tuple: Any) -> Module? {
    var entries: [(name: String, module: Module)] = []
    var isList = true
    for (position, (label, value)) in Mirror(reflecting: tuple).children.enumerated() {
        guard let module = module(in: value) else { continue }
        // Reflection labels an element that has no label by its position: ".0".
        let label = label.flatMap { $0.hasPrefix(".") ? nil : snakeCase($0) }
        if label != nil { isList = false }
        entries.append((label ?? String(position), module))
    }
    return entries.isEmpty ? nil : ModuleGroup(entries, isList: isList)
}

extension ModuleMembers {
    /// Adds the tensor of a slot. Does nothing if the slot is empty.
    mutating func add(_ slot: ModuleSlot, _ name: String) {
        if let list = (slot as? ParameterSlot)?.parametrization {
            parametrizations.append((name, list))
            return
        }
        guard let tensor = slot.tensor else { return }
        slots.append((name, slot))
        if let buffer = slot as? BufferSlot {
            buffers.append((name, tensor, buffer.isPersistent))
        } else {
            parameters.append((name, tensor))
        }
    }
}

extension Module {
    /// Returns the module's own members. What parameters are computed from is a child, `parametrizations`.
    final func allMembers() -> ModuleMembers {
        var members = members()
        if !members.parametrizations.isEmpty {
            members.children.append(("parametrizations", ModuleGroup(members.parametrizations, isList: false)))
        }
        return members
    }

    /// Returns the slot of a parameter, or nil if there is none of this name.
    func parameterSlot(_ name: String) -> ParameterSlot? {
        var mirror: Mirror? = Mirror(reflecting: self)
        while let m = mirror {
            for (label, value) in m.children {
                guard let label, let slot = value as? ParameterSlot,
                    StateNames.name(of: label, in: Swift.type(of: self)).isExactly(name)
                else { continue }
                return slot
            }
            mirror = m.superclassMirror
        }
        return nil
    }
}

/// What a property of a type can hold: a member of a module, a tuple that may contain modules, or neither. The answer
/// is cached for each type, because the runtime's casts are slow.
private enum PropertyKind {
    case member, tuple, other

    private static let known = Mutex<[ObjectIdentifier: PropertyKind]>([:])

    static func of(_ value: Any) -> PropertyKind {
        let type = Swift.type(of: value)
        let id = ObjectIdentifier(type)
        if let kind = known.withLock({ $0[id] }) { return kind }
        let kind: PropertyKind =
            if type is ModuleSlot.Type || type is Module.Type || type is any ModuleCollection.Type {
                .member
            } else {
                Mirror(reflecting: value).displayStyle == .tuple ? .tuple : .other
            }
        known.withLock { $0[id] = kind }
        return kind
    }
}

/// Swift collections that can hold modules.
private protocol ModuleCollection {
    func asContainer() -> Module?
}

extension Array: ModuleCollection {
    func asContainer() -> Module? {
        if isEmpty {
            let isOfModules = Element.self is Module.Type || Element.self == (any Layer).self
            return isOfModules ? ModuleGroup([], isList: true) : nil
        }
        // An array whose first element holds no module is not searched further.
        guard let first, module(in: first) != nil else { return nil }
        let modules = compactMap { module(in: $0) }
        guard modules.count == count else { return nil }
        return ModuleGroup(modules.enumerated().map { (String($0.offset), $0.element) }, isList: true)
    }
}

extension Dictionary: ModuleCollection {
    func asContainer() -> Module? {
        guard Key.self == String.self, let first, module(in: first.value) != nil else { return nil }
        let modules = compactMap { entry in
            (entry.key as? String).flatMap { key in module(in: entry.value).map { (name: key, module: $0) } }
        }
        // A Swift dictionary has no order, so the keys are sorted.
        return modules.count == count ? ModuleGroup(modules.sorted { $0.name < $1.name }, isList: false) : nil
    }
}

extension Optional: ModuleCollection {
    func asContainer() -> Module? { flatMap { module(in: $0) } }
}

/// Caches the state name of each property of each class.
private enum StateNames {
    private static let known = Mutex<[ObjectIdentifier: [String: String]]>([:])

    static func name(of label: String, in type: Module.Type) -> String {
        let id = ObjectIdentifier(type)
        if let name = known.withLock({ $0[id]?[label] }) { return name }
        var property = Substring(label)
        let lazyPrefix = "$__lazy_storage_$_"
        if property.hasPrefix(lazyPrefix) {
            property = property.dropFirst(lazyPrefix.count)
        } else if property.hasPrefix("_") {
            // A wrapped property is stored under its name with a leading underscore.
            property = property.dropFirst()
        }
        let name = type.stateName(of: String(property))
        known.withLock { $0[id, default: [:]][label] = name }
        return name
    }
}
