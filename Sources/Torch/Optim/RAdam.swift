import RealModule

/// RAdam (Liu et al., 2020): Adam that uses only the mean gradient while the mean square has too few steps.
/// PyTorch: `torch.optim.RAdam`.
///
/// ρ = ρ∞ - 2t · β2^t / (1 - β2^t), ρ∞ = 2 / (1 - β2) - 1. If ρ > 5, the step is Adam's step times
/// √((ρ - 4)(ρ - 2)ρ∞ / ((ρ∞ - 4)(ρ∞ - 2)ρ)), else it is lr · m / (1 - β1^t).
public final class RAdam: Optimizer {
    /// Creates the optimizer for parameter groups.
    ///
    /// - Parameters:
    ///   - groups: the parameters. A group's own options override the options given here.
    ///   - lr: the learning rate.
    ///   - betas: β1 and β2, the parts of the running means of g and g² that each step keeps.
    ///   - eps: added to the root of the mean square in the denominator.
    ///   - weightDecay: adds weightDecay · p to the gradient. If decoupled, subtracts lr · weightDecay · p from p
    ///     instead.
    ///   - decoupledWeightDecay: whether weight decay is decoupled, as in `AdamW`.
    ///   - maximize: whether to maximize the objective.
    /// - Precondition: as for `Adam`.
    @_disfavoredOverload
    public init(
        _ groups: [ParamGroup], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        weightDecay: Double = 0,
        decoupledWeightDecay: Bool = false, maximize: Bool = false
    ) {
        super.init(
            groups,
            defaults: [
                ("lr", .double(lr)), ("betas", .tuple([.double(betas.0), .double(betas.1)])), ("eps", .double(eps)),
                ("weight_decay", .orZero(weightDecay)),
                ("maximize", .bool(maximize)), ("foreach", .null), ("capturable", .bool(false)),
                ("decoupled_weight_decay", .bool(decoupledWeightDecay)),
                ("differentiable", .bool(false))
            ])
    }

    /// Like the initializer for groups, for one list of parameters.
    public convenience init(
        _ params: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        weightDecay: Double = 0,
        decoupledWeightDecay: Bool = false, maximize: Bool = false
    ) {
        self.init(
            [ParamGroup(params)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay,
            decoupledWeightDecay: decoupledWeightDecay, maximize: maximize)
    }

    /// The names of the state tensors, as in PyTorch's state dict.
    public override var stateNames: [String] { ["exp_avg", "exp_avg_sq"] }
    /// How many of `stateNames` a loaded state must contain.
    public override var requiredStateNames: Int { 2 }
    /// Returns the error of invalid options of a group, or nil.
    public override func check(_ group: ParamGroup) -> TorchError? {
        OptionCheck.adamLike(group) ?? OptionCheck.isFlag(group, "decoupled_weight_decay")
    }

    /// Updates every parameter that has a gradient.
    public override func step() {
        updateEach { group, p, g, memory in
            let betas = group.betas, step = memory.step
            let mean = memory.tensor(0), square = memory.tensor(1)
            mean.lerp_(g, 1 - betas.0)
            square.mul_(betas.1).addcmul_(g, g, value: 1 - betas.1)
            let correction1 = 1 - Double.pow(betas.0, step), correction2 = 1 - Double.pow(betas.1, step)
            let most = 2 / (1 - betas.1) - 1
            let length = most - 2 * Double(step) * .pow(betas.1, step) / correction2
            let lr = group.lr / correction1
            if length > 5 {
                let rectified = ((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)).squareRoot()
                p.addcdiv_(mean, square.sqrt().add_(group.eps), value: -lr * correction2.squareRoot() * rectified)
            } else {
                p.add_(mean, alpha: -lr)
            }
        }
    }
}
