import Torch

/// Arranges images in a grid. PyTorch: `torchvision.utils.make_grid`.
///
/// A single image is returned with three channels, but without a border.
/// - Parameters:
///   - images: [B, C, H, W], or one image [C, H, W] or [H, W]. One channel becomes three.
///   - nrow: the number of images in a row.
///   - padding: the number of pixels between images and around the grid.
///   - normalize: whether to shift and scale the values to 0...1.
///   - valueRange: the values that become 0 and 1. By default the least and the greatest value.
///   - scaleEach: whether to normalize each image by itself.
///   - padValue: the value of the padding.
/// - Returns: [3, height, width], or [C, height, width] if the images have several channels.
public func makeGrid(
    _ images: Tensor, nrow: Int = 8, padding: Int = 2, normalize: Bool = false,
    valueRange: (Double, Double)? = nil, scaleEach: Bool = false, padValue: Double = 0
) -> Tensor {
    noGrad {
        var images = images
        if images.dim == 2 { images = images.unsqueeze(0) }
        if images.dim == 3 {
            if images.size(0) == 1 { images = cat([images, images, images], dim: 0) }
            images = images.unsqueeze(0)
        }
        guard images.dim == 4 else {
            return Tensor.failed(.value, "makeGrid: expected 2, 3 or 4 dimensions, got \(images.shape)")
        }
        if images.size(1) == 1 { images = cat([images, images, images], dim: 1) }
        let (count, height, width) = (images.size(0), images.size(2), images.size(3))
        guard nrow > 0, count > 0, padding >= 0, padding <= 1 << 24 else {
            return Tensor.failed(
                .value, "makeGrid: nrow \(nrow) and \(count) images must be positive, padding \(padding) not negative")
        }
        if normalize {
            images = images.clone()
            for part in scaleEach ? (0..<count).map({ images.select(0, $0) }) : [images] {
                normalizeRange(part, valueRange)
            }
        }
        if count == 1 { return images.squeeze(0) }
        let columns = min(nrow, count)
        let rows = (count + columns - 1) / columns
        let grid = Tensor.full(
            [images.size(1), (height + padding) * rows + padding, (width + padding) * columns + padding], padValue,
            dtype: images.dtype)
        for k in 0..<count {
            let (y, x) = (k / columns, k % columns)
            grid.narrow(1, y * (height + padding) + padding, height)
                .narrow(2, x * (width + padding) + padding, width)
                .copy_(images.select(0, k))
        }
        return grid
    }
}

/// Like `makeGrid`, for a list of images of one size.
public func makeGrid(
    _ images: [Tensor], nrow: Int = 8, padding: Int = 2, normalize: Bool = false,
    valueRange: (Double, Double)? = nil, scaleEach: Bool = false, padValue: Double = 0
) -> Tensor {
    makeGrid(
        stack(images, dim: 0), nrow: nrow, padding: padding, normalize: normalize, valueRange: valueRange,
        scaleEach: scaleEach, padValue: padValue)
}

private func normalizeRange(_ image: Tensor, _ range: (Double, Double)?) {
    let low = range?.0 ?? image.min().item()
    let high = range?.1 ?? image.max().item()
    image.clamp_(min: low, max: high)
    image.sub_(low).div_(max(high - low, 1e-5))
}

/// Writes an image, or a grid of images, with values in 0...1. PyTorch: `torchvision.utils.save_image`.
///
/// The name's end chooses the format: .png, .jpg or .jpeg. The other parameters are those of `makeGrid`.
/// - Throws: `TorchError` if the file cannot be written, or if its name ends otherwise.
public func saveImage(
    _ images: Tensor, _ path: String, nrow: Int = 8, padding: Int = 2, normalize: Bool = false,
    valueRange: (Double, Double)? = nil, scaleEach: Bool = false, padValue: Double = 0
) throws {
    let bytes = try withError {
        let grid = makeGrid(
            images, nrow: nrow, padding: padding, normalize: normalize, valueRange: valueRange, scaleEach: scaleEach,
            padValue: padValue)
        return noGrad { grid.mul(255).add_(0.5).clamp_(min: 0, max: 255).to(.uint8) }
    }
    let lower = path.lowercased()
    if lower.hasSuffix(".png") {
        try writePNG(bytes, path)
    } else if lower.hasSuffix(".jpg") || lower.hasSuffix(".jpeg") {
        try writeJPEG(bytes, path)
    } else {
        throw TorchError(.value, "\(path): unknown file extension: only .png, .jpg and .jpeg can be written")
    }
}
