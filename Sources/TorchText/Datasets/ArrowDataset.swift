@_spi(Interop) import Torch

/// Rows of named columns, which lie in memory or in mapped files as Arrow has them. Python: `datasets.Dataset`
/// (`datasets.arrow_dataset.Dataset`).
///
/// `dataset[0]` is a `Row`, `dataset[0..<3]` a row of lists, `dataset["text"]` a column. Reading a row touches its own
/// memory alone. Selections, shuffles and sorts are lists of row numbers over
/// the same columns; nothing is copied until columns change.
///
/// A wrong name or index is the programmer's mistake: it stops the program with Python's sentence, or is thrown by the
/// `withError` around it. A damaged file that shows itself only when a row is
/// read is treated so by the subscripts; `row(_:)` and `batch(_:)` throw it.
public struct ArrowDataset: Dataset {
    public typealias Element = Row
    public typealias Batch = TensorRow

    let table: Table
    /// The rows of the table that this data set has, in its order; nil for all of them.
    let indices: [Int]?
    /// The columns' names and types.
    public let features: Features
    /// The split that this is, such as `train`; nil where nobody said.
    public internal(set) var split: String?

    /// - Precondition: `features` are the table's columns, and `indices` lie in it.
    init(_ table: Table, features: Features, indices: [Int]? = nil, split: String? = nil) {
        self.table = table
        self.features = features
        self.indices = indices
        self.split = split
    }

    init(_ table: Table) { self.init(table, features: Features(table.schema)) }

    /// Columns of values. Python: `Dataset.from_dict`.
    /// - Parameters:
    ///   - columns: names and values.
    ///   - features: the columns' types; inferred from the values where nil. As in Python, values are converted to
    ///     them: a class's name to its number, `1.5` to the text "1.5" or the integer 1.
    ///   - mixed: what becomes of a column's values that are of several kinds; by default an error.
    /// - Throws: `TorchError` where columns differ in length, or values do not fit their column's type.
    public init(
        _ columns: KeyValuePairs<String, [Value]>, features: Features? = nil,
        onMixedTypes mixed: MixedTypes? = nil
    ) throws {
        try self.init(columns: columns.map { ($0.key, $0.value) }, features: features, mixed)
    }

    /// One row after the other, with the names of the first. Python: `Dataset.from_list`.
    /// - Throws: `TorchError` where values do not fit their column's type.
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

    /// What stands for a data set that a mistake has left without one.
    static func failed(_ kind: TorchError.Kind, _ message: String) -> ArrowDataset {
        raise(kind, message)
        return .empty
    }

    /// No rows and no columns.
    static let empty = ArrowDataset(Table.empty, features: Features([(String, Feature)]()))

    /// The number of rows. Python: `len(dataset)`, `num_rows`.
    public var count: Int { indices?.count ?? table.count }
    /// Python: `column_names`.
    public var columnNames: [String] { features.names }
    /// Rows and columns. Python: `shape`.
    public var shape: (rows: Int, columns: Int) { (count, features.count) }

    /// Every row in turn.
    public var rows: Rows { Rows(dataset: self) }

    /// Where row `row` of this data set lies in the table.
    func place(_ row: Int) -> (batch: Int, row: Int) { table.locate(indices?[row] ?? row) }

    /// - Precondition: `index` lies between 0 and `count`.
    func rowUnchecked(_ index: Int) throws -> Row {
        let (batch, row) = place(index)
        let columns = table.batches[batch]
        var values: [Value] = []
        values.reserveCapacity(columns.count)
        for column in columns { values.append(try column.value(at: row)) }
        return Row(names: features.names, values: values)
    }

    /// The place from the front, nil where there is none.
    func checked(_ index: Int) -> Int? {
        let position = index < 0 ? index &+ count : index
        return position >= 0 && position < count ? position : nil
    }

    private func outOfBounds(_ index: Int) -> TorchError {
        TorchError(.index, "Invalid key: \(index) is out of bounds for size \(count)")
    }

