import Torch

/// The type of a data set's column. Python: the feature types of `datasets`.
public indirect enum Feature: Hashable, Sendable {
    /// Single values. The type is its name in `datasets`: `"string"`, `"int64"`, `"float32"`, `"bool"`,
    /// `"timestamp[us, tz=UTC]"`, …. Python: `Value`.
    case value(String)
    /// Integers that represent named classes. Python: `ClassLabel`.
    case classLabel(ClassLabel)
    /// Lists; if `length` is given, all have this length. Python: `List` (`Sequence` in older versions).
    case list(Feature, length: Int? = nil)
    /// Lists with 64-bit offsets. Python: `LargeList`.
    case largeList(Feature)
    /// Structures of named values. Python: a `dict` of features.
    case structure(Features)
    /// A text in each of several languages. Python: `Translation`.
    case translation(languages: [String])
    /// Values of any kind, each stored as JSON: for structures with different names, or a mix of numbers and texts.
    /// Python: `Json`.
    case json
}

/// The columns of a data set, in order. Python: `datasets.Features`.
public struct Features: Hashable, Sendable {
    /// The names of the columns.
    public private(set) var names: [String]
    /// The types of the columns, in the order of the names.
    public private(set) var types: [Feature]

    /// Creates columns from names and types.
    /// - Precondition: the names are all different.
    public init(_ pairs: [(String, Feature)]) {
        names = pairs.map(\.0)
        types = pairs.map(\.1)
        let twice = names.repeated
        if !twice.isEmpty {
            raise(.value, "The table can't have duplicated columns but columns \(PythonRepr.of(twice)) are duplicated.")
        }
    }

    /// Creates columns, as in `Features(["text": .value("string"), "label": .classLabel(ClassLabel(names: ["neg",
    /// "pos"]))])`.
    /// - Precondition: the names are all different.
    public init(_ pairs: KeyValuePairs<String, Feature>) { self.init(pairs.map { ($0.key, $0.value) }) }

    /// The number of columns.
    public var count: Int { names.count }

    /// The type of the column with this name, or nil if there is none. Setting a new name appends a column; setting nil
    /// removes the column.
    public subscript(name: String) -> Feature? {
        get { names.exactIndex(of: name).map { types[$0] } }
        set {
            switch (names.exactIndex(of: name), newValue) {
            case (let position?, let type?): types[position] = type
            case (let position?, nil):
                names.remove(at: position)
                types.remove(at: position)
            case (nil, let type?):
                names.append(name)
                types.append(type)
            case (nil, nil): break
            }
        }
    }

    /// Returns whether both have the same columns in the same order. Names are compared by code points.
    public static func == (a: Features, b: Features) -> Bool { a.names.areExactly(b.names) && a.types == b.types }

    public func hash(into hasher: inout Hasher) {
        for name in names { hasher.combine(exactly: name) }
        hasher.combine(types)
    }

    func map(_ transform: (String, Feature) throws -> (String, Feature)) rethrows -> Features {
        Features(try zip(names, types).map(transform))
    }
}

extension Feature {
    /// Returns whether both are the same type. Names are compared by code points.
    public static func == (a: Feature, b: Feature) -> Bool {
        switch (a, b) {
        case (.value(let a), .value(let b)): a.isExactly(b)
        case (.classLabel(let a), .classLabel(let b)): a == b
        case (.list(let a, let length), .list(let b, let other)): a == b && length == other
        case (.largeList(let a), .largeList(let b)): a == b
        case (.structure(let a), .structure(let b)): a == b
        case (.translation(let a), .translation(let b)): a.areExactly(b)
        case (.json, .json): true
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .value(let dtype): hasher.combine(exactly: dtype)
        case .classLabel(let label): hasher.combine(label)
        case .list(let element, let length):
            hasher.combine(element)
            hasher.combine(length)
        case .largeList(let element): hasher.combine(element)
        case .structure(let fields): hasher.combine(fields)
        case .translation(let languages): for language in languages { hasher.combine(exactly: language) }
        case .json: hasher.combine(1)
        }
    }
}

extension Feature: CustomStringConvertible {
    public var description: String {
        switch self {
        case .value(let dtype): "Value(\(PythonRepr.of(dtype)))"
        case .classLabel(let label): label.description
        case .list(let element, let length): "List(\(element)\(length.map { ", length=\($0)" } ?? ""))"
        case .largeList(let element): "LargeList(\(element))"
        case .structure(let fields): fields.description
        case .translation(let languages): "Translation(languages=\(PythonRepr.of(languages)))"
        case .json: "Json(decode=True)"
        }
    }
}

