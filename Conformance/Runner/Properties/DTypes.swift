import Torch

/// A tensor of any dtype ends in a result or in a sentence.
enum DTypes: Property {
    static let name = "dtypes"
    static let usualCases = 2
    static let memoryLimit: Int? = 4 << 30

    static func variants(of operatorCase: OperatorCase) throws -> [Variant] {
        if operatorCase.mustFail { return [] }
        let tensors = try operatorCase.arguments().tensors
        return DType.allCases.flatMap { dtype -> [Variant] in
            func variant(_ name: String, _ wanted: @escaping (Tensor, Int) -> Bool) -> Variant {
                let attempt = Attempt(operatorCase: operatorCase) { arguments in
                    try arguments.replaceTensors { t, number in try wanted(t, number) ? withError { t.to(dtype) } : t }
                }
                return Variant("\(name) \(dtype)") { try attempt.problem() }
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
