import RealModule

/// One cycle over the whole training: raises the learning rate to a maximum, then lowers it far below the initial
/// value. Call `step()` after every batch (Smith and Topin, 2017). PyTorch: `torch.optim.lr_scheduler.OneCycleLR`.
public final class OneCycleLR: LRScheduler {
    /// The curve from one learning rate to the next.
    public enum AnnealStrategy: String, Sendable {
        /// Half a cosine, or a straight line.
        case cos, linear

        fileprivate func value(from start: Double, to end: Double, at part: Double) -> Double {
            switch self {
            case .cos: end + (start - end) / 2 * (.cos(.pi * part) + 1)
            case .linear: (end - start) * part + start
            }
        }
    }

    /// A phase of the cycle: its last step, and the options that hold its start and end values.
    private struct Phase {
        var endStep: Double
        let startLr, endLr, startMomentum, endMomentum: String
    }

    private var totalSteps: Int
    private var phases: [Phase]
    private var annealStrategy: AnnealStrategy
    private var momentum: MomentumOption?
    private var problem: TorchError?

    /// Creates the schedule.
    ///
    /// - Parameters:
    ///   - optimizer: the optimizer whose learning rates are set.
    ///   - maxLr: the maximum of the cycle.
    ///   - totalSteps: the length of the cycle; nil is `epochs` times `stepsPerEpoch`.
    ///   - epochs: the number of passes over the data; needed if `totalSteps` is nil.
    ///   - stepsPerEpoch: the number of batches in a pass, such as the loader's `count`; needed if `totalSteps` is nil.
    ///   - pctStart: the part of the cycle in which the learning rate rises, from 0 to 1.
    ///   - annealStrategy: the curve from one learning rate, and momentum, to the next.
    ///   - cycleMomentum: whether the momentum (the first of betas) moves in the opposite direction.
    ///   - baseMomentum: the momentum at the maximum of the cycle.
    ///   - maxMomentum: the momentum at the start and end of the cycle.
    ///   - divFactor: the cycle starts at maxLr / divFactor.
    ///   - finalDivFactor: the cycle ends at the start value / finalDivFactor.
    ///   - threePhase: if true, the learning rate falls to its start value in as many steps as it rose, and to its end
    ///     value in the rest of the cycle.
    ///   - lastEpoch: the last step of a training that is resumed; -1 starts a new training.
    /// - Precondition: the length is positive, and pctStart is in [0, 1]. Lists have a number for each group. With
    ///   `cycleMomentum`, the optimizer has momentum or betas.
    public init(
        _ optimizer: Optimizer, maxLr: some GroupNumbers, totalSteps: Int? = nil, epochs: Int? = nil,
        stepsPerEpoch: Int? = nil, pctStart: Double = 0.3,
        annealStrategy: AnnealStrategy = .cos, cycleMomentum: Bool = true, baseMomentum: some GroupNumbers = 0.85,
        maxMomentum: some GroupNumbers = 0.95,
        divFactor: Double = 25, finalDivFactor: Double = 1e4, threePhase: Bool = false, lastEpoch: Int = -1
    ) {
        self.totalSteps = 0
        self.annealStrategy = annealStrategy
        phases = []
        do throws(TorchError) {
            let length = try Self.length(totalSteps, epochs, stepsPerEpoch)
            self.totalSteps = length
            phases = Self.phases(Double(length), pctStart, threePhase)
            guard pctStart >= 0, pctStart <= 1 else {
                throw TorchError(
                    .value, "Expected float between 0 and 1 pct_start, but got \(PythonText.repr(pctStart))")
            }
            let groups = optimizer.paramGroups
            let tops = try maxLr.groupNumbers("max_lr", count: groups.count)
            if cycleMomentum { momentum = try MomentumOption(optimizer) }
            let lower = try baseMomentum.groupNumbers("base_momentum", count: groups.count),
                upper = try maxMomentum.groupNumbers("max_momentum", count: groups.count)
            if lastEpoch == -1 {
                for (group, top) in zip(groups, tops) {
                    group["initial_lr"] = .double(top / divFactor)
                    group["max_lr"] = .double(top)
                    group["min_lr"] = .double(top / divFactor / finalDivFactor)
                }
                momentum?.start(base: lower, max: upper, in: groups)
            }
        } catch {
            problem = error
        }
        super.init(optimizer, lastEpoch: lastEpoch)
    }

