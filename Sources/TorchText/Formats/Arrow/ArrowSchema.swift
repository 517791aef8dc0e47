import Torch

/// The schema from an Arrow message or from the footer of a file, with the ids of its dictionaries (Arrow
/// `Schema.fbs`).
struct ArrowSchema {
    private(set) var schema = Schema(fields: [])
    /// The dictionaries of each field and of its children.
    private(set) var dictionaries: [DictionaryTree] = []
    /// The type of each dictionary's values, by id.
    private(set) var values: [Int: (type: DataType, below: DictionaryTree)] = [:]

    /// The dictionary that a field takes its values from, and the dictionaries of its children. `view` marks a field of
    /// text or binary views, which are read into the layout with offsets.
    indirect enum DictionaryTree: Hashable {
        case none
        case view
        case children([DictionaryTree])
        case id(Int, below: DictionaryTree)
    }

    /// The maximum depth of nested types.
    private static let maximumDepth = 64

    init(_ table: FlatTable) throws {
        guard try table.number(0, default: Int16(0)) == 0 else {
            throw TorchError(.file, "big-endian data is not supported")
        }
        // One table may be referenced many times. An undamaged file cannot have more tables than fit side by side.
        var budget = MetadataBudget(fields: table.bytes.count / 16, text: table.bytes.count * 16)
        let (count, field) = try table.tables(1)
        for index in 0..<count {
            let (field, dictionaries) = try self.field(field(index), depth: 0, &budget)
            schema.fields.append(field)
            self.dictionaries.append(dictionaries)
        }
        let (pairs, pair) = try table.tables(2)
        for index in 0..<pairs {
            let pair = try pair(index)
            schema.metadata[try budget.text(pair, 0)] = try budget.text(pair, 1)
        }
    }

    private struct MetadataBudget {
        var fields: Int
        var text: Int

        mutating func text(_ table: FlatTable, _ slot: Int) throws -> String {
            guard let bytes = try table.text(slot) else { return "" }
            text -= bytes.count + 16
            guard text >= 0 else { throw TorchError(.file, "damaged metadata: it repeats itself") }
            return bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        }
    }

    private mutating func field(
        _ table: FlatTable, depth: Int, _ budget: inout MetadataBudget
    ) throws -> (Field, DictionaryTree) {
        guard depth < ArrowSchema.maximumDepth else {
            throw TorchError(.file, "types nested deeper than \(ArrowSchema.maximumDepth)")
        }
        budget.fields -= 1
        guard budget.fields >= 0 else { throw TorchError(.file, "damaged metadata: it repeats itself") }
        let name = try budget.text(table, 0)
        let (count, child) = try table.tables(5)
        var children: [Field] = [], trees: [DictionaryTree] = []
        for index in 0..<count {
            let (field, tree) = try field(child(index), depth: depth + 1, &budget)
            children.append(field)
            trees.append(tree)
        }
        var type: DataType
        do { type = try ArrowSchema.type(table, children, &budget) } catch let error as TorchError {
            throw TorchError(.file, "column \(name): \(error.message)")
        }
        if type == .string, try ArrowSchema.extensionName(table, &budget) == "arrow.json" { type = .json }
        let isView = [23, 24].contains(try table.number(2, default: UInt8(0)))
        let below = isView ? DictionaryTree.view : trees.allSatisfy { $0 == .none } ? .none : .children(trees)
        let isNullable = try table.number(1, default: UInt8(0)) != 0
        guard let encoding = try table.table(4) else { return (Field(name, type, isNullable: isNullable), below) }
        let id = Int(try encoding.number(0, default: Int64(0)))
        if let known = values[id], known.type != type || known.below != below {
            throw TorchError(.file, "column \(name): dictionary \(id) is of \(known.type) and of \(type)")
        }
        values[id] = (type, below)
        var index = DataType.int32
        if let integer = try encoding.table(1) { index = try ArrowSchema.integer(integer) }
        return (Field(name, .dictionary(index: index, values: type), isNullable: isNullable), .id(id, below: below))
    }

