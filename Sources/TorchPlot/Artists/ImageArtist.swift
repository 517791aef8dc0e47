/// An image whose pixels are squares around integers.
struct ImageArtist: Artist {
    let image: PixelImage

    var label: String? { nil }
    var level: Int { 0 }
    var xs: [Double] { [-0.5, Double(image.width) - 0.5] }
    var ys: [Double] { [-0.5, Double(image.height) - 0.5] }
    var sticky: (x: [Double], y: [Double]) { (xs, ys) }

    func draw(on canvas: any Canvas, _ place: Placement) throws {
        guard let a = place(xs[0], ys[0]), let b = place(xs[1], ys[1]) else { return }
        try canvas.image(image, in: Rect(a, b))
    }

    func points(_ place: Placement) -> [Point] { [] }
}

/// A text at a place of the axes.
struct TextArtist: Artist {
    let text: String
    let x, y: Double
    let style: TextStyle
    /// Whether the middle of the text's height is at the place; otherwise the baseline.
    let isCentered: Bool

    var label: String? { nil }
    var level: Int { 3 }
    var xs: [Double] { [] }
    var ys: [Double] { [] }

    func draw(on canvas: any Canvas, _ place: Placement) {
        guard var point = place(x, y) else { return }
        if isCentered { point.y += TextSize.height(style.size) / 2 }
        canvas.text(text, at: point, style)
    }
}
