import Testing
import Torch

// The numbers are PyTorch 2.15's for the same calls.
@Suite struct ConvolutionLayerTests {
    /// A lazy layer takes a state dict before its first input; the first input then changes nothing.
    @Test func aLazyLayerIsLoadedBeforeItsFirstInput() throws {
        manualSeed(3)
        let known = ConvTranspose2d(4, 6, 3, groups: 2), lazy = LazyConvTranspose2d(6, 3, groups: 2)
        #expect(lazy.hasUninitializedParams() && lazy.weight.isUninitialized)
        let weight = lazy.weight
        try lazy.loadStateDict(known.stateDict())
        #expect(!lazy.hasUninitializedParams() && lazy.weight === weight && lazy.weight.shape == [4, 3, 3, 3])
        let x = Tensor.randn(1, 4, 5, 5)
        #expect(lazy(x).equal(known(x)) && lazy.inChannels == 4)
        #expect(throws: TorchError.self) {
            try withError {
                LazyConv1d(2, 1).weight.materialize([1]); _ = lazy(Tensor.randn(1, 3, 5, 5))
            }
        }
    }

    @Test func parametersAndPrint() {
        manualSeed(5)
        let c = Conv2d(4, 6, kernelSize: [3, 2], stride: 2, padding: [1, 0], groups: 2)
        #expect("\(c)" == "Conv2d(4, 6, kernel_size=(3, 2), stride=(2, 2), padding=(1, 0), groups=2)")
        #expect(c.weight.flatten()[0..<3].toArray(as: Float.self) == [0.190671, -0.21586496, 0.23525274])
        #expect(c.bias![0..<2].toArray(as: Float.self) == [-0.045959648, 0.21846136])
        #expect(c.namedParameters().map(\.name) == ["weight", "bias"])
        #expect(
            "\(Conv1d(2, 3, 3, padding: .same, bias: false))"
                == "Conv1d(2, 3, kernel_size=(3,), stride=(1,), padding=same, bias=False)")
    }

    @Test func lazyLayersWaitForTheFirstInput() {
        manualSeed(5)
        let l = LazyConv2d(6, kernelSize: [3, 2], stride: 2, padding: [1, 0], groups: 2)
        #expect("\(l)" == "LazyConv2d(0, 6, kernel_size=(3, 2), stride=(2, 2), padding=(1, 0), groups=2)")
        let weight = l.weight
        let y = l(Tensor.ones([1, 4, 6, 6]))
        #expect("\(l)" == "Conv2d(4, 6, kernel_size=(3, 2), stride=(2, 2), padding=(1, 0), groups=2)")
        #expect(weight === l.weight && weight.requiresGrad)
        #expect(l.weight.flatten()[0..<3].toArray(as: Float.self) == [0.190671, -0.21586496, 0.23525274])
        #expect(abs(y.sum().item(as: Float.self) - 25.393740) < 1e-4)
    }

    @Test func borders() {
        let expected: [(ConvolutionPaddingMode, [Float])] = [
            (.reflect, [1.3534496, 0.88000453, 1.4682968, 2.0172095]),
            (.replicate, [0.8225808, 0.88000453, 1.4682968, 2.0368996]),
            (.circular, [2.4151876, 0.88000453, 1.4682968, 1.9778302])
        ]
        for (mode, values) in expected {
            manualSeed(5)
            let c = Conv1d(2, 3, 3, padding: 1, paddingMode: mode)
            let y = c(Tensor.arange(8, dtype: .float32).reshape(1, 2, 4))
            #expect(y[0, 0].allclose(Tensor(values), rtol: 1e-5, atol: 1e-6))
        }
        manualSeed(5)
        let c = Conv2d(2, 3, 3, padding: "same", dilation: 2, bias: false, paddingMode: .circular)
        let y = c(Tensor.arange(50, dtype: .float32).reshape(1, 2, 5, 5))
        #expect(abs(y.sum().item(as: Float.self) - 869.1828) < 1e-2)
    }

    @Test func outputSizes() throws {
        manualSeed(5)
        let c = ConvTranspose2d(2, 3, 3, stride: 2, padding: 1)
        let x = Tensor.arange(18, dtype: .float32).reshape(1, 2, 3, 3)
        #expect(c(x).shape == [1, 3, 5, 5])
        #expect(abs(c(x, outputSize: [6, 6]).sum().item(as: Float.self) - 54.919949) < 1e-3)
        #expect(throws: TorchError.self) { try withError { c(x, outputSize: [7, 6]) } }
    }

    @Test func mistakes() {
        for body in [
            { Conv2d(4, 6, 3, groups: 0) }, { Conv2d(4, 6, 3, groups: 3) }, { Conv2d(4, 6, 3, padding: "foo") },
            { Conv2d(4, 6, 3, stride: 2, padding: .same) }
        ] as [() -> Conv2d] {
            #expect(throws: TorchError.self) { try withError { _ = body()(Tensor.ones([1, 4, 5, 5])) } }
        }
        #expect(throws: TorchError.self) { try withError { _ = ConvTranspose2d(2, 3, 3, paddingMode: .circular) } }
    }
}
