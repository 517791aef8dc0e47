@_spi(Interop) import Torch

/// Integers that stand for classes with names. Python: `datasets.ClassLabel`.
public struct ClassLabel: Hashable, Sendable {
    /// The classes' names; a class's number is its place here.
    public let names: [String]

    /// - Precondition: no name comes twice.
    public init(names: [String]) {
        if !names.repeated.isEmpty {
            raise(.value, "Some label names are duplicated. Each label name should be unique.")
        }
        self.names = names
    }

    /// Classes named "0", "1", ….
    public init(numClasses: Int) { self.init(names: (0..<max(0, numClasses)).map(String.init)) }

    /// Python: `num_classes`.
    public var numClasses: Int { names.count }

    /// The class's name. Python: `int2str`.
    /// - Precondition: there is a class of this number.
    public func int2str(_ label: Int) -> String {
        guard names.indices.contains(label) else {
            raise(.value, "Invalid integer class label \(label)")
            return ""
        }
        return names[label]
    }

    /// The number of the class with this name, or of the one whose number this text is. Python: `str2int`.
    /// - Precondition: there is one.
    public func str2int(_ name: String) -> Int {
        if let label = number(of: name) { return label }
        raise(.value, "Invalid string class label \(name)")
        return -1
    }

    /// Whether both have the same classes in the same order, named by the same code points.
    public static func == (a: ClassLabel, b: ClassLabel) -> Bool { a.names.areExactly(b.names) }

    public func hash(into hasher: inout Hasher) { for name in names { hasher.combine(exactly: name) } }

    /// The same without a mistake: nil where no class is meant.
    func number(of name: String) -> Int? {
        if let place = names.place(of: name) { return place }
        let name = name.trimmingSpaces()
        return names.place(of: name) ?? PythonNumber.integer(name).flatMap { names.indices.contains($0) ? $0 : nil }
    }

    /// The number that a value of a column of these classes means: a name becomes its class's number. -1 stands for a
    /// row without a label.
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

    /// - Throws: `TorchError` if a name or an integer among `values` means no class.
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
