/// An ordered dictionary from names to tensors. `Module.stateDict()` returns it, and `.pth` and `.safetensors` files
/// contain it. PyTorch: the `OrderedDict` of `state_dict()`.
///
/// A new key is appended; setting an old key keeps its position. Names are compared by code points, as in Python: é as
/// one code point and é as two are different names. Lookup is O(1), removal is O(count).
public struct StateDict: ExpressibleByDictionaryLiteral, Sendable {
    /// A name and its tensor.
    public typealias Element = (key: String, value: Tensor)

    private var entries = OrderedEntries<ExactText, Tensor>()

    /// Creates an empty dictionary.
    public init() {}

    /// Creates a dictionary of the given tensors, in order.
    /// - Note: if a key occurs twice, the last value is used.
    public init(dictionaryLiteral elements: (String, Tensor)...) {
        self.init(elements)
    }

    /// Creates a dictionary of the given tensors, in order. If a key occurs twice, the last value is used.
    public init(_ elements: some Sequence<(String, Tensor)>) {
        for (key, value) in elements { self[key] = value }
    }

    /// The tensor with a name, or nil if there is none. Setting nil removes the name.
    public subscript(key: String) -> Tensor? {
        get { entries[ExactText(key)] }
        set { entries[ExactText(key)] = newValue }
    }

    /// The names, in order.
    public var keys: [String] { entries.list.map(\.key.text) }
    /// The tensors, in order.
    public var values: [Tensor] { entries.list.map(\.value) }
}

extension StateDict: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { entries.list.count }
    /// The name and tensor at a position.
    public subscript(position: Int) -> Element { (entries.list[position].key.text, entries.list[position].value) }
}

extension StateDict: TensorTree {
    public func mapTensors(_ body: (Tensor) -> Tensor) -> StateDict { StateDict(map { ($0.key, body($0.value)) }) }
}
