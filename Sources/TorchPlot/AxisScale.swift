#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// How numbers lie on an axis. matplotlib: the argument of `set_yscale`.
public enum AxisScale: Sendable {
    /// At equal distances for equal differences.
    case linear
    /// At equal distances for equal ratios. Numbers that are not positive have no place.
    case log

    /// Returns the number whose differences count; NaN if the number has no place.
    func forward(_ value: Double) -> Double {
        switch self {
        case .linear: value.isFinite ? value : .nan
        case .log: value > 0 && value.isFinite ? log10(value) : .nan
        }
    }

    func inverse(_ value: Double) -> Double { self == .linear ? value : pow(10, value) }

    func ticks(_ low: Double, _ high: Double, most: Int) -> Ticks {
        self == .linear
            ? .linear(low, high, most: most) : .logarithmic(low, high, most: most)
    }
}

/// An axis in a figure: where numbers lie.
struct AxisMap {
    let scale: AxisScale
    /// The numbers at the ends; `low` may be the greater one.
    let low, high: Double
    /// The places of the ends in the figure.
    let start, end: Double

    private let slope, origin: Double

    init(_ scale: AxisScale, from low: Double, to high: Double, start: Double, end: Double) {
        (self.scale, self.low, self.high, self.start, self.end) = (scale, low, high, start, end)
        origin = scale.forward(low)
        slope = (end - start) / (scale.forward(high) - origin)
    }

    /// Returns the place of a number; NaN if it has none. Places far outside are moved to a distance that integers can
    /// express.
    func callAsFunction(_ value: Double) -> Double {
        let place = start + (scale.forward(value) - origin) * slope
        return place.isNaN ? place : min(max(place, -1e15), 1e15)
    }
}
