/// Bars from a base to a height, side by side.
struct Bars: Artist {
    let label: String?
    /// The left and the right side of each bar.
    let sides: [(left: Double, right: Double)]
    let bottoms, tops: [Double]
    let color: PlotColor

    var level: Int { 1 }
    var xs: [Double] { sides.flatMap { [$0.left, $0.right] } }
    var ys: [Double] { tops + bottoms }
    var sticky: (x: [Double], y: [Double]) { ([], bottoms) }

    func draw(on canvas: any Canvas, _ place: Placement) {
        for (side, (bottom, top)) in zip(sides, zip(bottoms, tops)) where side.left.isFinite && side.right.isFinite {
            // On a logarithmic axis a bar stands on the lower end.
            let base = place.y(bottom).isNaN ? place.y.start : place.y(bottom)
            let height = place.y(top)
            if height.isNaN || height == base { continue }
            let rect = Rect(
                Point(x: place.x(side.left), y: base), Point(x: place.x(side.right), y: height))
            canvas.fill(rect, color)
        }
    }

    func drawKey(on canvas: any Canvas, in rect: Rect) { drawPatchKey(on: canvas, in: rect, color) }
    func points(_ place: Placement) -> [Point] {
        zip(sides, tops).flatMap { side, top in
            [0.1, 0.5, 0.9].compactMap { place(side.left + $0 * (side.right - side.left), top) }
        }
    }
}
