import Torch

/// A table of rows with named columns, in memory or in mapped files, in Arrow's format. Python: `datasets.Dataset`
/// (`datasets.arrow_dataset.Dataset`).
///
/// `dataset[0]` is a `Row`, `dataset[0..<3]` is a row of lists, and `dataset["text"]` is a column. Reading a row
/// touches only that row's memory. Selections, shuffles and sorts are lists of row numbers over the same columns;
/// nothing is copied until columns change.
///
/// A wrong name or index is a mistake of the programmer: it stops the program with Python's error message, or
/// `withError` throws it. The subscripts treat a damaged file in the same way if the damage is found while a row is
/// read; `row(_:)` and `batch(_:)` throw it.
public struct ArrowDataset: Dataset {
    /// A row of named values.
    public typealias Element = Row
    /// Several rows, combined into tensors.
    public typealias Batch = TensorRow

    let table: Table
    /// The table's row numbers of the data set's rows, in order; nil for all rows.
    let indices: [Int]?
    /// The columns' names and types.
    public let features: Features
    /// The name of the split, such as `train`; nil if it is not known.
    public internal(set) var split: String?

    /// - Precondition: `features` describe the table's columns, and `indices` are rows of the table.
    init(_ table: Table, features: Features, indices: [Int]? = nil, split: String? = nil) {
        self.table = table
        self.features = features
        self.indices = indices
        self.split = split
    }

    init(_ table: Table) { self.init(table, features: Features(table.schema)) }

    /// Creates a data set from columns of values. Python: `Dataset.from_dict`.
    /// - Parameters:
    ///   - columns: the names and values.
    ///   - features: the columns' types; nil to infer them from the values. As in Python, values are converted to them:
    ///     a class's name to its number, `1.5` to the text "1.5" or the integer 1.
    ///   - mixed: how to store a column's values of several kinds; by default, they are an error.
    /// - Throws: `TorchError` if columns differ in length, or if values do not fit their column's type.
    public init(
        _ columns: KeyValuePairs<String, [Value]>, features: Features? = nil,
        onMixedTypes mixed: MixedTypes? = nil
    ) throws {
        try self.init(columns: columns.map { ($0.key, $0.value) }, features: features, mixed)
    }

    /// Creates a data set from rows. The first row's names become the columns. Python: `Dataset.from_list`.
    /// - Throws: `TorchError` if values do not fit their column's type.
    public init(_ rows: [Row], features: Features? = nil, onMixedTypes mixed: MixedTypes? = nil) throws {
        let names = rows.first?.names ?? features?.names ?? []
        try self.init(columns: names.map { name in (name, rows.map { $0[name] ?? .null }) }, features: features, mixed)
    }

    init(columns: [(String, [Value])], features: Features?, _ mixed: MixedTypes? = nil) throws {
        let built = try columns.map { name, values in
            do {
                guard let feature = features?[name] else { return try Column.inferred(values, onMixedTypes: mixed) }
                return try Column(values.map { try feature.encoded($0) }, type: feature.dataType())
            } catch let error as TorchError {
                throw TorchError(error.kind, "column \(name): \(error.message)")
            }
        }
        let types = Features(zip(columns, built).map { ($0.0, features?[$0.0] ?? Feature($1.type)) })
        self.init(
            try Table(schema: Schema(fields: types.fields()), batches: built.isEmpty ? [] : [built]), features: types)
    }

    /// Raises an error and returns an empty data set as a placeholder.
    static func failed(_ kind: TorchError.Kind, _ message: String) -> ArrowDataset {
        raise(kind, message)
        return .empty
    }

    /// A data set without rows and columns.
    static let empty = ArrowDataset(Table.empty, features: Features([(String, Feature)]()))

    /// The number of rows. Python: `len(dataset)`, `num_rows`.
    public var count: Int { indices?.count ?? table.count }
    /// The names of the columns. Python: `column_names`.
    public var columnNames: [String] { features.names }
    /// The numbers of rows and columns. Python: `shape`.
    public var shape: (rows: Int, columns: Int) { (count, features.count) }

    /// All rows, in order.
    public var rows: Rows { Rows(dataset: self) }

    /// Returns the table's batch and row number of row `row` of this data set.
    func rowLocation(_ row: Int) -> (batch: Int, row: Int) { table.locate(indices?[row] ?? row) }

    /// Returns a row without checking its number.
    /// - Precondition: 0 ≤ `index` < `count`.
    func rowUnchecked(_ index: Int) throws -> Row {
        let (batch, row) = rowLocation(index)
        let columns = table.batches[batch]
        var values: [Value] = []
        values.reserveCapacity(columns.count)
        for column in columns { values.append(try column.value(at: row)) }
        return Row(names: features.names, values: values)
    }

    /// Returns the index counted from the start; nil if it is out of range.
    func checked(_ index: Int) -> Int? {
        let position = index < 0 ? index &+ count : index
        return position >= 0 && position < count ? position : nil
    }

    func outOfBounds(_ index: Int) -> TorchError {
        TorchError(.index, "Invalid key: \(index) is out of bounds for size \(count)")
    }

