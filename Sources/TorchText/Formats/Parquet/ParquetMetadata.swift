import Torch

/// The footer of a Parquet file (parquet.thrift: `FileMetaData`), without the parts that reading does not need.
struct ParquetMetadata: Sendable {
    /// A node of the schema tree. The tree is stored as a flat list: the children follow their group.
    struct SchemaElement: Sendable {
        var name = ""
        var type: PhysicalType?
        var typeLength = 0
        var repetition: Repetition?
        var children = 0
        var logical: LogicalType?
    }

    struct RowGroup: Sendable {
        var chunks: [ColumnChunk] = []
        var rows = 0
        /// The size of all columns in bytes, before compression.
        var byteCount = 0
    }

    /// The position and size of a leaf column's pages in one row group.
    struct ColumnChunk: Sendable {
        var type: PhysicalType
        var codec: Int
        var values: Int
        var uncompressedSize: Int
        var compressedSize: Int
        var dataOffset: Int
        var dictionaryOffset: Int?
    }

    private(set) var schema: [SchemaElement] = []
    private(set) var rowGroups: [RowGroup] = []
    private(set) var rows = 0
    private(set) var keyValues: [String: String] = [:]

    /// - Parameter footer: only the bytes of the footer.
    init(_ footer: UnsafeRawBufferPointer) throws {
        var reader = ThriftReader(footer)
        var rows: Int?
        var isEncrypted = false
        try reader.structure { reader, field in
            switch field.id {
            case 2: try reader.list(field) { schema.append(try SchemaElement(&$0)) }
            case 3: rows = try reader.int(field)
            case 4: try reader.list(field) { rowGroups.append(try RowGroup(&$0)) }
            case 5:
                try reader.list(field) { reader in
                    var key: String?, value: String?
                    try reader.structure { reader, field in
                        switch field.id {
                        case 1: key = try reader.string(field)
                        case 2: value = try reader.string(field)
                        default: return false
                        }
                        return true
                    }
                    if let key, let value { keyValues[key] = value }
                }
            case 8:
                isEncrypted = true
                return false
            default: return false
            }
            return true
        }
        guard !isEncrypted else { throw TorchError(.file, "is encrypted, which is not supported") }
        guard let rows, rows >= 0 else { throw TorchError(.file, "the footer has no number of rows") }
        var sum = 0
        for group in rowGroups {
            let (next, overflow) = sum.addingReportingOverflow(group.rows)
            guard !overflow else { throw TorchError(.file, "the row groups have more rows than can be counted") }
            sum = next
        }
        guard sum == rows else { throw TorchError(.file, "the footer says \(rows) rows, its row groups \(sum)") }
        self.rows = rows
    }
}

extension ParquetMetadata.SchemaElement {
    fileprivate init(_ reader: inout ThriftReader) throws {
        var name: String?, converted: Int?, scale = 0, precision = 0
        try reader.structure { reader, field in
            switch field.id {
            case 1:
                let number = try reader.int(field)
                guard let known = PhysicalType(rawValue: number) else {
                    throw TorchError(.file, "the physical type with number \(number) is not known")
                }
                type = known
            case 2: typeLength = try reader.int(field)
            case 3:
                let number = try reader.int(field)
                guard let known = Repetition(rawValue: number) else {
                    throw TorchError(.file, "the repetition with number \(number) is not known")
                }
                repetition = known
            case 4: name = try reader.string(field)
            case 5: children = try reader.int(field)
            case 6: converted = try reader.int(field)
            case 7: scale = try reader.int(field)
            case 8: precision = try reader.int(field)
            case 10: logical = try Self.logicalType(&reader, field)
            default: return false
            }
            return true
        }
        guard let name else { throw TorchError(.file, "a field of the schema has no name") }
        guard children >= 0 else { throw TorchError(.file, "field \(name) of the schema has \(children) children") }
        self.name = name
        if logical == nil, let converted {
            logical = LogicalType(converted: converted, scale: scale, precision: precision)
        }
    }

    /// Reads the union `LogicalType`. Returns nil for an unknown member; such values are read as they are stored.
    private static func logicalType(
        _ reader: inout ThriftReader, _ field: ThriftReader.FieldHeader
    ) throws -> LogicalType? {
        var result: LogicalType?
        try reader.structure(field) { reader, field in
            switch field.id {
            case 1: result = .string
            case 2: result = .map
            case 3: result = .list
            case 4: result = .enumeration
            case 5:
                var scale = 0, precision = 0
                try reader.structure(field) { reader, field in
                    switch field.id {
                    case 1: scale = try reader.int(field)
                    case 2: precision = try reader.int(field)
                    default: return false
                    }
                    return true
                }
                result = .decimal(scale: scale, precision: precision)
                return true
            case 6: result = .date
            case 7, 8:
                var isUTC = false, unit: DataType.TimeUnit?
                try reader.structure(field) { reader, field in
                    switch field.id {
                    case 1: isUTC = try reader.bool(field)
                    case 2:
                        try reader.structure(field) { _, field in
                            unit = DataType.TimeUnit(rawValue: field.id)
                            return false
                        }
                    default: return false
                    }
                    return true
                }
                guard let unit else { throw TorchError(.file, "a time without a unit in the schema") }
                result = field.id == 7 ? .time(unit) : .timestamp(unit, isUTC: isUTC)
                return true
            case 10:
                var bits = 0, isSigned = true
                try reader.structure(field) { reader, field in
                    switch field.id {
                    case 1: bits = try reader.int(field)
                    case 2: isSigned = try reader.bool(field)
                    default: return false
                    }
                    return true
                }
                result = .integer(bits: bits, isSigned: isSigned)
                return true
            case 11: result = .null
            case 12: result = .json
            case 13: result = .bson
            case 14: result = .uuid
            case 15: result = .float16
            default: break
            }
            return false
        }
        return result
    }
}