    /// Returns the name of the extension type, if the field has one. Values of an extension type are stored like
    /// another type's.
    private static func extensionName(_ field: FlatTable, _ budget: inout MetadataBudget) throws -> String? {
        let (count, pair) = try field.tables(6)
        for index in 0..<count where try budget.text(pair(index), 0) == "ARROW:extension:name" {
            return try budget.text(pair(index), 1)
        }
        return nil
    }

    private static func integer(_ table: FlatTable) throws -> DataType {
        switch (try table.number(0, default: Int32(0)), try table.number(1, default: UInt8(0)) != 0) {
        case (8, true): return .int8
        case (16, true): return .int16
        case (32, true): return .int32
        case (64, true): return .int64
        case (8, false): return .uint8
        case (16, false): return .uint16
        case (32, false): return .uint32
        case (64, false): return .uint64
        case (let width, _): throw TorchError(.file, "integers of \(width) bits")
        }
    }

    private static func unit(_ number: Int16) throws -> DataType.TimeUnit {
        guard let unit = DataType.TimeUnit(rawValue: Int(number)) else {
            throw TorchError(.file, "time unit \(number)")
        }
        return unit
    }

    private static func type(_ field: FlatTable, _ children: [Field], _ budget: inout MetadataBudget) throws -> DataType
    {
        let kind = try field.number(2, default: UInt8(0))
        guard let table = try field.table(3) else { throw TorchError(.file, "no type") }
        func only() throws -> Field {
            guard children.count == 1 else { throw TorchError(.file, "a list with \(children.count) children") }
            return children[0]
        }
        switch kind {
        case 1: return .null
        case 2: return try integer(table)
        case 3:
            switch try table.number(0, default: Int16(0)) {
            case 0: return .float16
            case 1: return .float32
            case 2: return .float64
            case let precision: throw TorchError(.file, "floating-point precision \(precision)")
            }
        case 4, 23: return .binary
        case 5, 24: return .string
        case 6: return .bool
        case 7:
            let precision = Int(try table.number(0, default: Int32(0))),
                scale = Int(try table.number(1, default: Int32(0))),
                bits = Int(try table.number(2, default: Int32(128)))
            guard [32, 64, 128, 256].contains(bits) else { throw TorchError(.file, "decimal numbers of \(bits) bits") }
            return .decimal(precision: precision, scale: scale, width: bits / 8)
        case 8: return try table.number(0, default: Int16(1)) == 0 ? .date32 : .date64
        case 9:
            let unit = try unit(try table.number(0, default: 1)), bits = try table.number(1, default: Int32(32))
            guard bits == (unit.rawValue < 2 ? 32 : 64) else {
                throw TorchError(.file, "time of \(bits) bits in unit \(unit)")
            }
            return .time(unit)
        case 10:
            return .timestamp(
                try unit(try table.number(0, default: 0)),
                zone: try table.text(1) == nil ? nil : try budget.text(table, 1))
        case 11: throw TorchError(.file, "type Interval is not supported")
        case 12: return .list(try only(), isLarge: false)
        case 13: return .structure(children)
        case 14: throw TorchError(.file, "type Union is not supported")
        case 15:
            let width = try table.number(0, default: Int32(0))
            guard width >= 0 else { throw TorchError(.file, "rows of \(width) bytes") }
            return .fixedBinary(width: Int(width))
        case 16:
            let length = try table.number(0, default: Int32(0))
            guard length >= 0 else { throw TorchError(.file, "lists of \(length) values") }
            return .fixedList(try only(), count: Int(length))
        case 17:
            let entries = try only()
            guard case .structure(let pair) = entries.type, pair.count == 2 else {
                throw TorchError(.file, "a map of \(entries.type)")
            }
            return .map(entries)
        case 18: return .duration(try unit(try table.number(0, default: 1)))
        case 19: return .binary(isLarge: true)
        case 20: return .string(isLarge: true)
        case 21: return .list(try only(), isLarge: true)
        case 22: throw TorchError(.file, "type RunEndEncoded is not supported")
        case 25: throw TorchError(.file, "type ListView is not supported")
        case 26: throw TorchError(.file, "type LargeListView is not supported")
        default: throw TorchError(.file, "type \(kind), which is unknown")
        }
    }
}
