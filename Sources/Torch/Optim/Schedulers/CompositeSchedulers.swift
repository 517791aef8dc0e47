/// Runs several schedules one after another. Each schedule after the first starts at its milestone.
/// PyTorch: `torch.optim.lr_scheduler.SequentialLR`.
///
///     SequentialLR(
///         optimizer, schedulers: [LinearLR(optimizer), CosineAnnealingLR(optimizer, tMax: 95)], milestones: [5])
public final class SequentialLR: LRScheduler {
    private let schedulers: [LRScheduler]
    override var innerSchedulers: [LRScheduler] { schedulers }
    private var milestones: [Int]
    private let problem: TorchError?

    /// Creates a sequence of schedules.
    ///
    /// - Parameters:
    ///   - optimizer: the optimizer of all the schedules.
    ///   - schedulers: the schedules in order. Each starts from its own epoch 0.
    ///   - milestones: the first epochs of the schedules after the first, in ascending order.
    ///   - lastEpoch: the epoch to continue from; -1 starts a new training. In both cases the first schedule sets the
    ///     learning rates.
    /// - Precondition: the schedules belong to this optimizer, and there is one more schedule than milestones.
    public init(_ optimizer: Optimizer, schedulers: [LRScheduler], milestones: [Int], lastEpoch: Int = -1) {
        self.schedulers = schedulers
        self.milestones = milestones
        let error =
            compositionError(
                "SequentialLR", "expects at least one scheduler, but got no scheduler.", schedulers, optimizer)
            ?? (milestones.count == schedulers.count - 1
                ? nil
                : TorchError(
                    .value,
                    "Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but got number of schedulers \(schedulers.count) and the number of milestones to be equal to \(milestones.count)"
                ))
        problem = error
        super.init(of: optimizer, lastEpoch: lastEpoch + 1)
        if let error { raise(error) } else { start() }
    }

    /// Undoes the initial steps of all schedules, then lets the first schedule set the learning rates of the first
    /// epoch.
    private func start() {
        for group in optimizer.paramGroups { group.lr = group.initialLr }
        schedulers.forEach(SequentialLR.undo)
        let first = schedulers[active(at: 0)]
        first.takeInitialStep()
        lastLr = first.getLastLr()
    }

    private static func undo(_ scheduler: LRScheduler) {
        switch scheduler {
        case let sequence as SequentialLR: sequence.schedulers.forEach(undo)
        case let chain as ChainedScheduler: chain.schedulers.forEach(undo)
        default: scheduler.lastEpoch -= 1
        }
    }

    private func active(at epoch: Int) -> Int { milestones.firstIndex { $0 > epoch } ?? milestones.count }

    /// Goes to the next epoch of the schedule that is active now.
    public override func step() {
        if let problem { return raise(problem) }
        lastEpoch += 1
        let number = active(at: lastEpoch)
        let scheduler = schedulers[number]
        if number > 0, milestones[number - 1] == lastEpoch { scheduler.update(to: 0) } else { scheduler.step() }
        lastLr = scheduler.getLastLr()
    }

    /// The entries of the state dict, as in PyTorch.
    public override var fields: [ScheduleField] {
        let field = ScheduleField(name: "_milestones", value: .list(milestones.map { .int($0) })) { [self] value in
            let loaded = (value.list ?? []).compactMap(\.int)
            guard loaded.count == milestones.count, loaded.count == value.list?.count else { return false }
            milestones = loaded
            return true
        }
        return [
            field, .int("last_epoch", self, \.lastEpoch), .numbers("_last_lr", self, \.lastLr), .schedulers(schedulers)
        ]
    }
}

/// Runs several schedules at the same time. Each schedule changes the learning rate that the schedules before it set.
/// PyTorch: `torch.optim.lr_scheduler.ChainedScheduler`.
public final class ChainedScheduler: LRScheduler {
    fileprivate let schedulers: [LRScheduler]
    override var innerSchedulers: [LRScheduler] { schedulers }
    private let problem: TorchError?

    /// Creates a chain of schedules.
    /// - Precondition: there is at least one schedule, and all belong to one optimizer.
    public init(_ schedulers: [LRScheduler], optimizer: Optimizer? = nil) {
        self.schedulers = schedulers
        let optimizer = optimizer ?? schedulers.first?.optimizer
        problem = compositionError(
            "ChainedScheduler", "expects at least one scheduler to be chained, but got no scheduler.", schedulers,
            optimizer)
        if let problem { raise(problem) }
        super.init(of: optimizer ?? Optimizer([], defaults: []), lastEpoch: 0)
    }

    /// Calls `step()` of all schedules.
    public override func step() {
        if let problem { return raise(problem) }
        for scheduler in schedulers { scheduler.step() }
        lastLr = currentLr
    }

    /// The entries of the state dict, as in PyTorch.
    public override var fields: [ScheduleField] { [.numbers("_last_lr", self, \.lastLr), .schedulers(schedulers)] }
}

private func compositionError(
    _ name: String, _ none: String, _ schedulers: [LRScheduler], _ optimizer: Optimizer?
) -> TorchError? {
    if schedulers.isEmpty { return TorchError(.value, "\(name) \(none)") }
    for (i, scheduler) in schedulers.enumerated() {
        if scheduler is ReduceLROnPlateau {
            return TorchError(
                .value,
                "\(name) does not support `ReduceLROnPlateau` scheduler as it requires additional kwargs to be specified when calling `step`, but got one at index \(i) in the given schedulers sequence."
            )
        }
        if scheduler.optimizer !== optimizer {
            return TorchError(
                .value,
                "\(name) expects all schedulers to belong to the same optimizer, but got scheduler \(type(of: scheduler)) at index \(i) has \(scheduler.optimizer), which is different from \(optimizer.map { "\(type(of: $0))" } ?? "None")."
            )
        }
    }
    return nil
}
