/// Lowers the learning rate when a number, such as the validation loss, has not got better for more than `patience`
/// epochs. PyTorch: `torch.optim.lr_scheduler.ReduceLROnPlateau`.
///
///     scheduler.step(validationLoss)
public final class ReduceLROnPlateau: LRScheduler {
    /// Whether a smaller number is better, or a greater one.
    public enum Mode: String, Sendable {
        case min, max
    }

    /// Whether the threshold is a part of the best number so far, or a distance from it.
    public enum ThresholdMode: String, Sendable {
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

    /// - Parameters:
    ///   - optimizer: the one whose groups' learning rates are lowered.
    ///   - mode: whether a smaller number is better, or a greater one.
    ///   - factor: what the learning rates are multiplied by.
    ///   - patience: bad epochs in a row that change nothing; the next one lowers the learning rates.
    ///   - threshold: what is not better by this much does not count as better.
    ///   - thresholdMode: whether the threshold is a part of the best number so far, or a distance from it.
    ///   - cooldown: epochs after a reduction that are not counted as bad.
    ///   - minLr: below this no learning rate goes.
    ///   - eps: a reduction by no more than this does not happen.
    /// - Precondition: factor is less than 1; a list of `minLr` has a number for each group.
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
        minLrs = (try? minLr.numbers("min_lr", groups)) ?? []
        defaultMinLr = list == nil ? minLrs.first : nil
        problem =
            minLrs.count == groups ? nil : TorchError(.value, "expected \(groups) min_lrs, got \(list?.count ?? 1)")
        super.init(of: optimizer, lastEpoch: 0)
        if let error = check() { raise(error) }
    }

    /// Needs a number to judge by: always a mistake here.
    public override func step() {
        raise(.type, "ReduceLROnPlateau.step() missing 1 required positional argument: 'metrics'")
    }

    /// Judges the epoch by a tensor of one element.
    public func step(_ metrics: Tensor) { step(metrics.item()) }

    /// Judges the epoch by a number, and lowers the learning rates when it has been too long since a better one.
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

    override func check() -> TorchError? { factor >= 1 ? TorchError(.value, "Factor should be < 1.0.") : problem }

    override var fields: [ScheduleField] {
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
