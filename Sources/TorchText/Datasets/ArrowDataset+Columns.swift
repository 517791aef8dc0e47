import Torch

extension ArrowDataset {
    /// Returns only the columns with these names, in this order. Python: `select_columns`.
    /// - Precondition: there are columns with these names.
    public func selectColumns(_ names: [String]) -> ArrowDataset {
        let missing = names.filter { features[$0] == nil }
        guard missing.isEmpty else {
            return .failed(
                .value,
                "Column name \(PythonRepr.of(missing)) not in the dataset. Current columns in the dataset: \(PythonRepr.of(columnNames))."
            )
        }
        let positions = names.compactMap { features.names.exactIndex(of: $0) }
        return withColumns(Features(positions.map { (features.names[$0], features.types[$0]) })) { batch in
            positions.map { batch[$0] }
        }
    }

    /// Returns all columns except these. Python: `remove_columns`.
    /// - Precondition: there are columns with these names.
    public func removeColumns(_ names: [String]) -> ArrowDataset {
        let missing = names.filter { features[$0] == nil }
        guard missing.isEmpty else {
            return .failed(
                .value,
                "Column name \(PythonRepr.of(missing)) not in the dataset. Current columns in the dataset: \(PythonRepr.of(columnNames))"
            )
        }
        return selectColumns(columnNames.filter { !names.containsExactly($0) })
    }

    /// Like `removeColumns(_:)`, for one column. Python: `remove_columns("label")`.
    public func removeColumns(_ name: String) -> ArrowDataset { removeColumns([name]) }

    /// Renames a column. Python: `rename_column`.
    /// - Precondition: there is a column with the old name, and none with the new name.
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

    /// Renames columns. Python: `rename_columns`.
    /// - Precondition: there are columns with the old names, and the resulting names are all different.
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

    /// Returns the same rows with an additional column. Python: `add_column`.
    /// - Parameters:
    ///   - name: the column's name.
    ///   - values: one value for each row.
    ///   - feature: the column's type; nil to infer it from the values.
    /// - Precondition: there is no column of this name.
    /// - Throws: `TorchError` if the number of values is not the number of rows, or if the values do not fit the type.
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

    /// Returns the same rows with other columns, computed batch by batch.
    func withColumns(_ features: Features, _ columns: ([Column]) throws -> [Column]) rethrows -> ArrowDataset {
        let batches = try table.batches.map(columns)
        // A table without columns has no number of rows.
        guard features.count > 0, let result = try? replacing(batches, features) else { return .empty }
        return result
    }

    /// - Throws: `TorchError` if the columns do not belong to `features`.
    func replacing(_ batches: [[Column]], _ features: Features) throws -> ArrowDataset {
        ArrowDataset(try Table(features.names, batches), features: features, indices: indices, split: split)
    }

    /// If rows have been selected, copies the columns in the data set's order, so that no row numbers are needed.
    /// Python: `flatten_indices`.
    /// - Throws: `TorchError` if a file is damaged.
    public func flattenIndices() throws -> ArrowDataset {
        guard let indices else { return self }
        let batches = try stride(from: 0, to: count, by: ArrowDataset.batchRows).flatMap { start in
            try table.gather(indices[start..<min(start + ArrowDataset.batchRows, count)]).batches
        }
        return ArrowDataset(try Table(schema: table.schema, batches: batches), features: features, split: split)
    }

    /// The number of rows in a new batch; `datasets` writes the same number at a time.
    static var batchRows: Int { 1000 }
}

extension Table {
    /// Creates a table of batches of columns with these names. The types come from the first batch.
    init(_ names: [String], _ batches: [[Column]]) throws {
        let types = batches.first?.map(\.type) ?? []
        try self.init(
            schema: Schema(
                fields: batches.isEmpty ? names.map { Field($0, .null) } : zip(names, types).map { Field($0, $1) }),
            batches: batches)
    }
}
