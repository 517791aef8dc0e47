import Torch

/// Writes an Arrow stream (Arrow IPC, metadata V5), the format of `datasets`' cache. Python: `pyarrow.ipc.new_stream`.
///
/// The file appears under its name only when `finish` is called, so it is complete or absent.
final class ArrowWriter {
    private let file: OutputFile
    private let schema: Schema
    private var trees: [ArrowSchema.DictionaryTree] = []
    /// The last written values of each dictionary.
    private var dictionaries: [Column?] = []

    /// - Throws: `TorchError` if the file cannot be written.
    init(_ path: String, schema: Schema) throws {
        file = try OutputFile(path: path)
        self.schema = schema
        trees = schema.fields.map { number($0.type) }
        try write(kind: 1, ArrowWriter.header(schema, trees), Body())
    }

    private static func header(_ schema: Schema, _ trees: [ArrowSchema.DictionaryTree]) -> FlatBuilder.Node {
        let fields = zip(schema.fields, trees).map { ArrowWriter.field($0, $1) }
        let pairs = schema.metadata.sorted { $0.key < $1.key }.map {
            FlatBuilder.Node.table([0: .text($0.key), 1: .text($0.value)])
        }
        return .table([0: .number(Int16(0)), 1: .tables(fields), 2: .tables(pairs)])
    }

    /// Returns the encapsulated message of a schema without dictionaries.
    static func message(_ schema: Schema) -> [UInt8] {
        let metadata = metadata(kind: 1, header(schema, schema.fields.map { _ in .none }), bodySize: 0)
        return withUnsafeBytes(of: (UInt32.max, Int32(metadata.count).littleEndian)) { Array($0) } + metadata
    }

    private static func metadata(kind: UInt8, _ header: FlatBuilder.Node, bodySize: Int) -> [UInt8] {
        FlatBuilder.build([0: .number(Int16(4)), 1: .number(kind), 2: header, 3: .number(Int64(bodySize))])
    }

    /// Appends rows.
    /// - Throws: `TorchError` if the file cannot be written or the buffers of the columns are inconsistent.
    /// - Precondition: the columns match the schema and have the same length.
    func write(_ columns: [Column]) throws {
        precondition(
            columns.count == schema.fields.count
                && zip(columns, schema.fields).allSatisfy { $0.type == $1.type && $0.count == columns[0].count })
        var body = Body()
        for (column, tree) in zip(columns, trees) {
            try writeDictionaries(column, tree)
            try body.append(column)
        }
        try write(kind: 3, body.header(rows: columns.first?.count ?? 0), body)
    }

    /// Appends all rows of a table.
    /// - Throws: `TorchError` if the file cannot be written or the buffers of the columns are inconsistent.
    func write(_ table: Table) throws {
        for batch in table.batches { try write(batch) }
    }

    /// Ends the stream and moves the file to its final name.
    /// - Throws: `TorchError` if the file cannot be written.
    func finish() throws {
        try file.write([255, 255, 255, 255, 0, 0, 0, 0])
        try file.commit()
    }

    /// Assigns ids to the dictionaries of a type, outer dictionaries first.
    private func number(_ type: DataType) -> ArrowSchema.DictionaryTree {
        switch type {
        case .dictionary(_, let values):
            let id = dictionaries.count
            dictionaries.append(nil)
            return .id(id, below: number(values))
        case .list(let field, _), .fixedList(let field, _), .map(let field):
            return type.hasDictionary ? .children([number(field.type)]) : .none
        case .structure(let fields): return type.hasDictionary ? .children(fields.map { number($0.type) }) : .none
        default: return .none
        }
    }

    /// Writes the dictionaries of a column and of its children, inner dictionaries first. Skips a dictionary that has
    /// not changed since the last batch.
    private func writeDictionaries(_ column: Column, _ tree: ArrowSchema.DictionaryTree) throws {
        switch (column.storage, tree) {
        case (.dictionary(_, let values), .id(let id, let below)):
            try writeDictionaries(values, below)
            if let last = dictionaries[id], last.isSame(as: values) { return }
            var body = Body()
            try body.append(values)
            try write(kind: 2, .table([0: .number(Int64(id)), 1: body.header(rows: values.count)]), body)
            dictionaries[id] = values
        case (.list(_, let values), .children(let trees)), (.fixedList(let values), .children(let trees)):
            try writeDictionaries(values, trees[0])
        case (.structure(let columns), .children(let trees)):
            for (column, tree) in zip(columns, trees) { try writeDictionaries(column, tree) }
        default: break
        }
    }

