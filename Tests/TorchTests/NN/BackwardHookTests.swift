import Testing
@testable import Torch

/// The numbers and messages are PyTorch 2.15's.
@Suite struct BackwardHookTests {
    private func layer() -> Linear {
        let layer = Linear(2, 2, bias: false)
        noGrad { _ = layer.weight.copy_(Tensor([[1.0, 2], [3, 4]])) }
        return layer
    }

    @Test func hooksSeeAndChangeTheGradients() {
        let layer = layer()
        var seen: [[Float]] = []
        let before = layer.registerFullBackwardPreHook { module, gradOutput in
            #expect(module === layer)
            seen.append(gradOutput.toArray())
            return gradOutput * 2
        }
        let after = layer.registerFullBackwardHook { _, gradInput, gradOutput in
            seen.append((gradInput[0]?.toArray() ?? []) + gradOutput.toArray())
            return [gradInput[0].map { $0 * 10 }]
        }
        let x = Tensor([[1.0, 1]]).requiresGrad_()
        let y = layer(x)
        #expect("\(y)".contains("grad_fn=<BackwardHookFunctionBackward>"))
        y.sum().backward()
        #expect(seen == [[1, 1], [8, 12, 2, 2]])
        #expect(
            x.grad?.toArray(as: Float.self) == [80, 120] && layer.weight.grad?.toArray(as: Float.self) == [2, 2, 2, 2])

        before.remove()
        after.remove()
        x.grad = nil
        layer(x).sum().backward()
        #expect(seen.count == 2 && x.grad?.toArray(as: Float.self) == [4, 6])
    }

    @Test func withoutAnInputThatRequiresAGradientTheHookSeesTheOutputsAlone() throws {
        let layer = layer()
        var seen: [(input: [Tensor?], output: [Float])] = []
        let handle = layer.registerFullBackwardHook { _, gradInput, gradOutput in
            seen.append((gradInput, gradOutput.toArray()))
            return nil
        }
        layer(Tensor([[1.0, 1]])).sum().backward()
        #expect(seen.count == 1 && seen[0].input.count == 1 && seen[0].input[0] == nil && seen[0].output == [1, 1])
        #expect(layer.weight.grad?.toArray(as: Float.self) == [1, 1, 1, 1])
        // Without recording, no hook is called.
        noGrad { _ = layer(Tensor([[1.0, 1]])) }
        #expect(seen.count == 1)

        handle.remove()
        layer.registerFullBackwardHook { _, _, gradOutput in [gradOutput] }
        let error = #expect(throws: TorchError.self) { try withError { layer(Tensor([[1.0, 1]])).sum().backward() } }
        #expect(
            error?.message
                == "Backward hook for Modules where no input requires gradient should always return None or None for all gradients."
        )
    }

    @Test func aWrongNumberOfGradientsIsAnError() {
        let layer = layer()
        layer.registerFullBackwardHook { _, gradInput, _ in gradInput + gradInput }
        let error = #expect(throws: TorchError.self) {
            try withError { layer(Tensor([[1.0, 1]]).requiresGrad_()).sum().backward() }
        }
        #expect(error?.message == "Backward hook returned an invalid number of grad_input, got 2, but expected 1")
    }

    @Test func ofTwoInputsOnlyThoseThatRequireAGradientHaveOne() {
        let loss = MSELoss()
        var seen: [[Float]?] = []
        loss.registerFullBackwardHook { _, gradInput, _ in
            seen = gradInput.map { $0?.toArray() }
            return nil
        }
        let x = Tensor([1.0, 3]).requiresGrad_()
        loss(x, Tensor([0.0, 0])).backward()
        #expect(seen.count == 2 && seen[0] == [1, 3] && seen[1] == nil)
    }
}
