import Torch

extension DataType {
    /// Creates the type that holds all these values, as `pyarrow.array(values).type` infers it: `int64`, `double` if
    /// one is a float, `string`, lists of the type that holds the elements of all lists, structures with each name of
    /// any row in order of appearance, and `null` if there is no other value.
    /// - Parameter mixed: how to store values of several kinds, and structures whose names differ.
    /// - Throws: `TorchError` with the row if no type holds all values.
    init(of values: some Sequence<Value>, onMixedTypes mixed: MixedTypes? = nil) throws {
        var inference = TypeInference(mixed)
        for value in values { try inference.observe(value) }
        self = try inference.result()
    }
}

/// How to store values that no other type holds together. Python: `on_mixed_types`.
public enum MixedTypes: String, Sendable {
    /// Store such values as JSON; also structures that do not all have the same names.
    case useJSON = "use_json"
}

/// Infers a type from values that it sees one by one.
struct TypeInference {
    private var rows = 0
    private var kind = Kind.null
    private let mixed: MixedTypes?

    init(_ mixed: MixedTypes?) { self.mixed = mixed }

    private indirect enum Kind {
        case null
        case bool
        case integer(isNegative: Bool, isLarge: Bool)
        case real
        case string
        case bytes
        case date
        case time(Value.TimeUnit)
        case timestamp(Value.TimeUnit, zone: String?)
        case duration(Value.TimeUnit)
        /// The numbers of digits before and after the point.
        case decimal(Int, Int)
        case list(TypeInference)
        /// `differs` is true if the rows do not all have the same names.
        case row(names: [String], [ExactText: TypeInference], differs: Bool)
        /// Lists or structures together with values of other kinds.
        case json
        /// Values of several kinds, but no lists or structures. This is an error unless an enclosing structure is
        /// stored as JSON.
        case mixed(TorchError)
    }

    /// - Throws: `TorchError` if the value does not fit the values before it.
    mutating func observe(_ value: Value) throws {
        defer { rows += 1 }
        switch (kind, value) {
        case (_, .null), (.json, _): break
        case (.mixed, .list), (.mixed, .row): kind = .json
        case (.mixed, _): break
        case (.null, .bool), (.bool, .bool): kind = .bool
        case (.null, .int(let number)): kind = .integer(isNegative: number < 0, isLarge: false)
        case (.null, .uint): kind = .integer(isNegative: false, isLarge: true)
        case (.integer(let isNegative, let isLarge), .int(let number)):
            kind = .integer(isNegative: isNegative || number < 0, isLarge: isLarge)
        case (.integer(false, _), .uint): kind = .integer(isNegative: false, isLarge: true)
        case (.null, .double), (.integer, .double), (.real, .double), (.real, .int), (.real, .uint): kind = .real
        case (.null, .string), (.string, .string): kind = .string
        case (.null, .bytes), (.bytes, .bytes): kind = .bytes
        case (.null, .date), (.date, .date): kind = .date
        case (.null, .time(_, let unit)): kind = .time(unit)
        case (.time(let old), .time(_, let unit)): kind = .time(finer(old, unit))
        case (.null, .timestamp(_, let unit, let zone)): kind = .timestamp(unit, zone: zone)
        case (.timestamp(let old, let zone), .timestamp(_, let unit, let other)) where (zone == nil) == (other == nil):
            kind = .timestamp(finer(old, unit), zone: zone)
        case (.null, .duration(_, let unit)): kind = .duration(unit)
        case (.duration(let old), .duration(_, let unit)): kind = .duration(finer(old, unit))
        case (.null, .decimal(let text)), (.decimal, .decimal(let text)):
            guard let form = Decimal.form(text) else {
                throw TorchError(.value, "row \(rows): \(text) is no decimal number")
            }
            var before = form.precision - form.scale, behind = form.scale
            if case .decimal(let digits, let positions) = kind {
                (before, behind) = (max(before, digits), max(behind, positions))
            }
            kind = .decimal(before, behind)
        case (.null, .list), (.list, .list): try observeList(value)
        case (.null, .row), (.row, .row): try observeRow(value)
        default:
            let error = TorchError(.value, "row \(rows) is \(value.kind), where the rows before are \(type)")
            guard mixed == .useJSON else { throw error }
            kind = isNested || value.list != nil || value.row != nil ? .json : .mixed(error)
        }
    }

    private var isNested: Bool {
        switch kind {
        case .list, .row: true
        default: false
        }
    }

    private func finer(_ a: Value.TimeUnit, _ b: Value.TimeUnit) -> Value.TimeUnit { a.rawValue >= b.rawValue ? a : b }

    private mutating func observeList(_ value: Value) throws {
        guard case .list(let elements) = value else { return }
        var inference = TypeInference(mixed)
        if case .list(let known) = kind { inference = known }
        kind = .null
        for element in elements {
            do { try inference.observe(element) } catch let error as TorchError {
                throw TorchError(error.kind, "row \(rows), in its list: \(error.message)")
            }
        }
        kind = .list(inference)
    }

    private mutating func observeRow(_ value: Value) throws {
        guard case .row(let row) = value else { return }
        var names: [String] = [], children: [ExactText: TypeInference] = [:]
        var differs = row.count == 0, isFirst = true
        if case .row(let known, let inferences, let differ) = kind {
            (names, children, differs, isFirst) = (known, inferences, differ, false)
        }
        kind = .null
        for (name, value) in zip(row.names, row.values) {
            let key = ExactText(name)
            if children[key] == nil {
                names.append(name)
                children[key] = TypeInference(mixed)
                if !isFirst { differs = true }
            }
            // Set the row number, so that errors name the right row even if other rows do not have this name.
            children[key]!.rows = rows
            do { try children[key]!.observe(value) } catch let error as TorchError {
                throw TorchError(error.kind, "\(name): \(error.message)")
            }
        }
        kind = .row(names: names, children, differs: differs || row.count != names.count)
    }

    /// Returns the type of the observed values.
    /// - Throws: `TorchError` if no type holds values of several kinds.
    func result() throws -> DataType {
        switch kind {
        case .mixed(let error): throw error
        case .list(let inference): return .list(try inference.result())
        case .row(_, _, differs: true) where mixed == .useJSON: return .json
        case .row(let names, let inferences, _):
            return .structure(try names.map { Field($0, try inferences[ExactText($0)]!.result()) })
        default: return type
        }
    }

    /// The type of the observed values in error messages.
    private var type: DataType {
        switch kind {
        case .null, .mixed: .null
        case .json: .json
        case .bool: .bool
        case .integer(_, let isLarge): isLarge ? .uint64 : .int64
        case .real: .float64
        case .string: .string
        case .bytes: .binary
        case .date: .date32
        case .time(let unit): .time(unit)
        case .timestamp(let unit, let zone): .timestamp(unit, zone: zone)
        case .duration(let unit): .duration(unit)
        case .decimal(let before, let behind):
            .decimal(precision: max(before + behind, 1), scale: behind, width: before + behind <= 38 ? 16 : 32)
        case .list(let inference): .list(inference.type)
        case .row(let names, let inferences, _): .structure(names.map { Field($0, inferences[ExactText($0)]!.type) })
        }
    }
}
