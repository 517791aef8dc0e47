// PyTorch's name for the first argument of the optimizers: `Adam(params: model.parameters())`.

extension ASGD {
    /// Like the initializer for one list of parameters, with PyTorch's name.
    public convenience init(
        params: [Tensor], lr: Double = 1e-2, lambd: Double = 1e-4, alpha: Double = 0.75, t0: Double = 1e6,
        weightDecay: Double = 0, maximize: Bool = false
    ) {
        self.init(params, lr: lr, lambd: lambd, alpha: alpha, t0: t0, weightDecay: weightDecay, maximize: maximize)
    }
}

extension Adadelta {
    /// Like the initializer for one list of parameters, with PyTorch's name.
    public convenience init(
        params: [Tensor], lr: Double = 1, rho: Double = 0.9, eps: Double = 1e-6, weightDecay: Double = 0,
        maximize: Bool = false
    ) {
        self.init(params, lr: lr, rho: rho, eps: eps, weightDecay: weightDecay, maximize: maximize)
    }
}

extension Adafactor {
    /// Like the initializer for one list of parameters, with PyTorch's name.
    public convenience init(
        params: [Tensor], lr: Double = 1e-2, beta2Decay: Double = -0.8, eps: (Double?, Double) = (nil, 1e-3),
        d: Double = 1, weightDecay: Double = 0, maximize: Bool = false
    ) {
        self.init(params, lr: lr, beta2Decay: beta2Decay, eps: eps, d: d, weightDecay: weightDecay, maximize: maximize)
    }
}

extension Adagrad {
    /// Like the initializer for one list of parameters, with PyTorch's name.
    public convenience init(
        params: [Tensor], lr: Double = 1e-2, lrDecay: Double = 0, weightDecay: Double = 0,
        initialAccumulatorValue: Double = 0, eps: Double = 1e-10, maximize: Bool = false
    ) {
        self.init(
            params, lr: lr, lrDecay: lrDecay, weightDecay: weightDecay,
            initialAccumulatorValue: initialAccumulatorValue, eps: eps, maximize: maximize)
    }
}

extension Adam {
    /// Like the initializer for one list of parameters, with PyTorch's name.
    public convenience init(
        params: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        weightDecay: Double = 0, amsgrad: Bool = false, maximize: Bool = false
    ) {
        self.init(
            params, lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, amsgrad: amsgrad, maximize: maximize)
    }
}

extension AdamW {
    /// Like the initializer for one list of parameters, with PyTorch's name.
    public convenience init(
        params: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        weightDecay: Double = 1e-2, amsgrad: Bool = false, maximize: Bool = false
    ) {
        self.init(
            params, lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, amsgrad: amsgrad, maximize: maximize)
    }
}

extension Adamax {
    /// Like the initializer for one list of parameters, with PyTorch's name.
    public convenience init(
        params: [Tensor], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        weightDecay: Double = 0, maximize: Bool = false
    ) {
        self.init(params, lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, maximize: maximize)
    }
}

extension LBFGS {
    /// Like the initializer for one list of parameters, with PyTorch's name.
    public convenience init(
        params: [Tensor], lr: Double = 1, maxIter: Int = 20, maxEval: Int? = nil, toleranceGrad: Double = 1e-7,
        toleranceChange: Double = 1e-9, historySize: Int = 100, lineSearchFn: LineSearch? = nil, maximize: Bool = false
    ) {
        self.init(
            params, lr: lr, maxIter: maxIter, maxEval: maxEval, toleranceGrad: toleranceGrad,
            toleranceChange: toleranceChange, historySize: historySize, lineSearchFn: lineSearchFn, maximize: maximize)
    }
}

extension Muon {
    /// Like the initializer for one list of parameters, with PyTorch's name.
    public convenience init(
        params: [Tensor], lr: Double = 1e-3, weightDecay: Double = 0.1, momentum: Double = 0.95, nesterov: Bool = true,
        nsCoefficients: (Double, Double, Double) = (3.4445, -4.7750, 2.0315), eps: Double = 1e-7, nsSteps: Int = 5,
        adjustLrFn: AdjustLr? = nil
    ) {
        self.init(
            params, lr: lr, weightDecay: weightDecay, momentum: momentum, nesterov: nesterov,
            nsCoefficients: nsCoefficients, eps: eps, nsSteps: nsSteps, adjustLrFn: adjustLrFn)
    }
}

extension NAdam {
    /// Like the initializer for one list of parameters, with PyTorch's name.
    public convenience init(
        params: [Tensor], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        weightDecay: Double = 0, momentumDecay: Double = 4e-3, decoupledWeightDecay: Bool = false,
        maximize: Bool = false
    ) {
        self.init(
            params, lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, momentumDecay: momentumDecay,
            decoupledWeightDecay: decoupledWeightDecay, maximize: maximize)
    }
}

extension RAdam {
    /// Like the initializer for one list of parameters, with PyTorch's name.
    public convenience init(
        params: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        weightDecay: Double = 0, decoupledWeightDecay: Bool = false, maximize: Bool = false
    ) {
        self.init(
            params, lr: lr, betas: betas, eps: eps, weightDecay: weightDecay,
            decoupledWeightDecay: decoupledWeightDecay, maximize: maximize)
    }
}

extension RMSprop {
    /// Like the initializer for one list of parameters, with PyTorch's name.
    public convenience init(
        params: [Tensor], lr: Double = 1e-2, alpha: Double = 0.99, eps: Double = 1e-8, weightDecay: Double = 0,
        momentum: Double = 0, centered: Bool = false, maximize: Bool = false
    ) {
        self.init(
            params, lr: lr, alpha: alpha, eps: eps, weightDecay: weightDecay, momentum: momentum, centered: centered,
            maximize: maximize)
    }
}

extension Rprop {
    /// Like the initializer for one list of parameters, with PyTorch's name.
    public convenience init(
        params: [Tensor], lr: Double = 1e-2, etas: (Double, Double) = (0.5, 1.2),
        stepSizes: (Double, Double) = (1e-6, 50), maximize: Bool = false
    ) {
        self.init(params, lr: lr, etas: etas, stepSizes: stepSizes, maximize: maximize)
    }
}

extension SGD {
    /// Like the initializer for one list of parameters, with PyTorch's name.
    public convenience init(
        params: [Tensor], lr: Double = 1e-3, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
        nesterov: Bool = false, maximize: Bool = false
    ) {
        self.init(
            params, lr: lr, momentum: momentum, dampening: dampening, weightDecay: weightDecay, nesterov: nesterov,
            maximize: maximize)
    }
}

extension SparseAdam {
    /// Like the initializer for one list of parameters, with PyTorch's name.
    public convenience init(
        params: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        maximize: Bool = false
    ) {
        self.init(params, lr: lr, betas: betas, eps: eps, maximize: maximize)
    }
}
