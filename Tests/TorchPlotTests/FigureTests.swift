import Foundation
import Testing
import Torch
import TorchFiles

@testable import TorchPlot

@Suite struct FigureTests {
    /// The numbers of an attribute or of a path, in order.
    private func numbers(_ text: some StringProtocol) -> [Double] {
        String(text).matches(of: /-?\d+(?:\.\d+)?/).map { Double($0.0)! }
    }

    /// The corners of each line of a color.
    private func lines(_ svg: String, _ color: String) -> [[Double]] {
        svg.split(separator: "\n").filter { $0.contains("stroke=\"\(color)\"") && $0.contains("fill=\"none\"") }.flatMap
        {
            $0.split(separator: "\"")[1].split(separator: "M").map(numbers)
        }
    }

    /// The place of a text.
    private func place(_ svg: String, _ text: String) throws -> (x: Double, y: Double) {
        let line = try #require(svg.split(separator: "\n").first { $0.hasSuffix(">\(text)</text>") }, "\(text)")
        let found = numbers(line)
        return (found[0], found[1])
    }

    /// The whole file, so that a change of a form is seen. It was looked at in a browser.
    static func sample() -> Figure {
        let (figure, ax) = subplots(figsize: (3, 2))
        ax.plot([1, 2, 3, 4], [1, 0.5, 0.25, 0.125], label: "train")
        ax.fillBetween([1, 2, 3, 4], [0.8, 0.4, 0.2, 0.1], [1.2, 0.6, 0.3, 0.15])
        ax.scatter([1, 4], [0.9, 0.2], label: "test", color: "C1")
        ax.setYScale(.log)
        ax.setXLabel("epoch")
        ax.setYLabel("loss")
        ax.setTitle("A title")
        ax.legend()
        return figure
    }

    @Test func aFileIsAsRecorded() throws {
        #expect(try Self.sample().svg() == String(decoding: fixture("sample.svg"), as: UTF8.self))
    }

    @Test func aLineLiesWhereTheTicksSay() throws {
        let (figure, ax) = subplots()
        ax.plot([0, 1, 2], [10, 30, 20])
        let svg = try figure.svg(), line = try #require(lines(svg, "#1f77b4").first)
        #expect(line.count == 6)
        // Ticks at 0.00, 0.25, … and at 10.0, 12.5, …; the middle of a label is at its tick.
        for (i, label) in ["0.00", "1.00", "2.00"].enumerated() {
            #expect(abs(try place(svg, label).x - line[2 * i]) < 0.011)
        }
        let height = TextSize.height(Style.tickSize) / 2
        for (i, label) in [(0, "10.0"), (1, "30.0"), (2, "20.0")] {
            #expect(abs(try place(svg, label).y - height - line[2 * i + 1]) < 0.011)
        }
        // As in matplotlib, 5 % of the length is free at both ends.
        let inside = try #require(svg.split(separator: "\n").first { $0.hasPrefix("<svg x=") })
        let box = numbers(inside)
        #expect(abs((line[0] - box[0]) / box[2] - 0.05 / 1.1) < 1e-3)
        #expect(abs((line[4] - box[0]) / box[2] - 1.05 / 1.1) < 1e-3)
        #expect(abs((box[1] + box[3] - line[1]) / box[3] - 0.05 / 1.1) < 1e-3)
    }

    @Test func nanAndInfinityLeaveGaps() throws {
        let (figure, ax) = subplots()
        ax.plot([0, 1, .nan, 3, 4, .infinity, 6], color: "#010203")
        let found = lines(try figure.svg(), "#010203")
        #expect(found.map(\.count) == [4, 4, 4])
        // The last part is a point: a line of length 0.
        #expect(found[2][0] == found[2][2] && found[2][1] == found[2][3])
        // A logarithmic axis has no place for what is not positive.
        let (other, log) = subplots()
        log.plot([1.0, 0, 10, 100, -5], color: "#010203")
        log.setYScale(.log)
        #expect(lines(try other.svg(), "#010203").map(\.count) == [4, 4])
    }

    @Test func seriesWithoutPlacesDraw() throws {
        let (figure, axes) = subplots(2, 4, figsize: (12, 5))
        axes[0][0].plot([Double]())
        axes[0][0].legend()
        axes[0][1].plot([Double.nan, .infinity, -.infinity], label: "none")
        axes[0][1].legend()
        axes[0][2].scatter([Double](), [Double]())
        axes[0][2].hist([Double]())
        axes[0][3].bar([String](), [Double]())
        axes[1][0].plot([5.0])
        axes[1][0].setYScale(.log)
        axes[1][1].plot([-1.0, -2])
        axes[1][1].setXScale(.log)
        axes[1][1].setYScale(.log)
        axes[1][2].plot([-1e308, 1e308])
        axes[1][3].imshow(Tensor([[Float.nan, 1], [2, .infinity]]))
        let svg = try figure.svg()
        #expect(!svg.contains("nan") && !svg.contains("inf"))
        #expect(try PNGFile.form(of: figure.png(dpi: 50)).map { [$0.width, $0.height, $0.channels] } == [600, 250, 3])
    }

