import RealModule

/// The learning rate goes to `swaLr` in `annealEpochs` epochs and stays there, for stochastic weight averaging.
/// PyTorch: `torch.optim.swa_utils.SWALR`.
public final class SWALR: LRScheduler {
    /// How the learning rate changes.
    public enum AnnealStrategy: String, Sendable {
        /// Along half a cosine, or along a line.
        case cos, linear
    }

    private var annealEpochs: Int
    private var annealStrategy: AnnealStrategy
    private var error: TorchError?

    /// Creates the schedule.
    /// - Parameters:
    ///   - optimizer: the optimizer.
    ///   - swaLr: the final learning rate, or one for each group.
    ///   - annealEpochs: the epochs until it is reached.
    ///   - annealStrategy: how the learning rate changes.
    ///   - lastEpoch: the last epoch of a training that is resumed; -1 starts a new training.
    public init(
        _ optimizer: Optimizer, swaLr: some GroupNumbers, annealEpochs: Int = 10, annealStrategy: AnnealStrategy = .cos,
        lastEpoch: Int = -1
    ) {
        self.annealEpochs = annealEpochs
        self.annealStrategy = annealStrategy
        do {
            let rates = try swaLr.groupNumbers("swa_lr", count: optimizer.paramGroups.count)
            for (group, rate) in zip(optimizer.paramGroups, rates) { group["swa_lr"] = .double(rate) }
        } catch {
            self.error = error
        }
        super.init(optimizer, lastEpoch: lastEpoch)
    }

    /// Returns the learning rates of the current epoch, computed from those of the previous one.
    public override func getLr() -> [Double] {
        let count = annealEpochs == 0 ? Swift.max(1, stepCount - 1) : stepCount - 1
        func share(_ step: Int) -> Double {
            let t = Swift.max(0, Swift.min(1, Double(step) / Double(Swift.max(1, annealEpochs))))
            return annealStrategy == .linear ? t : (1 - Double.cos(.pi * t)) / 2
        }
        let before = share(count - 1), now = share(count)
        return optimizer.paramGroups.map { group in
            let goal = group["swa_lr"]?.double ?? group.lr
            let start = before == 1 ? goal : (group.lr - before * goal) / (1 - before)
            return goal * now + start * (1 - now)
        }
    }

    /// Returns the error of invalid options, or nil.
    public override func check() -> TorchError? {
        if let error { return error }
        return annealEpochs < 0
            ? TorchError(.value, "anneal_epochs must be equal or greater than 0, got \(annealEpochs)") : nil
    }

    /// The entries of the state dict, as in PyTorch.
    public override var fields: [ScheduleField] {
        [
            .int("anneal_epochs", self, \.annealEpochs),
            .choice("_anneal_strategy", self, \.annealStrategy)
        ] + super.fields
    }
}
