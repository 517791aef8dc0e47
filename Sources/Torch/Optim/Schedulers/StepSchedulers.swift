import RealModule

/// Multiplies the learning rate by gamma every `stepSize` epochs. PyTorch: `torch.optim.lr_scheduler.StepLR`.
public final class StepLR: LRScheduler {
    private var stepSize: Int
    private var gamma: Double

    /// Creates the schedule. `lastEpoch` is the last epoch of a training that is resumed; -1 starts a new training.
    /// - Precondition: stepSize is positive.
    public init(_ optimizer: Optimizer, stepSize: Int, gamma: Double = 0.1, lastEpoch: Int = -1) {
        self.stepSize = stepSize
        self.gamma = gamma
        super.init(optimizer, lastEpoch: lastEpoch)
    }

    /// Returns the learning rates of the current epoch, computed from those of the previous one.
    public override func getLr() -> [Double] {
        lastEpoch != 0 && lastEpoch.isMultiple(of: stepSize) ? currentLr.map { $0 * gamma } : currentLr
    }

    /// Returns the learning rates of the current epoch, computed from the initial ones.
    public override func closedFormLr() -> [Double]? { baseLrs.map { $0 * .pow(gamma, lastEpoch / stepSize) } }

    /// Returns the error of invalid options, or nil.
    public override func check() -> TorchError? {
        stepSize > 0 ? nil : TorchError(.value, "Expected positive integer step_size, but got \(stepSize)")
    }

    /// The entries of the state dict, as in PyTorch.
    public override var fields: [ScheduleField] {
        [.int("step_size", self, \.stepSize), .number("gamma", self, \.gamma)] + super.fields
    }
}

/// Multiplies the learning rate by gamma at each milestone. PyTorch: `torch.optim.lr_scheduler.MultiStepLR`.
public final class MultiStepLR: LRScheduler {
    /// The milestones, and how often each was given.
    private var milestones: [Int: Int] = [:]
    private var gamma: Double

    /// Creates the schedule.
    ///
    /// - Parameters:
    ///   - optimizer: the optimizer whose learning rates are set.
    ///   - milestones: epoch numbers. A number that is given twice counts twice.
    ///   - gamma: the factor of the learning rates at a milestone.
    ///   - lastEpoch: the last epoch of a training that is resumed; -1 starts a new training.
    public init(_ optimizer: Optimizer, milestones: [Int], gamma: Double = 0.1, lastEpoch: Int = -1) {
        for milestone in milestones { self.milestones[milestone, default: 0] += 1 }
        self.gamma = gamma
        super.init(optimizer, lastEpoch: lastEpoch)
    }

    /// Returns the learning rates of the current epoch, computed from those of the previous one.
    public override func getLr() -> [Double] {
        guard let times = milestones[lastEpoch] else { return currentLr }
        return currentLr.map { $0 * .pow(gamma, times) }
    }

    /// Returns the learning rates of the current epoch, computed from the initial ones.
    public override func closedFormLr() -> [Double]? {
        let past = milestones.reduce(0) { $1.key <= lastEpoch ? $0 + $1.value : $0 }
        return baseLrs.map { $0 * .pow(gamma, past) }
    }

    /// The entries of the state dict, as in PyTorch.
    public override var fields: [ScheduleField] { [milestonesField, .number("gamma", self, \.gamma)] + super.fields }

    private var milestonesField: ScheduleField {
        var map = StateMap()
        for (milestone, times) in milestones.sorted(by: { $0.key < $1.key }) { map[.int(milestone)] = .int(times) }
        return ScheduleField(name: "milestones", value: .dict(map)) { [self] value in
            guard let map = value.dict else { return false }
            var loaded: [Int: Int] = [:]
            for (key, value) in map {
                guard case .int(let milestone) = key, let times = value.int, (0...Int(Int32.max)).contains(times) else {
                    return false
                }
                loaded[milestone] = times
            }
            milestones = loaded
            return true
        }
    }
}

/// Multiplies the learning rate by gamma every epoch. PyTorch: `torch.optim.lr_scheduler.ExponentialLR`.
public final class ExponentialLR: LRScheduler {
    private var gamma: Double

    /// Creates the schedule. `lastEpoch` is the last epoch of a training that is resumed; -1 starts a new training.
    public init(_ optimizer: Optimizer, gamma: Double, lastEpoch: Int = -1) {
        self.gamma = gamma
        super.init(optimizer, lastEpoch: lastEpoch)
    }

    /// Returns the learning rates of the current epoch, computed from those of the previous one.
    public override func getLr() -> [Double] { isInitial ? currentLr : currentLr.map { $0 * gamma } }

    /// Returns the learning rates of the current epoch, computed from the initial ones.
    public override func closedFormLr() -> [Double]? { baseLrs.map { $0 * .pow(gamma, lastEpoch) } }

    /// The entries of the state dict, as in PyTorch.
    public override var fields: [ScheduleField] { [.number("gamma", self, \.gamma)] + super.fields }
}
