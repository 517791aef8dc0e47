import Torch

/// The splits of a data set by name, in order. Python: `datasets.DatasetDict`.
public struct DatasetDict: Sendable {
    /// The splits' names.
    public let names: [String]
    /// The splits.
    public let datasets: [ArrowDataset]

    /// Creates a dictionary of splits.
    /// - Precondition: the names are all different.
    public init(_ splits: [(String, ArrowDataset)]) {
        names = splits.map(\.0)
        datasets = splits.map(\.1)
        if !names.repeated.isEmpty {
            raise(.value, "Some splits are duplicated in data_files: \(PythonRepr.of(names))")
        }
    }

    /// Returns a split. Python: `dataset["train"]`.
    /// - Precondition: there is a split of this name.
    public subscript(name: String) -> ArrowDataset { split(name) ?? .failed(.key, PythonRepr.of(name)) }

    /// Returns the split of this name; nil if there is none.
    public func split(_ name: String) -> ArrowDataset? { names.exactIndex(of: name).map { datasets[$0] } }

    /// The number of rows in each split. Python: `num_rows`.
    public var numRows: [String: Int] { Dictionary(zip(names, datasets.map(\.count))) { $1 } }

    /// The columns of each split. Python: `column_names`.
    public var columnNames: [String: [String]] { Dictionary(zip(names, datasets.map(\.columnNames))) { $1 } }

    /// Transforms each split in the same way: `dict.mapValues { try $0.map(tokenize) }`. Python: the methods that
    /// `DatasetDict` shares with `Dataset`.
    public func mapValues(_ transform: (ArrowDataset) throws -> ArrowDataset) rethrows -> DatasetDict {
        DatasetDict(try zip(names, datasets).map { ($0, try transform($1)) })
    }
}

extension DatasetDict: CustomStringConvertible {
    public var description: String {
        PythonRepr.dictionary("DatasetDict", zip(names, datasets).map { ($0, $1.description) })
    }
}

extension PythonRepr {
    /// Returns a text with each named part on its own lines, indented.
    static func dictionary(_ type: String, _ parts: [(String, String)]) -> String {
        let lines = parts.map { name, text in
            "    "
                + "\(name): \(text)".split(separator: "\n", omittingEmptySubsequences: false).joined(
                    separator: "\n    ")
        }
        return "\(type)({\n\(lines.joined(separator: "\n"))\n})"
    }
}
