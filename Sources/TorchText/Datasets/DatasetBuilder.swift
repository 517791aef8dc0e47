import Foundation
import Torch
import TorchFiles

/// A data set that has been found: the files of each split, their reader, the card's information, and the cache folder.
/// Python: `datasets.DatasetBuilder`.
struct DatasetBuilder: Sendable {
    /// The name that the user passed.
    let title: String
    /// The name for the prepared files.
    let name: String
    /// The owner on the hub; nil if there is none.
    let owner: String?
    let configuration: String
    /// The commit, or a fingerprint of local files.
    let hash: String
    let tree: DataTree
    /// The files of each split.
    let files: DataFiles
    let reader: DataFileReader
    /// The card's information about this configuration.
    let info: DatasetInfo?
    private let folderSuffix: String
    private let hub: HubClient

    /// Returns the folder of the prepared data set in the layout of Python's library:
    /// `owner___name/configuration/0.0.0/hash`.
    func folder(in cache: String) -> String {
        let rest = "\(configuration)\(folderSuffix)/0.0.0/\(hash)"
        let folders = DatasetBuilder.folderNames(owner, name, in: cache).map { Files.join(cache, "\($0)/\(rest)") }
        // A folder under an alias, or under the alias's full name, holds the same commit.
        return folders.first { PreparedDataset(folder: $0).exists } ?? folders[0]
    }

    /// Returns the folders that may hold a repository's prepared data: first its own folder, then the folders of its
    /// alias or of full names for this alias.
    static func folderNames(_ owner: String?, _ name: String, in cache: String) -> [String] {
        if let owner { return ["\(owner)___\(name)", name] }
        let others = ((try? FileManager.default.contentsOfDirectory(atPath: cache)) ?? []).filter {
            $0.hasSuffix("___\(name)")
        }
        return [name] + others.sorted()
    }

    /// Returns the owner and the name of `owner/name`.
    static func parts(_ path: String) -> (owner: String?, name: String) {
        let parts = path.split(separator: "/").map(String.init)
        return (parts.count > 1 ? parts[0] : nil, DatasetRequest.snakeCase(parts.last ?? path))
    }

    // MARK: Finding

    /// - Throws: `TorchError` if the data set or configuration does not exist, or if it has no files that this library
    ///   can read.
    static func find(_ request: DatasetRequest) async throws -> DatasetBuilder {
        var path = request.path
        if path.hasPrefix("hf://datasets/") {
            path = String(path.dropFirst("hf://datasets/".count))
            return try await find(inRepository: path, request)
        }
        if let format = DataFormat(rawValue: path) { return try find(format, request) }
        let folder = DataTree.local.join(FileManager.default.currentDirectoryPath, path)
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue {
            return try find(inFolder: folder, request)
        }
        guard isRepositoryName(path) else { throw TorchError(.file, "Couldn't find any data file at \(folder).") }
        return try await find(inRepository: path, request)
    }

    static func isRepositoryName(_ path: String) -> Bool {
        path.split(separator: "/", omittingEmptySubsequences: false).count <= 2 && !path.hasPrefix(".")
            && !path.hasPrefix("/") && !path.hasPrefix("~")
    }

    /// Finds files that the caller names, in a format that the caller names.
    private static func find(_ format: DataFormat, _ request: DatasetRequest) throws -> DatasetBuilder {
        let folder = DataTree.local.join(FileManager.default.currentDirectoryPath, request.dataDir ?? "")
        guard request.dataFiles != nil || request.dataDir != nil else {
            throw TorchError(
                .value,
                "Please specify the data files or data directory to load for the \(format.rawValue) dataset builder.")
        }
        let patterns = try request.dataFiles.map { try DataFiles($0) } ?? DataFiles.patterns(in: folder, of: .local)
        let files = try patterns.resolved(in: folder, of: .local, anyExtension: true)
        if files.splits.contains(where: \.paths.isEmpty) {
            throw TorchError(.file, "No (supported) data files found in \(folder)")
        }
        let isTabbed = format == .csv && files.splits.allSatisfy { $0.paths.allSatisfy { $0.hasSuffix(".tsv") } }
        return DatasetBuilder(
            title: request.path, name: format.rawValue, owner: nil, configuration: request.name ?? "default",
            hash: fingerprint(files), tree: .local, files: files,
            reader: try DataFileReader(format, isTabbed: isTabbed), info: nil, folderSuffix: "-" + fingerprint(files),
            hub: request.hub)
    }

    private static func find(inFolder folder: String, _ request: DatasetRequest) throws -> DatasetBuilder {
        if let dataDir = request.dataDir, dataDir.hasPrefix("/") {
            throw TorchError(.value, "`data_dir` must be relative to a dataset directory's root: \(request.path)")
        }
        var card = DatasetCard()
        for (file, isYAML) in [(".huggingface.yaml", true), ("README.md", false)]
        where card.configurations.isEmpty && card.infos.isEmpty {
            let path = Files.join(folder, file)
            if Files.exists(path) {
                card = try DatasetCard(
                    String(decoding: FileSource(path).wholeFile(limit: 1 << 26), as: UTF8.self), isYAML: isYAML,
                    source: path)
            }
        }
        let name = DatasetRequest.snakeCase(folder.split(separator: "/").last.map(String.init) ?? "data")
        return try choose(card, .local, folder, request, title: request.path, owner: nil, name: name, hash: nil)
    }

