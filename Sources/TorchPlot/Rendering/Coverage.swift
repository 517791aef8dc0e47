#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Some pixels of a canvas: those from `left` to before `right` and from `top` to before `bottom`.
struct PixelArea {
    let left, top, right, bottom: Int

    var width: Int { right - left }
    var height: Int { bottom - top }

    /// Creates the smallest area around points, or nil if it is outside of the bounds.
    init?(
        _ points: some Sequence<Point>, margin: Double, within bounds: (left: Int, top: Int, right: Int, bottom: Int)
    ) {
        var low = Point(x: .infinity, y: .infinity), high = Point(x: -.infinity, y: -.infinity)
        for point in points {
            low = Point(x: min(low.x, point.x), y: min(low.y, point.y))
            high = Point(x: max(high.x, point.x), y: max(high.y, point.y))
        }
        guard low.x <= high.x, low.y <= high.y else { return nil }
        left = max(bounds.left, Int((low.x - margin).rounded(.down)))
        top = max(bounds.top, Int((low.y - margin).rounded(.down)))
        right = min(bounds.right, Int((high.x + margin).rounded(.up)) + 1)
        bottom = min(bounds.bottom, Int((high.y + margin).rounded(.up)) + 1)
        if left >= right || top >= bottom { return nil }
    }
}

/// The part of each pixel that lies inside closed curves.
///
/// Each edge adds, in every row that it crosses, the area to its right, with the sign of its direction. Only changes
/// from pixel to pixel are kept, so an edge costs as many steps as it has pixels. Levien's font-rs works in this way.
struct AreaCoverage {
    private let area: PixelArea
    private var changes: [Double]

    init(_ area: PixelArea) {
        self.area = area
        changes = [Double](repeating: 0, count: (area.width + 2) * area.height)
    }

    /// Adds an edge.
    mutating func add(_ a: Point, _ b: Point) {
        let a = Point(x: a.x - Double(area.left), y: a.y - Double(area.top))
        let b = Point(x: b.x - Double(area.left), y: b.y - Double(area.top))
        if a.y == b.y { return }
        let (sign, upper, lower) = a.y < b.y ? (1.0, a, b) : (-1.0, b, a)
        let slope = (lower.x - upper.x) / (lower.y - upper.y), most = Double(area.width)
        let first = max(0, Int(upper.y.rounded(.down))), last = min(area.height, Int(lower.y.rounded(.up)))
        if first >= last { return }
        for row in first..<last {
            let top = max(upper.y, Double(row)), bottom = min(lower.y, Double(row + 1))
            if top >= bottom { continue }
            let from = upper.x + (top - upper.y) * slope, to = upper.x + (bottom - upper.y) * slope
            let (left, right) = (min(from, to), max(from, to)), height = (bottom - top) * sign
            // The parts of the edge that lie beyond the left and the right border run along these borders.
            let inside = (max(0, min(left, most)), max(0, min(right, most)))
            let share = right > left ? 1 / (right - left) : 0
            let before = right > left ? max(0, min(right, 0) - left) * share : (left < 0 ? 1 : 0)
            if before > 0 { cover(row, 0, 0, height * before) }
            let middle = right > left ? (inside.1 - inside.0) * share : (0...most).contains(left) ? 1 : 0
            if middle > 0 { cover(row, inside.0, inside.1, height * middle) }
        }
    }

    /// Adds what lies to the right of an edge from `left` to `right` in one row.
    private mutating func cover(_ row: Int, _ left: Double, _ right: Double, _ height: Double) {
        let start = row * (area.width + 2), first = Int(left)
        if right <= Double(first + 1) {
            let rest = (left + right) / 2 - Double(first)
            changes[start + first] += height * (1 - rest)
            changes[start + first + 1] += height * rest
            return
        }
        // The covered part of each pixel is the mean over the edge of what lies to its right.
        var done = 0.0
        for column in first...min(area.width, Int(right.rounded(.up))) {
            let end = Double(column + 1), from = max(left, Double(column)), to = min(right, end)
            let crossing = to > from ? (to - from) * (end - (from + to) / 2) : 0
            let passed = max(0, min(Double(column), right) - left)
            let total = height * (crossing + passed) / (right - left)
            changes[start + column] += total - done
            done = total
        }
        changes[start + min(area.width, Int(right.rounded(.up))) + 1] += height - done
    }

    /// Calls a function with the place and the covered part of each pixel that is covered.
    func forEach(_ body: (Int, Int, Double) -> Void) {
        for row in 0..<area.height {
            var sum = 0.0
            for column in 0..<area.width {
                sum += changes[row * (area.width + 2) + column]
                let part = min(1, abs(sum))
                if part > 1e-4 { body(area.left + column, area.top + row, part) }
            }
        }
    }
}

