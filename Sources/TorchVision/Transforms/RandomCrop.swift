import Torch

/// A piece of the given size from a random place, after the image has been framed in zeros. PyTorch:
/// `torchvision.transforms.RandomCrop`.
///
/// Draws `randint` for the top edge, then for the left edge; nothing where the framed image has the wanted size
/// already.
public struct RandomCrop: Transform {
    public let height: Int
    public let width: Int
    /// Zeros added on each side.
    public let padding: Int

    /// - Precondition: sizes and padding are not negative.
    public init(_ size: Int, padding: Int = 0) { self.init(height: size, width: size, padding: padding) }

    public init(height: Int, width: Int, padding: Int = 0) {
        self.height = height
        self.width = width
        self.padding = padding
    }

    /// - Precondition: the framed image is at least as large as the piece.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Int] {
        let (rows, columns) = (size.height + 2 * padding - height, size.width + 2 * padding - width)
        size.height = height
        size.width = width
        // What does not fit is said by `apply`.
        if rows < 0 || columns < 0 || rows == 0 && columns == 0 { return [0, 0] }
        let top = Tensor.randint(0, rows + 1, [1], generator: generator).item(as: Int.self)
        let left = Tensor.randint(0, columns + 1, [1], generator: generator).item(as: Int.self)
        return [top, left]
    }

    public func apply(_ images: Tensor, _ choices: [[Int]]) -> Tensor {
        let (h, w) = (images.size(-2), images.size(-1))
        guard height >= 0, width >= 0, padding >= 0, h + 2 * padding >= height, w + 2 * padding >= width else {
            return Tensor.failed(
                .value,
                "Required crop size (\(height), \(width)) is larger than input image size (\(h + 2 * padding), \(w + 2 * padding))"
            )
        }
        let result = Tensor.zeros([images.size(0), images.size(1), height, width], dtype: images.dtype)
        for (n, place) in choices.enumerated() {
            // Where the image begins inside the piece; the rest stays zero.
            let (y, x) = (padding - place[0], padding - place[1])
            let (top, left) = (max(0, y), max(0, x))
            let (rows, columns) = (min(height, y + h) - top, min(width, x + w) - left)
            if rows <= 0 || columns <= 0 { continue }
            result.select(0, n).narrow(1, top, rows).narrow(2, left, columns)
                .copy_(images.select(0, n).narrow(1, top - y, rows).narrow(2, left - x, columns))
        }
        return result
    }
}

/// Mirrored left to right with probability `p`. PyTorch: `torchvision.transforms.RandomHorizontalFlip`.
///
/// Draws one `rand(1)`.
public struct RandomHorizontalFlip: Transform {
    public let p: Double
    public init(p: Double = 0.5) { self.p = p }

    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Int] {
        // Compared in float32, as torch.rand(1) < p is.
        [Tensor.rand([1], generator: generator, dtype: .float32).item(as: Float.self) < Float(p) ? 1 : 0]
    }

    public func apply(_ images: Tensor, _ choices: [[Int]]) -> Tensor {
        let flipped = choices.indices.filter { choices[$0] == [1] }
        if flipped.isEmpty { return images }
        let result = images.clone()
        for n in flipped { result.select(0, n).copy_(images.select(0, n).flip([-1])) }
        return result
    }
}
