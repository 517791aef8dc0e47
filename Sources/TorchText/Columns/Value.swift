import Torch

/// A value of a data set, as Python's `datasets` returns it: a number, a text, a list of values, a row of named values,
/// and so on.
public enum Value: Hashable, Sendable {
    /// No value. Python: `None`.
    case null
    /// A boolean.
    case bool(Bool)
    /// An integer up to `Int.max`.
    case int(Int)
    /// An integer greater than `Int.max`; smaller integers are `int`.
    case uint(UInt64)
    /// A floating-point number.
    case double(Double)
    /// A text.
    case string(String)
    /// Bytes.
    case bytes([UInt8])
    /// A list of values.
    case list([Value])
    /// A row of named values, or a structure.
    case row(Row)
    /// The number of days since 1970-01-01.
    case date(Int)
    /// A time of day, counted from midnight.
    case time(Int, TimeUnit)
    /// Time since 1970-01-01: UTC if there is a zone name, otherwise the local time of an unknown zone.
    case timestamp(Int, TimeUnit, zone: String?)
    /// A length of time.
    case duration(Int, TimeUnit)
    /// The digits of a decimal number, such as `12.50`.
    case decimal(String)

    /// The unit of times and durations. Python: the units of `timestamp[us]`.
    public enum TimeUnit: Int, Sendable {
        /// A unit of time.
        case seconds, milliseconds, microseconds, nanoseconds
    }
}

/// Named values in order: a row of a data set, or a structure inside a row. Python: the `dict` that `dataset[0]` gives.
///
/// As in Python, names are compared by code points: é as one code point and é as two are different.
public struct Row: Hashable, Sendable {
    /// The names, in order.
    public private(set) var names: [String]
    /// The values, in the order of the names.
    public private(set) var values: [Value]

    /// Creates a row from names and values. If a name occurs twice, the last value counts.
    public init(_ pairs: [(String, Value)] = []) {
        names = []
        values = []
        for (name, value) in pairs { self[name] = value }
    }

    /// Creates a row from equally many names and values, without checks. A name may occur twice; the subscript then
    /// returns the first value.
    init(names: [String], values: [Value]) {
        self.names = names
        self.values = values
    }

    /// The number of values.
    public var count: Int { names.count }

    /// Appends a value without checking the name. If a name occurs twice, as a schema allows, the subscript returns the
    /// first value.
    mutating func append(_ name: String, _ value: Value) {
        names.append(name)
        values.append(value)
    }

    mutating func reserve(_ count: Int) {
        names.reserveCapacity(count)
        values.reserveCapacity(count)
    }

    /// The value with this name, or nil if there is none. Setting a new name appends it; setting nil removes the name.
    public subscript(name: String) -> Value? {
        get { names.exactIndex(of: name).map { values[$0] } }
        set {
            switch (names.exactIndex(of: name), newValue) {
            case (let position?, let value?): values[position] = value
            case (let position?, nil):
                names.remove(at: position)
                values.remove(at: position)
            case (nil, let value?):
                names.append(name)
                values.append(value)
            case (nil, nil): break
            }
        }
    }
}
