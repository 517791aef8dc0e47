import Torch

/// One plot of a figure. matplotlib: `Axes`.
///
/// ```swift
/// let (figure, ax) = subplots()
/// ax.plot(losses, label: "train")
/// ax.setXLabel("step")
/// ax.legend()
/// try figure.save("loss.svg")
/// ```
public final class Axes {
    /// The rows and columns of the grid in which the plot is, and its place there, counted from 0.
    let grid: (rows: Int, columns: Int), row, column: Int

    var artists: [any Artist] = []
    var title = "", xLabel = "", yLabel = "", titleSize = Style.titleSize
    var x = AxisSettings(), y = AxisSettings()
    var hasGrid = true, isOff = false
    /// Whether a unit is as long on both axes.
    var isEqual = false
    var legendPlace: LegendLocation?
    private var lineCount = 0, patchCount = 0

    init(grid: (rows: Int, columns: Int), row: Int, column: Int) {
        (self.grid, self.row, self.column) = (grid, row, column)
    }

    /// Returns a width or a size in points. Raises and returns 1 if it is none.
    func size(_ value: Double, _ name: String) -> Double {
        if (0...10_000).contains(value) { return value }
        raise(.value, "\(name) must be a number of points from 0 to 10000, got \(value)")
        return 1
    }

    /// Returns a color, by default that of the next line.
    func lineColor(_ color: PlotColor?) -> PlotColor { next(color, &lineCount) }

    /// Returns a color, by default that of the next bars, points or area. As in matplotlib, these have their own count,
    /// so the first area has the color of the first line.
    func patchColor(_ color: PlotColor?) -> PlotColor { next(color, &patchCount) }

    private func next(_ color: PlotColor?, _ count: inout Int) -> PlotColor {
        if let color { return color }
        defer { count += 1 }
        return PlotColor.cycle[count % PlotColor.cycle.count]
    }

    /// Writes a title above the plot. matplotlib: `set_title`.
    /// - Parameters:
    ///   - label: the text, one line.
    ///   - fontsize: the size in points.
    public func setTitle(_ label: String, fontsize: Double = 12) {
        (title, titleSize) = (label, size(fontsize, "fontsize"))
    }

    /// Names the horizontal axis. matplotlib: `set_xlabel`.
    public func setXLabel(_ label: String) { xLabel = label }

    /// Names the vertical axis. matplotlib: `set_ylabel`.
    public func setYLabel(_ label: String) { yLabel = label }

    /// Chooses the scale of the horizontal axis. matplotlib: `set_xscale`.
    public func setXScale(_ scale: AxisScale) { x.scale = scale }

    /// Chooses the scale of the vertical axis. matplotlib: `set_yscale`.
    public func setYScale(_ scale: AxisScale) { y.scale = scale }

    /// Sets the numbers at the left and the right end; nil leaves an end to the data. The left one may be the greater.
    /// matplotlib: `set_xlim`.
    public func setXLim(_ left: Double?, _ right: Double?) { x.setLimits(left, right) }

    /// Sets the numbers at the lower and the upper end; nil leaves an end to the data. The lower one may be the
    /// greater. matplotlib: `set_ylim`.
    public func setYLim(_ bottom: Double?, _ top: Double?) { y.setLimits(bottom, top) }

    /// Chooses the ticks of the horizontal axis. matplotlib: `set_xticks`.
    /// - Parameters:
    ///   - ticks: the places.
    ///   - labels: a text for each; by default the numbers.
    ///   - rotation: the angle of the texts in degrees; by default 0, or 45 if they have no room side by side.
    public func setXTicks(_ ticks: some PlotValues, labels: [String]? = nil, rotation: Double? = nil) {
        guard rotation?.isFinite ?? true else { return raise(.value, "rotation must be finite, got \(rotation!)") }
        x.setTicks(ticks.plotValues, labels)
        x.rotation = rotation
    }

    /// Chooses the ticks of the vertical axis. matplotlib: `set_yticks`.
    /// - Parameters:
    ///   - ticks: the places.
    ///   - labels: a text for each; by default the numbers.
    public func setYTicks(_ ticks: some PlotValues, labels: [String]? = nil) { y.setTicks(ticks.plotValues, labels) }

