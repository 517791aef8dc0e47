/// Runs layers one after the other. PyTorch: `torch.nn.Sequential`.
///
///     let stack = Sequential {
///         Linear(784, 512)
///         ReLU()
///         if withDropout { Dropout(0.2) }
///         for _ in 0..<3 { Linear(512, 512) }
///     }
///
/// Layers are named `0`, `1`, …, or have given names: `Sequential(["fc": Linear(3, 4), "act": ReLU()])`. A subclass is a
/// block with a name of its own in print; its own modules come after the layers.
open class Sequential: Module, Layer {
    private var entries: [(name: String, layer: any Layer)]

    /// Creates a sequence of layers that are named by their index.
    public init(_ layers: [any Layer] = []) {
        entries = layers.enumerated().map { (String($0.offset), $0.element) }
    }

    /// Like `init(_:)`, for a list of arguments.
    public convenience init(_ layers: any Layer...) { self.init(layers) }

    /// Creates a sequence of layers with the given names. PyTorch: `Sequential(OrderedDict(…))`.
    public init(_ layers: KeyValuePairs<String, any Layer>) {
        entries = layers.map { ($0.key, $0.value) }
    }

    /// Creates a sequence of layers with names that are computed.
    public init(named layers: [(name: String, layer: any Layer)]) { entries = layers }

    /// Creates a sequence from a block of layers that are named by their index.
    public convenience init(@LayerBuilder _ layers: () -> [any Layer]) { self.init(layers()) }

    /// Passes the input through all layers, in order.
    open func forward(_ input: Tensor) -> Tensor {
        var x = input
        for entry in entries { x = entry.layer(x) }
        return x
    }

    /// Appends a layer, named by its index. PyTorch: `Sequential.append`.
    @discardableResult
    public final func append(_ layer: any Layer) -> Self {
        entries.append((String(entries.count), layer))
        return self
    }

    final override func members() -> ModuleMembers {
        var members = type(of: self) == Sequential.self ? ModuleMembers() : reflectedMembers(below: Sequential.self)
        members.children = entries.map { ($0.name, $0.layer) } + members.children
        return members
    }
}

extension Sequential: RandomAccessCollection {
    public final var startIndex: Int { 0 }
    public final var endIndex: Int { entries.count }

    /// The layer at an index. A negative index counts from the end.
    /// - Precondition: -count ≤ `position` < count.
    public final subscript(position: Int) -> any Layer {
        get { wrappedIndex(position).map { entries[$0].layer } ?? Identity() }
        set { if let i = wrappedIndex(position) { entries[i].layer = newValue } }
    }

    private func wrappedIndex(_ position: Int) -> Int? { containerIndex(position, entries.count) }
}

/// Returns the index in a container, counted from the front. Raises and returns nil if it is out of range.
func containerIndex(_ position: Int, _ count: Int) -> Int? {
    guard position >= -count, position < count else {
        raise(.index, "index \(position) is out of range")
        return nil
    }
    return position < 0 ? position + count : position
}

/// Collects the layers of a `Sequential { … }` block.
@resultBuilder
public enum LayerBuilder {
    /// Returns one layer as a list.
    public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
    /// Returns a list of layers unchanged.
    public static func buildExpression(_ layers: [any Layer]) -> [any Layer] { layers }
    /// Joins the parts of a block.
    public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap { $0 } }
    /// Returns the layers of an `if` without `else`, or an empty list.
    public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
    /// Returns the layers of the first branch of an `if`.
    public static func buildEither(first part: [any Layer]) -> [any Layer] { part }
    /// Returns the layers of the second branch of an `if`.
    public static func buildEither(second part: [any Layer]) -> [any Layer] { part }
    /// Joins the layers of all iterations of a loop.
    public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap { $0 } }
    /// Returns the layers of an `if #available` block.
    public static func buildLimitedAvailability(_ part: [any Layer]) -> [any Layer] { part }
}
