import Testing
import Torch

/// The numbers and the message are PyTorch 2.15's.
@Suite struct ClipGradTests {
    private func parameters() -> [Tensor] {
        let parameters = [3, 2, 1].map { Tensor.zeros([$0], requiresGrad: true) }
        parameters[0].grad = Tensor([3.0, -4, 1])
        parameters[1].grad = Tensor([0.5, 2])
        return parameters
    }

    private func grads(_ parameters: [Tensor]) -> [Float] {
        parameters.compactMap(\.grad).flatMap { $0.toArray(as: Float.self) }
    }

    @Test(
        arguments: [
            (
                1, 2, 5.5,
                [0.5454545021057129, -0.727272629737854, 0.1818181574344635, 0.09090907871723175, 0.363636314868927]
            ),
            (100, 2, 5.5, [3, -4, 1, 0.5, 2]),
            (
                2, .infinity, 4,
                [1.4999996423721313, -1.9999995231628418, 0.49999988079071045, 0.24999994039535522, 0.9999997615814209]
            ),
            (
                2, 1, 10.5,
                [0.5714285373687744, -0.7619047164916992, 0.1904761791229248, 0.0952380895614624, 0.3809523582458496]
            )
        ] as [(Double, Double, Double, [Double])])
    func norm(_ maxNorm: Double, _ normType: Double, _ total: Double, _ want: [Double]) {
        let parameters = parameters()
        #expect(clipGradNorm_(parameters, maxNorm: maxNorm, normType: normType).item() == total)
        #expect(parameters[2].grad == nil)
        for (x, y) in zip(grads(parameters), want) { #expect(abs(x - Float(y)) <= 2e-7) }
    }

    @Test func valuesAndSpecialCases() {
        let parameters = parameters()
        clipGradValue_(parameters, clipValue: 1.5)
        #expect(grads(parameters) == [1.5, -1.5, 1, 0.5, 1.5])
        #expect(clipGradNorm_([Tensor.zeros(1)], maxNorm: 1).item() == 0)
        parameters[0].grad = Tensor([.nan, 1, 2] as [Float])
        let message =
            "The total norm of order 2.0 for gradients from `parameters` is non-finite, so it cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
        #expect(throws: TorchError(.runtime, message)) {
            try withError { clipGradNorm_(parameters, maxNorm: 1, errorIfNonfinite: true) }
        }
        #expect(parameters[1].grad?.toArray(as: Float.self) == [0.5, 1.5])
        #expect(clipGradNorm_(parameters, maxNorm: 1).item().isNaN)
    }
}
