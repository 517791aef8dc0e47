/// Modules by number. A plain Swift array of modules in a module is named and printed the same. PyTorch:
/// `torch.nn.ModuleList`.
public final class ModuleList: Module {
    private var items: [Module]

    public init(_ modules: [Module] = []) { items = modules }

    /// PyTorch: `ModuleList.append`.
    @discardableResult
    public func append(_ module: Module) -> Self {
        items.append(module)
        return self
    }

    override func members() -> ModuleMembers {
        ModuleMembers(children: items.enumerated().map { (String($0.offset), $0.element) })
    }
}

extension ModuleList: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { items.count }

    /// A module by its place, counted from the end where negative.
    /// - Precondition: -count ≤ `position` < count.
    public subscript(position: Int) -> Module {
        get { containerIndex(position, items.count).map { items[$0] } ?? Identity() }
        set { if let i = containerIndex(position, items.count) { items[i] = newValue } }
    }
}

/// Modules by name, in order. A plain Swift dictionary from strings to modules in a module is the same, in the
/// alphabet's order. PyTorch: `torch.nn.ModuleDict`.
public final class ModuleDict: Module {
    private var items = OrderedEntries<ExactText, Module>()

    public convenience init(_ modules: KeyValuePairs<String, Module> = [:]) {
        self.init(modules.map { ($0.key, $0.value) })
    }

    init(_ modules: [(String, Module)]) {
        for (name, module) in modules { items[ExactText(name)] = module }
    }

    public var keys: [String] { items.list.map(\.key.text) }
    public var values: [Module] { items.list.map(\.value) }
    public var count: Int { items.list.count }

    /// The module of a name; setting nil removes it.
    public subscript(name: String) -> Module? {
        get { items[ExactText(name)] }
        set { items[ExactText(name)] = newValue }
    }

    override func members() -> ModuleMembers { ModuleMembers(children: items.list.map { ($0.key.text, $0.value) }) }
}
