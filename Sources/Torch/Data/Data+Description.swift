/// The printed forms of data sets and loaders, in one line. PyTorch prints their addresses.
enum DataDescription {
    /// Returns a data set's description, or its type if it has none.
    static func of(_ dataset: Any) -> String {
        guard let dataset = dataset as? any CustomStringConvertible else { return "\(type(of: dataset))" }
        // A description of several lines begins with the name.
        return String(dataset.description.prefix { $0 != "\n" })
    }
}

extension TensorDataset: CustomStringConvertible {
    /// The sizes of the tensors: `TensorDataset([256, 1, 28, 28], [256])`.
    public var description: String {
        var sizes: [String] = []
        for column in repeat each tensors { sizes.append("\(Array(column.asTensor.shape))") }
        return "TensorDataset(\(sizes.joined(separator: ", ")))"
    }
}

extension Subset: CustomStringConvertible {
    /// The whole data set and the number of elements: `Subset(TensorDataset([256, 3]), 100)`.
    public var description: String { "Subset(\(DataDescription.of(dataset)), \(count))" }
}

extension ConcatDataset: CustomStringConvertible {
    /// The data sets: `ConcatDataset([TensorDataset([6, 3]), TensorDataset([4, 3])])`.
    public var description: String {
        "ConcatDataset([\(datasets.map { DataDescription.of($0) }.joined(separator: ", "))])"
    }
}

extension DataLoader: CustomStringConvertible {
    /// The data set and the options: `DataLoader(TensorDataset([256, 3]), batch_size=64, num_workers=0,
    /// drop_last=False)`.
    public var description: String {
        "DataLoader(\(DataDescription.of(dataset)), batch_size=\(PythonText.repr(batchSize)), "
            + "num_workers=\(numWorkers), drop_last=\(PythonText.repr(dropLast)))"
    }
}
