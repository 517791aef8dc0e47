import Torch

extension Table {
    mutating func addMatmul() {
        binary("mm", { $0.mm($1) })
        binary("bmm", { $0.bmm($1) })
        binary("mv", { $0.mv($1) })
        binary("dot", { $0.dot($1) })
        binary("outer", { $0.outer($1) })
        binary("matmul", { $0.matmul($1) })
        binary("__rmatmul__", { $1.matmul($0) })
        op("addmm", "input mat1 mat2 beta alpha", inPlace: {
            try $0.input.addmm_($0.tensor("mat1"), $0.tensor("mat2"), beta: $0.scalar("beta", 1), alpha: $0.scalar("alpha", 1))
        }) {
            try $0.input.addmm($0.tensor("mat1"), $0.tensor("mat2"), beta: $0.scalar("beta", 1), alpha: $0.scalar("alpha", 1))
        }
        op("addmv", "input mat vec beta alpha") { try $0.input.addmv($0.tensor("mat"), $0.tensor("vec"), beta: $0.scalar("beta", 1), alpha: $0.scalar("alpha", 1)) }
        op("baddbmm", "input batch1 batch2 beta alpha") {
            try $0.input.baddbmm($0.tensor("batch1"), $0.tensor("batch2"), beta: $0.scalar("beta", 1), alpha: $0.scalar("alpha", 1))
        }
        op("addbmm", "input batch1 batch2 beta alpha") {
            try $0.input.addbmm($0.tensor("batch1"), $0.tensor("batch2"), beta: $0.scalar("beta", 1), alpha: $0.scalar("alpha", 1))
        }
        op("addr", "input vec1 vec2 beta alpha") { try $0.input.addr($0.tensor("vec1"), $0.tensor("vec2"), beta: $0.scalar("beta", 1), alpha: $0.scalar("alpha", 1)) }
        op("nn.functional.linear", "input weight bias") { try $0.input.linear($0.tensor("weight"), $0.tensorOrNil("bias")) }
    }
}
