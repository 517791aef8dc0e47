import Torch

/// The files of each split, found by the rules of `datasets` (its `data_files.py`).
struct DataFiles: Sendable, Hashable {
    struct Split: Sendable, Hashable {
        var name: String
        /// Paths or patterns of paths.
        var paths: [String]
    }

    var splits: [Split]

    init(_ splits: [Split]) { self.splits = splits }

    static let ignored: Set<String> = [
        "README.md", "config.json", "dataset_info.json", "dataset_infos.json", "dummy_data.zip", "dataset_dict.json"
    ]

    private static let keywords = [
        ("train", ["train", "training"]), ("validation", ["validation", "valid", "dev", "val"]),
        ("test", ["test", "testing", "eval", "evaluation"])
    ]
    private static let separators = "[-._ 0-9]"

    /// Patterns that find splits by name. The first set that matches a file is used.
    private static let defaults: [[Split]] = [
        [Split(name: "logs", paths: ["**/*.eval"])],
        [Split(name: "test", paths: ["**/task.toml", "**/instruction.md"])],
        keywords.map { split, words in
            Split(
                name: split,
                paths: words.flatMap {
                    [
                        "**/\($0)/**", "**/\($0)\(separators)/**", "**/*\(separators)\($0)/**",
                        "**/*\(separators)\($0)\(separators)/**"
                    ]
                })
        },
        keywords.map { split, words in
            Split(
                name: split, paths: words.flatMap { ["**/\($0)\(separators)*", "**/*\(separators)\($0)\(separators)*"] }
            )
        },
        [Split(name: "train", paths: ["**"])]
    ]

    private static let shard = "[0-9][0-9][0-9][0-9][0-9]"

    /// Returns the splits that the names of files and folders suggest.
    /// - Throws: `TorchError` if there are no files, or if a split's name is invalid.
    static func patterns(in folder: String, of tree: DataTree) throws -> DataFiles {
        let sharded = try tree.files(matching: "data/*-\(shard)-of-\(shard)*.*", in: folder)
        if !sharded.isEmpty {
            var names: Set<String> = []
            for path in sharded { names.insert(try shardedSplit(path)) }
            let known = keywords.map(\.0).filter { names.contains($0) }
            return DataFiles(
                (known + names.subtracting(known).sorted()).map {
                    Split(name: $0, paths: ["data/\($0)-\(shard)-of-\(shard)*.*"])
                })
        }
        for set in defaults {
            let found = try set.filter { try $0.paths.contains { try !tree.files(matching: $0, in: folder).isEmpty } }
            if !found.isEmpty { return DataFiles(found) }
        }
        throw TorchError(.file, "The directory at \(tree.shown(folder)) doesn't contain any data files")
    }

    /// Returns the part of a file's name before `-00000-of-00001`.
    private static func shardedSplit(_ path: String) throws -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        // Use the last match, because a split's name may contain the same pattern.
        guard let position = name.ranges(of: /-[0-9]{5}-of-[0-9]{5}/).last else {
            throw TorchError(.file, "\(path): no name of a shard")
        }
        let split = String(name[..<position.lowerBound])
        guard isName(split) else {
            throw TorchError(.value, "Split name should match '^\\w+(\\.\\w+)*$'' but got '{\(PythonRepr.of(split))}'.")
        }
        return split
    }

    static func isName(_ split: String) -> Bool { split.wholeMatch(of: /\w+(\.\w+)*/) != nil }

    /// Creates the splits from a value of a caller or a card: a path, a list of paths, or paths for each split.
    init(_ value: Value) throws {
        func paths(_ value: Value) -> [String]? { value.string.map { [$0] } ?? value.strings }
        func bad(_ value: Value) -> TorchError {
            TorchError(
                .value,
                "Invalid format for data_files entry. Each item must be a dictionary with the structure {'split': <split_name>, 'path': <path_or_list_of_paths>}.\nReceived: \(value)"
            )
        }
        if let paths = paths(value) {
            splits = [Split(name: "train", paths: paths)]
        } else if let row = value.row {
            splits = try zip(row.names, row.values).map { name, value in
                Split(name: name, paths: try paths(value) ?? { throw bad(value) }())
            }
        } else if let list = value.list {
            splits = try list.map { item in
                guard let row = item.row, row.count == 2, let split = row["split"],
                    let paths = row["path"].flatMap(paths)
                else { throw bad(item) }
                return Split(name: split.string ?? "\(split)", paths: paths)
            }
            let names = splits.map(\.name)
            guard Set(names).count == names.count else {
                throw TorchError(.value, "Some splits are duplicated in data_files: \(PythonRepr.of(names))")
            }
        } else {
            throw bad(value)
        }
        for split in splits where !DataFiles.isName(split.name) {
            throw TorchError(.value, "Split name should match '^\\w+(\\.\\w+)*$'' but got '\(split.name)'.")
        }
    }

    /// Returns the files that match the patterns.
    /// - Parameter anyExtension: whether to include files without a known data extension.
    /// - Throws: `TorchError` if a path without wildcards does not match a file.
    func resolved(in folder: String, of tree: DataTree, anyExtension: Bool = false) throws -> DataFiles {
        DataFiles(
            try splits.map { split in
                Split(
                    name: split.name,
                    paths: try split.paths.flatMap { pattern in
                        let files = try tree.files(matching: pattern, in: folder).filter {
                            anyExtension || DataFormat.hasDataExtension($0)
                        }
                        guard !files.isEmpty || GlobPattern.hasMagic(pattern) else {
                            throw TorchError(.file, "Unable to find '\(tree.shown(tree.join(folder, pattern)))'")
                        }
                        return files
                    })
            })
    }
}
