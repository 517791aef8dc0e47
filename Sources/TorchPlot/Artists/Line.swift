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
        if hasLine {
            let room = place.inside.grown(by: stroke.width + 1)
            canvas.stroke(runs(place).flatMap { Line.clipped(Line.thinned($0), to: room) }, stroke)
        }
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

    /// Returns the parts of a line that are in a rectangle. What is far outside would be divided into dashes too.
    static func clipped(_ run: [Point], to rect: Rect) -> [[Point]] {
        if run.allSatisfy(rect.contains) { return [run] }
        var parts: [[Point]] = []
        for (a, b) in zip(run, run.dropFirst()) {
            // The part of the segment from a to b that is inside (Liang and Barsky, 1984).
            var from = 0.0, to = 1.0
            for (start, step, low, high) in [
                (a.x, b.x - a.x, rect.x, rect.right), (a.y, b.y - a.y, rect.y, rect.bottom)
            ] {
                if step == 0 {
                    if start < low || start > high { to = -1 }
                    continue
                }
                let ends = ((low - start) / step, (high - start) / step)
                from = max(from, min(ends.0, ends.1))
                to = min(to, max(ends.0, ends.1))
            }
            if from > to { continue }
            func point(_ t: Double) -> Point { Point(x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y)) }
            let begin = from == 0 ? a : point(from), end = to == 1 ? b : point(to)
            if parts.last?.last == begin, from == 0 {
                parts[parts.count - 1].append(end)
            } else {
                parts.append([begin, end])
            }
        }
        return parts
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
            if let point = place(xs[i], ys[i]), place.inside.grown(by: sizes[i]).contains(point) {
                marker.draw(on: canvas, point, size: sizes[i], colors[i])
            }
        }
    }

    func drawKey(on canvas: any Canvas, in rect: Rect) {
        marker.draw(on: canvas, rect.center, size: min(sizes.first ?? 6, 8), colors.first ?? PlotColor.cycle[0])
    }
}
