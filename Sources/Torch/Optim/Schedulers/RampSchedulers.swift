import RealModule

/// Multiplies the learning rate by factor for the first `totalIters` epochs.
/// PyTorch: `torch.optim.lr_scheduler.ConstantLR`.
public final class ConstantLR: LRScheduler {
    private var factor: Double
    private var totalIters: Int

    /// Creates the schedule. `lastEpoch` is the last epoch of a training that is resumed; -1 starts a new training.
    /// - Precondition: factor is in [0, 1].
    public init(_ optimizer: Optimizer, factor: Double = 1.0 / 3, totalIters: Int = 5, lastEpoch: Int = -1) {
        self.factor = factor
        self.totalIters = totalIters
        super.init(optimizer, lastEpoch: lastEpoch)
    }

    /// Returns the learning rates of the current epoch, computed from those of the previous one.
    public override func getLr() -> [Double] {
        if lastEpoch == 0 { return currentLr.map { $0 * factor } }
        return lastEpoch == totalIters ? currentLr.map { $0 * (1 / factor) } : currentLr
    }

    /// Returns the learning rates of the current epoch, computed from the initial ones.
    public override func closedFormLr() -> [Double]? {
        baseLrs.map { $0 * (factor + (lastEpoch >= totalIters ? 1 - factor : 0)) }
    }

    /// Returns the error of invalid options, or nil.
    public override func check() -> TorchError? {
        factor > 1 || factor < 0
            ? TorchError(.value, "Constant multiplicative factor expected to be between 0 and 1.") : nil
    }

    /// The entries of the state dict, as in PyTorch.
    public override var fields: [ScheduleField] {
        [.number("factor", self, \.factor), .int("total_iters", self, \.totalIters)] + super.fields
    }
}

/// The learning rate goes linearly from startFactor to endFactor times its initial value in `totalIters` epochs.
/// PyTorch: `torch.optim.lr_scheduler.LinearLR`.
public final class LinearLR: LRScheduler {
    private var startFactor: Double
    private var endFactor: Double
    private var totalIters: Int

    /// Creates the schedule. `lastEpoch` is the last epoch of a training that is resumed; -1 starts a new training.
    /// - Precondition: startFactor is in (0, 1], and endFactor is in [0, 1].
    public init(
        _ optimizer: Optimizer, startFactor: Double = 1.0 / 3, endFactor: Double = 1, totalIters: Int = 5,
        lastEpoch: Int = -1
    ) {
        self.startFactor = startFactor
        self.endFactor = endFactor
        self.totalIters = totalIters
        super.init(optimizer, lastEpoch: lastEpoch)
    }

    /// Returns the learning rates of the current epoch, computed from those of the previous one.
    public override func getLr() -> [Double] {
        if lastEpoch == 0 { return currentLr.map { $0 * startFactor } }
        if isInitial || lastEpoch > totalIters { return currentLr }
        let rise = endFactor - startFactor
        let before = Double(totalIters) * startFactor + Double(lastEpoch - 1) * rise
        return currentLr.map { $0 * (1 + rise / before) }
    }

    /// Returns the learning rates of the current epoch, computed from the initial ones.
    public override func closedFormLr() -> [Double]? {
        baseLrs.map {
            $0 * (startFactor + (endFactor - startFactor) * Double(min(totalIters, lastEpoch)) / Double(totalIters))
        }
    }

    /// Returns the error of invalid options, or nil.
    public override func check() -> TorchError? {
        if startFactor > 1 || startFactor <= 0 {
            return TorchError(
                .value, "Starting multiplicative factor expected to be greater than 0 and less or equal to 1.")
        }
        return endFactor > 1 || endFactor < 0
            ? TorchError(.value, "Ending multiplicative factor expected to be between 0 and 1.") : nil
    }

    /// The entries of the state dict, as in PyTorch.
    public override var fields: [ScheduleField] {
        [
            .number("start_factor", self, \.startFactor), .number("end_factor", self, \.endFactor),
            .int("total_iters", self, \.totalIters)
        ] + super.fields
    }
}

/// The learning rate falls to 0 in `totalIters` epochs: lr · (1 - epoch / totalIters)^power.
/// PyTorch: `torch.optim.lr_scheduler.PolynomialLR`.
public final class PolynomialLR: LRScheduler {
    private var totalIters: Int
    private var power: Double

    /// Creates the schedule. `lastEpoch` is the last epoch of a training that is resumed; -1 starts a new training.
    public init(_ optimizer: Optimizer, totalIters: Int = 5, power: Double = 1, lastEpoch: Int = -1) {
        self.totalIters = totalIters
        self.power = power
        super.init(optimizer, lastEpoch: lastEpoch)
    }

    /// Returns the learning rates of the current epoch, computed from those of the previous one.
    public override func getLr() -> [Double] {
        if isInitial || lastEpoch > totalIters { return currentLr }
        let left = 1 - Double(lastEpoch) / Double(totalIters), before = 1 - Double(lastEpoch - 1) / Double(totalIters)
        return currentLr.map { $0 * .pow(left / before, power) }
    }

    /// Returns the learning rates of the current epoch, computed from the initial ones.
    public override func closedFormLr() -> [Double]? {
        baseLrs.map { $0 * .pow(1 - Double(min(totalIters, lastEpoch)) / Double(totalIters), power) }
    }

    /// The entries of the state dict, as in PyTorch.
    public override var fields: [ScheduleField] {
        [.int("total_iters", self, \.totalIters), .number("power", self, \.power)] + super.fields
    }
}
