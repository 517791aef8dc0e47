/// The base of all schedules of the learning rate. PyTorch: `torch.optim.lr_scheduler.LRScheduler`.
///
///     let scheduler = StepLR(optimizer, stepSize: 30, gamma: 0.1)
///     for epoch in 0..<100 { train(); scheduler.step() }
///
/// Making one sets the optimizer's learning rates to those of the first epoch; `step()`, called after the optimizer's
/// steps of an epoch, goes on to the next.
/// A subclass writes `getLr()`, and names in `fields` what its state dict holds.
open class LRScheduler {
    public final let optimizer: Optimizer
    /// The learning rates of the optimizer's groups that the schedule starts from.
    public internal(set) final var baseLrs: [Double] = []
    /// The number of the epoch that the learning rates are set for, from 0.
    public internal(set) final var lastEpoch: Int
    final var lastLr: [Double] = []
    /// How many times `step()` was called, the first time by `init`.
    final var stepCount = 0
    /// Whether `init` takes the first step.
    public private(set) final var isInitial = false

    /// - Parameters:
    ///   - optimizer: the one whose groups' learning rates are set.
    ///   - lastEpoch: the last epoch of a training that is taken up again; -1 starts anew.
    /// - Precondition: with a `lastEpoch`, the optimizer's groups have the option `initial_lr`.
    public init(_ optimizer: Optimizer, lastEpoch: Int = -1) {
        self.optimizer = optimizer
        self.lastEpoch = lastEpoch
        for (i, group) in optimizer.paramGroups.enumerated() where group["initial_lr"] == nil {
            if lastEpoch != -1 {
                raise(
                    .value,
                    "param 'initial_lr' is not specified in param_groups[\(i)] when resuming scheduler with last_epoch >= 0."
                )
            }
            group["initial_lr"] = .double(group.lr)
        }
        baseLrs = optimizer.paramGroups.map { $0.number("initial_lr") }
        takeInitialStep()
    }

    /// A schedule that sets no learning rate by itself.
    init(of optimizer: Optimizer, lastEpoch: Int) {
        self.optimizer = optimizer
        self.lastEpoch = lastEpoch
        lastLr = optimizer.paramGroups.map(\.lr)
    }

    /// The learning rates of epoch `lastEpoch`, one a group, from those of the epoch before. PyTorch: `get_lr`.
    open func getLr() -> [Double] { currentLr }

    /// The same without those of the epoch before; nil where there is no such formula. PyTorch: `_get_closed_form_lr`.
    func closedFormLr() -> [Double]? { nil }

    /// Sets the learning rates of the next epoch. PyTorch: `LRScheduler.step`.
    open func step() {
        if stepCount == 1, optimizer.hasStepped == false {
            warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you should call them in the opposite order: "
                    + "`optimizer.step()` before `lr_scheduler.step()`.  Failure to do this will result in PyTorch skipping the first value of the learning rate schedule. "
                    + "See more details at https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate")
        }
        stepCount += 1
        update()
    }

    /// The learning rates that this schedule set last, one a group. PyTorch: `LRScheduler.get_last_lr`.
    public final func getLastLr() -> [Double] { lastLr }

    /// What the state dict holds.
    var fields: [ScheduleField] {
        [
            .numbers("base_lrs", self, \.baseLrs), .int("last_epoch", self, \.lastEpoch),
            .int("_step_count", self, \.stepCount),
            .constant("_is_initial", .bool(false)), .constant("_get_lr_called_within_step", .bool(false)),
            .numbers("_last_lr", self, \.lastLr)
        ]
    }

    /// What is wrong with the schedule's numbers, in PyTorch's sentence where it has one.
    func check() -> TorchError? { nil }

    /// The learning rates that the optimizer has now.
    final var currentLr: [Double] { optimizer.paramGroups.map(\.lr) }

    final func takeInitialStep() {
        stepCount = 0
        isInitial = true
        step()
        isInitial = false
    }

    /// Goes on to the next epoch, or to the given one by the closed formula, where there is one.
    final func update(to epoch: Int? = nil) {
        if let error = check() { return raise(error) }
        lastEpoch = epoch ?? lastEpoch + 1
        set(epoch == nil ? getLr() : closedFormLr() ?? getLr())
    }

    final func set(_ rates: [Double]) {
        guard rates.count == optimizer.paramGroups.count else {
            return raise(
                .value,
                "the schedule is of \(rates.count) parameter groups, the optimizer has \(optimizer.paramGroups.count)")
        }
        for (group, lr) in zip(optimizer.paramGroups, rates) { group.lr = lr }
        lastLr = rates
    }
}

extension LRScheduler {
    /// Where the schedule stands, in PyTorch's form: `{"step_size": 30, …, "last_epoch": 7, "_last_lr": [0.1]}`.
    /// PyTorch: `LRScheduler.state_dict`.
    ///
    /// The optimizer's own `stateDict()` has to be saved beside it. Closures are not part of it.
    public final func stateDict() -> StateValue {
        var map = StateMap()
        for field in fields { map[.string(field.name)] = field.value }
        return .dict(map)
    }

    /// Takes over what `stateDict()` gave, of this library or of PyTorch; entries that are absent stay as they are.
    /// PyTorch: `LRScheduler.load_state_dict`.
    /// - Throws: `TorchError` where an entry makes no sense. The schedule is then unchanged.
    public final func loadStateDict(_ value: StateValue) throws {
        guard let map = value.dict else {
            throw TorchError(.value, "loaded state dict of \(type(of: self)) is not a dict")
        }
        let before = fields
        do {
            for field in before {
                guard let entry = map[.string(field.name)] else { continue }
                if try !field.load(entry) {
                    throw TorchError(.value, "loaded state dict of \(type(of: self)) has no valid '\(field.name)'")
                }
            }
            if let error = check() { throw error }
        } catch {
            for field in before { _ = try field.load(field.value) }
            throw error
        }
    }
}

/// A number for each group of an optimizer: one for all, or a list.
public protocol GroupNumbers {
    /// - Throws: `TorchError` where a list has not `count` numbers.
    func numbers(_ name: String, _ count: Int) throws(TorchError) -> [Double]
}

extension Double: GroupNumbers {
    public func numbers(_ name: String, _ count: Int) -> [Double] { Array(repeating: self, count: count) }
}

extension Int: GroupNumbers {
    public func numbers(_ name: String, _ count: Int) -> [Double] { Array(repeating: Double(self), count: count) }
}

extension [Double]: GroupNumbers {
    public func numbers(_ name: String, _ count: Int) throws(TorchError) -> [Double] {
        if self.count == count { return self }
        throw TorchError(
            .value,
            "\(name) must have the same length as optimizer.param_groups. \(name) has \(self.count) values, param_groups has \(count)."
        )
    }
}
