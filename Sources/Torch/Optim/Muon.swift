/// Muon (Jordan, 2024): makes the momentum of a matrix orthogonal by Newton-Schulz iteration.
/// PyTorch: `torch.optim.Muon`.
///
/// Use it for the weights of hidden layers. Use another optimizer for biases and embeddings.
public final class Muon: Optimizer {
    /// How the learning rate depends on the size of the matrix.
    public enum AdjustLr: String, Sendable {
        /// lr · √max(1, rows / columns).
        case original
        /// lr · 0.2 · √max(rows, columns): the step is as long as AdamW's.
        case matchRmsAdamw = "match_rms_adamw"
        /// lr · √(rows / columns).
        case spectralUnclamped = "spectral_unclamped"
    }

    /// Creates the optimizer for parameter groups.
    ///
    /// - Parameters:
    ///   - groups: the parameters. A group's own options override the options given here.
    ///   - lr: the approximate singular values of a step, before the factor of `adjustLrFn`.
    ///   - weightDecay: p -= lr · weightDecay · p before the step.
    ///   - momentum: the part of the gradients' running mean that each step keeps.
    ///   - nesterov: if true, the step uses (1 - momentum) · gradient + momentum · running mean, else only the running
    ///     mean.
    ///   - nsCoefficients: the coefficients of the polynomial a · x + b · x³ + c · x⁵ that is iterated.
    ///   - eps: the smallest norm that a matrix is divided by before the iteration.
    ///   - nsSteps: how often the polynomial is applied.
    ///   - adjustLrFn: how the learning rate depends on the size of the matrix; nil is `.original`.
    /// - Precondition: all parameters are real matrices; lr, weightDecay and momentum are not negative; nsSteps is less
    ///   than 100.
    @_disfavoredOverload
    public init(
        _ groups: [ParamGroup], lr: Double = 1e-3, weightDecay: Double = 0.1, momentum: Double = 0.95,
        nesterov: Bool = true,
        nsCoefficients: (Double, Double, Double) = (3.4445, -4.7750, 2.0315), eps: Double = 1e-7, nsSteps: Int = 5,
        adjustLrFn: AdjustLr? = nil
    ) {
        super.init(
            groups,
            defaults: [
                ("lr", .double(lr)), ("weight_decay", .double(weightDecay)), ("momentum", .double(momentum)),
                ("nesterov", .bool(nesterov)),
                (
                    "ns_coefficients",
                    .tuple([.double(nsCoefficients.0), .double(nsCoefficients.1), .double(nsCoefficients.2)])
                ), ("eps", .double(eps)),
                ("ns_steps", .int(nsSteps)), ("adjust_lr_fn", adjustLrFn.map { .string($0.rawValue) } ?? .null)
            ])
    }

    /// Like the initializer for groups, for one list of parameters.
    public convenience init(
        _ params: [Tensor], lr: Double = 1e-3, weightDecay: Double = 0.1, momentum: Double = 0.95,
        nesterov: Bool = true,
        nsCoefficients: (Double, Double, Double) = (3.4445, -4.7750, 2.0315), eps: Double = 1e-7, nsSteps: Int = 5,
        adjustLrFn: AdjustLr? = nil
    ) {
        self.init(
            [ParamGroup(params)], lr: lr, weightDecay: weightDecay, momentum: momentum, nesterov: nesterov,
            nsCoefficients: nsCoefficients,
            eps: eps, nsSteps: nsSteps, adjustLrFn: adjustLrFn)
    }

    /// The names of the state tensors, as in PyTorch's state dict.
    public override var stateNames: [String] { ["momentum_buffer"] }

    /// Returns the error of invalid options of a group, or nil.
    public override func check(_ group: ParamGroup) -> TorchError? {
        if let error = OptionCheck.notNegative(group, "lr", "Learning rate should be >= 0 but is")
            ?? OptionCheck.notNegative(group, "momentum", "momentum should be >= 0 but is")
            ?? OptionCheck.notNegative(group, "weight_decay", "weight decay should be >= 0 but is")
            ?? OptionCheck.isFlag(group, "nesterov")
        {
            return error
        }
        if let name = group["adjust_lr_fn"], !name.isNull, name.string.flatMap(AdjustLr.init) == nil {
            return TorchError(.value, "Adjust learning rate function \(name.optionText) is not supported")
        }
        guard let steps = group["ns_steps"]?.int, steps < 100 else {
            return TorchError(.value, "Number of steps must be less than 100 for computational efficiency")
        }
        guard let coefficients = group["ns_coefficients"]?.list, coefficients.count == 3,
            coefficients.allSatisfy({ $0.optionNumber != nil })
        else {
            return TorchError(.value, "Coefficients must be a tuple of exactly 3 values")
        }
        for parameter in group.params {
            if parameter.dim != 2 {
                return TorchError(
                    .value,
                    "Muon only supports 2D parameters whereas we found a parameter with size: \(parameter.shape)")
            }
            if parameter.dtype.isComplex { return TorchError(.runtime, "Muon does not support complex parameters") }
        }
        return nil
    }

    /// Updates every parameter that has a gradient.
    public override func step() {
        updateEach(decay: .decoupled) { group, p, g, memory in
            let momentum = group.momentum
            let buffer = memory.tensor(0).lerp_(g, 1 - momentum)
            let direction = orthogonal(group.nesterov ? g.lerp(buffer, momentum) : buffer, group)
            p.add_(direction, alpha: -adjusted(group, rows: Double(p.size(0)), columns: Double(p.size(1))))
        }
    }

    /// Returns approximately the nearest orthogonal matrix, by Newton-Schulz iteration in bfloat16.
    private func orthogonal(_ matrix: Tensor, _ group: ParamGroup) -> Tensor {
        let coefficients = group.nsCoefficients
        let isTall = matrix.size(0) > matrix.size(1)
        var x = matrix.to(.bfloat16)
        if isTall { x = x.t() }
        x = x.div(x.norm().clamp(min: group.eps))
        for _ in 0..<group.nsSteps {
            let gram = x.mm(x.t())
            let polynomial = gram.addmm(gram, gram, beta: coefficients[1], alpha: coefficients[2])
            x = x.addmm(polynomial, x, beta: coefficients[0])
        }
        return isTall ? x.t() : x
    }

    private func adjusted(_ group: ParamGroup, rows: Double, columns: Double) -> Double {
        switch group.adjustLr {
        case .original: group.lr * max(1, rows / columns).squareRoot()
        case .matchRmsAdamw: group.lr * 0.2 * max(rows, columns).squareRoot()
        case .spectralUnclamped: group.lr * (rows / columns).squareRoot()
        }
    }
}
