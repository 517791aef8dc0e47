import Torch

import Torch

extension ArrowDataset {
    /// Returns the same rows with other column types. Python: `cast`.
    /// - Precondition: `features` has the same names, in any order.
    /// - Throws: `TorchError` if a value cannot be converted to its new type, or a file is damaged.
    public func cast(_ features: Features) throws -> ArrowDataset {
        guard Set(features.names.map(ExactText.init)) == Set(columnNames.map(ExactText.init)) else {
            return .failed(
                .value,
                "The columns in features (\(PythonRepr.of(features.names))) must be identical as the columns in the dataset: \(PythonRepr.of(columnNames))"
            )
        }
        return try casting(features).selectColumns(features.names)
    }

    /// Returns the same rows with another type for one column:
    /// `castColumn("label", .classLabel(ClassLabel(names: ["neg", "pos"])))`. Python: `cast_column`.
    /// - Precondition: there is a column of this name.
    /// - Throws: `TorchError` if a value cannot be converted to its new type, or a file is damaged.
    public func castColumn(_ name: String, _ feature: Feature) throws -> ArrowDataset {
        guard features[name] != nil else { return .failed(.value, "Column '\(name)' doesn't exist.") }
        return try casting(Features([(name, feature)]))
    }

    /// - Parameter changed: the new types of the columns that change.
    func casting(_ changed: Features) throws -> ArrowDataset {
        let types = features.map { ($0, changed[$0] ?? $1) }
        let batches = try table.batches.map { batch in
            try batch.indices.map { position in
                let name = types.names[position]
                return changed[name] == nil ? batch[position] : try batch[position].cast(name, types.types[position])
            }
        }
        return try replacing(batches, types)
    }

    /// Converts a column to class labels. The classes are the column's different values as texts, in sorted order.
    /// Python: `class_encode_column`.
    /// - Parameters:
    ///   - name: the column.
    ///   - includeNulls: whether nulls become a class named `None`.
    /// - Precondition: there is a column of this name, and it has single values.
    /// - Throws: `TorchError` if a file is damaged.
    public func classEncodeColumn(_ name: String, includeNulls: Bool = false) throws -> ArrowDataset {
        guard let feature = features[name] else {
            return .failed(.value, "Column (\(name)) not in table columns (\(PythonRepr.of(columnNames))).")
        }
        guard case .value = feature else {
            return .failed(
                .value, "Class encoding is only supported for Value column, and column \(name) is \(feature).")
        }
        func text(_ value: Value) -> String? {
            switch value {
            case .null where !includeNulls: nil
            // Python's library applies `repr` to bytes twice.
            case .bytes: Value.bytes(Array(value.description.utf8)).description
            default: value.pythonText
            }
        }
        let texts = try self[name].values().map(text)
        let different = Set(texts.compactMap { $0.map { ExactText($0) } })
        let names = different.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { (ExactText($1), $0) })
        let labels = texts.map { text in text.flatMap { numbers[ExactText($0)] }.map { Value.int($0) } ?? .null }
        let column = try Column(labels, type: .int64)
        let whole = try flattenIndices()
        var start = 0
        let batches = try whole.table.batches.map { batch in
            try batch.enumerated().map { position, own in
                guard whole.features.names[position].isExactly(name) else { return own }
                defer { start += own.count }
                return try column.slice(start..<start + own.count)
            }
        }
        let label = Feature.classLabel(ClassLabel(names: names))
        return try whole.replacing(batches, features.map { ($0, $0.isExactly(name) ? label : $1) })
    }

    /// Replaces each structure by columns named `structure.field`. Repeats this for structures inside structures.
    /// Python: `flatten`.
    /// - Throws: `TorchError` if a file is damaged.
    public func flatten() throws -> ArrowDataset {
        var result = self
        for _ in 0..<16 {
            guard result.features.types.contains(where: { $0.fields.count > 0 }) else { break }
            result = try result.flattenedOnce()
        }
        return result
    }

    private func flattenedOnce() throws -> ArrowDataset {
        let names = zip(features.names, features.types).flatMap { name, feature in
            feature.fields.count > 0 ? feature.fields.names.map { "\(name).\($0)" } : [name]
        }
        let types = features.types.flatMap { $0.fields.count > 0 ? $0.fields.types : [$0] }
        let batches = try table.batches.map { batch in
            try zip(batch, features.types).flatMap { column, feature in
                feature.fields.count > 0 ? try column.fields() : [column]
            }
        }
        return try replacing(batches, Features(Array(zip(names, types))))
    }
}

extension Column {
    /// Returns a structure's fields as columns. If the structure is null in a row, its fields are null too.
    fileprivate func fields() throws -> [Column] {
        guard case .structure(let columns) = storage else { return [self] }
        return try columns.map { column in
            let own = try column.slice(0..<count)
            if validity == nil || own.type == .null { return own }
            var bits = BitBuffer()
            for row in 0..<count { bits.append(!isNull(row) && !own.isNull(row)) }
            return try Column(own.type, count: count, validity: bits.finish(), own.storage)
        }
    }

