import Testing
import Torch

/// The output of PyTorch 2.15 with its default options, for the Python code in the comments.
@Suite struct TensorDescriptionTests {
    private func text(_ tensor: Tensor) -> String { tensor.description(PrintOptions()) }

    // torch.tensor(3.5), torch.tensor(7), torch.tensor(True)
    @Test func numbers() {
        #expect(text(Tensor(3.5)) == "tensor(3.5000)")
        #expect(text(Tensor(7)) == "tensor(7)")
        #expect(text(Tensor(true)) == "tensor(True)")
    }

    // torch.empty(0), torch.empty(0, 3), torch.empty(2, 0, dtype=torch.int64), torch.empty(0, dtype=torch.bool)
    @Test func emptyTensors() {
        #expect(text(Tensor.empty([0])) == "tensor([])")
        #expect(text(Tensor.empty([0, 3])) == "tensor([], size=(0, 3))")
        #expect(text(Tensor.empty([2, 0], dtype: .int64)) == "tensor([], size=(2, 0), dtype=torch.int64)")
        #expect(text(Tensor.empty([0], dtype: .bool)) == "tensor([], dtype=torch.bool)")
    }

    @Test func integersAndBooleansAlign() {
        #expect(text(Tensor([1, -20, 300, 4], shape: [2, 2])) == "tensor([[  1, -20],\n        [300,   4]])")
        #expect(text(Tensor([Int8(-1), 2])) == "tensor([-1,  2], dtype=torch.int8)")
        #expect(text(Tensor([Int64.min, -1])) == "tensor([-9223372036854775808,                   -1])")
        #expect(text(Tensor([true, false])) == "tensor([ True, False])")
    }

    // All elements have the same notation: whole numbers, four digits, or an exponent. It depends on the largest and
    // the smallest magnitude.
    @Test(
        arguments: [
            ([1, 2, 3], "tensor([1., 2., 3.])"),
            ([1, 2.5, -3.25], "tensor([ 1.0000,  2.5000, -3.2500])"),
            ([1, 1000], "tensor([   1., 1000.])"),
            ([1, 1001], "tensor([1.0000e+00, 1.0010e+03])"),
            ([1e-3, 1.5], "tensor([1.0000e-03, 1.5000e+00])"),
            ([0.5, 500], "tensor([  0.5000, 500.0000])"),
            ([1e-6, 1, 1e6], "tensor([1.0000e-06, 1.0000e+00, 1.0000e+06])"),
            ([1e9, 2e9, 1], "tensor([1.0000e+09, 2.0000e+09, 1.0000e+00])"),
            ([0.00005], "tensor([5.0000e-05])"),
            ([0.125, 0.03125, 0.09375], "tensor([0.1250, 0.0312, 0.0938])"),
            ([-0.0, 0], "tensor([-0., 0.])"),
            ([-0.0, 0.5], "tensor([-0.0000, 0.5000])")
        ] as [([Double], String)])
    func notation(values: [Double], expected: String) {
        #expect(text(Tensor(values, dtype: .float64)) == expected.replacing("])", with: "], dtype=torch.float64)"))
    }

