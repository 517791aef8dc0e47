import Torch

/// A condition that must hold for every operator, whatever its values are.
protocol Property {
    static var name: String { get }
    /// The operators for which it cannot hold, and the reasons.
    static var exceptions: [String: String] { get }
    /// The number of cases of one operator that are tried, each with arguments of different kinds. A thorough run tries
    /// all cases.
    static var usualCases: Int { get }
    /// The memory limit of a process in bytes, which ends a call that would take unlimited memory; nil for no limit.
    static var memoryLimit: Int? { get }
    /// A case that takes more seconds is stopped.
    static var patience: UInt32 { get }
    /// The device on which the steps of optimizers are compared with PyTorch's; nil if the property is not about them.
    static var optimizersDevice: Device? { get }
    /// Returns the ways to try the property on a case.
    static func variants(of operatorCase: OperatorCase) throws -> [Variant]
    /// Returns the ways to try the property on a module's case.
    static func variants(of moduleCase: ModuleCase) throws -> [Variant]
}

extension Property {
    static var exceptions: [String: String] { [:] }
    static var memoryLimit: Int? { nil }
    static var patience: UInt32 { 10 }
    static var optimizersDevice: Device? { nil }
    static func variants(of moduleCase: ModuleCase) throws -> [Variant] { [] }
}

/// One way to try a property on a case.
struct Variant {
    let name: String
    /// Returns the problem, or nil if there is none.
    let check: () throws -> String?

    init(_ name: String, _ check: @escaping () throws -> String?) {
        self.name = name
        self.check = check
    }
}

enum Properties {
    static var all: [any Property.Type] {
        [
            Layouts.self, Cotangents.self, UninitializedMemory.self, Outs.self, FailedCalls.self, Extremes.self,
            DTypes.self, Meta.self, Devices.self, GradFunctions.self, Cuda.self, CudaExtremes.self,
            Vmapped.self
        ]
    }

    static var names: String { all.map { $0.name }.joined(separator: ", ") }

    static func named(_ name: String) -> (any Property.Type)? { all.first { $0.name == name } }
}

/// A value that is computed at its first use.
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
