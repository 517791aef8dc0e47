@_spi(Interop) import Torch

/// Integers that stand for classes with names. Python: `datasets.ClassLabel`.
public struct ClassLabel: Hashable, Sendable {
    /// The classes' names; a class's number is its place here.
    public let names: [String]

    /// - Precondition: no name comes twice.
    public init(names: [String]) {
        if !names.repeated.isEmpty { raise(.value, "Some label names are duplicated. Each label name should be unique.") }
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
        names.place(of: name) ?? Int(name.trimmingSpaces()).flatMap { names.indices.contains($0) ? $0 : nil }
    }
}

extension ClassLabel: CustomStringConvertible {
    public var description: String { "ClassLabel(names=\(PythonRepr.of(names)))" }
}

extension String {
    func trimmingSpaces() -> String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(self[first...last])
    }
}
