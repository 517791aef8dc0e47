import RealModule

/// Moves the learning rate up and down between two bounds, in every batch (Smith, 2017).
/// PyTorch: `torch.optim.lr_scheduler.CyclicLR`.
public final class CyclicLR: LRScheduler {
    /// How the height of the cycles changes.
    public enum Mode: String, Sendable {
        /// All cycles have the same height.
        case triangular
        /// Each cycle is half as high as the one before.
        case triangular2
        /// The height is gamma to the power of the step.
        case expRange = "exp_range"
    }

    /// The argument of `scaleFn`.
    public enum ScaleMode: String, Sendable {
        /// The number of the cycle (from 1), or the number of the step.
        case cycle, iterations
    }

    private var maxLrs: [Double] = []
    private var totalSize: Double
    private var stepRatio: Double
    private var mode: Mode
    private var gamma: Double
    private let scaleFn: ((Double) -> Double)?
    private var scaleMode: ScaleMode
    private var momentum: MomentumOption?
    private var baseMomentums: [Double] = []
    private var maxMomentums: [Double] = []
    private var problem: TorchError?

    /// Creates the schedule.
    ///
    /// - Parameters:
    ///   - optimizer: the optimizer whose learning rates are set.
    ///   - baseLr: the lower bound, at the start and end of each cycle.
    ///   - maxLr: the upper bound, which a cycle of full height reaches.
    ///   - stepSizeUp: the number of steps from the lower to the upper bound.
    ///   - stepSizeDown: the number of steps back; nil is `stepSizeUp`.
    ///   - mode: how the height of the cycles changes.
    ///   - gamma: the factor of the height in each step, for `.expRange`.
    ///   - scaleFn: a function that returns the height of a cycle. It replaces `mode`. Its argument is given by
    ///     `scaleMode`.
    ///   - scaleMode: the argument of `scaleFn`: the number of the cycle (from 1), or of the step.
    ///   - cycleMomentum: whether the momentum (the first of betas) moves in the opposite direction, between its own
    ///     bounds.
    ///   - baseMomentum: the momentum at the upper bound of the learning rate.
    ///   - maxMomentum: the momentum at the lower bound of the learning rate, where a cycle starts.
    ///   - lastEpoch: the last step of a training that is resumed; -1 starts a new training.
    /// - Precondition: lists have a number for each group. With `cycleMomentum`, the optimizer has momentum or betas.
    public init(
        _ optimizer: Optimizer, baseLr: some GroupNumbers, maxLr: some GroupNumbers, stepSizeUp: Int = 2000,
        stepSizeDown: Int? = nil, mode: Mode = .triangular,
        gamma: Double = 1, scaleFn: ((Double) -> Double)? = nil, scaleMode: ScaleMode = .cycle,
        cycleMomentum: Bool = true,
        baseMomentum: some GroupNumbers = 0.8, maxMomentum: some GroupNumbers = 0.9, lastEpoch: Int = -1
    ) {
        totalSize = Double(stepSizeUp) + Double(stepSizeDown ?? stepSizeUp)
        stepRatio = Double(stepSizeUp) / totalSize
        self.mode = mode
        self.gamma = gamma
        self.scaleFn = scaleFn
        self.scaleMode = scaleFn != nil ? scaleMode : mode == .expRange ? .iterations : .cycle
        let groups = optimizer.paramGroups
        var lower: [Double] = []
        do throws(TorchError) {
            lower = try baseLr.groupNumbers("base_lr", count: groups.count)
            maxLrs = try maxLr.groupNumbers("max_lr", count: groups.count)
            if cycleMomentum {
                momentum = try MomentumOption(optimizer)
                baseMomentums = try baseMomentum.groupNumbers("base_momentum", count: groups.count)
                maxMomentums = try maxMomentum.groupNumbers("max_momentum", count: groups.count)
            }
            if lastEpoch == -1 {
                for (group, lr) in zip(groups, lower) { group.lr = lr }
                momentum?.start(base: baseMomentums, max: maxMomentums, in: groups)
            }
        } catch {
            problem = error
        }
        super.init(optimizer, lastEpoch: lastEpoch)
        if problem == nil { baseLrs = lower }
    }

    /// Returns the learning rates of the current epoch, computed from those of the previous one.
    public override func getLr() -> [Double] {
        let position = Double(lastEpoch) / totalSize
        let cycle = (1 + position).rounded(.down)
        let x = 1 + position - cycle
        let height = x <= stepRatio ? x / stepRatio : (x - 1) / (stepRatio - 1)
        let scale = scale(scaleMode == .cycle ? cycle : Double(lastEpoch))
        if let momentum {
            for (group, (base, max)) in zip(optimizer.paramGroups, zip(baseMomentums, maxMomentums)) {
                momentum.set(max - (max - base) * height * scale, in: group)
            }
        }
        return zip(baseLrs, maxLrs).map { $0 + ($1 - $0) * height * scale }
    }

    private func scale(_ x: Double) -> Double {
        if let scaleFn { return scaleFn(x) }
        return switch mode {
        case .triangular: 1
        case .triangular2: 1 / .pow(2, x - 1)
        case .expRange: .pow(gamma, x)
        }
    }

    /// Returns the error of invalid options, or nil.
    public override func check() -> TorchError? { problem }

    /// The entries of the state dict, as in PyTorch.
    public override var fields: [ScheduleField] {
        var own: [ScheduleField] = [
            .numbers("max_lrs", self, \.maxLrs), .number("total_size", self, \.totalSize),
            .number("step_ratio", self, \.stepRatio), .choice("mode", self, \.mode),
            .number("gamma", self, \.gamma), .choice("scale_mode", self, \.scaleMode),
            .constant("cycle_momentum", .bool(momentum != nil))
        ]
        if let momentum {
            own += [
                .constant("use_beta1", .bool(momentum == .beta1)), .numbers("base_momentums", self, \.baseMomentums),
                .numbers("max_momentums", self, \.maxMomentums)
            ]
        }
        return own + super.fields + [.constant("_scale_fn_custom", .null)]
    }
}
