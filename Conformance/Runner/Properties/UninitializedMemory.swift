import CTorchKernels
import Torch

/// The contents of new memory do not change the results: with two fill patterns, the same bits come out.
enum UninitializedMemory: Property {
    static let name = "memory"
    static let usualCases = 4
    static let exceptions = Exceptions.memory

    static func variants(of operatorCase: OperatorCase) throws -> [Variant] {
        [
            Variant("two patterns") {
                try difference { try Evaluation(operatorCase) }
            }
        ]
    }

    static func variants(of moduleCase: ModuleCase) throws -> [Variant] {
        [
            Variant("two patterns") {
                try difference { try Evaluation(moduleCase) }
            }
        ]
    }

    /// Returns how an evaluation differs between the two patterns, or nil if it does not.
    static func difference(_ evaluate: () throws -> Evaluation) rethrows -> String? {
        let first = try over(0xFF, evaluate)
        let second = try over(0x3C, evaluate)
        return first.difference(from: second, exact: true).map { "over other uninitialized memory: \($0)" }
    }

    /// Runs `body` while the library's allocator and the C library's allocator fill new memory with a byte.
    private static func over<Result>(_ byte: Int32, _ body: () throws -> Result) rethrows -> Result {
        st_set_fill_pattern(byte)
        defer { st_set_fill_pattern(-1) }
        return try body()
    }
}
