import Testing
import Torch

extension DrawingTests {
    @Suite struct LayerTests {
        private func close(_ tensor: Tensor, _ want: [Double], _ tolerance: Double = 1e-6) -> Bool {
            let got = tensor.toArray(as: Double.self)
            return got.count == want.count && zip(got, want).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
        }

        /// torch.manual_seed(3); nn.Dropout(.3)(torch.ones(3, 4)) and the similar layers, PyTorch 2.15.
        @Test func dropoutDrawsAsPyTorch() {
            let kept = Double(Float(1) / Float(0.7))
            manualSeed(3)
            #expect(close(Dropout(0.3)(Tensor.ones(3, 4)), [1, 1, 0, 1, 0, 1, 1, 1, 1, 0, 1, 1].map { $0 * kept }))
            manualSeed(3)
            #expect(
                close(
                    AlphaDropout(0.3)(Tensor.arange(1.0, 13.0).view(3, 4)),
                    [
                        1.31504464, 2.17599726, -1.05954826, 3.89790249, -1.05954826, 5.61980772, 6.48076057,
                        7.34171295, 8.20266533, -1.05954826, 9.92457104, 10.7855234
                    ]))
            manualSeed(3)
            #expect(close(Dropout(1)(Tensor.ones(3, 4)), Array(repeating: 0, count: 12)))
            manualSeed(3)
            let x = Tensor.ones(3, 4)
            #expect(Dropout(0.5, inplace: true)(x) === x && close(x, [2, 2, 0, 2, 0, 0, 2, 2, 2, 0, 2, 0]))
            #expect(throws: TorchError(.value, "dropout probability has to be between 0 and 1, but got 1.5")) {
                try withError { _ = Dropout(1.5) }
            }
        }

        @Test func inplaceActivationsDifferentiate() {
            for layer in [
                ReLU(inplace: true), LeakyReLU(0.5, inplace: true), Hardtanh(-1, 1, inplace: true), SiLU(inplace: true)
            ] as [any Layer] {
                let x = Tensor([-2.0, -0.5, 0.25, 3.0], requiresGrad: true)
                let y = x * 1
                let out = layer(y)
                #expect(out === y)
                out.sum().backward()
                let plain = Tensor([-2.0, -0.5, 0.25, 3.0], requiresGrad: true)
                let same: Tensor =
                    switch layer {
                    case is ReLU: plain.relu()
                    case is LeakyReLU: plain.leakyRelu(0.5)
                    case is SiLU: plain.silu()
                    default: plain.hardtanh(-1, 1)
                    }
                same.sum().backward()
                #expect(out.toArray(as: Float.self) == same.toArray(as: Float.self))
                #expect(x.grad?.toArray(as: Float.self) == plain.grad?.toArray(as: Float.self))
            }
        }

        /// nn.Hardsigmoid()(torch.tensor([-4., -1, .5, 4])), PyTorch 2.15; the others have their own cases.
        @Test func layersWithoutCases() {
            #expect(close(Hardsigmoid()(Tensor([-4.0, -1, 0.5, 4])), [0, 0.333333343, 0.583333313, 1]))
            #expect(Flatten()(Tensor.ones(2, 3, 4)).shape == [2, 12])
            #expect(Flatten(startDim: 0, endDim: 1)(Tensor.ones(2, 3, 4)).shape == [6, 4])
            #expect(Unflatten(1, [2, -1])(Tensor.ones(5, 6)).shape == [5, 2, 3])
            let x = Tensor.ones(2)
            #expect(Identity()(x) === x)
        }

        @Test func wrongShapesAreNamed() {
            #expect(throws: TorchError.self) { try withError { _ = Linear(2, 2)(Tensor.ones(3, 5)) } }
            #expect(throws: TorchError.self) {
                try withError { _ = Bilinear(2, 3, 4)(Tensor.ones(3, 2), Tensor.ones(4, 3)) }
            }
            #expect(throws: TorchError(.value, "in1_features must be > 0, but got (in1_features=0)")) {
                try withError { _ = Bilinear(0, 2, 3) }
            }
            #expect(Linear(0, 2)(Tensor.ones(3, 0)).shape == [3, 2])
        }
    }
}
