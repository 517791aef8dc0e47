import Torch

/// Returns the middle of an image. What lies outside is 0. PyTorch: `torchvision.transforms.CenterCrop`.
public struct CenterCrop: Transform {
    let height, width: Int

    /// Creates a transform that crops to `size`: height and width, or one number for both.
    public init(_ size: some PixelsOrList) { (height, width) = size.heightAndWidthOrFail() }

    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        (size.height, size.width) = (height, width)
        return []
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor { TF.centerCrop(images, [height, width]) }
}

/// Adds a border. PyTorch: `torchvision.transforms.Pad`.
public struct Pad: Transform {
    private let padding: [Int]
    private let fill: Double
    private let mode: ImagePadding

    /// Creates a transform. The parameters are those of `TF.pad`.
    public init(_ padding: some PixelsOrList, fill: Double = 0, paddingMode: ImagePadding = .constant) {
        self.padding = padding.pixels
        self.fill = fill
        mode = paddingMode
    }

    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        if let sides = Sides(padding), padding.allSatisfy({ $0.magnitude < 1 << 40 }) {
            size.height += sides.top + sides.bottom
            size.width += sides.left + sides.right
        }
        return []
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        TF.pad(images, padding, fill: fill, mode: mode)
    }
}

/// Returns the four corners and the middle, [5, C, H, W] for an image.
/// PyTorch: `torchvision.transforms.FiveCrop`, which returns a tuple.
public struct FiveCrop: Transform {
    private let height, width: Int

    /// Creates a transform that crops to `size`: height and width, or one number for both.
    public init(_ size: some PixelsOrList) { (height, width) = size.heightAndWidthOrFail() }

    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        (size.height, size.width) = (height, width)
        return []
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        stack(TF.fiveCrop(images, [height, width]), dim: 1)
    }
}

/// Returns the crops of `FiveCrop` and those of the mirrored image, [10, C, H, W] for an image.
/// PyTorch: `torchvision.transforms.TenCrop`, which returns a tuple.
public struct TenCrop: Transform {
    private let height, width: Int
    private let verticalFlip: Bool

    /// Creates a transform that crops to `size`: height and width, or one number for both.
    public init(_ size: some PixelsOrList, verticalFlip: Bool = false) {
        (height, width) = size.heightAndWidthOrFail()
        self.verticalFlip = verticalFlip
    }

    /// Draws the choices for one image, and sets `size` to the size of the result.
    public func choose(_ size: inout ImageSize, _ generator: Generator) -> [Double] {
        (size.height, size.width) = (height, width)
        return []
    }

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        stack(TF.tenCrop(images, [height, width], verticalFlip: verticalFlip), dim: 1)
    }
}
