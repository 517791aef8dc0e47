import Torch

/// Columns of the same length, in batches of rows. Arrow: `Table` of `RecordBatch`es.
struct Table: Sendable {
    let schema: Schema
    let batches: [[Column]]
    /// The number of rows before each batch, followed by the number of all rows.
    let starts: [Int]

    /// - Parameter batches: the columns of each batch, in the schema's order.
    /// - Throws: `TorchError` if a batch's columns do not fit the schema or differ in length.
    init(schema: Schema, batches: [[Column]]) throws {
        self.schema = schema
        self.batches = batches
        var starts = [0]
        for batch in batches {
            let rows = batch.first?.count ?? 0
            guard batch.count == schema.fields.count, batch.allSatisfy({ $0.count == rows }),
                zip(batch, schema.fields).allSatisfy({ $0.type == $1.type })
            else {
                throw TorchError(.file, "a batch whose columns are not those of the table")
            }
            let (end, overflow) = starts[starts.count - 1].addingReportingOverflow(rows)
            guard !overflow else { throw TorchError(.file, "more rows than can be counted") }
            starts.append(end)
        }
        self.starts = starts
    }

    private init() {
        schema = Schema(fields: [])
        batches = []
        starts = [0]
    }

    /// A table without rows and columns.
    static let empty = Table()

    /// The number of rows.
    var count: Int { starts[starts.count - 1] }

    /// Returns the batch that contains a row, and the row's number in that batch.
    /// - Precondition: 0 ≤ `row` < `count`.
    func locate(_ row: Int) -> (batch: Int, row: Int) {
        precondition(row >= 0 && row < count)
        if batches.count == 1 { return (0, row) }
        var low = 0, high = batches.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if starts[middle] <= row { low = middle } else { high = middle - 1 }
        }
        return (low, row - starts[low])
    }
}
