import Torch

/// Which files belong to which split, as `datasets` finds it out (its `data_files.py`).
struct DataFiles: Sendable, Hashable {
    struct Split: Sendable, Hashable {
        var name: String
        /// Paths, or patterns of them.
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

    /// Patterns of the splits' names, tried one set after the other.
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

    /// What the names of files and folders say.
    /// - Parameter path: what the user called the data set.
    /// - Throws: `TorchError` where there are no files, or a split's name cannot be one.
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

    /// What precedes `-00000-of-00001` in a file's name.
    private static func shardedSplit(_ path: String) throws -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        // The last such number: a split's name may look like one.
        guard let place = name.ranges(of: /-[0-9]{5}-of-[0-9]{5}/).last else {
            throw TorchError(.file, "\(path): no name of a shard")
        }
        let split = String(name[..<place.lowerBound])
        guard isName(split) else {
            throw TorchError(.value, "Split name should match '^\\w+(\\.\\w+)*$'' but got '{\(PythonRepr.of(split))}'.")
        }
        return split
    }

    static func isName(_ split: String) -> Bool { split.wholeMatch(of: /\w+(\.\w+)*/) != nil }

    /// What a caller or a card names: a path, a list of paths, or lists for each split.
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

    /// The files that the patterns mean.
    /// - Parameter anyExtension: also those whose names do not say that they hold data.
    /// - Throws: `TorchError` where a path without wildcards names no such file.
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
