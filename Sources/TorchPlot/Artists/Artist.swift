/// Where numbers lie in a figure.
struct Placement {
    let x, y: AxisMap
    /// The inside of the axes.
    let inside: Rect

    /// Returns the place of a pair of numbers, or nil if it has none.
    func callAsFunction(_ x: Double, _ y: Double) -> Point? {
        let point = Point(x: self.x(x), y: self.y(y))
        return point.x.isNaN || point.y.isNaN ? nil : point
    }
}

/// Something that axes show.
protocol Artist {
    /// The name in the legend; nil or empty for none.
    var label: String? { get }
    /// What lies below what has a greater number.
    var level: Int { get }
    /// Numbers for which the axes must have a place.
    var xs: [Double] { get }
    var ys: [Double] { get }
    /// Numbers at which the axes may end without a margin, such as the bottom of bars.
    var sticky: (x: [Double], y: [Double]) { get }
    func draw(on canvas: any Canvas, _ place: Placement) throws
    /// Draws the sample beside its name in the legend.
    func drawKey(on canvas: any Canvas, in rect: Rect)
    /// Points that a legend should not hide.
    func points(_ place: Placement) -> [Point]
}

extension Artist {
    var sticky: (x: [Double], y: [Double]) { ([], []) }
    func drawKey(on canvas: any Canvas, in rect: Rect) {}
    func points(_ place: Placement) -> [Point] { zip(xs, ys).compactMap { place($0, $1) } }
}

/// Draws a rectangle in a legend.
func drawPatchKey(on canvas: any Canvas, in rect: Rect, _ color: PlotColor) {
    canvas.fill(rect, color)
}