    private func write(kind: UInt8, _ header: FlatBuilder.Node, _ body: Body) throws {
        let metadata = ArrowWriter.metadata(kind: kind, header, bodySize: body.size)
        try withUnsafeBytes(of: (UInt32.max, Int32(metadata.count).littleEndian)) { try file.write($0) }
        try file.write(metadata)
        for buffer in body.buffers {
            try buffer.withUnsafeBytes { try file.write($0) }
            try file.write([UInt8](repeating: 0, count: -buffer.count & 7))
        }
    }

    private static func field(_ field: Field, _ tree: ArrowSchema.DictionaryTree) -> FlatBuilder.Node {
        var type = field.type, below = tree
        var result: [Int: FlatBuilder.Node] = [0: .text(field.name), 1: .number(UInt8(field.isNullable ? 1 : 0))]
        if case .dictionary(let index, let values) = type, case .id(let id, let inner) = tree {
            (type, below) = (values, inner)
            result[4] = .table([0: .number(Int64(id)), 1: .table(description(index).fields)])
        }
        let (kind, fields) = description(type)
        let children: [Field] =
            switch type {
            case .list(let field, _), .fixedList(let field, _), .map(let field): [field]
            case .structure(let fields): fields
            default: []
            }
        if case .json = type {
            result[6] = .tables(
                [
                    ("ARROW:extension:metadata", ""),
                    (
                        "ARROW:extension:name",
                        "arrow.json"
                    )
                ].map { .table([0: .text($0.0), 1: .text($0.1)]) })
        }
        result[2] = .number(kind)
        result[3] = .table(fields)
        result[5] = .tables(
            children.enumerated().map { index, child in
                if case .children(let trees) = below { return ArrowWriter.field(child, trees[index]) }
                return ArrowWriter.field(child, .none)
            })
        return .table(result)
    }

    /// Returns the number of a type in the union `Type`, and the fields of its table.
    private static func description(_ type: DataType) -> (kind: UInt8, fields: [Int: FlatBuilder.Node]) {
        func integer(_ bits: Int32, _ isSigned: Bool) -> (UInt8, [Int: FlatBuilder.Node]) {
            (2, [0: .number(bits), 1: .number(UInt8(isSigned ? 1 : 0))])
        }
        func unit(_ unit: DataType.TimeUnit) -> FlatBuilder.Node { .number(Int16(unit.rawValue)) }
        switch type {
        case .null: return (1, [:])
        case .int8: return integer(8, true)
        case .int16: return integer(16, true)
        case .int32: return integer(32, true)
        case .int64: return integer(64, true)
        case .uint8: return integer(8, false)
        case .uint16: return integer(16, false)
        case .uint32: return integer(32, false)
        case .uint64: return integer(64, false)
        case .float16: return (3, [0: .number(Int16(0))])
        case .float32: return (3, [0: .number(Int16(1))])
        case .float64: return (3, [0: .number(Int16(2))])
        case .binary(let isLarge): return (isLarge ? 19 : 4, [:])
        case .string(let isLarge): return (isLarge ? 20 : 5, [:])
        case .json: return (5, [:])
        case .bool: return (6, [:])
        case .decimal(let precision, let scale, let width):
            return (7, [0: .number(Int32(precision)), 1: .number(Int32(scale)), 2: .number(Int32(width * 8))])
        case .date32: return (8, [0: .number(Int16(0))])
        case .date64: return (8, [0: .number(Int16(1))])
        case .time(let resolution):
            return (9, [0: unit(resolution), 1: .number(Int32(resolution.rawValue < 2 ? 32 : 64))])
        case .timestamp(let resolution, let zone):
            var fields = [0: unit(resolution)]
            if let zone { fields[1] = .text(zone) }
            return (10, fields)
        case .list(_, let isLarge): return (isLarge ? 21 : 12, [:])
        case .structure: return (13, [:])
        case .fixedBinary(let width): return (15, [0: .number(Int32(width))])
        case .fixedList(_, let count): return (16, [0: .number(Int32(count))])
        case .map: return (17, [0: .number(UInt8(0))])
        case .duration(let resolution): return (18, [0: unit(resolution)])
        case .dictionary(_, let values): return description(values)
        }
    }

