import CTorchKernels
import Torch

/// What fresh memory holds does not matter: the same bits come out over two patterns of it.
enum UninitializedMemory: Property {
    static let name = "memory"
    static let usualCases = 4
    static let exceptions = Exceptions.memory

    static func variants(of operatorCase: OperatorCase) throws -> [Variant] {
        [Variant("two patterns") {
            let ones = try over(0xFF) { try Evaluation(operatorCase) }
            let others = try over(0x3C) { try Evaluation(operatorCase) }
            return ones.difference(from: others, exact: true)
        }]
    }

    /// Runs `body` while the library's allocator, and the C library's, hand out memory full of a byte.
    private static func over<Result>(_ byte: Int32, _ body: () throws -> Result) rethrows -> Result {
        st_set_fill_pattern(byte)
        defer { st_set_fill_pattern(-1) }
        return try body()
    }
}
