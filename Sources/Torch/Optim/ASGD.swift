import RealModule

/// Averaged stochastic gradient descent (Polyak and Juditsky, 1992). Each step shrinks the parameters a little. The
/// optimizer also keeps the mean of the parameters from step t0 on, as `ax` in their state.
/// PyTorch: `torch.optim.ASGD`.
///
/// p = (1 - lambd · η) · p - η · g, η = lr / (1 + lambd · lr · t)^alpha.
public final class ASGD: Optimizer {
    /// Creates the optimizer for parameter groups. A group's own options override the options given here.
    /// - Precondition: lr, lambd, alpha and weightDecay are not negative.
    @_disfavoredOverload
    public init(
        _ groups: [ParamGroup], lr: Double = 1e-2, lambd: Double = 1e-4, alpha: Double = 0.75, t0: Double = 1e6,
        weightDecay: Double = 0, maximize: Bool = false
    ) {
        super.init(
            groups,
            defaults: [
                ("lr", .double(lr)), ("lambd", .double(lambd)), ("alpha", .double(alpha)), ("t0", .double(t0)),
                ("weight_decay", .orZero(weightDecay)),
                ("foreach", .null), ("maximize", .bool(maximize)), ("differentiable", .bool(false)),
                ("capturable", .bool(false))
            ])
    }

    /// Like the initializer for groups, for one list of parameters.
    public convenience init(
        _ params: [Tensor], lr: Double = 1e-2, lambd: Double = 1e-4, alpha: Double = 0.75, t0: Double = 1e6,
        weightDecay: Double = 0, maximize: Bool = false
    ) {
        self.init(
            [ParamGroup(params)], lr: lr, lambd: lambd, alpha: alpha, t0: t0, weightDecay: weightDecay,
            maximize: maximize)
    }

    /// The names of the state tensors, as in PyTorch's state dict.
    public override var stateNames: [String] { ["eta", "mu", "ax"] }
    /// How many of `stateNames` a loaded state must contain.
    public override var requiredStateNames: Int { 3 }

    /// Returns the sizes and dtype of a state tensor.
    public override func stateForm(_ number: Int, of parameter: Tensor) -> (sizes: [Int], dtype: DType) {
        number < 2 ? ([], .float32) : super.stateForm(number, of: parameter)
    }

    /// Returns the error of invalid options of a group, or nil.
    public override func check(_ group: ParamGroup) -> TorchError? {
        OptionCheck.notNegative(group, "lr", "Invalid learning rate") ?? OptionCheck.notNegative(
            group, "lambd", "Invalid lambd value")
            ?? OptionCheck.notNegative(group, "alpha", "Invalid alpha value") ?? OptionCheck.notNegative(
                group, "weight_decay", "Invalid weight_decay value")
            ?? OptionCheck.isFlag(group, "maximize")
    }

    /// Updates every parameter that has a gradient.
    public override func step() {
        updateEach { group, p, g, memory in
            let lr = group.lr, lambd = group.lambd, step = Double(memory.step)
            let eta = memory.tensor(0, initial: lr), mu = memory.tensor(1, initial: 1), mean = memory.tensor(2)
            p.mul_(1 - lambd * eta.item())
            p.add_(g, alpha: -eta.item())
            if mu.item() == 1 { mean.copy_(p) } else { mean.add_(p.sub(mean), alpha: mu.item()) }
            eta.fill_(lr / .pow(1 + lambd * lr * step, group.alpha))
            mu.fill_(1 / max(1, step - group.t0))
        }
    }
}
