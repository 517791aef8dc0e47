import Testing
import Torch

// The numbers are PyTorch 2.15's for the same calls. Kernels of float32 are compared with those of float64, which are
// others.
@Suite struct ConvolutionTests {
    /// Shapes that reach each kernel: oneDNN in whole images and in rows, grouped, depthwise with and without a step,
    /// one
    /// element wide, with large weights, and images that no window covers.
    private static let shapes: [(input: [Int], weight: [Int], stride: Int, padding: Int, dilation: Int, groups: Int)] =
        [
            ([2, 20, 15, 17], [33, 20, 3, 3], 1, 1, 1, 1), ([1, 3, 64, 50], [40, 3, 7, 7], 2, 3, 1, 1),
            ([1, 64, 96, 96], [64, 64, 3, 3], 1, 1, 1, 1), ([3, 8, 12, 13], [12, 2, 3, 3], 2, 2, 1, 4),
            ([3, 8, 40, 37], [8, 1, 3, 5], 2, 1, 1, 8), ([2, 8, 9, 40], [8, 1, 3, 3], 1, 2, 2, 8),
            ([4, 64, 7, 9], [32, 64, 1, 1], 1, 0, 1, 1), ([18, 96, 7, 7], [128, 96, 3, 3], 1, 1, 1, 1),
            ([2, 5, 8, 8], [7, 5, 3, 3], 3, 0, 1, 1), ([1, 4, 9, 5], [6, 4, 2, 3], 1, 4, 2, 1)
        ]

    private static func draw(
        _ shape: (input: [Int], weight: [Int], stride: Int, padding: Int, dilation: Int, groups: Int)
    )
        -> (Tensor, Tensor, Tensor)
    {
        manualSeed(11)
        return (Tensor.randn(shape.input), Tensor.randn(shape.weight), Tensor.randn([shape.weight[0]]))
    }

    /// Returns a convolution and its gradients.
    private static func all(
        _ shape: (input: [Int], weight: [Int], stride: Int, padding: Int, dilation: Int, groups: Int),
        _ x: Tensor, _ w: Tensor, _ b: Tensor
    ) -> [Tensor] {
        let inputs = [x, w, b].map { $0.detach().requiresGrad_() }
        let y = conv2d(
            inputs[0], inputs[1], inputs[2], stride: shape.stride, padding: shape.padding, dilation: shape.dilation,
            groups: shape.groups)
        y.mul(y).sum().backward()
        return [y.detach()] + inputs.map { $0.grad! }
    }

    @Test func everyKernelAgrees() {
        for shape in Self.shapes {
            let (x, w, b) = Self.draw(shape)
            let wide = Self.all(shape, x.double(), w.double(), b.double())
            for format in [MemoryFormat.contiguous, .channelsLast] {
                let results = Self.all(shape, x.contiguous(memoryFormat: format), w, b)
                for (result, expected) in zip(results, wide) {
                    let error = result.double().sub(expected).abs().max().item(as: Double.self)
                    let largest = expected.abs().max().item(as: Double.self)
                    #expect(error <= 2e-5 * largest, "\(shape) \(format)")
                }
            }
        }
    }

