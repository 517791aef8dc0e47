import Torch

extension TF {
    /// Blurs an image with a Gaussian bell. PyTorch: `gaussian_blur`.
    /// - Parameters:
    ///   - image: the image.
    ///   - kernelSize: the width and the height of the bell in pixels, odd; or one number for both.
    ///   - sigma: the standard deviations in pixels; or one number for both. By default 0.15 · kernelSize + 0.35.
    public static func gaussianBlur(
        _ image: Tensor, _ kernelSize: some PixelsOrList, sigma: (any NumberOrNumbers)? = nil
    ) -> Tensor {
        guard let size = size(image) else { return .failedImage }
        let kernel = kernelSize.isNumber ? [kernelSize.pixels[0], kernelSize.pixels[0]] : kernelSize.pixels
        guard kernel.count == 2 else {
            return failed(.value, "If kernel_size is a sequence its length should be 2. Got \(kernel.count)")
        }
        guard kernel.allSatisfy({ $0 > 0 && $0 % 2 == 1 }) else {
            return failed(.value, "kernel_size should have odd and positive integers. Got \(kernel)")
        }
        var sigmas = sigma?.numbers ?? kernel.map { Double($0) * 0.15 + 0.35 }
        if sigmas.count == 1 { sigmas.append(sigmas[0]) }
        guard sigmas.count == 2 else {
            return failed(.value, "If sigma is a sequence, its length should be 2. Got \(sigmas.count)")
        }
        guard sigmas.allSatisfy({ $0 > 0 }) else {
            return failed(.value, "sigma should have positive values. Got \(sigmas)")
        }
        let (x, y) = (kernel[0] / 2, kernel[1] / 2)
        guard x < size.width, y < size.height else {
            return failed(
                .runtime,
                "Padding size should be less than the corresponding input dimension, but got: padding (\(x), \(x)) at dimension 3 of input \(image.shape)"
            )
        }
        return inFloat(image) { batch in
            let padded = batch.pad([x, x, y, y], mode: .reflect)
            let across = weighted(padded, -1, bell(kernel[0], sigmas[0], batch.dtype))
            return weighted(across, -2, bell(kernel[1], sigmas[1], batch.dtype))
        }
    }

    /// Sharpens an image. 0 gives a blurred image, 1 the image. PyTorch: `adjust_sharpness`.
    public static func adjustSharpness(_ image: Tensor, _ factor: Double) -> Tensor {
        guard factor >= 0 else {
            return failed(.value, "sharpness_factor (\(PythonNumber.text(factor))) is not non-negative.")
        }
        guard let size = colorSize(image, needsChannels: false) else { return .failedImage }
        if size.width <= 2 || size.height <= 2 { return image }
        let smooth = inFloat(image) { batch in
            let (h, w) = (size.height - 2, size.width - 2)
            let (edge, middle) = (Tensor([1.0], dtype: batch.dtype).div(13), Tensor([5.0], dtype: batch.dtype).div(13))
            var sum: Tensor?
            for y in 0..<3 {
                for x in 0..<3 {
                    let part = batch.narrow(-2, y, h).narrow(-1, x, w).mul(y == 1 && x == 1 ? middle : edge)
                    sum = sum.map { $0.add(part) } ?? part
                }
            }
            return sum!
        }
        if smooth.isVoid { return smooth }
        let blurred = image.clone()
        blurred.narrow(-2, 1, size.height - 2).narrow(-1, 1, size.width - 2).copy_(smooth)
        return blend(image, blurred, factor)
    }

    private static func bell(_ count: Int, _ sigma: Double, _ dtype: DType) -> [Double] {
        let half = Double(count - 1) * 0.5
        let x = Tensor.linspace(-half, half, count, dtype: dtype)
        let values = x.div(sigma).pow(2).mul(-0.5).exp()
        return values.div(values.sum()).toArray(as: Double.self)
    }

    /// Returns the weighted sums of neighbors along a dimension.
    private static func weighted(_ image: Tensor, _ dim: Int, _ weights: [Double]) -> Tensor {
        let count = image.size(dim) - weights.count + 1
        return weights.indices.dropFirst().reduce(image.narrow(dim, 0, count).mul(weights[0])) {
            $0.add(image.narrow(dim, $1, count), alpha: weights[$1])
        }
    }
}
