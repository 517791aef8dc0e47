import Torch

extension ArrowDataset {
    /// Returns the rows with the result of `transform` for each row. A result with the name of an existing column
    /// replaces its value; other results become new columns. Python: `map`.
    ///
    /// A column keeps its type if the new values fit it. If they do not fit and the type has no text in it, they are
    /// cast to it if possible. Otherwise the column gets the type that holds its values.
    /// - Parameters:
    ///   - removeColumns: the columns to remove, unless `transform` returns them.
    ///   - features: the result's columns; nil to infer them.
    ///   - numProc: the number of threads.
    ///   - mixed: how to store a new column's values of several kinds; by default as JSON.
    ///   - transform: returns a row's new values.
    /// - Precondition: there are columns with the names to remove.
    /// - Throws: the errors of `transform`; `TorchError` if the values of a column have no common type, or a file is
    ///   damaged.
    public func map(
        removeColumns: [String] = [], features: Features? = nil, numProc: Int = 1,
        onMixedTypes mixed: MixedTypes? = .useJSON,
        _ transform: @Sendable (Row) throws -> Row
    ) throws -> ArrowDataset {
        try map(
            withIndices: { row, _ in try transform(row) }, removeColumns: removeColumns, features: features,
            numProc: numProc, onMixedTypes: mixed)
    }

    /// Like `map(removeColumns:features:numProc:onMixedTypes:_:)`, with the row's number as second argument.
    /// Python: `map(with_indices=True)`.
    public func map(
        withIndices transform: @Sendable (Row, Int) throws -> Row, removeColumns: [String] = [],
        features: Features? = nil, numProc: Int = 1,
        onMixedTypes mixed: MixedTypes? = .useJSON
    ) throws -> ArrowDataset {
        try mapped(removeColumns, features, numProc, batchSize: ArrowDataset.batchRows, mixed) { range in
            let rows = try range.map { try transform(rowUnchecked($0), $0) }
            guard let names = rows.first?.names else { return Row() }
            // Rows may have different names; a missing value is null.
            var all = names, known = Set(names.map(ExactText.init))
            for row in rows where !row.names.areExactly(names) {
                for name in row.names where known.insert(ExactText(name)).inserted { all.append(name) }
            }
            return Row(names: all, values: all.map { name in .list(rows.map { $0[name] ?? .null }) })
        }
    }

    /// Returns the rows with the result of `transform` for each batch, which is a row of lists. The number of rows may
    /// change if all columns are new or removed.
    /// Python: `map(batched=True)`.
    /// - Parameters:
    ///   - transform: returns the new values of a batch.
    ///   - batchSize: the number of rows in a batch; the last batch may be smaller.
    ///   - removeColumns: the columns to remove, unless `transform` returns them.
    ///   - features: the result's columns; nil to infer them.
    ///   - numProc: the number of threads.
    ///   - mixed: how to store a new column's values of several kinds; by default as JSON.
    public func map(
        batched transform: @Sendable (Row) throws -> Row, batchSize: Int = 1000, removeColumns: [String] = [],
        features: Features? = nil, numProc: Int = 1,
        onMixedTypes mixed: MixedTypes? = .useJSON
    ) throws -> ArrowDataset {
        try mapped(removeColumns, features, numProc, batchSize: max(1, batchSize), mixed) { range in
            let result = try transform(columns(Array(range)))
            for (name, value) in zip(result.names, result.values) where value.list == nil {
                throw TorchError(
                    .type, "the function of a batched map gives lists of values, but \(value.kind) for column \(name)")
            }
            return result
        }
    }

    /// - Parameter transform: returns lists of new values for a range of rows.
    private func mapped(
        _ removed: [String], _ wanted: Features?, _ numProc: Int, batchSize: Int, _ mixed: MixedTypes?,
        _ transform: @Sendable (Range<Int>) throws -> Row
    ) throws -> ArrowDataset {
        if count == 0 { return removed.isEmpty ? self : removeColumns(removed) }
        let missing = removed.filter { features[$0] == nil }
        guard missing.isEmpty else {
            return .failed(
                .value,
                "Column to remove \(PythonRepr.of(missing)) not in the dataset. Current columns in the dataset: \(PythonRepr.of(columnNames))"
            )
        }
        let removed = Set(removed.map(ExactText.init))
        let parts = try inParts((count + batchSize - 1) / batchSize, numProc) { batches in
            try batches.map { batch in
                let range = batch * batchSize..<min(batch * batchSize + batchSize, count)
                return try mappedBatch(range, transform(range), removed, wanted, mixed)
            }
        }.flatMap { $0 }
        return try ArrowDataset.joined(parts, wanted, split)
    }

    /// The columns of one batch of the result.
    private struct MappedBatch: Sendable {
        var features: Features
        var columns: [Column]
    }