    @Test func textsAreWrittenForXML() throws {
        let (figure, ax) = subplots()
        ax.plot([1, 2], label: "a<b & \"c\" 'd'")
        ax.setTitle("日本語 \u{1}Ω")
        ax.legend()
        let svg = try figure.svg()
        #expect(svg.contains(">a&lt;b &amp; &quot;c&quot; 'd'</text>") && svg.contains(">日本語 \u{fffd}Ω</text>"))
        let parser = XMLCheck()
        #expect(parser.isWellFormed(svg))
    }

    @Test func bars() throws {
        let (figure, ax) = subplots()
        ax.bar(["a", "b"], [1, 3], color: "#010203")
        let rects = try figure.svg().split(separator: "\n").filter { $0.contains("#010203") }.map { numbers($0) }
        // They are 0.8 wide and stand on the same line; one is three times as high.
        #expect(rects.count == 2 && abs(rects[1][3] / rects[0][3] - 3) < 1e-3)
        #expect(abs(rects[0][2] / (rects[1][0] - rects[0][0]) - 0.8) < 1e-3)
        #expect(abs(rects[0][1] + rects[0][3] - rects[1][1] - rects[1][3]) < 0.011)
    }

    /// NumPy 2: `numpy.histogram`.
    @Test func histograms() {
        let (_, ax) = subplots()
        let values = [1.0, 2, 1, 4, 5, .nan, 2.5, 3.999, 4, 9]
        let (n, bins) = ax.hist(values, bins: 4)
        #expect(n == [4, 3, 1, 1] && bins == [1, 3, 5, 7, 9])
        #expect(ax.hist(values, bins: 2, range: 1...5).n == [4, 4])
        #expect(ax.hist(values, bins: 2, range: 1...5, density: true).n == [0.25, 0.25])
        #expect(ax.hist([3, 3], bins: 2).bins == [2.5, 3, 3.5])
        // Ends that are no binary fractions: 0.1 × 3 is more than 0.3.
        #expect(ax.hist([0, 0.1, 0.2, 0.3, 1.0], bins: 10).n == [1, 1, 2, 0, 0, 0, 0, 0, 0, 1])
    }

    /// The numbers of TensorBoard's formula, computed by hand.
    @Test func smoothing() {
        #expect(smoothed([1, 2, 4], weight: 0.5) == [1, 5.0 / 3, 3])
        #expect(smoothed([2, 2, 2], weight: 0.9) == [2, 2, 2])
        #expect(smoothed([1, 3], weight: 0) == [1, 3])
        let gap = smoothed([1, Double.nan, 2], weight: 0.5)
        #expect(gap[0] == 1 && gap[1].isNaN && gap[2] == 5.0 / 3)
        #expect(smoothed([Int](), weight: 0.5).isEmpty)
    }

    @Test func confusionMatricesShowCountsOrShares() throws {
        let matrix = Tensor([[8, 2], [0, 0]])
        let (figure, ax) = subplots()
        ax.confusionMatrix(matrix, classes: ["cat", "dog"])
        let svg = try figure.svg()
        for text in ["8", "2", "cat", "dog", "Predicted label", "True label"] {
            #expect(svg.contains(">\(text)</text>"))
        }
        #expect(try place(svg, "8").x < place(svg, "2").x && place(svg, "8").y == place(svg, "2").y)
        let (shares, cells) = subplots()
        cells.confusionMatrix(matrix, normalize: true)
        let text = try shares.svg()
        #expect(text.contains(">0.80</text>") && text.contains(">0.20</text>") && text.contains(">0.00</text>"))
        // White on dark, dark on light.
        #expect(text.split(separator: "\n").first { $0.contains(">0.80<") }!.contains("#ffffff"))
        #expect(text.split(separator: "\n").first { $0.contains(">0.20<") }!.contains("#262626"))
    }

