import Torch

extension ArrowDataset {
    /// Reads a Parquet file with all threads. Python: `Dataset.from_parquet`, without a copy in its cache.
    /// - Parameters:
    ///   - path: the file.
    ///   - columns: the names of the columns to read, in this order; nil for all columns.
    /// - Throws: `TorchError` with the file's path if it cannot be read or a column does not exist.
    public static func fromParquet(_ path: String, columns: [String]? = nil) throws -> ArrowDataset {
        let file = try ParquetFile(path: path)
        let names = file.schema.fields.map(\.name)
        let numbers = try columns?.map { name in
            guard let number = names.exactIndex(of: name) else {
                throw TorchError(.value, "\(path): there is no column \(name) among \(names.joined(separator: ", "))")
            }
            return number
        }
        let table = try file.table(columns: numbers)
        let features = Features(file.schema)
        return ArrowDataset(
            table, features: columns.map { columns in Features(columns.map { ($0, features[$0]!) }) } ?? features)
    }
}
