/// Parses dates and times of day in ISO 8601 like Arrow: `2020-01-02`; optionally a space or `T` and `03`, `03:04` or
/// `03:04:05`; optionally `Z` or an offset like `+01:00`.
enum ISOTime {
    /// Returns the seconds since 1970-01-01, or nil if the text is not such a time.
    static func seconds(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard text.count >= 10, text.count <= 25, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            let year = number(text, 0, 4), let month = number(text, 5, 2), let day = number(text, 8, 2),
            (1...12).contains(month), day >= 1, day <= days(month, year)
        else { return nil }
        let date = Int64(daysFromEpoch(year, month, day)) * 86400
        if text.count == 10 { return date }
        guard text[10] == UInt8(ascii: " ") || text[10] == UInt8(ascii: "T") else { return nil }
        var rest = text[11...], offset = 0
        if rest.last == UInt8(ascii: "Z") {
            rest.removeLast()
        } else if let sign = rest.firstIndex(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }) {
            guard let shift = clock(text, sign + 1..<text.count, allowsSeconds: false) else { return nil }
            offset = text[sign] == UInt8(ascii: "+") ? -shift : shift
            rest = rest[..<sign]
        }
        return clock(text, rest.startIndex..<rest.endIndex, allowsSeconds: true).map { date + Int64($0 + offset) }
    }

    /// Parses `hh`, `hh:mm`, `hh:mm:ss`, or the same without colons. Returns seconds.
    private static func clock(_ text: UnsafeRawBufferPointer, _ range: Range<Int>, allowsSeconds: Bool) -> Int? {
        let start = range.lowerBound
        guard range.count >= 2, let hours = number(text, start, 2), hours < 24 else { return nil }
        switch range.count {
        case 2: return hours * 3600
        case 4: return number(text, start + 2, 2).flatMap { $0 < 60 ? hours * 3600 + $0 * 60 : nil }
        case 5 where text[start + 2] == UInt8(ascii: ":"):
            return number(text, start + 3, 2).flatMap { $0 < 60 ? hours * 3600 + $0 * 60 : nil }
        case 6 where allowsSeconds:
            guard let minutes = number(text, start + 2, 2), let seconds = number(text, start + 4, 2), minutes < 60,
                seconds < 60
            else { return nil }
            return hours * 3600 + minutes * 60 + seconds
        case 8 where allowsSeconds && text[start + 2] == UInt8(ascii: ":") && text[start + 5] == UInt8(ascii: ":"):
            guard let minutes = number(text, start + 3, 2), let seconds = number(text, start + 6, 2), minutes < 60,
                seconds < 60
            else { return nil }
            return hours * 3600 + minutes * 60 + seconds
        default: return nil
        }
    }

    private static func number(_ text: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> Int? {
        var result = 0
        for position in start..<start + count {
            let digit = text[position] &- UInt8(ascii: "0")
            if digit > 9 { return nil }
            result = result * 10 + Int(digit)
        }
        return result
    }

    private static func days(_ month: Int, _ year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Returns the days since 1970-01-01 in the Gregorian calendar. The formula lets years begin in March, so that the
    /// leap day comes last.
    private static func daysFromEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400, yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
