import Torch

/// The storage type of a column's values (parquet.thrift: `Type`).
enum PhysicalType: Int, Sendable {
    case boolean, int32, int64, int96, float, double, byteArray, fixedLenByteArray

    var name: String {
        ["BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"][rawValue]
    }
}

/// The meaning of the values (parquet.thrift: `LogicalType`, and `ConvertedType` of older writers).
enum LogicalType: Hashable, Sendable {
    case string, map, list, enumeration, date, null, json, bson, uuid, float16
    case decimal(scale: Int, precision: Int)
    case time(DataType.TimeUnit)
    case timestamp(DataType.TimeUnit, isUTC: Bool)
    case integer(bits: Int, isSigned: Bool)

    /// - Parameter converted: the number of a `ConvertedType`. The result is nil if it does not change how values are
    ///   read.
    init?(converted: Int, scale: Int, precision: Int) {
        switch converted {
        case 0: self = .string
        case 1, 2: self = .map
        case 3: self = .list
        case 4: self = .enumeration
        case 5: self = .decimal(scale: scale, precision: precision)
        case 6: self = .date
        case 7: self = .time(.milliseconds)
        case 8: self = .time(.microseconds)
        case 9: self = .timestamp(.milliseconds, isUTC: true)
        case 10: self = .timestamp(.microseconds, isUTC: true)
        case 11...14: self = .integer(bits: 8 << (converted - 11), isSigned: false)
        case 15...18: self = .integer(bits: 8 << (converted - 15), isSigned: true)
        case 19: self = .json
        case 20: self = .bson
        default: return nil
        }
    }
}

/// How often a field occurs in its parent (parquet.thrift: `FieldRepetitionType`).
enum Repetition: Int, Sendable {
    case required, optional, repeated
}

/// The encoding of a page's values (parquet.thrift: `Encoding`).
enum Encoding: Int, Sendable {
    case plain = 0
    case plainDictionary = 2, rle, bitPacked, deltaBinaryPacked, deltaLengthByteArray, deltaByteArray, rleDictionary,
        byteStreamSplit

    /// Returns the encoding with this number in the file.
    /// - Throws: `TorchError` if the encoding is unknown.
    static func named(_ number: Int) throws -> Encoding {
        guard let encoding = Encoding(rawValue: number) else {
            throw TorchError(.file, "the encoding with number \(number) is not known")
        }
        return encoding
    }

    var name: String {
        [
            "PLAIN", "", "PLAIN_DICTIONARY", "RLE", "BIT_PACKED", "DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY",
            "DELTA_BYTE_ARRAY", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT"
        ][rawValue]
    }
}
