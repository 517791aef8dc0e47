import Torch

/// Prepares images for a classification model: resizes the shorter edge, crops the middle, converts to float32 in
/// 0...1, normalizes the channels. PyTorch: `torchvision.transforms._presets.ImageClassification`.
///
/// `weights.transforms()` returns the one that belongs to pretrained weights.
public struct ImageClassification: Transform, Hashable {
    /// The height and width of the result.
    public var cropSize: Int
    /// The length of the shorter edge before the crop.
    public var resizeSize: Int
    /// The mean and standard deviation of each channel.
    public var mean, std: [Double]
    /// How pixels between pixels are computed.
    public var interpolation: ImageInterpolation
    /// Whether a smaller image averages all pixels.
    public var antialias: Bool

    /// Creates a transform.
    public init(
        cropSize: Int, resizeSize: Int = 256, mean: [Double] = [0.485, 0.456, 0.406],
        std: [Double] = [0.229, 0.224, 0.225], interpolation: ImageInterpolation = .bilinear, antialias: Bool = true
    ) {
        self.cropSize = cropSize
        self.resizeSize = resizeSize
        self.mean = mean
        self.std = std
        self.interpolation = interpolation
        self.antialias = antialias
    }

    /// Draws nothing. Sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        (size.height, size.width) = (cropSize, cropSize)
        return []
    }

    /// Prepares images, [N, C, H, W] → [N, C, cropSize, cropSize].
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        let cropped = TF.resized(images, [resizeSize], interpolation, nil, antialias, middle: (cropSize, cropSize))
        return TF.normalize(TF.convertImageDtype(cropped), mean: mean, std: std)
    }

    /// Prepares one image, [C, H, W], or a batch, [N, C, H, W].
    public func callAsFunction(_ images: Tensor) -> Tensor { apply(images, []) }
}

extension ImageClassification: CustomStringConvertible {
    /// The options, one a line, as in torchvision.
    public var description: String {
        """
        ImageClassification(
            crop_size=[\(cropSize)]
            resize_size=[\(resizeSize)]
            mean=\(mean)
            std=\(std)
            interpolation=InterpolationMode.\(interpolation == .nearestExact ? "NEAREST_EXACT" : interpolation.rawValue.uppercased())
        )
        """
    }
}
