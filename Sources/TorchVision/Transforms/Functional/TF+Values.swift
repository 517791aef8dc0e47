import Torch

extension TF {
    /// Converts an image to another dtype, and scales its values: integers go from 0 to the dtype's greatest value,
    /// floating-point numbers from 0 to 1. PyTorch: `convert_image_dtype`.
    public static func convertImageDtype(_ image: Tensor, _ dtype: DType = .float32) -> Tensor {
        if image.dtype == dtype || image.isVoid { return image }
        if image.isFloatingPoint() {
            if dtype.isFloatingPoint { return image.to(dtype) }
            if image.dtype == .float32 && (dtype == .int32 || dtype == .int64)
                || image.dtype == .float64 && dtype == .int64
            {
                return failed(.runtime, "The cast from \(image.dtype) to \(dtype) cannot be performed safely.")
            }
            // With 255.999, each of the 256 integers has a range of equal length.
            return image.mul(bound(dtype) + 1 - 1e-3).to(dtype)
        }
        let greatest = bound(image.dtype)
        if image.dtype == .uint8, dtype == .float32, image.isContiguous(), image.device == .cpu {
            return image.unsqueeze(0).rows([0], dividedBy: 255).view(image.shape.sizes)
        }
        if dtype.isFloatingPoint { return image.to(dtype).div(greatest) }
        let other = bound(dtype)
        if greatest > other {
            let factor = ((greatest + 1) / (other + 1)).rounded(.down)
            // uint16 has no division.
            let wide = image.dtype == .uint16 ? image.to(.int32) : image
            return wide.div(Int(factor), roundingMode: .floor).to(dtype)
        }
        let factor = ((other + 1) / (greatest + 1)).rounded(.down)
        if dtype == .uint16 { return image.to(.int32).mul(Int(factor)).to(dtype) }
        return image.to(dtype).mul(Int(exactly: factor) ?? Int.max)
    }

    /// Converts an image to another dtype, without scaling if `scale` is false. PyTorch: `v2.functional.to_dtype`.
    public static func toDtype(_ image: Tensor, _ dtype: DType = .float32, scale: Bool = false) -> Tensor {
        scale ? convertImageDtype(image, dtype) : image.to(dtype)
    }

    /// Computes (image - mean) / std for each channel. PyTorch: `normalize`.
    public static func normalize(_ image: Tensor, mean: [Double], std: [Double]) -> Tensor {
        Normalize(mean: mean, std: std).apply(image, [])
    }

    /// Returns the negative of an image. PyTorch: `invert`.
    public static func invert(_ image: Tensor) -> Tensor {
        guard colorSize(image) != nil else { return image.isVoid ? image : .failedImage }
        if image.dtype == .uint8 { return image.bitwiseXor(255) }
        return image.isFloatingPoint() ? image.neg().add(bound(image.dtype)) : image.neg().add(Int(bound(image.dtype)))
    }

    /// Keeps the first `bits` bits of each value of a uint8 image. PyTorch: `posterize`.
    public static func posterize(_ image: Tensor, bits: Int) -> Tensor {
        guard (0...8).contains(bits) else {
            return failed(.value, "The number if bits should be between 0 and 8. Got \(bits)")
        }
        guard image.dim >= 3 || image.isVoid, image.dtype == .uint8 || image.isVoid else {
            return image.dim < 3
                ? failed(.type, "Input image tensor should have at least 3 dimensions, but found \(image.dim)")
                : failed(.type, "Only torch.uint8 image tensors are supported, but found \(image.dtype)")
        }
        guard colorSize(image) != nil else { return .failedImage }
        return image.bitwiseAnd((256 - (1 << (8 - bits))) & 255)
    }

    /// Inverts the values that are at least `threshold`. PyTorch: `solarize`.
    public static func solarize(_ image: Tensor, threshold: Double) -> Tensor {
        guard colorSize(image) != nil else { return .failedImage }
        guard threshold <= bound(image.dtype) else {
            return failed(.type, "Threshold should be less than bound of img.")
        }
        return `where`(image.ge(threshold), invert(image), image)
    }

    /// Stretches the values of each channel to the whole range. PyTorch: `autocontrast`.
    public static func autocontrast(_ image: Tensor) -> Tensor {
        guard colorSize(image) != nil else { return .failedImage }
        let bound = bound(image.dtype)
        let dtype = image.isFloatingPoint() ? image.dtype : .float32
        let least = image.amin(dim: [-2, -1], keepdim: true).to(dtype)
        let greatest = image.amax(dim: [-2, -1], keepdim: true).to(dtype)
        let scale = greatest.sub(least).reciprocal().mul(bound)
        let isFlat = scale.isfinite().logicalNot()
        let shift = `where`(isFlat, 0.0, least).to(dtype)
        let factor = `where`(isFlat, 1.0, scale).to(dtype)
        return image.sub(shift).mul(factor).clamp(min: 0, max: bound).to(image.dtype)
    }

    /// Spreads the values of each channel of a uint8 image evenly. PyTorch: `equalize`.
    public static func equalize(_ image: Tensor) -> Tensor {
        if image.isVoid { return image }
        guard (3...4).contains(image.dim) else {
            return failed(.type, "Input image tensor should have 3 or 4 dimensions, but found \(image.dim)")
        }
        guard image.dtype == .uint8 else {
            return failed(.type, "Only torch.uint8 image tensors are supported, but found \(image.dtype)")
        }
        guard colorSize(image) != nil else { return .failedImage }
        let result = image.clone().contiguous()
        let plane = image.size(-2) * image.size(-1)
        if plane == 0 { return result }
        result.withUnsafeMutableElements(as: UInt8.self) { pixels in
            for start in stride(from: 0, to: pixels.count, by: plane) {
                equalize(UnsafeMutableBufferPointer(rebasing: pixels[start..<start + plane]))
            }
        }
        return result
    }

    private static func equalize(_ pixels: UnsafeMutableBufferPointer<UInt8>) {
        var counts = [Int](repeating: 0, count: 256)
        for pixel in pixels { counts[Int(pixel)] += 1 }
        let last = counts.lastIndex { $0 > 0 } ?? 0
        let step = (pixels.count - counts[last]) / 255
        if step == 0 { return }
        var table = [UInt8](repeating: 0, count: 256)
        var sum = 0
        for value in 1..<256 {
            sum += counts[value - 1]
            table[value] = UInt8(min((sum + step / 2) / step, 255))
        }
        for i in pixels.indices { pixels[i] = table[Int(pixels[i])] }
    }
}

extension Tensor {
    /// A void tensor, after an error that was raised before.
    static var failedImage: Tensor { Tensor.empty([0]).select(0, 0) }
}
