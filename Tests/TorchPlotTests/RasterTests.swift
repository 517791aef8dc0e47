import Testing
import Torch

@testable import TorchPlot

/// The numbers are areas and distances, computed by hand.
@Suite struct RasterTests {
    private let black: PlotColor = "black"

    private func point(_ x: Double, _ y: Double) -> Point { Point(x: x, y: y) }

    @Test func aFormCoversItsArea() {
        // A right triangle of the area 12.5, and a quarter of a pixel.
        let triangle = Picture(width: 10, height: 10) {
            $0.fill([[point(2, 2), point(7, 2), point(2, 7)]], black)
        }
        #expect(abs(triangle.ink - 12.5) < 0.05)
        #expect(triangle[3, 3] == [0, 0, 0] && triangle[6, 6] == [255, 255, 255])
        let quarter = Picture(width: 3, height: 3) {
            $0.fill([[point(1, 1), point(1.5, 1), point(1.5, 1.5), point(1, 1.5)]], black)
        }
        #expect(quarter[1, 1] == [191, 191, 191] && quarter[0, 0] == [255, 255, 255])
        // A hole runs the other way round.
        let ring = Picture(width: 8, height: 8) {
            $0.fill(
                [
                    [point(1, 1), point(7, 1), point(7, 7), point(1, 7)],
                    [point(3, 3), point(3, 5), point(5, 5), point(5, 3)]
                ], black)
        }
        #expect(abs(ring.ink - 32) < 1e-3 && ring[4, 4] == [255, 255, 255])
    }

    @Test func aFormBeyondTheBordersIsCut() {
        let picture = Picture(width: 6, height: 6) {
            $0.fill([[point(-1000, 1), point(1000, 1), point(1000, 3), point(-1000, 3)]], black)
        }
        #expect(abs(picture.ink - 12) < 1e-3)
        let slanted = Picture(width: 6, height: 6) {
            $0.fill([[point(-3, 0), point(9, 12), point(-3, 12)]], black)
        }
        // The part below the line y = x + 3: a triangle with two sides of 3.
        #expect(abs(slanted.ink - 4.5) < 0.05)
    }

    @Test func aLineCoversItsWidth() {
        let line = Picture(width: 20, height: 9) {
            $0.stroke([[point(5, 4.5), point(15, 4.5)]], Stroke(color: black, width: 2))
        }
        // Half of the rows above and below: 0.5 at the distance 1.
        #expect(line[10, 4] == [0, 0, 0] && line[10, 3] == [128, 128, 128] && line[10, 2] == [255, 255, 255])
        // A thin line is pale.
        let thin = Picture(width: 20, height: 9) {
            $0.stroke([[point(5, 4.5), point(15, 4.5)]], Stroke(color: black, width: 0.5))
        }
        #expect(thin[10, 4] == [128, 128, 128])
        // Where lines cross, a pale color is not darker.
        let cross = Picture(width: 11, height: 11) {
            $0.stroke(
                [[point(0, 5.5), point(11, 5.5)], [point(5.5, 0), point(5.5, 11)]],
                Stroke(color: black.withAlpha(0.5), width: 3))
        }
        #expect(cross[5, 5] == [128, 128, 128] && cross[5, 1] == [128, 128, 128])
    }

    @Test func aCircleIsRound() {
        let picture = Picture(width: 24, height: 24) { $0.circle(point(12, 12), radius: 8, black) }
        #expect(abs(picture.ink - 201.06) < 1)
        #expect(picture[12, 4] == picture[4, 12] && picture[12, 19] == picture[12, 4])
    }

    @Test func rulesAndRectanglesAreSharp() {
        let picture = Picture(width: 10, height: 10) {
            $0.rule(point(2, 4.3), point(8, 4.3), black, width: 0.8)
            $0.fill(Rect(x: 1.4, y: 6.4, width: 3.2, height: 2), "red")
            $0.fill(Rect(x: 4.6, y: 6.4, width: 3.2, height: 2), "red")
        }
        #expect(picture[5, 4] == [0, 0, 0] && picture[5, 3] == [255, 255, 255])
        // Neighbours leave no gap.
        #expect((1..<8).allSatisfy { picture[$0, 7] == [255, 0, 0] } && picture[8, 7] == [255, 255, 255])
    }

