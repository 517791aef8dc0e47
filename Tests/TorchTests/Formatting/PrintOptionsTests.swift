import Testing
import Torch

/// PyTorch 2.15's torch.set_printoptions. Most tests pass the options, because all tests share the options of the
/// process.
@Suite struct PrintOptionsTests {
    // torch.set_printoptions(precision=2); torch.tensor([1., 2.345])
    @Test func precision() {
        #expect(Tensor([1, 2.345]).description(PrintOptions(precision: 2)) == "tensor([1.00, 2.35])")
        #expect(Tensor([1, 2.345]).description(PrintOptions(precision: 0)) == "tensor([1, 2])")
    }

    // torch.arange(12.).reshape(3, 4) with threshold=5 and edgeitems=1, and with edgeitems=0
    @Test func summary() {
        let x = Tensor.arange(12.0).view(3, 4)
        #expect(
            x.description(PrintOptions(threshold: 5, edgeItems: 1))
                == "tensor([[ 0.,  ...,  3.],\n        ...,\n        [ 8.,  ..., 11.]])")
        #expect(x.description(PrintOptions(threshold: 5, edgeItems: 0)) == "tensor([...], size=(3, 4))")
        #expect(Tensor.arange(9).description(PrintOptions(threshold: 5, edgeItems: 0)) == "tensor([...], size=(9,))")
        #expect(
            Tensor.ones([5]).description(PrintOptions(threshold: 5, edgeItems: 0))
                == "tensor([1., 1., 1., 1., 1.], size=(5,))")
    }

    @Test func lineWidth() {
        #expect(
            Tensor.arange(6.0).description(PrintOptions(lineWidth: 20)) == "tensor([0., 1., 2.,\n        3., 4., 5.])")
        #expect(Tensor.arange(3).description(PrintOptions(lineWidth: 0)) == "tensor([0,\n        1,\n        2])")
    }

    @Test func sciMode() {
        #expect(Tensor([1.0, 20]).description(PrintOptions(sciMode: true)) == "tensor([1.0000e+00, 2.0000e+01])")
        #expect(Tensor([1e-6, 1e6]).description(PrintOptions(sciMode: false)) == "tensor([      0.0000, 1000000.0000])")
        #expect(Tensor([1, 1e9]).description(PrintOptions(sciMode: false)) == "tensor([         1., 1000000000.])")
        // Zeros, infinities and NaN alone never get an exponent.
        #expect(Tensor([0, Float.nan]).description(PrintOptions(sciMode: true)) == "tensor([0., nan])")
    }

    @Test func profiles() {
        #expect(
            (Tensor.arange(2000.0) / 3).description(PrintOptions(.short))
                == "tensor([0.00e+00, 3.33e-01,  ..., 6.66e+02, 6.66e+02])")
        #expect(!Tensor.arange(2000).description(PrintOptions(.full)).contains("..."))
        #expect(PrintOptions(.default) == PrintOptions())
    }

    /// The smallest double with all its digits: f"{5e-324:.1074f}" in Python.
    @Test func manyDigits() {
        let text = Tensor([Double.leastNonzeroMagnitude], dtype: .float64).description(
            PrintOptions(precision: 1074, sciMode: false))
        #expect(text.hasPrefix("tensor([0.000000"))
        #expect(text.hasSuffix("4565229087538682506419718265533447265625],\n       dtype=torch.float64)"))
        #expect(text.utf8.count == "tensor([],\n       dtype=torch.float64)".utf8.count + 1076)
    }

    /// The options of the process, tested in a separate process.
    @Test func processOptions() async {
        await #expect(processExitsWith: .success) {
            setPrintOptions(precision: 2, sciMode: true)
            setPrintOptions(lineWidth: 40)
            // As in PyTorch, options that are not given stay unchanged, except sciMode.
            #expect(printOptions == PrintOptions(precision: 2, lineWidth: 40))
            #expect(Tensor([1, 2.345]).description == "tensor([1.00, 2.35])")
            setPrintOptions(threshold: 7, profile: .short)
            #expect(printOptions == PrintOptions(precision: 2, threshold: 7, edgeItems: 2))
        }
    }

    @Test func invalidOptionsChangeNothing() {
        #expect(throws: TorchError(.value, "set_printoptions: precision must be in the range [0, 1074], but got -1")) {
            try withError { setPrintOptions(precision: -1, lineWidth: 3) }
        }
        #expect(throws: TorchError(.value, "set_printoptions: edgeitems must not be negative, but got -1")) {
            try withError { setPrintOptions(edgeItems: -1) }
        }
        #expect(printOptions == PrintOptions())
    }
}
