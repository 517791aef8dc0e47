/// Parameters with common options. PyTorch: an element of `Optimizer.param_groups`.
///
///     SGD(
///         [ParamGroup(base.parameters()), ParamGroup(head.parameters(), lr: 1e-2, weightDecay: 0)],
///         lr: 1e-3, momentum: 0.9, weightDecay: 1e-4)
///     optimizer.paramGroups[0].lr *= 0.1
///
/// Options have PyTorch's names (`"weight_decay"`). Options that a group does not set come from its optimizer.
public final class ParamGroup {
    /// The parameters of the group.
    public let params: [Tensor]
    /// The state of each parameter, in the order of `params`.
    public var states: [ParameterState]
    private var options: [(name: String, value: StateValue)] = []

    /// Creates a group. Options that are not given come from the optimizer.
    public init(
        _ params: [Tensor], lr: Double? = nil, weightDecay: Double? = nil,
        options: KeyValuePairs<String, StateValue> = [:]
    ) {
        self.params = params
        states = Array(repeating: ParameterState(), count: params.count)
        if let lr { self["lr"] = .double(lr) }
        if let weightDecay { self["weight_decay"] = .orZero(weightDecay) }
        for (name, value) in options { self[name] = value }
    }

    /// The option with PyTorch's name, or nil if the group does not have it.
    public subscript(name: String) -> StateValue? {
        get {
            // The options are few and short, so a linear search is faster than hashing.
            for option in options where option.name.isExactly(name) { return option.value }
            return nil
        }
        set {
            let position = options.firstIndex { $0.name.isExactly(name) }
            switch (position, newValue) {
            case (let position?, let value?): options[position].value = value
            case (nil, let value?): options.append((name, value))
            case (let position?, nil): options.remove(at: position)
            case (nil, nil): break
            }
        }
    }

    /// The names of the options, in order.
    public var optionNames: [String] { options.map(\.name) }

    /// Fills in the optimizer's default options, in their order. Options that only this group has come last.
    func complete(with defaults: [(name: String, value: StateValue)]) {
        let own = options
        options = defaults.map { option in
            (option.name, own.first { $0.name.isExactly(option.name) }?.value ?? option.value)
        }
        for option in own where self[option.name] == nil { options.append(option) }
    }

    func replaceOptions(with other: ParamGroup) { options = other.options }
}

/// The state that an optimizer keeps for one parameter.
public struct ParameterState {
    /// The number of steps, or nil before the first step.
    public var step: Int?
    /// The number of steps as a float32 on the parameter's device, if the optimizer is capturable.
    public var countedStep: Tensor?
    /// The contiguous state tensors, in the order of the optimizer's `stateNames`.
    public var tensors: [Tensor?] = []
    /// Other state entries, in the form of PyTorch's state dict.
    public var other: StateMap = [:]

    /// Creates an empty state.
    public init() {}

    var isEmpty: Bool { step == nil && countedStep == nil && tensors.allSatisfy { $0 == nil } && other.isEmpty }
}

extension StateValue {
    /// The number of an option. A checkpoint may store it as a tensor of one element.
    var optionNumber: Double? {
        if case .tensor(let tensor) = self { return tensor.numel() == 1 ? tensor.item() : nil }
        return double
    }

    /// The value as a number. 0 becomes the integer 0, like PyTorch's default.
    static func orZero(_ value: Double) -> StateValue { value == 0 ? .int(0) : .double(value) }

    /// The value as a number. 1 becomes the integer 1, like PyTorch's default.
    static func orOne(_ value: Double) -> StateValue { value == 1 ? .int(1) : .double(value) }

    /// The option as Python prints it.
    var optionText: String {
        switch self {
        case .null: "None"
        case .bool(let value): PythonText.repr(value)
        case .int(let value): "\(value)"
        case .double(let value): PythonText.repr(value)
        case .string(let value): value
        case .tuple(let values): "(" + values.map(\.optionText).joined(separator: ", ") + ")"
        case .list(let values): "[" + values.map(\.optionText).joined(separator: ", ") + "]"
        default: "\(self)"
        }
    }
}