    /// Returns a row.
    /// - Parameter index: the row's number; a negative number counts from the end.
    /// - Throws: `TorchError` if the row does not exist, or if the file that holds it is damaged.
    public func row(_ index: Int) throws -> Row {
        guard let position = checked(index) else { throw outOfBounds(index) }
        return try rowUnchecked(position)
    }

    /// Returns a row. Python: `dataset[0]`.
    /// - Parameter index: the row's number; a negative number counts from the end.
    /// - Precondition: -count ≤ `index` < count.
    public subscript(index: Int) -> Row { raisingError { try row(index) } ?? Row() }

    /// Returns the rows of a range as one row with a list of values for each column. Ignores numbers after the last
    /// row.
    /// Python: `dataset[0:3]`.
    ///
    /// As in a tensor's range, negative bounds count from the end: `dataset[(-3)...]` returns the last three rows.
    public subscript(range: some RangeExpression<Int>) -> Row {
        raisingError { try columns(Array(rows(in: range))) } ?? Row()
    }

    /// Returns the row numbers of a range, by Python's rules for slices.
    private func rows(in range: some RangeExpression<Int>) -> Range<Int> {
        guard let index = range as? any TensorIndex, case .slice(let start, let end, _) = index.tensorIndex else {
            return range.relative(to: 0..<count).clamped(to: 0..<count)
        }
        func wrapped(_ bound: Int) -> Int { bound < 0 ? max(0, bound + count) : min(bound, count) }
        let first = start.map(wrapped) ?? 0
        return first..<max(first, end.map(wrapped) ?? count)
    }

    /// Returns the rows with these numbers as one row with a list of values for each column. Python: `dataset[[0, 2]]`.
    /// - Precondition: -count ≤ each index < count.
    public subscript(indices: [Int]) -> Row {
        raisingError {
            try columns(
                indices.map { index in
                    guard let position = checked(index) else { throw outOfBounds(index) }
                    return position
                })
        } ?? Row()
    }

    /// Returns a column. Python: `dataset["text"]`.
    /// - Precondition: there is a column of this name.
    public subscript(name: String) -> DatasetColumn {
        guard let columnIndex = features.names.exactIndex(of: name) else {
            raise(.value, "Column '\(name)' doesn't exist.")
            return DatasetColumn(dataset: .empty, columnIndex: 0)
        }
        return DatasetColumn(dataset: self, columnIndex: columnIndex)
    }

    /// Returns rows as one row with a list of values for each column.
    /// - Precondition: 0 ≤ each number < `count`.
    func columns(_ rows: [Int]) throws -> Row {
        let locations = rows.map(rowLocation)
        return Row(
            names: features.names, values: try features.names.indices.map { .list(try values($0, locations)) })
    }

    /// Returns the values of a column at these places of the table.
    func values(_ column: Int, _ locations: [(batch: Int, row: Int)]) throws -> [Value] {
        try locations.map { try table.batches[$0.batch][column].value(at: $0.row) }
    }

    /// Returns one value.
    func value(_ index: Int, _ column: Int) throws -> Value {
        try table.value(at: indices?[index] ?? index, column: column)
    }

    /// Calls `body`. Raises its error and returns nil if it throws, because a subscript cannot throw.
    func raisingError<Result>(_ body: () throws -> Result) -> Result? {
        do {
            return try body()
        } catch let error as TorchError {
            raise(error.kind, error.message)
        } catch {
            raise(.runtime, "\(error)")
        }
        return nil
    }
}

extension ArrowDataset: CustomStringConvertible {
    public var description: String {
        "Dataset({\n    features: \(PythonRepr.of(columnNames)),\n    num_rows: \(count)\n})"
    }
}

extension ArrowDataset {
    /// The rows of a data set. Each is read when it is accessed.
    public struct Rows: RandomAccessCollection, Sendable {
        let dataset: ArrowDataset
        public var startIndex: Int { 0 }
        public var endIndex: Int { dataset.count }
        /// The row at an index.
        public subscript(index: Int) -> Row { dataset[index] }
    }
}

/// A column of a data set. Each value is read when it is accessed. Python: `datasets.arrow_dataset.Column`.
public struct DatasetColumn: RandomAccessCollection, Sendable {
    let dataset: ArrowDataset
    let columnIndex: Int

    public var startIndex: Int { 0 }
    public var endIndex: Int { dataset.count }

    /// Returns a row's value. A negative index counts from the end.
    /// - Precondition: -count ≤ `index` < count.
    public subscript(index: Int) -> Value {
        guard let position = dataset.checked(index) else {
            raise(.index, "Invalid key: \(index) is out of bounds for size \(count)")
            return .null
        }
        return dataset.raisingError { try dataset.value(position, columnIndex) } ?? .null
    }

    /// Returns all values as an array.
    /// - Throws: `TorchError` if a file is damaged.
    public func values() throws -> [Value] { try indices.map { try dataset.value($0, columnIndex) } }
}

extension DatasetColumn: CustomStringConvertible {
    public var description: String {
        "Column([" + prefix(5).map { "\($0)" }.joined(separator: ", ") + (count > 5 ? ", ...])" : "])")
    }
}
