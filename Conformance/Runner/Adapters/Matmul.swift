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
        func factors(_ c: Call) throws -> (beta: Scalar, alpha: Scalar) {
            try (c.scalar("beta", 1), c.scalar("alpha", 1))
        }
        for name in ["addmm", "addmm@decomposed"] {
            op(
                name, "input mat1 mat2 beta alpha",
                inPlace: {
                    try $0.input.addmm_(
                        $0.tensor("mat1"), $0.tensor("mat2"), beta: factors($0).beta, alpha: factors($0).alpha)
                }
            ) {
                try $0.input.addmm(
                    $0.tensor("mat1"), $0.tensor("mat2"), beta: factors($0).beta, alpha: factors($0).alpha)
            }
        }
        op(
            "addmv", "input mat vec beta alpha",
            inPlace: {
                try $0.input.addmv_(
                    $0.tensor("mat"), $0.tensor("vec"), beta: factors($0).beta, alpha: factors($0).alpha)
            }
        ) {
            try $0.input.addmv($0.tensor("mat"), $0.tensor("vec"), beta: factors($0).beta, alpha: factors($0).alpha)
        }
        op(
            "baddbmm", "input batch1 batch2 beta alpha",
            inPlace: {
                try $0.input.baddbmm_(
                    $0.tensor("batch1"), $0.tensor("batch2"), beta: factors($0).beta, alpha: factors($0).alpha)
            }
        ) {
            try $0.input.baddbmm(
                $0.tensor("batch1"), $0.tensor("batch2"), beta: factors($0).beta, alpha: factors($0).alpha)
        }
        op(
            "addbmm", "input batch1 batch2 beta alpha",
            inPlace: {
                try $0.input.addbmm_(
                    $0.tensor("batch1"), $0.tensor("batch2"), beta: factors($0).beta, alpha: factors($0).alpha)
            }
        ) {
            try $0.input.addbmm(
                $0.tensor("batch1"), $0.tensor("batch2"), beta: factors($0).beta, alpha: factors($0).alpha)
        }
        op(
            "addr", "input vec1 vec2 beta alpha",
            inPlace: {
                try $0.input.addr_(
                    $0.tensor("vec1"), $0.tensor("vec2"), beta: factors($0).beta, alpha: factors($0).alpha)
            }
        ) {
            try $0.input.addr($0.tensor("vec1"), $0.tensor("vec2"), beta: factors($0).beta, alpha: factors($0).alpha)
        }
        op("nn.functional.linear", "input weight bias") {
            try $0.input.linear($0.tensor("weight"), $0.tensorOrNil("bias"))
        }
    }
}
