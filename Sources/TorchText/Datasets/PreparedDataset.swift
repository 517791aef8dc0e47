import Foundation
import Torch
import TorchFiles

/// A folder in the cache that holds a data set's splits as Arrow streams. The streams are mapped into memory. Python's
/// library uses the same folders.
struct PreparedDataset: Sendable {
    let folder: String

    var exists: Bool { Files.exists(Files.join(folder, DatasetInfo.fileName)) }

    /// - Throws: `TorchError` if a file is missing or damaged.
    func open() throws -> DatasetDict {
        let info = try DatasetInfo(folder: folder)
        guard !info.splits.isEmpty else {
            throw TorchError(.file, "\(folder): its \(DatasetInfo.fileName) names no splits")
        }
        // The name becomes part of a file's name, so it must be valid there.
        guard let name = info.datasetName, !name.isEmpty, !name.contains("/") else {
            throw TorchError(.file, "\(folder): its \(DatasetInfo.fileName) has no dataset_name")
        }
        return DatasetDict(
            try info.splits.map { split in
                let tables = try PreparedDataset.fileNames(name, split.name, shards: split.shardLengths?.count ?? 1).map
                { try ArrowReader.read(Files.join(folder, $0)) }
                let table = try Table.concatenate(tables)
                if let count = split.count, count != table.count {
                    throw TorchError(
                        .file,
                        "\(folder): split \(split.name) has \(table.count) rows where its \(DatasetInfo.fileName) says \(count)"
                    )
                }
                let features = Features(table.schema)
                return (
                    split.name,
                    ArrowDataset(
                        table, features: info.features.map { features.described(by: $0.json) } ?? features,
                        split: split.name)
                )
            })
    }

    private static func fileNames(_ name: String, _ split: String, shards: Int) -> [String] {
        shards <= 1
            ? ["\(name)-\(split).arrow"]
            : (0..<shards).map { "\(name)-\(split)-\(fiveDigits($0))-of-\(fiveDigits(shards)).arrow" }
    }

    static func fiveDigits(_ number: Int) -> String {
        String(repeating: "0", count: max(0, 5 - String(number).count)) + String(number)
    }

    /// Returns the newest folder of a data set in the cache, of any commit. Used if the hub cannot be reached.
    /// - Throws: `TorchError` if there is none, or if there are several configurations and the request names none.
    static func newest(_ request: DatasetRequest) throws -> PreparedDataset {
        let (owner, name) = DatasetBuilder.parts(request.path)
        func names(_ folder: String) -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        }
        var found: [(configuration: String, version: String, folder: String, time: Date)] = []
        for root in DatasetBuilder.folderNames(owner, name, in: request.cache).prefix(owner == nil ? .max : 1).map({
            Files.join(request.cache, $0)
        }) {
            for configuration in names(root) {
                for version in names(Files.join(root, configuration)) {
                    for hash in names(Files.join(root, "\(configuration)/\(version)"))
                    where !hash.hasSuffix(".incomplete") {
                        let folder = Files.join(root, "\(configuration)/\(version)/\(hash)")
                        // If the caller chose the files, the folder's name has a suffix.
                        guard PreparedDataset(folder: folder).exists,
                            (try? DatasetInfo(folder: folder).configName) == configuration
                        else { continue }
                        let time =
                            (try? FileManager.default.attributesOfItem(atPath: folder))?[.modificationDate] as? Date
                        found.append((configuration, "\(version)/\(hash)", folder, time ?? .distantPast))
                    }
                }
            }
        }
        let wanted = request.name.map { name in found.filter { $0.configuration == name } } ?? found
        guard let newest = wanted.max(by: { $0.time < $1.time }) else {
            let available = Set(found.map(\.configuration)).sorted()
            throw TorchError(
                .value,
                "Couldn't find cache for \(request.path)" + (request.name.map { " for config '\($0)'" } ?? "")
                    + (available.isEmpty ? "" : "\nAvailable configs in the cache: \(PythonRepr.of(available))"))
        }
        let others = Set(found.filter { $0.version == newest.version }.map(\.configuration)).sorted()
        if request.name == nil, others.count > 1 {
            throw TorchError(
                .value,
                "There are multiple '\(request.path)' configurations in the cache: \(others.joined(separator: ", "))\nPlease specify which configuration to reload from the cache, e.g.\n\tload_dataset('\(request.path)', '\(others[0])')"
            )
        }
        return PreparedDataset(folder: newest.folder)
    }

    // MARK: Preparing

    /// Reads the data set's files and stores them here as Arrow streams, unless another process has done so. The folder
    /// appears when it is complete.
    /// - Throws: `TorchError` if files cannot be downloaded, are damaged or do not fit together.
    func prepare(_ builder: DatasetBuilder) async throws {
        try Files.makeFolder(Files.folder(of: folder))
        // Download all files first: other processes should not wait for the lock during a download.
        var paths: [[String]] = []
        for split in builder.files.splits { paths.append(try await builder.paths(of: split)) }
        try write(builder, paths)
    }

    private func write(_ builder: DatasetBuilder, _ paths: [[String]]) throws {
        let lock = try FileLock(folder + "_builder.lock") {
            try Task.checkCancellation()
            usleep(20_000)
        }
        try withExtendedLifetime(lock) {
            if exists { return }
            let incomplete = folder + ".incomplete"
            try? FileManager.default.removeItem(atPath: incomplete)
            try Files.makeFolder(incomplete)
            do {
                var info = DatasetInfo()
                info.configName = builder.configuration
                info.builderName = builder.reader.format.rawValue
                info.datasetName = builder.name
                info.downloadSize = builder.downloadSize
                info.features = builder.info?.features
                for (split, paths) in zip(builder.files.splits, paths) where !paths.isEmpty {
                    let features = try info.features ?? DatasetBuilder.features(builder.reader, paths)
                    info.features = features
                    info.splits.append(try PreparedDataset.write(split.name, paths, features, builder, to: incomplete))
                }
                try PreparedDataset.check(info.splits, builder)
                try info.write(to: incomplete)
                // A folder without a dataset_info.json is incomplete.
                try? FileManager.default.removeItem(atPath: folder)
                guard rename(incomplete, folder) == 0 else {
                    throw TorchError(.file, "\(folder): cannot be made of \(incomplete): \(systemMessage())")
                }
            } catch {
                try? FileManager.default.removeItem(atPath: incomplete)
                throw error
            }
        }
    }

    /// The size in bytes after which a new file begins.
    private static let shardSize = 500_000_000

    private static func write(
        _ split: String, _ paths: [String], _ features: Features, _ builder: DatasetBuilder, to folder: String
    ) throws -> DatasetInfo.Split {
        let schema = try features.schema()
        func path(_ shard: Int) -> String { Files.join(folder, "\(builder.name)-\(split)-\(fiveDigits(shard)).arrow") }
        var lengths = [0], total = 0, size = 0
        var writer = try ArrowWriter(path(0), schema: schema)
        for file in paths {
            let batches = try builder.reader.open(file)
            for number in 0..<batches.count {
                let columns = try DatasetBuilder.cast(batches.read(number), of: batches.schema, to: features, file)
                if size > shardSize {
                    try writer.finish()
                    writer = try ArrowWriter(path(lengths.count), schema: schema)
                    lengths.append(0)
                    size = 0
                }
                let bytes = columns.reduce(0) { $0 + $1.byteCount }
                size += bytes
                total += bytes
                lengths[lengths.count - 1] += columns.first?.count ?? 0
                try writer.write(columns)
            }
        }
        try writer.finish()
        for (shard, name) in fileNames(builder.name, split, shards: lengths.count).enumerated() {
            guard rename(path(shard), Files.join(folder, name)) == 0 else {
                throw TorchError(.file, "\(path(shard)): cannot be renamed: \(systemMessage())")
            }
        }
        return DatasetInfo.Split(
            name: split, byteCount: total, count: lengths.reduce(0, +), shardLengths: lengths.count > 1 ? lengths : nil)
    }

    /// Checks that the splits and their numbers of rows agree with the card.
    private static func check(_ splits: [DatasetInfo.Split], _ builder: DatasetBuilder) throws {
        guard let expected = builder.info?.splits, !expected.isEmpty else { return }
        let (names, wanted) = (splits.map(\.name), expected.map(\.name))
        if Set(names) != Set(wanted) {
            throw TorchError(
                .value,
                "\(builder.title): its files make the splits \(PythonRepr.of(names)) where its card says \(PythonRepr.of(wanted))"
            )
        }
        for split in splits {
            if let count = expected.first(where: { $0.name == split.name })?.count, count != split.count {
                throw TorchError(
                    .value,
                    "\(builder.title): split \(split.name) has \(split.count ?? 0) rows where its card says \(count)")
            }
        }
    }
}

