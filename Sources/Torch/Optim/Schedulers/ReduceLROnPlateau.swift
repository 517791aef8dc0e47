/// Lowers the learning rate if a number, such as the validation loss, has not improved for more than `patience` epochs.
/// PyTorch: `torch.optim.lr_scheduler.ReduceLROnPlateau`.
///
///     scheduler.step(validationLoss)
public final class ReduceLROnPlateau: LRScheduler {
    /// Whether a smaller or a larger number is better.
    public enum Mode: String, Sendable {
        /// A smaller number is better (`min`), or a larger one (`max`).
        case min, max
    }

    /// Whether the threshold is relative to the best number so far, or an absolute distance.
    public enum ThresholdMode: String, Sendable {
        /// The threshold is relative (`rel`) or absolute (`abs`).
        case rel, abs
    }

    private var factor: Double
    private let defaultMinLr: Double?
    private var minLrs: [Double] = []
    private var patience: Int
    private var cooldown: Int
    private var eps: Double
    private var mode: Mode
    private var threshold: Double
    private var thresholdMode: ThresholdMode
    private var best: Double
    private var cooldownCounter = 0
    private var numBadEpochs = 0
    private let problem: TorchError?

    /// Creates the schedule.
    ///
    /// - Parameters:
    ///   - optimizer: the optimizer whose learning rates are lowered.
    ///   - mode: whether a smaller or a larger number is better.
    ///   - factor: the factor of the learning rates in a reduction.
    ///   - patience: the number of bad epochs in a row that are allowed; the next bad epoch lowers the learning rates.
    ///   - threshold: the smallest improvement that counts.
    ///   - thresholdMode: whether the threshold is relative to the best number so far, or an absolute distance.
    ///   - cooldown: the number of epochs after a reduction that do not count as bad.
    ///   - minLr: the lower bound of the learning rates.
    ///   - eps: reductions by this or less are skipped.
    /// - Precondition: factor is less than 1. A list of `minLr` has a number for each group.
    public init(
        _ optimizer: Optimizer, mode: Mode = .min, factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4,
        thresholdMode: ThresholdMode = .rel,
        cooldown: Int = 0, minLr: some GroupNumbers = 0, eps: Double = 1e-8
    ) {
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.thresholdMode = thresholdMode
        self.cooldown = cooldown
        self.eps = eps
        best = mode == .min ? .infinity : -.infinity
        let groups = optimizer.paramGroups.count, list = minLr as? [Double]
        minLrs = (try? minLr.groupNumbers("min_lr", count: groups)) ?? []
        defaultMinLr = list == nil ? minLrs.first : nil
        problem =
            minLrs.count == groups ? nil : TorchError(.value, "expected \(groups) min_lrs, got \(list?.count ?? 1)")
        super.init(of: optimizer, lastEpoch: 0)
        if let error = check() { raise(error) }
    }

    /// Always raises an error: this schedule needs a number.
    public override func step() {
        raise(.type, "ReduceLROnPlateau.step() missing 1 required positional argument: 'metrics'")
    }

    /// Like `step(_:)` with a number, for a tensor of one element.
    public func step(_ metrics: Tensor) { step(metrics.item()) }

    /// Compares the epoch's number with the best one. Lowers the learning rates after more than `patience` bad epochs
    /// in a row.
    public func step(_ metrics: Double) {
        if let error = check() { return raise(error) }
        lastEpoch += 1
        if isBetter(metrics) {
            best = metrics
            numBadEpochs = 0
        } else {
            numBadEpochs += 1
        }
        if cooldownCounter > 0 {
            cooldownCounter -= 1
            numBadEpochs = 0
        }
        if numBadEpochs > patience {
            reduce()
            cooldownCounter = cooldown
            numBadEpochs = 0
        }
        lastLr = currentLr
    }

    private func isBetter(_ number: Double) -> Bool {
        switch (mode, thresholdMode) {
        case (.min, .rel): number < best * (1 - threshold)
        case (.min, .abs): number < best - threshold
        case (.max, .rel): number > best * (threshold + 1)
        case (.max, .abs): number > best + threshold
        }
    }

    private func reduce() {
        let groups = optimizer.paramGroups
        if groups.count != minLrs.count {
            guard let defaultMinLr else {
                return raise(
                    .runtime,
                    "The number of param groups in the `optimizer` (\(groups.count)) differs from when `ReduceLROnPlateau` was initialized (\(minLrs.count)), usually due to a new param group being added to the optimizer. Please modify the `min_lrs` field to match the length of the `optimizer` param groups."
                )
            }
            minLrs = Array(repeating: defaultMinLr, count: groups.count)
        }
        for (group, minLr) in zip(groups, minLrs) {
            let old = group.lr, new = max(old * factor, minLr)
            if old - new > eps { group.lr = new }
        }
    }

    /// Returns the error of invalid options, or nil.
    public override func check() -> TorchError? {
        factor >= 1 ? TorchError(.value, "Factor should be < 1.0.") : problem
    }

    /// The entries of the state dict, as in PyTorch.
    public override var fields: [ScheduleField] {
        [
            .number("factor", self, \.factor), .constant("default_min_lr", defaultMinLr.map { .orZero($0) } ?? .null),
            .numbers("min_lrs", self, \.minLrs),
            .int("patience", self, \.patience), .int("cooldown", self, \.cooldown), .number("eps", self, \.eps),
            .int("last_epoch", self, \.lastEpoch),
            .numbers("_last_lr", self, \.lastLr),
            .constant("mode_worse", .double(mode == .min ? .infinity : -.infinity)), .choice("mode", self, \.mode),
            .number("threshold", self, \.threshold), .choice("threshold_mode", self, \.thresholdMode),
            .number("best", self, \.best),
            .int("cooldown_counter", self, \.cooldownCounter), .int("num_bad_epochs", self, \.numBadEpochs)
        ]
    }
}
