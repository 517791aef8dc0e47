import Torch

extension Axes {
    /// Returns the numbers of a series, or nil and raises if they are not in a row.
    private func series(_ values: some PlotValues, _ name: String) -> [Double]? {
        if let tensor = values as? Tensor, tensor.dim > 1 {
            raise(.value, "\(name) must have one dimension, but has shape \(tensor.shape)")
            return nil
        }
        return values.plotValues
    }

    /// Raises and returns false if the series have different lengths.
    private func haveSameLength(_ x: [Double], _ y: [Double], _ names: String = "x and y") -> Bool {
        if x.count == y.count { return true }
        raise(
            .value,
            "\(names) must have same first dimension, but have shapes (\(x.count),) and (\(y.count),)")
        return false
    }

    /// Draws a line through points. matplotlib: `plot`.
    /// - Parameters:
    ///   - x: the horizontal places.
    ///   - y: the vertical places, as many.
    ///   - label: the name in the legend.
    ///   - color: by default the next of ``PlotColor/cycle``.
    ///   - linewidth: the width in points.
    ///   - linestyle: solid, dashed and so on.
    ///   - marker: the form of a sign at each point; by default there is none.
    ///   - markersize: its width in points.
    ///   - alpha: the opacity, 0...1.
    ///   - smoothing: TensorBoard's smoothing, 0...1: the line shows ``smoothed(_:weight:)``, and behind it, pale, the
    ///     numbers as they are.
    /// - Precondition: `x` and `y` have one dimension and the same length.
    public func plot(
        _ x: some PlotValues, _ y: some PlotValues, label: String? = nil, color: PlotColor? = nil,
        linewidth: Double = 1.5, linestyle: LineStyle = .solid, marker: Marker? = nil, markersize: Double = 6,
        alpha: Double = 1, smoothing: Double = 0
    ) {
        guard let x = series(x, "x"), let y = series(y, "y"), haveSameLength(x, y) else { return }
        let color = lineColor(color).withAlpha(alpha), width = size(linewidth, "linewidth")
        let markerSize = size(markersize, "markersize")
        func add(_ y: [Double], _ color: PlotColor, _ label: String?) {
            artists.append(
                Line(
                    label: label, xs: x, ys: y,
                    stroke: Stroke(color: color, width: width, dashes: linestyle.dashes(width)),
                    hasLine: linestyle != .none, marker: marker, markerSize: markerSize))
        }
        if smoothing != 0 { add(y, color.withAlpha(0.25), nil) }
        add(smoothing == 0 ? y : smoothed(y, weight: smoothing), color, label)
    }

    /// Like the function with `x`, for the horizontal places 0, 1, 2, …
    public func plot(
        _ y: some PlotValues, label: String? = nil, color: PlotColor? = nil, linewidth: Double = 1.5,
        linestyle: LineStyle = .solid, marker: Marker? = nil, markersize: Double = 6, alpha: Double = 1,
        smoothing: Double = 0
    ) {
        guard let y = series(y, "y") else { return }
        plot(
            0..<y.count, y, label: label, color: color, linewidth: linewidth, linestyle: linestyle, marker: marker,
            markersize: markersize, alpha: alpha, smoothing: smoothing)
    }

    /// Fills the area between two lines, such as the bounds of an error. matplotlib: `fill_between`.
    /// - Parameters:
    ///   - x: the horizontal places.
    ///   - y1: the vertical places of one line.
    ///   - y2: those of the other.
    ///   - label: the name in the legend.
    ///   - color: by default the next of ``PlotColor/cycle``; areas have their own count.
    ///   - alpha: the opacity, 0...1.
    /// - Precondition: all have one dimension and the same length.
    public func fillBetween(
        _ x: some PlotValues, _ y1: some PlotValues, _ y2: some PlotValues, label: String? = nil,
        color: PlotColor? = nil, alpha: Double = 0.2
    ) {
        guard let x = series(x, "x"), let y1 = series(y1, "y1"), let y2 = series(y2, "y2"),
            haveSameLength(x, y1, "x and y1"), haveSameLength(x, y2, "x and y2")
        else { return }
        artists.append(
            Band(label: label, xs: x, lower: y1, upper: y2, color: patchColor(color).withAlpha(alpha)))
    }

    /// Draws points. matplotlib: `scatter`.
    /// - Parameters:
    ///   - x: the horizontal places.
    ///   - y: the vertical places, as many.
    ///   - s: the area of a point in square points, as in matplotlib.
    ///   - c: a number for each point, which `cmap` turns into its color: the least and the greatest are its ends.
    ///   - cmap: the colors of the numbers.
    ///   - label: the name in the legend.
    ///   - color: the color of all points; by default the next of ``PlotColor/cycle``.
    ///   - marker: the form of a point.
    ///   - alpha: the opacity, 0...1.
    /// - Precondition: all have one dimension and the same length.
    public func scatter(
        _ x: some PlotValues, _ y: some PlotValues, s: Double = 36, c: (some PlotValues)? = [Double]?.none,
        cmap: Colormap = .viridis, label: String? = nil, color: PlotColor? = nil, marker: Marker = .circle,
        alpha: Double = 1
    ) {
        guard let x = series(x, "x"), let y = series(y, "y"), haveSameLength(x, y) else { return }
        var colors: [PlotColor]
        if let c {
            guard let numbers = series(c, "c"), haveSameLength(x, numbers, "x and c") else { return }
            let range = ValueRange(numbers, nil, nil)
            colors = numbers.map { cmap(range.share(of: $0)) }
        } else {
            colors = [PlotColor](repeating: patchColor(color), count: x.count)
        }
        colors = colors.map { $0.withAlpha(alpha) }
        let width = size(s.squareRoot(), "the root of s")
        artists.append(
            Scatter(
                label: label, xs: x, ys: y, sizes: x.map { _ in width }, colors: colors, marker: marker))
    }

