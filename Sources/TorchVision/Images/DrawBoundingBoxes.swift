import Torch

/// Draws boxes on an image. PyTorch: `torchvision.utils.draw_bounding_boxes`.
///
/// The pixels are those of Pillow's rectangles. Labels and rotated boxes are not drawn, so there are no arguments for
/// them.
/// - Parameters:
///   - image: [C, H, W] of one or three channels: uint8, or floating point in 0...1.
///   - boxes: [N, 4], (xmin, ymin, xmax, ymax) in pixels. Fractions are cut off.
///   - colors: a color for each box, or one for all. By default, torchvision's palette.
///   - fill: whether to fill the boxes with their colors, at 100 of 255.
///   - width: the width of the lines in pixels. They grow inwards.
/// - Returns: a new image [3, H, W] of the same dtype. Without any box, the image itself.
public func drawBoundingBoxes(
    _ image: Tensor, _ boxes: Tensor, colors: [ImageColor]? = nil, fill: Bool = false, width: Int = 1
) -> Tensor {
    guard image.dtype == .uint8 || image.isFloatingPoint() else {
        return Tensor.failed(.value, "The image dtype must be uint8 or float, got \(image.dtype)")
    }
    guard image.dim == 3 else { return Tensor.failed(.value, "Pass individual images, not batches") }
    guard image.size(0) == 1 || image.size(0) == 3 else {
        return Tensor.failed(.value, "Only grayscale and RGB images are supported")
    }
    guard boxes.dim == 2, boxes.size(1) == 4 else {
        return Tensor.failed(.value, "drawBoundingBoxes: expected boxes [N, 4], got \(boxes.shape)")
    }
    if boxes.select(1, 0).gt(boxes.select(1, 2)).any().item(as: Bool.self)
        || boxes.select(1, 1).gt(boxes.select(1, 3)).any().item(as: Bool.self)
    {
        return Tensor.failed(
            .value,
            "Boxes need to be in (xmin, ymin, xmax, ymax) format. Use torchvision.ops.box_convert to convert them")
    }
    let count = boxes.size(0)
    if count == 0 { return image }
    var palette = colors ?? (0..<count).map(ImageColor.palette)
    if palette.count == 1 { palette = Array(repeating: palette[0], count: count) }
    guard palette.count >= count else {
        return Tensor.failed(
            .value,
            "Number of colors must be equal or larger than the number of objects, but got \(palette.count) < \(count)."
        )
    }
    return noGrad {
        let bytes = TF.convertImageDtype(image.size(0) == 1 ? cat([image, image, image], dim: 0) : image, .uint8)
        let canvas = Canvas(Tensor.empty(bytes.shape.sizes, dtype: .uint8).copy_(bytes))
        let corners = boxes.to(.int64).contiguous().toArray(as: Int.self)
        for n in 0..<count {
            let box = corners[4 * n..<4 * n + 4].map { min(max($0, -1 << 30), 1 << 30) }
            canvas.rectangle(box, palette[n], fill: fill, width: min(max(width, 0), 1 << 24))
        }
        return TF.convertImageDtype(canvas.image, image.dtype)
    }
}

/// Draws with Pillow's rules on a contiguous uint8 image [3, H, W].
private struct Canvas {
    let image: Tensor
    private let height, width: Int

    init(_ image: Tensor) {
        self.image = image
        (height, width) = (image.size(1), image.size(2))
    }

    /// Draws a rectangle whose corners are part of it.
    func rectangle(_ box: [Int], _ color: ImageColor, fill: Bool, width lines: Int) {
        let (x0, y0, x1, y1) = (box[0], box[1], box[2], box[3])
        if fill { paint(x0, x1, y0, y1, color, alpha: 100) }
        if lines == 0 { return }
        paint(x0, x1, y0, y0 + lines - 1, color, alpha: 255)
        paint(x0, x1, y1 - lines + 1, y1, color, alpha: 255)
        // The upright lines go from the first row below the upper ones up to the lower ones, or backwards. The last row
        // is left out.
        let (a, b) = (y0 + lines, y1 - lines + 1)
        let rows = a < b ? (a, b - 1) : (b + 1, a)
        if a == b { return }
        paint(x1 - lines + 1, x1, rows.0, rows.1, color, alpha: 255)
        paint(x0, x0 + lines - 1, rows.0, rows.1, color, alpha: 255)
    }

    private func paint(_ x0: Int, _ x1: Int, _ y0: Int, _ y1: Int, _ color: ImageColor, alpha: Int) {
        let (left, right) = (max(x0, 0), min(x1, width - 1))
        let (top, bottom) = (max(y0, 0), min(y1, height - 1))
        if left > right || top > bottom { return }
        image.withUnsafeMutableElements(as: UInt8.self) { pixels in
            for (c, ink) in [color.red, color.green, color.blue].enumerated() {
                for y in top...bottom {
                    let row = (c * height + y) * width
                    for x in row + left...row + right {
                        let sum = Int(pixels[x]) * (255 - alpha) + Int(ink) * alpha + 128
                        pixels[x] = UInt8(((sum >> 8) + sum) >> 8)
                    }
                }
            }
        }
    }
}
