import Torch

/// Functions of images. PyTorch: `torchvision.transforms.functional`, for tensors.
///
/// An image is [channels, height, width] with any number of dimensions before, uint8 in 0...255 or floating point in
/// 0...1, if not stated otherwise. Results do not share memory with the image where values change; crops are views.
public enum TF {
    static func failed(_ kind: TorchError.Kind, _ message: String) -> Tensor { Tensor.failed(kind, message) }

    /// The greatest value of a dtype's images.
    static func bound(_ dtype: DType) -> Double {
        switch dtype {
        case .uint8: 255
        case .int8: 127
        case .int16: 32767
        case .uint16: 65535
        case .int32: 2_147_483_647
        case .int64: 0x1p63
        default: 1
        }
    }

    /// Checks that a tensor is an image, and returns its channels, height and width. Raises and returns nil if not.
    static func size(_ image: Tensor) -> ImageSize? {
        if image.isVoid { return nil }
        guard image.dim >= 2 else {
            _ = failed(.type, "Tensor is not a torch image.")
            return nil
        }
        return ImageSize(
            channels: image.dim == 2 ? 1 : image.size(-3), height: image.size(-2), width: image.size(-1))
    }

    /// Like `size`, for images that must have a dimension of one or three channels.
    static func colorSize(_ image: Tensor, needsChannels: Bool = true) -> ImageSize? {
        guard let size = size(image) else { return nil }
        if needsChannels, image.dim < 3 {
            _ = failed(.type, "Input image tensor should have at least 3 dimensions, but found \(image.dim)")
            return nil
        }
        guard size.channels == 1 || size.channels == 3 else {
            _ = failed(
                .type, "Input image tensor permitted channel values are [1, 3], but found \(size.channels)")
            return nil
        }
        return size
    }

    /// Calls `body` with the images as [N, C, H, W] of float32, or float64 if they are that. Brings the result back to
    /// the form and dtype of `image`, integers by rounding.
    static func inFloat(_ image: Tensor, _ body: (Tensor) -> Tensor) -> Tensor {
        let dtype = image.dtype
        let isReady = dtype == .float32 || dtype == .float64
        var batch = image
        let leading = Array(image.shape.sizes.dropLast(3))
        if image.dim == 2 { batch = batch.unsqueeze(0) }
        if image.dim < 4 { batch = batch.unsqueeze(0) } else if image.dim > 4 { batch = batch.flatten(0, -4) }
        if !isReady { batch = batch.to(.float32) }
        var result = body(batch)
        if result.isVoid { return result }
        if !isReady {
            if !dtype.isFloatingPoint { result = result.round() }
            result = result.to(dtype)
        }
        if image.dim == 2 { return result.squeeze(0).squeeze(0) }
        if image.dim == 3 { return result.squeeze(0) }
        return image.dim == 4 ? result : result.reshape(leading + Array(result.shape.sizes.dropFirst()))
    }
}

/// How pixels between pixels are computed. PyTorch: `torchvision.transforms.InterpolationMode`.
public enum ImageInterpolation: String, Sendable {
    /// The pixel at the scaled place, rounded down.
    case nearest
    /// The nearest pixel, as Pillow and scikit-image find it.
    case nearestExact = "nearest-exact"
    /// Lines between pixels.
    case bilinear
    /// Cubic curves between pixels.
    case bicubic
}
