/// Values by key, in the order in which the keys were first set. Lookup is O(1), removal is O(count).
struct OrderedEntries<Key: Hashable, Value> {
    private(set) var list: [(key: Key, value: Value)] = []
    private var positions: [Key: Int] = [:]

    /// Reads or writes a value. A new key is appended, an existing key keeps its place, and nil removes the key.
    subscript(key: Key) -> Value? {
        get { positions[key].map { list[$0].value } }
        set {
            switch (positions[key], newValue) {
            case (let position?, let value?):
                list[position].value = value
            case (nil, let value?):
                positions[key] = list.count
                list.append((key, value))
            case (let position?, nil):
                list.remove(at: position)
                positions[key] = nil
                for i in position..<list.count { positions[list[i].key] = i }
            case (nil, nil):
                break
            }
        }
    }
}

extension OrderedEntries: Sendable where Key: Sendable, Value: Sendable {}
