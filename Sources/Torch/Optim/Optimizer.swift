/// The base of all optimizers: groups of parameters, their options, and what is remembered of each. PyTorch:
/// `torch.optim.Optimizer`.
///
/// A subclass gives its defaults, says in `stateNames` what it remembers, and writes `step()`.
open class Optimizer {
    public private(set) final var paramGroups: [ParamGroup] = []
    /// The options of a group that says nothing else, by PyTorch's names. PyTorch: `Optimizer.defaults`.
    public final let defaults: [(name: String, value: StateValue)]

    /// - Precondition: there is a parameter; each is a leaf and in one group only; the options make sense.
    public init(_ groups: [ParamGroup], defaults: [(name: String, value: StateValue)]) {
        self.defaults = defaults
        if groups.isEmpty || groups.count == 1 && groups[0].params.isEmpty {
            raise(.value, "optimizer got an empty parameter list")
        }
        for group in groups { addParamGroup(group) }
    }

    /// The names of the tensors that are remembered of each parameter, as in PyTorch's state dict.
    open var stateNames: [String] { [] }

    /// Those of `stateNames` without which a parameter's state cannot be used; with any, the steps are counted too.
    open var requiredStateNames: Int { 0 }

    /// Whether a parameter's steps are counted.
    open var countsSteps: Bool { requiredStateNames > 0 }

    /// The form of the remembered tensor of that number of `stateNames`: the parameter's own, but for a few.
    open func stateForm(_ number: Int, of parameter: Tensor) -> (sizes: [Int], dtype: DType) {
        (parameter.sizes, parameter.dtype)
    }

    /// Takes from a saved state what is no tensor of `stateNames`.
    /// - Throws: `TorchError` where it makes no sense.
    open func otherState(from saved: StateMap, of parameter: Tensor) throws -> StateMap { [:] }

    /// What is wrong with a group's options, in PyTorch's sentence.
    open func check(_ group: ParamGroup) -> TorchError? { nil }

    /// Adds parameters. PyTorch: `Optimizer.add_param_group`.
    /// - Precondition: as for `init`.
    public final func addParamGroup(_ group: ParamGroup) {
        group.complete(with: defaults)
        if let error = check(group) { return raise(error) }
        guard group.params.allSatisfy({ $0.isLeaf || $0.retainsGrad }) else {
            return raise(.value, "can't optimize a non-leaf Tensor")
        }
        let known = Set(paramGroups.flatMap(\.params).map(ObjectIdentifier.init))
        guard group.params.allSatisfy({ !known.contains(ObjectIdentifier($0)) }) else {
            return raise(.value, "some parameters appear in more than one parameter group")
        }
        paramGroups.append(group)
    }

    /// Whether a step was begun; nil if the optimizer is not of this library and does not tell.
    private(set) final lazy var hasStepped: Bool? = String(reflecting: type(of: self)).hasPrefix("Torch.") ? false : nil

    /// Called at the start of every step; false after a mistake inside `withError`, when no step is to be taken.
    final func beginStep() -> Bool {
        hasStepped = true
        return !ErrorBox.hasFailed
    }

    /// Changes every parameter that has a gradient, outside the tape. PyTorch: `Optimizer.step`.
    open func step() {}

    /// Computes the loss anew (and its gradients: `closure` calls `backward`), then takes a step.
    /// - Returns: the closure's loss.
    @discardableResult
    open func step(_ closure: () -> Tensor) -> Tensor {
        let loss = setGradEnabled(true) { closure() }
        step()
        return loss
    }

    /// Forgets the gradients, or sets them to zero. PyTorch: `Optimizer.zero_grad`.
    public final func zeroGrad(setToNone: Bool = true) {
        if ErrorBox.hasFailed { return }
        for group in paramGroups {
            for parameter in group.params { parameter.clearGrad(setToNone: setToNone) }
        }
    }

    /// What is remembered of a parameter; nil where it belongs to another optimizer or has taken no step yet.
    public final func state(of parameter: Tensor) -> ParameterState? {
        for group in paramGroups {
            guard let i = group.params.firstIndex(where: { $0 === parameter }) else { continue }
            return group.states[i].isEmpty ? nil : group.states[i]
        }
        return nil
    }

    /// Calls `body` with the contiguous memory of a parameter and of its gradient, for it to change the parameter. What
    /// is not contiguous goes through a copy. `memory` is what the optimizer remembers of the parameter, and is written
    /// too.
    /// Returns false, with nothing done, if these do not have the parameter's sizes and dtype: a kernel believes that
    /// they do.
    @inline(__always)
    final func update(
        _ parameter: Tensor, _ grad: Tensor, _ memory: [Tensor?] = [],
        _ body: (_ parameter: Dense, _ grad: Dense) -> Void
    ) -> Bool {
        guard grad.dtype == parameter.dtype, grad.layout.sizes == parameter.layout.sizes, !grad.isVoid,
            !parameter.isVoid
        else { return false }
        for case let tensor? in memory {
            guard tensor.dtype == parameter.dtype, tensor.layout.isContiguous,
                tensor.layout.sizes == parameter.layout.sizes, !tensor.isVoid
            else { return false }
        }
        let source = grad.layout.isContiguous ? grad : grad.contiguousCopy()
        if parameter.layout.isContiguous {
            if source.isVoid { return true }
            body(parameter.dense, source.dense)
        } else {
            let flat = parameter.contiguousCopy()
            if anyVoid(flat, source) { return true }
            body(flat.dense, source.dense)
            parameter.backend.copy(out: parameter.strided, flat.strided)
        }
        parameter.bumpVersion()
        return true
    }
}

extension Optimizer: CustomStringConvertible {
    /// As PyTorch prints it.
    public final var description: String {
        var text = "\(type(of: self)) ("
        for (i, group) in paramGroups.enumerated() {
            text += "\nParameter Group \(i)\n"
            for name in group.optionNames.sorted() { text += "    \(name): \(group[name]?.optionText ?? "")\n" }
        }
        return text + ")"
    }
}

/// The checks that most optimizers' options share, with PyTorch's sentences.
enum OptionCheck {
    static func notNegative(_ group: ParamGroup, _ name: String, _ sentence: String) -> TorchError? {
        guard let value = group[name], let number = value.optionNumber else {
            return TorchError(.value, "\(sentence): \(group[name]?.optionText ?? "None")")
        }
        return number >= 0 ? nil : TorchError(.value, "\(sentence): \(value.optionText)")
    }

    static func betas(_ group: ParamGroup) -> TorchError? {
        guard let betas = group["betas"]?.list, betas.count == 2 else {
            return TorchError(.value, "betas must be a pair of numbers")
        }
        for (i, beta) in betas.enumerated() {
            guard let number = beta.optionNumber, number >= 0, number < 1 else {
                return TorchError(.value, "Invalid beta parameter at index \(i): \(beta.optionText)")
            }
        }
        return nil
    }

    /// What Adam's relatives have in common.
    static func adamLike(_ group: ParamGroup) -> TorchError? {
        notNegative(group, "lr", "Invalid learning rate") ?? notNegative(group, "eps", "Invalid epsilon value")
            ?? betas(group)
            ?? notNegative(group, "weight_decay", "Invalid weight_decay value") ?? isFlag(group, "maximize")
    }

    static func isFlag(_ group: ParamGroup, _ name: String) -> TorchError? {
        group[name]?.bool == nil
            ? TorchError(.value, "Invalid \(name) value: \(group[name]?.optionText ?? "None")") : nil
    }
}
