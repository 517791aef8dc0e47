import Testing
@testable import Torch

/// Warnings have PyTorch 2.15's messages. Each test turns the warning into an error to see it.
@Suite(.serialized) struct WarningTests {
    private func warning(_ body: () -> Void) -> String? {
        setWarnings(.error)
        defer { setWarnings(.once) }
        do {
            try withError(body)
            return nil
        } catch let error as TorchError {
            return error.kind == .warning ? error.message : "\(error.kind): \(error.message)"
        } catch {
            return "\(error)"
        }
    }

    @Test func sizesThatBroadcastInALoss() {
        let a = Tensor.zeros(4, 1), b = Tensor.zeros(4)
        let sentence =
            "Using a target size (torch.Size([4])) that is different to the input size (torch.Size([4, 1])). "
            + "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size."
        for loss: (Tensor, Tensor) -> Tensor in [
            { mseLoss($0, $1) }, { l1Loss($0, $1) }, { smoothL1Loss($0, $1) }, { huberLoss($0, $1) }
        ] {
            #expect(warning { _ = loss(a, b) } == sentence)
            #expect(warning { _ = loss(a, a) } == nil)
        }
    }

    @Test func aScheduleBeforeItsOptimizer() {
        let p = Tensor.ones(1, requiresGrad: true)
        func steps(_ optimizerFirst: Bool) {
            let optimizer = SGD([p], lr: 0.1), scheduler = StepLR(optimizer, stepSize: 1)
            if optimizerFirst { optimizer.step() }
            scheduler.step()
        }
        #expect(
            warning { steps(false) }?.hasPrefix("Detected call of `lr_scheduler.step()` before `optimizer.step()`.")
                == true)
        #expect(warning { steps(true) } == nil)
        // An optimizer from outside the library does not report its steps.
        final class Own: Optimizer {}
        #expect(
            warning {
                let scheduler = StepLR(Own([ParamGroup([p], lr: 0.1)], defaults: [("lr", .double(0.1))]), stepSize: 1)
                scheduler.step()
            } == nil)
    }

    @Test func others() {
        let x = Tensor.ones(2, requiresGrad: true)
        #expect(warning { _ = Tensor.ones(1).std() }?.hasPrefix("std(): degrees of freedom is <= 0.") == true)
        #expect(warning { _ = Tensor.ones(3).var() } == nil)
        #expect(
            warning { _ = (x * 2).grad }?.hasPrefix(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed.") == true)
        #expect(warning { _ = x.grad } == nil)
        #expect(
            warning { _ = Tensor.ones([2], dtype: .complex64).float() }
                == "Casting complex values to real discards the imaginary part")
        #expect(
            warning { _ = Tensor.ones(2, 3, 4).T }?.hasPrefix("The use of `x.T` on tensors of dimension other than 2")
                == true)
        #expect(warning { Init.kaimingUniform_(Tensor.zeros(0, 3)) } == "Initializing zero-element tensors is a no-op")
    }

    @Test func onceAndSilent() {
        setWarnings(.ignore)
        #expect(throws: Never.self) { try withError { _ = mseLoss(Tensor.zeros(3, 1), Tensor.zeros(3)) } }
        setWarnings(.once)
        #expect(Warnings.state.withLock { $0.written.isEmpty })
        _ = mseLoss(Tensor.zeros(3, 1), Tensor.zeros(3))
        _ = mseLoss(Tensor.zeros(3, 1), Tensor.zeros(3))
        #expect(Warnings.state.withLock { $0.written.count } == 1)
        setWarnings(.once)
    }
}
