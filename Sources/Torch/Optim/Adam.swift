import RealModule

/// The base class of Adam and AdamW, which differ only in the weight decay.
public class AdamBase: Optimizer {
    private let decoupled: Bool

    init(
        _ groups: [ParamGroup], lr: Double, betas: (Double, Double), eps: Double, weightDecay: StateValue,
        amsgrad: Bool, maximize: Bool, capturable: Bool, decoupled: Bool
    ) {
        self.decoupled = decoupled
        super.init(
            groups,
            defaults: [
                ("lr", .double(lr)), ("betas", .tuple([.double(betas.0), .double(betas.1)])), ("eps", .double(eps)),
                ("weight_decay", weightDecay),
                ("amsgrad", .bool(amsgrad)), ("maximize", .bool(maximize)), ("foreach", .null),
                ("capturable", .bool(capturable)),
                ("differentiable", .bool(false)), ("fused", .null), ("decoupled_weight_decay", .bool(decoupled))
            ])
    }

    /// The names of the state tensors, as in PyTorch's state dict.
    public final override var stateNames: [String] { ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"] }
    /// How many of `stateNames` a loaded state must contain.
    public final override var requiredStateNames: Int { 2 }

    /// Returns the error of invalid options of a group, or nil.
    public final override func check(_ group: ParamGroup) -> TorchError? {
        OptionCheck.adamLike(group) ?? OptionCheck.isFlag(group, "amsgrad") ?? OptionCheck.isFlag(group, "capturable")
    }

    override final var countsOnDevice: Bool { true }

    /// Updates every parameter that has a gradient.
    public final override func step() {
        let range = profiled("step")
        defer { range.end() }
        guard beginStep() else { return }
        var list = StepList<AdamTensors, AdamStep> { $0.adam($1, $2) }
        defer { list.finish() }
        for group in paramGroups {
            let betas = group.betas, amsgrad = group.amsgrad
            var options = AdamStep(
                step: 0, lr: group.lr, beta1: betas.0, beta2: betas.1, eps: group.eps, weightDecay: group.weightDecay,
                decoupled: decoupled, maximize: group.maximize)
            for (i, parameter) in group.params.enumerated() {
                guard let grad = parameter.accumulatedGrad else { continue }
                if refusesSparse(grad) { return }
                if group.states[i].step == nil, group.states[i].countedStep == nil {
                    group.states[i] = fresh(parameter)
                }
                if group.capturable {
                    guard parameter.isCUDA else {
                        return raise(
                            .value,
                            "If capturable=True, params and state_steps must be on supported devices: ['cuda', 'xpu', 'hpu', 'privateuseone', 'xla']."
                        )
                    }
                    group.states[i].countOnDevice(of: parameter)
                }
                while group.states[i].tensors.count < 3 { group.states[i].tensors.append(nil) }
                if amsgrad, group.states[i].tensors[2] == nil {
                    group.states[i].tensors[2] = Tensor.filled(0, parameter.sizes, parameter.dtype, parameter.device)
                }
                let tensors = group.states[i].tensors
                guard let mean = tensors[0], let square = tensors[1], !mean.isVoid, !square.isVoid,
                    tensors[2]?.isVoid != true
                else { return }
                let greatest = amsgrad ? tensors[2] : nil
                let counted = group.states[i].countedStep
                if let counted {
                    noGrad { _ = counted.add_(1) }
                    if ErrorBox.hasFailed { return }
                    options.step = 0
                } else {
                    options.step = (group.states[i].step ?? 0) + 1
                }
                let done = update(parameter, grad, [mean, square, greatest]) { p, g in
                    let tensors = AdamTensors(
                        parameter: p, grad: g, expAvg: mean.dense, expAvgSq: square.dense, maxExpAvgSq: greatest?.dense,
                        countedStep: counted?.dense)
                    list.add(tensors, of: parameter, p, options)
                }
                if !done { noGrad { step(parameter, grad, mean, square, greatest, options, counted) } }
                if counted == nil, !ErrorBox.hasFailed { group.states[i].step = options.step }
            }
        }
    }

    /// Takes a step with tensor operators. Used if the dtype, sizes or layout of the gradient or state differ from the
    /// parameter's. The operators decide what is allowed and raise their own errors.
    private func step(
        _ parameter: Tensor, _ grad: Tensor, _ mean: Tensor, _ square: Tensor, _ greatest: Tensor?,
        _ options: AdamStep, _ counted: Tensor?
    ) {
        func parts(_ tensor: Tensor) -> Tensor { parameter.dtype.isComplex ? tensor.viewAsReal() : tensor }
        var change = options.maximize ? grad.neg() : grad
        if options.weightDecay != 0 {
            if options.decoupled {
                parameter.mul_(1 - options.lr * options.weightDecay)
            } else {
                change = change.add(parameter, alpha: options.weightDecay)
            }
        }
        let (p, g, m, v) = (parts(parameter), parts(change.resolveConj()), parts(mean), parts(square))
        m.lerp_(g, 1 - options.beta1)
        v.mul_(options.beta2).addcmul_(g, g, value: 1 - options.beta2)
        if let counted {
            // 1 - β^t, in float64.
            func correction(_ beta: Double) -> Tensor { (counted.to(.float64) * Double.log(beta)).expm1().neg() }
            var second = v
            if let greatest { second = parts(greatest).copy_(parts(greatest).maximum(v)) }
            let divisor = second.sqrt().div(correction(options.beta2).sqrt()).add(options.eps)
            p.sub_(m.div(divisor).mul(correction(options.beta1).reciprocal().mul(options.lr)))
            return
        }
        let count = Double(options.step)
        let rate = options.lr / (1 - .pow(options.beta1, count)),
            correction = (1 - .pow(options.beta2, count)).squareRoot()
        var second = v
        if let greatest { second = parts(greatest).copy_(parts(greatest).maximum(v)) }
        p.addcdiv_(m, second.sqrt().div(correction).add(options.eps), value: -rate)
    }

    private func fresh(_ parameter: Tensor) -> ParameterState {
        var state = ParameterState()
        state.step = 0
        state.tensors = [
            Tensor.filled(0, parameter.sizes, parameter.dtype, parameter.device),
            Tensor.filled(0, parameter.sizes, parameter.dtype, parameter.device), nil
        ]
        return state
    }
}

/// Adam (Kingma and Ba, 2015). Weight decay is added to the gradient. PyTorch: `torch.optim.Adam`.
///
/// m and v are the running means of g and g²; p -= lr / (1 - β1^t) · m / (√v / √(1 - β2^t) + eps). With `amsgrad`, the
/// largest v so far is used instead of v.
public final class Adam: AdamBase {
    /// Creates the optimizer for parameter groups. A group's own options override the options given here.
    /// - Precondition: lr, eps and weightDecay are not negative, and the betas are in [0, 1).
    @_disfavoredOverload
    public init(
        _ groups: [ParamGroup], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        weightDecay: Double = 0, amsgrad: Bool = false, maximize: Bool = false, capturable: Bool = false
    ) {
        super.init(
            groups, lr: lr, betas: betas, eps: eps, weightDecay: .orZero(weightDecay), amsgrad: amsgrad,
            maximize: maximize, capturable: capturable, decoupled: false)
    }

