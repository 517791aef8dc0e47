// The options of parameter groups as typed properties. Python's names of options are keys of `ParamGroup.subscript` and
// of state dicts.

extension ParamGroup {
    /// The learning rate.
    public var lr: Double {
        get { number("lr") }
        set { self["lr"] = .double(newValue) }
    }

    /// The factor of the weight decay.
    public var weightDecay: Double {
        get { number("weight_decay") }
        set { self["weight_decay"] = .double(newValue) }
    }

    /// Whether to maximize the objective.
    public var maximize: Bool {
        get { flag("maximize") }
        set { self["maximize"] = .bool(newValue) }
    }

    /// The factor of the momentum: SGD, RMSprop, Muon.
    public var momentum: Double {
        get { number("momentum") }
        set { self["momentum"] = .double(newValue) }
    }

    /// The part of the gradient that is not added to the momentum: SGD.
    public var dampening: Double {
        get { number("dampening") }
        set { self["dampening"] = .double(newValue) }
    }

    /// Whether to use Nesterov momentum: SGD, Muon.
    public var nesterov: Bool {
        get { flag("nesterov") }
        set { self["nesterov"] = .bool(newValue) }
    }

    /// The decay rates β1 and β2 of the running means: Adam and its variants.
    public var betas: (Double, Double) {
        get { pair("betas") ?? (0, 0) }
        set { self["betas"] = .tuple([.double(newValue.0), .double(newValue.1)]) }
    }

    /// The number that is added to the denominator of a step.
    public var eps: Double {
        get { number("eps") }
        set { self["eps"] = .double(newValue) }
    }

    /// Whether to use the largest mean square so far: Adam, AdamW.
    public var amsgrad: Bool {
        get { flag("amsgrad") }
        set { self["amsgrad"] = .bool(newValue) }
    }

    /// Whether a step can be captured in a CUDA graph, because the device counts the steps: Adam, AdamW.
    public var capturable: Bool {
        get { flag("capturable") }
        set { self["capturable"] = .bool(newValue) }
    }

    /// Whether the weight decay does not pass through the running means: NAdam, RAdam.
    public var decoupledWeightDecay: Bool {
        get { flag("decoupled_weight_decay") }
        set { self["decoupled_weight_decay"] = .bool(newValue) }
    }

    /// The decay of the momentum: NAdam.
    public var momentumDecay: Double {
        get { number("momentum_decay") }
        set { self["momentum_decay"] = .double(newValue) }
    }

    /// The decay rate of the mean squares: Adadelta.
    public var rho: Double {
        get { number("rho") }
        set { self["rho"] = .double(newValue) }
    }

    /// The decay of the learning rate: Adagrad.
    public var lrDecay: Double {
        get { number("lr_decay") }
        set { self["lr_decay"] = .double(newValue) }
    }

    /// The decay rate of the mean squares (RMSprop), or the exponent of the learning rate (ASGD).
    public var alpha: Double {
        get { number("alpha") }
        set { self["alpha"] = .double(newValue) }
    }

    /// Whether the mean squares are replaced by variances: RMSprop.
    public var centered: Bool {
        get { flag("centered") }
        set { self["centered"] = .bool(newValue) }
    }

    /// The decay term: ASGD.
    public var lambd: Double {
        get { number("lambd") }
        set { self["lambd"] = .double(newValue) }
    }

    /// The step at which averaging begins: ASGD.
    public var t0: Double {
        get { number("t0") }
        set { self["t0"] = .double(newValue) }
    }

    /// The factors that decrease and increase step sizes: Rprop.
    public var etas: (Double, Double) {
        get { pair("etas") ?? (0, 0) }
        set { self["etas"] = .tuple([.double(newValue.0), .double(newValue.1)]) }
    }

    /// The smallest and the largest step size: Rprop.
    public var stepSizes: (Double, Double) {
        get { pair("step_sizes") ?? (0, 0) }
        set { self["step_sizes"] = .tuple([.double(newValue.0), .double(newValue.1)]) }
    }

    /// The exponent of the decay rate of the mean squares: Adafactor.
    public var beta2Decay: Double {
        get { number("beta2_decay") }
        set { self["beta2_decay"] = .double(newValue) }
    }
}

// Options that only their optimizer reads.
extension ParamGroup {
    /// Adagrad: the first value of the sums of squares.
    var initialAccumulatorValue: Double { number("initial_accumulator_value") }

    /// Adafactor: the number that bounds mean squares from below (nil: the dtype's epsilon), and that which bounds the
    /// scale of a parameter.
    var adafactorEps: (Double?, Double) { (self["eps"]?[0]?.optionNumber, self["eps"]?[1]?.optionNumber ?? 0) }
    /// Adafactor: the largest root mean square of an update.
    var clippingThreshold: Double { number("d") }

    /// LBFGS: the largest numbers of iterations and of evaluations in a step, and how many iterations are stored.
    var maxIter: Int { self["max_iter"]?.int ?? 0 }
    var maxEval: Int { self["max_eval"]?.int ?? 0 }
    var historySize: Int { self["history_size"]?.int ?? 0 }
    /// LBFGS: a step ends if the gradient, or the change, is smaller.
    var toleranceGrad: Double { number("tolerance_grad") }
    var toleranceChange: Double { number("tolerance_change") }
    /// LBFGS: how the step length is found.
    var lineSearch: LBFGS.LineSearch? { self["line_search_fn"]?.string.flatMap(LBFGS.LineSearch.init) }

    /// Muon: the number and the coefficients of the Newton-Schulz iterations, and the rule for the learning rate.
    var nsSteps: Int { max(self["ns_steps"]?.int ?? 0, 0) }
    var nsCoefficients: [Double] { (self["ns_coefficients"]?.list ?? []).compactMap(\.optionNumber) }
    var adjustLr: Muon.AdjustLr { self["adjust_lr_fn"]?.string.flatMap(Muon.AdjustLr.init) ?? .original }

    /// The learning rate before the first schedule changed it.
    var initialLr: Double { number("initial_lr") }
}

extension ParamGroup {
    /// Returns an option that is a number; 0 if there is none.
    func number(_ name: String) -> Double { self[name]?.optionNumber ?? 0 }
    fileprivate func flag(_ name: String) -> Bool { self[name]?.bool ?? false }

    /// Returns an option that is a pair of numbers, or nil.
    func pair(_ name: String) -> (Double, Double)? {
        guard let list = self[name]?.list, list.count == 2, let a = list[0].optionNumber, let b = list[1].optionNumber
        else { return nil }
        return (a, b)
    }
}
