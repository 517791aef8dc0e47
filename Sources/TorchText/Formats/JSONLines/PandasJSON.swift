import Torch

/// Writes JSON like pandas (ujson); columns of type `Json` have this form. The output is ASCII only, and `/` is written
/// as `\/`. Numbers are rounded to ten digits after the point. NaNs and infinities become null. Dates, times and
/// durations are in milliseconds.
enum PandasJSON {
    /// Appends the JSON of a value. Python: `ujson_dumps`.
    /// - Throws: `TorchError` if bytes are not UTF-8.
    static func write(_ value: Value, to text: inout String) throws {
        switch value {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .int(let number): text += String(number)
        case .uint(let number): text += String(number)
        case .double(let value): text += number(value)
        case .string(let string): text += JSONQuoting.pandas.quoted(string)
        case .bytes(let bytes):
            guard let string = String(validating: bytes, as: UTF8.self) else {
                throw TorchError(.value, "bytes that are not UTF-8, which JSON cannot hold")
            }
            text += JSONQuoting.pandas.quoted(string)
        case .decimal(let digits): text += JSONQuoting.pandas.quoted(digits)
        case .time(let time, let unit): text += JSONQuoting.pandas.quoted(PythonRepr.Clock(time, unit).isoText)
        case .date(let days): text += String(days.multipliedReportingOverflow(by: 86_400_000).partialValue)
        case .timestamp(let time, let unit, _), .duration(let time, let unit): text += String(milliseconds(time, unit))
        case .list(let values):
            text += "["
            for (position, value) in values.enumerated() {
                if position > 0 { text += "," }
                try write(value, to: &text)
            }
            text += "]"
        case .row(let row):
            text += "{"
            for position in 0..<row.count {
                text += (position > 0 ? "," : "") + JSONQuoting.pandas.quoted(row.names[position]) + ":"
                try write(row.values[position], to: &text)
            }
            text += "}"
        }
    }

    /// Returns the JSON that a column of type `Json` stores for a value. A text that is already JSON stays unchanged.
    /// Python: `json_encode_field`.
    /// - Throws: `TorchError` if bytes are not UTF-8.
    static func encoded(_ value: Value) throws -> String {
        if case .string(let text) = value, isValid(text) { return text }
        var text = ""
        try write(value, to: &text)
        return text
    }

    /// Returns whether pandas accepts a text as JSON.
    static func isValid(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { (try? PandasJSONReader.read(UnsafeRawBufferPointer($0))) != nil }
    }

    private static func milliseconds(_ time: Int, _ unit: Value.TimeUnit) -> Int {
        let factor = Value.TimeUnit.factor(unit, .milliseconds)
        if unit.rawValue < Value.TimeUnit.milliseconds.rawValue {
            return time.multipliedReportingOverflow(by: factor).partialValue
        }
        let (quotient, remainder) = time.quotientAndRemainder(dividingBy: factor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// Formats a number with at most ten digits after the point. Very large and very small numbers get an exponent.
    static func number(_ number: Double) -> String {
        guard number.isFinite else { return "null" }
        let size = abs(number)
        if size > 1e16 || size != 0 && size < 1e-15 { return PrintedNumber.of(number, "%.*g", 10) }
        var whole = UInt64(size)
        let scaled = (size - Double(whole)) * 1e10
        var fraction = UInt64(scaled)
        let rest = scaled - Double(fraction)
        // A tie rounds up from an odd digit and from zero.
        if rest > 0.5 || rest == 0.5 && (fraction == 0 || fraction % 2 == 1) { fraction += 1 }
        if fraction >= 10_000_000_000 {
            fraction = 0
            whole += 1
        }
        var digits = String(fraction)
        digits = String(repeating: "0", count: 10 - digits.utf8.count) + digits
        while digits.utf8.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        return (number < 0 ? "-" : "") + "\(whole).\(digits)"
    }
}