    /// Returns the same values as another type without converting each value; nil if the memory layouts differ.
    /// Possible for lists and structures whose fields have other names or another order, for JSON and text, and for
    /// dictionaries.
    private func retyped(_ target: DataType) throws -> Column? {
        if type == target { return self }
        switch (type, target, storage) {
        case (.json, .string(isLarge: false), _): return try jsonTexts
        case (.string, .json, _): return try jsonColumn()
        case (.list(_, let isLarge), .list(let element, let wantsLarge), .list(let offsets, let values))
        where isLarge == wantsLarge:
            return try values.retyped(element.type).map {
                try Column(target, count: count, validity: validity, .list(offsets: offsets, values: $0))
            }
        case (.map, .list(let element, isLarge: false), .list(let offsets, let values)):
            return try values.retyped(element.type).map {
                try Column(target, count: count, validity: validity, .list(offsets: offsets, values: $0))
            }
        case (.fixedList(_, let length), .fixedList(let element, let wanted), .fixedList(let values))
        where length == wanted:
            return try values.retyped(element.type).map {
                try Column(target, count: count, validity: validity, .fixedList(values: $0))
            }
        case (.structure(let fields), .structure(let wanted), .structure(let columns)):
            guard fields.count == wanted.count else { return nil }
            var parts: [Column] = []
            for field in wanted {
                guard let position = fields.map(\.name).exactIndex(of: field.name),
                    let part = try columns[position].retyped(field.type)
                else { return nil }
                parts.append(part)
            }
            return try Column(target, count: count, validity: validity, .structure(parts))
        case (.dictionary(let index, target), _, .dictionary(let indices, let values)) where validity == nil:
            return try values.gather(
                (0..<count).map { row in
                    guard let position = Column.integer(indices, index, row), position >= 0, position < values.count
                    else {
                        throw TorchError(.file, "row \(row) names no value of its dictionary of \(values.count)")
                    }
                    return position
                })
        default: return nil
        }
    }

    /// - Parameter name: the column's name in error messages.
    func cast(_ name: String, _ feature: Feature) throws -> Column {
        let target = try feature.dataType()
        if let column = try retyped(target) { return column }
        let builder = ColumnBuilder(target)
        for row in 0..<count {
            do {
                try builder.append(value(at: row).cast(to: feature, target, from: type))
            } catch let error as TorchError {
                throw TorchError(error.kind, "column \(name), row \(row): \(error.message)")
            }
        }
        return try builder.finish()
    }
}

