/// A value in a `.pth` file. PyTorch's checkpoints are dictionaries, lists and tuples of tensors, numbers and text.
///
/// Literals create values, and subscripts access elements, as in Python:
/// `checkpoint["optimizer"]?["param_groups"]?[0]?["lr"]?.double`.
public enum StateValue: Sendable {
    /// Python's None.
    case null
    /// A Boolean value.
    case bool(Bool)
    /// An integer that fits in `Int`.
    case int(Int)
    /// An integer that does not fit in `Int`: little-endian two's complement, as in a pickle.
    case bigInt([UInt8])
    /// A floating-point number.
    case double(Double)
    /// A string.
    case string(String)
    /// Bytes.
    case bytes([UInt8])
    /// A tensor.
    case tensor(Tensor)
    /// A list.
    case list([StateValue])
    /// A tuple.
    case tuple([StateValue])
    /// Python's set. The elements are in the file's order.
    case set([StateValue])
    /// A dictionary.
    case dict(StateMap)
    /// The sizes of a tensor (`torch.Size`).
    case size(Size)
    /// A dtype.
    case dtype(DType)
    /// A device.
    case device(Device)

    /// The value for a dictionary's key, or the element of a list or tuple, or nil if there is none. A negative index
    /// counts from the end.
    public subscript(key: StateKey) -> StateValue? {
        switch self {
        case .dict(let map): return map[key]
        case .list(let elements), .tuple(let elements):
            guard case .int(let i) = key else { return nil }
            let position = i < 0 ? i + elements.count : i
            return elements.indices.contains(position) ? elements[position] : nil
        default: return nil
        }
    }

    /// Whether the value is None.
    public var isNull: Bool { if case .null = self { true } else { false } }
    /// The Boolean value, or nil for another type.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The integer, or nil for another type.
    public var int: Int? { if case .int(let value) = self { value } else { nil } }
    /// The string, or nil for another type.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The tensor, or nil for another type.
    public var tensor: Tensor? { if case .tensor(let value) = self { value } else { nil } }
    /// The dictionary, or nil for another type.
    public var dict: StateMap? { if case .dict(let value) = self { value } else { nil } }

    /// The number, also if it was written as an integer, or nil for another type.
    public var double: Double? {
        switch self {
        case .double(let value): value
        case .int(let value): Double(value)
        default: nil
        }
    }

    /// The elements of a list or a tuple, or nil for another type.
    public var list: [StateValue]? {
        switch self {
        case .list(let elements), .tuple(let elements): elements
        default: nil
        }
    }

    /// The tensors by name, if this is a dictionary that contains only strings and tensors, else nil.
    public var stateDict: StateDict? {
        guard case .dict(let map) = self else { return nil }
        var result = StateDict()
        for (key, value) in map {
            guard case .string(let name) = key, case .tensor(let tensor) = value else { return nil }
            result[name] = tensor
        }
        return result
    }

    /// The name of the Python type, for error messages.
    var typeName: String {
        switch self {
        case .null: "None"
        case .bool: "bool"
        case .int, .bigInt: "int"
        case .double: "float"
        case .string: "str"
        case .bytes: "bytes"
        case .tensor: "Tensor"
        case .list: "list"
        case .tuple: "tuple"
        case .set: "set"
        case .dict: "dict"
        case .size: "torch.Size"
        case .dtype: "torch.dtype"
        case .device: "torch.device"
        }
    }
}

/// A key of a dictionary in a checkpoint.
public enum StateKey: Hashable, Sendable {
    /// Python's None.
    case null
    /// A Boolean value.
    case bool(Bool)
    /// An integer.
    case int(Int)
    /// A floating-point number.
    case double(Double)
    /// A string.
    case string(String)
    /// Bytes.
    case bytes([UInt8])
    /// A tuple of keys.
    case tuple([StateKey])

    /// Whether two keys have the same type and value. Strings are compared by code points.
    public static func == (a: StateKey, b: StateKey) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.double(let a), .double(let b)): a == b
        case (.string(let a), .string(let b)): a.isExactly(b)
        case (.bytes(let a), .bytes(let b)): a == b
        case (.tuple(let a), .tuple(let b)): a == b
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .int(let value): hasher.combine(value)
        case .double(let value): hasher.combine(value)
        case .string(let text): hasher.combine(exactly: text)
        case .bytes(let bytes): hasher.combine(bytes)
        case .tuple(let keys): hasher.combine(keys)
        }
    }

    /// The key as a value.
    public var value: StateValue {
        switch self {
        case .null: .null
        case .bool(let b): .bool(b)
        case .int(let i): .int(i)
        case .double(let d): .double(d)
        case .string(let s): .string(s)
        case .bytes(let b): .bytes(b)
        case .tuple(let keys): .tuple(keys.map(\.value))
        }
    }

    /// Creates a key from a value. Returns nil if the value cannot be a key.
    public init?(_ value: StateValue) {
        switch value {
        case .null: self = .null
        case .bool(let b): self = .bool(b)
        case .int(let i): self = .int(i)
        case .double(let d): self = .double(d)
        case .string(let s): self = .string(s)
        case .bytes(let b): self = .bytes(b)
        case .size(let size): self = .tuple(size.map { .int($0) })
        case .tuple(let elements):
            var keys: [StateKey] = []
            for element in elements {
                guard let key = StateKey(element) else { return nil }
                keys.append(key)
            }
            self = .tuple(keys)
        default: return nil
        }
    }
}