extension DatasetBuilder {
    /// Returns the columns that hold the rows of all files of a split.
    static func features(_ reader: DataFileReader, _ paths: [String]) throws -> Features {
        if reader.knowsSchema { return try reader.features(paths[0]) }
        var result = Features([(String, Feature)]())
        for path in paths {
            let features = try reader.features(path)
            for (name, feature) in zip(features.names, features.types) {
                do {
                    result[name] = try result[name].map { try Feature.common($0, feature, name) } ?? feature
                } catch let error as TorchError {
                    throw TorchError(error.kind, "\(path): \(error.message)")
                }
            }
        }
        return result
    }

    /// Converts a file's columns to the data set's columns. A column that the file does not have is null.
    static func cast(_ batch: [Column], of schema: Schema, to features: Features, _ path: String) throws -> [Column] {
        let names = schema.fields.map(\.name)
        guard names.allSatisfy({ features[$0] != nil }) else {
            throw TorchError(
                .value,
                "\(path): Couldn't cast \(PythonRepr.of(names)) to \(PythonRepr.of(features.names)) because column names don't match"
            )
        }
        do {
            return try zip(features.names, features.types).map { name, feature in
                guard let position = names.exactIndex(of: name) else {
                    return try Column(
                        [Value](repeating: .null, count: batch.first?.count ?? 0), type: feature.dataType())
                }
                return try batch[position].cast(name, feature)
            }
        } catch let error as TorchError {
            throw TorchError(error.kind, "\(path): \(error.message)")
        }
    }
}

extension Column {
    /// The size of the rows in memory, in bytes.
    var byteCount: Int {
        let bits = validity == nil ? 0 : (count + 7) / 8
        switch storage {
        case .null: return 0
        case .bits: return bits + (count + 7) / 8
        case .fixed: return bits + count * (type.width ?? 0)
        case .variable(let offsets, let data): return bits + offsets.count + data.count
        case .list(let offsets, let values): return bits + offsets.count + values.byteCount
        case .fixedList(let values): return bits + values.byteCount
        case .structure(let columns): return columns.reduce(bits) { $0 + $1.byteCount }
        case .dictionary(let indices, let values): return bits + indices.count + values.byteCount
        }
    }
}
