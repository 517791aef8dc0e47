import Torch

extension ArrowDataset {
    /// Writes comma-separated values, byte for byte as Python's library does. Python: `to_csv`.
    ///
    /// The file is never compressed, even if its name suggests it. It appears when it is complete.
    /// - Returns: the file's size in bytes.
    /// - Throws: `TorchError` if a column holds lists or structures, if the file cannot be written, or if the files
    ///   that hold the rows are damaged.
    @discardableResult
    public func toCSV(_ path: String) throws -> Int {
        let writer = try CSVWriter(path, fields: features.fields())
        try eachBatch { try writer.write($0) }
        return try writer.finish()
    }

    /// Writes one JSON object per row, byte for byte as Python's library does. Python: `to_json`.
    ///
    /// The file is never compressed, even if its name suggests it. It appears when it is complete.
    /// - Returns: the file's size in bytes.
    /// - Throws: `TorchError` if bytes are not text, if the file cannot be written, or if the files that hold the rows
    ///   are damaged.
    @discardableResult
    public func toJSON(_ path: String) throws -> Int {
        let writer = try JSONLinesWriter(path, fields: features.fields())
        try eachBatch { try writer.write($0) }
        return try writer.finish()
    }

    /// The compression of a Parquet file's pages.
    public enum ParquetCompression: String, Sendable {
        /// No compression.
        case none = "NONE"
        /// Snappy compression.
        case snappy = "SNAPPY"
    }

    /// Writes a Parquet file. Its metadata keep the features, so that class labels and other types are restored here
    /// and in Python. Python: `to_parquet`.
    ///
    /// As with Arrow's own writer, dates in milliseconds become dates in days, and times in seconds become
    /// milliseconds. The file appears when it is complete.
    /// - Parameters:
    ///   - path: the file.
    ///   - batchSize: the number of rows in a row group; by default, as many as take about 100 MB.
    ///   - compression: the compression of the pages.
    /// - Precondition: `batchSize` is positive.
    /// - Returns: the file's size in bytes.
    /// - Throws: `TorchError` if Parquet does not have a column's type, if the file cannot be written, or if the files
    ///   that hold the rows are damaged.
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

    /// Calls `body` with the columns of `rows` rows at a time.
    private func eachBatch(rows: Int = batchRows, _ body: ([Column]) throws -> Void) throws {
        for start in stride(from: 0, to: count, by: rows) {
            let range = start..<min(start + rows, count)
            let part = try indices.map { try table.gather($0[range]) } ?? table.slice(range)
            try body(part.schema.fields.indices.map { try part.column($0) })
        }
    }
}
