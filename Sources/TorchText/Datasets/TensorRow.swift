@_spi(Interop) import Torch

/// What a row's value is where tensors are wanted: a tensor where it is a number or lists of numbers of one shape,
/// otherwise what it was.
public indirect enum TensorValue: Sendable {
    case tensor(Tensor)
    case string(String)
    /// Values that make no tensor together.
    case list([TensorValue])
    case row(TensorRow)
    /// Bytes, times and what else PyTorch has no tensors of.
    case value(Value)

    /// The tensor; nil for what is none.
    public var tensor: Tensor? { if case .tensor(let tensor) = self { tensor } else { nil } }
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    public var list: [TensorValue]? { if case .list(let values) = self { values } else { nil } }
    /// The texts of a batch; nil for what are none.
    public var strings: [String]? {
        guard let texts = list?.compactMap(\.string), texts.count == list?.count else { return nil }
        return texts
    }
}

/// Named tensors, texts and other values in order: a row, or a batch of rows, for a model. Python: the `dict` of a data
/// set in PyTorch's format.
public struct TensorRow: Sendable {
    public let names: [String]
    public let values: [TensorValue]

    init(names: [String], values: [TensorValue]) {
        self.names = names
        self.values = values
    }

    public var count: Int { names.count }

    /// The value with this name; nil where there is none.
    public subscript(name: String) -> TensorValue? { names.place(of: name).map { values[$0] } }

    /// The tensor with this name.
    /// - Precondition: there is one.
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
    /// A value as PyTorch's format of `datasets` gives it: integers as int64, others as float32, and a number that is
    /// null as NaN.
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

    /// Many values of one type: one tensor where all have the same shape.
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

    /// Tensors of one shape and dtype stacked; anything else as it is.
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

    /// What a list's values are.
    var element: Feature {
        switch self {
        case .list(let element, _), .largeList(let element): element
        default: .value("null")
        }
    }

    /// What a structure's fields are.
    var fields: Features {
        switch self {
        case .structure(let fields): fields
        case .translation(let languages): Features(languages.map { ($0, .value("string")) })
        default: Features([(String, Feature)]())
        }
    }
}
