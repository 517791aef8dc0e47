import Foundation
import Torch
import TorchFiles

/// The description of a folder of prepared data, stored in `dataset_info.json`. Python: `datasets.DatasetInfo`.
struct DatasetInfo: Sendable {
    struct Split: Sendable {
        var name: String
        /// The size of the columns in memory, in bytes; nil if it is not known.
        var byteCount: Int?
        /// The number of rows; nil if it is not known.
        var count: Int?
        /// The number of rows in each file if there are several files.
        var shardLengths: [Int]?
    }

    var features: Features?
    var splits: [Split] = []
    var configName: String?
    /// The format of the original files.
    var builderName: String?
    var datasetName: String?
    var downloadSize: Int?

    static let fileName = "dataset_info.json"

    init() {}

    /// - Parameter json: the content of a `dataset_info.json`.
    init(json: Value) {
        guard case .row(let row) = json else { return }
        features = row["features"].flatMap { Features(json: $0) }
        configName = row["config_name"]?.string
        builderName = row["builder_name"]?.string
        datasetName = row["dataset_name"]?.string
        downloadSize = row["download_size"]?.int
        splits =
            row["splits"]?.row.map { splits in
                zip(splits.names, splits.values).compactMap { name, value in
                    value.row.map { DatasetInfo.split(name, $0) }
                }
            } ?? []
    }

    /// - Parameter yaml: an entry of a card's `dataset_info`.
    init(yaml: Row) {
        features = yaml["features"].flatMap { Features(yaml: $0) }
        configName = yaml["config_name"].map(DatasetCard.text)
        downloadSize = yaml["download_size"]?.int
        splits = (yaml["splits"]?.list ?? []).compactMap { value in
            value.row.flatMap { row in row["name"].map { DatasetInfo.split(DatasetCard.text($0), row) } }
        }
    }

    private static func split(_ name: String, _ row: Row) -> Split {
        let lengths = row["shard_lengths"]?.list?.compactMap(\.int)
        return Split(
            name: name, byteCount: row["num_bytes"]?.int, count: row["num_examples"]?.int, shardLengths: lengths)
    }

    /// - Throws: `TorchError` if there is no such file or it is damaged.
    init(folder: String) throws {
        let path = Files.join(folder, DatasetInfo.fileName)
        self.init(json: try Metadata.value(json: FileSource(path).wholeFile(limit: 1 << 26), source: path))
        for split in splits where !DataFiles.isName(split.name) {
            throw TorchError(.file, "\(path): \(PythonRepr.of(split.name)) is no name of a split")
        }
    }

    var json: Value {
        func number(_ value: Int?) -> Value { value.map { .int($0) } ?? .null }
        let size = splits.reduce(0) { $0 + ($1.byteCount ?? 0) }
        let described = splits.map { split in
            (
                split.name,
                Value.row(
                    Row(
                        [
                            ("name", .string(split.name)), ("num_bytes", number(split.byteCount)),
                            ("num_examples", number(split.count))
                        ]
                            + (split.shardLengths.map { [("shard_lengths", .list($0.map { .int($0) }))] } ?? []) + [
                                ("dataset_name", datasetName.map { .string($0) } ?? .null)
                            ]))
            )
        }
        let text = [
            ("description", Value.string("")), ("citation", .string("")), ("homepage", .string("")),
            ("license", .string(""))
        ]
        guard let configName else { return .row(Row(text + [("features", features?.json ?? .null)])) }
        return .row(
            Row(
                text + [
                    ("features", features?.json ?? .null), ("builder_name", builderName.map { .string($0) } ?? .null),
                    ("dataset_name", datasetName.map { .string($0) } ?? .null),
                    ("config_name", .string(configName)),
                    (
                        "version",
                        .row(
                            Row([
                                ("version_str", .string("0.0.0")), ("major", .int(0)), ("minor", .int(0)),
                                ("patch", .int(0))
                            ]))
                    ),
                    ("splits", .row(Row(described))), ("download_size", number(downloadSize)),
                    ("dataset_size", .int(size)), ("size_in_bytes", .int(size + (downloadSize ?? 0)))
                ]))
    }

    func write(to folder: String) throws {
        try DatasetInfo.write(Metadata.json(json), to: Files.join(folder, DatasetInfo.fileName))
    }

    /// - Throws: `TorchError` with the file's path if it cannot be written.
    static func write(_ text: String, to path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw TorchError(.file, "\(path): cannot be written: \(error.localizedDescription)")
        }
    }
}

extension FileSource {
    /// Returns all bytes.
    /// - Throws: `TorchError` if the file is larger than `limit`.
    func wholeFile(limit: Int) throws -> [UInt8] {
        guard let count = available, count <= limit else { throw error("no file of at most \(limit) bytes") }
        return try take(count, "the file")
    }
}
