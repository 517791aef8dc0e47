/// Values by key, in the order in which the keys were first set. Lookup is O(1), removal is O(count).
struct OrderedEntries<Key: Hashable, Value> {
    private(set) var list: [(key: Key, value: Value)] = []
    private var places: [Key: Int] = [:]

    /// Reads or writes a value. A new key is appended, an existing key keeps its place, and nil removes the key.
    subscript(key: Key) -> Value? {
        get { places[key].map { list[$0].value } }
        set {
            switch (places[key], newValue) {
            case (let place?, let value?):
                list[place].value = value
            case (nil, let value?):
                places[key] = list.count
                list.append((key, value))
            case (let place?, nil):
                list.remove(at: place)
                places[key] = nil
                for i in place..<list.count { places[list[i].key] = i }
            case (nil, nil):
                break
            }
        }
    }
}

extension OrderedEntries: Sendable where Key: Sendable, Value: Sendable {}