extension Features: CustomStringConvertible {
    public var description: String {
        "{" + zip(names, types).map { "\(PythonRepr.of($0)): \($1)" }.joined(separator: ", ") + "}"
    }
}

extension Feature {
    /// Returns the column's type in memory and in files.
    /// - Throws: `TorchError` if the name of a type is not known.
    func dataType() throws -> DataType {
        switch self {
        case .value(let dtype):
            guard let type = DataType(dtype: dtype) else {
                throw TorchError(.value, "Neither \(dtype) nor \(dtype)_ seems to be a pyarrow data type.")
            }
            return type
        case .classLabel: return .int64
        case .list(let element, let length?): return .fixedList(Field("item", try element.dataType()), count: length)
        case .list(let element, nil): return .list(try element.dataType())
        case .largeList(let element): return .list(Field("item", try element.dataType()), isLarge: true)
        case .structure(let fields): return .structure(try fields.fields())
        case .translation(let languages): return .structure(languages.map { Field($0, .string) })
        case .json: return .json
        }
    }

    /// Creates the default feature of a type in memory.
    init(_ type: DataType) {
        switch type {
        case .list(let element, isLarge: false): self = .list(Feature(element.type))
        case .list(let element, isLarge: true): self = .largeList(Feature(element.type))
        case .fixedList(let element, let count): self = .list(Feature(element.type), length: count)
        case .structure(let fields): self = .structure(Features(fields: fields))
        case .map(let entry): self = .list(Feature(entry.type))
        case .dictionary(_, let values): self = Feature(values)
        case .json: self = .json
        default: self = .value(type.dtype)
        }
    }
}

extension Features {
    /// Creates features from fields. If a name occurs twice, its first type counts.
    init(fields: [Field]) {
        self.init([(String, Feature)]())
        for field in fields where self[field.name] == nil { self[field.name] = Feature(field.type) }
    }

    func fields() throws -> [Field] { try zip(names, types).map { Field($0, try $1.dataType()) } }

    /// Returns the schema of files with these columns. Its metadata hold the features in the format of `datasets`.
    func schema() throws -> Schema {
        Schema(
            fields: try fields(),
            metadata: ["huggingface": Metadata.json(.row(Row([("info", .row(Row([("features", json)])))])))])
    }

    /// Creates the features of a schema's columns from its `huggingface` metadata, or from their types.
    init(_ schema: Schema) {
        let stored = Features(fields: schema.fields)
        let described = schema.metadata["huggingface"].flatMap {
            try? Metadata.value(json: Array($0.utf8), source: "huggingface")
        }.flatMap { value -> Value? in
            guard case .row(let root) = value, case .row(let info)? = root["info"] else { return nil }
            return info["features"]
        }
        self = described.map { stored.described(by: $0) } ?? stored
    }

    /// Returns the columns with the features in `json`. Ignores a feature that does not fit the column's type, because
    /// another program may have written the JSON.
    func described(by json: Value) -> Features {
        guard case .row(let described) = json else { return self }
        return map { name, stored in
            guard let feature = described[name].flatMap({ Feature(json: $0) }), let type = try? feature.dataType(),
                let own = try? stored.dataType(), type == own
            else { return (name, stored) }
            return (name, feature)
        }
    }
}

extension Feature {
    /// Returns the type that holds the values of both.
    static func common(_ a: Feature, _ b: Feature, _ name: String) throws -> Feature {
        switch (a, b) {
        case _ where a == b: return a
        case (.value("null"), let other), (let other, .value("null")): return other
        case (.json, _), (_, .json): return .json
        case (.value("int64"), .value("float64")), (.value("float64"), .value("int64")): return .value("float64")
        case (.list(let x, nil), .list(let y, nil)): return .list(try Feature.common(x, y, name))
        case (.structure(let x), .structure(let y)):
            var result = x
            for (field, feature) in zip(y.names, y.types) {
                result[field] = try x[field].map { try Feature.common($0, feature, name) } ?? feature
            }
            return .structure(result)
        default: throw TorchError(.value, "column \(name) is \(a) in some rows and \(b) in others")
        }
    }
}
