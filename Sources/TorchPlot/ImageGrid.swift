import Torch

/// Shows images in a grid, each with a title. matplotlib: `imshow` in each plot of `subplots`.
///
/// ```swift
/// let figure = imageGrid(images[..<8], titles: labels[..<8].map { classes[$0] })
/// try figure.save("images.png")
/// ```
/// - Parameters:
///   - images: [count, channels, height, width] with 1, 3 or 4 channels in uint8 0...255 or other dtypes 0...1; or
///     [count, height, width], whose numbers `cmap` turns into colors.
///   - titles: a text above each image.
///   - columns: the number of images in a row; by default as many as make the grid about square, at most 8.
///   - size: the width of an image in inches.
///   - cmap: the colors of numbers without channels. Their least and greatest of all images are the ends.
/// - Precondition: the shape is one of these, and there are as many titles as images.
public func imageGrid(
    _ images: Tensor, titles: [String]? = nil, columns: Int? = nil, size: Double = 1, cmap: Colormap = .gray
) -> Figure {
    guard images.dim == 4 && [1, 3, 4].contains(images.size(1)) || images.dim == 3, images.numel() > 0 else {
        raise(.type, "Invalid shape \(images.shape) for image data")
        return Figure()
    }
    let count = images.size(0)
    guard titles == nil || titles!.count == count, columns ?? 1 > 0 else {
        raise(.value, "\(count) images, but \(titles?.count ?? count) titles, in \(columns ?? 1) columns")
        return Figure()
    }
    let width = min(count, columns ?? min(8, Int(Double(count).squareRoot().rounded(.up))))
    let rows = (count + width - 1) / width
    let shape = Double(images.size(-2)) / Double(images.size(-1)), titleRoom = titles == nil ? 0 : 0.22
    let figure = Figure(
        figsize: (
            (size + 0.14) * Double(width) + 0.1, (size * shape + 0.14 + titleRoom) * Double(rows) + 0.1
        ))
    let range = images.dim == 3 ? ValueRange(images.plotValues, nil, nil) : nil
    for k in 0..<count {
        let ax = figure.addSubplot(rows, width, k + 1)
        ax.imshow(images.select(0, k), cmap: cmap, vmin: range?.low, vmax: range?.high)
        ax.setAxisOff()
        if let titles { ax.setTitle(titles[k], fontsize: 9) }
    }
    return figure
}
