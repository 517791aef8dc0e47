import Torch

/// Something that must hold for every operator, whatever its numbers are.
protocol Property {
    static var name: String { get }
    /// The operators that cannot have it, and why.
    static var exceptions: [String: String] { get }
    /// At most so many cases of one operator are tried, each with arguments of other kinds. A thorough run tries all.
    static var usualCases: Int { get }
    /// The bytes of memory that a process may have, so that a call without bounds ends; nil for no limit.
    static var memoryLimit: Int? { get }
    /// The ways in which the property is tried on a case.
    static func variants(of operatorCase: OperatorCase) throws -> [Variant]
}

extension Property {
    static var exceptions: [String: String] { [:] }
    static var memoryLimit: Int? { nil }
}

/// One way in which a property is tried on a case.
struct Variant {
    let name: String
    /// What is wrong, nil if nothing is.
    let check: () throws -> String?

    init(_ name: String, _ check: @escaping () throws -> String?) {
        self.name = name
        self.check = check
    }
}

/// All properties.
enum Properties {
    static var all: [any Property.Type] {
        [
            Layouts.self, Cotangents.self, UninitializedMemory.self, Outs.self, FailedCalls.self, Extremes.self,
            DTypes.self
        ]
    }

    static var names: String { all.map { $0.name }.joined(separator: ", ") }

    static func named(_ name: String) -> (any Property.Type)? { all.first { $0.name == name } }
}

/// A value that is computed when it is first asked for.
final class Lazy<Value> {
    private let make: () throws -> Value
    private var made: Value?

    init(_ make: @escaping () throws -> Value) { self.make = make }

    func callAsFunction() throws -> Value {
        if let made { return made }
        let fresh = try make()
        made = fresh
        return fresh
    }
}