    /// The buffers of a batch, each padded to a multiple of 8 bytes.
    private struct Body {
        private var nodes: [UInt8] = []
        private var nodeCount = 0
        private var positions: [UInt8] = []
        private(set) var buffers: [Bytes] = []
        private(set) var size = 0

        func header(rows: Int) -> FlatBuilder.Node {
            .table([
                0: .number(Int64(rows)), 1: .structures(nodes, count: nodeCount),
                2: .structures(positions, count: buffers.count)
            ])
        }

        private mutating func append(_ bytes: Bytes) {
            withUnsafeBytes(of: (Int64(size).littleEndian, Int64(bytes.count).littleEndian)) { positions += $0 }
            buffers.append(bytes)
            size += (bytes.count + 7) & ~7
        }

        mutating func append(_ column: Column) throws {
            let column = try column.compact()
            let count = column.count
            let nulls = column.nullCount
            withUnsafeBytes(of: (Int64(count).littleEndian, Int64(nulls).littleEndian)) { nodes += $0 }
            nodeCount += 1
            if case .null = column.storage { return }
            append(nulls == 0 ? Bytes() : column.validity?.slice(0, (count + 7) / 8) ?? Bytes())
            func exactly(_ bytes: Bytes, _ size: Int) -> Bytes { bytes.slice(0, min(size, bytes.count))! }
            let offsetWidth = column.type.hasLargeOffsets ? 8 : 4
            switch column.storage {
            case .null: break
            case .bits(let bits): append(exactly(bits, (count + 7) / 8))
            case .fixed(let bytes): append(exactly(bytes, count * (column.type.width ?? 0)))
            case .variable(let offsets, let data):
                append(exactly(offsets, (count + 1) * offsetWidth))
                append(data)
            case .list(let offsets, let values):
                append(exactly(offsets, (count + 1) * offsetWidth))
                try append(values)
            case .fixedList(let values): try append(values)
            case .structure(let columns): for column in columns { try append(column) }
            case .dictionary(let indices, _):
                guard case .dictionary(let index, _) = column.type else { break }
                append(exactly(indices, count * (index.width ?? 0)))
            }
        }
    }
}

extension Column {
    /// Returns the same rows without the values before the first row and after the last one. Slices have such values.
    func compact() throws -> Column {
        let isCompact: Bool
        switch (type, storage) {
        case (_, .variable(let offsets, let data)):
            if count == 0 { return try ColumnBuilder(type).finish() }
            isCompact =
                try range(0, offsets, isLarge: type.hasLargeOffsets, limit: data.count).lowerBound == 0
                && range(count - 1, offsets, isLarge: type.hasLargeOffsets, limit: data.count).upperBound == data.count
        case (_, .list(let offsets, let values)):
            isCompact =
                try count > 0 && range(0, offsets, isLarge: type.hasLargeOffsets, limit: values.count).lowerBound == 0
                && range(count - 1, offsets, isLarge: type.hasLargeOffsets, limit: values.count).upperBound
                    == values.count
        case (.fixedList(_, let length), .fixedList(let values)): isCompact = values.count == count * length
        case (_, .structure(let columns)): isCompact = columns.allSatisfy { $0.count == count }
        default: isCompact = true
        }
        return isCompact ? self : try Column.copy([RowRun(part: 0, start: 0, count: count)], of: [self])
    }

    var nullCount: Int {
        guard let validity else {
            if case .null = storage { return count }
            return 0
        }
        let whole = count / 8
        var valid = validity.withUnsafeBytes { $0[..<whole].reduce(0) { $0 + $1.nonzeroBitCount } }
        for row in whole * 8..<count where validity.bit(row) { valid += 1 }
        return count - valid
    }
}
