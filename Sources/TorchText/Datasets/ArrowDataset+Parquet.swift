import Torch

extension ArrowDataset {
    /// The rows of a Parquet file, read on all threads. Python: `Dataset.from_parquet`, without a copy in its cache.
    /// - Parameters:
    ///   - path: the file.
    ///   - columns: the names of those that are wanted, in this order; nil for all of them.
    /// - Throws: `TorchError`, naming the file, where it cannot be read or has no such column.
    public static func fromParquet(_ path: String, columns: [String]? = nil) throws -> ArrowDataset {
        let file = try ParquetFile(path: path)
        let names = file.schema.fields.map(\.name)
        let numbers = try columns?.map { name in
            guard let number = names.place(of: name) else {
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