/// An ordered dictionary in a checkpoint. PyTorch: `dict` or `OrderedDict`.
///
/// A new key is appended; setting an old key keeps its position. Lookup is O(1).
public struct StateMap: Sendable {
    /// A key and its value.
    public typealias Element = (key: StateKey, value: StateValue)

    private var entries = OrderedEntries<StateKey, StateValue>()
    /// Whether Python sees a `collections.OrderedDict`. State dicts of modules are of this type.
    public var isOrderedDict: Bool

    /// Creates an empty dictionary.
    public init(isOrderedDict: Bool = false) { self.isOrderedDict = isOrderedDict }

    /// The value for a key, or nil if there is none. Setting nil removes the key.
    public subscript(key: StateKey) -> StateValue? {
        get { entries[key] }
        set { entries[key] = newValue }
    }

    /// The keys, in order.
    public var keys: [StateKey] { entries.list.map(\.key) }
}

extension StateMap: Sequence {
    /// The number of entries.
    public var count: Int { entries.list.count }
    /// Whether there are no entries.
    public var isEmpty: Bool { entries.list.isEmpty }
    public func makeIterator() -> IndexingIterator<[Element]> { entries.list.makeIterator() }
}

extension StateMap: ExpressibleByDictionaryLiteral {
    /// Creates a dictionary from a dictionary literal; its order is kept.
    public init(dictionaryLiteral elements: (StateKey, StateValue)...) {
        self.init()
        for (key, value) in elements { self[key] = value }
    }
}

// MARK: - Literals

extension StateKey: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    /// Creates a key from a string literal.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Creates a key from an integer literal.
    public init(integerLiteral value: Int) { self = .int(value) }
}

extension StateValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// Creates a value from a string literal.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Creates a value from an integer literal.
    public init(integerLiteral value: Int) { self = .int(value) }
    /// Creates a value from a floating-point literal.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// Creates a value from a Boolean literal.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Creates a value from an array literal.
    public init(arrayLiteral elements: StateValue...) { self = .list(elements) }
    /// Creates a value from a dictionary literal; its order is kept.
    public init(dictionaryLiteral elements: (StateKey, StateValue)...) {
        var map = StateMap()
        for (key, value) in elements { map[key] = value }
        self = .dict(map)
    }
}

// MARK: - Conversions

/// A type that `save` can write.
public protocol StateValueConvertible {
    /// The value that `save` writes.
    var stateValue: StateValue { get }
}

extension StateValue: StateValueConvertible { public var stateValue: StateValue { self } }
extension Tensor: StateValueConvertible { public var stateValue: StateValue { .tensor(self) } }
extension Bool: StateValueConvertible { public var stateValue: StateValue { .bool(self) } }
extension Int: StateValueConvertible { public var stateValue: StateValue { .int(self) } }
extension Double: StateValueConvertible { public var stateValue: StateValue { .double(self) } }
extension Float: StateValueConvertible { public var stateValue: StateValue { .double(Double(self)) } }
extension String: StateValueConvertible { public var stateValue: StateValue { .string(self) } }
extension StateMap: StateValueConvertible { public var stateValue: StateValue { .dict(self) } }

extension StateDict: StateValueConvertible {
    /// An `OrderedDict`, like PyTorch's state dicts.
    public var stateValue: StateValue {
        var map = StateMap(isOrderedDict: true)
        for (key, value) in self { map[.string(key)] = .tensor(value) }
        return .dict(map)
    }
}

extension Array: StateValueConvertible where Element: StateValueConvertible {
    /// A list of the elements.
    public var stateValue: StateValue { .list(map(\.stateValue)) }
}

extension Dictionary: StateValueConvertible where Key == String, Value: StateValueConvertible {
    /// The entries sorted by key.
    public var stateValue: StateValue {
        var result = StateMap()
        for (key, value) in sorted(by: { $0.key < $1.key }) { result[.string(key)] = value.stateValue }
        return .dict(result)
    }
}
