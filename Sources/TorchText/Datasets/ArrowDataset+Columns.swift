@_spi(Interop) import Torch

extension ArrowDataset {
    /// The columns of these names, in this order. Python: `select_columns`.
    /// - Precondition: there are columns of these names.
    public func selectColumns(_ names: [String]) -> ArrowDataset {
        let missing = names.filter { features[$0] == nil }
        guard missing.isEmpty else {
            return .failed(
                .value,
                "Column name \(PythonRepr.of(missing)) not in the dataset. Current columns in the dataset: \(PythonRepr.of(columnNames))."
            )
        }
        let places = names.compactMap { features.names.place(of: $0) }
        return withColumns(Features(places.map { (features.names[$0], features.types[$0]) })) { batch in
            places.map { batch[$0] }
        }
    }

    /// All columns but these. Python: `remove_columns`.
    /// - Precondition: there are columns of these names.
    public func removeColumns(_ names: [String]) -> ArrowDataset {
        let missing = names.filter { features[$0] == nil }
        guard missing.isEmpty else {
            return .failed(
                .value,
                "Column name \(PythonRepr.of(missing)) not in the dataset. Current columns in the dataset: \(PythonRepr.of(columnNames))"
            )
        }
        return selectColumns(columnNames.filter { !names.has($0) })
    }

    /// Python: `remove_columns("label")`.
    public func removeColumns(_ name: String) -> ArrowDataset { removeColumns([name]) }

    /// A column under another name. Python: `rename_column`.
    /// - Precondition: there is a column of the old name and none of the new.
    public func renameColumn(_ original: String, _ new: String) -> ArrowDataset {
        let current = "Current columns in the dataset: \(PythonRepr.of(columnNames))"
        if features[original] == nil {
            return .failed(.value, "Original column name \(original) not in the dataset. \(current)")
        }
        if features[new] != nil {
            return .failed(
                .value,
                "New column name \(new) already in the dataset. Please choose a column name which is not already in the dataset. \(current)"
            )
        }
        if new.isEmpty { return .failed(.value, "New column name is empty.") }
        return withColumns(features.map { ($0.isExactly(original) ? new : $0, $1) }) { $0 }
    }

    /// Columns under other names. Python: `rename_columns`.
    /// - Precondition: there are columns of the old names, and the new ones are different.
    public func renameColumns(_ names: [String: String]) -> ArrowDataset {
        let extra = names.keys.filter { features[$0] == nil }.sorted()
        if !extra.isEmpty {
            return .failed(
                .value,
                "Original column name \(extra[0]) not in the dataset. Current columns in the dataset: \(PythonRepr.of(columnNames))"
            )
        }
        func renamed(_ name: String) -> String { names.first { $0.key.isExactly(name) }?.value ?? name }
        if !columnNames.map(renamed).repeated.isEmpty {
            return .failed(
                .value, "New column names must all be different, but this column mapping has duplicates: \(names)")
        }
        return withColumns(features.map { (renamed($0), $1) }) { $0 }
    }

    /// The same rows with one column more. Python: `add_column`.
    /// - Parameters:
    ///   - name: what the column is called.
    ///   - values: one for each row.
    ///   - feature: the column's type; inferred from the values where nil.
    /// - Precondition: there is no column of this name.
    /// - Throws: `TorchError` where there are not as many values as rows, or they do not fit the type.
    public func addColumn(_ name: String, _ values: [Value], feature: Feature? = nil) throws -> ArrowDataset {
        if features[name] != nil {
            return .failed(
                .value, "The table can't have duplicated columns but columns \(PythonRepr.of([name])) are duplicated.")
        }
        guard values.count == count || features.count == 0 else {
            throw TorchError(
                .value, "Failed to concatenate on axis=1 because tables don't have the same number of rows")
        }
        let type = try feature?.dataType() ?? DataType(of: values)
        if features.count == 0 {
            return try ArrowDataset(columns: [(name, values)], features: Features([(name, feature ?? Feature(type))]))
        }
        let whole = try flattenIndices()
        var start = 0
        let batches = try whole.table.batches.map { batch in
            let end = start + (batch.first?.count ?? 0)
            defer { start = end }
            return batch + [try Column(values[start..<end], type: type)]
        }
        var features = features
        features[name] = feature ?? Feature(type)
        return try whole.replacing(batches, features)
    }

    /// The same rows with other columns, made batch by batch.
    func withColumns(_ features: Features, _ columns: ([Column]) throws -> [Column]) rethrows -> ArrowDataset {
        let batches = try table.batches.map(columns)
        // Without a column there is nothing whose rows could be counted.
        guard features.count > 0, let result = try? replacing(batches, features) else { return .empty }
        return result
    }

    /// - Throws: `TorchError` where the columns are not those of `features`.
    func replacing(_ batches: [[Column]], _ features: Features) throws -> ArrowDataset {
        ArrowDataset(try Table(features.names, batches), features: features, indices: indices, split: split)
    }

    /// The same with the columns themselves in the data set's order, where rows have been selected. Python:
    /// `flatten_indices`.
    /// - Throws: `TorchError` where a file is damaged.
    public func flattenIndices() throws -> ArrowDataset {
        guard let indices else { return self }
        let batches = try stride(from: 0, to: count, by: ArrowDataset.batchRows).flatMap { start in
            try table.gather(indices[start..<min(start + ArrowDataset.batchRows, count)]).batches
        }
        return ArrowDataset(try Table(schema: table.schema, batches: batches), features: features, split: split)
    }

    /// Rows of a batch that is made here; what `datasets` writes at a time too.
    static var batchRows: Int { 1000 }
}

extension Table {
    /// Batches of columns with these names. The columns' own types are the schema's.
    init(_ names: [String], _ batches: [[Column]]) throws {
        let types = batches.first?.map(\.type) ?? []
        try self.init(
            schema: Schema(
                fields: batches.isEmpty ? names.map { Field($0, .null) } : zip(names, types).map { Field($0, $1) }),
            batches: batches)
    }
}
