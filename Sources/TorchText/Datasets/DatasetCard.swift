import Torch

/// What a repository's README.md says of its data in the YAML at its top. Python: `datasets`' `MetadataConfigs` and
/// `DatasetInfosDict`.
struct DatasetCard: Sendable {
    struct Configuration: Sendable {
        var name: String
        /// What files there are, as the card says it; nil where their names say it.
        var dataFiles: Value?
        var dataFolder: String?
        var isDefault: Bool
        /// What else it says: how the files are read.
        var parameters: Row
    }

    var configurations: [Configuration] = []
    var infos: [DatasetInfo] = []

    init() {}

    /// - Parameters:
    ///   - text: the README's text, or the YAML alone where `isYAML`.
    ///   - source: what an error's sentence calls it.
    /// - Throws: `TorchError` where the YAML is none, or says what cannot be.
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
        // One that is not named is the default one.
        for place in infos.indices where infos[place].configName == nil { infos[place].configName = "default" }
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

    /// Names that look like numbers are names all the same.
    static func text(_ value: Value) -> String { value.string ?? value.description }

    /// What lies between a first line `---` and the next one.
    private static func frontMatter(_ text: String) -> String? {
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        guard let first = lines.first, first.trimmingSuffix(while: \.isWhitespace) == "---",
            let end = lines.dropFirst().firstIndex(where: { $0.trimmingSuffix(while: \.isWhitespace) == "---" })
        else { return nil }
        return lines[1..<end].joined(separator: "\n")
    }

    /// The configuration that serves who names none; nil where there are several and none is marked.
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
