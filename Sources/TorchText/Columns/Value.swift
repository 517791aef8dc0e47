import Torch

/// One value of a data set, as Python's `datasets` gives it: a number, a text, a list of values, a row of named values.
public enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int)
    /// Numbers above `Int.max`; smaller ones are `int`.
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case list([Value])
    case row(Row)
    /// Days since 1970-01-01.
    case date(Int)
    /// Time of day since midnight.
    case time(Int, TimeUnit)
    /// Time since 1970-01-01: in UTC where there is a zone's name, on an unnamed clock where there is none.
    case timestamp(Int, TimeUnit, zone: String?)
    case duration(Int, TimeUnit)
    /// A decimal number's digits, as `12.50`.
    case decimal(String)

    /// What times and durations count. Python: the units of `timestamp[us]`.
    public enum TimeUnit: Int, Sendable {
        case seconds, milliseconds, microseconds, nanoseconds
    }
}

/// Named values in order: a row of a data set, or a structure inside one. Python: the `dict` that `dataset[0]` gives.
///
/// As in Python, names are told apart by their code points, so é in one and in two are different.
public struct Row: Hashable, Sendable {
    public private(set) var names: [String]
    public private(set) var values: [Value]

    public init(_ pairs: [(String, Value)] = []) {
        names = []
        values = []
        for (name, value) in pairs { self[name] = value }
    }

    /// For readers, which know that there is a value for each name; a name may come twice, and then the first is found.
    init(names: [String], values: [Value]) {
        self.names = names
        self.values = values
    }

    public var count: Int { names.count }

    /// For readers: a schema's names may come twice, and then the first is found by name.
    mutating func append(_ name: String, _ value: Value) {
        names.append(name)
        values.append(value)
    }

    mutating func reserve(_ count: Int) {
        names.reserveCapacity(count)
        values.reserveCapacity(count)
    }

    /// The value with this name; nil where there is none. Setting a new name appends it; setting nil removes it.
    public subscript(name: String) -> Value? {
        get { names.place(of: name).map { values[$0] } }
        set {
            switch (names.place(of: name), newValue) {
            case (let place?, let value?): values[place] = value
            case (let place?, nil):
                names.remove(at: place)
                values.remove(at: place)
            case (nil, let value?):
                names.append(name)
                values.append(value)
            case (nil, nil): break
            }
        }
    }
}
