/// How a line is drawn. matplotlib: the argument `linestyle`.
public enum LineStyle: String, Sendable {
    case solid = "-"
    case dashed = "--"
    case dotted = ":"
    case dashdot = "-."
    /// No line: only markers.
    case none = ""

    /// The lengths of dashes and gaps for a width. Their round ends are not part of the lengths.
    func dashes(_ width: Double) -> [Double] {
        let pattern: [Double] =
            switch self {
            case .solid, .none: []
            case .dashed: [2.7, 2.6]
            case .dotted: [0, 2.4]
            case .dashdot: [5.4, 2.8, 0, 2.8]
            }
        return pattern.map { $0 * width }
    }
}

/// The form of a point. matplotlib: the argument `marker`.
public enum Marker: String, Sendable {
    case circle = "o"
    case point = "."
    case square = "s"
    case triangle = "^"
    case diamond = "D"
    case cross = "x"
    case plus = "+"

    /// Draws a point.
    /// - Parameter size: the width in points.
    func draw(on canvas: any Canvas, _ center: Point, size: Double, _ color: PlotColor) {
        let radius = size / 2
        func corners(_ offsets: [(Double, Double)]) -> [Point] {
            offsets.map { Point(x: center.x + $0.0 * radius, y: center.y + $0.1 * radius) }
        }
        let thin = Stroke(color: color, width: max(1, size / 5))
        switch self {
        case .circle: canvas.circle(center, radius: radius, color)
        case .point: canvas.circle(center, radius: radius / 2, color)
        case .square: canvas.fill([corners([(-1, -1), (1, -1), (1, 1), (-1, 1)])], color)
        case .triangle: canvas.fill([corners([(0, -1), (1, 1), (-1, 1)])], color)
        case .diamond: canvas.fill([corners([(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)])], color)
        case .cross: canvas.stroke([corners([(-1, -1), (1, 1)]), corners([(-1, 1), (1, -1)])], thin)
        case .plus: canvas.stroke([corners([(-1.2, 0), (1.2, 0)]), corners([(0, -1.2), (0, 1.2)])], thin)
        }
    }
}