    @Test func imagesHaveTheirColors() {
        func pixels(_ image: Tensor, _ cmap: Colormap = .gray, _ low: Double? = nil) -> [UInt8]? {
            PixelImage(image, cmap, low, nil)?.bytes
        }
        #expect(
            pixels(Tensor([[0.0, 1], [2, .nan]]))
                == [0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255, 0, 0, 0, 0])
        #expect(pixels(Tensor([[7.0]])) == [0, 0, 0, 255])
        #expect(pixels(Tensor([[[1.0]], [[0.5]], [[-3]]])) == [255, 128, 0, 255])
        #expect(pixels(Tensor([[[1, 2, 3, 4], [5, 6, 7, 8]]], dtype: .uint8).permute(0, 1, 2)) != nil)
        #expect(pixels(Tensor.full([2, 2, 4], 9, dtype: .uint8)) == [UInt8](repeating: 9, count: 16))
        #expect(pixels(Tensor.ones(1, 1, 1, dtype: .uint8)) == [1, 1, 1, 255])
        // matplotlib: the colors of 0, 0.5 and 1.
        for (map, colors) in [
            (Colormap.viridis, ["#440154", "#21918c", "#fde725"]), (.magma, ["#000004", "#b73779", "#fcfdbf"]),
            (.blues, ["#f7fbff", "#6aaed6", "#08306b"]), (.rdBu, ["#67001f", "#f6f7f7", "#053061"])
        ] {
            #expect([0, 0.5, 1].map { map($0) } == colors.map { PlotColor(name: $0)! })
        }
    }

    @Test func colorsHaveMatplotlibsNames() {
        #expect(PlotColor(name: "C1") == PlotColor(name: "#ff7f0e") && PlotColor(name: "C11") == PlotColor(name: "C1"))
        #expect(PlotColor(name: "tab:red") == PlotColor(name: "#d62728") && PlotColor(name: "g") == "#008000")
        #expect(PlotColor(name: "0.5")?.red == 0.5 && PlotColor(name: "#00000080")?.alpha == 128.0 / 255)
        for name in ["", "C", "#12", "#gggggg", "2", "tab:pale", "#+12345", "nan"] {
            #expect(PlotColor(name: name) == nil, "\(name)")
        }
    }

    @Test func plotsOfAGridAreAligned() throws {
        let (figure, axes) = subplots(2, 2)
        for (i, row) in axes.enumerated() {
            for (j, ax) in row.enumerated() { ax.plot([0, pow(1000, Double(i + j))]) }
        }
        let boxes = try figure.svg().split(separator: "\n").filter { $0.hasPrefix("<svg x=") }.map { numbers($0) }
        #expect(boxes.count == 4 && Set(boxes.map { $0[2] }).count == 1 && Set(boxes.map { $0[3] }).count == 1)
        #expect(boxes[0][0] == boxes[2][0] && boxes[1][0] == boxes[3][0] && boxes[0][1] == boxes[1][1])
    }

    @Test func aLongLineIsThinned() throws {
        let (figure, ax) = subplots()
        ax.plot(Tensor.arange(200_000).remainder(977))
        #expect(try figure.svg().utf8.count < 200_000)
        // The extremes stay.
        let run = (0..<5000).map { Point(x: Double($0) / 100, y: $0 == 2500 ? 99 : Double($0 % 7)) }
        let thin = Line.thinned(run)
        #expect(thin.count < 1000 && thin.contains(run[2500]) && thin.first == run.first && thin.last == run.last)
    }

    @Test func aLineKeepsItsSlopeBeyondTheLimits() throws {
        let (figure, ax) = subplots()
        ax.plot([-1e12, 1e12], [-1e12, 1e12], color: "#010203", linestyle: .dotted)
        ax.setXLim(0, 4)
        ax.setYLim(0, 2)
        let line = try #require(lines(figure.svg(), "#010203").first)
        try #require(line.count == 4)
        // A little outside of the plot, from its lower left corner to half of its width.
        let box = numbers(try #require(figure.svg().split(separator: "\n").first { $0.hasPrefix("<svg x=") }))
        let slope = (line[1] - line[3]) / (line[2] - line[0])
        #expect(abs(slope - 2 * box[3] / box[2]) < 0.01 && line[0] > box[0] - 3)
        #expect(try figure.png(dpi: 30).count > 100)
    }

    @Test func partsOfALineInARectangle() {
        let rect = Rect(x: 0, y: 0, width: 10, height: 10)
        func clipped(_ points: [(Double, Double)]) -> [[Point]] {
            Line.clipped(points.map { Point(x: $0.0, y: $0.1) }, to: rect)
        }
        #expect(
            clipped([(-5, 5), (5, 5), (5, 20), (8, 20), (8, 5)]).map { $0.map { [$0.x, $0.y] } }
                == [[[0, 5], [5, 5], [5, 10]], [[8, 10], [8, 5]]])
        #expect(clipped([(-5, 0), (-1, 10)]).isEmpty && clipped([(20, 20)]).isEmpty && clipped([(2, 3)]).count == 1)
    }

    @Test func aGridOfImages() throws {
        let figure = imageGrid(Tensor.zeros(5, 1, 4, 4), titles: ["a", "b", "c", "d", "e"])
        let svg = try figure.svg()
        #expect(figure.axes.count == 5 && figure.axes[3].row == 1 && figure.axes[3].column == 0)
        #expect(svg.matches(of: /<image\ /).count == 5 && svg.contains(">e</text>"))
        #expect(imageGrid(Tensor.zeros(3, 4, 4), columns: 3).axes.map(\.column) == [0, 1, 2])
    }

    @Test func aFileThatCannotBeWrittenThrows() throws {
        let (figure, _) = subplots()
        for path in ["/nowhere/a.svg", "/nowhere/a.png", "a.jpg", ""] {
            #expect(throws: TorchError.self, "\(path)") { try figure.save(path) }
        }
        #expect(throws: TorchError.self) { try figure.png(dpi: 1e6) }
        #expect(throws: TorchError.self) { try figure.png(dpi: .nan) }
    }

    @Test func mistakesAreNamed() {
        func message(_ body: (Axes) -> Void) -> String {
            do {
                try withError { body(subplots().ax) }
                return "no error"
            } catch { return (error as? TorchError)?.message ?? "\(error)" }
        }
        #expect(
            message { $0.plot([1, 2], [1, 2, 3]) }
                == "x and y must have same first dimension, but have shapes (2,) and (3,)")
        #expect(message { $0.plot(Tensor.zeros(2, 2)) }.hasPrefix("y must have one dimension"))
        #expect(message { $0.scatter([1], [2], c: [1, 2]) }.hasPrefix("x and c must"))
        #expect(message { $0.fillBetween([1], [1], [1, 2]) }.hasPrefix("x and y2 must"))
        #expect(message { $0.hist([1], bins: 0) }.hasPrefix("`bins` must be positive"))
        #expect(message { $0.imshow(Tensor.zeros(2, 2, 2)) } == "Invalid shape torch.Size([2, 2, 2]) for image data")
        #expect(message { $0.confusionMatrix(Tensor.zeros(2, 3)) }.hasPrefix("a confusion matrix must be square"))
        #expect(message { $0.confusionMatrix(Tensor.zeros(2, 2), classes: ["a"]) }.hasPrefix("1 names of classes"))
        #expect(message { $0.setXTicks([1, 2], labels: ["a"]) }.hasPrefix("The number of FixedLocator locations (2)"))
        #expect(message { $0.setYLim(.nan, nil) } == "Axis limits cannot be NaN or Inf")
        #expect(message { $0.plot([1], linewidth: .infinity) }.hasPrefix("linewidth must be a number of points"))
        #expect(message { $0.scatter([1], [1], s: -1) }.hasPrefix("the root of s must be"))
        #expect(message { $0.setTitle("a", fontsize: .nan) }.hasPrefix("fontsize must be"))
        #expect(message { $0.setXTicks([1], rotation: .nan) }.hasPrefix("rotation must be finite"))
        #expect(message { $0.plot([1], color: "reddish") } == "'reddish' is not a valid value for color")
        #expect(message { _ in _ = Figure(figsize: (0, 1)) }.contains("must be 1 to 2^26 pixels"))
        #expect(message { _ in _ = subplots(0, 1) }.hasPrefix("Number of rows and columns must be positive"))
        #expect(message { _ in Figure().addSubplot(1, 2, 3) } == "num must be an integer with 1 <= num <= 2, not 3")
        #expect(message { _ in _ = smoothed([1], weight: 2) }.hasPrefix("smoothed: the weight must lie in 0...1"))
    }
}

/// Reads SVG as a tree of elements.
private struct XMLCheck {
    /// Whether every element is closed in order, and every & begins an entity.
    func isWellFormed(_ text: String) -> Bool {
        var open: [Substring] = []
        for tag in text.matches(of: /<(\/?)(\w+)[^<>]*?(\/?)>/) {
            if !tag.1.isEmpty {
                if open.popLast() != tag.2 { return false }
            } else if tag.3.isEmpty {
                open.append(tag.2)
            }
        }
        let entities = text.matches(of: /&(?:amp|lt|gt|quot);/).count
        return open.isEmpty && entities == text.filter { $0 == "&" }.count
            && text.filter { $0 == "<" }.count == text.matches(of: /<\/?\w+[^<>]*>/).count
    }
}
