import Torch

/// The splits of a data set by name. Their rows are read when they are requested.
/// Python: `datasets.IterableDatasetDict`.
public struct IterableDatasetDict: Sendable {
    /// The splits' names.
    public let names: [String]
    /// The splits.
    public let datasets: [IterableDataset]

    init(_ splits: [(String, IterableDataset)]) {
        names = splits.map(\.0)
        datasets = splits.map(\.1)
    }

    /// Returns a split.
    /// - Precondition: there is a split of this name.
    public subscript(name: String) -> IterableDataset {
        if let dataset = split(name) { return dataset }
        raise(.key, PythonRepr.of(name))
        return IterableDataset(features: nil, split: nil, .shards([], areTyped: false))
    }

    /// Returns the split of this name; nil if there is none.
    public func split(_ name: String) -> IterableDataset? { names.exactIndex(of: name).map { datasets[$0] } }
}

extension IterableDatasetDict: CustomStringConvertible {
    public var description: String {
        PythonRepr.dictionary("IterableDatasetDict", zip(names, datasets).map { ($0, $1.description) })
    }
}

/// Finds a data set as `loadDataset` does, but does not prepare it: its files are read when rows are requested.
/// Python: `load_dataset(streaming=True)`.
/// - Throws: `TorchError` if the data set, configuration or file does not exist, or if the hub cannot be reached.
public func streamDataset(
    _ path: String, name: String? = nil, dataDir: String? = nil, dataFiles: Value? = nil, revision: String? = nil,
    cacheDir: String? = nil,
    token: String? = nil
) async throws -> IterableDatasetDict {
    try await stream(
        DatasetRequest(
            path, name: name, dataDir: dataDir, dataFiles: dataFiles, revision: revision, cacheDir: cacheDir,
            token: token))
}

/// Returns a split of a data set whose rows are read when they are requested.
/// Python: `load_dataset(streaming=True, split="train")`.
/// - Throws: `TorchError` also if the split does not exist.
public func streamDataset(
    _ path: String, name: String? = nil, split: String, dataDir: String? = nil, dataFiles: Value? = nil,
    revision: String? = nil, cacheDir: String? = nil,
    token: String? = nil
) async throws -> IterableDataset {
    let splits = try await streamDataset(
        path, name: name, dataDir: dataDir, dataFiles: dataFiles, revision: revision, cacheDir: cacheDir, token: token)
    guard let dataset = splits.split(split) else {
        throw TorchError(.value, "Bad split: \(split). Available splits: \(PythonRepr.of(splits.names))")
    }
    return dataset
}

func stream(_ request: DatasetRequest) async throws -> IterableDatasetDict {
    let builder = try await DatasetBuilder.find(request)
    var splits: [(String, IterableDataset)] = []
    for split in builder.files.splits where !split.paths.isEmpty {
        let first = DataFiles.Split(name: split.name, paths: [split.paths[0]])
        // The first file's columns are the columns of all files.
        let features =
            if let features = builder.info?.features { features } else {
                try builder.reader.features(await builder.paths(of: first)[0])
            }
        let shards = split.paths.map { path in
            let shard: StreamPlan.Shard = {
                let file = try await builder.paths(of: DataFiles.Split(name: split.name, paths: [path]))[0]
                let batches = try builder.reader.open(file)
                return (
                    batches.count,
                    { number in
                        let columns = try DatasetBuilder.cast(
                            batches.read(number), of: batches.schema, to: features, file)
                        return try (0..<(columns.first?.count ?? 0)).map { row in
                            Row(names: features.names, values: try columns.map { try $0.value(at: row) })
                        }
                    }
                )
            }
            return shard
        }
        splits.append(
            (
                split.name,
                IterableDataset(
                    features: features, split: split.name,
                    .shards(shards, areTyped: builder.info?.features != nil || builder.reader.format.looksAhead))
            ))
    }
    return IterableDatasetDict(splits)
}
