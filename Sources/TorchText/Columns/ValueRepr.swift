import Foundation
import Torch

extension Value: CustomStringConvertible {
    /// The value as Python's `repr` shows it: `None`, `True`, `'text'`, `b'\x00'`, `datetime.date(2020, 1, 2)`,
    /// `[1, None]`, `{'a': 1}`.
    public var description: String {
        var text = ""
        write(to: &text)
        return text
    }

    fileprivate func write(to text: inout String) {
        switch self {
        case .null: text += "None"
        case .bool(let value): text += value ? "True" : "False"
        case .int(let value): text += String(value)
        case .uint(let value): text += String(value)
        case .double(let value): text += PythonRepr.of(value)
        case .string(let value): PythonRepr.write(value, to: &text)
        case .bytes(let value): PythonRepr.write(value, to: &text)
        case .list(let values):
            text += "["
            for (position, value) in values.enumerated() {
                if position > 0 { text += ", " }
                value.write(to: &text)
            }
            text += "]"
        case .row(let row): row.write(to: &text)
        case .date(let days):
            let (year, month, day) = PythonRepr.civil(days)
            text += "datetime.date(\(year), \(month), \(day))"
        case .time(let count, let unit): text += "datetime.time(\(PythonRepr.Clock(count, unit).arguments))"
        case .timestamp(let count, let unit, let zone): text += PythonRepr.timestamp(count, unit, zone)
        case .duration(let count, let unit): text += PythonRepr.duration(count, unit)
        case .decimal(let digits): text += "Decimal('\(digits)')"
        }
    }
}

extension Row: CustomStringConvertible {
    /// The row as Python shows a `dict`: `{'text': 'A film.', 'label': 0}`.
    public var description: String {
        var text = ""
        write(to: &text)
        return text
    }

    fileprivate func write(to text: inout String) {
        text += "{"
        for position in 0..<count {
            if position > 0 { text += ", " }
            PythonRepr.write(names[position], to: &text)
            text += ": "
            values[position].write(to: &text)
        }
        text += "}"
    }
}

