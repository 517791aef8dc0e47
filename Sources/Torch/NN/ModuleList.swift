/// A list of layers, which are called by index or in a loop. PyTorch: `torch.nn.ModuleList`.
///
///     let layers = ModuleList((0..<3).map { _ in Linear(4, 4) })
///
///     func forward(_ input: Tensor) -> Tensor {
///         var x = input
///         for layer in layers { x = layer(x) }
///         return layers[0](x)
///     }
///
/// A Swift array of modules in a module has the same names and print. Its elements keep their own type, so it is the
/// list for modules that have other inputs than a layer: `let blocks = (0..<3).map { _ in Block() }`.
public final class ModuleList: Module {
    private var items: [any Layer]

    /// Creates a list of the given layers.
    public init(_ modules: [any Layer] = []) { items = modules }

    /// Modules that are not layers cannot be called with one tensor.
    @available(
        *, unavailable,
        message: "a ModuleList holds layers; declare modules with other inputs as a Swift array: let blocks = [Block()]"
    )
    public convenience init(_ modules: [Module]) { self.init() }

    /// Appends a layer. PyTorch: `ModuleList.append`.
    @discardableResult
    public func append(_ module: any Layer) -> Self {
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

    /// The layer at an index. A negative index counts from the end.
    /// - Precondition: -count ≤ `position` < count.
    public subscript(position: Int) -> any Layer {
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

/// The modules of a Swift array, dictionary or tuple that is a property of a module. It prints as PyTorch's container.
final class ModuleGroup: Module {
    private let entries: [(name: String, module: Module)]
    /// Whether the names are the indices of a list.
    let isList: Bool

    init(_ entries: [(name: String, module: Module)], isList: Bool) {
        self.entries = entries
        self.isList = isList
    }

    override var typeName: String { isList ? "ModuleList" : "ModuleDict" }

    override func members() -> ModuleMembers { ModuleMembers(children: entries) }
}
