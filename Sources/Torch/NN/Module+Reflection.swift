import Locks

/// The members that a module declares itself, without those of its children.
struct ModuleMembers {
    var parameters: [(name: String, tensor: Tensor)] = []
    var buffers: [(name: String, tensor: Tensor, isPersistent: Bool)] = []
    var children: [(name: String, module: Module)] = []
}

extension Module {
    /// Returns the module's own parameters, buffers and children; those of its superclasses come first. A property can
    /// change at any time, so only names are cached.
    func reflectedMembers() -> ModuleMembers {
        var members = ModuleMembers()
        var mirrors: [Mirror] = []
        var mirror: Mirror? = Mirror(reflecting: self)
        while let m = mirror, m.subjectType != Module.self {
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
        let kind = PropertyKind.of(Swift.type(of: value))
        if kind == .other { return }
        let name = StateNames.name(of: label, in: Swift.type(of: self))
        switch value {
        case let slot as ModuleSlot: members.add(slot, name)
        case let child as Module: members.children.append((name, child))
        default:
            if let child = (value as? any ModuleCollection)?.asContainer() { members.children.append((name, child)) }
        }
    }
}

extension ModuleMembers {
    /// Adds the tensor of a slot. Does nothing if the slot is empty.
    mutating func add(_ slot: ModuleSlot, _ name: String) {
        guard let tensor = slot.tensor else { return }
        if let buffer = slot as? BufferSlot {
            buffers.append((name, tensor, buffer.isPersistent))
        } else {
            parameters.append((name, tensor))
        }
    }
}

/// Whether a property of a type can hold a member of a module. The answer is cached for each type, because the
/// runtime's casts are slow.
private enum PropertyKind {
    case member, other

    private static let known = Mutex<[ObjectIdentifier: PropertyKind]>([:])

    static func of(_ type: Any.Type) -> PropertyKind {
        let id = ObjectIdentifier(type)
        if let kind = known.withLock({ $0[id] }) { return kind }
        let kind: PropertyKind =
            type is ModuleSlot.Type || type is Module.Type || type is any ModuleCollection.Type ? .member : .other
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
        if isEmpty { return Element.self is Module.Type || Element.self == (any Layer).self ? ModuleList([]) : nil }
        guard first is Module else { return nil }
        let modules = compactMap { $0 as? Module }
        return modules.count == count ? ModuleList(modules) : nil
    }
}

extension Dictionary: ModuleCollection {
    func asContainer() -> Module? {
        guard Key.self == String.self, first?.value is Module else { return nil }
        let modules = compactMap { entry in
            (entry.key as? String).flatMap { key in (entry.value as? Module).map { (key, $0) } }
        }
        // A Swift dictionary has no order, so the keys are sorted.
        return modules.count == count ? ModuleDict(modules.sorted { $0.0 < $1.0 }) : nil
    }
}

extension Optional: ModuleCollection {
    func asContainer() -> Module? {
        guard let value = self, let collection = value as? any ModuleCollection else { return nil }
        return collection.asContainer()
    }
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

/// Converts a name to snake case: `linearReluStack` → `linear_relu_stack`. A run of capitals is one word: `weightIH` →
/// `weight_ih`.
func snakeCase(_ name: String) -> String {
    let letters = Array(name)
    var result = ""
    for (i, c) in letters.enumerated() {
        if c.isUppercase, i > 0, letters[i - 1] != "_" {
            let startsWord = !letters[i - 1].isUppercase || (i + 1 < letters.count && letters[i + 1].isLowercase)
            if startsWord { result.append("_") }
        }
        result += c.lowercased()
    }
    return result
}
