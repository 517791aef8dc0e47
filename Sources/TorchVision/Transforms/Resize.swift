import Torch

/// Resizes an image. PyTorch: `torchvision.transforms.Resize`.
public struct Resize: Transform {
    private let size: [Int]
    private let interpolation: ImageInterpolation
    private let maxSize: Int?
    private let antialias: Bool

    /// Creates a transform. The parameters are those of `TF.resize`.
    public init(
        _ size: some PixelsOrList, interpolation: ImageInterpolation = .bilinear, maxSize: Int? = nil,
        antialias: Bool = true
    ) {
        self.size = size.pixels
        self.interpolation = interpolation
        self.maxSize = maxSize
        self.antialias = antialias
    }

    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        // If the arguments are wrong, `apply` raises the error.
        if let new = try? withError({ TF.resizedSize(size, self.size, maxSize) }) {
            (size.height, size.width) = new
        }
        return []
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        apply(images, middle: nil)
    }

    func apply(_ images: Tensor, middle: (height: Int, width: Int)?) -> Tensor {
        TF.resized(images, size, interpolation, maxSize, antialias, middle: middle)
    }
}

/// `Resize`, and then `CenterCrop`. Computes only the pixels of the middle.
struct ResizedMiddle: Transform {
    let resize: Resize
    let crop: CenterCrop

    func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] { crop.choose(&size, generator) }

    func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        resize.apply(images, middle: (crop.height, crop.width))
    }
}

/// Crops a random part of an image and resizes it. PyTorch: `torchvision.transforms.RandomResizedCrop`.
///
/// Up to ten times draws the area and the logarithm of the ratio of width to height (`uniform_`). If the part fits,
/// draws its top and its left edge (`randint`). If none fits, the part is the middle.
public struct RandomResizedCrop: Transform {
    private let height, width: Int
    private let scale, ratio: (Double, Double)
    private let interpolation: ImageInterpolation
    private let antialias: Bool

    /// Creates a transform.
    /// - Parameters:
    ///   - size: the height and the width of the result, or one number for both.
    ///   - scale: the least and greatest part of the image's area.
    ///   - ratio: the least and greatest ratio of width to height.
    ///   - interpolation: how pixels between pixels are computed.
    ///   - antialias: whether a smaller image averages all pixels.
    public init(
        _ size: some PixelsOrList, scale: (Double, Double) = (0.08, 1), ratio: (Double, Double) = (3.0 / 4, 4.0 / 3),
        interpolation: ImageInterpolation = .bilinear, antialias: Bool = true
    ) {
        (height, width) = size.heightAndWidthOrFail()
        self.scale = scale
        self.ratio = ratio
        self.interpolation = interpolation
        self.antialias = antialias
    }

    /// Draws the top and left edge, the height and the width.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        let (h, w) = (size.height, size.width)
        (size.height, size.width) = (height, width)
        let draws = Draws(generator)
        for _ in 0..<10 {
            let area = Double(h * w) * draws.uniform(scale.0, scale.1)
            let ratio = draws.ratio(ratio)
            let width = pythonRound((area * ratio).squareRoot()), height = pythonRound((area / ratio).squareRoot())
            if 0 < width, width <= w, 0 < height, height <= h {
                let top = draws.integer(0, h - height + 1)
                return [Double(top), Double(draws.integer(0, w - width + 1)), Double(height), Double(width)]
            }
        }
        let whole = Double(w) / Double(h)
        var (height, width) = (h, w)
        if whole < min(ratio.0, ratio.1) {
            height = pythonRound(Double(w) / min(ratio.0, ratio.1))
        } else if whole > max(ratio.0, ratio.1) {
            width = pythonRound(Double(h) * max(ratio.0, ratio.1))
        }
        return [Double((h - height) >> 1), Double((w - width) >> 1), Double(height), Double(width)]
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        each(images, choices) {
            TF.resizedCrop(
                $0, top: Int($1[0]), left: Int($1[1]), height: Int($1[2]), width: Int($1[3]), size: [height, width],
                interpolation: interpolation, antialias: antialias)
        }
    }
}
