/// Resilient propagation (Riedmiller and Braun, 1993): steps by the gradient's sign alone, longer while it stays and
/// shorter when it turns. PyTorch: `torch.optim.Rprop`.
public final class Rprop: Optimizer {
    /// - Parameters:
    ///   - groups: the parameters; a group's own options come before the ones given here.
    ///   - lr: the size of each element's first step.
    ///   - etas: by what a step's size is multiplied when the sign turned, and when it stayed.
    ///   - stepSizes: the least and the greatest step.
    ///   - maximize: whether the objective is to grow.
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

    public convenience init(
        _ params: [Tensor], lr: Double = 1e-2, etas: (Double, Double) = (0.5, 1.2),
        stepSizes: (Double, Double) = (1e-6, 50), maximize: Bool = false
    ) {
        self.init([ParamGroup(params)], lr: lr, etas: etas, stepSizes: stepSizes, maximize: maximize)
    }

    public override var stateNames: [String] { ["prev", "step_size"] }
    public override var requiredStateNames: Int { 2 }

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

    public override func step() {
        updateEach(decay: .never) { group, p, g, memory in
            guard let etas = group.pair("etas"), let sizes = group.pair("step_sizes") else { return }
            let previous = memory.tensor(0), size = memory.tensor(1, initial: group.lr)
            let turn = g.mul(previous)
            let turned = turn.lt(0)
            let factor = Tensor.onesLike(turn).maskedFill_(turn.gt(0), etas.1).maskedFill_(turned, etas.0)
            size.mul_(factor).clamp_(min: sizes.0, max: sizes.1)
            // Where the sign turned there is no step now, and the next one counts as the first.
            previous.copy_(g.maskedFill(turned, 0))
            p.addcmul_(previous.sign(), size, value: -1)
        }
    }
}

extension ParamGroup {
    /// An option that is two numbers.
    func pair(_ name: String) -> (Double, Double)? {
        guard let list = self[name]?.list, list.count == 2, let a = list[0].optionNumber, let b = list[1].optionNumber
        else { return nil }
        return (a, b)
    }
}
