import Torch

extension ColumnBuilder {
    /// Appends a value. Converts it if nothing is lost: an integer to any type that can represent it, a time to a unit
    /// in which it is a whole number, a row to a structure. A field that the row does not have becomes null. A map
    /// takes rows with a key and a value, and JSON takes any value.
    /// - Throws: `TorchError` if the value does not belong to the type.
    func append(_ value: Value) throws {
        switch (type, value) {
        case (_, .null): appendNull()
        case (.bool, .bool(let bit)): append(bit)
        case (.int8, .int(let number)): append(fixed: try exactly(number) as Int8)
        case (.int16, .int(let number)): append(fixed: try exactly(number) as Int16)
        case (.int32, .int(let number)): append(fixed: try exactly(number) as Int32)
        case (.int64, .int(let number)): append(fixed: Int64(number))
        case (.uint8, .int(let number)): append(fixed: try exactly(number) as UInt8)
        case (.uint16, .int(let number)): append(fixed: try exactly(number) as UInt16)
        case (.uint32, .int(let number)): append(fixed: try exactly(number) as UInt32)
        case (.uint64, .int(let number)): append(fixed: try exactly(number) as UInt64)
        case (.uint64, .uint(let number)): append(fixed: number)
        case (.float16, _), (.float32, _), (.float64, _): append(real: try real(value))
        case (.string, .string(let text)):
            var text = text
            try text.withUTF8 { try append(bytes: UnsafeRawBufferPointer($0)) }
        case (.json, _):
            var text = try PandasJSON.encoded(value)
            try text.withUTF8 { try append(bytes: UnsafeRawBufferPointer($0)) }
        case (.binary, .bytes(let bytes)), (.fixedBinary, .bytes(let bytes)):
            try bytes.withUnsafeBytes { try append(bytes: $0) }
        case (.binary, .string(let text)):
            var text = text
            try text.withUTF8 { try append(bytes: UnsafeRawBufferPointer($0)) }
        case (.date32, .date(let days)): append(fixed: try exactly(days) as Int32)
        case (.date64, .date(let days)): append(fixed: Int64(try scaled(days, 86_400_000, value)))
        case (.time(let unit), .time(let time, let from)):
            let time = try convert(time, from, unit, value)
            if unit.rawValue < 2 { append(fixed: try exactly(time) as Int32) } else { append(fixed: Int64(time)) }
        case (.timestamp(let unit, let zone), .timestamp(let time, let from, let itsZone)):
            guard (zone == nil) == (itsZone == nil) else { throw mismatch(value) }
            append(fixed: Int64(try convert(time, from, unit, value)))
        case (.duration(let unit), .duration(let time, let from)):
            append(fixed: Int64(try convert(time, from, unit, value)))
        case (.decimal(let precision, let scale, let width), .decimal(let text)):
            try append(decimal: text, precision, scale, width, value)
        case (.decimal(let precision, let scale, let width), .int(let number)):
            try append(decimal: String(number), precision, scale, width, value)
        case (.list, .list(let values)), (.map, .list(let values)):
            startList()
            for value in values { try children[0].append(value) }
        case (.fixedList(_, let length), .list(let values)):
            guard values.count == length else {
                throw TorchError(.value, "a list of \(values.count) values in a column of \(type)")
            }
            startList()
            for value in values { try children[0].append(value) }
        case (.structure(let fields), .row(let row)): try append(row, fields)
        case (.dictionary, _): try append(inDictionary: value)
        default: throw mismatch(value)
        }
    }

    private func mismatch(_ value: Value) -> TorchError { TorchError(.value, "\(value.kind) in a column of \(type)") }

    private func exactly<Element: FixedWidthInteger>(_ number: Int) throws -> Element {
        guard let element = Element(exactly: number) else {
            throw TorchError(.value, "\(number) in a column of \(type)")
        }
        return element
    }

    private func real(_ value: Value) throws -> Double {
        switch value {
        case .double(let number): return number
        case .int(let number):
            // Half precision is not checked, as in Arrow.
            guard number.magnitude <= (type == .float32 ? 1 << 24 : 1 << 53) || type == .float16 else { break }
            return Double(number)
        case .uint: break
        default: throw mismatch(value)
        }
        let precision = type == .float32 ? "single" : "double"
        throw TorchError(
            .value,
            "Integer value \(value) is outside of the range exactly representable by a IEEE 754 \(precision) precision value"
        )
    }

    private func append(real number: Double) {
        switch type {
        case .float16: append(fixed: Float16(number))
        case .float32: append(fixed: Float(number))
        default: append(fixed: number)
        }
    }

    private func append(decimal text: String, _ precision: Int, _ scale: Int, _ width: Int, _ value: Value) throws {
        guard let bytes = Decimal.bytes(text, precision: precision, scale: scale, width: width) else {
            throw TorchError(.value, "\(text) in a column of \(type)")
        }
        bytes.withUnsafeBytes { append(contentsOf: $0) }
    }

    private func append(_ row: Row, _ fields: [Field]) throws {
        startRow()
        // Most rows have the structure's names in its order.
        if row.names.areExactly(fields.lazy.map(\.name)) {
            for (child, value) in zip(children, row.values) { try child.append(value) }
            return
        }
        var found = 0
        for (child, field) in zip(children, fields) {
            guard let value = row[field.name] else {
                child.appendNull()
                continue
            }
            try child.append(value)
            found += 1
        }
        guard found == row.count else {
            throw TorchError(
                .value,
                "\(row.names.first { !fields.map(\.name).containsExactly($0) }.map { "the name \($0)" } ?? "a name twice") in a column of \(type)"
            )
        }
    }

    private func convert(_ time: Int, _ from: Value.TimeUnit, _ to: Value.TimeUnit, _ value: Value) throws -> Int {
        let factor = Value.TimeUnit.factor(from, to)
        if from.rawValue <= to.rawValue { return try scaled(time, factor, value) }
        guard time % factor == 0 else { throw TorchError(.value, "\(value) in a column of \(type), which is coarser") }
        return time / factor
    }

    private func scaled(_ number: Int, _ factor: Int, _ value: Value) throws -> Int {
        let (result, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow else {
            throw TorchError(.value, "\(value) in a column of \(type), which does not reach that far")
        }
        return result
    }
}

extension Value.TimeUnit {
    /// Returns how many of the finer unit make one of the coarser unit.
    static func factor(_ a: Value.TimeUnit, _ b: Value.TimeUnit) -> Int {
        repeatElement(1000, count: abs(a.rawValue - b.rawValue)).reduce(1, *)
    }
}

extension Value {
    /// The kind's name in error messages.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a bool"
        case .int, .uint: "an integer"
        case .double: "a float"
        case .string: "a string"
        case .bytes: "bytes"
        case .list: "a list"
        case .row: "a row"
        case .date: "a date"
        case .time: "a time"
        case .timestamp: "a timestamp"
        case .duration: "a duration"
        case .decimal: "a decimal"
        }
    }
}

extension Column {
    /// Creates a column of these values.
    /// - Parameter type: the column's type; nil for the type that holds all values (`DataType.init(of:)`).
    /// - Throws: `TorchError` if a value does not belong to the type.
    init(_ values: some Collection<Value>, type: DataType? = nil) throws {
        let builder = ColumnBuilder(try type ?? DataType(of: values))
        var row = 0
        do {
            for value in values {
                try builder.append(value)
                row += 1
            }
        } catch let error as TorchError {
            throw TorchError(error.kind, "row \(row): \(error.message)")
        }
        self = try builder.finish()
    }
}
