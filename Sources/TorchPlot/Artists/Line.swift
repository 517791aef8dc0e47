import Torch

/// A line through points.
struct Line: Artist {
    let label: String?
    let xs, ys: [Double]
    let stroke: Stroke
    let hasLine: Bool
    let marker: Marker?
    let markerSize: Double

    var level: Int { 2 }

    func draw(on canvas: any Canvas, _ place: Placement) {
        if hasLine { canvas.stroke(runs(place).map(Line.thinned), stroke) }
        guard let marker else { return }
        for (x, y) in zip(xs, ys) {
            if let point = place(x, y), place.inside.contains(point) {
                marker.draw(on: canvas, point, size: markerSize, stroke.color)
            }
        }
    }

    /// The parts of the line between gaps.
    private func runs(_ place: Placement) -> [[Point]] {
        var runs: [[Point]] = [], run: [Point] = []
        for (x, y) in zip(xs, ys) {
            if let point = place(x, y) {
                run.append(point)
            } else if !run.isEmpty {
                runs.append(run)
                run = []
            }
        }
        return run.isEmpty ? runs : runs + [run]
    }

    /// Leaves points out that nobody can see: of those that follow each other within a quarter of a point across, the
    /// first, the lowest, the highest and the last stay.
    static func thinned(_ run: [Point]) -> [Point] {
        guard run.count > 1000 else { return run }
        var result: [Point] = [], start = 0
        for i in 1...run.count where i == run.count || abs(run[i].x - run[start].x) >= 0.25 {
            let group = run[start..<i]
            let low = group.indices.min { group[$0].y < group[$1].y }!
            let high = group.indices.max { group[$0].y < group[$1].y }!
            result += Set([start, low, high, i - 1]).sorted().map { run[$0] }
            start = i
        }
        return result
    }

    func drawKey(on canvas: any Canvas, in rect: Rect) {
        let (y, center) = (rect.center.y, rect.center)
        if hasLine { canvas.stroke([[Point(x: rect.x, y: y), Point(x: rect.right, y: y)]], stroke) }
        marker?.draw(on: canvas, center, size: markerSize, stroke.color)
    }

    func points(_ place: Placement) -> [Point] {
        let run = zip(xs, ys).compactMap { place($0, $1) }
        if !hasLine { return run }
        // A long straight piece is in the way too.
        var points = run
        for (a, b) in zip(run, run.dropFirst()) { points.append(Point(x: (a.x + b.x) / 2, y: (a.y + b.y) / 2)) }
        return points
    }
}

/// A line across the whole axes.
struct Rule: Artist {
    let label: String?
    let value: Double
    let isVertical: Bool
    let stroke: Stroke

    var level: Int { 2 }
    var xs: [Double] { isVertical ? [value] : [] }
    var ys: [Double] { isVertical ? [] : [value] }

    func draw(on canvas: any Canvas, _ place: Placement) {
        let at = isVertical ? place.x(value) : place.y(value), inside = place.inside
        if at.isNaN { return }
        canvas.stroke(
            [
                isVertical
                    ? [Point(x: at, y: inside.y), Point(x: at, y: inside.bottom)]
                    : [Point(x: inside.x, y: at), Point(x: inside.right, y: at)]
            ], stroke)
    }

    func drawKey(on canvas: any Canvas, in rect: Rect) {
        canvas.stroke([[Point(x: rect.x, y: rect.center.y), Point(x: rect.right, y: rect.center.y)]], stroke)
    }
}

/// The area between two lines.
struct Band: Artist {
    let label: String?
    let xs, lower, upper: [Double]
    let color: PlotColor

    var level: Int { 1 }
    var ys: [Double] { lower + upper }

    func draw(on canvas: any Canvas, _ place: Placement) {
        var contours: [[Point]] = [], above: [Point] = [], below: [Point] = []
        func end() {
            if above.count > 1 { contours.append(Line.thinned(above) + Line.thinned(below).reversed()) }
            (above, below) = ([], [])
        }
        for (x, (low, high)) in zip(xs, zip(lower, upper)) {
            guard let bottom = place(x, low), let top = place(x, high) else {
                end()
                continue
            }
            above.append(top)
            below.append(bottom)
        }
        end()
        if !contours.isEmpty { canvas.fill(contours, color) }
    }

    func drawKey(on canvas: any Canvas, in rect: Rect) { drawPatchKey(on: canvas, in: rect, color) }
    func points(_ place: Placement) -> [Point] {
        zip(xs, lower).compactMap { place($0, $1) } + zip(xs, upper).compactMap { place($0, $1) }
    }
}

/// Points.
struct Scatter: Artist {
    let label: String?
    let xs, ys: [Double]
    /// The width of each point.
    let sizes: [Double]
    /// The color of each point.
    let colors: [PlotColor]
    let marker: Marker

    var level: Int { 1 }

    func draw(on canvas: any Canvas, _ place: Placement) {
        for i in xs.indices {
            if let point = place(xs[i], ys[i]) {
                marker.draw(on: canvas, point, size: sizes[i], colors[i])
            }
        }
    }

    func drawKey(on canvas: any Canvas, in rect: Rect) {
        marker.draw(on: canvas, rect.center, size: min(sizes.first ?? 6, 8), colors.first ?? PlotColor.cycle[0])
    }
}
