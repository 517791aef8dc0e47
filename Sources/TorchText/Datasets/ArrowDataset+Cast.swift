@_spi(Interop) import Torch

extension ArrowDataset {
    /// The same rows with every column as another type. Python: `cast`.
    /// - Precondition: `features` has the same names in any order.
    /// - Throws: `TorchError` where a value cannot be had in its new type, or a file is damaged.
    public func cast(_ features: Features) throws -> ArrowDataset {
        guard Set(features.names.map(ExactText.init)) == Set(columnNames.map(ExactText.init)) else {
            return .failed(.value, "The columns in features (\(PythonRepr.of(features.names))) must be identical as the columns in the dataset: \(PythonRepr.of(columnNames))")
        }
        return try casting(features).selectColumns(features.names)
    }

    /// The same rows with one column as another type: `castColumn("label", .classLabel(ClassLabel(names: ["neg", "pos"])))`. Python: `cast_column`.
    /// - Precondition: there is a column of this name.
    /// - Throws: `TorchError` where a value cannot be had in its new type, or a file is damaged.
    public func castColumn(_ name: String, _ feature: Feature) throws -> ArrowDataset {
        guard features[name] != nil else { return .failed(.value, "Column '\(name)' doesn't exist.") }
        return try casting(Features([(name, feature)]))
    }

    /// - Parameter changed: the columns that change.
    func casting(_ changed: Features) throws -> ArrowDataset {
        let types = features.map { ($0, changed[$0] ?? $1) }
        let batches = try table.batches.map { batch in
            try batch.indices.map { place in
                let name = types.names[place]
                return changed[name] == nil ? batch[place] : try batch[place].cast(name, types.types[place])
            }
        }
        return try replacing(batches, types)
    }

    /// A column's different values as class labels, named in the order of their texts. Python: `class_encode_column`.
    /// - Precondition: there is a column of this name, of single values.
    /// - Throws: `TorchError` where a file is damaged.
    public func classEncodeColumn(_ name: String) throws -> ArrowDataset {
        guard let feature = features[name] else { return .failed(.value, "Column (\(name)) not in table columns (\(PythonRepr.of(columnNames))).") }
        guard case .value = feature else { return .failed(.value, "Class encoding is only supported for Value column, and column \(name) is \(feature).") }
        let texts = try castColumn(name, .value("string"))
        let names = try texts.unique(name).compactMap(\.string).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return try texts.castColumn(name, .classLabel(ClassLabel(names: names)))
    }

    /// Structures as columns of their own, named `structure.field`, down to the last. Python: `flatten`.
    /// - Throws: `TorchError` where a file is damaged.
    public func flatten() throws -> ArrowDataset {
        var result = self
        for _ in 0..<16 {
            guard result.features.types.contains(where: { $0.fields.count > 0 }) else { break }
            result = try result.flattenedOnce()
        }
        return result
    }

    private func flattenedOnce() throws -> ArrowDataset {
        let names = zip(features.names, features.types).flatMap { name, feature in feature.fields.count > 0 ? feature.fields.names.map { "\(name).\($0)" } : [name] }
        let types = features.types.flatMap { $0.fields.count > 0 ? $0.fields.types : [$0] }
        let batches = try table.batches.map { batch in
            try zip(batch, features.types).flatMap { column, feature in feature.fields.count > 0 ? try column.fields() : [column] }
        }
        return try replacing(batches, Features(Array(zip(names, types))))
    }
}

extension Column {
    /// A structure's fields as columns of its own rows: where the structure is null, its fields are.
    fileprivate func fields() throws -> [Column] {
        guard case .structure(let columns) = storage else { return [self] }
        if validity == nil { return try columns.map { try $0.slice(0..<count) } }
        return try columns.map { column in try Column((0..<count).map { isNull($0) ? .null : try column.value(at: $0) }, type: column.type) }
    }

    /// The same values as another type that has the same memory, or nearly: lists and structures whose fields have other names or order, a dictionary's values without it. Nil for others.
    private func retyped(_ target: DataType) throws -> Column? {
        if type == target { return self }
        switch (type, target, storage) {
        case (.list(_, let isLarge), .list(let element, let wantsLarge), .list(let offsets, let values)) where isLarge == wantsLarge:
            return try values.retyped(element.type).map { try Column(target, count: count, validity: validity, .list(offsets: offsets, values: $0)) }
        case (.map, .list(let element, isLarge: false), .list(let offsets, let values)):
            return try values.retyped(element.type).map { try Column(target, count: count, validity: validity, .list(offsets: offsets, values: $0)) }
        case (.fixedList(_, let length), .fixedList(let element, let wanted), .fixedList(let values)) where length == wanted:
            return try values.retyped(element.type).map { try Column(target, count: count, validity: validity, .fixedList(values: $0)) }
        case (.structure(let fields), .structure(let wanted), .structure(let columns)):
            guard fields.count == wanted.count else { return nil }
            var parts: [Column] = []
            for field in wanted {
                guard let place = fields.map(\.name).place(of: field.name), let part = try columns[place].retyped(field.type) else { return nil }
                parts.append(part)
            }
            return try Column(target, count: count, validity: validity, .structure(parts))
        case (.dictionary(let index, target), _, .dictionary(let indices, let values)) where validity == nil:
            return try values.gather((0..<count).map { row in
                guard let place = Column.integer(indices, index, row), place >= 0, place < values.count else { throw TorchError(.file, "row \(row) names no value of its dictionary of \(values.count)") }
                return place
            })
        default: return nil
        }
    }

