import Torch

extension ArrowDataset {
    /// Combines rows as PyTorch's `default_collate` does: integers into an int64 tensor, other numbers into a float64
    /// tensor, texts into a list, and lists position by position.
    /// - Throws: `TorchError` if a value is null or lists differ in length. Such rows need a function that pads
    ///   (`DataLoader(dataset, collate: …)`).
    public func collate(_ elements: [Row]) throws -> TensorRow {
        TensorRow(
            names: columnNames,
            values: try columnNames.map { name in try ArrowDataset.collate(elements.map { $0[name] ?? .null }) })
    }

    /// Returns the rows with these numbers, combined by `collate`.
    /// - Throws: `TorchError` if a row does not exist or a file is damaged, and the errors of `collate`.
    public func batch(_ indices: [Int]) throws -> TensorRow {
        let locations = try self.rowLocations(indices)
        return TensorRow(
            names: columnNames,
            values: try columnNames.indices.map { column in
                if let numbers = try numbers(column, locations, real: .float64, lists: false) {
                    return .tensor(numbers)
                }
                return try ArrowDataset.collate(values(column, locations))
            })
    }

    /// Returns the table's batch and row number of each row.
    /// - Throws: `TorchError` if a row does not exist.
    func rowLocations(_ indices: [Int]) throws -> [(batch: Int, row: Int)] {
        try indices.map { index in
            guard let position = checked(index) else { throw outOfBounds(index) }
            return rowLocation(position)
        }
    }

    static func collate(_ values: [Value]) throws -> TensorValue {
        guard let first = values.first else { return .list([]) }
        func all<Element>(_ part: KeyPath<Value, Element?>) throws -> [Element] {
            let parts = values.compactMap { $0[keyPath: part] }
            guard parts.count == values.count else { throw mismatch(values) }
            return parts
        }
        switch first {
        case .int: return .tensor(Tensor(try all(\.int)))
        case .double: return .tensor(Tensor(try all(\.double), dtype: .float64))
        case .bool: return .tensor(Tensor(try all(\.bool)))
        case .string: return .list(try all(\.string).map { .string($0) })
        case .bytes: return .list(values.map { .value($0) })
        case .list(let elements):
            let lists = try all(\.list)
            guard lists.allSatisfy({ $0.count == elements.count }) else {
                throw TorchError(.runtime, "each element in list of batch should be of equal size")
            }
            return .list(try elements.indices.map { i in try collate(lists.map { $0[i] }) })
        case .row(let row):
            let rows = try all(\.row)
            return .row(
                TensorRow(
                    names: row.names, values: try row.names.map { name in try collate(rows.map { $0[name] ?? .null }) })
            )
        default: throw mismatch(values)
        }
    }

    private static func mismatch(_ values: [Value]) -> TorchError {
        let found = Set(values.map(\.kind)).sorted().joined(separator: ", ")
        return TorchError(
            .type, "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found \(found)")
    }

    /// Returns the same rows as tensors: int64 for integers, float32 for other numbers; texts stay texts.
    /// Python: `with_format("torch")`.
    /// - Parameters:
    ///   - format: tensors, the only format.
    ///   - columns: the names of the columns to keep; nil for all.
    /// - Precondition: there are columns with these names.
    public func withFormat(_ format: Format, columns: [String]? = nil) -> FormattedDataset {
        let wanted = columns ?? columnNames
        let missing = wanted.filter { features[$0] == nil }
        guard missing.isEmpty else {
            raise(
                .value,
                "Columns \(PythonRepr.of(missing)) not in the dataset. Current columns in the dataset: \(PythonRepr.of(columnNames))"
            )
            return FormattedDataset(dataset: .empty)
        }
        return FormattedDataset(dataset: selectColumns(wanted))
    }

    /// The format of a data set's rows.
    public enum Format: String, Sendable {
        /// Rows of tensors.
        case torch
    }
}

/// A data set whose rows are tensors. Python: a `Dataset` after `with_format("torch")`.
public struct FormattedDataset: Dataset {
    /// A row of tensors.
    public typealias Element = TensorRow
    /// Several rows, combined into tensors.
    public typealias Batch = TensorRow

    /// The rows without a format.
    public let dataset: ArrowDataset

    /// The number of rows.
    public var count: Int { dataset.count }
    /// The columns' names and types.
    public var features: Features { dataset.features }

    private func format(_ row: Row) throws -> TensorRow {
        TensorRow(names: row.names, values: try zip(row.values, features.types).map { try TensorValue($0, $1) })
    }

    /// Returns a row. Python: `dataset[0]`.
    /// - Precondition: -count ≤ `index` < count.
    public subscript(index: Int) -> TensorRow {
        dataset.raisingError { try format(dataset.row(index)) } ?? TensorRow(names: [], values: [])
    }

    /// Returns the rows of a range: one tensor for each column whose values have the same shape, otherwise a list.
    /// Python: `dataset[0:3]`.
    public subscript(range: some RangeExpression<Int>) -> TensorRow {
        let range = range.relative(to: 0..<count).clamped(to: 0..<count)
        return dataset.raisingError {
            let locations = range.map(dataset.rowLocation)
            return TensorRow(
                names: features.names,
                values: try features.types.enumerated().map { column, feature in
                    try numbers(column, locations) ?? TensorValue(column: dataset.values(column, locations), feature)
                })
        } ?? TensorRow(names: [], values: [])
    }

    /// Combines rows: stacks tensors, and collects texts in a list.
    /// - Throws: `TorchError` if tensors of a column differ in shape.
    public func collate(_ elements: [TensorRow]) throws -> TensorRow {
        guard let first = elements.first else { return TensorRow(names: [], values: []) }
        return TensorRow(
            names: first.names,
            values: try first.names.indices.map { column in
                try FormattedDataset.combined(elements.map { $0.values[column] }, first.names[column])
            })
    }

    /// Stacks the tensors of a column, or collects its other values in a list.
    private static func combined(_ values: [TensorValue], _ name: String) throws -> TensorValue {
        guard let shape = values[0].tensor?.shape else { return .list(values) }
        let tensors = values.compactMap(\.tensor)
        guard tensors.count == values.count, let different = tensors.first(where: { $0.shape != shape }) else {
            return .consolidated(values)
        }
        throw TorchError(
            .runtime,
            "stack expects each tensor to be equal size, but column \(name) has \(shape) and \(different.shape)")
    }

    /// Returns the numbers of a column, or lists of numbers of one length, as one tensor; nil for other values.
    private func numbers(_ column: Int, _ locations: [(batch: Int, row: Int)]) throws -> TensorValue? {
        try dataset.numbers(column, locations, real: .float32, lists: true).map { .tensor($0) }
    }

    /// Returns the rows with these numbers, combined by `collate`.
    /// - Throws: `TorchError` if a row does not exist or a file is damaged, and the errors of `collate`.
    public func batch(_ indices: [Int]) throws -> TensorRow {
        if indices.isEmpty { return TensorRow(names: [], values: []) }
        let locations = try dataset.rowLocations(indices)
        return TensorRow(
            names: features.names,
            values: try features.types.enumerated().map { column, feature in
                if let numbers = try numbers(column, locations) { return numbers }
                let values = try dataset.values(column, locations).map { try TensorValue($0, feature) }
                return try FormattedDataset.combined(values, features.names[column])
            })
    }
}