/// The part of each pixel that lies on lines with round ends, taken from the distance of its center.
struct LineCoverage {
    private let area: PixelArea
    private let radius: Double
    private var parts: [Float]

    init(_ area: PixelArea, radius: Double) {
        (self.area, self.radius) = (area, radius)
        parts = [Float](repeating: 0, count: area.width * area.height)
    }

    /// Adds a line. Where lines meet, the greatest part counts.
    mutating func add(_ a: Point, _ b: Point) {
        let reach = radius + 0.5, dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy
        // A line that is thinner than a pixel covers no pixel as a whole.
        let most = min(1, 2 * radius)
        let rows = (low: Int((min(a.y, b.y) - reach).rounded(.down)), high: Int((max(a.y, b.y) + reach).rounded(.up)))
        let first = max(area.top, rows.low), last = min(area.bottom - 1, rows.high)
        if first > last { return }
        for row in first...last {
            let y = Double(row) + 0.5
            // Only the part of the line that is near the row can reach its pixels.
            var from = 0.0, to = 1.0
            if dy != 0 {
                let ends = ((y - reach - a.y) / dy, (y + reach - a.y) / dy)
                (from, to) = (max(0, min(ends.0, ends.1)), min(1, max(ends.0, ends.1)))
                if from > to { continue }
            }
            let sides = (a.x + from * dx, a.x + to * dx)
            let left = max(area.left, Int((min(sides.0, sides.1) - reach).rounded(.down)))
            let right = min(area.right - 1, Int((max(sides.0, sides.1) + reach).rounded(.up)))
            if left > right { continue }
            for column in left...right {
                let px = Double(column) + 0.5 - a.x, py = y - a.y
                let t = square > 0 ? min(1, max(0, (px * dx + py * dy) / square)) : 0
                let distance = ((px - t * dx) * (px - t * dx) + (py - t * dy) * (py - t * dy)).squareRoot()
                let part = Float(min(most, max(0, reach - distance)))
                let i = (row - area.top) * area.width + column - area.left
                if part > parts[i] { parts[i] = part }
            }
        }
    }

    /// Calls a function with the place and the covered part of each pixel that is covered.
    func forEach(_ body: (Int, Int, Double) -> Void) {
        for row in 0..<area.height {
            for column in 0..<area.width {
                let part = parts[row * area.width + column]
                if part > 0 { body(area.left + column, area.top + row, Double(part)) }
            }
        }
    }
}

/// Dashed lines.
enum Dashes {
    /// Returns the dashes of lines. They go on around corners, and each line begins with one.
    static func split(_ lines: [[Point]], _ pattern: [Double]) -> [[Point]] {
        guard !pattern.isEmpty, pattern.reduce(0, +) > 0.01 else { return lines }
        var dashes: [[Point]] = []
        for line in lines {
            guard var at = line.first else { continue }
            var part = 0, left = pattern[0], dash = [at]
            for end in line.dropFirst() {
                var length = hypot(end.x - at.x, end.y - at.y)
                while length > left {
                    let share = left / length
                    at = Point(x: at.x + (end.x - at.x) * share, y: at.y + (end.y - at.y) * share)
                    length -= left
                    if part % 2 == 0 { dashes.append(dash + [at]) }
                    part = (part + 1) % pattern.count
                    left = pattern[part]
                    dash = [at]
                }
                left -= length
                at = end
                dash.append(end)
            }
            if part % 2 == 0 { dashes.append(dash) }
        }
        return dashes
    }
}

/// How the pixels of one dimension of an image become those of a canvas: each is the mean of what it covers.
struct Resampling {
    /// For each pixel of the canvas, pixels of the image and their shares. The shares of a pixel at the border add up
    /// to the part of it that the image covers.
    let weights: [(pixel: Int, shares: [(source: Int, share: Double)])]

    /// - Parameter bounds: the pixels that may be written.
    init(_ count: Int, from start: Double, to end: Double, _ bounds: Range<Int>) {
        let step = (end - start) / Double(count)
        let first = max(bounds.lowerBound, Int(start.rounded(.down)))
        let last = min(bounds.upperBound, Int(end.rounded(.up)))
        guard step > 0, first < last else {
            weights = []
            return
        }
        weights = (first..<last).map { pixel in
            let from = max(start, Double(pixel)), to = min(end, Double(pixel + 1))
            let low = max(0, Int((from - start) / step)), high = min(count - 1, Int((to - start) / step))
            let shares = (low...max(low, high)).map { source in
                let left = start + Double(source) * step
                return (source, max(0, min(to, left + step) - max(from, left)))
            }
            return (pixel, shares)
        }
    }
}
