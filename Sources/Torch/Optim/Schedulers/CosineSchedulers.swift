import RealModule

/// The learning rate falls along half a cosine to `etaMin` in `tMax` epochs, then rises along the same curve.
/// PyTorch: `torch.optim.lr_scheduler.CosineAnnealingLR`.
public final class CosineAnnealingLR: LRScheduler {
    private var tMax: Int
    private var etaMin: Double

    /// Creates the schedule. `lastEpoch` is the last epoch of a training that is resumed; -1 starts a new training.
    /// - Precondition: tMax is not 0.
    public init(_ optimizer: Optimizer, tMax: Int, etaMin: Double = 0, lastEpoch: Int = -1) {
        self.tMax = tMax
        self.etaMin = etaMin
        super.init(optimizer, lastEpoch: lastEpoch)
    }

    /// Returns the learning rates of the current epoch, computed from those of the previous one.
    public override func getLr() -> [Double] {
        if isInitial { return currentLr }
        if stepCount == 1, lastEpoch > 0 { return closedForm(.cos(Double(lastEpoch) * .pi / Double(tMax))) }
        if (lastEpoch - 1 - tMax).isMultiple(of: 2 * tMax) {
            let rise = 1 - Double.cos(.pi / Double(tMax))
            return zip(baseLrs, currentLr).map { $1 + ($0 - etaMin) * rise / 2 }
        }
        let now = 1 + Double.cos(.pi * Double(lastEpoch) / Double(tMax)),
            before = 1 + Double.cos(.pi * Double(lastEpoch - 1) / Double(tMax))
        return currentLr.map { now / before * ($0 - etaMin) + etaMin }
    }

    /// Returns the learning rates of the current epoch, computed from the initial ones.
    public override func closedFormLr() -> [Double]? { closedForm(.cos(.pi * Double(lastEpoch) / Double(tMax))) }

    private func closedForm(_ cosine: Double) -> [Double] { baseLrs.map { etaMin + ($0 - etaMin) * (1 + cosine) / 2 } }

    /// Returns the error of invalid options, or nil.
    public override func check() -> TorchError? { tMax == 0 ? TorchError(.value, "Expected T_max other than 0") : nil }

    /// The entries of the state dict, as in PyTorch.
    public override var fields: [ScheduleField] {
        [.int("T_max", self, \.tMax), .number("eta_min", self, \.etaMin)] + super.fields
    }
}

/// The learning rate falls along half a cosine to `etaMin`, then restarts at the top. The first cycle has t0 epochs;
/// each next cycle has tMult times as many (Loshchilov and Hutter, 2017).
/// PyTorch: `torch.optim.lr_scheduler.CosineAnnealingWarmRestarts`.
public final class CosineAnnealingWarmRestarts: LRScheduler {
    private var t0: Int
    private var tMult: Int
    private var etaMin: Double
    /// The epochs since the last restart, and the epochs of the current cycle.
    private var tCur: Double
    private var tI: Double

    /// Creates the schedule. `lastEpoch` is the last epoch of a training that is resumed; -1 starts a new training.
    /// - Precondition: t0 and tMult are positive.
    public init(_ optimizer: Optimizer, t0: Int, tMult: Int = 1, etaMin: Double = 0, lastEpoch: Int = -1) {
        self.t0 = t0
        self.tMult = tMult
        self.etaMin = etaMin
        tCur = Double(lastEpoch)
        tI = Double(t0)
        super.init(optimizer, lastEpoch: lastEpoch)
    }

    /// Returns the learning rates of the current epoch, computed from those of the previous one.
    public override func getLr() -> [Double] {
        let cosine = Double.cos(.pi * tCur / tI)
        return baseLrs.map { etaMin + ($0 - etaMin) * (1 + cosine) / 2 }
    }

    /// Goes to the next epoch, or to the next restart.
    public override func step() {
        if let error = check() { return raise(error) }
        if lastEpoch < 0 { return step(epoch: 0) }
        tCur += 1
        if tCur >= tI {
            tCur = tCur.truncatingRemainder(dividingBy: tI)
            tI *= Double(tMult)
        }
        lastEpoch += 1
        set(getLr())
    }

    /// Sets the learning rates of an epoch. A fraction stands for a batch in the epoch.
    /// - Precondition: epoch is not negative.
    public func step(epoch: Double) {
        guard epoch >= 0, epoch <= Double(Int32.max) else {
            return raise(.value, "Expected non-negative epoch, but got \(PythonText.repr(epoch))")
        }
        let start = Double(t0), factor = Double(tMult)
        if epoch < start {
            (tCur, tI) = (epoch, start)
        } else if tMult == 1 {
            tCur = epoch.truncatingRemainder(dividingBy: start)
        } else {
            let restarts = Int(Double.log(epoch / start * (factor - 1) + 1) / Double.log(factor))
            tCur = epoch - start * (.pow(factor, restarts) - 1) / (factor - 1)
            tI = start * .pow(factor, restarts)
        }
        lastEpoch = Int(epoch)
        set(getLr())
    }

    /// Returns the error of invalid options, or nil.
    public override func check() -> TorchError? {
        if t0 <= 0 { return TorchError(.value, "Expected positive integer T_0, but got \(t0)") }
        return tMult < 1 ? TorchError(.value, "Expected integer T_mult >= 1, but got \(tMult)") : nil
    }

    /// The entries of the state dict, as in PyTorch.
    public override var fields: [ScheduleField] {
        [
            .int("T_0", self, \.t0), .number("T_i", self, \.tI), .int("T_mult", self, \.tMult),
            .number("eta_min", self, \.etaMin), .number("T_cur", self, \.tCur)
        ] + super.fields
    }
}
