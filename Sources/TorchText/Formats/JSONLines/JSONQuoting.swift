/// The two ways to quote a string in JSON. Both write only ASCII.
enum JSONQuoting {
    /// Like Python's `json.dumps`.
    case json
    /// Like pandas's `to_json`, which escapes `/` but not DEL.
    case pandas

    /// Returns the string in quotes.
    func quoted(_ string: String) -> String {
        var text = "\""
        for unit in string.utf16 {
            switch unit {
            case 0x22: text += "\\\""
            case 0x5c: text += "\\\\"
            case 0x2f where self == .pandas: text += "\\/"
            case 0x08: text += "\\b"
            case 0x0c: text += "\\f"
            case 0x0a: text += "\\n"
            case 0x0d: text += "\\r"
            case 0x09: text += "\\t"
            case 0x20...(self == .pandas ? 0x7f : 0x7e): text.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            default:
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            }
        }
        return text + "\""
    }
}
