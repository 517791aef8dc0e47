import Torch

extension Axes {
    /// Shows an image, or a matrix as one. matplotlib: `imshow`.
    ///
    /// The first row is at the top. There are no grid lines, and pixels are squares.
    /// - Parameters:
    ///   - image: [height, width], whose numbers `cmap` turns into colors; or [3, height, width] or
    ///     [height, width, 3], also with 1 or 4 channels (gray; with opacity), in uint8 0...255 or other dtypes 0...1.
    ///     If both may be meant, the channels are the first dimension.
    ///   - cmap: the colors of numbers. One channel is gray.
    ///   - vmin: the number at the lower end of the colors; by default the least.
    ///   - vmax: the number at their upper end; by default the greatest.
    /// - Precondition: the shape is one of these, and not empty.
    public func imshow(_ image: Tensor, cmap: Colormap = .viridis, vmin: Double? = nil, vmax: Double? = nil) {
        guard let pixels = PixelImage(image, cmap, vmin, vmax) else { return }
        artists.append(ImageArtist(image: pixels))
        hasGrid = false
        isEqual = true
        y.isReversed = true
    }

    /// Shows a confusion matrix: the number of examples of each class (row) that were predicted as each class (column).
    /// scikit-learn: `ConfusionMatrixDisplay`.
    /// - Parameters:
    ///   - matrix: the counts, [classes, classes], such as TorchMetrics' `ConfusionMatrix` computes.
    ///   - classes: the names of the classes; by default their numbers.
    ///   - normalize: whether the cells show the shares of their rows.
    ///   - cmap: the colors from the least to the greatest cell.
    /// - Precondition: the matrix is square, and there are as many names.
    public func confusionMatrix(
        _ matrix: Tensor, classes: [String]? = nil, normalize: Bool = false, cmap: Colormap = .blues
    ) {
        guard matrix.dim == 2, matrix.size(0) == matrix.size(1), matrix.size(0) > 0 else {
            return raise(.value, "a confusion matrix must be square, got shape \(matrix.shape)")
        }
        let count = matrix.size(0), classes = classes ?? (0..<count).map(String.init)
        guard classes.count == count else {
            return raise(.value, "\(classes.count) names of classes for \(count) classes")
        }
        var cells = matrix.plotValues
        if normalize {
            for row in 0..<count {
                let sum = cells[row * count..<(row + 1) * count].reduce(0, +)
                for i in row * count..<(row + 1) * count { cells[i] = sum == 0 ? 0 : cells[i] / sum }
            }
        }
        let range = ValueRange(cells, normalize ? 0 : nil, normalize ? 1 : nil)
        imshow(Tensor(cells).view(count, count), cmap: cmap, vmin: range.low, vmax: range.high)
        let isWhole = cells.allSatisfy { $0 == $0.rounded() } && !normalize
        let size = min(10, 120 / Double(count))
        for (i, cell) in cells.enumerated() where cell.isFinite {
            let color = cmap(range.share(of: cell))
            // A text must be seen on its color: the weights are those of the eye's sensitivity (ITU-R BT.709).
            let brightness = 0.2126 * color.red + 0.7152 * color.green + 0.0722 * color.blue
            artists.append(
                TextArtist(
                    text: isWhole ? format(cell, ".0f") : format(cell, ".2f"), x: Double(i % count),
                    y: Double(i / count),
                    style: TextStyle(size: size, color: brightness < 0.55 ? "white" : Style.text, anchor: .middle),
                    isCentered: true))
        }
        setXTicks(0..<count, labels: classes)
        setYTicks(0..<count, labels: classes)
        setXLabel("Predicted label")
        setYLabel("True label")
    }
}

/// The numbers at the ends of a color map.
struct ValueRange {
    let low, high: Double

    /// Creates a range; what is nil is taken from the numbers.
    init(_ values: [Double], _ low: Double?, _ high: Double?) {
        let finite = values.lazy.filter(\.isFinite)
        self.low = low ?? finite.min() ?? 0
        self.high = high ?? finite.max() ?? 1
    }

    /// Returns 0 for the lower end and 1 for the upper one. If both are equal, every number is at the lower one.
    func share(of value: Double) -> Double { high > low ? (value - low) / (high - low) : 0 }
}

extension PixelImage {
    /// Converts a tensor. Raises and returns nil if it is no image.
    init?(_ image: Tensor, _ cmap: Colormap, _ vmin: Double?, _ vmax: Double?) {
        var image = image.detach().to(.cpu)
        if image.dim == 3 {
            if [1, 3, 4].contains(image.size(0)) {
                image = image.permute(1, 2, 0)
            } else if ![1, 3, 4].contains(image.size(2)) {
                raise(.type, "Invalid shape \(image.shape) for image data")
                return nil
            }
        }
        guard image.dim == 2 || image.dim == 3, image.numel() > 0 else {
            raise(.type, "Invalid shape \(image.shape) for image data")
            return nil
        }
        (height, width) = (image.size(0), image.size(1))
        func byte(_ value: Double) -> UInt8 { UInt8((min(max(value.isNaN ? 0 : value, 0), 1) * 255).rounded()) }
        let values = image.plotValues, channels = image.dim == 2 ? 0 : image.size(2)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(width * height * 4)
        if channels == 0 {
            let range = ValueRange(values, vmin, vmax)
            for value in values {
                let color = cmap(range.share(of: value))
                // What is no number has no color.
                bytes += [byte(color.red), byte(color.green), byte(color.blue), value.isNaN ? 0 : byte(color.alpha)]
            }
        } else {
            let unit: Double = image.dtype == .uint8 ? 255 : 1
            for i in Swift.stride(from: 0, to: values.count, by: channels) {
                func part(_ k: Int) -> UInt8 { byte(values[i + min(k, channels - 1)] / unit) }
                let gray = channels == 1
                bytes += [part(0), gray ? part(0) : part(1), gray ? part(0) : part(2), channels == 4 ? part(3) : 255]
            }
        }
        self.bytes = bytes
    }
}
