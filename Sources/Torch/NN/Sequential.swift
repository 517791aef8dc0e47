/// Layers one after the other. PyTorch: `torch.nn.Sequential`.
///
///     let stack = Sequential {
///         Linear(784, 512)
///         ReLU()
///         if withDropout { Dropout(0.2) }
///         for _ in 0..<3 { Linear(512, 512) }
///     }
///
/// Layers are named `0`, `1`, … or as given: `Sequential(["fc": Linear(3, 4), "act": ReLU()])`.
public final class Sequential: Module, Layer {
    private var entries: [(name: String, layer: any Layer)]

    public init(_ layers: [any Layer] = []) {
        entries = layers.enumerated().map { (String($0.offset), $0.element) }
    }

    public convenience init(_ layers: any Layer...) { self.init(layers) }

    /// PyTorch: `Sequential(OrderedDict(…))`.
    public init(_ layers: KeyValuePairs<String, any Layer>) {
        entries = layers.map { ($0.key, $0.value) }
    }

    public convenience init(@LayerBuilder _ layers: () -> [any Layer]) { self.init(layers()) }

    public func forward(_ input: Tensor) -> Tensor {
        var x = input
        for entry in entries { x = entry.layer(x) }
        return x
    }

    /// Adds a layer at the end, named by its place. PyTorch: `Sequential.append`.
    @discardableResult
    public func append(_ layer: any Layer) -> Self {
        entries.append((String(entries.count), layer))
        return self
    }

    override func members() -> ModuleMembers { ModuleMembers(children: entries.map { ($0.name, $0.layer) }) }
}

extension Sequential: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { entries.count }

    /// A layer by its place, counted from the end where negative.
    /// - Precondition: -count ≤ `position` < count.
    public subscript(position: Int) -> any Layer {
        get { place(position).map { entries[$0].layer } ?? Identity() }
        set { if let i = place(position) { entries[i].layer = newValue } }
    }

    private func place(_ position: Int) -> Int? { containerIndex(position, entries.count) }
}

/// A place in a container of modules, counted from the end where negative; nil with the error raised out of range.
func containerIndex(_ position: Int, _ count: Int) -> Int? {
    guard position >= -count, position < count else {
        raise(.index, "index \(position) is out of range")
        return nil
    }
    return position < 0 ? position + count : position
}

/// Collects the layers of a `Sequential { … }`.
@resultBuilder
public enum LayerBuilder {
    public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
    public static func buildExpression(_ layers: [any Layer]) -> [any Layer] { layers }
    public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap { $0 } }
    public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
    public static func buildEither(first part: [any Layer]) -> [any Layer] { part }
    public static func buildEither(second part: [any Layer]) -> [any Layer] { part }
    public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap { $0 } }
    public static func buildLimitedAvailability(_ part: [any Layer]) -> [any Layer] { part }
}
