/// A list of modules. A Swift array of modules in a module has the same names and print.
/// PyTorch: `torch.nn.ModuleList`.
public final class ModuleList: Module {
    private var items: [Module]

    /// Creates a list of the given modules.
    public init(_ modules: [Module] = []) { items = modules }

    /// Appends a module. PyTorch: `ModuleList.append`.
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

    /// The module at an index. A negative index counts from the end.
    /// - Precondition: -count ≤ `position` < count.
    public subscript(position: Int) -> Module {
        get { containerIndex(position, items.count).map { items[$0] } ?? Identity() }
        set { if let i = containerIndex(position, items.count) { items[i] = newValue } }
    }
}

/// An ordered dictionary of modules. A Swift dictionary from strings to modules in a module acts the same, in
/// alphabetical order. PyTorch: `torch.nn.ModuleDict`.
public final class ModuleDict: Module {
    private var items = OrderedEntries<ExactText, Module>()

    /// Creates a dictionary of the given modules, in the given order.
    public convenience init(_ modules: KeyValuePairs<String, Module> = [:]) {
        self.init(modules.map { ($0.key, $0.value) })
    }

    init(_ modules: [(String, Module)]) {
        for (name, module) in modules { items[ExactText(name)] = module }
    }

    /// The names, in order.
    public var keys: [String] { items.list.map(\.key.text) }
    /// The modules, in order.
    public var values: [Module] { items.list.map(\.value) }
    /// The number of modules.
    public var count: Int { items.list.count }

    /// The module with a name. Setting nil removes it.
    public subscript(name: String) -> Module? {
        get { items[ExactText(name)] }
        set { items[ExactText(name)] = newValue }
    }

    override func members() -> ModuleMembers { ModuleMembers(children: items.list.map { ($0.key.text, $0.value) }) }
}