    private static func length(_ totalSteps: Int?, _ epochs: Int?, _ stepsPerEpoch: Int?) throws(TorchError) -> Int {
        func positive(_ name: String, _ value: Int) throws(TorchError) -> Int {
            if value > 0 { return value }
            throw TorchError(.value, "Expected positive integer \(name), but got \(value)")
        }
        if let totalSteps { return try positive("total_steps", totalSteps) }
        guard let epochs, let stepsPerEpoch else {
            throw TorchError(.value, "You must define either total_steps OR (epochs AND steps_per_epoch)")
        }
        return try positive("epochs", epochs) * positive("steps_per_epoch", stepsPerEpoch)
    }

    private static func phases(_ length: Double, _ pctStart: Double, _ threePhase: Bool) -> [Phase] {
        let up = Phase(
            endStep: pctStart * length - 1, startLr: "initial_lr", endLr: "max_lr", startMomentum: "max_momentum",
            endMomentum: "base_momentum")
        if !threePhase {
            return [
                up,
                Phase(
                    endStep: length - 1, startLr: "max_lr", endLr: "min_lr", startMomentum: "base_momentum",
                    endMomentum: "max_momentum")
            ]
        }
        return [
            up,
            Phase(
                endStep: 2 * pctStart * length - 2, startLr: "max_lr", endLr: "initial_lr",
                startMomentum: "base_momentum", endMomentum: "max_momentum"),
            Phase(
                endStep: length - 1, startLr: "initial_lr", endLr: "min_lr", startMomentum: "max_momentum",
                endMomentum: "max_momentum")
        ]
    }

    /// Returns the learning rates of step `lastEpoch`, and sets the momentum.
    /// - Precondition: there are not more steps than in the cycle.
    public override func getLr() -> [Double] {
        guard lastEpoch <= totalSteps, !phases.isEmpty else {
            raise(.value, "Tried to step \(lastEpoch) times. The specified number of total steps is \(totalSteps)")
            return currentLr
        }
        let step = Double(lastEpoch)
        let number = phases.firstIndex { step <= $0.endStep } ?? phases.count - 1
        let phase = phases[number], start = number == 0 ? 0 : phases[number - 1].endStep
        let part = (step - start) / (phase.endStep - start)
        return optimizer.paramGroups.map { group in
            func value(_ start: String, _ end: String) -> Double {
                annealStrategy.value(from: group.number(start), to: group.number(end), at: part)
            }
            momentum?.set(value(phase.startMomentum, phase.endMomentum), in: group)
            return value(phase.startLr, phase.endLr)
        }
    }

    /// Returns the error of invalid options, or nil.
    public override func check() -> TorchError? { problem }

    /// The entries of the state dict, as in PyTorch.
    public override var fields: [ScheduleField] {
        var own: [ScheduleField] = [
            .int("total_steps", self, \.totalSteps), phasesField, .choice("_anneal_func_type", self, \.annealStrategy),
            .constant("cycle_momentum", .bool(momentum != nil))
        ]
        if let momentum { own.append(.constant("use_beta1", .bool(momentum == .beta1))) }
        return own + super.fields
    }

    private var phasesField: ScheduleField {
        let list = phases.map { phase -> StateValue in
            [
                "end_step": .double(phase.endStep), "start_lr": .string(phase.startLr), "end_lr": .string(phase.endLr),
                "start_momentum": .string(phase.startMomentum), "end_momentum": .string(phase.endMomentum)
            ]
        }
        return ScheduleField(name: "_schedule_phases", value: .list(list)) { [self] value in
            let loaded = (value.list ?? []).compactMap { entry -> Phase? in
                guard let end = entry["end_step"]?.double, let startLr = entry["start_lr"]?.string,
                    let endLr = entry["end_lr"]?.string,
                    let startMomentum = entry["start_momentum"]?.string, let endMomentum = entry["end_momentum"]?.string
                else { return nil }
                return Phase(
                    endStep: end, startLr: startLr, endLr: endLr, startMomentum: startMomentum, endMomentum: endMomentum
                )
            }
            guard !loaded.isEmpty, loaded.count == value.list?.count else { return false }
            phases = loaded
            return true
        }
    }
}
