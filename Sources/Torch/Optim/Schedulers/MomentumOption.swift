/// The option that a cycle moves against the learning rate: the first of an optimizer's betas, otherwise its momentum.
enum MomentumOption {
    case beta1, momentum

    /// - Throws: `TorchError` where the optimizer has neither.
    init(_ optimizer: Optimizer) throws(TorchError) {
        let names = optimizer.defaults.map(\.name)
        if names.contains("betas") {
            self = .beta1
        } else if names.contains("momentum") {
            self = .momentum
        } else {
            throw TorchError(.value, "optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
        }
    }

    func set(_ value: Double, in group: ParamGroup) {
        switch self {
        case .beta1: group.betas.0 = value
        case .momentum: group.momentum = value
        }
    }

    /// Sets the greatest momentum, which a cycle starts from, and notes both in the group's options.
    func start(base: [Double], max: [Double], in groups: [ParamGroup]) {
        for (group, (base, max)) in zip(groups, zip(base, max)) {
            set(max, in: group)
            group["max_momentum"] = .double(max)
            group["base_momentum"] = .double(base)
        }
    }
}
