import Testing
import Torch

/// Draws into memory that is not row-major, into each dtype, and with bounds. The numbers are PyTorch 2.15's for seed
/// 0.
@Suite struct DrawTests {
    private func drawn(_ body: () -> Tensor) -> [Float] {
        manualSeed(0)
        return body().to(.float32).toArray().map { ($0 * 1e4).rounded() / 1e4 }
    }

    @Test func stridedMemoryIsDrawnInItsOwnOrder() {
        func t() -> Tensor { Tensor.zeros(2, 3).t() }
        func channelsLast() -> Tensor { Tensor.zeros(1, 2, 2, 2).contiguous(memoryFormat: .channelsLast) }
        #expect(drawn { t().normal_() } == [1.541, 0.5684, -0.2934, -1.0845, -2.1788, -1.3986])
        #expect(drawn { t().uniform_() } == [0.4963, 0.132, 0.7682, 0.3074, 0.0885, 0.6341])
        #expect(drawn { t().exponential_() } == [3.5083, 2.5351, 1.2304, 1.0357, 0.615, 1.5661])
        #expect(drawn { t().cauchy_() } == [10.5977, 3.9331, 0.7648, 0.49, -0.1283, 1.2988])
        #expect(drawn { t().random_(0, 100) } == [44, 60, 39, 63, 33, 79])
        #expect(drawn { t().geometric_(0.1) } == [1, 1, 4, 5, 8, 3])
        #expect(drawn { t().bernoulli_(0.5) } == [0, 0, 0, 0, 1, 0])
        #expect(drawn { t().bernoulli_(Tensor.full([3, 2], 0.5)) } == [1, 1, 0, 1, 1, 0])
        #expect(
            drawn { Tensor.zeros(2, 2, 3).permute(2, 0, 1).normal_() } == [
                1.541, 0.5684, 0.4033, -0.4033, -0.2934, -1.0845, 0.838, -0.5966, -2.1788, -1.3986, -0.7193, 0.182
            ])
        #expect(
            drawn { channelsLast().normal_() } == [1.541, -2.1788, -1.0845, 0.4033, -0.2934, 0.5684, -1.3986, 0.838])
        #expect(drawn { Tensor.randnLike(t()) } == [1.541, 0.5684, -0.2934, -1.0845, -2.1788, -1.3986])
        #expect(drawn { dropout(t() + 1) } == [0, 0, 0, 0, 2, 0])
        #expect(drawn { Tensor.normal(t(), 1) } == [1.541, -0.2934, -2.1788, 0.5684, -1.0845, -1.3986])
        #expect(drawn { t().add(0.5).bernoulli() } == [1, 0, 1, 1, 1, 0])
        #expect(drawn { Init.kaimingUniform_(t()) } == [-0.013, -1.2747, 0.9291, -0.6671, -1.4256, 0.4645])
        let x = Tensor.zeros(2, 3)
        manualSeed(0)
        x.t().normal_()
        #expect(
            x.toArray().map { ($0 * 1e3).rounded() / 1e3 } == [1.541, -0.293, -2.179, 0.568, -1.085, -1.399] as [Float])
    }

    @Test func complexElementsAreDroppedAsOne() {
        for dtype in [DType.complex64, .complex128, .complex32] {
            manualSeed(0)
            let real = dropout(Tensor.ones(100)),
                complex: Tensor = {
                    manualSeed(0); return dropout(Tensor.ones([100], dtype: dtype))
                }()
            #expect(complex.to(.complex128).real.toArray(as: Double.self) == real.toArray(as: Double.self))
            #expect(complex.to(.complex128).imag.eq(0).all().item(as: Bool.self))
        }
    }

    @Test func fillersSayWhichDTypesTheyTake() {
        let complex = Tensor.zeros([2], dtype: .complex64), whole = Tensor.zeros([2], dtype: .int64)
        let refused: [(() -> Tensor, String)] = [
            ({ complex.bernoulli_(0.5) }, "\"bernoulli_scalar_cpu_\" not implemented for 'ComplexFloat'"),
            (
                { complex.bernoulli_(Tensor([0.0, 1])) },
                "\"bernoulli_tensor_cpu_self_\" not implemented for 'ComplexFloat'"
            ),
            ({ Tensor.zeros(2).bernoulli_(whole) }, "\"bernoulli_tensor_cpu_p_\" not implemented for 'Long'"),
            ({ complex.random_() }, "\"random_kernel_cpu\" not implemented for 'ComplexFloat'"),
            (
                { Tensor.randint(0, 2, [2], dtype: .complex64) },
                "check_random_bounds handles only integral, floating-point and boolean types"
            ),
            ({ Tensor.randperm(3, dtype: .bool) }, "\"randperm\" not implemented for 'Bool'"),
            ({ whole.uniform_() }, "\"check_uniform_bounds\" not implemented for 'Long'"),
            (
                { Tensor.normal(Tensor.zeros(2), Tensor.ones([2], dtype: .complex64)) },
                "normal expects standard deviation to be non-complex"
            ),
            ({ dropout(whole) }, "result type Float can't be cast to the desired output type Long")
        ]
        for (body, expected) in refused { #expect(message { try withError(body) } == expected) }
    }

    @Test func boundsLieInTheDType() {
        let refused: [(() -> Tensor, String)] = [
            ({ Tensor.randint(0, 257, [2], dtype: .uint8) }, "to - 1 is out of bounds for unsigned char"),
            ({ Tensor.randint(-1, 2, [2], dtype: .uint8) }, "from is out of bounds for unsigned char"),
            ({ Tensor.empty([2], dtype: .bool).random_(0, 3) }, "to - 1 is out of bounds for bool"),
            ({ Tensor.empty([2], dtype: .float16).random_(0, 65506) }, "to - 1 is out of bounds for c10::Half"),
            ({ Tensor.randperm(5000, dtype: .float16) }, "n cannot be greater than 2049 for Half type."),
            ({ Tensor.randperm(257, dtype: .uint8) }, "value cannot be converted to type uint8_t without overflow"),
            (
                { Tensor.empty(2).uniform_(-3e38, 3e38) },
                "uniform_ expects to-from <= std::numeric_limits<Float>::max(), but found to=3e+38 and from=-3e+38 which result in to-from to exceed the limit"
            ),
            ({ Tensor.empty(2).uniform_(0, .infinity) }, "to is out of bounds for float"),
            ({ Tensor.empty(2).uniform_(.nan, 1) }, "from is out of bounds for float"),
            ({ Tensor.empty([2], dtype: .complex32).uniform_(0, 70000) }, "to is out of bounds for c10::Half")
        ]
        for (body, expected) in refused { #expect(message { try withError(body) } == expected) }
        #expect(
            Tensor.randint(0, 256, [2], dtype: .uint8).numel() == 2
                && Tensor.randperm(256, dtype: .uint8).numel() == 256)
    }
}
