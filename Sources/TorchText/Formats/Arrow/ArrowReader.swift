import Torch

/// Reads Arrow streams and files (Arrow IPC, versions V4 and V5). `datasets` keeps its cache in such files, named
/// `….arrow`. Python: `pyarrow.ipc.open_stream`, `open_file`.
///
/// The file is memory-mapped. Opening it reads only the headers of the messages; the bytes of a row are read when the
/// row is used. Buffers that are compressed with zstd are decompressed at once. Views of texts are copied into columns
/// with offsets.
enum ArrowReader {
    /// - Throws: `TorchError` with the name of the file if the file is damaged or holds something that is not
    ///   supported: LZ4, big-endian data, unions, list views, run-end encoding.
    static func read(_ path: String) throws -> Table {
        let file = try MappedFile(path: path)
        // Headers lie far apart, so read-ahead would read the whole file.
        file.expectRandomAccess(true)
        defer { file.expectRandomAccess(false) }
        return try read(file.bytes, name: path)
    }

    /// - Parameter maximumInflation: the number of bytes that compressed buffers may expand to. The default is a
    ///   thousand times the size of the file, at least 1 GiB.
    static func read(_ bytes: Bytes, name: String, maximumExpansion: Int? = nil) throws -> Table {
        do {
            let assembly = Assembly(
                expansionBudget: maximumExpansion
                    ?? max(1 << 30, bytes.count.multipliedReportingOverflow(by: 1000).partialValue))
            if bytes.starts("ARROW1") {
                try assembly.collectFile(bytes)
            } else {
                if bytes.starts("FEA1") {
                    throw TorchError(.file, "a Feather file of version 1; write it with version=2")
                }
                try assembly.collectStream(bytes)
            }
            return try assembly.table()
        } catch let error as TorchError {
            throw TorchError(error.kind, "\(name): \(error.message)")
        }
    }

    /// Collects the messages of a file. Columns are made after all dictionaries are known.
    private final class Assembly {
        /// The values of a dictionary, from one message or from several: later delta messages append to them.
        private struct Generation {
            /// The number of the message that started this generation.
            let start: Int
            var parts: [(table: FlatTable, body: Bytes, message: Int)]
            var column: Column?
        }

        private var schema: ArrowSchema?
        private var generations: [Int: [Generation]] = [:]
        private var batches: [(table: FlatTable, body: Bytes, message: Int)] = []
        private var messages = 0
        private let expansionBudget: ArrowBatch.ExpansionBudget

        init(expansionBudget: Int) { self.expansionBudget = ArrowBatch.ExpansionBudget(expansionBudget) }

        func collectStream(_ bytes: Bytes) throws {
            var position = 0
            while let message = try ArrowMessage(bytes, at: &position) { try collect(message) }
        }

        /// Collects the messages that the footer of a file points to.
        func collectFile(_ bytes: Bytes) throws {
            let end = bytes.count - 10
            guard end >= 8, let tail = bytes.slice(end + 4, 6), tail.starts("ARROW1"), let length = bytes.word(end),
                length > 0, length <= end - 8,
                let footer = bytes.slice(end - length, length)
            else { throw TorchError(.file, "an Arrow file without its end; it may have been cut off") }
            let table = try FlatTable(root: footer)
            guard let schema = try table.table(1) else { throw TorchError(.file, "an Arrow file without a schema") }
            self.schema = try ArrowSchema(schema)
            // Messages do not overlap, so together they are not longer than the file.
            var budget = bytes.count
            for slot in [2, 3] {
                let blocks = try table.vector(slot, width: 24)
                for index in 0..<blocks.count {
                    let offset: Int64 = blocks.number(index), size: Int32 = blocks.number(index, at: 8)
                    var position = Int(offset)
                    guard offset >= 8, size > 0, offset <= Int64(end) else {
                        throw TorchError(.file, "a message at \(offset) of \(bytes.count)")
                    }
                    budget -= Int(size)
                    let start = position
                    guard budget >= 0, let message = try ArrowMessage(bytes.slice(0, end - length)!, at: &position)
                    else { throw TorchError(.file, "messages that lie over each other") }
                    guard position - start - message.body.count <= Int(size) else {
                        throw TorchError(.file, "a message's header longer than its \(size) bytes")
                    }
                    switch (slot, message.header) {
                    case (2, .dictionary), (3, .batch): try collect(message)
                    default: throw TorchError(.file, "a message of another kind than the file's end says")
                    }
                }
            }
        }

        private func collect(_ message: ArrowMessage) throws {
            messages += 1
            switch message.header {
            case .schema(let table):
                guard schema == nil else { throw TorchError(.file, "two schemas") }
                schema = try ArrowSchema(table)
            case .dictionary(let id, let isDelta, let table):
                guard let schema else { throw TorchError(.file, "a dictionary before the schema") }
                guard schema.values[id] != nil else { throw TorchError(.file, "dictionary \(id), which no column has") }
                let part = (table, message.body, messages)
                if isDelta, let last = generations[id]?.indices.last {
                    generations[id]![last].parts.append(part)
                } else {
                    generations[id, default: []].append(Generation(start: messages, parts: [part]))
                }
            case .batch(let table):
                guard schema != nil else { throw TorchError(.file, "a batch of rows before the schema") }
                batches.append((table, message.body, messages))
            }
        }

        func table() throws -> Table {
            guard let schema else { throw TorchError(.file, "no Arrow data: it has no schema") }
            var result: [[Column]] = []
            result.reserveCapacity(batches.count)
            for (table, body, message) in batches {
                var batch = try ArrowBatch(table, body: body, expansionBudget) { [unowned self] in
                    try self.dictionary($0, at: message)
                }
                var columns: [Column] = []
                for (field, tree) in zip(schema.schema.fields, schema.dictionaries) {
                    let column: Column
                    do { column = try batch.column(field.type, tree) } catch let error as TorchError {
                        throw TorchError(error.kind, "batch \(result.count), column \(field.name): \(error.message)")
                    }
                    guard column.count == batch.rows else {
                        throw TorchError(
                            .file, "batch \(result.count), column \(field.name): \(column.count) of \(batch.rows) rows")
                    }
                    columns.append(column)
                }
                result.append(columns)
            }
            return try Table(schema: schema.schema, batches: result)
        }

        /// Returns the values that a dictionary has at a given message; an empty column if no values were sent.
        private func dictionary(_ id: Int, at message: Int) throws -> Column {
            guard let values = schema?.values[id] else {
                throw TorchError(.file, "dictionary \(id), which no column has")
            }
            guard let index = generations[id]?.lastIndex(where: { $0.start <= message }),
                let generation = generations[id]?[index]
            else { return try ColumnBuilder(values.type).finish() }
            if let column = generation.column { return column }
            let parts = try generation.parts.map { table, body, message in
                var batch = try ArrowBatch(table, body: body, expansionBudget) { [unowned self] in
                    try self.dictionary($0, at: message)
                }
                return try batch.column(values.type, values.below)
            }
            let column = try Column.concatenate(parts)
            generations[id]![index].column = column
            return column
        }
    }
}
