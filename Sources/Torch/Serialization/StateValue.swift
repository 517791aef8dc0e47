/// What a `.pth` file may hold: PyTorch's checkpoints are dictionaries, lists and tuples of tensors, numbers and text.
///
/// Literals make one, and subscripts look inside as in Python:
/// `checkpoint["optimizer"]?["param_groups"]?[0]?["lr"]?.double`.
public enum StateValue: Sendable {
    /// Python's None.
    case null
    case bool(Bool)
    case int(Int)
    /// An integer outside Int: little-endian two's complement, as a pickle has it.
    case bigInt([UInt8])
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case tensor(Tensor)
    case list([StateValue])
    case tuple([StateValue])
    /// Python's set; the elements in the file's order.
    case set([StateValue])
    case dict(StateMap)
    case size(Size)
    case dtype(DType)
    case device(Device)

    /// The value of a dictionary's key, or the element of a list or tuple (counted from the end where negative); nil
    /// where there is none.
    public subscript(key: StateKey) -> StateValue? {
        switch self {
        case .dict(let map): return map[key]
        case .list(let elements), .tuple(let elements):
            guard case .int(let i) = key else { return nil }
            let place = i < 0 ? i + elements.count : i
            return elements.indices.contains(place) ? elements[place] : nil
        default: return nil
        }
    }

    public var isNull: Bool { if case .null = self { true } else { false } }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var int: Int? { if case .int(let value) = self { value } else { nil } }
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var tensor: Tensor? { if case .tensor(let value) = self { value } else { nil } }
    public var dict: StateMap? { if case .dict(let value) = self { value } else { nil } }

    /// The number, also where it was written as an integer.
    public var double: Double? {
        switch self {
        case .double(let value): value
        case .int(let value): Double(value)
        default: nil
        }
    }

    /// The elements of a list or a tuple.
    public var list: [StateValue]? {
        switch self {
        case .list(let elements), .tuple(let elements): elements
        default: nil
        }
    }

    /// The tensors by name, where this is a dictionary of nothing but strings and tensors.
    public var stateDict: StateDict? {
        guard case .dict(let map) = self else { return nil }
        var result = StateDict()
        for (key, value) in map {
            guard case .string(let name) = key, case .tensor(let tensor) = value else { return nil }
            result[name] = tensor
        }
        return result
    }

    /// The Python type's name, for messages.
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

/// What a dictionary in a checkpoint may have as a key.
public enum StateKey: Hashable, Sendable {
    /// Python's None.
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case tuple([StateKey])

    /// Whether Python takes both for the same text, number, …: texts are told apart by their code points.
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

    /// The same as a value.
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

    /// Nil where Python would not hash the value, or where it has no place in a key.
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

/// A dictionary of a checkpoint, in order. PyTorch: `dict` or `OrderedDict`.
///
/// Setting a new key appends it, setting an old one keeps its place. Looking up is O(1).
public struct StateMap: Sendable {
    public typealias Element = (key: StateKey, value: StateValue)

    private var entries = OrderedEntries<StateKey, StateValue>()
    /// Whether Python sees a `collections.OrderedDict`, which is what modules' state dicts are.
    public var isOrderedDict: Bool

    public init(isOrderedDict: Bool = false) { self.isOrderedDict = isOrderedDict }

    public subscript(key: StateKey) -> StateValue? {
        get { entries[key] }
        set { entries[key] = newValue }
    }

    public var keys: [StateKey] { entries.list.map(\.key) }
}

extension StateMap: Sequence {
    public var count: Int { entries.list.count }
    public var isEmpty: Bool { entries.list.isEmpty }
    public func makeIterator() -> IndexingIterator<[Element]> { entries.list.makeIterator() }
}

extension StateMap: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (StateKey, StateValue)...) {
        self.init()
        for (key, value) in elements { self[key] = value }
    }
}

// MARK: - Literals

extension StateKey: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
}

extension StateKey: CustomStringConvertible {
    /// As Python writes it.
    public var description: String {
        switch self {
        case .null: "None"
        case .bool(let b): b ? "True" : "False"
        case .int(let i): "\(i)"
        case .double(let d): "\(d)"
        case .string(let s): "'\(s)'"
        case .bytes(let b): "b'\(String(decoding: b, as: UTF8.self))'"
        case .tuple(let keys): "(" + keys.map(\.description).joined(separator: ", ") + (keys.count == 1 ? ",)" : ")")
        }
    }
}

extension StateValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: StateValue...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (StateKey, StateValue)...) {
        var map = StateMap()
        for (key, value) in elements { map[key] = value }
        self = .dict(map)
    }
}

// MARK: - Conversions

/// What `save` can write.
public protocol StateValueConvertible {
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
    /// An `OrderedDict`, as PyTorch's state dicts are.
    public var stateValue: StateValue {
        var map = StateMap(isOrderedDict: true)
        for (key, value) in self { map[.string(key)] = .tensor(value) }
        return .dict(map)
    }
}

extension Array: StateValueConvertible where Element: StateValueConvertible {
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
