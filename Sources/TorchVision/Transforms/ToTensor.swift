import Torch

/// Converts uint8 images of 0...255 to float32 of 0...1. Other dtypes stay unchanged.
/// PyTorch: `torchvision.transforms.ToTensor`.
public struct ToTensor: Transform {
    /// Creates the transform.
    public init() {}

    /// Transforms the batch with the choices that were drawn.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        if images.dtype != .uint8 { return images }
        return images.dim == 4 && images.isContiguous()
            ? images.rows(Array(0..<images.shape[0]), dividedBy: 255) : images.to(.float32).div(255)
    }
}

/// Computes (image - mean) / std for each channel. PyTorch: `torchvision.transforms.Normalize`.
public struct Normalize: Transform {
    /// The mean of each channel.
    public let mean: [Double]
    /// The standard deviation of each channel.
    public let std: [Double]

    /// Creates a transform with the given means and standard deviations.
    /// - Precondition: `mean` and `std` have one number each, or one per channel. No element of `std` is zero.
    public init(mean: [Double], std: [Double]) {
        self.mean = mean
        self.std = std
    }

    /// Normalizes the images.
    /// - Precondition: the images are floating point. They have as many channels as there are means.
    public func apply(_ images: Tensor, _ choices: [[Double]]) -> Tensor {
        guard images.isFloatingPoint() else {
            return Tensor.failed(.type, "Input tensor should be a float tensor. Got \(images.dtype).")
        }
        let std = Tensor(std, dtype: images.dtype)
        guard !std.toArray(as: Double.self).contains(0) else {
            return Tensor.failed(
                .value, "std evaluated to zero after conversion to \(images.dtype), leading to division by zero.")
        }
        let mean = Tensor(mean, dtype: images.dtype)
        for count in [mean.count, std.count] where count != 1 && count != images.size(-3) {
            return Tensor.failed(
                .runtime, "Normalize: \(count) numbers for images of \(images.size(-3)) channels, \(images.shape)")
        }
        return images.sub(mean.view(-1, 1, 1)).div_(std.view(-1, 1, 1))
    }
}