extension PythonRepr {
    /// Returns the Gregorian date that is `days` days after 1970-01-01.
    static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        // Years begin in March here, so that the extra day of a leap year is the last day.
        let (days, overflow) = days.addingReportingOverflow(719_468)
        guard !overflow else { return (0, 1, 1) }
        let era = floorDivide(days, 146_097).quotient
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private static func floorDivide(_ value: Int, _ divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func perSecond(_ unit: Value.TimeUnit) -> Int {
        switch unit {
        case .seconds: 1
        case .milliseconds: 1000
        case .microseconds: 1_000_000
        case .nanoseconds: 1_000_000_000
        }
    }

    /// A time of day.
    struct Clock {
        let hour, minute, second, nanosecond: Int

        init(seconds: Int, nanosecond: Int) {
            hour = seconds / 3600
            minute = seconds / 60 % 60
            second = seconds % 60
            self.nanosecond = nanosecond
        }

        init(_ count: Int, _ unit: Value.TimeUnit) {
            let (seconds, rest) = floorDivide(count, perSecond(unit))
            self.init(
                seconds: floorDivide(seconds, 86400).remainder, nanosecond: rest * (1_000_000_000 / perSecond(unit)))
        }

        /// The arguments of `datetime.time(…)`. Seconds and microseconds appear only if they are not zero.
        var arguments: String {
            let microsecond = nanosecond / 1000
            if microsecond > 0 { return "\(hour), \(minute), \(second), \(microsecond)" }
            return second > 0 ? "\(hour), \(minute), \(second)" : "\(hour), \(minute)"
        }

        var isMidnight: Bool { hour == 0 && minute == 0 && second == 0 && nanosecond == 0 }

        /// Returns a text such as `03:04:05.123`, with this number of fraction digits.
        func text(digits: Int) -> String {
            let time = "\(pad(hour, 2)):\(pad(minute, 2)):\(pad(second, 2))"
            return digits == 0 ? time : time + "." + pad(nanosecond, 9).prefix(digits)
        }

        /// The text of Python's `datetime.time.isoformat`: six fraction digits, or none.
        var isoText: String { text(digits: nanosecond < 1000 ? 0 : 6) }

        /// The text `03:04:05`, followed by 9, 6 or no fraction digits, as in pandas.
        var text: String {
            var text = "\(pad(hour, 2)):\(pad(minute, 2)):\(pad(second, 2))"
            if nanosecond % 1000 != 0 {
                text += "." + pad(nanosecond, 9)
            } else if nanosecond > 0 {
                text += "." + pad(nanosecond / 1000, 6)
            }
            return text
        }
    }

    /// Returns the date that is `days` days after 1970-01-01, such as `2020-01-02`.
    static func date(_ days: Int) -> String {
        let (year, month, day) = civil(days)
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
    }

    /// A timestamp in the local time of its zone.
    struct LocalTime {
        /// The number of days since 1970-01-01.
        let days: Int
        let clock: Clock
        /// The offset from UTC in seconds, positive to the east.
        private let shift: Int

        init(_ count: Int, _ unit: Value.TimeUnit, _ zone: String?) {
            let (seconds, rest) = floorDivide(count, perSecond(unit))
            let shift = zone.map { PythonRepr.offset(of: $0, at: seconds) } ?? 0
            let (local, overflow) = seconds.addingReportingOverflow(shift)
            let (days, secondOfDay) = floorDivide(overflow ? seconds : local, 86400)
            self.days = days
            self.shift = shift
            clock = Clock(seconds: secondOfDay, nanosecond: rest * (1_000_000_000 / perSecond(unit)))
        }

        var date: String { PythonRepr.date(days) }

        /// Returns the offset from UTC, such as `+01:00`.
        func offset(separator: String) -> String {
            "\(shift < 0 ? "-" : "+")\(pad(abs(shift) / 3600, 2))\(separator)\(pad(abs(shift) / 60 % 60, 2))"
        }
    }

    /// A length of time as whole days and a time of day.
    struct Days {
        let days: Int
        let clock: Clock

        init(_ count: Int, _ unit: Value.TimeUnit) {
            let (seconds, rest) = floorDivide(count, perSecond(unit))
            let (days, secondOfDay) = floorDivide(seconds, 86400)
            self.days = days
            clock = Clock(seconds: secondOfDay, nanosecond: rest * (1_000_000_000 / perSecond(unit)))
        }

        /// Returns the text that pandas shows, such as `-1 days +23:59:59.500000`. If `digits` is nil, the value
        /// determines the number of fraction digits.
        func text(digits: Int? = nil) -> String {
            "\(days) days \(days < 0 ? "+" : "")\(digits.map { clock.text(digits: $0) } ?? clock.text)"
        }
    }

    /// Returns `datetime.datetime(…)`, or pandas' `Timestamp` for nanoseconds, which Python's own type does not have.
    static func timestamp(_ count: Int, _ unit: Value.TimeUnit, _ zone: String?) -> String {
        let time = LocalTime(count, unit, zone)
        if case .nanoseconds = unit {
            let zone = zone.map { "\(time.offset(separator: ""))', tz='\($0)" } ?? ""
            return "Timestamp('\(time.date) \(time.clock.text)\(zone)')"
        }
        let (year, month, day) = civil(time.days), clock = time.clock
        guard let zone else { return "datetime.datetime(\(year), \(month), \(day), \(clock.arguments))" }
        let info =
            fixedOffset(zone).map { "datetime.timezone(\(timedelta(days: 0, seconds: $0, microseconds: 0)))" }
            ?? "zoneinfo.ZoneInfo(key=\(of(zone)))"
        return "datetime.datetime(\(year), \(month), \(day), \(clock.arguments), tzinfo=\(info))"
    }

    /// Returns a zone's offset from UTC in seconds, positive to the east; 0 for an unknown zone.
    private static func offset(of zone: String, at seconds: Int) -> Int {
        if let fixed = fixedOffset(zone) { return fixed }
        if zone == "UTC" { return 0 }
        return TimeZone(identifier: zone)?.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))) ?? 0
    }

    /// Returns the offset in seconds of a zone such as `+05:30`.
    private static func fixedOffset(_ zone: String) -> Int? {
        let text = Array(zone.utf8)
        guard text.count == 6, text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-"),
            text[3] == UInt8(ascii: ":"),
            let hours = Int(zone.dropFirst().prefix(2)), let minutes = Int(zone.suffix(2)), hours >= 0, minutes >= 0
        else { return nil }
        return (hours * 3600 + minutes * 60) * (text[0] == UInt8(ascii: "-") ? -1 : 1)
    }

    /// Returns `datetime.timedelta(…)`, or pandas' `Timedelta` for nanoseconds.
    static func duration(_ count: Int, _ unit: Value.TimeUnit) -> String {
        let (seconds, rest) = floorDivide(count, perSecond(unit))
        if case .nanoseconds = unit { return "Timedelta('\(Days(count, unit).text())')" }
        let (days, secondOfDay) = floorDivide(seconds, 86400)
        let nanoseconds = rest * (1_000_000_000 / perSecond(unit))
        return timedelta(days: days, seconds: secondOfDay, microseconds: nanoseconds / 1000)
    }

    private static func timedelta(days: Int, seconds: Int, microseconds: Int) -> String {
        let (whole, second) = floorDivide(seconds, 86400)
        let parts = [("days", days + whole), ("seconds", second), ("microseconds", microseconds)].filter { $0.1 != 0 }
            .map { "\($0)=\($1)" }
        return "datetime.timedelta(\(parts.isEmpty ? "0" : parts.joined(separator: ", ")))"
    }
}
