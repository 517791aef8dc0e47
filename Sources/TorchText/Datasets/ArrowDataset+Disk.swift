import Foundation
import Torch
import TorchFiles

extension ArrowDataset {
    /// Saves the data set in a folder that Python's `load_from_disk` can read too. Python: `save_to_disk`.
    ///
    /// An existing folder is replaced when the new one is complete.
    /// - Throws: `TorchError` if files cannot be written, or if the files that hold the rows are damaged.
    public func saveToDisk(_ path: String) throws {
        try DatasetFolder.replace(path) { try write(to: $0) }
    }

    fileprivate func write(to folder: String) throws {
        let name = "data-00000-of-00001.arrow"
        let whole = try flattenIndices()
        let writer = try ArrowWriter(Files.join(folder, name), schema: features.schema())
        for batch in whole.table.batches {
            try writer.write(zip(batch, zip(features.names, features.types)).map { try $0.cast($1.0, $1.1) })
        }
        try writer.finish()
        var info = DatasetInfo()
        info.features = features
        try info.write(to: folder)
        let state = Row([
            ("_data_files", .list([.row(["filename": .string(name)])])),
            ("_fingerprint", .string(String(UInt64.random(in: .min ... .max), radix: 16))), ("_format_columns", .null),
            ("_format_kwargs", .row(Row())), ("_format_type", .null), ("_output_all_columns", false),
            ("_split", split.map { .string($0) } ?? .null)
        ])
        try DatasetInfo.write(Metadata.json(.row(state)), to: Files.join(folder, "state.json"))
    }

    /// Loads a data set from a folder that this library or Python's library saved. Maps its files into memory.
    /// Python: `Dataset.load_from_disk`.
    /// - Throws: `TorchError` if the folder does not exist or is damaged.
    public static func loadFromDisk(_ path: String) throws -> ArrowDataset {
        let file = Files.join(path, "state.json")
        guard Files.exists(file) else {
            throw TorchError(
                .file,
                Files.exists(path)
                    ? "Directory \(path) is neither a `Dataset` directory nor a `DatasetDict` directory."
                    : "Directory \(path) not found")
        }
        let state = try Metadata.value(json: FileSource(file).wholeFile(limit: 1 << 26), source: file)
        let names = (state.row?["_data_files"]?.list ?? []).compactMap { $0.row?["filename"]?.string }
        guard !names.isEmpty, names.allSatisfy({ !$0.contains("/") && !$0.isEmpty }) else {
            throw TorchError(.file, "\(file): names no data files")
        }
        let table = try Table.concatenate(names.map { try ArrowReader.read(Files.join(path, $0)) })
        let features = Features(table.schema)
        let info = try DatasetInfo(folder: path)
        return ArrowDataset(
            table, features: info.features.map { features.described(by: $0.json) } ?? features,
            split: state.row?["_split"]?.string)
    }
}

extension DatasetDict {
    /// Saves all splits in a folder that Python's `load_from_disk` can read too. Python: `save_to_disk`.
    /// - Throws: `TorchError` if files cannot be written, or if the files that hold the rows are damaged.
    public func saveToDisk(_ path: String) throws {
        if let bad = names.first(where: { !DataFiles.isName($0) }) {
            throw TorchError(.value, "Split name should match '^\\w+(\\.\\w+)*$'' but got '\(bad)'.")
        }
        try DatasetFolder.replace(path) { folder in
            for (name, dataset) in zip(names, datasets) {
                try Files.makeFolder(Files.join(folder, name))
                try dataset.write(to: Files.join(folder, name))
            }
            try DatasetInfo.write(
                Metadata.json(.row(["splits": .list(names.map { .string($0) })])),
                to: Files.join(folder, "dataset_dict.json"))
        }
    }

    /// Loads the splits from a folder that this library or Python's library saved.
    /// Python: `DatasetDict.load_from_disk`.
    /// - Throws: `TorchError` if the folder does not exist or is damaged.
    public static func loadFromDisk(_ path: String) throws -> DatasetDict {
        let file = Files.join(path, "dataset_dict.json")
        guard Files.exists(file) else {
            throw TorchError(
                .file,
                "No such file: '\(file)'. Expected to load a `DatasetDict` object, but provided path is not a `DatasetDict`."
            )
        }
        guard
            let names = try Metadata.value(json: FileSource(file).wholeFile(limit: 1 << 26), source: file).row?[
                "splits"]?.strings, names.allSatisfy(DataFiles.isName), Set(names).count == names.count
        else {
            throw TorchError(.file, "\(file): names no splits")
        }
        return DatasetDict(try names.map { ($0, try ArrowDataset.loadFromDisk(Files.join(path, $0))) })
    }
}

private enum DatasetFolder {
    /// Fills a new folder and then renames it to `path`.
    static func replace(_ path: String, _ fill: (String) throws -> Void) throws {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let old = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        guard old.isEmpty || old.contains("state.json") || old.contains("dataset_dict.json") else {
            throw TorchError(.file, "\(path): a folder with other things in it, which is not replaced")
        }
        let new = "\(path).\(UUID().uuidString).incomplete"
        try Files.makeFolder(new)
        do {
            try fill(new)
            // The rows may be mapped from the folder that is removed. Its files stay available while they are mapped.
            try? FileManager.default.removeItem(atPath: path)
            guard rename(new, path) == 0 else {
                throw TorchError(.file, "\(path): cannot be written: \(systemMessage())")
            }
        } catch {
            try? FileManager.default.removeItem(atPath: new)
            throw error
        }
    }
}
