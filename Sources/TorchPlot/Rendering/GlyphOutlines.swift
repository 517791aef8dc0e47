import Foundation
import Torch

/// The outline of a letter, for PNG files.
struct Glyph {
    /// The width, in parts of the size.
    var advance = 0.0
    /// The corners of each contour in parts of the size, upwards from the baseline. Curves are flattened.
    var contours: [[Point]] = []
}

/// The outlines of all letters.
///
/// A server need not have a font or a library that draws text, and the same figure should give the same bytes on every
/// machine. So the outlines of one font are in this library. It is Tuffy, which has Latin, Greek and Cyrillic letters
/// and is in the public domain, so programs owe nobody a notice. SVG files name fonts of the reader instead.
enum GlyphOutlines {
    private static let unit = 1024.0

    private static let table: [Character: Glyph] = {
        let bytes = Data(base64Encoded: GlyphData.base64, options: .ignoreUnknownCharacters)!
        var position = bytes.startIndex
        func number() -> Int {
            var value = 0, shift = 0
            while true {
                let byte = Int(bytes[position])
                position += 1
                value |= (byte & 0x7f) << shift
                if byte < 0x80 { return value }
                shift += 7
            }
        }
        func signed(_ value: Int) -> Double { Double(value & 1 == 0 ? value >> 1 : -(value >> 1) - 1) }
        var codes: [Int] = [], glyphs: [Glyph] = [], parts: [(glyph: Int, part: Int, offset: Point)] = []
        for i in 0..<number() {
            codes.append(number())
            var glyph = Glyph(advance: Double(number()) / unit)
            let form = number()
            if form & 1 == 1 {
                for _ in 0..<form >> 1 { parts.append((i, number(), Point(x: signed(number()), y: signed(number())))) }
            } else {
                var at = Point(x: 0, y: 0)
                for _ in 0..<form >> 1 {
                    glyph.contours.append(
                        flattened(
                            (0..<number()).map { _ in
                                let first = number()
                                at = Point(x: at.x + signed(first >> 1), y: at.y + signed(number()))
                                return (Point(x: at.x / unit, y: at.y / unit), first & 1 == 1)
                            }))
                }
            }
            glyphs.append(glyph)
        }
        for (glyph, part, offset) in parts {
            glyphs[glyph].contours += glyphs[part].contours.map { contour in
                contour.map { Point(x: $0.x + offset.x / unit, y: $0.y + offset.y / unit) }
            }
        }
        return Dictionary(
            zip(codes, glyphs).filter { $0.0 > 0 }.map { (Character(UnicodeScalar(UInt32($0))!), $1) },
            uniquingKeysWith: { first, _ in first })
    }()

    /// Returns the corners of a contour of TrueType: quadratic curves whose control points are off the curve. Between
    /// two of these, their middle is on it.
    private static func flattened(_ points: [(place: Point, isOn: Bool)]) -> [Point] {
        func middle(_ a: Point, _ b: Point) -> Point { Point(x: (a.x + b.x) / 2, y: (a.y + b.y) / 2) }
        var corners: [Point] = []
        let count = points.count
        for i in 0..<count {
            let (place, isOn) = points[i]
            if isOn {
                corners.append(place)
                continue
            }
            let before = points[(i + count - 1) % count], after = points[(i + 1) % count]
            let from = before.isOn ? before.place : middle(before.place, place)
            let to = after.isOn ? after.place : middle(place, after.place)
            let steps = 6
            for k in 0...steps where k > 0 || !before.isOn {
                let t = Double(k) / Double(steps), s = 1 - t
                corners.append(
                    Point(
                        x: s * s * from.x + 2 * s * t * place.x + t * t * to.x,
                        y: s * s * from.y + 2 * s * t * place.y + t * t * to.y))
            }
        }
        return corners
    }

    /// Returns the outline of a letter. A letter that the font lacks is a hollow box.
    static func glyph(_ letter: Character) -> Glyph {
        if let glyph = table[letter] { return glyph }
        if letter.isWhitespace { return Glyph(advance: 0.3) }
        // Chinese, Japanese and Korean letters and pictures are as wide as high.
        let width = letter.unicodeScalars.first!.value < 0x1100 ? 0.6 : 1
        func box(_ inset: Double) -> [Point] {
            let (left, right, top) = (0.08 + inset, width - 0.08 - inset, 0.72 - inset)
            return [
                Point(x: left, y: inset), Point(x: right, y: inset), Point(x: right, y: top), Point(x: left, y: top)
            ]
        }
        return Glyph(advance: width, contours: [box(0), box(0.06).reversed()])
    }

    /// Returns the outlines of a text of size 1 that begins at the point (0, 0), and its width.
    static func outlines(_ text: String) -> (contours: [[Point]], width: Double) {
        var contours: [[Point]] = [], x = 0.0
        for letter in text.precomposedStringWithCanonicalMapping {
            let glyph = glyph(letter)
            contours += glyph.contours.map { contour in contour.map { Point(x: $0.x + x, y: $0.y) } }
            x += glyph.advance
        }
        return (contours, x)
    }
}

/// The sizes of texts. The fonts that readers of SVG files have are wider than ours by up to a sixth. Both canvases
/// leave room for that.
enum TextSize {
    /// The size of an exponent, in parts of that of its text.
    static let exponent = 0.7
    /// How far an exponent is raised, in parts of the size.
    static let raise = 0.42

    static func width(_ text: String, exponent: String = "", _ size: Double) -> Double {
        let width = GlyphOutlines.outlines(text).width + TextSize.exponent * GlyphOutlines.outlines(exponent).width
        return width * size * 1.15
    }

    /// The height of a capital letter.
    static func height(_ size: Double) -> Double { 0.72 * size }
}
