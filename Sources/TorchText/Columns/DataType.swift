import Torch

/// The type of a column's values. Arrow: the types of `Schema.fbs`; Python: `pyarrow.DataType`.
indirect enum DataType: Hashable, Sendable {
    case null
    case bool
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case float16, float32, float64
    /// UTF-8 text; `isLarge` if offsets have 64 bits.
    case string(isLarge: Bool)
    /// JSON text in UTF-8; each row represents a value. Arrow: the extension type `arrow.json`.
    case json
    /// Bytes; `isLarge` if offsets have 64 bits.
    case binary(isLarge: Bool)
    /// Bytes with the same number in every row.
    case fixedBinary(width: Int)
    /// Days since 1970-01-01, in 32 bits.
    case date32
    /// Milliseconds since 1970-01-01, in 64 bits.
    case date64
    /// A time of day, in 32 bits for seconds and milliseconds and in 64 bits for finer units.
    case time(TimeUnit)
    /// Time since 1970-01-01 in 64 bits: UTC if there is a zone, otherwise the local time of an unknown zone.
    case timestamp(TimeUnit, zone: String?)
    /// A length of time in 64 bits.
    case duration(TimeUnit)
    /// A two's complement integer of `width` bytes, divided by 10 to the power `scale`.
    case decimal(precision: Int, scale: Int, width: Int)
    case list(Field, isLarge: Bool)
    /// Lists that all have the same length.
    case fixedList(Field, count: Int)
    case structure([Field])
    /// Lists of structures with a key and a value.
    case map(Field)
    /// Row numbers in a column of values.
    case dictionary(index: DataType, values: DataType)

    typealias TimeUnit = Value.TimeUnit

    static let string = DataType.string(isLarge: false)
    static let binary = DataType.binary(isLarge: false)
    static func list(_ element: DataType) -> DataType { .list(Field("item", element), isLarge: false) }

    /// The size of an element in bytes; nil for types without a fixed width.
    var width: Int? {
        switch self {
        case .int8, .uint8: 1
        case .int16, .uint16, .float16: 2
        case .int32, .uint32, .float32, .date32: 4
        case .int64, .uint64, .float64, .date64, .timestamp, .duration: 8
        case .time(let unit): unit.rawValue < 2 ? 4 : 8
        case .fixedBinary(let width), .decimal(_, _, let width): width
        default: nil
        }
    }
}

/// A column's name and type. Arrow: `Field`.
struct Field: Hashable, Sendable {
    var name: String
    var type: DataType
    var isNullable = true

    init(_ name: String, _ type: DataType, isNullable: Bool = true) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
    }

    static func == (a: Field, b: Field) -> Bool {
        a.name.isExactly(b.name) && a.type == b.type && a.isNullable == b.isNullable
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(exactly: name)
        hasher.combine(type)
    }
}

/// The columns of a table, in order. Arrow: `Schema`.
struct Schema: Hashable, Sendable {
    var fields: [Field]
    /// Metadata for readers that know its keys. The key `huggingface` holds the features of a data set as JSON.
    var metadata: [String: String] = [:]
}

extension DataType: CustomStringConvertible {
    /// Arrow's spelling, such as `list<item: timestamp[us, tz=UTC]>`. Python: `str(pyarrow.DataType)`.
    var description: String {
        func unit(_ unit: TimeUnit) -> String { ["s", "ms", "us", "ns"][unit.rawValue] }
        switch self {
        case .null: return "null"
        case .bool: return "bool"
        case .int8: return "int8"
        case .int16: return "int16"
        case .int32: return "int32"
        case .int64: return "int64"
        case .uint8: return "uint8"
        case .uint16: return "uint16"
        case .uint32: return "uint32"
        case .uint64: return "uint64"
        case .float16: return "halffloat"
        case .float32: return "float"
        case .float64: return "double"
        case .string(let isLarge): return isLarge ? "large_string" : "string"
        case .json: return "extension<arrow.json>"
        case .binary(let isLarge): return isLarge ? "large_binary" : "binary"
        case .fixedBinary(let width): return "fixed_size_binary[\(width)]"
        case .date32: return "date32[day]"
        case .date64: return "date64[ms]"
        case .time(let resolution): return "time\(resolution.rawValue < 2 ? 32 : 64)[\(unit(resolution))]"
        case .timestamp(let resolution, let zone):
            return "timestamp[\(unit(resolution))\(zone.map { ", tz=\($0)" } ?? "")]"
        case .duration(let resolution): return "duration[\(unit(resolution))]"
        case .decimal(let precision, let scale, let width): return "decimal\(width * 8)(\(precision), \(scale))"
        case .list(let field, let isLarge): return "\(isLarge ? "large_list" : "list")<\(field)>"
        case .fixedList(let field, let count): return "fixed_size_list<\(field)>[\(count)]"
        case .structure(let fields): return "struct<\(fields.map(\.description).joined(separator: ", "))>"
        case .map(let field):
            guard case .structure(let pair) = field.type, pair.count == 2 else { return "map<\(field)>" }
            return "map<\(pair[0].type), \(pair[1].type)>"
        case .dictionary(let index, let values): return "dictionary<values=\(values), indices=\(index), ordered=0>"
        }
    }
}

extension Field: CustomStringConvertible {
    var description: String { "\(name): \(type)\(isNullable ? "" : " not null")" }
}