    /// A row.
    /// - Parameter index: negative ones count from the end.
    /// - Throws: `TorchError` where there is no such row, or the file it lies in is damaged.
    public func row(_ index: Int) throws -> Row {
        guard let position = checked(index) else { throw outOfBounds(index) }
        return try rowUnchecked(position)
    }

    /// A row. Python: `dataset[0]`.
    /// - Parameter index: negative ones count from the end.
    /// - Precondition: -count ≤ `index` < count.
    public subscript(index: Int) -> Row { orMistake { try row(index) } ?? Row() }

    /// The rows of a range, as one row with a list of values for each column; what lies behind the end is left out.
    /// Python: `dataset[0:3]`.
    ///
    /// As in a tensor's range, negative bounds count from the end: `dataset[(-3)...]` are the last three rows.
    public subscript(range: some RangeExpression<Int>) -> Row {
        orMistake { try columns(Array(rows(in: range))) } ?? Row()
    }

    /// Where the rows of a range lie, by Python's rules for slices.
    private func rows(in range: some RangeExpression<Int>) -> Range<Int> {
        guard let index = range as? any TensorIndex, case .slice(let start, let end, _) = index.tensorIndex else {
            return range.relative(to: 0..<count).clamped(to: 0..<count)
        }
        func place(_ bound: Int) -> Int { bound < 0 ? max(0, bound + count) : min(bound, count) }
        let first = start.map(place) ?? 0
        return first..<max(first, end.map(place) ?? count)
    }

    /// The rows of these numbers, as one row with a list of values for each column. Python: `dataset[[0, 2]]`.
    /// - Precondition: -count ≤ each index < count.
    public subscript(indices: [Int]) -> Row {
        orMistake {
            try columns(
                indices.map { index in
                    guard let position = checked(index) else { throw outOfBounds(index) }
                    return position
                })
        } ?? Row()
    }

    /// A column. Python: `dataset["text"]`.
    /// - Precondition: there is a column of this name.
    public subscript(name: String) -> DatasetColumn {
        guard let place = features.names.place(of: name) else {
            raise(.value, "Column '\(name)' doesn't exist.")
            return DatasetColumn(dataset: .empty, place: 0)
        }
        return DatasetColumn(dataset: self, place: place)
    }

    /// - Precondition: the numbers lie between 0 and `count`.
    func columns(_ rows: [Int]) throws -> Row {
        let places = rows.map(place)
        return Row(
            names: features.names,
            values: try features.names.indices.map { column in
                .list(try places.map { try table.batches[$0.batch][column].value(at: $0.row) })
            })
    }

    /// One value.
    func value(_ index: Int, _ column: Int) throws -> Value {
        try table.value(at: indices?[index] ?? index, column: column)
    }

    /// Reads from files may fail where a subscript cannot throw.
    func orMistake<Result>(_ body: () throws -> Result) -> Result? {
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
    /// The rows of a data set, read as they are asked for.
    public struct Rows: RandomAccessCollection, Sendable {
        let dataset: ArrowDataset
        public var startIndex: Int { 0 }
        public var endIndex: Int { dataset.count }
        public subscript(index: Int) -> Row { dataset[index] }
    }
}

/// A column of a data set, read as it is asked for. Python: `datasets.arrow_dataset.Column`.
public struct DatasetColumn: RandomAccessCollection, Sendable {
    let dataset: ArrowDataset
    let place: Int

    public var startIndex: Int { 0 }
    public var endIndex: Int { dataset.count }

    /// - Precondition: -count ≤ `index` < count.
    public subscript(index: Int) -> Value {
        guard let position = dataset.checked(index) else {
            raise(.index, "Invalid key: \(index) is out of bounds for size \(count)")
            return .null
        }
        return dataset.orMistake { try dataset.value(position, place) } ?? .null
    }

    /// All values at once.
    /// - Throws: `TorchError` where a file is damaged.
    public func values() throws -> [Value] { try indices.map { try dataset.value($0, place) } }
}

extension DatasetColumn: CustomStringConvertible {
    public var description: String {
        "Column([" + prefix(5).map { "\($0)" }.joined(separator: ", ") + (count > 5 ? ", ...])" : "])")
    }
}
