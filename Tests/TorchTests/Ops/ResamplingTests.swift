import Testing
import Torch

// The numbers are PyTorch 2.15's for the same calls.
@Suite(.serialized) struct ResamplingTests {
    private let pixels = ((Tensor.arange(60) * 37) % 256).reshape(1, 2, 5, 6).to(.uint8)

    private func numbers(_ x: Tensor) -> [Int] { x.flatten().toArray(as: Int.self) }

    @Test func bytesAreRoundedAfterEachDimension() {
        #expect(
            numbers(pixels.interpolate(size: [7, 4], mode: .bilinear)) == [
                9, 65, 120, 176, 99, 46, 101, 157, 176, 40, 76, 132, 197, 61, 52, 108, 173, 174, 28, 84, 148, 204, 86,
                59, 129, 185, 176, 40, 95, 151, 206, 70, 76, 132, 187, 160, 51, 107, 162, 218, 27, 83, 138, 194, 140,
                59, 114, 170, 198, 62, 89, 145, 215, 79, 70, 126
            ])
        #expect(
            numbers(pixels.interpolate(size: [3, 9], mode: .bilinear, alignCorners: true)) == [
                0, 23, 46, 69, 93, 116, 139, 162, 185, 188, 211, 170, 33, 25, 48, 71, 94, 117, 120, 143, 166, 189, 213,
                204, 67, 26, 49, 86, 109, 132, 155, 179, 202, 225, 152, 15, 18, 41, 64, 87, 111, 134, 157, 180, 203,
                206, 229, 188, 51, 43, 66, 89, 112, 135
            ])
        #expect(
            numbers(pixels.interpolate(size: [7, 4], mode: .bicubic)) == [
                0, 66, 125, 181, 99, 35, 106, 162, 200, 16, 78, 133, 204, 53, 54, 110, 177, 202, 0, 88, 142, 238, 72,
                54, 124, 178, 198, 30, 96, 152, 220, 53, 77, 133, 196, 165, 39, 104, 162, 240, 25, 81, 140, 196, 141,
                44, 117, 173, 220, 47, 88, 144, 225, 74, 69, 125
            ])
        #expect(
            numbers(pixels.interpolate(size: [3, 9], mode: .bicubic, alignCorners: true)) == [
                0, 20, 48, 68, 93, 117, 137, 165, 185, 188, 236, 178, 27, 1, 49, 69, 97, 117, 120, 140, 168, 188, 237,
                210, 59, 1, 49, 86, 106, 134, 154, 179, 206, 250, 159, 15, 18, 38, 66, 86, 111, 135, 155, 183, 203,
                206, 254, 196, 45, 19, 67, 87, 115, 135
            ])
        #expect(
            numbers(pixels.interpolate(scaleFactor: [1.7, 0.6], mode: .bilinear)) == [
                12, 74, 136, 64, 61, 123, 145, 41, 103, 178, 21, 83, 195, 39, 63, 175, 169, 43, 155, 217, 51, 135, 197,
                80, 98, 160, 222, 85, 147, 209, 65, 127, 189, 45, 107, 169, 50, 87, 149, 131, 67, 129, 184, 47, 109,
                213, 27, 89
            ])
    }

    @Test func antialiasingWidensTheFilter() {
        func small(_ mode: InterpolationMode) -> [Int] {
            numbers(pixels.interpolate(size: [2, 3], mode: mode, antialias: true))
        }
        #expect(small(.bilinear) == [99, 72, 125, 165, 122, 68, 83, 145, 176, 125, 87, 143])
        #expect(small(.bicubic) == [97, 61, 134, 175, 126, 58, 73, 152, 181, 131, 75, 147])
        #expect(small(.lanczos) == [98, 54, 138, 183, 125, 53, 66, 156, 183, 131, 68, 151])
        let y = Tensor.arange(24, dtype: .float32).reshape(1, 1, 4, 6), squares = y * y / 10
        let lanczos = squares.interpolate(size: [2, 3], mode: .lanczos, antialias: true)
        let expected = Tensor([1.7913749, 3.6944125, 6.409822, 23.686378, 30.242105, 37.6102] as [Float])
        #expect(lanczos.flatten().allclose(expected))
    }

    @Test func foldAddsUpWhatUnfoldTakesApart() throws {
        let columns = Tensor.arange(36, dtype: .float32).reshape(1, 4, 9)
        #expect(
            numbers(columns.fold(outputSize: 4, kernelSize: 2)) == [
                0, 10, 12, 11, 21, 62, 66, 43, 27, 74, 78, 49, 24, 58, 60, 35
            ])
        let padded = columns[0].fold(outputSize: [4, 4], kernelSize: 2, padding: 1, stride: 2)
        #expect(padded.shape == [1, 4, 4])
        #expect(numbers(padded) == [27, 19, 28, 20, 12, 4, 13, 5, 30, 22, 31, 23, 15, 7, 16, 8])
        let x = Tensor.randn(2, 3, 5, 6)
        #expect(x.unfold(kernelSize: 2, padding: [0, 1], stride: 2).shape == [2, 12, 8])
        let leaf = Tensor.randn(1, 4, 9, dtype: .float64).requiresGrad_()
        try gradcheck({ [$0[0].fold(outputSize: 4, kernelSize: 2, padding: 1, stride: 2)] }, [leaf])
    }

    @Test func affineGridsAreAffine() {
        let theta = Tensor([[[1, 0.5, -0.25], [0, 2, 0.5]]] as [[[Float]]])
        #expect(
            theta.affineGrid([1, 1, 2, 3]).flatten().allclose(
                Tensor([-1.1666667, -0.5, -0.5, -0.5, 0.16666669, -0.5, -0.6666667, 1.5, 0, 1.5, 0.6666667, 1.5])))
        #expect(
            theta.affineGrid([1, 1, 2, 3], alignCorners: true).flatten().allclose(
                Tensor([-1.75, -1.5, -0.75, -1.5, 0.25, -1.5, -0.75, 2.5, 0.25, 2.5, 1.25, 2.5])))
    }

    @Test func gradientsOfGridSamplingMatchDifferences() throws {
        manualSeed(1)
        for mode in GridSampleMode.allCases {
            for padding in GridSamplePaddingMode.allCases {
                let x = Tensor.randn(1, 2, 4, 5, dtype: .float64).requiresGrad_()
                let grid = (Tensor.rand([1, 3, 2, 2], dtype: .float64) * 2.6 - 1.3).detach().requiresGrad_()
                func sample(_ t: [Tensor]) -> [Tensor] {
                    [t[0].gridSample(t[1], mode: mode, paddingMode: padding)]
                }
                try gradcheck(sample, [x, grid])
                let (y, g) = (sample([x, grid])[0], Tensor.randn(1, 2, 3, 2, dtype: .float64))
                let plain = grad([y], [x, grid], gradOutputs: [g], retainGraph: true)
                let recorded = grad([y], [x, grid], gradOutputs: [g], createGraph: true)
                for (a, b) in zip(plain, recorded) { #expect(a!.allclose(b!.detach()), "\(mode) \(padding)") }
            }
        }
    }

    @Test func sameBitsOnAnyNumberOfThreads() {
        manualSeed(3)
        let before = getNumThreads()
        defer { setNumThreads(before) }
        let x = Tensor.randn(3, 20, 30, 31), grid = Tensor.rand([3, 40, 41, 2]) * 2 - 1
        let found = [1, 2].map { count -> [[UInt32]] in
            setNumThreads(count)
            let (a, b) = (x.detach().requiresGrad_(), grid.detach().requiresGrad_())
            let up = a.interpolate(scaleFactor: 2, mode: .bilinear), sampled = a.gridSample(b, mode: .bicubic)
            let cubic = a.contiguous(memoryFormat: .channelsLast).interpolate(size: [70, 20], mode: .bicubic)
            let loss = (up * up).sum() + (sampled * sampled).sum() + (cubic * cubic).sum()
            let grads = grad([loss], [a, b]).map { $0! }
            return ([up, sampled, cubic] + grads).map {
                $0.detach().flatten().toArray(as: Float.self).map(\.bitPattern)
            }
        }
        #expect(found[0] == found[1])
    }

    @Test func extremeFactorsAreRefusedOrComputed() {
        let x = Tensor.zeros(1, 1, 4, 4)
        for factor in [Double.nan, .infinity, -1, 0, 1e30, 1e-9] {
            #expect(throws: TorchError.self) { try withError { x.interpolate(scaleFactor: factor) } }
        }
        let odd = x.upsampleBilinear2dAA([3, 3], alignCorners: false, scalesH: 1e-12, scalesW: 1e12)
        #expect(odd.shape == [1, 1, 3, 3])
        #expect(throws: TorchError.self) { try withError { x.interpolate(size: Int.max) } }
        #expect(throws: TorchError.self) { try withError { x.interpolate(size: Int.min) } }
    }

    @Test func modulesPrintAsPyTorch() {
        #expect("\(Upsample(scaleFactor: 2))" == "Upsample(scale_factor=2.0, mode='nearest')")
        #expect("\(Upsample(size: [3, 4], mode: .bicubic))" == "Upsample(size=(3, 4), mode='bicubic')")
        let text = "\(UpsamplingBilinear2d(scaleFactor: [2.0, 3.0]))"
        #expect(text == "UpsamplingBilinear2d(scale_factor=(2.0, 3.0), mode='bilinear')")
        #expect("\(PixelShuffle(2))" == "PixelShuffle(upscale_factor=2)")
        #expect("\(ChannelShuffle(2))" == "ChannelShuffle(groups=2)")
        #expect("\(Unfold([2, 3]))" == "Unfold(kernel_size=(2, 3), dilation=1, padding=0, stride=1)")
        #expect("\(Fold(4, 2))" == "Fold(output_size=4, kernel_size=2, dilation=1, padding=0, stride=1)")
    }

    /// Each step is rounded to the half type, as in PyTorch. Expected numbers: PyTorch 2.15.
    @Test func cubicSamplingInHalfTypes() throws {
        let expected: [(DType, [Double], [Double], Double)] = [
            (
                .float16,
                [
                    1.2705078125, 1.5009765625, 2.8203125, 2.099609375, 0.91943359375, 2.03125, 0.873046875,
                    1.0751953125
                ],
                [
                    0.0, -0.15979, 1.0127, 1.49805, 0.00254, -0.1626, 0.84619, 4.48828, -0.03769, 0.30396, 0.7959,
                    -0.61133
                ],
                0.004
            ),
            (
                .bfloat16, [1.2265625, 1.515625, 2.875, 2.125, 0.92578125, 2.046875, 0.796875, 1.140625],
                [
                    0, -0.16309, 1.03125, 1.61719, 0.00488, -0.16309, 0.83594, 4.46875, -0.06836, 0.30859, 0.82422,
                    -0.60938
                ],
                0.04
            )
        ]
        for (dtype, values, gradient, limit) in expected {
            let input = Tensor.arange(0, 24).mul(5).remainder(13).view(1, 2, 3, 4).to(dtype).div(4).requiresGrad_()
            let grid = Tensor([-0.875, 0.25, 0.5, -0.375, 0.125, 0.75, 1.25, -0.125]).view(1, 2, 2, 2).to(dtype)
            let result = input.gridSample(grid, mode: .bicubic, paddingMode: .border)
            #expect(result.detach().flatten().toArray(as: Double.self) == values, "\(dtype)")
            result.mul(Tensor.arange(0, 8).mul(3).remainder(5).view(1, 2, 2, 2).to(dtype)).sum().backward()
            let grads = try #require(input.grad).flatten().toArray(as: Double.self)
            for (a, b) in zip(grads, gradient) { #expect(abs(a - b) <= limit * max(abs(b), 1), "\(dtype)") }
        }
    }
}
