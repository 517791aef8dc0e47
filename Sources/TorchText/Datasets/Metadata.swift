import Torch
import Yams

/// Metadata of data sets, in JSON and YAML, as values. Objects are rows and keep their order.
enum Metadata {
    /// - Parameter source: the text's name in error messages.
    static func value(json: [UInt8], source: String) throws -> Value {
        value(try JSONTextReader.read(json, source: source))
    }

    private static func value(_ json: JSONText) -> Value {
        switch json {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .integer(let number): .int(number)
        case .double(let number): .double(number)
        case .string(let text): .string(text)
        case .array(let elements): .list(elements.map { value($0) })
        case .object(let members): .row(Row(members.map { ($0.key, value($0.value)) }))
        }
    }

    /// - Parameter source: the text's name in error messages.
    static func value(yaml: String, source: String) throws -> Value {
        // Nested aliases expand exponentially, even while the parser compares a mapping's keys.
        guard yaml.utf8.count <= 1 << 22, aliases(yaml) <= 12 else {
            throw TorchError(.file, "\(source): more YAML, or more aliases in it, than a data set's card has")
        }
        do {
            return try compose(yaml: yaml).map { value($0) } ?? .null
        } catch let error as YamlError {
            throw TorchError(.file, "\(source): no valid YAML: \(error)")
        }
    }

    private static func aliases(_ yaml: String) -> Int {
        var count = 0, before = UInt8(ascii: "\n")
        for byte in yaml.utf8 {
            if byte == UInt8(ascii: "*"), " \t\r\n[{,:-?".utf8.contains(before) { count += 1 }
            before = byte
        }
        return count
    }

    private static func value(_ node: Yams.Node) -> Value {
        switch node {
        case .mapping(let mapping):
            var row = Row()
            for (key, content) in mapping { row[key.scalar?.string ?? ""] = value(content) }
            return .row(row)
        case .sequence(let nodes): return .list(nodes.map { value($0) })
        case .scalar(let scalar):
            guard scalar.style == .plain else { return .string(scalar.string) }
            if node.null != nil { return .null }
            if let flag = node.bool { return .bool(flag) }
            if let number = node.int { return .int(number) }
            if let number = node.float { return .double(number) }
            return .string(scalar.string)
        case .alias: return .null
        }
    }

    /// Returns JSON in one line as Python's `json.dumps` writes it, in ASCII only.
    static func json(_ value: Value) -> String {
        var text = ""
        write(value, to: &text)
        return text
    }

    private static func write(_ value: Value, to text: inout String) {
        switch value {
        case .bool(let flag): text += flag ? "true" : "false"
        case .int(let number): text += String(number)
        case .uint(let number): text += String(number)
        case .double(let number):
            text +=
                number.isNaN
                ? "NaN" : number.isInfinite ? (number < 0 ? "-Infinity" : "Infinity") : PythonRepr.of(number)
        case .string(let string): text += JSONQuoting.json.quoted(string)
        case .list(let values):
            text += "["
            for (position, value) in values.enumerated() {
                if position > 0 { text += ", " }
                write(value, to: &text)
            }
            text += "]"
        case .row(let row):
            text += "{"
            for position in 0..<row.count {
                if position > 0 { text += ", " }
                text += JSONQuoting.json.quoted(row.names[position])
                text += ": "
                write(row.values[position], to: &text)
            }
            text += "}"
        case .null, .bytes, .date, .time, .timestamp, .duration, .decimal: text += "null"
        }
    }
}
