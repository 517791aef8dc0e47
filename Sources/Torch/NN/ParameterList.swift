/// Parameters by number: what is put here becomes a leaf that requires a gradient. PyTorch: `torch.nn.ParameterList`.
public final class ParameterList: Module {
    private var items: [Tensor]

    /// - Precondition: the tensors are floating point or complex.
    public init(_ parameters: [Tensor] = []) { items = parameters.map(Parameter.adopt) }

    /// PyTorch: `ParameterList.append`.
    @discardableResult
    public func append(_ parameter: Tensor) -> Self {
        items.append(Parameter.adopt(parameter))
        return self
    }

    public override var extraRepr: String {
        items.enumerated().map { "  (\($0)): \($1.parameterDescription("\($1.dtype)"))" }.joined(separator: "\n")
    }

    override func members() -> ModuleMembers { ModuleMembers(parameters: items.enumerated().map { (String($0), $1) }) }
}

extension ParameterList: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { items.count }

    /// A parameter by its place, counted from the end where negative.
    /// - Precondition: -count ≤ `position` < count.
    public subscript(position: Int) -> Tensor {
        get { containerIndex(position, items.count).map { items[$0] } ?? .void }
        set { if let i = containerIndex(position, items.count) { items[i] = Parameter.adopt(newValue) } }
    }
}

/// Parameters by name, in order: what is put here becomes a leaf that requires a gradient. PyTorch:
/// `torch.nn.ParameterDict`.
public final class ParameterDict: Module {
    private var items = OrderedEntries<ExactText, Tensor>()

    /// - Precondition: the tensors are floating point or complex.
    public init(_ parameters: KeyValuePairs<String, Tensor> = [:]) {
        super.init()
        for (name, parameter) in parameters { self[name] = parameter }
    }

    public var keys: [String] { items.list.map(\.key.text) }
    public var values: [Tensor] { items.list.map(\.value) }
    public var count: Int { items.list.count }

    /// The parameter of a name; setting nil removes it.
    public subscript(name: String) -> Tensor? {
        get { items[ExactText(name)] }
        set { items[ExactText(name)] = newValue.map(Parameter.adopt) }
    }

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