    /// Shows or hides the lines at the ticks. They are shown by default, except below images. matplotlib: `grid`.
    public func grid(_ visible: Bool) { hasGrid = visible }

    /// Hides both axes; the title stays. matplotlib: `set_axis_off`.
    public func setAxisOff() { isOff = true }

    /// Shows the names of the series. matplotlib: `legend`.
    /// - Parameter loc: where; by default where it hides the least.
    public func legend(loc: LegendLocation = .best) { legendPlace = loc }

    /// Writes a text. matplotlib: `text`.
    /// - Parameters:
    ///   - x: the number on the horizontal axis where the text begins.
    ///   - y: the number on the vertical axis where its baseline is.
    ///   - text: the text, one line.
    ///   - fontsize: the size in points.
    ///   - color: the color.
    public func text(_ x: Double, _ y: Double, _ text: String, fontsize: Double = 10, color: PlotColor? = nil) {
        artists.append(
            TextArtist(
                text: text, x: x, y: y, style: TextStyle(size: size(fontsize, "fontsize"), color: color ?? Style.text),
                isCentered: false))
    }
}

/// Where a legend stands. matplotlib: the argument `loc`.
public enum LegendLocation: Sendable {
    /// The corner in which it hides the least.
    case best
    case upperRight, upperLeft, lowerLeft, lowerRight
}

/// What a caller has chosen for an axis.
struct AxisSettings {
    var scale = AxisScale.linear
    private(set) var low, high: Double?
    private(set) var ticks: Ticks?
    var rotation: Double?
    var isReversed = false

    mutating func setLimits(_ low: Double?, _ high: Double?) {
        guard [low, high].allSatisfy({ $0?.isFinite ?? true }) else {
            return raise(.value, "Axis limits cannot be NaN or Inf")
        }
        (self.low, self.high) = (low, high)
    }

    mutating func setTicks(_ places: [Double], _ labels: [String]?) {
        guard labels == nil || labels!.count == places.count else {
            return raise(
                .value,
                "The number of FixedLocator locations (\(places.count)), usually from a call to set_ticks, does not match the number of labels (\(labels!.count))."
            )
        }
        ticks = Ticks(
            places: places,
            labels: labels?.map { Ticks.Label(text: $0) }
                ?? places.map { Ticks.Label(text: Ticks.minus(format($0, "g"))) })
    }

    /// Returns the numbers at the ends.
    /// - Parameters:
    ///   - values: numbers that must have a place.
    ///   - sticky: numbers at which the axis may end without a margin.
    func limits(_ values: [Double], sticky: [Double]) -> (low: Double, high: Double) {
        var ends = (low: Double.infinity, high: -Double.infinity)
        for value in values.lazy.map(scale.forward) where !value.isNaN {
            ends = (min(ends.low, value), max(ends.high, value))
        }
        if ends.low > ends.high { ends = (0, 1) }
        // Differences of greater numbers, and of ticks beyond them, would be infinite.
        ends = (max(ends.low, -4e307), min(ends.high, 4e307))
        let sticky = sticky.map(scale.forward)
        // As in matplotlib: 5 % of the length at both ends.
        var margin = (ends.high - ends.low) * 0.05
        if margin <= max(abs(ends.low), abs(ends.high)) * 1e-12 {
            margin = max(abs(ends.low) * 0.05, scale == .log ? 0.5 : ends.low == 0 ? 0.05 : 0)
        }
        let isAtStart = sticky.contains { abs($0 - ends.low) <= margin * 1e-6 }
        let isAtEnd = sticky.contains { abs($0 - ends.high) <= margin * 1e-6 }
        if !isAtStart || isAtStart && isAtEnd && ends.low == ends.high { ends.low -= margin }
        if !isAtEnd { ends.high += margin }
        var low = low ?? scale.inverse(ends.low), high = high ?? scale.inverse(ends.high)
        // Limits that have no place on the scale, or that are equal.
        if scale.forward(low).isNaN { low = scale.inverse(min(ends.low, scale.forward(high) - 1)) }
        if scale.forward(high).isNaN { high = scale.inverse(max(ends.high, scale.forward(low) + 1)) }
        if low == high { (low, high) = scale == .log ? (low / 2, high * 2) : (low - 0.5, high + 0.5) }
        return isReversed && self.low == nil && self.high == nil ? (high, low) : (low, high)
    }
}