    @Test func theSameBitsOnAnyNumberOfThreads() {
        let threads = getNumThreads()
        defer { setNumThreads(threads) }
        for shape in Self.shapes {
            let (x, w, b) = Self.draw(shape)
            setNumThreads(1)
            let alone = Self.all(shape, x, w, b)
            for count in [2, 5] {
                setNumThreads(count)
                for (one, many) in zip(alone, Self.all(shape, x, w, b)) { #expect(one.equal(many), "\(shape)") }
            }
        }
    }

    @Test func aWeightThatChangesIsPackedAnew() {
        manualSeed(3)
        let x = Tensor.randn([2, 16, 10, 10]), w = Tensor.randn([32, 16, 3, 3])
        let once = conv2d(x, w, padding: 1)
        for _ in 0..<3 { #expect(conv2d(x, w, padding: 1).equal(once)) }
        w.mul_(2)
        for _ in 0..<3 { #expect(conv2d(x, w, padding: 1).equal(once.mul(2))) }
        // Another view of the same memory is another weight.
        for _ in 0..<3 {
            #expect(conv2d(x, w[0..<16], padding: 1).allclose(once[0..., 0..<16].mul(2), rtol: 1e-5, atol: 1e-5))
        }
        for _ in 0..<3 { #expect(conv2d(x, w, padding: 1).equal(once.mul(2))) }
    }

    @Test func channelsStayInnermost() {
        let x = Tensor.ones([2, 4, 6, 6]), w = Tensor.ones([8, 4, 3, 3])
        let last = x.contiguous(memoryFormat: .channelsLast)
        #expect(conv2d(x, w).stride() == [128, 16, 4, 1])
        #expect(conv2d(last, w).stride() == [128, 1, 32, 8])
        #expect(conv2d(x, w.contiguous(memoryFormat: .channelsLast)).stride() == [128, 1, 32, 8])
        #expect(conv2d(last.double(), w.double()).stride() == [128, 1, 32, 8])
        #expect(convTranspose2d(last, Tensor.ones([4, 8, 3, 3])).stride() == [512, 1, 64, 8])
        #expect(conv2d(last[0], w).stride() == [16, 4, 1])
        let volume = Tensor.ones([2, 4, 5, 5, 5]).contiguous(memoryFormat: .channelsLast3d)
        #expect(conv3d(volume, Tensor.ones([8, 4, 3, 3, 3])).stride() == [216, 1, 72, 24, 8])
        #expect(conv3d(volume.double(), Tensor.ones([8, 4, 3, 3, 3], dtype: .float64)).stride() == [216, 27, 9, 3, 1])
    }

    @Test func numbers() {
        let x = Tensor.arange(120, dtype: .float32).reshape(2, 3, 4, 5)
        let w = Tensor.arange(48, dtype: .float32).reshape(4, 3, 2, 2)
        let y = conv2d(x, w, stride: [2, 1])
        #expect(y.shape == [2, 4, 2, 4])
        #expect(y[0, 0].flatten().toArray(as: Float.self) == [2191, 2257, 2323, 2389, 2851, 2917, 2983, 3049])
        #expect(y[1, 3].flatten().toArray(as: Float.self) == [42007, 42505, 43003, 43501, 46987, 47485, 47983, 48481])
        #expect(conv2d(x.to(.int32), w.to(.int32), stride: [2, 1]).equal(y.to(.int32)))
        let z = convTranspose2d(
            Tensor.arange(8, dtype: .float32).reshape(1, 2, 2, 2),
            Tensor.arange(16, dtype: .float32).reshape(2, 2, 2, 2), stride: 2, outputPadding: 1)
        #expect(
            z[0, 0].flatten().toArray(as: Float.self) == [
                32, 36, 40, 46, 0, 40, 44, 52, 58, 0, 48, 56, 56, 66, 0, 64, 72, 76, 86, 0, 0, 0, 0, 0, 0
            ])
    }

    @Test func secondGradients() throws {
        manualSeed(2)
        let x = Tensor.randn([2, 4, 5, 5], dtype: .float64).requiresGrad_()
        let w = Tensor.randn([6, 2, 3, 2], dtype: .float64).requiresGrad_()
        let v = Tensor.randn([4, 3, 3, 2], dtype: .float64).requiresGrad_()
        try gradgradcheck({ [conv2d($0[0], $0[1], stride: 2, padding: 1, groups: 2)] }, [x, w])
        try gradgradcheck({ [convTranspose2d($0[0], $0[1], stride: 2, padding: 1, outputPadding: 1)] }, [x, v])
    }

    @Test func mistakes() {
        func message(_ body: () -> Tensor) -> String {
            do {
                try withError { _ = body() }
                return ""
            } catch { return "\(error)" }
        }
        let x = Tensor.ones([2, 4, 5, 5]), w = Tensor.ones([6, 4, 3, 3])
        let expected: [(String, () -> Tensor)] = [
            (
                "Calculated padded input size per channel: (5 x 5). Kernel size: (7 x 3). Kernel size can't be greater than actual input size",
                { conv2d(x, Tensor.ones([6, 4, 7, 3])) }
            ),
            (
                "Given groups=1, weight of size [6, 3, 3, 3], expected input[2, 4, 5, 5] to have 3 channels, but got 4 channels instead",
                { conv2d(x, Tensor.ones([6, 3, 3, 3])) }
            ),
            (
                "Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: [5, 5]",
                { conv2d(x[0, 0], w) }
            ),
            (
                "Input type (float) and bias type (double) should be the same",
                { conv2d(x, w, Tensor.ones([6], dtype: .float64)) }
            ),
            (
                "expected stride to be a single integer value or a list of 2 values to match the convolution dimensions, but got stride=[1, 1, 1]",
                { conv2d(x, w, stride: [1, 1, 1]) }
            ),
            ("padding='same' is not supported for strided convolutions", { conv2d(x, w, stride: 2, padding: .same) }),
            ("Invalid padding string: 'foo'", { conv2d(x, w, padding: "foo") }),
            (
                "Given padding=\(Int.max) at dimension 0 , expected padding to be at most \(Int.max / 2)",
                { conv2d(x, w, padding: Int.max) }
            ),
            (
                "output padding must be smaller than either stride or dilation, but got output_padding_height: 1 output_padding_width: 1 stride_height: 1 stride_width: 1 dilation_height: 1 dilation_width: 1",
                { convTranspose2d(x, Tensor.ones([4, 6, 3, 3]), outputPadding: 1) }
            ),
            ("\"slow_conv2d_cpu\" not implemented for 'Bool'", { conv2d(x.to(.bool), w.to(.bool)) })
        ]
        for (text, body) in expected { #expect(message(body).contains(text), "\(message(body))") }
    }

    /// The sums of the definition, in integers, which have no rounding: y[n, o, i] is the sum over c and k of
    /// x[n, c, i · stride - padding + k · dilation] · w[o, c, k].
    @Test(arguments: [DType.float32, .float64])
    func smallConvolutionsFollowTheirDefinition(_ dtype: DType) {
        manualSeed(0)
        let (images, channels, results) = (2, 2, 3)
        for length in 1...5 {
            for kernel in 1...3 {
                for stride in 1...4 {
                    for (padding, dilation) in [(0, 1), (1, 1), (2, 1), (0, 2), (1, 2)] {
                        let room = length + 2 * padding - (kernel - 1) * dilation - 1
                        guard room >= 0 else { continue }
                        let count = room / stride + 1
                        func draw(_ sizes: [Int]) -> Tensor { Tensor.randint(-9, 10, sizes).to(dtype) }
                        let x = draw([images, channels, length]), w = draw([results, channels, kernel])
                        let g = draw([images, results, count])
                        let y = Tensor.zeros([images, results, count], dtype: dtype)
                        let (dx, dw) = (Tensor.zerosLike(x), Tensor.zerosLike(w))
                        for i in 0..<count {
                            for k in 0..<kernel {
                                let j = i * stride - padding + k * dilation
                                guard 0..<length ~= j else { continue }
                                y[.all, .all, i].add_(x[.all, .all, j].matmul(w[.all, .all, k].t()))
                                dx[.all, .all, j].add_(g[.all, .all, i].matmul(w[.all, .all, k]))
                                dw[.all, .all, k].add_(g[.all, .all, i].t().matmul(x[.all, .all, j]))
                            }
                        }
                        let what: Comment = "\(length), \(kernel), stride \(stride), padding \(padding), \(dilation)"
                        x.requiresGrad_()
                        w.requiresGrad_()
                        let result = F.conv1d(x, w, stride: [stride], padding: [padding], dilation: [dilation])
                        result.backward(gradient: g)
                        #expect(result.equal(y) && x.grad!.equal(dx) && w.grad!.equal(dw), what)
                        // The adjoint, with the sizes that it cannot know from its input.
                        let lost = room % stride
                        guard lost < max(stride, dilation) else { continue }
                        let adjoint = F.convTranspose1d(
                            g, w.detach(), stride: [stride], padding: [padding], outputPadding: [lost],
                            dilation: [dilation])
                        #expect(adjoint.equal(dx), what)
                    }
                }
            }
        }
    }
}
