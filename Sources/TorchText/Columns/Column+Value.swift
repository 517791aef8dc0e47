import Torch

extension Column {
    /// Returns a row's value. Text that is not UTF-8 is repaired with U+FFFD; a map is a list of rows with a key and a
    /// value.
    /// - Throws: `TorchError` if the buffers are invalid, for example in a damaged file.
    /// - Precondition: 0 ≤ `row` < `count`.
    func value(at row: Int) throws -> Value {
        var budget = MetadataBudget()
        return try value(at: row, &budget)
    }

    /// Limits the memory that one row may need. A list cannot exceed its file, because the values of lists do not
    /// overlap, which `range` checks. But a dictionary's value counts each time that it is used, and null or empty
    /// values take no room in a file.
    private struct MetadataBudget {
        var left = 1 << 28
        var isInDictionary = false

        mutating func take(_ size: Int) throws {
            guard size <= left else {
                throw TorchError(.file, "a row that repeats values of a dictionary, or nulls, until they exceed 256 MB")
            }
            left -= size
        }
    }

    private func value(at row: Int, _ budget: inout MetadataBudget) throws -> Value {
        if isNull(row) { return .null }
        switch storage {
        case .null: return .null
        case .bits(let bits): return .bool(bits.bit(row))
        case .fixed(let bytes): return fixed(bytes, row)
        case .variable(let offsets, let data):
            let range = try range(row, offsets, isLarge: type.hasLargeOffsets, limit: data.count)
            if budget.isInDictionary { try budget.take(range.count) }
            return try data.withUnsafeBytes { bytes in
                let bytes = UnsafeRawBufferPointer(rebasing: bytes[range])
                if case .json = type { return try PandasJSONReader.read(bytes) }
                if case .string = type { return .string(String(decoding: bytes, as: UTF8.self)) }
                return .bytes(Array(bytes))
            }
        case .list(let offsets, let values):
            return .list(
                try values.values(
                    in: range(row, offsets, isLarge: type.hasLargeOffsets, limit: values.count), &budget))
        case .fixedList(let values):
            guard case .fixedList(_, let length) = type else { return .null }
            return .list(try values.values(in: row * length..<(row + 1) * length, &budget))
        case .structure(let columns):
            guard case .structure(let fields) = type else { return .null }
            var result = Row()
            result.reserve(fields.count)
            for (field, column) in zip(fields, columns) {
                result.append(field.name, try column.value(at: row, &budget))
            }
            return .row(result)
        case .dictionary(let indices, let values):
            guard case .dictionary(let index, _) = type, let position = Column.integer(indices, index, row),
                position >= 0,
                position < values.count
            else { throw TorchError(.file, "row \(row) names no value of its dictionary of \(values.count)") }
            let outer = budget.isInDictionary
            budget.isInDictionary = true
            defer { budget.isInDictionary = outer }
            return try values.value(at: position, &budget)
        }
    }

    private func values(in range: Range<Int>, _ budget: inout MetadataBudget) throws -> [Value] {
        if budget.isInDictionary || !type.takesMemory {
            let (size, overflow) = range.count.multipliedReportingOverflow(by: MemoryLayout<Value>.stride)
            try budget.take(overflow ? .max : size)
        }
        var result: [Value] = []
        result.reserveCapacity(range.count)
        for row in range { result.append(try value(at: row, &budget)) }
        return result
    }

    /// Returns an integer of any width; nil if it is greater than `Int.max`.
    static func integer(_ bytes: Bytes, _ type: DataType, _ row: Int) -> Int? {
        switch type {
        case .int8: Int(bytes.load(row, as: Int8.self))
        case .int16: Int(bytes.load(row, as: Int16.self))
        case .int32: Int(bytes.load(row, as: Int32.self))
        case .int64: Int(bytes.load(row, as: Int64.self))
        case .uint8: Int(bytes.load(row, as: UInt8.self))
        case .uint16: Int(bytes.load(row, as: UInt16.self))
        case .uint32: Int(bytes.load(row, as: UInt32.self))
        case .uint64: Int(exactly: bytes.load(row, as: UInt64.self))
        default: nil
        }
    }

    private func fixed(_ bytes: Bytes, _ row: Int) -> Value {
        switch type {
        case .float16: return .double(Double(bytes.load(row, as: Float16.self)))
        case .float32: return .double(Double(bytes.load(row, as: Float.self)))
        case .float64: return .double(bytes.load(row, as: Double.self))
        case .date32: return .date(Int(bytes.load(row, as: Int32.self)))
        case .date64:
            let (days, rest) = bytes.load(row, as: Int64.self).quotientAndRemainder(dividingBy: 86_400_000)
            return .date(Int(days) - (rest < 0 ? 1 : 0))
        case .time(let unit):
            return .time(
                unit.rawValue < 2 ? Int(bytes.load(row, as: Int32.self)) : Int(bytes.load(row, as: Int64.self)), unit)
        case .timestamp(let unit, let zone): return .timestamp(Int(bytes.load(row, as: Int64.self)), unit, zone: zone)
        case .duration(let unit): return .duration(Int(bytes.load(row, as: Int64.self)), unit)
        case .fixedBinary(let width): return element(bytes, row, width) { .bytes(Array($0)) }
        case .decimal(_, let scale, let width):
            return element(bytes, row, width) { .decimal(Decimal.text($0, scale: scale)) }
        case .uint64:
            let number = bytes.load(row, as: UInt64.self)
            return Int(exactly: number).map { .int($0) } ?? .uint(number)
        default: return Column.integer(bytes, type, row).map { .int($0) } ?? .null
        }
    }

    private func element(_ bytes: Bytes, _ row: Int, _ width: Int, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[row * width..<(row + 1) * width])) }
    }
}

extension DataType {
    var hasLargeOffsets: Bool {
        switch self {
        case .string(let isLarge), .binary(let isLarge), .list(_, let isLarge): isLarge
        default: false
        }
    }

    var hasDictionary: Bool {
        switch self {
        case .dictionary: true
        case .list(let element, _), .fixedList(let element, _), .map(let element): element.type.hasDictionary
        case .structure(let fields): fields.contains { $0.type.hasDictionary }
        default: false
        }
    }

    /// Whether rows of this type need buffers that grow with the number of rows.
    var takesMemory: Bool {
        switch self {
        case .null: false
        case .fixedBinary(let width), .decimal(_, _, let width): width > 0
        case .fixedList(let element, let count): count > 0 && element.type.takesMemory
        case .structure(let fields): fields.contains { $0.type.takesMemory }
        default: true
        }
    }
}
