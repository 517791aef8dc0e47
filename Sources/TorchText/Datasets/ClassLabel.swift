import Torch

/// Integers that represent named classes. Python: `datasets.ClassLabel`.
public struct ClassLabel: Hashable, Sendable {
    /// The classes' names; a class's number is its index here.
    public let names: [String]

    /// Creates classes with these names.
    /// - Precondition: the names are all different.
    public init(names: [String]) {
        if !names.repeated.isEmpty {
            raise(.value, "Some label names are duplicated. Each label name should be unique.")
        }
        self.names = names
    }

    /// Creates classes named "0", "1", ….
    public init(numClasses: Int) { self.init(names: (0..<max(0, numClasses)).map(String.init)) }

    /// The number of classes. Python: `num_classes`.
    public var numClasses: Int { names.count }

    /// Returns a class's name. Python: `int2str`.
    /// - Precondition: there is a class with this number.
    public func int2str(_ label: Int) -> String {
        guard names.indices.contains(label) else {
            raise(.value, "Invalid integer class label \(label)")
            return ""
        }
        return names[label]
    }

    /// Returns the number of the class with this name. If there is none, the text may also be a class's number.
    /// Python: `str2int`.
    /// - Precondition: the class exists.
    public func str2int(_ name: String) -> Int {
        if let label = number(of: name) { return label }
        raise(.value, "Invalid string class label \(name)")
        return -1
    }

    /// Returns whether both have the same classes in the same order. Names are compared by code points.
    public static func == (a: ClassLabel, b: ClassLabel) -> Bool { a.names.areExactly(b.names) }

    public func hash(into hasher: inout Hasher) { for name in names { hasher.combine(exactly: name) } }

    /// Like `str2int(_:)`, but returns nil if there is no such class.
    func number(of name: String) -> Int? {
        if let position = names.exactIndex(of: name) { return position }
        let name = name.trimmingSpaces()
        return names.exactIndex(of: name)
            ?? PythonNumber.integer(name).flatMap { names.indices.contains($0) ? $0 : nil }
    }

    /// Converts a value of a column to a class's number; a name becomes the number of its class. -1 stands for a row
    /// without a label.
    /// - Throws: `TorchError` if there is no such class.
    func number(meant value: Value) throws -> Value {
        switch value {
        case .string(let name):
            guard let number = number(of: name) else { throw TorchError(.value, "Invalid string class label \(name)") }
            return .int(number)
        case .bool(let flag): return try number(meant: .int(flag ? 1 : 0))
        case .int(let number):
            guard number < numClasses, number >= -1 else { throw outside(value) }
        case .uint: throw outside(value)
        case .double(let number):
            guard number < Double(numClasses), number >= -1 else { throw outside(value) }
            guard number == number.rounded(.towardZero) else { throw Value.truncated(number, .int64) }
            return .int(Int(number))
        default: break
        }
        return value
    }

    /// - Throws: `TorchError` if a name or an integer in `values` is not a class.
    func check(_ values: [Value]) throws {
        for value in values {
            switch value {
            case .string, .int, .uint: _ = try number(meant: value)
            default: break
            }
        }
    }

    private func outside(_ value: Value) -> TorchError {
        TorchError(.value, "Class label \(value) greater than configured num_classes \(numClasses)")
    }
}

extension ClassLabel: CustomStringConvertible {
    public var description: String { "ClassLabel(names=\(PythonRepr.of(names)))" }
}

extension String {
    func trimmingSpaces() -> String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
