import Torch

/// Writes a JSON object a row as `to_json` of Python's `datasets` does, which is pandas's: nothing but ASCII, `/` as `\/`, numbers rounded to ten digits behind the point, NaNs and infinities as null,
/// dates, times and durations in milliseconds.
///
/// The file appears under its name when `finish` is called, whole or not at all.
final class JSONLinesWriter {
    private let output: TextOutput
    private let names: [String]
    /// The names in quotes with their colon.
    private let keys: [String]

    /// - Throws: `TorchError` where the file cannot be written.
    init(_ path: String, fields: [Field]) throws {
        output = try TextOutput(path)
        names = fields.map(\.name)
        keys = names.map { JSONQuoting.pandas.quoted($0) + ":" }
    }

    /// Appends rows.
    /// - Throws: `TorchError` where the file cannot be written, bytes are no text, or the columns' buffers say something impossible.
    /// - Precondition: the columns are as many as the fields, all of one length.
    func write(_ columns: [Column]) throws {
        var text = ""
        for row in 0..<(columns.first?.count ?? 0) {
            text = "{"
            for (place, column) in columns.enumerated() {
                if place > 0 { text += "," }
                text += keys[place]
                do { try JSONLinesWriter.write(column.value(at: row), to: &text) } catch let error as TorchError {
                    throw TorchError(error.kind, "\(output.name): column \(names[place]): \(error.message)")
                }
            }
            text += "}\n"
            text.withUTF8 { output.buffer.append(UnsafeRawBufferPointer($0)) }
            try output.endRow()
        }
    }

    /// Gives the file its name.
    /// - Returns: its bytes.
    /// - Throws: `TorchError` where the file cannot be written.
    func finish() throws -> Int { try output.finish() }

    private static func write(_ value: Value, to text: inout String) throws {
        switch value {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .int(let number): text += String(number)
        case .uint(let number): text += String(number)
        case .double(let value): text += number(value)
        case .string(let string): text += JSONQuoting.pandas.quoted(string)
        case .bytes(let bytes):
            guard let string = String(validating: bytes, as: UTF8.self) else { throw TorchError(.value, "bytes that are not UTF-8, which JSON cannot hold") }
            text += JSONQuoting.pandas.quoted(string)
        case .decimal(let digits): text += JSONQuoting.pandas.quoted(digits)
        case .time(let time, let unit): text += JSONQuoting.pandas.quoted(PythonRepr.Clock(time, unit).isoText)
        case .date(let days): text += String(days.multipliedReportingOverflow(by: 86_400_000).partialValue)
        case .timestamp(let time, let unit, _), .duration(let time, let unit): text += String(milliseconds(time, unit))
        case .list(let values):
            text += "["
            for (place, value) in values.enumerated() {
                if place > 0 { text += "," }
                try write(value, to: &text)
            }
            text += "]"
        case .row(let row):
            text += "{"
            for place in 0..<row.count {
                text += (place > 0 ? "," : "") + JSONQuoting.pandas.quoted(row.names[place]) + ":"
                try write(row.values[place], to: &text)
            }
            text += "}"
        }
    }

    private static func milliseconds(_ time: Int, _ unit: Value.TimeUnit) -> Int {
        let factor = Value.TimeUnit.factor(unit, .milliseconds)
        if unit.rawValue < Value.TimeUnit.milliseconds.rawValue { return time.multipliedReportingOverflow(by: factor).partialValue }
        let (quotient, remainder) = time.quotientAndRemainder(dividingBy: factor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// Ten digits behind the point at most; very large and very small numbers with an exponent.
    private static func number(_ number: Double) -> String {
        guard number.isFinite else { return "null" }
        let size = abs(number)
        if size > 1e16 || size != 0 && size < 1e-15 { return PrintedNumber.of(number, "%.*g", 10) }
        var whole = UInt64(size)
        let scaled = (size - Double(whole)) * 1e10
        var fraction = UInt64(scaled)
        let rest = scaled - Double(fraction)
        // Exactly half goes up from an odd digit, and from zero.
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
