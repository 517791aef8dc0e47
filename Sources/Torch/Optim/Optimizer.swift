/// The base class of all optimizers. It holds groups of parameters, their options and the state of each parameter.
/// PyTorch: `torch.optim.Optimizer`.
///
/// A subclass passes its default options, names its state tensors in `stateNames`, and implements `step()`:
///
///     final class SignSGD: Optimizer {
///         init(_ params: [Tensor], lr: Double) { super.init([ParamGroup(params)], defaults: [("lr", .double(lr))]) }
///
///         override func step() {
///             noGrad {
///                 for group in paramGroups {
///                     for p in group.params { if let g = p.grad { p.add_(g.sign(), alpha: -group.lr) } }
///                 }
///             }
///         }
///     }
open class Optimizer {
    /// The parameter groups.
    public private(set) final var paramGroups: [ParamGroup] = []
    /// The options of a group that does not set its own, under PyTorch's names. PyTorch: `Optimizer.defaults`.
    public final let defaults: [(name: String, value: StateValue)]

    /// Creates an optimizer for parameter groups.
    /// - Precondition: there is at least one parameter. Each parameter is a leaf and in one group only. The options are
    ///   valid.
    public init(_ groups: [ParamGroup], defaults: [(name: String, value: StateValue)]) {
        self.defaults = defaults
        if groups.isEmpty || groups.count == 1 && groups[0].params.isEmpty {
            raise(.value, "optimizer got an empty parameter list")
        }
        for group in groups { addParamGroup(group) }
    }

    /// The names of the state tensors of each parameter, as in PyTorch's state dict.
    open var stateNames: [String] { [] }

    /// The number of leading `stateNames` that a loaded state must contain. If it is above 0, steps are counted too.
    open var requiredStateNames: Int { 0 }

    /// Whether the steps of each parameter are counted.
    open var countsSteps: Bool { requiredStateNames > 0 }
    /// Whether the state dict has the number of steps as an integer, not as a float32 tensor.
    var countsInIntegers: Bool { false }

    /// Returns the sizes and dtype of state tensor `number` of `stateNames`. By default they are the parameter's.
    open func stateForm(_ number: Int, of parameter: Tensor) -> (sizes: [Int], dtype: DType) {
        (parameter.sizes, parameter.dtype)
    }

    /// Returns the entries of a saved state that are not tensors of `stateNames`.
    /// - Throws: `TorchError` if they are invalid.
    open func otherState(from saved: StateMap, of parameter: Tensor) throws -> StateMap { [:] }

    /// Returns the error of invalid group options, with PyTorch's message, or nil.
    open func check(_ group: ParamGroup) -> TorchError? { nil }

    /// Adds a parameter group. PyTorch: `Optimizer.add_param_group`.
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

    /// Whether it has warned that its steps are not captured.
    private final var hasWarned = false
    /// Whether a step has begun, or nil if the optimizer is not from this library, so it is unknown.
    private(set) final lazy var hasStepped: Bool? = String(reflecting: type(of: self)).hasPrefix("Torch.") ? false : nil

    /// Whether the option `capturable` lets the device count the steps.
    var countsOnDevice: Bool { false }

    /// Begins a method of the optimizer in a profile.
    final func profiled(_ method: String) -> OperatorRange {
        OperatorRange("Optimizer.\(method)#\(type(of: self)).\(method)", kind: .user)
    }

    /// Begins a step. Returns false if an error was raised inside `withError`; then no step may be taken.
    final func beginStep() -> Bool {
        hasStepped = true
        DividedGradients.makeParts { paramGroups.flatMap(\.params) }
        guard paramGroups.first?.params.first?.isCUDA == true else { return !ErrorBox.hasFailed }
        let isCapturing = cuda.isCurrentStreamCapturing()
        let isCapturable = countsOnDevice && paramGroups.allSatisfy(\.capturable)
        if isCapturing, countsSteps, !isCapturable {
            raise(
                .runtime,
                "Attempting CUDA graph capture of step() for an instance of \(type(of: self)) but param_groups' capturable is False."
            )
        }
        if isCapturable, !isCapturing, !hasWarned {
            hasWarned = true
            warn(
                "This instance was constructed with capturable=True or some of all the param_groups came with capturable=True, but step() is running without CUDA graph capture. If you never intend to graph-capture this instance, capturable=True can impair performance, and you should set capturable=False."
            )
        }
        return !ErrorBox.hasFailed
    }

    /// Returns whether a gradient is sparse, and raises the error of an optimizer that takes only dense ones.
    final func refusesSparse(_ grad: Tensor) -> Bool {
        guard grad.hasSparseForm else { return false }
        raise(
            .runtime,
            self is AdamBase
                ? "Adam does not support sparse gradients, please consider SparseAdam instead"
                : "\(type(of: self)) does not support sparse gradients")
        return true
    }

    /// Updates every parameter that has a gradient, without recording. PyTorch: `Optimizer.step`.
    open func step() {}

    /// Computes the loss and its gradients again (`closure` calls `backward`), then takes a step.
    /// - Returns: the closure's loss.
    @discardableResult
    open func step(_ closure: () -> Tensor) -> Tensor {
        let loss = setGradEnabled(true) { closure() }
        step()
        return loss
    }

    /// Removes the gradients. Sets them to zero if `setToNone` is false. PyTorch: `Optimizer.zero_grad`.
    public final func zeroGrad(setToNone: Bool = true) {
        let range = profiled("zero_grad")
        defer { range.end() }
        if ErrorBox.hasFailed { return }
        for group in paramGroups { DividedGradients.clear(group.params, setToNone: setToNone) }
    }

    /// Returns the state of a parameter, or nil if it belongs to another optimizer or has no state yet.
    public final func state(of parameter: Tensor) -> ParameterState? {
        for group in paramGroups {
            guard let i = group.params.firstIndex(where: { $0 === parameter }) else { continue }
            return group.states[i].isEmpty ? nil : group.states[i]
        }
        return nil
    }

    /// Calls `body` with the contiguous memory of a parameter and of its gradient, to change the parameter. Tensors
    /// that are not contiguous are copied. `memory` is the parameter's state; `body` writes it too.
    ///
    /// Returns false and does nothing if the tensors differ from the parameter in sizes or dtype, because kernels do
    /// not check this.
    @inline(__always)
    final func update(
        _ parameter: Tensor, _ grad: Tensor, _ memory: [Tensor?] = [],
        _ body: (_ parameter: Dense, _ grad: Dense) -> Void
    ) -> Bool {
        guard grad.dtype == parameter.dtype, grad.layout.sizes == parameter.layout.sizes, !grad.isVoid,
            !parameter.isVoid, parameter.flags.isDisjoint(with: .indirect), !grad.hasSparseForm
        else { return false }
        for case let tensor? in memory {
            guard tensor.dtype == parameter.dtype, tensor.layout.isContiguous,
                tensor.layout.sizes == parameter.layout.sizes, !tensor.isVoid, tensor.flags.isDisjoint(with: .indirect)
            else { return false }
        }
        let source = grad.layout.isContiguous ? grad : grad.contiguousCopy()
        parameter.storage.willWrite()
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
    /// The optimizer and its options, in PyTorch's print format.
    public final var description: String {
        var text = "\(type(of: self)) ("
        for (i, group) in paramGroups.enumerated() {
            text += "\nParameter Group \(i)\n"
            for name in group.optionNames.sorted() { text += "    \(name): \(group[name]?.optionText ?? "")\n" }
        }
        return text + ")"
    }
}

/// Checks of options that most optimizers share, with PyTorch's messages.
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

    /// Checks the options that Adam and its variants share.
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
