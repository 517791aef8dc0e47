import Testing
@testable import Torch

/// The numbers and messages are PyTorch 2.15's.
@Suite struct GradScalerTests {
    private func message(_ body: () throws -> Void) -> String {
        do {
            try withError(body)
            return "no error"
        } catch {
            return (error as? TorchError)?.message ?? ""
        }
    }

    @Test func theScaleGrowsAndShrinks() {
        let w = Tensor([1.0, 2]).requiresGrad_(), optimizer = SGD([w], lr: 0.1)
        let scaler = GradScaler(.cpu, initScale: 4, growthInterval: 2)
        let expected: [(Float, Double, Int)] = [(0.9, 4, 1), (0.8, 8, 0), (0.8, 4, 0), (0.7, 4, 1), (0.6, 8, 0)]
        for (k, (weight, scale, tracker)) in expected.enumerated() {
            optimizer.zeroGrad()
            let loss = (w * Tensor([1, k == 2 ? Double.infinity : 1])).sum()
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            #expect(abs(w[0].item(as: Float.self) - weight) < 1e-6 && scaler.getScale() == scale)
            #expect(
                "\(scaler.stateDict())"
                    == "{'scale': \(scale), 'growth_factor': 2.0, 'backoff_factor': 0.5, 'growth_interval': 2, '_growth_tracker': \(tracker)}"
            )
        }
    }

    @Test func theOrderOfCallsIsChecked() {
        let w = Tensor([0.6, 1.6]).requiresGrad_(), optimizer = SGD([w], lr: 0.1)
        let fresh = GradScaler()
        let hint =
            " but _scale is None.  This may indicate your script did not use scaler.scale(loss or outputs) earlier in the iteration."
        #expect(message { fresh.step(optimizer) } == "Attempted step" + hint)
        #expect(message { fresh.update() } == "Attempted update" + hint)
        #expect(message { fresh.unscale_(optimizer) } == "Attempted unscale_" + hint)
        let scaler = GradScaler(initScale: 8)
        scaler.scale((w * w).sum()).backward()
        scaler.unscale_(optimizer)
        #expect(w.grad!.allclose(Tensor([1.2, 3.2])))
        #expect(
            message { scaler.unscale_(optimizer) }
                == "unscale_() has already been called on this optimizer since the last update().")
        scaler.step(optimizer)
        #expect(message { scaler.step(optimizer) } == "step() has already been called since the last update().")
        #expect(message { scaler.unscale_(optimizer) } == "unscale_() is being called after step().")
        scaler.update(2)
        #expect(scaler.getScale() == 2)
        #expect(message { scaler.update() } == "No inf checks were recorded prior to update.")
        let half = Tensor([1.0, 2], dtype: .float16).requiresGrad_()
        scaler.scale(half.sum()).backward()
        #expect(message { scaler.unscale_(SGD([half], lr: 0.1)) } == "Attempting to unscale FP16 gradients.")
        #expect(half.grad!.toArray(as: Float.self) == [2, 2])
    }

    @Test func statesAreLoaded() throws {
        let scaler = GradScaler(initScale: 16, growthFactor: 3, backoffFactor: 0.25, growthInterval: 7)
        let other = GradScaler()
        try other.loadStateDict(scaler.stateDict())
        #expect("\(other.stateDict())" == "\(scaler.stateDict())" && other.growthInterval == 7)
        #expect(
            message { try scaler.loadStateDict(.dict(StateMap())) }
                == "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
        )
        #expect(message { _ = GradScaler(growthFactor: 1) } == "The growth factor must be > 1.0.")
        #expect(message { _ = GradScaler(backoffFactor: 1) } == "The backoff factor must be < 1.0.")
    }

    @Test func aDisabledScalerDoesNothing() {
        let w = Tensor([1.0]).requiresGrad_(), optimizer = SGD([w], lr: 0.5)
        let scaler = GradScaler(enabled: false)
        let loss = (w * 2).sum()
        #expect(scaler.scale(loss) === loss && scaler.getScale() == 1 && scaler.stateDict().dict?.isEmpty == true)
        loss.backward()
        scaler.unscale_(optimizer)
        scaler.step(optimizer)
        scaler.update()
        #expect(w.item() == 0)
    }
}
