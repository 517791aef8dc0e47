@testable import TorchText

/// Returns a value in the notation of the scripts beside the fixtures: exact, and the same in both languages.
func exactText(_ value: Value) -> String {
    switch value {
    case .null: return "null"
    case .bool(let bool): return bool ? "true" : "false"
    case .int(let number): return "\(number)"
    case .uint(let number): return "\(number)"
    case .double(let number):
        if number.isNaN { return "d:nan" }
        let digits = String(number.bitPattern, radix: 16)
        return "d:" + String(repeating: "0", count: 16 - digits.count) + digits
    case .string(let text):
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    case .bytes(let bytes): return "b:" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    case .list(let values): return "[" + values.map(exactText).joined(separator: ",") + "]"
    case .row(let row):
        return "{" + zip(row.names, row.values).map { "\($0):\(exactText($1))" }.joined(separator: ",") + "}"
    case .date(let days): return "date:\(days)"
    case .time(let time, let unit): return "time[\(unit)]:\(time)"
    case .timestamp(let time, let unit, let zone): return "timestamp[\(unit),\(zone ?? "")]:\(time)"
    case .duration(let time, let unit): return "duration[\(unit)]:\(time)"
    case .decimal(let digits): return "decimal:\(digits)"
    }
}
