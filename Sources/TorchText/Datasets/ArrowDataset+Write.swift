@_spi(Interop) import Torch

extension ArrowDataset {
    /// Writes comma-separated values as Python's library does, byte by byte. Python: `to_csv`.
    ///
    /// The file is uncompressed, whatever its name ends in, and appears when it is complete.
    /// - Returns: the file's bytes.
    /// - Throws: `TorchError` where a column holds lists or structures, the file cannot be written, or those that the
    /// -   rows come from are damaged.
    @discardableResult
    public func toCSV(_ path: String) throws -> Int {
        let writer = try CSVWriter(path, fields: features.fields())
        try eachBatch { try writer.write($0) }
        return try writer.finish()
    }

    /// Writes a JSON object a row as Python's library does, byte by byte. Python: `to_json`.
    ///
    /// The file is uncompressed, whatever its name ends in, and appears when it is complete.
    /// - Returns: the file's bytes.
    /// - Throws: `TorchError` where bytes are no text, the file cannot be written, or those that the rows come from are
    /// -   damaged.
    @discardableResult
    public func toJSON(_ path: String) throws -> Int {
        let writer = try JSONLinesWriter(path, fields: features.fields())
        try eachBatch { try writer.write($0) }
        return try writer.finish()
    }

    /// How the pages of a Parquet file are compressed.
    public enum ParquetCompression: String, Sendable {
        case none = "NONE"
        case snappy = "SNAPPY"
    }

    /// Writes a Parquet file, whose metadata keep the features, so that class labels and other types come back here and
    /// in Python. Python: `to_parquet`.
    ///
    /// Dates in milliseconds become dates in days, and seconds milliseconds, as with Arrow's own writer. The file
    /// appears when it is complete.
    /// - Parameters:
    ///   - path: the file.
    ///   - batchSize: rows of a row group; by default as many as take about 100 MB.
    ///   - compression: of the pages.
    /// - Precondition: `batchSize` is positive.
    /// - Returns: the file's bytes.
    /// - Throws: `TorchError` where a column is of a type that Parquet has not, the file cannot be written, or those
    /// -   that the rows come from are damaged.
    @discardableResult
    public func toParquet(
        _ path: String, batchSize: Int? = nil, compression: ParquetCompression = .snappy
    ) throws -> Int {
        if let batchSize, batchSize <= 0 {
            raise(.value, "expected a positive batch_size, but got \(batchSize)")
            return 0
        }
        let writer = try ParquetWriter(
            path, schema: features.schema(), codec: compression == .snappy ? .snappy : .uncompressed)
        let size = table.batches.reduce(0) { $0 + $1.reduce(0) { $0 + $1.byteCount } }
        let rows = batchSize ?? Int(Double(table.count) * min(1, 1e8 / Double(max(size, 1))))
        try eachBatch(rows: max(1, rows)) { batch in
            try writer.write(zip(batch, zip(features.names, features.types)).map { try $0.cast($1.0, $1.1) })
        }
        return try writer.finish()
    }

    /// The columns of some rows after the other.
    private func eachBatch(rows: Int = batchRows, _ body: ([Column]) throws -> Void) throws {
        for start in stride(from: 0, to: count, by: rows) {
            let range = start..<min(start + rows, count)
            let part = try indices.map { try table.gather($0[range]) } ?? table.slice(range)
            try body(part.schema.fields.indices.map { try part.column($0) })
        }
    }
}
