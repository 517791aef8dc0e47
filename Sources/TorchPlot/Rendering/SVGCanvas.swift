import Foundation
import Torch
import TorchFiles

/// Writes a figure as SVG. Texts stay texts, in a font of the reader.
final class SVGCanvas: Canvas {
    private var body = ""
    private let width, height: Double

    init(width: Double, height: Double) { (self.width, self.height) = (width, height) }

    /// The file.
    var file: String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="\(number(width))pt" height="\(number(height))pt" \
        viewBox="0 0 \(number(width)) \(number(height))" \
        font-family="Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif">
        \(body)</svg>

        """
    }

    /// Returns a number with at most two digits behind the point.
    private func number(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded()), rest = abs(hundredths % 100)
        let whole = (hundredths < 0 ? "-" : "") + String(abs(hundredths) / 100)
        if rest == 0 { return hundredths == 0 ? "0" : whole }
        return rest % 10 == 0 ? "\(whole).\(rest / 10)" : "\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }

    private func place(_ point: Point) -> String { "\(number(point.x)) \(number(point.y))" }

    /// Returns the attributes of a color: `fill="#1f77b4" fill-opacity="0.5"`.
    private func paint(_ attribute: String, _ color: PlotColor) -> String {
        func part(_ value: Double) -> String { format(Int((value * 255).rounded()), "02x") }
        let opacity = color.alpha == 1 ? "" : " \(attribute)-opacity=\"\(number(color.alpha))\""
        return "\(attribute)=\"#\(part(color.red))\(part(color.green))\(part(color.blue))\"\(opacity)"
    }

    private func form(_ rect: Rect) -> String {
        "x=\"\(number(rect.x))\" y=\"\(number(rect.y))\" width=\"\(number(rect.width))\" height=\"\(number(rect.height))\""
    }

    func fill(_ contours: [[Point]], _ color: PlotColor) {
        let path = contours.map { "M" + $0.map(place).joined(separator: "L") + "Z" }.joined()
        body += "<path d=\"\(path)\" \(paint("fill", color))/>\n"
    }

    func fill(_ rect: Rect, _ color: PlotColor) {
        body += "<rect \(form(rect)) \(paint("fill", color)) shape-rendering=\"crispEdges\"/>\n"
    }

    func stroke(_ lines: [[Point]], _ stroke: Stroke) {
        // A line of one point is a dot.
        let path = lines.map { line in
            "M" + (line.count == 1 ? line + line : line).map(place).joined(separator: "L")
        }.joined()
        let dashes =
            stroke.dashes.isEmpty
            ? "" : " stroke-dasharray=\"\(stroke.dashes.map(number).joined(separator: " "))\""
        body +=
            "<path d=\"\(path)\" fill=\"none\" \(paint("stroke", stroke.color)) stroke-width=\"\(number(stroke.width))\" stroke-linecap=\"round\" stroke-linejoin=\"round\"\(dashes)/>\n"
    }

    func rule(_ from: Point, _ to: Point, _ color: PlotColor, width: Double) {
        body +=
            "<path d=\"M\(place(from))L\(place(to))\" \(paint("stroke", color)) stroke-width=\"\(number(width))\" stroke-linecap=\"square\"/>\n"
    }

    func circle(_ center: Point, radius: Double, _ color: PlotColor) {
        body +=
            "<circle cx=\"\(number(center.x))\" cy=\"\(number(center.y))\" r=\"\(number(radius))\" \(paint("fill", color))/>\n"
    }

    func text(_ text: String, exponent: String, at point: Point, _ style: TextStyle) {
        let anchor = style.anchor == .start ? "" : " text-anchor=\"\(style.anchor.rawValue)\""
        let turn = style.angle == 0 ? "" : " transform=\"rotate(\(number(-style.angle)) \(place(point)))\""
        let raised =
            exponent.isEmpty
            ? ""
            : "<tspan dy=\"\(number(-TextSize.raise * style.size))\" font-size=\"\(number(TextSize.exponent * style.size))\">\(escaped(exponent))</tspan>"
        body +=
            "<text x=\"\(number(point.x))\" y=\"\(number(point.y))\" font-size=\"\(number(style.size))\" \(paint("fill", style.color))\(anchor)\(turn)>\(escaped(text))\(raised)</text>\n"
    }

    /// Returns a text for XML. Characters that XML forbids are replaced.
    private func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "\"": result += "&quot;"
            case "\t", "\n", "\r": result += " "
            case "\u{0}"..<" ", "\u{fffe}", "\u{ffff}": result += "\u{fffd}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    func image(_ image: PixelImage, in rect: Rect) throws {
        let file = try PNGFile.encode(image.bytes, width: image.width, height: image.height, channels: 4)
        let isEnlarged = Double(image.width) < rect.width * 2
        body +=
            "<image \(form(rect)) preserveAspectRatio=\"none\"\(isEnlarged ? " style=\"image-rendering:pixelated\"" : "") href=\"data:image/png;base64,\(Data(file).base64EncodedString())\"/>\n"
    }

    func clip(to rect: Rect, _ body: () throws -> Void) rethrows {
        // An inner image clips without an identifier, which could occur twice in a page.
        self.body +=
            "<svg \(form(rect)) viewBox=\"\(number(rect.x)) \(number(rect.y)) \(number(rect.width)) \(number(rect.height))\">\n"
        try body()
        self.body += "</svg>\n"
    }
}
