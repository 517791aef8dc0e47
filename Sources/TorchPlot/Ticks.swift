#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// The places of ticks on an axis, and their labels.
struct Ticks {
    struct Label: Equatable {
        var text: String
        /// What stands raised behind the text.
        var exponent = ""
    }

    var places: [Double] = []
    var labels: [Label] = []
    /// Places of small ticks without labels.
    var minor: [Double] = []
    /// What all labels are to be multiplied by, as text at the end of the axis.
    var factor: Label?

    /// Returns at most `most` + 1 places from `low` to `high` whose distance is 1, 2, 2.5 or 5 times a power of ten,
    /// and perhaps one more beyond each end. matplotlib: `MaxNLocator(nbins, steps=[1, 2, 2.5, 5, 10])`.
    static func nice(_ low: Double, _ high: Double, most: Int) -> [Double] {
        let size = high - low, mean = (low + high) / 2
        let offset = abs(mean) / size < 100 ? 0 : copysign(pow(10, log10(abs(mean)).rounded(.down)), mean)
        let scale = pow(10, log10(size / Double(most)).rounded(.down))
        let (low, high) = (low - offset, high - offset)
        let steps = [0.1, 0.2, 0.25, 0.5, 1, 2, 2.5, 5, 10, 20].map { $0 * scale }
        let first = steps.firstIndex { $0 >= (high - low) / Double(most) } ?? steps.count - 1
        var places: [Double] = []
        for step in steps[...first].reversed() {
            // The distance of a rounded quotient from an integer, where it counts as that integer.
            let slop = offset == 0 ? 1e-10 : min(0.4999, max(1e-10, pow(10, log10(abs(offset) / step) - 12)))
            let start = (low / step).rounded(.down) * step
            func quotient(_ x: Double) -> (whole: Double, rest: Double) {
                let whole = (x / step).rounded(.down)
                return (whole, x / step - whole)
            }
            let (from, to) = (quotient(low - start), quotient(high - start))
            let begin = abs(from.rest - 1) < slop ? from.whole + 1 : from.whole
            let end = abs(to.rest) < slop ? to.whole : to.whole + 1
            guard end - begin < 1000 else { return [] }
            places = Swift.stride(from: begin, through: end, by: 1).map { $0 * step + start }
            if places.filter({ $0 >= low && $0 <= high }).count >= 2 { break }
        }
        return places.map { $0 + offset }
    }

    /// Creates the ticks of a linear axis.
    static func linear(_ low: Double, _ high: Double, most: Int) -> Ticks {
        let slack = (high - low) * 1e-9
        let places = nice(low, high, most: most).filter { $0 >= low - slack && $0 <= high + slack }
        var ticks = Ticks(places: places)
        guard places.count > 1 else {
            ticks.labels = places.map { Label(text: minus(format($0, ".6g"))) }
            return ticks
        }
        let step = places[1] - places[0], offset = commonPart(places)
        let shifted = places.map { $0 - offset }
        let greatest = shifted.reduce(0) { max($0, abs($1)) }
        var exponent = Int(log10(greatest * (1 + 1e-12)).rounded(.down))
        if (-4...5).contains(exponent) { exponent = 0 }
        let scale = pow(10, Double(exponent))
        // The fewest digits that tell the step.
        let digits = (0...12).first { digits in
            let units = step / scale * pow(10, Double(digits))
            return units > 0.5 && abs(units - units.rounded()) < 1e-3 * max(1, units)
        }
        ticks.labels = shifted.map {
            // Differences of the places leave a small rest where 0 is meant.
            let value = abs($0) < step * 1e-6 ? 0 : $0 / scale
            return Label(text: minus(format(value, ".\(digits ?? 12)f")))
        }
        if exponent != 0 { ticks.factor = Label(text: "×10", exponent: minus("\(exponent)")) }
        if offset != 0 {
            let sign = offset < 0 ? "− " : "+ "
            // It stands behind the factor, or alone: nothing can be raised before other text.
            let factor = exponent == 0 ? "" : "×1e\(minus("\(exponent)")) "
            ticks.factor = Label(text: factor + sign + format(abs(offset), ".12g"))
        }
        return ticks
    }

    /// Returns what is the same in all places and would take four digits or more of each label; otherwise 0.
    /// matplotlib: the offset of `ScalarFormatter`.
    private static func commonPart(_ places: [Double]) -> Double {
        let low = min(abs(places.first!), abs(places.last!)), high = max(abs(places.first!), abs(places.last!))
        guard low > 0, places.first!.sign == places.last!.sign, high < 1e15 else { return 0 }
        // The lowest power of ten by whose multiples they differ less than by one.
        var power = pow(10, log10(high - low).rounded(.up))
        while (low / power).rounded(.down) != (high / power).rounded(.down) { power *= 10 }
        let part = (high / power).rounded(.down)
        return part >= 1000 ? copysign(part * power, places.first!) : 0
    }

    /// Creates the ticks of a logarithmic axis: powers of ten, between them small ones. An axis of less than a power of
    /// ten has linear ones.
    static func logarithmic(_ low: Double, _ high: Double, most: Int) -> Ticks {
        let slack = 1e-9
        let first = Int((log10(low) - slack).rounded(.up)), last = Int((log10(high) + slack).rounded(.down))
        guard last > first else { return linear(low, high, most: most) }
        let stride = (last - first) / max(1, most) + 1
        let start = Int((Double(first) / Double(stride)).rounded(.up)) * stride
        let exponents = Array(Swift.stride(from: start, through: last, by: stride))
        var ticks = Ticks(places: exponents.map { pow(10, Double($0)) })
        ticks.labels = exponents.map { Label(text: "10", exponent: minus("\($0)")) }
        ticks.minor =
            stride > 1
            ? (first...last).map { pow(10, Double($0)) }
            : (first - 1...last).flatMap { exponent in (2...9).map { Double($0) * pow(10, Double(exponent)) } }
        ticks.minor = ticks.minor.filter { $0 >= low && $0 <= high }
        return ticks
    }

    /// Replaces the hyphen before a number by the sign of the same width as a digit.
    static func minus(_ number: String) -> String { number.replacing("-", with: "−") }
}
