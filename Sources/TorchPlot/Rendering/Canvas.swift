/// A place in a figure, in points (1/72 inch) from the upper left corner.
struct Point: Equatable {
    var x, y: Double
}

/// A rectangle in a figure.
struct Rect: Equatable {
    var x, y, width, height: Double

    var right: Double { x + width }
    var bottom: Double { y + height }
    var center: Point { Point(x: x + width / 2, y: y + height / 2) }

    /// Creates the rectangle between two corners.
    init(_ a: Point, _ b: Point) {
        (x, y) = (min(a.x, b.x), min(a.y, b.y))
        (width, height) = (abs(a.x - b.x), abs(a.y - b.y))
    }

    init(x: Double, y: Double, width: Double, height: Double) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// Returns the rectangle with a border around it.
    func grown(by border: Double) -> Rect {
        Rect(x: x - border, y: y - border, width: width + 2 * border, height: height + 2 * border)
    }

    func contains(_ point: Point) -> Bool { x <= point.x && point.x <= right && y <= point.y && point.y <= bottom }
}

/// How a line looks.
struct Stroke: Equatable {
    var color: PlotColor
    var width: Double
    /// The lengths of dashes and gaps; empty for a solid line. The ends of each dash are round.
    var dashes: [Double] = []
}

/// Where a text lies beside its point.
enum TextAnchor: String {
    case start, middle, end
}

/// How a text looks.
struct TextStyle {
    var size = 10.0
    var color = Style.text
    var anchor = TextAnchor.start
    /// The angle in degrees, counterclockwise.
    var angle = 0.0
}

/// The pixels of an image, four bytes each: red, green, blue, opacity.
struct PixelImage {
    let width, height: Int
    let bytes: [UInt8]
}

/// What a figure is drawn on. Both canvases get the same calls.
protocol Canvas: AnyObject {
    /// Fills the inside of closed curves, whose corners are given.
    func fill(_ contours: [[Point]], _ color: PlotColor)
    /// Fills a rectangle whose sides are moved to the next pixels, so that neighbours leave no gap.
    func fill(_ rect: Rect, _ color: PlotColor)
    /// Draws lines with round ends and corners. A place that they cross more than once is not darker.
    func stroke(_ lines: [[Point]], _ stroke: Stroke)
    /// Draws a horizontal or vertical line that begins and ends at right angles, moved to the next pixels.
    func rule(_ from: Point, _ to: Point, _ color: PlotColor, width: Double)
    /// Fills a circle.
    func circle(_ center: Point, radius: Double, _ color: PlotColor)
    /// Writes a text whose baseline begins, or has its middle or end, at a point.
    /// - Parameter exponent: what stands raised behind the text.
    func text(_ text: String, exponent: String, at point: Point, _ style: TextStyle)
    /// Draws an image, which fills a rectangle. Its pixels stay sharp if they become larger.
    func image(_ image: PixelImage, in rect: Rect) throws
    /// Draws only what lies in a rectangle.
    func clip(to rect: Rect, _ body: () throws -> Void) rethrows
}

extension Canvas {
    func text(_ text: String, at point: Point, _ style: TextStyle) { self.text(text, exponent: "", at: point, style) }

    /// Draws the outline of a rectangle.
    func outline(_ rect: Rect, _ color: PlotColor, width: Double) {
        let corners = [
            Point(x: rect.x, y: rect.y), Point(x: rect.right, y: rect.y), Point(x: rect.right, y: rect.bottom),
            Point(x: rect.x, y: rect.bottom)
        ]
        for i in 0..<4 { rule(corners[i], corners[(i + 1) % 4], color, width: width) }
    }
}

/// The colors and sizes that all figures have in common, in points.
enum Style {
    static let text = PlotColor(hex: 0x262626)
    static let frame = PlotColor(hex: 0x4d4d4d)
    static let grid = PlotColor(hex: 0xe6e6e6)
    static let minorGrid = PlotColor(hex: 0xf2f2f2)
    static let lineWidth = 0.8
    static let tick = 3.0, minorTick = 1.8, tickPad = 3.0
    static let labelSize = 10.0, tickSize = 9.0, titleSize = 12.0, legendSize = 9.0
    static let pad = 8.0
}
