import Torch

extension Value {
    /// Compares values as Python does, with two exceptions: a NaN equals no value, and a number equals only numbers of
    /// the same case. Texts are equal if their code points are equal.
    public static func == (a: Value, b: Value) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.uint(let a), .uint(let b)): a == b
        case (.double(let a), .double(let b)): a == b
        case (.string(let a), .string(let b)): a.isExactly(b)
        case (.bytes(let a), .bytes(let b)): a == b
        case (.list(let a), .list(let b)): a == b
        case (.row(let a), .row(let b)): a == b
        case (.date(let a), .date(let b)): a == b
        case (.time(let a, let unit), .time(let b, let other)),
            (.duration(let a, let unit), .duration(let b, let other)):
            a == b && unit == other
        case (.timestamp(let a, let unit, let zone), .timestamp(let b, let other, let otherZone)):
            a == b && unit == other && zone == otherZone
        case (.decimal(let a), .decimal(let b)): a.isExactly(b)
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let flag): hasher.combine(flag)
        case .int(let number), .date(let number), .time(let number, _), .timestamp(let number, _, _),
            .duration(let number, _):
            hasher.combine(number)
        case .uint(let number): hasher.combine(number)
        case .double(let number): hasher.combine(number)
        case .string(let text), .decimal(let text): hasher.combine(exactly: text)
        case .bytes(let bytes): hasher.combine(bytes)
        case .list(let values): hasher.combine(values)
        case .row(let row): hasher.combine(row)
        }
    }
}

extension Row {
    /// Returns whether both rows have the same names (by code points) in the same order, with equal values.
    public static func == (a: Row, b: Row) -> Bool { a.names.areExactly(b.names) && a.values == b.values }

    public func hash(into hasher: inout Hasher) {
        for name in names { hasher.combine(exactly: name) }
        hasher.combine(values)
    }
}