    /// - Parameter name: what an error's sentence calls the column.
    func cast(_ name: String, _ feature: Feature) throws -> Column {
        let target = try feature.dataType()
        if let column = try retyped(target) { return column }
        let builder = ColumnBuilder(target)
        for row in 0..<count {
            do {
                try builder.append(value(at: row).cast(to: feature, target))
            } catch let error as TorchError {
                throw TorchError(error.kind, "column \(name), row \(row): \(error.message)")
            }
        }
        return try builder.finish()
    }
}

extension Value {
    /// The value as another type has it, as Arrow casts: texts are read, numbers written down, and nothing is rounded away.
    func cast(to feature: Feature, _ type: DataType) throws -> Value {
        func failed() -> TorchError { TorchError(.value, "Failed to parse string: \(description) as a scalar of type \(type.dtype)") }
        switch (feature, self) {
        case (_, .null): return self
        case (.classLabel(let label), .string(let text)):
            guard let number = label.number(of: text) else { throw TorchError(.value, "Invalid string class label \(text)") }
            return .int(number)
        case (.classLabel(let label), .int(let number)):
            // -1 stands for a row without a label.
            guard number < label.numClasses, number >= -1 else { throw TorchError(.value, "Class label \(number) greater than configured num_classes \(label.numClasses)") }
            return self
        case (.list(let element, _), .list(let values)), (.largeList(let element), .list(let values)):
            let type = try element.dataType()
            return .list(try values.map { try $0.cast(to: element, type) })
        case (.structure(let fields), .row(let row)):
            return .row(Row(try zip(fields.names, fields.types).map { name, field in (name, try (row[name] ?? .null).cast(to: field, field.dataType())) }))
        default: break
        }
        switch (type, self) {
        case (.string, .bool(let flag)): return .string(flag ? "true" : "false")
        case (.string, .int(let number)): return .string(String(number))
        case (.string, .uint(let number)): return .string(String(number))
        case (.string, .double(let number)): return .string(number == number.rounded() && abs(number) < 1e16 ? String(Int(number)) : PythonRepr.of(number))
        case (.string, .decimal(let digits)): return .string(digits)
        case (.string, .bytes(let bytes)):
            guard let text = String(validating: bytes, as: UTF8.self) else { throw TorchError(.value, "Invalid UTF8 payload") }
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
        case (.float16, .bool(let flag)), (.float32, .bool(let flag)), (.float64, .bool(let flag)): return .double(flag ? 1 : 0)
        case (_, .string(let text)) where type.isInteger:
            guard let number = Int(text) else { throw failed() }
            return .int(number)
        case (_, .bool(let flag)) where type.isInteger: return .int(flag ? 1 : 0)
        case (_, .double(let number)) where type.isInteger:
            guard let whole = Int(exactly: number) else { throw TorchError(.value, "Float value \(PythonRepr.of(number)) was truncated converting to \(type.dtype)") }
            return .int(whole)
        case (.timestamp(let unit, let zone), .timestamp(let time, let from, _)): return .timestamp(time, from, zone: zone).in(unit)
        case (.timestamp(let unit, let zone), .date(let days)): return .timestamp(days.multipliedReportingOverflow(by: 86400).partialValue, .seconds, zone: zone).in(unit)
        default: return self
        }
    }

    /// A timestamp in a coarser unit, what is finer cut off.
    private func `in`(_ unit: TimeUnit) -> Value {
        guard case .timestamp(let time, let from, let zone) = self, from.rawValue > unit.rawValue else { return self }
        let factor = TimeUnit.factor(from, unit)
        return .timestamp(time >= 0 ? time / factor : -((-time + factor - 1) / factor), unit, zone: zone)
    }
}

extension Feature {
    /// Whether it is text, or has text in it.
    var isText: Bool {
        switch self {
        case .value(let dtype): dtype.hasSuffix("string")
        case .classLabel: false
        case .list(let element, _), .largeList(let element): element.isText
        case .structure(let fields): fields.types.contains { $0.isText }
        case .translation: true
        }
    }
}

extension DataType {
    var isInteger: Bool {
        switch self {
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: true
        default: false
        }
    }
}
