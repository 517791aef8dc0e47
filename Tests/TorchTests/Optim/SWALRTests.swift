import Testing
@testable import Torch

/// The numbers and messages are PyTorch 2.15's.
@Suite struct SWALRTests {
    @Test(arguments: [
        (SWALR.AnnealStrategy.cos, [1.0, 0.8608757211, 0.525, 0.1891242789, 0.05, 0.05, 0.05]),
        (.linear, [1.0, 0.7625, 0.525, 0.2875, 0.05, 0.05, 0.05])
    ])
    func theLearningRateGoesToItsEnd(_ strategy: SWALR.AnnealStrategy, _ expected: [Double]) throws {
        let optimizer = SGD([Tensor.zeros(1).requiresGrad_()], lr: 1)
        let schedule = SWALR(optimizer, swaLr: 0.05, annealEpochs: 4, annealStrategy: strategy)
        for rate in expected {
            #expect(abs(optimizer.paramGroups[0].lr - rate) < 1e-9)
            optimizer.step()
            schedule.step()
        }
        let state = schedule.stateDict()
        let other = SWALR(SGD([Tensor.zeros(1).requiresGrad_()], lr: 1), swaLr: 0.05)
        try other.loadStateDict(state)
        #expect("\(other.stateDict())" == "\(state)")
        #expect(state.dict?[.string("_anneal_strategy")]?.string == strategy.rawValue)
    }

    @Test func withoutAnnealing() {
        let optimizer = SGD([Tensor.zeros(1).requiresGrad_()], lr: 1)
        let schedule = SWALR(optimizer, swaLr: [0.1], annealEpochs: 0)
        #expect(abs(optimizer.paramGroups[0].lr - 0.1) < 1e-12)
        optimizer.step()
        schedule.step()
        #expect(abs(optimizer.paramGroups[0].lr - 0.1) < 1e-12)
    }

    @Test func wrongArgumentsAreRefused() {
        func message(_ body: (SGD) -> SWALR) -> String {
            do {
                try withError { _ = body(SGD([Tensor.zeros(1).requiresGrad_()], lr: 1)) }
                return "no error"
            } catch {
                return (error as? TorchError)?.message ?? ""
            }
        }
        #expect(
            message { SWALR($0, swaLr: [0.1, 0.2]) }
                == "swa_lr must have the same length as optimizer.param_groups. swa_lr has 2 values, param_groups has 1."
        )
        #expect(
            message { SWALR($0, swaLr: 0.1, annealEpochs: -1) }
                == "anneal_epochs must be equal or greater than 0, got -1")
    }
}
