/// A list of parameters. A tensor in the list becomes a leaf that requires a gradient.
/// PyTorch: `torch.nn.ParameterList`.
public final class ParameterList: Module {
    private var items: [Tensor]

    /// Creates a list of the given parameters.
    /// - Precondition: the tensors are floating point or complex.
    public init(_ parameters: [Tensor] = []) { items = parameters.map(Parameter.adopt) }

    /// Appends a parameter. PyTorch: `ParameterList.append`.
    @discardableResult
    public func append(_ parameter: Tensor) -> Self {
        items.append(Parameter.adopt(parameter))
        return self
    }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String {
        items.enumerated().map { "  (\($0)): \($1.parameterDescription("\($1.dtype)"))" }.joined(separator: "\n")
    }

    override func members() -> ModuleMembers { ModuleMembers(parameters: items.enumerated().map { (String($0), $1) }) }
}

extension ParameterList: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { items.count }

    /// The parameter at an index. A negative index counts from the end.
    /// - Precondition: -count ≤ `position` < count.
    public subscript(position: Int) -> Tensor {
        get { containerIndex(position, items.count).map { items[$0] } ?? .void }
        set { if let i = containerIndex(position, items.count) { items[i] = Parameter.adopt(newValue) } }
    }
}

/// An ordered dictionary of parameters. A tensor in it becomes a leaf that requires a gradient.
/// PyTorch: `torch.nn.ParameterDict`.
public final class ParameterDict: Module {
    private var items = OrderedEntries<ExactText, Tensor>()

    /// Creates a dictionary of the given parameters, in the given order.
    /// - Precondition: the tensors are floating point or complex.
    public init(_ parameters: KeyValuePairs<String, Tensor> = [:]) {
        super.init()
        for (name, parameter) in parameters { self[name] = parameter }
    }

    /// The names, in order.
    public var keys: [String] { items.list.map(\.key.text) }
    /// The parameters, in order.
    public var values: [Tensor] { items.list.map(\.value) }
    /// The number of parameters.
    public var count: Int { items.list.count }

    /// The parameter with a name. Setting nil removes it.
    public subscript(name: String) -> Tensor? {
        get { items[ExactText(name)] }
        set { items[ExactText(name)] = newValue.map(Parameter.adopt) }
    }

    /// The options that PyTorch prints in the module's description.
    public override var extraRepr: String {
        let lines = items.list.map { "  (\($0.key.text)): \($0.value.parameterDescription($0.value.typeName))" }
        return lines.joined(separator: "\n")
    }

    override func members() -> ModuleMembers { ModuleMembers(parameters: items.list.map { ($0.key.text, $0.value) }) }
}

extension Tensor {
    fileprivate func parameterDescription(_ type: String) -> String {
        "Parameter containing: [\(type.hasPrefix("torch.") ? type : "torch.\(type)") of size \(sizes.map(String.init).joined(separator: "x"))]"
    }
}
