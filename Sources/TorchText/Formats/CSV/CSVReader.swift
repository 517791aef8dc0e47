import Torch
import TorchFiles

/// Reads comma-separated values like the `csv` loader of Python's `datasets`, which is `pandas.read_csv` with its
/// defaults. The file has a header; quoted fields may hold line ends; blank lines are skipped; short rows are filled
/// with nulls; pandas's words for missing values become null. Each column gets one type: `int64`, `uint64`, `double`,
/// `bool` or `string`. Integers with missing values become `double`.
///
/// There are two differences. Numbers are rounded correctly, but pandas may be wrong in the last bit. Rows that are
/// longer than the header are an error, but pandas takes the first column as an index.
enum CSVReader {
    struct Options: Sendable {
        /// The byte between values. Python: `sep`.
        var delimiter = UInt8(ascii: ",")
        /// The byte around values that hold delimiters, quotes or line ends. Python: `quotechar`.
        var quote = UInt8(ascii: "\"")
        /// Whether the first line holds the names. Otherwise the names are `0`, `1`, … Python: `header=None`.
        var hasHeader = true
        /// The names, if the first line does not hold them. Python: `names`.
        var columnNames: [String]?
    }

    /// - Parameter path: a file in UTF-8: plain, or compressed with gzip or zstd.
    /// - Throws: `TorchError` with the file, the line and the cause if the file cannot be read, is not CSV or is not
    ///   UTF-8.
    static func read(_ path: String, _ options: Options = Options()) throws -> Table {
        try read(DataFile(path), options)
    }

    static func read(_ file: DataFile, _ options: Options = Options(), batch: Int = 1 << 26) throws -> Table {
        try file.checkUTF8()
        return try file.bytes.withUnsafeBytes { bytes in
            var parser = CSVParser(bytes, from: file.start, delimiter: options.delimiter, quote: options.quote)
            do {
                return try read(&parser, options, batch)
            } catch let error as TorchError {
                throw file.error(error.message, at: parser.position)
            }
        }
    }

    private static func read(_ parser: inout CSVParser, _ options: Options, _ batch: Int) throws -> Table {
        // Without a header, the first row only gives the number of columns. It is read again as data.
        let start = parser.position
        guard let first = try parser.fields() ?? options.columnNames.map({ _ in [] }) else {
            throw TorchError(.file, "no columns: the file is empty")
        }
        let names: [String]
        if let given = options.columnNames {
            names = given
        } else {
            names = options.hasHeader ? header(first) : first.indices.map(String.init)
        }
        if options.columnNames != nil || !options.hasHeader { parser.rewind(to: start) }
        var batches: [[CSVColumn]] = [names.map { _ in CSVColumn() }]
        var size = parser.position
        while try parser.row(batches[batches.count - 1]) {
            if parser.position - size > batch {
                size = parser.position
                batches.append(names.map { _ in CSVColumn() })
            }
        }
        if batches.count > 1, batches[batches.count - 1].first.map({ $0.count == 0 }) ?? false { batches.removeLast() }
        let columns = try parallelMap(names.count) { index in
            Result { try CSVColumn.columns(batches.map { $0[index] }) }
        }.map { try $0.get() }
        let schema = Schema(fields: zip(names, columns).map { Field($0, $1[0].type) })
        return try Table(schema: schema, batches: batches.indices.map { batch in columns.map { $0[batch] } })
    }

    /// Returns unique names, made like pandas: a column without a name gets a name from its position, a second `a`
    /// becomes `a.1`.
    private static func header(_ fields: [[UInt8]]) -> [String] {
        var names = fields.enumerated().map { $1.isEmpty ? "Unnamed: \($0)" : String(decoding: $1, as: UTF8.self) }
        // Names from the file come before generated names.
        let order = names.indices.filter { !fields[$0].isEmpty } + names.indices.filter { fields[$0].isEmpty }
        // Compares bytes, because Swift treats é in one and in two code points as equal.
        var used = Set(names.map { Array($0.utf8) }), counts: [[UInt8]: Int] = [:]
        for index in order {
            let name = names[index]
            var unique = Array(name.utf8), count = counts[unique, default: 0]
            while count > 0 {
                counts[Array(name.utf8)] = count + 1
                unique = Array("\(name).\(count)".utf8)
                count = used.contains(unique) ? count + 1 : counts[unique, default: 0]
            }
            names[index] = String(decoding: unique, as: UTF8.self)
            used.insert(unique)
            counts[unique] = count + 1
        }
        return names
    }
}
