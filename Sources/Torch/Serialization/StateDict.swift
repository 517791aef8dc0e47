/// Tensors by name, in order: what `Module.stateDict()` gives and `.pth` and `.safetensors` files hold. PyTorch: the
/// `OrderedDict` of `state_dict()`.
///
/// Setting a new key appends it, setting an old one keeps its place. Names are told apart by their code points, as in
/// Python: é in one code point and in two are two names. Looking up is O(1), removing is O(count).
public struct StateDict: ExpressibleByDictionaryLiteral, Sendable {
    public typealias Element = (key: String, value: Tensor)

    private var entries = OrderedEntries<ExactText, Tensor>()

    public init() {}

    /// - Note: of a key written twice the last value counts.
    public init(dictionaryLiteral elements: (String, Tensor)...) {
        self.init(elements)
    }

    public init(_ elements: some Sequence<(String, Tensor)>) {
        for (key, value) in elements { self[key] = value }
    }

    /// The tensor of a name, nil where there is none; setting nil removes the name.
    public subscript(key: String) -> Tensor? {
        get { entries[ExactText(key)] }
        set { entries[ExactText(key)] = newValue }
    }

    public var keys: [String] { entries.list.map(\.key.text) }
    public var values: [Tensor] { entries.list.map(\.value) }
}

extension StateDict: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { entries.list.count }
    /// The name and tensor at a place in the order.
    public subscript(position: Int) -> Element { (entries.list[position].key.text, entries.list[position].value) }
}
