import Torch

extension Value {
    /// The value as Python's `str` returns it: texts unchanged, dates and times in ISO format, and other values as in
    /// `description`.
    var pythonText: String {
        switch self {
        case .string(let text): text
        case .decimal(let digits): digits
        case .date(let days): PythonRepr.date(days)
        case .time(let time, let unit): PythonRepr.Clock(time, unit).isoText
        case .timestamp(let time, let unit, let zone): PythonRepr.timestampText(time, unit, zone)
        case .duration(let time, let unit): PythonRepr.durationText(time, unit)
        default: description
        }
    }
}

extension PythonRepr {
    /// Returns `str(datetime)`, or the text of pandas' `Timestamp` for nanoseconds.
    static func timestampText(_ count: Int, _ unit: Value.TimeUnit, _ zone: String?) -> String {
        let time = LocalTime(count, unit, zone)
        let clock = unit == .nanoseconds ? time.clock.text : time.clock.isoText
        return "\(time.date) \(clock)\(zone == nil ? "" : time.offset(separator: ":"))"
    }

    /// Returns `str(timedelta)`, or the text of pandas' `Timedelta` for nanoseconds.
    static func durationText(_ count: Int, _ unit: Value.TimeUnit) -> String {
        let length = Days(count, unit)
        if unit == .nanoseconds { return length.text() }
        let clock = length.clock.isoText
        let time = clock.hasPrefix("0") ? String(clock.dropFirst()) : clock
        return length.days == 0 ? time : "\(length.days) day\(abs(length.days) == 1 ? "" : "s"), \(time)"
    }

    /// Returns a float as Arrow writes it: with the shortest digits that give the same number again. The text has an
    /// exponent if the magnitude is below 1e-6 or at least 1e10.
    /// - Parameter type: the column's type; a `float32` number has fewer digits.
    static func arrow(_ number: Double, _ type: DataType) -> String {
        if number.isNaN || number.isInfinite { return of(number) }
        if number == 0 { return number.sign == .minus ? "-0" : "0" }
        let size = number.magnitude
        let digits = type == .float32 ? Float(size).description : size.description
        let text = of(
            digits: digits, isNegative: number < 0, hasExponent: size < 1e-6 || size >= 1e10,
            leastExponentDigits: 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
