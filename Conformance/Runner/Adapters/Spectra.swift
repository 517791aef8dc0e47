import Torch

extension Call {
    /// The triangle of a Hermitian matrix.
    fileprivate var uplo: linalg.UPLO {
        get throws {
            guard let uplo = try linalg.UPLO(rawValue: string("UPLO", "L")) else { throw Unsupported("UPLO") }
            return uplo
        }
    }
}

extension Table {
    mutating func addSpectra() {
        unary("linalg.eigvals", { linalg.eigvals($0) })
        op("linalg.eigvalsh", "A UPLO") { try linalg.eigvalsh($0.tensor("A"), UPLO: $0.uplo) }
        op("linalg.svdvals", "A") { try linalg.svdvals($0.tensor("A")) }
        op("linalg.cond", "input p") { c in
            switch c["p"] {
            case .string("fro"): return try linalg.cond(c.input, .fro)
            case .string("nuc"): return try linalg.cond(c.input, .nuc)
            default: return try linalg.cond(c.input, c.scalarOrNil("p").map { .number($0.doubleValue) })
            }
        }
        for name in ["linalg.matrix_rank", "linalg.matrix_rank@hermitian"] {
            op(name, "input atol rtol hermitian") {
                try linalg.matrixRank(
                    $0.input, atol: $0.operandOrNil("atol"), rtol: $0.operandOrNil("rtol"),
                    hermitian: $0.bool("hermitian", false))
            }
        }
        for name in ["linalg.pinv", "linalg.pinv@hermitian"] {
            op(name, "input atol rtol hermitian") {
                try linalg.pinv(
                    $0.input, atol: $0.operandOrNil("atol"), rtol: $0.operandOrNil("rtol"),
                    hermitian: $0.bool("hermitian", false))
            }
        }
        op("pinverse", "input rcond") { try $0.input.pinverse($0.double("rcond", 1e-15)) }
        unary("matrix_exp", { $0.matrixExp() })
        op("linalg.matrix_sqrth", "input") { try linalg.matrixSqrth($0.input) }
        op("linalg.polar", "input") { try both(linalg.polar($0.input)) }
        for name in ["norm@fro", "norm@nuc"] {
            op(name, "input p dim keepdim dtype") { c in
                guard let p = try linalg.NamedOrder(rawValue: c.string("p", "fro")) else { throw Unsupported("p") }
                return try c.input.norm(p, dim: c.intsOrNil("dim"), keepdim: c.keepdim, dtype: c.dtypeOrNil())
            }
        }
    }
}