    private func mappedBatch(
        _ range: Range<Int>, _ new: Row, _ removed: Set<ExactText>, _ wanted: Features?,
        _ mixed: MixedTypes?
    ) throws -> MappedBatch {
        let kept = features.names.indices.filter { !removed.contains(ExactText(features.names[$0])) }
        let names =
            kept.map { features.names[$0] }
            + new.names.filter { name in removed.contains(ExactText(name)) || features[name] == nil }
        var types = Features([(String, Feature)]()), columns: [Column] = []
        for name in names {
            let feature: Feature, column: Column
            if let values = new[name]?.list {
                (feature, column) = try ArrowDataset.column(name, values, wanted?[name], features[name], mixed)
            } else if let position = features.names.exactIndex(of: name) {
                feature = wanted?[name] ?? features.types[position]
                column = try keptColumn(position, range)
            } else {
                continue
            }
            types[name] = feature
            columns.append(column)
        }
        if let first = columns.first, let other = columns.firstIndex(where: { $0.count != first.count }) {
            throw TorchError(
                .value,
                "Column \(other + 1) named \(types.names[other]) expected length \(first.count) but got length \(columns[other].count)"
            )
        }
        return MappedBatch(features: types, columns: columns)
    }

    /// Returns the rows `range` of an existing column.
    private func keptColumn(_ position: Int, _ range: Range<Int>) throws -> Column {
        if let indices { return try table.column(position, gathering: indices[range]) }
        return try table.column(position, gathering: range)
    }

    /// Returns a column of new values. Its type is `wanted`; if nil, the old type if the values fit it; otherwise the
    /// type that holds the values.
    private static func column(
        _ name: String, _ values: [Value], _ wanted: Feature?, _ old: Feature?,
        _ mixed: MixedTypes?
    ) throws -> (Feature, Column) {
        do {
            if let wanted {
                let type = try wanted.dataType()
                return (wanted, try Column(values.map { try $0.cast(to: wanted, type) }, type: type))
            }
            if let old {
                let type = try old.dataType()
                if case .classLabel(let label) = old { try label.check(values) }
                if let column = try? Column(values, type: type) { return (old, column) }
                // As in Python, "3" in a column of integers becomes 3, but 3 in a column of texts does not become "3".
                if !old.isText, let column = try? Column(values.map { try $0.cast(to: old, type) }, type: type) {
                    return (old, column)
                }
            }
            // Like Python's library, try the type of an existing column and do not replace it by JSON.
            let column = try Column.inferred(values, onMixedTypes: old == nil ? mixed : nil)
            return (Feature(column.type), column)
        } catch let error as TorchError {
            throw TorchError(error.kind, "column \(name): \(error.message)")
        }
    }

    /// Joins batches into one data set. Their columns may have different types: only nulls in one batch, numbers in
    /// another.
    private static func joined(_ parts: [MappedBatch], _ wanted: Features?, _ split: String?) throws -> ArrowDataset {
        let parts = parts.filter { !$0.columns.isEmpty && $0.columns[0].count > 0 || parts.count == 1 }
        guard let first = parts.first else { return .empty }
        if parts.allSatisfy({ $0.features == first.features }) {
            return ArrowDataset(
                try Table(first.features.names, parts.map(\.columns)), features: first.features, split: split)
        }
        var names = first.features.names
        for part in parts {
            for name in part.features.names where !names.containsExactly(name) { names.append(name) }
        }
        var types = Features([(String, Feature)]())
        for name in names {
            let seen = parts.compactMap { $0.features[name] }
            var different: [Feature] = []
            for feature in seen where !different.contains(feature) { different.append(feature) }
            types[name] = try different.dropFirst().reduce(different[0]) { try Feature.common($0, $1, name) }
        }
        let batches = try parts.map { part in
            try zip(types.names, types.types).map { name, feature in
                let type = try feature.dataType(), rows = part.columns[0].count
                guard let position = part.features.names.exactIndex(of: name) else {
                    return try Column([Value](repeating: .null, count: rows), type: type)
                }
                let column = part.columns[position]
                return column.type == type
                    ? column : try Column((0..<rows).map { try column.value(at: $0) }, type: type)
            }
        }
        return ArrowDataset(try Table(types.names, batches), features: types, split: split)
    }
}

extension Table {
    /// Returns rows of one column.
    func column(_ position: Int, gathering rows: some Sequence<Int>) throws -> Column {
        var runs: [RowRun] = []
        for row in rows {
            let position = locate(row)
            runs.append(part: position.batch, position.row, 1)
        }
        if let run = runs.first, runs.count == 1 { return try batches[run.part][position].slice(run.start..<run.end) }
        return try Column.copy(runs, of: batches.map { $0[position] })
    }
}
