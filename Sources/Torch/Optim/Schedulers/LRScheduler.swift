/// The base class of learning rate schedules. PyTorch: `torch.optim.lr_scheduler.LRScheduler`.
///
///     let scheduler = StepLR(optimizer, stepSize: 30, gamma: 0.1)
///     for epoch in 0..<100 { train(); scheduler.step() }
///
/// A new schedule sets the optimizer's learning rates to those of the first epoch. `step()` sets those of the next
/// epoch; call it after the optimizer's steps of an epoch.
///
/// A subclass implements `getLr()`, and lists the options that it saves in `fields`. It sets its own properties before
/// it calls `super.init`, which calls `getLr()`:
///
///     final class WarmupLR: LRScheduler {
///         private var epochs: Int
///
///         init(_ optimizer: Optimizer, epochs: Int) {
///             self.epochs = epochs
///             super.init(optimizer)
///         }
///
///         override func getLr() -> [Double] {
///             baseLrs.map { $0 * min(1, Double(lastEpoch + 1) / Double(epochs)) }
///         }
///
///         override var fields: [ScheduleField] { [.int("epochs", self, \.epochs)] + super.fields }
///     }
open class LRScheduler {
    /// The optimizer whose learning rates are set.
    public final let optimizer: Optimizer
    /// The initial learning rates of the optimizer's groups.
    public internal(set) final var baseLrs: [Double] = []
    /// The epoch whose learning rates are set, from 0.
    public internal(set) final var lastEpoch: Int
    final var lastLr: [Double] = []
    /// How many times `step()` was called. `init` makes the first call.
    final var stepCount = 0
    /// True while `init` takes the first step.
    public private(set) final var isInitial = false

    /// Creates a schedule and sets the learning rates of the first epoch.
    ///
    /// - Parameters:
    ///   - optimizer: the optimizer whose learning rates are set.
    ///   - lastEpoch: the last epoch of a training that is resumed; -1 starts a new training.
    /// - Precondition: if `lastEpoch` is not -1, the optimizer's groups have the option `initial_lr`.
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
        baseLrs = optimizer.paramGroups.map(\.initialLr)
        takeInitialStep()
    }

    /// Creates a schedule that does not set learning rates in `init`.
    init(of optimizer: Optimizer, lastEpoch: Int) {
        self.optimizer = optimizer
        self.lastEpoch = lastEpoch
        lastLr = optimizer.paramGroups.map(\.lr)
    }

    /// Returns the learning rates of epoch `lastEpoch`, one for each group, computed from the previous epoch's.
    /// PyTorch: `get_lr`.
    open func getLr() -> [Double] { currentLr }

    /// Like `getLr()`, but does not use the previous epoch's learning rates. Returns nil if there is no such formula.
    /// `SequentialLR` starts a schedule by this formula. PyTorch: `_get_closed_form_lr`.
    open func closedFormLr() -> [Double]? { nil }

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

    /// Returns the learning rates that this schedule set last, one for each group. PyTorch: `LRScheduler.get_last_lr`.
    public final func getLastLr() -> [Double] { lastLr }

    /// The entries of the state dict. A subclass puts its own before those of `super.fields`.
    open var fields: [ScheduleField] {
        [
            .numbers("base_lrs", self, \.baseLrs), .int("last_epoch", self, \.lastEpoch),
            .int("_step_count", self, \.stepCount),
            .constant("_is_initial", .bool(false)), .constant("_get_lr_called_within_step", .bool(false)),
            .numbers("_last_lr", self, \.lastLr)
        ]
    }

    /// The schedules that this one contains.
    var innerSchedulers: [LRScheduler] { [] }

    /// Returns the error of invalid options, with PyTorch's message if it has one, or nil.
    open func check() -> TorchError? { nil }

    /// The current learning rates of the optimizer.
    final var currentLr: [Double] { optimizer.paramGroups.map(\.lr) }

    final func takeInitialStep() {
        stepCount = 0
        isInitial = true
        step()
        isInitial = false
    }

    /// Goes to the next epoch. If `epoch` is given, goes to that epoch by the closed formula, if there is one.
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
    /// Returns the state of the schedule in PyTorch's form: `{"step_size": 30, …, "last_epoch": 7, "_last_lr": [0.1]}`.
    /// PyTorch: `LRScheduler.state_dict`.
    ///
    /// Save the optimizer's `stateDict()` too: it is not included. Closures are not included either.
    public final func stateDict() -> StateValue {
        var map = StateMap()
        for field in fields { map[.string(field.name)] = field.value }
        return .dict(map)
    }

    /// Loads the state from a `stateDict()` of this library or of PyTorch. Values of missing entries stay unchanged.
    /// PyTorch: `LRScheduler.load_state_dict`.
    /// - Throws: `TorchError` if an entry is invalid. The schedule is then unchanged.
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

/// One number for each group of an optimizer: a number for all groups, or a list.
public protocol GroupNumbers: StateValueConvertible {}

extension Double: GroupNumbers {}
extension Int: GroupNumbers {}
extension [Double]: GroupNumbers {}

extension GroupNumbers {
    /// Returns `count` numbers. `name` is the option's name in the error.
    /// - Throws: `TorchError` if a list does not have `count` numbers.
    func groupNumbers(_ name: String, count: Int) throws(TorchError) -> [Double] {
        let value = stateValue
        guard let list = value.list else { return Array(repeating: value.double ?? .nan, count: count) }
        if list.count == count { return list.map { $0.double ?? .nan } }
        throw TorchError(
            .value,
            "\(name) must have the same length as optimizer.param_groups. \(name) has \(list.count) values, param_groups has \(count)."
        )
    }
}

extension LRScheduler: CustomStringConvertible {
    /// The schedule with its options, its epoch and the learning rates, in one line:
    /// `StepLR(step_size=30, gamma=0.1, last_epoch=0, lr=[0.1])`. PyTorch prints an address.
    public final var description: String {
        // Other entries are internal state.
        let internals = ["base_lrs", "last_epoch", "lr_lambdas"]
        let options = fields.filter { !$0.name.hasPrefix("_") && !internals.contains($0.name) }
        let inner = innerSchedulers.map { "\($0)" }
        let parts =
            inner + options.map { "\($0.name)=\($0.value)" } + ["last_epoch=\(lastEpoch)"]
            + ["lr=[\(lastLr.map { PythonRepr.of($0) }.joined(separator: ", "))]"]
        return "\(type(of: self))(\(parts.joined(separator: ", ")))"
    }
}
