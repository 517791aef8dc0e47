import Torch

/// A value of a row in tensor format: a tensor for a number or for lists of numbers with one shape; otherwise the value
/// itself.
public indirect enum TensorValue: Sendable {
    /// A tensor.
    case tensor(Tensor)
    /// A text.
    case string(String)
    /// Values that cannot form one tensor.
    case list([TensorValue])
    /// A row of named values.
    case row(TensorRow)
    /// Bytes, times and other values that PyTorch's tensors cannot hold.
    case value(Value)

    /// The tensor; nil for other kinds of values.
    public var tensor: Tensor? { if case .tensor(let tensor) = self { tensor } else { nil } }
    /// The text; nil for other kinds of values.
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    /// The elements of a list; nil for other kinds of values.
    public var list: [TensorValue]? { if case .list(let values) = self { values } else { nil } }
    /// The texts of a list of texts, such as a batch; nil for other values.
    public var strings: [String]? {
        guard let texts = list?.compactMap(\.string), texts.count == list?.count else { return nil }
        return texts
    }
}

/// Named tensors, texts and other values in order: a row, or a batch of rows, as input for a model. Python: the `dict`
/// of a data set in PyTorch's format.
public struct TensorRow: Sendable {
    /// The names, in order.
    public let names: [String]
    /// The values, in the order of the names.
    public let values: [TensorValue]

    init(names: [String], values: [TensorValue]) {
        self.names = names
        self.values = values
    }

    /// The number of values.
    public var count: Int { names.count }

    /// Returns the value with this name; nil if there is none.
    public subscript(name: String) -> TensorValue? { names.exactIndex(of: name).map { values[$0] } }

    /// Returns the tensor with this name.
    /// - Precondition: there is a tensor with this name.
    public func tensor(_ name: String) -> Tensor {
        guard let value = self[name] else { return Tensor.failed(.value, "Column '\(name)' doesn't exist.") }
        return value.tensor ?? Tensor.failed(.type, "Column '\(name)' holds no tensor.")
    }
}

extension TensorValue: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tensor(let tensor): "\(tensor)"
        case .string(let text): PythonRepr.of(text)
        case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
        case .row(let row): row.description
        case .value(let value): value.description
        }
    }
}

extension TensorRow: CustomStringConvertible {
    public var description: String {
        "{" + zip(names, values).map { "\(PythonRepr.of($0)): \($1)" }.joined(separator: ", ") + "}"
    }
}

extension TensorValue {
    /// Creates a value as the PyTorch format of `datasets` does: int64 for integers, float32 for other numbers, and NaN
    /// for a number that is null.
    init(_ value: Value, _ feature: Feature) throws {
        switch (value, feature) {
        case (.int(let number), _): self = .tensor(Tensor(number))
        case (.double(let number), _): self = .tensor(Tensor(number, dtype: .float32))
        case (.bool(let flag), _): self = .tensor(Tensor(flag))
        case (.uint(let number), _): throw TorchError(.value, "\(number) exceeds int64")
        case (.string(let text), _): self = .string(text)
        case (.null, _) where feature.isNumber: self = .tensor(Tensor(Double.nan, dtype: .float32))
        case (.list(let values), _): self = try TensorValue(column: values, feature.element)
        case (.row(let row), _):
            self = .row(
                TensorRow(
                    names: row.names,
                    values: try zip(row.names, row.values).map {
                        try TensorValue($1, feature.fields[$0] ?? .value("null"))
                    }))
        default: self = .value(value)
        }
    }

    /// Creates the value for a column of values of one type: one tensor if all have the same shape.
    init(column values: [Value], _ feature: Feature) throws {
        if values.isEmpty, feature.isNumber {
            self = .tensor(Tensor.zeros(0, dtype: feature.isReal ? .float32 : .int64))
            return
        }
        if !values.isEmpty {
            let integers = values.compactMap(\.int)
            if integers.count == values.count {
                self = .tensor(Tensor(integers))
                return
            }
            if feature.isNumber {
                let numbers = values.compactMap { $0.isNull ? Double.nan : $0.double }
                guard numbers.count == values.count else { throw TorchError(.value, "a number that exceeds int64") }
                self = .tensor(Tensor(numbers, dtype: .float32))
                return
            }
            let flags = values.compactMap(\.bool)
            if flags.count == values.count {
                self = .tensor(Tensor(flags))
                return
            }
        }
        self = .consolidated(try values.map { try TensorValue($0, feature) })
    }

    /// Stacks tensors with the same shape and dtype. Returns other values as a list.
    static func consolidated(_ values: [TensorValue]) -> TensorValue {
        let tensors = values.compactMap(\.tensor)
        guard let first = tensors.first, tensors.count == values.count,
            tensors.allSatisfy({ $0.shape == first.shape && $0.dtype == first.dtype })
        else { return .list(values) }
        return .tensor(stack(tensors, dim: 0))
    }
}

extension Feature {
    /// Whether single values are numbers.
    var isNumber: Bool {
        switch self {
        case .classLabel: true
        case .value(let dtype): ["int", "uint", "float"].contains { dtype.hasPrefix($0) }
        default: false
        }
    }

    var isReal: Bool { if case .value(let dtype) = self { dtype.hasPrefix("float") } else { false } }

    /// The type of a list's elements.
    var element: Feature {
        switch self {
        case .list(let element, _), .largeList(let element): element
        default: .value("null")
        }
    }

    /// The fields of a structure.
    var fields: Features {
        switch self {
        case .structure(let fields): fields
        case .translation(let languages): Features(languages.map { ($0, .value("string")) })
        default: Features([(String, Feature)]())
        }
    }
}