extension ParquetMetadata.RowGroup {
    fileprivate init(_ reader: inout ThriftReader) throws {
        var rows: Int?
        try reader.structure { reader, field in
            switch field.id {
            case 1: try reader.list(field) { chunks.append(try ParquetMetadata.ColumnChunk(&$0)) }
            case 2: byteCount = try reader.int(field)
            case 3: rows = try reader.int(field)
            default: return false
            }
            return true
        }
        guard let rows, rows >= 0 else { throw TorchError(.file, "a row group has no number of rows") }
        self.rows = rows
    }
}

extension ParquetMetadata.ColumnChunk {
    fileprivate init(_ reader: inout ThriftReader) throws {
        var type: Int?, codec: Int?, values: Int?, uncompressedSize: Int?, compressedSize: Int?, dataOffset: Int?,
            dictionaryOffset: Int?
        try reader.structure { reader, field in
            switch field.id {
            case 1:
                let path = try reader.string(field)
                guard path.isEmpty else {
                    throw TorchError(.file, "a column's data lie in another file (\(path)), which is not supported")
                }
            case 3:
                try reader.structure(field) { reader, field in
                    switch field.id {
                    case 1: type = try reader.int(field)
                    case 4: codec = try reader.int(field)
                    case 5: values = try reader.int(field)
                    case 6: uncompressedSize = try reader.int(field)
                    case 7: compressedSize = try reader.int(field)
                    case 9: dataOffset = try reader.int(field)
                    case 11: dictionaryOffset = try reader.int(field)
                    default: return false
                    }
                    return true
                }
            case 8: throw TorchError(.file, "a column is encrypted, which is not supported")
            default: return false
            }
            return true
        }
        guard let type, let physical = PhysicalType(rawValue: type), let codec, let values, let uncompressedSize,
            let compressedSize, let dataOffset
        else {
            throw TorchError(.file, "the footer describes a column incompletely")
        }
        guard values >= 0, uncompressedSize >= 0, compressedSize >= 0, dataOffset >= 0, dictionaryOffset ?? 0 >= 0
        else {
            throw TorchError(.file, "the footer has a negative size or offset of a column")
        }
        self.type = physical
        self.codec = codec
        self.values = values
        self.uncompressedSize = uncompressedSize
        self.compressedSize = compressedSize
        self.dataOffset = dataOffset
        self.dictionaryOffset = dictionaryOffset
    }
}

/// The header of a page (parquet.thrift: `PageHeader`).
struct PageHeader {
    enum Kind {
        /// Levels and values are compressed together.
        case data(levels: (repetition: Int, definition: Int))
        /// The uncompressed levels stand before the values, with the given sizes in bytes.
        case dataV2(levelBytes: (repetition: Int, definition: Int), isCompressed: Bool)
        case dictionary
        /// An index page or an unknown kind, which is not needed for reading.
        case other
    }

    let kind: Kind
    let uncompressedSize: Int
    let compressedSize: Int
    let checksum: UInt32?
    let values: Int
    let encoding: Int

    /// - Parameter size: receives the size of the header in bytes.
    init(_ bytes: UnsafeRawBufferPointer, size: inout Int) throws {
        var reader = ThriftReader(bytes)
        var type: Int?, uncompressed: Int?, compressed: Int?, checksum: Int?
        var values: Int?, encoding: Int?, repetition: Int?, definition: Int?, isCompressed = true
        try reader.structure { reader, field in
            switch field.id {
            case 1: type = try reader.int(field)
            case 2: uncompressed = try reader.int(field)
            case 3: compressed = try reader.int(field)
            case 4: checksum = try reader.int(field)
            case 5, 7, 8:
                let isV2 = field.id == 8
                try reader.structure(field) { reader, field in
                    switch (field.id, isV2) {
                    case (1, _): values = try reader.int(field)
                    case (2, false), (4, true): encoding = try reader.int(field)
                    // Field 3 of a dictionary says whether it is sorted.
                    case (3, false) where field.type == .int32: definition = try reader.int(field)
                    case (5, true): definition = try reader.int(field)
                    case (4, false), (6, true): repetition = try reader.int(field)
                    case (7, true): isCompressed = try reader.bool(field)
                    default: return false
                    }
                    return true
                }
            default: return false
            }
            return true
        }
        size = reader.position
        guard let type, let uncompressed, let compressed, (0...Int(Int32.max)).contains(uncompressed),
            (0...Int(Int32.max)).contains(compressed)
        else {
            throw TorchError(.file, "a page's header has no type or size")
        }
        uncompressedSize = uncompressed
        compressedSize = compressed
        self.checksum = checksum.map { UInt32(truncatingIfNeeded: $0) }
        if type != 0 && type != 2 && type != 3 {
            kind = .other
            self.values = 0
            self.encoding = 0
            return
        }
        guard let values, (0...Int(Int32.max)).contains(values), let encoding else {
            throw TorchError(.file, "a page's header has no number of values or no encoding")
        }
        self.values = values
        self.encoding = encoding
        switch type {
        case 0: kind = .data(levels: (repetition ?? Encoding.rle.rawValue, definition ?? Encoding.rle.rawValue))
        case 2: kind = .dictionary
        default:
            guard let repetition, let definition, repetition >= 0, definition >= 0, repetition <= uncompressed,
                definition <= uncompressed - repetition,
                repetition <= compressed, definition <= compressed - repetition
            else {
                throw TorchError(
                    .file,
                    "a page's levels are said to be \(repetition ?? 0) and \(definition ?? 0) of \(uncompressed) bytes")
            }
            kind = .dataV2(levelBytes: (repetition, definition), isCompressed: isCompressed)
        }
    }
}
