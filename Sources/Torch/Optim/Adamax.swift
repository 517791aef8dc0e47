import RealModule

/// Adamax (Kingma and Ba, 2015): Adam with the largest recent gradient magnitude instead of the mean square.
/// PyTorch: `torch.optim.Adamax`.
///
/// m is the running mean of g; u = max(β2 · u, |g| + eps); p -= lr / (1 - β1^t) · m / u.
public final class Adamax: Optimizer {
    /// Creates the optimizer for parameter groups. A group's own options override the options given here.
    /// - Precondition: as for `Adam`.
    @_disfavoredOverload
    public init(
        _ groups: [ParamGroup], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        weightDecay: Double = 0, maximize: Bool = false
    ) {
        super.init(
            groups,
            defaults: [
                ("lr", .double(lr)), ("betas", .tuple([.double(betas.0), .double(betas.1)])), ("eps", .double(eps)),
                ("weight_decay", .orZero(weightDecay)),
                ("foreach", .null), ("maximize", .bool(maximize)), ("differentiable", .bool(false)),
                ("capturable", .bool(false))
            ])
    }

    /// Like the initializer for groups, for one list of parameters.
    public convenience init(
        _ params: [Tensor], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        weightDecay: Double = 0, maximize: Bool = false
    ) {
        self.init([ParamGroup(params)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, maximize: maximize)
    }

    /// The names of the state tensors, as in PyTorch's state dict.
    public override var stateNames: [String] { ["exp_avg", "exp_inf"] }
    /// How many of `stateNames` a loaded state must contain.
    public override var requiredStateNames: Int { 2 }
    /// Returns the error of invalid options of a group, or nil.
    public override func check(_ group: ParamGroup) -> TorchError? { OptionCheck.adamLike(group) }

    /// Updates every parameter that has a gradient.
    public override func step() {
        updateEach { group, p, g, memory in
            let betas = group.betas
            let mean = memory.tensor(0), greatest = memory.tensor(1)
            mean.lerp_(g, 1 - betas.0)
            greatest.copy_(greatest.mul(betas.1).maximum(g.abs().add_(group.eps)))
            p.addcdiv_(mean, greatest, value: -group.lr / (1 - .pow(betas.0, memory.step)))
        }
    }
}