    @Test func dashesGoOnAroundCorners() {
        let dashes = Dashes.split([[point(0, 0), point(3, 0), point(3, 4)]], [2, 1])
        #expect(
            dashes == [[point(0, 0), point(2, 0)], [point(3, 0), point(3, 2)], [point(3, 3), point(3, 4)]]
                || dashes == [
                    [point(0, 0), point(2, 0)], [point(3, 0), point(3, 0), point(3, 2)], [point(3, 3), point(3, 4)]
                ])
        #expect(Dashes.split([[point(0, 0), point(1, 0)]], []) == [[point(0, 0), point(1, 0)]])
    }

    @Test func imagesKeepSharpPixelsAndShrinkToMeans() {
        let image = PixelImage(width: 2, height: 1, bytes: [0, 0, 0, 255, 255, 0, 0, 255])
        let large = Picture(width: 8, height: 4) { $0.image(image, in: Rect(x: 0, y: 0, width: 8, height: 4)) }
        #expect(large[3, 0] == [0, 0, 0] && large[4, 3] == [255, 0, 0])
        let small = Picture(width: 1, height: 1) { $0.image(image, in: Rect(x: 0, y: 0, width: 1, height: 1)) }
        #expect(small[0, 0] == [128, 0, 0])
        // What is not opaque lets the white below through.
        let clear = PixelImage(width: 1, height: 1, bytes: [0, 0, 0, 51])
        let pale = Picture(width: 1, height: 1) { $0.image(clear, in: Rect(x: 0, y: 0, width: 1, height: 1)) }
        #expect(pale[0, 0] == [204, 204, 204])
    }

    @Test func aClipKeepsTheRestWhite() {
        let picture = Picture(width: 8, height: 8) { canvas in
            canvas.clip(to: Rect(x: 2, y: 2, width: 4, height: 4)) {
                canvas.fill(Rect(x: 0, y: 0, width: 8, height: 8), black)
                canvas.stroke([[point(0, 4), point(8, 4)]], Stroke(color: black, width: 3))
            }
        }
        #expect(abs(picture.ink - 16) < 1e-9)
    }

    @Test func lettersHaveOutlines() {
        // The stem of an l and the two bars of an =: no letter is empty, no letter is a box.
        for letter in "Az0−é½ΩЖ₂⁻≤" {
            let glyph = GlyphOutlines.glyph(letter)
            #expect(!glyph.contours.isEmpty && glyph.advance > 0.15 && glyph.advance < 1.2, "\(letter)")
        }
        #expect(GlyphOutlines.glyph(" ").contours.isEmpty && GlyphOutlines.glyph(" ").advance > 0.2)
        // Letters that the font lacks are as wide as high, and hollow.
        #expect(GlyphOutlines.glyph("語").advance == 1 && GlyphOutlines.glyph("語").contours.count == 2)
        // Both spellings of é are one letter.
        #expect(GlyphOutlines.outlines("e\u{301}").width == GlyphOutlines.outlines("é").width)
        // é is an e with an accent.
        #expect(GlyphOutlines.glyph("é").contours.count == GlyphOutlines.glyph("e").contours.count + 1)
        let text = Picture(width: 60, height: 20) {
            $0.text("ll", at: point(5, 15), TextStyle(size: 14, color: black))
        }
        #expect(text.ink > 15 && text.ink < 50)
        // A text that is turned covers about as much.
        let turned = Picture(width: 20, height: 60) {
            $0.text("ll", at: point(15, 55), TextStyle(size: 14, color: black, angle: 90))
        }
        #expect(abs(turned.ink - text.ink) < 1)
    }
}
