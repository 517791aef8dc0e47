/// Adadelta (Zeiler, 2012): scales the step by the size of recent steps, so it needs no tuned learning rate.
/// PyTorch: `torch.optim.Adadelta`.
///
/// v and a are the running means of g² and d²; d = √(a + eps) / √(v + eps) · g; p -= lr · d.
public final class Adadelta: Optimizer {
    /// Creates the optimizer for parameter groups. A group's own options override the options given here.
    /// - Precondition: lr, eps and weightDecay are not negative, and rho is in [0, 1].
    @_disfavoredOverload
    public init(
        _ groups: [ParamGroup], lr: Double = 1, rho: Double = 0.9, eps: Double = 1e-6, weightDecay: Double = 0,
        maximize: Bool = false
    ) {
        super.init(
            groups,
            defaults: [
                ("lr", .double(lr)), ("rho", .double(rho)), ("eps", .double(eps)),
                ("weight_decay", .orZero(weightDecay)), ("maximize", .bool(maximize)),
                ("capturable", .bool(false)), ("foreach", .null), ("differentiable", .bool(false))
            ])
    }

    /// Like the initializer for groups, for one list of parameters.
    public convenience init(
        _ params: [Tensor], lr: Double = 1, rho: Double = 0.9, eps: Double = 1e-6, weightDecay: Double = 0,
        maximize: Bool = false
    ) {
        self.init([ParamGroup(params)], lr: lr, rho: rho, eps: eps, weightDecay: weightDecay, maximize: maximize)
    }

    /// The names of the state tensors, as in PyTorch's state dict.
    public override var stateNames: [String] { ["square_avg", "acc_delta"] }
    /// How many of `stateNames` a loaded state must contain.
    public override var requiredStateNames: Int { 2 }

    /// Returns the error of invalid options of a group, or nil.
    public override func check(_ group: ParamGroup) -> TorchError? {
        if let error = OptionCheck.notNegative(group, "lr", "Invalid learning rate")
            ?? OptionCheck.notNegative(group, "rho", "Invalid rho value")
        {
            return error
        }
        if group.rho > 1 {
            return TorchError(.value, "Invalid rho value: \(group["rho"]?.optionText ?? "None")")
        }
        return OptionCheck.notNegative(group, "eps", "Invalid epsilon value") ?? OptionCheck.notNegative(
            group, "weight_decay", "Invalid weight_decay value")
            ?? OptionCheck.isFlag(group, "maximize")
    }

    /// Updates every parameter that has a gradient.
    public override func step() {
        updateEach { group, p, g, memory in
            let rho = group.rho, eps = group.eps
            let square = memory.tensor(0), accumulated = memory.tensor(1)
            square.mul_(rho).addcmul_(g, g, value: 1 - rho)
            let delta = accumulated.add(eps).sqrt_().div_(square.add(eps).sqrt_()).mul_(g)
            accumulated.mul_(rho).addcmul_(delta, delta, value: 1 - rho)
            p.add_(delta, alpha: -group.lr)
        }
    }
}
