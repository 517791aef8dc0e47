/// Adagrad (Duchi et al., 2011): each element has its own learning rate, which falls as its squared gradients add up.
/// PyTorch: `torch.optim.Adagrad`.
///
/// s += g²; p -= lr / (1 + (t - 1) · lrDecay) · g / (√s + eps).
public final class Adagrad: Optimizer {
    /// Creates the optimizer for parameter groups. A group's own options override the options given here.
    /// - Precondition: no option is negative.
    @_disfavoredOverload
    public init(
        _ groups: [ParamGroup], lr: Double = 1e-2, lrDecay: Double = 0, weightDecay: Double = 0,
        initialAccumulatorValue: Double = 0, eps: Double = 1e-10, maximize: Bool = false
    ) {
        super.init(
            groups,
            defaults: [
                ("lr", .double(lr)), ("lr_decay", .orZero(lrDecay)), ("eps", .double(eps)),
                ("weight_decay", .orZero(weightDecay)),
                ("initial_accumulator_value", .orZero(initialAccumulatorValue)), ("foreach", .null),
                ("maximize", .bool(maximize)),
                ("differentiable", .bool(false)), ("fused", .null)
            ])
        for group in paramGroups {
            for i in group.params.indices {
                group.states[i].step = 0
                _ = ParameterMemory(optimizer: self, group: group, index: i).tensor(0, initial: initialAccumulatorValue)
            }
        }
    }

    /// Like the initializer for groups, for one list of parameters.
    public convenience init(
        _ params: [Tensor], lr: Double = 1e-2, lrDecay: Double = 0, weightDecay: Double = 0,
        initialAccumulatorValue: Double = 0, eps: Double = 1e-10, maximize: Bool = false
    ) {
        self.init(
            [ParamGroup(params)], lr: lr, lrDecay: lrDecay, weightDecay: weightDecay,
            initialAccumulatorValue: initialAccumulatorValue, eps: eps, maximize: maximize)
    }

    /// The names of the state tensors, as in PyTorch's state dict.
    public override var stateNames: [String] { ["sum"] }
    /// How many of `stateNames` a loaded state must contain.
    public override var requiredStateNames: Int { 1 }

    /// Returns the error of invalid options of a group, or nil.
    public override func check(_ group: ParamGroup) -> TorchError? {
        OptionCheck.notNegative(group, "lr", "Invalid learning rate") ?? OptionCheck.notNegative(
            group, "lr_decay", "Invalid lr_decay value")
            ?? OptionCheck.notNegative(group, "weight_decay", "Invalid weight_decay value")
            ?? OptionCheck.notNegative(group, "initial_accumulator_value", "Invalid initial_accumulator_value value")
            ?? OptionCheck.notNegative(group, "eps", "Invalid epsilon value") ?? OptionCheck.isFlag(group, "maximize")
    }

    /// Updates every parameter that has a gradient.
    public override func step() {
        updateEach(takesSparseGradients: true) { group, p, g, memory in
            let sum = memory.tensor(0, initial: group.initialAccumulatorValue)
            let lr = group.lr / (1 + Double(memory.step - 1) * group.lrDecay)
            if g.hasSparseForm {
                // Only the rows of the gradient change, and those at one place count once.
                let g = g.coalesce()
                sum.add_(g.pow(2))
                let deviation = sum.sparseMask(g)._values().sqrt_().add_(group.eps)
                p.add_(g.withValues(g._values().div(deviation), ""), alpha: -lr)
                return
            }
            sum.addcmul_(g, g)
            p.addcdiv_(g, sum.sqrt().add_(group.eps), value: -lr)
        }
    }
}