    /// Draws a bar for each number. matplotlib: `bar`.
    /// - Parameters:
    ///   - x: the middles of the bars.
    ///   - height: the heights, as many.
    ///   - width: the width of each bar.
    ///   - bottom: the height on which all bars stand.
    ///   - label: the name in the legend.
    ///   - color: by default the next of ``PlotColor/cycle``.
    ///   - alpha: the opacity, 0...1.
    /// - Precondition: `x` and `height` have one dimension and the same length.
    public func bar(
        _ x: some PlotValues, _ height: some PlotValues, width: Double = 0.8, bottom: Double = 0,
        label: String? = nil, color: PlotColor? = nil, alpha: Double = 1
    ) {
        guard let x = series(x, "x"), let height = series(height, "height"),
            haveSameLength(x, height, "x and height")
        else { return }
        artists.append(
            Bars(
                label: label, sides: x.map { ($0 - width / 2, $0 + width / 2) },
                bottoms: x.map { _ in bottom }, tops: height.map { bottom + $0 },
                color: patchColor(color).withAlpha(alpha)))
    }

    /// Like the function with numbers as `x`, for names, which stand below the bars.
    public func bar(
        _ x: [String], _ height: some PlotValues, width: Double = 0.8, label: String? = nil,
        color: PlotColor? = nil, alpha: Double = 1
    ) {
        setXTicks(0..<x.count, labels: x)
        bar(0..<x.count, height, width: width, label: label, color: color, alpha: alpha)
    }

    /// Counts numbers in intervals and draws a bar for each. matplotlib: `hist`.
    /// - Parameters:
    ///   - x: the numbers. A tensor may have any shape.
    ///   - bins: the number of intervals.
    ///   - range: the ends of the intervals; by default the least and the greatest number. Numbers beyond do not count.
    ///   - density: whether the bars show densities, whose area is 1, instead of counts.
    ///   - label: the name in the legend.
    ///   - color: by default the next of ``PlotColor/cycle``.
    ///   - alpha: the opacity, 0...1.
    /// - Returns: the counts or densities, and the ends of the intervals, one more.
    /// - Precondition: `bins` is positive.
    @discardableResult
    public func hist(
        _ x: some PlotValues, bins: Int = 10, range: ClosedRange<Double>? = nil, density: Bool = false,
        label: String? = nil, color: PlotColor? = nil, alpha: Double = 1
    ) -> (n: [Double], bins: [Double]) {
        let (counts, edges) = Histogram.count(x.plotValues, bins: bins, range: range, density: density)
        artists.append(
            Bars(
                label: label, sides: Array(zip(edges, edges.dropFirst())).map { ($0, $1) },
                bottoms: counts.map { _ in 0 }, tops: counts, color: patchColor(color).withAlpha(alpha)))
        return (counts, edges)
    }

    /// Draws a horizontal line across the plot. matplotlib: `axhline`.
    public func axhline(
        _ y: Double, label: String? = nil, color: PlotColor? = nil, linewidth: Double = 1.5,
        linestyle: LineStyle = .solid
    ) {
        rule(y, false, label, color, linewidth, linestyle)
    }

    /// Draws a vertical line across the plot. matplotlib: `axvline`.
    public func axvline(
        _ x: Double, label: String? = nil, color: PlotColor? = nil, linewidth: Double = 1.5,
        linestyle: LineStyle = .solid
    ) {
        rule(x, true, label, color, linewidth, linestyle)
    }

    private func rule(
        _ value: Double, _ isVertical: Bool, _ label: String?, _ color: PlotColor?, _ width: Double,
        _ style: LineStyle
    ) {
        let width = size(width, "linewidth")
        artists.append(
            Rule(
                label: label, value: value, isVertical: isVertical,
                stroke: Stroke(color: color ?? PlotColor.cycle[0], width: width, dashes: style.dashes(width))))
    }
}

/// Counts of numbers in intervals of one width.
enum Histogram {
    /// Returns what `numpy.histogram` returns. Numbers that are NaN or infinite do not count.
    static func count(
        _ values: [Double], bins: Int, range: ClosedRange<Double>?, density: Bool
    ) -> (counts: [Double], edges: [Double]) {
        guard bins > 0, bins <= 1 << 20 else {
            raise(.value, "`bins` must be positive, when an integer, got \(bins)")
            return ([], [])
        }
        let values = values.filter(\.isFinite)
        var low = range?.lowerBound ?? values.min() ?? 0, high = range?.upperBound ?? values.max() ?? 1
        guard low.isFinite, high.isFinite else {
            raise(.value, "supplied range of [\(low), \(high)] is not finite")
            return ([], [])
        }
        if low == high { (low, high) = (low - 0.5, high + 0.5) }
        // Rounded as in NumPy.
        let width = (high - low) / Double(bins)
        let edges = (0...bins).map { $0 == bins ? high : low + Double($0) * width }
        var counts = [Double](repeating: 0, count: bins)
        for value in values where value >= low && value <= high {
            var place = min(bins - 1, Int((value - low) / (high - low) * Double(bins)))
            // The quotient is rounded; the ends decide.
            if value < edges[place] { place -= 1 }
            if place + 1 < bins, value >= edges[place + 1] { place += 1 }
            counts[place] += 1
        }
        if density {
            let sum = counts.reduce(0, +)
            for i in 0..<bins where sum > 0 { counts[i] /= sum * (edges[i + 1] - edges[i]) }
        }
        return (counts, edges)
    }
}
