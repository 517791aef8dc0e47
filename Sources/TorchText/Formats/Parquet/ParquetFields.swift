import Torch

/// The storage of a field: its elements in the footer's schema, and its leaf columns with their levels. Every field is
/// optional. Lists have three levels (LogicalTypes.md, "Nested Types").
struct ParquetFields {
    /// A stored column.
    struct Leaf {
        let path: [String]
        let type: DataType
        let physical: PhysicalType
        let typeLength: Int
        let maxDefinition: Int
        let maxRepetition: Int
    }

    private(set) var elements: [ThriftValue] = []
    private(set) var leaves: [Leaf] = []

    /// - Throws: `TorchError` with the field's name if Parquet does not have the type.
    init(_ field: Field) throws { try add(field, field.name, [], definition: 0, repetition: 0) }

    private mutating func add(
        _ field: Field, _ name: String, _ above: [String], definition: Int, repetition: Int
    ) throws {
        let path = above + [name], optional = Repetition.optional.rawValue
        // The reader has a similar depth limit.
        guard path.count <= 60 else { throw TorchError(.value, "column \(path[0]) is nested more than 60 deep") }
        func group(_ name: String, _ repetition: Repetition, _ children: Int, isList: Bool = false) -> ThriftValue {
            .structure([
                (3, .int32(repetition.rawValue)), (4, .text(name)), (5, .int32(children)),
                (6, isList ? .int32(3) : nil), (10, isList ? .structure([(3, .structure([]))]) : nil)
            ])
        }
        switch field.type {
        case .list(let item, _), .fixedList(let item, _):
            elements += [group(name, .optional, 1, isList: true), group("list", .repeated, 1)]
            try add(item, "element", path + ["list"], definition: definition + 2, repetition: repetition + 1)
        case .structure(let fields):
            guard !fields.isEmpty else {
                throw TorchError(
                    .value, "column \(path.joined(separator: ".")) is a structure without fields, which Parquet has not"
                )
            }
            elements.append(group(name, .optional, fields.count))
            for field in fields { try add(field, field.name, path, definition: definition + 1, repetition: repetition) }
        default:
            let form = try ParquetFields.form(field.type, path)
            elements.append(
                .structure([
                    (1, .int32(form.physical.rawValue)),
                    (2, form.physical == .fixedLenByteArray ? .int32(form.length) : nil), (3, .int32(optional)),
                    (4, .text(name)), (6, form.converted.map { .int32($0) }),
                    (7, form.decimal.map { .int32($0.scale) }), (8, form.decimal.map { .int32($0.precision) }),
                    (10, form.logical)
                ]))
            leaves.append(
                Leaf(
                    path: path, type: field.type, physical: form.physical, typeLength: form.length,
                    maxDefinition: definition + 1, maxRepetition: repetition))
        }
    }

    private struct Form {
        var physical: PhysicalType
        var length = 0
        /// The number of a `ConvertedType`, for older readers.
        var converted: Int?
        var logical: ThriftValue?
        var decimal: (precision: Int, scale: Int)?
    }

    private static func form(_ type: DataType, _ path: [String]) throws -> Form {
        func refused(_ words: String) -> TorchError {
            TorchError(.value, "column \(path.joined(separator: ".")) is \(type), \(words)")
        }
        /// Returns a member of the union `LogicalType`.
        func logical(_ id: Int, _ fields: [(Int, ThriftValue?)] = []) -> ThriftValue {
            .structure([(id, .structure(fields))])
        }
        func integer(_ physical: PhysicalType, _ bits: Int, isSigned: Bool) -> Form {
            Form(
                physical: physical, converted: (isSigned ? 15 : 11) + bits.trailingZeroBitCount - 3,
                logical: logical(10, [(1, .int8(bits)), (2, .bool(isSigned))]))
        }
        func time(_ id: Int, _ unit: DataType.TimeUnit, isUTC: Bool) -> ThriftValue {
            logical(id, [(1, .bool(isUTC)), (2, .structure([(max(unit.rawValue, 1), .structure([]))]))])
        }
        switch type {
        case .null: return Form(physical: .int32, logical: logical(11))
        case .bool: return Form(physical: .boolean)
        case .int8: return integer(.int32, 8, isSigned: true)
        case .int16: return integer(.int32, 16, isSigned: true)
        case .int32: return Form(physical: .int32)
        case .int64, .duration: return Form(physical: .int64)
        case .uint8: return integer(.int32, 8, isSigned: false)
        case .uint16: return integer(.int32, 16, isSigned: false)
        case .uint32: return integer(.int32, 32, isSigned: false)
        case .uint64: return integer(.int64, 64, isSigned: false)
        case .float16: return Form(physical: .fixedLenByteArray, length: 2, logical: logical(15))
        case .float32: return Form(physical: .float)
        case .float64: return Form(physical: .double)
        case .string: return Form(physical: .byteArray, converted: 0, logical: logical(1))
        case .json: return Form(physical: .byteArray, converted: 19, logical: logical(12))
        case .binary: return Form(physical: .byteArray)
        case .fixedBinary(let width):
            guard width > 0 else { throw refused("which Parquet has not") }
            return Form(physical: .fixedLenByteArray, length: width)
        case .date32, .date64: return Form(physical: .int32, converted: 6, logical: logical(6))
        case .time(let unit):
            return Form(physical: unit.rawValue < 2 ? .int32 : .int64, logical: time(7, unit, isUTC: false))
        case .timestamp(let unit, let zone): return Form(physical: .int64, logical: time(8, unit, isUTC: zone != nil))
        case .decimal(let precision, let scale, let width):
            guard scale >= 0, scale <= precision, precision > 0 else { throw refused("which Parquet has not") }
            // A digit needs 3.32193 bits; the sign needs one bit more.
            let length = min((precision * 332_193 + 99_999) / 100_000 / 8 + 1, width)
            return Form(
                physical: .fixedLenByteArray, length: length, converted: 5,
                logical: logical(5, [(1, .int32(scale)), (2, .int32(precision))]), decimal: (precision, scale))
        case .list, .fixedList, .structure, .map, .dictionary: throw refused("which is not written")
        }
    }
}
