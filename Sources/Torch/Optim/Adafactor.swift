import RealModule

/// Adafactor (Shazeer and Stern, 2018): stores the mean squares of a matrix only for its rows and its columns.
/// PyTorch: `torch.optim.Adafactor`.
public final class Adafactor: Optimizer {
    /// Creates the optimizer for parameter groups.
    ///
    /// - Parameters:
    ///   - groups: the parameters. A group's own options override the options given here.
    ///   - lr: the upper bound of the relative step size. Step t uses the smaller of lr and 1 / √t, times the root mean
    ///     square of the parameter.
    ///   - beta2Decay: step t moves the mean squares to the new squares by the factor t^beta2Decay.
    ///   - eps: two lower bounds: for the root of a mean square (nil: the epsilon of the parameter's dtype), and for
    ///     the root mean square of a parameter.
    ///   - d: the largest root mean square of an update before it is scaled.
    ///   - weightDecay: p -= lr · weightDecay · p before the step.
    ///   - maximize: whether to maximize the objective.
    /// - Precondition: lr, eps and weightDecay are not negative, beta2Decay is not positive, d is at least 1, and the
    ///   parameters are not complex.
    @_disfavoredOverload
    public init(
        _ groups: [ParamGroup], lr: Double = 1e-2, beta2Decay: Double = -0.8, eps: (Double?, Double) = (nil, 1e-3),
        d: Double = 1, weightDecay: Double = 0,
        maximize: Bool = false
    ) {
        super.init(
            groups,
            defaults: [
                ("lr", .double(lr)), ("beta2_decay", .double(beta2Decay)),
                ("eps", .tuple([eps.0.map { .double($0) } ?? .null, .double(eps.1)])), ("d", .double(d)),
                ("weight_decay", .double(weightDecay)), ("foreach", .null), ("maximize", .bool(maximize))
            ])
    }

    /// Like the initializer for groups, for one list of parameters.
    public convenience init(
        _ params: [Tensor], lr: Double = 1e-2, beta2Decay: Double = -0.8, eps: (Double?, Double) = (nil, 1e-3),
        d: Double = 1, weightDecay: Double = 0,
        maximize: Bool = false
    ) {
        self.init(
            [ParamGroup(params)], lr: lr, beta2Decay: beta2Decay, eps: eps, d: d, weightDecay: weightDecay,
            maximize: maximize)
    }

    /// The names of the state tensors, as in PyTorch's state dict.
    public override var stateNames: [String] { ["row_var", "col_var", "variance"] }
    /// True although no state tensor is required: a matrix has the first two state tensors, a vector the third.
    public override var countsSteps: Bool { true }

    /// Returns the sizes and dtype of a state tensor.
    public override func stateForm(_ number: Int, of parameter: Tensor) -> (sizes: [Int], dtype: DType) {
        var sizes = parameter.sizes
        if number < 2, sizes.count > 1 { sizes[sizes.count - 1 - number] = 1 }
        return (sizes, parameter.dtype)
    }

    /// Returns the error of invalid options of a group, or nil.
    public override func check(_ group: ParamGroup) -> TorchError? {
        if group.params.contains(where: \.dtype.isComplex) {
            return TorchError(.runtime, "Adafactor does not support complex parameters")
        }
        if let error = OptionCheck.notNegative(group, "lr", "Learning rate should be >= 0 but is") { return error }
        func text(_ name: String) -> String { group[name]?.optionText ?? "None" }
        guard let decay = group["beta2_decay"]?.optionNumber, decay <= 0 else {
            return TorchError(.value, "beta2_decay should be <= 0 but is: \(text("beta2_decay"))")
        }
        guard let eps = group["eps"]?.list, eps.count == 2 else {
            return TorchError(.value, "eps must be a pair of numbers")
        }
        for (i, value) in eps.enumerated() where i == 1 || !value.isNull {
            guard let number = value.optionNumber, number >= 0 else {
                return TorchError(.value, "epsilon\(i + 1) should be >= 0 but is: \(value.optionText)")
            }
        }
        guard let d = group["d"]?.optionNumber, d >= 1 else {
            return TorchError(.value, "Clipping threshold d should be >= 1 but is: \(text("d"))")
        }
        return OptionCheck.notNegative(group, "weight_decay", "weight_decay should be >= 0 but is")
            ?? OptionCheck.isFlag(group, "maximize")
    }

    /// Updates every parameter that has a gradient.
    public override func step() {
        updateEach(decay: .never) { group, p, g, memory in
            let lr = group.lr, step = Double(memory.step)
            let (eps, leastScale) = group.adafactorEps
            let least = eps ?? p.dtype.epsilon
            let part = Double.pow(step, group.beta2Decay)
            let scale =
                max(leastScale, p.norm().item() / Double(p.numel()).squareRoot()) * min(lr, 1 / step.squareRoot())
            if group.weightDecay != 0 { p.mul_(1 - lr * group.weightDecay) }
            let variance: Tensor
            if g.dim > 1 {
                let rows = memory.tensor(0), columns = memory.tensor(1)
                rows.lerp_(g.norm(dim: [-1], keepdim: true).square().div_(g.size(-1)), part)
                columns.lerp_(g.norm(dim: [-2], keepdim: true).square().div_(g.size(-2)), part)
                variance = rows.matmul(columns).div_(rows.mean(dim: -2, keepdim: true).clamp_(min: least))
            } else {
                variance = memory.tensor(2).lerp_(g.square(), part)
            }
            let update = variance.clamp(min: least * least).rsqrt_().mul_(g)
            let excess = max(1, update.norm().item() / (Double(update.numel()).squareRoot() * group.clippingThreshold))
            p.add_(update, alpha: -scale / excess)
        }
    }
}
