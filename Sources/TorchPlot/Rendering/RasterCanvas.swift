#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch

/// Draws a figure as pixels. A pixel that a form covers in part is mixed with the form's color in that part.
final class RasterCanvas: Canvas {
    let width, height: Int
    /// Pixels a point.
    private let scale: Double
    /// Red, green and blue of each pixel, in 0...1.
    private var pixels: [Float]
    /// The pixels that may be written: those from `left` to before `right`, and so on.
    private var bounds: (left: Int, top: Int, right: Int, bottom: Int)

    /// Creates a white canvas.
    init(width: Int, height: Int, scale: Double) {
        (self.width, self.height, self.scale) = (width, height, scale)
        pixels = [Float](repeating: 1, count: width * height * 3)
        bounds = (0, 0, width, height)
    }

    /// The bytes of the pixels, three each.
    var bytes: [UInt8] { pixels.map { UInt8(($0 * 255).rounded()) } }

    private func scaled(_ point: Point) -> Point { Point(x: point.x * scale, y: point.y * scale) }

    private func mix(_ x: Int, _ y: Int, _ color: PlotColor, _ coverage: Double) {
        let share = Float(coverage * color.alpha), i = (y * width + x) * 3
        pixels[i] += share * (Float(color.red) - pixels[i])
        pixels[i + 1] += share * (Float(color.green) - pixels[i + 1])
        pixels[i + 2] += share * (Float(color.blue) - pixels[i + 2])
    }

    func fill(_ contours: [[Point]], _ color: PlotColor) {
        let contours = contours.map { $0.map(scaled) }
        guard let area = PixelArea(contours.joined(), margin: 0, within: bounds) else { return }
        var coverage = AreaCoverage(area)
        for contour in contours {
            for i in contour.indices { coverage.add(contour[i], contour[i + 1 < contour.count ? i + 1 : 0]) }
        }
        coverage.forEach { mix($0, $1, color, $2) }
    }

    func fill(_ rect: Rect, _ color: PlotColor) {
        // Both sides are moved in the same way, so neighbours meet. Something of a thin rectangle stays.
        let left = (rect.x * scale).rounded(), top = (rect.y * scale).rounded()
        let right = (rect.right * scale).rounded(), bottom = (rect.bottom * scale).rounded()
        fillPixels(
            left, top, rect.width > 0 ? max(right, left + 1) : right,
            rect.height > 0 ? max(bottom, top + 1) : bottom, color)
    }

    private func fillPixels(_ left: Double, _ top: Double, _ right: Double, _ bottom: Double, _ color: PlotColor) {
        let columns = max(Int(left), bounds.left)..<max(max(Int(left), bounds.left), min(Int(right), bounds.right))
        let rows = max(Int(top), bounds.top)..<max(max(Int(top), bounds.top), min(Int(bottom), bounds.bottom))
        for y in rows { for x in columns { mix(x, y, color, 1) } }
    }

    func rule(_ from: Point, _ to: Point, _ color: PlotColor, width: Double) {
        let thickness = max(1, (width * scale).rounded()), isVertical = from.x == to.x
        func side(_ place: Double) -> Double { (place * scale - thickness / 2).rounded() }
        let (left, top) = (side(min(from.x, to.x)), side(min(from.y, to.y)))
        if isVertical {
            fillPixels(left, top, left + thickness, side(max(from.y, to.y)) + thickness, color)
        } else {
            fillPixels(left, top, side(max(from.x, to.x)) + thickness, top + thickness, color)
        }
    }

    func stroke(_ lines: [[Point]], _ stroke: Stroke) {
        let lines = Dashes.split(lines, stroke.dashes).map { $0.map(scaled) }
        let radius = stroke.width * scale / 2
        guard let area = PixelArea(lines.joined(), margin: radius + 1, within: bounds) else { return }
        var coverage = LineCoverage(area, radius: radius)
        for line in lines {
            if line.count == 1 { coverage.add(line[0], line[0]) }
            for (a, b) in zip(line, line.dropFirst()) { coverage.add(a, b) }
        }
        coverage.forEach { mix($0, $1, stroke.color, $2) }
    }

    func circle(_ center: Point, radius: Double, _ color: PlotColor) {
        stroke([[center]], Stroke(color: color, width: radius * 2))
    }

    func text(_ text: String, exponent: String, at point: Point, _ style: TextStyle) {
        let main = GlyphOutlines.outlines(text), raised = GlyphOutlines.outlines(exponent)
        let contours =
            main.contours
            + raised.contours.map { contour in
                contour.map {
                    Point(x: $0.x * TextSize.exponent + main.width, y: $0.y * TextSize.exponent + TextSize.raise)
                }
            }
        let length = main.width + raised.width * TextSize.exponent
        let shift = style.anchor == .start ? 0 : style.anchor == .middle ? length / 2 : length
        let angle = style.angle * .pi / 180, (c, s) = (cos(angle), sin(angle))
        // Letters whose baseline is between two rows of pixels look blurred.
        let at =
            style.angle == 0
            ? Point(x: point.x, y: (point.y * scale).rounded() / scale)
            : style.angle == 90 ? Point(x: (point.x * scale).rounded() / scale, y: point.y) : point
        fill(
            contours.map { contour in
                contour.map {
                    let x = ($0.x - shift) * style.size, y = $0.y * style.size
                    return Point(x: at.x + x * c - y * s, y: at.y - x * s - y * c)
                }
            }, style.color)
    }

    func image(_ image: PixelImage, in rect: Rect) {
        let across = Resampling(image.width, from: rect.x * scale, to: rect.right * scale, bounds.left..<bounds.right)
        let down = Resampling(image.height, from: rect.y * scale, to: rect.bottom * scale, bounds.top..<bounds.bottom)
        for (y, rows) in down.weights {
            for (x, columns) in across.weights {
                var sum = (red: 0.0, green: 0.0, blue: 0.0, alpha: 0.0)
                for (row, a) in rows {
                    for (column, b) in columns {
                        let i = (row * image.width + column) * 4, share = a * b * Double(image.bytes[i + 3]) / 255
                        sum.red += share * Double(image.bytes[i])
                        sum.green += share * Double(image.bytes[i + 1])
                        sum.blue += share * Double(image.bytes[i + 2])
                        sum.alpha += share
                    }
                }
                guard sum.alpha > 0 else { continue }
                let unit = 255 * sum.alpha
                mix(x, y, PlotColor(red: sum.red / unit, green: sum.green / unit, blue: sum.blue / unit), sum.alpha)
            }
        }
    }

    func clip(to rect: Rect, _ body: () throws -> Void) rethrows {
        let outer = bounds
        defer { bounds = outer }
        // A line on the border is not cut.
        bounds = (
            max(outer.left, Int((rect.x * scale).rounded())), max(outer.top, Int((rect.y * scale).rounded())),
            min(outer.right, Int((rect.right * scale).rounded())),
            min(outer.bottom, Int((rect.bottom * scale).rounded()))
        )
        if bounds.left < bounds.right, bounds.top < bounds.bottom { try body() }
    }
}