    private static func find(inRepository path: String, _ request: DatasetRequest) async throws -> DatasetBuilder {
        let repository = try await request.hub.info(path, revision: request.revision)
        // Only the hub knows whether there are other files.
        guard !repository.isPartial else {
            throw TorchError(
                .file, "\(path): the hub cannot be reached, and the cache does not know which files the data set has")
        }
        var card = DatasetCard()
        for (file, isYAML) in [(".huggingface.yaml", true), ("README.md", false)]
        where card.configurations.isEmpty && card.infos.isEmpty && repository.file(file) != nil {
            let downloaded = try await request.hub.download(file, from: repository)
            card = try DatasetCard(
                String(decoding: FileSource(downloaded).wholeFile(limit: 1 << 26), as: UTF8.self), isYAML: isYAML,
                source: "\(path), \(file)")
        }
        let (owner, name) = parts(repository.id)
        return try choose(
            card, .repository(repository), "", request, title: path, owner: owner, name: name, hash: repository.sha)
    }

    /// Chooses the requested configuration and finds its files.
    private static func choose(
        _ card: DatasetCard, _ tree: DataTree, _ root: String, _ request: DatasetRequest, title: String, owner: String?,
        name: String, hash: String?
    ) throws -> DatasetBuilder {
        let base = request.dataDir.map { tree.join(root, $0) } ?? root
        // The first configuration's files determine the format for all.
        let firstPatterns: DataFiles
        if let dataFiles = request.dataFiles {
            firstPatterns = try DataFiles(dataFiles)
        } else if request.dataDir == nil, let dataFiles = card.configurations.first?.dataFiles {
            firstPatterns = try DataFiles(dataFiles)
        } else {
            firstPatterns = try DataFiles.patterns(in: base, of: tree)
        }
        let firstFiles = try firstPatterns.resolved(in: base, of: tree)
        let (format, isTabbed) = try DataFormat.infer(firstFiles, name: title)

        let wanted = try request.name ?? card.defaultName(source: title)
        let names = card.configurations.isEmpty ? ["default"] : card.configurations.map(\.name)
        if let wanted, !names.contains(wanted) {
            throw TorchError(.value, "BuilderConfig '\(wanted)' not found. Available: \(PythonRepr.of(names))")
        }
        let isOverridden = request.dataFiles != nil || request.dataDir != nil
        if wanted == nil, names.count > 1, !isOverridden {
            throw TorchError(
                .value,
                "Config name is missing.\nPlease pick one among the available configs: \(PythonRepr.of(names))\nExample of usage:\n\t`load_dataset('\(title)', '\(names[0])')`"
            )
        }
        let chosen = wanted ?? (names.count == 1 ? names[0] : "default")
        let configuration = card.configurations.first { $0.name == chosen }
        let files: DataFiles
        if isOverridden || configuration == nil {
            files = DataFiles(
                firstFiles.splits.map { DataFiles.Split(name: $0.name, paths: $0.paths.filter(format.isName(ofFile:))) }
            )
        } else {
            let folder = configuration?.dataFolder.map { tree.join(root, $0) } ?? root
            files = try (configuration?.dataFiles.map { try DataFiles($0) } ?? DataFiles.patterns(in: folder, of: tree))
                .resolved(in: folder, of: tree)
        }
        guard files.splits.contains(where: { !$0.paths.isEmpty }) else {
            throw TorchError(.file, "No (supported) data files found in \(title)")
        }
        let reader = try DataFileReader(
            format, isTabbed: isTabbed, parameters: configuration?.parameters ?? Row(),
            source: "\(title), configuration \(chosen)")
        let suffix =
            isOverridden
            ? "-"
                + String(
                    digest(
                        files.splits.map { "\($0.name)\n\($0.paths.joined(separator: "\n"))" }.joined(separator: "\n\n")
                    ).prefix(16)) : ""
        return DatasetBuilder(
            title: title, name: name, owner: owner, configuration: chosen, hash: hash ?? fingerprint(files), tree: tree,
            files: files, reader: reader,
            info: isOverridden ? nil : card.infos.first { $0.configName == chosen }, folderSuffix: suffix,
            hub: request.hub)
    }

    private static func digest(_ text: String) -> String {
        var digest = Digest<SHA256>()
        digest.update(Array(text.utf8))
        return digest.finish()
    }

    /// Returns a hash of the files' names, sizes and modification times.
    private static func fingerprint(_ files: DataFiles) -> String {
        var text = ""
        for split in files.splits {
            text += "\(split.name)\n"
            for path in split.paths {
                var status = stat()
                let known = stat(path, &status) == 0
                #if canImport(Darwin)
                let time = (status.st_mtimespec.tv_sec, status.st_mtimespec.tv_nsec)
                #else
                let time = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
                #endif
                text += known ? "\(path) \(status.st_size) \(time)\n" : "\(path)\n"
            }
        }
        return String(digest(text).prefix(16))
    }

    // MARK: Files

    /// Returns the local paths of a split's files. Downloads files from the hub if necessary.
    func paths(of split: DataFiles.Split) async throws -> [String] {
        guard case .repository(let repository) = tree else { return split.paths }
        return try await hub.download(split.paths, from: repository)
    }

    /// The size of all files in bytes; nil if it is not known or if the server's numbers are too large.
    var downloadSize: Int? {
        guard case .repository(let repository) = tree else { return nil }
        let sizes = Dictionary(repository.files.map { ($0.path, $0.size) }) { $1 }
        var total = 0
        for path in files.splits.flatMap(\.paths) {
            total += min(sizes[path] ?? 0, 1 << 60)
            if total > 1 << 60 { return nil }
        }
        return total
    }
}
