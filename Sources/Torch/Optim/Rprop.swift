/// Resilient propagation (Riedmiller and Braun, 1993): uses only the sign of the gradient. The step grows while the
/// sign stays, and shrinks when it changes. PyTorch: `torch.optim.Rprop`.
public final class Rprop: Optimizer {
    /// Creates the optimizer for parameter groups.
    ///
    /// - Parameters:
    ///   - groups: the parameters. A group's own options override the options given here.
    ///   - lr: the size of each element's first step.
    ///   - etas: the factors of the step size if the sign changed, and if it stayed.
    ///   - stepSizes: the smallest and the largest step.
    ///   - maximize: whether to maximize the objective.
    /// - Precondition: lr is not negative; 0 < etas.0 < 1 < etas.1.
    @_disfavoredOverload
    public init(
        _ groups: [ParamGroup], lr: Double = 1e-2, etas: (Double, Double) = (0.5, 1.2),
        stepSizes: (Double, Double) = (1e-6, 50), maximize: Bool = false
    ) {
        super.init(
            groups,
            defaults: [
                ("lr", .double(lr)), ("etas", .tuple([.double(etas.0), .double(etas.1)])),
                ("step_sizes", .tuple([.double(stepSizes.0), .double(stepSizes.1)])),
                ("foreach", .null), ("maximize", .bool(maximize)), ("differentiable", .bool(false)),
                ("capturable", .bool(false))
            ])
    }

    /// Like the initializer for groups, for one list of parameters.
    public convenience init(
        _ params: [Tensor], lr: Double = 1e-2, etas: (Double, Double) = (0.5, 1.2),
        stepSizes: (Double, Double) = (1e-6, 50), maximize: Bool = false
    ) {
        self.init([ParamGroup(params)], lr: lr, etas: etas, stepSizes: stepSizes, maximize: maximize)
    }

    /// The names of the state tensors, as in PyTorch's state dict.
    public override var stateNames: [String] { ["prev", "step_size"] }
    /// How many of `stateNames` a loaded state must contain.
    public override var requiredStateNames: Int { 2 }

    /// Returns the error of invalid options of a group, or nil.
    public override func check(_ group: ParamGroup) -> TorchError? {
        if let error = OptionCheck.notNegative(group, "lr", "Invalid learning rate") { return error }
        guard let etas = group.pair("etas"), group.pair("step_sizes") != nil else {
            return TorchError(.value, "etas and step_sizes must be pairs of numbers")
        }
        guard 0 < etas.0, etas.0 < 1, 1 < etas.1 else {
            return TorchError(.value, "Invalid eta values: \(PythonText.repr(etas.0)), \(PythonText.repr(etas.1))")
        }
        return OptionCheck.isFlag(group, "maximize")
    }

    /// Updates every parameter that has a gradient.
    public override func step() {
        updateEach(decay: .never) { group, p, g, memory in
            let etas = group.etas, sizes = group.stepSizes
            let previous = memory.tensor(0), size = memory.tensor(1, initial: group.lr)
            let turn = g.mul(previous)
            let turned = turn.lt(0)
            let factor = Tensor.onesLike(turn).maskedFill_(turn.gt(0), etas.1).maskedFill_(turned, etas.0)
            size.mul_(factor).clamp_(min: sizes.0, max: sizes.1)
            // An element whose sign changed takes no step now, and its next step counts as the first.
            previous.copy_(g.maskedFill(turned, 0))
            p.addcmul_(previous.sign(), size, value: -1)
        }
    }
}
