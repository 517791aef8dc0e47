import Testing
import Torch
import TorchVision

/// Gradients through resizing and moving pixels, and resizing of parts. Expected numbers: torchvision 0.29.2 in
/// float64, transforms.v2.functional; for the rotation with a fill transforms.functional, whose formula v2 changed to
/// one in place that has no gradient.
struct TransformGradientTests {
    private static let square = [[0, 0], [4, 0], [4, 3], [0, 3]]

    nonisolated(unsafe) private static let cases: [(String, (Tensor) -> Tensor, Double, [Double])] = [
        (
            "resize", { TF.resize($0, [3, 3]) }, 3095.59696,
            [
                0, 8.26173, 20.6543, 49.6617, 55.2, 4.16327, 14.0953, 27.4321, 59.5728, 64.8, 9.21796, 21.4922, 36.4469,
                46.4645, 42.5143, 11.7943, 25.5213, 41.6889, 19.0756, 3.2
            ]
        ),
        (
            "resize plain", { TF.resize($0, [3, 3], antialias: false) }, 3519.49691,
            [
                0, 0, 27.7778, 39.1975, 78.3951, 4.66667, 2.33333, 47.5556, 34.5062, 69.0123, 8.51852, 4.25926, 68,
                27.0247, 54.0494, 19.2593, 9.62963, 130, 1.79012, 3.58025
            ]
        ),
        (
            "resize cubic", { TF.resize($0, [6, 4], interpolation: .bicubic) }, 8885.22057,
            [
                9.96616, 81.5156, 133.497, 127.847, 67.3555, 19.3859, 110.09, 87.1631, 51.4711, 96.0746, 34.9717,
                21.9515, 52.2819, 116.071, 141.728, 81.3728, 37.9392, 83.3959, 114.624, 23.8308
            ]
        ),
        (
            "resize nearest", { TF.resize($0, [3, 7], interpolation: .nearest) }, 8672,
            [0, 140, 54, 240, 48, 40, 108, 140, 16, 0, 120, 0, 266, 24, 180, 0, 0, 0, 0, 0]
        ),
        (
            "rotate", { TF.rotate($0, 30, interpolation: .bilinear, expand: true) }, 5664.32359,
            [
                35.4134, 46.3251, 53.1899, 99.3565, 53.4083, 32.1297, 66.165, 55.573, 73.4083, 47.8721, 26.963, 71.8533,
                48.0148, 67.8404, 80.838, 28.8792, 57.1154, 60.1479, 30.6581, 7.40618
            ]
        ),
        (
            "rotate fill", { TF.rotate($0, 30, interpolation: .bilinear, fill: [2, 3]) }, 5751.52072,
            [
                43.4647, 59.0484, 46.7091, 86.5722, 4.40433, 47.0535, 38.2862, 74.8501, 47.1301, 20.2776, 15.0206,
                41.2657, 65.4357, 7.20781, 105.967, 2.2564, 29.4965, 59.328, 23.1764, 22.1402
            ]
        ),
        (
            "affine", { TF.affine($0, angle: 20, translate: [1, 0], scale: 1.25, shear: [10, 5]) }, 7126,
            [0, 28, 42, 0, 0, 20, 342, 10, 12, 0, 128, 0, 0, 54, 0, 252, 8, 126, 120, 0]
        ),
        (
            "perspective",
            { TF.perspective($0, startpoints: square, endpoints: [[1, 0], [4, 1], [3, 3], [0, 2]]) }, 3205.07026,
            [
                13.8575, 20.1986, 28.5075, 8.16504, 27.5215, 20.4125, 39.3384, 58.4939, 8.29926, 1.37417, 36.5948,
                19.9641, 31.0066, 43.6618, 1.25604, 58.1589, 39.0605, 10.1021, 22.306, 20.2669
            ]
        )
    ]

    @Test func gradients() throws {
        for (name, transform, loss, gradient) in Self.cases {
            for dtype in [DType.float64, .float32] {
                let image = Tensor.arange(0, 40).view(2, 4, 5).mul(7).remainder(11).to(dtype).requiresGrad_()
                let result = transform(image)
                let weights = Tensor.arange(0, result.numel()).view(result.shape.sizes).mul(5).remainder(13).to(dtype)
                let sum = result.mul(result).mul(weights).sum()
                #expect(abs(sum.item(as: Double.self) / loss - 1) < 1e-5, "\(name)")
                sum.backward()
                let grad = try #require(image.grad).select(0, 0).toArray(as: Double.self)
                for (a, b) in zip(grad, gradient) { #expect(abs(a - b) < 1e-3, "\(name), \(dtype)") }
                // The same numbers without a gradient.
                let plain = transform(image.detach())
                #expect(!plain.requiresGrad)
                #expect(plain.sub(result.detach()).abs().max().item(as: Double.self) < 1e-5, "\(name), \(dtype)")
            }
        }
    }

    @Test func gradientInHalfPrecision() throws {
        let image = Tensor.arange(0, 40).view(2, 4, 5).mul(7).remainder(11).to(.float16).requiresGrad_()
        TF.resize(image, [3, 3]).to(.float32).mul(2).sum().backward()
        let grad = try #require(image.grad)
        #expect(grad.dtype == .float16)
        let expected = [0.7998, 0.9111, 0.7778, 0.9111, 0.7998]
        for (a, b) in zip(grad.flatten().toArray(as: Double.self), expected) { #expect(abs(a - b) < 1e-4) }
    }

    /// `Resize` and `CenterCrop` in one, and images that are views of others, give the same bits.
    @Test func middlesAndViews() {
        manualSeed(0)
        let large = Tensor.randint(0, 256, [3, 61, 83])
        for dtype in [DType.uint8, .float32, .float64, .int16] {
            for interpolation in [ImageInterpolation.nearest, .nearestExact, .bilinear, .bicubic] {
                let image = large.to(dtype).narrow(1, 5, 47).narrow(2, 7, 71).contiguous()
                for (size, crop) in [(24, [17, 30]), (60, [60, 7]), (90, [64, 33]), (20, [25, 9]), (47, [40, 40])] {
                    let resize = Resize(size, interpolation: interpolation)
                    let whole = resize(image)
                    let middle = Compose([resize, CenterCrop(crop)])(image)
                    #expect(middle.equal(TF.centerCrop(whole, crop)), "\(dtype) \(interpolation) \(size)")
                    let view = large.to(dtype).narrow(1, 5, 47).narrow(2, 7, 71)
                    #expect(resize(view).equal(whole), "\(dtype) \(interpolation) \(size)")
                    // Pixels whose channels lie side by side, as decoders return them.
                    let pixels = large.to(dtype).permute(1, 2, 0).contiguous().permute(2, 0, 1)
                    #expect(
                        resize(pixels.narrow(1, 5, 47).narrow(2, 7, 71)).equal(whole),
                        "\(dtype) \(interpolation) \(size)")
                    let batch = stack([image, image.flip([-1])], dim: 0)
                    #expect(resize.batch(batch).select(0, 0).equal(whole))
                }
            }
        }
    }
}
