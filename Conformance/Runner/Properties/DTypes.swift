import Torch

/// For a tensor of any dtype, a call returns a result or raises an error. The result contains no uninitialized memory.
enum DTypes: Property {
    static let name = "dtypes"
    static let usualCases = 2
    static let memoryLimit: Int? = 2 << 30

    static func variants(of operatorCase: OperatorCase) throws -> [Variant] {
        if operatorCase.mustFail { return [] }
        let tensors = try operatorCase.arguments().tensors
        return DType.allCases.flatMap { dtype -> [Variant] in
            func variant(_ name: String, _ wanted: @escaping (Tensor, Int) -> Bool) -> Variant {
                func change(_ arguments: inout Arguments) {
                    arguments.replaceTensors { t, number in wanted(t, number) ? t.to(dtype) : t }
                }
                return Variant("\(name) \(dtype)") {
                    if let found = try Attempt(operatorCase: operatorCase, change: change).problem() { return found }
                    if UninitializedMemory.exceptions[operatorCase.operatorName] != nil { return nil }
                    return try UninitializedMemory.difference { try Evaluation(operatorCase, rearrange: change) }
                }
            }
            var variants = tensors.indices.map { i in variant("tensor \(i) of", { $1 == i }) }
            if tensors.count > 1 {
                variants.append(variant("all tensors of") { _, _ in true })
                variants.append(variant("all tensors but those of integers of") { t, _ in t.dtype.isInexact })
            }
            return variants
        }
    }
}
