extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
    /// Creates `null` from `nil`.
    public init(nilLiteral: ()) { self = .null }
    /// Creates a value from a Boolean literal.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Creates a value from an integer literal.
    public init(integerLiteral value: Int) { self = .int(value) }
    /// Creates a value from a floating-point literal.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// Creates a value from a string literal.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Creates a value from an array literal.
    public init(arrayLiteral elements: Value...) { self = .list(elements) }
}

extension Value: ExpressibleByDictionaryLiteral {
    /// Creates a value from a dictionary literal; its order is kept.
    public init(dictionaryLiteral elements: (String, Value)...) { self = .row(Row(elements)) }
}

extension Row: ExpressibleByDictionaryLiteral {
    /// Creates a row with the literal's names in their order.
    public init(dictionaryLiteral elements: (String, TorchText.Value)...) { self.init(elements) }
}

extension Value {
    /// The text; nil for other kinds of values.
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    /// The integer; nil for other kinds of values and for integers greater than `Int.max`.
    public var int: Int? { if case .int(let number) = self { number } else { nil } }
    /// The number as a double, also for an integer; nil for other kinds of values.
    public var double: Double? {
        switch self {
        case .double(let number): number
        case .int(let number): Double(number)
        case .uint(let number): Double(number)
        default: nil
        }
    }
    /// The boolean; nil for other kinds of values.
    public var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    /// The bytes; nil for other kinds of values.
    public var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
    /// The elements of a list; nil for other kinds of values.
    public var list: [Value]? { if case .list(let values) = self { values } else { nil } }
    /// The row; nil for other kinds of values.
    public var row: Row? { if case .row(let row) = self { row } else { nil } }
    /// Whether the value is null.
    public var isNull: Bool { if case .null = self { true } else { false } }
}
