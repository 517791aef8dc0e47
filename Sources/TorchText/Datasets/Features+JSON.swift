import Torch

extension Feature {
    /// The feature in the JSON format of `dataset_info.json` and of the metadata of Arrow files.
    var json: Value {
        func typed(_ type: String, _ pairs: [(String, Value)] = []) -> Value {
            .row(Row(pairs + [("_type", .string(type))]))
        }
        switch self {
        case .value(let dtype): return typed("Value", [("dtype", .string(dtype))])
        case .classLabel(let label): return typed("ClassLabel", [("names", .list(label.names.map { .string($0) }))])
        case .list(let element, let length):
            return typed("List", [("feature", element.json)] + (length.map { [("length", .int($0))] } ?? []))
        case .largeList(let element): return typed("LargeList", [("feature", element.json)])
        case .structure(let fields): return fields.json
        case .json: return typed("Json")
        case .translation(let languages):
            return typed("Translation", [("languages", .list(languages.map { .string($0) }))])
        }
    }

    /// Creates a feature from JSON; nil if it is not a feature, or if this library does not know its type.
    init?(json: Value) {
        // Older versions wrote a list feature as a JSON list with one element.
        if case .list(let elements) = json, elements.count == 1, let element = Feature(json: elements[0]) {
            self = .list(element)
            return
        }
        guard case .row(let row) = json else { return nil }
        guard case .string(let type)? = row["_type"] else {
            guard let fields = Features(json: json) else { return nil }
            self = .structure(fields)
            return
        }
        switch type {
        case "Value":
            guard case .string(let dtype)? = row["dtype"], let known = DataType(dtype: dtype) else { return nil }
            self = .value(known.dtype)
        case "ClassLabel":
            if let names = row["names"]?.strings, names.repeated.isEmpty {
                self = .classLabel(ClassLabel(names: names))
            } else if case .int(let count)? = row["num_classes"], 0...(1 << 20) ~= count {
                self = .classLabel(ClassLabel(numClasses: count))
            } else {
                return nil
            }
        case "List", "LargeList", "Sequence":
            guard let element = row["feature"].flatMap({ Feature(json: $0) }) else { return nil }
            var length: Int?
            if case .int(let count)? = row["length"], count >= 0 { length = count }
            if type == "LargeList" {
                self = .largeList(element)
            } else if type == "Sequence", case .structure(let fields) = element {
                // A sequence of structures has always been stored as a structure of lists.
                self = .structure(fields.map { ($0, .list($1, length: length)) })
            } else {
                self = .list(element, length: length)
            }
        case "Json": self = .json
        case "Translation":
            guard let languages = row["languages"]?.strings, languages.repeated.isEmpty else { return nil }
            self = .translation(languages: languages)
        default: return nil
        }
    }
}

extension Features {
    var json: Value { .row(Row(zip(names, types).map { ($0, $1.json) })) }

    init?(json: Value) {
        guard case .row(let row) = json else { return nil }
        var pairs: [(String, Feature)] = []
        for (name, value) in zip(row.names, row.values) {
            guard let feature = Feature(json: value) else { return nil }
            pairs.append((name, feature))
        }
        self.init(pairs)
    }

    /// Creates the features from a card's YAML (`dataset_info: features:`); nil if it is not a list of known features.
    init?(yaml: Value) {
        guard let json = Features.json(yaml: yaml) else { return nil }
        self.init(json: json)
    }

    /// Converts the shorter YAML form to the JSON form.
    private static func json(yaml: Value) -> Value? {
        switch yaml {
        case .list(let items):
            var result = Row()
            for item in items {
                guard case .row(var row) = item, case .string(let name)? = row["name"], result[name] == nil else {
                    return nil
                }
                row["name"] = nil
                guard let feature = json(yaml: .row(row)) else { return nil }
                result[name] = feature
            }
            return .row(result)
        case .row(var row):
            guard
                let kind = row.names.first(where: {
                    ["large_list", "list", "sequence", "struct", "dtype", "class_label"].contains($0)
                }) ?? row.names.first, let content = row[kind]
            else { return .row(row) }
            row[kind] = nil
            func typed(_ type: String, _ pairs: Row) -> Value {
                var pairs = pairs
                pairs["_type"] = .string(type)
                return .row(pairs)
            }
            switch kind {
            case "large_list", "list", "sequence":
                var element: Value? = nil
                if case .string = content {
                    element = json(yaml: .row(Row([("dtype", content)])))
                } else {
                    element = json(yaml: content)
                }
                guard let element else { return nil }
                row["feature"] = element
                let type = kind == "large_list" ? "LargeList" : kind == "sequence" ? "Sequence" : "List"
                return typed(type, row)
            case "struct": return json(yaml: content)
            case "dtype":
                if content == "json" { return typed("Json", Row()) }
                if case .string = content { return typed("Value", Row([("dtype", content)])) }
                return json(yaml: content)
            case "class_label":
                guard case .row(var label) = content else { return nil }
                if case .row(let names)? = label["names"] {
                    let numbered = zip(names.names, names.values).compactMap { number, name in
                        Int(number).map { ($0, name) }
                    }.sorted { $0.0 < $1.0 }
                    guard numbered.count == names.count, numbered.map(\.0) == Array(0..<numbered.count) else {
                        return nil
                    }
                    label["names"] = .list(numbered.map(\.1))
                }
                // YAML may read a class's name such as yes, 3 or null as another type.
                if case .list(let names)? = label["names"] {
                    label["names"] = .list(names.map { .string($0.yamlText) })
                }
                return typed("ClassLabel", label)
            case "translation":
                guard case .row(let parameters) = content else { return nil }
                return typed("Translation", parameters)
            default: return nil
            }
        default: return nil
        }
    }
}

extension Value {
    /// The texts of a list of texts; nil for other values.
    var strings: [String]? {
        guard case .list(let values) = self else { return nil }
        let strings = values.compactMap { if case .string(let text) = $0 { text } else { nil } }
        return strings.count == values.count ? strings : nil
    }

    fileprivate var yamlText: String { string ?? description }
}