extension Value {
    /// Returns the value converted to another type by Arrow's rules: parses texts and formats numbers. Throws if a
    /// number would be rounded, but truncates timestamps to the type's unit.
    /// - Parameter source: the type of the column that contains the value, if there is one.
    func cast(to feature: Feature, _ type: DataType, from source: DataType = .float64) throws -> Value {
        func failed() -> TorchError {
            TorchError(.value, "Failed to parse string: \(description) as a scalar of type \(type.dtype)")
        }
        switch (feature, self) {
        case (_, .null): return self
        case (.classLabel(let label), .string), (.classLabel(let label), .int), (.classLabel(let label), .uint):
            return try label.number(meant: self)
        case (.list(let element, _), .list(let values)), (.largeList(let element), .list(let values)):
            let type = try element.dataType()
            return .list(try values.map { try $0.cast(to: element, type) })
        case (.structure(let fields), .row(let row)):
            return .row(
                Row(
                    try zip(fields.names, fields.types).map { name, field in
                        (name, try (row[name] ?? .null).cast(to: field, field.dataType()))
                    }))
        default: break
        }
        switch (type, self) {
        case (.string, .bool(let flag)): return .string(flag ? "true" : "false")
        case (.string, .int(let number)): return .string(String(number))
        case (.string, .uint(let number)): return .string(String(number))
        case (.string, .double(let number)): return .string(PythonRepr.arrow(number, source))
        case (.string, .decimal(let digits)): return .string(digits)
        case (.string, .bytes(let bytes)):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw TorchError(.value, "Invalid UTF8 payload")
            }
            return .string(text)
        case (.bool, .int(let number)): return .bool(number != 0)
        case (.bool, .double(let number)): return .bool(number != 0)
        case (.bool, .string(let text)):
            switch text.lowercased() {
            case "true", "1": return .bool(true)
            case "false", "0": return .bool(false)
            default: throw failed()
            }
        case (.float16, .string(let text)), (.float32, .string(let text)), (.float64, .string(let text)):
            guard let number = Double(text) else { throw failed() }
            return .double(number)
        case (.float16, .bool(let flag)), (.float32, .bool(let flag)), (.float64, .bool(let flag)):
            return .double(flag ? 1 : 0)
        case (.float32, .int), (.float64, .int), (.float32, .uint), (.float64, .uint): return try exactlyReal(type)
        case (_, .string(let text)) where type.isInteger:
            guard let number = type.integer(text) else { throw failed() }
            return number
        case (_, .bool(let flag)) where type.isInteger: return .int(flag ? 1 : 0)
        case (_, .double(let number)) where type.isInteger:
            guard let range = type.integerRange, let whole = Int(exactly: number), range.contains(whole) else {
                throw Value.truncated(number, type)
            }
            return .int(whole)
        case (_, .int(let number)) where type.isInteger:
            guard let range = type.integerRange, !range.contains(number) else { return self }
            throw TorchError(.value, "Integer value \(number) not in range: \(range.lowerBound) to \(range.upperBound)")
        case (.timestamp(let unit, let zone), .timestamp(let time, let from, _)):
            return .timestamp(time, from, zone: zone).in(unit)
        case (.timestamp(let unit, let zone), .date(let days)):
            return .timestamp(days.multipliedReportingOverflow(by: 86400).partialValue, .seconds, zone: zone).in(unit)
        default: return self
        }
    }

    /// Converts an integer to a float. Throws if the integer exceeds the width of the type's mantissa.
    private func exactlyReal(_ type: DataType) throws -> Value {
        let most = type == .float32 ? 1 << 24 : 1 << 53
        switch self {
        case .int(let number) where number.magnitude <= UInt(most): return .double(Double(number))
        case .int: throw TorchError(.value, "Integer value \(self) not in range: -\(most) to \(most)")
        default: throw TorchError(.value, "Integer value \(self) not in range: 0 to \(most)")
        }
    }

    /// Returns the error for a float that is not an integer of a type.
    static func truncated(_ number: Double, _ type: DataType) -> TorchError {
        let text = number.isFinite ? PrintedNumber.of(number, "%.*f", 6) : PythonRepr.of(number)
        return TorchError(.value, "Float value \(text) was truncated converting to \(type.dtype)")
    }

    /// Returns a timestamp in a coarser unit, rounded down.
    private func `in`(_ unit: TimeUnit) -> Value {
        guard case .timestamp(let time, let from, let zone) = self, from.rawValue > unit.rawValue else { return self }
        let factor = TimeUnit.factor(from, unit)
        return .timestamp(time >= 0 ? time / factor : -((-time + factor - 1) / factor), unit, zone: zone)
    }
}

extension Feature {
    /// Whether the feature is text or contains text.
    var isText: Bool {
        switch self {
        case .value(let dtype): dtype.hasSuffix("string")
        case .classLabel: false
        case .list(let element, _), .largeList(let element): element.isText
        case .structure(let fields): fields.types.contains { $0.isText }
        case .translation: true
        case .json: false
        }
    }
}

extension DataType {
    /// The range of an integer type, limited to `Int`; nil for other types.
    var integerRange: ClosedRange<Int>? {
        switch self {
        case .int8: -128...127
        case .int16: -32768...32767
        case .int32: Int(Int32.min)...Int(Int32.max)
        case .int64: Int.min...Int.max
        case .uint8: 0...255
        case .uint16: 0...65535
        case .uint32: 0...Int(UInt32.max)
        case .uint64: 0...Int.max
        default: nil
        }
    }

    /// Parses an integer of this type as Arrow does: digits with an optional minus sign, or hexadecimal digits after
    /// `0x`.
    fileprivate func integer(_ text: String) -> Value? {
        guard let range = integerRange, text.utf8.first != UInt8(ascii: "+") else { return nil }
        if text.hasPrefix("0x") || text.hasPrefix("0X") {
            let digits = text.dropFirst(2)
            guard let width, !digits.isEmpty, digits.utf8.count <= width * 2, digits.utf8.first != UInt8(ascii: "+"),
                let bits = UInt64(digits, radix: 16)
            else {
                return nil
            }
            // The hexadecimal digits are the number's bits.
            switch self {
            case .int8: return .int(Int(Int8(truncatingIfNeeded: bits)))
            case .int16: return .int(Int(Int16(truncatingIfNeeded: bits)))
            case .int32: return .int(Int(Int32(truncatingIfNeeded: bits)))
            case .int64: return .int(Int(truncatingIfNeeded: bits))
            default: return Int(exactly: bits).map { .int($0) } ?? .uint(bits)
            }
        }
        if let number = Int(text) { return range.contains(number) ? .int(number) : nil }
        return self == .uint64 ? UInt64(text).map { .uint($0) } : nil
    }

    var isInteger: Bool {
        switch self {
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: true
        default: false
        }
    }
}
