import Torch

/// The place of rows without a value in sorted rows. Python: the `null_placement` of `sort`.
public enum NullPlacement: String, Sendable {
    /// Nulls come first.
    case atStart = "at_start"
    /// Nulls come last.
    case atEnd = "at_end"
}

extension ArrowDataset {
    /// Returns the rows sorted by a column. The sort is stable; NaN comes next to the nulls. Python: `sort`.
    /// - Precondition: there is a column of this name.
    /// - Throws: `TorchError` if a file is damaged, or if the column's values have no order.
    public func sort(
        _ column: String, reverse: Bool = false, nullPlacement: NullPlacement = .atEnd
    ) throws -> ArrowDataset {
        try sort([column], reverse: [reverse], nullPlacement: nullPlacement)
    }

    /// Returns the rows sorted by the first column, with equal values sorted by the second, and so on.
    /// Python: `sort(["a", "b"])`.
    /// - Parameters:
    ///   - columns: the columns' names.
    ///   - reverse: whether to sort in descending order, for each column; nil for ascending order.
    ///   - nullPlacement: the place of nulls.
    /// - Precondition: there are columns with these names, and `reverse` has the same length.
    public func sort(
        _ columns: [String], reverse: [Bool]? = nil, nullPlacement: NullPlacement = .atEnd
    ) throws -> ArrowDataset {
        let reverse = reverse ?? columns.map { _ in false }
        guard reverse.count == columns.count else {
            return .failed(
                .value,
                "Parameter 'reverse' should be either a boolean or a list of booleans with the same length as 'column_names'."
            )
        }
        if let missing = columns.first(where: { features[$0] == nil }) {
            return .failed(
                .value,
                "Column '\(missing)' not found in the dataset. Please provide a column selected in: \(PythonRepr.of(columnNames))"
            )
        }
        guard !columns.contains(where: { features[$0] == .json }) else {
            return .failed(.type, "Sorting not supported for type extension<arrow.json>")
        }
        // Sort by the last key first: each pass keeps the previous order of equal values.
        var order = Array(0..<count)
        for (column, reverse) in zip(columns, reverse).reversed() {
            order = try SortKeys(self[column].values(), column).sorted(
                order, reverse: reverse, nullPlacement: nullPlacement)
        }
        return selected(order)
    }
}

/// A column's values in a form that is fast to compare.
private enum SortKeys {
    case integers([Int?])
    case reals([Double?])
    case texts([String?])
    case bytes([[UInt8]?])

    init(_ values: [Value], _ column: String) throws {
        func all<Key>(_ key: (Value) -> Key?) throws -> [Key?] {
            try values.map { value in
                if value.isNull { return nil }
                guard let key = key(value) else {
                    throw TorchError(.type, "column \(column) cannot be sorted: it holds \(value.kind)")
                }
                return key
            }
        }
        switch values.first(where: { !$0.isNull }) {
        case .double?: self = .reals(try all(\.double))
        case .string?: self = .texts(try all(\.string))
        case .bytes?: self = .bytes(try all(\.bytes))
        case .uint?, .decimal?:
            self = .reals(try all { if case .decimal(let text) = $0 { Double(text) } else { $0.double } })
        default:
            // Numbers greater than `Int.max` may come later.
            self =
                values.contains { if case .uint = $0 { true } else { false } }
                ? .reals(try all(\.double))
                : .integers(
                    try all { value in
                        switch value {
                        case .int(let number), .date(let number), .time(let number, _), .timestamp(let number, _, _),
                            .duration(let number, _):
                            number
                        case .bool(let flag): flag ? 1 : 0
                        default: nil
                        }
                    })
        }
    }

    func sorted(_ order: [Int], reverse: Bool, nullPlacement: NullPlacement) -> [Int] {
        switch self {
        case .integers(let keys): SortKeys.sorted(order, keys, reverse, nullPlacement, <)
        case .reals(let keys):
            // NaN cannot be compared; place it between the numbers and the nulls.
            SortKeys.sorted(order, keys, reverse, nullPlacement, isLast: \.isNaN, <)
        case .texts(let keys):
            SortKeys.sorted(order, keys, reverse, nullPlacement) { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        case .bytes(let keys): SortKeys.sorted(order, keys, reverse, nullPlacement) { $0.lexicographicallyPrecedes($1) }
        }
    }

    private static func sorted<Key>(
        _ order: [Int], _ keys: [Key?], _ reverse: Bool, _ nullPlacement: NullPlacement,
        isLast: (Key) -> Bool = { _ in false },
        _ less: (Key, Key) -> Bool
    ) -> [Int] {
        var present: [(key: Key, position: Int)] = [], last: [Int] = [], nulls: [Int] = []
        for position in order {
            guard let key = keys[position] else {
                nulls.append(position)
                continue
            }
            if isLast(key) { last.append(position) } else { present.append((key, position)) }
        }
        // Swift's sort is stable.
        present.sort { reverse ? less($1.key, $0.key) : less($0.key, $1.key) }
        let sorted = present.map(\.position)
        return nullPlacement == .atEnd ? sorted + last + nulls : nulls + last + sorted
    }
}
