/// Tensors by name, in order: what `Module.stateDict()` gives and `.pth` and `.safetensors` files hold. PyTorch: the `OrderedDict` of `state_dict()`.
///
/// Setting a new key appends it, setting an old one keeps its place. Looking up is O(1), removing is O(count).
public struct StateDict: ExpressibleByDictionaryLiteral, Sendable {
    public typealias Element = (key: String, value: Tensor)

    private var entries: [Element] = []
    private var places: [String: Int] = [:]

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
        get { places[key].map { entries[$0].value } }
        set {
            switch (places[key], newValue) {
            case (let place?, let value?):
                entries[place].value = value
            case (nil, let value?):
                places[key] = entries.count
                entries.append((key, value))
            case (let place?, nil):
                entries.remove(at: place)
                places[key] = nil
                for i in place..<entries.count { places[entries[i].key] = i }
            case (nil, nil):
                break
            }
        }
    }

    public var keys: [String] { entries.map(\.key) }
    public var values: [Tensor] { entries.map(\.value) }
}

extension StateDict: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { entries.count }
    /// The name and tensor at a place in the order.
    public subscript(position: Int) -> Element { entries[position] }
}