    @Test func notFinite() {
        #expect(text(Tensor([Float.nan, .infinity, -.infinity, 1])) == "tensor([nan, inf, -inf, 1.])")
        #expect(text(Tensor([Float.nan, .nan])) == "tensor([nan, nan])")
        #expect(
            text(Tensor([1, Float.infinity, 0.5, -2], shape: [2, 2]))
                == "tensor([[ 1.0000,     inf],\n        [ 0.5000, -2.0000]])")
    }

    // torch.tensor([5e-324, 1.7976931348623157e308], dtype=torch.float64)
    @Test func extremes() {
        #expect(
            text(Tensor([Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude], dtype: .float64))
                == "tensor([4.9407e-324, 1.7977e+308], dtype=torch.float64)")
        // 309 digits, too many for a line.
        let long = Tensor([Double.greatestFiniteMagnitude], dtype: .float64).description(PrintOptions(sciMode: false))
        #expect(long.hasPrefix("tensor([179769313486231570814527423731704356798"))
        #expect(long.hasSuffix("124858368.],\n       dtype=torch.float64)"))
    }

    // torch.tensor([1.5, 2.25], dtype=torch.float16), torch.tensor([1.5, 3.14159], dtype=torch.bfloat16)
    @Test func halfPrecision() {
        #expect(text(Tensor([1.5, 2.25], dtype: .float16)) == "tensor([1.5000, 2.2500], dtype=torch.float16)")
        #expect(text(Tensor([1.5, 3.14159], dtype: .bfloat16)) == "tensor([1.5000, 3.1406], dtype=torch.bfloat16)")
    }

    // torch.arange(12).reshape(2, 2, 3), torch.arange(6).reshape(2, 3).t(), torch.arange(40)
    @Test func shapesAndLines() {
        #expect(
            text(Tensor.arange(12).view(2, 2, 3)) == """
                tensor([[[ 0,  1,  2],
                         [ 3,  4,  5]],

                        [[ 6,  7,  8],
                         [ 9, 10, 11]]])
                """)
        #expect(text(Tensor.arange(6).view(2, 3).t()) == "tensor([[0, 3],\n        [1, 4],\n        [2, 5]])")
        #expect(
            text(Tensor.arange(40)) == """
                tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,
                        18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
                        36, 37, 38, 39])
                """)
    }

    // torch.arange(1001), torch.arange(1200).reshape(600, 2), torch.arange(3000.)
    @Test func summaries() {
        #expect(text(Tensor.arange(1001)) == "tensor([   0,    1,    2,  ...,  998,  999, 1000])")
        #expect(!text(Tensor.arange(1000)).contains("..."))
        #expect(
            text(Tensor.arange(1200).view(600, 2)) == """
                tensor([[   0,    1],
                        [   2,    3],
                        [   4,    5],
                        ...,
                        [1194, 1195],
                        [1196, 1197],
                        [1198, 1199]])
                """)
        #expect(
            text(Tensor.arange(3000.0)) == """
                tensor([0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 2.9970e+03, 2.9980e+03,
                        2.9990e+03])
                """)
    }

    /// A tensor of 2⁴⁰ elements prints at once, because only the printed elements are read.
    @Test func onlyWhatIsShownIsRead() {
        let huge = Tensor([Float(1.5), 2.25], shape: [2, 1]).expand([2, 1 << 39])
        #expect(
            text(huge) == """
                tensor([[1.5000, 1.5000, 1.5000,  ..., 1.5000, 1.5000, 1.5000],
                        [2.2500, 2.2500, 2.2500,  ..., 2.2500, 2.2500, 2.2500]])
                """)
    }

    // x = torch.ones(2, 2, requires_grad=True); x; x * 2; (x * 2).sum()
    @Test func history() {
        let x = Tensor.ones([2, 2], requiresGrad: true)
        #expect(text(x) == "tensor([[1., 1.],\n        [1., 1.]], requires_grad=True)")
        #expect(text(x * 2) == "tensor([[2., 2.],\n        [2., 2.]], grad_fn=<MulBackward0>)")
        #expect(text((x * 2).sum()) == "tensor(8., grad_fn=<SumBackward0>)")
        #expect(text(x.detach()) == "tensor([[1., 1.],\n        [1., 1.]])")
    }

    // torch.ones(8, dtype=torch.float64, requires_grad=True) * 123.456; if a suffix does not fit, it goes to the next
    // line.
    @Test func suffixesWrap() {
        #expect(
            text(Tensor.ones([8], dtype: .float64, requiresGrad: true) * 123.456) == """
                tensor([123.4560, 123.4560, 123.4560, 123.4560, 123.4560, 123.4560, 123.4560,
                        123.4560], dtype=torch.float64, grad_fn=<MulBackward0>)
                """)
        #expect(
            Tensor.ones([2], dtype: .float64, requiresGrad: true).description(PrintOptions(lineWidth: 20)) == """
                tensor([1., 1.],
                       dtype=torch.float64,
                       requires_grad=True)
                """)
    }

    /// f"{torch.tensor(0.1)}" is the number, f"{torch.tensor([1])}" the tensor; print(torch.tensor(0.1)) the tensor.
    @Test func interpolation() {
        #expect("\(Tensor(0.1))" == "0.10000000149011612")
        #expect("\(Tensor(true)) \(Tensor(3)) \(Tensor(1e-7, dtype: .float64))" == "True 3 1e-07")
        #expect("\(Tensor([1]))" == "tensor([1])")
        #expect(String(describing: Tensor(3)) == "tensor(3)")
        #expect(String(reflecting: Tensor(3)) == "tensor(3)")
    }

    @Test func voidTensor() {
        var printed: [String] = []
        #expect(throws: TorchError.self) {
            try withError {
                let failed = Tensor.ones([2]).reshape(3)
                printed = [failed.description, "\(failed)"]
            }
        }
        #expect(printed == ["tensor(void)", "tensor(void)"])
    }

    // print(torch.tensor([1]).shape, torch.float32, torch.device('cuda', 1))
    @Test func formsOfATensor() {
        #expect(Tensor.zeros([64, 1, 28, 28]).shape.description == "torch.Size([64, 1, 28, 28])")
        #expect(Tensor(1.0).shape.description == "torch.Size([])")
        #expect(
            DType.allCases.map(\.description) == [
                "torch.bool", "torch.uint8", "torch.int8", "torch.int16", "torch.int32", "torch.int64", "torch.float16",
                "torch.bfloat16",
                "torch.float32", "torch.float64", "torch.complex64", "torch.complex128", "torch.complex32",
                "torch.uint16", "torch.uint32", "torch.uint64",
                "torch.float8_e4m3fn", "torch.float8_e5m2"
            ])
        #expect(Device.cpu.description == "cpu")
        #expect(Device.cuda(1).description == "cuda:1")
    }
}
