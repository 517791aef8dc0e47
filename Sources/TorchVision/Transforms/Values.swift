import Torch

/// Converts images to another dtype and scales their values. PyTorch: `torchvision.transforms.ConvertImageDtype`.
public struct ConvertImageDtype: Transform {
    private let dtype: DType
    /// Creates a transform.
    public init(_ dtype: DType = .float32) { self.dtype = dtype }
    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor { TF.convertImageDtype(images, dtype) }
}

/// Converts images to another dtype, and scales their values if `scale` is true.
/// PyTorch: `torchvision.transforms.v2.ToDtype`.
public struct ToDtype: Transform {
    private let dtype: DType
    private let scale: Bool
    /// Creates a transform.
    public init(_ dtype: DType, scale: Bool = false) {
        self.dtype = dtype
        self.scale = scale
    }
    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor { TF.toDtype(images, dtype, scale: scale) }
}

/// Converts an image to gray. PyTorch: `torchvision.transforms.Grayscale`.
public struct Grayscale: Transform {
    private let channels: Int
    /// Creates a transform to one channel, or to three equal channels.
    public init(numOutputChannels: Int = 1) { channels = numOutputChannels }

    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        size.channels = channels
        return []
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        TF.rgbToGrayscale(images, numOutputChannels: channels)
    }
}

/// Converts an image to gray with probability `p`. The number of channels stays.
/// PyTorch: `torchvision.transforms.RandomGrayscale`. Draws one `rand(1)`.
public struct RandomGrayscale: Transform {
    private let p: Double
    /// Creates a transform with probability `p`.
    public init(p: Double = 0.1) { self.p = p }

    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        [Draws(generator).isBelow(p) ? 1 : 0]
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        eachChosen(images, choices) { TF.rgbToGrayscale($0, numOutputChannels: $0.size(-3)) }
    }
}

/// Inverts an image with probability `p`. PyTorch: `torchvision.transforms.RandomInvert`. Draws one `rand(1)`.
public struct RandomInvert: Transform {
    private let p: Double
    /// Creates a transform with probability `p`.
    public init(p: Double = 0.5) { self.p = p }
    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        [Draws(generator).isExactlyBelow(p) ? 1 : 0]
    }
    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        eachChosen(images, choices) { TF.invert($0) }
    }
}

/// Keeps the first bits of each value with probability `p`. PyTorch: `torchvision.transforms.RandomPosterize`. Draws
/// one `rand(1)`.
public struct RandomPosterize: Transform {
    private let bits: Int
    private let p: Double
    /// Creates a transform that keeps `bits` bits.
    public init(bits: Int, p: Double = 0.5) {
        self.bits = bits
        self.p = p
    }
    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        [Draws(generator).isExactlyBelow(p) ? 1 : 0]
    }
    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        eachChosen(images, choices) { TF.posterize($0, bits: bits) }
    }
}

/// Inverts the values that are at least `threshold`, with probability `p`.
/// PyTorch: `torchvision.transforms.RandomSolarize`. Draws one `rand(1)`.
public struct RandomSolarize: Transform {
    private let threshold: Double
    private let p: Double
    /// Creates a transform.
    public init(threshold: Double, p: Double = 0.5) {
        self.threshold = threshold
        self.p = p
    }
    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        [Draws(generator).isExactlyBelow(p) ? 1 : 0]
    }
    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        eachChosen(images, choices) { TF.solarize($0, threshold: threshold) }
    }
}

/// Sharpens an image with probability `p`. PyTorch: `torchvision.transforms.RandomAdjustSharpness`. Draws one
/// `rand(1)`.
public struct RandomAdjustSharpness: Transform {
    private let factor: Double
    private let p: Double
    /// Creates a transform. 0 blurs, 1 changes nothing.
    public init(sharpnessFactor: Double, p: Double = 0.5) {
        factor = sharpnessFactor
        self.p = p
    }
    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        [Draws(generator).isExactlyBelow(p) ? 1 : 0]
    }
    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        eachChosen(images, choices) { TF.adjustSharpness($0, factor) }
    }
}

/// Stretches the values to the whole range with probability `p`. PyTorch: `torchvision.transforms.RandomAutocontrast`.
/// Draws one `rand(1)`.
public struct RandomAutocontrast: Transform {
    private let p: Double
    /// Creates a transform with probability `p`.
    public init(p: Double = 0.5) { self.p = p }
    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        [Draws(generator).isExactlyBelow(p) ? 1 : 0]
    }
    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        eachChosen(images, choices) { TF.autocontrast($0) }
    }
}

/// Spreads the values evenly with probability `p`. PyTorch: `torchvision.transforms.RandomEqualize`. Draws one
/// `rand(1)`.
public struct RandomEqualize: Transform {
    private let p: Double
    /// Creates a transform with probability `p`.
    public init(p: Double = 0.5) { self.p = p }
    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        [Draws(generator).isExactlyBelow(p) ? 1 : 0]
    }
    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        eachChosen(images, choices) { TF.equalize($0) }
    }
}
