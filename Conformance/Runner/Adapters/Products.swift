import Torch

extension Table {
    mutating func addProducts() {
        binary("inner", { $0.inner($1) })
        binary("kron", { $0.kron($1) })
        op("linalg.matrix_power", "input n") { try $0.input.matrixPower($0.int("n")) }
        op("linalg.multi_dot", "tensors") { try linalg.multiDot($0.tensors("tensors")) }
        // In the cases, the operands come before the equation.
        op("einsum", "operands equation") { try einsum($0.string("equation", ""), $0.tensors("operands")) }
        op("tensordot", "input other dims") { c in
            if case .int(let n) = c["dims"] { return try tensordot(c.input, c.tensor("other"), dims: n) }
            guard case .list(let pair) = c["dims"], pair.count == 2 else { throw Unsupported("dims") }
            let dims = try pair.map { try Call("dims", [$0], [:]).ints("dims") }
            return try tensordot(c.input, c.tensor("other"), dims: (dims[0], dims[1]))
        }
        op("nn.functional.bilinear", "input1 input2 weight bias") {
            try bilinear($0.tensor("input1"), $0.tensor("input2"), $0.tensor("weight"), $0.tensorOrNil("bias"))
        }
        op("cdist", "x1 x2 p compute_mode") { c in
            guard
                let mode = try CdistComputeMode(
                    rawValue: c.string("compute_mode", CdistComputeMode.useMMIfNecessary.rawValue))
            else { throw Unsupported("compute mode") }
            return try cdist(c.tensor("x1"), c.tensor("x2"), p: c.double("p", 2), computeMode: mode)
        }
        op("nn.functional.pdist", "input p") { try pdist($0.input, p: $0.double("p", 2)) }
    }
}
