import Torch

/// Reads data files of one format in batches of columns.
struct DataFileReader: Sendable {
    let format: DataFormat
    private var csv = CSVReader.Options()
    private var sampling = TextReader.Sampling.line
    private var keepsLinebreaks = false

    /// - Parameters:
    ///   - parameters: the reader's parameters from a data set's card.
    ///   - source: the card's name in error messages.
    /// - Throws: `TorchError` if this library does not know a parameter.
    init(_ format: DataFormat, isTabbed: Bool = false, parameters: Row = Row(), source: String = "") throws {
        self.format = format
        if isTabbed { csv.delimiter = UInt8(ascii: "\t") }
        for (name, value) in zip(parameters.names, parameters.values) {
            switch (format, name, value) {
            case (_, "version", _), (_, "description", _): break
            case (.csv, "sep", .string(let text)), (.csv, "delimiter", .string(let text)):
                guard let byte = text.utf8.first, text.utf8.count == 1 else {
                    throw TorchError(.value, "\(source): \(name) is \(value), and not one byte")
                }
                csv.delimiter = byte
            case (.csv, "quotechar", .string(let text)):
                guard let byte = text.utf8.first, text.utf8.count == 1 else {
                    throw TorchError(.value, "\(source): \(name) is \(value), and not one byte")
                }
                csv.quote = byte
            case (.csv, "header", .null): csv.hasHeader = false
            case (.csv, "header", .int(0)): csv.hasHeader = true
            case (.csv, "names", _) where value.strings != nil, (.csv, "column_names", _) where value.strings != nil:
                csv.columnNames = value.strings
            case (.text, "sample_by", "line"): sampling = .line
            case (.text, "sample_by", "paragraph"): sampling = .paragraph
            case (.text, "sample_by", "document"): sampling = .document
            case (.text, "keep_linebreaks", .bool(let flag)): keepsLinebreaks = flag
            default:
                throw TorchError(
                    .value,
                    "\(source): \(name): \(value) is nothing that this library's reader of \(format.rawValue) files knows"
                )
            }
        }
    }

    /// Whether a file's columns can be found without reading the whole file.
    var knowsSchema: Bool { format == .parquet || format == .arrow }

    /// A file's batches of rows. If the format allows it, a batch is read only when it is requested.
    struct Batches {
        let schema: Schema
        let count: Int
        let read: (Int) throws -> [Column]
    }

    /// - Throws: `TorchError` with the file's path if it is damaged.
    func open(_ path: String) throws -> Batches {
        if format == .parquet {
            let file = try ParquetFile(path: path)
            return Batches(schema: file.schema, count: file.rowGroups.count) { try file.read(rowGroup: $0) }
        }
        let table = try table(path)
        return Batches(schema: table.schema, count: table.batches.count) { table.batches[$0] }
    }

    /// Returns the columns of a file.
    func features(_ path: String) throws -> Features {
        Features(try open(path).schema)
    }

    private func table(_ path: String) throws -> Table {
        switch format {
        case .parquet: try ParquetFile(path: path).table()
        case .arrow: try ArrowReader.read(path)
        case .json: try JSONLinesReader.read(path, onMixedTypes: .useJSON)
        case .csv: try CSVReader.read(path, csv)
        case .text: try TextReader.read(path, sampleBy: sampling, keepLinebreaks: keepsLinebreaks)
        }
    }
}
