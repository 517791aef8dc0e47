import RealModule

/// NAdam (Dozat, 2016): Adam with Nesterov momentum. PyTorch: `torch.optim.NAdam`.
///
/// μ_t = β1 · (1 - 0.96^(t · momentumDecay) / 2). The step is the sum of the gradient times (1 - μ_t) / (1 - Π μ) and
/// of its running mean times μ_(t+1) / (1 - Π μ · μ_(t+1)), divided as in Adam.
public final class NAdam: Optimizer {
    /// Creates the optimizer for parameter groups.
    ///
    /// - Parameters:
    ///   - groups: the parameters. A group's own options override the options given here.
    ///   - lr: the learning rate.
    ///   - betas: β1 and β2, the parts of the running means of g and g² that each step keeps.
    ///   - eps: added to the root of the mean square in the denominator.
    ///   - weightDecay: adds weightDecay · p to the gradient. If decoupled, subtracts lr · weightDecay · p from p
    ///     instead.
    ///   - momentumDecay: how fast μ rises from β1 / 2 to β1.
    ///   - decoupledWeightDecay: whether weight decay is decoupled, as in `AdamW`.
    ///   - maximize: whether to maximize the objective.
    /// - Precondition: as for `Adam`; momentumDecay is not negative.
    @_disfavoredOverload
    public init(
        _ groups: [ParamGroup], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        weightDecay: Double = 0,
        momentumDecay: Double = 4e-3, decoupledWeightDecay: Bool = false, maximize: Bool = false
    ) {
        super.init(
            groups,
            defaults: [
                ("lr", .double(lr)), ("betas", .tuple([.double(betas.0), .double(betas.1)])), ("eps", .double(eps)),
                ("weight_decay", .orZero(weightDecay)),
                ("momentum_decay", .double(momentumDecay)), ("decoupled_weight_decay", .bool(decoupledWeightDecay)),
                ("maximize", .bool(maximize)),
                ("foreach", .null), ("capturable", .bool(false)), ("differentiable", .bool(false))
            ])
    }

    /// Like the initializer for groups, for one list of parameters.
    public convenience init(
        _ params: [Tensor], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        weightDecay: Double = 0,
        momentumDecay: Double = 4e-3, decoupledWeightDecay: Bool = false, maximize: Bool = false
    ) {
        self.init(
            [ParamGroup(params)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay,
            momentumDecay: momentumDecay,
            decoupledWeightDecay: decoupledWeightDecay, maximize: maximize)
    }

    /// The names of the state tensors, as in PyTorch's state dict.
    public override var stateNames: [String] { ["mu_product", "exp_avg", "exp_avg_sq"] }
    /// How many of `stateNames` a loaded state must contain.
    public override var requiredStateNames: Int { 3 }

    /// Returns the sizes and dtype of a state tensor.
    public override func stateForm(_ number: Int, of parameter: Tensor) -> (sizes: [Int], dtype: DType) {
        number == 0 ? ([], .float32) : super.stateForm(number, of: parameter)
    }

    /// Returns the error of invalid options of a group, or nil.
    public override func check(_ group: ParamGroup) -> TorchError? {
        OptionCheck.adamLike(group) ?? OptionCheck.notNegative(group, "momentum_decay", "Invalid momentum_decay value")
            ?? OptionCheck.isFlag(group, "decoupled_weight_decay")
    }

    /// Updates every parameter that has a gradient.
    public override func step() {
        updateEach { group, p, g, memory in
            let betas = group.betas, lr = group.lr, step = memory.step, momentumDecay = group.momentumDecay
            func mu(_ step: Int) -> Double { betas.0 * (1 - 0.5 * .pow(0.96, Double(step) * momentumDecay)) }
            let product = memory.tensor(0, initial: 1).mul_(mu(step)).item()
            let mean = memory.tensor(1), square = memory.tensor(2)
            mean.lerp_(g, 1 - betas.0)
            square.mul_(betas.1).addcmul_(g, g, value: 1 - betas.1)
            let denominator = square.div(1 - .pow(betas.1, step)).sqrt_().add_(group.eps)
            p.addcdiv_(g, denominator, value: -lr * (1 - mu(step)) / (1 - product))
            p.addcdiv_(mean, denominator, value: -lr * mu(step + 1) / (1 - product * mu(step + 1)))
        }
    }
}
