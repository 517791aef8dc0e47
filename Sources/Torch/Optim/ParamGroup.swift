/// Parameters that an optimizer treats alike, and how. PyTorch: an element of `Optimizer.param_groups`.
///
///     SGD(
///         [ParamGroup(base.parameters()), ParamGroup(head.parameters(), lr: 1e-2, weightDecay: 0)],
///         lr: 1e-3, momentum: 0.9, weightDecay: 1e-4)
///     optimizer.paramGroups[0].lr *= 0.1
///
/// Options have PyTorch's names (`"weight_decay"`); what a group does not say itself it gets from its optimizer.
public final class ParamGroup {
    public let params: [Tensor]
    /// What the optimizer remembers of each parameter, in the order of `params`.
    public var states: [ParameterState]
    private var options: [(name: String, value: StateValue)] = []

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

    /// An option by PyTorch's name; nil where the group has none of that name.
    public subscript(name: String) -> StateValue? {
        get {
            // Few and short: looking through them beats hashing.
            for option in options where option.name.isExactly(name) { return option.value }
            return nil
        }
        set {
            let place = options.firstIndex { $0.name.isExactly(name) }
            switch (place, newValue) {
            case (let place?, let value?): options[place].value = value
            case (nil, let value?): options.append((name, value))
            case (let place?, nil): options.remove(at: place)
            case (nil, nil): break
            }
        }
    }

    /// The learning rate.
    public var lr: Double {
        get { number("lr") }
        set { self["lr"] = .double(newValue) }
    }

    public var weightDecay: Double {
        get { number("weight_decay") }
        set { self["weight_decay"] = .double(newValue) }
    }

    /// Whether the objective is to grow.
    public var maximize: Bool {
        get { flag("maximize") }
        set { self["maximize"] = .bool(newValue) }
    }

    /// The names of the options, in order.
    public var optionNames: [String] { options.map(\.name) }

    func number(_ name: String) -> Double { self[name]?.optionNumber ?? 0 }
    func flag(_ name: String) -> Bool { self[name]?.bool ?? false }

    /// The optimizer's options in their order, where this group has none of its own; then what only this group has.
    func complete(with defaults: [(name: String, value: StateValue)]) {
        let own = options
        options = defaults.map { option in
            (option.name, own.first { $0.name.isExactly(option.name) }?.value ?? option.value)
        }
        for option in own where self[option.name] == nil { options.append(option) }
    }

    func replaceOptions(with other: ParamGroup) { options = other.options }
}

/// What an optimizer remembers of one parameter.
public struct ParameterState {
    /// How many steps it took; nil before the first.
    public var step: Int?
    /// Its tensors, in the order of the optimizer's `stateNames`; contiguous.
    public var tensors: [Tensor?] = []
    /// What else it remembers, as PyTorch's state dict has it.
    public var other: StateMap = [:]

    public init() {}

    var isEmpty: Bool { step == nil && tensors.allSatisfy { $0 == nil } && other.isEmpty }
}

extension StateValue {
    /// An option's number, which a checkpoint may hold as a tensor of one element.
    var optionNumber: Double? {
        if case .tensor(let tensor) = self { return tensor.numel() == 1 ? tensor.item() : nil }
        return double
    }

    /// A number that PyTorch's default writes as the integer 0.
    static func orZero(_ value: Double) -> StateValue { value == 0 ? .int(0) : .double(value) }

    /// A number that PyTorch's default writes as the integer 1.
    static func orOne(_ value: Double) -> StateValue { value == 1 ? .int(1) : .double(value) }

    /// As Python prints an option.
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
