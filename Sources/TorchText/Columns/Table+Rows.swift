import Torch

extension Table {
    /// The names of the columns.
    var columnNames: [String] { schema.fields.map(\.name) }

    /// Returns a row. Python: `dataset[i]`.
    /// - Throws: `TorchError` if the buffers are invalid.
    /// - Precondition: 0 ≤ `index` < `count`.
    func row(at index: Int) throws -> Row {
        let (batch, row) = locate(index)
        var result = Row()
        result.reserve(schema.fields.count)
        for (field, column) in zip(schema.fields, batches[batch]) {
            result.append(field.name, try value(of: column, row, field))
        }
        return result
    }

    /// Returns a row's value in the column with this number.
    /// - Throws: `TorchError` if the buffers are invalid.
    /// - Precondition: the row and the column exist.
    func value(at index: Int, column: Int) throws -> Value {
        let (batch, row) = locate(index)
        return try value(of: batches[batch][column], row, schema.fields[column])
    }

    private func value(of column: Column, _ row: Int, _ field: Field) throws -> Value {
        do { return try column.value(at: row) } catch let error as TorchError {
            throw TorchError(error.kind, "column \(field.name): \(error.message)")
        }
    }

    /// Returns the rows with these numbers, in this order, as one batch.
    /// - Throws: `TorchError` if the buffers are invalid, or a column exceeds 32-bit offsets.
    /// - Precondition: 0 ≤ each number < `count`.
    func gather(_ rows: some Sequence<Int>) throws -> Table {
        var runs: [RowRun] = []
        for row in rows {
            let position = locate(row)
            runs.append(part: position.batch, position.row, 1)
        }
        guard !runs.isEmpty else { return try Table(schema: schema, batches: []) }
        let columns = try schema.fields.indices.map { column in try Column.copy(runs, of: batches.map { $0[column] }) }
        return try Table(schema: schema, batches: [columns])
    }

    /// Returns consecutive rows without a copy, except for bits.
    /// - Precondition: `rows` is inside `0 ..< count`.
    func slice(_ rows: Range<Int>) throws -> Table {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count)
        var result: [[Column]] = [], start = 0
        for batch in batches {
            let length = batch.first?.count ?? 0
            let part =
                max(
                    rows.lowerBound - start, 0)..<max(
                    min(rows.upperBound - start, length), max(rows.lowerBound - start, 0))
            if !part.isEmpty { result.append(part.count == length ? batch : try batch.map { try $0.slice(part) }) }
            start += length
        }
        return try Table(schema: schema, batches: result)
    }

    /// Returns the rows of all tables, one table after the other, in the same memory.
    /// - Throws: `TorchError` if the columns' names or types differ.
    static func concatenate(_ tables: [Table]) throws -> Table {
        guard let first = tables.first else { throw TorchError(.value, "no tables to concatenate") }
        for table in tables
        where !zip(table.schema.fields, first.schema.fields).allSatisfy({
            $0.name.isExactly($1.name) && $0.type == $1.type
        }) || table.schema.fields.count != first.schema.fields.count {
            throw TorchError(.value, "tables of \(first.schema.fields) and of \(table.schema.fields)")
        }
        return try Table(schema: first.schema, batches: tables.flatMap(\.batches))
    }

    /// Returns a table with the columns of all tables. A batch ends at each row where a batch of any table ends.
    /// - Precondition: there is at least one table, and all have the same number of rows.
    /// - Throws: `TorchError` if the buffers are invalid.
    static func beside(_ tables: [Table]) throws -> Table {
        let ends = Set(tables.flatMap(\.starts)).sorted()
        let batches = try zip(ends, ends.dropFirst()).map { start, end in
            try tables.flatMap { table in
                let position = table.locate(start)
                return try table.batches[position.batch].map {
                    $0.count == end - start ? $0 : try $0.slice(position.row..<position.row + end - start)
                }
            }
        }
        return try Table(schema: Schema(fields: tables.flatMap(\.schema.fields)), batches: batches)
    }

    /// Returns all rows of a column as one column.
    /// - Throws: `TorchError` if the buffers are invalid, or the column exceeds 32-bit offsets.
    func column(_ index: Int) throws -> Column {
        batches.isEmpty
            ? try ColumnBuilder(schema.fields[index].type).finish() : try Column.concatenate(batches.map { $0[index] })
    }
}
