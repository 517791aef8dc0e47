import Torch

/// Writes comma-separated values like `to_csv` of Python's `datasets`, which is pandas's `to_csv` with its defaults and
/// without an index. Texts are quoted only if necessary. Nulls and NaNs become empty fields. Booleans become `True` and
/// `False`. Numbers are formatted like NumPy's. Times have as many digits as the finest time of the batch needs.
///
/// The file appears under its name only when `finish` is called, so it is complete or absent. A text with a carriage
/// return is quoted, like in Python 3.11.9 and later; without quotes it would be read as two rows.
final class CSVWriter {
    private let output: TextOutput
    private let names: [String]

    /// - Throws: `TorchError` if the file cannot be written, or a column holds lists or structures.
    init(_ path: String, fields: [Field]) throws {
        for field in fields where field.type.isNested {
            throw TorchError(
                .value,
                "\(path): column \(field.name) is \(field.type), and CSV holds single values only; write JSON lines or Parquet"
            )
        }
        output = try TextOutput(path)
        names = fields.map(\.name)
        put(names)
    }

    /// Appends rows.
    /// - Throws: `TorchError` if the file cannot be written or the buffers of the columns are inconsistent.
    /// - Precondition: there is one column for each field, and all columns have the same length.
    func write(_ columns: [Column]) throws {
        let texts = try zip(columns, names).map { column, name in
            do { return try CSVText.of(column) } catch let error as TorchError {
                throw TorchError(error.kind, "\(output.name): column \(name): \(error.message)")
            }
        }
        for row in 0..<(columns.first?.count ?? 0) {
            put(texts.map { $0[row] })
            try output.endRow()
        }
    }

    /// Moves the file to its final name.
    /// - Returns: the size in bytes.
    /// - Throws: `TorchError` if the file cannot be written.
    func finish() throws -> Int { try output.finish() }

    private func put(_ texts: [String]) {
        for (position, text) in texts.enumerated() {
            if position > 0 { output.buffer.append(UInt8(ascii: ",")) }
            // A line with a single empty value is quoted; a blank line would not count as a row.
            put(text, quoted: texts.count == 1 && text.isEmpty)
        }
        output.buffer.append(UInt8(ascii: "\n"))
    }

    private func put(_ text: String, quoted: Bool) {
        var text = text
        text.withUTF8 { bytes in
            let special: (UInt8) -> Bool = {
                $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n")
                    || $0 == UInt8(ascii: "\r")
            }
            guard quoted || bytes.contains(where: special) else {
                return output.buffer.append(UnsafeRawBufferPointer(bytes))
            }
            output.buffer.append(UInt8(ascii: "\""))
            for byte in bytes {
                if byte == UInt8(ascii: "\"") { output.buffer.append(byte) }
                output.buffer.append(byte)
            }
            output.buffer.append(UInt8(ascii: "\""))
        }
    }
}

extension DataType {
    /// Whether values have parts: lists, structures and maps.
    var isNested: Bool {
        switch self {
        case .list, .fixedList, .structure, .map: true
        case .dictionary(_, let values): values.isNested
        default: false
        }
    }
}

/// Formats the values of a column like pandas.
private enum CSVText {
    static func of(_ column: Column) throws -> [String] {
        let column = try column.jsonTexts
        let values = try (0..<column.count).map { try column.value(at: $0) }
        var type = column.type
        if case .dictionary(_, let inner) = type { type = inner }
        switch type {
        case .timestamp(let unit, let zone): return timestamps(values, unit, zone)
        case .duration: return durations(values)
        case .float16: return values.map { $0.double.map { number($0, upTo: 1e3, digits: digits(Float16($0))) } ?? "" }
        case .float32:
            return values.map { $0.double.map { number($0, upTo: 1e6, digits: "\(Float($0).magnitude)") } ?? "" }
        default: return values.map(text)
        }
    }

    private static func text(_ value: Value) -> String {
        switch value {
        case .null: ""
        case .string(let text): text
        case .double(let number) where number.isNaN: ""
        case .date(let days): PythonRepr.date(days)
        case .time(let time, let unit): PythonRepr.Clock(time, unit).isoText
        case .decimal(let digits): digits
        default: value.description
        }
    }

    /// Returns the shortest text that gives the number back, with an exponent if NumPy uses one for numbers of this
    /// width.
    /// - Parameter digits: the shortest digits for the number's own width.
    private static func number(_ number: Double, upTo limit: Double, digits: @autoclosure () -> String) -> String {
        if number.isNaN { return "" }
        if number == 0 || number.isInfinite { return PythonRepr.of(number) }
        return PythonRepr.of(
            digits: digits(), isNegative: number < 0, hasExponent: abs(number) >= limit || abs(number) < 1e-4)
    }

    /// Returns the shortest digits that give the number back. Swift's description writes all digits of large `Float16`
    /// values.
    private static func digits(_ number: Float16) -> String {
        let texts = (0..<5).lazy.map { PrintedNumber.of(Double(number.magnitude), "%.*e", $0) }
        return texts.first { Float16($0) == number.magnitude } ?? "\(number.magnitude)"
    }

    /// Formats timestamps as dates if all are at midnight and the column has no zone. Otherwise all have as many digits
    /// as the finest one needs, and the zone's offset if there is a zone.
    private static func timestamps(_ values: [Value], _ unit: Value.TimeUnit, _ zone: String?) -> [String] {
        let times = values.map { value in
            if case .timestamp(let time, _, _) = value {
                PythonRepr.LocalTime(time, unit, zone)
            } else {
                nil as PythonRepr.LocalTime?
            }
        }
        let nanoseconds = times.map { $0?.clock.nanosecond ?? 0 }
        let digits =
            nanoseconds.contains { $0 % 1000 != 0 }
            ? 9 : nanoseconds.contains { $0 % 1_000_000 != 0 } ? 6 : nanoseconds.contains { $0 != 0 } ? 3 : 0
        let areDates = zone == nil && times.allSatisfy { $0?.clock.isMidnight ?? true }
        return times.map { time in
            time.map {
                areDates
                    ? $0.date
                    : "\($0.date) \($0.clock.text(digits: digits))\(zone == nil ? "" : $0.offset(separator: ":"))"
            } ?? ""
        }
    }

    /// Formats durations as `1 days` if all are whole days, otherwise as `0 days 01:01:01.000001`.
    private static func durations(_ values: [Value]) -> [String] {
        let lengths = values.map { value in
            if case .duration(let time, let unit) = value {
                PythonRepr.Days(time, unit)
            } else {
                nil as PythonRepr.Days?
            }
        }
        let areWhole = lengths.allSatisfy { $0?.clock.isMidnight ?? true }
        let digits =
            lengths.contains { ($0?.clock.nanosecond ?? 0) % 1000 != 0 }
            ? 9 : lengths.contains { $0?.clock.nanosecond ?? 0 != 0 } ? 6 : 0
        return lengths.map { length in length.map { areWhole ? "\($0.days) days" : $0.text(digits: digits) } ?? "" }
    }
}
