import Torch

/// Pads an image with zeros, then crops it to the given size at a random place.
/// PyTorch: `torchvision.transforms.RandomCrop`.
///
/// Draws `randint` for the top edge, then for the left edge. Draws nothing if the padded image already has the given
/// size.
public struct RandomCrop: Transform {
    /// The height of the crop.
    public let height: Int
    /// The width of the crop.
    public let width: Int
    /// The number of zeros added on each side.
    public let padding: Int

    /// Creates a transform that crops to `size` x `size`.
    /// - Precondition: `size` and `padding` are not negative.
    public init(_ size: Int, padding: Int = 0) { self.init(height: size, width: size, padding: padding) }

    /// Creates a transform that crops to `height` x `width`.
    public init(height: Int, width: Int, padding: Int = 0) {
        self.height = height
        self.width = width
        self.padding = padding
    }

    /// Draws the top and left edge of the crop.
    /// - Precondition: the padded image is at least as large as the crop.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Int] {
        let (rows, columns) = (size.height + 2 * padding - height, size.width + 2 * padding - width)
        size.height = height
        size.width = width
        // If the crop does not fit, `apply` raises the error.
        if rows < 0 || columns < 0 || rows == 0 && columns == 0 { return [0, 0] }
        let top = Tensor.randint(0, rows + 1, [1], generator: generator).item(as: Int.self)
        let left = Tensor.randint(0, columns + 1, [1], generator: generator).item(as: Int.self)
        return [top, left]
    }

    /// Returns the crops of the images whose positions `choose` drew.
    public func apply(_ images: Tensor, _ choices: [[Int]]) -> Tensor {
        let (h, w) = (images.size(-2), images.size(-1))
        guard height >= 0, width >= 0, padding >= 0, h + 2 * padding >= height, w + 2 * padding >= width else {
            return Tensor.failed(
                .value,
                "Required crop size (\(height), \(width)) is larger than input image size (\(h + 2 * padding), \(w + 2 * padding))"
            )
        }
        let result = Tensor.zeros([images.size(0), images.size(1), height, width], dtype: images.dtype)
        for (n, position) in choices.enumerated() {
            // The position of the image in the crop. The other elements stay zero.
            let (y, x) = (padding - position[0], padding - position[1])
            let (top, left) = (max(0, y), max(0, x))
            let (rows, columns) = (min(height, y + h) - top, min(width, x + w) - left)
            if rows <= 0 || columns <= 0 { continue }
            result.select(0, n).narrow(1, top, rows).narrow(2, left, columns)
                .copy_(images.select(0, n).narrow(1, top - y, rows).narrow(2, left - x, columns))
        }
        return result
    }
}

/// Mirrors an image left to right with probability `p`. PyTorch: `torchvision.transforms.RandomHorizontalFlip`.
///
/// Draws one `rand(1)`.
public struct RandomHorizontalFlip: Transform {
    /// The probability that an image is mirrored.
    public let p: Double
    /// Creates a transform that mirrors with probability `p`.
    public init(p: Double = 0.5) { self.p = p }

    /// Draws whether to flip an image: [1] with probability `p`, otherwise [0].
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Int] {
        // Compares in float32, as `torch.rand(1) < p` does.
        [Tensor.rand([1], generator: generator, dtype: .float32).item(as: Float.self) < Float(p) ? 1 : 0]
    }

    /// Returns the images; those for which `choose` drew 1 are mirrored.
    public func apply(_ images: Tensor, _ choices: [[Int]]) -> Tensor {
        let flipped = choices.indices.filter { choices[$0] == [1] }
        if flipped.isEmpty { return images }
        let result = images.clone()
        for n in flipped { result.select(0, n).copy_(images.select(0, n).flip([-1])) }
        return result
    }
}
