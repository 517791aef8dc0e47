/// Writes JSON like the library `tokenizers`: members in their order, two blanks of indentation for each level, and
/// unescaped characters outside ASCII.
struct JSONTextWriter {
    private(set) var bytes: [UInt8] = []

    static func write(_ value: JSONText) -> [UInt8] {
        var writer = JSONTextWriter()
        writer.write(value, depth: 0)
        return writer.bytes
    }

    private mutating func write(_ value: JSONText, depth: Int) {
        switch value {
        case .null: append("null")
        case .bool(let flag): append(flag ? "true" : "false")
        case .integer(let number): append(String(number))
        case .double(let number): append("\(number)")
        case .string(let text): write(text)
        case .array(let elements):
            if elements.isEmpty { return append("[]") }
            append("[")
            for (position, element) in elements.enumerated() {
                newLine(position, depth + 1)
                write(element, depth: depth + 1)
            }
            newLine(0, depth)
            append("]")
        case .object(let members):
            if members.isEmpty { return append("{}") }
            append("{")
            for (position, member) in members.enumerated() {
                newLine(position, depth + 1)
                write(member.key)
                append(": ")
                write(member.value, depth: depth + 1)
            }
            newLine(0, depth)
            append("}")
        }
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func newLine(_ position: Int, _ depth: Int) {
        if position > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: 2 * depth))
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 8: append("\\b")
            case 9: append("\\t")
            case 10: append("\\n")
            case 12: append("\\f")
            case 13: append("\\r")
            case ..<0x20:
                let digits = String(byte, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
