import Torch

/// Adds a border to an image, then crops it to the given size at a random place.
/// PyTorch: `torchvision.transforms.RandomCrop`.
///
/// Draws `randint` for the top edge, then for the left edge. Draws nothing if the padded image already has the given
/// size.
public struct RandomCrop: Transform {
    /// The height of the crop.
    public let height: Int
    /// The width of the crop.
    public let width: Int
    /// The border: [all sides], [left and right, top and bottom] or [left, top, right, bottom].
    public let padding: [Int]
    /// Whether an image that is too small gets a border on both sides.
    public let padIfNeeded: Bool
    /// The value of the border.
    public let fill: Double
    /// What the border shows.
    public let paddingMode: ImagePadding

    /// Creates a transform that crops to `size`: height and width, or one number for both.
    public init(
        _ size: some PixelsOrList, padding: some PixelsOrList = 0, padIfNeeded: Bool = false, fill: Double = 0,
        paddingMode: ImagePadding = .constant
    ) {
        (height, width) = size.heightAndWidthOrFail()
        self.padding = padding.pixels
        self.padIfNeeded = padIfNeeded
        self.fill = fill
        self.paddingMode = paddingMode
    }

    /// Creates a transform that crops to `height` x `width`.
    public init(height: Int, width: Int, padding: Int = 0) { self.init([height, width], padding: padding) }

    /// The pixels that all borders add, or nil if the numbers are no sensible ones.
    private func border(_ h: Int, _ w: Int) -> Sides? {
        guard let sides = Sides(padding),
            [sides.left, sides.top, sides.right, sides.bottom, height, width].allSatisfy({
                $0.magnitude < 1 << 40
            })
        else { return nil }
        if !padIfNeeded { return sides }
        let x = max(width - (w + sides.left + sides.right), 0), y = max(height - (h + sides.top + sides.bottom), 0)
        return Sides([sides.left + x, sides.top + y, sides.right + x, sides.bottom + y])
    }

    /// Draws the top and left edge of the crop.
    /// - Precondition: the padded image is at least as large as the crop.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        let border = border(size.height, size.width)
        let rows = border.map { size.height + $0.top + $0.bottom - height } ?? -1
        let columns = border.map { size.width + $0.left + $0.right - width } ?? -1
        size.height = height
        size.width = width
        // If the crop does not fit, `apply` raises the error.
        if rows < 0 || columns < 0 || rows == 0 && columns == 0 { return [0, 0] }
        let draws = Draws(generator)
        let top = draws.integer(0, rows + 1)
        return [Double(top), Double(draws.integer(0, columns + 1))]
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        if images.isVoid { return images }
        let (h, w) = (images.size(-2), images.size(-1))
        guard let border = border(h, w) else {
            return Tensor.failed(.value, "RandomCrop: no border \(padding) for a crop of (\(height), \(width))")
        }
        let (rows, columns) = (h + border.top + border.bottom, w + border.left + border.right)
        guard height >= 0, width >= 0, rows >= height, columns >= width else {
            return Tensor.failed(
                .value,
                "Required crop size (\(height), \(width)) is larger than input image size (\(rows), \(columns))")
        }
        if paddingMode != .constant || fill != 0 || min(border.left, border.top, border.right, border.bottom) < 0 {
            let padded = TF.pad(
                images, [border.left, border.top, border.right, border.bottom], fill: fill, mode: paddingMode)
            return padded.isVoid
                ? padded
                : each(padded, choices) {
                    $0.narrow(-2, Int($1[0]), height).narrow(-1, Int($1[1]), width)
                }
        }
        let result = Tensor.zeros([images.size(0), images.size(1), height, width], dtype: images.dtype)
        for (n, position) in choices.enumerated() {
            // The position of the image in the crop. The other elements stay zero.
            let (y, x) = (border.top - Int(position[0]), border.left - Int(position[1]))
            let (top, left) = (max(0, y), max(0, x))
            let (rows, columns) = (min(height, y + h) - top, min(width, x + w) - left)
            if rows <= 0 || columns <= 0 { continue }
            result.select(0, n).narrow(1, top, rows).narrow(2, left, columns)
                .copy_(images.select(0, n).narrow(1, top - y, rows).narrow(2, left - x, columns))
        }
        return result
    }
}
