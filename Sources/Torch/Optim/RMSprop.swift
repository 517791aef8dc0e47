/// RMSprop (Hinton, 2012): divides the gradient by the root of its recent mean square. PyTorch: `torch.optim.RMSprop`.
///
/// v is the running mean of g². If `centered`, the square of the running mean of g is subtracted.
/// b = momentum · b + g / (√v + eps); p -= lr · b.
public final class RMSprop: Optimizer {
    /// Creates the optimizer for parameter groups. A group's own options override the options given here.
    /// - Precondition: no number is negative.
    @_disfavoredOverload
    public init(
        _ groups: [ParamGroup], lr: Double = 1e-2, alpha: Double = 0.99, eps: Double = 1e-8, weightDecay: Double = 0,
        momentum: Double = 0,
        centered: Bool = false, maximize: Bool = false
    ) {
        super.init(
            groups,
            defaults: [
                ("lr", .double(lr)), ("momentum", .orZero(momentum)), ("alpha", .double(alpha)), ("eps", .double(eps)),
                ("centered", .bool(centered)),
                ("weight_decay", .orZero(weightDecay)), ("capturable", .bool(false)), ("foreach", .null),
                ("maximize", .bool(maximize)), ("differentiable", .bool(false))
            ])
    }

    /// Like the initializer for groups, for one list of parameters.
    public convenience init(
        _ params: [Tensor], lr: Double = 1e-2, alpha: Double = 0.99, eps: Double = 1e-8, weightDecay: Double = 0,
        momentum: Double = 0,
        centered: Bool = false, maximize: Bool = false
    ) {
        self.init(
            [ParamGroup(params)], lr: lr, alpha: alpha, eps: eps, weightDecay: weightDecay, momentum: momentum,
            centered: centered, maximize: maximize)
    }

    /// The names of the state tensors, as in PyTorch's state dict.
    public override var stateNames: [String] { ["square_avg", "momentum_buffer", "grad_avg"] }
    /// How many of `stateNames` a loaded state must contain.
    public override var requiredStateNames: Int { 1 }

    /// Returns the error of invalid options of a group, or nil.
    public override func check(_ group: ParamGroup) -> TorchError? {
        OptionCheck.notNegative(group, "lr", "Invalid learning rate") ?? OptionCheck.notNegative(
            group, "eps", "Invalid epsilon value")
            ?? OptionCheck.notNegative(group, "momentum", "Invalid momentum value") ?? OptionCheck.notNegative(
                group, "weight_decay", "Invalid weight_decay value")
            ?? OptionCheck.notNegative(group, "alpha", "Invalid alpha value") ?? OptionCheck.isFlag(group, "centered")
            ?? OptionCheck.isFlag(group, "maximize")
    }

    /// Updates every parameter that has a gradient.
    public override func step() {
        updateEach { group, p, g, memory in
            let alpha = group.alpha, momentum = group.momentum
            let square = memory.tensor(0)
            square.mul_(alpha).addcmul_(g, g, value: 1 - alpha)
            let root: Tensor
            if group.centered {
                let mean = memory.tensor(2).lerp_(g, 1 - alpha)
                root = square.addcmul(mean, mean, value: -1).sqrt_().add_(group.eps)
            } else {
                root = square.sqrt().add_(group.eps)
            }
            if momentum > 0 {
                p.add_(memory.tensor(1).mul_(momentum).addcdiv_(g, root), alpha: -group.lr)
            } else {
                p.addcdiv_(g, root, value: -group.lr)
            }
        }
    }
}
