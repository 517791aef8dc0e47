import Testing
import Torch

/// Raises the learning rate in equal steps, then divides it by the number of epochs since. It is written with the
/// public API only.
private final class WarmupLR: LRScheduler {
    private var epochs: Int
    private var scale: Double

    init(_ optimizer: Optimizer, epochs: Int, scale: Double = 1) {
        self.epochs = epochs
        self.scale = scale
        super.init(optimizer)
    }

    override func getLr() -> [Double] {
        let epoch = lastEpoch + 1
        return baseLrs.map {
            $0 * scale * (epoch <= epochs ? Double(epoch) / Double(epochs) : 1 / Double(epoch - epochs))
        }
    }

    override func check() -> TorchError? { epochs > 0 ? nil : TorchError(.value, "epochs must be positive") }

    override var fields: [ScheduleField] {
        [.int("epochs", self, \.epochs), .number("scale", self, \.scale)] + super.fields
    }
}

/// Multiplies the learning rate by a half in every epoch, computed from the epoch before.
private final class HalvingLR: LRScheduler {
    override func getLr() -> [Double] { optimizer.paramGroups.map { isInitial ? $0.lr : $0.lr / 2 } }
    override func closedFormLr() -> [Double]? {
        baseLrs.map { (0..<lastEpoch).reduce($0) { lr, _ in lr / 2 } }
    }
}

@Suite struct CustomSchedulerTests {
    private func optimizer(_ rates: [Double] = [1]) -> SGD {
        SGD(rates.map { ParamGroup([Tensor.zeros(1, requiresGrad: true)], lr: $0) })
    }

    /// Returns the learning rates of the first group before each step.
    private func course(_ schedule: LRScheduler, _ steps: Int) -> [Double] {
        (0..<steps).map { _ in
            schedule.optimizer.step()
            defer { schedule.step() }
            return schedule.optimizer.paramGroups[0].lr
        }
    }

    @Test func learningRatesFollowTheFormula() {
        #expect(course(WarmupLR(optimizer(), epochs: 4), 8) == [0.25, 0.5, 0.75, 1, 1, 0.5, 1.0 / 3, 0.25])
        let two = optimizer([1, 8])
        let schedule = WarmupLR(two, epochs: 2, scale: 0.5)
        #expect(two.paramGroups.map(\.lr) == [0.25, 2] && schedule.getLastLr() == [0.25, 2])
        #expect(schedule.baseLrs == [1, 8])
    }

    @Test func optionsAreSavedAndLoaded() throws {
        let schedule = WarmupLR(optimizer(), epochs: 4, scale: 2)
        _ = course(schedule, 2)
        let state = schedule.stateDict()
        #expect(state["epochs"]?.int == 4 && state["scale"]?.double == 2 && state["last_epoch"]?.int == 2)
        let resumed = WarmupLR(optimizer(), epochs: 1)
        try resumed.loadStateDict(state)
        resumed.step()
        #expect(resumed.optimizer.paramGroups[0].lr == 2 && resumed.lastEpoch == 3)

        var bad = try #require(state.dict)
        bad["epochs"] = 0
        #expect(throws: TorchError(.value, "epochs must be positive")) { try resumed.loadStateDict(.dict(bad)) }
        #expect(resumed.stateDict()["epochs"]?.int == 4)
    }

    @Test func itJoinsASequence() {
        let sgd = optimizer()
        let sequence = SequentialLR(sgd, schedulers: [WarmupLR(sgd, epochs: 2), HalvingLR(sgd)], milestones: [2])
        #expect(course(sequence, 6) == [0.5, 1, 1, 0.5, 0.25, 0.125])
    }
}
