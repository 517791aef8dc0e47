import Torch

/// The description of the data in the YAML at the top of a repository's README.md. Python: `datasets`'
/// `MetadataConfigs` and `DatasetInfosDict`.
struct DatasetCard: Sendable {
    struct Configuration: Sendable {
        var name: String
        /// The files, as the card lists them; nil if the files' names determine them.
        var dataFiles: Value?
        var dataFolder: String?
        var isDefault: Bool
        /// The other entries: parameters for the reader of the files.
        var parameters: Row
    }

    var configurations: [Configuration] = []
    var infos: [DatasetInfo] = []

    init() {}

    /// - Parameters:
    ///   - text: the README's text; if `isYAML`, only the YAML.
    ///   - source: the text's name in error messages.
    /// - Throws: `TorchError` if the YAML is invalid, or if its content is not allowed.
    init(_ text: String, isYAML: Bool = false, source: String) throws {
        guard let yaml = isYAML ? text : DatasetCard.frontMatter(text),
            case .row(let card) = try Metadata.value(yaml: yaml, source: source)
        else { return }
        try read(card, source: source)
    }

    private mutating func read(_ card: Row, source: String) throws {
        switch card["configs"] {
        case nil, .null: break
        case .list(let entries): configurations = try entries.map { try DatasetCard.configuration($0, source: source) }
        case let other?: throw TorchError(.value, "\(source): Expected configs to be a list, but got '\(other)'")
        }
        switch card["dataset_info"] {
        case .list(let entries): infos = entries.compactMap { $0.row.map(DatasetInfo.init(yaml:)) }
        case .row(let entry): infos = [DatasetInfo(yaml: entry)]
        default: break
        }
        // An entry without a name belongs to the default configuration.
        for position in infos.indices where infos[position].configName == nil { infos[position].configName = "default" }
    }

    private static func configuration(_ entry: Value, source: String) throws -> Configuration {
        guard var row = entry.row, let name = row["config_name"].map(text) else {
            throw TorchError(
                .value,
                "\(source): Each config must include `config_name` field with a string name of a config, but got \(entry). "
            )
        }
        guard !name.isEmpty, !name.contains(where: { "<>:/\\|?*".contains($0) }) else {
            throw TorchError(
                .value,
                "\(source): Bad characters from black list '<>:/\\|?*' found in '\(name)'. They could create issues when creating a directory for this config on Windows filesystem."
            )
        }
        let configuration = Configuration(
            name: name, dataFiles: row["data_files"], dataFolder: row["data_dir"]?.string,
            isDefault: row["default"] == .bool(true), parameters: Row())
        for known in ["config_name", "data_files", "data_dir", "default"] { row[known] = nil }
        var result = configuration
        result.parameters = row
        return result
    }

    /// Returns a name as text, also if YAML reads it as a number.
    static func text(_ value: Value) -> String { value.string ?? value.description }

    /// Returns the lines between a first line `---` and the next `---`.
    private static func frontMatter(_ text: String) -> String? {
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        guard let first = lines.first, first.trimmingSuffix(while: \.isWhitespace) == "---",
            let end = lines.dropFirst().firstIndex(where: { $0.trimmingSuffix(while: \.isWhitespace) == "---" })
        else { return nil }
        return lines[1..<end].joined(separator: "\n")
    }

    /// Returns the configuration for callers that name none; nil if there are several and none is marked as default.
    func defaultName(source: String) throws -> String? {
        var result: String?
        for configuration in configurations
        where configurations.count == 1 || configuration.name == "default" || configuration.isDefault {
            if let result {
                throw TorchError(
                    .value, "Dataset has several default configs: '\(result)' and '\(configuration.name)'.")
            }
            result = configuration.name
        }
        return result ?? (infos.count == 1 ? infos[0].configName : nil)
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var result = self
        while let last = result.last, predicate(last) { result.removeLast() }
        return result
    }
}
