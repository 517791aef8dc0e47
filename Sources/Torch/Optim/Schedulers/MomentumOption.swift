/// The option that moves against the learning rate: the first of the optimizer's betas if it has betas, else its
/// momentum.
enum MomentumOption {
    case beta1, momentum

    /// - Throws: `TorchError` if the optimizer has neither.
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

    /// Sets the maximum momentum, where a cycle starts. Stores both bounds in the group's options.
    func start(base: [Double], max: [Double], in groups: [ParamGroup]) {
        for (group, (base, max)) in zip(groups, zip(base, max)) {
            set(max, in: group)
            group["max_momentum"] = .double(max)
            group["base_momentum"] = .double(base)
        }
    }
}