    /// Like the initializer for groups, for one list of parameters.
    public convenience init(
        _ params: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        weightDecay: Double = 0, amsgrad: Bool = false, maximize: Bool = false, capturable: Bool = false
    ) {
        self.init(
            [ParamGroup(params)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, amsgrad: amsgrad,
            maximize: maximize, capturable: capturable)
    }
}

/// Adam with decoupled weight decay: p -= lr · weightDecay · p before the step (Loshchilov and Hutter, 2019).
/// PyTorch: `torch.optim.AdamW`.
public final class AdamW: AdamBase {
    /// Creates the optimizer for parameter groups. A group's own options override the options given here.
    /// - Precondition: as for `Adam`.
    @_disfavoredOverload
    public init(
        _ groups: [ParamGroup], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        weightDecay: Double = 1e-2, amsgrad: Bool = false, maximize: Bool = false, capturable: Bool = false
    ) {
        super.init(
            groups, lr: lr, betas: betas, eps: eps, weightDecay: .double(weightDecay), amsgrad: amsgrad,
            maximize: maximize, capturable: capturable, decoupled: true)
    }

    /// Like the initializer for groups, for one list of parameters.
    public convenience init(
        _ params: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        weightDecay: Double = 1e-2, amsgrad: Bool = false, maximize: Bool = false, capturable: Bool = false
    ) {
        self.init(
            [ParamGroup(params)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, amsgrad: amsgrad,
            maximize: maximize, capturable: capturable)
    }
}

extension ParameterState {
    /// Lets the parameter's device count the steps from now on.
    mutating func countOnDevice(of parameter: Tensor) {
        if countedStep != nil { return }
        countedStep = Tensor.filled(.double(Double(step ?? 0)), [], .float32, parameter.device)
        step = nil
    }
}
