/// Stochastic gradient descent with optional momentum and Nesterov momentum. PyTorch: `torch.optim.SGD`.
///
///     let optimizer = SGD(model.parameters(), lr: 1e-3)
///     loss.backward(); optimizer.step(); optimizer.zeroGrad()
///
/// g = grad + weightDecay · p; b = momentum · b + (1 - dampening) · g (in the first step b = g);
/// p -= lr · (nesterov ? g + momentum · b : b).
public final class SGD: Optimizer {
    /// Creates the optimizer for parameter groups. A group's own options override the options given here.
    /// - Precondition: lr, momentum and weightDecay are not negative; nesterov needs momentum and zero dampening.
    @_disfavoredOverload
    public init(
        _ groups: [ParamGroup], lr: Double = 1e-3, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
        nesterov: Bool = false, maximize: Bool = false
    ) {
        super.init(
            groups,
            defaults: [
                ("lr", .double(lr)), ("momentum", .orZero(momentum)), ("dampening", .orZero(dampening)),
                ("weight_decay", .orZero(weightDecay)),
                ("nesterov", .bool(nesterov)), ("maximize", .bool(maximize)), ("foreach", .null),
                ("differentiable", .bool(false)), ("fused", .null)
            ])
    }

    /// Like the initializer for groups, for one list of parameters.
    public convenience init(
        _ params: [Tensor], lr: Double = 1e-3, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
        nesterov: Bool = false, maximize: Bool = false
    ) {
        self.init(
            [ParamGroup(params)], lr: lr, momentum: momentum, dampening: dampening, weightDecay: weightDecay,
            nesterov: nesterov, maximize: maximize)
    }

    /// The names of the state tensors, as in PyTorch's state dict.
    public override var stateNames: [String] { ["momentum_buffer"] }

    /// Returns the error of invalid options of a group, or nil.
    public override func check(_ group: ParamGroup) -> TorchError? {
        if let error = OptionCheck.notNegative(group, "lr", "Invalid learning rate")
            ?? OptionCheck.notNegative(group, "momentum", "Invalid momentum value")
            ?? OptionCheck.notNegative(group, "weight_decay", "Invalid weight_decay value")
            ?? OptionCheck.isFlag(group, "nesterov") ?? OptionCheck.isFlag(group, "maximize")
        {
            return error
        }
        guard group["dampening"]?.optionNumber != nil else {
            return TorchError(.value, "Invalid dampening value: \(group["dampening"]?.optionText ?? "None")")
        }
        if group.nesterov, group.momentum <= 0 || group.dampening != 0 {
            return TorchError(.value, "Nesterov momentum requires a momentum and zero dampening")
        }
        return nil
    }

    /// Updates every parameter that has a gradient.
    public override func step() {
        let range = profiled("step")
        defer { range.end() }
        guard beginStep() else { return }
        func list(first: Bool) -> StepList<SGDTensors, SGDStep> {
            StepList { $0.sgd($1, first: first, $2) }
        }
        var firsts = list(first: true), others = list(first: false)
        defer {
            firsts.finish()
            others.finish()
        }
        for group in paramGroups {
            let options = SGDStep(
                lr: group.lr, momentum: group.momentum, dampening: group.dampening, weightDecay: group.weightDecay,
                nesterov: group.nesterov, maximize: group.maximize)
            for (i, parameter) in group.params.enumerated() {
                guard let grad = parameter.accumulatedGrad else { continue }
                if grad.hasSparseForm {
                    noGrad { step(parameter, sparse: grad, &group.states[i], options) }
                    continue
                }
                if options.momentum == 0 {
                    let done = update(parameter, grad) { p, g in
                        others.add(SGDTensors(parameter: p, grad: g), of: parameter, p, options)
                    }
                    if !done { noGrad { step(parameter, grad, nil, options) } }
                    continue
                }
                let old = group.states[i].tensors.first ?? nil
                let buffer = old ?? Tensor.allocate(Layout(parameter.sizes), parameter.dtype, parameter.device)
                if buffer.isVoid { return }
                let done = update(parameter, grad, [buffer]) { p, g in
                    let tensors = SGDTensors(parameter: p, grad: g, momentumBuffer: buffer.dense)
                    if old != nil { return others.add(tensors, of: parameter, p, options) }
                    firsts.add(tensors, of: parameter, p, options)
                    group.states[i].tensors = [buffer]
                }
                if !done { noGrad { step(parameter, grad, old ?? grad.clone(), options) } }
            }
        }
    }

    /// Takes a step with a sparse gradient. The momentum is sparse too.
    private func step(_ parameter: Tensor, sparse grad: Tensor, _ state: inout ParameterState, _ options: SGDStep) {
        var change = options.maximize ? grad.neg() : grad
        if options.weightDecay != 0 { change = change.add(parameter, alpha: options.weightDecay) }
        if options.momentum != 0 {
            let old = state.tensors.first ?? nil
            let buffer =
                old.map { $0.mul_(options.momentum).add_(change, alpha: 1 - options.dampening) } ?? change.clone()
            if old == nil, !buffer.isVoid { state.tensors = [buffer] }
            change = options.nesterov ? change.add(buffer, alpha: options.momentum) : buffer
        }
        parameter.add_(change, alpha: -options.lr)
    }

    /// Takes a step with tensor operators. Used if the dtype, sizes or layout of the gradient or buffer differ from the
    /// parameter's. The operators decide what is allowed and raise their own errors.
    private func step(_ parameter: Tensor, _ grad: Tensor, _ buffer: Tensor?, _ options: SGDStep) {
        var change = options.maximize ? grad.neg() : grad
        if options.weightDecay != 0 { change = change.add(parameter, alpha: options.weightDecay) }
        if let buffer {
            buffer.mul_(options.momentum).add_(change, alpha: 1 - options.dampening)
            change = options.nesterov ? change.add(buffer, alpha: options.momentum) : buffer
        }
        parameter.add_(change, alpha: -options.lr)
    }
}
